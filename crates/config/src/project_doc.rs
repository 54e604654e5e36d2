//! What the person and the project tell every agent (B33).

use super::home::Home;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes read in all unless the config says otherwise.
pub const DEFAULT_MAX_BYTES: usize = 32 * 1024;

const FILE_NAME: &str = "AGENTS.md";

/// The instructions found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectDoc {
    /// All of them, parted by empty lines; `None` when there are none.
    pub text: Option<String>,
    /// The files they came from, in order.
    pub sources: Vec<PathBuf>,
    /// What was left out and why, for people.
    pub cut: Option<String>,
}

/// Reads `AGENTS.md` of the app's home, then those of every folder from the project's root (the nearest ancestor with a
/// `.git`, or `cwd` itself) down to `cwd`, `max_bytes` in all. A link is followed only where it stays in the project: it
/// would put a file of the person's into a prompt. What cannot be read counts as not there.
pub fn load(home: &Home, cwd: &Path, max_bytes: usize) -> ProjectDoc {
    let cwd = cwd.canonicalize().unwrap_or_else(|_| cwd.to_owned());
    let root = cwd.ancestors().find(|dir| dir.join(".git").exists()).unwrap_or(&cwd);
    let mut folders: Vec<&Path> = cwd.ancestors().take_while(|dir| dir.starts_with(root)).collect();
    folders.reverse();
    let in_project = folders
        .into_iter()
        .map(|dir| dir.join(FILE_NAME))
        .filter(|file| file.canonicalize().is_ok_and(|real| real.starts_with(root)));

    let mut doc = ProjectDoc::default();
    let mut texts: Vec<String> = Vec::new();
    let mut left = max_bytes;
    let mut cut = Vec::new();
    for file in std::iter::once(home.agents_file()).chain(in_project) {
        let Some((bytes, size)) = read_at_most(&file, left) else { continue };
        left -= bytes.len();
        let all = u64::try_from(bytes.len()).is_ok_and(|read| read >= size);
        if !all {
            cut.push(format!("{} of {size} bytes of {}", bytes.len(), file.display()));
        }
        let text = lossy(&bytes, all).trim().to_owned();
        if !text.is_empty() {
            texts.push(text);
            doc.sources.push(file);
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

/// At most `max_bytes` of a regular file, and its size; `None` when there is none or it is empty.
fn read_at_most(path: &Path, max_bytes: usize) -> Option<(Vec<u8>, u64)> {
    // looked at before it is opened: opening a pipe waits for its other end
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let file = File::open(path).ok()?;
    let size = file.metadata().ok().filter(|meta| meta.is_file() && meta.len() > 0)?.len();
    let mut bytes = Vec::new();
    file.take(u64::try_from(max_bytes).unwrap_or(u64::MAX)).read_to_end(&mut bytes).ok()?;
    Some((bytes, size))
}

/// The bytes as text. Where the file was cut, a character cut in two is left off.
fn lossy(bytes: &[u8], all: bool) -> String {
    let end = match std::str::from_utf8(bytes) {
        Err(error) if !all && error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    };
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}
