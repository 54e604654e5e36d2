//! Reach of a command: what its sandbox lets it touch.

use crate::text::visible_inline;
use protocol::{NetworkAccess, SandboxPolicy};
use std::path::PathBuf;

/// Says of the command's reach what the policy's name does not.
pub(crate) fn reach(sandbox: &SandboxPolicy) -> Vec<String> {
    if *sandbox == SandboxPolicy::DangerFullAccess {
        return vec!["Runs without the sandbox: it can read and change whatever you can.".to_owned()];
    }
    let mut sentences = Vec::new();
    if sandbox.network() == NetworkAccess::Full {
        sentences.push("It can reach the network.".to_owned());
    }
    let named = |paths: &[PathBuf]| -> Vec<String> {
        paths.iter().map(|path| visible_inline(&path.to_string_lossy()).into_owned()).collect()
    };
    let granted = sandbox.granted().cloned().unwrap_or_default();
    let mut writable = named(&granted.write);
    if let SandboxPolicy::WorkspaceWrite { writable_roots, .. } = sandbox {
        writable.splice(0..0, named(writable_roots));
    }
    if !writable.is_empty() {
        sentences.push(format!("It can also write in {}.", writable.join(", ")));
    }
    if !granted.read.is_empty() {
        sentences.push(format!("It can read what is hidden otherwise: {}.", named(&granted.read).join(", ")));
    }
    sentences
}

/// Words how a command is contained.
pub(crate) fn contained(sandbox: &SandboxPolicy) -> &'static str {
    match sandbox {
        SandboxPolicy::ReadOnly { .. } => "read only",
        SandboxPolicy::WorkspaceWrite { .. } => "in the sandbox",
        SandboxPolicy::DangerFullAccess => "without the sandbox",
    }
}
