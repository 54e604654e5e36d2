//! What the window and the host say to each other: the typed command table, its arguments and replies, and the batches of
//! the one ordered channel. Types only; `cargo xtask bindings` writes their TypeScript.
//!
//! No command takes a path or an argv to run: a rule's words and a command that is asked about are text. Folders are picked
//! in a native dialog, and known by id from then on.

mod mcp;
mod rules;
mod sessions;
mod settings;

pub use mcp::{McpServerView, McpServersView, McpStatus, McpToolView};
pub use rules::{
    AddRuleArgs, ForeseeArgs, ForeseenCommand, Outcome, RuleArgs, RuleDraft, RulePreview, RuleSample,
    RuleView, RulesView,
};
pub use sessions::{
    ArchiveArgs, ForkArgs, RenameArgs, SearchSessionsArgs, SessionShelf, SessionSummary, SessionsPage,
    SnippetPart,
};
pub use settings::{KeySource, ProviderArgs, ProviderView, Settings, StoreKeyArgs, Theme};

use protocol::{
    CallId, HunkId, InputItem, Op, PatchDecision, Policies, ReviewDecision, SandboxReport, SessionId, TaskId,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use view::{Change, ChangesView, DiffLine, Row, SessionView};

/// One folder the person picked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ProjectView {
    /// Stable for the folder.
    pub id: String,
    /// The folder's name.
    pub name: String,
    /// The folder, for the eye; the home folder stands as `~`.
    pub path: String,
    /// Whether it is still there.
    pub exists: bool,
    /// Whether the person said that what is in it may steer the agent.
    pub trusted: bool,
    /// Whether the person has been asked that; until then nothing in it steers the agent.
    pub trust_asked: bool,
    /// What is in it that would steer the agent: "AGENTS.md", ...
    pub steers: Vec<String>,
    /// When it was last opened, in milliseconds since the Unix epoch.
    pub opened_ms: u64,
}

/// Everything the window shows that belongs to no session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AppView {
    /// The app's version.
    pub version: String,
    /// Folders, the last opened first.
    pub projects: Vec<ProjectView>,
    /// The folder that is open.
    pub project: Option<String>,
    /// Its sessions, the last used first: 200 at the most, and those that are open. More are found with `search_sessions`.
    pub sessions: Vec<SessionSummary>,
    /// How many sessions it has in all.
    #[serde(default)]
    #[ts(optional, as = "Option<u32>")]
    pub sessions_total: u32,
    /// The session that is shown.
    pub session: Option<SessionId>,
    /// What can answer.
    pub providers: Vec<ProviderView>,
    /// What is set.
    pub settings: Settings,
    /// What the sandbox probe found; `None` until it is done.
    pub sandbox: Option<SandboxReport>,
    /// Whether there is a keychain; why not, when there is none.
    pub keychain_problem: Option<String>,
    /// Decisions that wait, over all sessions.
    pub waiting: u32,
}

/// A session as the window begins to show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SessionSnapshot {
    /// Its id.
    pub id: SessionId,
    /// The last change of the channel that is already in here; later ones apply on top.
    pub seq: u64,
    /// Everything that is not a row.
    pub session: SessionView,
    /// The Changes panel.
    pub changes: ChangesView,
    /// Rows in all.
    pub total_rows: u32,
    /// Position of the first of `rows`.
    pub first_row: u32,
    /// The last 200 rows; others are fetched with `rows`.
    pub rows: Vec<Row>,
}

/// What the window may submit to a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WindowOp {
    /// A prompt.
    UserInput {
        /// Its pieces.
        items: Vec<InputItem>,
    },
    /// Stop the task.
    Interrupt,
    /// Answers a command's approval.
    ExecApproval {
        /// The call.
        call_id: CallId,
        /// That of the card that was shown.
        binding: String,
        /// The answer.
        decision: ReviewDecision,
        /// A note for the model.
        note: Option<String>,
    },
    /// Answers a patch's approval.
    PatchApproval {
        /// The call.
        call_id: CallId,
        /// That of the card that was shown.
        binding: String,
        /// The answer.
        decision: PatchDecision,
    },
    /// Answers a tool call's approval.
    ToolApproval {
        /// The call.
        call_id: CallId,
        /// That of the card that was shown.
        binding: String,
        /// The answer. For the session means every call of this tool.
        decision: ReviewDecision,
        /// A note for the model.
        note: Option<String>,
    },
    /// Ends a command that runs in the background.
    StopCommand {
        /// The call that started it.
        call_id: CallId,
    },
    /// Summarises the conversation.
    Compact,
    /// Changes the session's policies.
    SetPolicy {
        /// The new ones.
        policies: Policies,
    },
}

