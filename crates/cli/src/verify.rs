//! `countersign verify`: whether a receipt is as it was written, and which lines of a commit it accounts for.

use crate::out::outln;
use crate::settings::folder;
use agent::receipt::{own_key, read_commit};
use anyhow::{Context, Result, bail};
use clap::Args;
use receipt::{
    Authority, CommitAccount, Explanation, FileAccount, HunkState, LineAccount, LineSpan, MAX_RECEIPT_BYTES,
    PublicKey, ReceiptFault, ReceiptRecord, ReceiptSummary, SealStatus, VerifiedReceipt, account_for,
    approval_name, command_behind, date, explain, summary, verify,
};
use secrets::Keychain;
use serde::Serialize;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use view::text::visible_inline;

/// Exit code for a receipt that is intact, and of which nobody known says that it is true.
const UNKNOWN_SIGNER: u8 = 10;
/// Exit code for a receipt that was tampered with, or a commit with lines that it does not account for.
const REFUTED: u8 = 11;

/// Options of `countersign verify`.
#[derive(Args)]
pub(crate) struct VerifyArgs {
    /// The receipt, a JSON file; `-` reads it from standard input.
    #[arg(value_name = "RECEIPT")]
    receipt: PathBuf,
    /// Compares it with this commit of the repository that the current folder is in: an id, a branch, a tag or HEAD, and ~N after it.
    #[arg(long, value_name = "COMMIT")]
    against: Option<String>,
    /// File with the public key that must have signed it, as `countersign receipt --public-key` prints it.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// Owner of the key of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Signer {
    /// The key in this machine's keychain.
    Own,
    /// The key that was given.
    Given,
    /// A key that is not known here.
    Unknown,
    /// Another key than the one that was given.
    Other,
    /// Nobody.
    Nobody,
    /// The signature does not fit.
    Broken,
}

/// Everything that a verification finds.
#[derive(Serialize)]
struct VerifyReport<'a> {
    intact: bool,
    faults: &'a [ReceiptFault],
    signer: Signer,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    summary: &'a ReceiptSummary,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<&'a CommitAccount>,
}

/// Verifies a receipt, offline. Exit code: 0 all is well, 10 nobody known signed it, 11 something was changed or is not in the receipt.
pub(crate) async fn run(args: VerifyArgs) -> Result<ExitCode> {
    let bytes = read(&args.receipt)?;
    let receipt = verify(&bytes).with_context(|| args.receipt.display().to_string())?;
    let signer = signer(&receipt, args.key.as_deref()).await?;
    let account = match &args.against {
        Some(commit) => {
            let diff = read_commit(&folder(None)?, commit).map_err(anyhow::Error::msg)?;
            Some((account_for(&receipt.records, &diff), diff.is_merge))
        }
        None => None,
    };
    let counts = summary(&receipt.records);
    if args.json {
        let key = match receipt.seal {
            SealStatus::Signed(key) => Some(key.to_string()),
            SealStatus::Unsigned | SealStatus::Broken => None,
        };
        let report = VerifyReport {
            intact: receipt.is_intact(),
            faults: &receipt.faults,
            signer,
            key,
            summary: &counts,
            against: account.as_ref().map(|(account, _)| account),
        };
        outln!("{}", serde_json::to_string(&report)?);
    } else {
        print_receipt(&receipt, signer, &counts);
        if let Some((account, is_merge)) = &account {
            print_account(&receipt.records, account, *is_merge);
        }
    }
    let unrecorded = account.as_ref().is_some_and(|(account, _)| account.unrecorded() > 0);
    Ok(match signer {
        _ if !receipt.is_intact() || unrecorded => ExitCode::from(REFUTED),
        Signer::Other | Signer::Broken => ExitCode::from(REFUTED),
        Signer::Unknown | Signer::Nobody => ExitCode::from(UNKNOWN_SIGNER),
        Signer::Own | Signer::Given => ExitCode::SUCCESS,
    })
}

/// Reads a receipt, and no more than one can have.
fn read(path: &Path) -> Result<Vec<u8>> {
    let limit = u64::try_from(MAX_RECEIPT_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        let file = std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        file.take(limit).read_to_end(&mut bytes)
    };
    read.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}

async fn signer(receipt: &VerifiedReceipt, given: Option<&Path>) -> Result<Signer> {
    let given = match given {
        Some(file) => Some(read_key(file)?),
        None => None,
    };
    Ok(match (receipt.seal, given) {
        (SealStatus::Unsigned, _) => Signer::Nobody,
        (SealStatus::Broken, _) => Signer::Broken,
        (SealStatus::Signed(key), Some(given)) if key == given => Signer::Given,
        (SealStatus::Signed(_), Some(_)) => Signer::Other,
        (SealStatus::Signed(key), None) if own_key(&Keychain::open()).await == Some(key) => Signer::Own,
        (SealStatus::Signed(_), None) => Signer::Unknown,
    })
}

fn read_key(file: &Path) -> Result<PublicKey> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let Some(key) = PublicKey::from_hex(&text) else {
        bail!(
            "{} holds no public key: it has to be the 64 digits that `countersign receipt --public-key` prints",
            file.display()
        );
    };
    Ok(key)
}

