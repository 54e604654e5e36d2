//! Safety decisions (B13, B24): plain functions that return a named verdict.

use crate::command;
use crate::input::McpTool;
use crate::model::grants::Grants;
use crate::rules::{ClassifiedCommand, Rules};
use crate::tools::ShellCall;
use protocol::{
    ApprovalPolicy, AskReason, FilePatch, PatchKind, PatchProposal, Policies, SandboxLevel, SandboxPolicy,
    SessionConfig,
};
use std::path::PathBuf;

/// Verdict on a command or a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Do it, touching at most this.
    Run { sandbox: SandboxPolicy },
    /// Do it on a copy-on-write view of what it may write, and ask about what it changed.
    RunInOverlay { sandbox: SandboxPolicy },
    /// Ask the person first; once approved it may touch this.
    Ask { why: AskReason, sandbox: SandboxPolicy },
    /// Do not, and tell the model why.
    Refuse { why: String },
}

/// The verdict on a command: what a rule says of it (B15), and else the table of B13.
pub(crate) fn exec_verdict(
    policies: &Policies,
    (level, no_overlay): (SandboxLevel, Option<&str>),
    call: &ShellCall,
    grants: &Grants,
    rules: &Rules,
) -> Verdict {
    let configured = grants.widened(&policies.sandbox);
    let unconfined = SandboxPolicy::DangerFullAccess;
    let never = policies.approval == ApprovalPolicy::Never;
    let on_effect = policies.approval == ApprovalPolicy::OnEffect;
    let untrusted = policies.approval == ApprovalPolicy::Untrusted || on_effect;

    // what the command would run under if nothing stood in its way
    let wanted =
        if call.escalated || level == SandboxLevel::None { unconfined.clone() } else { configured.clone() };
    let judged = rules.classify(&call.argv, &call.cwd);
    if let ClassifiedCommand::Denied(why) = judged {
        return Verdict::Refuse { why };
    }
    if grants.command(&call.argv, &call.cwd, &wanted) {
        return Verdict::Run { sandbox: wanted };
    }
    match judged {
        ClassifiedCommand::Asks(what) if never => {
            return Verdict::Refuse { why: format!("{what}, and the approval policy is never") };
        }
        ClassifiedCommand::Asks(what) => {
            return Verdict::Ask { why: AskReason::Rule { what }, sandbox: wanted };
        }
        ClassifiedCommand::Allowed { without_sandbox: true } => return Verdict::Run { sandbox: unconfined },
        // it allows no more than the command in its sandbox
        ClassifiedCommand::Allowed { without_sandbox: false } if wanted != unconfined => {
            return Verdict::Run { sandbox: wanted };
        }
        ClassifiedCommand::Allowed { .. } | ClassifiedCommand::Denied(_) | ClassifiedCommand::Silent => {}
    }
    if configured == unconfined {
        return if !untrusted {
            Verdict::Run { sandbox: unconfined }
        } else if command::is_safe_contained(&call.argv) && level > SandboxLevel::None {
            Verdict::Run { sandbox: grants.reading(&SandboxPolicy::read_only()) }
        } else {
            let why = if on_effect {
                without_overlay("commands run without the sandbox")
            } else {
                AskReason::Untrusted
            };
            Verdict::Ask { why, sandbox: unconfined }
        };
    }
    if level == SandboxLevel::None {
        return if never {
            Verdict::Refuse {
                why: "this machine has no sandbox, and the approval policy is never".to_owned(),
            }
        } else {
            Verdict::Ask { why: AskReason::NoSandbox, sandbox: unconfined }
        };
    }
    if call.escalated {
        return if never {
            Verdict::Refuse {
                why: "it asks to run without the sandbox, and the approval policy is never".to_owned(),
            }
        } else {
            let justification = call.justification.clone();
            Verdict::Ask { why: AskReason::Escalation { justification }, sandbox: unconfined }
        };
    }
    // the sandbox refused this very command something before, and the person let it run without from then on
    if policies.approval == ApprovalPolicy::OnFailure && grants.command(&call.argv, &call.cwd, &unconfined) {
        return Verdict::Run { sandbox: unconfined };
    }
    if !untrusted {
        return Verdict::Run { sandbox: configured };
    }
    if command::is_safe_contained(&call.argv) {
        return Verdict::Run { sandbox: grants.reading(&SandboxPolicy::read_only()) };
    }
    if !on_effect {
        return Verdict::Ask { why: AskReason::Untrusted, sandbox: configured };
    }
    match (no_overlay, &configured) {
        // it writes nothing that could be asked about
        (_, SandboxPolicy::ReadOnly { .. }) => Verdict::Run { sandbox: configured },
        _ if call.background => Verdict::Ask {
            why: without_overlay(
                "it goes on running in the background, where its changes can't wait for you",
            ),
            sandbox: configured,
        },
        (Some(why), _) => Verdict::Ask { why: without_overlay(why), sandbox: configured },
        (None, _) => Verdict::RunInOverlay { sandbox: configured },
    }
}

