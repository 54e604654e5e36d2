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
 * Check of the project with this patch; absent where none ran.
 */
check?: CheckCard, 
/**
 * Review of this patch by a second model; absent where there was none.
 */
model_review?: ModelReviewCard, 
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
text: string, 
/**
 * Name that the window gives the question: its answer comes in updates of that name meanwhile, and is stopped by it.
 */
name?: string | null, 
/**
 * The hunk that the question is about, which is quoted.
 */
about?: HunkRef | null, };

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
previewed?: boolean, } | { "type": "bring_in", 
/**
 * The copy.
 */
copy: CopyId, 
/**
 * Changes that can't be brought in, each with the reason.
 */
left_out?: Array<string>, } | { "type": "no_overlay", 
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
 * Whoever decided on a call.
 */
export type Authority = { "by": "person", 
/**
 * Time of the decision, in milliseconds since the Unix epoch.
 */
at_ms: number, 
/**
 * Answer of the person.
 */
answer: ReviewDecision, 
/**
 * SHA-256 (hex) of all that was shown, which the answer had to name.
 */
binding: string, } | { "by": "nobody", 
/**
 * Time of the answer, in milliseconds since the Unix epoch.
 */
at_ms: number, } | { "by": "session", 
/**
 * Time of that approval, in milliseconds since the Unix epoch.
 */
at_ms: number, } | { "by": "rule", 
/**
 * Beginnings of the commands that the rules allow.
 */
rules: Array<Array<string>>, } | { "by": "policy", 
/**
 * Approval policy.
 */
approval: ApprovalPolicy, 
/**
 * Sandbox of commands.
 */
sandbox: string, 
/**
 * Whether every patch was to be reviewed.
 */
review_patches: boolean, };

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
 * How the app runs without its window.
 */
export type BackgroundView = { 
/**
 * Whether the desktop shows the app's tray icon.
 */
tray: boolean, 
/**
 * Whether the system starts the app at login; `null` where it can't.
 */
start_at_login: boolean | null, };

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
 * Check of a patch. Every text is made visible.
 */
export type CheckCard = { 
/**
 * The check as one piece of text.
 */
command: string, 
/**
 * Hunks in place in the run that `state` is of.
 */
hunks: HunkSelection, 
/**
 * State of that run.
 */
state: CheckState, 
/**
 * Number of runs of the search that is under way; absent where there is none.
 */
search_runs?: number, 
/**
 * Result of the last search.
 */
finding?: CheckFinding, };

/**
 * Result of a search over a patch's hunks.
 */
export type CheckFinding = { "type": "needed", 
/**
 * The hunks, in the patch's order; none where it passes without any.
 */
hunks: Array<HunkId>, 
/**
 * Whether none of them can be left out; false when the search reached its limit of runs.
 */
is_minimal: boolean, } | { "type": "breaking", 
/**
 * The hunks, in the patch's order.
 */
hunks: Array<HunkId>, 
/**
 * Whether none of them can be put back; false when the search reached its limit of runs.
 */
is_minimal: boolean, } | { "type": "nothing_passes", 
/**
 * Number of sets that were tried.
 */
tried: number, 
/**
 * False when the search reached its limit of runs.
 */
is_complete: boolean, } | { "type": "stopped" };

/**
 * Check of the project with hunks of a patch, on a copy.
 */
export type CheckRecord = { 
/**
 * Program and arguments.
 */
argv: Array<string>, 
/**
 * Ids of the hunks that were in place: of a patch that was let through, those that were written.
 */
hunks: Array<string>, 
/**
 * How it ended: it passed where it exited with 0.
 */
end: EndedBy, 
/**
 * Time it ran, in milliseconds.
 */
duration_ms: number, };

/**
 * State of a check.
 */
export type CheckState = { "type": "running", 
/**
 * Time it began, in milliseconds since the Unix epoch.
 */
since_ms: number, } | { "type": "passed", 
/**
 * Time it ran, in milliseconds.
 */
duration_ms: number, } | { "type": "failed", 
/**
 * How it ended.
 */
ended_by: EndedBy, 
/**
 * Time it ran, in milliseconds.
 */
duration_ms: number, 
/**
 * End of its output.
 */
output: string, } | { "type": "stopped" } | { "type": "impossible", 
/**
 * Reason.
 */
why: string, };

/**
 * A commit that a receipt was compared with.
 */
export type CheckedCommit = { 
/**
 * Id of the commit.
 */
id: string, 
/**
 * Number of lines that it changes.
 */
lines: number, 
/**
 * Number of those that nothing in the receipt tells of.
 */
unrecorded: number, 
/**
 * The lines, by file.
 */
spans: Array<CheckedLines>, };

/**
 * Lines of a commit with the record behind them.
 */
export type CheckedLines = { 
/**
 * Path of the file in the repository.
 */
path: string, 
/**
 * Numbers of the first line and of the last one; `None` for a file as a whole.
 */
lines: [number, number] | null, 
/**
 * Whether they are lines of the parent, which the commit removes.
 */
removed: boolean, 
/**
 * Number of the record that tells of them; `None` where none does.
 */
record: number | null, 
/**
 * Whoever let them be written.
 */
authority: Authority | null, 
/**
 * Outcome of the hunk that they are of.
 */
state: HunkState | null, 
/**
 * The command that wrote them, or may have where no record tells of them.
 */
command: string | null, };

/**
 * Effect of closing the window while agents are at work.
 */
export type CloseAction = "ask" | "keep_running" | "quit";

/**
 * Answer to the question what closing the window should do.
 */
export type CloseAnswer = "keep_running" | "quit";

/**
 * Arguments of `close_question_shown`.
 */
export type CloseQuestionArgs = { 
/**
 * Number of the request.
 */
request: number, };

/**
 * Arguments of `close_window`.
 */
export type CloseWindowArgs = { 
/**
 * The person's answer.
 */
answer: CloseAnswer, 
/**
 * Whether to save the answer as the setting, and not to ask again.
 */
remember: boolean, };

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
preview: PreviewCard | null, 
/**
 * Sentences about access that a preview has for real, beside the copy of the project.
 */
preview_reach?: Array<string>, };

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
 * Command that ran, or was declined.
 */
