//! The tools a model is offered, and how their calls are read.
//!
//! The slice is the same for the whole session, in the same order, so that the vendor's prompt cache hits.

use crate::command::{self, ShellPatch};
use crate::prompt::ToolSpec;
use protocol::{Item, Plan, StepStatus};
use serde::Deserialize;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How long a command may run unless the model asks for another time, in milliseconds (B18).
pub const DEFAULT_TIMEOUT_MS: u64 = 10_000;

/// What a call asks for, read from the model's words.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ToolCall {
    /// Run a command (B12).
    Shell(ShellCall),
    /// Write a patch, relative to the folder given (B20).
    Patch { patch: String, cwd: PathBuf },
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
    pub(crate) justification: Option<String>,
}

/// The tools on offer.
pub fn tool_specs() -> Arc<[ToolSpec]> {
    Arc::new([
        ToolSpec::Function {
            name: "shell",
            description: "Runs a command and returns its output. The command is an argv array; wrap shell syntax in \
                          [\"bash\", \"-lc\", SCRIPT]. Runs in a sandbox that the environment context describes.",
            parameters: json!({
                "type": "object",
                "properties": {
                    "command": {"type": "array", "items": {"type": "string"}, "description": "program and arguments"},
                    "workdir": {"type": "string", "description": "folder to run in; relative to the project"},
                    "timeout_ms": {"type": "integer", "description": "how long it may run; 10000 when left out"},
                    "with_escalated_permissions": {
                        "type": "boolean",
                        "description": "ask the person to run it without the sandbox; only when it cannot work inside"
                    },
                    "justification": {"type": "string", "description": "one sentence: why it needs that"}
                },
                "required": ["command"],
                "additionalProperties": false
            }),
        },
        ToolSpec::Freeform {
            name: "apply_patch",
            description: "Edits files. The person reviews the patch hunk by hunk before it is written, and you are told \
                          which hunks were written. Write the patch as plain text, not as JSON.",
            grammar: PATCH_GRAMMAR,
        },
        ToolSpec::Function {
            name: "update_plan",
            description: "Keeps the plan the person sees. At most one step is in progress.",
            parameters: json!({
                "type": "object",
                "properties": {
                    "explanation": {"type": "string"},
                    "plan": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "step": {"type": "string"},
                                "status": {"type": "string", "enum": ["pending", "in_progress", "completed"]}
                            },
                            "required": ["step", "status"],
                            "additionalProperties": false
                        }
                    }
                },
                "required": ["plan"],
                "additionalProperties": false
            }),
        },
    ])
}

const PATCH_GRAMMAR: &str = r#"start: begin file+ end
begin: "*** Begin Patch" LF
end: "*** End Patch" LF?
file: add | delete | update
add: "*** Add File: " NAME LF added+
delete: "*** Delete File: " NAME LF
update: "*** Update File: " NAME LF move? chunk+
move: "*** Move to: " NAME LF
chunk: header* line+ eof?
header: ("@@" | "@@ " /[^\n]+/) LF
line: (" " | "-" | "+") /[^\n]*/ LF
added: "+" /[^\n]*/ LF
eof: "*** End of File" LF
NAME: /[^\n]+/
%import common.LF
"#;

/// Reads a call of the model's. `session_cwd` is where relative paths start.
pub(crate) fn read_call(item: &Item, session_cwd: &Path) -> ToolCall {
    match item {
        Item::FunctionCall { name, arguments, .. } => match name.as_str() {
            "shell" | "container.exec" => parse(arguments, |args: ShellArgs| shell(args, session_cwd)),
            "local_shell" => parse(arguments, |args: LocalShellArgs| shell(args.into(), session_cwd)),
            "apply_patch" => parse(arguments, |args: PatchArgs| patch(args.input, session_cwd)),
            "update_plan" => parse(arguments, plan),
            other => ToolCall::Unusable(format!("unsupported call: {other}")),
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
    justification: Option<String>,
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
        return ToolCall::Patch { patch, cwd: resolve(&cwd, workdir.as_deref()) };
    }
    ToolCall::Shell(ShellCall {
        argv: args.command,
        cwd,
        timeout_ms: args.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS),
        escalated: args.with_escalated_permissions.unwrap_or(false),
        justification: args.justification,
    })
}

fn patch(patch: String, cwd: &Path) -> ToolCall {
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
