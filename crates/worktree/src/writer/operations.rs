//! From the accepted hunks of a patch to a transaction.

use super::destination::{Destination, DestinationError, FoundFile};
use super::hard_links::is_name_of;
use crate::changes::NodeChange;
use crate::error::Error;
use crate::node::{KeptAttributes, Node, ObjectHash};
use crate::transaction::{Style, Transaction, TransactionId, TransactionLog, TransactionPurpose};
use apply_patch::{HunkText, decode, render};
use protocol::{FilePatch, Hunk, HunkOutcome, HunkSelection, PatchKind, PatchProposal};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Why nothing was written.
#[derive(Debug)]
pub(crate) enum WriteError {
    /// These files are no longer what was shown.
    Changed(Vec<String>),
    /// Something else.
    Failed(String),
}

/// Works out what is accepted, from the files as they are. Nothing is written.
pub(super) fn edits(
    proposal: &PatchProposal,
    hunks: Option<&HunkSelection>,
    project: &Path,
) -> Result<(PatchEdits, Vec<HunkOutcome>), WriteError> {
    let selection = Selection { proposal, hunks };
    selection.check()?;
    let touched: Vec<(&FilePatch, Vec<Accepted<'_>>)> = proposal
        .files
        .iter()
        .map(|file| (file, selection.accepted(file)))
        .filter(|(file, accepted)| !accepted.is_empty() || file.hunks.is_empty())
        .collect();
    let mut changed = Vec::new();
    let mut edits = PatchEdits::beneath(common_root(touched.iter().map(|(file, _)| *file), project));
    for (file, accepted) in touched {
        let source = read_again(&file.path, &file.target, file.base_sha256.as_deref(), &mut changed)?;
        let to = match (&file.kind, &file.move_target) {
            (PatchKind::Update { move_to: Some(to) }, Some(target)) => Some((to, target)),
            _ => None,
        };
        let replaced = match to {
            Some((to, target)) => read_again(to, target, file.move_base_sha256.as_deref(), &mut changed)?,
            None => None,
        };
        if changed.is_empty() {
            edits.add_file(
                file,
                &accepted,
                source,
                to.map(|(to, target)| (to.as_str(), target, replaced)),
            )?;
        }
    }
    if !changed.is_empty() {
        return Err(WriteError::Changed(changed));
    }
    Ok((edits, selection.outcomes()))
}

/// The folder a patch is written beneath: the project, or the file system's root when something lies outside it.
pub(super) fn common_root<'p>(mut files: impl Iterator<Item = &'p FilePatch>, project: &Path) -> PathBuf {
    let is_inside = |path: &PathBuf| path.starts_with(project);
    let all = files
        .all(|file| is_inside(&file.target) && file.move_target.iter().chain(&file.linked).all(is_inside));
    if all { project.to_owned() } else { PathBuf::from("/") }
}

/// Reads the file again, and checks that it is still the one that was shown.
fn read_again(
    path: &str,
    target: &Path,
    expected: Option<&str>,
    changed: &mut Vec<String>,
) -> Result<Option<FoundFile>, WriteError> {
    match Destination::open(target).and_then(|destination| destination.read()) {
        Ok(found) if found.as_ref().map(FoundFile::sha256).as_deref() == expected => Ok(found),
        // it is no longer a file of this kind at this place
        Ok(_)
        | Err(DestinationError::NotAFile(_) | DestinationError::TooLarge(_) | DestinationError::Linked) => {
            changed.push(path.to_owned());
            Ok(None)
        }
        Err(DestinationError::Io(error)) => {
            Err(WriteError::Failed(format!("'{path}' cannot be read: {error}")))
        }
    }
}

/// Edits of a patch's files.
#[derive(Debug)]
pub(crate) struct PatchEdits {
    pub(crate) root: PathBuf,
    pub(crate) changes: BTreeMap<PathBuf, NodeChange>,
    pub(crate) contents: HashMap<ObjectHash, Vec<u8>>,
    copied_from: BTreeMap<PathBuf, PathBuf>,
    /// The files as the patch names them.
    names: BTreeMap<PathBuf, String>,
}

impl PatchEdits {
    pub(super) fn beneath(root: PathBuf) -> Self {
        let (changes, contents) = (BTreeMap::new(), HashMap::new());
        Self { root, changes, contents, copied_from: BTreeMap::new(), names: BTreeMap::new() }
    }

