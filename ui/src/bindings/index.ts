// Made from the Rust types by `cargo xtask bindings`. Do not edit.

/**
 * Arguments of `add_rule`.
 */
export type AddRuleArgs = { 
/**
 * The draft.
 */
draft: RuleDraft, 
/**
 * Id of the rule the person was shown; nothing else is saved.
 */
shown: string, };

/**
 * Everything a window shows that belongs to no single session.
 */
export type AppView = { 
/**
 * The app's version.
 */
version: string, 
/**
 * Folders, the last opened first.
 */
projects: Array<ProjectView>, 
/**
 * The folder that is open.
 */
project: string | null, 
/**
 * Sessions of the open folder, the last used first: at most 200, and those that are open. `search_sessions` finds more.
 */
sessions: Array<SessionSummary>, 
/**
 * Count of all sessions of the open folder.
 */
sessions_total?: number, 
/**
 * Open sessions of the other folders, the last used first.
 */
elsewhere?: Array<SessionSummary>, 
/**
 * The session used last in the open folder, once it is open: a window that shows none starts with it.
 */
session: SessionId | null, 
/**
 * Providers of models.
 */
providers: Array<ProviderView>, 
/**
 * Settings in effect.
 */
settings: Settings, 
/**
 * Source of each of them.
 */
setting_sources: { [key in Setting]?: ValueSource }, 
/**
 * Report of the sandbox probe; `None` until it is done.
 */
sandbox: SandboxReport | null, 
/**
 * Reason why there is no keychain; `None` where there is one.
 */
keychain_problem: string | null, 
/**
 * Count of the approvals that wait, over all sessions.
 */
waiting: number, 
/**
 * Approvals that wait over all open sessions, the oldest first.
 */
inbox?: Array<InboxItem>, };

/**
 * Arguments of `apply_undo`.
 */
export type ApplyUndoArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * The first task to take back; the last that changed something when absent.
 */
task_id: TaskId | null, 
/**
 * Take the last undo back instead.
 */
redo: boolean, 
/**
 * Also where somebody changed a file since the agent left it.
 */
overwrite: boolean, };

/**
 * Body of the card, by the kind of action that waits.
 */
export type ApprovalBody = { "type": "command" } & CommandApproval | { "type": "patch" } & PatchApproval | { "type": "tool" } & ToolApproval;

/**
 * Card of an approval that waits for a decision. Every text is made visible: no character of it hides or reorders others.
 */
export type ApprovalCard = { 
/**
 * The call.
 */
call_id: CallId, 
/**
 * Binding of the approval, to be named by the decision.
 */
binding: string, 
/**
 * Reason for asking.
 */
reason: AskReason, 
/**
 * Reason for asking, as a sentence.
 */
why: string, 
/**
 * Traps in the subject: wide access, invisible or reordering characters, look-alikes, escapes.
 */
warnings: Array<string>, 
/**
 * Exactly the calls that "Approve for session" lets run unasked until the session ends.
 */
session_rule: string, 
/**
 * The action that waits.
 */
body: ApprovalBody, };

/**
 * Approval policy: the cases in which a person is asked before a command runs or a patch is written. The
 * table is B13.
 */
export type ApprovalPolicy = "untrusted" | "on-effect" | "on-failure" | "on-request" | "never";

/**
 * Arguments of `archive_session`.
 */
export type ArchiveArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Whether to archive the session, or to move it back.
 */
archived: boolean, };

/**
 * Arguments of `ask_aside`.
 */
export type AskAsideArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * The question.
 */
text: string, };

/**
 * Reason for asking a person.
 */
export type AskReason = { "type": "untrusted" } | { "type": "escalation", 
/**
 * The model's reason, in its words.
 */
justification: string | null, } | { "type": "no_sandbox" } | { "type": "sandbox_denied", 
/**
 * Refused access, for people.
 */
what: string, 
/**
 * True when the command ran on a copy-on-write view of the project: its changes are asked about only once it has what it lacks.
 */
in_overlay?: boolean, } | { "type": "outside_roots", 
/**
 * Paths outside, as the patch names them.
 */
paths: Array<string>, } | { "type": "protected", 
/**
 * Protected paths, each with the reason.
 */
paths: Array<string>, } | { "type": "overwrites", 
/**
 * Paths of the replaced files.
 */
paths: Array<string>, } | { "type": "review" } | { "type": "effects", 
/**
 * Program and arguments of the command.
 */
argv: Array<string>, 
/**
 * Changes that cannot be applied, each with the reason.
 */
left_out: Array<string>, 
/**
 * True when the person asked to see them before deciding about the command: they can go back to that
 * ([`ReviewDecision::PreviewDiscarded`]).
 */
previewed?: boolean, } | { "type": "no_overlay", 
/**
 * Reason there is none, for people.
 */
why: string, } | { "type": "rule", 
/**
 * Effect of the rule, for people.
 */
what: string, } | { "type": "untrusted_tool" } | { "type": "changed", 
/**
 * Paths of the changed files.
 */
paths: Array<string>, };

/**
 * A command that runs while the task goes on. What it prints is in its row.
 */
export type BackgroundCommand = { 
/**
 * The call that started it.
 */
call_id: CallId, 
/**
 * The command as one line.
 */
display: string, 
/**
 * When it began, in milliseconds since the Unix epoch.
 */
started_ms: number, 
/**
 * Position of its row.
 */
row: number, };

/**
 * One block of markdown. Ids are stable while text is appended.
 */
export type Block = { 
/**
 * Position-based, unique within its row.
 */
id: number, } & ({ "block": "paragraph", 
/**
 * Its text.
 */
spans: Array<Span>, } | { "block": "heading", 
/**
 * 1 to 6.
 */
level: number, 
/**
 * Its text.
 */
spans: Array<Span>, } | { "block": "code", 
/**
 * The language it names, or empty.
 */
language: string, 
/**
 * Its text.
 */
text: string, } | { "block": "list", 
/**
 * Number of the first item, when it is numbered.
 */
start: number | null, 
/**
 * Its items.
 */
items: Array<ListItem>, } | { "block": "quote", 
/**
 * Quoted blocks.
 */
blocks: Array<Block>, } | { "block": "table", 
/**
 * Cells of its head.
 */
head: Array<Array<Span>>, 
/**
 * Its rows of cells.
 */
rows: Array<Array<Array<Span>>>, 
/**
 * Alignment of its columns.
 */
columns: Array<ColumnAlignment>, } | { "block": "rule" } | { "block": "rest" });

/**
 * Reason that a folder holds more than a project.
 */
export type BroadFolderKind = "root" | "home_folder" | "holds_home_folder" | "app_files";

/**
 * Arguments of `command_output`.
 */
export type CallArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * The call.
 */
call_id: CallId, };

/**
 * One tool call, as the model names it. Approvals are keyed by it too.
 */
export type CallId = string;

/**
 * Where a card stands.
 */
export type CardStatus = "waiting" | "running" | "ok" | "failed" | "declined" | "interrupted";

/**
 * One change of what the window shows. Applied in order they bring a window up to date.
 */
export type Change = { "type": "row", 
/**
 * Position among all rows, counted from 0.
 */
index: number, 
/**
 * The row.
 */
row: Row, } | { "type": "blocks", 
/**
 * Position of the row.
 */
index: number, 
/**
 * First block replaced.
 */
from: number, 
/**
 * The blocks from there on.
 */
blocks: Array<Block>, } | { "type": "append", 
/**
 * Position of the row.
 */
index: number, 
/**
 * The text.
 */
text: string, } | { "type": "session", 
/**
 * All of it.
 */
session: SessionView, } | { "type": "changes", 
/**
 * All of it.
 */
changes: ChangesView, };

/**
 * Stretch of work whose changes are shown.
 */
export type ChangeScope = "task" | "session" | "last_commit";

/**
 * Author of a change, as far as it is known (B37).
 */
export type ChangeSource = "patch" | "command" | "other";

/**
 * The Changes panel.
 */
export type ChangesView = { 
/**
 * The changed files, by path.
 */
files: Array<FileView>, 
/**
 * Lines added.
 */
added: number, 
/**
 * Lines removed.
 */
removed: number, 
/**
 * Notes on what was left out and why.
 */
notes: Array<string>, };

/**
 * Arguments of `code_tokens`.
 */
export type CodeArgs = { 
/**
 * Language, as the block names it.
 */
language: string, 
/**
 * The code.
 */
text: string, };

/**
 * Alignment of a column.
 */
export type ColumnAlignment = "start" | "center" | "end";

/**
 * A command that waits for a decision.
 */
export type CommandApproval = { 
/**
 * Program and arguments, one string each.
 */
argv: Array<string>, 
/**
 * The command as one piece of text.
 */
display: string, 
/**
 * Folder it runs in, absolute.
 */
cwd: string, 
/**
 * Name of the sandbox policy it runs under once approved.
 */
sandbox: string, 
/**
 * Access that can be allowed for the session instead, so that it runs in the sandbox: "write /var/cache/x".
 */
offer: string | null, 
/**
 * Exactly the commands that the rule that can be saved lets run unasked.
 */
rule: string | null, 
/**
 * Whether its changes can be looked at before it is approved; `None` where there is nothing to look at.
 */
preview: PreviewCard | null, };

/**
 * Failure of a command, for people.
 */
