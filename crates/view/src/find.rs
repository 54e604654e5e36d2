//! Search in rows: the text of each as the window shows it, whether it is on the screen or not.

use crate::row::{Block, BlockKind, RowBody, Span};
use protocol::InputItem;
use terminal_text::without_styles;

/// Counts the matches of `query` in a row; case does not matter. `output` is all that its command printed, where more is kept than
/// the row holds.
pub fn count_matches(body: &RowBody, query: &str, output: Option<&str>) -> u32 {
    let query = query.to_lowercase();
    if query.is_empty() {
        return 0;
    }
    let mut count = 0;
    each_text(body, output, &mut |text| {
        count += text.to_lowercase().matches(&query).count();
    });
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Calls `each` with every text of a row, from top to bottom. A match lies in one of them. `output` is as for [`count_matches`].
pub fn each_text(body: &RowBody, output: Option<&str>, each: &mut dyn FnMut(&str)) {
    match body {
        RowBody::User { content, .. } => {
            for item in content {
                if let InputItem::Text { text } = item {
                    each(text);
                }
            }
        }
        RowBody::Agent { blocks, .. } => block_texts(blocks, each),
        RowBody::Reasoning { text, .. } | RowBody::Notice { text, hint: None, .. } => each(text),
        RowBody::Notice { text, hint: Some(hint), .. } => {
            each(text);
            each(hint);
        }
        RowBody::Command(command) => {
            each(&command.display);
            each(&without_styles(output.unwrap_or(&command.output)));
        }
        RowBody::Patch(patch) => {
            for file in &patch.files {
                each(file.move_to.as_ref().unwrap_or(&file.path));
            }
            for comment in &patch.comments {
                each(&comment.quoted.join("\n"));
                each(&comment.text);
            }
        }
        RowBody::Plan { plan } => {
            plan.explanation.iter().for_each(|why| each(why));
            plan.plan.iter().for_each(|step| each(&step.step));
        }
        RowBody::Retry { message, .. } => each(message),
        RowBody::Looks(group) => group.calls.iter().for_each(|call| each(&call.title)),
        RowBody::Mcp(call) => {
            each(&call.arguments);
            each(output.unwrap_or(&call.output));
        }
        RowBody::BackgroundEnd { display, .. } => each(display),
        RowBody::Compaction(row) => block_texts(&row.blocks, each),
        RowBody::Undone(row) => row.paths.iter().chain(&row.left_alone).for_each(|path| each(path)),
        RowBody::TaskEnd { .. } => {}
    }
}

fn block_texts(blocks: &[Block], each: &mut dyn FnMut(&str)) {
    for block in blocks {
        match &block.kind {
            BlockKind::Paragraph { spans } | BlockKind::Heading { spans, .. } => each(&joined(spans)),
            BlockKind::Code { text, .. } => each(text),
            BlockKind::List { items, .. } => items.iter().for_each(|item| block_texts(&item.blocks, each)),
            BlockKind::Quote { blocks } => block_texts(blocks, each),
            BlockKind::Table { head, rows, .. } => {
                head.iter().chain(rows.iter().flatten()).for_each(|cell| each(&joined(cell)));
            }
            BlockKind::Rule | BlockKind::Rest => {}
        }
    }
}

/// Joins the spans of a line: a match may begin in one style and end in another.
fn joined(spans: &[Span]) -> String {
    spans.iter().map(|span| span.text.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::Markdown;

    #[test]
    fn matches_are_counted_across_styles_and_in_all_that_is_kept() {
        let body = RowBody::Agent {
            blocks: Markdown::of("A **bo**undary.\n\n- the boundary\n\n```rs\nlet boundary = 1;\n```"),
            streaming: false,
            interrupted: false,
        };
        assert_eq!(count_matches(&body, "BOUNDARY", None), 3);
        assert_eq!(count_matches(&body, "boundary.the", None), 0, "not from one paragraph into the next");
        assert_eq!(count_matches(&body, "", None), 0);
        let command = RowBody::Reasoning { text: "Straße, strasse".to_owned(), streaming: false };
        assert_eq!(count_matches(&command, "straße", None), 1);
    }
}
