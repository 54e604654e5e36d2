//! Ending a command in the background.

use protocol::CallId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::Path;

/// Name in front of the model.
pub const NAME: &str = "stop_command";

pub(super) const DESCRIPTION: &str = "Ends a command in the background.";

/// Arguments of `stop_command`: the doc comments of its fields are what the model is told of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(missing_docs, reason = "its name tells the model enough")]
pub struct Args {
    #[schemars(with = "String")]
    pub id: CallId,
}
/// Title of a call, for people.
pub(super) fn title(args: &Args, _session_cwd: &Path) -> String {
    format!("end {}", args.id)
}

/// No file's content is seen.
pub(super) fn file(_args: &Args) -> Option<&str> {
    None
}
