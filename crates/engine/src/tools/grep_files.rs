//! Finding lines of files by a regular expression.

use super::paths::{resolve, shown};
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Name in front of the model.
pub const NAME: &str = "grep_files";

pub(super) const DESCRIPTION: &str =
    "Finds lines by a regular expression (Rust syntax); what git ignores is left out.";

/// Arguments of `grep_files`: the doc comments of its fields are what the model is told of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(missing_docs, reason = "its name tells the model enough")]
pub struct Args {
    pub pattern: String,
    /// folder or file; the project when left out
    pub path: Option<String>,
    /// glob of the files to look in, such as *.rs
    pub include: Option<String>,
}
impl Args {
    /// Folder or file to look in, in a session of this folder.
    pub fn path(&self, session_cwd: &Path) -> PathBuf {
        resolve(session_cwd, self.path.as_deref())
    }

    /// Glob that paths must fit.
    pub fn include(&self) -> Option<&str> {
        self.include.as_deref().filter(|glob| !glob.is_empty())
    }
}

/// Title of a call, for people.
pub(super) fn title(args: &Args, session_cwd: &Path) -> String {
    let include = args.include().map(|glob| format!(" ({glob})")).unwrap_or_default();
    format!("search {}{include} for {}", shown(session_cwd, args.path.as_deref()), args.pattern)
}

/// No file's content is seen.
pub(super) fn file(_args: &Args) -> Option<&str> {
    None
}
