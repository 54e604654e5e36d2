//! Reviews of patches by a second model, on the terminal.

use crate::foreign::drawn;
use crate::text::seconds;
use protocol::{HunkComment, ModelReview, PatchProposal, ReviewEndedBy, UnseenLines};
use view::text::visible_inline;

/// Maximum number of files that are named.
const MAX_NAMED: usize = 5;

/// Words the end of a review: who it was by, its comments with file and line, and its last words.
pub(crate) fn ended(review: &ModelReview, proposal: Option<&PatchProposal>) -> String {
    let model = visible_inline(&review.reviewer.model);
    let count = match review.comments.len() {
        0 => "no comments".to_owned(),
        1 => "1 comment".to_owned(),
        count => format!("{count} comments"),
    };
    let mut out = match &review.ended_by {
        ReviewEndedBy::Completed => {
            format!("  review by {model}: {count}, {}\n", seconds(review.duration_ms))
        }
        ReviewEndedBy::Stopped => format!("  review by {model}: stopped\n"),
        ReviewEndedBy::AppStopped => format!("  review by {model}: cut off, Countersign stopped\n"),
        ReviewEndedBy::Failed { error } => {
            let hint = error.hint.as_deref().map(|hint| format!("; {}", visible_inline(hint)));
            format!(
                "  review by {model} failed: {}{}\n",
                visible_inline(&error.message),
                hint.unwrap_or_default()
            )
        }
    };
    if !review.unseen.is_empty() {
        out.push_str(&drawn("   ", &unseen(&review.unseen)));
    }
    for comment in &review.comments {
        out.push_str(&drawn(&format!("    {}", place(comment, proposal)), &comment.text));
    }
    if !review.summary.trim().is_empty() {
        out.push_str(&drawn("   ", review.summary.trim()));
    }
    out
}

/// Words what of a patch its reviewer was not shown.
fn unseen(unseen: &[UnseenLines]) -> String {
    let named: Vec<_> = unseen
        .iter()
        .take(MAX_NAMED)
        .map(|of| format!("{} line{} of {}", of.lines, if of.lines == 1 { "" } else { "s" }, of.path))
        .collect();
    let more = unseen.len().saturating_sub(MAX_NAMED);
    let more = if more == 0 { String::new() } else { format!(" and lines of {more} more files") };
    format!("it was not shown {}{more}: the patch is too long", named.join(", "))
}

/// Names the lines that a comment is on: "src/a.rs:12".
fn place(comment: &HunkComment, proposal: Option<&PatchProposal>) -> String {
    match proposal.and_then(|proposal| proposal.quote(comment)) {
        Some(quoted) => format!("{}:{}", visible_inline(&quoted.path), quoted.line),
        None => format!("hunk {}", comment.hunk),
    }
}