export type CommandError = { 
/**
 * Description of the failure.
 */
message: string, 
/**
 * Action that resolves it, where there is one.
 */
hint: string | null, };

/**
 * A command, as a card.
 */
export type CommandRow = { 
/**
 * The call.
 */
call_id: CallId, 
/**
 * The command as one line: the script of `bash -lc SCRIPT`, else the argv quoted for a shell. Characters that cannot
 * be seen or that reorder text stand as `\u{...}`.
 */
display: string, 
/**
 * Its folder, relative to the project; empty for the project itself.
 */
cwd: string, 
/**
 * Where it stands.
 */
status: CardStatus, 
/**
 * The end of what it printed, at most 200 lines and 32 KiB: the last state of each line. Colors stand in it as
 * `ESC [ ... m`; there is no other control sequence.
 */
output: string, 
/**
 * Lines it printed before those.
 */
hidden_lines: number, 
/**
 * How it ended; none while it waits or runs.
 */
end: ExecEnd | null, 
/**
 * True when the task goes on while it runs.
 */
background: boolean, 
/**
 * True when it ran on a copy of the project: what it changed is not in the project, unless its patch says so.
 */
overlay: boolean, 
/**
 * Name of the sandbox policy it ran under.
 */
sandbox: string, 
/**
 * Access that the sandbox refused: "write to /etc/x (read-only)".
 */
denied: string | null, 
/**
 * Answer the model got, where it was refused without being asked about.
 */
rejected: string | null, };

/**
 * Answer of git to a commit.
 */
export type CommitAnswer = { "type": "made", 
/**
 * Its short id.
 */
id: string, } | { "type": "refused", 
/**
 * Output of git and the hooks.
 */
output: string, };

/**
 * Arguments of `commit`.
 */
export type CommitArgs = { 
/**
 * The folder.
 */
project: string, 
/**
 * The commit.
 */
request: CommitRequest, };

/**
 * File that differs from the last commit.
 */
export type CommitFile = { 
/**
 * Path relative to the project's folder.
 */
path: string, 
/**
 * How it differs.
 */
status: DiffStatus, 
/**
 * Whether git tracks it.
 */
tracked: boolean, };

/**
 * Repository that the project's folder is in, with everything that a commit would do there beside recording files.
 */
export type CommitPlan = { 
/**
 * Branch that the commit would go to; `None` when `HEAD` is detached.
 */
branch: string | null, 
/**
 * Author by git's own configuration ("Mira <mira@example.org>"); `None` when it names nobody.
 */
author: string | null, 
/**
 * Names of the hooks that git would run, in its order.
 */
hooks: Array<string>, 
/**
 * Names of the filters that a file may pass through when it is recorded (`lfs`).
 */
filters: Array<string>, 
/**
 * Whether the configuration asks for a signature.
 */
signs: boolean, 
/**
 * Operation that a commit would be part of ("merge", "rebase"): it is left to git.
 */
underway: string | null, 
/**
 * Files beneath the folder that differ from the last commit, by path.
 */
files: Array<CommitFile>, };

/**
 * Commit that a person asks for.
 */
export type CommitRequest = { 
/**
 * Files of the plan, as they are on disk now.
 */
paths: Array<string>, 
/**
 * Message.
 */
message: string, 
/**
 * Whether the hooks run; contained, like a command.
 */
run_hooks: boolean, 
/**
 * Name of a branch that is begun at the last commit and takes this one; the branch of the plan takes it when absent.
 */
new_branch?: string, };

/**
 * A summary that takes the place of the conversation so far.
 */
export type CompactionRow = { 
/**
 * Whether nobody asked for it.
 */
auto: boolean, 
/**
 * Where it stands.
 */
status: CardStatus, 
/**
 * Summary the model keeps of the conversation; empty until it is done.
 */
blocks: Array<Block>, };

/**
 * Arguments of `compare_changes`.
 */
export type CompareArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Stretch of work whose changes are asked for.
 */
scope: ChangeScope, };

/**
 * Lines of a file as it is before a patch.
 */
export type ContextLines = { 
/**
 * The lines, made visible as those of a diff are.
 */
lines: Array<string>, 
/**
 * Number of lines of the file.
 */
total: number, };

/**
 * Arguments of `context_lines`.
 */
export type ContextLinesArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Call of the patch that waits.
 */
call_id: CallId, 
/**
 * Path of the file.
 */
path: string, 
/**
 * First line wanted, counted from 0 in the file as it is.
 */
from: number, 
/**
 * Number of lines, at most 2,000.
 */
count: number, };

/**
 * One line of a diff.
 */
export type DiffLine = { 
/**
 * Side.
 */
kind: LineKind, 
/**
 * Its number in the old file, counted from 1.
 */
old_no: number | null, 
/**
 * Its number in the new file, counted from 1.
 */
new_no: number | null, 
/**
 * The text, bounded to 2,000 characters; invisible and reordering characters stand as `\u{...}`.
 */
text: string, 
/**
 * The changed words, as ranges of UTF-16 units of `text` (what JavaScript's `slice` counts), in order.
 */
marks: Array<[number, number]>, };

/**
 * Status of a file in a diff.
 */
export type DiffStatus = "added" | "deleted" | "modified" | "renamed";

/**
 * Arguments of `draft`.
 */
export type DraftArgs = { 
/**
 * Name the window gives it.
 */
key: string, };

/**
 * Arguments of `dry_run_command`.
 */
export type DryRunArgs = { 
/**
 * The command, as one types it.
 */
command: string, 
/**
 * Whether the agent asks to run the command without the sandbox.
 */
escalated: boolean, 
/**
 * The session whose policies apply, if it is open in the open folder; else those of new sessions apply.
 */
session: SessionId | null, };

/**
 * Verdict on a command, and the reason. Approvals for a session are not considered.
 */
export type DryRunResult = { 
/**
 * Verdict on the command.
 */
outcome: Outcome, 
/**
 * Reason, as part of a sentence.
 */
why: string, 
/**
 * Name of the sandbox policy it would run under, once approved if it asks.
 */
sandbox: string | null, 
/**
 * The rules it was judged by.
 */
rules: Array<RuleView>, 
/**
 * Whether the policies of the session of the arguments apply; else those of new sessions.
 */
in_session: boolean, };

/**
 * Arguments of `edited_hunk`.
 */
export type EditedHunkArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Call of the patch that waits.
 */
call_id: CallId, 
/**
 * The hunk.
 */
hunk: HunkId, 
/**
 * Lines to put in, joined by line feeds; none when empty.
 */
new_text: string, };

/**
 * How a command ended.
 */
export type EndedBy = { "by": "exited", 
/**
 * Exit code; 128 + N where a shell or the sandbox reports that signal N ended its child.
 */
code: number, } | { "by": "signaled", 
/**
 * Number of the signal.
 */
signal: number, } | { "by": "timed_out", 
/**
 * Time it was allowed, in milliseconds.
 */
after_ms: number, } | { "by": "interrupted" } | { "by": "rejected" } | { "by": "app_stopped" } | { "by": "not_started", 
/**
 * The system's reason.
 */
why: string, } | { "by": "sandbox_failed", 
/**
 * The sandbox's reason.
 */
why: string, } | { "by": "lost", 
/**
 * The reason, in words.
 */
why: string, };

/**
 * A failure and its hint. Neither ever holds a secret.
 */
export type ErrorInfo = { 
/**
 * Kind of failure.
 */
kind: ErrorKind, 
/**
 * Message: lower case, no full stop, names the thing and the place.
 */
message: string, 
/**
 * The way out, when there is one.
 */
hint?: string, };

/**
 * Kind of failure, where the window or the driver acts on the difference.
 */
export type ErrorKind = "bad_request" | "unauthorized" | "model" | "storage" | "sandbox" | "other";

/**
 * End of a command, as input, record, event and row share it. Its output stands beside it.
 */
export type ExecEnd = { 
/**
 * How it ended.
 */
ended_by: EndedBy, 
/**
 * Bytes it printed in all.
 */
total_bytes: number, 
/**
 * Part left out of its output.
 */
truncation?: Truncation, 
/**
 * Time it ran, in milliseconds.
 */
duration_ms: number, };

/**
 * Arguments of `expand_prompt`.
 */
export type ExpandPromptArgs = { 
/**
 * The prompt as it was typed.
 */
text: string, };

/**
 * Arguments of `export_session`.
 */
export type ExportArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Format of the file.
 */
format: ExportFormat, };

/**
 * Format of an export.
 */
export type ExportFormat = "markdown" | "json" | "html";

/**
 * An exported session.
 */
export type Exported = { 
/**
 * Path of the file, for the eye; the home folder stands as `~`.
 */
path: string, 
/**
 * Secrets that were removed.
 */
secrets_removed: number, };

/**
 * Arguments that name a file of a session's project.
 */
export type FileArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Path relative to the project.
 */
path: string, };

/**
 * Path of a file in a text.
 */
export type FileLink = { 
/**
 * First UTF-16 unit of the link.
 */
start: number, 
/**
 * End of the link, in UTF-16 units.
 */
end: number, 
/**
 * Path of the file, relative to the project.
 */
path: string, 
/**
 * Line, counted from 1.
 */
line: number | null, 
/**
 * Column, counted from 1.
 */
column: number | null, };

/**
 * Arguments of `file_links`.
 */
export type FileLinksArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Folder that relative paths are tried in first, relative to the project; empty for the project itself.
 */
