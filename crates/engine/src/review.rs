//! Review of a patch by a second model: its requests, and its calls.

use crate::effect::ReviewRequest;
use crate::prompt::{Prompt, Purpose, ToolSpec};
use crate::tools::{self, ReadTool, add_comment};
use protocol::{
    FilePatch, Hunk, HunkComment, InputItem, Item, MarkedLine, PatchKind, PatchProposal, UnseenLines,
};
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

/// Maximum number of comments of a review.
pub const MAX_COMMENTS: usize = 50;

/// Longest comment, in bytes.
const MAX_COMMENT_BYTES: usize = 4 * 1024;

/// Bytes of a patch that are sent. Of a longer one, the first lines of each file are.
const MAX_PATCH_BYTES: usize = 200 * 1024;

/// Bytes of the person's prompts that are sent: the last ones.
const MAX_ASKED_BYTES: usize = 16 * 1024;

const INSTRUCTIONS: &str = "You review a patch that another coding agent proposes, before a person decides on it. You can read the \
    project with your tools; you can change nothing, and nothing of the patch is written yet.\n\n\
    Look for what the person would want to know before approving: wrong results, crashes, lost data, security holes, broken callers, \
    missing cases, tests that cannot fail, changes that nobody asked for. Check what you suspect in the files before you say it. Leave \
    out matters of taste, praise, and what the patch says itself.\n\n\
    Call add_comment once for each finding, on the lines that it is about. Then end with at most three plain sentences on the patch as a \
    whole: whether you would approve it, and why. Where you find nothing, say so; do not invent findings.";

/// Tools of a reviewer.
static TOOLS: LazyLock<Arc<[ToolSpec]>> = LazyLock::new(|| {
    let comment = tools::function::<add_comment::Args>(add_comment::NAME, add_comment::DESCRIPTION);
    tools::reviewer_tools().chain(std::iter::once(comment)).collect()
});

/// A call of a reviewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewCall {
    /// It reads.
    Read(ReadTool),
    /// It comments on lines of the patch.
    Comment(HunkComment),
    /// It cannot be carried out; the words are for the model.
    Unusable(String),
}

/// Returns the items that a review begins with.
pub fn first_items(request: &ReviewRequest) -> Vec<Arc<Item>> {
    let mut text = String::new();
    // writing to a String cannot fail
    if let Some(instructions) = request.instructions.as_deref().filter(|text| !text.trim().is_empty()) {
        let _ = writeln!(text, "Rules of the person and the project:\n\n{}\n", instructions.trim_end());
    }
    let asked = request.asked.join("\n\n");
    let asked = cut_before(&asked, MAX_ASKED_BYTES);
    if !asked.trim().is_empty() {
        let _ = writeln!(text, "The person asked the agent:\n\n{asked}\n");
    }
    let _ = write!(
        text,
        "The patch, with the numbers of its lines (of the file as it is for removed ones, else of the file with the patch):\n\n{}",
        numbered(&request.proposal).0
    );
    vec![Arc::new(Item::UserMessage { content: vec![InputItem::Text { text }] })]
}

/// Returns the lines of a patch that a review of it does not show.
pub fn unseen(proposal: &PatchProposal) -> Vec<UnseenLines> {
    numbered(proposal).1
}

/// Makes the next request of a review that has come to these items.
pub fn prompt(request: &ReviewRequest, items: Vec<Arc<Item>>) -> Prompt {
    Prompt {
        model: request.reviewer.model.clone(),
        instructions: Arc::from(INSTRUCTIONS),
        items,
        tools: Arc::clone(&TOOLS),
        reasoning_effort: None,
        reasoning_summary: None,
        store: request.store,
        cache_key: format!("{}-review", request.cache_key),
        purpose: Purpose::Review,
    }
}

