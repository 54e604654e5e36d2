//! Changes a task made in the project, as its transcript keeps them (B36, B37).

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use ts_rs::TS;

/// Paths in one [`crate::Fact::FilesChanged`] at the most; a larger batch is several facts.
pub const MAX_CHANGED_PATHS: usize = 1_000;

/// A path a task changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedPath {
    /// Path relative to the session's folder; empty for the folder itself.
    #[serde(with = "path_text")]
    pub path: PathBuf,
    /// State the task found.
    pub was: PathState,
    /// State the task left.
    pub now: PathState,
}

/// State of a path: enough to tell whether it is still the same, not to bring it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathState {
    /// Nothing is there.
    Absent,
    /// A regular file.
    File {
        /// Permission bits.
        mode: u32,
        /// First 16 bytes of the content's SHA-256, in hex.
        hash: String,
    },
    /// A symbolic link.
    Link {
        /// First 16 bytes of the SHA-256 of the target as it is written, in hex.
        hash: String,
    },
    /// A folder, whatever is in it.
    Dir {
        /// Permission bits.
        mode: u32,
    },
    /// Something whose content is not known: over the limits, unreadable, or no file. It equals nothing.
    Unknown,
}

/// Ignored files that are gone: no checkpoint holds them, and nothing brings them back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LostFiles {
    /// File or folder that the ignore rules name, relative to the session's folder.
    pub path: String,
    /// Number of files that were there; 1 for a file itself.
    pub count: u32,
}

impl PathState {
    /// Reports whether both are known to be the same state.
    pub fn is_same(&self, other: &Self) -> bool {
        !matches!(self, Self::Unknown) && self == other
    }
}

/// A path as text: itself where it is UTF-8, else a NUL (no path holds one) and the path with `%` and each byte that is no
/// UTF-8 written as `%XX`.
mod path_text {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use std::borrow::Cow;
    use std::fmt::Write as _;
    use std::path::{Path, PathBuf};

    const ESCAPED: char = '\0';

    pub(super) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(text) = path.to_str() {
            return serializer.serialize_str(text);
        }
        let mut text = String::from(ESCAPED);
        for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
            text.push_str(&chunk.valid().replace('%', "%25"));
            for byte in chunk.invalid() {
                // writing to a String cannot fail
                let _ = write!(text, "%{byte:02X}");
            }
        }
        serializer.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let Some(escaped) = text.strip_prefix(ESCAPED) else { return Ok(PathBuf::from(text.as_ref())) };
        let mut parts = escaped.split('%');
        let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
        for part in parts {
            let code = part.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok());
            bytes.push(code.ok_or_else(|| D::Error::custom("a path with a damaged escape"))?);
            bytes.extend_from_slice(&part.as_bytes()[2..]);
        }
        path_of(bytes).ok_or_else(|| D::Error::custom("a path that is none on this system"))
    }

    #[cfg(unix)]
    #[allow(clippy::unnecessary_wraps, reason = "fails on other systems")]
    fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
        use std::os::unix::ffi::OsStringExt as _;
        Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
    }

    #[cfg(not(unix))]
    fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
        String::from_utf8(bytes).ok().map(PathBuf::from)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt as _;

    #[test]
    fn every_path_comes_back_as_it_was() {
        for path in [&b"a/b c.txt"[..], b"", b"100%", b"caf\xc3\xa9", b"\xff%41/\xfe\n", b"%\x80"] {
            let path = PathBuf::from(std::ffi::OsStr::from_bytes(path));
            let changed = ChangedPath { path, was: PathState::Absent, now: PathState::Dir { mode: 0o755 } };
            let text = serde_json::to_string(&changed).unwrap();
            assert_eq!(serde_json::from_str::<ChangedPath>(&text).unwrap(), changed, "{text}");
        }
        let damaged = r#"{"path":"\u0000a%4","was":"absent","now":"absent"}"#;
        assert!(serde_json::from_str::<ChangedPath>(damaged).is_err());
    }
}
