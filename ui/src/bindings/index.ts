// Made from the Rust types by `cargo xtask bindings`. Do not edit.

/**
 * Arguments of `add_rule`.
 */
export type AddRuleArgs = { 
/**
 * What was typed in.
 */
draft: RuleDraft, 
/**
 * Id of the rule the person was shown; nothing else is saved.
 */
shown: string, };

/**
 * Everything the window shows that belongs to no session.
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
 * Its sessions, the last used first: 200 at the most, and those that are open. More are found with `search_sessions`.
 */
sessions: Array<SessionSummary>, 
/**
 * How many sessions it has in all.
 */
sessions_total?: number, 
/**
 * The session that is shown.
 */
session: SessionId | null, 
/**
 * What can answer.
 */
providers: Array<ProviderView>, 
/**
 * What is set.
 */
settings: Settings, 
/**
 * What the sandbox probe found; `None` until it is done.
 */
sandbox: SandboxReport | null, 
/**
 * Whether there is a keychain; why not, when there is none.
 */
keychain_problem: string | null, 
/**
 * Decisions that wait, over all sessions.
 */
waiting: number, };

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
 * Something that waits for a decision.
 */
export type Approval = { 
/**
 * The call.
 */
call_id: CallId, 
/**
 * What it is.
 */
body: ApprovalBody, };

/**
 * What waits for a decision.
 */
export type ApprovalBody = { "type": "command" } & CommandApproval | { "type": "patch" } & PatchApproval | { "type": "tool" } & ToolApproval;

/**
 * When a person is asked before a command runs or a patch is written. The table is B13.
 */
export type ApprovalPolicy = "untrusted" | "on-failure" | "on-request" | "never";

/**
 * Arguments of `archive_session`.
 */
export type ArchiveArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Whether it is put away, or taken out again.
 */
archived: boolean, };

/**
 * Why a person is asked.
 */
export type AskReason = { "type": "untrusted" } | { "type": "escalation", 
/**
 * The model's reason, in its words.
 */
justification: string | null, } | { "type": "no_sandbox" } | { "type": "sandbox_denied", 
/**
 * What was refused.
 */
what: string, } | { "type": "outside_roots", 
/**
 * Which.
 */
paths: Array<string>, } | { "type": "protected", 
/**
 * Which, and why.
 */
paths: Array<string>, } | { "type": "overwrites", 
/**
 * Which.
 */
paths: Array<string>, } | { "type": "review" } | { "type": "rule", 
/**
 * What it says, for people.
 */
what: string, } | { "type": "untrusted_tool" } | { "type": "changed", 
/**
 * Which.
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
 * One message of the channel: at most one a frame.
 */
export type Batch = { 
/**
 * Number of the batch, counted from 1 without gaps since `attach`.
 */
seq: number, 
/**
 * What changed, in order.
 */
updates: Array<Update>, };

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
 * What is quoted.
 */
blocks: Array<Block>, } | { "block": "table", 
/**
 * Cells of its head.
 */
head: Array<Array<Span>>, 
/**
 * Its rows of cells.
 */
rows: Array<Array<Array<Span>>>, } | { "block": "rule" } | { "block": "rest" });

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
 * Who made a change, as far as it is known (B37).
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
 * What was left out and why.
 */
notes: Array<string>, };

/**
 * A command that waits for a decision.
 */
export type CommandApproval = { 
/**
 * What an answer must name, so that it counts once, and for nothing but what is shown here.
 */
binding: string, 
/**
 * Program and arguments, one string each, made visible as `display` is.
 */
argv: Array<string>, 
/**
 * The command as one piece of text.
 */
display: string, 
/**
 * Its folder, absolute.
 */
cwd: string, 
/**
 * Name of the sandbox policy it would run under.
 */
sandbox: string, 
/**
 * Why it asks, as a sentence.
 */
why: string, 
/**
 * The reason itself.
 */
reason: AskReason, 
/**
 * What looks harmless and is not: invisible or reordering characters, look-alikes, escapes.
 */
warnings: Array<string>, 
/**
 * What can be allowed for the session instead, so that it runs in the sandbox nevertheless: "write /var/cache/x".
 */
offer: string | null, 
/**
 * What the rule that can be saved would let run unasked, exactly.
 */
rule: string | null, 
/**
 * What "Approve for session" would allow until the session ends, exactly.
 */
session_rule: string, };

/**
 * Why a command failed, for people.
 */
