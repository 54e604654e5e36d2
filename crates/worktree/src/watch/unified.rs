//! A diff as text, as git prints it (B26).

use super::compare::{Pair, RawHunk, Shown, Side, display, hunks, shown, start};
use protocol::FilePatchText;
use std::fmt::Write;

/// Bytes of a diff in all.
const MAX_BYTES: usize = 1024 * 1024;

/// Names listed of files left out.
const MAX_NAMED: usize = 20;

/// All pairs as one text, files left out whole where it would grow over 1 MiB.
pub(super) fn unified(pairs: &[Pair<'_>]) -> String {
    let mut text = String::new();
    let mut left_out = Vec::new();
    for pair in pairs {
        let part = one(pair);
        if text.len() + part.len() > MAX_BYTES {
            left_out.push(display(pair.path()));
        } else {
            text.push_str(&part);
        }
    }
    if !left_out.is_empty() {
        let count = left_out.len();
        left_out.truncate(MAX_NAMED);
        let more = if count > MAX_NAMED { ", ..." } else { "" };
        put(
            &mut text,
            format_args!("# left out, the diff is over 1 MiB: {count} of {} changed files: ", pairs.len()),
        );
        put(&mut text, format_args!("{}{more}\n", left_out.join(", ")));
    }
    text
}

fn one(pair: &Pair<'_>) -> String {
    let FilePatchText { header, hunks } = patch_text(pair);
    header + &hunks.concat()
}

/// The changes of one pair, hunk by hunk.
pub(super) fn patch_text(pair: &Pair<'_>) -> FilePatchText {
    if let (Some(old), Some(new)) = (&pair.old, &pair.new)
        && old.entry.git_mode() != new.entry.git_mode()
        && [old, new].iter().any(|side| side.entry.git_mode() == "120000")
    {
        // a link in place of a file is another thing, not a change of it
        let gone = Pair { old: Some(old.clone()), new: None, similarity: None };
        let come = Pair { old: None, new: Some(new.clone()), similarity: None };
        return FilePatchText { header: one(&gone) + &one(&come), hunks: Vec::new() };
    }
    let mut texts = Vec::new();
    let mut text = String::new();
    let name = |prefix: &str, side: &Option<Side<'_>>, or: &Option<Side<'_>>| {
        let side = side.as_ref().or(or.as_ref());
        quoted(&format!("{prefix}{}", side.map(|side| display(&side.path)).unwrap_or_default()))
    };
    let (a, b) = (name("a/", &pair.old, &pair.new), name("b/", &pair.new, &pair.old));
    put(&mut text, format_args!("diff --git {a} {b}\n"));
    match (&pair.old, &pair.new) {
        (None, Some(new)) => put(&mut text, format_args!("new file mode {}\n", new.entry.git_mode())),
        (Some(old), None) => put(&mut text, format_args!("deleted file mode {}\n", old.entry.git_mode())),
        (Some(old), Some(new)) => {
            let (old_mode, new_mode) = (old.entry.git_mode(), new.entry.git_mode());
            if old_mode != new_mode {
                put(&mut text, format_args!("old mode {old_mode}\nnew mode {new_mode}\n"));
            }
            if let Some(similarity) = pair.similarity {
                let (from, to) = (quoted(&display(&old.path)), quoted(&display(&new.path)));
                put(
                    &mut text,
                    format_args!("similarity index {similarity}%\nrename from {from}\nrename to {to}\n"),
                );
            }
        }
        (None, None) => {}
    }
    let unchanged = pair.similarity == Some(100);
    match (shown(pair.old.as_ref()), shown(pair.new.as_ref())) {
        (Shown::Text(old), Shown::Text(new)) => {
            let hunks = hunks(&old, &new);
            if !hunks.is_empty() {
                let a = if pair.old.is_some() { header_name(&a) } else { "/dev/null".to_owned() };
                let b = if pair.new.is_some() { header_name(&b) } else { "/dev/null".to_owned() };
                put(&mut text, format_args!("--- {a}\n+++ {b}\n"));
                texts.extend(hunks.iter().map(hunk_text));
            }
        }
        _ if unchanged => {}
        _ => {
            let a = if pair.old.is_some() { a } else { "/dev/null".to_owned() };
            let b = if pair.new.is_some() { b } else { "/dev/null".to_owned() };
            put(&mut text, format_args!("Binary files {a} and {b} differ\n"));
        }
    }
    FilePatchText { header: text, hunks: texts }
}

fn hunk_text(hunk: &RawHunk<'_>) -> String {
    let mut text = String::new();
    let range = |range: (usize, usize)| match range.1 {
        1 => start(range).to_string(),
        count => format!("{},{count}", start(range)),
    };
    put(&mut text, format_args!("@@ -{} +{} @@\n", range(hunk.old), range(hunk.new)));
    for (mark, line) in &hunk.lines {
        text.push(*mark);
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
    text
}

/// A name as git writes it: quoted where it holds what would break the line.
fn quoted(name: &str) -> String {
    if !name.contains(|c: char| c.is_ascii_control() || matches!(c, '"' | '\\')) {
        return name.to_owned();
    }
    let mut text = String::from("\"");
    for c in name.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            c if c.is_ascii_control() => put(&mut text, format_args!("\\{:03o}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

/// A name after `---` and `+++`, where a tab ends one with a space in it.
fn header_name(name: &str) -> String {
    if name.contains(' ') && !name.starts_with('"') { format!("{name}\t") } else { name.to_owned() }
}

fn put(text: &mut String, part: std::fmt::Arguments<'_>) {
    // writing to a String cannot fail
    let _ = text.write_fmt(part);
}
