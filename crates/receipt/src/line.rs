//! Lines as receipts hold them: by their hash.

use sha2::{Digest, Sha256};

/// Length of a line's hash in bytes.
const LINE_HASH_BYTES: usize = 16;

/// First bytes of the SHA-256 of a line's text without its ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LineHash([u8; LINE_HASH_BYTES]);

impl LineHash {
    /// Hashes the text of a line.
    pub(crate) fn new(text: &[u8]) -> Self {
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        Self(first_bytes(text))
    }

    /// Reads it as a receipt holds it; `None` when it is no such hash.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; LINE_HASH_BYTES];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// Writes it as a receipt holds it.
    pub(crate) fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

/// Hashes each line of a file. The line ending at the end of a file begins no line.
pub(crate) fn hash_lines(bytes: &[u8]) -> Vec<LineHash> {
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if bytes.is_empty() {
        return Vec::new();
    }
    text.split(|byte| *byte == b'\n').map(LineHash::new).collect()
}

/// Hashes content as the state of a path holds it.
pub(crate) fn content_hash(bytes: &[u8]) -> String {
    hex::encode(first_bytes(bytes))
}

/// Hashes content in full.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn first_bytes(bytes: &[u8]) -> [u8; LINE_HASH_BYTES] {
    let digest = Sha256::digest(bytes);
    let mut first = [0; LINE_HASH_BYTES];
    first.copy_from_slice(&digest[..LINE_HASH_BYTES]);
    first
}
