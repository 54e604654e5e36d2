//! Proposed patches and diffs, as data.

use crate::changed::PathState;
use crate::ids::HunkId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use ts_rs::TS;

/// Kind of change a proposed patch makes to one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PatchKind {
    /// Creates the file.
    Add,
    /// Deletes the file.
    Delete,
    /// Changes the file.
    Update {
        /// The file's new path, when it moves: as the patch names it, relative to the session's folder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        move_to: Option<String>,
    },
}

/// One contiguous change of one file, against the file's text at the time of the proposal.
///
/// Lines are without their line ending. `old` are the lines it replaces, starting at line `old_start` (counted from 0);
/// `new` are the lines that take their place. Neither holds context lines at its ends: a hunk is exactly what changes
/// (an insertion has an empty `old`, and goes in before line `old_start`). `Add` files have one hunk with an empty `old`,
/// `Delete` files one with an empty `new`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Hunk {
    /// Unique within the patch.
    pub id: HunkId,
    /// First line replaced, counted from 0, in the file as it was.
    pub old_start: u32,
    /// First line of the replacement, counted from 0, in the file with every hunk accepted.
    pub new_start: u32,
    /// Up to three lines before, for the eye.
    pub before: Vec<String>,
    /// Lines taken out.
    pub old: Vec<String>,
    /// Lines put in.
    pub new: Vec<String>,
    /// Up to three lines after, for the eye.
    pub after: Vec<String>,
}

/// Change a proposed patch makes to one file, verified against the file as it is (B21).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FilePatch {
    /// Path as the patch names it, relative to the session's folder unless it was absolute.
    pub path: String,
    /// The path it resolves to, absolute, `..` and links followed.
    #[ts(type = "string")]
    pub target: PathBuf,
    /// Kind of change.
    #[serde(flatten)]
    pub kind: PatchKind,
    /// Destination of a move, absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub move_target: Option<PathBuf>,
    /// SHA-256 (hex) of the file's bytes as they were; `None` where there was no file. An approval is bound to it.
    pub base_sha256: Option<String>,
    /// SHA-256 (hex) of the file at the destination of a move, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub move_base_sha256: Option<String>,
    /// The changes, in order of `old_start`, not overlapping.
    pub hunks: Vec<Hunk>,
    /// True when the target, or the destination of a move, lies outside every writable root.
    pub outside: bool,
    /// Reason the target always asks (B23: `.git`, `AGENTS.md`, ...); `None` when it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub protected: Option<String>,
    /// Matches that ignored a difference between the patch and the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<LooseMatch>>", optional)]
    pub loose: Vec<LooseMatch>,
    /// Other names of the file in the session's folder (hard links), absolute: they change with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub linked: Vec<PathBuf>,
    /// True when a version of it is no text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub binary: bool,
    /// Hunks whose lines the project changed as well since the isolated copy was made that the patch is from. Each must be decided on by
    /// itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<HunkConflict>>", optional)]
    pub conflicts: Vec<HunkConflict>,
    /// State of the path before and after, where the patch is what a command did in an overlay: it is applied as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(skip)]
    pub effect: Option<PathEffect>,
    /// Notes for people: "overwrites an existing file", "reached through a link: A -> B", ...
    #[serde(default)]
    pub notes: Vec<String>,
}

/// Difference between a patch and a file that was ignored to find a hunk's place, from the least to the most forgiving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Ignored {
    /// White space at the ends of lines.
    TrailingSpace,
    /// Indentation; inserted lines are indented as the file is.
    Indentation,
    /// Typographic quotes, dashes and spaces, and indentation.
    Typography,
}

/// Match of a hunk with a file that ignored a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LooseMatch {
    /// First line of the match in the file, counted from 1.
    pub line: u32,
    /// Difference that was ignored.
    pub ignored: Ignored,
}

/// Hunk that the project changed as well: `old` are its lines, `new` those of the copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HunkConflict {
    /// The hunk.
    pub hunk: HunkId,
    /// Lines of both before; a description of what was there where that is no text.
    pub base: Vec<String>,
}

/// Effect of a command on a path in an overlay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathEffect {
    /// State before the command ran.
    pub was: PathState,
    /// State it left.
    pub now: PathState,
    /// True when it is taken whole or not at all: its hunk describes it, and is no text of it.
    pub is_whole: bool,
    /// File or link that the command left, outside of the project, absolute; `None` where it left none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<PathBuf>,
    /// Folders above it that the command removed with all that was in them, absolute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone_folders: Vec<PathBuf>,
}

/// A whole proposed patch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PatchProposal {
    /// Its files, in the patch's order.
    pub files: Vec<FilePatch>,
}

impl PatchProposal {
    /// Reports whether it is what a command did in an overlay.
    pub fn is_effects(&self) -> bool {
        self.files.iter().any(|file| file.effect.is_some())
    }

    /// Returns the hunks that the project changed as well.
    pub fn conflicts(&self) -> impl Iterator<Item = &HunkConflict> {
        self.files.iter().flat_map(|file| &file.conflicts)
    }

