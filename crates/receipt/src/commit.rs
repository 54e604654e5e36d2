//! A commit, as it is compared with a receipt.

/// Content of a path in a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitContent {
    /// Nothing is there.
    Absent,
    /// A file.
    File {
        /// Content.
        bytes: Vec<u8>,
        /// Whether it can be run as a program.
        executable: bool,
    },
    /// A symbolic link, with its target.
    Link(Vec<u8>),
    /// A submodule, or a file that is too large to be read.
    Other,
}

/// Path that a commit changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitPath {
    /// Path in the repository, with slashes.
    pub path: String,
    /// Content in the parent.
    pub before: CommitContent,
    /// Content in the commit.
    pub after: CommitContent,
}

/// Commit with what it changes against its first parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitDiff {
    /// Id of the commit, in hex.
    pub id: String,
    /// Id of its first parent.
    pub parent: Option<String>,
    /// Whether it has more than one parent.
    pub is_merge: bool,
    /// Paths that it changes, sorted.
    pub paths: Vec<CommitPath>,
}
