//! The text of a file that a patch was verified against.

use crate::regular_file::open_regular;
use apply_patch::{decode, sha256_hex};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Largest file whose text is read, in bytes.
pub(crate) const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Reads the lines of a file, if its bytes have this SHA-256 (hex): what is shown around a patch is the file the patch is for.
/// An error goes on from the name of the file. Blocks.
pub fn base_lines(path: &Path, sha256: &str) -> Result<Vec<String>, String> {
    let (bytes, _) = read_base(path, sha256)?;
    let text = decode(&bytes).map_err(|error| error.to_string())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(text.lines().map(str::to_owned).collect())
}

/// Reads a file with its mode, if its bytes have this SHA-256 (hex).
pub(crate) fn read_base(path: &Path, sha256: &str) -> Result<(Vec<u8>, u32), String> {
    let file = open_regular(path).map_err(|error| format!("cannot be read: {error}"))?;
    let metadata = file.metadata().map_err(|error| format!("cannot be read: {error}"))?;
    if metadata.len() > MAX_BYTES {
        return Err(format!("has over {} MiB; open it in your editor to read more of it", MAX_BYTES >> 20));
    }
    let mut bytes = Vec::new();
    let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("cannot be read: {error}"))?;
    if sha256_hex(&bytes) != sha256 {
        return Err("changed after the patch was shown; approving asks again with what it is now".to_owned());
    }
    Ok((bytes, metadata.permissions().mode()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_a_patch_was_made_for_is_shown_around_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.txt");
        std::fs::write(&path, "\u{feff}one\r\ntwo").unwrap();
        let sha256 = sha256_hex("\u{feff}one\r\ntwo".as_bytes());
        assert_eq!(base_lines(&path, &sha256).unwrap(), ["one", "two"]);
        std::fs::write(&path, "other").unwrap();
        assert!(base_lines(&path, &sha256).unwrap_err().contains("changed after the patch was shown"));
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
        assert!(base_lines(&path, &sha256).is_err());
    }
}
