//! Properties that hold for every text, edit and choice of hunks.

use apply_patch::{FileChange, parse, propose, render};
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::{Hunk, PatchKind};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Lines of few kinds, so that the same line stands in many places, with the characters that patches have trouble with.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[ab]{1,2}",
        " {0,2}[ab}] ?",
        Just("*** End Patch".to_owned()),
        Just("@@ a".to_owned()),
        Just("+a".to_owned()),
        Just("-\u{2014}\u{a0}\u{201c}".to_owned()),
        "[a-z\u{e9}\u{1f600}]{1,8}",
    ]
}

/// A file: its lines, and whether it has a byte order mark, carriage returns and a last line feed.
#[derive(Clone, Debug)]
struct File {
    lines: Vec<String>,
    bom: bool,
    ending: &'static str,
    ended: bool,
}

impl File {
    fn text(&self) -> String {
        self.with(&self.lines)
    }

    /// The file with other lines.
    fn with(&self, lines: &[String]) -> String {
        let mut text = lines.join(self.ending);
        if self.ended && !lines.is_empty() {
            text += self.ending;
        }
        format!("{}{text}", if self.bom { "\u{feff}" } else { "" })
    }
}

fn file() -> impl Strategy<Value = File> {
    let ending = prop_oneof![Just("\n"), Just("\r\n")];
    (vec(line(), 0..24), any::<bool>(), ending, any::<bool>()).prop_map(
        |(mut lines, bom, mut ending, mut ended)| {
            // an empty last line without a line feed cannot be told from no line
            if !ended && lines.last().is_some_and(String::is_empty) {
                lines.push("end".to_owned());
            }
            // one line alone does not show what the file's lines end in
            if !ended && lines.len() == 1 {
                lines.push("end".to_owned());
            }
            // an empty file does not show it either, and its new lines are those of any text
            if lines.is_empty() {
                (ending, ended) = ("\n", true);
            }
            File { lines, bom, ending, ended }
        },
    )
}

/// Some lines taken out, changed, or put in.
fn edited(lines: &[String]) -> impl Strategy<Value = Vec<String>> + use<> {
    let edit = prop_oneof![6 => Just(None), 1 => vec(line(), 0..3).prop_map(Some)];
    let tail = prop_oneof![3 => Just(Vec::new()), 1 => vec(line(), 1..3)];
    let lines = lines.to_vec();
    (vec(edit, lines.len()), tail).prop_map(move |(edits, tail)| {
        let changed =
            lines.iter().zip(edits).flat_map(|(line, edit)| edit.unwrap_or_else(|| vec![line.clone()]));
        changed.chain(tail).collect()
    })
}

fn file_and_edit() -> impl Strategy<Value = (File, Vec<String>)> {
    file()
        .prop_flat_map(|file| {
            let edited = edited(&file.lines);
            (Just(file), edited)
        })
        .prop_filter("an edit changes something, and ends as the file does", |(file, edited)| {
            file.lines != *edited && (file.ended || edited.last().is_none_or(|last| !last.is_empty()))
        })
}

/// The edit as a patch with the whole file for context, so that every line has one place.
fn patch_for(file: &File, edited: &[String]) -> String {
    let mut patch = String::from("*** Begin Patch\n*** Update File: file\n@@\n");
    let mut push = |mark: &str, lines: &[String]| {
        for line in lines {
            patch.extend([
                mark, line, "
",
            ]);
        }
    };
    for op in capture_diff_slices(Algorithm::Myers, &file.lines, edited) {
        let (old, new) = (&file.lines[op.old_range()], &edited[op.new_range()]);
        match op {
            DiffOp::Equal { .. } => push(" ", old),
            DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
                push("-", old);
                push("+", new);
            }
        }
    }
    patch + "*** End of File\n*** End Patch"
}

fn change(file: &File, edited: &[String]) -> FileChange {
    let patch = parse(&patch_for(file, edited)).unwrap();
    let mut changes = propose(&patch, &mut |_| Ok(Some(file.text().into_bytes()))).unwrap();
    assert_eq!(changes.len(), 1);
    changes.remove(0)
}

fn rendered(file: &File, hunks: &[&Hunk]) -> String {
    render(Some(&file.text()), hunks.iter().map(|hunk| (*hunk, None))).unwrap()
}

