//! Questions to a person, each bound to everything it shows.

use crate::effect::Effect;
use crate::model::call::Call;
use crate::model::session::Session;
use crate::rules;
use crate::step::decision::Decision;
use crate::tools::{McpCall, ShellCall};
use protocol::{
    Approval, ApprovalSubject, AskReason, CommandPreview, Fact, PatchProposal, SandboxGrant, SandboxPolicy,
};
use sha2::{Digest, Sha256};

/// Asks about a call: the next question about it, bound to all that it shows.
pub(crate) fn ask(call: &Call, reason: AskReason, subject: ApprovalSubject) -> Approval {
    let call_id = call.id.clone();
    let attempt = call.asks + 1;
    let binding = binding(&(&call_id, attempt, &reason, &subject));
    Approval { call_id, attempt, reason, subject, binding }
}

/// Asks the person about a call; the question is on disk before it is shown.
pub(super) fn ask_person(call: &Call, reason: AskReason, subject: ApprovalSubject) -> Decision {
    let approval = Box::new(ask(call, reason, subject));
    Decision { effects: vec![Effect::Sync], ..Decision::facts(vec![Fact::Asked { approval }]) }
}

/// Returns a command as it is asked about. `refused` is access that would let it through in the sandbox after all.
pub(crate) fn exec(
    session: &Session,
    shell: &ShellCall,
    sandbox: SandboxPolicy,
    reason: &AskReason,
    refused: Option<&SandboxGrant>,
) -> ApprovalSubject {
    let config = session.state.config.as_ref();
    let bare = sandbox == SandboxPolicy::DangerFullAccess;
    let offer = refused
        .filter(|_| bare)
        .zip(config)
        .and_then(|(grant, config)| session.state.grants.offer(&config.policies.sandbox, grant));
    let rule = config.filter(|_| !matches!(reason, AskReason::Rule { .. })).and_then(|config| {
        rules::offer(&session.world.rules, &shell.argv, &shell.cwd, &config.cwd, &sandbox)
    });
    let preview = preview(session, shell, &sandbox, reason).map(Box::new);
    ApprovalSubject::Exec { argv: shell.argv.clone(), cwd: shell.cwd.clone(), sandbox, offer, rule, preview }
}

/// Returns whether the changes of a command can be looked at before it is approved; `None` where there is nothing to look at.
fn preview(
    session: &Session,
    shell: &ShellCall,
    sandbox: &SandboxPolicy,
    reason: &AskReason,
) -> Option<CommandPreview> {
    // it already ran, or it may write nothing
    if matches!(reason, AskReason::SandboxDenied { .. }) || matches!(sandbox, SandboxPolicy::ReadOnly { .. })
    {
        return None;
    }
    let (config, report) = (session.state.config.as_ref()?, session.world.sandbox.as_ref()?);
    let impossible = |why: &str| Some(CommandPreview::Impossible { why: why.to_owned() });
    if let Some(why) = &report.no_overlay {
        return impossible(why);
    }
    if shell.background {
        return impossible("it goes on running in the background");
    }
    match session.state.grants.widened(&config.policies.sandbox) {
        sandbox @ SandboxPolicy::WorkspaceWrite { .. } => {
            Some(CommandPreview::Possible { sandbox, last: None })
        }
        SandboxPolicy::ReadOnly { .. } => impossible("commands may write nothing in this session's sandbox"),
        SandboxPolicy::DangerFullAccess => impossible("commands run without the sandbox in this session"),
    }
}

/// Returns a call of an MCP tool as it is asked about.
pub(crate) fn tool(call: &Call, mcp: &McpCall) -> ApprovalSubject {
    ApprovalSubject::Tool {
        invocation: mcp.invocation(&call.id),
        description: mcp.tool.description.clone(),
        hints: mcp.tool.hints.clone(),
    }
}

/// Returns a patch as it is asked about.
pub(crate) fn patch(proposal: &PatchProposal) -> ApprovalSubject {
    ApprovalSubject::Patch { proposal: proposal.clone() }
}

/// Returns the SHA-256 (hex) over a question.
fn binding(shown: &(&protocol::CallId, u32, &AskReason, &ApprovalSubject)) -> String {
    // a value made of strings and numbers always serialises; were it ever not to, the call and its number would still bind
    let bytes = serde_json::to_vec(shown).unwrap_or_else(|_| format!("{} {}", shown.0, shown.1).into_bytes());
    hex::encode(Sha256::digest(bytes))
}
