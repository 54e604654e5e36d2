//! Refusals of the sandbox, and the access a person is offered instead of running without it (B16).

use crate::grant::SandboxGrant;
use crate::policy::SandboxPolicy;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use ts_rs::TS;

/// Kind of access that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DenialKind {
    /// Writing a path.
    Write,
    /// Reading a path that is hidden.
    Read,
    /// Reaching the network.
    Network,
    /// A system call.
    Call,
}

/// Refusal of the sandbox, by evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Denial {
    /// For people: "write to /etc/x (read-only)".
    pub what: String,
    /// Kind of access.
    pub kind: DenialKind,
    /// The path it is about, absolute, links followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, as = "Option<String>")]
    pub path: Option<PathBuf>,
    /// The host it is about, when one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub host: Option<String>,
    /// Access that would let it through. `None` where nothing less than no sandbox would, and for what is never let through: what is
    /// protected, the app's own folders, doors to daemons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub offer: Option<SandboxGrant>,
}

/// Access a person is offered instead of running a command without the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SandboxOffer {
    /// Access allowed for the session.
    pub grant: SandboxGrant,
    /// The sandbox the command then runs in.
    pub sandbox: SandboxPolicy,
}
