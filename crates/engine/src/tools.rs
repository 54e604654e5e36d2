//! The tools a model is offered, and how their calls are read.

mod offer;

pub(crate) use offer::with_mcp;
pub use offer::{Editing, tool_specs};

use crate::command::{self, ShellPatch};
use crate::effect::{Edit, Look, PatchSource};
use crate::input::McpTool;
use protocol::{CallId, Item, Plan, StepStatus, ToolInvocation};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Lines of a file that are read unless the model says how many.
const DEFAULT_LINES: u32 = 400;

/// Levels of folders that are listed unless the model says how many.
const DEFAULT_DEPTH: u32 = 2;

/// How long a command in the background is waited for at the most, in milliseconds.
const MAX_WAIT_MS: u64 = 5 * 60 * 1000;

/// How long a command may run unless the model asks for another time, in milliseconds (B18).
pub const DEFAULT_TIMEOUT_MS: u64 = 10_000;

/// What a call asks for, read from the model's words.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ToolCall {
    /// Run a command (B12).
    Shell(ShellCall),
    /// Write a patch, relative to the folder given (B20).
    Patch { patch: PatchSource, cwd: PathBuf },
    /// Look at something.
    Look(Look),
    /// Call a tool of an MCP server (B28).
    Mcp(McpCall),
    /// Keep the plan (B27).
    Plan(Plan),
    /// Nothing that can be done; the model is answered this.
    Unusable(String),
}

/// A command as the model asks for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ShellCall {
    pub(crate) argv: Vec<String>,
    pub(crate) cwd: PathBuf,
    pub(crate) timeout_ms: u64,
    pub(crate) escalated: bool,
    pub(crate) background: bool,
    pub(crate) justification: Option<String>,
}

/// A call of an MCP tool as the model asks for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct McpCall {
    pub(crate) tool: McpTool,
    arguments: String,
}

impl McpCall {
    pub(crate) fn invocation(&self, call_id: &CallId) -> ToolInvocation {
        ToolInvocation {
            call_id: call_id.clone(),
            server: Some(self.tool.server.clone()),
            tool: self.tool.tool.clone(),
            title: format!("{} of {}", self.tool.tool, self.tool.server),
            arguments: self.arguments.clone(),
        }
    }
}

/// Names of the built-in tools that only look.
const LOOKS: [&str; 6] =
    ["read_file", "list_dir", "grep_files", "view_image", "command_output", "stop_command"];

/// Whether a call runs a command.
pub(crate) fn is_command(item: &Item) -> bool {
    matches!(item, Item::FunctionCall { name, .. } if matches!(name.as_str(), "shell" | "container.exec" | "local_shell"))
}

/// Whether this is a built-in tool that only looks.
pub(crate) fn is_built_in(name: &str) -> bool {
    LOOKS.contains(&name)
}

/// The file a built-in tool reads, as the model names it.
pub(crate) fn path_read(tool: &str, arguments: &str) -> Option<String> {
    if !matches!(tool, "read_file" | "view_image") {
        return None;
    }
    serde_json::from_str::<PathArgs>(arguments).ok().map(|args| args.path)
}

/// How a look is shown.
pub(crate) fn invocation_of(
    call_id: &CallId,
    look: &Look,
    session_cwd: &Path,
    item: &Item,
) -> ToolInvocation {
    let shown = |path: &Path| match path.strip_prefix(session_cwd) {
        Ok(inside) if inside.as_os_str().is_empty() => ".".to_owned(),
        Ok(inside) => inside.display().to_string(),
        Err(_) => path.display().to_string(),
    };
    let (tool, title) = match look {
        Look::ReadFile { path, first_line, lines } => {
            let last = first_line.saturating_add(*lines).saturating_sub(1);
            ("read_file", format!("read {}:{first_line}-{last}", shown(path)))
        }
        Look::ListDir { path, .. } => ("list_dir", format!("list {}", shown(path))),
        Look::GrepFiles { pattern, path, include } => {
            let include = include.as_ref().map(|glob| format!(" ({glob})")).unwrap_or_default();
            ("grep_files", format!("search {}{include} for {pattern}", shown(path)))
        }
        Look::ViewImage { path } => ("view_image", format!("look at {}", shown(path))),
        Look::CommandOutput { of, .. } => ("command_output", format!("read the output of {of}")),
        Look::StopCommand { of } => ("stop_command", format!("end {of}")),
    };
    let arguments = match item {
        Item::FunctionCall { arguments, .. } => arguments.clone(),
        _ => String::new(),
    };
    ToolInvocation { call_id: call_id.clone(), server: None, tool: tool.to_owned(), title, arguments }
}

