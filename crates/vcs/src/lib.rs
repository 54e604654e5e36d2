//! Version control: what a folder's git repository says, read by gix.
//!
//! No program runs: neither git itself, nor anything a repository's configuration names.

mod head;

pub use head::{GitHead, read_head};
