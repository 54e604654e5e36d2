//! No doc comment begins with a question word or a reference to its neighbour.

use super::fault::Fault;
use super::sources::{SourceFiles, has_extension};

/// Name of the rule in the list of debts.
const RULE: &str = "doc-comments";

/// Words that no doc comment begins with.
const FORBIDDEN: [&str; 6] = ["What", "Who", "Which", "Whose", "How long", "The same"];

pub(super) fn check(sources: &SourceFiles) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (file, text) in &sources.0 {
        let comments = if has_extension(file, "rs") { rust_comments(text) } else { script_comments(text) };
        for (line, comment) in comments {
            if let Some(words) = FORBIDDEN.iter().find(|words| begins_with(comment, words)) {
                faults.push(Fault {
                    rule: RULE,
                    file: file.clone(),
                    line,
                    text: format!(
                        "a doc comment begins with `{words}`: begin with a verb in the third person (functions) or a noun phrase \
                         (types), or leave a comment out that only repeats the name"
                    ),
                });
            }
        }
    }
    faults
}

fn begins_with(comment: &str, words: &str) -> bool {
    let rest = comment.strip_prefix(words);
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Returns the first line of each doc comment and its number.
fn rust_comments(text: &str) -> Vec<(usize, &str)> {
    let mut comments = Vec::new();
    let mut before = None;
    for (index, line) in text.lines().enumerate() {
        let marker = ["///", "//!"].into_iter().find(|marker| line.trim_start().starts_with(marker));
        if let Some(marker) = marker
            && before != Some(marker)
        {
            comments.push((index + 1, line.trim_start()[marker.len()..].trim_start()));
        }
        before = marker;
    }
    comments
}

/// Returns the first line with words of each `/** … */` and its number.
fn script_comments(text: &str) -> Vec<(usize, &str)> {
    let mut comments = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        let mut rest = line.trim();
        if let Some(begun) = rest.strip_prefix("/**") {
            (open, rest) = (true, begun);
        }
        let words = rest.trim_start_matches(['*', ' ']);
        if open && !words.is_empty() && !words.starts_with('/') {
            comments.push((index + 1, words));
            open = false;
        }
        open &= !rest.contains("*/");
    }
    comments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(file: &str, text: &str) -> Vec<usize> {
        check(&SourceFiles::of(&[(file, text)])).into_iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn only_the_beginning_of_a_comment_counts() {
        let text = "//! What.\n//! Who.\n\n/// Whatever.\nfn a() {}\n    /// How long it takes.\n    /// The same.\n// What\n/// A.\n/// Which";
        assert_eq!(lines("a.rs", text), [1, 6]);
    }

    #[test]
    fn comments_of_scripts_begin_on_either_line() {
        let text = "/** What */\n/**\n * The same, but\n * What\n */\n/** A\n * Which */\n// Who\n/* Who */";
        assert_eq!(lines("a.svelte", text), [1, 3]);
    }
}
