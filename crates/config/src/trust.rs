//! The folders whose instruction files the person trusts, shared by the window and the command line.
//!
//! Trust is in contents, not in names: a file that changed since the person saw it is not used until they trust it again.

use super::home::Home;
use super::instruction_file::{self, InstructionFile, InstructionNames};
use super::saved;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Name of the file in the app's data folder.
const FILE: &str = "trust.json";

/// The file that held the decisions in version 0.1, with the window's folders.
const FILE_BEFORE: &str = "projects.json";

/// Whether instruction files of a project are used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trust {
    /// No file of the project is used; the person's own instructions are.
    Untrusted,
    /// Files are used whose content the person has seen and trusted.
    Trusted(TrustedFiles),
}

/// Files that the person trusts, each with the hash of the content they saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedFiles(BTreeMap<PathBuf, String>);

/// How a folder stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustState {
    /// The person has not decided about it.
    Undecided,
    /// The person does not trust it.
    Declined,
    /// The person trusts it, and every instruction file is as they saw it.
    Trusted,
    /// The person trusted it, and since then an instruction file changed or was added.
    Changed,
}

/// The decision about one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrustedFolder {
    /// The folder, absolute, links followed.
    pub folder: PathBuf,
    /// Whether the person trusts it.
    pub trusted: bool,
    /// Time of the decision, in milliseconds since the Unix epoch.
    pub decided_ms: u64,
    /// Hashes of the instruction files that the person saw, by absolute path.
    pub files: BTreeMap<PathBuf, String>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// The saved decisions. What a newer version saved is kept when the file is written again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrustStore {
    #[serde(serialize_with = "write_entries", deserialize_with = "read_entries")]
    folders: Entries,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Entries {
    known: Vec<TrustedFolder>,
    unreadable: Vec<Value>,
}

impl Trust {
    /// Reports whether a file may be used as it is now.
    pub fn covers(&self, file: &InstructionFile) -> bool {
        match self {
            Self::Untrusted => false,
            Self::Trusted(TrustedFiles(files)) => {
                file.problem.is_none() && files.get(&file.path) == Some(&file.sha256)
            }
        }
    }

    /// Reports whether a file was trusted with another content.
    pub fn has_changed(&self, file: &InstructionFile) -> bool {
        match self {
            Self::Untrusted => false,
            Self::Trusted(TrustedFiles(files)) => {
                files.get(&file.path).is_some_and(|seen| *seen != file.sha256)
            }
        }
    }
}

