//! Commits compared with receipts: which of their lines were approved, and which were not.

use crate::story::{PersonAnswer, Story, commit, proposal, state};
use protocol::{HunkId, HunkOutcome, HunkSelection, ReviewDecision};
use receipt::{CommitAccount, CommitContent, CommitDiff, LineAccount, account_for};

const BASE: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n";
const FIRST: &str = "one\nTWO\nthree\nfour\nfive\nsix\nseven\neight\n";
const SECOND: &str = "one\nTWO\nthree\nfour\nfive\nsix\nnew 1\nnew 2\nseven\neight\n";

fn account(story: &Story, commit: &CommitDiff) -> CommitAccount {
    account_for(&story.receipt().records, commit)
}

/// Each span of a commit: "path:from-to" or "path:-from-to" for removed lines, and the record of it.
fn spans(account: &CommitAccount) -> Vec<(String, Option<u32>)> {
    let record = |account: &LineAccount| match account {
        LineAccount::Recorded { record, .. } => Some(*record),
        LineAccount::Unrecorded { .. } => None,
    };
    let mut spans = Vec::new();
    for file in &account.files {
        spans.extend(file.whole.iter().map(|whole| (file.path.clone(), record(whole))));
        spans.extend(file.spans.iter().map(|span| {
            let mark = if span.removed { "-" } else { "" };
            (format!("{}:{mark}{}-{}", file.path, span.from, span.to), record(&span.account))
        }));
    }
    spans
}

fn named(spans: &[(&str, Option<u32>)]) -> Vec<(String, Option<u32>)> {
    spans.iter().map(|(lines, record)| ((*lines).to_owned(), *record)).collect()
}

/// Two patches of one file; their records are 4 and 5.
fn two_patches() -> Story {
    let mut story = Story::new();
    story.task("Change the list");
    story.approve("p1", "list.txt", Some(BASE), Some(FIRST));
    story.approve("p2", "list.txt", Some(FIRST), Some(SECOND));
    story.end_task();
    story
}

#[test]
fn every_line_of_a_commit_that_is_as_approved_is_accounted_for() {
    let found = account(&two_patches(), &commit(&[("list.txt", Some(BASE), Some(SECOND))]));
    assert_eq!(spans(&found), named(&[("list.txt:2-2", Some(4)), ("list.txt:7-8", Some(5))]));
    assert_eq!(found.unrecorded(), 0);
}

#[test]
fn a_line_that_was_altered_after_it_was_approved_is_named() {
    let altered = SECOND.replace("new 2", "new 2; rm -rf ~");
    let found = account(&two_patches(), &commit(&[("list.txt", Some(BASE), Some(&altered))]));
    assert_eq!(
        spans(&found),
        named(&[("list.txt:2-2", Some(4)), ("list.txt:7-7", Some(5)), ("list.txt:8-8", None)])
    );
    assert_eq!((found.unrecorded(), found.files[0].left_out), (1, 1));
}

#[test]
fn lines_written_and_removed_by_hand_are_named() {
    let by_hand = SECOND.replace("four\n", "").replace("eight\n", "eight\nby hand\n");
    let found = account(&two_patches(), &commit(&[("list.txt", Some(BASE), Some(&by_hand))]));
    assert_eq!(
        spans(&found),
        named(&[
            ("list.txt:2-2", Some(4)),
            ("list.txt:-4-4", None),
            ("list.txt:6-7", Some(5)),
            ("list.txt:10-10", None),
        ])
    );
}

#[test]
fn a_line_written_by_hand_between_two_patches_is_named_and_moves_nothing() {
    let by_hand = format!("by hand\n{FIRST}");
    let after = format!("by hand\n{SECOND}");
    let mut story = Story::new();
    story.task("Change the list");
    story.approve("p1", "list.txt", Some(BASE), Some(FIRST));
    story.approve("p2", "list.txt", Some(&by_hand), Some(&after));
    let found = account(&story, &commit(&[("list.txt", Some(BASE), Some(&after))]));
    assert_eq!(
        spans(&found),
        named(&[("list.txt:1-1", None), ("list.txt:3-3", Some(4)), ("list.txt:8-9", Some(5))])
    );
}

