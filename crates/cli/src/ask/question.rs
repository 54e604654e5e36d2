//! Questions on the terminal.

use crate::out::err;
use rustix::termios::{QueueSelector, tcflush};
use std::io::{BufRead, IsTerminal};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Time after a question came up in which what is typed was meant for something else.
const TOO_SOON: Duration = Duration::from_millis(400);

/// Question that waits for an answer.
static ASKED: Mutex<Option<String>> = Mutex::new(None);

/// Asks for a note to the model. It is part of the answer that was just given, so what is typed ahead is meant for it.
pub(super) fn note() -> Option<String> {
    ask("a note to the model (Enter for none): ")
        .map(|note| note.trim().to_owned())
        .filter(|note| !note.is_empty())
}

/// Asks for a comment on a hunk, which is sent with the decision; `None` when nothing was typed.
pub(super) fn comment() -> Option<String> {
    ask("a comment on this hunk, for the model (Enter for none): ")
        .map(|comment| comment.trim().to_owned())
        .filter(|comment| !comment.is_empty())
}

/// Asks for a line, and returns it without the white space around it; empty at the end of the input. What was typed before the
/// question could be read answers nothing.
pub(crate) fn question(text: &str) -> String {
    if std::io::stdin().is_terminal() {
        std::thread::sleep(TOO_SOON);
        let _ = tcflush(std::io::stdin(), QueueSelector::IFlush);
    }
    ask(text).unwrap_or_default().trim().to_owned()
}

/// Writes the question that waits for an answer once more, below what was written meanwhile.
pub(crate) fn repeat() {
    if let Some(text) = &*ASKED.lock().unwrap_or_else(PoisonError::into_inner) {
        err!("{text}");
    }
}

fn ask(text: &str) -> Option<String> {
    let set = |asked| *ASKED.lock().unwrap_or_else(PoisonError::into_inner) = asked;
    set(Some(text.to_owned()));
    err!("{text}");
    let line = line();
    set(None);
    line
}

/// Reads a line without its end; `None` at the end of the input, and where it cannot be read.
pub(super) fn line() -> Option<String> {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim_end_matches(['\n', '\r']).to_owned()),
    }
}