    /// Every hunk with the file it belongs to.
    pub fn hunks(&self) -> impl Iterator<Item = (&FilePatch, &Hunk)> {
        self.files.iter().flat_map(|file| file.hunks.iter().map(move |hunk| (file, hunk)))
    }
}

/// Status of a file in a diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DiffStatus {
    /// Not there before.
    Added,
    /// Not there any more.
    Deleted,
    /// Other content or mode.
    Modified,
    /// Other path, and possibly other content.
    Renamed,
}

/// Author of a change, as far as it is known (B37).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChangeSource {
    /// A patch of the agent's.
    Patch,
    /// A command of the agent's.
    Command,
    /// Somebody else: the person, another program.
    Other,
}

/// End of a line in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum LineEnd {
    /// A line feed, as on Unix.
    Lf,
    /// A carriage return and a line feed, as on Windows.
    CrLf,
    /// None: the file ends with the line.
    None,
}

impl LineEnd {
    /// Name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lf => "LF",
            Self::CrLf => "CRLF",
            Self::None => "no newline",
        }
    }

    /// Splits a line from its end.
    pub fn split(line: &str) -> (&str, Self) {
        match line.strip_suffix('\n') {
            Some(line) => line.strip_suffix('\r').map_or((line, Self::Lf), |line| (line, Self::CrLf)),
            None => (line, Self::None),
        }
    }
}

/// Kinds and modes of a file before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ModeChange {
    /// Before; `None` where there was nothing.
    #[ts(optional)]
    pub old: Option<FileMode>,
    /// After; `None` where nothing is.
    #[ts(optional)]
    pub new: Option<FileMode>,
}

/// Kind of a file, with its mode as `chmod` takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FileMode {
    /// A link, whose text is where it leads.
    Link,
    /// A file.
    File(u32),
}

/// One hunk of a diff, with its context.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiffHunk {
    /// First line in the old file, counted from 1 (0 when the old file is empty).
    pub old_start: u32,
    /// Lines of the old file, context included.
    pub old_lines: u32,
    /// First line in the new file, counted from 1 (0 when the new file is empty).
    pub new_start: u32,
    /// Lines of the new file, context included.
    pub new_lines: u32,
    /// Lines without line ending, each with its mark as its first character: ' ', '-' or '+'.
    pub lines: Vec<String>,
    /// Ends of the lines that are taken out or put in, in order; absent where they end as before, and as the lines around them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<LineEnd>>", optional)]
    pub ends: Vec<LineEnd>,
}

impl DiffHunk {
    /// Returns the lines that are taken out or put in, each with its mark and, where the hunk tells, its end.
    pub fn changed_lines(&self) -> impl Iterator<Item = (&str, Option<LineEnd>)> {
        let changed = self.lines.iter().filter(|line| line.starts_with(['-', '+']));
        changed.enumerate().map(|(at, line)| (line.as_str(), self.ends.get(at).copied()))
    }

    /// Hashes the lines that are taken out and those that are put in, and their ends where these differ before and after.
    pub fn digest(&self) -> String {
        let ends = |mark: char| {
            let lines = self.changed_lines().filter(move |(line, _)| line.starts_with(mark));
            lines.filter_map(|(_, end)| end)
        };
        // where they end alike, only the lines around tell whether that is to be shown
        let differ = !ends('-').eq(ends('+')) && ends('-').next().is_some() && ends('+').next().is_some();
        let pieces = |(line, end): (_, Option<LineEnd>)| {
            [Some(["", line]), end.filter(|_| differ).map(|end| ["end ", end.name()])]
        };
        lines_digest(self.changed_lines().flat_map(pieces).flatten())
    }
}

impl Hunk {
    /// Hashes the lines that are taken out and those that are put in.
    pub fn digest(&self) -> String {
        let old = self.old.iter().map(|line| ["-", line.as_str()]);
        lines_digest(old.chain(self.new.iter().map(|line| ["+", line.as_str()])))
    }
}

/// Hashes lines, each in two pieces.
fn lines_digest<'a>(lines: impl Iterator<Item = [&'a str; 2]>) -> String {
    let mut hash = Sha256::new();
    for [mark, line] in lines {
        hash.update(mark);
        hash.update(line);
        hash.update("\n");
    }
    hex::encode(hash.finalize())
}

/// Difference of one file from its earlier state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiffFile {
    /// Path relative to the session's folder.
    pub path: String,
    /// The path it had, when renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub old_path: Option<String>,
    /// Status of the file.
    pub status: DiffStatus,
    /// Authors of the changes; more than one when several changed it.
    pub sources: Vec<ChangeSource>,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
    /// Its kinds and modes, where they differ, or where it was or is not a plain file that nobody can run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub modes: Option<ModeChange>,
    /// True when either side is not text; there are no hunks then.
    pub binary: bool,
    /// True when the file is too large to diff; there are no hunks then.
    pub too_large: bool,
    /// The changes with three lines of context.
    pub hunks: Vec<DiffHunk>,
}

/// Difference of the project from its state when the task began (B26, B37).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WorkspaceDiff {
    /// The changed files, by path.
    pub files: Vec<DiffFile>,
    /// Notes for people on parts that were left out ("12 files over 1 MiB are not watched").
    #[serde(default)]
    pub notes: Vec<String>,
}
