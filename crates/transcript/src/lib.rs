//! Storage of sessions (B29, B30, B31): one file per session, one line per fact.
//!
//! Everything here blocks; callers on the async threads hand it to others.

mod archive;
pub mod clock;
mod error;
mod files;
mod first_line;
mod fork;
mod import;
mod index;
mod line_reader;
mod prompt_history;
mod reader;
mod record_line;
mod writer;

#[cfg(test)]
mod tests;

pub use archive::{move_to, rename};
pub use error::TranscriptError;
pub use files::{SessionLocation, find, find_on, living, newest, path_of};
pub use fork::{Forked, fork};
pub use import::{Imported, import_codex};
pub use index::{Index, ListedSession, SessionPage, SessionQuery, SnippetPart};
pub use prompt_history::PromptHistory;
pub use reader::{Loaded, SessionHeader, Transcript, header, read};
pub use writer::Writer;
