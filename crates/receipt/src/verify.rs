//! Checks a receipt's chain and signature.

use crate::chain::FIRST;
use crate::document::{MAX_RECEIPT_BYTES, ReceiptError};
use crate::format::{FORMAT, VERSION};
use crate::key::{PublicKey, Seal};
use crate::line::sha256_hex;
use crate::record::ReceiptRecord;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use ts_rs::TS;

/// Receipt that was read, with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedReceipt {
    /// Records that can be read, in their order.
    pub records: Vec<ReceiptRecord>,
    /// Signs of tampering; none when every record is as it was written.
    pub faults: Vec<ReceiptFault>,
    /// The signature.
    pub seal: SealStatus,
}

impl VerifiedReceipt {
    /// Reports whether nothing was changed since it was written. An unsigned receipt can have been written by anyone.
    pub fn is_intact(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Signature of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealStatus {
    /// It has none.
    Unsigned,
    /// The owner of this key signed it.
    Signed(PublicKey),
    /// It has one that does not fit.
    Broken,
}

/// Sign of tampering.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum ReceiptFault {
    /// A record is not the one that the record after it, or the seal, was made for.
    Changed {
        /// Number of the record.
        number: u32,
    },
    /// Records are gone.
    Removed {
        /// Number of the first.
        from: u32,
        /// Number of the last.
        to: u32,
    },
    /// A record is there that the chain does not hold.
    Added {
        /// Its number.
        number: u32,
        /// Its place in the file, counted from 1.
        place: u32,
    },
    /// A record stands after later ones.
    Reordered {
        /// Number of the record.
        number: u32,
    },
    /// A record that is no record.
    Unreadable {
        /// Its place in the file, counted from 1.
        place: u32,
        /// Reason.
        why: String,
    },
    /// The signature does not fit the seal: the seal, the signature or the key was changed, or the records were chained anew.
    Signature,
}

#[derive(Deserialize)]
struct FormatHead {
    format: String,
    version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceiptDocument<'a> {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "version")]
    _version: u64,
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
    seal: Seal,
}

/// Record as it stands in the file.
struct ChainLink<'a> {
    number: u32,
    previous: String,
    text: &'a str,
}

/// The part of a record that chains it.
#[derive(Deserialize)]
struct Chained {
    number: u32,
    previous: String,
}

/// Reads a receipt and finds everything that was changed in it. Whether the key is one that is known is for the caller to say.
///
/// # Errors
/// Fails for what is no receipt, or one of a version that is not known.
pub fn verify(bytes: &[u8]) -> Result<VerifiedReceipt, ReceiptError> {
    if bytes.len() > MAX_RECEIPT_BYTES {
        return Err(ReceiptError::TooLarge);
    }
    let malformed = |error: &dyn std::fmt::Display| ReceiptError::Malformed(error.to_string());
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(&error))?;
    let head: FormatHead = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    if head.format != FORMAT {
        return Err(ReceiptError::OtherFormat(head.format));
    }
    if head.version != VERSION {
        return Err(ReceiptError::OtherVersion(head.version));
    }
    let document: ReceiptDocument<'_> = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    if document.records.is_empty() {
        return Err(malformed(&"it has no records"));
    }
    let mut faults = BTreeSet::new();
    let (mut records, mut links) = (Vec::new(), Vec::new());
    for (place, raw) in (1..).zip(&document.records) {
        let text = raw.get();
        match serde_json::from_str::<ReceiptRecord>(text) {
            Ok(record) => records.push(record),
            Err(error) => {
                faults.insert(ReceiptFault::Unreadable { place, why: error.to_string() });
            }
        }
        let link = serde_json::from_str::<Chained>(text)
            .map_or_else(|_| (place, None), |chained| (chained.number, Some(chained.previous)));
        links.push(ChainLink { number: link.0, previous: link.1.unwrap_or_default(), text });
    }
    check_numbers(&links, &document.seal, &mut faults);
    check_chain(&links, &document.seal, &mut faults);
    let seal = check_seal(&document.seal);
    if seal == SealStatus::Broken {
        faults.insert(ReceiptFault::Signature);
    }
    Ok(VerifiedReceipt { records, faults: faults.into_iter().collect(), seal })
}

/// Finds records that are missing, too many, or in another order.
fn check_numbers(links: &[ChainLink<'_>], seal: &Seal, faults: &mut BTreeSet<ReceiptFault>) {
    let mut seen = BTreeSet::new();
    let mut highest = 0;
    for (place, link) in (1..).zip(links) {
        let number = link.number;
        if number == 0 || number > seal.records || !seen.insert(number) {
            faults.insert(ReceiptFault::Added { number, place });
        } else if number < highest {
            faults.insert(ReceiptFault::Reordered { number });
        } else {
            highest = number;
        }
    }
    let mut next = 1;
    for number in seen.iter().copied() {
        if number > next {
            faults.insert(ReceiptFault::Removed { from: next, to: number - 1 });
        }
        next = number.saturating_add(1);
    }
    if next <= seal.records {
        faults.insert(ReceiptFault::Removed { from: next, to: seal.records });
    }
}

/// Finds records that do not fit the one after them.
fn check_chain(links: &[ChainLink<'_>], seal: &Seal, faults: &mut BTreeSet<ReceiptFault>) {
    if let Some(first) = links.first().filter(|link| link.number == 1 && link.previous != FIRST) {
        faults.insert(ReceiptFault::Changed { number: first.number });
    }
    for pair in links.windows(2) {
        let [before, after] = pair else { continue };
        if before.number.checked_add(1) == Some(after.number)
            && sha256_hex(before.text.as_bytes()) != after.previous
        {
            faults.insert(ReceiptFault::Changed { number: before.number });
        }
    }
    if let Some(last) = links.last()
        && last.number == seal.records
        && sha256_hex(last.text.as_bytes()) != seal.last
    {
        faults.insert(ReceiptFault::Changed { number: last.number });
    }
}

fn check_seal(seal: &Seal) -> SealStatus {
    match (&seal.public_key, &seal.signature) {
        (None, None) => SealStatus::Unsigned,
        (Some(key), Some(signature)) => match PublicKey::from_hex(key) {
            Some(public_key)
                if public_key.to_string() == *key && public_key.verifies(&seal.message(), signature) =>
            {
                SealStatus::Signed(public_key)
            }
            _ => SealStatus::Broken,
        },
        _ => SealStatus::Broken,
    }
}
