//! The way back from however far a transaction got, and the way to its end.

use super::error::CommitError;
use super::journal::{Journal, JournalPhase};
use super::operations::Operation;
use super::project_dir::ProjectDir;

/// Takes back what was done up to `phase`, judging by what is there. What somebody else changed meanwhile stays as they left it.
/// Returns what could not be taken back.
pub(super) fn roll_back(
    journal: &Journal,
    phase: JournalPhase,
    project: &ProjectDir,
) -> Result<Vec<String>, CommitError> {
    let mut stuck = Vec::new();
    open_up(journal, project);
    if phase == JournalPhase::Moving {
        for operation in journal.operations.iter().rev() {
            CommitError::tick_killed()?;
            if let Err(error) = revert(operation, project) {
                stuck.push(format!("'{}' could not be put back: {error}", operation.path().display()));
            }
        }
    }
    clean_up(journal, phase, project, &mut stuck)?;
    for folder in journal.folder_modes.iter().rev() {
        CommitError::tick_killed()?;
        if let Some(before) = folder.before
            && let Err(error) = project.set_folder_mode(&folder.path, before)
        {
            stuck.push(format!("the mode of '{}' could not be put back: {error}", folder.path.display()));
        }
    }
    Ok(stuck)
}

/// Brings to its end what is in place already. Returns what could not be brought in order.
pub(super) fn finish(journal: &Journal, project: &ProjectDir) -> Result<Vec<String>, CommitError> {
    let mut stuck = Vec::new();
    open_up(journal, project);
    clean_up(journal, JournalPhase::Done, project, &mut stuck)?;
    for folder in journal.folder_modes.iter().rev() {
        CommitError::tick_killed()?;
        // one that should have gone and could not has the mode it had
        if let Some(mode) = folder.after.or(folder.before)
            && project.has_folder(&folder.path)
            && let Err(error) = project.set_folder_mode(&folder.path, mode)
        {
            stuck.push(format!("the mode of '{}' could not be set: {error}", folder.path.display()));
        }
    }
    Ok(stuck)
}

fn open_up(journal: &Journal, project: &ProjectDir) {
    for folder in &journal.folder_modes {
        // that it cannot be shows when something is done in it
        let _ = project.open_up(&folder.path, folder.is_changed());
    }
}

/// Removes what is under spare names, as long as it can be had elsewhere.
fn clean_up(
    journal: &Journal,
    phase: JournalPhase,
    project: &ProjectDir,
    stuck: &mut Vec<String>,
) -> Result<(), CommitError> {
    for operation in &journal.operations {
        for name in operation.spare_names().filter(|name| project.has(name)) {
            CommitError::tick_killed()?;
            let path = operation.path().display();
            // half a file, when it was cut off while it was staged: nobody else's in any case
            let is_ours = phase == JournalPhase::Staging
                || operation.nodes().any(|node| project.has_content(name, node));
            // the only copy of what somebody's own version is in the way of
            let is_last = phase == JournalPhase::Moving
                && !journal.is_stored
                && operation.before_node().is_some_and(|before| {
                    project.has_content(name, before) && !project.has_content(operation.path(), before)
                });
            if !is_ours {
                stuck.push(format!("what somebody wrote to '{path}' is kept in '{}'", name.display()));
            } else if is_last {
                stuck.push(format!(
                    "'{path}' was changed by somebody else meanwhile and stays so; what it held before is kept in '{}'",
                    name.display()
                ));
            } else if let Err(error) = project.remove(name) {
                stuck.push(format!("'{}' could not be removed: {error}", name.display()));
            }
        }
    }
    Ok(())
}

fn revert(operation: &Operation, project: &ProjectDir) -> std::io::Result<()> {
    match operation {
        Operation::Away { path, spare, .. } => {
            if project.has(spare) && !project.has(path) {
                project.rename(spare, path)?;
            }
        }
        Operation::RemoveFolder { path, .. } => {
            if !project.has(path) {
                project.make_folder(path)?;
            }
        }
        Operation::MakeFolder { path } => {
            if project.has_folder(path) && !project.holds_anything(path) {
                project.remove_folder(path)?;
            }
        }
        Operation::Place { path, stage, after } => {
            if !project.has(stage) && project.has_content(path, after) {
                project.rename(path, stage)?;
            }
        }
        Operation::Swap { path, stage, old, after, .. } => {
            if project.has(old) {
                if project.has_content(path, after) && !project.has(stage) {
                    project.rename(path, stage)?;
                }
                if !project.has(path) {
                    project.rename(old, path)?;
                }
            } else if project.has_content(path, after)
                && project.has(stage)
                && !project.has_content(stage, after)
            {
                project.exchange(stage, path)?;
            }
        }
        Operation::Mode { path, before, after } => {
            if project.has(path) {
                project.change_mode(path, *after, *before)?;
            }
        }
    }
    Ok(())
}