export type CommandError = { 
/**
 * What failed.
 */
message: string, 
/**
 * The way out, when there is one.
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
 * The end of what it printed, at most 200 lines and 32 KiB, control sequences taken out.
 */
output: string, 
/**
 * Lines it printed before those.
 */
hidden_lines: number, 
/**
 * Its exit code.
 */
exit_code: number | null, 
/**
 * How long it ran, in milliseconds.
 */
duration_ms: number | null, 
/**
 * Whether the task goes on while it runs.
 */
background: boolean, 
/**
 * Name of the sandbox policy it ran under.
 */
sandbox: string, 
/**
 * What the sandbox refused, or why there is no exit code.
 */
note: string | null, };

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
 * What the model keeps of the conversation; empty until it is done.
 */
blocks: Array<Block>, };

/**
 * One line of a diff.
 */
export type DiffLine = { 
/**
 * Which side.
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
 * How a file differs.
 */
export type DiffStatus = "added" | "deleted" | "modified" | "renamed";

/**
 * A failure and its hint. Neither ever holds a secret.
 */
export type ErrorInfo = { 
/**
 * What kind of failure.
 */
kind: ErrorKind, 
/**
 * What failed: lower case, no full stop, names the thing and the place.
 */
message: string, 
/**
 * The way out, when there is one.
 */
hint?: string, };

/**
 * What kind of failure it was, where the window or the driver acts on the difference.
 */
export type ErrorKind = "bad_request" | "unauthorized" | "model" | "storage" | "sandbox" | "other";

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
 * Who changed it; empty for a proposed patch.
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
 * Why it is protected; shown in red.
 */
protected: string | null, 
/**
 * The changes.
 */
hunks: Array<HunkView>, };

/**
 * Arguments of `find_files`.
 */
export type FindFilesArgs = { 
/**
 * What was typed after `@`.
 */
query: string, };

/**
 * Arguments of `foresee_command`.
 */
export type ForeseeArgs = { 
/**
 * The command, as one types it.
 */
command: string, 
/**
 * As if the agent asked to run it without the sandbox.
 */
escalated: boolean, };

/**
 * What would become of a command, and why. What was approved for a session is left aside.
 */
export type ForeseenCommand = { 
/**
 * What would become of it.
 */
outcome: Outcome, 
/**
 * Why, as part of a sentence.
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
 * Whether by the policies of the session that is shown; else by those of new sessions.
 */
in_session: boolean, };

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
 * Paths that a person allowed beside what the mode of a sandbox says.
 */
export type Granted = { 
/**
 * What can be written, absolute.
 */
write?: Array<string>, 
/**
 * What is hidden otherwise, and can be read, absolute.
 */
read?: Array<string>, };

/**
 * New text for one hunk, in place of the model's.
 */
export type HunkEdit = { 
/**
 * Which hunk.
 */
id: HunkId, 
/**
 * The lines to put in, joined by line feeds; empty puts in nothing. The file's own line ending is used.
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
 * Which diff it is of.
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
 * How many, at most 2,000.
 */
count: number, };

/**
 * Which hunks of a patch are accepted.
 */
export type HunkSelection = { 
/**
 * Hunks to write. Those not named are declined.
 */
accepted: Array<HunkId>, 
/**
 * Of those accepted, the ones whose text the person changed.
 */
edited: Array<HunkEdit>, };

/**
 * Which diff a hunk is of.
 */
export type HunkSource = { "type": "patch", 
/**
 * Its call.
 */
call_id: CallId, } | { "type": "changes" } | { "type": "undo" };

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
 * The first of them, at most 400 a hunk and 2,000 a message; the rest is fetched with `hunk_lines`.
 */
lines: Array<DiffLine>, 
/**
 * The new text as it can be edited; absent for hunks over 64 KiB and outside approvals.
 */
new_text: string | null, };

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
 * Where a provider's key comes from.
 */
export type KeySource = "not_needed" | "keychain" | "environment" | "session" | "missing";

/**
 * Which side of a diff a line is on.
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
 * What is in it.
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
 * What it does, in a few words: "read src/lib.rs:1-80".
 */
title: string, 
/**
 * Where it stands.
 */
status: CardStatus, 
/**
 * How long it took, in milliseconds.
 */
duration_ms: number | null, 
/**
 * Why it came to nothing, as a line.
 */
note: string | null, };

/**
 * Calls that only looked, one after the other, as one quiet line.
 */
