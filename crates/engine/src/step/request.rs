//! Requests to the model, made from the state.

use crate::family::ModelFamily;
use crate::input::{McpTool, RefusedTool};
use crate::model::conversation::sendable;
use crate::model::history;
use crate::model::session::Session;
use crate::prompt::{Prompt, Purpose};
use crate::tools;
use protocol::{Item, SessionConfig};
use std::sync::Arc;

/// Number of tools that a vendor may refuse, one request after the other, before that is an error.
const MAX_REFUSED_TOOLS: usize = 16;

/// Returns the tools of MCP servers that requests have.
fn offered_mcp_tools(session: &Session) -> impl Iterator<Item = &McpTool> {
    let refused = &session.state.refused_tools;
    session.world.mcp_tools.iter().filter(|tool| !refused.contains(&tool.name))
}

/// Returns the tool of an MCP server that the vendor refused; `None` where it is none, or too many were refused already.
pub(crate) fn refused_tool<'s>(session: &'s Session, refused: &RefusedTool) -> Option<&'s McpTool> {
    if session.state.refused_tools.len() >= MAX_REFUSED_TOOLS {
        return None;
    }
    let name = match refused {
        RefusedTool::Named(name) => name,
        // the tools of servers that became ready meanwhile stand in no request yet
        RefusedTool::At(place) => session.world.sampled_tools.get(*place)?.name(),
    };
    offered_mcp_tools(session).find(|tool| tool.name == *name)
}

/// Makes the request that sends these items.
pub(crate) fn prompt(
    session: &Session,
    config: &SessionConfig,
    items: Vec<Arc<Item>>,
    purpose: Purpose,
) -> Prompt {
    Prompt {
        model: config.model.clone(),
        instructions: config
            .base_instructions
            .as_deref()
            .map_or_else(|| ModelFamily::of(&config.model).instructions(), Arc::from),
        items: history::within_picture_limits(sendable(items)),
        tools: tools::with_mcp(&session.setup.tools, offered_mcp_tools(session)),
        reasoning_effort: session.state.reasoning_effort(),
        reasoning_summary: config.reasoning_summary,
        store: !config.disable_response_storage,
        cache_key: session.setup.cache_key.clone(),
        purpose,
    }
}
