//! Reviews of the practice model: one comment that says what it is, and an end.

use super::output::PracticeOutput;
use engine::Prompt;
use protocol::{InputItem, Item};
use serde_json::json;

/// Returns the next outputs of a review. Depends on nothing but the prompt.
pub(super) fn next(prompt: &Prompt) -> Vec<PracticeOutput> {
    let is_answered = prompt.items.iter().any(|item| matches!(&**item, Item::CallOutput { .. }));
    let comment = prompt.items.first().filter(|_| !is_answered).and_then(|item| match &**item {
        Item::UserMessage { content } => content.iter().find_map(|part| match part {
            InputItem::Text { text } => first_added(text),
            InputItem::Image { .. } => None,
        }),
        _ => None,
    });
    match comment {
        Some((path, line, text)) => {
            let about = format!("This line is new: `{}`. The practice model can point at it, and understands none of it.", text.trim());
            let arguments = json!({ "path": path, "line": line, "text": about });
            vec![PracticeOutput::Call(Item::FunctionCall {
                call_id: "review_1".into(),
                name: "add_comment".to_owned(),
                arguments: arguments.to_string(),
            })]
        }
        None => vec![PracticeOutput::Text(
            "This is the practice model: it reviews nothing. With a real model as reviewer, its findings stand at the lines that they are \
             about."
                .to_owned(),
        )],
    }
}

/// Finds the first line that a patch adds: its file, number and text.
fn first_added(sent: &str) -> Option<(String, u32, String)> {
    let mut path = None;
    for line in sent.lines() {
        if let Some((name, _)) = line.rsplit_once(" (").filter(|(name, _)| !name.starts_with(' ')) {
            path = Some(name.to_owned());
        }
        let (number, rest) = line.trim_start().split_once(' ').unwrap_or_default();
        if let (Ok(number), Some(text), Some(path)) = (number.parse(), rest.strip_prefix('+'), &path)
            && !text.trim().is_empty()
        {
            return Some((path.clone(), number, text.to_owned()));
        }
    }
    None
}