    fn add_file(
        &mut self,
        file: &FilePatch,
        accepted: &[Accepted<'_>],
        source: Option<FoundFile>,
        to: Option<(&str, &PathBuf, Option<FoundFile>)>,
    ) -> Result<(), WriteError> {
        let path = &file.path;
        let before = source.as_ref().map(node_of);
        let at = self.relative(&file.target, path);
        if file.kind == PatchKind::Delete {
            self.change(at, before, None);
            return Ok(());
        }
        let bytes = match (&file.kind, &source) {
            // a move that changes nothing else may be of anything
            (PatchKind::Update { .. }, Some(found)) if accepted.is_empty() => found.bytes.clone(),
            (PatchKind::Update { .. }, Some(found)) => {
                let text = decode(&found.bytes);
                let text = text.map_err(|error| WriteError::Failed(format!("'{path}' {error}")))?;
                rendered(path, Some(text), accepted)?
            }
            _ => rendered(path, None, accepted)?,
        };
        // the mode of a file that is new is the kernel's to choose
        let mode = source.as_ref().map_or(0o666, |found| found.mode);
        let after = file_node(mode, &bytes);
        if let Node::File { content, .. } = &after {
            self.contents.insert(*content, bytes);
        }
        match to {
            None => {
                if source.is_some() {
                    self.copied_from.insert(at.clone(), at.clone());
                }
                self.make_folders(&file.target);
                self.change(at.clone(), before.clone(), Some(after.clone()));
                self.change_linked(file, source.as_ref(), &at, after)
            }
            Some((to, target, replaced)) => {
                let destination = self.relative(target, to);
                if source.is_some() {
                    self.copied_from.insert(destination.clone(), at.clone());
                }
                self.make_folders(target);
                let is_same = before.as_ref() == Some(&after);
                self.change(destination.clone(), replaced.as_ref().map(node_of), Some(after.clone()));
                if is_same && let Some(moved) = self.changes.get_mut(&destination) {
                    // the file itself moves, with all its names
                    moved.links.push(at.clone());
                }
                self.change(at, before, None);
                self.change_linked(file, source.as_ref(), &destination, after)
            }
        }
    }

    /// Changes the other names of a file with it.
    fn change_linked(
        &mut self,
        file: &FilePatch,
        source: Option<&FoundFile>,
        changed: &Path,
        after: Node,
    ) -> Result<(), WriteError> {
        let Some(found) = source else { return Ok(()) };
        for name in &file.linked {
            if !is_name_of(name, found) {
                return Err(WriteError::Changed(vec![name.display().to_string()]));
            }
            let path = self.relative(name, &file.path);
            self.copied_from.insert(path.clone(), path.clone());
            self.change(path.clone(), Some(node_of(found)), Some(after.clone()));
            if let Some(linked) = self.changes.get_mut(&path) {
                linked.links.push(changed.to_owned());
            }
            if let Some(first) = self.changes.get_mut(changed) {
                first.links.push(path);
            }
        }
        Ok(())
    }

    fn change(&mut self, path: PathBuf, before: Option<Node>, after: Option<Node>) {
        let (attributes, links) = (KeptAttributes::Unknown, Vec::new());
        self.changes.insert(path.clone(), NodeChange { path, before, after, attributes, links });
    }

    /// The folders above `target` that are missing.
    fn make_folders(&mut self, target: &Path) {
        let missing: Vec<PathBuf> = target
            .ancestors()
            .skip(1)
            .take_while(|folder| {
                let there = folder.symlink_metadata();
                there.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
            })
            .filter_map(|folder| folder.strip_prefix(&self.root).ok().map(Path::to_owned))
            .collect();
        for path in missing {
            let folder = Node::Dir { mode: 0o777, tree: ObjectHash::of_content(b"") };
            self.change(path, None, Some(folder));
        }
    }

    pub(super) fn relative(&mut self, target: &Path, name: &str) -> PathBuf {
        let path = target.strip_prefix(&self.root).unwrap_or(target).to_owned();
        self.names.insert(path.clone(), name.to_owned());
        path
    }

    /// Carries the edits out, with metadata of `style` or else of the files they are made from.
    pub(super) fn commit(
        self,
        log: &TransactionLog,
        id: Option<TransactionId>,
        outcomes: Vec<HunkOutcome>,
        style: Option<Style>,
    ) -> Result<(), WriteError> {
        let Self { root, changes, contents, copied_from, names } = self;
        let name = |path: &Path| {
            let named = names.get(path).or_else(|| {
                // a folder is named by a file that is to be in it
                names
                    .iter()
                    .find(|(file, _)| !path.as_os_str().is_empty() && file.starts_with(path))
                    .map(|(_, name)| name)
            });
            named.cloned().unwrap_or_else(|| path.display().to_string())
        };
        let transaction = Transaction {
            log,
            root: &root,
            changes: changes.values().collect(),
            id,
            purpose: TransactionPurpose::Patch { outcomes },
            content: &|hash| {
                contents
                    .get(hash)
                    .cloned()
                    .ok_or_else(|| Error::Unknown { path: root.clone(), id: hash.to_string() })
            },
            style: style.unwrap_or(Style::Edit { copied_from }),
        };
        match transaction.commit() {
            Ok(committed) => {
                for stuck in committed.stuck {
                    tracing::warn!(%stuck, "a patch was written, and something of it is left behind");
                }
                Ok(())
            }
            Err(Error::Changed(paths)) => {
                Err(WriteError::Changed(paths.iter().map(|path| name(path)).collect()))
            }
            Err(Error::NotApplied { path, reason, stuck }) => {
                let stuck = stuck.iter().fold(String::new(), |all, stuck| all + "; " + stuck);
                Err(WriteError::Failed(if path.as_os_str().is_empty() {
                    format!("{reason}; nothing was written{stuck}")
                } else {
                    format!("'{}' cannot be written: {reason}; nothing was written{stuck}", name(&path))
                }))
            }
            Err(error) => Err(WriteError::Failed(format!("{error}; nothing was written"))),
        }
    }
}

/// Returns the bytes of a file once what is accepted is done to its text.
pub(super) fn rendered(
    path: &str,
    text: Option<&str>,
    accepted: &[Accepted<'_>],
) -> Result<Vec<u8>, WriteError> {
    let text = render(text, accepted.iter().map(|accepted| (accepted.hunk, accepted.text)));
    Ok(text.map_err(|error| WriteError::Failed(format!("'{path}': {error}")))?.into_bytes())
}

fn node_of(found: &FoundFile) -> Node {
    file_node(found.mode, &found.bytes)
}

fn file_node(mode: u32, bytes: &[u8]) -> Node {
    Node::File { mode, size: bytes.len() as u64, content: ObjectHash::of_content(bytes) }
}

pub(super) struct Accepted<'p> {
    hunk: &'p Hunk,
    pub(super) text: HunkText<'p>,
}

/// The hunks that were accepted, of a proposal.
pub(super) struct Selection<'p> {
    pub(super) proposal: &'p PatchProposal,
    pub(super) hunks: Option<&'p HunkSelection>,
}

