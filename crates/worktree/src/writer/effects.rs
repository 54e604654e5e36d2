//! From the accepted hunks of what a command did in an overlay to a transaction.

use crate::changes::NodeChange;
use crate::node::{KeptAttributes, MODE_BITS, Node, ObjectHash};
use crate::overlay_content::{PathEntry, entry_at, read_file};
use crate::path_state::path_state;
use crate::writer::operations::{PatchEdits, Selection, WriteError, common_root, rendered};
use apply_patch::{HunkText, decode};
use protocol::{FilePatch, HunkOutcome, HunkSelection, PatchProposal, PathEffect, PathState};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Works out what is accepted, from the files as they are: a path of which everything is accepted becomes exactly what the command
/// left. Nothing is written.
pub(super) fn edits(
    proposal: &PatchProposal,
    hunks: Option<&HunkSelection>,
    project: &Path,
) -> Result<(PatchEdits, Vec<HunkOutcome>), WriteError> {
    let selection = Selection { proposal, hunks };
    selection.check()?;
    let root = common_root(proposal.files.iter(), project);
    let mut edits = PatchEdits::beneath(root);
    let mut changed = Vec::new();
    let mut gone = BTreeSet::new();
    for file in &proposal.files {
        let Some(effect) = &file.effect else { continue };
        let accepted = selection.accepted(file);
        if accepted.is_empty() {
            continue;
        }
        let before = match entry_at(&file.target) {
            Ok(None) => None,
            Ok(Some(PathEntry::Node(node))) => Some(node),
            Ok(Some(PathEntry::Other(_))) | Err(_) => {
                changed.push(file.path.clone());
                continue;
            }
        };
        if !path_state(before.as_ref()).is_same(&effect.was) {
            changed.push(file.path.clone());
            continue;
        }
        let is_all = accepted.len() == file.hunks.len()
            && accepted.iter().all(|accepted| accepted.text == HunkText::Proposed);
        let (after, bytes) = if is_all || effect.is_whole {
            left_by_command(file, effect)?
        } else {
            let old = match &before {
                Some(Node::File { .. }) => {
                    Some(read_file(&file.target).map_err(|error| failed(file, &error))?)
                }
                _ => None,
            };
            let text = old.as_deref().map(decode).transpose().map_err(|error| failed(file, &error))?;
            let bytes = rendered(&file.path, text, &accepted)?;
            let mode = match (&effect.now, &effect.was) {
                (PathState::File { mode, .. }, _) | (_, PathState::File { mode, .. }) => *mode,
                _ => 0o644,
            };
            let content = ObjectHash::of_content(&bytes);
            (Some(Node::File { mode, size: bytes.len() as u64, content }), bytes)
        };
        if after.is_some() {
            make_folders(&mut edits, file, effect)?;
        }
        gone.extend(effect.gone_folders.iter().filter(|_| after.is_none()).cloned());
        edits.put(&file.target, &file.path, before, after, bytes);
    }
    if !changed.is_empty() {
        return Err(WriteError::Changed(changed));
    }
    // the innermost first
    for folder in gone.iter().rev() {
        remove_folder(&mut edits, folder);
    }
    Ok((edits, selection.outcomes()))
}

fn failed(file: &FilePatch, error: &dyn std::fmt::Display) -> WriteError {
    WriteError::Failed(format!("'{}': {error}", file.path))
}

/// Returns what the command left at a path, if that is still what was shown.
fn left_by_command(file: &FilePatch, effect: &PathEffect) -> Result<(Option<Node>, Vec<u8>), WriteError> {
    let Some(content) = &effect.content else { return Ok((None, Vec::new())) };
    let lost =
        || WriteError::Failed(format!("'{}': what the command left of it is gone; run it again", file.path));
    let Ok(Some(PathEntry::Node(node))) = entry_at(content) else { return Err(lost()) };
    if !path_state(Some(&node)).is_same(&effect.now) {
        return Err(lost());
    }
    let bytes = match &node {
        Node::File { .. } => read_file(content).map_err(|_| lost())?,
        _ => Vec::new(),
    };
    Ok((Some(node), bytes))
}

/// Makes the folders above a path that are missing, each with the mode it has where the command left it.
fn make_folders(edits: &mut PatchEdits, file: &FilePatch, effect: &PathEffect) -> Result<(), WriteError> {
    let Some(content) = &effect.content else { return Ok(()) };
    for (folder, left) in file.target.ancestors().zip(content.ancestors()).skip(1) {
        let there = entry_at(folder).map_err(|error| failed(file, &error))?;
        if matches!(there, Some(PathEntry::Node(Node::Dir { .. }))) {
            return Ok(());
        }
        let mode = left.symlink_metadata().map_or(0o755, |left| left.permissions().mode() & MODE_BITS);
        let made = Node::Dir { mode, tree: ObjectHash::of_content(b"") };
        match edits.change_at(folder) {
            // a file that makes room for it
            Some(change) if change.after.is_none() => change.after = Some(made),
            Some(_) => {}
            None if there.is_none() => edits.put(folder, &file.path, None, Some(made), Vec::new()),
            None => {
                return Err(WriteError::Failed(format!(
                    "'{}' needs a folder where {} is; accept that it goes as well",
                    file.path,
                    folder.display()
                )));
            }
        }
    }
    Ok(())
}

/// Removes a folder if everything in it is removed.
fn remove_folder(edits: &mut PatchEdits, folder: &Path) {
    let Ok(Some(PathEntry::Node(before @ Node::Dir { .. }))) = entry_at(folder) else { return };
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    let is_gone = |path: &PathBuf| edits.change_at(path).is_some_and(|change| change.after.is_none());
    if !inside.iter().all(is_gone) || edits.has_new_in(folder) {
        return;
    }
    let name = folder.display().to_string();
    edits.put(folder, &name, Some(before), None, Vec::new());
}

impl PatchEdits {
    /// Changes a path as a whole.
    fn put(&mut self, target: &Path, name: &str, before: Option<Node>, after: Option<Node>, bytes: Vec<u8>) {
        let path = self.relative(target, name);
        if let Some(Node::File { content, .. }) = &after {
            self.contents.insert(*content, bytes);
        }
        let (attributes, links) = (KeptAttributes::Unknown, Vec::new());
        self.changes.insert(path.clone(), NodeChange { path, before, after, attributes, links });
    }

    fn change_at(&mut self, target: &Path) -> Option<&mut NodeChange> {
        let path = target.strip_prefix(&self.root).unwrap_or(target).to_owned();
        self.changes.get_mut(&path)
    }

    /// Reports whether something is to be in a folder that is not there yet, or stays.
    fn has_new_in(&self, folder: &Path) -> bool {
        let path = folder.strip_prefix(&self.root).unwrap_or(folder);
        let mut inside =
            self.changes.values().filter(|change| change.path != path && change.path.starts_with(path));
        inside.any(|change| change.after.is_some())
    }
}
