//! What the sandbox refused, and what a person may allow instead of taking it away (B16).

use crate::policy::{NetworkAccess, SandboxPolicy};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use ts_rs::TS;

/// What kind of thing was refused.
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

/// What the sandbox refused a command, by evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Denial {
    /// For people: "write to /etc/x (read-only)".
    pub what: String,
    /// What kind of thing it is.
    pub kind: DenialKind,
    /// The path it is about, absolute, links followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, as = "Option<String>")]
    pub path: Option<PathBuf>,
    /// The host it is about, when one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub host: Option<String>,
    /// What would let it through. `None` where nothing less than no sandbox would, and for what is never let through: what is
    /// protected, the app's own folders, doors to daemons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub offer: Option<SandboxGrant>,
}

/// One thing more that sandboxed commands may do, for as long as the session lasts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "allow", rename_all = "snake_case")]
pub enum SandboxGrant {
    /// Write a file, or beneath a folder.
    Write {
        /// Which, absolute, links followed.
        #[ts(type = "string")]
        path: PathBuf,
    },
    /// Read a file, or beneath a folder, that is hidden otherwise.
    Read {
        /// Which, absolute, links followed.
        #[ts(type = "string")]
        path: PathBuf,
    },
    /// Reach the network.
    Network,
}

/// What a person is offered instead of running a command without the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SandboxOffer {
    /// What is allowed for the session.
    pub grant: SandboxGrant,
    /// The sandbox the command then runs in.
    pub sandbox: SandboxPolicy,
}

/// Paths that a person allowed beside what the mode of a sandbox says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct Granted {
    /// What can be written, absolute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub write: Vec<PathBuf>,
    /// What is hidden otherwise, and can be read, absolute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub read: Vec<PathBuf>,
}

impl Granted {
    /// Whether nothing was allowed.
    pub fn is_empty(&self) -> bool {
        self.write.is_empty() && self.read.is_empty()
    }
}

impl SandboxPolicy {
    /// This policy with one thing more allowed.
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

    /// What is allowed beside what the mode says.
    pub fn granted(&self) -> Option<&Granted> {
        match self {
            Self::ReadOnly { granted, .. } | Self::WorkspaceWrite { granted, .. } => Some(granted),
            Self::DangerFullAccess => None,
        }
    }
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
