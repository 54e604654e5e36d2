//! `countersign receipt`: the receipt of a session.

use crate::export::redactor;
use crate::out::{errln, out, outln};
use crate::settings::{folder, home};
use agent::commit::add_note;
use agent::receipt::make_receipt;
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use config::{Config, Home};
use receipt::{PublicKey, page, verify};
use secrets::{Keychain, SigningKey};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options of `countersign receipt`.
#[derive(Args)]
pub(crate) struct ReceiptArgs {
    /// Id of the session, or its beginning, or its transcript's path. The one used last, if it is of this folder, when absent.
    #[arg(value_name = "SESSION")]
    session: Option<String>,
    /// Only this task.
    #[arg(long, value_name = "N")]
    task: Option<u32>,
    /// The receipt as JSON, which `countersign verify` reads. This is what is printed unless --markdown says otherwise.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// A page to read, for a pull request. It is not signed.
    #[arg(long)]
    markdown: bool,
    /// File to write; standard output when absent.
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,
    /// Makes a receipt without a signature: it shows what happened, and not who says so.
    #[arg(long)]
    unsigned: bool,
    /// Also writes the receipt as the git note of this commit, under refs/notes/countersign.
    #[arg(long, value_name = "COMMIT")]
    note: Option<String>,
    /// Replaces the receipt that is the commit's note already.
    #[arg(long, requires = "note")]
    replace: bool,
    /// Prints the public half of the key that signs receipts here, and nothing else.
    #[arg(long, conflicts_with_all = ["session", "task", "json", "markdown", "output", "unsigned", "note"])]
    public_key: bool,
}

/// Makes a receipt and prints it, or writes it to a file or a commit's note.
pub(crate) async fn receipt(args: ReceiptArgs) -> Result<ExitCode> {
    if args.public_key {
        outln!("{}", PublicKey::new(signing_key().await?.public_key()));
        return Ok(ExitCode::SUCCESS);
    }
    let home = home()?;
    let path = transcript_of(args.session.as_deref(), &home)?;
    let key = if args.unsigned { None } else { Some(signing_key().await?) };
    let mut redactor = redactor(&home).await;
    let text = make_receipt(&path, args.task, key.as_ref(), |text| redactor.redact(text))?;
    if let Some(commit) = &args.note {
        let cwd = transcript::header(&path)?.meta.cwd;
        let id = note(&home, &cwd, (commit, &text), args.replace).await?;
        errln!("the receipt is the note of commit {id}; `git notes --ref=countersign show {id}` shows it");
        if args.output.is_none() && !args.json && !args.markdown {
            return Ok(ExitCode::SUCCESS);
        }
    }
    let printed = if args.markdown { page(&verify(text.as_bytes())?) } else { text };
    match &args.output {
        Some(file) => {
            std::fs::write(file, printed).with_context(|| format!("cannot write {}", file.display()))?;
        }
        None => out!("{printed}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the key that signs receipts, which is made on first use.
async fn signing_key() -> Result<SigningKey> {
    let key = Keychain::open().signing_key(&home()?.signing_lock()).await;
    key.map_err(|error| anyhow!("{error}\nhint: --unsigned makes a receipt without a signature"))
}

fn transcript_of(session: Option<&str>, home: &Home) -> Result<PathBuf> {
    if let Some(id) = session {
        return Ok(transcript::find(home, id)?);
    }
    let path = transcript::newest(home).context("there is no session yet")?;
    let (here, worked_in) = (folder(None)?, transcript::header(&path)?.meta.cwd);
    if !here.starts_with(&worked_in) {
        bail!(
            "the session used last worked in {}: name the session you mean; `countersign sessions` lists them",
            worked_in.display()
        );
    }
    Ok(path)
}

/// Writes a receipt as the note of a commit, by the machine's own git, contained.
async fn note(home: &Home, folder: &Path, (commit, text): (&str, &str), replace: bool) -> Result<String> {
    let config = Config::load(home, &[], None)?;
    let executor = agent::driver::executor(home, &config);
    let noted = add_note(&executor, folder, commit, text, replace).await;
    noted.map_err(|error| match error.hint() {
        Some(hint) => anyhow!("{error}\nhint: {hint}"),
        None => anyhow!("{error}"),
    })
}
