//! Everything the machine wants done in the world.

use crate::prompt::Prompt;
use crate::tools::read_tool::ReadTool;
use protocol::{
    CallId, ChangeScope, ChangedPath, CheckpointWhen, CommandRule, CopyId, ErrorInfo, HunkComment,
    HunkSelection, LostFiles, OpId, PatchProposal, RevertPart, Reverted, Reviewer, SandboxPolicy, TaskId,
    TokenUsage, UndoMode,
};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// One thing to do. The driver does it, and feeds what came of it back as an [`crate::Input`].
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the model, after `Cancel`ling an earlier sampling if one still runs.
    Sample {
        /// Number of the sampling; what it says is fed back under it.
        sampling: u64,
        /// The request.
        prompt: Box<Prompt>,
    },
    /// Ask the model a question on the side, beside a sampling that may run. Its answer is said and nothing else.
    AskAside {
        /// The op that asked.
        id: OpId,
        /// The request.
        prompt: Box<Prompt>,
    },
    /// Stop the answer to a question on the side: say it as far as it has come.
    StopAside {
        /// The op that asked.
        asked: OpId,
    },
    /// Stop the sampling; nothing more of it is wanted.
    CancelSampling,
    /// Check a patch against the files as they are, reading only. Answered by [`crate::Input::PatchVerified`].
    VerifyPatch {
        /// The call.
        call_id: CallId,
        /// The patch as the model wrote it.
        patch: PatchSource,
        /// Folder its paths are relative to.
        cwd: PathBuf,
        /// Sandbox of the session.
        sandbox: SandboxPolicy,
    },
    /// Read what an isolated copy of the session's folder changed, against the folder as it is. Answered by [`crate::Input::CopyRead`].
    ReadCopy {
        /// The call.
        call_id: CallId,
        /// The copy.
        copy: CopyId,
        /// Sandbox of the session.
        sandbox: SandboxPolicy,
    },
    /// Run a command. Answered by [`crate::Input::ExecEnded`].
    Run {
        /// The call.
        call_id: CallId,
        /// The command.
        request: ExecRequest,
    },
    /// Write a patch. Answered by [`crate::Input::PatchWritten`].
    WritePatch {
        /// The call.
        call_id: CallId,
        /// The patch, as it was verified and shown.
        proposal: PatchProposal,
        /// Hunks to write; all of them when absent.
        hunks: Option<HunkSelection>,
    },
    /// Run the project's check on a copy of the project that has a patch, in place of the run before. Answered by
    /// [`crate::Input::CheckEnded`], unless it is stopped.
    RunCheck {
        /// The call that the patch is of.
        call_id: CallId,
        /// Number of the run, which tells it from those before.
        run: u64,
        /// The check and the patch.
        request: Box<CheckRequest>,
    },
    /// Stop the check that runs with the patch of a call; its end is not wanted.
    StopCheck {
        /// The call.
        call_id: CallId,
    },
    /// Have a second model review a patch, in place of the review before. Answered by [`crate::Input::ReviewEnded`], unless it is
    /// stopped.
    RunReview {
        /// The call that the patch is of.
        call_id: CallId,
        /// Number of the review, which tells it from those before.
        run: u64,
        /// The reviewer and the patch.
        request: Box<ReviewRequest>,
    },
    /// Stop the review of a call's patch; its end is not wanted.
    StopReview {
        /// The call.
        call_id: CallId,
    },
    /// Call a tool of an MCP server. Answered by [`crate::Input::ToolEnded`].
    CallMcp {
        /// The call.
        call_id: CallId,
        /// The server.
        server: String,
        /// The tool, as the server knows it.
        tool: String,
        /// Its arguments, as JSON text.
        arguments: String,
    },
    /// Use a tool that changes nothing of the project. Answered by [`crate::Input::ToolEnded`].
    Read {
        /// The call.
        call_id: CallId,
        /// The tool, with its arguments.
        tool: ReadTool,
        /// The session's folder.
        session_cwd: PathBuf,
        /// Sandbox of the session, without what was allowed meanwhile: the paths it hides from commands are hidden here too.
        sandbox: SandboxPolicy,
    },
    /// Keep the files as they are now. Whatever changes them and is asked for later waits for it; nothing else does. Answered by
    /// [`crate::Input::Checkpointed`].
    Checkpoint {
        /// Occasion of the checkpoint.
        when: CheckpointWhen,
    },
    /// Put the files back, or say what that would do. Only the former is answered, by [`crate::Input::UndoDone`].
    Undo {
        /// The op that asked.
        id: OpId,
        /// The files.
        request: UndoRequest,
    },
    /// Compare the files with what they were, or revert a part of the difference. Only the latter is answered, by
    /// [`crate::Input::UndoDone`].
    Compare {
        /// The op that asked.
        id: OpId,
        /// The comparison.
        request: CompareRequest,
    },
    /// Stop what is done for a call at once, a command with its whole process group. Answered by what ends the call.
    CancelExec {
        /// The call.
        call_id: CallId,
    },
    /// Wake the machine at this time, in milliseconds since the Unix epoch. A later one replaces it.
    WakeAt(u64),
    /// Say that an op was wrong. Not recorded: it changed nothing.
    Complain {
        /// The op.
        id: OpId,
        /// The complaint.
        error: ErrorInfo,
    },
    /// Save a rule of the person's (B15), and say the rules anew ([`crate::Input::Rules`]).
    SaveRule {
        /// The op that approved it.
        id: OpId,
        /// The rule, as it was shown.
        rule: CommandRule,
    },
    /// Remember a prompt across sessions.
    AddToHistory {
        /// The prompt.
        text: String,
    },
    /// Look a remembered prompt up, and say it.
    LookUpHistory {
        /// The op that asks.
        id: OpId,
        /// The log.
        log_id: u64,
        /// Index of the entry in the log.
        offset: u64,
    },
    /// The task is complete: tell the notifier (B34).
    Notify {
        /// Op that began the task.
        turn_id: OpId,
        /// Messages of the person in it.
        input_messages: Vec<String>,
        /// The last thing the model said.
        last_agent_message: Option<String>,
    },
    /// Make sure that everything recorded so far survives a power cut.
    Sync,
    /// End the session.
    Shutdown {
        /// The op that asked.
        id: OpId,
    },
}