/// Reads a call of the reviewer's.
pub fn read_call(proposal: &PatchProposal, item: &Item) -> ReviewCall {
    let Item::FunctionCall { name, arguments, .. } = item else {
        return ReviewCall::Unusable("not a call of a function".to_owned());
    };
    if name == add_comment::NAME {
        let placed = tools::parse(arguments).and_then(|args| place(proposal, &args));
        return placed.map_or_else(ReviewCall::Unusable, ReviewCall::Comment);
    }
    match tools::parse_reviewer_call(name, arguments) {
        Some(parsed) => parsed.map_or_else(ReviewCall::Unusable, ReviewCall::Read),
        None => ReviewCall::Unusable(format!("unsupported call: {name}")),
    }
}

/// Finds the lines that a comment is on. The error is for the model.
fn place(proposal: &PatchProposal, comment: &add_comment::Args) -> Result<HunkComment, String> {
    let text = comment.text.trim();
    if text.is_empty() {
        return Err("the comment is empty".to_owned());
    }
    let named = comment.path.strip_prefix("./").unwrap_or(&comment.path);
    let Some(file) =
        proposal.files.iter().find(|file| file.path == named || file.target.as_os_str() == named)
    else {
        let files: Vec<_> = proposal.files.iter().map(|file| file.path.as_str()).take(20).collect();
        return Err(format!("the patch has no file `{}`; its files are {}", comment.path, files.join(", ")));
    };
    let last = comment.to_line.unwrap_or(comment.line).max(comment.line);
    let number = |line: &MarkedLine<'_>| if comment.removed { line.old_no } else { line.new_no };
    for hunk in &file.hunks {
        let lines = hunk.marked_lines();
        let is_meant = |line: &MarkedLine<'_>| {
            number(line).is_some_and(|number| (comment.line..=last).contains(&number))
        };
        let (Some(from), Some(to)) = (lines.iter().position(is_meant), lines.iter().rposition(is_meant))
        else {
            continue;
        };
        let at = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let text = cut(text, MAX_COMMENT_BYTES).to_owned();
        return Ok(HunkComment { hunk: hunk.id.clone(), from: at(from), to: at(to), text });
    }
    let side = if comment.removed { "removed lines" } else { "lines" };
    Err(format!(
        "the patch shows no line {} of {}; it shows the {side} {}",
        comment.line,
        file.path,
        shown_lines(file, comment.removed)
    ))
}

/// Lists the line numbers that a patch shows of a file.
fn shown_lines(file: &FilePatch, removed: bool) -> String {
    let range = |hunk: &Hunk| {
        let numbers: Vec<u32> = hunk
            .marked_lines()
            .iter()
            .filter_map(|line| if removed { line.old_no.filter(|_| line.mark == '-') } else { line.new_no })
            .collect();
        Some(format!("{} to {}", numbers.first()?, numbers.last()?))
    };
    let ranges: Vec<String> = file.hunks.iter().filter_map(range).take(20).collect();
    if ranges.is_empty() { "none".to_owned() } else { ranges.join(", ") }
}

/// Writes a patch with the number of each line, and tells the lines left out for its length.
fn numbered(proposal: &PatchProposal) -> (String, Vec<UnseenLines>) {
    let parts: Vec<_> = proposal.files.iter().map(|file| (heading(file), numbered_lines(file))).collect();
    let sizes: Vec<usize> = parts
        .iter()
        .map(|(heading, lines)| heading.len() + lines.iter().map(String::len).sum::<usize>())
        .collect();
    let share = share(sizes, MAX_PATCH_BYTES);
    let (mut text, mut unseen) = (String::new(), Vec::new());
    for (file, (heading, lines)) in proposal.files.iter().zip(parts) {
        let mut left = share.saturating_sub(heading.len());
        text.push_str(&heading);
        let shown = lines.iter().take_while(|line| {
            let fits = line.len() <= left;
            left = left.saturating_sub(line.len());
            fits
        });
        let shown = shown.count();
        text.extend(lines[..shown].iter().map(String::as_str));
        let missing = lines[shown..].iter().filter(|line| *line != HUNK_BEGIN).count();
        if missing > 0 {
            // writing to a String cannot fail
            let _ = writeln!(text, "  ({missing} more lines are left out, as the patch is too long)");
            let lines = u32::try_from(missing).unwrap_or(u32::MAX);
            unseen.push(UnseenLines { path: file.path.clone(), lines });
        }
        text.push('\n');
    }
    (text, unseen)
}

