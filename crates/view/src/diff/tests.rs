use super::*;
use proptest::prelude::*;
use protocol::Hunk;
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
fn line_endings_that_change_are_shown_and_make_another_change() {
    use LineEnd::{CrLf, Lf, None as End};
    let hunk = |ends: &[LineEnd]| DiffHunk {
        old_start: 1,
        old_lines: 2,
        new_start: 1,
        new_lines: 2,
        lines: strings(&[" a", "-b", "+b"]),
        ends: ends.to_vec(),
    };
    let view = |ends: &[LineEnd]| AnyHunk::Changed(&hunk(ends)).view(HunkId::new(0, 0), &mut 10, None);
    let of = |view: &HunkView| view.lines.iter().map(|line| line.end).collect::<Vec<_>>();
    assert_eq!((of(&view(&[])), view(&[]).ends), (vec![None; 3], None));
    let shown = view(&[CrLf, Lf]);
    assert_eq!(of(&shown), [None, Some(CrLf), Some(Lf)]);
    assert_eq!(shown.ends, Some(LineEnds { old: vec![CrLf], new: vec![Lf] }));
    assert_eq!(
        line_end_note(&hunk(&[End, Lf])).as_deref(),
        Some("line endings: no newline before, LF after")
    );
    assert_eq!(line_end_note(&hunk(&[])), None);
    let digests = [view(&[]), view(&[CrLf, Lf]), view(&[Lf, CrLf])].map(|view| view.digest);
    assert!(digests[0] != digests[1] && digests[1] != digests[2], "{digests:?}");
}

#[test]
fn kinds_and_modes_that_no_line_shows_are_said() {
    use FileMode::{File, Link};
    let said = |old, new| mode_note(ModeChange { old, new });
    for (old, new, want) in [
        (Some(File(0o644)), Some(File(0o755)), Some("mode 644 becomes 755")),
        (
            Some(Link),
            Some(File(0o644)),
            Some("a link becomes a file: the text taken out is where the link led"),
        ),
        (Some(File(0o644)), Some(Link), Some("a file becomes a link: the text put in is where it leads")),
        (None, Some(Link), Some("a link: its text is where it leads")),
        (Some(File(0o755)), None, Some("mode 755")),
        (Some(Link), Some(Link), None),
        (None, None, None),
    ] {
        assert_eq!(said(old, new).as_deref(), want);
    }
}

#[test]
fn a_changed_hunk_reads_its_marks() {
    let hunk = DiffHunk {
        old_start: 3,
        old_lines: 3,
        new_start: 3,
        new_lines: 3,
        lines: strings(&[" same", "-name = \"old 🙂\"", "+name = \"new 🙂\"", " ", " -dash"]),
        ends: vec![],
    };
    check(
        AnyHunk::Changed(&hunk),
        "@@ -3,3 +3,3 @@",
        &["3 3  same", "4 - -name = \"[old] 🙂\"", "- 4 +name = \"[new] 🙂\"", "5 5  ", "6 6  -dash"],
    );
}