fn without_overlay(why: &str) -> AskReason {
    AskReason::NoOverlay { why: why.to_owned() }
}

/// Returns the folders whose programs are not started for a command that runs unasked since it is known by its name: those that
/// commands and patches may have written. `None` for any other command.
pub(crate) fn known_by_name(
    config: &SessionConfig,
    argv: &[String],
    sandbox: &SandboxPolicy,
) -> Option<Vec<PathBuf>> {
    let policies = &config.policies;
    let is_known = matches!(policies.approval, ApprovalPolicy::Untrusted | ApprovalPolicy::OnEffect)
        && matches!(sandbox, SandboxPolicy::ReadOnly { .. })
        && command::is_safe_contained(argv);
    let roots = match &policies.sandbox {
        SandboxPolicy::WorkspaceWrite { writable_roots, .. } => writable_roots.as_slice(),
        SandboxPolicy::ReadOnly { .. } | SandboxPolicy::DangerFullAccess => &[],
    };
    let granted = policies.sandbox.granted().map_or(&[][..], |granted| &granted.write);
    is_known.then(|| [&config.cwd].into_iter().chain(roots).chain(granted).cloned().collect())
}

/// Verdict on a call of an MCP tool: such a tool runs where its server runs, outside the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ToolVerdict {
    Run,
    Ask,
    Refuse,
}

/// The verdict on a call of an MCP tool (B28).
pub(crate) fn tool_verdict(policies: &Policies, tool: &McpTool, grants: &Grants) -> ToolVerdict {
    let free = policies.sandbox == SandboxPolicy::DangerFullAccess;
    // one that changes nothing and reaches everything can still send everything anywhere
    let only_reads = tool.read_only && !tool.hints.open_world;
    let unasked = match policies.approval {
        ApprovalPolicy::Untrusted => tool.trusted,
        ApprovalPolicy::Never => free || tool.trusted || only_reads,
        ApprovalPolicy::OnEffect | ApprovalPolicy::OnFailure | ApprovalPolicy::OnRequest => {
            tool.trusted || only_reads
        }
    };
    if unasked || grants.tool(&tool.server, &tool.tool) {
        ToolVerdict::Run
    } else if policies.approval == ApprovalPolicy::Never {
        ToolVerdict::Refuse
    } else {
        ToolVerdict::Ask
    }
}

/// The verdict on a verified patch: the table of B24, and [`Policies::review_patches`].
pub(crate) fn patch_verdict(policies: &Policies, proposal: &PatchProposal, grants: &Grants) -> Verdict {
    let sandbox = policies.sandbox.clone();
    if proposal.is_effects() {
        return if grants.patch(proposal) {
            Verdict::Run { sandbox }
        } else {
            let why = AskReason::Effects { argv: Vec::new(), left_out: Vec::new(), previewed: false };
            Verdict::Ask { why, sandbox }
        };
    }
    if proposal.files.is_empty() {
        return Verdict::Refuse { why: "the patch is empty".to_owned() };
    }
    let named = |wanted: fn(&FilePatch) -> bool| -> Vec<String> {
        proposal.files.iter().filter(|file| wanted(file)).map(|file| file.path.clone()).collect()
    };
    let protected: Vec<String> = proposal
        .files
        .iter()
        .filter_map(|file| file.protected.as_ref().map(|why| format!("{}: {why}", file.path)))
        .collect();
    let outside = proposal
        .files
        .iter()
        .filter(|file| file.outside)
        .map(|file| match &file.kind {
            PatchKind::Update { move_to: Some(to) } => format!("{} -> {to}", file.path),
            _ => file.path.clone(),
        })
        .collect::<Vec<_>>();
    let overwrites = named(|file| {
        (file.kind == PatchKind::Add && file.base_sha256.is_some()) || file.move_base_sha256.is_some()
    });
    let never = policies.approval == ApprovalPolicy::Never;
    let special = if !protected.is_empty() {
        Some(("touches what is protected", AskReason::Protected { paths: protected }))
    } else if !outside.is_empty() {
        Some(("writes outside the writable folders", AskReason::OutsideRoots { paths: outside }))
    } else if !overwrites.is_empty() {
        Some(("replaces a file that exists", AskReason::Overwrites { paths: overwrites }))
    } else {
        None
    };
    match special {
        Some((what, _)) if never => {
            Verdict::Refuse { why: format!("it {what}, and the approval policy is never") }
        }
        Some((_, why)) => Verdict::Ask { why, sandbox },
        None if never || grants.patch(proposal) => Verdict::Run { sandbox },
        None if policies.approval == ApprovalPolicy::Untrusted => {
            Verdict::Ask { why: AskReason::Untrusted, sandbox }
        }
        None if policies.review_patches || policies.approval == ApprovalPolicy::OnEffect => {
            Verdict::Ask { why: AskReason::Review, sandbox }
        }
        None => Verdict::Run { sandbox },
    }
}
