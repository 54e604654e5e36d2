//! What the model is asked with.

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
    /// The tools it may call; the same slice in the same order for the whole session, so that the vendor's cache hits.
    pub tools: Arc<[ToolSpec]>,
    /// How hard to think, when said.
    pub reasoning_effort: Option<ReasoningEffort>,
    /// How much to tell of it, when said.
    pub reasoning_summary: Option<ReasoningSummary>,
    /// Whether the vendor may keep the response (B11).
    pub store: bool,
    /// Stable for the session: lets the vendor find its cache.
    pub cache_key: String,
    /// What the answer is for.
    pub purpose: Purpose,
}

/// What a request is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To go on with the task.
    #[default]
    Work,
    /// To summarise the conversation (B32): no tool is wanted, and its tools are only there for the vendor's cache.
    Summarise,
}

/// A tool as it is offered to the model.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolSpec {
    /// Called with JSON arguments.
    Function {
        /// Its name.
        name: Cow<'static, str>,
        /// What it does, for the model.
        description: Cow<'static, str>,
        /// JSON schema of its arguments.
        parameters: serde_json::Value,
    },
    /// Called with text as the model writes it.
    Freeform {
        /// Its name.
        name: Cow<'static, str>,
        /// What it does, for the model.
        description: Cow<'static, str>,
        /// Lark grammar the text follows.
        grammar: &'static str,
    },
}