folder: string, 
/**
 * The texts, at most 500.
 */
texts: Array<string>, };

/**
 * Trait of a file that a person should know of before reading its changes.
 */
export type FileMark = "protected" | "outside" | "binary" | "mode" | "lock_file" | "generated";

/**
 * Content of a file.
 */
export type FileText = { 
/**
 * The lines, made visible as those of a diff are.
 */
lines: Array<string>, 
/**
 * Language that its colours are fetched for; empty for plain text.
 */
language: string, 
/**
 * Whether these are all of its lines.
 */
is_whole: boolean, };

/**
 * File in one state, beside its text.
 */
export type FileVersion = { 
/**
 * Size in bytes.
 */
bytes: number, 
/**
 * The picture it is, as a `data:` URL; `None` where it is none that can be shown.
 */
picture: string | null, 
/**
 * Kind and sides of the picture in words.
 */
about: string | null, };

/**
 * Both versions of a file.
 */
export type FileVersions = { 
/**
 * The file before the stretch of work; `None` when there was none.
 */
old: FileVersion | null, 
/**
 * The file as it is; `None` when there is none.
 */
new: FileVersion | null, };

/**
 * Arguments of `file_versions`.
 */
export type FileVersionsArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Stretch of work whose changes are shown.
 */
scope: ChangeScope, 
/**
 * Path of the file.
 */
path: string, };

/**
 * One file of a diff as the window shows it.
 */
export type FileView = { 
/**
 * Path relative to the project, made visible; names the file in `hunk_lines` and `open_file`.
 */
path: string, 
/**
 * The path it had, or (for a proposed patch) will have.
 */
other_path: string | null, 
/**
 * How it differs.
 */
status: DiffStatus, 
/**
 * Sources of the change; empty for a proposed patch.
 */
sources: Array<ChangeSource>, 
/**
 * Lines added.
 */
added: number, 
/**
 * Lines removed.
 */
removed: number, 
/**
 * Why there are no hunks ("binary file", "too large to show"), and what else is to know.
 */
notes: Array<string>, 
/**
 * Traits to be known before its changes are read.
 */
marks: Array<FileMark>, 
/**
 * Why it is protected; shown in red.
 */
protected: string | null, 
/**
 * The changes.
 */
hunks: Array<HunkView>, };

/**
 * Arguments of `find_in_session`.
 */
export type FindArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Text to find; case does not matter.
 */
query: string, };

/**
 * Arguments of `find_files`.
 */
export type FindFilesArgs = { 
/**
 * Text typed after `@`.
 */
query: string, };

/**
 * Arguments of `fork_session`.
 */
export type ForkArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * The last task to take over; 0 takes over nothing but how it was set up, `null` all that happened.
 */
task: TaskId | null, };

/**
 * Row with matches.
 */
export type FoundRow = { 
/**
 * Position of the row, counted from 0.
 */
row: number, 
/**
 * Count of the matches in it.
 */
count: number, };

/**
 * Matches of a search in a session.
 */
export type FoundRows = { 
/**
 * Rows with matches, in their order.
 */
rows: Array<FoundRow>, 
/**
 * Count of all their matches.
 */
total: number, 
/**
 * Whether there are more than that.
 */
more: boolean, };

/**
 * Paths that a person allowed beside what the mode of a sandbox says.
 */
export type Granted = { 
/**
 * Files and folders that can be written, absolute.
 */
write?: Array<string>, 
/**
 * Files and folders that can be read, and are hidden otherwise, absolute.
 */
read?: Array<string>, };

/**
 * Comment on lines of a hunk, as it is submitted with a decision. The lines are named by their place, so that what is quoted to
 * the model is the patch that was shown.
 */
export type HunkComment = { 
/**
 * The hunk.
 */
hunk: HunkId, 
/**
 * First line, counted from 0 over the lines of the hunk as they are shown: those before it, those taken out, those put in,
 * those after it.
 */
from: number, 
/**
 * Last line.
 */
to: number, 
/**
 * The comment.
 */
text: string, };

/**
 * New text for one hunk, in place of the model's.
 */
export type HunkEdit = { 
/**
 * The hunk.
 */
id: HunkId, 
/**
 * Lines to put in, joined by line feeds; none when empty. The file's own line ending is used.
 */
new_text: string, };

/**
 * One hunk of one proposed patch: "FILE_INDEX.HUNK_INDEX", both counted from 0.
 */
export type HunkId = string;

/**
 * Arguments of `hunk_lines`.
 */
export type HunkLinesArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Diff that contains it.
 */
of: HunkSource, 
/**
 * Path of the file.
 */
path: string, 
/**
 * The hunk.
 */
hunk: HunkId, 
/**
 * First line wanted, counted from 0.
 */
from: number, 
/**
 * Number of lines, at most 2,000.
 */
count: number, };

/**
 * Part of the conversation that a hunk came from.
 */
export type HunkOrigin = { 
/**
 * Position of the patch's row.
 */
row: number, 
/**
 * Prompt that the work began with.
 */
asked: Row | null, 
/**
 * Message of the agent before the patch, or its reasoning where it said nothing.
 */
said: Row | null, };

/**
 * Arguments of `hunk_origin`.
 */
export type HunkOriginArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Diff that contains it.
 */
of: HunkSource, 
/**
 * Path of the file.
 */
path: string, 
/**
 * The hunk.
 */
hunk: HunkId, };

/**
 * Accepted hunks of a patch.
 */
export type HunkSelection = { 
/**
 * Hunks to write. All others are declined.
 */
accepted: Array<HunkId>, 
/**
 * Text changes by the person, of accepted hunks.
 */
edited: Array<HunkEdit>, 
/**
 * Accepted hunks that are written in part.
 */
partial?: Array<PartialHunk>, };

/**
 * Diff that contains a hunk.
 */
export type HunkSource = { "type": "patch", 
/**
 * Its call.
 */
call_id: CallId, } | { "type": "changes" } | { "type": "undo" } | { "type": "compared", 
/**
 * The stretch of work.
 */
scope: ChangeScope, };

/**
 * One hunk as the window shows it.
 */
export type HunkView = { 
/**
 * Unique within the diff; for a proposed patch the [`HunkId`] a decision names.
 */
id: HunkId, 
/**
 * "@@ -12,3 +12,4 @@".
 */
header: string, 
/**
 * Lines added.
 */
added: number, 
/**
 * Lines removed.
 */
removed: number, 
/**
 * Lines in all.
 */
line_count: number, 
/**
 * Number of lines before the first that it changes.
 */
first_change: number, 
/**
 * SHA-256 (hex) over the lines it takes out and those it puts in: the same change has the same digest, wherever it stands.
 */
digest: string, 
/**
 * The first of them, at most 400 a hunk and 2,000 a message; the rest is fetched with `hunk_lines`.
 */
lines: Array<DiffLine>, 
/**
 * Places of lines that stand elsewhere in the diff as well, taken out there and put in here or the other way round: the first
 * of a range, and the one after its last.
 */
moved?: Array<[number, number]>, 
/**
 * The new text as it can be edited; absent for hunks over 64 KiB and outside approvals.
 */
new_text: string | null, };

/**
 * Approval that waits for the person.
 */
export type InboxItem = { 
/**
 * The session that waits.
 */
session: SessionId, 
/**
 * Id of the session's folder.
 */
project: string, 
/**
 * The call to decide about.
 */
call_id: CallId, 
/**
 * Subject of the approval.
 */
kind: InboxKind, 
/**
 * The command, the files of the patch, or the tool, in one line.
 */
subject?: string, 
/**
 * When the agent asked, in milliseconds since the Unix epoch.
 */
since_ms: number, };

/**
 * Subject of an approval that waits.
 */
export type InboxKind = "command" | "patch" | "tool";

/**
 * One piece of what a person sends.
 */
export type InputItem = { "type": "text", 
/**
 * The text.
 */
text: string, } | { "type": "image", 
/**
 * The URL.
 */
image_url: string, };

/**
 * File that steers the agent once its folder is trusted, as it was when the folder was opened.
 */
export type InstructionFileView = { 
/**
 * Its path in the folder.
 */
name: string, 
/**
 * Its text; what cannot be seen is drawn as `\u{...}`.
 */
text: string, 
/**
 * Whether that is all of it; no more is ever sent.
 */
is_whole: boolean, 
/**
 * Encoding it was read as, when it is not UTF-8.
 */
encoding?: string, };

/**
 * Source of a provider's key.
 */
export type KeySource = "not_needed" | "keychain" | "environment" | "session" | "missing";

/**
 * Side of a diff a line is on.
 */
export type LineKind = "context" | "removed" | "added";

/**
 * One item of a list.
 */
export type ListItem = { 
/**
 * Whether its box is checked, when it has one.
 */
checked: boolean | null, 
/**
 * Its blocks.
 */
blocks: Array<Block>, };

/**
 * One call of a built-in tool that only looks. What it said is fetched with `command_output`.
 */
export type LookCall = { 
/**
 * The call.
 */
call_id: CallId, 
/**
 * Name of the tool.
 */
tool: string, 
/**
 * Purpose in a few words: "read src/lib.rs:1-80".
 */
title: string, 
/**
 * Where it stands.
 */
status: CardStatus, 
/**
 * How it ended; none while it runs.
 */
ended_by: ToolEndedBy | null, 
/**
 * Time it took, in milliseconds.
 */
duration_ms: number | null, 
/**
 * First line of the tool's own words, where it failed.
 */
error: string | null, };

