//! Questions on the terminal.

use crate::out::err;
use rustix::termios::{QueueSelector, tcflush};
use std::io::{BufRead, IsTerminal};
use std::time::Duration;

/// Time after a question came up in which what is typed was meant for something else.
const TOO_SOON: Duration = Duration::from_millis(400);

/// Asks for a note to the model. It is part of the answer that was just given, so what is typed ahead is meant for it.
pub(super) fn note() -> Option<String> {
    err!("a note to the model (Enter for none): ");
    line().map(|note| note.trim().to_owned()).filter(|note| !note.is_empty())
}

/// Asks for a comment on a hunk, which is sent with the decision; `None` when nothing was typed.
pub(super) fn comment() -> Option<String> {
    err!("a comment on this hunk, for the model (Enter for none): ");
    line().map(|comment| comment.trim().to_owned()).filter(|comment| !comment.is_empty())
}

/// Asks for a line, and returns it without the white space around it; empty at the end of the input. What was typed before the
/// question could be read answers nothing.
pub(crate) fn question(text: &str) -> String {
    if std::io::stdin().is_terminal() {
        std::thread::sleep(TOO_SOON);
        let _ = tcflush(std::io::stdin(), QueueSelector::IFlush);
    }
    err!("{text}");
    line().unwrap_or_default().trim().to_owned()
}

/// Reads a line without its end; `None` at the end of the input, and where it cannot be read.
pub(super) fn line() -> Option<String> {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim_end_matches(['\n', '\r']).to_owned()),
    }
}