/// Line before those of a hunk.
const HUNK_BEGIN: &str = "  @@\n";

fn heading(file: &FilePatch) -> String {
    let mut text = String::new();
    let what = match &file.kind {
        PatchKind::Add => "new",
        PatchKind::Delete => "deleted",
        PatchKind::Update { .. } => "changed",
    };
    // writing to a String cannot fail
    let _ = write!(text, "{} ({what}", file.path);
    if let PatchKind::Update { move_to: Some(to) } = &file.kind {
        let _ = write!(text, ", moved to {to}");
    }
    text.push_str(")\n");
    for note in &file.notes {
        let _ = writeln!(text, "  ({note})");
    }
    text
}

fn numbered_lines(file: &FilePatch) -> Vec<String> {
    let mut lines = Vec::new();
    for hunk in &file.hunks {
        lines.push(HUNK_BEGIN.to_owned());
        for line in hunk.marked_lines() {
            let number = line.new_no.or(line.old_no).unwrap_or_default();
            lines.push(format!("{number:>6} {}{}\n", line.mark, line.text));
        }
    }
    lines
}

/// Returns how much each of several parts may take of `room`, so that small ones are whole and large ones share the rest.
fn share(mut sizes: Vec<usize>, room: usize) -> usize {
    sizes.sort_unstable();
    let mut left = room;
    for (before, size) in sizes.iter().enumerate() {
        let share = left / (sizes.len() - before);
        if *size > share {
            return share;
        }
        left -= size;
    }
    usize::MAX
}

/// Cuts the beginning of a text off.
fn cut_before(text: &str, bytes: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(bytes))..]
}

fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use protocol::HunkId;
    use serde_json::json;

    fn strings(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    fn proposal() -> PatchProposal {
        let hunk = |number, old_start, new_start| Hunk {
            id: HunkId::new(0, number),
            old_start,
            new_start,
            before: strings(&["a"]),
            old: strings(&["b"]),
            new: strings(&["B", "C"]),
            after: strings(&["d"]),
        };
        let file = FilePatch {
            path: "src/a.rs".to_owned(),
            target: "/p/src/a.rs".into(),
            kind: PatchKind::Update { move_to: None },
            move_target: None,
            base_sha256: None,
            move_base_sha256: None,
            hunks: vec![hunk(0, 1, 1), hunk(1, 10, 11)],
            outside: false,
            protected: None,
            loose: vec![],
            linked: vec![],
            binary: false,
            conflicts: Vec::new(),
            effect: None,
            notes: vec![],
        };
        PatchProposal { files: vec![file] }
    }

    fn commented(arguments: &serde_json::Value) -> ReviewCall {
        let item = Item::FunctionCall {
            call_id: "c".into(),
            name: add_comment::NAME.to_owned(),
            arguments: arguments.to_string(),
        };
        read_call(&proposal(), &item)
    }

    #[test]
    fn a_comment_is_on_the_lines_that_the_patch_shows_by_these_numbers() {
        for (arguments, hunk, from, to) in [
            (json!({"path": "src/a.rs", "line": 2, "text": "x"}), 0, 2, 2),
            (json!({"path": "./src/a.rs", "line": 2, "to_line": 3, "text": "x"}), 0, 2, 3),
            (json!({"path": "/p/src/a.rs", "line": 12, "to_line": 99, "text": "x"}), 1, 2, 4),
            (json!({"path": "src/a.rs", "line": 11, "removed": true, "text": "x"}), 1, 1, 1),
            (json!({"path": "src/a.rs", "line": 12, "to_line": 1, "text": "x"}), 1, 2, 2),
        ] {
            let text = "x".to_owned();
            let expected = HunkComment { hunk: HunkId::new(0, hunk), from, to, text };
            assert_eq!(commented(&arguments), ReviewCall::Comment(expected), "{arguments}");
        }
    }

    #[test]
    fn a_comment_on_nothing_is_told_what_there_is() {
        for (arguments, told) in [
            (json!({"path": "src/b.rs", "line": 2, "text": "x"}), "its files are src/a.rs"),
            (json!({"path": "src/a.rs", "line": 7, "text": "x"}), "it shows the lines 1 to 4, 11 to 14"),
            (
                json!({"path": "src/a.rs", "line": 7, "removed": true, "text": "x"}),
                "removed lines 2 to 2, 11 to 11",
            ),
            (json!({"path": "src/a.rs", "line": 2, "text": " "}), "the comment is empty"),
            (json!({"path": "src/a.rs", "text": "x"}), "line"),
        ] {
            let ReviewCall::Unusable(why) = commented(&arguments) else { panic!("{arguments}") };
            assert!(why.contains(told), "{arguments}: {why}");
        }
        let item =
            Item::FunctionCall { call_id: "c".into(), name: "shell".to_owned(), arguments: "{}".to_owned() };
        assert_eq!(read_call(&proposal(), &item), ReviewCall::Unusable("unsupported call: shell".to_owned()));
    }

    #[test]
    fn the_patch_is_sent_with_the_number_of_each_line() {
        let (text, unseen) = numbered(&proposal());
        assert_eq!(unseen, []);
        let first = "src/a.rs (changed)\n  @@\n     1  a\n     2 -b\n     2 +B\n     3 +C\n     4  d\n";
        assert!(text.starts_with(first), "{text}");
    }

    #[test]
    fn of_a_patch_that_is_too_long_small_files_are_whole_and_what_is_left_out_is_counted() {
        let long = "x".repeat(100);
        let lines = |count| vec![long.clone(); count];
        let file = |path: &str, count| {
            let mut file = proposal().files.remove(0);
            path.clone_into(&mut file.path);
            file.hunks.truncate(1);
            file.hunks[0].new = lines(count);
            file
        };
        let proposal = PatchProposal {
            files: vec![file("large.rs", 3000), file("small.rs", 10), file("huge.rs", 9000)],
        };
        let (text, unseen) = numbered(&proposal);
        assert!(text.len() < MAX_PATCH_BYTES + 1000, "{}", text.len());
        let small = text.find("small.rs").unwrap();
        assert_eq!(text[small..].lines().take_while(|line| !line.is_empty()).count(), 2 + 1 + 1 + 10 + 1);
        let shown = |path: &str, count: u32| {
            let of = unseen.iter().find(|unseen| unseen.path == path).unwrap();
            // with the lines around the new ones
            count + 3 - of.lines
        };
        let (large, huge) = (shown("large.rs", 3000), shown("huge.rs", 9000));
        assert!(unseen.len() == 2 && large.abs_diff(huge) <= 1 && large > 900, "{unseen:?}");
        let told = text.matches("more lines are left out").count();
        assert_eq!(told, 2);
    }

    #[test]
    fn of_long_prompts_the_last_words_are_sent() {
        let text = format!("é{}", "a".repeat(MAX_ASKED_BYTES - 1));
        assert_eq!(cut_before(&text, MAX_ASKED_BYTES), &text["é".len()..]);
        assert_eq!(cut_before("short", MAX_ASKED_BYTES), "short");
    }

    proptest! {
        #[test]
        fn whatever_a_reviewer_calls_a_comment_is_on_lines_of_the_patch(
            name in "[a-z_]{0,12}|add_comment|read_file",
            arguments in "\\PC{0,60}|\\{\"path\":\"src/a.rs\",\"line\":[0-9]{1,10},\"to_line\":[0-9]{1,10},\"text\":\"x\"\\}",
        ) {
            let item = Item::FunctionCall { call_id: "c".into(), name, arguments };
            if let ReviewCall::Comment(comment) = read_call(&proposal(), &item) {
                prop_assert!(proposal().quote(&comment).is_some());
            }
        }
    }
}
