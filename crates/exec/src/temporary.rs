//! Temporary folder of a session's contained commands.
//!
//! The person's own is no writable root: its name may stand for anything (`/`, the home folder), may be a link, or lead nowhere.

use config::ShellEnvironmentPolicy;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// Variables that name the folder.
const NAMES: &[&str] = &["TMPDIR", "TMP", "TEMP"];

/// Variables of programs that keep their sockets elsewhere otherwise.
const SOCKETS: &[&str] = &["TMUX_TMPDIR"];

/// Folder that is made for the first command that needs it, and removed with all that is in it when this is dropped.
#[derive(Debug, Default)]
pub(super) struct TemporaryFolder(OnceLock<Option<TempDir>>);

impl TemporaryFolder {
    /// Returns the folder, links followed; `None` when there is no place for one.
    pub(super) fn path(&self) -> Option<&Path> {
        let made = self.0.get_or_init(|| {
            let made = places()
                .into_iter()
                .find_map(|place| tempfile::Builder::new().prefix("countersign-").tempdir_in(place).ok());
            if made.is_none() {
                tracing::warn!("no temporary folder could be made for the session's commands");
            }
            made
        });
        made.as_ref().map(TempDir::path)
    }
}

/// Returns the folders one is made in, the person's own choice first.
fn places() -> Vec<PathBuf> {
    let home = std::env::home_dir().and_then(|home| home.canonicalize().ok());
    [std::env::temp_dir(), PathBuf::from("/tmp"), PathBuf::from("/var/tmp")]
        .iter()
        .filter(|place| place.is_absolute())
        .filter_map(|place| place.canonicalize().ok())
        .filter(|place| place.is_dir() && place != Path::new("/") && Some(place) != home.as_ref())
        .collect()
}

/// Names `folder` in the environment of a command, unless the configuration names another one. Without a folder, only a name that leads
/// nowhere is taken out.
pub(super) fn name_in(
    variables: &mut BTreeMap<OsString, OsString>,
    policy: &ShellEnvironmentPolicy,
    folder: Option<&Path>,
) {
    for name in NAMES.iter().chain(SOCKETS.iter().filter(|_| folder.is_some())) {
        if policy.set.contains_key(*name) {
            continue;
        }
        match folder {
            Some(folder) => {
                variables.insert(name.into(), folder.into());
            }
            None => {
                let name = OsString::from(name);
                if variables.get(&name).is_some_and(|named| !Path::new(named).is_dir()) {
                    variables.remove(&name);
                }
            }
        }
    }
}
