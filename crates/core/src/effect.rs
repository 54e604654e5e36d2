//! Everything the machine wants done in the world.

use crate::prompt::Prompt;
use protocol::{CallId, ErrorInfo, HunkSelection, OpId, PatchProposal, SandboxPolicy};
use std::path::PathBuf;

/// One thing to do. The driver does it, and feeds what came of it back as an [`crate::Input`].
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the model, after `Cancel`ling an earlier sampling if one still runs.
    Sample {
        /// Number of the sampling; what it says is fed back under it.
        sampling: u64,
        /// What to ask.
        prompt: Box<Prompt>,
    },
    /// Stop the sampling; nothing more of it is wanted.
    CancelSampling,
    /// Check a patch against the files as they are, reading only. Answered by [`crate::Input::PatchVerified`].
    VerifyPatch {
        /// The call.
        call_id: CallId,
        /// The patch as the model wrote it.
        patch: String,
        /// Folder its paths are relative to.
        cwd: PathBuf,
        /// What the session may write.
        sandbox: SandboxPolicy,
    },
    /// Run a command. Answered by [`crate::Input::ExecEnded`].
    Run {
        /// The call.
        call_id: CallId,
        /// What to run.
        request: ExecRequest,
    },
    /// Write a patch. Answered by [`crate::Input::PatchWritten`].
    WritePatch {
        /// The call.
        call_id: CallId,
        /// What was verified and shown.
        proposal: PatchProposal,
        /// Which hunks; all of them when absent.
        hunks: Option<HunkSelection>,
    },
    /// End a command's whole process group at once. Answered by its [`crate::Input::ExecEnded`].
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
        /// What was wrong.
        error: ErrorInfo,
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
        /// Which log.
        log_id: u64,
        /// Which entry.
        offset: u64,
    },
    /// The task is complete: tell the notifier (B34).
    Notify {
        /// Op that began the task.
        turn_id: OpId,
        /// What the person said in it.
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
    /// How long it may run, in milliseconds.
    pub timeout_ms: u64,
    /// What it may touch.
    pub sandbox: SandboxPolicy,
}
