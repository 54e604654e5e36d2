//! Policies: when a person is asked, what a command may touch, and what a session is configured with.

use crate::grant::{Granted, SandboxGrant};
use crate::ids::{CopyId, SessionId};
use crate::model_review::Reviewer;
use crate::project_check::ProjectCheck;
use crate::usage::{ModelPrice, TaskLimit};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use ts_rs::TS;

/// Approval policy: the cases in which a person is asked before a command runs or a patch is written. The
/// table is B13.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalPolicy {
    /// Only commands known to be safe run unasked.
    Untrusted,
    /// Commands run on a copy-on-write view of the project; the person is asked about what they changed.
    OnEffect,
    /// Commands run in the sandbox; when the sandbox refused something, the person is asked.
    OnFailure,
    /// Commands run in the sandbox; the model asks when it wants more.
    #[default]
    OnRequest,
    /// Nobody is asked: what would need asking is refused.
    Never,
}

/// Network access of a sandboxed command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NetworkAccess {
    /// Nothing but a loopback of its own (`127.0.0.1`, `::1`).
    #[default]
    None,
    /// The host's network.
    Full,
}

/// Sandbox policy: the files and network a command can reach.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "mode", rename_all = "kebab-case")]
pub enum SandboxPolicy {
    /// Reads everything but secrets; writes nothing.
    ReadOnly {
        /// Network access.
        #[serde(default)]
        network: NetworkAccess,
        /// Access the person allowed beside that.
        #[serde(default, skip_serializing_if = "Granted::is_empty")]
        #[ts(optional, as = "Option<Granted>")]
        granted: Granted,
    },
    /// Writes beneath the session's folder, temporary folders and `writable_roots`.
    WorkspaceWrite {
        /// Further writable folders, absolute.
        #[serde(default)]
        #[ts(type = "Array<string>")]
        writable_roots: Vec<PathBuf>,
        /// Network access.
        #[serde(default)]
        network: NetworkAccess,
        /// Access the person allowed beside that.
        #[serde(default, skip_serializing_if = "Granted::is_empty")]
        #[ts(optional, as = "Option<Granted>")]
        granted: Granted,
    },
    /// No sandbox at all.
    DangerFullAccess,
}

impl Default for SandboxPolicy {
    fn default() -> Self {
        Self::workspace_write()
    }
}

impl SandboxPolicy {
    /// Writes in the session's folder, no network: the default.
    pub fn workspace_write() -> Self {
        Self::WorkspaceWrite {
            writable_roots: Vec::new(),
            network: NetworkAccess::None,
            granted: Granted::default(),
        }
    }

    /// Reads only, no network.
    pub fn read_only() -> Self {
        Self::ReadOnly { network: NetworkAccess::None, granted: Granted::default() }
    }

    /// Returns the network access under this policy.
    pub fn network(&self) -> NetworkAccess {
        match self {
            Self::ReadOnly { network, .. } | Self::WorkspaceWrite { network, .. } => *network,
            Self::DangerFullAccess => NetworkAccess::Full,
        }
    }

    /// Returns the policy for a command on a copy of the project: it may write there, whatever it may do to the project itself, and has
    /// no other access that this policy does not give.
    #[must_use]
    pub fn for_copy(&self) -> Self {
        match self {
            Self::WorkspaceWrite { .. } => self.clone(),
            Self::ReadOnly { network, granted } => Self::WorkspaceWrite {
                writable_roots: Vec::new(),
                network: *network,
                granted: granted.clone(),
            },
            Self::DangerFullAccess => Self::workspace_write(),
        }
    }

    /// The policy's name as it stands in the config file and on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ReadOnly { .. } => "read-only",
            Self::WorkspaceWrite { .. } => "workspace-write",
            Self::DangerFullAccess => "danger-full-access",
        }
    }

    /// Adds one grant; changes nothing where there is no sandbox.
    #[must_use]
    pub fn with(mut self, grant: &SandboxGrant) -> Self {
        let (Self::ReadOnly { network, granted } | Self::WorkspaceWrite { network, granted, .. }) = &mut self
        else {
            return self;
        };
        let (paths, path) = match grant {
            SandboxGrant::Network => {
                *network = NetworkAccess::Full;
                return self;
            }
            SandboxGrant::Write { path } => (&mut granted.write, path),
            SandboxGrant::Read { path } => (&mut granted.read, path),
        };
        if !paths.contains(path) {
            paths.push(path.clone());
        }
        self
    }

    /// Returns the access allowed beside what the mode says.
    pub fn granted(&self) -> Option<&Granted> {
        match self {
            Self::ReadOnly { granted, .. } | Self::WorkspaceWrite { granted, .. } => Some(granted),
            Self::DangerFullAccess => None,
        }
    }
}

/// The two policies of a session that a person can change while it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Policies {
    /// Approval policy.
    pub approval: ApprovalPolicy,
    /// Sandbox policy.
    pub sandbox: SandboxPolicy,
    /// Shows every patch before it is written, inside the writable roots too. Without it the table of B24
    /// decides. Has no effect under [`ApprovalPolicy::Never`], where nobody is there to look.
    #[serde(default)]
    pub review_patches: bool,
}

/// Level of containment this machine offers; see the table in the security notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SandboxLevel {
    /// Nothing runs unasked.
    None,
    /// Some layers are missing; the gaps are named.
    Partial,
    /// Every layer is there.
    Full,
}

