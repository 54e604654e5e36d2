//! Listing a folder.

use super::paths::{resolve, shown};
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Name in front of the model.
pub const NAME: &str = "list_dir";

pub(super) const DESCRIPTION: &str = "Lists a folder; what git ignores is left out.";

/// Arguments of `list_dir`: the doc comments of its fields are what the model is told of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Args {
    /// the project when left out
    pub path: Option<String>,
    /// levels down; 2 when left out
    pub depth: Option<u32>,
}
impl Args {
    /// The folder, in a session of this one.
    pub fn path(&self, session_cwd: &Path) -> PathBuf {
        resolve(session_cwd, self.path.as_deref())
    }

    /// Levels down; 1 is the folder itself.
    pub fn depth(&self) -> u32 {
        self.depth.unwrap_or(2).max(1)
    }
}

/// Title of a call, for people.
pub(super) fn title(args: &Args, session_cwd: &Path) -> String {
    format!("list {}", shown(session_cwd, args.path.as_deref()))
}

/// No file's content is seen.
pub(super) fn file(_args: &Args) -> Option<&str> {
    None
}