export type CommandRecord = { 
/**
 * Call of the model.
 */
call: string, 
/**
 * Program and arguments.
 */
argv: Array<string>, 
/**
 * Folder it ran in, relative to the session's; empty for that.
 */
folder: string, 
/**
 * Sandbox it ran in.
 */
sandbox: string, 
/**
 * Whether it could reach the network.
 */
network: boolean, 
/**
 * Access that a person allowed it beside what the sandbox says.
 */
granted?: Array<string>, 
/**
 * Whether it ran on a copy of the project: what it changed there is a patch.
 */
on_copy?: boolean, 
/**
 * Whether it ran in the background.
 */
background?: boolean, 
/**
 * The decision.
 */
decision: ReceiptDecision, 
/**
 * How it ended; absent while that is not known.
 */
end?: EndedBy, 
/**
 * Time it ran, in milliseconds.
 */
duration_ms: number, 
/**
 * Access that the sandbox refused it.
 */
denied?: string, };

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
rejected: string | null, 
/**
 * Comparison with its preview.
 */
as_previewed?: PreviewComparison, };

/**
 * Answer of git to a commit.
 */
export type CommitAnswer = { "type": "made", 
/**
 * Its short id.
 */
id: string, 
/**
 * Output of git where the index was not brought up to date with the commit: its files look staged until they are reset.
 */
index_error?: string, } | { "type": "refused", 
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
 * Files of the plan of which only some hunks are recorded.
 */
partial?: Array<PartialCommitFile>, 
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
 * File or picture in the clipboard.
 */
export type CopiedFile = { 
/**
 * Name of the file; empty for a picture that is none.
 */
name: string, 
/**
 * Bytes in base64: all of a picture, and the first few of what is none. `None` when it can't be read.
 */
base64: string | null, 
/**
 * Whether it can't be read because all of them together are too large.
 */
too_large: boolean, };

/**
 * Files and pictures in the clipboard.
 */
export type CopiedFiles = { 
/**
 * The first of them.
 */
files: Array<CopiedFile>, 
/**
 * Count of the others.
 */
left_out: number, };

/**
 * Arguments that name an isolated copy.
 */
export type CopyArgs = { 
/**
 * The copy.
 */
copy: CopyId, };

/**
 * One isolated copy of a folder; a UUID (version 7, so that ids sort by time).
 */
export type CopyId = string;

/**
 * Session that works on an isolated copy.
 */
export type CopySession = { 
/**
 * Its id.
 */
id: SessionId, 
/**
 * Its name.
 */
title: string, };

/**
 * Isolated copy as an item of a list.
 */
export type CopyView = { 
/**
 * Its id.
 */
id: CopyId, 
/**
 * Id of its folder, when that is on the list: its changes can be brought in only then.
 */
project?: string, 
/**
 * Its folder, for the eye.
 */
folder: string, 
/**
 * Time it was made, in milliseconds since the Unix epoch.
 */
created_ms: number, 
/**
 * Bytes that its changes take.
 */
bytes: number, 
/**
 * Sessions that work on it, the first one first.
 */
sessions: Array<CopySession>, 
/**
 * Whether it was discarded: it can be restored until the trash is emptied.
 */
discarded: boolean, };

/**
 * Tokens that all sessions used on a day.
 */
export type DayUsage = { 
/**
 * Beginning of the day.
 */
from_ms: number, 
/**
 * The tokens, by model; none on a day without.
 */
usage: Array<ModelUsage>, };

/**
 * Arguments of `day_usage`.
 */
export type DayUsageArgs = { 
/**
 * Beginnings of the days, in milliseconds since the Unix epoch, in order, and the end of the last one. A day is as the person
 * has it, which the window knows.
 */
bounds: Array<number>, };

/**
 * Reference to a decision that waits.
 */
export type DecisionRef = { 
/**
 * The session that waits.
 */
session: SessionId, 
/**
 * The call to decide about.
 */
call_id: CallId, };

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
marks: Array<[number, number]>, 
/**
 * How it ends, where the change is of line endings too.
 */
end?: LineEnd, };

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
 * Arguments of `draft_commit_message`.
 */