export type LooksRow = { 
/**
 * What they did in all: "Read 5 files, searched 2 times".
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
 * How long it took, in milliseconds.
 */
duration_ms: number | null, 
/**
 * Why it came to nothing.
 */
note: string | null, };

/**
 * One server.
 */
export type McpServerView = { 
/**
 * Its name in the configuration.
 */
name: string, 
/**
 * What starts it, or its address, without what may be a key.
 */
reached: string, 
/**
 * How it stands.
 */
status: McpStatus, 
/**
 * Why it failed or stopped.
 */
problem: string | null, 
/**
 * What it offers, once it is ready.
 */
tools: Array<McpToolView>, };

/**
 * The servers that are configured.
 */
export type McpServersView = { 
/**
 * By name.
 */
servers: Array<McpServerView>, 
/**
 * Whether they stand as the session that is shown has them; else none is started.
 */
in_session: boolean, 
/**
 * The file they are configured in, for the eye.
 */
file: string, };

/**
 * How a server stands.
 */
export type McpStatus = "off" | "not_started" | "starting" | "ready" | "failed" | "stopped";

/**
 * One tool of a server.
 */
export type McpToolView = { 
/**
 * What the server calls it.
 */
name: string, 
/**
 * What it does, in the server's words, on one line; may be empty.
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
 * Whether a sandboxed command may reach the network.
 */
export type NetworkAccess = "none" | "full";

/**
 * Arguments of commands that take none.
 */
export type NoArgs = Record<symbol, never>;

/**
 * How much a notice matters.
 */
export type NoticeLevel = "info" | "warning" | "error";

/**
 * One submitted op; unique and increasing within a session ("1", "2", ...) unless the submitter chose it.
 */
export type OpId = string;

/**
 * Arguments of `open_file`: a file of the session's changes, in the person's editor.
 */
export type OpenFileArgs = { 
/**
 * The session.
 */
session: SessionId, 
/**
 * Path as the Changes panel shows it.
 */
path: string, };

/**
 * Arguments of `open_link`: http or https only.
 */
export type OpenLinkArgs = { 
/**
 * The address.
 */
url: string, };

/**
 * What would become of a command.
 */
export type Outcome = "runs" | "asks" | "refuses";

/**
 * A patch that waits for a decision.
 */
export type PatchApproval = { 
/**
 * What an answer must name, so that it counts once, and for nothing but what is shown here.
 */
binding: string, 
/**
 * Its files and hunks.
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
 * Why it asks, as a sentence.
 */
why: string, 
/**
 * The reason itself.
 */
reason: AskReason, 
/**
 * What looks harmless and is not.
 */
warnings: Array<string>, 
/**
 * What "Approve for session" would allow until the session ends, exactly.
 */
session_rule: string, };

/**
 * A person's answer to a patch.
 */
export type PatchDecision = { 
/**
 * The answer as a whole.
 */
decision: ReviewDecision, 
/**
 * Which hunks, when not all. Only read with an approval.
 */
hunks?: HunkSelection, 
/**
 * A note for the model.
 */
note?: string, };

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
 * What is done to it.
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
 * What went wrong, or who declined; empty when there is nothing to say.
 */
message: string, };

/**
 * The arguments of `update_plan`, and the plan as shown.
 */
export type Plan = { 
/**
 * Why the plan changed, when the model says so.
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
 * What is to be done.
 */
step: string, 
/**
 * Where it stands.
 */
status: StepStatus, };

/**
 * The two policies of a session that a person can change while it runs.
 */
export type Policies = { 
/**
 * When a person is asked.
 */
approval: ApprovalPolicy, 
/**
 * What a command may touch.
 */
sandbox: SandboxPolicy, 
/**
 * Whether every patch is shown before it is written, inside the writable roots too. Without it the table of B24
 * decides. Has no effect under [`ApprovalPolicy::Never`], where nobody is there to look.
 */
review_patches: boolean, };

/**
 * Arguments that name a folder.
 */
export type ProjectArgs = { 
/**
 * The folder's id.
 */
project: string, };

/**
 * One folder the person picked.
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
 * What is in it that would steer the agent: "AGENTS.md", ...
 */
steers: Array<string>, 
/**
 * When it was last opened, in milliseconds since the Unix epoch.
 */
opened_ms: number, };

/**
 * Arguments that name a provider.
 */
export type ProviderArgs = { 
/**
 * Key of the provider in the config.
 */
provider: string, };

/**
 * Something that can answer.
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
 * Where it is reached; empty for the practice model.
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
 * Where its key comes from.
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
 * The model that is used unless another is chosen.
 */
