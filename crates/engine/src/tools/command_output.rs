//! Reading what a command in the background printed.

use protocol::CallId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;

/// Longest time that output is waited for.
const MAX_WAIT: Duration = Duration::from_mins(5);

/// Name in front of the model.
pub const NAME: &str = "command_output";

pub(super) const DESCRIPTION: &str = "Returns what a command in the background printed since you last looked, and whether it still \
                                      runs.";

/// Arguments of `command_output`: the doc comments of its fields are what the model is told of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(missing_docs, reason = "its name tells the model enough")]
pub struct Args {
    #[schemars(with = "String")]
    pub id: CallId,
    /// wait so long for output or its end; 0 when left out
    pub wait_ms: Option<u64>,
}
impl Args {
    /// Time to wait for the command to print or end.
    pub fn wait(&self) -> Duration {
        Duration::from_millis(self.wait_ms.unwrap_or(0)).min(MAX_WAIT)
    }
}

/// Title of a call, for people.
pub(super) fn title(args: &Args, _session_cwd: &Path) -> String {
    format!("read the output of {}", args.id)
}

/// No file's content is seen.
pub(super) fn file(_args: &Args) -> Option<&str> {
    None
}
