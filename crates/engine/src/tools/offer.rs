//! The tools as they are offered to the model.

use super::tool::BuiltInTool;
use super::{apply_patch, edit, local_shell, read_tool, shell, update_plan};
use crate::input::McpTool;
use crate::prompt::ToolSpec;
use std::sync::Arc;

/// The way a model is known to edit best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Editing {
    /// By patches.
    #[default]
    Patch,
    /// By text that is found and replaced, and by patches.
    Replace,
}

/// Tools that change something, in the order in which the model is told of them; those that change nothing come after them.
pub(super) static CHANGING: [&BuiltInTool; 4] =
    [&shell::TOOL, &local_shell::TOOL, &apply_patch::TOOL, &edit::TOOL];

/// Returns the tool that changes something, or the plan, that the model calls by this name.
pub(super) fn find(name: &str) -> Option<&'static BuiltInTool> {
    CHANGING.into_iter().chain([&update_plan::TOOL]).find(|tool| tool.is_called(name))
}

/// Returns the built-in tools on offer: the same for the whole session, in the same order, so that the vendor's cache hits.
pub fn tool_specs(editing: Editing) -> Arc<[ToolSpec]> {
    let changing =
        CHANGING.into_iter().filter(|tool| editing == Editing::Replace || tool.name != edit::TOOL.name);
    let describe = |tool: &BuiltInTool| tool.spec.map(|spec| spec());
    changing.filter_map(describe).chain(read_tool::specs()).chain(describe(&update_plan::TOOL)).collect()
}

/// Returns the built-in tools with those of the MCP servers after them.
pub(crate) fn with_mcp<'m>(
    built_in: &Arc<[ToolSpec]>,
    mcp: impl Iterator<Item = &'m McpTool>,
) -> Arc<[ToolSpec]> {
    let mut mcp = mcp.peekable();
    if mcp.peek().is_none() {
        return built_in.clone();
    }
    let theirs = mcp.map(|tool| ToolSpec::Function {
        name: tool.name.clone().into(),
        description: tool.description.clone().into(),
        parameters: tool.parameters.clone(),
    });
    built_in.iter().cloned().chain(theirs).collect()
}

#[cfg(test)]
mod tests;