#[test]
fn a_patch_over_a_line_written_by_hand_accounts_for_its_own_lines() {
    let by_hand = BASE.replace("five", "by hand");
    let after = BASE.replace("five", "approved 1\napproved 2");
    let mut story = Story::new();
    story.task("Change the list");
    story.approve("p1", "list.txt", Some(&by_hand), Some(&after));
    let found = account(&story, &commit(&[("list.txt", Some(BASE), Some(&after))]));
    // who removed the line that was there before is not known
    assert!(spans(&found).contains(&("list.txt:5-6".to_owned(), Some(4))), "{:?}", spans(&found));
}

#[test]
fn only_what_was_accepted_accounts_for_lines() {
    let mut story = Story::new();
    story.task("Change the list");
    let patch = proposal("list.txt", Some(BASE), Some(SECOND));
    let accepted = HunkSelection { accepted: vec![HunkId::new(0, 0)], ..HunkSelection::default() };
    let answer = PersonAnswer { hunks: Some(accepted), ..PersonAnswer::default() };
    story.ask("p1", &patch, ReviewDecision::Approved, answer);
    let outcomes =
        vec![HunkOutcome::Written { id: HunkId::new(0, 0) }, HunkOutcome::Declined { id: HunkId::new(0, 1) }];
    story.write("p1", "list.txt", (state(BASE), state(FIRST)), outcomes);
    let found = account(&story, &commit(&[("list.txt", Some(BASE), Some(SECOND))]));
    assert_eq!(spans(&found), named(&[("list.txt:2-2", Some(4)), ("list.txt:7-8", None)]));
}

#[test]
fn a_commit_of_a_part_of_the_work_is_accounted_for() {
    // only the first patch, and the second on top of it
    let first = account(&two_patches(), &commit(&[("list.txt", Some(BASE), Some(FIRST))]));
    assert_eq!(spans(&first), named(&[("list.txt:2-2", Some(4))]));
    let second = account(&two_patches(), &commit(&[("list.txt", Some(FIRST), Some(SECOND))]));
    assert_eq!(spans(&second), named(&[("list.txt:7-8", Some(5))]));
    // only the second hunk, though the first was approved before it
    let other = BASE.replace("seven", "new 1\nnew 2\nseven");
    let picked = account(&two_patches(), &commit(&[("list.txt", Some(BASE), Some(&other))]));
    assert_eq!(spans(&picked), named(&[("list.txt:7-8", Some(5))]));
    assert_eq!(picked.files[0].left_out, 1);
}

#[test]
fn files_that_are_made_removed_or_not_in_the_receipt_are_told_apart() {
    let mut story = Story::new();
    story.task("Move things");
    story.approve("p1", "made.txt", None, Some("x\ny\n"));
    story.approve("p2", "gone.txt", Some("z\n"), None);
    let found = account(
        &story,
        &commit(&[
            ("made.txt", None, Some("x\ny\n")),
            ("gone.txt", Some("z\n"), None),
            ("also-gone.txt", Some("z\n"), None),
            ("other.txt", None, Some("1\n2\n")),
        ]),
    );
    assert_eq!(
        spans(&found),
        named(&[
            ("made.txt:1-2", Some(4)),
            ("gone.txt", Some(5)),
            ("also-gone.txt", None),
            ("other.txt:1-2", None),
        ])
    );
}

