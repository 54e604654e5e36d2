//! A receipt as text.

use crate::build::ReceiptBuilder;
use crate::chain::chain;
use crate::format::{FORMAT, VERSION};
use crate::key::{PublicKey, Seal};
use crate::record::ReceiptEntry;
use crate::timeline::TimedEntry;

/// Largest receipt that is read, in bytes.
pub const MAX_RECEIPT_BYTES: usize = 64 << 20;

/// Failure to write or read a receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// A record could not be written.
    #[error("the receipt could not be written: {0}")]
    NotWritten(String),
    /// The key would not sign.
    #[error("the receipt could not be signed; make it again, or make it without a signature")]
    NotSigned,
    /// The session has no such task.
    #[error("the session has no task {0}; `countersign receipt` without --task shows all of them")]
    NoTask(u32),
    /// It is larger than any receipt.
    #[error("this is no receipt: it has more than {} MiB", MAX_RECEIPT_BYTES >> 20)]
    TooLarge,
    /// It is no JSON, or not of this form.
    #[error("this is no receipt, or it was damaged: {0}")]
    Malformed(String),
    /// It is another kind of document.
    #[error(
        "this is no receipt: its format is `{0}`, not `countersign-receipt`; `countersign receipt --json` makes one"
    )]
    OtherFormat(String),
    /// It is of a version that is not known.
    #[error(
        "this receipt has version {0} of the format, and this app reads version {VERSION}; update the app"
    )]
    OtherVersion(u64),
}

/// Writes a receipt without a signature: it shows what happened, and not who says so. `task` is the only task it is about.
///
/// # Errors
/// Fails where the session has no such task.
pub fn unsigned(builder: ReceiptBuilder<'_>, task: Option<u32>) -> Result<String, ReceiptError> {
    let (records, seal) = records(builder, task)?;
    document(&records, &seal)
}

/// Writes a receipt that `sign` signs with the private key of `key`. `task` is the only task it is about.
///
/// # Errors
/// Fails where the session has no such task, or the key would not sign.
pub fn sealed(
    builder: ReceiptBuilder<'_>,
    task: Option<u32>,
    key: PublicKey,
    sign: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Result<String, ReceiptError> {
    let (records, seal) = records(builder, task)?;
    let signature = hex::encode(sign(&seal.message()).ok_or(ReceiptError::NotSigned)?);
    if !key.verifies(&seal.message(), &signature) {
        return Err(ReceiptError::NotSigned);
    }
    document(&records, &Seal { public_key: Some(key.to_string()), signature: Some(signature), ..seal })
}

fn records(builder: ReceiptBuilder<'_>, task: Option<u32>) -> Result<(Vec<String>, Seal), ReceiptError> {
    let mut entries = builder.finish();
    if let Some(task) = task {
        entries = of_task(entries, task)?;
    }
    let (records, last) = chain(entries).map_err(|error| ReceiptError::NotWritten(error.to_string()))?;
    let count = u32::try_from(records.len()).unwrap_or(u32::MAX);
    Ok((records, Seal { records: count, last, public_key: None, signature: None }))
}

/// Keeps the session, the settings that the task had, the task, and what took it back.
fn of_task(entries: Vec<TimedEntry>, task: u32) -> Result<Vec<TimedEntry>, ReceiptError> {
    let begins =
        entries.iter().position(|timed| timed.task == Some(task)).ok_or(ReceiptError::NoTask(task))?;
    let is_settings = |timed: &TimedEntry| matches!(timed.entry, ReceiptEntry::Settings { .. });
    let settings = entries[..begins].iter().rposition(is_settings);
    let keeps = |at: usize, timed: &TimedEntry| match &timed.entry {
        ReceiptEntry::Session { .. } => true,
        ReceiptEntry::Settings { .. } => Some(at) == settings || timed.task == Some(task),
        // what takes back a task takes back those after it
        ReceiptEntry::Undo { of_task, .. } => at > begins && *of_task <= task,
        _ => timed.task == Some(task),
    };
    Ok(entries
        .into_iter()
        .enumerate()
        .filter(|(at, timed)| keeps(*at, timed))
        .map(|(_, timed)| timed)
        .collect())
}

/// Writes each record on a line of its own.
fn document(records: &[String], seal: &Seal) -> Result<String, ReceiptError> {
    let seal = serde_json::to_string(seal).map_err(|error| ReceiptError::NotWritten(error.to_string()))?;
    Ok(format!(
        "{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\"records\":[\n{}\n],\"seal\":{seal}}}\n",
        records.join(",\n")
    ))
}
