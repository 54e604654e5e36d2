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
            Self::NoFiles => Some("pick the files to commit"),
            Self::TooManyFiles => Some("commit with git itself"),
            Self::NoCommit { .. } => Some("name it by its id, a branch, a tag or `HEAD`"),
            Self::HasNote { .. } => Some("add --replace to put this one in its place"),
            Self::NoMessage => Some("say what the commit changes"),
        }
    }
}
