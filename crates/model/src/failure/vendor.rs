//! Errors as vendors write them, read from any of the shapes they use.

use super::super::endpoint::Endpoint;
use super::wait::{seconds_in, wait_in_text};
use super::{html, overflow, refused_tool};
use engine::{FailureCause, ModelFailure, RefusedTool};
use protocol::ReasoningEffort;
use serde_json::Value;

pub(super) const OVERFLOW_HINT: &str =
    "summarise the conversation, start a new session, or ask for less at once";

/// Maximum length of a vendor's message as it is shown, in characters.
const MESSAGE_CHARS: usize = 600;

/// Signs, in lower case, that a model, or the server as it was started, cannot call tools.
const NO_TOOLS: [&str; 8] = [
    "does not support tools",
    "support tool use",
    "does not support tool",
    "does not support function calling",
    "tool use is not supported",
    "tool calling is not supported",
    "function calling is not enabled",
    "does not support parameters: ['tools",
];

/// Signs, in lower case, that a model cannot see images.
const NO_IMAGES: [&str; 8] = [
    "does not support image",
    "support image input",
    "image input is not supported",
    "image_url is only supported by",
    "is not a multimodal model",
    "does not support vision",
    "mmproj",
    "unknown variant `image_url`",
];

/// Signs, in lower case, that a request was refused for a picture in it. Servers that take nothing but text say that a content must
/// be one.
const PICTURES: [&str; 7] = [
    "image",
    "picture",
    "vision",
    "multimodal",
    "multi-modal",
    "content must be a string",
    "should be a valid string",
];

/// Signs, in lower case, that a request was refused for reasoning that was sent back in it.
const REASONING: [&str; 14] = [
    "invalid_encrypted_content",
    "encrypted content",
    "encrypted_content",
    "invalid `signature`",
    "invalid signature",
    "`thinking` block",
    "thinking block",
    "thinking.signature",
    "thought_signature",
    "thought signature",
    "item with id 'rs_",
    "of type 'reasoning'",
    "reasoning item",
    "reasoning_details",
];

/// Signs, in lower case, that a request was refused for the reasoning effort it names.
const EFFORT: [&str; 5] = [
    "reasoning_effort",
    "reasoning.effort",
    "reasoning effort",
    "output_config.effort",
    "invalid reasoning value",
];

/// Words, in lower case, that begin a vendor's list of the values it takes.
const LISTS: [&str; 8] =
    ["values are", "one of", "should be", "must be", "expected", "allowed", "valid values", "valid options"];

/// A vendor's error.
#[derive(Debug, Default, PartialEq)]
pub(super) struct VendorError {
    /// Its name.
    pub(super) code: Option<String>,
    /// The part of the request that it is about.
    param: Option<String>,
    /// The http status that routers give as the code.
    pub(super) status: Option<u64>,
    pub(super) message: Option<String>,
    pub(super) wait_ms: Option<u64>,
    /// Number of tokens that it says the model takes.
    pub(super) window: Option<u64>,
}

impl VendorError {
    /// The error in a body: `{"error": {...}}`, `{"error": "..."}`, `{"message": ...}`, `{"detail": ...}`, a page of HTML, or plain
    /// text.
    pub(super) fn in_body(body: &str) -> Self {
        match serde_json::from_str::<Value>(body) {
            // one vendor wraps the object in an array
            Ok(Value::Array(values)) if values.len() == 1 => Self::of(&values[0]),
            Ok(value) => {
                let mut error = Self::of(&value);
                // in no shape that is known, all of it is what the vendor says
                if error.message.is_none() && value.as_object().is_some_and(|fields| !fields.is_empty()) {
                    error.message = Some(value.to_string());
                }
                error
            }
            Err(_) => {
                let text = html::words(body).unwrap_or_else(|| body.trim().to_owned());
                // markup without words says nothing
                let message = Some(text).filter(|text| !text.starts_with('<'));
                Self { message, ..Self::default() }
            }
        }
    }

    pub(super) fn of(value: &Value) -> Self {
        let error = match value.get("error") {
            Some(inner) if !inner.is_null() => inner,
            _ => value,
        };
        let text = |name: &str| error.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let own = message_in(error).or_else(|| message_in(value));
        let message = match (own, cause_in(error)) {
            (Some(own), Some(cause)) if own.contains(&cause) => Some(own),
            (Some(own), Some(cause)) => Some(format!("{own}: {cause}")),
            (own, cause) => own.or(cause),
        };
        let wait_ms = seconds_in(error.get("retry_after"))
            .or_else(|| seconds_in(value.get("retry_after")))
            .or_else(|| {
                let details = error.get("details")?.as_array()?;
                details.iter().find_map(|detail| seconds_in(detail.get("retryDelay")))
            })
            .or_else(|| message.as_deref().and_then(wait_in_text));
        let number = |name: &str| error.get(name).or_else(|| value.get(name)).and_then(Value::as_u64);
        Self {
            code: text("code").or_else(|| text("type")).or_else(|| text("status")).map(str::to_owned),
            param: text("param").map(str::to_lowercase),
            status: error.get("code").and_then(Value::as_u64).filter(|code| (400..600).contains(code)),
            message,
            wait_ms,
            window: number("n_ctx").or_else(|| number("max_model_len")),
        }
    }

