//! Instruction files of a project, as they are on disk.

use super::config::Config;
use super::home::Home;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes of one file that are read, hashed and shown. Of a longer one only the beginning is ever used.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Names of instruction files, the first that is in a folder counts: a person's own version, then the project's.
const FILE_NAMES: [&str; 2] = ["AGENTS.override.md", "AGENTS.md"];

/// Ends of the names of files that a link may lead to: text that was written to be read.
const TEXT_EXTENSIONS: [&str; 5] = ["md", "mdc", "markdown", "txt", "rst"];

/// Names of files that other agents read, which a link may lead to as well.
const OTHER_NAMES: [&str; 3] = [".cursorrules", ".windsurfrules", ".clinerules"];

/// Folder of a project's prompt commands.
const COMMANDS_DIR: &str = ".countersign/commands";

/// Most prompt commands of one folder.
const MAX_COMMANDS: usize = 100;

/// Names of a project's instruction files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstructionNames {
    /// Names beside the app's own, for folders with none of those.
    fallback: Vec<String>,
}

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
    /// Reason it is never used, trusted or not.
    pub problem: Option<InstructionProblem>,
}

/// Reason a file is no instruction file, whatever its name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InstructionProblem {
    /// It is a link to a file that is not made to be read, which may hold a secret.
    LinkToOther,
    /// It is one of several names of a file (hard links): the others may be those of a secret.
    HardLink,
    /// It is no text.
    NotText,
}

impl InstructionNames {
    /// Reads the names from the config file; those of the app alone where that cannot be read.
    pub fn load(home: &Home) -> Self {
        Config::load(home, &[], None).map(|config| Self::of(&config)).unwrap_or_default()
    }

    /// Returns the names of a configuration. Only plain names count: a path would lead out of the folder.
    pub fn of(config: &Config) -> Self {
        let is_plain = |name: &&String| Path::new(name).file_name() == Some(name.as_ref());
        Self { fallback: config.project_doc_fallback_filenames.iter().filter(is_plain).cloned().collect() }
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        FILE_NAMES.into_iter().chain(self.fallback.iter().map(String::as_str))
    }
}

impl InstructionFile {
    /// Decodes the content. The encoding is named when it is not UTF-8.
    pub fn text(&self) -> (String, Option<&'static str>) {
        let encoding = encoding_of(&self.content).unwrap_or(WINDOWS_1252);
        let (text, _) = encoding.decode_with_bom_removal(self.trimmed());
        (text.into_owned(), (encoding != UTF_8).then(|| encoding.name()))
    }

    /// Returns the content, without the part of a character that reading a long file left at its end.
    fn trimmed(&self) -> &[u8] {
        match std::str::from_utf8(&self.content) {
            Err(error) if error.error_len().is_none() && self.size > self.content.len() as u64 => {
                &self.content[..error.valid_up_to()]
            }
            _ => &self.content,
        }
    }
}

/// Tells the encoding of a text by its first bytes, or by what can be read; `None` when it is no text.
fn encoding_of(content: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(content) {
        return Some(encoding);
    }
    if content.contains(&0) {
        // text of mostly ASCII in two bytes each has a zero in every second place, and in no other
        let zeros = |from: usize| content.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
        return match (zeros(0), zeros(1)) {
            (0, odd) if odd * 4 > content.len() => Some(UTF_16LE),
            (even, 0) if even * 4 > content.len() => Some(UTF_16BE),
            _ => None,
        };
    }
    match std::str::from_utf8(content) {
        Err(error) if error.error_len().is_some() => Some(WINDOWS_1252),
        _ => Some(UTF_8),
    }
}

/// Finds the instruction files of the project that `cwd` is in: one of every folder from the project's root (the nearest
/// ancestor with a `.git`, or `cwd` itself) down to `cwd`. A link is followed only where it stays in the project: it would put a file
/// of the person's into a prompt. A file that cannot be read counts as missing.
pub fn find(cwd: &Path, names: &InstructionNames) -> Vec<InstructionFile> {
    let cwd = cwd.canonicalize().unwrap_or_else(|_| cwd.to_owned());
    let root = project_root(&cwd);
    let mut folders: Vec<&Path> = cwd.ancestors().take_while(|dir| dir.starts_with(root)).collect();
    folders.reverse();
    let in_folder = |dir: &Path| {
        names
            .all()
            .map(|name| dir.join(name))
            .filter(|file| file.canonicalize().is_ok_and(|real| real.starts_with(root)))
            .find_map(read)
    };
    folders.into_iter().filter_map(in_folder).collect()
}

