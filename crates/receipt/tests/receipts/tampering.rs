//! Tampering with a receipt: each kind is found, and said of the record it was done to.

use crate::story::{Story, key};
use aws_lc_rs::signature::Ed25519KeyPair;
use proptest::prelude::*;
use receipt::{ReceiptFault, SealStatus, verify};
use serde_json::Value;
use sha2::{Digest, Sha256};

fn story() -> Story {
    let mut story = Story::new();
    story.task("Fix the range test");
    story.approve("p1", "src/range.rs", Some("a\nb\nc\n"), Some("a\nB\nc\n"));
    story.run("c1", &["cargo", "test"], vec![], &[]);
    story.approve("p2", "src/lib.rs", None, Some("mod range;\n"));
    story.end_task();
    story
}

/// Records of a receipt, each a line, and what stands before and after them.
fn parts(text: &str) -> (String, Vec<String>, String) {
    let mut lines: Vec<_> = text.lines().collect();
    let (head, seal) = (lines.remove(0).to_owned(), lines.pop().unwrap().to_owned());
    let records = lines.iter().map(|line| line.trim_end_matches(',').to_owned()).collect();
    (head, records, seal)
}

fn whole(head: &str, records: &[String], seal: &str) -> String {
    format!("{head}\n{}\n{seal}\n", records.join(",\n"))
}

/// Changes the records of a signed receipt, and returns what is found.
fn tampered(change: impl FnOnce(&mut Vec<String>)) -> Vec<ReceiptFault> {
    let (head, mut records, seal) = parts(&story().signed(1));
    change(&mut records);
    verify(whole(&head, &records, &seal).as_bytes()).unwrap().faults
}

#[test]
fn a_receipt_that_nobody_touched_is_intact_and_names_its_key() {
    let receipt = verify(story().signed(1).as_bytes()).unwrap();
    assert!(receipt.is_intact());
    assert_eq!(receipt.seal, SealStatus::Signed(key(1)));
    assert_eq!(verify(story().unsigned().as_bytes()).unwrap().seal, SealStatus::Unsigned);
}

#[test]
fn a_record_that_was_changed_is_named() {
    let found = tampered(|records| records[3] = records[3].replace("\"written\"", "\"declined\""));
    assert_eq!(found, [ReceiptFault::Changed { number: 4 }]);
    let last = story().receipt().records.len();
    let found = tampered(|records| {
        let last = records.last_mut().unwrap();
        *last = last.replace("1800000", "1800001");
    });
    assert_eq!(found, [ReceiptFault::Changed { number: u32::try_from(last).unwrap() }]);
}

#[test]
fn a_record_that_was_removed_is_named() {
    let removed = |number| vec![ReceiptFault::Removed { from: number, to: number }];
    assert_eq!(tampered(|records| drop(records.remove(3))), removed(4));
    assert_eq!(tampered(|records| drop(records.remove(0))), removed(1));
    let last = u32::try_from(story().receipt().records.len()).unwrap();
    assert_eq!(tampered(|records| drop(records.pop())), removed(last));
    let several = tampered(|records| drop(records.drain(2..5)));
    assert_eq!(several, [ReceiptFault::Removed { from: 3, to: 5 }]);
}

#[test]
fn a_record_that_was_moved_is_named() {
    assert_eq!(tampered(|records| records.swap(3, 4)), [ReceiptFault::Reordered { number: 4 }]);
}

#[test]
fn a_record_that_was_added_is_named() {
    let twice = tampered(|records| records.insert(4, records[3].clone()));
    assert_eq!(twice, [ReceiptFault::Added { number: 4, place: 5 }]);
    let count = story().receipt().records.len();
    let next = u32::try_from(count + 1).unwrap();
    let at_the_end = tampered(|records| {
        let previous = hex::encode(Sha256::digest(records.last().unwrap()));
        let last = records.last().unwrap();
        let mut record: Value = serde_json::from_str(last).unwrap();
        record["number"] = next.into();
        record["previous"] = previous.into();
        records.push(record.to_string());
    });
    assert_eq!(at_the_end, [ReceiptFault::Added { number: next, place: next }]);
}

/// Chains records anew, as whoever has no key can.
fn rechain(records: &mut [String]) -> String {
    let mut previous = "0".repeat(64);
    for (number, text) in (1..).zip(records.iter_mut()) {
        let mut record: Value = serde_json::from_str(text).unwrap();
        record["number"] = Value::from(number);
        record["previous"] = previous.into();
        *text = record.to_string();
        previous = hex::encode(Sha256::digest(text.as_bytes()));
    }
    previous
}

#[test]
fn records_that_were_chained_anew_do_not_fit_the_signature() {
    let (head, mut records, seal) = parts(&story().signed(1));
    records.remove(3);
    let last = rechain(&mut records);
    let seal = seal.trim_start_matches("],\"seal\":").trim_end_matches('}').to_owned() + "}";
    let mut seal: Value = serde_json::from_str(&seal).unwrap();
    seal["records"] = records.len().into();
    seal["last"] = last.into();
    let text = whole(&head, &records, &format!("],\"seal\":{seal}}}"));
    let found = verify(text.as_bytes()).unwrap();
    assert_eq!((found.faults, found.seal), (vec![ReceiptFault::Signature], SealStatus::Broken));
}

#[test]
fn a_signature_or_a_key_that_was_changed_does_not_fit() {
    let text = story().signed(1);
    let signature = text.rsplit("\"signature\":\"").next().unwrap()[..128].to_owned();
    let own = text.replace(&key(1).to_string(), &key(2).to_string());
    let flipped = if signature.starts_with('0') { "1" } else { "0" };
    let changed = text.replace(&signature, &format!("{flipped}{}", &signature[1..]));
    let capital = text.replace(&signature, &signature.to_uppercase());
    let lone = text.replace(&format!(",\"signature\":\"{signature}\""), "");
    for broken in [own, changed, capital, lone] {
        let found = verify(broken.as_bytes()).unwrap();
        assert_eq!((found.faults, found.seal), (vec![ReceiptFault::Signature], SealStatus::Broken));
    }
    // who signs it anew with another key says so by the key
    let other = verify(story().signed(2).as_bytes()).unwrap();
    assert_eq!(other.seal, SealStatus::Signed(key(2)));
    assert_ne!(key(1).fingerprint(), key(2).fingerprint());
}

#[test]
fn a_key_that_does_not_sign_makes_no_receipt() {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
    let sign = |message: &[u8]| Some(pair.sign(message).as_ref().to_vec());
    assert!(story().sealed_with(key(2), sign).is_err());
    assert!(story().sealed_with(key(1), |_| None).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_byte_of_a_record_that_is_changed_is_found(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let text = story().signed(1);
        let start = text.find('\n').unwrap() + 1;
        let end = text.rfind("\n],\"seal\"").unwrap();
        let mut bytes = text.into_bytes();
        let at = start + place.index(end - start);
        // what stands between records is no part of one
        prop_assume!(bytes[at] != byte && bytes[at] != b'\n' && !(bytes[at] == b',' && bytes[at + 1] == b'\n'));
        bytes[at] = byte;
        prop_assert!(verify(&bytes).map_or(true, |found| !found.is_intact()));
    }
}
