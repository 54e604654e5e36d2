//! State of a timeline: rows, the session around them, and what is still open.

use super::proposed_lines::ProposedLines;
use crate::approval;
use crate::markdown::Markdown;
use crate::output::LiveOutput;
use crate::row::{ChangesView, Row, SessionStatus, SessionView};
use protocol::{CallId, ChangeScope, EventMsg, PatchProposal, TaskId, UndoPlan, WorkspaceDiff};
use std::collections::HashMap;
use std::path::PathBuf;

/// A session as the window shows it.
#[derive(Debug, Default)]
pub struct Timeline {
    pub(super) rows: Vec<Row>,
    pub(super) session: SessionView,
    pub(super) changes: ChangesView,
    /// Diff the Changes panel was made from.
    pub(super) workspace: WorkspaceDiff,
    pub(super) cwd: PathBuf,
    pub(super) message: Option<OpenMessage>,
    /// The task that began, until its prompt comes.
    pub(super) begun: Option<TaskId>,
    /// Source text of the last message that is complete.
    pub(super) last_answer: String,
    pub(super) reasoning: Option<OpenReasoning>,
    /// The cards of the running task, by call.
    pub(super) cards: HashMap<CallId, Card>,
    /// Patches that wait for a decision.
    pub(super) proposals: HashMap<CallId, PatchProposal>,
    pub(super) plan: Option<usize>,
    pub(super) retry: Option<usize>,
    /// The row of the summary that is being written.
    pub(super) compaction: Option<usize>,
    pub(super) undo: Undo,
    /// Plan of the undo that was looked at last.
    pub(super) undo_plan: UndoPlan,
    /// Lines of the patches that were proposed.
    pub(super) proposed_lines: Vec<ProposedLines>,
    /// Changes of stretches of work, as they were asked for last.
    pub(super) compared: HashMap<ChangeScope, WorkspaceDiff>,
    /// Whether nobody is told: copies of what changed would be made for nothing.
    pub(super) quiet: bool,
}

impl Timeline {
    /// Takes in how the session is set up; any other event changes nothing.
    pub(super) fn configured(&mut self, msg: &EventMsg) {
        let EventMsg::SessionConfigured {
            session_id,
            provider,
            model,
            cwd,
            policies,
            check,
            reviewer,
            isolated,
            ..
        } = msg
        else {
            return;
        };
        self.session.check = check.as_ref().map(|check| approval::display(&check.argv));
        self.session.reviewer.clone_from(reviewer);
        self.session.isolated.clone_from(isolated);
        self.cwd.clone_from(cwd);
        self.session.session_id = Some(session_id.clone());
        self.session.provider.clone_from(provider);
        self.session.model.clone_from(model);
        self.session.policies = policies.clone();
        self.session.status = SessionStatus::Idle;
    }
}

/// A message that is being written.
#[derive(Debug)]
pub(super) struct OpenMessage {
    pub(super) row: usize,
    pub(super) markdown: Markdown,
    /// First block that has changed since the window was told, when the rest is still to be parsed.
    pub(super) due: Option<usize>,
    /// The stream broke: the next text begins the message anew.
    pub(super) broken: bool,
}

#[derive(Debug)]
pub(super) struct OpenReasoning {
    pub(super) row: usize,
    pub(super) broken: bool,
}

#[derive(Debug, Default)]
pub(super) struct Card {
    pub(super) row: usize,
    pub(super) output: LiveOutput,
    /// Whether the task goes on while it runs, and its card stays when the task ends.
    pub(super) background: bool,
}

/// The tasks that can be taken back, and the undos that can be.
#[derive(Debug, Default)]
pub(super) struct Undo {
    /// Tasks that changed files and ended, with the rows of their ends, the oldest first.
    pub(super) ended: Vec<(TaskId, usize)>,
    /// The row of the last task's end, while its changes may still come to light.
    pub(super) last: Option<(TaskId, usize)>,
    /// Whether the running task changed files.
    pub(super) changed: bool,
    /// Undos since the last task, with their rows, the oldest first.
    pub(super) undone: Vec<(Option<TaskId>, usize)>,
}

impl Undo {
    pub(super) fn is_undone(&self, task: TaskId) -> bool {
        self.undone.iter().any(|(first, _)| first.is_some_and(|first| first <= task))
    }
}
