//! Standard output that may be closed by whoever reads it.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// Writes text at once. Ends the program quietly when nobody reads any more, as `head` does to `ls`: all that happened is in
/// the transcript, and what runs ends with the program.
pub(crate) fn text(text: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_fmt(text).and_then(|()| out.flush()) {
        if error.kind() != ErrorKind::BrokenPipe {
            eprintln!("countersign: standard output cannot be written: {error}");
        }
        // 128 + SIGPIPE, what a shell reports of a program that ends so
        std::process::exit(141);
    }
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

pub(crate) use {out, outln};
