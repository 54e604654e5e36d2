//! Names of diffs.

use protocol::{CallId, ChangeScope};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use view::HunkOf;

/// Diff that contains a hunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum HunkSource {
    /// A patch that waits for a decision.
    Patch {
        /// Its call.
        call_id: CallId,
    },
    /// The Changes panel.
    Changes,
    /// The undo that was looked at last.
    Undo,
    /// The changes of a stretch of work, as they were compared last.
    Compared {
        /// The stretch of work.
        scope: ChangeScope,
    },
}

impl HunkSource {
    /// The diff of a timeline that it names.
    pub(crate) fn hunk_of(&self) -> HunkOf<'_> {
        match self {
            Self::Patch { call_id } => HunkOf::Patch(call_id),
            Self::Changes => HunkOf::Changes,
            Self::Undo => HunkOf::Preview,
            Self::Compared { scope } => HunkOf::Compared(*scope),
        }
    }
}
