//! Ignore rules that snapshots go by, so that the files that are shown are the files that can be undone.

pub use crate::rules::{IgnoreRules, in_tool_folder};
