use super::*;
use view::{Block, BlockKind, Span};

fn agent_row(index: u32, words: &[&str]) -> Change {
    let body = RowBody::Agent { blocks: blocks(0, words), streaming: true, interrupted: false };
    Change::Row { index, row: Row { id: format!("r{index}"), at_ms: 0, body } }
}

fn blocks(first: u32, words: &[&str]) -> Vec<Block> {
    words
        .iter()
        .enumerate()
        .map(|(at, word)| Block {
            id: first + u32::try_from(at).unwrap(),
            kind: BlockKind::Paragraph { spans: vec![Span { text: (*word).to_owned(), ..Span::default() }] },
        })
        .collect()
}

fn tail(index: u32, from: u32, words: &[&str]) -> Change {
    Change::Blocks { index, from, blocks: blocks(from, words) }
}

fn append(index: u32, text: &str) -> Change {
    Change::Append { index, text: text.to_owned() }
}

/// Pushes the changes for one session and gives what the window is told, with numbers.
#[track_caller]
fn check(changes: Vec<Change>, expected: Vec<(u64, Change)>) {
    let mut queue = Queue::default();
    let session = SessionId::from("s");
    for change in changes {
        queue.push(&session, change);
    }
    assert_eq!(told(&mut queue), expected);
}

fn told(queue: &mut Queue) -> Vec<(u64, Change)> {
    queue
        .take(u64::MAX)
        .into_iter()
        .map(|update| match update {
            Update::Session { seq, change, .. } => (seq, *change),
            Update::App { .. } => unreachable!("the queue holds changes of sessions only"),
        })
        .collect()
}

#[test]
fn successive_changes_of_one_row_become_one() {
    check(
        vec![agent_row(0, &["a"]), tail(0, 0, &["ab"]), tail(0, 1, &["c"])],
        vec![(1, agent_row(0, &["ab", "c"]))],
    );
    check(
        vec![tail(0, 3, &["x"]), tail(0, 3, &["xy", "z"]), tail(0, 4, &["z!"])],
        vec![(1, tail(0, 3, &["xy", "z!"]))],
    );
    check(vec![tail(0, 3, &["x"]), tail(0, 1, &["all", "new"])], vec![(1, tail(0, 1, &["all", "new"]))]);
    check(
        vec![append(2, "a"), append(2, "b"), append(3, "c")],
        vec![(1, append(2, "ab")), (2, append(3, "c"))],
    );
}

#[test]
fn numbers_rise_in_the_order_told() {
    check(
        vec![agent_row(0, &["a"]), append(1, "x"), tail(0, 0, &["b"]), append(1, "y")],
        vec![(1, agent_row(0, &["b"])), (2, append(1, "xy"))],
    );
}

#[test]
fn what_a_snapshot_holds_is_told_apart_from_what_it_does_not() {
    let mut queue = Queue::default();
    let session = SessionId::from("s");
    queue.push(&session, append(0, "before"));
    let held = queue.seal(&session);
    queue.push(&session, append(0, "after"));
    queue.push(&session, append(0, "wards"));
    assert_eq!(held, 1);
    assert_eq!(told(&mut queue), vec![(1, append(0, "before")), (2, append(0, "afterwards"))]);
    queue.push(&session, append(0, "!"));
    assert_eq!(told(&mut queue), vec![(3, append(0, "!"))]);
}

#[test]
fn a_batch_is_bounded_and_the_rest_waits() {
    let mut queue = Queue::default();
    let session = SessionId::from("s");
    let long = "x".repeat(1000);
    for index in 0..10 {
        queue.push(&session, append(index, &long));
    }
    let first = queue.take(3500);
    assert_eq!(first.len(), 3, "three of over 1,000 bytes fit");
    // what waits still merges
    queue.push(&session, append(9, "y"));
    assert_eq!(queue.take(u64::MAX).len(), 7);
    assert!(told(&mut queue).is_empty());
    // one change over the bound still goes out, alone
    queue.push(&session, append(0, &long));
    assert_eq!(queue.take(10).len(), 1);
}

#[test]
fn sessions_have_numbers_of_their_own() {
    let mut queue = Queue::default();
    let (one, two) = (SessionId::from("1"), SessionId::from("2"));
    queue.push(&one, append(0, "a"));
    queue.push(&two, append(0, "b"));
    queue.clear();
    queue.push(&one, append(0, "c"));
    assert_eq!(told(&mut queue), vec![(2, append(0, "c"))]);
    assert_eq!((queue.seal(&one), queue.seal(&two)), (2, 1));
}

#[test]
fn a_long_answer_is_told_in_pieces_and_none_is_lost() {
    let mut queue = Queue::default();
    let session = SessionId::from("s");
    let mut expected: Vec<String> = vec!["0".to_owned()];
    queue.push(&session, agent_row(0, &["0"]));
    for number in 1..=1000_u32 {
        let text = number.to_string();
        // the last block goes on, and one more begins
        queue.push(&session, tail(0, number - 1, &[&format!("{}.", number - 1), &text]));
        expected.truncate(number as usize - 1);
        expected.extend([format!("{}.", number - 1), text]);
    }
    let told = told(&mut queue);
    assert!(told.len() >= 5, "{} changes", told.len());
    let mut shown: Vec<Block> = Vec::new();
    for (_, change) in told {
        let (from, blocks) = match change {
            Change::Row { row: Row { body: RowBody::Agent { blocks, .. }, .. }, .. } => (0, blocks),
            Change::Blocks { from, blocks, .. } => (from, blocks),
            other => panic!("{other:?}"),
        };
        assert!(blocks.len() <= MAX_BLOCKS + 1);
        shown.truncate(from as usize);
        shown.extend(blocks);
    }
    let Change::Blocks { blocks: expected, .. } =
        tail(0, 0, &expected.iter().map(String::as_str).collect::<Vec<_>>())
    else {
        unreachable!("a tail is blocks")
    };
    assert_eq!(
        shown.iter().map(|block| &block.kind).collect::<Vec<_>>(),
        expected.iter().map(|block| &block.kind).collect::<Vec<_>>()
    );
}
