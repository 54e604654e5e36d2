//! A tool call: where it stands, and what records make of it.

use super::Task;
use crate::grants::Grants;
use crate::history;
use protocol::{
    CallId, ExecApprovalRequest, Fact, Item, PatchApprovalRequest, PatchDecision, PatchProposal,
    ReviewDecision, ToolApprovalRequest,
};
use std::path::PathBuf;
use std::sync::Arc;

/// One tool call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) item: Arc<Item>,
    pub(crate) stage: Stage,
    /// How often the person was asked about it.
    pub(crate) asks: u32,
    /// The patch as last verified.
    pub(crate) proposal: Option<PatchProposal>,
    /// The person's note about it, for the model.
    pub(crate) note: Option<String>,
    /// What the model is answered if the person does not let it run again.
    pub(crate) held_answer: Option<String>,
    /// The command that ran for it, and where.
    ran: Option<(Vec<String>, PathBuf)>,
}

/// Where a call stands.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    /// Just made.
    New,
    /// A patch that applies. When it could not be written as it was approved, the paths that are not what they were.
    Verified {
        changed: Option<Vec<String>>,
    },
    /// The person is asked.
    AskedExec(Box<ExecApprovalRequest>),
    AskedPatch(Box<PatchApprovalRequest>),
    AskedTool(Box<ToolApprovalRequest>),
    /// The person has answered.
    DecidedExec {
        request: Box<ExecApprovalRequest>,
        decision: ReviewDecision,
    },
    DecidedPatch {
        decision: PatchDecision,
    },
    DecidedTool {
        request: Box<ToolApprovalRequest>,
        decision: ReviewDecision,
    },
    /// Being done.
    Running,
    Writing {
        /// Whether it can be told what became of it.
        journaled: bool,
    },
    /// Done, or never to be done, and the answer comes with the next record.
    Ended,
    Answered,
}

impl Call {
    /// One that the model has just made.
    pub(super) fn new(id: CallId, item: Arc<Item>) -> Self {
        Self {
            id,
            item,
            stage: Stage::New,
            asks: 0,
            proposal: None,
            note: None,
            held_answer: None,
            ran: None,
        }
    }

    pub(crate) fn is_custom(&self) -> bool {
        matches!(*self.item, Item::CustomCall { .. })
    }

    pub(crate) fn tool_name(&self) -> &str {
        match &*self.item {
            Item::FunctionCall { name, .. } | Item::CustomCall { name, .. } => name,
            _ => "",
        }
    }

    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::AskedExec(_) | Stage::AskedPatch(_) | Stage::AskedTool(_))
    }

    /// The item that answers this call.
    pub(crate) fn output(&self, text: impl Into<String>, success: bool) -> Item {
        self.output_with(text, success, Vec::new())
    }

    /// The item that answers this call, with images for the model.
    pub(crate) fn output_with(&self, text: impl Into<String>, success: bool, images: Vec<String>) -> Item {
        history::output(self.id.clone(), self.is_custom(), text.into(), Some(success), images)
    }

    pub(crate) fn is_answered(&self) -> bool {
        matches!(self.stage, Stage::Answered)
    }
}

/// Takes in what a record says of one of the task's calls.
pub(super) fn fold(task: &mut Task, grants: &mut Grants, fact: &Fact) {
    let mut with = |id: &CallId, change: &mut dyn FnMut(&mut Call)| {
        if let Some(call) = task.calls.iter_mut().find(|call| call.id == *id) {
            change(call);
        }
    };
    match fact {
        Fact::PatchVerified { call_id, proposal } => with(call_id, &mut |call| {
            let changed = call.proposal.as_ref().map(|before| changed_paths(before, proposal));
            call.stage = Stage::Verified { changed };
            call.proposal = Some(proposal.clone());
        }),
        Fact::ExecApprovalAsked { request } => with(&request.call_id, &mut |call| {
            call.asks = request.attempt;
            call.stage = Stage::AskedExec(request.clone());
        }),
        Fact::PatchApprovalAsked { request } => with(&request.call_id, &mut |call| {
            call.asks = request.attempt;
            call.stage = Stage::AskedPatch(request.clone());
        }),
        Fact::ExecDecided { call_id, decision, note } => with(call_id, &mut |call| {
            if let Stage::AskedExec(request) = &call.stage {
                match (decision, &request.offer) {
                    (ReviewDecision::ApprovedForSession, _) => grants.allow_command(request),
                    (ReviewDecision::ApprovedWithGrant, Some(offer)) => grants.allow_in_sandbox(&offer.grant),
                    _ => {}
                }
                call.note.clone_from(note);
                call.stage = Stage::DecidedExec { request: request.clone(), decision: *decision };
            }
        }),
        Fact::ToolApprovalAsked { request } => with(&request.invocation.call_id, &mut |call| {
            call.asks = request.attempt;
            call.stage = Stage::AskedTool(request.clone());
        }),
        Fact::ToolDecided { call_id, decision, note } => with(call_id, &mut |call| {
            if let Stage::AskedTool(request) = &call.stage {
                if *decision == ReviewDecision::ApprovedForSession {
                    let invocation = &request.invocation;
                    grants.allow_tool(invocation.server.as_deref().unwrap_or_default(), &invocation.tool);
                }
                call.note.clone_from(note);
                call.stage = Stage::DecidedTool { request: request.clone(), decision: *decision };
            }
        }),
        Fact::ToolStarted { invocation } => {
            with(&invocation.call_id, &mut |call| call.stage = Stage::Running);
        }
        Fact::PatchDecided { call_id, decision } => with(call_id, &mut |call| {
            if let Stage::AskedPatch(request) = &call.stage {
                if decision.decision == ReviewDecision::ApprovedForSession {
                    grants.allow_patch(&request.proposal);
                }
                call.note.clone_from(&decision.note);
                call.stage = Stage::DecidedPatch { decision: decision.clone() };
            }
        }),
        Fact::ExecStarted { call_id, argv, cwd, .. } => with(call_id, &mut |call| {
            call.stage = Stage::Running;
            call.ran = Some((argv.clone(), cwd.clone()));
        }),
        Fact::ExecEnded { call_id, held_answer, denied, .. } => with(call_id, &mut |call| {
            let offer = denied.as_ref().and_then(|denial| denial.offer.as_ref());
            if let (Some(grant), Some((argv, cwd))) = (offer, &call.ran) {
                grants.remember_refusal(argv, cwd, grant);
            }
            // one that was left in the background is answered already
            if !call.is_answered() {
                call.held_answer.clone_from(held_answer);
                call.stage = Stage::Ended;
            }
        }),
        Fact::PatchStarted { call_id, journaled, .. } => {
            with(call_id, &mut |call| call.stage = Stage::Writing { journaled: *journaled });
        }
        Fact::PatchEnded { call_id, .. }
        | Fact::ToolEnded { call_id, .. }
        | Fact::PlanUpdated { call_id, .. }
        | Fact::CallRejected { call_id, .. } => {
            with(call_id, &mut |call| call.stage = Stage::Ended);
        }
        _ => {}
    }
}

/// The paths whose contents are not what they were.
fn changed_paths(before: &PatchProposal, after: &PatchProposal) -> Vec<String> {
    after
        .files
        .iter()
        .filter(|file| {
            before.files.iter().find(|old| old.target == file.target).is_none_or(|old| {
                old.base_sha256 != file.base_sha256 || old.move_base_sha256 != file.move_base_sha256
            })
        })
        .map(|file| file.path.clone())
        .collect()
}
