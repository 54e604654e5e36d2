//! Instruction files: the person's own, and those of a project they trust (B33).

pub use super::instruction_file::{
    InstructionFile, InstructionNames, InstructionProblem, find, find_steering,
};

use super::home::Home;
use super::instruction_file;
use super::trust::Trust;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Bytes read in all unless the config says otherwise.
pub const DEFAULT_MAX_BYTES: usize = 32 * 1024;

/// An instruction file that is not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// The file, absolute.
    pub path: PathBuf,
    /// Reason it is not.
    pub reason: WithheldReason,
}

/// Reason an instruction file is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WithheldReason {
    /// The person does not trust it.
    Untrusted,
    /// It was trusted with another content.
    Changed,
    /// It never is.
    Problem(InstructionProblem),
}

/// The instructions of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectDoc {
    /// The text of all files, separated by empty lines; `None` when there are none.
    pub text: Option<String>,
    /// The files in the order of the text.
    pub sources: Vec<PathBuf>,
    /// Messages about what was cut off, or is in another encoding than UTF-8, for people.
    pub notes: Vec<String>,
    /// Files of the project that are not used, because the person does not trust them as they are.
    pub withheld: Vec<Withheld>,
}

/// Loads the app's own `AGENTS.md`, then the project's files that `trust` covers, `max_bytes` in all.
pub fn load(
    home: &Home,
    cwd: &Path,
    names: &InstructionNames,
    max_bytes: usize,
    trust: &Trust,
) -> ProjectDoc {
    let mut doc = ProjectDoc::default();
    let mut texts: Vec<String> = Vec::new();
    let mut left = max_bytes;
    let mut cut = Vec::new();
    let own = instruction_file::read_own(&home.agents_file());
    let is_own = |file: &InstructionFile| own.as_ref().is_some_and(|own| own.path == file.path);
    for file in own.clone().into_iter().chain(find(cwd, names)) {
        let reason = match file.problem {
            Some(problem) => Some(WithheldReason::Problem(problem)),
            None if is_own(&file) || trust.covers(&file) => None,
            None if trust.has_changed(&file) => Some(WithheldReason::Changed),
            None => Some(WithheldReason::Untrusted),
        };
        if let Some(reason) = reason {
            doc.withheld.push(Withheld { path: file.path, reason });
            continue;
        }
        let (text, encoding) = file.text();
        if let Some(encoding) = encoding {
            doc.notes.push(format!("{} isn't UTF-8; it is read as {encoding}", file.path.display()));
        }
        let used = left.min(text.len());
        left -= used;
        if used < text.len() || file.size > file.content.len() as u64 {
            cut.push(format!("{used} of {} bytes of {}", file.size, file.path.display()));
        }
        let text = text[..text.floor_char_boundary(used)].trim().to_owned();
        if !text.is_empty() {
            texts.push(text);
            doc.sources.push(file.path);
        }
    }
    doc.text = (!texts.is_empty()).then(|| texts.join("\n\n"));
    if !cut.is_empty() {
        doc.notes.push(format!(
            "instructions are read up to {max_bytes} bytes (project_doc_max_bytes): only {}",
            cut.join(", ")
        ));
    }
    doc
}
