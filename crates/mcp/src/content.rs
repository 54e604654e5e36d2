//! Results of calls: text and images out of whatever a server may answer.

use crate::image;
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde_json::Value;
use std::fmt::Write as _;
use std::time::Duration;

/// In place of what later versions of the protocol may bring.
const UNKNOWN: &str = "[content of a kind that is not known here was left out]";

/// Result of a call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallOutcome {
    /// Everything that is or became text; structured content is included unless a text repeats it. As long as
    /// the server made it, at most 16 MiB.
    pub text: String,
    /// The structured content by itself.
    pub structured: Option<Value>,
    /// Images, as data URLs a model can be shown.
    pub images: Vec<String>,
    /// True when the tool reports that it failed.
    pub is_error: bool,
    /// Reason there is no answer.
    pub failure: Option<CallFailure>,
    /// Duration, waiting for the server to start included.
    pub duration_ms: u64,
}

/// Reason there is no answer to a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallFailure {
    /// The caller gave up on it.
    #[error("it was cancelled")]
    Cancelled,
    /// The tool did not answer in time.
    #[error("it did not answer within {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The server is gone, or refused the call; in words, which name it.
    #[error("{0}")]
    Unavailable(String),
}

impl CallOutcome {
    /// An outcome without an answer.
    pub(crate) fn failed(failure: CallFailure) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }

    /// Converts a server's answer.
    pub(crate) fn of(result: CallToolResult) -> Self {
        let mut outcome = Self { is_error: result.is_error.unwrap_or(false), ..Self::default() };
        let mut texts = Vec::new();
        for block in result.content {
            outcome.take(block, &mut texts);
        }
        if let Some(structured) = result.structured_content {
            // servers are asked to say it as text too, for clients that know no better
            if !texts.iter().any(|text| says(text, &structured)) {
                texts.push(structured.to_string());
            }
            outcome.structured = Some(structured);
        }
        outcome.text = texts.join("\n");
        outcome
    }

    fn take(&mut self, block: ContentBlock, texts: &mut Vec<String>) {
        match block {
            ContentBlock::Text(text) => texts.push(text.text),
            ContentBlock::Image(image) => self.take_image(&image.data, &image.mime_type, texts),
            ContentBlock::Audio(audio) => texts.push(left_out("audio", &audio.mime_type, &audio.data, "")),
            ContentBlock::Resource(resource) => match resource.resource {
                ResourceContents::TextResourceContents { uri, text, .. } => {
                    texts.push(format!("[resource {uri}]\n{text}"));
                }
                ResourceContents::BlobResourceContents { uri, mime_type, blob, .. } => {
                    let mime = mime_type.unwrap_or_default();
                    if mime.starts_with("image/") {
                        texts.push(format!("[resource {uri}]"));
                        self.take_image(&blob, &mime, texts);
                    } else {
                        texts.push(left_out(&format!("resource {uri}"), &mime, &blob, ""));
                    }
                }
                _ => texts.push(UNKNOWN.to_owned()),
            },
            ContentBlock::ResourceLink(link) => {
                let mut text = format!("[resource {}: {}", link.uri, link.name);
                if let Some(mime) = link.mime_type {
                    let _ = write!(text, ", {mime}");
                }
                if let Some(description) = link.description {
                    let _ = write!(text, ", {description}");
                }
                texts.push(text + "]");
            }
            _ => texts.push(UNKNOWN.to_owned()),
        }
    }

    fn take_image(&mut self, data: &str, mime: &str, texts: &mut Vec<String>) {
        match image::data_url(data) {
            Ok(url) => self.images.push(url),
            Err(why) => texts.push(left_out("image", mime, data, why)),
        }
    }
}

/// Reports whether `text` is all that is in `structured`. The Python SDK wraps a value that is no object into
/// `{"result": ...}`.
fn says(text: &str, structured: &Value) -> bool {
    let wrapped =
        structured.as_object().filter(|object| object.len() == 1).and_then(|object| object.get("result"));
    let parsed = serde_json::from_str::<Value>(text).ok();
    parsed.as_ref().is_some_and(|value| value == structured || Some(value) == wrapped)
        || is_all_in(structured, text)
}

