//! Instruction files: the person's own, and those of a project they trust (B33).

pub use super::instruction_file::{InstructionFile, find};

use super::home::Home;
use super::instruction_file::read;
use super::trust::Trust;
use std::path::{Path, PathBuf};

/// Bytes read in all unless the config says otherwise.
pub const DEFAULT_MAX_BYTES: usize = 32 * 1024;

/// An instruction file that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// The file, absolute.
    pub path: PathBuf,
    /// Whether it was trusted with another content.
    pub changed: bool,
}

/// The instructions of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectDoc {
    /// The text of all files, separated by empty lines; `None` when there are none.
    pub text: Option<String>,
    /// The files in the order of the text.
    pub sources: Vec<PathBuf>,
    /// A message about what was cut off, for people.
    pub cut: Option<String>,
    /// Files of the project that are not used, because the person does not trust them as they are.
    pub withheld: Vec<Withheld>,
}

/// Loads the app's own `AGENTS.md`, then the project's files that `trust` covers, `max_bytes` in all.
pub fn load(home: &Home, cwd: &Path, max_bytes: usize, trust: &Trust) -> ProjectDoc {
    let mut doc = ProjectDoc::default();
    let mut texts: Vec<String> = Vec::new();
    let mut left = max_bytes;
    let mut cut = Vec::new();
    let (trusted, withheld): (Vec<_>, Vec<_>) = find(cwd).into_iter().partition(|file| trust.covers(file));
    doc.withheld = withheld
        .into_iter()
        .map(|file| Withheld { changed: trust.has_changed(&file), path: file.path })
        .collect();
    for file in read(home.agents_file()).into_iter().chain(trusted) {
        let bytes = file.content.get(..left).unwrap_or(&file.content);
        left -= bytes.len();
        let all = u64::try_from(bytes.len()).is_ok_and(|read| read >= file.size);
        if !all {
            cut.push(format!("{} of {} bytes of {}", bytes.len(), file.size, file.path.display()));
        }
        let text = lossy(bytes, all).trim().to_owned();
        if !text.is_empty() {
            texts.push(text);
            doc.sources.push(file.path);
        }
    }
    doc.text = (!texts.is_empty()).then(|| texts.join("\n\n"));
    doc.cut = (!cut.is_empty()).then(|| {
        format!(
            "instructions are read up to {max_bytes} bytes (project_doc_max_bytes): only {}",
            cut.join(", ")
        )
    });
    doc
}

/// Decodes bytes as UTF-8. Where the file was cut, a character cut in two is left off.
fn lossy(bytes: &[u8], all: bool) -> String {
    let end = match std::str::from_utf8(bytes) {
        Err(error) if !all && error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    };
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}
