//! Syntax colours: the tokens of lines of code, in about 200 languages. Pure.
//!
//! A [`Scanner`] reads a text line by line from its start; its state between two lines can be cloned, so that a text is scanned up
//! to a place once. [`ScannedText`] keeps such states.

mod language;
mod scanned_text;
mod scanner;
mod token;

pub use language::Language;
pub use scanned_text::ScannedText;
pub use scanner::{MAX_LINE_BYTES, Scanner};
pub use token::{Token, TokenSpan};

#[cfg(test)]
mod tests;
