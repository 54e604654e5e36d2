//! Reasons for which no commit is made.

/// Reason for which there is no plan, or no commit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitRefusal {
    /// The folder is in no repository that git works with.
    #[error("this folder is in no git repository: {said}")]
    NoRepository {
        /// Words of git.
        said: String,
    },
    /// Git could not be run at all.
    #[error("git could not be run: {why}")]
    NotRun {
        /// Reason.
        why: String,
    },
    /// Another operation is not finished.
    #[error("a {operation} is under way")]
    Underway {
        /// The operation.
        operation: String,
    },
    /// A new branch has a name that git takes for none.
    #[error("`{branch}` is no name for a branch")]
    NoBranchName {
        /// Name as it was given.
        branch: String,
    },
    /// There is a branch of the name already.
    #[error("there is a branch `{branch}` already")]
    BranchExists {
        /// Its name.
        branch: String,
    },
    /// A file is not among those that differ from the last commit.
    #[error("{path} does not differ from the last commit")]
    NotChanged {
        /// Its path.
        path: String,
    },
    /// The hunks of a file are not those that were shown.
    #[error("{path} has changed since its hunks were shown; nothing was committed")]
    HunksChanged {
        /// Its path.
        path: String,
    },
    /// A file is no text that has hunks.
    #[error("{path} can only be committed as a whole; nothing was committed")]
    NotByHunk {
        /// Its path.
        path: String,
    },
    /// A file, or what git keeps of it, cannot be read.
    #[error("nothing was committed: {why}")]
    NotRead {
        /// Reason.
        why: String,
    },
    /// Another git holds the index.
    #[error("another git is at work in this repository; nothing was committed")]
    Locked,
    /// No file was picked.
    #[error("no file is picked")]
    NoFiles,
    /// More files were picked, or differ, than one commit takes here.
    #[error("too many files differ from the last commit to commit them here")]
    TooManyFiles,
    /// No commit has the name.
    #[error("there is no commit `{name}` here")]
    NoCommit {
        /// Name as it was given.
        name: String,
    },
    /// The commit has a receipt already.
    #[error("the commit {commit} has a receipt as its note already")]
    HasNote {
        /// Id of the commit.
        commit: String,
    },
    /// The message is empty.
    #[error("the message is empty")]
    NoMessage,
}

impl CommitRefusal {
    /// Returns what the person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoRepository { .. } => None,
            Self::NotRun { .. } => {
                Some("git runs in the sandbox here; `countersign doctor` says what the sandbox lacks")
            }
            Self::Underway { .. } => Some("finish it, or give it up, with git first"),
            Self::NoBranchName { .. } => Some("use letters, digits, `-`, `_` and `/`, and no spaces"),
            Self::BranchExists { .. } => Some("choose another name, or switch to it with git first"),
            Self::NotChanged { .. } => Some("look at the list of files again"),
            Self::HunksChanged { .. } => Some("look at its changes again, and pick what to commit"),
            Self::NotByHunk { .. } => Some("pick the whole file, or leave it out"),
            Self::NotRead { .. } => Some("see to it that the file can be read, and commit again"),
            Self::Locked => Some(
                "commit again when it has ended; if none runs, remove `index.lock` from the git directory",
            ),
            Self::NoFiles => Some("pick the files to commit"),
            Self::TooManyFiles => Some("commit with git itself"),
            Self::NoCommit { .. } => Some("name it by its id, a branch, a tag or `HEAD`"),
            Self::HasNote { .. } => Some("add --replace to put this one in its place"),
            Self::NoMessage => Some("say what the commit changes"),
        }
    }
}
