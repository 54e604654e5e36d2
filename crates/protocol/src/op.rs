//! Ops: everything a person asks of a session.

use crate::approval::{HunkSelection, ReviewDecision};
use crate::comment::HunkComment;
use crate::compare::{ChangeScope, RevertPart};
use crate::ids::{CallId, CopyId, HunkId, OpId, TaskId};
use crate::item::{InputItem, TokenUsage};
use crate::model_review::Reviewer;
use crate::policy::{Policies, SessionConfig};
use crate::project_check::ProjectCheck;
use crate::undo::UndoMode;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// An op with the id it was submitted under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Submission {
    /// Unique within the session; events that follow from the op carry it.
    pub id: OpId,
    /// The op.
    pub op: Op,
}

/// Subject of a question on the side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AsideSubject {
    /// A change that the question is about.
    Change {
        /// Path of the file.
        path: String,
        /// The change as a patch.
        patch: String,
    },
    /// Changes that are to be committed: the answer is a message for the commit. The question is what the person has typed of it.
    Commit {
        /// The changes as a patch.
        patch: String,
    },
}

/// A request of a person to a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Op {
    /// The first op of every session; may come again later (B2).
    ConfigureSession {
        /// Everything it sets.
        config: Box<SessionConfig>,
    },
    /// Starts a task, or is injected into the one that runs (B5).
    UserInput {
        /// Pieces of the prompt.
        items: Vec<InputItem>,
    },
    /// Stops the task (B7).
    Interrupt,
    /// Asks the model again at once, where it is to be asked again later (B8).
    RetryNow,
    /// Answers an [`crate::Approval`].
    Decide {
        /// The call that was asked about.
        call_id: CallId,
        /// Binding of the approval. An answer to an earlier question, or to anything else than was shown, is an error.
        binding: String,
        /// The answer.
        decision: ReviewDecision,
        /// Accepted hunks of a patch; all of them when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        hunks: Option<HunkSelection>,
        /// A note for the model.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        note: Option<String>,
        /// Comments on lines of a patch, for the model.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<HunkComment>>", optional)]
        comments: Vec<HunkComment>,
        /// Hunks of a patch that the person had marked as viewed; absent where there are no marks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        viewed: Option<Vec<HunkId>>,
        /// True when nobody was there, and a program answered.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[ts(as = "Option<bool>", optional)]
        unattended: bool,
    },
    /// Runs the project's check with a patch that waits, in place of a run that is under way.
    Check {
        /// The call that waits.
        call_id: CallId,
        /// Binding of the approval.
        binding: String,
        /// Hunks that are in place; all of them when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        hunks: Option<HunkSelection>,
    },
    /// Searches for the hunks that make the difference between a check that passes and one that fails.
    FindNeeded {
        /// The call that waits.
        call_id: CallId,
        /// Binding of the approval.
        binding: String,
        /// Hunks to search; all of them when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        hunks: Option<HunkSelection>,
    },
    /// Ends the check, or the search, that runs with a patch.
    StopCheck {
        /// The call that waits.
        call_id: CallId,
    },
    /// Sets the project's check for this session.
    SetCheck {
        /// The check; none when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        check: Option<ProjectCheck>,
    },
    /// Has the reviewer read a patch that waits, in place of a review that is under way.
    ReviewPatch {
        /// The call that waits.
        call_id: CallId,
        /// Binding of the approval.
        binding: String,
    },
    /// Ends the review of a patch that waits.
    StopReview {
        /// The call that waits.
        call_id: CallId,
    },
    /// Sets the reviewer of this session.
    SetReviewer {
        /// The model; none when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        reviewer: Option<Reviewer>,
    },
    /// Ends a command that was left in the background.
    StopCommand {
        /// The call that started it.
        call_id: CallId,
    },
    /// Asks the model about the conversation, on the side. Neither the question nor the answer becomes part of it.
    AskAside {
        /// The question.
        text: String,
        /// Subject beside the conversation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        about: Option<AsideSubject>,
    },
    /// Ends the answer to a question on the side where it is.
    StopAside {
        /// The op that asked.
        asked: OpId,
    },
    /// Summarises the conversation, to make room in the model's context (B32).
    Compact,
    /// Lets a task go on that has reached its limit.
    RaiseLimit {
        /// The task.
        task_id: TaskId,
        /// Tokens that it had used, as the person was shown: the answer is for that occasion alone.
        used: TokenUsage,
        /// Whether nothing limits this task any more; otherwise it may use as much again.
        #[serde(default)]
        #[ts(optional, as = "Option<bool>")]
        no_limit: bool,
    },
    /// Puts the files back to what they were before a task (B36).
    Undo {
        /// The task; the last one that was not undone when absent. Those after it are taken back with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        task_id: Option<TaskId>,
        /// How far to go.
        #[serde(flatten)]
        mode: UndoMode,
    },
    /// Takes back the last undo.
    Redo {
        /// How far to go.
        #[serde(flatten)]
        mode: UndoMode,
    },
    /// Compares the files with what they were before a stretch of work. Changes nothing.
    Compare {
        /// The stretch of work.
        scope: ChangeScope,
    },
    /// Reads both versions of a file that is no text. Changes nothing.
    ReadVersions {
        /// The stretch of work.
        scope: ChangeScope,
        /// Path of the file, as the comparison names it.
        path: String,
    },
    /// Reverts a part of the changes of a stretch of work.
    Revert {
        /// The stretch of work.
        scope: ChangeScope,
        /// The part, as it was shown.
        part: Box<RevertPart>,
    },
    /// Names the session (B30).
    SetTitle {
        /// The name.
        title: String,
    },
    /// Changes the policies from the next call on.
    SetPolicy {
        /// The new policies.
        policies: Policies,
    },
    /// Remembers a prompt across sessions (B31).
    AddToHistory {
        /// The prompt.
        text: String,
    },
    /// Asks for a remembered prompt (B31).
    GetHistoryEntryRequest {
        /// Id of the log, from `SessionConfigured`.
        log_id: u64,
        /// Number of the entry, counted from 0 for the oldest.
        offset: u64,
    },
    /// Asks about the changes of an isolated copy of the session's folder, hunk by hunk, as a task of its own. No model is asked.
    BringIn {
        /// The copy.
        copy: CopyId,
    },
    /// Ends the session; everything is on disk when `ShutdownComplete` comes (B4).
    Shutdown,
}