export type DraftMessageArgs = { 
/**
 * The session whose model is asked.
 */
session: SessionId, 
/**
 * Files of the commit, as the plan names them.
 */
paths: Array<string>, 
/**
 * Files of which only some hunks are in it.
 */
partial?: Array<PartialCommitFile>, 
/**
 * Text that the person has typed of the message.
 */
typed: string, 
/**
 * Name that the window gives the request, as for a question on the side.
 */
name: string, };

/**
 * A draft, as the app keeps it.
 */
export type DraftReply = { 
/**
 * Its content; `None` where nothing is kept.
 */
content: string | null, 
/**
 * Whether drafts are kept at all: those of a person who keeps no history are not.
 */
is_kept: boolean, };

/**
 * Message of a commit as the model drafted it.
 */
export type DraftedMessage = { 
/**
 * The message.
 */
text: string, 
/**
 * Whether the person stopped it: this is as far as it had come.
 */
stopped: boolean, 
/**
 * Tokens it used, when the vendor said.
 */
usage: TokenUsage | null, };

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
text: string, 
/**
 * An open session whose folder's commands count; those of the open folder do when absent.
 */
session?: SessionId | null, };

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
 * Diff that contains it.
 */
of: HunkSource, 
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
query: string, 
/**
 * An open session whose folder is searched; the open folder is when absent.
 */
session?: SessionId | null, };

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
 * Hunk of a file's changes, as it was shown.
 */
export type HunkPick = { 
/**
 * Position in the file, counted from 0.
 */
at: number, 
/**
 * Its digest.
 */
digest: string, };

/**
 * Hunk of a diff of a session.
 */