/// A command to run.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecRequest {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Folder to run in, absolute.
    pub cwd: PathBuf,
    /// The session's folder: writable under `workspace-write`, whatever `cwd` is (B12).
    pub session_cwd: PathBuf,
    /// Time limit, in milliseconds.
    pub timeout_ms: u64,
    /// Sandbox it runs in.
    pub sandbox: SandboxPolicy,
    /// True when the task goes on while it runs: its output is kept for [`ReadTool::CommandOutput`].
    pub background: bool,
    /// True when it runs on a copy-on-write view of the folders it can write. Answered by [`crate::Input::OverlayEnded`].
    pub overlay: bool,
    /// For a command that runs unasked since it is known by its name: no program in one of these folders is started by its name
    /// alone, and git runs none that a repository's settings name, as far as git lets that be said.
    pub known_by_name: Option<Vec<PathBuf>>,
}

/// A check to run with a patch.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckRequest {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Time limit, in milliseconds.
    pub timeout_ms: u64,
    /// The session's folder, in which it runs.
    pub cwd: PathBuf,
    /// Sandbox it runs in.
    pub sandbox: SandboxPolicy,
    /// The patch.
    pub proposal: PatchProposal,
    /// Hunks of it that are in place.
    pub hunks: HunkSelection,
}

/// A patch to review.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewRequest {
    /// The model that reviews it.
    pub reviewer: Reviewer,
    /// Prompts of the task that the patch is part of.
    pub asked: Vec<String>,
    /// Instructions of the person and the project.
    pub instructions: Option<String>,
    /// The session's folder.
    pub cwd: PathBuf,
    /// Sandbox of the session: the paths it hides from commands are hidden here too.
    pub sandbox: SandboxPolicy,
    /// Lets the vendor keep the responses (B11).
    pub store: bool,
    /// Cache key of the session's own requests.
    pub cache_key: String,
    /// The patch.
    pub proposal: PatchProposal,
}

/// Findings of a review, and their cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReviewFindings {
    /// Comments so far.
    pub comments: Vec<HunkComment>,
    /// Tokens used so far.
    pub usage: TokenUsage,
    /// Cost of these, in millionths of a dollar, where the price is known.
    pub cost: Option<u64>,
}

/// Where a patch comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchSource {
    /// The patch language (B20).
    Text(String),
    /// Text of one file, found and replaced.
    Edit(Edit),
}

/// Text of one file, found and replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file, as the model names it.
    pub path: String,
    /// Text that is replaced; the file is created when this is empty.
    pub old_string: String,
    /// Text in its place.
    pub new_string: String,
    /// True when every occurrence is replaced; else there must be exactly one.
    pub replace_all: bool,
}

/// Files to put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoRequest {
    /// The first task taken back, or brought back.
    pub task_id: TaskId,
    /// True when it takes back an undo.
    pub redo: bool,
    /// Extent of the revert that it takes back.
    pub reverted: Option<Reverted>,
    /// The checkpoint to go to.
    pub to: String,
    /// The checkpoint the agent left: what differs from it now was somebody else. Not known after a crash.
    pub base: Option<String>,
    /// Preview, or the paths to put back.
    pub mode: UndoMode,
    /// Paths the tasks taken back are known to have changed, sorted: only these are put back unasked. `None` where that was
    /// not recorded: then everything that differs is the tasks', but for what differs from `base`.
    pub changed: Option<Vec<ChangedPath>>,
    /// Ignored files that the tasks removed, as they were recorded.
    pub lost: Vec<LostFiles>,
}

/// Comparison of the files with an earlier state of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompareRequest {
    /// Stretch of work that is compared.
    pub scope: ChangeScope,
    /// The last task that was started; 0 before the first.
    pub task_id: TaskId,
    /// State of the files before the stretch of work.
    pub base: CompareBase,
    /// Paths that tasks are known to have changed: compared even where the ignore rules leave them out.
    pub named: BTreeSet<PathBuf>,
    /// Use of the difference.
    pub action: CompareAction,
}

/// Use of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompareAction {
    /// Show all of it.
    Show,
    /// Read both versions of the file at this path.
    Read(String),
    /// Revert a part of it.
    Revert(Box<RevertPart>),
}

/// Earlier state of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompareBase {
    /// A checkpoint.
    Checkpoint(String),
    /// The last commit of the repository that the session's folder is in.
    LastCommit,
}
