//! Instruction files: the person's own, and those of a project they trust (B33).

use super::home::Home;
use super::trust::Trust;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes read in all unless the config says otherwise.
pub const DEFAULT_MAX_BYTES: usize = 32 * 1024;

/// Bytes of one file that are read, hashed and shown. Of a longer one only the beginning is ever used.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

const FILE_NAME: &str = "AGENTS.md";

/// An instruction file of a project, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstructionFile {
    /// The file, absolute.
    pub path: PathBuf,
    /// Its content, up to 1 MiB.
    pub content: Vec<u8>,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

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

/// Finds the instruction files of the project that `cwd` is in: those of every folder from the project's root (the nearest
/// ancestor with a `.git`, or `cwd` itself) down to `cwd`. A link is followed only where it stays in the project: it would put a file
/// of the person's into a prompt. A file that cannot be read counts as missing.
pub fn find(cwd: &Path) -> Vec<InstructionFile> {
    let cwd = cwd.canonicalize().unwrap_or_else(|_| cwd.to_owned());
    let root = cwd.ancestors().find(|dir| dir.join(".git").exists()).unwrap_or(&cwd);
    let mut folders: Vec<&Path> = cwd.ancestors().take_while(|dir| dir.starts_with(root)).collect();
    folders.reverse();
    folders
        .into_iter()
        .map(|dir| dir.join(FILE_NAME))
        .filter(|file| file.canonicalize().is_ok_and(|real| real.starts_with(root)))
        .filter_map(read)
        .collect()
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

/// Reads a regular file; `None` when there is none or it is empty.
fn read(path: PathBuf) -> Option<InstructionFile> {
    // looked at before it is opened: opening a pipe waits for its other end
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let file = File::open(&path).ok()?;
    let size = file.metadata().ok().filter(|meta| meta.is_file() && meta.len() > 0)?.len();
    let mut content = Vec::new();
    file.take(MAX_FILE_BYTES).read_to_end(&mut content).ok()?;
    let mut sha256 = String::with_capacity(64);
    for byte in Sha256::digest(&content) {
        let _ = write!(sha256, "{byte:02x}");
    }
    Some(InstructionFile { path, content, size, sha256 })
}

/// Decodes bytes as UTF-8. Where the file was cut, a character cut in two is left off.
fn lossy(bytes: &[u8], all: bool) -> String {
    let end = match std::str::from_utf8(bytes) {
        Err(error) if !all && error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    };
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}
