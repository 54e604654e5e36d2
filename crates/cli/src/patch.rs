//! `countersign apply-patch`.

use crate::out::{errln, outln};
use crate::settings::home;
use crate::text;
use anyhow::{Context, Result};
use config::Home;
use protocol::{DiffStatus, PatchKind};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use view::diff::file_notes;
use view::text::{visible, visible_inline};
use worktree::writer::{self, NotApplied};

/// Applies a patch beneath the current folder, all of it or nothing.
pub(crate) fn apply(patch: Option<String>, allow_outside: bool) -> Result<ExitCode> {
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
    let home = home()?;
    recover(&home, &cwd);
    let log = agent::recovery::transaction_log(&home, &cwd, None);
    match writer::apply_patch_text(&patch, &cwd, &log, allow_outside) {
        Ok(proposal) => {
            for file in &proposal.files {
                let path = visible_inline(&file.path);
                match &file.kind {
                    PatchKind::Add => outln!("{} {path}", letter(DiffStatus::Added)),
                    PatchKind::Delete => outln!("{} {path}", letter(DiffStatus::Deleted)),
                    PatchKind::Update { move_to: Some(to) } => {
                        outln!("{} {path} -> {}", letter(DiffStatus::Renamed), visible_inline(to));
                    }
                    PatchKind::Update { move_to: None } => {
                        outln!("{} {path}", letter(DiffStatus::Modified));
                    }
                }
                for note in file_notes(file) {
                    errln!("countersign: {path}: {note}");
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            let why = match error {
                NotApplied::Outside(paths) => format!(
                    "it writes outside the current folder: {}; add --allow-outside to let it",
                    named(&paths)
                ),
                NotApplied::Protected(paths) => format!(
                    "it writes files that steer git, an editor, a shell or an agent: {}; add --allow-outside to let it",
                    named(&paths)
                ),
                NotApplied::Changed(paths) => {
                    format!("{} changed while the patch was applied; try again", text::named(&paths))
                }
                NotApplied::DoesNotFit(why) | NotApplied::Failed(why) => why,
            };
            errln!("countersign: the patch was not applied, and nothing was changed\n{}", visible(&why));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Brings in order what a process that was killed left half done in `folder`, and says so.
pub(crate) fn recover(home: &Home, folder: &Path) {
    for message in agent::recovery::recover_folder(home, folder, None) {
        errln!("countersign: {}", visible(&message));
    }
}

fn named(paths: &[PathBuf]) -> String {
    paths
        .iter()
        .map(|path| visible_inline(&path.to_string_lossy()).into_owned())
        .collect::<Vec<_>>()
        .join(", ")
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
