//! Inputs of the machine.

use crate::effect::ReviewFindings;
use crate::rules::Rules;
use protocol::{
    AnswerCut, CallId, ChangeSource, ChangedPath, CheckpointWhen, Denial, EndedBy, ErrorInfo, ExecEnd,
    HunkOutcome, Item, LostFiles, ModelPrice, ModelReview, Op, OpId, PatchProposal, ReasoningEffort,
    SandboxReport, TaskId, TokenUsage, ToolEndedBy, ToolHints, ToolResult, Undone,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One thing that happened in the world, handed to [`crate::Session::step`].
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A person submitted an op. `partial` is what the model had said of the message it was in the middle of, when the op
    /// is an interrupt: it is kept.
    Op {
        /// The id of the submission.
        id: OpId,
        /// The op.
        op: Op,
        /// Text streamed so far of a message that is not complete.
        partial: Option<String>,
    },
    /// The transcript that is gone on with has been replayed: now things are done again.
    Resumed {
        /// Fates of the patches that were being written, by call; the fate of a missing one is not known. See
        /// [`crate::Session::patches_cut_off`].
        patches: BTreeMap<CallId, PatchFate>,
        /// Undos and redos that were done, and may not have been recorded.
        undone: Vec<Undone>,
    },
    /// The sandbox was probed.
    SandboxProbed(SandboxReport),
    /// The model said something. Inputs of another sampling than the running one are ignored.
    Model {
        /// Number of the sampling, as [`crate::Effect::Sample`] numbered it.
        sampling: u64,
        /// The event.
        event: ModelEvent,
    },
    /// The model's stream could not be opened, broke, or ended early.
    ModelFailed {
        /// Number of the sampling.
        sampling: u64,
        /// The failure.
        failure: ModelFailure,
    },
    /// A patch was checked against the files ([`crate::Effect::VerifyPatch`]).
    PatchVerified {
        /// The call.
        call_id: CallId,
        /// The patch as it would be written, or what the model is told.
        result: Result<PatchProposal, String>,
    },
    /// A command ended ([`crate::Effect::Run`]).
    ExecEnded {
        /// The call.
        call_id: CallId,
        /// The outcome.
        outcome: ExecOutcome,
    },
    /// A command ended that ran in an overlay ([`ExecRequest::overlay`](crate::ExecRequest::overlay)).
    OverlayEnded {
        /// The call.
        call_id: CallId,
        /// The outcome.
        outcome: ExecOutcome,
        /// Changes of it in the project's files, or the reason that this cannot be told. Nothing of it is in the project, but for
        /// what the ignore rules name.
        effects: Result<OverlayEffects, String>,
    },
    /// An isolated copy was read ([`crate::Effect::ReadCopy`]).
    CopyRead {
        /// The call.
        call_id: CallId,
        /// Its changes, or the reason that they can't be brought in, for people.
        result: Result<OverlayEffects, String>,
    },
    /// The project's check ended ([`crate::Effect::RunCheck`]).
    CheckEnded {
        /// The call that the patch is of.
        call_id: CallId,
        /// Number of the run.
        run: u64,
        /// The outcome.
        outcome: ExecOutcome,
        /// True when the hunks do not go together: nothing was run.
        unfit: bool,
    },
    /// A model's review of a patch went on.
    ReviewWent {
        /// The call that the patch is of.
        call_id: CallId,
        /// Number of the review.
        run: u64,
        /// All that it has come to.
        findings: ReviewFindings,
    },
    /// A model's review of a patch ended ([`crate::Effect::RunReview`]).
    ReviewEnded {
        /// The call that the patch is of.
        call_id: CallId,
        /// Number of the review.
        run: u64,
        /// The result.
        review: Box<ModelReview>,
    },
    /// A tool call ended ([`crate::Effect::CallMcp`], [`crate::Effect::Read`]).
    ToolEnded {
        /// The call.
        call_id: CallId,
        /// The outcome.
        outcome: ToolOutcome,
    },
    /// The tools of the MCP servers that are ready, in a stable order; replaces those said before.
    McpTools(Arc<[McpTool]>),
    /// MCP servers are starting: the first request after the next prompt waits for them.
    McpStarting {
        /// Maximum wait, in milliseconds.
        limit_ms: u64,
    },
    /// Every MCP server is ready, or could not be started.
    McpStarted,
    /// The model's server listed it, or did not.
    ModelListed {
        /// Number of tokens it takes.
        context_window: Option<u64>,
        /// Its price.
        price: Option<ModelPrice>,
    },
    /// The rules of the session's project (B15); replaces those said before.
    Rules(Arc<Rules>),
    /// The files were checkpointed, or could not be ([`crate::Effect::Checkpoint`]).
    Checkpointed {
        /// Occasion of the checkpoint.
        when: CheckpointWhen,
        /// The checkpoint.
        checkpoint: Option<String>,
        /// Note for people.
        note: Option<String>,
        /// Ignored files that the task removed, at its end.
        lost: Vec<LostFiles>,
    },
    /// The files of the project were found changed by a task.
    FilesChanged {
        /// Task whose change it is.
        task_id: TaskId,
        /// Call that made it, where only one can have.
        call_id: Option<CallId>,
        /// Kind of work that made it.
        source: ChangeSource,
        /// Changed paths, sorted.
        paths: Vec<ChangedPath>,
    },
    /// The files were put back, or could not be ([`crate::Effect::Undo`] that applies).
    UndoDone {
        /// The op that asked.
        id: OpId,
        /// The result.
        result: Result<Undone, ErrorInfo>,
    },
    /// A patch was written, or not at all ([`crate::Effect::WritePatch`]).
    PatchWritten {
        /// The call.
        call_id: CallId,
        /// The result.
        result: PatchWriteResult,
    },
    /// The time an effect asked to be woken at has come.
    Timer,
}