default_model: string, 
/**
 * What one could ask it for, where nothing was asked yet.
 */
suggestions: Array<string>, };

/**
 * How hard a reasoning model should think.
 */
export type ReasoningEffort = "minimal" | "low" | "medium" | "high";

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
 * A person's answer. Everything it means stands in the request it answers.
 */
export type ReviewDecision = "approved" | "approved_for_session" | "approved_with_grant" | "approved_with_rule" | "denied" | "abort";

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
 * What it shows.
 */
body: RowBody, };

/**
 * What a row shows.
 */
export type RowBody = { "type": "user", 
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
level: NoticeLevel, 
/**
 * The line.
 */
text: string, 
/**
 * The way out, when there is one.
 */
hint: string | null, } | { "type": "looks" } & LooksRow | { "type": "mcp" } & McpRow | { "type": "compaction" } & CompactionRow | { "type": "undone" } & UndoneRow | { "type": "task_end", 
/**
 * Which.
 */
task_id: TaskId, 
/**
 * How it ended: "complete", "interrupted", "failed", ...
 */
outcome: TaskOutcome, 
/**
 * How long it took, in milliseconds.
 */
duration_ms: number, 
/**
 * Whether what it did to the files can be taken back.
 */
undo: TaskUndo, };

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
 * How many, at most 500.
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
 * What a rule says of the commands it is about. The strictest one that matches counts.
 */
export type RuleDecision = "allow" | "ask" | "deny";

/**
 * A rule as it is typed in. It is for the open folder.
 */
export type RuleDraft = { 
/**
 * What it is to say of the commands.
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
 * What a draft would be saved as.
 */
export type RulePreview = { 
/**
 * The rule; absent when it cannot be saved.
 */
rule: RuleView | null, 
/**
 * As it would stand in the file.
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
 * Why it cannot be saved.
 */
problem: CommandError | null, };

/**
 * A command, and whether a rule is about it.
 */
export type RuleSample = { 
/**
 * As one would type it.
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
 * What it says of the commands.
 */
decision: RuleDecision, 
/**
 * The words they begin with, each as it stands, made visible.
 */
words: Array<string>, 
/**
 * The same as one would type it.
 */
command: string, 
/**
 * The folder it is for, for the eye; it counts in all beneath it too.
 */
folder: string, 
/**
 * Whether it counts in the open folder.
 */
here: boolean, 
/**
 * Whether the commands run without the sandbox.
 */
without_sandbox: boolean, 
/**
 * What it does, as a sentence.
 */
says: string, 
/**
 * What to look at twice, as sentences.
 */
warnings: Array<string>, 
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
 * Those that count in the open folder first, the strictest of them first; then the others, by folder.
 */
rules: Array<RuleView>, 
/**
 * The file they are in, for the eye.
 */
file: string, 
/**
 * What is wrong with the file: then none of its rules counts, and what is not known to be safe is asked about.
 */
problem: CommandError | null, };

/**
 * How well this machine can contain a command; see the table in the security notes.
 */
export type SandboxLevel = "none" | "partial" | "full";

/**
 * What a command may touch.
 */
export type SandboxPolicy = { "mode": "read-only", 
/**
 * Whether the network can be reached.
 */
network: NetworkAccess, 
/**
 * What the person allowed beside that.
 */
granted?: Granted, } | { "mode": "workspace-write", 
/**
 * Further writable folders, absolute.
 */
writable_roots: Array<string>, 
/**
 * Whether the network can be reached.
 */
network: NetworkAccess, 
/**
 * What the person allowed beside that.
 */
granted?: Granted, } | { "mode": "danger-full-access" };

/**
 * What the probe of the sandbox found.
 */
export type SandboxReport = { 
/**
 * How well commands are contained.
 */
level: SandboxLevel, 
/**
 * What is in place, for people: "landlock abi 7", "bubblewrap 0.8.0", ...
 */
layers: Array<string>, 
/**
 * What is not contained and why, for people; empty when the level is full.
 */
gaps: Array<string>, };

/**
 * Arguments of `search_sessions`.
 */
export type SearchSessionsArgs = { 
/**
 * Words, or beginnings of words, that are all in the session; what stands in `"` is looked for as it is. Empty lists all.
 */
words: string, 
/**
 * Whether those of all folders are wanted, not those of the open one only.
 */
everywhere: boolean, 
/**
 * Where they are kept.
 */
shelf: SessionShelf, 
/**
 * How many to leave out first.
 */
from: number, 
/**
 * How many, at most 500.
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
 * Where a session is kept.
 */
export type SessionShelf = "sessions" | "archive" | "trash";

/**
 * A session as the window begins to show it.
 */
export type SessionSnapshot = { 
/**
 * Its id.
 */
id: SessionId, 
/**
 * The last change of the channel that is already in here; later ones apply on top.
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
 * Rows in all.
 */
total_rows: number, 
/**
 * Position of the first of `rows`.
 */
first_row: number, 
/**
 * The last 200 rows; others are fetched with `rows`.
 */
rows: Array<Row>, };

/**
 * Where a session stands.
 */
export type SessionStatus = "starting" | "idle" | "running" | "waiting" | "ended";

/**
 * One session of a folder, as a line of a list.
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
 * Where it stands; `Ended` for one that is not open.
 */
status: SessionStatus, 
/**
 * Decisions that wait in it.
 */
waiting: number, 
/**
 * Where it is kept; with the others when absent.
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
 * Where the words that were searched for stand in it; empty when none were.
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
 * What the sandbox probe found; `None` until it is done.
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
 * What waits for a decision, oldest first.
 */
approvals: Array<Approval>, 
/**
 * The last thing that failed, until the next task.
 */
error: ErrorInfo | null, };

/**
 * Some sessions of many.
 */
export type SessionsPage = { 
/**
 * These.
 */
sessions: Array<SessionSummary>, 
/**
 * How many there are in all.
 */
total: number, };

/**
 * What a person can set.
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
 * How hard it thinks.
 */
reasoning_effort: ReasoningEffort | null, 
/**
 * Policies of new sessions.
 */
policies: Policies, 
/**
 * How the window looks.
 */
theme: Theme, 
/**
 * Whether the system says when a turn is complete.
 */
notify_turn_complete: boolean, 
/**
 * Whether the system says when something waits for a decision.
 */
notify_approval: boolean, };

