//! Instruction files of a project, as they are on disk.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

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

/// Reads a regular file; `None` when there is none or it is empty.
pub(super) fn read(path: PathBuf) -> Option<InstructionFile> {
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