impl<'p> Selection<'p> {
    pub(super) fn check(&self) -> Result<(), WriteError> {
        let Some(selection) = self.hunks else { return Ok(()) };
        let edited = selection.edited.iter().map(|edit| &edit.id);
        let partial = selection.partial.iter().map(|partial| &partial.id);
        for id in selection.accepted.iter().chain(edited).chain(partial) {
            let Some((file, hunk)) = self.proposal.hunks().find(|(_, hunk)| hunk.id == *id) else {
                return Err(WriteError::Failed(format!("there is no hunk {id} in this patch")));
            };
            let path = &file.path;
            let is_whole = file.effect.as_ref().is_some_and(|effect| effect.is_whole);
            if is_whole && self.text(hunk) != HunkText::Proposed {
                return Err(WriteError::Failed(format!(
                    "'{path}' changes as a whole and cannot be edited; accept or decline it"
                )));
            }
            if file.kind == PatchKind::Delete && self.text(hunk) != HunkText::Proposed {
                return Err(WriteError::Failed(format!(
                    "hunk {id} deletes '{path}' and cannot be edited; accept or decline it"
                )));
            }
        }
        Ok(())
    }

    fn accepts(&self, hunk: &Hunk) -> bool {
        self.hunks.is_none_or(|selection| selection.accepted.contains(&hunk.id))
    }

    /// Returns the text that a hunk is accepted with: the person's, where it differs from the model's.
    fn text(&self, hunk: &Hunk) -> HunkText<'p> {
        let Some(selection) = self.hunks else { return HunkText::Proposed };
        let edit = selection.edited.iter().find(|edit| edit.id == hunk.id);
        let partial = selection.partial.iter().find(|partial| partial.id == hunk.id);
        match (edit, partial) {
            (Some(edit), _) if edit.new_text != hunk.new.join("\n") => HunkText::Edited(&edit.new_text),
            (None, Some(partial)) if !partial.left_out.is_empty() => HunkText::Partial(&partial.left_out),
            _ => HunkText::Proposed,
        }
    }

    pub(super) fn accepted(&self, file: &'p FilePatch) -> Vec<Accepted<'p>> {
        let accepted = file.hunks.iter().filter(|hunk| self.accepts(hunk));
        accepted.map(|hunk| Accepted { hunk, text: self.text(hunk) }).collect()
    }

    pub(super) fn outcomes(&self) -> Vec<HunkOutcome> {
        let edited = |hunk: &Hunk, new_text| HunkOutcome::Edited { id: hunk.id.clone(), new_text };
        let outcome = |hunk: &Hunk| match (self.accepts(hunk), self.text(hunk)) {
            (false, _) => HunkOutcome::Declined { id: hunk.id.clone() },
            (true, HunkText::Proposed) => HunkOutcome::Written { id: hunk.id.clone() },
            (true, HunkText::Edited(text)) => edited(hunk, text.to_owned()),
            (true, HunkText::Partial(left_out)) => edited(hunk, hunk.lines_without(left_out).join("\n")),
        };
        self.proposal.hunks().map(|(_, hunk)| outcome(hunk)).collect()
    }
}
