//! Calls of tools that are neither a command nor a patch: quiet lines for those that only look, cards for those of MCP servers.

use super::outcome;
use super::state::{Card, Timeline};
use crate::diff;
use crate::json;
use crate::output::OutputText;
use crate::row::{CardStatus, Change, LookCall, McpRow, ReadToolGroup, RowBody};
use crate::text::{one_line, visible_inline};
use protocol::{CallId, ToolEndedBy, ToolInvocation, ToolProgress, ToolResult};
use serde::Deserialize;

/// Calls of one group: each change of the group sends all of them.
const MAX_GROUP: usize = 50;
/// Longest title of a look, in characters.
const MAX_TITLE_CHARS: usize = 300;
/// Longest arguments on a card, in bytes.
const MAX_ARGUMENTS: usize = 16 * 1024;
/// Longest output on a card, in bytes.
const MAX_OUTPUT: usize = 8 * 1024;

impl Timeline {
    pub(super) fn look_begins(&mut self, at_ms: u64, invocation: &ToolInvocation, out: &mut Vec<Change>) {
        let call = LookCall {
            call_id: invocation.call_id.clone(),
            tool: visible_inline(&invocation.tool).into_owned(),
            title: self.look_title(invocation),
            status: CardStatus::Running,
            ended_by: None,
            duration_ms: None,
            error: None,
        };
        let last = self.rows.len().saturating_sub(1);
        let joined = match self.rows.last_mut().map(|row| &mut row.body) {
            Some(RowBody::Looks(looks)) if looks.calls.len() < MAX_GROUP => {
                looks.calls.push(call.clone());
                sum_up(looks);
                true
            }
            _ => false,
        };
        let row = if joined { last } else { self.rows.len() };
        self.cards.insert(invocation.call_id.clone(), Card { row, ..Card::default() });
        out.extend(if joined {
            self.tell_row(row)
        } else {
            let mut looks =
                ReadToolGroup { summary: String::new(), status: CardStatus::Running, calls: vec![call] };
            sum_up(&mut looks);
            self.add(at_ms, RowBody::Looks(looks))
        });
    }

    pub(super) fn mcp_waits(&mut self, at_ms: u64, invocation: &ToolInvocation, out: &mut Vec<Change>) {
        self.mcp_card(at_ms, invocation, CardStatus::Waiting, out);
    }

    pub(super) fn mcp_begins(&mut self, at_ms: u64, invocation: &ToolInvocation, out: &mut Vec<Change>) {
        self.mcp_card(at_ms, invocation, CardStatus::Running, out);
    }

    pub(super) fn mcp_progresses(
        &mut self,
        call_id: &CallId,
        progress: &ToolProgress,
        out: &mut Vec<Change>,
    ) {
        let message = progress.message.as_deref().map(|message| one_line(message, MAX_TITLE_CHARS));
        let progress = ToolProgress { message, ..progress.clone() };
        self.edit(call_id, out, |body| match body {
            RowBody::Mcp(call) if call.status == CardStatus::Running => call.progress = Some(progress),
            _ => {}
        });
    }

    pub(super) fn tool_ends(&mut self, call_id: &CallId, result: &ToolResult, out: &mut Vec<Change>) {
        let status = outcome::tool_status(&result.ended_by);
        let ended_by = outcome::tool(&result.ended_by);
        self.edit(call_id, out, |body| match body {
            RowBody::Mcp(call) => {
                // the beginning is shown, which ends at the gap of a long output
                let (output, rest) = match result.truncation {
                    Some(gap) => gap.split(&result.output),
                    None => (result.output.as_str(), ""),
                };
                let output = OutputText::convert_plain(&json::indented(output));
                let shown = cut(&output, MAX_OUTPUT);
                call.more = shown.len() < output.len() || !rest.is_empty();
                shown.clone_into(&mut call.output);
                call.images = result.images;
                call.duration_ms = Some(result.duration_ms);
                call.status = status;
                call.progress = None;
                call.ended_by = Some(ended_by);
            }
            RowBody::Looks(looks) => {
                if let Some(call) = looks.calls.iter_mut().find(|call| call.call_id == *call_id) {
                    call.status = status;
                    call.duration_ms = Some(result.duration_ms);
                    call.error = (result.ended_by == ToolEndedBy::Failed)
                        .then(|| one_line(&result.output, MAX_TITLE_CHARS))
                        .filter(|error| !error.is_empty());
                    call.ended_by = Some(ended_by);
                }
                sum_up(looks);
            }
            _ => {}
        });
    }

