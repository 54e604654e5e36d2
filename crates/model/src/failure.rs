//! Failures of an attempt: the message for people, whether a retry can help, and the wait the vendor asks for (B8).

use super::endpoint::Endpoint;
use super::error_chain::innermost_cause;
use engine::ModelFailure;
use jiff::{SignedDuration, Timestamp};
use protocol::{ErrorInfo, ErrorKind};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use serde_json::Value;

/// No vendor is waited for longer than a day.
const LONGEST_WAIT_MS: u32 = 24 * 3600 * 1000;
const OVERFLOW_HINT: &str = "summarise the conversation, start a new session, or ask for less at once";

/// Signs, in lower case, that a request is more than the model's context holds. Only OpenAI and llama.cpp have a
/// code for it: of the others this is the documented text, or what is seen in their servers' sources.
const OVERFLOW: [&str; 19] = [
    // OpenAI, vLLM, DeepSeek, routers
    "maximum context length",
    "exceeds the context window",
    "maximum model length",
    // Anthropic
    "prompt is too long",
    "exceed context limit",
    // llama.cpp, LM Studio, Ollama
    "exceeds the available context size",
    "context size has been exceeded",
    "when context the overflows",
    "greater than the context length",
    "exceeds the context length",
    "exceeded max context length",
    // Gemini, xAI, Groq, Mistral, Moonshot, Bedrock, LiteLLM
    "exceeds the maximum number of tokens",
    "maximum prompt length",
    "reduce the length of the messages",
    "too large for model with",
    "exceeded model token limit",
    "input is too long for requested model",
    "contextwindowexceedederror",
    "context window exceeded",
];

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
const NO_IMAGES: [&str; 5] = [
    "does not support image",
    "support image input",
    "image input is not supported",
    "image_url is only supported by",
    "is not a multimodal model",
];

/// Maximum length of a vendor's message as it is shown, in characters.
const MESSAGE_CHARS: usize = 600;

/// A failure that trying again can help with: the connection or the stream broke.
pub(super) fn broken(endpoint: &Endpoint, what: &str) -> ModelFailure {
    failure(ErrorKind::Model, format!("{}: {}", endpoint.name, endpoint.scrub(what)), true)
}

/// A failure that trying again cannot help with.
pub(super) fn permanent(endpoint: &Endpoint, what: &str) -> ModelFailure {
    failure(ErrorKind::Model, format!("{}: {}", endpoint.name, endpoint.scrub(what)), false)
}

/// No key, where one is needed; nothing was sent.
pub(super) fn no_key(endpoint: &Endpoint) -> ModelFailure {
    let mut missing =
        failure(ErrorKind::Unauthorized, format!("there is no key for {}", endpoint.name), false);
    missing.error.hint = Some(key_hint(endpoint));
    missing
}

/// The request could not be sent, or no answer came.
pub(super) fn transport(endpoint: &Endpoint, error: &reqwest::Error) -> ModelFailure {
    let reason = innermost_cause(error);
    let what = if error.is_connect() {
        format!("cannot reach {} at {}: {reason}", endpoint.name, endpoint.address())
    } else {
        format!("the request to {} at {} failed: {reason}", endpoint.name, endpoint.address())
    };
    let mut failed = failure(ErrorKind::Model, endpoint.scrub(&what), true);
    failed.error.hint = error.is_connect().then(|| {
        if endpoint.is_local {
            format!("start {}, or choose another provider in settings", endpoint.name)
        } else {
            "check the network connection".to_owned()
        }
    });
    failed
}

