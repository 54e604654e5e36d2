//! Authorities that let calls happen.

use crate::pending::{PendingCall, RecordedAnswer};
use crate::record::Authority;
use protocol::{ApprovalSubject, PatchProposal, Policies, ReviewDecision, SandboxPolicy};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Approvals for the session, each with its time.
#[derive(Debug, Default)]
pub(crate) struct SessionApprovals {
    commands: Vec<(Vec<String>, PathBuf, SandboxPolicy, u64)>,
    files: HashMap<PathBuf, u64>,
    tools: HashMap<(String, String), u64>,
}

impl SessionApprovals {
    /// Remembers what an answer lets through until the session ends.
    pub(crate) fn remember(&mut self, call: &PendingCall, answer: &RecordedAnswer) {
        if answer.decision != ReviewDecision::ApprovedForSession {
            return;
        }
        match call.approval.as_ref().map(|approval| &approval.subject) {
            Some(ApprovalSubject::Exec { argv, cwd, sandbox, .. }) => {
                self.commands.push((argv.clone(), cwd.clone(), sandbox.clone(), answer.at_ms));
            }
            Some(ApprovalSubject::Patch { proposal }) => {
                for path in targets(proposal) {
                    self.files.insert(path.to_owned(), answer.at_ms);
                }
            }
            Some(ApprovalSubject::Tool { invocation, .. }) => {
                let server = invocation.server.clone().unwrap_or_default();
                self.tools.insert((server, invocation.tool.clone()), answer.at_ms);
            }
            None => {}
        }
    }

    /// Returns the time at which this very command was approved.
    pub(crate) fn command(&self, argv: &[String], cwd: &Path, sandbox: &SandboxPolicy) -> Option<u64> {
        let found = self.commands.iter().rev().find(|(a, c, s, _)| a == argv && c == cwd && s == sandbox);
        found.map(|(_, _, _, at_ms)| *at_ms)
    }

    /// Returns the time at which the last of the files of a patch was approved.
    pub(crate) fn patch(&self, proposal: &PatchProposal) -> Option<u64> {
        let times: Option<Vec<_>> = targets(proposal).map(|path| self.files.get(path).copied()).collect();
        times?.into_iter().max()
    }

    /// Returns the time at which this tool was approved.
    pub(crate) fn tool(&self, server: &str, tool: &str) -> Option<u64> {
        self.tools.get(&(server.to_owned(), tool.to_owned())).copied()
    }
}

fn targets(proposal: &PatchProposal) -> impl Iterator<Item = &Path> {
    let files = proposal.files.iter();
    files
        .flat_map(|file| std::iter::once(&file.target).chain(&file.move_target).chain(&file.linked))
        .map(PathBuf::as_path)
}

/// Returns whoever gave an answer.
pub(crate) fn of_answer(answer: &RecordedAnswer) -> Authority {
    if answer.unattended {
        return Authority::Nobody { at_ms: answer.at_ms };
    }
    Authority::Person { at_ms: answer.at_ms, answer: answer.decision, binding: answer.binding.clone() }
}

/// Returns the policies as who let a call happen.
pub(crate) fn of_policies(policies: &Policies) -> Authority {
    Authority::Policy {
        approval: policies.approval,
        sandbox: policies.sandbox.name().to_owned(),
        review_patches: policies.review_patches,
    }
}