export type HunkRef = { 
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
 * Outcome of a hunk.
 */
export type HunkState = "written" | "edited" | "in_part" | "declined" | "not_written";

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
 * SHA-256 (hex) over the lines it takes out and those it puts in, with their ends where these change: the same change has the same digest, wherever it stands.
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
 * Line endings of the lines that change, where they are not those of the lines before and around.
 */
ends?: LineEnds, 
/**
 * Of a hunk that the project changed as well since the isolated copy was made: the lines of both before. It takes out the lines of
 * the project, and puts in those of the copy.
 */
conflict?: Array<string>, 
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
export type InboxKind = "command" | "patch" | "tool" | "limit";

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
 * Instructions that the model was given beside the prompts.
 */
export type InstructionsInForce = { 
/**
 * SHA-256 (hex) of the agent's own instructions, where they replace those that are built in.
 */
base_sha256?: string, 
/**
 * SHA-256 (hex) of the person's and the project's instructions (AGENTS.md), when there were any.
 */
project_sha256?: string, 
/**
 * Their length in bytes.
 */
project_bytes?: number, };

/**
 * Source of a provider's key.
 */
export type KeySource = "not_needed" | "keychain" | "environment" | "session" | "missing";

/**
 * End of a line in a file.
 */
export type LineEnd = "lf" | "crlf" | "none";

/**
 * Kinds of line endings on both sides of a change.
 */
export type LineEnds = { 
/**
 * Those of the lines it takes out.
 */
old: Array<LineEnd>, 
/**
 * Those of the lines it puts in.
 */
new: Array<LineEnd>, };

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
 * Price of a model, in millionths of a dollar for a million tokens.
 */
export type ModelPrice = { 
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
 * Review of a patch by a model. Every text is made visible.
 */
export type ModelReviewCard = { 
/**
 * The model.
 */
model: string, 
/**
 * State of the review.
 */
state: ModelReviewState, 
/**
 * The last review that came to comments, where this one has none and is not complete.
 */
earlier?: ModelReviewCard, };

/**
 * State of a review by a model.
 */
export type ModelReviewState = { "type": "running", 
/**
 * Time it began, in milliseconds since the Unix epoch.
 */
since_ms: number, } | { "type": "completed", 
/**
 * Its comments, in the patch's order.
 */
comments: Array<HunkComment>, 
/**
 * Its last words, about the patch as a whole.
 */
summary: string, 
/**
 * Lines of the patch that it was not shown, as there are too many of them.
 */
unseen: Array<UnseenLines>, 
/**
 * Time it took, in milliseconds.
 */
duration_ms: number, 
/**
 * Tokens it used.
 */
usage: TokenUsage, } | { "type": "stopped", 
/**
 * Comments that it had made by then.
 */
comments: Array<HunkComment>, 
/**
 * Tokens it used.
 */
usage: TokenUsage, } | { "type": "failed", 
/**
 * The error.
 */
message: string, 
/**
 * The way out.
 */
hint: string | null, 
/**
 * Comments that it had made by then.
 */
comments: Array<HunkComment>, 
/**
 * Tokens it used.
 */
usage: TokenUsage, };

/**
 * Tokens used with one model.
 */
export type ModelUsage = { 
/**
 * Key of the provider.
 */
provider: string, 
/**
 * Name of the model.
 */
model: string, 
/**
 * The tokens.
 */
tokens: TokenUsage, };

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
provider?: string | null, 
/**
 * Whether it works on an isolated copy of the folder, made now.
 */
isolated?: boolean, };

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
 * File of which a commit records some hunks: the last commit's version of it with these put in.
 */
export type PartialCommitFile = { 
/**
 * Path relative to the project's folder.
 */
path: string, 
/**
 * Its hunks against the last commit, as they were shown. Where they are others by now, nothing is committed.
 */
hunks: Array<HunkPick>, };

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
 * Check of the project that was recorded with the decision.
 */
check?: CheckCard, 
/**
 * Review of it by a second model.
 */
model_review?: ModelReviewCard, 
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
 * Comparison of a command that ran for real with its preview.
 */
export type PreviewComparison = { "type": "same" } | { "type": "different", 
/**
 * Paths that are not as the preview left them, at most [`MAX_COMPARED_PATHS`]; relative to the session's folder where they lie
 * in it.
 */
paths: Array<string>, };

/**
 * Arguments that name a folder.
 */
export type ProjectArgs = { 
/**
 * The folder's id.
 */
project: string, };

/**
 * Check of a project, as it can be changed.
 */
export type ProjectCheckView = { 
/**
 * The check, as one types it; none when absent.
 */
command: string | null, 
/**
 * Time it may take, in seconds.
 */
timeout_s: number, 
/**
 * Commands that could be it: those that the agent ran, then those that the folder's files suggest.
 */
suggestions: Array<string>, 
/**
 * Reason it cannot run beside patches on this machine.
 */
impossible: string | null, };

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
 * Arguments of `prompt_commands`.
 */
export type PromptCommandsArgs = { 
/**
 * An open session whose folder's commands are listed; those of the open folder are when absent.
 */
session?: SessionId | null, };

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
 * For a local one, whether it runs; true for others.
 */
reachable: boolean, 
/**
 * The reason a local one that runs lists no models. It may answer prompts all the same.
 */
problem?: string, 
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
 * Prices of models, from the provider's list or else from the config file; by the name of the model.
 */
prices?: { [key in string]: ModelPrice }, 
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
 * Task that reached its limit, and waits for the person.
 */
export type ReachedLimit = { 
/**
 * The task.
 */
task_id: TaskId, 
/**
 * Tokens it used.
 */
used: TokenUsage, 
/**
 * Cost of these, in millionths of a dollar, as far as prices are known.
 */
cost?: number, 
/**
 * The limit: of all the task used, or of what it used since the person last let it go on.
 */
limit: TaskLimit, };

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
 * Change of a path.
 */
export type ReceiptChange = { 
/**
 * Path relative to the session's folder, with slashes.
 */
path: string, };

/**
 * Findings about a receipt.
 */
export type ReceiptCheck = { 
/**
 * Number of its records.
 */
records: number, 
/**
 * Signs of tampering; none when it is as it was written.
 */
faults: Array<ReceiptFault>, 
/**
 * Owner of its key.
 */
signer: ReceiptSigner, 
/**
 * Fingerprint of its key.
 */
fingerprint: string | null, 
/**
 * Counts.
 */
summary: ReceiptSummary, 
/**
 * The commit that it was compared with.
 */
commit: CheckedCommit | null, };

/**
 * Comment of a person on lines of a patch.
 */
export type ReceiptComment = { 
/**
 * Path of the file.
 */
path: string, 
/**
 * Number of the first line, counted from 1.
 */
line: number, 
/**
 * Number of the last line.
 */
to_line: number, 
/**
 * The comment.
 */
text: string, };

/**
 * Decision on a call.
 */
export type ReceiptDecision = { 
/**
 * Whether it let the call happen.
 */
approved: boolean, 
/**
 * Note of the person for the model.
 */
note?: string, 
/**
 * Comments of the person on lines.
 */
comments?: Array<ReceiptComment>, 
/**
 * Check of the project that had run when it was made.
 */
check?: CheckRecord, } & ({ "by": "person", 
/**
 * Time of the decision, in milliseconds since the Unix epoch.
 */
at_ms: number, 
/**
 * Answer of the person.
 */
answer: ReviewDecision, 
/**
 * SHA-256 (hex) of all that was shown, which the answer had to name.
 */
binding: string, } | { "by": "nobody", 
/**
 * Time of the answer, in milliseconds since the Unix epoch.
 */
at_ms: number, } | { "by": "session", 
/**
 * Time of that approval, in milliseconds since the Unix epoch.
 */
at_ms: number, } | { "by": "rule", 
/**
 * Beginnings of the commands that the rules allow.
 */
rules: Array<Array<string>>, } | { "by": "policy", 
/**
 * Approval policy.
 */
approval: ApprovalPolicy, 
/**
 * Sandbox of commands.
 */
sandbox: string, 
/**
 * Whether every patch was to be reviewed.
 */
review_patches: boolean, });

/**
 * Sign of tampering.
 */
export type ReceiptFault = { "fault": "changed", 
/**
 * Number of the record.
 */
number: number, } | { "fault": "removed", 
/**
 * Number of the first.
 */
from: number, 
/**
 * Number of the last.
 */
to: number, } | { "fault": "added", 
/**
 * Its number.
 */
number: number, 
/**
 * Its place in the file, counted from 1.
 */
place: number, } | { "fault": "reordered", 
/**
 * Number of the record.
 */
number: number, } | { "fault": "unreadable", 
/**
 * Its place in the file, counted from 1.
 */
place: number, 
/**
 * Reason.
 */
why: string, } | { "fault": "signature" };

/**
 * File that a patch changes.
 */
export type ReceiptFile = { 
/**
 * Path relative to the session's folder, with slashes; as the patch names it when it is outside.
 */
path: string, 
/**
 * Kind of change: "add", "delete" or "update".
 */
kind: string, 
/**
 * Path it moves to.
 */
moved_to?: string, 
/**
 * SHA-256 (hex) of the file as it was when the patch was shown; absent where there was none.
 */
base_sha256?: string, 
/**
 * Whether it is taken as a whole: its hunk describes it, and is no text of it.
 */
whole?: boolean, 
/**
 * Its hunks.
 */
hunks: Array<ReceiptHunk>, };

/**
 * Hunk of a patch. Lines are the first 16 bytes (hex) of the SHA-256 of their text without the line ending, and are there where
 * it was written.
 */
export type ReceiptHunk = { 
/**
 * Id within the patch.
 */
id: string, 
/**
 * SHA-256 (hex) of what was shown: the lines taken out, each after a `-`, and those put in, each after a `+`, with line feeds.
 */
sha256: string, 
/**
 * First line that it replaces, counted from 1, in the file as it was.
 */
line: number, 
/**
 * Outcome.
 */
state: HunkState, 
/**
 * Whether the person had marked it as viewed; absent where marks are not known.
 */
viewed?: boolean, 
/**
 * Lines before it.
 */
before?: Array<string>, 
/**
 * Lines that it takes out.
 */
old?: Array<string>, 
/**
 * Lines that were put in their place.
 */
written?: Array<string>, 
/**
 * Lines after it.
 */
after?: Array<string>, };

/**
 * Record of a receipt: one thing that happened, chained to the one before.
 */
export type ReceiptRecord = { 
/**
 * Number, counted from 1 without gaps.
 */
number: number, 
/**
 * SHA-256 (hex) of the text of the record before; 64 zeros in the first.
 */
previous: string, 
/**
 * Time of the fact it is made of, in milliseconds since the Unix epoch.
 */
at_ms: number, 
/**
 * Task it belongs to, when one ran.
 */
task?: number, } & ({ "type": "session", 
/**
 * Id of the session.
 */
session: string, 
/**
 * Version of the app that wrote its transcript.
 */
version: string, 
/**
 * Name of the session's folder.
 */
project: string, 
/**
 * Path of that folder in its repository, with slashes; empty for the top of it, absent when it was in none.
 */
folder?: string, 
/**
 * Commit the folder was at when the session began.
 */
commit?: string, 
/**
 * Branch it was on.
 */
branch?: string, 
/**
 * Session it was forked from.
 */
forked_from?: string, 
/**
 * Name of the agent that ran it before it was imported. Nothing of that is in the receipt.
 */
imported_from?: string, } | { "type": "settings", 
/**
 * Key of the provider.
 */
provider: string, 
/**
 * Name of the model.
 */
model: string, 
/**
 * Reasoning effort, when one was set.
 */
reasoning_effort?: string, 
/**
 * Approval policy.
 */
approval: ApprovalPolicy, 
/**
 * Sandbox of commands.
 */
sandbox: string, 
/**
 * Whether every patch was to be reviewed.
 */
review_patches: boolean, 
/**
 * Instructions that the model was given beside the prompts.
 */
instructions: InstructionsInForce, } | { "type": "task", 
/**
 * First line of its prompt.
 */
prompt: string, } | { "type": "patch", 
/**
 * Call of the model.
 */
call: string, 
/**
 * The decision.
 */
decision: ReceiptDecision, 
/**
 * Whether it was what a command changed on a copy of the project.
 */
of_command?: boolean, 
/**
 * Reason it was not written though it was let through.
 */
failure?: string, 
/**
 * Files it changes.
 */
files: Array<ReceiptFile>, } | { "type": "command" } & CommandRecord | { "type": "tool", 
/**
 * Call of the model.
 */
call: string, 
/**
 * Name of the server.
 */
server: string, 
/**
 * Name of the tool.
 */
tool: string, 
/**
 * The decision.
 */
decision: ReceiptDecision, 
/**
 * How it ended.
 */
end: string, } | { "type": "refused", 
/**
 * Call of the model.
 */
call: string, 
/**
 * Name of the tool.
 */
tool: string, 
/**
 * Reason.
 */
why: string, } | { "type": "changed", 
/**
 * Call that changed them, where only one can have.
 */
call?: string, 
/**
 * The files.
 */
paths: Array<ReceiptChange>, } | { "type": "undo", 
/**
 * First task of those that were taken back.
 */
of_task: number, 
/**
 * Whether an undo was taken back.
 */
redo?: boolean, 
/**
 * Extent.
 */
extent: UndoExtent, 
/**
 * Files that were put back.
 */
paths: Array<string>, 
/**
 * Files that were left as they were, since somebody changed them meanwhile.
 */
left_alone?: Array<string>, } | { "type": "ended", 
/**
 * Reason it ended before it was complete.
 */
aborted?: string, });

/**
 * Owner of the key of a receipt.
 */
export type ReceiptSigner = "own" | "unknown" | "nobody" | "broken";

/**
 * Counts of a receipt.
 */
export type ReceiptSummary = { 
/**
 * Hunks that a person let be written, edited ones among them.
 */
approved: number, 
/**
 * Hunks that were declined.
 */
declined: number, 
/**
 * Hunks that were written with a person's text, or without some of their lines.
 */
edited: number, 
/**
 * Hunks that were written without asking a person.
 */
unasked: number, 
/**
 * Commands that ran.
 */
commands: number, 
/**
 * Commands, and calls of tools, that were not let happen.
 */
refused: number, 
/**
 * Comments of the person on lines.
 */
comments: number, 
/**
 * Undos and reverts.
 */
undos: number, 
/**
 * Tasks.
 */
tasks: Array<TaskSummary>, };

/**
 * Receipt of a session, as it is shown. It is signed when it is saved.
 */
export type ReceiptView = { 
/**
 * Its records, without the hashes of lines.
 */
records: Array<ReceiptRecord>, 
/**
 * Counts.
 */
summary: ReceiptSummary, 
/**
 * The receipt as Markdown.
 */
markdown: string, };

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
 * Model that reviews patches. It reads the patch and the project, and writes nothing.
 */
export type Reviewer = { 
/**
 * Key of its provider.
 */
provider: string, 
/**
 * Name of the model.
 */
model: string, 
/**
 * Whether it reviews each patch that waits, without being asked to.
 */
every_patch: boolean, };

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
tokens?: TokenUsage, 
/**
 * Tokens it used, by model.
 */
usage?: Array<ModelUsage>, };

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
 * Arguments of `save_receipt`.
 */