impl From<WindowOp> for Op {
    fn from(op: WindowOp) -> Self {
        match op {
            WindowOp::UserInput { items } => Self::UserInput { items },
            WindowOp::Interrupt => Self::Interrupt,
            WindowOp::ExecApproval { call_id, binding, decision, note } => {
                Self::ExecApproval { call_id, binding, decision, note }
            }
            WindowOp::PatchApproval { call_id, binding, decision } => {
                Self::PatchApproval { call_id, binding, decision }
            }
            WindowOp::ToolApproval { call_id, binding, decision, note } => {
                Self::ToolApproval { call_id, binding, decision, note }
            }
            WindowOp::StopCommand { call_id } => Self::StopCommand { call_id },
            WindowOp::Compact => Self::Compact,
            WindowOp::SetPolicy { policies } => Self::SetPolicy { policies },
        }
    }
}

/// Arguments of commands that take none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct NoArgs {}

/// Arguments that name a folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ProjectArgs {
    /// The folder's id.
    pub project: String,
}

/// Arguments of `trust_project`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TrustArgs {
    /// The folder's id.
    pub project: String,
    /// Whether what is in it may steer the agent.
    pub trusted: bool,
}

/// Arguments that name a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SessionArgs {
    /// The session.
    pub session: SessionId,
}

/// Arguments of `submit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SubmitArgs {
    /// The session.
    pub session: SessionId,
    /// What is submitted.
    pub op: WindowOp,
}

/// Arguments of `rows`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RowsArgs {
    /// The session.
    pub session: SessionId,
    /// First row wanted, counted from 0.
    pub from: u32,
    /// How many, at most 500.
    pub count: u32,
}

/// Which diff a hunk is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum HunkSource {
    /// A patch that waits for a decision.
    Patch {
        /// Its call.
        call_id: CallId,
    },
    /// The Changes panel.
    Changes,
    /// The undo that was looked at last.
    Undo,
}

/// Arguments of `hunk_lines`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HunkLinesArgs {
    /// The session.
    pub session: SessionId,
    /// Which diff it is of.
    pub of: HunkSource,
    /// Path of the file.
    pub path: String,
    /// The hunk.
    pub hunk: HunkId,
    /// First line wanted, counted from 0.
    pub from: u32,
    /// How many, at most 2,000.
    pub count: u32,
}

/// Arguments of `preview_undo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct UndoArgs {
    /// The session.
    pub session: SessionId,
    /// The first task to take back; the last that changed something when absent.
    pub task_id: Option<TaskId>,
    /// Take the last undo back instead.
    pub redo: bool,
}

/// Arguments of `apply_undo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ApplyUndoArgs {
    /// The session.
    pub session: SessionId,
    /// The first task to take back; the last that changed something when absent.
    pub task_id: Option<TaskId>,
    /// Take the last undo back instead.
    pub redo: bool,
    /// Also where somebody changed a file since the agent left it.
    pub overwrite: bool,
}

/// Arguments of `command_output`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CallArgs {
    /// The session.
    pub session: SessionId,
    /// The call.
    pub call_id: CallId,
}

/// Arguments of `find_files`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FindFilesArgs {
    /// What was typed after `@`.
    pub query: String,
}

/// Arguments of `open_file`: a file of the session's changes, in the person's editor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct OpenFileArgs {
    /// The session.
    pub session: SessionId,
    /// Path as the Changes panel shows it.
    pub path: String,
}

/// Arguments of `open_link`: http or https only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct OpenLinkArgs {
    /// The address.
    pub url: String,
}

/// Why a command failed, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CommandError {
    /// What failed.
    pub message: String,
    /// The way out, when there is one.
    pub hint: Option<String>,
}

/// One message of the channel: at most one a frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Batch {
    /// Number of the batch, counted from 1 without gaps since `attach`.
    pub seq: u64,
    /// What changed, in order.
    pub updates: Vec<Update>,
}

/// One thing that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Update {
    /// What belongs to no session.
    App {
        /// All of it.
        app: Box<AppView>,
    },
    /// Something of a session.
    Session {
        /// Which.
        id: SessionId,
        /// Number of the change in its session, counted from 1.
        seq: u64,
        /// What.
        change: Box<Change>,
    },
}

