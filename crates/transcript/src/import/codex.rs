//! Lines of a rollout of Codex.
//!
//! Each is an object with a `timestamp`, a `type` and a `payload`: `session_meta` first, then `response_item` (what the model was sent
//! and said, in the form of the Responses API), `event_msg`, `turn_context` and `compacted`. Versions before wrote the payload of the
//! first and of `response_item` as the line itself.

use protocol::{CallId, InputItem, Item, ToolOutput};
use serde_json::Value;
use std::path::PathBuf;

/// The session that a rollout is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rollout {
    pub(super) cwd: Option<PathBuf>,
    /// When it began, in milliseconds since the Unix epoch.
    pub(super) at_ms: u64,
    pub(super) git_commit: Option<String>,
    pub(super) git_branch: Option<String>,
}

impl Rollout {
    /// Parses the first line; `None` for that of another file.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let line: Value = serde_json::from_slice(line).ok()?;
        let meta = match line["type"].as_str() {
            Some("session_meta") => &line["payload"],
            Some(_) => return None,
            None => &line,
        };
        if text(meta, "id").is_none() && text(meta, "session_id").is_none() {
            return None;
        }
        Some(Self {
            cwd: text(meta, "cwd").map(PathBuf::from).filter(|cwd| cwd.is_absolute()),
            at_ms: time(meta).or_else(|| time(&line))?,
            git_commit: text(&meta["git"], "commit_hash"),
            git_branch: text(&meta["git"], "branch"),
        })
    }
}

/// A line that tells of the conversation, or of nothing that is taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CodexLine {
    /// Its time, in milliseconds since the Unix epoch, where it has one.
    pub(super) at_ms: Option<u64>,
    pub(super) what: CodexEvent,
}

/// Something that a line tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CodexEvent {
    /// A person's prompt.
    Prompt(Vec<InputItem>),
    /// A message, or a call, of the model's.
    Model(Item),
    /// The answer to a call.
    Answer(CallId, ToolOutput),
    /// A summary took the place of what was before.
    Summary(String),
    /// The task is complete.
    Complete,
    /// The task was stopped.
    Stopped,
    /// Something else.
    Other,
}

impl CodexLine {
    /// Parses a line; `None` for one that is no object of JSON.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let line: Value = serde_json::from_slice(line).ok().filter(Value::is_object)?;
        let payload = &line["payload"];
        let what = match line["type"].as_str() {
            Some("response_item") => item(payload),
            Some("compacted") => match text(payload, "message") {
                Some(message) if !message.trim().is_empty() => CodexEvent::Summary(message),
                _ => CodexEvent::Other,
            },
            Some("event_msg") => match payload["type"].as_str() {
                Some("task_complete" | "turn_complete") => CodexEvent::Complete,
                Some("turn_aborted") => CodexEvent::Stopped,
                _ => CodexEvent::Other,
            },
            _ if payload.is_object() => CodexEvent::Other,
            _ => item(&line),
        };
        Some(Self { at_ms: time(&line), what })
    }
}

fn item(item: &Value) -> CodexEvent {
    let call_id = text(item, "call_id").or_else(|| text(item, "id")).map(CallId);
    match (item["type"].as_str().unwrap_or_default(), call_id) {
        ("message", _) => message(item),
        ("function_call", Some(call_id)) => CodexEvent::Model(Item::FunctionCall {
            call_id,
            name: text(item, "name").unwrap_or_default(),
            arguments: text(item, "arguments").unwrap_or_default(),
        }),
        ("custom_tool_call", Some(call_id)) => CodexEvent::Model(Item::CustomCall {
            call_id,
            name: text(item, "name").unwrap_or_default(),
            input: text(item, "input").unwrap_or_default(),
        }),
        ("local_shell_call", Some(call_id)) => CodexEvent::Model(Item::FunctionCall {
            call_id,
            name: "shell".to_owned(),
            arguments: item["action"].to_string(),
        }),
        ("function_call_output" | "custom_tool_call_output" | "local_shell_call_output", Some(call_id)) => {
            CodexEvent::Answer(call_id, output(&item["output"]))
        }
        _ => CodexEvent::Other,
    }
}