export type SaveReceiptArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Whether it is saved without a signature.
 */
unsigned: boolean, };

/**
 * A receipt that was saved.
 */
export type SavedReceipt = { 
/**
 * Path of the file, for the eye; the home folder stands as `~`.
 */
path: string, 
/**
 * Fingerprint of the key that signed it; `None` when it is unsigned.
 */
fingerprint: string | null, };

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
 * Isolated copy of its folder that it works on.
 */
isolated?: CopyId, 
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
 * Tokens used by the session, by model.
 */
usage?: Array<ModelUsage>, 
/**
 * Tokens used by the running task, or the one that ended last, by model.
 */
task_usage?: Array<ModelUsage>, 
/**
 * Tokens used by the last turn of the model.
 */
turn_usage?: ModelUsage, 
/**
 * Limit that the running task has reached: it waits for the person.
 */
reached?: ReachedLimit, 
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
 * Check of the project that runs with each patch that waits, as one piece of text.
 */
check?: string, 
/**
 * Model that reviews patches that wait.
 */
reviewer?: Reviewer, 
/**
 * Isolated copy of its folder that it works on; the folder itself when absent.
 */
isolated?: CopyId, 
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
 * Arguments of `set_project_check`.
 */
export type SetProjectCheckArgs = { 
/**
 * A session of the project.
 */
session: SessionId, 
/**
 * The check, as one types it; removed when absent.
 */
command: string | null, 
/**
 * Time it may take, in seconds; as long as usual when absent.
 */
timeout_s?: number | null, };

