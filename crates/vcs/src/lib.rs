//! Version control: what a folder's git repository says, read by gix.
//!
//! No program runs: neither git itself, nor anything a repository's configuration names.

mod commit;
mod committed;
mod head;
mod repository;

pub use commit::{ChangedFile, CommitChanges, folder_in_repository, read_commit};
pub use committed::{CommittedEntry, read_blob, read_committed};
pub use head::{GitHead, read_head};
