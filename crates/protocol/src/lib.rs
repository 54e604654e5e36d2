//! The vocabulary of Countersign: what a person asks ([`Op`]), what a session says ([`Event`]), what happened
//! ([`Record`]), what the model sees ([`Item`]), and the policies and approvals in between.
//!
//! Types only. This crate does no I/O, holds no behaviour beyond small constructors, and knows no operating system,
//! model vendor or window. The TypeScript of the window is generated from it.

pub mod approval;
pub mod changed;
pub mod check;
pub mod comment;
pub mod commit;
pub mod compare;
pub mod denial;
pub mod diff;
pub mod error;
pub mod event;
pub mod grant;
pub mod ids;
pub mod isolated;
pub mod item;
mod left_out;
mod legacy;
pub mod model_review;
pub mod op;
pub mod outcome;
pub mod plan;
pub mod policy;
pub mod preview;
pub mod project_check;
mod reading;
pub mod record;
pub mod rule;
pub mod tool;
pub mod undo;
pub mod usage;

pub use approval::{
    Approval, ApprovalSubject, AskReason, HunkEdit, HunkOutcome, HunkSelection, PartialHunk, ReviewDecision,
    ToolHints,
};
pub use changed::{ChangedPath, LostFiles, MAX_CHANGED_PATHS, PathState};
pub use check::{CheckFinding, CheckResult, CheckVerdict};
pub use comment::{HunkComment, MarkedLine, PatchSide, ReviewComment};
pub use commit::{CommitAnswer, CommitFile, CommitPlan, CommitRequest, HunkPick, PartialCommitFile};
pub use compare::{ChangeScope, FilePatchText, FileVersion, FileVersions, RevertPart, Reverted};
pub use denial::{Denial, DenialKind, SandboxOffer};
pub use diff::{
    ChangeSource, DiffFile, DiffHunk, DiffStatus, FileMode, FilePatch, Hunk, HunkConflict, Ignored, LineEnd,
    LooseMatch, ModeChange, PatchKind, PatchProposal, PathEffect, WorkspaceDiff,
};
pub use error::{ErrorInfo, ErrorKind};
pub use event::{Event, EventMsg, ExecStream};
pub use grant::{Granted, SandboxGrant};
pub use ids::{CallId, CopyId, HunkId, OpId, SessionId, TaskId};
pub use isolated::IsolatedCopy;
pub use item::{AnswerStatus, InputItem, Item, TokenUsage, ToolOutput};
pub use left_out::LeftOut;
pub use model_review::{ModelReview, ReviewEndedBy, Reviewer, UnseenLines};
pub use op::{AsideSubject, Op, Submission};
pub use outcome::{AnswerCut, EndedBy, ExecEnd, PatchEndedBy, Severity, ToolEndedBy, Truncation, Warning};
pub use plan::{Plan, PlanStep, StepStatus};
pub use policy::{
    ApprovalPolicy, NetworkAccess, Policies, ReasoningEffort, ReasoningSummary, SandboxLevel, SandboxPolicy,
    SandboxReport, SessionConfig,
};
pub use preview::{CommandPreview, MAX_COMPARED_PATHS, PreviewComparison, PreviewResult};
pub use project_check::{CHECK_TIMEOUT_MS, ProjectCheck};
pub use record::{AbortReason, Fact, HeldEffects, Record, SessionMeta};
pub use rule::{CommandRule, RuleDecision};
pub use tool::{ToolInvocation, ToolProgress, ToolResult};
pub use undo::{CheckpointWhen, UndoMode, UndoPlan, Undone};
pub use usage::{ModelPrice, ModelUsage, ReachedLimit, TaskLimit};