#[test]
fn lines_of_a_command_are_accounted_for_where_nothing_came_between() {
    let formatted = FIRST.replace("one", "One").replace("six\n", "");
    let mut story = Story::new();
    story.task("Change and format");
    story.approve("p1", "list.txt", Some(BASE), Some(FIRST));
    story.run("c1", &["fmt"], vec![], &[("list.txt", FIRST, &formatted)]);
    let exact = account(&story, &commit(&[("list.txt", Some(BASE), Some(&formatted))]));
    assert_eq!(
        spans(&exact),
        named(&[
            ("list.txt:-1-1", Some(5)),
            ("list.txt:1-1", Some(5)),
            ("list.txt:2-2", Some(4)),
            ("list.txt:-6-6", Some(5))
        ])
    );
    assert_eq!(exact.unrecorded(), 0);
    // with a line more it is not known who wrote what, and the command is named as who may have
    let more = format!("{formatted}by hand\n");
    let found = account(&story, &commit(&[("list.txt", Some(BASE), Some(&more))]));
    let last = found.files[0].spans.last().unwrap();
    assert_eq!((last.from, &last.account), (8, &LineAccount::Unrecorded { maybe: Some(5) }));
}

#[test]
fn an_undo_takes_back_what_it_accounts_for() {
    let mut story = two_patches();
    story.undo(1, false, &["list.txt"]);
    let undone = account(&story, &commit(&[("other.txt", None, Some("x\n"))]));
    assert_eq!(spans(&undone), named(&[("other.txt:1-1", None)]));
    story.task("Again");
    let third = BASE.replace("eight", "EIGHT");
    story.approve("p3", "list.txt", Some(BASE), Some(&third));
    let found = account(&story, &commit(&[("list.txt", Some(BASE), Some(&third))]));
    assert_eq!(spans(&found), named(&[("list.txt:8-8", Some(9))]));
    story.undo(2, false, &["list.txt"]);
    story.undo(2, true, &["list.txt"]);
    let redone = account(&story, &commit(&[("list.txt", Some(BASE), Some(&third))]));
    assert_eq!(spans(&redone), named(&[("list.txt:8-8", Some(9))]));
}

#[test]
fn what_has_no_lines_is_compared_as_a_whole() {
    let mut story = Story::new();
    story.task("Draw");
    story.run("c1", &["draw"], vec![], &[("a.png", "old\0", "new\0"), ("b.png", "old\0", "new\0")]);
    let mut diff =
        commit(&[("a.png", Some("old\0"), Some("new\0")), ("b.png", Some("old\0"), Some("other\0"))]);
    diff.paths.push(receipt::CommitPath {
        path: "sub".to_owned(),
        before: CommitContent::Absent,
        after: CommitContent::Other,
    });
    let found = account(&story, &diff);
    assert_eq!(spans(&found), named(&[("a.png", Some(4)), ("b.png", None), ("sub", None)]));
}

#[test]
fn a_program_an_empty_file_and_a_link_are_not_what_was_approved() {
    let mut story = Story::new();
    story.task("Make things");
    story.approve("p1", "made.sh", None, Some("x\n"));
    story.approve("p2", "name", None, Some("/etc/passwd"));
    let file = |text: &str, executable| CommitContent::File { bytes: text.as_bytes().to_vec(), executable };
    let mut diff = commit(&[("empty.txt", None, Some("")), ("made.sh", None, Some("x\n"))]);
    assert_eq!(
        spans(&account(&story, &diff)),
        named(&[("empty.txt", None), ("made.sh:1-1", Some(4))]),
        "nothing in the receipt makes the first one"
    );
    diff.paths[1].after = file("x\n", true);
    diff.paths.push(receipt::CommitPath {
        path: "name".to_owned(),
        before: CommitContent::Absent,
        after: CommitContent::Link(b"/etc/passwd".to_vec()),
    });
    let found = account(&story, &diff);
    assert_eq!(found.unrecorded(), 3);
    assert_eq!(
        spans(&found),
        named(&[("empty.txt", None), ("made.sh", None), ("made.sh:1-1", Some(4)), ("name", None)])
    );
}

#[test]
fn line_endings_of_either_kind_are_the_same_line() {
    let found = account(
        &two_patches(),
        &commit(&[("list.txt", Some(&BASE.replace('\n', "\r\n")), Some(&SECOND.replace('\n', "\r\n")))]),
    );
    assert_eq!(spans(&found), named(&[("list.txt:2-2", Some(4)), ("list.txt:7-8", Some(5))]));
}