/**
 * A call of a tool of an MCP server, as a card.
 */
export type McpRow = { 
/**
 * The call.
 */
call_id: CallId, 
/**
 * The server.
 */
server: string, 
/**
 * The tool's name there.
 */
tool: string, 
/**
 * Its arguments as indented JSON, at most 16 KiB; empty when there are none.
 */
arguments: string, 
/**
 * Where it stands.
 */
status: CardStatus, 
/**
 * How far it is, where its server tells it while it runs.
 */
progress?: ToolProgress, 
/**
 * The beginning of what it said, at most 8 KiB.
 */
output: string, 
/**
 * Whether it said more than that; all that is kept is fetched with `command_output`.
 */
more: boolean, 
/**
 * Images that came with it, which only the model sees.
 */
images: number, 
/**
 * How it ended; none while it waits or runs.
 */
ended_by: ToolEndedBy | null, 
/**
 * Time it took, in milliseconds.
 */
duration_ms: number | null, 
/**
 * Answer the model got, where it was refused without being asked about.
 */
rejected: string | null, };

/**
 * MCP server.
 */
export type McpServerView = { 
/**
 * Its name in the configuration.
 */
name: string, 
/**
 * Command line or address, without anything that may be a key.
 */
reached: string, 
/**
 * Status.
 */
status: McpStatus, 
/**
 * Reason why it failed or stopped.
 */
problem: string | null, 
/**
 * Tools it offers, once it is ready.
 */
tools: Array<McpToolView>, };

/**
 * Arguments of `mcp_servers`.
 */
export type McpServersArgs = { 
/**
 * Session whose servers are shown; without one, or when it is not open, none is started.
 */
session: SessionId | null, };

/**
 * MCP servers that are configured.
 */
export type McpServersView = { 
/**
 * By name.
 */
servers: Array<McpServerView>, 
/**
 * Whether the status is that in the session of the arguments; else no server is started.
 */
in_session: boolean, 
/**
 * The file they are configured in, for the eye.
 */
file: string, };

/**
 * Status of an MCP server.
 */
export type McpStatus = "off" | "not_started" | "starting" | "ready" | "failed" | "stopped";

/**
 * Tool of an MCP server.
 */
export type McpToolView = { 
/**
 * Name on the server.
 */
name: string, 
/**
 * The server's description, on one line; may be empty.
 */
description: string, 
/**
 * Whether the server says that it only reads: then it runs unasked under most policies.
 */
read_only: boolean, 
/**
 * Whether the configuration trusts it: then it runs unasked.
 */
trusted: boolean, };

/**
 * Network access of a sandboxed command.
 */
export type NetworkAccess = "none" | "full";

/**
 * Arguments of `new_session`.
 */
export type NewSessionArgs = { 
/**
 * Id of the folder; it is opened unless it is open.
 */
project: string, 
/**
 * Key of the provider of this session; the default one when absent.
 */
provider?: string | null, };

/**
 * Arguments of commands that take none.
 */
export type NoArgs = Record<symbol, never>;

/**
 * One submitted op; unique and increasing within a session ("1", "2", ...) unless the submitter chose it.
 */
export type OpId = string;

/**
 * Arguments of the commands that open a file of the session's project in the person's editor.
 */
export type OpenFileArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Path as the Changes panel or a link shows it.
 */
path: string, 
/**
 * Line to open it at, counted from 1, where the person's editor command takes one.
 */
line?: number | null, };

/**
 * Arguments of `open_link`: http or https only.
 */
export type OpenLinkArgs = { 
/**
 * The address.
 */
url: string, };

/**
 * Arguments of `order_queue`.
 */
export type OrderQueueArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Numbers of the prompts that stay, in the order in which they are sent.
 */
prompts: Array<number>, };

/**
 * Verdict on a command.
 */
export type Outcome = "runs" | "asks" | "refuses";

/**
 * A hunk of which some lines are left out.
 */
export type PartialHunk = { 
/**
 * The hunk.
 */
id: HunkId, 
/**
 * Changed lines that are left out, counted from 0 over the lines of the hunk as they are shown: those before it, those taken
 * out, those put in, those after it. A line left out that would be taken out stays.
 */
left_out: Array<number>, };

/**
 * A patch that waits for a decision.
 */
export type PatchApproval = { 
/**
 * Files and hunks.
 */
files: Array<FileView>, 
/**
 * Lines added.
 */
added: number, 
/**
 * Lines removed.
 */
removed: number, };

/**
 * How a patch ended.
 */
export type PatchEndedBy = { "by": "written" } | { "by": "declined" } | { "by": "refused", 
/**
 * The reason, in words.
 */
why: string, } | { "by": "failed", 
/**
 * The reason, in words.
 */
why: string, } | { "by": "interrupted" } | { "by": "app_stopped" };

/**
 * One file of a patch card.
 */
export type PatchFileSummary = { 
/**
 * Path relative to the project.
 */
path: string, 
/**
 * Where it moves to.
 */
move_to: string | null, 
/**
 * Kind of change.
 */
status: DiffStatus, 
/**
 * Lines added.
 */
added: number, 
/**
 * Lines removed.
 */
removed: number, };

/**
 * A patch, as a card.
 */
export type PatchRow = { 
/**
 * The call.
 */
call_id: CallId, 
/**
 * Where it stands.
 */
status: CardStatus, 
/**
 * Its files.
 */
files: Array<PatchFileSummary>, 
/**
 * Lines added.
 */
added: number, 
/**
 * Lines removed.
 */
removed: number, 
/**
 * Hunks written, when it is decided.
 */
hunks_written: number, 
/**
 * Hunks in all.
 */
hunks_total: number, 
/**
 * Comments of the person on it, with what they quote; every text is made visible.
 */
comments: Array<ReviewComment>, 
/**
 * How it ended; none while it waits or is written.
 */
ended_by: PatchEndedBy | null, 
/**
 * Answer the model got, where it was refused without being asked about.
 */
rejected: string | null, };

/**
 * Side of a patch that line numbers are of.
 */
export type PatchSide = "before" | "after";

/**
 * Arguments of `patch_text` and `export_patch`.
 */
export type PatchTextArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Diff that is meant.
 */
of: HunkSource, 
/**
 * The only file; all files when absent.
 */
path: string | null, 
/**
 * The only hunk of the file.
 */
hunk: HunkId | null, };

/**
 * The arguments of `update_plan`, and the plan as shown.
 */
export type Plan = { 
/**
 * Reason the plan changed, when the model gives one.
 */
explanation?: string, 
/**
 * The steps, in order.
 */
plan: Array<PlanStep>, };

/**
 * One step of a plan.
 */
export type PlanStep = { 
/**
 * Description of the step.
 */
step: string, 
/**
 * Status of the step.
 */
status: StepStatus, };

/**
 * The two policies of a session that a person can change while it runs.
 */
export type Policies = { 
/**
 * Approval policy.
 */
approval: ApprovalPolicy, 
/**
 * Sandbox policy.
 */
sandbox: SandboxPolicy, 
/**
 * Shows every patch before it is written, inside the writable roots too. Without it the table of B24
 * decides. Has no effect under [`ApprovalPolicy::Never`], where nobody is there to look.
 */
review_patches: boolean, };

/**
 * Preview of a command that waits for a decision.
 */
export type PreviewCard = { "type": "possible" } | { "type": "unchanged", 
/**
 * Changes that cannot be applied, each with the reason.
 */
left_out: Array<string>, } | { "type": "failed", 
/**
 * Reason.
 */
why: string, } | { "type": "impossible", 
/**
 * Reason.
 */
why: string, };

/**
 * Price of a model, in millionths of a dollar for a million tokens.
 */
export type PriceView = { 
/**
 * Of tokens sent.
 */
input: number, 
/**
 * Of tokens sent that the vendor had cached.
 */
cached_input: number, 
/**
 * Of tokens received.
 */
output: number, };

/**
 * Arguments that name a folder.
 */
export type ProjectArgs = { 
/**
 * The folder's id.
 */
project: string, };

/**
 * Folder that the person picked.
 */
export type ProjectView = { 
/**
 * Stable for the folder.
 */
id: string, 
/**
 * The folder's name.
 */
name: string, 
/**
 * The folder, for the eye; the home folder stands as `~`.
 */
path: string, 
/**
 * Whether it is still there.
 */
exists: boolean, 
/**
 * Whether the person said that what is in it may steer the agent.
 */
trusted: boolean, 
/**
 * Whether the person has been asked that; until then nothing in it steers the agent.
 */
trust_asked: boolean, 
/**
 * Files in it that would steer the agent: "AGENTS.md", ...
 */
steers: Array<string>, 
/**
 * Whether it is the practice model's sample, or a copy of it.
 */
is_sample: boolean, 
/**
 * Reason that the person must confirm that the agent works in it; absent once they did, and for a project's folder.
 */
confirm?: BroadFolderKind, 
/**
 * When it was last opened, in milliseconds since the Unix epoch.
 */
opened_ms: number, };

/**
 * Prompt command, as the window lists it.
 */
export type PromptCommandView = { 
/**
 * Name, without the slash.
 */
name: string, 
/**
 * Purpose, in the words of its file.
 */
description: string, 
/**
 * Names of its arguments: "[file]".
 */
argument_hint: string, 
/**
 * Whether it is of the folder's project, and not the person's own.
 */
of_project: boolean, };