#[test]
fn names_that_look_alike_stand_for_each_of_their_files_and_their_hunks_for_themselves() {
    let file = |path: &str, line: &str| DiffFile {
        path: path.to_owned(),
        old_path: None,
        status: DiffStatus::Modified,
        sources: vec![],
        added: 1,
        removed: 0,
        modes: None,
        binary: false,
        too_large: false,
        hunks: vec![DiffHunk {
            old_start: 0,
            old_lines: 0,
            new_start: 1,
            new_lines: 1,
            lines: strings(&[line]),
            ends: vec![],
        }],
    };
    let files = vec![file("a\u{202e}b", "+one"), file("a\\u{202e}b", "+two"), file("c", "+three")];
    let diff = WorkspaceDiff { files, notes: vec![] };
    let [shown, same, other] = workspace(&diff).files.try_into().unwrap();
    assert_eq!(shown.path, same.path);
    assert!(changed_files(&diff, &shown.path).eq(&diff.files[..2]));
    assert!(changed_files(&diff, &other.path).eq(&diff.files[2..]));
    for (number, view) in [&shown, &same, &other].into_iter().enumerate() {
        let (file, _) = changed_hunk(&diff, &view.path, &view.hunks[0].id).unwrap();
        assert_eq!(file, &diff.files[number]);
    }
    assert_eq!(changed_hunk(&diff, "c", &shown.hunks[0].id), None);
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
        binary: false,
        conflicts: Vec::new(),
        effect: None,
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

fn patched(path: &str, hunks: Vec<Hunk>) -> FilePatch {
    FilePatch {
        path: path.to_owned(),
        target: format!("/p/{path}").into(),
        kind: PatchKind::Update { move_to: None },
        move_target: None,
        base_sha256: None,
        move_base_sha256: None,
        hunks,
        outside: false,
        protected: None,
        loose: Vec::new(),
        linked: Vec::new(),
        binary: false,
        conflicts: Vec::new(),
        effect: None,
        notes: Vec::new(),
    }
}

fn side(first: usize, lines: &[&str]) -> SideLines {
    SideLines { first, lines: strings(lines) }
}

#[test]
fn both_sides_of_a_file_are_known_from_the_one_on_disk() {
    let mut later = hunk(4, &["d"], &["e"], &["E", "F"], &[]);
    later.new_start = 3;
    let file = patched("a.rs", vec![hunk(1, &["a"], &["b", "c"], &["B"], &["d"]), later]);
    let of = HunkInFile::proposed(&file, AnyHunk::Proposed(&file.hunks[1]), 0..9);
    assert_eq!((of.file.as_path(), of.on_disk), (std::path::Path::new("/p/a.rs"), DiffSide::Old));
    let (old, new) = (DiffSide::Old, DiffSide::New);
    assert_eq!(of.wanted, [(new, 2), (old, 4), (new, 3), (new, 4)]);
    let whole =
        SidePair { old: side(0, &["a", "b", "c", "d", "e"]), new: side(0, &["a", "B", "d", "E", "F"]) };
    assert_eq!(of.sides(Some("a\nb\nc\nd\ne\n")), whole);
    assert_eq!(of.sides(Some("a\r\nb\r\nc\r\nd\r\ne")), whole);
    // another text: the hunk alone, with its numbers
    let alone = SidePair { old: side(3, &["d", "e"]), new: side(2, &["d", "E", "F"]) };
    for disk in [None, Some(""), Some("a\nb\nc\nd\nx\n"), Some("a\nb\n")] {
        assert_eq!(of.sides(disk), alone, "{disk:?}");
    }
    assert_eq!(of.own_lines(), &alone);
}

#[test]
fn a_new_file_and_a_deleted_one_have_one_side() {
    let added = patched("a.rs", vec![hunk(0, &[], &[], &["a", "b"], &[])]);
    let of = HunkInFile::proposed(&added, AnyHunk::Proposed(&added.hunks[0]), 1..2);
    assert_eq!(of.wanted, [(DiffSide::New, 1)]);
    assert_eq!(of.sides(None), SidePair { old: side(0, &[]), new: side(0, &["a", "b"]) });
    let deleted = patched("a.rs", vec![hunk(0, &[], &["a"], &[], &[])]);
    let of = HunkInFile::proposed(&deleted, AnyHunk::Proposed(&deleted.hunks[0]), 0..1);
    assert_eq!(of.sides(Some("a\n")), SidePair { old: side(0, &["a"]), new: side(0, &[]) });
}

proptest! {
    #[test]
    fn a_diff_leads_from_the_new_side_back_to_the_old_one(
        old in prop::collection::vec("[a-c]", 0..30),
        new in prop::collection::vec("[a-c]", 0..30),
    ) {
        let text = |lines: &[String]| lines.iter().flat_map(|line| [line, "\n"]).collect::<String>();
        let diff = TextDiff::from_lines(text(&old), text(&new)).unified_diff().to_string();
        let mut hunks: Vec<DiffHunk> = Vec::new();
        for line in diff.lines() {
            if let Some(header) = line.strip_prefix("@@ -") {
                let (left, right) = header.split_once(" +").unwrap();
                let numbers = |side: &str| {
                    let side = side.split(' ').next().unwrap();
                    let (start, lines) = side.split_once(',').unwrap_or((side, "1"));
                    (start.parse().unwrap(), lines.parse().unwrap())
                };
                let ((old_start, old_lines), (new_start, new_lines)) = (numbers(left), numbers(right));
                hunks.push(DiffHunk { old_start, old_lines, new_start, new_lines, ..DiffHunk::default() });
            } else {
                hunks.last_mut().unwrap().lines.push(line.to_owned());
            }
        }
        prop_assume!(!hunks.is_empty());
        let file = DiffFile {
            path: "a".to_owned(),
            old_path: None,
            status: DiffStatus::Modified,
            sources: Vec::new(),
            added: 0,
            removed: 0,
            modes: None,
            binary: false,
            too_large: false,
            hunks,
        };
        let of = |on_disk| HunkInFile::changed("/p/a".into(), on_disk, &file, AnyHunk::Changed(&file.hunks[0]), 0..9);
        let whole = SidePair {
            old: SideLines { first: 0, lines: old.clone() },
            new: SideLines { first: 0, lines: new.clone() },
        };
        prop_assert_eq!(of(DiffSide::New).sides(Some(&text(&new))), whole.clone());
        prop_assert_eq!(of(DiffSide::Old).sides(Some(&text(&old))), whole);
    }
}
