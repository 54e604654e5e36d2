//! `list the todos` and `what is in here`: reading only.

use super::pages::{self, count};
use super::talk::{Flow, Talk};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Words that mark work to be done.
const MARKS: [&str; 4] = ["TODO", "FIXME", "HACK", "XXX"];
/// Maximum number of marks that are read, and that are listed.
const MAX_TODOS: usize = 2000;
const MAX_LISTED: usize = 100;
/// Maximum number of files that are counted.
const MAX_FILES: usize = 5000;
/// Maximum number of entries of a folder that are drawn.
const MAX_ENTRIES: usize = 40;
/// Maximum length of a note or a paragraph that is shown, in characters.
const MAX_CHARS: usize = 160;

/// Lists what is marked as to be done, by file.
pub(super) fn todos(talk: &mut Talk<'_>) -> Flow {
    talk.say(format!("I search for {}.", MARKS.map(|mark| format!("`{mark}`")).join(", ")));
    // of a long line, its beginning is enough
    let command = format!("{} | cut -c1-400", pages::search("wE", &MARKS.join("|"), "."));
    let has_mark = |text: &str| MARKS.iter().any(|mark| text.contains(mark));
    let listing = pages::read_all(talk, &command, MAX_TODOS, pages::hit)?;
    let hits: Vec<_> = listing.rows.iter().filter(|hit| has_mark(&hit.text)).collect();
    if hits.is_empty() {
        return talk.close("Nothing in here is marked as to be done.");
    }
    let mut kinds = String::new();
    for mark in MARKS {
        let marked = hits.iter().filter(|hit| hit.text.contains(mark)).count();
        if marked > 0 {
            let _ = write!(kinds, "{}{marked} {mark}", if kinds.is_empty() { "" } else { ", " });
        }
    }
    let mut by_file: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for hit in hits.iter().take(MAX_LISTED) {
        let from = MARKS.iter().filter_map(|mark| hit.text.find(mark)).min().unwrap_or(0);
        let note = shortened(hit.text[from..].trim_end_matches(['*', '/', '-', '>', ' ', '\u{fffd}']));
        by_file.entry(&hit.path).or_default().push(format!("- `{}:{}` {note}", hit.path, hit.line));
    }
    let more = if listing.more { "more than " } else { "" };
    let files = hits.iter().map(|hit| &hit.path).collect::<std::collections::BTreeSet<_>>().len();
    let mut text = format!("{more}{} in {} ({kinds}).", count(hits.len(), "note"), count(files, "file"));
    text[..1].make_ascii_uppercase();
    for (path, notes) in by_file {
        let _ = write!(text, "\n\n**{path}**\n\n{}", notes.join("\n"));
    }
    if hits.len() > MAX_LISTED {
        let _ = write!(text, "\n\n... and {} more.", hits.len() - MAX_LISTED);
    }
    talk.close(text)
}

/// Says what is in the folder: its tree, its kinds of files, and how its README begins.
pub(super) fn survey(talk: &mut Talk<'_>) -> Flow {
    talk.say("I look at the files.");
    let skipped = pages::SKIPPED.map(|folder| format!("-name {folder}")).join(" -o ");
    let command = format!("find . '(' {skipped} ')' -prune -o -type f -print | sort");
    let path = |row: &str| row.strip_prefix("./").filter(|path| !path.is_empty()).map(str::to_owned);
    let listing = pages::read_all(talk, &command, MAX_FILES, path)?;
    let files = &listing.rows;
    if files.is_empty() {
        return talk.close("There is no file in here yet.");
    }
    let is_readme = |path: &&String| !path.contains('/') && path.to_lowercase().starts_with("readme");
    let about = match files.iter().find(is_readme) {
        Some(readme) => {
            let ran = talk.run(&["head", "-n", "40", readme])?;
            opening(&ran.output).map(|opening| format!("{opening}\n\n")).unwrap_or_default()
        }
        None => String::new(),
    };
    let more = if listing.more { "More than " } else { "" };
    talk.close(format!(
        "{about}{more}{}, {} of them here and the rest below:\n\n```\n{}```\n\n{}",
        count(files.len(), "file"),
        files.iter().filter(|path| !path.contains('/')).count(),
        tree(files),
        kinds(files),
    ))
}

