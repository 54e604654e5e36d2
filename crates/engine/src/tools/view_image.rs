//! Showing an image to the model.

use super::paths::shown;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::Path;

/// Name in front of the model.
pub const NAME: &str = "view_image";

pub(super) const DESCRIPTION: &str = "Shows you an image file.";

/// Arguments of `view_image`: the doc comments of its fields are what the model is told of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(missing_docs, reason = "its name tells the model enough")]
pub struct Args {
    #[serde(alias = "file_path")]
    pub path: String,
}
/// Title of a call, for people.
pub(super) fn title(args: &Args, session_cwd: &Path) -> String {
    format!("look at {}", shown(session_cwd, Some(&args.path)))
}

/// The file whose content the model sees.
#[expect(clippy::unnecessary_wraps, reason = "the table of tools has one signature for all")]
pub(super) fn file(args: &Args) -> Option<&str> {
    Some(&args.path)
}
