//! Whatever is in the files, nothing panics and nothing good is lost (B29, B31).

use super::*;

fn line(record: &Record) -> Vec<u8> {
    let mut line = serde_json::to_vec(record).unwrap();
    line.push(b'\n');
    line
}

/// A line, or several, of anything; never one that is cut off.
fn junk() -> impl Strategy<Value = Vec<u8>> {
    let anything = proptest::collection::vec(any::<u8>(), 0..200);
    let damaged =
        (any::<String>(), any::<proptest::sample::Index>(), any::<u8>()).prop_map(|(text, at, byte)| {
            let mut line = line(&named(&text));
            let at = at.index(line.len() - 1);
            line[at] = byte;
            line
        });
    prop_oneof![anything, damaged].prop_map(|mut bytes| {
        bytes.push(b'\n');
        bytes
    })
}

proptest! {
    #[test]
    fn b29_no_complete_good_line_is_lost_whatever_stands_around_it(
        good in proptest::collection::vec(any::<String>(), 0..6),
        bad in proptest::collection::vec(junk(), 7..8),
        torn in proptest::collection::vec(any::<u8>(), 0..50),
    ) {
        let mut bytes = serde_json::to_vec(&meta("abc")).unwrap();
        bytes.push(b'\n');
        let good: Vec<_> = good.iter().map(|text| prompt(text)).collect();
        for (number, junk) in bad.iter().enumerate() {
            bytes.extend(junk);
            bytes.extend(good.get(number).map(line).unwrap_or_default());
        }
        bytes.extend(&torn);
        let loaded = read_from(&bytes[..], Path::new("/t/x.jsonl")).unwrap();
        let mut read = loaded.records.iter();
        for record in &good {
            prop_assert!(read.any(|one| one == record), "{record:?} is lost");
        }
        prop_assert!(loaded.warnings.iter().all(|warning| warning.starts_with("/t/x.jsonl:")));
    }

    #[test]
    fn b29_going_on_with_a_damaged_file_keeps_its_whole_lines_to_the_byte(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        fs::write(&path, &bytes).unwrap();
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        match Writer::reopen(&path) {
            Ok(mut writer) => {
                prop_assert!(whole > 0);
                prop_assert_eq!(writer.mended().is_some(), whole < bytes.len());
                writer.append(&[prompt("more")]).unwrap();
                let expected = [&bytes[..whole], &line(&prompt("more"))].concat();
                prop_assert_eq!(fs::read(&path).unwrap(), expected);
            }
            Err(_) => {
                prop_assert_eq!(whole, 0);
                prop_assert_eq!(fs::read(&path).unwrap(), bytes);
            }
        }
    }

    #[test]
    fn b31_prompts_outlive_whatever_gets_into_their_file(
        before in proptest::collection::vec(junk(), 0..4),
        torn in proptest::collection::vec(any::<u8>(), 0..80),
        texts in proptest::collection::vec(any::<String>(), 1..4),
    ) {
        let (dir, home) = home();
        let history = PromptHistory::new(&home);
        fs::write(dir.path().join("history.jsonl"), [before.concat(), torn].concat()).unwrap();
        let first = texts.first().unwrap();
        for text in &texts {
            history.append(&"s".into(), AT_MS, text).unwrap();
        }
        let (log, count) = history.log_id_and_count().unwrap();
        let newest: Vec<_> = texts.iter().rev().cloned().collect();
        prop_assert_eq!(history.recent(texts.len()).unwrap(), newest);
        let position = count - texts.len() as u64;
        prop_assert_eq!(&history.get(log, position).unwrap().unwrap(), first);
    }
}

#[test]
fn b29_a_file_of_nothing_but_damage_is_told_in_a_few_lines() {
    let meta = serde_json::to_vec(&meta("abc")).unwrap();
    let bytes = [meta, b"\n?".repeat(1000), b"\n".to_vec(), line(&prompt("still here"))].concat();
    let loaded = read_from(&bytes[..], Path::new("/t/x.jsonl")).unwrap();
    assert_eq!(loaded.records, [prompt("still here")]);
    assert_eq!(loaded.warnings.len(), 21);
    assert!(loaded.warnings[20].ends_with("left out 980 more lines like these"), "{}", loaded.warnings[20]);
}

#[test]
fn b29_a_transcript_that_cannot_be_begun_leaves_nothing_behind() {
    let (_dir, home) = home();
    let begun = Writer::create(&home, &meta("abc")).unwrap();
    let error = Writer::create(&home, &meta("abc")).unwrap_err();
    assert!(matches!(error, TranscriptError::Open { .. }), "{error}");
    assert!(begun.path().exists(), "what was there is still");
}

#[test]
fn b29_one_that_was_moved_meanwhile_is_not_gone_on_with_where_it_was() {
    let (_dir, home) = home();
    let path = Writer::create(&home, &meta("abc")).unwrap().path().to_owned();
    move_to(&home, &path, SessionLocation::Archive).unwrap();
    assert!(matches!(Writer::reopen(&path).unwrap_err(), TranscriptError::Open { .. }));
    assert!(!path.exists());
}
