//! Receipts that come from elsewhere: whatever is in the file, it is read or refused.

use crate::story::{Story, commit};
use proptest::prelude::*;
use receipt::{ReceiptError, account_for, page, summary, verify};

/// Goes through everything that is done with a receipt.
fn go_through(bytes: &[u8]) {
    if let Ok(receipt) = verify(bytes) {
        let commit =
            commit(&[("a.txt", Some("one\ntwo\n"), Some("one\nthree\n")), ("b.txt", None, Some("x"))]);
        let _ = (page(&receipt), summary(&receipt.records), account_for(&receipt.records, &commit));
    }
}

fn example() -> String {
    let mut story = Story::new();
    story.task("Change a file");
    story.approve("p1", "a.txt", Some("one\ntwo\n"), Some("one\nthree\n"));
    story.run("c1", &["fmt"], vec![], &[("a.txt", "one\nthree\n", "one\n")]);
    story.undo(1, false, &["a.txt"]);
    story.signed(3)
}

#[test]
fn what_is_no_receipt_is_said() {
    assert!(matches!(verify(b""), Err(ReceiptError::Malformed(_))));
    assert!(matches!(verify(b"\xff\xfe"), Err(ReceiptError::Malformed(_))));
    assert!(matches!(verify(b"{\"format\":\"tar\",\"version\":1}"), Err(ReceiptError::OtherFormat(_))));
    let newer = example().replacen("\"version\":1", "\"version\":2", 1);
    assert_eq!(verify(newer.as_bytes()), Err(ReceiptError::OtherVersion(2)));
    let more = example().replacen("\"version\":1", "\"version\":1,\"approved_by\":\"all\"", 1);
    assert!(matches!(verify(more.as_bytes()), Err(ReceiptError::Malformed(_))));
    let twice = example().replacen("\"version\":1", "\"version\":1,\"version\":1", 1);
    assert!(matches!(verify(twice.as_bytes()), Err(ReceiptError::Malformed(_))));
    let none = "{\"format\":\"countersign-receipt\",\"version\":1,\"records\":[],\"seal\":{\"records\":0,\"last\":\"\"}}";
    assert!(matches!(verify(none.as_bytes()), Err(ReceiptError::Malformed(_))));
}

#[test]
fn records_at_the_edge_of_what_numbers_hold_are_read() {
    for (from, to) in [
        ("\"number\":1,", "\"number\":4294967295,"),
        ("\"number\":2,", "\"number\":0,"),
        ("\"line\":2", "\"line\":4294967295"),
        ("\"line\":2", "\"line\":0"),
        ("\"records\":7,\"last\"", "\"records\":4294967295,\"last\""),
        ("\"task\":1", "\"task\":4294967295"),
        ("\"at_ms\":18", "\"at_ms\":18446744073709"),
    ] {
        let text = example().replace(from, to);
        assert_ne!(text, example(), "{from}");
        go_through(text.as_bytes());
        assert!(verify(text.as_bytes()).map_or(true, |found| !found.is_intact()), "{to}");
    }
}

proptest! {
    #[test]
    fn bytes_of_any_kind_are_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        go_through(&bytes);
    }

    #[test]
    fn json_of_any_kind_is_no_panic(text in json()) {
        go_through(text.as_bytes());
        let record = format!(
            "{{\"format\":\"countersign-receipt\",\"version\":1,\"records\":[{text}],\"seal\":{{\"records\":1,\"last\":\"\"}}}}"
        );
        go_through(record.as_bytes());
    }

    #[test]
    fn a_receipt_with_pieces_of_it_elsewhere_is_no_panic(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..4),
    ) {
        let mut text = example().into_bytes();
        for (from, to) in cuts {
            let (from, to) = (from.index(text.len()), to.index(text.len()));
            let (from, to) = (from.min(to), from.max(to));
            let piece: Vec<_> = text.drain(from..to).collect();
            let at = to.saturating_sub(from).min(text.len());
            text.splice(at..at, piece);
            if text.is_empty() {
                break;
            }
        }
        go_through(&text);
    }
}

/// JSON values, as text.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        any::<f64>().prop_map(|value| serde_json::to_string(&value).unwrap()),
        ".{0,12}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        prop::sample::select(vec!["number", "previous", "type", "patch", "files", "hunks", "command"])
            .prop_map(|word| format!("\"{word}\"")),
    ];
    let name = prop::sample::select(vec![
        "number", "previous", "at_ms", "task", "type", "files", "hunks", "decision", "by", "paths", "extent",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let name = name.clone();
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|values| format!("[{}]", values.join(","))),
            prop::collection::vec((name, inner), 0..6).prop_map(|fields| {
                let fields: Vec<_> =
                    fields.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", fields.join(","))
            }),
        ]
    })
}
