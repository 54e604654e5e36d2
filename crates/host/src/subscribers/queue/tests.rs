use super::*;
use view::{Block, BlockKind, CommandRow, Span};

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

fn command_row(status: CardStatus, output: &str) -> Row {
    let command = CommandRow {
        call_id: "c".into(),
        display: "yes".to_owned(),
        cwd: String::new(),
        status,
        output: output.to_owned(),
        hidden_lines: 0,
        end: None,
        background: false,
        overlay: false,
        sandbox: String::new(),
        denied: None,
        rejected: None,
        as_previewed: None,
    };
    Row { id: "c".to_owned(), at_ms: 0, body: RowBody::Command(Box::new(command)) }
}

/// Queues the changes, and asserts what is sent, with numbers.
#[track_caller]
fn check(changes: Vec<Change>, expected: Vec<(u64, Change)>) {
    let mut queue = SessionQueue::default();
    for change in changes {
        queue.push(change, None);
    }
    assert_eq!(sent(&mut queue, None), expected);
}

/// Takes everything that waits; `row` is the state of every row that is sent whole.
fn sent(queue: &mut SessionQueue, row: Option<&Row>) -> Vec<(u64, Change)> {
    let mut changes = Vec::new();
    while let Some(sent) = queue.pop_row(|_| row.cloned()).or_else(|| queue.pop_output(|_| row.cloned())) {
        match sent {
            QueuedUpdate::Change(seq, change) => changes.push((seq, *change)),
            QueuedUpdate::Lagged => panic!("the queue lags"),
        }
    }
    changes
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
fn numbers_rise_in_the_order_sent() {
    check(
        vec![agent_row(0, &["a"]), append(1, "x"), tail(0, 0, &["b"]), append(1, "y")],
        vec![(1, agent_row(0, &["b"])), (2, append(1, "xy"))],
    );
}

#[test]
fn a_snapshot_takes_the_place_of_what_waits() {
    let mut queue = SessionQueue::default();
    queue.push(append(0, "sent"), None);
    assert_eq!(sent(&mut queue, None), [(1, append(0, "sent"))]);
    queue.push(append(0, "in the snapshot"), None);
    assert_eq!(queue.restart(1), 1);
    queue.push(append(0, "after"), None);
    queue.push(append(0, "wards"), None);
    assert_eq!(sent(&mut queue, None), [(2, append(0, "afterwards"))]);
}

#[test]
fn what_waits_merges_while_the_rest_is_taken() {
    let mut queue = SessionQueue::default();
    for index in 0..3 {
        queue.push(append(index, "x"), None);
    }
    assert_eq!(queue.pop_row(|_| None), Some(QueuedUpdate::Change(1, Box::new(append(0, "x")))));
    queue.push(append(2, "y"), None);
    queue.push(append(0, "z"), None);
    assert_eq!(sent(&mut queue, None), [(2, append(1, "x")), (3, append(2, "xy")), (4, append(0, "z"))]);
}

#[test]
fn output_without_end_waits_as_one_row() {
    let mut queue = SessionQueue::default();
    let begun = command_row(CardStatus::Running, "");
    queue.push(Change::Row { index: 0, row: begun.clone() }, Some(&begun));
    let row = command_row(CardStatus::Running, "the end of it");
    for _ in 0..1000 {
        queue.push(append(0, &"y\n".repeat(1024)), Some(&row));
    }
    // the row was not sent yet, so it is all that waits
    assert!(queue.has_rows() && !queue.has_output());
    let whole = Change::Row { index: 0, row: row.clone() };
    assert_eq!(sent(&mut queue, Some(&row)), [(1, whole.clone())]);

    queue.push(append(0, "little"), Some(&row));
    assert_eq!(sent(&mut queue, Some(&row)), [(2, append(0, "little"))]);
    for _ in 0..1000 {
        queue.push(append(0, &"y\n".repeat(1024)), Some(&row));
        assert!(!queue.has_rows(), "output waits apart from the rows");
    }
    assert_eq!(sent(&mut queue, Some(&row)), [(3, whole)]);
}

#[test]
fn the_last_state_of_a_command_overtakes_its_output() {
    let mut queue = SessionQueue::default();
    let begun = command_row(CardStatus::Running, "");
    queue.push(Change::Row { index: 0, row: begun.clone() }, Some(&begun));
    sent(&mut queue, Some(&begun));
    queue.push(append(0, "y"), Some(&begun));
    let done = command_row(CardStatus::Ok, "y");
    queue.push(Change::Row { index: 0, row: done.clone() }, Some(&done));
    assert_eq!(sent(&mut queue, Some(&done)), [(2, Change::Row { index: 0, row: done.clone() })]);
}

#[test]
fn a_subscriber_that_takes_nothing_has_to_ask_for_a_snapshot() {
    let mut queue = SessionQueue::default();
    for index in 0..=u32::try_from(MAX_WAITING).unwrap() {
        queue.push(append(index, "x"), None);
    }
    assert!(queue.waiting.is_empty(), "nothing is kept that the snapshot holds");
    assert_eq!(queue.pop_row(|_| None), Some(QueuedUpdate::Lagged));
    queue.push(append(0, "lost"), None);
    assert_eq!(queue.pop_row(|_| None), None);
    let seq = queue.restart(5000);
    queue.push(append(0, "new"), None);
    assert_eq!(queue.pop_row(|_| None), Some(QueuedUpdate::Change(seq + 1, Box::new(append(0, "new")))));
}

#[test]
fn a_long_answer_is_sent_in_pieces_and_none_is_lost() {
    let mut queue = SessionQueue::default();
    let mut expected: Vec<String> = vec!["0".to_owned()];
    queue.push(agent_row(0, &["0"]), None);
    for number in 1..=1000_u32 {
        let text = number.to_string();
        // the last block goes on, and one more begins
        queue.push(tail(0, number - 1, &[&format!("{}.", number - 1), &text]), None);
        expected.truncate(number as usize - 1);
        expected.extend([format!("{}.", number - 1), text]);
    }
    let sent = sent(&mut queue, None);
    assert!(sent.len() >= 5, "{} changes", sent.len());
    let mut shown: Vec<Block> = Vec::new();
    for (_, change) in sent {
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
