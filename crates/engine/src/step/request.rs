//! Requests to the model, made from the state.

use crate::family::ModelFamily;
use crate::model::conversation::sendable;
use crate::model::history;
use crate::model::session::Session;
use crate::prompt::{Prompt, Purpose};
use crate::tools;
use protocol::{Item, SessionConfig};
use std::sync::Arc;

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
        tools: tools::with_mcp(&session.setup.tools, &session.world.mcp_tools),
        reasoning_effort: session.state.reasoning_effort(),
        reasoning_summary: config.reasoning_summary,
        store: !config.disable_response_storage,
        cache_key: session.setup.cache_key.clone(),
        purpose,
    }
}
