//! The tools as they are offered to the model.

use super::read_tool::READ_TOOLS;
use super::tool::Tool;
use super::{apply_patch, edit, local_shell, shell, update_plan};
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

/// Returns the built-in tools in the order in which the model is told of them.
pub(super) fn built_in() -> impl Iterator<Item = &'static Tool> {
    let changing = [&shell::TOOL, &local_shell::TOOL, &apply_patch::TOOL, &edit::TOOL];
    changing.into_iter().chain(READ_TOOLS).chain([&update_plan::TOOL])
}

/// Returns the built-in tools on offer: the same for the whole session, in the same order, so that the vendor's cache hits.
pub fn tool_specs(editing: Editing) -> Arc<[ToolSpec]> {
    built_in()
        .filter(|tool| editing == Editing::Replace || tool.name != edit::TOOL.name)
        .filter_map(|tool| tool.spec.map(|spec| spec()))
        .collect()
}

/// Returns the built-in tools with those of the MCP servers after them.
pub(crate) fn with_mcp(built_in: &Arc<[ToolSpec]>, mcp: &[McpTool]) -> Arc<[ToolSpec]> {
    if mcp.is_empty() {
        return built_in.clone();
    }
    let theirs = mcp.iter().map(|tool| ToolSpec::Function {
        name: tool.name.clone().into(),
        description: tool.description.clone().into(),
        parameters: tool.parameters.clone(),
    });
    built_in.iter().cloned().chain(theirs).collect()
}

#[cfg(test)]
mod tests;
