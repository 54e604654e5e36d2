//! The patch language (B20, B21, B22): text in, text out. Nothing here touches a file.
//!
//! [`parse`] reads a patch, [`propose`] finds where it applies and turns it into [`protocol::Hunk`]s that a person can accept one by
//! one, and [`render`] gives a file's new text from the hunks that were accepted. [`difference`] makes such hunks of two texts, and [`replace`] of text that is
//! found and replaced.
//! [`merge`] joins what two sides made of one text.

mod apply;
mod difference;
mod error;
mod hunk;
mod indent;
mod locate;
mod merge;
mod parse;
mod replace;
mod text;

pub use apply::{FileChange, HunkText, ReadFile, RenderError, propose, render};
pub use difference::{TextDifference, difference};
pub use error::ProposeError;
pub use locate::{Ambiguous, Mismatch, Near};
pub use merge::{MergeConflict, TextMerge, merge};
pub use parse::{Chunk, ChunkLine, FileOperation, ParseError, Patch, parse};
pub use replace::{ReplaceError, Replacement, replace};
pub use text::{EncodingError, decode, sha256_hex};
