//! Sessions that are open, and the list of those that are not.

use crate::api::{InboxKind, SessionShelf, SessionSummary};
use crate::inbox::WaitingCall;
use crate::pending_answers::PendingAnswers;
use crate::prompt_queue::PromptQueue;
use crate::session_folder::SessionFolder;
use agent::Submitter;
use agent::mcp::McpStatusTable;
use protocol::{CallId, CopyId, SessionId};
use std::collections::HashMap;
use std::path::PathBuf;
use transcript::SessionPage;
use view::text::one_line;
use view::{ApprovalBody, SessionStatus, Timeline};

/// Longest subject of a waiting call, in characters.
const MAX_SUBJECT_CHARS: usize = 200;

/// Stands for the call of a limit, which has none.
const LIMIT: &str = "limit";

/// Sessions that are open, by id, and those of the open folder as the index lists them.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: HashMap<SessionId, OpenSession>,
    /// Sessions of the open folder, the last used first, and how many there are.
    pub(crate) listed: SessionPage,
    /// Isolated copies that sessions work on, by session, those that are not open included.
    copies: HashMap<SessionId, CopyId>,
}

impl Sessions {
    pub(crate) fn get(&self, id: &SessionId) -> Option<&OpenSession> {
        self.open.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &SessionId) -> Option<&mut OpenSession> {
        self.open.get_mut(id)
    }

    pub(crate) fn insert(&mut self, id: SessionId, session: OpenSession) {
        self.open.insert(id, session);
    }

    pub(crate) fn remove(&mut self, id: &SessionId) -> Option<OpenSession> {
        self.open.remove(id)
    }

    /// Returns the isolated copy that a session works on.
    pub(crate) fn copy_of(&self, id: &SessionId) -> Option<CopyId> {
        self.copies.get(id).cloned()
    }

    /// Replaces what is known of the sessions of isolated copies; returns whether it changed.
    pub(crate) fn set_copies(&mut self, copies: HashMap<SessionId, CopyId>) -> bool {
        std::mem::replace(&mut self.copies, copies) != self.copies
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&SessionId, &OpenSession)> {
        self.open.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }
}

/// Session that is open, with its agent running or ended.
#[derive(Debug)]
pub(crate) struct OpenSession {
    /// Id of the folder it belongs to.
    pub(crate) project: String,
    pub(crate) submitter: Submitter,
    pub(crate) timeline: Timeline,
    pub(crate) pending_answers: PendingAnswers,
    /// Status of its MCP servers.
    pub(crate) mcp: McpStatusTable,
    /// Its transcript.
    pub(crate) path: PathBuf,
    /// Its folder, or the isolated copy of it.
    pub(crate) files: SessionFolder,
    /// Name of its folder.
    pub(crate) folder: String,
    pub(crate) is_archived: bool,
    pub(crate) forked_from: Option<SessionId>,
    pub(crate) updated_ms: u64,
    /// When a person last opened or left it.
    pub(crate) used_ms: u64,
    /// Prompts that wait for the end of its task.
    pub(crate) queue: PromptQueue,
    /// Whether a task ended in it that no person has looked at.
    pub(crate) is_unseen: bool,
}

impl OpenSession {
    /// Returns the calls that wait for a decision.
    pub(crate) fn waiting_calls(&self) -> Vec<WaitingCall> {
        let session = self.timeline.session();
        let limit = session.reached.map(|_| WaitingCall {
            call_id: CallId::from(LIMIT),
            kind: InboxKind::Limit,
            subject: String::new(),
        });
        let approvals = session.approvals.iter().map(|approval| {
            let (kind, subject) = subject(&approval.body);
            let call_id = approval.call_id.clone();
            WaitingCall { call_id, kind, subject: one_line(&subject, MAX_SUBJECT_CHARS) }
        });
        approvals.chain(limit).collect()
    }

    /// Returns the session as an item of a list.
    pub(crate) fn summary(&self, id: &SessionId) -> SessionSummary {
        let session = self.timeline.session();
        SessionSummary {
            id: id.clone(),
            title: session.title.clone(),
            updated_ms: self.updated_ms,
            status: session.status,
            waiting: u32::try_from(session.approvals.len() + usize::from(session.reached.is_some()))
                .unwrap_or(u32::MAX),
            shelf: if self.is_archived { SessionShelf::Archive } else { SessionShelf::Sessions },
            model: session.model.clone(),
            task_started_ms: session.task_started_ms,
            failed: session.error.is_some(),
            unseen: self.is_unseen,
            queue: self.queue.views(),
            queue_held: self.queue.is_held(),
            forked_from: self.forked_from.clone(),
            isolated: session.isolated.clone(),
            project: Some(self.project.clone()),
            folder: self.folder.clone(),
            snippet: Vec::new(),
        }
    }

    /// Reports whether its agent takes no more ops.
    pub(crate) fn has_ended(&self) -> bool {
        self.timeline.session().status == SessionStatus::Ended
    }
}

/// Returns the kind of an approval, and what it is about.
fn subject(body: &ApprovalBody) -> (InboxKind, String) {
    match body {
        ApprovalBody::Command(command) => (InboxKind::Command, command.display.clone()),
        ApprovalBody::Patch(patch) => {
            let paths: Vec<_> = patch.files.iter().map(|file| file.path.as_str()).collect();
            (InboxKind::Patch, paths.join(", "))
        }
        ApprovalBody::Tool(tool) => (InboxKind::Tool, format!("{}: {}", tool.server, tool.tool)),
    }
}
