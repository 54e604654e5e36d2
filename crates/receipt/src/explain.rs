//! Explains the account of a line: who let it be written, and by what.

use crate::compare::LineAccount;
use crate::record::{Authority, HunkState, ReceiptEntry, ReceiptRecord};

/// Explanation of a line's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation<'a> {
    /// Number of the record.
    pub record: u32,
    /// Time of the record, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// Whoever let it happen; `None` for an undo, and for a command of which nothing else is known.
    pub authority: Option<&'a Authority>,
    /// Outcome of the hunk, when it is one of a patch.
    pub state: Option<HunkState>,
    /// Command that wrote it, when it was one.
    pub argv: Option<&'a [String]>,
    /// Whether it is an undo that put it back.
    pub is_undo: bool,
}

/// Explains the account of a line; `None` where nothing in the receipt tells of it.
pub fn explain<'a>(records: &'a [ReceiptRecord], account: &LineAccount) -> Option<Explanation<'a>> {
    let LineAccount::Recorded { record: number, hunk } = account else { return None };
    let record = find(records, *number)?;
    let plain = Explanation {
        record: *number,
        at_ms: record.at_ms,
        authority: None,
        state: None,
        argv: None,
        is_undo: false,
    };
    Some(match &record.entry {
        ReceiptEntry::Patch { decision, files, .. } => {
            let mut hunks = files.iter().flat_map(|file| &file.hunks);
            let state = hunk.as_ref().and_then(|id| hunks.find(|hunk| hunk.id == *id)).map(|hunk| hunk.state);
            Explanation { authority: Some(&decision.authority), state, ..plain }
        }
        ReceiptEntry::Changed { call: Some(call), .. } => match command_of(records, call) {
            Some((argv, authority)) => Explanation { authority: Some(authority), argv: Some(argv), ..plain },
            None => plain,
        },
        ReceiptEntry::Undo { .. } => Explanation { is_undo: true, ..plain },
        _ => plain,
    })
}

/// Returns the words of the command that a record of changed files is about.
pub fn command_behind(records: &[ReceiptRecord], number: u32) -> Option<&[String]> {
    match &find(records, number)?.entry {
        ReceiptEntry::Changed { call: Some(call), .. } => command_of(records, call).map(|(argv, _)| argv),
        _ => None,
    }
}

fn find(records: &[ReceiptRecord], number: u32) -> Option<&ReceiptRecord> {
    records.iter().find(|record| record.number == number)
}

fn command_of<'a>(records: &'a [ReceiptRecord], call: &str) -> Option<(&'a [String], &'a Authority)> {
    records.iter().find_map(|record| match &record.entry {
        ReceiptEntry::Command(command) if command.call == call => {
            Some((command.argv.as_slice(), &command.decision.authority))
        }
        _ => None,
    })
}
