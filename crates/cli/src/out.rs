//! Standard output and standard error, either of which may be closed by whoever reads it.

use std::fmt::Arguments;
use std::io::{ErrorKind, IsTerminal, Write};

/// Writes text at once. Ends the program quietly when nobody reads any more, as `head` does to `ls`: all that happened is in
/// the transcript, and what runs ends with the program.
pub(crate) fn text(text: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_fmt(text).and_then(|()| out.flush()) {
        if error.kind() != ErrorKind::BrokenPipe {
            errln!("countersign: standard output cannot be written: {error}");
        }
        // 128 + SIGPIPE, what a shell reports of a program that ends so
        std::process::exit(141);
    }
}

/// Writes text to standard error. One that nobody reads ends nothing: what is said there is beside the point of the program.
pub(crate) fn aside(text: Arguments<'_>) {
    let mut err = std::io::stderr().lock();
    let _ = err.write_fmt(text).and_then(|()| err.flush());
}

/// Reports whether text on standard error may have colors: it is a terminal, and `NO_COLOR` is not set.
pub(crate) fn err_has_colors() -> bool {
    std::io::stderr().is_terminal()
        && anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

/// Reports whether text on standard output may have colors: it is a terminal, and `NO_COLOR` is not set.
pub(crate) fn out_has_colors() -> bool {
    std::io::stdout().is_terminal()
        && anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// `print!` by way of [`text`].
macro_rules! out {
    ($($arg:tt)*) => { $crate::out::text(format_args!($($arg)*)) };
}

/// `println!` by way of [`text`].
macro_rules! outln {
    () => { $crate::out::text(format_args!("\n")) };
    ($($arg:tt)*) => { $crate::out::text(format_args!("{}\n", format_args!($($arg)*))) };
}

/// `eprint!` by way of [`aside`].
macro_rules! err {
    ($($arg:tt)*) => { $crate::out::aside(format_args!($($arg)*)) };
}

/// `eprintln!` by way of [`aside`].
macro_rules! errln {
    () => { $crate::out::aside(format_args!("\n")) };
    ($($arg:tt)*) => { $crate::out::aside(format_args!("{}\n", format_args!($($arg)*))) };
}

pub(crate) use {err, errln, out, outln};