/// The files of the folder itself, and the folders in it with what they hold.
fn tree(files: &[String]) -> String {
    // folders first; of each, its folders and files
    let mut folders: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    let mut here = Vec::new();
    for path in files {
        match path.split_once('/') {
            Some((folder, rest)) => {
                let entry = rest.split_inclusive('/').next().unwrap_or(rest);
                *folders.entry(folder).or_default().entry(entry).or_default() += 1;
            }
            None => here.push(path.as_str()),
        }
    }
    let mut tree = String::new();
    for (folder, entries) in folders.iter().take(MAX_ENTRIES) {
        let _ = writeln!(tree, "{folder}/");
        for (entry, held) in entries.iter().take(MAX_ENTRIES / 4) {
            let held =
                if entry.ends_with('/') { format!("  ({})", count(*held, "file")) } else { String::new() };
            let _ = writeln!(tree, "  {entry}{held}");
        }
        more(&mut tree, "  ", entries.len(), MAX_ENTRIES / 4);
    }
    more(&mut tree, "", folders.len(), MAX_ENTRIES);
    for file in here.iter().take(MAX_ENTRIES) {
        let _ = writeln!(tree, "{file}");
    }
    more(&mut tree, "", here.len(), MAX_ENTRIES);
    tree
}

fn more(tree: &mut String, indent: &str, entries: usize, shown: usize) {
    if entries > shown {
        let _ = writeln!(tree, "{indent}... {} more", entries - shown);
    }
}

/// A table of the kinds of files, the most frequent first.
fn kinds(files: &[String]) -> String {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for path in files {
        let extension =
            Path::new(path).extension().map(|extension| extension.to_string_lossy().to_lowercase());
        *kinds
            .entry(extension.map_or("without".to_owned(), |extension| format!("`.{extension}`")))
            .or_default() += 1;
    }
    let mut kinds: Vec<(String, usize)> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, files)| std::cmp::Reverse(*files));
    let mut table = String::from("| extension | files |\n|---|--:|");
    for (kind, files) in kinds.iter().take(MAX_ENTRIES / 4) {
        let _ = write!(table, "\n| {kind} | {files} |");
    }
    if let Some(others) = kinds.get(MAX_ENTRIES / 4..).filter(|others| !others.is_empty()) {
        let _ = write!(table, "\n| others | {} |", others.iter().map(|(_, files)| files).sum::<usize>());
    }
    table
}

/// The heading of a README and the paragraph below it.
fn opening(readme: &str) -> Option<String> {
    let mut lines =
        readme.lines().map(str::trim).skip_while(|line| !is_prose(line) && !line.starts_with('#'));
    let first = lines.next()?;
    let Some(heading) = first.strip_prefix('#') else { return Some(shortened(first)) };
    let heading = format!("**{}**", heading.trim_start_matches('#').trim());
    let paragraph: Vec<&str> =
        lines.skip_while(|line| !is_prose(line)).take_while(|line| is_prose(line)).collect();
    let paragraph = shortened(&paragraph.join(" "));
    Some(if paragraph.is_empty() { heading } else { format!("{heading}: {paragraph}") })
}

/// Reports whether a line of Markdown is the text of a paragraph, as opposed to headings, badges, markup and
/// rules.
fn is_prose(line: &str) -> bool {
    line.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '`' | '_' | '"')) || line.starts_with("**")
}

fn shortened(text: &str) -> String {
    let mut short: String = text.trim().chars().take(MAX_CHARS).collect();
    if short.len() < text.trim().len() {
        short.push_str(" ...");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_how_a_readme_begins() {
        let readme =
            "<p align=center>\n[![badge](x)](y)\n\n# A Thing\n\n> quote\n\nIt does\nthis.\n\nMore.\n";
        assert_eq!(opening(readme).as_deref(), Some("**A Thing**: It does this."));
        assert_eq!(opening("Just text\n").as_deref(), Some("Just text"));
        assert_eq!(opening("# Only\n").as_deref(), Some("**Only**"));
        assert_eq!(opening("\n---\n"), None);
    }

    #[test]
    fn draws_two_levels() {
        let files = ["a/b/c.rs", "a/b/d.rs", "a/e.rs", "z.md"].map(str::to_owned);
        assert_eq!(tree(&files), "a/\n  b/  (2 files)\n  e.rs\nz.md\n");
        assert_eq!(kinds(&files), "| extension | files |\n|---|--:|\n| `.rs` | 3 |\n| `.md` | 1 |");
    }
}
