//! Files as the replay of a receipt knows them.

use crate::commit::CommitContent;
use crate::line::{LineHash, content_hash, hash_lines};
use protocol::PathState;
use std::rc::Rc;

/// Origin of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineOrigin {
    /// The parent's file, by the number of the line there, counted from 1.
    Base(u32),
    /// A hunk, by its place among the hunks of the receipt.
    Hunk(usize),
}

/// Line of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ModelLine {
    pub(crate) hash: LineHash,
    pub(crate) origin: LineOrigin,
}

/// Hunk as the origin of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WrittenHunk {
    /// Number of its record.
    pub(crate) record: u32,
    /// Its id in the patch.
    pub(crate) hunk: String,
    /// The lines that it put in.
    pub(crate) written: Vec<LineHash>,
}

/// Content of a path, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KnownContent {
    Absent,
    /// First bytes of the SHA-256 of a file.
    File(String),
    /// First bytes of the SHA-256 of a link's target.
    Link(String),
    Unknown,
}

impl KnownContent {
    /// Returns the content that a commit has.
    pub(crate) fn of(content: &CommitContent) -> Self {
        match content {
            CommitContent::Absent => Self::Absent,
            CommitContent::File { bytes, .. } => Self::File(content_hash(bytes)),
            CommitContent::Link(target) => Self::Link(content_hash(target)),
            CommitContent::Other => Self::Unknown,
        }
    }

    /// Returns the content that a record tells; unknown when it tells none.
    pub(crate) fn of_state(state: Option<&PathState>) -> Self {
        match state {
            Some(PathState::Absent) => Self::Absent,
            Some(PathState::File { hash, .. }) => Self::File(hash.clone()),
            Some(PathState::Link { hash }) => Self::Link(hash.clone()),
            Some(PathState::Dir { .. } | PathState::Unknown) | None => Self::Unknown,
        }
    }

    /// Reports whether a file in this state can be run as a program; `None` where that is not known.
    pub(crate) fn executable(state: Option<&PathState>) -> Option<bool> {
        match state {
            Some(PathState::File { mode, .. }) => Some(mode & 0o111 != 0),
            _ => None,
        }
    }

    /// Reports whether both are known to be equal.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        *self != Self::Unknown && self == other
    }
}

/// Path in one state.
#[derive(Clone, Debug)]
pub(crate) struct PathModel {
    /// Its lines; what a command put in is not among them.
    pub(crate) lines: Rc<Vec<ModelLine>>,
    /// Its content.
    pub(crate) known: KnownContent,
    /// Whether it can be run as a program, where that is known.
    pub(crate) executable: Option<bool>,
    /// Whether everything that happened to it since the parent is in the receipt.
    pub(crate) is_gapless: bool,
    /// Record of the last command that changed it, or of the last patch that is taken as a whole.
    pub(crate) command: Option<u32>,
    /// Record of the last change.
    pub(crate) last: Option<u32>,
    /// Hunks whose place in it is not known.
    pub(crate) unplaced: Rc<Vec<usize>>,
}

impl PathModel {
    /// The path as the parent has it.
    pub(crate) fn new(content: &CommitContent) -> Self {
        let bytes = match content {
            CommitContent::File { bytes, .. } => bytes.as_slice(),
            _ => &[],
        };
        let lines =
            (1..).zip(hash_lines(bytes)).map(|(no, hash)| ModelLine { hash, origin: LineOrigin::Base(no) });
        Self {
            lines: Rc::new(lines.collect()),
            known: KnownContent::of(content),
            executable: match content {
                CommitContent::File { executable, .. } => Some(*executable),
                _ => None,
            },
            is_gapless: true,
            command: None,
            last: None,
            unplaced: Rc::default(),
        }
    }

    /// Removes the file.
    pub(crate) fn remove(&mut self) {
        self.lines = Rc::default();
        self.unplaced = Rc::default();
        self.known = KnownContent::Absent;
    }
}
