//! Checkpoints of a project's files, and the way back to them (B36).
//!
//! # What is kept
//!
//! Every folder, file and link beneath a project: the bytes, all mode bits (`0600`, `4755`, read-only folders), extended
//! attributes, access control lists and capabilities, which names are hard links of one file, where links lead, empty folders,
//! names that are no UTF-8. Attributes and hard links come back with a file whose content does; a change of nothing else is not
//! told. Not kept are: what the ignore rules name and what tools make (`node_modules`, `target`, ...), `.git` most of all, which
//! is neither read nor written; owners and dates; and what is over the [`SnapshotLimits`] or may not be read, which each checkpoint's
//! [`Report`] names. What was kept in one checkpoint goes on being kept when a rule that leaves it out comes later.
//!
//! What is not kept is never touched by an undo. A file put back is new to the system: its date is that of the undo, so that
//! builds notice it, and its owner is the one the file it replaces has.
//!
//! # How it is kept
//!
//! As objects under their hashes, like git's, but not as git's objects: git's trees know one mode bit, no empty folders, and
//! would put the app's files among the person's or need a second repository whose index, filters and line-ending rules stand
//! between the file and its bytes. Objects that one checkpoint adds are one file, synced once, compressed with zstd; a state
//! that did not change adds nothing and has the id it had. Which files need reading is told by their dates and inodes as in
//! git, a file changed a moment before it was read being read again.
//!
//! # What this crate never does
//!
//! Follow a link, wait for a pipe, write outside the project or its own folder, remove what it cannot put back.

#![cfg(unix)]

mod apply;
mod attributes;
mod base_text;
mod changes;
mod collect;
mod error;
mod folder_walk;
mod frozen;
mod hidden;
mod hunk_lines;
pub mod ignore;
mod ignored;
mod list;
mod node;
mod objects;
mod overlay;
mod overlay_content;
mod partial;
mod path_bytes;
mod path_state;
mod plan;
mod present;
mod proposal_text;
mod pseudo_fs;
mod read;
mod regular_file;
mod revert;
pub mod roots;
mod snapshot;
mod staged;
mod stat_cache;
mod store;
mod store_dir;
#[cfg(test)]
mod tests;
mod transaction;
mod tree_edits;
mod walk;
pub mod watch;
mod whole_versions;
pub mod writer;

pub use apply::Applied;
pub use base_text::base_lines;
pub use changes::NodeChange;
pub use collect::Collected;
pub use error::Error;
pub use folder_walk::{EntryKind, FolderNames, FolderWalk, NamedEntry};
pub use hidden::Hidden;
pub use hunk_lines::{HunkLines, with_hunks};
pub use list::list_files;
pub use node::{CheckpointId, NoCheckpointId, Node, ObjectHash, Unkept};
pub use overlay::{CommandOverlay, CopyBase, OverlayRoot, PutError};
pub use path_state::path_state;
pub use plan::{LeftAlone, PlanRequest, RestorePlan, Why};
pub use present::read_present;
pub use proposal_text::{ProposalPart, proposal_text};
pub use regular_file::open_regular;
pub use revert::{EarlierFile, RevertFile};
pub use roots::Roots;
pub use snapshot::{Report, Skipped, SnapshotRequest};
pub use staged::STAGED_PREFIX;
pub use store::{SnapshotLimits, Store};
pub use store_dir::store_dir;
pub use transaction::{
    Settled, TransactionId, TransactionLog, TransactionOf, TransactionOutcome, TransactionPurpose,
};
pub use watch::Workspace;
pub use whole_versions::{WholeVersions, whole_versions};
