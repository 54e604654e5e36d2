//! Types that a window and the host exchange: the command table, its arguments and replies, and the batches of a subscriber's
//! channel. `cargo xtask bindings` writes their TypeScript.
//!
//! No command takes a path or an argv to run: a rule's words and a command that is asked about are text. Folders are picked
//! in a native dialog, and known by id from then on.

mod app;
mod channel;
mod clipboard;
mod closing;
mod drafts;
mod error;
mod files;
mod find;
mod hunk_source;
mod isolated;
mod mcp;
mod project_check;
mod prompt_commands;
mod receipts;
mod review;
mod rules;
mod sessions;
mod settings;
mod side_question;
mod usage;
mod window_op;

pub use app::{
    AppView, BroadFolderKind, InboxItem, InboxKind, InstructionFileView, ProjectView, SessionSnapshot,
};
pub use channel::{DecisionRef, SubscribeArgs, Update, UpdateBatch};
pub use clipboard::{CopiedFile, CopiedFiles};
pub use closing::{BackgroundView, CloseAnswer, CloseQuestionArgs, CloseWindowArgs, StartAtLoginArgs};
pub use drafts::{DraftArgs, DraftReply, SaveDraftArgs};
pub use error::{CommandError, CommandResult};
pub use files::{FileArgs, FileLink, FileLinksArgs, FileText};
pub use find::{FindArgs, FoundRow, FoundRows};
pub use hunk_source::HunkSource;
pub use isolated::{Copies, CopyArgs, CopySession, CopyView};
pub use mcp::{McpServerView, McpServersArgs, McpServersView, McpStatus, McpToolView};
pub use project_check::{ProjectCheckView, SetProjectCheckArgs};
pub use prompt_commands::{
    ExpandPromptArgs, PromptCommandView, PromptCommandsArgs, PromptCommandsView, RejectedCommandFile,
};
pub use receipts::{
    CheckedCommit, CheckedLines, ReceiptCheck, ReceiptSigner, ReceiptView, SaveReceiptArgs, SavedReceipt,
    VerifyReceiptArgs,
};
pub use review::{
    CompareArgs, ContextLines, ContextLinesArgs, EditedHunkArgs, FileVersionsArgs, HunkOriginArgs,
    PatchTextArgs, RevertArgs,
};
pub use rules::{
    AddRuleArgs, DryRunArgs, DryRunResult, Outcome, RuleArgs, RuleDraft, RulePreview, RuleSample, RuleView,
    RulesView,
};
pub use sessions::{
    ArchiveArgs, ExportArgs, Exported, ForkArgs, OrderQueueArgs, QueueArgs, QueuedArgs, QueuedPrompt,
    RenameArgs, SearchSessionsArgs, SessionShelf, SessionSummary, SessionsPage, SnippetPart,
};
pub use settings::{
    CloseAction, KeySource, ProviderArgs, ProviderView, ResetSettingArgs, Setting, Settings, SettingsChange,
    StoreKeyArgs, Theme, ValueSource,
};
pub use side_question::{
    AskAsideArgs, DraftMessageArgs, DraftedMessage, HunkRef, SideAnswerView, StopAsideArgs,
};
pub use usage::{DayUsage, DayUsageArgs, DayUsages};
pub use window_op::WindowOp;

use highlight::TokenSpan;
use protocol::{CallId, CommitRequest, HunkId, SessionId, TaskId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use view::DiffLine;

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

/// Arguments of `new_session`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct NewSessionArgs {
    /// Id of the folder; it is opened unless it is open.
    pub project: String,
    /// Key of the provider of this session; the default one when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub provider: Option<String>,
    /// Whether it works on an isolated copy of the folder, made now.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub isolated: bool,
}

/// Arguments of `submit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SubmitArgs {
    /// The session.
    pub session: SessionId,
    /// The op.
    pub op: WindowOp,
}

/// Arguments of `rows`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RowsArgs {
    /// The session.
    pub session: SessionId,
    /// First row wanted, counted from 0.
    pub from: u32,
    /// Number of rows, at most 500.
    pub count: u32,
}