/// Reads a call of the model's. `session_cwd` is where relative paths start, `mcp` the tools that are there beside the
/// built-in ones.
pub(crate) fn read_call(item: &Item, session_cwd: &Path, mcp: &[McpTool]) -> ToolCall {
    match item {
        Item::FunctionCall { name, arguments, .. } => match name.as_str() {
            "shell" | "container.exec" => parse(arguments, |args: ShellArgs| shell(args, session_cwd)),
            "local_shell" => parse(arguments, |args: LocalShellArgs| shell(args.into(), session_cwd)),
            "apply_patch" => parse(arguments, |args: PatchArgs| patch(args.input, session_cwd)),
            "edit" => parse(arguments, |args: EditArgs| edit(args, session_cwd)),
            "read_file" => parse(arguments, |args: ReadFileArgs| {
                ToolCall::Look(Look::ReadFile {
                    path: session_cwd.join(args.path),
                    first_line: args.first_line.unwrap_or(1).max(1),
                    lines: args.lines.unwrap_or(DEFAULT_LINES).max(1),
                })
            }),
            "list_dir" => parse(arguments, |args: ListDirArgs| {
                ToolCall::Look(Look::ListDir {
                    path: resolve(session_cwd, args.path.as_deref()),
                    depth: args.depth.unwrap_or(DEFAULT_DEPTH).max(1),
                })
            }),
            "grep_files" => parse(arguments, |args: GrepArgs| {
                ToolCall::Look(Look::GrepFiles {
                    pattern: args.pattern,
                    path: resolve(session_cwd, args.path.as_deref()),
                    include: args.include.filter(|glob| !glob.is_empty()),
                })
            }),
            "view_image" => parse(arguments, |args: PathArgs| {
                ToolCall::Look(Look::ViewImage { path: session_cwd.join(args.path) })
            }),
            "command_output" => parse(arguments, |args: BackgroundArgs| {
                let wait_ms = args.wait_ms.unwrap_or(0).min(MAX_WAIT_MS);
                ToolCall::Look(Look::CommandOutput { of: args.id, wait_ms })
            }),
            "stop_command" => {
                parse(arguments, |args: BackgroundArgs| ToolCall::Look(Look::StopCommand { of: args.id }))
            }
            "update_plan" => parse(arguments, plan),
            other => match mcp.iter().find(|tool| tool.name == other) {
                Some(tool) => ToolCall::Mcp(McpCall { tool: tool.clone(), arguments: arguments.clone() }),
                None => ToolCall::Unusable(format!("unsupported call: {other}")),
            },
        },
        Item::CustomCall { name, input, .. } if name == "apply_patch" => patch(input.clone(), session_cwd),
        Item::CustomCall { name, .. } => ToolCall::Unusable(format!("unsupported call: {name}")),
        _ => ToolCall::Unusable("not a call".to_owned()),
    }
}

#[derive(Deserialize)]
struct ShellArgs {
    command: Vec<String>,
    workdir: Option<String>,
    #[serde(alias = "timeout")]
    timeout_ms: Option<u64>,
    with_escalated_permissions: Option<bool>,
    background: Option<bool>,
    justification: Option<String>,
}

