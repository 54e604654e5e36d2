//! An export as one HTML page: no script, no font, no picture from elsewhere.

use crate::export::header::ExportHeader;
use crate::export::text::{
    Pages, about_secrets, command_end, date, diff_lines, hidden_lines, mcp_end, origin, patch_title, plain,
    step_box, task_end, title, undone,
};
use crate::outcome_text::exec_ended;
use crate::row::{Block, BlockKind, FileView, LineKind, ListItem, Row, RowBody, Span};
use protocol::InputItem;
use std::fmt::Write as _;

const STYLE: &str = include_str!("page.css");

/// Returns a session as an HTML page.
pub(super) fn page(pages: &Pages<'_>, header: &ExportHeader) -> String {
    let title = escape(title(pages.session));
    let mut body = String::new();
    for row in &pages.rows {
        body.push_str(&row_html(row, pages));
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<header>\n<h1>{title}</h1>\n<p>{}</p>\n<p class=\"note\">{}</p>\n\
         </header>\n{body}</main>\n</body>\n</html>\n",
        escape(&origin(pages.session, header)),
        escape(&about_secrets(header.secrets_removed)),
    )
}

fn row_html(row: &Row, pages: &Pages<'_>) -> String {
    match &row.body {
        RowBody::User { content, .. } => {
            let items: String = content.iter().map(input).collect();
            format!(
                "<section class=\"you\"><h2>You <time>{}</time></h2>{items}</section>\n",
                escape(&date(row.at_ms))
            )
        }
        RowBody::Agent { blocks, .. } => {
            format!("<section class=\"agent\"><h2>Agent</h2>{}</section>\n", blocks_html(blocks))
        }
        RowBody::Reasoning { text, .. } if text.is_empty() => String::new(),
        RowBody::Reasoning { text, .. } => folded("Reasoning", "", &pre(text)),
        RowBody::Command(command) => {
            let mut output = command.output.clone();
            if command.hidden_lines > 0 {
                output = format!("{}\n{output}", hidden_lines(command.hidden_lines));
            }
            let body = command.rejected.as_ref().unwrap_or(&output);
            folded(&format!("$ {}", command.display), &command_end(command), &pre(body))
        }
        RowBody::Patch(patch) => {
            let files = pages.patches.get(&patch.call_id).into_iter().flatten();
            let files: String = files.map(file_html).collect();
            format!(
                "<details open class=\"card\"><summary>{}</summary>{files}</details>\n",
                escape(&patch_title(patch))
            )
        }
        RowBody::Plan { plan } => {
            let steps = plan.plan.iter();
            let steps: Vec<_> =
                steps.map(|step| format!("{} {}\n", step_box(step.status), step.step)).collect();
            folded("Plan", "", &pre(&steps.concat()))
        }
        RowBody::Notice { text, hint, .. } => {
            let hint = hint.as_deref().unwrap_or_default();
            format!("<p class=\"note\">{} {}</p>\n", escape(text), escape(hint))
        }
        RowBody::Retry { message, .. } => format!("<p class=\"note\">{}</p>\n", escape(message)),
        RowBody::Looks(looks) => format!("<p class=\"quiet\">{}</p>\n", escape(&looks.summary)),
        RowBody::Mcp(call) => {
            let said = call.rejected.as_ref().unwrap_or(&call.output);
            let parts: String = [&call.arguments, said].into_iter().map(|part| pre(part)).collect();
            folded(&format!("{}: {}", call.server, call.tool), &mcp_end(call), &parts)
        }
        RowBody::BackgroundEnd { display, ended_by } => {
            format!(
                "<p class=\"quiet\"><code>{}</code>: {}</p>\n",
                escape(display),
                escape(&exec_ended(ended_by))
            )
        }
        RowBody::Compaction(row) => folded("Summary of the conversation", "", &blocks_html(&row.blocks)),
        RowBody::Undone(row) => format!("<p class=\"quiet\">{}</p>\n", escape(&undone(row))),
        RowBody::TaskEnd { outcome, duration_ms, .. } => {
            format!("<p class=\"end\">{}</p>\n", escape(&task_end(*outcome, *duration_ms)))
        }
    }
}

