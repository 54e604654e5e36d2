//! Receipts of sessions.

use protocol::SessionId;
use receipt::{Authority, HunkState, ReceiptFault, ReceiptRecord, ReceiptSummary};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Receipt of a session, as it is shown. It is signed when it is saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ReceiptView {
    /// Its records, without the hashes of lines.
    pub records: Vec<ReceiptRecord>,
    /// Counts.
    pub summary: ReceiptSummary,
    /// The receipt as Markdown.
    pub markdown: String,
}

/// Arguments of `save_receipt`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SaveReceiptArgs {
    /// The session.
    pub session: SessionId,
    /// Whether it is saved without a signature.
    pub unsigned: bool,
}

/// A receipt that was saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SavedReceipt {
    /// Path of the file, for the eye; the home folder stands as `~`.
    pub path: String,
    /// Fingerprint of the key that signed it; `None` when it is unsigned.
    pub fingerprint: Option<String>,
}

/// Arguments of `verify_receipt`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct VerifyReceiptArgs {
    /// The receipt: the text of the file.
    pub text: String,
    /// Folder whose repository has the commit, by its id.
    pub project: String,
    /// Commit to compare it with: an id, a branch, a tag or `HEAD`. None when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub commit: Option<String>,
}

/// Owner of the key of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptSigner {
    /// The key in this computer's keychain.
    Own,
    /// A key that is not known here.
    Unknown,
    /// Nobody: it is unsigned.
    Nobody,
    /// The signature does not fit.
    Broken,
}

/// Findings about a receipt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ReceiptCheck {
    /// Number of its records.
    pub records: u32,
    /// Signs of tampering; none when it is as it was written.
    pub faults: Vec<ReceiptFault>,
    /// Owner of its key.
    pub signer: ReceiptSigner,
    /// Fingerprint of its key.
    pub fingerprint: Option<String>,
    /// Counts.
    pub summary: ReceiptSummary,
    /// The commit that it was compared with.
    pub commit: Option<CheckedCommit>,
}

/// A commit that a receipt was compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CheckedCommit {
    /// Id of the commit.
    pub id: String,
    /// Number of lines that it changes.
    pub lines: u32,
    /// Number of those that nothing in the receipt tells of.
    pub unrecorded: u32,
    /// The lines, by file.
    pub spans: Vec<CheckedLines>,
}

/// Lines of a commit with the record behind them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CheckedLines {
    /// Path of the file in the repository.
    pub path: String,
    /// Numbers of the first line and of the last one; `None` for a file as a whole.
    pub lines: Option<(u32, u32)>,
    /// Whether they are lines of the parent, which the commit removes.
    pub removed: bool,
    /// Number of the record that tells of them; `None` where none does.
    pub record: Option<u32>,
    /// Whoever let them be written.
    pub authority: Option<Authority>,
    /// Outcome of the hunk that they are of.
    pub state: Option<HunkState>,
    /// The command that wrote them, or may have where no record tells of them.
    pub command: Option<String>,
}
