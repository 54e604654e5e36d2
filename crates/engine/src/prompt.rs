//! Requests to the model.

use protocol::{Item, ReasoningEffort, ReasoningSummary};
use std::borrow::Cow;
use std::sync::Arc;

/// One request to a model, neutral of the wire it goes over.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// Name of the model.
    pub model: String,
    /// The agent's own instructions.
    pub instructions: Arc<str>,
    /// The conversation, oldest first. Every call in it is followed by its output.
    pub items: Vec<Arc<Item>>,
    /// The tools it may call; the same in the same order for the whole session, but for those of MCP servers that come or that the
    /// vendor refused, so that the vendor's cache hits.
    pub tools: Arc<[ToolSpec]>,
    /// Reasoning effort, when set.
    pub reasoning_effort: Option<ReasoningEffort>,
    /// Length of the reasoning summary, when set.
    pub reasoning_summary: Option<ReasoningSummary>,
    /// Lets the vendor keep the response (B11).
    pub store: bool,
    /// Stable for the session: lets the vendor find its cache.
    pub cache_key: String,
    /// Purpose of the answer.
    pub purpose: Purpose,
}

/// Purpose of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To go on with the task.
    #[default]
    Work,
    /// To summarise the conversation (B32): no tool is wanted, and its tools are only there for the vendor's cache.
    Summarise,
    /// To answer a question on the side: no tool is wanted here either.
    SideQuestion,
    /// To review a patch.
    Review,
}

impl Purpose {
    /// Reports whether the model may call tools.
    pub fn calls_tools(self) -> bool {
        matches!(self, Self::Work | Self::Review)
    }
}

/// A tool as it is offered to the model.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolSpec {
    /// Called with JSON arguments.
    Function {
        /// Its name.
        name: Cow<'static, str>,
        /// Description for the model.
        description: Cow<'static, str>,
        /// JSON schema of its arguments.
        parameters: serde_json::Value,
    },
    /// Called with text as the model writes it.
    Freeform {
        /// Its name.
        name: Cow<'static, str>,
        /// Description for the model.
        description: Cow<'static, str>,
        /// Lark grammar the text follows.
        grammar: &'static str,
    },
}

impl ToolSpec {
    /// Returns the name the model calls it by.
    pub fn name(&self) -> &str {
        match self {
            Self::Function { name, .. } | Self::Freeform { name, .. } => name,
        }
    }
}
