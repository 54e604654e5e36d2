//! Versions of a file for people: sizes, and the pictures they are.

use crate::picture;
use protocol::{FilePatch, FileVersion, FileVersions};
use std::path::{Path, PathBuf};
use worktree::watch::planned::Version;

/// Bytes of a file that is opened as a picture.
pub(crate) const MAX_PICTURE_BYTES: u64 = 20 * 1024 * 1024;

/// Returns a file of `bytes` bytes as it is shown. Its content is `None` where it is not opened.
pub(crate) fn file_version(bytes: u64, content: Option<&[u8]>) -> FileVersion {
    let picture = content.and_then(|content| picture::open(content).ok());
    let (picture, about) = picture.map(|picture| (picture.url, picture.about)).unzip();
    FileVersion { bytes, picture, about }
}

/// Reads both versions of a file that a waiting patch takes whole. The old one lies where `locate` says. Blocks.
///
/// # Errors
/// Fails, with a text that goes on from the file's name, when the file is not what the patch was made for any more.
pub fn proposed_versions(
    file: &FilePatch,
    locate: &dyn Fn(&Path) -> PathBuf,
) -> Result<FileVersions, String> {
    let versions = worktree::whole_versions(file, locate)?;
    let shown = |version: Option<Version>| match version {
        Some(Version::File(_, Ok(content))) => Some(file_version(content.len() as u64, Some(&content))),
        _ => None,
    };
    Ok(FileVersions { old: shown(versions.old), new: shown(versions.new) })
}
