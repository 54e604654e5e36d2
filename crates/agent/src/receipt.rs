//! Receipts of sessions: built from a transcript, signed with the key of the keychain, and compared with commits.

use receipt::{
    CommitContent, CommitDiff, CommitPath, PublicKey, ReceiptBuilder, ReceiptError, ReceiptOrigin, sealed,
    unsigned,
};
use secrets::{Keychain, SigningKey};
use std::path::Path;
use transcript::{Transcript, TranscriptError};
use vcs::{CommittedEntry, folder_in_repository};

/// Failure to make a receipt.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptFailure {
    /// The transcript cannot be read.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    /// The receipt cannot be written.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
}

/// Makes the receipt of a session from its transcript, of one task or of all. It is unsigned without a key. `redact` takes credentials
/// out of text that people or the model wrote.
pub fn make_receipt(
    path: &Path,
    task: Option<u32>,
    key: Option<&SigningKey>,
    redact: impl FnMut(&str) -> String,
) -> Result<String, ReceiptFailure> {
    let transcript = Transcript::open(path)?;
    let origin = ReceiptOrigin { folder: folder_in_repository(&transcript.meta.cwd) };
    let mut builder = ReceiptBuilder::new(&transcript.meta, &origin, redact);
    let warnings = transcript.records(|records| {
        for record in &records {
            builder.take_in(record);
        }
    })?;
    for warning in warnings {
        tracing::warn!(%warning, "a line of a transcript is not in its receipt");
    }
    let receipt = match key {
        Some(key) => sealed(builder, task, PublicKey::new(key.public_key()), |message| key.sign(message)),
        None => unsigned(builder, task),
    };
    Ok(receipt?)
}

/// Returns the public half of the key that signs receipts here; `None` while there is none, or no keychain that says so.
pub async fn own_key(keychain: &Keychain) -> Option<PublicKey> {
    match keychain.find_signing_key().await {
        Ok(key) => key.map(|key| PublicKey::new(key.public_key())),
        Err(error) => {
            tracing::debug!(%error, "the key of receipts is not known");
            None
        }
    }
}

/// Reads what a commit of the repository that `dir` is in changes, as it is compared with a receipt. No program runs.
///
/// # Errors
/// Fails, with a text for people, where there is no repository or no such commit.
pub fn read_commit(dir: &Path, name: &str) -> Result<CommitDiff, String> {
    let commit = vcs::read_commit(dir, name)?;
    let paths = commit.files.into_iter().map(|file| CommitPath {
        path: file.path,
        before: content(file.before),
        after: content(file.after),
    });
    Ok(CommitDiff { id: commit.id, parent: commit.parent, is_merge: commit.is_merge, paths: paths.collect() })
}

fn content(entry: CommittedEntry) -> CommitContent {
    match entry {
        CommittedEntry::Absent => CommitContent::Absent,
        CommittedEntry::File { bytes, executable } => CommitContent::File { bytes, executable },
        CommittedEntry::Link(target) => CommitContent::Link(target),
        CommittedEntry::Other => CommitContent::Other,
    }
}
