//! Changes of a stretch of work: compared on request, and reverted in part.

use crate::diff::DiffFile;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Stretch of work whose changes are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChangeScope {
    /// The running task, or the one that ended last.
    Task,
    /// All tasks of the session, and whatever else changed meanwhile.
    Session,
    /// Since the last commit of the repository that the folder is in.
    LastCommit,
}

/// Part of the changes of a file, to be reverted as it was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RevertPart {
    /// The file's changes as they were shown. Where they are others by now, nothing is reverted.
    pub file: DiffFile,
    /// Position of the hunk in the file, counted from 0; the whole file when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hunk: Option<u32>,
}

/// File in one state, beside its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileVersion {
    /// Size in bytes.
    pub bytes: u64,
    /// The picture it is, as a `data:` URL; `None` where it is none that can be shown.
    pub picture: Option<String>,
    /// Kind and sides of the picture in words.
    pub about: Option<String>,
}

/// Both versions of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileVersions {
    /// The file before the stretch of work; `None` when there was none.
    pub old: Option<FileVersion>,
    /// The file as it is; `None` when there is none.
    pub new: Option<FileVersion>,
}

/// Extent of a revert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Reverted {
    /// One hunk of a file.
    Hunk,
    /// All changes of a file.
    File,
}

/// Changes of one file as text, as git prints them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FilePatchText {
    /// Lines before the first hunk; the whole text of a file without hunks.
    pub header: String,
    /// Text of each hunk, in the order of the file's hunks.
    pub hunks: Vec<String>,
}

impl FilePatchText {
    /// Returns the patch of the whole file, or of one hunk; `None` when there is no such hunk.
    pub fn text(&self, hunk: Option<usize>) -> Option<String> {
        let hunks = match hunk {
            Some(at) => std::slice::from_ref(self.hunks.get(at)?),
            None => &self.hunks,
        };
        Some(format!("{}{}", self.header, hunks.concat()))
    }
}