/**
 * A setting that the window can save.
 */
export type Setting = "provider" | "model" | "reasoning_effort" | "approval" | "sandbox" | "review_patches" | "theme" | "approve_only_viewed" | "task_cost_limit" | "task_token_limit" | "reviewer" | "notify_turn_complete" | "notify_approval" | "close_action";

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
 * Cost after which a task waits for the person, in millionths of a dollar.
 */
task_cost_limit: number | null, 
/**
 * Number of tokens after which a task waits for the person.
 */
task_token_limit: number | null, 
/**
 * Model that reviews patches that wait.
 */
reviewer: Reviewer | null, 
/**
 * Whether the system says when a turn is complete.
 */
notify_turn_complete: boolean, 
/**
 * Whether the system says when something waits for a decision.
 */
notify_approval: boolean, 
/**
 * Effect of closing the window while agents are at work.
 */
close_action: CloseAction, };

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
 * Cost after which a task waits for the person, in millionths of a dollar; null for none.
 */
task_cost_limit?: number | null, 
/**
 * Number of tokens after which a task waits for the person; null for none.
 */
task_token_limit?: number | null, 
/**
 * Model that reviews patches that wait; null for none.
 */
reviewer?: Reviewer | null, 
/**
 * Whether the system says when a turn is complete.
 */