/// Arguments of `hunk_lines`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HunkLinesArgs {
    /// The session.
    pub session: SessionId,
    /// Diff that contains it.
    pub of: HunkSource,
    /// Path of the file.
    pub path: String,
    /// The hunk.
    pub hunk: HunkId,
    /// First line wanted, counted from 0.
    pub from: u32,
    /// Number of lines, at most 2,000.
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
    /// Text typed after `@`.
    pub query: String,
    /// An open session whose folder is searched; the open folder is when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub session: Option<SessionId>,
}

/// Arguments of the commands that open a file of the session's project in the person's editor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct OpenFileArgs {
    /// The session.
    pub session: SessionId,
    /// Path as the Changes panel or a link shows it.
    pub path: String,
    /// Line to open it at, counted from 1, where the person's editor command takes one.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub line: Option<u32>,
}

/// Arguments of `open_link`: http or https only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct OpenLinkArgs {
    /// The address.
    pub url: String,
}

/// Lines, as `hunk_lines` replies.
pub type Lines = Vec<DiffLine>;

/// Arguments of `code_tokens`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CodeArgs {
    /// Language, as the block names it.
    pub language: String,
    /// The code.
    pub text: String,
}

/// Arguments of `commit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CommitArgs {
    /// The folder.
    pub project: String,
    /// The commit.
    pub request: CommitRequest,
}

/// Tokens of lines: the first line's, the second line's, ...
pub type LineTokens = Vec<Vec<TokenSpan>>;

/// Links in texts: those of the first text, those of the second, ...
pub type FileLinks = Vec<Vec<FileLink>>;