/// Lines, as `hunk_lines` replies.
pub type Lines = Vec<DiffLine>;

/// The command table: name, arguments, reply. Everything the window can do is in it.
///
/// `commands!` calls the macro it is given with the table, so that dispatch and TypeScript are made from one list.
#[macro_export]
macro_rules! commands {
    ($with:ident) => {
        $with! {
            /// Everything that belongs to no session.
            app(NoArgs) -> AppView;
            /// Shows the native folder dialog; opens what was picked. `null` when nothing was.
            pick_folder(NoArgs) -> Option<ProjectView>;
            /// Opens a folder picked before.
            open_project(ProjectArgs) -> ProjectView;
            /// Takes a folder off the list; its files and sessions stay.
            forget_project(ProjectArgs) -> ();
            /// Says whether what is in the folder may steer the agent. Sessions begun later follow it.
            trust_project(TrustArgs) -> ProjectView;
            /// Begins a session in the open folder, and shows it.
            new_session(NoArgs) -> SessionSnapshot;
            /// Shows a session, resumed when it is not open; opens its folder when that is another one of the list.
            open_session(SessionArgs) -> SessionSnapshot;
            /// Finds sessions by what was said in them, the best first; lists them, the last used first, when there are no words.
            search_sessions(SearchSessionsArgs) -> SessionsPage;
            /// Begins a session as another one was up to the end of a task, and shows it.
            fork_session(ForkArgs) -> SessionSnapshot;
            /// Names a session.
            rename_session(RenameArgs) -> ();
            /// Puts a session away, or takes it out again. One that is open is ended; a running task has to be stopped first.
            archive_session(ArchiveArgs) -> ();
            /// Moves a session to the trash. One that is open is ended; a running task has to be stopped first.
            delete_session(SessionArgs) -> ();
            /// Takes a session out of the trash.
            restore_session(SessionArgs) -> ();
            /// The session as it is now, after a reload or a gap in the channel.
            snapshot(SessionArgs) -> SessionSnapshot;
            /// Submits an op, and returns at once.
            submit(SubmitArgs) -> OpId;
            /// Rows by position.
            rows(RowsArgs) -> Vec<Row>;
            /// Markdown of the last answer, as the model wrote it; nothing when there is none yet.
            last_answer(SessionArgs) -> Option<String>;
            /// Lines of a hunk that was too long for its message.
            hunk_lines(HunkLinesArgs) -> Lines;
            /// Everything a command printed, or a tool said, that was kept (1 MiB).
            command_output(CallArgs) -> String;
            /// What an undo or a redo would do.
            preview_undo(UndoArgs) -> UndoView;
            /// Puts the files back; returns when that is done.
            apply_undo(ApplyUndoArgs) -> ();
            /// Saves the settings.
            save_settings(Settings) -> AppView;
            /// Stores a provider's key in the keychain.
            store_key(StoreKeyArgs) -> AppView;
            /// Deletes a provider's key from the keychain.
            delete_key(ProviderArgs) -> AppView;
            /// Looks again for local servers and their models.
            find_providers(NoArgs) -> AppView;
            /// The person's rules about commands.
            rules(NoArgs) -> RulesView;
            /// What a rule would be saved as, and what it would cover.
            preview_rule(RuleDraft) -> RulePreview;
            /// Saves a rule for the open folder, exactly as it was shown.
            add_rule(AddRuleArgs) -> RulesView;
            /// Takes a rule out of the file.
            delete_rule(RuleArgs) -> RulesView;
            /// Puts back a rule that was taken out since the app was started.
            restore_rule(RuleArgs) -> RulesView;
            /// Opens the file of the rules in the person's editor.
            open_rules_file(NoArgs) -> ();
            /// What would become of a command in the open folder, and why. It is not run.
            foresee_command(ForeseeArgs) -> ForeseenCommand;
            /// The MCP servers of the configuration, as the session that is shown has them.
            mcp_servers(NoArgs) -> McpServersView;
            /// Files of the open folder that match, best first, at most 20.
            find_files(FindFilesArgs) -> Vec<String>;
            /// The person's prompts, the newest first, at most 100.
            prompt_history(NoArgs) -> Vec<String>;
            /// Opens a changed file in the person's editor.
            open_file(OpenFileArgs) -> ();
            /// Opens an address in the person's browser.
            open_link(OpenLinkArgs) -> ();
        }
    };
}
