use super::*;
use proptest::prelude::*;
use std::fmt::Write as _;

fn strings(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn hunk(start: u32, before: &[&str], old: &[&str], new: &[&str], after: &[&str]) -> Hunk {
    Hunk {
        id: HunkId::new(0, 0),
        old_start: start,
        new_start: start,
        before: strings(before),
        old: strings(old),
        new: strings(new),
        after: strings(after),
    }
}

/// Lines as "OLD NEW MARK text", the marked words in brackets.
fn show(lines: &[DiffLine]) -> Vec<String> {
    lines
        .iter()
        .map(|line| {
            let number = |no: Option<u32>| no.map_or("-".to_owned(), |no| no.to_string());
            let mark = match line.kind {
                LineKind::Context => ' ',
                LineKind::Removed => '-',
                LineKind::Added => '+',
            };
            let units: Vec<u16> = line.text.encode_utf16().collect();
            let mut text = String::new();
            let mut at = 0;
            for (from, to) in &line.marks {
                let slice = |range: Range<u32>| {
                    String::from_utf16(&units[range.start as usize..range.end as usize]).unwrap()
                };
                let _ = write!(text, "{}[{}]", slice(at..*from), slice(*from..*to));
                at = *to;
            }
            text += &String::from_utf16(&units[at as usize..]).unwrap();
            format!("{} {} {mark}{text}", number(line.old_no), number(line.new_no))
        })
        .collect()
}

#[track_caller]
fn check(hunk: AnyHunk<'_>, header: &str, expected: &[&str]) {
    let view = hunk.view(HunkId::new(0, 0), &mut MAX_MESSAGE_LINES.clone(), None);
    assert_eq!(view.header, header);
    assert_eq!(show(&view.lines), expected);
    assert_eq!(view.line_count as usize, expected.len());
}

#[test]
fn a_proposed_hunk_has_numbers_and_marks() {
    check(
        AnyHunk::Proposed(&hunk(
            11,
            &["fn a() {"],
            &["    let x = 1;"],
            &["    let x = 2;", "    let y = 3;"],
            &["}"],
        )),
        "@@ -11,3 +11,4 @@",
        &[
            "11 11  fn a() {",
            "12 - -    let x = [1];",
            "- 12 +    let x = [2];",
            "- 13 +    let y = 3;",
            "13 14  }",
        ],
    );
}

#[test]
fn a_file_added_or_deleted_begins_at_nothing() {
    check(AnyHunk::Proposed(&hunk(0, &[], &[], &["a", "b"], &[])), "@@ -0,0 +1,2 @@", &["- 1 +a", "- 2 +b"]);
    check(AnyHunk::Proposed(&hunk(0, &[], &["a"], &[], &[])), "@@ -1 +0,0 @@", &["1 - -a"]);
}

#[test]
fn a_changed_hunk_reads_its_marks() {
    let hunk = DiffHunk {
        old_start: 3,
        old_lines: 3,
        new_start: 3,
        new_lines: 3,
        lines: strings(&[" same", "-name = \"old 🙂\"", "+name = \"new 🙂\"", " ", " -dash"]),
    };
    check(
        AnyHunk::Changed(&hunk),
        "@@ -3,3 +3,3 @@",
        &["3 3  same", "4 - -name = \"[old] 🙂\"", "- 4 +name = \"[new] 🙂\"", "5 5  ", "6 6  -dash"],
    );
}

#[test]
fn marks_are_of_the_text_as_shown() {
    let hunk = hunk(0, &[], &["let \u{200b}one = 1;"], &["let \u{200b}two = 1;"], &[]);
    assert_eq!(
        show(&AnyHunk::Proposed(&hunk).lines(0, 10)),
        ["1 - -let \\u{200b}[one] = 1;", "- 1 +let \\u{200b}[two] = 1;"]
    );
}

#[test]
fn lines_that_have_nothing_in_common_have_no_marks() {
    let hunk = hunk(0, &[], &["completely different text"], &["1234 5678"], &[]);
    assert!(AnyHunk::Proposed(&hunk).lines(0, 10).iter().all(|line| line.marks.is_empty()));
}

#[test]
fn a_long_hunk_is_sent_in_windows() {
    let old: Vec<_> = (0..25_000).map(|number| format!("old {number}")).collect();
    let new: Vec<_> = (0..25_000).map(|number| format!("new {number}")).collect();
    let hunk = Hunk { old, new, ..hunk(0, &[], &[], &[], &[]) };
    let mut budget = MAX_MESSAGE_LINES;
    let view = AnyHunk::Proposed(&hunk).view(HunkId::new(0, 0), &mut budget, None);
    assert_eq!(
        (view.lines.len(), view.line_count, budget),
        (MAX_HUNK_LINES, 50_000, MAX_MESSAGE_LINES - MAX_HUNK_LINES)
    );
    assert_eq!(show(&AnyHunk::Proposed(&hunk).lines(24_999, 2)), ["25000 - -old 24999", "- 1 +new 0"]);
    assert!(AnyHunk::Proposed(&hunk).lines(50_000, 10).is_empty());
}

#[test]
fn a_message_is_bounded_over_all_its_hunks() {
    let lines: Vec<_> = (0..300).map(|number| format!("line {number}")).collect();
    let hunks = (0..10)
        .map(|at| Hunk { id: HunkId::new(0, at), new: lines.clone(), ..hunk(0, &[], &[], &[], &[]) })
        .collect();
    let file = FilePatch {
        path: "a".to_owned(),
        target: "/p/a".into(),
        kind: PatchKind::Add,
        move_target: None,
        base_sha256: None,
        move_base_sha256: None,
        hunks,
        outside: true,
        protected: None,
        loose: vec![LooseMatch { line: 7, ignored: Ignored::TrailingSpace }],
        linked: vec![],
        notes: vec!["a note".to_owned()],
    };
    let files = proposal(&PatchProposal { files: vec![file] });
    assert_eq!(files[0].hunks.iter().map(|hunk| hunk.lines.len()).sum::<usize>(), MAX_MESSAGE_LINES);
    assert_eq!(files[0].added, 3000);
    assert_eq!(
        files[0].notes,
        [
            "outside the folders this session may write: /p/a",
            "a note",
            "line 7: found by ignoring trailing spaces"
        ]
    );
}

proptest! {
    #[test]
    fn any_window_is_a_part_of_the_whole(
        old in prop::collection::vec("[a-c 🙂\u{202e}]{0,12}", 0..12),
        new in prop::collection::vec("[a-c 🙂\u{202e}]{0,12}", 0..12),
        from in 0usize..30,
        count in 0usize..30,
    ) {
        let hunk = Hunk { old, new, ..hunk(4, &["before"], &[], &[], &["after"]) };
        let whole = AnyHunk::Proposed(&hunk).lines(0, usize::MAX);
        let window = AnyHunk::Proposed(&hunk).lines(from, count);
        let from = from.min(whole.len());
        prop_assert_eq!(&window[..], &whole[from..(from + count).min(whole.len())]);
        for line in &whole {
            let units = u32::try_from(line.text.encode_utf16().count()).unwrap();
            prop_assert!(line.marks.iter().all(|(from, to)| from < to && *to <= units));
            prop_assert!(line.marks.is_sorted());
        }
    }
}
