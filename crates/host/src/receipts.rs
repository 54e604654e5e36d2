//! Receipts of sessions: shown, saved to a file that the person picks, and verified.

use crate::api::{
    CheckedCommit, CheckedLines, CommandError, CommandResult, ReceiptCheck, ReceiptSigner, ReceiptView,
    SaveReceiptArgs, SavedReceipt, SessionArgs, VerifyReceiptArgs,
};
use crate::blocking::blocking;
use crate::host::Host;
use crate::projects::tilde;
use agent::receipt::{make_receipt, own_key, read_commit};
use protocol::SessionId;
use receipt::{
    CommitAccount, LineAccount, PublicKey, ReceiptEntry, ReceiptRecord, SealStatus, VerifiedReceipt,
    account_for, command_behind, explain, page, summary, verify,
};
use secrets::{SigningKey, SigningKeyError};
use std::path::Path;
use std::sync::Arc;
use transcript::SessionLocation;

/// Spans of a commit that are shown at the most.
const MAX_SPANS: usize = 5000;

impl Host {
    /// Returns the receipt of a session, as it is shown.
    pub(crate) async fn receipt(self: &Arc<Self>, args: SessionArgs) -> CommandResult<ReceiptView> {
        let text = self.receipt_text(args.session, None).await?;
        let shown = blocking(move || {
            let receipt = verify(text.as_bytes()).map_err(CommandError::new)?;
            let (summary, markdown) = (summary(&receipt.records), page(&receipt));
            let mut records = receipt.records;
            records.iter_mut().for_each(leave_out_lines);
            Ok(ReceiptView { records, summary, markdown })
        });
        shown.await?
    }

    /// Signs the receipt of a session, and writes it to a file that the person picks. `None` when they picked none.
    pub(crate) async fn save_receipt(
        self: &Arc<Self>,
        args: SaveReceiptArgs,
    ) -> CommandResult<Option<SavedReceipt>> {
        let key = if args.unsigned {
            None
        } else {
            Some(
                self.keychain
                    .signing_key(&self.home.signing_lock())
                    .await
                    .map_err(|error| cannot_sign(&error))?,
            )
        };
        let fingerprint = key.as_ref().map(|key| PublicKey::new(key.public_key()).fingerprint());
        let name = format!("receipt-{}.json", args.session);
        let text = self.receipt_text(args.session, key).await?;
        let Some(path) = self.desktop.pick_new_file(&name).await else { return Ok(None) };
        let written = blocking(move || {
            std::fs::write(&path, text).map_err(|error| cannot_write(&path, &error))?;
            Ok(SavedReceipt { path: tilde(&path, std::env::home_dir().as_deref()), fingerprint })
        });
        written.await?.map(Some)
    }

    /// Finds out whether a receipt is as it was written, and which lines of a commit it accounts for.
    pub(crate) async fn verify_receipt(&self, args: VerifyReceiptArgs) -> CommandResult<ReceiptCheck> {
        let VerifyReceiptArgs { text, project, commit } = args;
        let folder = {
            let projects = self.projects();
            projects.get(&project).ok_or_else(CommandError::no_such_project)?.path.clone()
        };
        let own = own_key(&self.keychain).await;
        let checked = blocking(move || {
            let receipt = verify(text.as_bytes()).map_err(CommandError::new)?;
            let account = match commit.as_deref().map(str::trim).filter(|commit| !commit.is_empty()) {
                Some(commit) => {
                    let diff = read_commit(&folder, commit).map_err(CommandError::new)?;
                    Some(account_for(&receipt.records, &diff))
                }
                None => None,
            };
            Ok(check(receipt, own, account.as_ref()))
        });
        checked.await?
    }

    /// Makes the receipt of a session, without the secrets in it.
    async fn receipt_text(
        self: &Arc<Self>,
        session: SessionId,
        key: Option<SigningKey>,
    ) -> CommandResult<String> {
        let home = self.home.clone();
        let mut redactor = self.redactor().await;
        let made = blocking(move || {
            let path =
                transcript::path_of(&home, &SessionLocation::ALL, &session).map_err(CommandError::new)?;
            make_receipt(&path, None, key.as_ref(), |text| redactor.redact(text)).map_err(CommandError::new)
        });
        made.await?
    }
}

/// Leaves out what only a comparison with a commit needs.
fn leave_out_lines(record: &mut ReceiptRecord) {
    let ReceiptEntry::Patch { files, .. } = &mut record.entry else { return };
    for hunk in files.iter_mut().flat_map(|file| &mut file.hunks) {
        for lines in [&mut hunk.before, &mut hunk.old, &mut hunk.written, &mut hunk.after] {
            lines.clear();
        }
    }
}

fn check(receipt: VerifiedReceipt, own: Option<PublicKey>, account: Option<&CommitAccount>) -> ReceiptCheck {
    let (signer, key) = match receipt.seal {
        SealStatus::Signed(key) if own == Some(key) => (ReceiptSigner::Own, Some(key)),
        SealStatus::Signed(key) => (ReceiptSigner::Unknown, Some(key)),
        SealStatus::Unsigned => (ReceiptSigner::Nobody, None),
        SealStatus::Broken => (ReceiptSigner::Broken, None),
    };
    ReceiptCheck {
        records: u32::try_from(receipt.records.len()).unwrap_or(u32::MAX),
        signer,
        fingerprint: key.map(|key| key.fingerprint()),
        summary: summary(&receipt.records),
        commit: account.map(|account| checked_commit(&receipt.records, account)),
        faults: receipt.faults,
    }
}

fn checked_commit(records: &[ReceiptRecord], account: &CommitAccount) -> CheckedCommit {
    let spans = account.files.iter().flat_map(|file| {
        let whole = file.whole.iter().map(|account| (None, false, account));
        let lines = file.spans.iter().map(|span| (Some((span.from, span.to)), span.removed, &span.account));
        whole.chain(lines).map(|(lines, removed, account)| {
            let explained = explain(records, account);
            let command = match account {
                LineAccount::Unrecorded { maybe: Some(record) } => command_behind(records, *record),
                _ => explained.and_then(|explained| explained.argv),
            };
            CheckedLines {
                path: file.path.clone(),
                lines,
                removed,
                record: explained.map(|explained| explained.record),
                authority: explained.and_then(|explained| explained.authority).cloned(),
                state: explained.and_then(|explained| explained.state),
                command: command.map(|argv| argv.join(" ")),
            }
        })
    });
    CheckedCommit {
        id: account.commit.clone(),
        lines: account.count(|_| true),
        unrecorded: account.unrecorded(),
        spans: spans.take(MAX_SPANS).collect(),
    }
}

fn cannot_sign(error: &SigningKeyError) -> CommandError {
    CommandError::with_hint(error.to_string(), "save it without a signature, which `verify` then says")
}

fn cannot_write(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::with_hint(
        format!("cannot write {}: {error}", path.display()),
        "free some space or pick another folder, and save it again",
    )
}
