//! What is kept of sessions (B29, B31): one file a session, one line a fact.
//!
//! Everything here blocks; callers on the async threads hand it to others.

mod error;
mod index;
mod prompt_history;
mod reader;
mod writer;

#[cfg(test)]
mod tests;

pub use error::TranscriptError;
pub use index::{Listed, find, list};
pub use prompt_history::PromptHistory;
pub use reader::{Loaded, read};
pub use writer::Writer;