/**
 * A piece of the text around what was searched for.
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
 * Where one step of a plan stands.
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
 * What is submitted.
 */
op: WindowOp, };

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
 * How the window looks.
 */
export type Theme = "system" | "light" | "dark";

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
 * What an answer must name, so that it counts once, and for nothing but what is shown here.
 */
binding: string, 
/**
 * The server.
 */
server: string, 
/**
 * The tool's name there.
 */
tool: string, 
/**
 * What the server says the tool does, in its words.
 */
description: string, 
/**
 * The arguments as indented JSON, every word of them; empty when there are none.
 */
arguments: string, 
/**
 * Why it asks, as a sentence.
 */
why: string, 
/**
 * The reason itself.
 */
reason: AskReason, 
/**
 * What looks harmless and is not.
 */
warnings: Array<string>, 
/**
 * What "Approve for session" would allow until the session ends, exactly.
 */
session_rule: string, };

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
 * What an undo or a redo would do, to be looked at before it is done.
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
conflicts: Array<string>, };

/**
 * What an undo or a redo did.
 */
export type UndoneRow = { 
/**
 * Whether it took back an undo.
 */
redo: boolean, 
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
 * One thing that changed.
 */
export type Update = { "type": "app", 
/**
 * All of it.
 */
app: AppView, } | { "type": "session", 
/**
 * Which.
 */
id: SessionId, 
/**
 * Number of the change in its session, counted from 1.
 */
seq: number, 
/**
 * What.
 */
change: Change, };

/**
 * What the window may submit to a session.
 */
export type WindowOp = { "type": "user_input", 
/**
 * Its pieces.
 */
items: Array<InputItem>, } | { "type": "interrupt" } | { "type": "exec_approval", 
/**
 * The call.
 */
call_id: CallId, 
/**
 * That of the card that was shown.
 */
binding: string, 
/**
 * The answer.
 */
decision: ReviewDecision, 
/**
 * A note for the model.
 */
note: string | null, } | { "type": "patch_approval", 
/**
 * The call.
 */
call_id: CallId, 
/**
 * That of the card that was shown.
 */
binding: string, 
/**
 * The answer.
 */
decision: PatchDecision, } | { "type": "tool_approval", 
/**
 * The call.
 */
call_id: CallId, 
/**
 * That of the card that was shown.
 */
binding: string, 
/**
 * The answer. For the session means every call of this tool.
 */
decision: ReviewDecision, 
/**
 * A note for the model.
 */
note: string | null, } | { "type": "stop_command", 
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
  /** Everything that belongs to no session. */
  app: { args: NoArgs; reply: AppView };
  /** Shows the native folder dialog; opens what was picked. `null` when nothing was. */
  pick_folder: { args: NoArgs; reply: ProjectView | null };
  /** Opens a folder picked before. */
  open_project: { args: ProjectArgs; reply: ProjectView };
  /** Takes a folder off the list; its files and sessions stay. */
  forget_project: { args: ProjectArgs; reply: null };
  /** Says whether what is in the folder may steer the agent. Sessions begun later follow it. */
  trust_project: { args: TrustArgs; reply: ProjectView };
  /** Begins a session in the open folder, and shows it. */
  new_session: { args: NoArgs; reply: SessionSnapshot };
  /** Shows a session, resumed when it is not open; opens its folder when that is another one of the list. */
  open_session: { args: SessionArgs; reply: SessionSnapshot };
  /** Finds sessions by what was said in them, the best first; lists them, the last used first, when there are no words. */
  search_sessions: { args: SearchSessionsArgs; reply: SessionsPage };
  /** Begins a session as another one was up to the end of a task, and shows it. */
  fork_session: { args: ForkArgs; reply: SessionSnapshot };
  /** Names a session. */
  rename_session: { args: RenameArgs; reply: null };
  /** Puts a session away, or takes it out again. One that is open is ended; a running task has to be stopped first. */
  archive_session: { args: ArchiveArgs; reply: null };
  /** Moves a session to the trash. One that is open is ended; a running task has to be stopped first. */
  delete_session: { args: SessionArgs; reply: null };
  /** Takes a session out of the trash. */
  restore_session: { args: SessionArgs; reply: null };
  /** The session as it is now, after a reload or a gap in the channel. */
  snapshot: { args: SessionArgs; reply: SessionSnapshot };
  /** Submits an op, and returns at once. */
  submit: { args: SubmitArgs; reply: OpId };
  /** Rows by position. */
  rows: { args: RowsArgs; reply: Array<Row> };
  /** Markdown of the last answer, as the model wrote it; nothing when there is none yet. */
  last_answer: { args: SessionArgs; reply: string | null };
  /** Lines of a hunk that was too long for its message. */
  hunk_lines: { args: HunkLinesArgs; reply: Array<DiffLine> };
  /** Everything a command printed, or a tool said, that was kept (1 MiB). */
  command_output: { args: CallArgs; reply: string };
  /** What an undo or a redo would do. */
  preview_undo: { args: UndoArgs; reply: UndoView };
  /** Puts the files back; returns when that is done. */
  apply_undo: { args: ApplyUndoArgs; reply: null };
  /** Saves the settings. */
  save_settings: { args: Settings; reply: AppView };
  /** Stores a provider's key in the keychain. */
  store_key: { args: StoreKeyArgs; reply: AppView };
  /** Deletes a provider's key from the keychain. */
  delete_key: { args: ProviderArgs; reply: AppView };
  /** Looks again for local servers and their models. */
  find_providers: { args: NoArgs; reply: AppView };
  /** The person's rules about commands. */
  rules: { args: NoArgs; reply: RulesView };
  /** What a rule would be saved as, and what it would cover. */
  preview_rule: { args: RuleDraft; reply: RulePreview };
  /** Saves a rule for the open folder, exactly as it was shown. */
  add_rule: { args: AddRuleArgs; reply: RulesView };
  /** Takes a rule out of the file. */
  delete_rule: { args: RuleArgs; reply: RulesView };
  /** Puts back a rule that was taken out since the app was started. */
  restore_rule: { args: RuleArgs; reply: RulesView };
  /** Opens the file of the rules in the person's editor. */
  open_rules_file: { args: NoArgs; reply: null };
  /** What would become of a command in the open folder, and why. It is not run. */
  foresee_command: { args: ForeseeArgs; reply: ForeseenCommand };
  /** The MCP servers of the configuration, as the session that is shown has them. */
  mcp_servers: { args: NoArgs; reply: McpServersView };
  /** Files of the open folder that match, best first, at most 20. */
  find_files: { args: FindFilesArgs; reply: Array<string> };
  /** The person's prompts, the newest first, at most 100. */
  prompt_history: { args: NoArgs; reply: Array<string> };
  /** Opens a changed file in the person's editor. */
  open_file: { args: OpenFileArgs; reply: null };
  /** Opens an address in the person's browser. */
  open_link: { args: OpenLinkArgs; reply: null };
}