    fn mcp_card(
        &mut self,
        at_ms: u64,
        invocation: &ToolInvocation,
        status: CardStatus,
        out: &mut Vec<Change>,
    ) {
        let arguments = json::arguments(&invocation.arguments);
        let shown = cut(&arguments, MAX_ARGUMENTS);
        let left_out = arguments[shown.len()..].chars().count();
        let body = RowBody::Mcp(Box::new(McpRow {
            call_id: invocation.call_id.clone(),
            server: visible_inline(invocation.server.as_deref().unwrap_or_default()).into_owned(),
            tool: visible_inline(&invocation.tool).into_owned(),
            arguments: match left_out {
                0 => shown.to_owned(),
                _ => format!("{shown}\n[{left_out} more characters]"),
            },
            status,
            progress: None,
            output: String::new(),
            more: false,
            images: 0,
            ended_by: None,
            duration_ms: None,
            rejected: None,
        }));
        out.extend(if let Some(card) = self.cards.get(&invocation.call_id) {
            let row = card.row;
            self.replace(row, body)
        } else {
            self.cards.insert(invocation.call_id.clone(), Card { row: self.rows.len(), ..Card::default() });
            self.add(at_ms, body)
        });
    }

    /// Names a look in words that mean something to a person: a command by its text, not by its call.
    fn look_title(&self, invocation: &ToolInvocation) -> String {
        #[derive(Deserialize)]
        struct Of {
            id: CallId,
        }
        let verb = match invocation.tool.as_str() {
            "command_output" => "look at the output of",
            "stop_command" => "end",
            _ => return one_line(&invocation.title, MAX_TITLE_CHARS),
        };
        let command = serde_json::from_str(&invocation.arguments)
            .ok()
            .and_then(|Of { id }| self.session.background.iter().find(|command| command.call_id == id));
        match command {
            Some(command) => one_line(&format!("{verb} `{}`", command.display), MAX_TITLE_CHARS),
            None => one_line(&invocation.title, MAX_TITLE_CHARS),
        }
    }
}

/// Ends the calls of a group whose task is over.
pub(super) fn stop(looks: &mut ReadToolGroup) {
    for call in looks.calls.iter_mut().filter(|call| call.status == CardStatus::Running) {
        call.status = CardStatus::Interrupted;
    }
    sum_up(looks);
}

/// Says again what the calls of a group did in all, and where they stand.
fn sum_up(looks: &mut ReadToolGroup) {
    let any = |status| looks.calls.iter().any(|call| call.status == status);
    looks.status = [CardStatus::Running, CardStatus::Failed, CardStatus::Interrupted]
        .into_iter()
        .find(|status| any(*status))
        .unwrap_or(CardStatus::Ok);
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for call in &looks.calls {
        match kinds.iter_mut().find(|(tool, _)| *tool == call.tool) {
            Some((_, count)) => *count += 1,
            None => kinds.push((&call.tool, 1)),
        }
    }
    let parts: Vec<_> = kinds
        .into_iter()
        .map(|(tool, count)| match tool {
            "read_file" => format!("read {}", counted(count, "file")),
            "list_dir" => format!("listed {}", counted(count, "folder")),
            "grep_files" => format!("searched {}", counted(count, "time")),
            "view_image" => format!("looked at {}", counted(count, "image")),
            "command_output" => format!("looked at running commands {}", counted(count, "time")),
            "stop_command" => format!("ended {}", counted(count, "command")),
            other => format!("called {other} {}", counted(count, "time")),
        })
        .collect();
    let mut summary = parts.join(", ");
    if let Some(first) = summary.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    looks.summary = summary;
}

fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if diff::count(count) == 1 { "" } else { "s" })
}

/// The beginning of `text`, at most so many bytes.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}
