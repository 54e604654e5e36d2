//! Questions on the terminal.

use std::io::{BufRead, Write};

/// Asks for a note to the model.
pub(super) fn note() -> Option<String> {
    let note = question("a note to the model (Enter for none): ");
    (!note.is_empty()).then_some(note)
}

/// Asks for a line, and returns it without the white space around it; empty at the end of the input.
pub(crate) fn question(text: &str) -> String {
    eprint!("{text}");
    let _ = std::io::stderr().flush();
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
