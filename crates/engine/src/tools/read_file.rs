//! Reading lines of a text file.

use super::paths::shown;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::Path;

/// Name in front of the model.
pub const NAME: &str = "read_file";

pub(super) const DESCRIPTION: &str = "Returns lines of a text file, numbered.";

/// Arguments of `read_file`: the doc comments of its fields are what the model is told of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(missing_docs, reason = "its name tells the model enough")]
pub struct Args {
    #[serde(alias = "file_path")]
    pub path: String,
    /// counted from 1; 1 when left out
    #[serde(alias = "offset")]
    pub first_line: Option<u32>,
    /// how many; 400 when left out
    #[serde(alias = "limit")]
    pub lines: Option<u32>,
}
impl Args {
    /// First line, counted from 1.
    pub fn first_line(&self) -> u32 {
        self.first_line.unwrap_or(1).max(1)
    }

    /// Number of lines at the most.
    pub fn lines(&self) -> u32 {
        self.lines.unwrap_or(400).max(1)
    }
}

/// Title of a call, for people.
pub(super) fn title(args: &Args, session_cwd: &Path) -> String {
    let first_line = args.first_line();
    let last_line = first_line.saturating_add(args.lines()).saturating_sub(1);
    format!("read {}:{first_line}-{last_line}", shown(session_cwd, Some(&args.path)))
}

/// The file whose content the model sees.
#[expect(clippy::unnecessary_wraps, reason = "the table of tools has one signature for all")]
pub(super) fn file(args: &Args) -> Option<&str> {
    Some(&args.path)
}
