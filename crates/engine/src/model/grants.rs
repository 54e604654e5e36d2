//! Approvals for the session (B15, B25): exactly the things that were shown, nothing like them.

use protocol::{PatchProposal, SandboxGrant, SandboxOffer, SandboxPolicy};
use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};

/// Approvals and grants for the session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grants {
    commands: HashSet<(Vec<String>, PathBuf, SandboxPolicy)>,
    files: HashSet<PathBuf>,
    tools: HashSet<(String, String)>,
    /// Access every sandboxed command has beside the policy's (B16).
    sandbox: Vec<SandboxGrant>,
    /// Grants that would have let commands through that the sandbox refused something, the last ones.
    refused: VecDeque<(Vec<String>, PathBuf, SandboxGrant)>,
}

/// Maximum number of refusals kept.
const MAX_REFUSED: usize = 64;

impl Grants {
    /// Remembers a command with its folder and sandbox.
    pub(crate) fn allow_command(&mut self, argv: &[String], cwd: &Path, sandbox: &SandboxPolicy) {
        self.commands.insert((argv.to_vec(), cwd.to_owned(), sandbox.clone()));
    }

    /// Lets every sandboxed command do one thing more.
    pub(crate) fn allow_in_sandbox(&mut self, grant: &SandboxGrant) {
        if !self.sandbox.contains(grant) {
            self.sandbox.push(grant.clone());
        }
    }

    /// A sandbox with all that was allowed in it.
    pub(crate) fn widened(&self, sandbox: &SandboxPolicy) -> SandboxPolicy {
        self.sandbox.iter().fold(sandbox.clone(), SandboxPolicy::with)
    }

    /// A sandbox with what was allowed to be read in it, and no more.
    pub(crate) fn reading(&self, sandbox: &SandboxPolicy) -> SandboxPolicy {
        let reads = self.sandbox.iter().filter(|grant| matches!(grant, SandboxGrant::Read { .. }));
        reads.fold(sandbox.clone(), SandboxPolicy::with)
    }

    /// Remembers what would have let a command through.
    pub(crate) fn remember_refusal(&mut self, argv: &[String], cwd: &Path, grant: &SandboxGrant) {
        self.refused.retain(|(a, c, _)| a != argv || c != cwd);
        if self.refused.len() == MAX_REFUSED {
            self.refused.pop_front();
        }
        self.refused.push_back((argv.to_vec(), cwd.to_owned(), grant.clone()));
    }

    /// Returns the grant that would have let this command through when it last ran.
    pub(crate) fn refused(&self, argv: &[String], cwd: &Path) -> Option<&SandboxGrant> {
        self.refused.iter().find(|(a, c, _)| a == argv && c == cwd).map(|(_, _, grant)| grant)
    }

    /// Returns the offer of `grant` in the session's sandbox instead of no sandbox, unless it is there
    /// already.
    pub(crate) fn offer(&self, sandbox: &SandboxPolicy, grant: &SandboxGrant) -> Option<SandboxOffer> {
        let now = self.widened(sandbox);
        let wider = now.clone().with(grant);
        (wider != now).then(|| SandboxOffer { grant: grant.clone(), sandbox: wider })
    }

    /// Remembers a tool of an MCP server.
    pub(crate) fn allow_tool(&mut self, server: &str, tool: &str) {
        self.tools.insert((server.to_owned(), tool.to_owned()));
    }

    /// Reports whether this tool was approved.
    pub(crate) fn tool(&self, server: &str, tool: &str) -> bool {
        self.tools.contains(&(server.to_owned(), tool.to_owned()))
    }

    /// Remembers the files of a patch.
    pub(crate) fn allow_patch(&mut self, proposal: &PatchProposal) {
        self.files.extend(targets(proposal));
    }

    /// Reports whether this very command was approved.
    pub(crate) fn command(&self, argv: &[String], cwd: &Path, sandbox: &SandboxPolicy) -> bool {
        // the set is small, and a borrowed key of three parts is not worth a type
        self.commands.iter().any(|(a, c, s)| a == argv && c == cwd && s == sandbox)
    }

    /// Reports whether every file of the patch was approved.
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
