//! Export of a session to a file that the person picks.

use crate::api::{CommandError, ExportArgs, Exported};
use crate::blocking::blocking;
use crate::host::Host;
use crate::projects::tilde;
use agent::past::read_past;
use protocol::SessionId;
use secrets::Redactor;
use std::path::Path;
use std::sync::Arc;
use transcript::SessionLocation;
use view::export::{Export, ExportFormat, ExportHeader};

/// Longest name that is proposed for a file, in characters.
const MAX_NAME_CHARS: usize = 60;

impl Host {
    /// Exports a session. `None` when the person picked no file.
    pub(crate) async fn export(self: &Arc<Self>, args: ExportArgs) -> Result<Option<Exported>, CommandError> {
        let ExportArgs { session, format } = args;
        let (home, wanted) = (self.home.clone(), session.clone());
        let read = blocking(move || {
            let path = transcript::path_of(&home, &SessionLocation::ALL, &wanted)?;
            let mut export = Export::default();
            read_past(&path, |event| export.take_in(event)).map(|header| (export, header))
        });
        let (export, header) = read.await?.map_err(CommandError::new)?;
        let name = file_name(export.title(), &session, format);
        let Some(path) = self.desktop.pick_new_file(&name).await else { return Ok(None) };
        let mut redactor = self.redactor().await;
        let folder = header.meta.cwd;
        let project = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
        let written = blocking(move || {
            let removed = std::cell::Cell::new(0);
            let redact = |text: &str| {
                let text = redactor.redact(text);
                removed.set(redactor.count());
                text
            };
            let header = || ExportHeader {
                id: session.to_string(),
                project,
                started_ms: header.meta.at_ms,
                secrets_removed: removed.get(),
            };
            let text = export.write(format, redact, header).map_err(CommandError::new)?;
            std::fs::write(&path, text).map_err(|error| cannot_write(&path, &error))?;
            let path = tilde(&path, std::env::home_dir().as_deref());
            Ok(Exported { path, secrets_removed: removed.get() })
        });
        written.await?.map(Some)
    }

    /// Returns a remover of every credential that the app knows.
    pub(crate) async fn redactor(&self) -> Redactor {
        let variables = std::env::vars_os();
        let mut redactor = Redactor::new(
            variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        );
        let session_keys = self.providers().session_keys.clone();
        for key in session_keys.all().values() {
            redactor.add(key.expose());
        }
        for provider in self.config().providers.keys() {
            if let Ok(Some(key)) = self.keychain.get(provider).await {
                redactor.add(key.expose());
            }
        }
        redactor
    }
}

/// Returns a name for the file of a session: its words, without what a file system or a shell takes for something else.
fn file_name(title: &str, session: &SessionId, format: ExportFormat) -> String {
    let words: Vec<_> = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name: String = words.join("-").to_lowercase().chars().take(MAX_NAME_CHARS).collect();
    let name = name.trim_end_matches('-');
    let name = if name.is_empty() { session.as_str() } else { name };
    format!("{name}.{}", format.extension())
}

fn cannot_write(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::with_hint(
        format!("cannot write {}: {error}", path.display()),
        "free some space or pick another folder, and export it again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_for_its_session() {
        let id = SessionId::from("01a2");
        let name = |title: &str| file_name(title, &id, ExportFormat::Markdown);
        assert_eq!(name("Fix the failing `range` test"), "fix-the-failing-range-test.md");
        assert_eq!(name("../../etc/passwd"), "etc-passwd.md");
        assert_eq!(name(""), "01a2.md");
        assert_eq!(name(&"word ".repeat(40)).chars().count(), MAX_NAME_CHARS - 1 + ".md".len());
    }
}
