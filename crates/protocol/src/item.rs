//! Items of the conversation as the model sees it, neutral of any vendor's wire.

use crate::ids::CallId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One piece of what a person sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum InputItem {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// An image, as a `data:` URL.
    Image {
        /// The URL.
        image_url: String,
    },
}

impl InputItem {
    /// A piece of text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }
}

/// Status of the answer to a call, for readers that do not read its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AnswerStatus {
    /// The call was carried out: the command ended by itself, whatever its exit code; the tool answered; the whole patch is on disk.
    Completed,
    /// Some hunks of the patch were declined or edited by the person, and the rest is on disk.
    Partial,
    /// The person declined all of it.
    Declined,
    /// It was not carried out, by a policy, a rule, or since it could not be understood.
    Refused,
    /// It was tried and failed.
    Failed,
    /// It was stopped before its end.
    Aborted,
}

/// Answer to a tool call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ToolOutput {
    /// Text for the model.
    pub text: String,
    /// True when the call did what it was asked to; `None` where that has no meaning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub success: Option<bool>,
    /// Images the model sees with the text, as `data:` URLs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// Status of the answer; `None` in items that no session made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub status: Option<AnswerStatus>,
    /// The person's note about the call, which the text holds too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub note: Option<String>,
}

/// One item of the history that is sent to the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Item {
    /// A person's prompt.
    UserMessage {
        /// Its pieces.
        content: Vec<InputItem>,
    },
    /// Description of the workplace that the app gives the model, apart from the person's prompts.
    Context {
        /// The text, tagged so that the model can tell it from a person's.
        text: String,
    },
    /// The model's message.
    AgentMessage {
        /// The vendor's id of the item.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        id: Option<String>,
        /// The text.
        text: String,
        /// True when the person interrupted it before it was complete.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        interrupted: bool,
        /// Part that the vendor says it plays in the answer, such as a remark on the way; sent back as it came.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        phase: Option<String>,
    },
    /// The model's reasoning, to be sent back as it came.
    Reasoning {
        /// The vendor's id of the item.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        id: Option<String>,
        /// Summary paragraphs.
        #[serde(default)]
        summary: Vec<String>,
        /// Raw reasoning, from vendors that show it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        raw: Option<String>,
        /// The vendor's sealed form, sent back untouched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        encrypted: Option<String>,
    },
    /// A call of a function tool; `arguments` is JSON text as it came.
    FunctionCall {
        /// Names the call; its output carries the same id.
        call_id: CallId,
        /// Name of the tool.
        name: String,
        /// JSON text, not yet parsed.
        arguments: String,
    },
    /// A call of a freeform tool.
    CustomCall {
        /// Names the call; its output carries the same id.
        call_id: CallId,
        /// Name of the tool.
        name: String,
        /// Text as the model wrote it.
        input: String,
    },
    /// The answer to a call. `custom` says which kind of call it answers.
    CallOutput {
        /// The call it answers.
        call_id: CallId,
        /// The answer.
        output: ToolOutput,
        /// True when the call was a [`Item::CustomCall`].
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        custom: bool,
    },
}

/// Tokens used by one sampling or in sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TokenUsage {
    /// Tokens sent, cached ones included.
    pub input_tokens: u64,
    /// Of those sent, how many the vendor had cached.
    pub cached_input_tokens: u64,
    /// Tokens received, reasoning included.
    pub output_tokens: u64,
    /// Of those received, how many were reasoning.
    pub reasoning_output_tokens: u64,
}

impl TokenUsage {
    /// Sent and received together.
    pub fn total(&self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }

    /// The usage since an earlier one.
    #[must_use]
    pub fn minus(self, before: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_sub(before.input_tokens),
            cached_input_tokens: self.cached_input_tokens.saturating_sub(before.cached_input_tokens),
            output_tokens: self.output_tokens.saturating_sub(before.output_tokens),
            reasoning_output_tokens: self
                .reasoning_output_tokens
                .saturating_sub(before.reasoning_output_tokens),
        }
    }

    /// The sum of two usages, at most as many as can be counted: a server may say anything.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            cached_input_tokens: self.cached_input_tokens.saturating_add(other.cached_input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            reasoning_output_tokens: self
                .reasoning_output_tokens
                .saturating_add(other.reasoning_output_tokens),
        }
    }
}
