//! A patch of 41 hunks in 10 files, and the files as they are after any choice among them.

use std::fmt::Write as _;

use countersign_tests::desktop::Window;
use serde_json::json;

use crate::hands::until_page_says;

/// Number of hunks.
pub(crate) const HUNKS: usize = 41;
const FILES: usize = 10;
/// Lines between the changes, so that each is a hunk of its own.
const STRIDE: usize = 12;
/// Line within a stride that is changed, counted from 0.
const CHANGED: usize = 5;

/// Choice of the person about a hunk. Each replaces one line by two.
#[derive(Clone, Copy)]
pub(crate) enum Choice {
    Whole,
    Out,
    /// Without the second of its new lines.
    FirstLine,
    /// With this line instead.
    Edited(&'static str),
}

/// Number of hunks of a file.
pub(crate) fn hunks_of(file: usize) -> usize {
    if file == 0 { 5 } else { 4 }
}

/// Path of a file in one of the folders.
pub(crate) fn path(folder: &str, file: usize) -> String {
    format!("{folder}/part{file}.txt")
}

/// Number of the line that a hunk changes, from 1, in a file to which the patch was applied as far as to that hunk.
pub(crate) fn line_after(hunk: usize) -> usize {
    hunk * STRIDE + CHANGED + hunk + 1
}

/// The files of a folder before the patch.
pub(crate) fn files(folder: &str) -> Vec<(String, String)> {
    (0..FILES).map(|file| (path(folder, file), text(file, &|_| Choice::Out))).collect()
}

/// The text of a file after these choices, by hunk.
pub(crate) fn text(file: usize, choice: &dyn Fn(usize) -> Choice) -> String {
    let mut text = String::new();
    for hunk in 0..hunks_of(file) {
        for line in 0..STRIDE {
            let old = format!("line {line} of {file}.{hunk}\n");
            let [first, second] = new_lines(file, hunk);
            match choice(hunk) {
                _ if line != CHANGED => text.push_str(&old),
                Choice::Out => text.push_str(&old),
                Choice::Whole => text.push_str(&format!("{first}\n{second}\n")),
                Choice::FirstLine => text.push_str(&format!("{first}\n")),
                Choice::Edited(new) => text.push_str(&format!("{new}\n")),
            }
        }
    }
    text
}

/// The lines that a hunk puts in.
pub(crate) fn new_lines(file: usize, hunk: usize) -> [String; 2] {
    [format!("first of {file}.{hunk}"), format!("second of {file}.{hunk}")]
}

/// The patch of a folder's files.
pub(crate) fn patch(folder: &str) -> String {
    let mut patch = String::new();
    for file in 0..FILES {
        let _ = writeln!(patch, "*** Update File: {}", path(folder, file));
        for hunk in 0..hunks_of(file) {
            let [first, second] = new_lines(file, hunk);
            let _ = writeln!(
                patch,
                "@@\n line {} of {file}.{hunk}\n-line {CHANGED} of {file}.{hunk}\n+{first}\n+{second}\n line {} of {file}.{hunk}",
                CHANGED - 1,
                CHANGED + 1
            );
        }
    }
    patch
}

/// Waits until this hunk, and nothing else, is highlighted and has the focus.
pub(crate) async fn until_at(window: &Window, hunk: &str) -> anyhow::Result<()> {
    let script = "const marked = [...document.querySelectorAll('.hunk.current, .bar.current')];
        return [marked.length, marked[0]?.dataset.hunk, marked[0] === document.activeElement]";
    until_page_says(window, script, json!([1, hunk, true])).await
}

/// Waits until this hunk, and nothing else, is highlighted, and has the focus within it: on what the mouse clicked.
pub(crate) async fn until_within(window: &Window, hunk: &str) -> anyhow::Result<()> {
    let script = "const marked = [...document.querySelectorAll('.hunk.current, .bar.current')];
        return [marked.length, marked[0]?.dataset.hunk, marked[0]?.contains(document.activeElement)]";
    until_page_says(window, script, json!([1, hunk, true])).await
}
