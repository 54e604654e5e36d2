//! A tool call: its stage, and the fold of records about it.

use crate::model::grants::Grants;
use crate::model::patch_check::PatchCheck;
use crate::model::patch_review::PatchReview;
use crate::model::previewed::{self, PreviewedStates};
use protocol::{
    AnswerStatus, Approval, ApprovalSubject, AskReason, CallId, ChangedPath, CheckResult, CommandPreview,
    CopyId, EndedBy, Fact, HeldEffects, HunkSelection, Item, PatchProposal, PreviewComparison, ReviewComment,
    ReviewDecision, SessionConfig, ToolOutput,
};
use std::collections::BTreeMap;
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
    /// The person's comments on its patch, for the model; those of each time it was asked about.
    pub(crate) comments: Vec<ReviewComment>,
    /// Answer to the model if the person does not let it run again.
    pub(crate) held_answer: Option<String>,
    /// Isolated copy that the person brings in with it: the model knows nothing of this call.
    pub(crate) copy: Option<CopyId>,
    /// True when its command ran in an overlay: its patch is what the command changed there.
    pub(crate) in_overlay: bool,
    /// The question about its command, while that is previewed or the changes of the preview are asked about.
    pub(crate) previewed: Option<Box<Approval>>,
    /// Changes that its command made in an overlay, while something else is asked about it.
    pub(crate) held_effects: Option<Box<HeldEffects>>,
    /// Answer to the model of a preview that changed nothing.
    pub(crate) preview_answer: Option<String>,
    /// Checks of its patch, while that is asked about.
    pub(crate) check: PatchCheck,
    /// Review of its patch by a second model, while that is asked about.
    pub(crate) review: PatchReview,
    /// Result of the check that was recorded with the person's decision.
    pub(crate) checked: Option<Box<CheckResult>>,
    /// States that the preview of its command left paths in, once that is asked about again.
    previewed_states: Option<PreviewedStates>,
    /// Paths that its command changed for real.
    changes: BTreeMap<PathBuf, ChangedPath>,
    /// True when its command ended well.
    pub(crate) has_succeeded: bool,
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
    Asked(Box<Approval>),
    /// The person has answered.
    Decided {
        approval: Box<Approval>,
        decision: ReviewDecision,
        hunks: Option<HunkSelection>,
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
            comments: Vec::new(),
            held_answer: None,
            copy: None,
            in_overlay: false,
            previewed: None,
            held_effects: None,
            preview_answer: None,
            check: PatchCheck::default(),
            review: PatchReview::default(),
            checked: None,
            previewed_states: None,
            changes: BTreeMap::new(),
            has_succeeded: false,
            ran: None,
        }
    }

    /// One with which a person brings in an isolated copy.
    pub(super) fn bring_in(id: CallId, copy: CopyId) -> Self {
        // of no tool
        let (name, arguments) = (String::new(), String::new());
        let item = Arc::new(Item::FunctionCall { call_id: id.clone(), name, arguments });
        Self { copy: Some(copy), ..Self::new(id, item) }
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
        matches!(self.stage, Stage::Asked(_))
    }

    /// Returns the item that answers this call.
    pub(crate) fn answer(&self, status: AnswerStatus, text: impl Into<String>) -> Item {
        let success = matches!(status, AnswerStatus::Completed | AnswerStatus::Partial);
        self.answer_with(status, success, text, Vec::new())
    }

    /// Returns the item that answers this call, with images for the model.
    pub(crate) fn answer_with(
        &self,
        status: AnswerStatus,
        success: bool,
        text: impl Into<String>,
        images: Vec<String>,
    ) -> Item {
        let output = ToolOutput {
            text: text.into(),
            success: Some(success),
            images,
            status: Some(status),
            note: self.note.as_deref().map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned),
        };
        Item::CallOutput { call_id: self.id.clone(), output, custom: self.is_custom() }
    }

    /// Returns the words of the command that ran for it.
    pub(crate) fn command(&self) -> Vec<String> {
        self.ran.as_ref().map(|(argv, _)| argv.clone()).unwrap_or_default()
    }

    /// Compares what its command did for real with what its preview showed; `None` where there was none, or it is not known.
    pub(crate) fn as_previewed(&self, config: Option<&SessionConfig>) -> Option<PreviewComparison> {
        let previewed = self.previewed_states.as_ref().filter(|_| !self.in_overlay)?;
        Some(previewed::compare(previewed, &self.changes, &config?.cwd))
    }

    /// Returns the states that the preview left which is asked about last, where all of it can be applied.
    fn states_of_preview(&self, is_unchanged: bool) -> Option<PreviewedStates> {
        if is_unchanged {
            return Some(PreviewedStates::new());
        }
        let Stage::Decided { approval, .. } = &self.stage else { return None };
        match (&approval.reason, &self.proposal) {
            (AskReason::Effects { left_out, .. }, Some(effects)) if left_out.is_empty() => {
                Some(previewed::states_of(effects))
            }
            _ => None,
        }
    }

    /// Forgets what the command did on a copy of the project: it is asked about as at first. What it printed is kept where it can be
    /// its answer.
    fn forget_overlay_run(&mut self, is_unchanged: bool) {
        self.in_overlay = false;
        self.previewed = None;
        self.held_effects = None;
        self.proposal = None;
        self.preview_answer = self.held_answer.take().filter(|_| is_unchanged);
    }

    pub(crate) fn is_answered(&self) -> bool {
        matches!(self.stage, Stage::Answered)
    }
}