fn message(item: &Value) -> CodexEvent {
    let pieces = item["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    match item["role"].as_str() {
        Some("user") => {
            let content: Vec<InputItem> = pieces.iter().filter_map(input_item).collect();
            if content.is_empty() { CodexEvent::Other } else { CodexEvent::Prompt(content) }
        }
        Some("assistant") => {
            let texts: Vec<&str> = pieces.iter().filter_map(|piece| piece["text"].as_str()).collect();
            let said = texts.concat();
            if said.is_empty() {
                return CodexEvent::Other;
            }
            CodexEvent::Model(Item::AgentMessage {
                id: None,
                text: said,
                interrupted: false,
                phase: text(item, "phase"),
            })
        }
        // the app gives the model instructions of its own
        _ => CodexEvent::Other,
    }
}

/// Reads a piece of a prompt; `None` for what Codex itself put there: its description of the workplace, instructions of the project.
fn input_item(piece: &Value) -> Option<InputItem> {
    if let Some(image_url) = text(piece, "image_url") {
        return Some(if image_url.starts_with("data:") {
            InputItem::Image { image_url }
        } else {
            InputItem::text(format!("[image: {image_url}]"))
        });
    }
    let said = text(piece, "text").filter(|said| !said.trim().is_empty() && !is_context(said))?;
    Some(InputItem::text(said))
}

/// Tags in which Codex tells the model of the workplace, of instructions, and of what the person did beside prompts.
const CONTEXT_TAGS: [&str; 12] = [
    "environment_context",
    "environments_instructions",
    "user_instructions",
    "permissions instructions",
    "collaboration_mode",
    "personality_spec",
    "apps_instructions",
    "plugins_instructions",
    "skills_instructions",
    "skill",
    "turn_aborted",
    "subagent_notification",
];

/// Reports whether all of a text stands in a tag of Codex's own, is the instructions of a project, or a mark beside a picture.
fn is_context(text: &str) -> bool {
    let text = text.trim();
    let stands_in = |tag: &str| {
        let inner = text.strip_prefix('<').and_then(|text| text.strip_prefix(tag));
        inner.is_some_and(|inner| inner.starts_with('>') && inner.ends_with(&format!("</{tag}>")))
    };
    let is_picture_mark =
        text == "</image>" || (text.starts_with("<image") && text.ends_with('>') && !text.contains('\n'));
    CONTEXT_TAGS.into_iter().any(stands_in)
        || text.starts_with("# AGENTS.md instructions for ")
        || is_picture_mark
}