/// The vendor answered with another status than success.
pub(super) fn status(
    endpoint: &Endpoint,
    status: StatusCode,
    headers: &HeaderMap,
    body: &str,
) -> ModelFailure {
    let vendor = VendorError::in_body(body);
    let code = status.as_u16();
    let name = &endpoint.name;
    if status == StatusCode::UNAUTHORIZED {
        let what = match (endpoint.has_key, vendor.text(endpoint)) {
            (false, _) => format!("{name} wants a key, and there is none (http 401)"),
            (true, Some(text)) => format!("{name} refused the key (http 401): {text}"),
            (true, None) => format!("{name} refused the key (http 401)"),
        };
        let mut refused = failure(ErrorKind::Unauthorized, what, false);
        refused.error.hint = Some(key_hint(endpoint));
        return refused;
    }
    if status.is_redirection() {
        let host = headers
            .get(LOCATION)
            .and_then(|location| location.to_str().ok())
            .and_then(|location| reqwest::Url::parse(location).ok())
            .and_then(|url| url.host_str().map(str::to_owned));
        let to = host.map_or(String::new(), |host| format!(" to {host}"));
        let what =
            format!("{name} at {} redirects{to} (http {code}), which is not followed", endpoint.address());
        let mut moved = failure(ErrorKind::Model, what, false);
        moved.error.hint = Some("set base_url of the provider to the address it has now".to_owned());
        return moved;
    }
    let said = vendor.text(endpoint).map_or(String::new(), |text| format!(": {text}"));
    let mut failed = failure(ErrorKind::Model, format!("{name} answered with http {code}{said}"), false);
    let can_pass = status.is_server_error() || matches!(code, 408 | 429);
    vendor.judge(endpoint, &mut failed, can_pass, code == 413);
    if failed.retryable {
        failed.retry_after_ms = wait_in_headers(headers, Timestamp::now()).or(vendor.wait_ms);
    }
    if code == 404 && failed.error.hint.is_none() {
        failed.error.hint =
            Some(format!("check base_url and wire_api of the provider, and that {name} has this model"));
    }
    failed
}

/// The vendor said in the stream that it failed.
pub(super) fn in_stream(endpoint: &Endpoint, error: &Value) -> ModelFailure {
    let vendor = VendorError::of(error);
    let said = vendor.text(endpoint).unwrap_or_else(|| "it did not say why".to_owned());
    let code = vendor.code.as_deref().unwrap_or_default();
    if matches!(code, "invalid_api_key" | "authentication_error") || vendor.status == Some(401) {
        let mut refused =
            failure(ErrorKind::Unauthorized, format!("{} refused the key", endpoint.name), false);
        refused.error.hint = Some(key_hint(endpoint));
        return refused;
    }
    let can_pass = match vendor.status {
        Some(status) => matches!(status, 408 | 409 | 429 | 500..),
        None => !matches!(
            code,
            "context_length_exceeded"
                | "invalid_prompt"
                | "invalid_request_error"
                | "model_not_found"
                | "not_found_error"
                | "permission_error"
                | "request_too_large"
                | "invalid_image"
        ),
    };
    let mut failed = failure(ErrorKind::Model, format!("{} failed: {said}", endpoint.name), false);
    vendor.judge(endpoint, &mut failed, can_pass, code == "request_too_large");
    if failed.retryable {
        failed.retry_after_ms = vendor.wait_ms;
    }
    failed
}

/// The answer ended because the model's context was full.
pub(super) fn context_full(endpoint: &Endpoint) -> ModelFailure {
    let mut full = permanent(endpoint, "the conversation is longer than the model can take");
    full.context_overflow = true;
    full.error.hint = Some(OVERFLOW_HINT.to_owned());
    full
}

fn failure(kind: ErrorKind, message: String, retryable: bool) -> ModelFailure {
    ModelFailure {
        error: ErrorInfo::new(kind, message),
        opened: false,
        retryable,
        retry_after_ms: None,
        context_overflow: false,
    }
}

fn key_hint(endpoint: &Endpoint) -> String {
    match &endpoint.env_key {
        Some(variable) => {
            format!("set the key of {} in settings, or in the environment variable {variable}", endpoint.name)
        }
        None => format!("set the key of {} in settings", endpoint.name),
    }
}

/// A vendor's error, read from any of the shapes they use.
#[derive(Debug, Default, PartialEq)]
struct VendorError {
    /// Its name.
    code: Option<String>,
    /// The http status that routers give as the code.
    status: Option<u64>,
    message: Option<String>,
    wait_ms: Option<u64>,
}

