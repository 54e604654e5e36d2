//! `rename OLD to NEW`: one patch over every place where a word is used.

use super::pages::{self, Hit, count};
use super::talk::{Flow, Patched, Talk};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// More lines than this are not taken on at once: nobody could review them.
const MAX_LINES: usize = 3000;
/// Maximum attempts at a patch that does not apply.
const MAX_ATTEMPTS: usize = 4;
/// Maximum number of places the last message names.
const MAX_NAMED: usize = 20;

const STEPS: [&str; 3] = ["Find every place", "Propose one patch for all of them", "Search again"];

/// Names of a rename, and the folder it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) old: String,
    pub(super) new: String,
    /// Folder or file, relative to the session's folder; everywhere when absent.
    pub(super) place: Option<String>,
}

impl Names {
    fn place(&self) -> &str {
        self.place.as_deref().unwrap_or(".")
    }

    fn search(&self, word: &str) -> String {
        pages::search("Fw", word, self.place())
    }
}

/// The conversation.
pub(super) fn rename(talk: &mut Talk<'_>, names: &Names) -> Flow {
    let Names { old, new, .. } = names;
    let place = names.place.as_ref().map_or(String::new(), |place| format!(" in `{place}`"));
    talk.say(format!("I search for `{old}` as a whole word{place}, and look whether `{new}` is taken."));
    let first_page = |word: &str| {
        vec!["sh".to_owned(), "-c".to_owned(), format!("{} | sed -n '1,20p'", names.search(word))]
    };
    let found = talk.run_all(&[first_page(old), first_page(new)])?;
    if found.first().is_none_or(|ran| ran.output.trim().is_empty()) {
        return talk.close(format!(
            "`{old}` is in no text file{place}, so there is nothing to rename. I looked for it as a whole word, upper and \
             lower case as you wrote it, and not inside of {}.",
            pages::SKIPPED.map(|folder| format!("`{folder}`")).join(", "),
        ));
    }
    let is_taken = found.get(1).is_some_and(|ran| ran.output.contains(new.as_str()));
    talk.plan(&STEPS, 0);

    let mut left_out: BTreeMap<String, String> = BTreeMap::new();
    let mut attempt = 1;
    let (plan, patched) = loop {
        let plan = find(talk, names, &left_out)?;
        if plan.is_too_long {
            return talk.close(format!(
                "`{old}` is on more than {MAX_LINES} lines. That is more than I propose at once: say where, as in `rename \
                 {old} to {new} in src`."
            ));
        }
        if plan.files.is_empty() {
            let left = named_files(&plan.left_out);
            return talk.close(format!("There is no place left that I could rename `{old}` in.{left}"));
        }
        if attempt == 1 {
            talk.plan(&STEPS, 1);
        }
        talk.say(plan.announcement(names, attempt, is_taken));
        match talk.patch(&plan.patch(names))? {
            Patched::Failed { why } if attempt < MAX_ATTEMPTS => {
                // the first time the files may just have changed; after that it is the file that is named
                let blamed = plan
                    .files
                    .keys()
                    .filter(|path| why.contains(path.as_str()))
                    .max_by_key(|path| path.len());
                if let Some(path) = blamed.filter(|_| attempt > 1) {
                    left_out.insert(path.clone(), "the patch does not apply to it".to_owned());
                }
                attempt += 1;
            }
            Patched::Failed { why } => {
                return talk.close(format!(
                    "The patch does not apply, and I do not know why. I was told:\n\n```\n{why}\n```"
                ));
            }
            patched => break (plan, patched),
        }
    };

    if let Patched::Declined { note } = &patched {
        return talk.close(format!(
            "You declined the patch, so `{old}` is still called `{old}` everywhere. Nothing was written.{}",
            heard(note.as_ref()),
        ));
    }
    talk.plan(&STEPS, 2);
    let after = find(talk, names, &BTreeMap::new())?;
    talk.plan(&STEPS, 3);
    talk.close(summary(names, &plan, &patched, &after, is_taken))
}

/// Plan of a rename.
struct RenamePlan {
    /// Lines by file, in order.
    files: BTreeMap<String, Vec<Hit>>,
    /// Files that stay as they are, and why.
    left_out: BTreeMap<String, String>,
    /// Lines too long to be read.
    unreadable: usize,
    is_too_long: bool,
}

/// Finds every line with the old name on it.
fn find(talk: &mut Talk<'_>, names: &Names, left_out: &BTreeMap<String, String>) -> Flow<RenamePlan> {
    let row = |row: &str| pages::hit(row).filter(|hit| hit.text.contains(&names.old));
    let listing = pages::read_all(talk, &names.search(&names.old), MAX_LINES, row)?;
    let mut plan = RenamePlan {
        files: BTreeMap::new(),
        left_out: left_out.clone(),
        unreadable: listing.unreadable,
        is_too_long: listing.more,
    };
    for hit in listing.rows {
        if hit.text.contains('\u{fffd}') {
            plan.left_out.insert(hit.path, "it is not in UTF-8".to_owned());
        } else if replace(&hit.text, &names.old, &names.new).1 > 0 {
            plan.files.entry(hit.path.clone()).or_default().push(hit);
        }
    }
    plan.files.retain(|path, _| !plan.left_out.contains_key(path));
    Flow::Continue(plan)
}

impl RenamePlan {
    fn places(&self, names: &Names) -> usize {
        self.files.values().flatten().map(|hit| replace(&hit.text, &names.old, &names.new).1).sum()
    }

