//! Rows of the window, worked out from a session's events. Pure: events in, rows and changes of rows out.

pub mod approval;
pub mod checks;
pub mod diff;
mod edited;
pub mod excerpt;
pub mod export;
pub mod file_links;
mod file_marks;
pub mod find;
mod hosts;
pub mod json;
pub mod lost_files;
pub mod markdown;
pub mod money;
pub mod outcome_text;
pub mod output;
mod preview;
mod reach;
pub mod row;
pub mod rule;
pub mod text;
mod timeline;
pub mod undo;

pub use row::*;
pub use timeline::{HunkOf, ProposalBase, Timeline};
