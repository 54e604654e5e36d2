//! From text that is found and replaced to hunks against one file.

use crate::apply::FileChange;
use crate::hunk::{LineChange, numbered, whole};
use crate::locate::{Near, nearest};
use crate::parse::quoted;
use crate::text::{EncodingError, TextLines, decode, sha256_hex};
use protocol::PatchKind;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::fmt::Write as _;
use thiserror::Error;

/// Line numbers that are named when there are many.
const PLACES_NAMED: usize = 10;

/// Text of a file, and what takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replacement<'r> {
    /// Text to replace; empty creates the file.
    pub old: &'r str,
    /// Replacement text.
    pub new: &'r str,
    /// Replaces every occurrence; otherwise there must be exactly one.
    pub all: bool,
}

/// Reasons text cannot be replaced.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReplaceError {
    /// There is no file to change.
    #[error(
        "'{path}' does not exist, so nothing in it can be replaced; leave `old_string` empty to make the file"
    )]
    Missing {
        /// Path of the file.
        path: String,
    },
    /// There is a file where one was to be made.
    #[error("'{path}' exists, so it cannot be made; name the text to replace in `old_string`")]
    Exists {
        /// Path of the file.
        path: String,
    },
    /// The file is no UTF-8 text.
    #[error("'{path}' {source}")]
    Encoding {
        /// Path of the file.
        path: String,
        /// Cause.
        source: EncodingError,
    },
    /// The text is not there.
    #[error("'{path}' does not hold `old_string`{}", near(expected, near_lines))]
    NotFound {
        /// Path of the file.
        path: String,
        /// The line of it that is not found.
        expected: String,
        /// The nearest lines, in the order of the file.
        near_lines: Vec<Near>,
    },
    /// The text is there more than once.
    #[error(
        "'{path}' holds `old_string` {} times, at lines {}; add lines around it until there is one, or set `replace_all`",
        lines.len(),
        places(lines)
    )]
    Ambiguous {
        /// Path of the file.
        path: String,
        /// The lines it begins at, counted from 1.
        lines: Vec<usize>,
    },
    /// The file would be the same.
    #[error("replacing this in '{path}' changes nothing")]
    Nothing {
        /// Path of the file.
        path: String,
    },
}

fn near(expected: &str, lines: &[Near]) -> String {
    let mut text = format!("\nline not found: {}", quoted(expected));
    if !lines.is_empty() {
        text.push_str("\nnearest lines in the file:");
    }
    for Near { line, text: found } in lines {
        // writing to a string cannot fail
        let _ = write!(text, "\n{line:>5}: {found}");
    }
    text
}

fn places(lines: &[usize]) -> String {
    let named: Vec<String> = lines.iter().take(PLACES_NAMED).map(ToString::to_string).collect();
    let more = if lines.len() > PLACES_NAMED { ", ..." } else { "" };
    format!("{}{more}", named.join(", "))
}

