//! An export as Markdown.

use crate::export::header::ExportHeader;
use crate::export::text::{
    Pages, about_secrets, command_end, date, diff_lines, hidden_lines, mcp_end, origin, patch_title, plain,
    step_box, task_end, title, undone,
};
use crate::outcome_text::exec_ended;
use crate::row::{Block, BlockKind, ListItem, Row, RowBody, Span};
use protocol::InputItem;
use std::fmt::Write as _;

/// Returns a session as Markdown.
pub(super) fn page(pages: &Pages<'_>, header: &ExportHeader) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# {}\n", escape(title(pages.session)));
    let _ = writeln!(out, "{}\n", escape(&origin(pages.session, header)));
    let _ = writeln!(out, "> {}\n", about_secrets(header.secrets_removed));
    for row in &pages.rows {
        let text = row_text(row, pages);
        if !text.is_empty() {
            out.push_str(text.trim_end());
            out.push_str("\n\n");
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn row_text(row: &Row, pages: &Pages<'_>) -> String {
    match &row.body {
        RowBody::User { content, .. } => {
            let items = content.iter().map(|item| match item {
                InputItem::Text { text } => text.clone(),
                InputItem::Image { .. } => "*(a picture)*".to_owned(),
            });
            format!("## You ({})\n\n{}", date(row.at_ms), items.collect::<Vec<_>>().join("\n\n"))
        }
        RowBody::Agent { blocks, .. } => format!("## Agent\n\n{}", blocks_text(blocks)),
        RowBody::Reasoning { text, .. } if text.is_empty() => String::new(),
        RowBody::Reasoning { text, .. } => folded("Reasoning", text),
        RowBody::Command(command) => {
            let mut output = command.output.clone();
            if command.hidden_lines > 0 {
                output = format!("{}\n{output}", hidden_lines(command.hidden_lines));
            }
            let body = command.rejected.as_ref().unwrap_or(&output);
            let head = format!("**Command** {}: {}", code(&command.display), command_end(command));
            if body.trim().is_empty() { head } else { format!("{head}\n\n{}", fenced("text", &plain(body))) }
        }
        RowBody::Patch(patch) => {
            let mut text = format!("**{}**", patch_title(patch));
            for file in pages.patches.get(&patch.call_id).into_iter().flatten() {
                let lines: Vec<_> = diff_lines(file).into_iter().map(|(_, line)| line).collect();
                let diff = format!("--- {0}\n+++ {0}\n{1}", file.path, lines.join("\n"));
                let _ = write!(text, "\n\n{}", fenced("diff", &diff));
            }
            text
        }
        RowBody::Plan { plan } => {
            let steps = plan.plan.iter().map(|step| format!("- {} {}", step_box(step.status), step.step));
            format!("**Plan**\n\n{}", steps.collect::<Vec<_>>().join("\n"))
        }
        RowBody::Notice { text, hint, .. } => {
            format!("> {text}{}", hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default())
        }
        RowBody::Retry { message, .. } => format!("> {message}"),
        RowBody::Looks(looks) => format!("*{}*", escape(&looks.summary)),
        RowBody::Mcp(call) => {
            let mut text =
                format!("**Tool** {}: {}", code(&format!("{}: {}", call.server, call.tool)), mcp_end(call));
            for part in [&call.arguments, call.rejected.as_ref().unwrap_or(&call.output)] {
                if !part.trim().is_empty() {
                    let _ = write!(text, "\n\n{}", fenced("text", &plain(part)));
                }
            }
            text
        }
        RowBody::BackgroundEnd { display, ended_by } => {
            format!("**Background command** {}: {}", code(display), exec_ended(ended_by))
        }
        RowBody::Compaction(row) => {
            format!("**Summary of the conversation**\n\n{}", blocks_text(&row.blocks))
        }
        RowBody::Undone(row) => format!("**{}**", undone(row)),
        RowBody::TaskEnd { outcome, duration_ms, .. } => {
            format!("*{}*\n\n---", task_end(*outcome, *duration_ms))
        }
    }
}

fn folded(title: &str, text: &str) -> String {
    format!("<details><summary>{title}</summary>\n\n{}\n\n</details>", fenced("text", text))
}

/// Puts a text into a fence that it cannot end.
fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
}

fn code(text: &str) -> String {
    let line = text.replace('\n', " ");
    let ticks = "`".repeat(longest_run(&line) + 1);
    let pad = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{line}{pad}{ticks}")
}

/// Returns the length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Has characters that mean something in Markdown stand for themselves.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn blocks_text(blocks: &[Block]) -> String {
    blocks.iter().map(block_text).collect::<Vec<_>>().join("\n\n")
}

fn block_text(block: &Block) -> String {
    match &block.kind {
        BlockKind::Paragraph { spans } => spans_text(spans).replace('\n', "  \n"),
        BlockKind::Heading { level, spans } => {
            // beneath the headings of the page
            format!("{} {}", "#".repeat(usize::from(*level).min(4) + 2), spans_text(spans))
        }
        BlockKind::Code { language, text } => fenced(language, text),
        BlockKind::List { start, items } => {
            let item = |(index, item): (usize, &ListItem)| {
                let mark = start.map_or_else(|| "-".to_owned(), |start| format!("{}.", start + index as u64));
                let checked = match item.checked {
                    Some(true) => "[x] ",
                    Some(false) => "[ ] ",
                    None => "",
                };
                let indent = " ".repeat(mark.len() + 1);
                let text = blocks_text(&item.blocks).replace('\n', &format!("\n{indent}"));
                format!("{mark} {checked}{text}")
            };
            items.iter().enumerate().map(item).collect::<Vec<_>>().join("\n")
        }
        BlockKind::Quote { blocks } => format!("> {}", blocks_text(blocks).replace('\n', "\n> ")),
        BlockKind::Table { head, rows, .. } => {
            let line = |cells: &Vec<Vec<Span>>| {
                let cells: Vec<_> = cells.iter().map(|cell| spans_text(cell).replace('\n', " ")).collect();
                format!("| {} |", cells.join(" | "))
            };
            let rule = format!("|{}", " --- |".repeat(head.len()));
            let lines: Vec<_> = [line(head), rule].into_iter().chain(rows.iter().map(line)).collect();
            lines.join("\n")
        }
        BlockKind::Rule => "---".to_owned(),
        BlockKind::Rest => "...".to_owned(),
    }
}

fn spans_text(spans: &[Span]) -> String {
    let span = |span: &Span| {
        let mut text = if span.code { code(&span.text) } else { escape(&span.text) };
        for (is_on, mark) in [(span.italic, "*"), (span.bold, "**"), (span.strike, "~~")] {
            if is_on {
                text = format!("{mark}{text}{mark}");
            }
        }
        match &span.link {
            Some(link) => format!("[{text}](<{link}>)"),
            None => text,
        }
    };
    spans.iter().map(span).collect()
}