#[derive(Deserialize)]
struct EditArgs {
    #[serde(alias = "file_path")]
    path: String,
    old_string: String,
    new_string: String,
    #[serde(default)]
    replace_all: bool,
}

#[derive(Deserialize)]
struct ReadFileArgs {
    #[serde(alias = "file_path")]
    path: String,
    #[serde(alias = "offset")]
    first_line: Option<u32>,
    #[serde(alias = "limit")]
    lines: Option<u32>,
}

#[derive(Deserialize)]
struct ListDirArgs {
    path: Option<String>,
    depth: Option<u32>,
}

#[derive(Deserialize)]
struct GrepArgs {
    pattern: String,
    path: Option<String>,
    include: Option<String>,
}

#[derive(Deserialize)]
struct PathArgs {
    #[serde(alias = "file_path")]
    path: String,
}

#[derive(Deserialize)]
struct BackgroundArgs {
    id: CallId,
    wait_ms: Option<u64>,
}

/// The action of a local shell call, as the Responses API describes it.
#[derive(Deserialize)]
struct LocalShellArgs {
    command: Vec<String>,
    working_directory: Option<String>,
    timeout_ms: Option<u64>,
}

impl From<LocalShellArgs> for ShellArgs {
    fn from(args: LocalShellArgs) -> Self {
        Self {
            command: args.command,
            workdir: args.working_directory,
            timeout_ms: args.timeout_ms,
            with_escalated_permissions: None,
            background: None,
            justification: None,
        }
    }
}

#[derive(Deserialize)]
struct PatchArgs {
    input: String,
}

fn parse<T: for<'de> Deserialize<'de>>(arguments: &str, then: impl FnOnce(T) -> ToolCall) -> ToolCall {
    match serde_json::from_str(arguments) {
        Ok(args) => then(args),
        Err(error) => ToolCall::Unusable(format!("failed to parse the call's arguments: {error}")),
    }
}

fn shell(args: ShellArgs, session_cwd: &Path) -> ToolCall {
    if args.command.first().is_none_or(String::is_empty) {
        return ToolCall::Unusable("failed to parse the call's arguments: `command` is empty".to_owned());
    }
    let cwd = resolve(session_cwd, args.workdir.as_deref());
    if let Some(ShellPatch { patch, workdir }) = command::apply_patch_in(&args.command) {
        return ToolCall::Patch { patch: PatchSource::Text(patch), cwd: resolve(&cwd, workdir.as_deref()) };
    }
    ToolCall::Shell(ShellCall {
        argv: args.command,
        cwd,
        // nobody waits for what runs in the background
        timeout_ms: match args.background {
            Some(true) => args.timeout_ms.unwrap_or(u64::from(u32::MAX)),
            _ => args.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS),
        },
        escalated: args.with_escalated_permissions.unwrap_or(false),
        background: args.background.unwrap_or(false),
        justification: args.justification,
    })
}

fn patch(patch: String, cwd: &Path) -> ToolCall {
    ToolCall::Patch { patch: PatchSource::Text(patch), cwd: cwd.to_owned() }
}

fn edit(args: EditArgs, cwd: &Path) -> ToolCall {
    let EditArgs { path, old_string, new_string, replace_all } = args;
    if old_string == new_string {
        return ToolCall::Unusable(
            "`old_string` and `new_string` are the same: nothing would change".to_owned(),
        );
    }
    let patch = PatchSource::Edit(Edit { path, old_string, new_string, replace_all });
    ToolCall::Patch { patch, cwd: cwd.to_owned() }
}

fn plan(plan: Plan) -> ToolCall {
    if plan.plan.iter().filter(|step| step.status == StepStatus::InProgress).count() > 1 {
        return ToolCall::Unusable("at most one step of a plan can be in progress".to_owned());
    }
    ToolCall::Plan(plan)
}

fn resolve(base: &Path, dir: Option<&str>) -> PathBuf {
    match dir {
        Some(dir) if !dir.is_empty() => base.join(dir),
        _ => base.to_owned(),
    }
}