/// Locates `replacement` in a file of these bytes (`None` where there is none) and gives what changes, as hunks a person can accept
/// one by one. Line endings do not matter: they stay the file's own, and its last line counts as ended.
pub fn replace(
    path: &str,
    bytes: Option<&[u8]>,
    replacement: Replacement<'_>,
) -> Result<FileChange, ReplaceError> {
    let path = path.to_owned();
    let Some(bytes) = bytes else {
        if !replacement.old.is_empty() {
            return Err(ReplaceError::Missing { path });
        }
        let lines = lines_of(&with_line_feeds(replacement.new));
        let hunks = vec![whole(0, Vec::new(), lines)];
        return Ok(FileChange { path, kind: PatchKind::Add, base_sha256: None, hunks, loose: Vec::new() });
    };
    if replacement.old.is_empty() && !bytes.is_empty() {
        return Err(ReplaceError::Exists { path });
    }
    let text = decode(bytes).map_err(|source| ReplaceError::Encoding { path: path.clone(), source })?;
    let lines = TextLines::of(text).texts();
    let new = with_line_feeds(replacement.new);
    let changes = if replacement.old.is_empty() {
        vec![LineChange { start: 0, end: 0, new: lines_of(&new) }]
    } else {
        let old = with_line_feeds(replacement.old);
        let text = lines.iter().fold(String::new(), |text, line| text + line + "\n");
        let found: Vec<usize> = text.match_indices(&old).map(|(at, _)| at).collect();
        let starts = line_starts(&lines);
        let line_at = |at: usize| starts.partition_point(|start| *start <= at) - 1;
        match found.as_slice() {
            [] => {
                let pattern = lines_of(&old);
                let pattern: Vec<&str> = pattern.iter().map(String::as_str).collect();
                let (expected, near_lines) = nearest(&lines, &pattern, 0);
                return Err(ReplaceError::NotFound { path, expected: expected.to_owned(), near_lines });
            }
            [_, _, ..] if !replacement.all => {
                let lines = found.iter().map(|at| line_at(*at) + 1).collect();
                return Err(ReplaceError::Ambiguous { path, lines });
            }
            _ => {}
        }
        let spans = spans(&found, old.len(), lines.len(), line_at);
        let mut changes = Vec::new();
        for ByteRange { start, end, found } in spans {
            let (from, to) = (starts[start], starts[end]);
            let mut with = String::with_capacity(to - from + new.len());
            let mut done = from;
            for at in found {
                with.push_str(&text[done..at]);
                with.push_str(&new);
                done = at + old.len();
            }
            with.push_str(&text[done..to]);
            changes.extend(differences(&lines[start..end], start, &lines_of(&with)));
        }
        changes
    };
    let hunks = numbered(0, &lines, changes);
    if hunks.is_empty() {
        return Err(ReplaceError::Nothing { path });
    }
    let kind = PatchKind::Update { move_to: None };
    Ok(FileChange { path, kind, base_sha256: Some(sha256_hex(bytes)), hunks, loose: Vec::new() })
}

/// Lines `start..end` of the file, and the places in the text where something in them is replaced.
struct ByteRange {
    start: usize,
    end: usize,
    found: Vec<usize>,
}

/// The lines the occurrences touch, those that share a line made one.
fn spans(found: &[usize], len: usize, count: usize, line_at: impl Fn(usize) -> usize) -> Vec<ByteRange> {
    let mut spans: Vec<ByteRange> = Vec::new();
    for at in found {
        let start = line_at(*at);
        // a match that ends with its line's end leaves what comes after it alone: then the next line may have to be taken in
        // for its text to be joined to what takes the match's place
        let end = (line_at(at + len) + 1).min(count);
        match spans.last_mut().filter(|last| start < last.end) {
            Some(last) => {
                last.end = last.end.max(end);
                last.found.push(*at);
            }
            None => spans.push(ByteRange { start, end, found: vec![*at] }),
        }
    }
    spans
}

/// Returns the offset each line begins at, and the end of the text.
fn line_starts(lines: &[&str]) -> Vec<usize> {
    let mut starts = vec![0];
    let mut at = 0;
    for line in lines {
        at += line.len() + 1;
        starts.push(at);
    }
    starts
}

/// Returns the difference between lines `start..` of the file and their replacement.
fn differences(old: &[&str], start: usize, new: &[String]) -> Vec<LineChange> {
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    let owned = |range: std::ops::Range<usize>| new[range].iter().map(|line| (*line).to_owned()).collect();
    capture_diff_slices(Algorithm::Myers, old, &new)
        .into_iter()
        .filter_map(|op| match op {
            DiffOp::Equal { .. } => None,
            op => {
                let old = op.old_range();
                Some(LineChange {
                    start: start + old.start,
                    end: start + old.end,
                    new: owned(op.new_range()),
                })
            }
        })
        .collect()
}

