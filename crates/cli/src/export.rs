//! `countersign sessions export`: a session as a file for somebody else.

use crate::out::{errln, out};
use agent::past::read_past;
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use config::{Config, Home};
use secrets::{Keychain, Redactor};
use std::cell::Cell;
use std::path::PathBuf;
use std::process::ExitCode;
use view::export::{Export, ExportFormat, ExportHeader};

/// Options of `countersign sessions export`.
#[derive(Args)]
pub(crate) struct SessionExportArgs {
    /// Id of the session, or its beginning, or its transcript's path.
    #[arg(value_name = "ID")]
    id: String,
    /// Format; that of the file's ending when absent, or else Markdown.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// File to write; standard output when absent.
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Format on the command line.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Markdown,
    Json,
    Html,
}

impl From<Format> for ExportFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Markdown => Self::Markdown,
            Format::Json => Self::Json,
            Format::Html => Self::Html,
        }
    }
}

/// Exports a session, and tells on standard error how many secrets were removed.
pub(crate) async fn export(home: &Home, args: SessionExportArgs) -> Result<ExitCode> {
    let path = transcript::find(home, &args.id)?;
    let mut export = Export::default();
    let header = read_past(&path, |event| export.take_in(event))?;
    let redactor = std::cell::RefCell::new(redactor(home).await);
    let removed = Cell::new(0);
    let redact = |text: &str| {
        let text = redactor.borrow_mut().redact(text);
        removed.set(redactor.borrow().count());
        text
    };
    let folder = &header.meta.cwd;
    let header = || ExportHeader {
        id: header.meta.session_id.to_string(),
        project: folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned(),
        started_ms: header.meta.at_ms,
        secrets_removed: removed.get(),
    };
    let text = export.write(
        args.format.map_or_else(|| format_of(args.output.as_ref()), Into::into),
        redact,
        header,
    )?;
    match &args.output {
        Some(file) => {
            std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
        }
        None => out!("{text}"),
    }
    match removed.get() {
        0 => errln!("no secrets were found in it; read it before you share it"),
        count => errln!("secrets removed: {count}; read it before you share it"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the format that a file's ending names.
fn format_of(output: Option<&PathBuf>) -> ExportFormat {
    let ending = output.and_then(|file| file.extension()).map(std::ffi::OsStr::to_ascii_lowercase);
    match ending.as_ref().and_then(|ending| ending.to_str()) {
        Some("json") => ExportFormat::Json,
        Some("html" | "htm") => ExportFormat::Html,
        _ => ExportFormat::Markdown,
    }
}

/// Returns a remover of every credential of the environment and of the keychain.
pub(crate) async fn redactor(home: &Home) -> Redactor {
    let variables = std::env::vars_os();
    let mut redactor = Redactor::new(
        variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    );
    // without a config that can be read there are the providers that are built in
    let config = Config::load(home, &[], None).or_else(|_| Config::built_in());
    let keychain = Keychain::open();
    for provider in config.iter().flat_map(|config| config.providers.keys()) {
        if let Ok(Some(key)) = keychain.get(provider).await {
            redactor.add(key.expose());
        }
    }
    redactor
}