notify_turn_complete?: boolean, 
/**
 * Whether the system says when something waits for a decision.
 */
notify_approval?: boolean, 
/**
 * Effect of closing the window while agents are at work.
 */
close_action?: CloseAction, };

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
 * Whether the person stopped it: this is as far as it had come.
 */
stopped?: boolean, 
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
 * Arguments of `set_start_at_login`.
 */
export type StartAtLoginArgs = { 
/**
 * Whether the system starts the app at login.
 */
on: boolean, };

/**
 * Status of one step of a plan.
 */
export type StepStatus = "pending" | "in_progress" | "completed";

/**
 * Arguments of `stop_aside`.
 */
export type StopAsideArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Name of the question.
 */
name: string, };

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
 * Limit of what a task uses; the person is asked before more is.
 */
export type TaskLimit = { 
/**
 * Cost, in millionths of a dollar.
 */
cost?: number, 
/**
 * Tokens sent and received.
 */
tokens?: number, };

/**
 * How a task ended.
 */
export type TaskOutcome = "complete" | "interrupted" | "failed";

/**
 * Task of a receipt.
 */
export type TaskSummary = { 
/**
 * Its number.
 */
task: number, 
/**
 * Time it began, in milliseconds since the Unix epoch.
 */
at_ms: number, 
/**
 * First line of its prompt.
 */
prompt: string, 
/**
 * Whether it was undone.
 */
undone: boolean, };

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
 * Extent of an undo.
 */
export type UndoExtent = "task" | "file" | "hunk";

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
 * Lines of a file's patch that a reviewer was not shown: its last ones.
 */
export type UnseenLines = { 
/**
 * The file as the patch names it.
 */
path: string, 
/**
 * Number of them.
 */
lines: number, };

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
id: SessionId, } | { "type": "side_answer", 
/**
 * Name of the question.
 */
name: string, 
/**
 * The text to append.
 */
delta: string, } | { "type": "reveal", 
/**
 * The session; it may not be open.
 */
id: SessionId, } | { "type": "reveal_inbox", 
/**
 * The decision to show first.
 */
first: DecisionRef | null, } | { "type": "close_requested", 
/**
 * Number of the request.
 */
request: number, 
/**
 * Sessions that are at work.
 */
working: number, 
/**
 * Decisions that wait.
 */
waiting: number, 
/**
 * Whether the desktop shows the app's tray icon.
 */
tray: boolean, };

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
 * Arguments of `verify_receipt`.
 */
export type VerifyReceiptArgs = { 
/**
 * The receipt: the text of the file.
 */
text: string, 
/**
 * Folder whose repository has the commit, by its id.
 */
project: string, 
/**
 * Commit to compare it with: an id, a branch, a tag or `HEAD`. None when absent.
 */
commit?: string | null, };

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
comments?: Array<HunkComment>, 
/**
 * Hunks of a patch that the person had marked as viewed; absent for anything else.
 */