fn with_line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// The lines of a text with line feeds; the last one need not be ended.
fn lines_of(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    text.strip_suffix('\n').unwrap_or(text).split('\n').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render;
    use proptest::prelude::*;

    fn edited(text: &str, old: &str, new: &str, all: bool) -> Result<String, ReplaceError> {
        let change = replace("a.txt", Some(text.as_bytes()), Replacement { old, new, all })?;
        Ok(render(Some(text), change.hunks.iter().map(|hunk| (hunk, None))).unwrap())
    }

    #[track_caller]
    fn check(text: &str, old: &str, new: &str, expected: &str) {
        assert_eq!(edited(text, old, new, false).unwrap(), expected, "{old:?} -> {new:?} in {text:?}");
    }

    #[test]
    fn b20_text_is_replaced_wherever_it_begins_and_ends() {
        check("one\ntwo\nthree\n", "two", "TWO", "one\nTWO\nthree\n");
        check("one\ntwo\nthree\n", "two\n", "", "one\nthree\n");
        check("one\ntwo\nthree\n", "e\ntwo\nt", "E T", "onE Three\n");
        check("one\ntwo\nthree\n", "two\nthree\n", "2\n3\n4\n", "one\n2\n3\n4\n");
        check("one\ntwo", "two\n", "three\n", "one\nthree");
        check("one\ntwo\n", "one\n", "", "two\n");
        check("one\n", "one\n", "", "");
        check("a b a\n", "b ", "", "a a\n");
        check("one\ntwo\n", "one\n", "ONE ", "ONE two\n");
    }

    #[test]
    fn b22_line_endings_stay_the_files_own() {
        check("one\r\ntwo\r\nthree\r\n", "one\ntwo", "1\n1.5\n2", "1\r\n1.5\r\n2\r\nthree\r\n");
        check("one\r\ntwo\nthree\r\n", "one\r\ntwo\r\n", "1\n2\n", "1\r\n2\nthree\r\n");
        check("\u{feff}one\ntwo", "one", "1", "\u{feff}1\ntwo");
    }

    #[test]
    fn b21_what_is_not_found_or_found_twice_is_told_with_its_lines() {
        let text = "fn a() {\n    one();\n}\nfn b() {\n    one();\n}\n";
        let error = edited(text, "    one();", "    two();", false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "'a.txt' holds `old_string` 2 times, at lines 2, 5; add lines around it until there is one, or set `replace_all`"
        );
        assert_eq!(edited(text, "one", "two", true).unwrap(), text.replace("one", "two"));
        let error = edited(text, "fn b() {\n   one();\n}", "", false).unwrap_err().to_string();
        assert!(error.starts_with("'a.txt' does not hold `old_string`\nline not found: "), "{error}");
        assert!(error.contains("    5:     one();"), "{error}");
        assert!(matches!(edited("a", "a\n", "a", false), Err(ReplaceError::Nothing { .. })));
    }

    #[test]
    fn an_empty_text_makes_the_file_and_never_takes_ones_place() {
        let make = Replacement { old: "", new: "one\ntwo\n", all: false };
        let change = replace("new.txt", None, make).unwrap();
        assert_eq!(change.kind, PatchKind::Add);
        assert_eq!(change.hunks[0].new, ["one", "two"]);
        assert!(matches!(replace("a", Some(b"x"), make), Err(ReplaceError::Exists { .. })));
        assert_eq!(edited("", "", "one\n", false).unwrap(), "one\n");
        let change = Replacement { old: "x", ..make };
        assert!(matches!(replace("a", None, change), Err(ReplaceError::Missing { .. })));
    }

    #[test]
    fn each_place_is_a_hunk_of_its_own() {
        let text = (1..=20).fold(String::new(), |text, n| text + &format!("line {n}\n"));
        let old = "line 3\nline 4\nline 5\nline 6\n";
        let new = "LINE 3\nline 4\nline 5\nLINE 6\n";
        let change = replace("a", Some(text.as_bytes()), Replacement { old, new, all: false }).unwrap();
        assert_eq!(change.hunks.len(), 2, "{:?}", change.hunks);
        assert_eq!((change.hunks[0].old_start, change.hunks[1].old_start), (2, 5));
    }

    proptest! {
        #[test]
        fn it_is_what_replacing_in_the_text_is(text in "[ab\n]{0,40}", old in "[ab\n]{1,4}", new in "[ab\n]{0,6}") {
            let text = if text.is_empty() || text.ends_with('\n') { text } else { text + "\n" };
            match edited(&text, &old, &new, true) {
                Ok(found) => {
                    let expected = text.replace(&old, &new);
                    // the last line stays ended
                    let expected = if expected.is_empty() || expected.ends_with('\n') { expected } else { expected + "\n" };
                    prop_assert_eq!(found, expected);
                }
                Err(ReplaceError::NotFound { .. }) => prop_assert!(!text.contains(&old)),
                Err(ReplaceError::Nothing { .. }) => {}
                Err(other) => prop_assert!(false, "{other}"),
            }
        }
    }
}
