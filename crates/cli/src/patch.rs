//! `countersign apply-patch`.

use crate::out::outln;
use anyhow::{Context, Result};
use protocol::{DiffStatus, PatchKind};
use std::io::Read;
use std::process::ExitCode;

/// Applies a patch beneath the current folder, all of it or nothing.
pub(crate) fn apply(patch: Option<String>) -> Result<ExitCode> {
    let patch = match patch {
        Some(patch) => patch,
        None => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .context("the patch on standard input could not be read")?;
            text
        }
    };
    let cwd = std::env::current_dir().context("the current folder is gone")?;
    match worktree::writer::apply_patch_text(&patch, &cwd) {
        Ok(proposal) => {
            for file in &proposal.files {
                match &file.kind {
                    PatchKind::Add => outln!("{} {}", letter(DiffStatus::Added), file.path),
                    PatchKind::Delete => outln!("{} {}", letter(DiffStatus::Deleted), file.path),
                    PatchKind::Update { move_to: Some(to) } => {
                        outln!("{} {} -> {to}", letter(DiffStatus::Renamed), file.path);
                    }
                    PatchKind::Update { move_to: None } => {
                        outln!("{} {}", letter(DiffStatus::Modified), file.path);
                    }
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(message) => {
            eprintln!("countersign: the patch was not applied, and nothing was changed\n{message}");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The letter git uses.
pub(crate) fn letter(status: DiffStatus) -> char {
    match status {
        DiffStatus::Added => 'A',
        DiffStatus::Deleted => 'D',
        DiffStatus::Modified => 'M',
        DiffStatus::Renamed => 'R',
    }
}