/**
 * Prompt commands of the person and of the open folder.
 */
export type PromptCommandsView = { 
/**
 * The commands, by name.
 */
commands: Array<PromptCommandView>, 
/**
 * Files that are no commands.
 */
rejected: Array<RejectedCommandFile>, 
/**
 * Folder of the person's own commands.
 */
folder: string, };

/**
 * Arguments that name a provider.
 */
export type ProviderArgs = { 
/**
 * Key of the provider in the config.
 */
provider: string, };

/**
 * Provider of models.
 */
export type ProviderView = { 
/**
 * Its key in the config.
 */
key: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Address; empty for the practice model.
 */
base_url: string, 
/**
 * The protocol it speaks, by the name people know it by; empty for the practice model.
 */
wire: string, 
/**
 * Whether it is on this machine.
 */
local: boolean, 
/**
 * Whether it is the practice model.
 */
practice: boolean, 
/**
 * For a local one, whether it answers; true for others.
 */
reachable: boolean, 
/**
 * Source of its key.
 */
key_source: KeySource, 
/**
 * Name of the environment variable its key is read from.
 */
env_key: string | null, 
/**
 * Models that are known to be there; more can be typed in.
 */
models: Array<string>, 
/**
 * Prices of models, where the provider's list has them; by the name of the model.
 */
prices?: { [key in string]: PriceView }, 
/**
 * The model that is used unless another is chosen.
 */
default_model: string, 
/**
 * Prompts to suggest where nothing was asked yet.
 */
suggestions: Array<string>, 
/**
 * Prompts to suggest in the sample project.
 */
sample_suggestions: Array<string>, };

/**
 * Arguments of `queue_prompt`.
 */
export type QueueArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Pieces of the prompt.
 */
items: Array<InputItem>, };

/**
 * Arguments that name a prompt of a queue.
 */
export type QueuedArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Number of the prompt.
 */
prompt: number, };

/**
 * Prompt that waits for the end of a task.
 */
export type QueuedPrompt = { 
/**
 * Its number among all of the session.
 */
id: number, 
/**
 * Beginning of its text.
 */
text: string, 
/**
 * Count of its pictures.
 */
pictures: number, };

/**
 * Calls that only looked, one after the other, as one quiet line.
 */
export type ReadToolGroup = { 
/**
 * Sum of what they did: "Read 5 files, searched 2 times".
 */
summary: string, 
/**
 * Where they stand: running while one of them is, failed when one of them came to nothing.
 */
status: CardStatus, 
/**
 * The calls, at most 50.
 */
calls: Array<LookCall>, };

/**
 * Reasoning effort of a reasoning model, the least first. Few models take all of them.
 */
export type ReasoningEffort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

/**
 * File in a folder of commands that is none.
 */
export type RejectedCommandFile = { 
/**
 * The file.
 */
path: string, 
/**
 * Reason, with the way out.
 */
reason: string, };

/**
 * Arguments of `rename_session`.
 */
export type RenameArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Its name.
 */
title: string, };

/**
 * Arguments of `reset_setting`.
 */
export type ResetSettingArgs = { 
/**
 * The setting whose saved value is removed.
 */
setting: Setting, };

/**
 * Arguments of `revert_changes`.
 */
export type RevertArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Stretch of work whose changes are shown.
 */
scope: ChangeScope, 
/**
 * Path of the file.
 */
path: string, 
/**
 * The only hunk to revert; all changes of the file when absent.
 */
hunk: HunkId | null, 
/**
 * Digest of the hunk as the person sees it.
 */
digest: string | null, };

/**
 * Extent of a revert.
 */
export type Reverted = "hunk" | "file";

/**
 * Comment on lines of a patch, as it is recorded and told to the model.
 */
export type ReviewComment = { 
/**
 * Path of the file, as the patch names it.
 */
path: string, 
/**
 * Side that the line numbers are of: the old one only where every line is taken out.
 */
side: PatchSide, 
/**
 * Number of the first line, counted from 1.
 */
line: number, 
/**
 * Number of the last line.
 */
to_line: number, 
/**
 * The first lines commented on, each with its mark as its first character: ' ', '-' or '+'.
 */
quoted: Array<string>, 
/**
 * Number of lines that are not quoted.
 */
more?: number, 
/**
 * The comment.
 */
text: string, };

/**
 * A person's answer to an [`Approval`].
 */
export type ReviewDecision = "approved" | "approved_for_session" | "approved_with_grant" | "approved_with_rule" | "preview" | "preview_used" | "preview_discarded" | "denied" | "abort";

/**
 * One row of the conversation.
 */
export type Row = { 
/**
 * Stable: the same thing keeps its id while it grows, and after a reload.
 */
id: string, 
/**
 * When it began, in milliseconds since the Unix epoch.
 */
at_ms: number, 
/**
 * Its contents.
 */
body: RowBody, };

/**
 * Contents of a row.
 */
export type RowBody = { "type": "user", 
/**
 * The task it began; absent when it was injected into one that ran.
 */
task_id?: TaskId, 
/**
 * Its pieces.
 */
content: Array<InputItem>, } | { "type": "agent", 
/**
 * The blocks.
 */
blocks: Array<Block>, 
/**
 * Whether more is coming.
 */
streaming: boolean, 
/**
 * Whether the person interrupted it.
 */
interrupted: boolean, } | { "type": "reasoning", 
/**
 * The text.
 */
text: string, 
/**
 * Whether more is coming.
 */
streaming: boolean, } | { "type": "command" } & CommandRow | { "type": "patch" } & PatchRow | { "type": "plan", 
/**
 * The plan.
 */
plan: Plan, } | { "type": "notice", 
/**
 * How much it matters.
 */
level: Severity, 
/**
 * The line.
 */
text: string, 
/**
 * The way out, when there is one.
 */
hint: string | null, } | { "type": "retry", 
/**
 * Cause, in the vendor's words or the app's.
 */
message: string, 
/**
 * When it is asked again, in milliseconds since the Unix epoch; null when nobody waits for that any more.
 */
retry_at_ms: number | null, 
/**
 * Number of the next attempt among those that may still be made, counted from 1.
 */
attempt: number, 
/**
 * How many of those there are.
 */
max_attempts: number, } | { "type": "looks" } & ReadToolGroup | { "type": "mcp" } & McpRow | { "type": "background_end", 
/**
 * The command as one line.
 */
display: string, 
/**
 * How it ended.
 */
ended_by: EndedBy, } | { "type": "compaction" } & CompactionRow | { "type": "undone" } & UndoneRow | { "type": "task_end", 
/**
 * The task.
 */
task_id: TaskId, 
/**
 * How it ended: "complete", "interrupted", "failed", ...
 */
outcome: TaskOutcome, 
/**
 * Time it took, in milliseconds.
 */
duration_ms: number, 
/**
 * Whether what it did to the files can be taken back.
 */
undo: TaskUndo, 
/**
 * Tokens it used.
 */
tokens?: TokenUsage, };

/**
 * Arguments of `rows`.
 */
export type RowsArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * First row wanted, counted from 0.
 */
from: number, 
/**
 * Number of rows, at most 500.
 */
count: number, };

/**
 * Arguments that name a rule.
 */
export type RuleArgs = { 
/**
 * Its id.
 */
id: string, };

/**
 * Decision of a rule on the commands it is about. The strictest one that matches counts.
 */
export type RuleDecision = "allow" | "ask" | "deny";

/**
 * A rule as it is typed in. It is for the open folder.
 */
export type RuleDraft = { 
/**
 * Decision about the commands.
 */
decision: RuleDecision, 
/**
 * The words they begin with, as one types them: one plain command.
 */
command: string, 
/**
 * Whether they run without the sandbox.
 */
without_sandbox: boolean, 
/**
 * Commands it must be about, checked.
 */
examples: Array<string>, 
/**
 * Commands it must not be about, checked.
 */
not_examples: Array<string>, };

/**
 * Preview of the rule that a draft would be saved as.
 */
export type RulePreview = { 
/**
 * The rule; absent when it cannot be saved.
 */
rule: RuleView | null, 
/**
 * Text that would be in the file.
 */
text: string, 
/**
 * Commands that show where it ends.
 */
samples: Array<RuleSample>, 
/**
 * Whether this very rule is saved already; its examples would be replaced.
 */
saved: boolean, 
/**
 * Reason why the rule cannot be saved.
 */
problem: CommandError | null, };

/**
 * A command, and whether a rule is about it.
 */
export type RuleSample = { 
/**
 * The command as one would type it.
 */
command: string, 
/**
 * Whether it is covered.
 */
covered: boolean, };

/**
 * One rule.
 */
export type RuleView = { 
/**
 * Names it: the same for the same rule.
 */
id: string, 
/**
 * Decision about the commands.
 */
decision: RuleDecision, 
/**
 * The words they begin with, each as it stands, made visible.
 */
words: Array<string>, 
/**
 * The words as one would type them.
 */
command: string, 
/**
 * The folder it is for, for the eye; it counts in all beneath it too.
 */
folder: string, 
/**
 * Whether it applies in the open folder.
 */
here: boolean, 
/**
 * Whether the commands run without the sandbox.
 */
without_sandbox: boolean, 
/**
 * Effect of the rule, as a sentence.
 */
says: string, 
/**
 * Warnings about the rule.
 */
warnings: Array<Warning>, 
/**
 * Commands it must be about.
 */
examples: Array<string>, 
/**
 * Commands it must not be about.
 */
not_examples: Array<string>, };

