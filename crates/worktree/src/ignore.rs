//! Which files of a project are nobody's work: the rules that checkpoints go by, so that what is shown and what can be undone
//! are the same files.

pub use crate::rules::{IgnoreRules, in_tool_folder};