/// Takes in what a record says of one of the task's calls.
pub(super) fn fold(calls: &mut [Call], grants: &mut Grants, fact: &Fact) {
    let mut with = |id: &CallId, change: &mut dyn FnMut(&mut Call)| {
        if let Some(call) = calls.iter_mut().find(|call| call.id == *id) {
            change(call);
        }
    };
    match fact {
        Fact::PatchVerified { call_id, proposal } => with(call_id, &mut |call| {
            let changed = call.proposal.as_ref().map(|before| changed_paths(before, proposal));
            call.stage = Stage::Verified { changed };
            call.proposal = Some(proposal.clone());
        }),
        Fact::Asked { approval } => with(&approval.call_id, &mut |call| {
            call.asks = approval.attempt;
            if let ApprovalSubject::Exec { preview, .. } = &approval.subject
                && !matches!(approval.reason, AskReason::SandboxDenied { .. })
            {
                let preview = preview.as_deref();
                if call.in_overlay {
                    let is_whole = preview.is_some_and(CommandPreview::is_unchanged_whole);
                    call.previewed_states = call.states_of_preview(is_whole);
                }
                call.forget_overlay_run(preview.is_some_and(CommandPreview::is_unchanged));
            }
            call.check = PatchCheck::default();
            call.review = PatchReview::default();
            call.stage = Stage::Asked(approval.clone());
        }),
        Fact::Decided { call_id, decision, hunks, note, comments, check, .. } => with(call_id, &mut |call| {
            if let Stage::Asked(approval) = &call.stage {
                allow(grants, &approval.subject, *decision);
                if *decision == ReviewDecision::Preview {
                    call.previewed = Some(approval.clone());
                }
                // one that came with an earlier answer is still for the model
                if note.is_some() {
                    call.note.clone_from(note);
                }
                call.comments.extend_from_slice(comments);
                call.checked.clone_from(check);
                call.stage =
                    Stage::Decided { approval: approval.clone(), decision: *decision, hunks: hunks.clone() };
            }
        }),
        Fact::CheckStarted { call_id, .. }
        | Fact::CheckEnded { call_id, .. }
        | Fact::CheckSearchStarted { call_id, .. }
        | Fact::CheckSearchEnded { call_id, .. } => {
            with(call_id, &mut |call| call.check.fold(call_id, fact));
        }
        Fact::ReviewStarted { call_id, .. } | Fact::ReviewEnded { call_id, .. } => {
            with(call_id, &mut |call| call.review.fold(call_id, fact));
        }
        Fact::ToolStarted { invocation } => {
            with(&invocation.call_id, &mut |call| call.stage = Stage::Running);
        }
        Fact::ExecStarted { call_id, argv, cwd, overlay, .. } => with(call_id, &mut |call| {
            call.stage = Stage::Running;
            call.in_overlay = *overlay;
            if *overlay {
                call.changes.clear();
            }
            call.held_effects = None;
            call.proposal = None;
            if !overlay {
                call.previewed = None;
            }
            call.ran = Some((argv.clone(), cwd.clone()));
        }),
        Fact::ExecEnded { call_id, end, held_answer, held_effects, denied, .. } => {
            with(call_id, &mut |call| {
                let offer = denied.as_ref().and_then(|denial| denial.offer.as_ref());
                if let (Some(grant), Some((argv, cwd))) = (offer, &call.ran) {
                    grants.remember_refusal(argv, cwd, grant);
                }
                // one that was left in the background is answered already
                if !call.is_answered() {
                    call.held_answer.clone_from(held_answer);
                    call.held_effects.clone_from(held_effects);
                    call.has_succeeded = end.ended_by == EndedBy::Exited { code: 0 };
                    call.stage = Stage::Ended;
                }
            });
        }
        Fact::FilesChanged { call_id: Some(call_id), paths, .. } => with(call_id, &mut |call| {
            // of one that was not previewed nobody asks
            if call.previewed_states.is_none() || !matches!(call.stage, Stage::Running) {
                return;
            }
            for change in paths {
                let known = call.changes.entry(change.path.clone()).or_insert_with(|| change.clone());
                known.now = change.now.clone();
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

/// Remembers the access that a decision gives for the rest of the session (B15, B16, B25, B28).
fn allow(grants: &mut Grants, subject: &ApprovalSubject, decision: ReviewDecision) {
    match (decision, subject) {
        (ReviewDecision::ApprovedForSession, ApprovalSubject::Exec { argv, cwd, sandbox, .. }) => {
            grants.allow_command(argv, cwd, sandbox);
        }
        (ReviewDecision::ApprovedForSession, ApprovalSubject::Patch { proposal }) => {
            grants.allow_patch(proposal);
        }
        (ReviewDecision::ApprovedForSession, ApprovalSubject::Tool { invocation, .. }) => {
            grants.allow_tool(invocation.server.as_deref().unwrap_or_default(), &invocation.tool);
        }
        (ReviewDecision::ApprovedWithGrant, ApprovalSubject::Exec { offer: Some(offer), .. }) => {
            grants.allow_in_sandbox(&offer.grant);
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