    fn announcement(&self, names: &Names, attempt: usize, is_taken: bool) -> String {
        let Names { old, new, .. } = names;
        let found = format!("{} in {}", count(self.places(names), "place"), count(self.files.len(), "file"));
        if attempt > 1 {
            return format!("That patch did not apply, so I read the files again. Now it is {found}.");
        }
        let taken = if is_taken {
            format!(" Mind that `{new}` is a name already: afterwards the two can no longer be told apart.")
        } else {
            String::new()
        };
        format!("`{old}` is in {found}. Here is one patch for all of them.{taken}")
    }

    /// The patch. Its hunks have no context and need none: a line that looks like one of them has the name on it too, so it
    /// is one of them, and they are in order.
    fn patch(&self, names: &Names) -> String {
        let mut patch = String::from("*** Begin Patch\n");
        for (path, hits) in &self.files {
            let _ = writeln!(patch, "*** Update File: {path}");
            for run in hits.chunk_by(|one, next| one.line + 1 == next.line) {
                patch.push_str("@@\n");
                for hit in run {
                    let _ = writeln!(patch, "-{}", hit.text);
                }
                for hit in run {
                    let _ = writeln!(patch, "+{}", replace(&hit.text, &names.old, &names.new).0);
                }
            }
        }
        patch.push_str("*** End Patch\n");
        patch
    }
}

fn summary(
    names: &Names,
    before: &RenamePlan,
    patched: &Patched,
    after: &RenamePlan,
    is_taken: bool,
) -> String {
    let Names { old, new, .. } = names;
    let remaining: usize = after
        .files
        .iter()
        .filter(|(path, _)| before.files.contains_key(*path))
        .flat_map(|(_, hits)| hits)
        .map(|hit| replace(&hit.text, old, new).1)
        .sum();
    let renamed = before.places(names).saturating_sub(remaining);
    let mut text = format!("Renamed `{old}` to `{new}` in {}.\n", count(renamed, "place"));
    let mut files = 0;
    for (path, hits) in &before.files {
        let left = after.files.get(path).map_or(0, Vec::len);
        let done = hits.len().saturating_sub(left);
        files += usize::from(done > 0);
        if done > 0 && files <= MAX_NAMED {
            let _ = write!(text, "\n- `{path}`: {}", count(done, "line"));
        }
    }
    if files > MAX_NAMED {
        let _ = write!(text, "\n- and {} more", count(files - MAX_NAMED, "file"));
    }
    if remaining > 0 {
        let why = if matches!(patched, Patched::Partly { .. }) {
            "because you left these hunks out"
        } else {
            "and I do not know why"
        };
        let they_were = if remaining == 1 { "it was" } else { "they were" };
        let _ =
            write!(text, "\n\n{} stayed as {they_were}, {why}:\n", capitalised(&count(remaining, "place")));
        let left = after
            .files
            .iter()
            .filter(|(path, _)| before.files.contains_key(*path))
            .flat_map(|(_, hits)| hits);
        for hit in left.take(MAX_NAMED) {
            let _ = write!(text, "\n- `{}:{}`", hit.path, hit.line);
        }
        let _ = write!(text, "\n\nWhere the two names meet, that may not fit together any more.");
    }
    if let Patched::Partly { note } = patched {
        text.push_str(&heard(note.as_ref()));
    }
    text.push_str(&named_files(&before.left_out));
    if before.unreadable > 0 {
        let _ = write!(
            text,
            "\n\n{} too long for me to read, and left alone.",
            capitalised(&count(before.unreadable, "line"))
        );
    }
    let kept: Vec<String> = before
        .files
        .keys()
        .filter(|path| replace(path, old, new).1 > 0)
        .map(|path| format!("`{path}`"))
        .collect();
    if !kept.is_empty() {
        let _ = write!(text, "\n\nThe names of files stay as they are: {}.", kept.join(", "));
    }
    if is_taken {
        let _ = write!(text, "\n\n`{new}` was in use before. Look at what means what now.");
    }
    text.push_str("\n\nI went by the word alone, not by what it means. Build the project or run its tests before you keep it.");
    text
}

fn named_files(left_out: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    if !left_out.is_empty() {
        text.push_str("\n\nLeft out:\n");
    }
    for (path, why) in left_out.iter().take(MAX_NAMED) {
        let _ = write!(text, "\n- `{path}`: {why}");
    }
    text
}

/// Quotes the person's note, so that they see it arrived.
pub(super) fn heard(note: Option<&String>) -> String {
    note.map_or(String::new(), |note| {
        format!("\n\nYour note: “{note}”. I follow rules and cannot act on it, but it reached me.")
    })
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// Replaces a word where it stands alone, as `grep -w` sees it; also says how often.
fn replace(text: &str, old: &str, new: &str) -> (String, usize) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut result = String::with_capacity(text.len());
    let mut copied = 0;
    let mut times = 0;
    for (at, _) in text.match_indices(old) {
        let end = at + old.len();
        let alone = !text[..at].ends_with(is_word) && !text[end..].starts_with(is_word);
        if alone {
            result.push_str(&text[copied..at]);
            result.push_str(new);
            copied = end;
            times += 1;
        }
    }
    result.push_str(&text[copied..]);
    (result, times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_words_only() {
        for (text, want, times) in [
            ("foo", "bar", 1),
            ("foo(foo, food, _foo, foo_)", "bar(bar, food, _foo, foo_)", 2),
            ("$foo.foo-foo", "$bar.bar-bar", 3),
            ("éfoo fooé", "éfoo fooé", 0),
            ("", "", 0),
        ] {
            assert_eq!(replace(text, "foo", "bar"), (want.to_owned(), times), "{text}");
        }
    }
}