/// Reports whether everything in a value is text that stands in `text`: the file system's server wraps a file into
/// `{"content": ...}`, and says it as text too.
fn is_all_in(structured: &Value, text: &str) -> bool {
    match structured {
        Value::String(said) => !said.is_empty() && text.contains(said.as_str()),
        Value::Array(values) => !values.is_empty() && values.iter().all(|value| is_all_in(value, text)),
        Value::Object(fields) => !fields.is_empty() && fields.values().all(|value| is_all_in(value, text)),
        _ => false,
    }
}

/// A note in place of bytes that no model can be shown.
fn left_out(what: &str, mime: &str, base64: &str, why: &str) -> String {
    let mime = if mime.is_empty() { String::new() } else { format!(", {mime}") };
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    format!("[{what}{mime}, about {} bytes, left out{why}]", base64.len() / 4 * 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn outcome(result: Value) -> CallOutcome {
        CallOutcome::of(serde_json::from_value(result).unwrap())
    }

    const PNG: &str = "iVBORw0KGgpyZXN0";

    #[test]
    fn b28_every_kind_of_content_becomes_text_or_an_image() {
        let got = outcome(json!({"content": [
            {"type": "text", "text": "one"},
            {"type": "image", "data": PNG, "mimeType": "image/png"},
            {"type": "image", "data": "AAAA", "mimeType": "image/svg+xml"},
            {"type": "audio", "data": "AAAAAAAA", "mimeType": "audio/wav"},
            {"type": "resource", "resource": {"uri": "file:///a.txt", "text": "inside"}},
            {"type": "resource", "resource": {"uri": "x://b", "mimeType": "image/png", "blob": PNG}},
            {"type": "resource", "resource": {"uri": "x://c", "blob": "AAAA"}},
            {"type": "resource_link", "uri": "x://d", "name": "D", "mimeType": "text/plain", "description": "the d"},
        ]}));
        let lines: Vec<_> = got.text.lines().collect();
        assert_eq!(
            lines,
            [
                "one",
                "[image, image/svg+xml, about 3 bytes, left out: it is not a PNG, JPEG, GIF or WebP image]",
                "[audio, audio/wav, about 6 bytes, left out]",
                "[resource file:///a.txt]",
                "inside",
                "[resource x://b]",
                "[resource x://c, about 3 bytes, left out]",
                "[resource x://d: D, text/plain, the d]",
            ]
        );
        assert_eq!(got.images.len(), 2);
        assert!(!got.is_error && got.failure.is_none());
    }

    #[test]
    fn b28_structured_content_is_said_once() {
        let twice = outcome(json!({
            "content": [{"type": "text", "text": "{ \"b\": 1, \"a\": [2] }"}], "structuredContent": {"a": [2], "b": 1},
        }));
        assert_eq!(twice.text, "{ \"b\": 1, \"a\": [2] }");
        assert_eq!(twice.structured, Some(json!({"a": [2], "b": 1})));
        let other =
            outcome(json!({"content": [{"type": "text", "text": "ok"}], "structuredContent": {"a": 1}}));
        assert_eq!(other.text, "ok\n{\"a\":1}");
        let wrapped = outcome(
            json!({"content": [{"type": "text", "text": "hi"}], "structuredContent": {"result": "hi"}}),
        );
        assert_eq!(wrapped.text, "hi");
        let file = outcome(json!({
            "content": [{"type": "text", "text": "line one\nline two\n"}],
            "structuredContent": {"content": "line one\nline two\n"},
        }));
        assert_eq!(file.text, "line one\nline two\n");
        let wrapped = outcome(
            json!({"content": [{"type": "text", "text": "[1]"}], "structuredContent": {"result": [1]}}),
        );
        assert_eq!(wrapped.text, "[1]");
        let alone = outcome(json!({"structuredContent": {"a": 1}, "isError": true}));
        assert_eq!((alone.text.as_str(), alone.is_error), ("{\"a\":1}", true));
    }
}