    /// Reports whether waiting cannot help, though the status says "too many requests".
    fn is_hopeless(&self) -> bool {
        let code = matches!(
            self.code.as_deref(),
            Some("insufficient_quota" | "billing_not_active" | "usage_not_included" | "billing_error")
        );
        code || self.status == Some(402) || self.says(&["credit balance is too low", "insufficient balance"])
    }

    /// Reports whether the message or the code contains one of these, letter case ignored.
    fn says(&self, signs: &[&str]) -> bool {
        let said = self.words();
        signs.iter().any(|sign| said.contains(sign))
    }

    /// The message and the code, in lower case.
    fn words(&self) -> String {
        let parts = [self.message.as_deref(), self.code.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ").to_lowercase()
    }

    /// Reports whether the reasoning effort was refused.
    fn refuses_effort(&self) -> bool {
        self.param.as_deref().is_some_and(|param| param.ends_with("effort")) || self.says(&EFFORT)
    }

    /// Returns the reasoning efforts that the message lists; none when it lists nothing.
    fn efforts(&self) -> Vec<ReasoningEffort> {
        let said = self.words();
        let Some(at) = LISTS.iter().filter_map(|sign| said.find(sign)).min() else { return Vec::new() };
        let listed: Vec<&str> = said[at..].split(|c: char| !c.is_ascii_alphanumeric()).collect();
        ReasoningEffort::ALL.into_iter().filter(|effort| listed.contains(&effort.word())).collect()
    }

    /// Returns the tool whose description was refused.
    fn refused_tool(&self) -> Option<RefusedTool> {
        refused_tool::find(self.message.as_deref().unwrap_or_default(), self.param.as_deref())
    }

    /// Sets what follows from what the vendor says: whether trying again can help, and what a person can do.
    pub(super) fn judge(
        &self,
        endpoint: &Endpoint,
        failed: &mut ModelFailure,
        can_pass: bool,
        too_large: bool,
    ) {
        let words = self.words();
        let hint = if self.is_hopeless() {
            failed.cause = FailureCause::Account;
            format!("check the plan and the billing of your account with {}", endpoint.name)
        } else if too_large || overflow::is_overflow(self.code.as_deref(), &words) {
            let window = self.window.or_else(|| overflow::window(&words));
            failed.cause = FailureCause::Overflow { window };
            OVERFLOW_HINT.to_owned()
        } else if self.says(&["--enable-auto-tool-choice"]) {
            "start vLLM with --enable-auto-tool-choice and --tool-call-parser, so that the model can call tools"
                .to_owned()
        } else if self.says(&["requires --jinja flag"]) {
            "start llama.cpp with --jinja, so that the model can call tools".to_owned()
        } else if self.says(&NO_TOOLS) {
            "this model cannot call tools, and an agent works with nothing else: choose one that can"
                .to_owned()
        } else if self.says(&NO_IMAGES) {
            failed.cause = FailureCause::Pictures;
            "this model cannot see images: choose one that can, or start a session without them".to_owned()
        } else if !can_pass && self.refuses_effort() {
            failed.cause = FailureCause::Effort { takes: self.efforts() };
            "choose another reasoning effort in the settings, or another model".to_owned()
        } else if !can_pass && self.says(&REASONING) {
            failed.cause = FailureCause::Reasoning;
            return;
        } else if let Some(tool) = self.refused_tool().filter(|_| !can_pass) {
            failed.cause = FailureCause::Tool(tool);
            "if it is a tool of an MCP server, name it in disabled_tools there; else choose another model"
                .to_owned()
        } else if !can_pass && self.says(&PICTURES) {
            failed.cause = FailureCause::Pictures;
            return;
        } else {
            failed.retryable = can_pass;
            return;
        };
        failed.error.hint = Some(hint);
    }

    /// The message, bounded and without secrets.
    pub(super) fn text(&self, endpoint: &Endpoint) -> Option<String> {
        let message = self.message.as_deref().or(self.code.as_deref())?;
        let clean = endpoint.scrub(message);
        let mut text: String = clean.chars().take(MESSAGE_CHARS).collect();
        if text.len() < clean.len() {
            text.push_str(" ...");
        }
        Some(text).filter(|text| !text.is_empty())
    }
}

/// Names, in the order they are looked for, under which an error has its message.
const MESSAGE_FIELDS: [&str; 13] = [
    "message",
    "Message",
    "msg",
    "detail",
    "error_description",
    "error_message",
    "errorMessage",
    "description",
    "reason",
    "title",
    "errors",
    "error_msg",
    "error",
];

/// The message of an error: a text, or the first one in it under a name that errors have theirs under.
fn message_in(error: &Value) -> Option<String> {
    match error {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().filter_map(message_in).collect();
            Some(texts.join("; ")).filter(|text| !text.is_empty())
        }
        Value::Object(fields) => MESSAGE_FIELDS.iter().find_map(|name| message_in(fields.get(*name)?)),
        _ => None,
    }
}