/// Result of probing the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SandboxReport {
    /// Level of containment.
    pub level: SandboxLevel,
    /// Layers in place, for people: "landlock abi 7", "bubblewrap 0.8.0", ...
    pub layers: Vec<String>,
    /// Gaps in the containment and their reasons, for people; empty when the level is full.
    pub gaps: Vec<String>,
    /// Reason commands cannot run on a copy-on-write view of the project ([`ApprovalPolicy::OnEffect`]), for people; `None` where they can.
    #[serde(default = "not_probed")]
    pub no_overlay: Option<String>,
}

#[allow(clippy::unnecessary_wraps, reason = "the default of a field")]
fn not_probed() -> Option<String> {
    Some("it was not tried out".to_owned())
}

/// Reasoning effort of a reasoning model, the least first. Few models take all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReasoningEffort {
    /// No reasoning.
    None,
    /// As little as the model can.
    Minimal,
    /// A little.
    Low,
    /// The default of most models.
    Medium,
    /// Much.
    High,
    /// More than that.
    Xhigh,
    /// As much as the model can.
    Max,
}

impl ReasoningEffort {
    /// All of them, the least first.
    pub const ALL: [Self; 7] =
        [Self::None, Self::Minimal, Self::Low, Self::Medium, Self::High, Self::Xhigh, Self::Max];

    /// Returns the word that the config file and the vendors use.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
            Self::Max => "max",
        }
    }

    /// Returns the effort to ask for where the vendor refused this one: of those it `takes`, the greatest that is less, or else the
    /// least. Without a list, it is one further from the end of the scale. `None` when only the model's default is left.
    pub fn instead(self, takes: &[Self]) -> Option<Self> {
        let others = || takes.iter().copied().filter(|other| *other != self);
        // no reasoning at all is the last choice
        let reasoning = || others().filter(|other| *other != Self::None);
        let listed = reasoning().filter(|other| *other < self).max();
        let listed = listed.or_else(|| reasoning().min()).or_else(|| others().min());
        let end = match self {
            _ if !takes.is_empty() => None,
            Self::Max | Self::Xhigh => Some(Self::High),
            Self::None | Self::Minimal => Some(Self::Low),
            Self::Low | Self::Medium | Self::High => None,
        };
        listed.or(end)
    }
}

/// Length of the reasoning summary, on the wire that lets one set it (OpenAI Responses).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReasoningSummary {
    /// As much as the model can.
    Auto,
    /// In short.
    Concise,
    /// At length.
    Detailed,
    /// Nothing.
    None,
}

/// Configuration set by `ConfigureSession` (B2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SessionConfig {
    /// Key of the provider in the config ("openai", "practice", ...).
    pub provider: String,
    /// Name of the model, as the provider knows it.
    pub model: String,
    /// Reasoning effort; the provider's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reasoning_effort: Option<ReasoningEffort>,
    /// Length of the reasoning summary; as long as the model can make it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reasoning_summary: Option<ReasoningSummary>,
    /// Folder the session works in, absolute.
    #[ts(type = "string")]
    pub cwd: PathBuf,
    /// Approval and sandbox policies.
    pub policies: Policies,
    /// The agent's own instructions; the built-in ones when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub base_instructions: Option<String>,
    /// Instructions of the person and the project (AGENTS.md), already read and bounded (B33).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub user_instructions: Option<String>,
    /// Zero data retention: the provider is asked to store nothing (B11).
    #[serde(default)]
    pub disable_response_storage: bool,
    /// Shows the model's raw reasoning (B9).
    #[serde(default)]
    pub show_raw_agent_reasoning: bool,
    /// Program and leading arguments of the notifier (B34); none when empty.
    #[serde(default)]
    pub notify: Vec<String>,
    /// Limit of each task.
    #[serde(default, skip_serializing_if = "TaskLimit::is_none")]
    #[ts(optional, as = "Option<TaskLimit>")]
    pub task_limit: TaskLimit,
    /// Price of the model as the person set it; the one that the provider lists goes before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub price: Option<ModelPrice>,
    /// Check of the project, run with each patch that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub check: Option<ProjectCheck>,
    /// Model that reviews patches that wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reviewer: Option<Reviewer>,
    /// Isolated copy of the folder that the session works on; the folder itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub isolated: Option<CopyId>,
    /// Transcript to go on with; a new one is begun when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub resume_path: Option<PathBuf>,
    /// Id to give a new session; one is made when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub session_id: Option<SessionId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_adds_one_thing_and_says_nothing_where_there_is_none() {
        let plain = SandboxPolicy::workspace_write();
        let json = serde_json::to_string(&plain).unwrap();
        assert_eq!(json, r#"{"mode":"workspace-write","writable_roots":[],"network":"none"}"#);
        let write = SandboxGrant::Write { path: "/x".into() };
        let wider = plain.clone().with(&write).with(&write).with(&SandboxGrant::Network);
        assert_eq!(wider.network(), NetworkAccess::Full);
        assert_eq!(wider.granted().unwrap().write, [PathBuf::from("/x")]);
        let again: SandboxPolicy = serde_json::from_str(&serde_json::to_string(&wider).unwrap()).unwrap();
        assert_eq!(again, wider);
        assert_eq!(SandboxPolicy::DangerFullAccess.with(&write), SandboxPolicy::DangerFullAccess);
    }
}
