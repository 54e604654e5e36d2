//! Receipts: what was done in a session, who let it happen, and which lines of a commit that accounts for.
//!
//! A receipt is built from the facts of a transcript and from nothing else. Its records are chained by SHA-256 and signed with
//! Ed25519. Facts, a receipt's text and the files of a commit come in; a receipt, pages and findings go out. No clock, no file, no
//! network and no keychain: `docs/receipt.md` describes the format.

mod authority;
mod build;
mod chain;
mod commit;
mod compare;
mod document;
mod explain;
mod format;
mod key;
mod line;
mod markdown;
mod markup;
mod model;
mod patch_files;
mod pending;
mod place;
mod record;
mod replay;
mod summary;
mod timeline;
mod verify;
mod words;

pub use build::{ReceiptBuilder, ReceiptOrigin};
pub use commit::{CommitContent, CommitDiff, CommitPath};
pub use compare::{CommitAccount, FileAccount, LineAccount, LineSpan, account_for};
pub use document::{MAX_RECEIPT_BYTES, ReceiptError, sealed, unsigned};
pub use explain::{Explanation, command_behind, explain};
pub use format::{FORMAT, VERSION};
pub use key::{PublicKey, Seal};
pub use markdown::page;
pub use record::{
    Authority, CommandRecord, HunkState, InstructionsInForce, ReceiptChange, ReceiptComment, ReceiptDecision,
    ReceiptEntry, ReceiptFile, ReceiptHunk, ReceiptRecord, UndoExtent,
};
pub use summary::{ReceiptSummary, TaskSummary, summary};
pub use verify::{ReceiptFault, SealStatus, VerifiedReceipt, verify};
pub use words::{approval_name, date};
