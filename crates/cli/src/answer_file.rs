//! The file that an answer is written into (`-o FILE`).

use anyhow::{Context, Result};
use std::fs::File;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

/// A file for an answer, opened before anything is asked: one that cannot be written costs nothing.
pub(crate) struct AnswerFile {
    path: PathBuf,
    file: File,
}

impl AnswerFile {
    /// Opens or creates the file. What it holds stays until there is an answer.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let file = File::options().write(true).create(true).truncate(false).open(path);
        let file = file.with_context(|| format!("the answer can't be written to {}", path.display()))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Puts the answer into the file, in place of what it held.
    pub(crate) fn write(&self, answer: &str) -> Result<()> {
        let written = || -> std::io::Result<()> {
            let mut file = &self.file;
            // a pipe or a device has no length, and no place to go back to
            if self.file.metadata()?.is_file() {
                file.set_len(0)?;
                file.rewind()?;
            }
            file.write_all(answer.as_bytes())
        };
        written().with_context(|| format!("the answer couldn't be written to {}", self.path.display()))
    }
}
