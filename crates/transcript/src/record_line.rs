//! Records of one line of a transcript, whatever was done to it.

use memchr::memmem;
use protocol::Record;
use serde::Deserialize;
use std::borrow::Cow;

/// Beginning of a record. It stands in no string of another one: there its quotes would be escaped.
const BEGINNING: &[u8] = b"{\"at_ms\":";

/// Beginnings of records that are looked at in a line that is not one record.
const MAX_BEGINNINGS: usize = 64;

/// Kind of a record, read without parsing the rest of its line.
#[derive(Deserialize)]
pub(super) struct Tagged<'a> {
    #[serde(default)]
    pub(super) at_ms: u64,
    #[serde(borrow)]
    pub(super) r#type: Cow<'a, str>,
}

/// Reads the records of a line: one, unless the end of a line is lost and two of them became one. Also returns what is wrong where not
/// all of the line could be read.
pub(super) fn read_records(line: &[u8]) -> (Vec<Record>, Option<String>) {
    if line.trim_ascii().is_empty() {
        return (Vec::new(), None);
    }
    let error = match serde_json::from_slice(line) {
        Ok(record) => return (vec![record], None),
        Err(error) => error,
    };
    let (mut records, mut end, mut is_whole) = (Vec::new(), 0, true);
    for begin in memmem::find_iter(line, BEGINNING).take(MAX_BEGINNINGS) {
        if begin < end {
            continue;
        }
        let mut parsed = serde_json::Deserializer::from_slice(&line[begin..]).into_iter::<Record>();
        if let Some(Ok(record)) = parsed.next() {
            is_whole &= line[end..begin].trim_ascii().is_empty();
            records.push(record);
            end = begin + parsed.byte_offset();
        }
    }
    is_whole &= line[end..].trim_ascii().is_empty();
    let problem = match (records.is_empty(), is_whole) {
        (true, _) => Some(what_is_wrong(line, &error)),
        (false, false) => Some("a part of a line that is not a record".to_owned()),
        (false, true) => None,
    };
    (records, problem)
}

fn what_is_wrong(line: &[u8], error: &serde_json::Error) -> String {
    match serde_json::from_slice::<Tagged<'_>>(line) {
        Ok(tagged) => format!("a record `{}` that this version does not understand ({error})", tagged.r#type),
        Err(_) => format!("a line that is not a record ({error})"),
    }
}