/**
 * The person's rules.
 */
export type RulesView = { 
/**
 * Rules that apply in the open folder first, the strictest of them first; then the others, by folder.
 */
rules: Array<RuleView>, 
/**
 * The file they are in, for the eye.
 */
file: string, 
/**
 * Fault in the file: none of its rules applies then, and commands not known to be safe ask.
 */
problem: CommandError | null, };

/**
 * Level of containment this machine offers; see the table in the security notes.
 */
export type SandboxLevel = "none" | "partial" | "full";

/**
 * Sandbox policy: the files and network a command can reach.
 */
export type SandboxPolicy = { "mode": "read-only", 
/**
 * Network access.
 */
network: NetworkAccess, 
/**
 * Access the person allowed beside that.
 */
granted?: Granted, } | { "mode": "workspace-write", 
/**
 * Further writable folders, absolute.
 */
writable_roots: Array<string>, 
/**
 * Network access.
 */
network: NetworkAccess, 
/**
 * Access the person allowed beside that.
 */
granted?: Granted, } | { "mode": "danger-full-access" };

/**
 * Result of probing the sandbox.
 */
export type SandboxReport = { 
/**
 * Level of containment.
 */
level: SandboxLevel, 
/**
 * Layers in place, for people: "landlock abi 7", "bubblewrap 0.8.0", ...
 */
layers: Array<string>, 
/**
 * Gaps in the containment and their reasons, for people; empty when the level is full.
 */
gaps: Array<string>, 
/**
 * Reason commands cannot run on a copy-on-write view of the project ([`ApprovalPolicy::OnEffect`]), for people; `None` where they can.
 */
no_overlay: string | null, };

/**
 * Arguments of `save_draft`.
 */
export type SaveDraftArgs = { 
/**
 * Name the window gives it, at most 500 bytes.
 */
key: string, 
/**
 * The draft as the window writes it, at most 8 MiB; nothing removes it.
 */
content: string | null, };

/**
 * Arguments of `search_sessions`.
 */
export type SearchSessionsArgs = { 
/**
 * Words, or beginnings of words, that are all in the session; what stands in `"` is looked for as it is. Empty lists all.
 */
words: string, 
/**
 * Whether to list the sessions of all folders instead of the open one.
 */
everywhere: boolean, 
/**
 * Location of the sessions.
 */
shelf: SessionShelf, 
/**
 * Count of sessions before the page.
 */
from: number, 
/**
 * Size of the page, at most 500.
 */
count: number, };

/**
 * Arguments that name a session.
 */
export type SessionArgs = { 
/**
 * The session.
 */
session: SessionId, };

/**
 * One conversation; a UUID (version 7, so that ids sort by time).
 */
export type SessionId = string;

/**
 * Location of a session.
 */
export type SessionShelf = "sessions" | "archive" | "trash";

/**
 * State of a session when a subscriber starts to follow it.
 */
export type SessionSnapshot = { 
/**
 * Id of the session.
 */
id: SessionId, 
/**
 * Id of its folder.
 */
project: string, 
/**
 * Number of the last change of the channel that is contained; later ones apply on top.
 */
seq: number, 
/**
 * Everything that is not a row.
 */
session: SessionView, 
/**
 * The Changes panel.
 */
changes: ChangesView, 
/**
 * Count of all rows.
 */
total_rows: number, 
/**
 * Position of the first of `rows`.
 */
first_row: number, 
/**
 * The last 200 rows; `rows` fetches others.
 */
rows: Array<Row>, };

/**
 * Where a session stands.
 */
export type SessionStatus = "starting" | "idle" | "running" | "waiting" | "ended";

/**
 * Session of a folder as an item of a list.
 */
export type SessionSummary = { 
/**
 * Its id.
 */
id: SessionId, 
/**
 * Its name, or the first words of its first prompt.
 */
title: string, 
/**
 * When something last happened in it, in milliseconds since the Unix epoch.
 */
updated_ms: number, 
/**
 * Status; `Ended` for one that is not open.
 */
status: SessionStatus, 
/**
 * Decisions that wait in it.
 */
waiting: number, 
/**
 * Name of the model that answers in it; empty when it is not open.
 */
model?: string, 
/**
 * When the running task began, in milliseconds since the Unix epoch.
 */
task_started_ms?: number, 
/**
 * Whether its last task failed.
 */
failed?: boolean, 
/**
 * Whether a task of it ended that nobody has looked at: see `mark_seen`.
 */
unseen?: boolean, 
/**
 * Prompts that are sent when the running task has ended, one by one.
 */
queue?: Array<QueuedPrompt>, 
/**
 * Whether the queue waits for the person, because a task was stopped or failed.
 */
queue_held?: boolean, 
/**
 * Location; `Sessions` when absent.
 */
shelf?: SessionShelf, 
/**
 * The session it was forked from.
 */
forked_from?: SessionId, 
/**
 * Id of its folder, when that is on the list; it has to be picked otherwise before the session can be opened.
 */
project?: string, 
/**
 * Its folder, for the eye: the name of one on the list, the path of another.
 */
folder?: string, 
/**
 * Text around the words that were searched for; empty when none were.
 */
snippet?: Array<SnippetPart>, };

/**
 * Everything about a session that is not a row.
 */
export type SessionView = { 
/**
 * Its id.
 */
session_id: SessionId | null, 
/**
 * Its name; the first words of its first prompt until it has one.
 */
title: string, 
/**
 * Where it stands.
 */
status: SessionStatus, 
/**
 * Key of the provider.
 */
provider: string, 
/**
 * Name of the model.
 */
model: string, 
/**
 * Its policies.
 */
policies: Policies, 
/**
 * Report of the sandbox probe; `None` until it is done.
 */
sandbox: SandboxReport | null, 
/**
 * Tokens used by the session.
 */
tokens: TokenUsage, 
/**
 * Tokens the last sampling sent: how full the context is.
 */
context_used: number, 
/**
 * Size of the context window, when it is known.
 */
context_window: number | null, 
/**
 * When the running task began, in milliseconds since the Unix epoch.
 */
task_started_ms: number | null, 
/**
 * Whether the conversation is being summarised.
 */
compacting: boolean, 
/**
 * Commands that run in the background, oldest first.
 */
background: Array<BackgroundCommand>, 
/**
 * The last task that can be taken back.
 */
undoable: TaskId | null, 
/**
 * Whether an undo can be taken back.
 */
redoable: boolean, 
/**
 * Approvals that wait for a decision, oldest first.
 */
approvals: Array<ApprovalCard>, 
/**
 * The last thing that failed, until the next task.
 */
error: ErrorInfo | null, };

/**
 * Page of a list of sessions.
 */
export type SessionsPage = { 
/**
 * Sessions of the page.
 */
sessions: Array<SessionSummary>, 
/**
 * Count of all sessions of the list.
 */
total: number, };

/**
 * A setting that the window can save.
 */
export type Setting = "provider" | "model" | "reasoning_effort" | "approval" | "sandbox" | "review_patches" | "theme" | "approve_only_viewed" | "notify_turn_complete" | "notify_approval";

/**
 * Settings in effect.
 */
export type Settings = { 
/**
 * Key of the provider that new sessions use.
 */
provider: string, 
/**
 * Model that new sessions use.
 */
model: string, 
/**
 * Reasoning effort of new sessions.
 */
reasoning_effort: ReasoningEffort | null, 
/**
 * Policies of new sessions.
 */
policies: Policies, 
/**
 * Color theme of the window.
 */
theme: Theme, 
/**
 * Whether a patch can be approved only when every hunk of it was viewed.
 */
approve_only_viewed: boolean, 
/**
 * Command that opens a file in the person's editor, as the config file says; the desktop opens it when empty. The window
 * can't change it: it names a program.
 */
editor_command: string, 
/**
 * Whether the system says when a turn is complete.
 */
notify_turn_complete: boolean, 
/**
 * Whether the system says when something waits for a decision.
 */
notify_approval: boolean, };

/**
 * Arguments of `save_settings`: the settings that the person changed.
 */
export type SettingsChange = { 
/**
 * Key of the provider that new sessions use.
 */
provider?: string, 
/**
 * Model that new sessions use.
 */
model?: string, 
/**
 * Reasoning effort; null leaves that to the model.
 */
reasoning_effort?: ReasoningEffort | null, 
/**
 * Policies of new sessions; those that differ from the ones in effect are changed.
 */
policies?: Policies, 
/**
 * Theme of the window.
 */
theme?: Theme, 
/**
 * Whether a patch can be approved only when every hunk of it was viewed.
 */
approve_only_viewed?: boolean, 
/**
 * Whether the system says when a turn is complete.
 */
notify_turn_complete?: boolean, 
/**
 * Whether the system says when something waits for a decision.
 */
notify_approval?: boolean, };

/**
 * Severity of something the app tells a person.
 */
export type Severity = "info" | "warning" | "error";

/**
 * Answer to a question on the side.
 */
export type SideAnswerView = { 
/**
 * The answer.
 */
blocks: Array<Block>, 
/**
 * The answer in Markdown, as the model wrote it.
 */
text: string, 
/**
 * Tokens it used, when the vendor said.
 */
usage: TokenUsage | null, };