fn input(item: &InputItem) -> String {
    match item {
        InputItem::Text { text } => format!("<p class=\"said\">{}</p>", escape(text)),
        // anything but a picture that is in the page would be fetched
        InputItem::Image { image_url } if image_url.starts_with("data:image/") => {
            format!("<img src=\"{}\" alt=\"\">", escape(image_url))
        }
        InputItem::Image { .. } => "<p class=\"quiet\">(a picture)</p>".to_owned(),
    }
}

fn file_html(file: &FileView) -> String {
    let mut lines = String::new();
    for (kind, line) in diff_lines(file) {
        let class = match kind {
            Some(LineKind::Added) => "added",
            Some(LineKind::Removed) => "removed",
            Some(LineKind::Context) => "same",
            None => "hunk",
        };
        let _ = writeln!(lines, "<span class=\"{class}\">{}</span>", escape(&line));
    }
    format!(
        "<h3>{} <small>+{} -{}</small></h3><pre class=\"diff\">{lines}</pre>",
        escape(&file.path),
        file.added,
        file.removed
    )
}

fn folded(title: &str, end: &str, body: &str) -> String {
    format!(
        "<details class=\"card\"><summary><code>{}</code> <small>{}</small></summary>{body}</details>\n",
        escape(title),
        escape(end)
    )
}

fn pre(text: &str) -> String {
    let text = plain(text);
    if text.trim().is_empty() { String::new() } else { format!("<pre>{}</pre>", escape(&text)) }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn blocks_html(blocks: &[Block]) -> String {
    blocks.iter().map(block_html).collect()
}

fn block_html(block: &Block) -> String {
    match &block.kind {
        BlockKind::Paragraph { spans } => format!("<p>{}</p>\n", spans_html(spans)),
        BlockKind::Heading { level, spans } => {
            let level = level.saturating_add(2).min(6);
            format!("<h{level}>{}</h{level}>\n", spans_html(spans))
        }
        BlockKind::Code { text, .. } => pre(text),
        BlockKind::List { start, items } => {
            let item = |item: &ListItem| {
                let checked = match item.checked {
                    Some(true) => "☑ ",
                    Some(false) => "☐ ",
                    None => "",
                };
                format!("<li>{checked}{}</li>", blocks_html(&item.blocks))
            };
            let items: String = items.iter().map(item).collect();
            match start {
                Some(start) => format!("<ol start=\"{start}\">{items}</ol>\n"),
                None => format!("<ul>{items}</ul>\n"),
            }
        }
        BlockKind::Quote { blocks } => format!("<blockquote>{}</blockquote>\n", blocks_html(blocks)),
        BlockKind::Table { head, rows, .. } => {
            let line = |cells: &Vec<Vec<Span>>, tag: &str| {
                let cells: Vec<_> =
                    cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", spans_html(cell))).collect();
                format!("<tr>{}</tr>", cells.concat())
            };
            let rows: String = rows.iter().map(|row| line(row, "td")).collect();
            format!("<table><thead>{}</thead><tbody>{rows}</tbody></table>\n", line(head, "th"))
        }
        BlockKind::Rule => "<hr>\n".to_owned(),
        BlockKind::Rest => "<p class=\"quiet\">...</p>\n".to_owned(),
    }
}

fn spans_html(spans: &[Span]) -> String {
    let span = |span: &Span| {
        let mut text = escape(&span.text).replace('\n', "<br>");
        for (is_on, tag) in
            [(span.code, "code"), (span.italic, "em"), (span.bold, "strong"), (span.strike, "s")]
        {
            if is_on {
                text = format!("<{tag}>{text}</{tag}>");
            }
        }
        match &span.link {
            Some(link) => format!("<a href=\"{}\" rel=\"noreferrer\">{text}</a>", escape(link)),
            None => text,
        }
    };
    spans.iter().map(span).collect()
}
