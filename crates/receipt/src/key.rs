//! Public keys and signatures of receipts.

use crate::line::sha256_hex;
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use std::fmt;

const KEY_BYTES: usize = 32;
const SIGNATURE_BYTES: usize = 64;
/// Characters of a fingerprint.
const FINGERPRINT_CHARS: usize = 16;

/// Ed25519 public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; KEY_BYTES]);

impl PublicKey {
    /// Creates it from its bytes.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads it as 64 hex digits, as `countersign receipt --public-key` prints it; white space around them is ignored. `None` when
    /// it is no such key.
    pub fn from_hex(text: &str) -> Option<Self> {
        lower_hex(text.trim()).map(Self)
    }

    /// Returns the beginning of the SHA-256 (hex) of the key, by which people tell keys apart.
    pub fn fingerprint(&self) -> String {
        let mut fingerprint = sha256_hex(&self.0);
        fingerprint.truncate(FINGERPRINT_CHARS);
        fingerprint
    }

    /// Reports whether the seal's owner signed the message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let Some(signature) = lower_hex::<SIGNATURE_BYTES>(signature) else { return false };
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, &signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// End of a receipt: the number of its records, the hash of the last one and, unless it is unsigned, a signature over both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// Number of records.
    pub records: u32,
    /// SHA-256 (hex) of the text of the last record.
    pub last: String,
    /// Ed25519 public key (hex).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// Ed25519 signature (hex).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

impl Seal {
    /// Returns the bytes that are signed.
    pub(crate) fn message(&self) -> Vec<u8> {
        format!("countersign-receipt {}\n{}\n{}\n", crate::format::VERSION, self.records, self.last)
            .into_bytes()
    }
}

/// Decodes hex digits of exactly this many bytes, without capitals: each value has one spelling.
fn lower_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let is_lower = text.bytes().all(|byte| !byte.is_ascii_uppercase());
    (is_lower && hex::decode_to_slice(text, &mut bytes).is_ok()).then_some(bytes)
}