/**
 * Piece of the text around the words that were searched for.
 */
export type SnippetPart = { 
/**
 * The text.
 */
text: string, 
/**
 * Whether it is what was searched for.
 */
hit: boolean, };

/**
 * A run of text in one style.
 */
export type Span = { 
/**
 * The text; a line feed in it is a line break.
 */
text: string, 
/**
 * Strong.
 */
bold?: boolean, 
/**
 * Emphasised.
 */
italic?: boolean, 
/**
 * Struck out.
 */
strike?: boolean, 
/**
 * Code.
 */
code?: boolean, 
/**
 * Where it leads: http or https only, everything else is shown as text.
 */
link?: string, };

/**
 * Status of one step of a plan.
 */
export type StepStatus = "pending" | "in_progress" | "completed";

/**
 * Arguments of `store_key`. The key goes to the keychain and nowhere else.
 */
export type StoreKeyArgs = { 
/**
 * Key of the provider in the config.
 */
provider: string, 
/**
 * The key.
 */
secret: string, };

/**
 * Arguments of `submit`.
 */
export type SubmitArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * The op.
 */
op: WindowOp, };

/**
 * Arguments of `subscribe` and `unsubscribe`.
 */
export type SubscribeArgs = { 
/**
 * Number that the subscriber got when it was attached.
 */
subscriber: number, 
/**
 * The session.
 */
session: SessionId, };

/**
 * One task of a session, counted from 1.
 */
export type TaskId = number;

/**
 * How a task ended.
 */
export type TaskOutcome = "complete" | "interrupted" | "failed";

/**
 * Whether what a task did to the files can be taken back.
 */
export type TaskUndo = "nothing" | "possible" | "undone";

/**
 * The window's colors.
 */
export type Theme = "system" | "light" | "dark";

/**
 * Kind of a token, which decides its colour.
 */
export type Token = "comment" | "string" | "escape" | "constant" | "keyword" | "type" | "function" | "attribute" | "tag" | "property" | "heading";

/**
 * Token of a line: its first UTF-16 unit, the one after its last, and its kind.
 */
export type TokenSpan = [number, number, Token];

/**
 * Tokens used by one sampling or in sum.
 */
export type TokenUsage = { 
/**
 * Tokens sent, cached ones included.
 */
input_tokens: number, 
/**
 * Of those sent, how many the vendor had cached.
 */
cached_input_tokens: number, 
/**
 * Tokens received, reasoning included.
 */
output_tokens: number, 
/**
 * Of those received, how many were reasoning.
 */
reasoning_output_tokens: number, };

/**
 * A call of an MCP tool that waits for a decision.
 */
export type ToolApproval = { 
/**
 * The server.
 */
server: string, 
/**
 * Name of the tool there.
 */
tool: string, 
/**
 * Description of the tool, in the server's words.
 */
description: string, 
/**
 * Arguments as indented JSON, all of them; empty when there are none.
 */
arguments: string, };

/**
 * How a call ended of a tool that neither runs a command nor writes a patch.
 */
export type ToolEndedBy = { "by": "succeeded" } | { "by": "failed" } | { "by": "timed_out", 
/**
 * Time it was allowed, in milliseconds.
 */
after_ms: number, } | { "by": "interrupted" } | { "by": "rejected" } | { "by": "app_stopped" } | { "by": "unavailable", 
/**
 * The reason, which names the server.
 */
why: string, };

/**
 * Progress of a tool call, as the tool's server tells it.
 */
export type ToolProgress = { 
/**
 * Part that is done, of 100; absent where the server does not say how much there is.
 */
percent?: number, 
/**
 * Count of what is done, in the server's own unit.
 */
done: number, 
/**
 * Message of the server.
 */
message?: string, };

/**
 * Part left out of the middle of a text that was too long.
 */
export type Truncation = { 
/**
 * Position of the gap in the text that is left, in bytes.
 */
at: number, 
/**
 * Lines left out; at least 1.
 */
lines: number, 
/**
 * Bytes left out.
 */
bytes: number, };

/**
 * Arguments of `trust_project`.
 */
export type TrustArgs = { 
/**
 * The folder's id.
 */
project: string, 
/**
 * Whether what is in it may steer the agent.
 */
trusted: boolean, };

/**
 * Arguments of `preview_undo`.
 */
export type UndoArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * The first task to take back; the last that changed something when absent.
 */
task_id: TaskId | null, 
/**
 * Take the last undo back instead.
 */
redo: boolean, };

/**
 * Plan of an undo or a redo, to be looked at before it is done.
 */
export type UndoView = { 
/**
 * The first task that is taken back, those after it with it; with `redo`, the one brought back.
 */
task_id: TaskId, 
/**
 * Whether it takes back an undo.
 */
redo: boolean, 
/**
 * How the files would differ from what they are now.
 */
changes: ChangesView, 
/**
 * Files somebody changed since the agent left them: left alone unless told otherwise.
 */
conflicts: Array<string>, 
/**
 * Count and names of ignored files that are gone and stay so, as a sentence.
 */
lost: string | null, };

/**
 * Result of an undo or a redo.
 */
export type UndoneRow = { 
/**
 * Whether it took back an undo.
 */
redo: boolean, 
/**
 * Extent of a revert, where a part of the changes was taken back and no task.
 */
reverted: Reverted | null, 
/**
 * Files that were put back.
 */
count: number, 
/**
 * Their paths, the first 200.
 */
paths: Array<string>, 
/**
 * Files that were left alone, since somebody changed them meanwhile.
 */
left_alone: Array<string>, 
/**
 * Whether it can be taken back now.
 */
can_redo: boolean, };

/**
 * One update for a subscriber. Each kind has a budget of its own in a batch.
 */
export type Update = { "type": "app", 
/**
 * The view.
 */
app: AppView, } | { "type": "projects", 
/**
 * Replaces the field of this name of the app's view.
 */
projects: Array<ProjectView>, 
/**
 * Replaces the field of this name of the app's view.
 */
project: string | null, } | { "type": "sessions", 
/**
 * Replaces the field of this name of the app's view.
 */
sessions: Array<SessionSummary>, 
/**
 * Replaces the field of this name of the app's view.
 */
sessions_total: number, 
/**
 * Replaces the field of this name of the app's view.
 */
elsewhere: Array<SessionSummary>, 
/**
 * Replaces the field of this name of the app's view.
 */
session: SessionId | null, } | { "type": "providers", 
/**
 * Replaces the field of this name of the app's view.
 */
providers: Array<ProviderView>, 
/**
 * Replaces the field of this name of the app's view.
 */
keychain_problem: string | null, } | { "type": "settings", 
/**
 * Replaces the field of this name of the app's view.
 */
settings: Settings, 
/**
 * Replaces the field of this name of the app's view.
 */
setting_sources: { [key in Setting]?: ValueSource }, } | { "type": "sandbox", 
/**
 * Replaces the field of this name of the app's view.
 */
sandbox: SandboxReport | null, } | { "type": "inbox", 
/**
 * Replaces the field of this name of the app's view.
 */
waiting: number, 
/**
 * Replaces the field of this name of the app's view.
 */
inbox: Array<InboxItem>, } | { "type": "mcp" } | { "type": "session", 
/**
 * The session.
 */
id: SessionId, 
/**
 * Number of the change, counted without gaps from the `seq` of the snapshot that `subscribe` returned.
 */
seq: number, 
/**
 * The change.
 */
change: Change, } | { "type": "lagged", 
/**
 * The session.
 */
id: SessionId, } | { "type": "closed", 
/**
 * The session.
 */
id: SessionId, } | { "type": "reveal", 
/**
 * The session; it may not be open.
 */
id: SessionId, };

/**
 * One message of the channel: at most one per frame.
 */
export type UpdateBatch = { 
/**
 * Number of the batch, counted from 1 without gaps since the subscriber was attached.
 */
seq: number, 
/**
 * Updates in the order in which they apply.
 */
updates: Array<Update>, };

/**
 * The layer that a setting's value comes from.
 */
export type ValueSource = { "from": "default" } | { "from": "config_file", 
/**
 * The file.
 */
path: string, 
/**
 * Line of the key, counted from 1.
 */
line: number, } | { "from": "profile", 
/**
 * Name of the profile.
 */
name: string, 
/**
 * The file.
 */
path: string, 
/**
 * Line of the key, counted from 1.
 */
line: number, } | { "from": "overlay" } | { "from": "command_line" } | { "from": "environment", 
/**
 * Name of the variable.
 */
name: string, };

/**
 * A warning for a person, to be shown before they decide.
 */
export type Warning = { 
/**
 * Severity.
 */
severity: Severity, 
/**
 * The warning, as sentences.
 */
text: string, };

/**
 * Op that a window may submit to a session.
 */
export type WindowOp = { "type": "user_input", 
/**
 * Pieces of the prompt.
 */
items: Array<InputItem>, } | { "type": "interrupt" } | { "type": "retry_now" } | { "type": "decide", 
/**
 * The call.
 */
call_id: CallId, 
/**
 * Binding of the card that was shown.
 */
binding: string, 
/**
 * The answer.
 */
decision: ReviewDecision, 
/**
 * Accepted hunks of a patch; all of them when absent.
 */
hunks?: HunkSelection | null, 
/**
 * A note for the model.
 */
note?: string | null, 
/**
 * Comments on lines of a patch, for the model.
 */
comments?: Array<HunkComment>, } | { "type": "stop_command", 
/**
 * The call that started it.
 */
call_id: CallId, } | { "type": "compact" } | { "type": "set_policy", 
/**
 * The new ones.
 */
policies: Policies, };

