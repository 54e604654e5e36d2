//! Version control: what a folder's git repository says, read by gix.
//!
//! No program runs: neither git itself, nor anything a repository's configuration names.

mod committed;
mod head;
mod repository;

pub use committed::{CommittedEntry, read_committed};
pub use head::{GitHead, read_head};