/// The cause that a router passes on in its own error: the name of the vendor behind it, and that one's words.
fn cause_in(error: &Value) -> Option<String> {
    let metadata = error.get("metadata")?;
    let said = match metadata.get("raw")? {
        Value::String(raw) => Value::String(VendorError::in_body(raw).message.unwrap_or_default()),
        raw => raw.get("error").filter(|inner| !inner.is_null()).unwrap_or(raw).clone(),
    };
    let said = message_in(&said)?;
    Some(match metadata.get("provider_name").and_then(Value::as_str) {
        Some(name) => format!("{name} says {said}"),
        None => said,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check_body(body: Value, code: Option<&str>, message: Option<&str>, wait_ms: Option<u64>) {
        let want = VendorError {
            code: code.map(str::to_owned),
            param: None,
            status: body["error"]["code"].as_u64(),
            message: message.map(str::to_owned),
            wait_ms,
            window: None,
        };
        assert_eq!(VendorError::in_body(&body.to_string()), want, "{body}");
    }

    #[test]
    fn reads_the_efforts_that_a_refusal_lists() {
        use ReasoningEffort::{High, Low, Max, Medium, None as Off};
        let openai = |value: &str, rest: &str| {
            let message = format!("Unsupported value: '{value}' is not supported with the 'm' model. {rest}");
            json!({"error": {"message": message, "param": "reasoning.effort", "code": "unsupported_value"}})
        };
        for (body, efforts) in [
            (
                openai("xhigh", "Supported values are: 'none', 'low', 'medium', and 'high'."),
                vec![Off, Low, Medium, High],
            ),
            (openai("minimal", ""), vec![]),
            (
                json!({"error": "invalid reasoning value: \"xhigh\" (must be \"high\", \"medium\", \"low\", \"max\", \"true\", \"false\")"}),
                vec![Low, Medium, High, Max],
            ),
            (
                json!({"type": "error", "error": {"type": "invalid_request_error",
                    "message": "output_config.effort: Input should be 'low', 'medium' or 'high'"}}),
                vec![Low, Medium, High],
            ),
        ] {
            let error = VendorError::in_body(&body.to_string());
            assert!(error.refuses_effort(), "{body}");
            assert_eq!(error.efforts(), efforts, "{body}");
        }
        assert!(!VendorError::in_body(r#"{"error": {"message": "m", "param": "model"}}"#).refuses_effort());
    }

    #[test]
    fn reads_every_shape_of_error_body() {
        let text = "Rate limit reached. Please try again in 1m2.5s. Visit the limits page.";
        check_body(
            json!({"error": {"message": text, "type": "tokens", "code": "rate_limit_exceeded"}}),
            Some("rate_limit_exceeded"),
            Some(text),
            Some(62_500),
        );
        check_body(json!({"error": "model 'x' not found"}), None, Some("model 'x' not found"), None);
        check_body(json!({"detail": "Not Found"}), None, Some("Not Found"), None);
        check_body(
            json!([{"error": {"status": 429, "message": "slow", "details": [{"a": 1}, {"retryDelay": "34s"}]}}]),
            None,
            Some("slow"),
            Some(34_000),
        );
        check_body(json!({"error": {"message": "m", "retry_after": 2}}), None, Some("m"), Some(2000));
        check_body(
            json!({"error": {"message": "Provider returned error", "code": 400, "metadata": {"provider_name": "Chutes",
                "raw": "{\"error\": {\"message\": \"maximum context length is 40960 tokens\"}}"}}}),
            None,
            Some("Provider returned error: Chutes says maximum context length is 40960 tokens"),
            None,
        );
        check_body(
            json!({"detail": [{"loc": ["body"], "msg": "field required"}, {"msg": "too short"}]}),
            None,
            Some("field required; too short"),
            None,
        );
        check_body(json!({"errors": [{"message": "no access"}]}), None, Some("no access"), None);
        check_body(json!({"Message": "not authorized"}), None, Some("not authorized"), None);
        check_body(json!({"error": {"msg": "nope"}}), None, Some("nope"), None);
        let page =
            VendorError::in_body("<html><title>403 Forbidden</title><body>Zscaler says no</body></html>");
        assert_eq!(page.message.as_deref(), Some("403 Forbidden: Zscaler says no"));
        assert_eq!(VendorError::in_body("upstream is down\n").message.as_deref(), Some("upstream is down"));
    }
}
