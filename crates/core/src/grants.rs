//! What a person approved for the session (B15, B25): exactly what was shown, nothing like it.

use protocol::{ExecApprovalRequest, PatchProposal, SandboxPolicy};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// What was approved for the session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grants {
    commands: HashSet<(Vec<String>, PathBuf, SandboxPolicy)>,
    files: HashSet<PathBuf>,
    tools: HashSet<(String, String)>,
}

impl Grants {
    /// Remembers a command with its folder and sandbox.
    pub(crate) fn allow_command(&mut self, request: &ExecApprovalRequest) {
        self.commands.insert((request.argv.clone(), request.cwd.clone(), request.sandbox.clone()));
    }

    /// Remembers a tool of an MCP server.
    pub(crate) fn allow_tool(&mut self, server: &str, tool: &str) {
        self.tools.insert((server.to_owned(), tool.to_owned()));
    }

    /// Whether this tool was approved.
    pub(crate) fn tool(&self, server: &str, tool: &str) -> bool {
        self.tools.contains(&(server.to_owned(), tool.to_owned()))
    }

    /// Remembers the files of a patch.
    pub(crate) fn allow_patch(&mut self, proposal: &PatchProposal) {
        self.files.extend(targets(proposal));
    }

    /// Whether this very command was approved.
    pub(crate) fn command(&self, argv: &[String], cwd: &Path, sandbox: &SandboxPolicy) -> bool {
        // the set is small, and a borrowed key of three parts is not worth a type
        self.commands.iter().any(|(a, c, s)| a == argv && c == cwd && s == sandbox)
    }

    /// Whether every file of the patch was approved.
    pub(crate) fn patch(&self, proposal: &PatchProposal) -> bool {
        targets(proposal).all(|path| self.files.contains(&path))
    }
}

fn targets(proposal: &PatchProposal) -> impl Iterator<Item = PathBuf> {
    proposal
        .files
        .iter()
        .flat_map(|file| std::iter::once(file.target.clone()).chain(file.move_target.clone()))
}