impl TrustStore {
    /// Reads the decisions, those of version 0.1 where none were saved since.
    pub fn load(home: &Home) -> Self {
        if home.app_file(FILE).exists() {
            return saved::load(&home.app_file(FILE));
        }
        let before = Self::load_before(home);
        if before.folders.known.is_empty() {
            return before;
        }
        // saved at once: it is the contents of now that are trusted
        Self::update(home, |store| store.clone()).unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot save which folders are trusted");
            before
        })
    }

    /// Changes the decisions and saves them, one process at a time.
    pub fn update<T>(home: &Home, change: impl FnOnce(&mut Self) -> T) -> io::Result<T> {
        let path = home.app_file(FILE);
        saved::create_private_dir(path.parent().unwrap_or(Path::new("/")))?;
        let lock = File::create(path.with_extension("lock"))?;
        lock.lock()?;
        let mut store = if path.exists() { saved::load(&path) } else { Self::load_before(home) };
        let changed = change(&mut store);
        saved::save(&path, &store)?;
        Ok(changed)
    }

    fn load_before(home: &Home) -> Self {
        let before: Value = saved::load(&home.app_file(FILE_BEFORE));
        let known = before.as_array().into_iter().flatten().filter_map(|project| {
            let folder = PathBuf::from(project.get("path")?.as_str()?);
            let trusted = project.get("trusted")?.as_bool()?;
            let files = if trusted {
                hashes(&instruction_file::find(&folder, &InstructionNames::default()))
            } else {
                BTreeMap::new()
            };
            Some(TrustedFolder { folder, trusted, files, ..TrustedFolder::default() })
        });
        let folders = Entries { known: known.collect(), unreadable: Vec::new() };
        Self { folders, unknown: Map::new() }
    }

    /// Returns every decision, in the order of the folders' names.
    pub fn folders(&self) -> impl Iterator<Item = &TrustedFolder> {
        self.folders.known.iter()
    }

    /// Returns the instruction files that sessions in `folder` may use.
    pub fn trust_of(&self, folder: &Path) -> Trust {
        if self.decision(folder).is_some_and(|decision| !decision.trusted) {
            return Trust::Untrusted;
        }
        // a file that was seen in one folder is as trusted in the folders beneath it
        let trusted = self.folders.known.iter().filter(|decision| decision.trusted);
        let files: BTreeMap<_, _> = trusted.flat_map(|decision| decision.files.clone()).collect();
        if files.is_empty() { Trust::Untrusted } else { Trust::Trusted(TrustedFiles(files)) }
    }

    /// Returns how a folder stands that has these instruction files.
    pub fn state_of(&self, folder: &Path, files: &[InstructionFile]) -> TrustState {
        let trust = self.trust_of(folder);
        let all_covered = files.iter().all(|file| trust.covers(file));
        match self.decision(folder) {
            Some(decision) if !decision.trusted => TrustState::Declined,
            Some(_) if all_covered => TrustState::Trusted,
            Some(_) => TrustState::Changed,
            None if all_covered && !files.is_empty() => TrustState::Trusted,
            None if files.iter().any(|file| trust.has_changed(file)) => TrustState::Changed,
            None => TrustState::Undecided,
        }
    }

    /// Records that the person trusts a folder, having seen these files.
    pub fn trust(&mut self, folder: &Path, files: &[InstructionFile], now_ms: u64) {
        self.decide(folder, true, hashes(files), now_ms);
    }

    /// Records that the person does not trust a folder.
    pub fn decline(&mut self, folder: &Path, now_ms: u64) {
        self.decide(folder, false, BTreeMap::new(), now_ms);
    }

    /// Removes the decision about a folder. Returns whether there was one.
    pub fn remove(&mut self, folder: &Path) -> bool {
        let before = self.folders.known.len();
        self.folders.known.retain(|decision| decision.folder != folder);
        self.folders.known.len() != before
    }

    fn decision(&self, folder: &Path) -> Option<&TrustedFolder> {
        self.folders.known.iter().find(|decision| decision.folder == folder)
    }

    fn decide(&mut self, folder: &Path, trusted: bool, files: BTreeMap<PathBuf, String>, now_ms: u64) {
        let known = &mut self.folders.known;
        let at = match known.binary_search_by(|decision| decision.folder.as_path().cmp(folder)) {
            Ok(at) => at,
            Err(at) => {
                known.insert(at, TrustedFolder { folder: folder.to_owned(), ..TrustedFolder::default() });
                at
            }
        };
        if let Some(decision) = known.get_mut(at) {
            (decision.trusted, decision.files, decision.decided_ms) = (trusted, files, now_ms);
        }
    }
}

fn hashes(files: &[InstructionFile]) -> BTreeMap<PathBuf, String> {
    files.iter().map(|file| (file.path.clone(), file.sha256.clone())).collect()
}

fn read_entries<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Entries, D::Error> {
    let mut entries = Entries::default();
    for entry in Vec::<Value>::deserialize(deserializer)? {
        match TrustedFolder::deserialize(&entry) {
            Ok(folder) if folder.folder.is_absolute() => entries.known.push(folder),
            _ => entries.unreadable.push(entry),
        }
    }
    entries.known.sort_by(|a, b| a.folder.cmp(&b.folder));
    Ok(entries)
}

fn write_entries<S: serde::Serializer>(entries: &Entries, serializer: S) -> Result<S::Ok, S::Error> {
    let known = entries.known.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
    let mut all = known.map_err(serde::ser::Error::custom)?;
    all.extend(entries.unreadable.clone());
    all.serialize(serializer)
}

#[cfg(test)]
mod tests;