/// The command table: name, arguments, reply. Everything the window can do is in it.
///
/// `commands!` calls the macro it is given with the table, so that dispatch and TypeScript are made from one list.
#[macro_export]
macro_rules! commands {
    ($with:ident) => {
        $with! {
            /// Returns everything that belongs to no single session.
            app(NoArgs) -> AppView;
            /// Shows the native folder dialog; opens what was picked. `null` when nothing was.
            pick_folder(NoArgs) -> Option<ProjectView>;
            /// Opens a folder picked before.
            open_project(ProjectArgs) -> ProjectView;
            /// Opens the sample project of the practice model, which is written first where it is not there.
            open_sample(NoArgs) -> ProjectView;
            /// Removes a folder from the list; its files and sessions stay.
            forget_project(ProjectArgs) -> ();
            /// Sets whether what is in the folder may steer the agent. Sessions started later follow it.
            trust_project(TrustArgs) -> ProjectView;
            /// Returns the files that steer the agent once the folder is trusted, with their contents.
            instruction_files(ProjectArgs) -> Vec<InstructionFileView>;
            /// Confirms that the agent may work in a folder that holds more than a project.
            confirm_folder(ProjectArgs) -> ProjectView;
            /// Starts a session in a folder.
            new_session(NewSessionArgs) -> SessionId;
            /// Lists the isolated copies, with their sizes.
            isolated_copies(NoArgs) -> Copies;
            /// Asks about the changes of an isolated copy, hunk by hunk, in a new session of its folder, which is opened.
            bring_in(CopyArgs) -> SessionId;
            /// Moves an isolated copy to the trash. Open sessions that work on it are ended; a running task has to be stopped first.
            discard_copy(CopyArgs) -> ();
            /// Moves an isolated copy out of the trash.
            restore_copy(CopyArgs) -> ();
            /// Removes the isolated copies in the trash for good.
            empty_copy_trash(NoArgs) -> ();
            /// Opens a session unless it is open, and its folder when that is another one of the list.
            open_session(SessionArgs) -> SessionId;
            /// Opens a window for an open session, or shows the one that is open for it.
            open_window(SessionArgs) -> ();
            /// Sends the changes of an open session to a subscriber from now on, on top of the snapshot that is returned. A subscriber
            /// that follows the session already gets a new snapshot.
            subscribe(SubscribeArgs) -> SessionSnapshot;
            /// Stops sending the changes of a session to a subscriber.
            unsubscribe(SubscribeArgs) -> ();
            /// Finds sessions by what was said in them, the best first; lists them, the last used first, when there are no words.
            search_sessions(SearchSessionsArgs) -> SessionsPage;
            /// Starts a session as another one was up to the end of a task, and opens it.
            fork_session(ForkArgs) -> SessionId;
            /// Keeps a prompt until the running task has ended, and sends it then; sends it at once when no task runs.
            queue_prompt(QueueArgs) -> ();
            /// Takes a prompt out of the queue, to be edited.
            take_queued(QueuedArgs) -> Vec<InputItem>;
            /// Puts the queue in this order; what is not named is removed.
            order_queue(OrderQueueArgs) -> ();
            /// Sends a prompt of the queue at once, into the running task where one runs.
            send_queued(QueuedArgs) -> ();
            /// Writes a session to a file that the person picks, without the secrets in it. `null` when none was picked.
            export_session(ExportArgs) -> Option<Exported>;
            /// The receipt of a session: each hunk and command, who decided on it, and when.
            receipt(SessionArgs) -> ReceiptView;
            /// Signs the receipt of a session, and writes it to a file that the person picks. `null` when none was picked.
            save_receipt(SaveReceiptArgs) -> Option<SavedReceipt>;
            /// Checks whether a receipt is as it was written, and which lines of a commit it accounts for.
            verify_receipt(VerifyReceiptArgs) -> ReceiptCheck;
            /// Says that the person sees a session: the mark of a task that ended in it goes.
            mark_seen(SessionArgs) -> ();
            /// Renames a session.
            rename_session(RenameArgs) -> ();
            /// Moves a session to the archive, or back. One that is open is ended; a running task has to be stopped first.
            archive_session(ArchiveArgs) -> ();
            /// Moves a session to the trash. One that is open is ended; a running task has to be stopped first.
            delete_session(SessionArgs) -> ();
            /// Moves a session out of the trash.
            restore_session(SessionArgs) -> ();
            /// Submits an op, and returns at once.
            submit(SubmitArgs) -> OpId;
            /// The check of a session's project, and commands that could be it.
            project_check(SessionArgs) -> ProjectCheckView;
            /// Sets the check of a session's project, for all its sessions.
            set_project_check(SetProjectCheckArgs) -> ();
            /// Asks the model about a session, on the side: neither the question nor the answer becomes part of it.
            ask_aside(AskAsideArgs) -> SideAnswerView;
            /// Ends the answer to a question on the side, or a draft, where it is.
            stop_aside(StopAsideArgs) -> ();
            /// Rows by position.
            rows(RowsArgs) -> Vec<Row>;
            /// Finds a text in all rows of a session, and in all that is kept of what its commands printed.
            find_in_session(FindArgs) -> FoundRows;
            /// Markdown of the last answer, as the model wrote it; nothing when there is none yet.
            last_answer(SessionArgs) -> Option<String>;
            /// Lines of a hunk that was too long for its message.
            hunk_lines(HunkLinesArgs) -> Lines;
            /// Lines of a file that a waiting patch changes, as they are before it.
            context_lines(ContextLinesArgs) -> ContextLines;
            /// A hunk of a waiting patch with the person's text in place of the model's.
            edited_hunk(EditedHunkArgs) -> HunkView;
            /// Syntax colours of lines of a hunk: the tokens of each, in order.
            hunk_tokens(HunkLinesArgs) -> LineTokens;
            /// Syntax colours of a code block: the tokens of each line, in order. None for a language that is not known.
            code_tokens(CodeArgs) -> LineTokens;
            /// Everything a command printed, or a tool said, that was kept (1 MiB).
            command_output(CallArgs) -> String;
            /// Previews an undo or a redo.
            preview_undo(UndoArgs) -> UndoView;
            /// Puts the files back; returns when that is done.
            apply_undo(ApplyUndoArgs) -> ();
            /// The changes of a stretch of work, compared with the files as they are now.
            compare_changes(CompareArgs) -> ChangesView;
            /// The part of the conversation that a hunk came from; `null` where no patch of the session made it.
            hunk_origin(HunkOriginArgs) -> Option<HunkOrigin>;
            /// Both versions of a file of the changes, or of a patch that waits, that is no text: sizes, and the pictures they are.
            file_versions(FileVersionsArgs) -> FileVersions;
            /// Reverts a hunk or a file of the changes that are shown; returns when that is done.
            revert_changes(RevertArgs) -> ();
            /// A diff, or a part of one, as a patch that git takes.
            patch_text(PatchTextArgs) -> String;
            /// Writes a patch to a file that the person picks. `null` when none was picked.
            export_patch(PatchTextArgs) -> Option<Exported>;
            /// Tokens that all sessions used, by day and model.
            day_usage(DayUsageArgs) -> DayUsages;
            /// Saves the settings that changed.
            save_settings(SettingsChange) -> AppView;
            /// Removes a saved setting: the config file decides again, or else the default.
            reset_setting(ResetSettingArgs) -> AppView;
            /// Says that the page asks what closing the window should do. `false` when that is decided already.
            close_question_shown(CloseQuestionArgs) -> bool;
            /// Closes the window as the person answered.
            close_window(CloseWindowArgs) -> ();
            /// Quits the app.
            quit(NoArgs) -> ();
            /// How the app runs without its window.
            background(NoArgs) -> BackgroundView;
            /// Sets whether the system starts the app at login.
            set_start_at_login(StartAtLoginArgs) -> BackgroundView;
            /// Stores a provider's key in the keychain.
            store_key(StoreKeyArgs) -> AppView;
            /// Deletes a provider's key from the keychain.
            delete_key(ProviderArgs) -> AppView;
            /// Probes the providers again, those of local servers included.
            find_providers(NoArgs) -> AppView;
            /// The person's rules about commands.
            rules(NoArgs) -> RulesView;
            /// Previews the rule that a draft would be saved as, and the commands it would cover.
            preview_rule(RuleDraft) -> RulePreview;
            /// Saves a rule for the open folder, exactly as it was shown.
            add_rule(AddRuleArgs) -> RulesView;
            /// Deletes a rule from the file.
            delete_rule(RuleArgs) -> RulesView;
            /// Restores a rule that was deleted since the app was started.
            restore_rule(RuleArgs) -> RulesView;
            /// Opens the file of the rules in the person's editor.
            open_rules_file(NoArgs) -> ();
            /// Shows whether a command would run, ask or be refused in the open folder, and why. It is not run.
            dry_run_command(DryRunArgs) -> DryRunResult;
            /// The MCP servers of the configuration, with their status in a session.
            mcp_servers(McpServersArgs) -> McpServersView;
            /// Files of the open folder, or of a session's, that match, best first, at most 20.
            find_files(FindFilesArgs) -> Vec<String>;
            /// The prompt commands of the person and of the open folder, or a session's, with the files that are none.
            prompt_commands(PromptCommandsArgs) -> PromptCommandsView;
            /// Returns the prompt that a command with arguments stands for: `/review src/lib.rs`. `null` when the text is no command.
            expand_prompt(ExpandPromptArgs) -> Option<String>;
            /// The person's prompts, the newest first, at most 100.
            prompt_history(NoArgs) -> Vec<String>;
            /// Files and pictures in the clipboard, where the page gets none of them from its engine.
            copied_files(NoArgs) -> CopiedFiles;
            /// A draft as it was saved last.
            draft(DraftArgs) -> DraftReply;
            /// Saves a draft, or removes it. False when it is not kept, nor what was saved before: the person keeps no history.
            save_draft(SaveDraftArgs) -> bool;
            /// Everything a commit in a folder would do. Nothing is written.
            commit_plan(ProjectArgs) -> CommitPlan;
            /// Has the model of a session draft the message of a commit, on the side.
            draft_commit_message(DraftMessageArgs) -> DraftedMessage;
            /// Makes a commit of files as they are now.
            commit(CommitArgs) -> CommitAnswer;
            /// Opens a changed file in the person's editor.
            open_file(OpenFileArgs) -> ();
            /// Finds the paths of files of the project in texts: those that are there, with their line numbers.
            file_links(FileLinksArgs) -> FileLinks;
            /// Reads a file of the session's project.
            file_text(FileArgs) -> FileText;
            /// Opens a file of the session's project in the person's editor.
            open_project_file(OpenFileArgs) -> ();
            /// Opens an address in the person's browser.
            open_link(OpenLinkArgs) -> ();
        }
    };
}
