//! Both versions of a file that a waiting patch takes whole, or not at all.

use crate::base_text::{MAX_BYTES, read_base};
use crate::regular_file::open_regular;
use crate::watch::planned::Version;
use apply_patch::sha256_hex;
use protocol::{FilePatch, PatchKind, PathState};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Versions of a file before and after a patch.
#[derive(Clone, Debug, Default)]
pub struct WholeVersions {
    /// The file as it is; `None` where there is none.
    pub old: Option<Version>,
    /// The file as it is to be; `None` where there is to be none.
    pub new: Option<Version>,
}

/// Reports whether the hunks of a file are not the text of its change: it has none, or one that describes it.
pub(crate) fn is_whole(file: &FilePatch) -> bool {
    file.hunks.is_empty() || file.effect.as_ref().is_some_and(|effect| effect.is_whole)
}

/// Reads both versions of a file whose change is not one of lines. The old one lies where `locate` says. Blocks.
///
/// # Errors
/// Fails, with a text that goes on from the file's name, when the file is not what the patch was made for any more, or has over 16 MiB.
pub fn whole_versions(file: &FilePatch, locate: &dyn Fn(&Path) -> PathBuf) -> Result<WholeVersions, String> {
    let unread = |error: std::io::Error| format!("cannot be read: {error}");
    let link = |path: &Path, hash: &str| {
        let target = std::fs::read_link(path).map_err(unread)?;
        is_still(target.as_os_str().as_bytes(), hash)?;
        Ok::<_, String>(Version::Link(target))
    };
    let effect = file.effect.as_ref();
    let old = match (&file.base_sha256, effect.map(|effect| &effect.was)) {
        (Some(sha256), _) => {
            let (bytes, mode) = read_base(&locate(&file.target), sha256)?;
            Some(Version::File(mode, Ok(bytes)))
        }
        (None, Some(PathState::Link { hash })) => Some(link(&locate(&file.target), hash)?),
        _ => None,
    };
    let new = match (effect, &file.kind) {
        (Some(effect), _) => match (&effect.now, &effect.content) {
            (PathState::File { mode, hash }, Some(content)) => {
                let mut bytes = Vec::new();
                let file = open_regular(content).map_err(unread)?;
                file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unread)?;
                if bytes.len() as u64 > MAX_BYTES {
                    return Err(format!("is to have over {} MiB", MAX_BYTES >> 20));
                }
                is_still(&bytes, hash)?;
                Some(Version::File(*mode, Ok(bytes)))
            }
            (PathState::Link { hash }, Some(content)) => Some(link(content, hash)?),
            _ => None,
        },
        (None, PatchKind::Add) => {
            let mode = if let Some(Version::File(mode, _)) = &old { *mode } else { 0o644 };
            Some(Version::File(mode, Ok(Vec::new())))
        }
        (None, PatchKind::Update { .. }) => old.clone(),
        (None, PatchKind::Delete) => None,
    };
    Ok(WholeVersions { old, new })
}

/// Fails where these are not the bytes that an approval is bound to: of which `hash` is the beginning of the SHA-256, in hex.
fn is_still(bytes: &[u8], hash: &str) -> Result<(), String> {
    if !hash.is_empty() && sha256_hex(bytes).starts_with(hash) {
        Ok(())
    } else {
        Err("is no longer what it was when the patch was shown, and cannot be applied; deny it, and ask for it again".to_owned())
    }
}
