//! The tools a model is offered, and how their calls are read.
//!
//! A tool is one file in here, with its name, its arguments and its title; one in `agent/tools`, which carries it out; and a row:
//! in [`read_tool`] when it changes nothing of the project, else in [`offer`].

pub(crate) mod add_comment;
mod apply_patch;
mod arguments;
mod call;
pub mod command_output;
mod edit;
pub mod grep_files;
pub mod list_dir;
mod local_shell;
mod offer;
mod paths;
pub mod read_file;
pub(crate) mod read_tool;
mod schema;
mod shell;
pub mod stop_command;
mod tool;
mod update_plan;
pub mod view_image;

pub(crate) use arguments::parse;
pub(crate) use call::{McpCall, ShellCall, ToolCall};
pub(crate) use offer::with_mcp;
pub use offer::{Editing, tool_specs};
pub use read_tool::ReadTool;
pub(crate) use read_tool::{file_read, is_read_tool, parse_reviewer_call, reviewer_tools};
pub(crate) use schema::function;
pub use shell::DEFAULT_TIMEOUT_MS;

use crate::input::McpTool;
use protocol::Item;
use std::path::Path;

/// Reports whether a call runs a command.
pub(crate) fn is_command(item: &Item) -> bool {
    let is_shell = |name: &str| [&shell::TOOL, &local_shell::TOOL].iter().any(|tool| tool.is_called(name));
    matches!(item, Item::FunctionCall { name, .. } if is_shell(name))
}

/// Reads a call of the model's. Relative paths begin at `session_cwd`; `mcp` are the tools beside the built-in ones.
pub(crate) fn read_call(item: &Item, session_cwd: &Path, mcp: &[McpTool]) -> ToolCall {
    match item {
        Item::FunctionCall { name, arguments, .. } => {
            if let Some(tool) = offer::find(name) {
                return (tool.read)(arguments, session_cwd).unwrap_or_else(ToolCall::Unusable);
            }
            if let Some(parsed) = read_tool::parse_call(name, arguments) {
                return parsed.map_or_else(ToolCall::Unusable, ToolCall::Read);
            }
            match mcp.iter().find(|tool| tool.name == *name) {
                Some(tool) => {
                    // a server is sent an object, also for no arguments at all
                    let arguments = arguments::object_text(arguments);
                    ToolCall::Mcp(McpCall { tool: tool.clone(), arguments })
                }
                None => ToolCall::Unusable(format!("unsupported call: {name}")),
            }
        }
        Item::CustomCall { name, input, .. } if name == apply_patch::NAME => {
            apply_patch::call(input.clone(), session_cwd)
        }
        Item::CustomCall { name, .. } => ToolCall::Unusable(format!("unsupported call: {name}")),
        _ => ToolCall::Unusable("not a call".to_owned()),
    }
}