/** The command table: arguments and reply of everything the window can ask of the host. */
export interface Commands {
  /** Returns everything that belongs to no single session. */
  app: { args: NoArgs; reply: AppView };
  /** Shows the native folder dialog; opens what was picked. `null` when nothing was. */
  pick_folder: { args: NoArgs; reply: ProjectView | null };
  /** Opens a folder picked before. */
  open_project: { args: ProjectArgs; reply: ProjectView };
  /** Opens the sample project of the practice model, which is written first where it is not there. */
  open_sample: { args: NoArgs; reply: ProjectView };
  /** Removes a folder from the list; its files and sessions stay. */
  forget_project: { args: ProjectArgs; reply: null };
  /** Sets whether what is in the folder may steer the agent. Sessions started later follow it. */
  trust_project: { args: TrustArgs; reply: ProjectView };
  /** Returns the files that steer the agent once the folder is trusted, with their contents. */
  instruction_files: { args: ProjectArgs; reply: Array<InstructionFileView> };
  /** Confirms that the agent may work in a folder that holds more than a project. */
  confirm_folder: { args: ProjectArgs; reply: ProjectView };
  /** Starts a session in a folder. */
  new_session: { args: NewSessionArgs; reply: SessionId };
  /** Opens a session unless it is open, and its folder when that is another one of the list. */
  open_session: { args: SessionArgs; reply: SessionId };
  /** Sends the changes of an open session to a subscriber from now on, on top of the snapshot that is returned. A subscriber */
  /** that follows the session already gets a new snapshot. */
  subscribe: { args: SubscribeArgs; reply: SessionSnapshot };
  /** Stops sending the changes of a session to a subscriber. */
  unsubscribe: { args: SubscribeArgs; reply: null };
  /** Finds sessions by what was said in them, the best first; lists them, the last used first, when there are no words. */
  search_sessions: { args: SearchSessionsArgs; reply: SessionsPage };
  /** Starts a session as another one was up to the end of a task, and opens it. */
  fork_session: { args: ForkArgs; reply: SessionId };
  /** Keeps a prompt until the running task has ended, and sends it then; sends it at once when no task runs. */
  queue_prompt: { args: QueueArgs; reply: null };
  /** Takes a prompt out of the queue, to be edited. */
  take_queued: { args: QueuedArgs; reply: Array<InputItem> };
  /** Puts the queue in this order; what is not named is removed. */
  order_queue: { args: OrderQueueArgs; reply: null };
  /** Sends a prompt of the queue at once, into the running task where one runs. */
  send_queued: { args: QueuedArgs; reply: null };
  /** Writes a session to a file that the person picks, without the secrets in it. `null` when none was picked. */
  export_session: { args: ExportArgs; reply: Exported | null };
  /** Says that the person sees a session: the mark of a task that ended in it goes. */
  mark_seen: { args: SessionArgs; reply: null };
  /** Renames a session. */
  rename_session: { args: RenameArgs; reply: null };
  /** Moves a session to the archive, or back. One that is open is ended; a running task has to be stopped first. */
  archive_session: { args: ArchiveArgs; reply: null };
  /** Moves a session to the trash. One that is open is ended; a running task has to be stopped first. */
  delete_session: { args: SessionArgs; reply: null };
  /** Moves a session out of the trash. */
  restore_session: { args: SessionArgs; reply: null };
  /** Submits an op, and returns at once. */
  submit: { args: SubmitArgs; reply: OpId };
  /** Asks the model about a session, on the side: neither the question nor the answer becomes part of it. */
  ask_aside: { args: AskAsideArgs; reply: SideAnswerView };
  /** Rows by position. */
  rows: { args: RowsArgs; reply: Array<Row> };
  /** Finds a text in all rows of a session, and in all that is kept of what its commands printed. */
  find_in_session: { args: FindArgs; reply: FoundRows };
  /** Markdown of the last answer, as the model wrote it; nothing when there is none yet. */
  last_answer: { args: SessionArgs; reply: string | null };
  /** Lines of a hunk that was too long for its message. */
  hunk_lines: { args: HunkLinesArgs; reply: Array<DiffLine> };
  /** Lines of a file that a waiting patch changes, as they are before it. */
  context_lines: { args: ContextLinesArgs; reply: ContextLines };
  /** A hunk of a waiting patch with the person's text in place of the model's. */
  edited_hunk: { args: EditedHunkArgs; reply: HunkView };
  /** Syntax colours of lines of a hunk: the tokens of each, in order. */
  hunk_tokens: { args: HunkLinesArgs; reply: Array<Array<TokenSpan>> };
  /** Syntax colours of a code block: the tokens of each line, in order. None for a language that is not known. */
  code_tokens: { args: CodeArgs; reply: Array<Array<TokenSpan>> };
  /** Everything a command printed, or a tool said, that was kept (1 MiB). */
  command_output: { args: CallArgs; reply: string };
  /** Previews an undo or a redo. */
  preview_undo: { args: UndoArgs; reply: UndoView };
  /** Puts the files back; returns when that is done. */
  apply_undo: { args: ApplyUndoArgs; reply: null };
  /** The changes of a stretch of work, compared with the files as they are now. */
  compare_changes: { args: CompareArgs; reply: ChangesView };
  /** The part of the conversation that a hunk came from; `null` where no patch of the session made it. */
  hunk_origin: { args: HunkOriginArgs; reply: HunkOrigin | null };
  /** Both versions of a file of the changes that is no text: sizes, and the pictures they are. */
  file_versions: { args: FileVersionsArgs; reply: FileVersions };
  /** Reverts a hunk or a file of the changes that are shown; returns when that is done. */
  revert_changes: { args: RevertArgs; reply: null };
  /** A diff, or a part of one, as a patch that git takes. */
  patch_text: { args: PatchTextArgs; reply: string };
  /** Writes a patch to a file that the person picks. `null` when none was picked. */
  export_patch: { args: PatchTextArgs; reply: Exported | null };
  /** Saves the settings that changed. */
  save_settings: { args: SettingsChange; reply: AppView };
  /** Removes a saved setting: the config file decides again, or else the default. */
  reset_setting: { args: ResetSettingArgs; reply: AppView };
  /** Stores a provider's key in the keychain. */
  store_key: { args: StoreKeyArgs; reply: AppView };
  /** Deletes a provider's key from the keychain. */
  delete_key: { args: ProviderArgs; reply: AppView };
  /** Probes the providers again, those of local servers included. */
  find_providers: { args: NoArgs; reply: AppView };
  /** The person's rules about commands. */
  rules: { args: NoArgs; reply: RulesView };
  /** Previews the rule that a draft would be saved as, and the commands it would cover. */
  preview_rule: { args: RuleDraft; reply: RulePreview };
  /** Saves a rule for the open folder, exactly as it was shown. */
  add_rule: { args: AddRuleArgs; reply: RulesView };
  /** Deletes a rule from the file. */
  delete_rule: { args: RuleArgs; reply: RulesView };
  /** Restores a rule that was deleted since the app was started. */
  restore_rule: { args: RuleArgs; reply: RulesView };
  /** Opens the file of the rules in the person's editor. */
  open_rules_file: { args: NoArgs; reply: null };
  /** Shows whether a command would run, ask or be refused in the open folder, and why. It is not run. */
  dry_run_command: { args: DryRunArgs; reply: DryRunResult };
  /** The MCP servers of the configuration, with their status in a session. */
  mcp_servers: { args: McpServersArgs; reply: McpServersView };
  /** Files of the open folder that match, best first, at most 20. */
  find_files: { args: FindFilesArgs; reply: Array<string> };
  /** The prompt commands of the person and of the open folder, with the files that are none. */
  prompt_commands: { args: NoArgs; reply: PromptCommandsView };
  /** Returns the prompt that a command with arguments stands for: `/review src/lib.rs`. `null` when the text is no command. */
  expand_prompt: { args: ExpandPromptArgs; reply: string | null };
  /** The person's prompts, the newest first, at most 100. */
  prompt_history: { args: NoArgs; reply: Array<string> };
  /** A draft as it was saved last; `null` when there is none. */
  draft: { args: DraftArgs; reply: string | null };
  /** Saves a draft, or removes it. */
  save_draft: { args: SaveDraftArgs; reply: null };
  /** Everything a commit in a folder would do. Nothing is written. */
  commit_plan: { args: ProjectArgs; reply: CommitPlan };
  /** Makes a commit of files as they are now. */
  commit: { args: CommitArgs; reply: CommitAnswer };
  /** Opens a changed file in the person's editor. */
  open_file: { args: OpenFileArgs; reply: null };
  /** Finds the paths of files of the project in texts: those that are there, with their line numbers. */
  file_links: { args: FileLinksArgs; reply: Array<Array<FileLink>> };
  /** Reads a file of the session's project. */
  file_text: { args: FileArgs; reply: FileText };
  /** Opens a file of the session's project in the person's editor. */
  open_project_file: { args: OpenFileArgs; reply: null };
  /** Opens an address in the person's browser. */
  open_link: { args: OpenLinkArgs; reply: null };
}