/// Finds the files that a person decides about when they trust a folder: its instruction files and its prompt commands.
pub fn find_steering(cwd: &Path, names: &InstructionNames) -> Vec<InstructionFile> {
    let mut files = find(cwd, names);
    files.extend(find_commands(cwd));
    files
}

/// Finds the prompt commands of the project that `cwd` is in, of every folder from the project's root down to `cwd`. A link is
/// followed only where it stays in the project.
pub(super) fn find_commands(cwd: &Path) -> Vec<InstructionFile> {
    let cwd = cwd.canonicalize().unwrap_or_else(|_| cwd.to_owned());
    let root = project_root(&cwd);
    let mut folders: Vec<&Path> = cwd.ancestors().take_while(|dir| dir.starts_with(root)).collect();
    folders.reverse();
    let files = folders.into_iter().flat_map(|dir| command_files(&dir.join(COMMANDS_DIR)));
    let in_project = files.filter(|file| file.canonicalize().is_ok_and(|real| real.starts_with(root)));
    in_project.filter_map(read).collect()
}

/// Reads the person's own prompt commands.
pub(super) fn find_own_commands(dir: &Path) -> Vec<InstructionFile> {
    command_files(dir).into_iter().filter_map(read).collect()
}

/// Returns the Markdown files of a folder of commands, by name.
fn command_files(dir: &Path) -> Vec<PathBuf> {
    let entries = dir.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    let is_markdown = |path: &PathBuf| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("md"));
    let mut files: Vec<_> = entries.filter(is_markdown).collect();
    files.sort();
    files.truncate(MAX_COMMANDS);
    files
}

fn project_root(cwd: &Path) -> &Path {
    cwd.ancestors().find(|dir| dir.join(".git").exists()).unwrap_or(cwd)
}

/// Reads the person's own instructions: the first file there is in the app's folder.
pub(super) fn read_own(agents_file: &Path) -> Option<InstructionFile> {
    let own = FILE_NAMES.into_iter().find_map(|name| read(agents_file.with_file_name(name)))?;
    // the person's own files may lie where they like
    let problem = own.problem.filter(|problem| *problem == InstructionProblem::NotText);
    Some(InstructionFile { problem, ..own })
}

/// Reads a regular file; `None` when there is none or it is empty.
fn read(path: PathBuf) -> Option<InstructionFile> {
    // looked at before it is opened: opening a pipe waits for its other end
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let file = File::open(&path).ok()?;
    let metadata = file.metadata().ok().filter(|meta| meta.is_file() && meta.len() > 0)?;
    let mut content = Vec::new();
    file.take(MAX_FILE_BYTES).read_to_end(&mut content).ok()?;
    let mut sha256 = String::with_capacity(64);
    for byte in Sha256::digest(&content) {
        let _ = write!(sha256, "{byte:02x}");
    }
    let problem = if leads_elsewhere(&path) {
        Some(InstructionProblem::LinkToOther)
    } else if has_other_names(&metadata) {
        Some(InstructionProblem::HardLink)
    } else {
        encoding_of(&content).is_none().then_some(InstructionProblem::NotText)
    };
    Some(InstructionFile { path, content, size: metadata.len(), sha256, problem })
}

/// Reports whether a file is a link to one that is not text for people, by its name.
fn leads_elsewhere(path: &Path) -> bool {
    let Ok(real) = path.canonicalize() else { return true };
    let Some(name) = real.file_name().filter(|name| Some(*name) != path.file_name()) else { return false };
    let extension = real.extension().and_then(|end| end.to_str()).unwrap_or_default().to_lowercase();
    !TEXT_EXTENSIONS.contains(&extension.as_str()) && !OTHER_NAMES.iter().any(|other| name == *other)
}

#[cfg(unix)]
fn has_other_names(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &Metadata) -> bool {
    false
}