fn print_receipt(receipt: &VerifiedReceipt, signer: Signer, counts: &ReceiptSummary) {
    if receipt.is_intact() {
        outln!("intact: {} records, none changed since they were written", receipt.records.len());
    } else {
        outln!("TAMPERED WITH: this is not the receipt that was written");
        for fault in &receipt.faults {
            outln!("  {}", visible_inline(&fault_text(fault)));
        }
    }
    let key = match receipt.seal {
        SealStatus::Signed(key) => key.fingerprint(),
        SealStatus::Unsigned | SealStatus::Broken => String::new(),
    };
    match signer {
        Signer::Own => outln!("signed by your own key ({key})"),
        Signer::Given => outln!("signed by the key you gave ({key})"),
        Signer::Unknown => outln!(
            "signed by a key that is not known here ({key}): anyone can have made it; --key FILE checks whose it is"
        ),
        Signer::Other => outln!("SIGNED BY ANOTHER KEY than the one you gave ({key})"),
        Signer::Nobody => outln!("not signed: anyone can have written it"),
        Signer::Broken => {}
    }
    let ReceiptSummary { approved, declined, edited, commands, unasked, .. } = counts;
    outln!(
        "hunks: {approved} approved, {declined} declined, {edited} edited, {unasked} written without asking; commands: {commands}"
    );
}

fn fault_text(fault: &ReceiptFault) -> String {
    match fault {
        ReceiptFault::Changed { number } => format!("record {number} was changed"),
        ReceiptFault::Removed { from, to } if from == to => format!("record {from} was removed"),
        ReceiptFault::Removed { from, to } => format!("records {from} to {to} were removed"),
        ReceiptFault::Added { number, place } => {
            format!("record {number}, the {place}. in the file, was added")
        }
        ReceiptFault::Reordered { number } => format!("record {number} was moved"),
        ReceiptFault::Unreadable { place, why } => format!("record {place} cannot be read: {why}"),
        ReceiptFault::Signature => {
            "the signature does not fit: it, the key, or what it signs was changed".to_owned()
        }
    }
}

fn print_account(records: &[ReceiptRecord], account: &CommitAccount, is_merge: bool) {
    outln!();
    match &account.parent {
        Some(parent) if is_merge => {
            outln!("commit {}, a merge, against its first parent {}", short(&account.commit), short(parent));
        }
        Some(parent) => outln!("commit {} against its parent {}", short(&account.commit), short(parent)),
        None => outln!("commit {}, the first one", short(&account.commit)),
    }
    for file in account.files.iter().filter(|file| !file.spans.is_empty() || file.whole.is_some()) {
        print_file(records, file);
    }
    let (all, unrecorded) = (account.count(|_| true), account.unrecorded());
    outln!("{} of {all} changed lines are in the receipt, {unrecorded} are not", all - unrecorded);
}

fn print_file(records: &[ReceiptRecord], file: &FileAccount) {
    let path = visible_inline(&file.path);
    if let Some(whole) = &file.whole {
        outln!("{path}: {}", account_text(records, whole));
    }
    for LineSpan { removed, from, to, account } in &file.spans {
        let lines = if from == to { from.to_string() } else { format!("{from}-{to}") };
        let removed = if *removed { " of the parent, removed" } else { "" };
        outln!("{path}:{lines}{removed}: {}", account_text(records, account));
    }
    if file.left_out > 0 {
        outln!("{path}: lines that were let through and are not in the commit: {}", file.left_out);
    }
}

fn account_text(records: &[ReceiptRecord], account: &LineAccount) -> String {
    let command = |argv: &[String]| visible_inline(&argv.join(" ")).into_owned();
    if let LineAccount::Unrecorded { maybe } = account {
        let maybe = maybe.and_then(|number| command_behind(records, number));
        let hint = maybe.map(|argv| format!(" (`{}` changed this file too)", command(argv)));
        return format!("NOT APPROVED, nothing in the receipt tells of it{}", hint.unwrap_or_default());
    }
    let Some(explained) = explain(records, account) else { return "in the receipt".to_owned() };
    let Explanation { record, at_ms, authority, state, argv, is_undo } = explained;
    let by = match (authority, argv) {
        _ if is_undo => "put back by an undo".to_owned(),
        (Some(authority), Some(argv)) => {
            format!("written by `{}`, {}", command(argv), authority_text(authority))
        }
        (Some(authority), None) => authority_text(authority),
        (None, _) => "written by a command".to_owned(),
    };
    let edited = match state {
        Some(HunkState::Edited) => ", with the person's own text",
        Some(HunkState::InPart) => ", in part",
        _ => "",
    };
    format!("{by}{edited}, {} (record {record})", date(at_ms))
}

fn authority_text(authority: &Authority) -> String {
    match authority {
        Authority::Person { .. } => "approved by a person".to_owned(),
        Authority::Nobody { .. } => "answered by the program".to_owned(),
        Authority::Session { .. } => "approved by a person for the session".to_owned(),
        Authority::Rule { rules } => {
            let rules: Vec<_> =
                rules.iter().map(|words| visible_inline(&words.join(" ")).into_owned()).collect();
            format!("let run by the rule `{}`", rules.join("`, `"))
        }
        Authority::Policy { approval, .. } => {
            format!("not asked about under the policy {}", approval_name(*approval))
        }
    }
}

fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}