/// The lines after some hunks, the plain way: from the last to the first.
fn by_hand(lines: &[String], hunks: &[&Hunk]) -> Vec<String> {
    let mut lines = lines.to_vec();
    for hunk in hunks.iter().rev() {
        let start = hunk.old_start as usize;
        lines.splice(start..start + hunk.old.len(), hunk.new.iter().cloned());
    }
    lines
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(
        text in any::<String>(),
        lines in vec(prop_oneof![
            line(), Just("*** Begin Patch".to_owned()), Just("*** Update File: a".to_owned()), Just("*** Add File: a".to_owned()),
            Just("*** Move to: b".to_owned()), Just("@@".to_owned()), Just("*** End of File".to_owned()), Just("<<EOF".to_owned()),
            Just("EOF".to_owned()), Just("***".to_owned()), Just("\r".to_owned()),
        ], 0..16),
    ) {
        let _ = parse(&text);
        let text = lines.join("\n");
        let wrapped = format!("*** Begin Patch\n{text}\n*** End Patch");
        for text in [text, wrapped] {
            if let Ok(patch) = parse(&text) {
                let _ = propose(&patch, &mut |_| Ok(Some(b"a\n\nb\n".to_vec())));
            }
        }
    }

    #[test]
    fn all_hunks_give_the_new_file_and_none_the_old((file, edited) in file_and_edit()) {
        let change = change(&file, &edited);
        prop_assert_eq!(&change.kind, &PatchKind::Update { move_to: None });
        prop_assert_eq!(rendered(&file, &change.hunks.iter().collect::<Vec<_>>()), file.with(&edited));
        prop_assert_eq!(rendered(&file, &[]), file.text());
    }

    #[test]
    fn any_hunks_give_what_they_give_by_hand((file, edited) in file_and_edit(), chosen in vec(any::<bool>(), 32)) {
        let change = change(&file, &edited);
        let hunks: Vec<&Hunk> = change.hunks.iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(hunk, _)| hunk).collect();
        let expected = by_hand(&file.lines, &hunks);
        prop_assume!(file.ended || expected.last().is_none_or(|last| !last.is_empty()));
        prop_assert_eq!(rendered(&file, &hunks), file.with(&expected));
    }

    #[test]
    fn a_persons_text_takes_the_place_of_the_models((file, edited) in file_and_edit(), text in vec("[a-z]{1,4}", 1..4)) {
        let change = change(&file, &edited);
        let mut hunk = change.hunks[0].clone();
        let joined = text.join("\n");
        let written = render(Some(&file.text()), [(&hunk, Some(joined.as_str()))]).unwrap();
        hunk.new = text;
        prop_assert_eq!(&written, &rendered(&file, &[&hunk]));
        let emptied = render(Some(&file.text()), [(&hunk, Some(""))]).unwrap();
        hunk.new = Vec::new();
        prop_assert_eq!(&emptied, &rendered(&file, &[&hunk]));
    }

    #[test]
    fn hunks_are_exactly_what_changes((file, edited) in file_and_edit()) {
        let change = change(&file, &edited);
        let mut end = 0;
        for (index, hunk) in change.hunks.iter().enumerate() {
            let (old_start, new_start) = (hunk.old_start as usize, hunk.new_start as usize);
            prop_assert_eq!(hunk.id.as_str(), format!("0.{index}"));
            prop_assert!(index == 0 || old_start > end, "hunks touch");
            end = old_start + hunk.old.len();
            prop_assert_eq!(&file.lines[old_start..end], &hunk.old[..]);
            prop_assert_eq!(&edited[new_start..new_start + hunk.new.len()], &hunk.new[..]);
            prop_assert!(file.lines[..old_start].ends_with(&hunk.before) && hunk.before.len() == old_start.min(3));
            prop_assert!(file.lines[end..].starts_with(&hunk.after) && hunk.after.len() == (file.lines.len() - end).min(3));
            let shares_an_end = hunk.old.first().is_some_and(|old| hunk.new.first() == Some(old))
                || hunk.old.last().is_some_and(|old| hunk.new.last() == Some(old));
            prop_assert!(!shares_an_end, "context at an end of {hunk:?}");
        }
    }

    #[test]
    fn hunks_do_not_fit_another_text((file, edited) in file_and_edit()) {
        let change = change(&file, &edited);
        let other = file.lines.join("!\n") + "!\n";
        prop_assume!(change.hunks.iter().any(|hunk| !hunk.old.is_empty()));
        prop_assert!(render(Some(&other), change.hunks.iter().map(|hunk| (hunk, None))).is_err());
    }
}