impl VendorError {
    /// The error in a body: `{"error": {...}}`, `{"error": "..."}`, `{"message": ...}`, `{"detail": ...}`, or plain text.
    fn in_body(body: &str) -> Self {
        match serde_json::from_str::<Value>(body) {
            // one vendor wraps the object in an array
            Ok(Value::Array(values)) if values.len() == 1 => Self::of(&values[0]),
            Ok(value) => Self::of(&value),
            Err(_) if body.trim_start().starts_with('<') => Self::default(),
            Err(_) => Self { message: Some(body.trim().to_owned()), ..Self::default() },
        }
    }

    fn of(value: &Value) -> Self {
        let error = match value.get("error") {
            Some(inner) if !inner.is_null() => inner,
            _ => value,
        };
        let text = |name: &str| error.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let message = error.as_str().or_else(|| text("message")).or_else(|| text("detail"));
        let wait_ms = seconds_in(error.get("retry_after"))
            .or_else(|| seconds_in(value.get("retry_after")))
            .or_else(|| {
                let details = error.get("details")?.as_array()?;
                details.iter().find_map(|detail| seconds_in(detail.get("retryDelay")))
            })
            .or_else(|| message.and_then(wait_in_text));
        Self {
            code: text("code").or_else(|| text("type")).map(str::to_owned),
            status: error.get("code").and_then(Value::as_u64).filter(|code| (400..600).contains(code)),
            message: message.map(str::to_owned),
            wait_ms,
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

    fn is_overflow(&self) -> bool {
        matches!(self.code.as_deref(), Some("context_length_exceeded" | "exceed_context_size_error"))
            || self.says(&OVERFLOW)
    }

    /// Reports whether the message contains one of these, letter case ignored.
    fn says(&self, signs: &[&str]) -> bool {
        let Some(message) = &self.message else { return false };
        let message = message.to_lowercase();
        signs.iter().any(|sign| message.contains(sign))
    }

    /// Sets what follows from what the vendor says: whether trying again can help, and what a person can do.
    fn judge(&self, endpoint: &Endpoint, failed: &mut ModelFailure, can_pass: bool, too_large: bool) {
        let hint = if self.is_hopeless() {
            format!("check the plan and the billing of your account with {}", endpoint.name)
        } else if too_large || self.is_overflow() {
            failed.context_overflow = true;
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
            "this model cannot see images: choose one that can, or start a session without them".to_owned()
        } else {
            failed.retryable = can_pass;
            return;
        };
        failed.error.hint = Some(hint);
    }

    /// The message, bounded and without secrets.
    fn text(&self, endpoint: &Endpoint) -> Option<String> {
        let message = self.message.as_deref().or(self.code.as_deref())?;
        let clean = endpoint.scrub(message);
        let mut text: String = clean.chars().take(MESSAGE_CHARS).collect();
        if text.len() < clean.len() {
            text.push_str(" ...");
        }
        Some(text).filter(|text| !text.is_empty())
    }
}

/// Reads the wait the headers ask for: `retry-after-ms`, or `Retry-After` in seconds or as a date (RFC 9110, 10.2.3).
fn wait_in_headers(headers: &HeaderMap, now: Timestamp) -> Option<u64> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(ms) = text("retry-after-ms").and_then(|text| text.parse::<f64>().ok()) {
        return whole_ms(ms);
    }
    let after = text(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = after.parse::<f64>() {
        return whole_ms(seconds * 1000.0);
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(after).ok()?;
    Some(u64::try_from(date.as_millisecond() - now.as_millisecond()).unwrap_or(0))
}

/// A number of seconds, or a text such as "34s".
fn seconds_in(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => whole_ms(number.as_f64()? * 1000.0),
        Value::String(text) => span_ms(text),
        _ => None,
    }
}

/// "... Please try again in 1m2.5s. ..."
fn wait_in_text(message: &str) -> Option<u64> {
    let (_, after) = message.split_once("try again in ")?;
    span_ms(after)
}

/// Reads a span at the beginning of a text: "20ms", "1.898s", "7m12s", "3 seconds"; a number alone is seconds.
fn span_ms(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return whole_ms(seconds * 1000.0);
    }
    // a span is a word, or a number and a unit; the sentence goes on after it
    let word_ends = text.match_indices(' ').map(|(at, _)| at).chain([text.len()]).take(2);
    let spans = word_ends.filter_map(|end| {
        let span: SignedDuration = text[..end].trim_end_matches(['.', ',', ';']).parse().ok()?;
        u64::try_from(u128::try_from(span.as_nanos()).ok()?.div_ceil(1_000_000)).ok()
    });
    spans.last().map(|ms| ms.min(u64::from(LONGEST_WAIT_MS)))
}

fn whole_ms(ms: f64) -> Option<u64> {
    if !ms.is_finite() || ms < 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just before")]
    Some(ms.min(f64::from(LONGEST_WAIT_MS)).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check_headers(name: &'static str, value: &'static str, want: Option<u64>) {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        let now: Timestamp = "2025-03-09T09:05:00Z".parse().unwrap();
        assert_eq!(wait_in_headers(&headers, now), want, "{name}: {value}");
    }

    #[test]
    fn reads_how_long_to_wait_from_headers() {
        check_headers("retry-after", "7", Some(7000));
        check_headers("retry-after", "0.25", Some(250));
        check_headers("retry-after-ms", "120", Some(120));
        check_headers("retry-after", "Sun, 09 Mar 2025 09:05:30 GMT", Some(30_000));
        check_headers("retry-after", "Sun, 09 Mar 2025 09:04:00 GMT", Some(0));
        check_headers("retry-after", "-3", None);
        check_headers("retry-after", "NaN", None);
        check_headers("retry-after", "soon", None);
        check_headers("retry-after", "1e300", Some(86_400_000));
    }

    #[track_caller]
    fn check_body(body: Value, code: Option<&str>, message: Option<&str>, wait_ms: Option<u64>) {
        let want = VendorError {
            code: code.map(str::to_owned),
            status: None,
            message: message.map(str::to_owned),
            wait_ms,
        };
        assert_eq!(VendorError::in_body(&body.to_string()), want, "{body}");
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
        assert_eq!(VendorError::in_body("<html>proxy</html>"), VendorError::default());
        assert_eq!(VendorError::in_body("upstream is down\n").message.as_deref(), Some("upstream is down"));
    }

    #[test]
    fn knows_how_each_vendor_says_that_it_is_too_much() {
        for message in [
            "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
            "Your input exceeds the context window of this model. Please adjust your input and try again.",
            "prompt is too long: 208310 tokens > 200000 maximum",
            "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
            "request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it",
            "Trying to keep the first 9000 tokens when context the overflows. The model is loaded with 4096 tokens.",
            "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
            "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
            "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
            "Invalid request: Your request exceeded model token limit: 8192",
        ] {
            let error = VendorError::in_body(&json!({"error": {"message": message}}).to_string());
            assert!(error.is_overflow(), "{message}");
        }
        let code = json!({"error": {"code": 400, "type": "exceed_context_size_error", "message": "no"}});
        assert!(VendorError::of(&code).is_overflow());
        for message in ["Rate limit reached", "max_tokens is too large: 64000", "tools[0].name is too long"] {
            assert!(!VendorError::in_body(message).is_overflow(), "{message}");
        }
    }

    #[test]
    fn reads_spans() {
        for (text, want) in [
            ("20ms", Some(20)),
            ("1.898s.", Some(1898)),
            ("7m12s", Some(432_000)),
            ("3 seconds", Some(3000)),
            ("1h", Some(3_600_000)),
            ("34", Some(34_000)),
            ("0.5 s, or later", Some(500)),
            ("20s. Visit the page.", Some(20_000)),
            ("-3s", None),
            ("9999h", Some(86_400_000)),
            ("a moment", None),
            ("", None),
            ("5 parsecs", None),
        ] {
            assert_eq!(span_ms(text), want, "{text}");
        }
    }
}