viewed?: Array<HunkId> | null, } | { "type": "check", 
/**
 * The call.
 */
call_id: CallId, 
/**
 * Binding of the card that was shown.
 */
binding: string, 
/**
 * Hunks that are in place.
 */
hunks: HunkSelection, } | { "type": "find_needed", 
/**
 * The call.
 */
call_id: CallId, 
/**
 * Binding of the card that was shown.
 */
binding: string, 
/**
 * Hunks that are searched.
 */
hunks: HunkSelection, } | { "type": "stop_check", 
/**
 * The call.
 */
call_id: CallId, } | { "type": "review_patch", 
/**
 * The call.
 */
call_id: CallId, 
/**
 * Binding of the card that was shown.
 */
binding: string, } | { "type": "stop_review", 
/**
 * The call.
 */
call_id: CallId, } | { "type": "stop_command", 
/**
 * The call that started it.
 */
call_id: CallId, } | { "type": "compact" } | { "type": "raise_limit", 
/**
 * The task.
 */
task_id: TaskId, 
/**
 * Tokens that it had used, as the person was shown: the answer is for that occasion alone.
 */
used: TokenUsage, 
/**
 * Whether nothing limits this task any more; otherwise it may use as much again.
 */
no_limit: boolean, } | { "type": "set_policy", 
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
  /** Lists the isolated copies, with their sizes. */
  isolated_copies: { args: NoArgs; reply: Array<CopyView> };
  /** Asks about the changes of an isolated copy, hunk by hunk, in a new session of its folder, which is opened. */
  bring_in: { args: CopyArgs; reply: SessionId };
  /** Moves an isolated copy to the trash. Open sessions that work on it are ended; a running task has to be stopped first. */
  discard_copy: { args: CopyArgs; reply: null };
  /** Moves an isolated copy out of the trash. */
  restore_copy: { args: CopyArgs; reply: null };
  /** Removes the isolated copies in the trash for good. */
  empty_copy_trash: { args: NoArgs; reply: null };
  /** Opens a session unless it is open, and its folder when that is another one of the list. */
  open_session: { args: SessionArgs; reply: SessionId };
  /** Opens a window for an open session, or shows the one that is open for it. */
  open_window: { args: SessionArgs; reply: null };
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
  /** The receipt of a session: each hunk and command, who decided on it, and when. */
  receipt: { args: SessionArgs; reply: ReceiptView };
  /** Signs the receipt of a session, and writes it to a file that the person picks. `null` when none was picked. */
  save_receipt: { args: SaveReceiptArgs; reply: SavedReceipt | null };
  /** Checks whether a receipt is as it was written, and which lines of a commit it accounts for. */
  verify_receipt: { args: VerifyReceiptArgs; reply: ReceiptCheck };
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
  /** The check of a session's project, and commands that could be it. */
  project_check: { args: SessionArgs; reply: ProjectCheckView };
  /** Sets the check of a session's project, for all its sessions. */
  set_project_check: { args: SetProjectCheckArgs; reply: null };
  /** Asks the model about a session, on the side: neither the question nor the answer becomes part of it. */
  ask_aside: { args: AskAsideArgs; reply: SideAnswerView };
  /** Ends the answer to a question on the side, or a draft, where it is. */
  stop_aside: { args: StopAsideArgs; reply: null };
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
  /** Both versions of a file of the changes, or of a patch that waits, that is no text: sizes, and the pictures they are. */
  file_versions: { args: FileVersionsArgs; reply: FileVersions };
  /** Reverts a hunk or a file of the changes that are shown; returns when that is done. */
  revert_changes: { args: RevertArgs; reply: null };
  /** A diff, or a part of one, as a patch that git takes. */
  patch_text: { args: PatchTextArgs; reply: string };
  /** Writes a patch to a file that the person picks. `null` when none was picked. */
  export_patch: { args: PatchTextArgs; reply: Exported | null };
  /** Tokens that all sessions used, by day and model. */
  day_usage: { args: DayUsageArgs; reply: Array<DayUsage> };
  /** Saves the settings that changed. */
  save_settings: { args: SettingsChange; reply: AppView };
  /** Removes a saved setting: the config file decides again, or else the default. */
  reset_setting: { args: ResetSettingArgs; reply: AppView };
  /** Says that the page asks what closing the window should do. `false` when that is decided already. */
  close_question_shown: { args: CloseQuestionArgs; reply: boolean };
  /** Closes the window as the person answered. */
  close_window: { args: CloseWindowArgs; reply: null };
  /** Quits the app. */
  quit: { args: NoArgs; reply: null };
  /** How the app runs without its window. */
  background: { args: NoArgs; reply: BackgroundView };
  /** Sets whether the system starts the app at login. */
  set_start_at_login: { args: StartAtLoginArgs; reply: BackgroundView };
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
  /** Files of the open folder, or of a session's, that match, best first, at most 20. */
  find_files: { args: FindFilesArgs; reply: Array<string> };
  /** The prompt commands of the person and of the open folder, or a session's, with the files that are none. */
  prompt_commands: { args: PromptCommandsArgs; reply: PromptCommandsView };
  /** Returns the prompt that a command with arguments stands for: `/review src/lib.rs`. `null` when the text is no command. */
  expand_prompt: { args: ExpandPromptArgs; reply: string | null };
  /** The person's prompts, the newest first, at most 100. */
  prompt_history: { args: NoArgs; reply: Array<string> };
  /** Files and pictures in the clipboard, where the page gets none of them from its engine. */
  copied_files: { args: NoArgs; reply: CopiedFiles };
  /** A draft as it was saved last. */
  draft: { args: DraftArgs; reply: DraftReply };
  /** Saves a draft, or removes it. False when it is not kept, nor what was saved before: the person keeps no history. */
  save_draft: { args: SaveDraftArgs; reply: boolean };
  /** Everything a commit in a folder would do. Nothing is written. */
  commit_plan: { args: ProjectArgs; reply: CommitPlan };
  /** Has the model of a session draft the message of a commit, on the side. */
  draft_commit_message: { args: DraftMessageArgs; reply: DraftedMessage };
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