/// Reads the answer to a call: text, pieces of text and pictures, or an object with the text.
fn output(output: &Value) -> ToolOutput {
    let mut answer = ToolOutput::default();
    match output {
        Value::String(text) => answer.text.clone_from(text),
        Value::Array(pieces) => {
            for piece in pieces {
                match text(piece, "image_url") {
                    Some(url) if url.starts_with("data:") => answer.images.push(url),
                    _ => answer.text.push_str(piece["text"].as_str().unwrap_or_default()),
                }
            }
        }
        Value::Object(_) => {
            answer.text = text(output, "content").unwrap_or_else(|| output.to_string());
            answer.success = output["success"].as_bool();
        }
        _ => {}
    }
    answer
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

fn time(line: &Value) -> Option<u64> {
    let at: jiff::Timestamp = line["timestamp"].as_str()?.parse().ok()?;
    u64::try_from(at.as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[track_caller]
    fn check(line: Value, want: CodexEvent) {
        let parsed = CodexLine::parse(line.to_string().as_bytes()).map(|line| line.what);
        assert_eq!(parsed, Some(want), "{line}");
    }

    fn user(texts: &[&str]) -> Value {
        let content: Vec<_> = texts.iter().map(|text| json!({"type": "input_text", "text": text})).collect();
        json!({"type": "response_item", "payload": {"type": "message", "role": "user", "content": content}})
    }

    #[test]
    fn what_codex_put_there_itself_is_no_prompt() {
        for text in [
            "<environment_context>\n  <cwd>/p</cwd>\n</environment_context>",
            "<user_instructions>\nbe brief\n</user_instructions>",
            "# AGENTS.md instructions for /p\n\n<INSTRUCTIONS>\nbe brief\n</INSTRUCTIONS>",
            "<skill>\n<name>x</name>\n</skill>",
            "<image name=[Image #1]>",
            "</image>",
            " \n",
        ] {
            check(user(&[text]), CodexEvent::Other);
        }
        for text in [
            "<div>\nwhat is wrong with this?",
            "<b>x</b>",
            "fix <user_input>",
            "# AGENTS.md is empty",
            "<bug_report>\nno\n</bug_report>",
            "# AGENTS.md instructions are wrong",
        ] {
            check(user(&[text]), CodexEvent::Prompt(vec![InputItem::text(text)]));
        }
        check(
            user(&["<environment_context></environment_context>", "hi"]),
            CodexEvent::Prompt(vec![InputItem::text("hi")]),
        );
    }

    #[test]
    fn calls_and_answers_of_every_version_are_read() {
        let call = |arguments: &str| {
            CodexEvent::Model(Item::FunctionCall {
                call_id: "c1".into(),
                name: "shell".to_owned(),
                arguments: arguments.to_owned(),
            })
        };
        let fields = json!({"type": "function_call", "name": "shell", "arguments": "{}", "call_id": "c1"});
        check(
            json!({"timestamp": "2026-01-02T03:04:05.678Z", "type": "response_item", "payload": fields}),
            call("{}"),
        );
        // before rollouts had payloads
        check(fields, call("{}"));
        check(
            json!({"type": "local_shell_call", "call_id": "c1", "status": "completed", "action": {"type": "exec", "command": ["ls"]}}),
            call(r#"{"command":["ls"],"type":"exec"}"#),
        );
        let answer =
            |output: Value| json!({"type": "function_call_output", "call_id": "c1", "output": output});
        let told = |text: &str, success| {
            CodexEvent::Answer(
                "c1".into(),
                ToolOutput { text: text.to_owned(), success, ..ToolOutput::default() },
            )
        };
        check(answer(json!("done")), told("done", None));
        check(answer(json!({"content": "no", "success": false})), told("no", Some(false)));
        check(
            answer(json!([{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}])),
            told("ab", None),
        );
        check(answer(json!(null)), told("", None));
        check(json!({"type": "reasoning", "summary": [], "encrypted_content": "x"}), CodexEvent::Other);
        check(json!({"type": "world_state", "payload": {"type": "message"}}), CodexEvent::Other);
        assert_eq!(CodexLine::parse(b"[1]"), None);
        let timed = CodexLine::parse(br#"{"timestamp": "1970-01-01T00:00:01Z", "type": "compacted", "payload": {"message": "so far"}}"#);
        assert_eq!(
            timed,
            Some(CodexLine { at_ms: Some(1000), what: CodexEvent::Summary("so far".to_owned()) })
        );
    }

    #[test]
    fn the_first_line_describes_the_session() {
        let meta = json!({"id": "0199", "timestamp": "1970-01-01T00:00:02Z", "cwd": "/p", "git": {"commit_hash": "abc", "branch": "main"}});
        let of = |line: &Value| Rollout::parse(line.to_string().as_bytes());
        let want = Rollout {
            cwd: Some("/p".into()),
            at_ms: 2000,
            git_commit: Some("abc".to_owned()),
            git_branch: Some("main".to_owned()),
        };
        assert_eq!(
            of(&json!({"timestamp": "1970-01-01T00:00:03Z", "type": "session_meta", "payload": meta})),
            Some(want.clone())
        );
        assert_eq!(of(&meta), Some(want));
        let old = json!({"id": "1", "timestamp": "1970-01-01T00:00:02Z", "instructions": null});
        assert_eq!(of(&old), Some(Rollout { at_ms: 2000, ..Rollout::default() }));
        // the first line of a session of the app's own, and others
        for other in
            [json!({"session_id": "1", "at_ms": 5, "cwd": "/p"}), json!({"type": "response_item"}), json!(3)]
        {
            assert_eq!(of(&other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_line_panics(line in "\\PC*", name in "[a-z_]{0,20}", kind in "message|function_call|function_call_output|compacted") {
            let _ = CodexLine::parse(line.as_bytes());
            let _ = Rollout::parse(line.as_bytes());
            let fields = json!({"type": kind, (name): line, "content": [{"text": line}], "role": "user", "call_id": line, "output": line});
            let wrapped = json!({"type": "response_item", "payload": fields}).to_string();
            let read = [fields.to_string(), wrapped].map(|line| CodexLine::parse(line.as_bytes()).is_some());
            prop_assert_eq!(read, [true, true]);
        }
    }
}
