//! The check of a project.

use protocol::SessionId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Check of a project, as it can be changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ProjectCheckView {
    /// The check, as one types it; none when absent.
    pub command: Option<String>,
    /// Time it may take, in seconds.
    pub timeout_s: u32,
    /// Commands that could be it: those that the agent ran, then those that the folder's files suggest.
    pub suggestions: Vec<String>,
    /// Reason it cannot run beside patches on this machine.
    pub impossible: Option<String>,
}

/// Arguments of `set_project_check`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SetProjectCheckArgs {
    /// A session of the project.
    pub session: SessionId,
    /// The check, as one types it; removed when absent.
    pub command: Option<String>,
    /// Time it may take, in seconds; as long as usual when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub timeout_s: Option<u32>,
}