/// Part of a model's answer, neutral of the wire it came over. Text deltas never reach the machine: they are shown, and the
/// item they end in is what counts.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelEvent {
    /// An item is complete.
    ItemDone(Item),
    /// The answer is over.
    Completed {
        /// Tokens used, when the vendor said.
        usage: Option<TokenUsage>,
        /// Why it ended before it was whole, if it did. The items before are those that are whole.
        cut: Option<AnswerCut>,
    },
}

/// Failure of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFailure {
    /// Message for people.
    pub error: ErrorInfo,
    /// True when the vendor had begun to answer: tells the two retry budgets apart.
    pub opened: bool,
    /// True when trying again can help (B8).
    pub retryable: bool,
    /// Wait the vendor asks for, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// Cause, as far as something else than waiting can be done about it.
    pub cause: FailureCause,
}

/// Cause of a failed stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FailureCause {
    /// Another one: nothing but what the error says is known.
    #[default]
    Other,
    /// The request was more than the model's context holds: a summary can help (B32).
    Overflow {
        /// Number of tokens the vendor says it takes.
        window: Option<u64>,
    },
    /// A picture in the request was refused, or the model sees none.
    Pictures,
    /// Reasoning that was sent back was refused.
    Reasoning,
    /// The reasoning effort was refused.
    Effort {
        /// Efforts that the vendor says the model takes; empty when it does not say.
        takes: Vec<ReasoningEffort>,
    },
    /// The description of a tool was refused, such as the schema of its arguments.
    Tool(RefusedTool),
    /// The vendor failed at this request, or broke off.
    Server,
    /// The vendor has no room for any request now.
    Busy,
    /// The key, the account, the address or the model is refused, whatever is asked.
    Account,
    /// Nobody answered.
    Unreachable,
}

/// A tool that a vendor refused, as its error names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusedTool {
    /// The one that the model calls by this name.
    Named(String),
    /// The one at this place in the request, counted from 0.
    At(usize),
}

/// A tool of an MCP server.
#[derive(Clone, Debug, PartialEq)]
pub struct McpTool {
    /// The name the model calls it by; unique.
    pub name: String,
    /// The server.
    pub server: String,
    /// The tool's name there.
    pub tool: String,
    /// Description in the server's words.
    pub description: String,
    /// JSON schema of its arguments.
    pub parameters: serde_json::Value,
    /// True when the server says that it changes nothing.
    pub read_only: bool,
    /// More that the server says of it.
    pub hints: ToolHints,
    /// True when the person trusts it.
    pub trusted: bool,
}

/// Outcome of a tool call.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolOutcome {
    /// Result as it is recorded and shown.
    pub result: ToolResult,
    /// Text of the answer for the model, bounded as B17 says.
    pub model_output: String,
    /// Images for the model, as `data:` URLs; as many as the result counts.
    pub images: Vec<String>,
}

impl From<ToolEndedBy> for ToolOutcome {
    /// The outcome of a call that brought no answer.
    fn from(ended_by: ToolEndedBy) -> Self {
        Self { result: ended_by.into(), model_output: String::new(), images: Vec::new() }
    }
}

/// Outcome of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecOutcome {
    /// End of the command.
    pub end: ExecEnd,
    /// Output of both streams in the order it came, at most 64 KiB, with the middle left out.
    pub output: String,
    /// Output for the model, bounded as B17 says.
    pub model_output: String,
    /// Access that the sandbox refused, by evidence (B16).
    pub denied: Option<Denial>,
}

/// Effects of a command in an overlay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OverlayEffects {
    /// Its changes, as a patch.
    pub proposal: PatchProposal,
    /// Changes that cannot be applied, each with the reason.
    pub left_out: Vec<String>,
}

impl From<EndedBy> for ExecOutcome {
    /// The outcome of a command that printed nothing.
    fn from(ended_by: EndedBy) -> Self {
        Self { end: ended_by.into(), output: String::new(), model_output: String::new(), denied: None }
    }
}

/// Fate of a patch whose session was killed while it wrote it.
#[derive(Clone, Debug, PartialEq)]
pub enum PatchFate {
    /// Everything accepted is on disk.
    Written {
        /// Outcome of every hunk.
        outcomes: Vec<HunkOutcome>,
        /// Changes of the project's files.
        paths: Vec<ChangedPath>,
    },
    /// Nothing of it is.
    NotWritten {
        /// Leftovers that could not be repaired, for people; usually none.
        stuck: Vec<String>,
    },
}

/// Result of writing a patch.
#[derive(Clone, Debug, PartialEq)]
pub enum PatchWriteResult {
    /// Everything accepted is on disk.
    Written(Vec<HunkOutcome>),
    /// These files are no longer the ones shown; nothing was written.
    Changed(Vec<String>),
    /// It failed; nothing was written, or all was put back.
    Failed(String),
    /// It was stopped before anything was written.
    Interrupted,
}
