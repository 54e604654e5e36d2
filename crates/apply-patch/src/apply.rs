//! From a patch to a proposal, and from accepted hunks to a file's new text.

use crate::error::ProposeError;
use crate::hunk::{hunks_of, whole};
use crate::parse::{Chunk, FileOperation, Patch};
use crate::text::{TextLine, TextLines, decode, join, sha256_hex};
use protocol::{Hunk, HunkId, LooseMatch, PatchKind};
use thiserror::Error;

/// The change a patch makes to one file, located in the file's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// The path as the patch names it.
    pub path: String,
    /// Kind of change.
    pub kind: PatchKind,
    /// SHA-256 (hex) of the file's bytes; `None` where there is no file.
    pub base_sha256: Option<String>,
    /// The changes, in order of `old_start`, not overlapping. Empty only for a move that changes nothing else.
    pub hunks: Vec<Hunk>,
    /// The matches that ignored a difference between the patch and the file.
    pub loose: Vec<LooseMatch>,
}

/// Gives a file's bytes by its path as the patch names it, `None` when there is no such file, or an error that goes on from the
/// file's name ("is a directory").
pub type ReadFile<'r> = dyn FnMut(&str) -> Result<Option<Vec<u8>>, String> + 'r;

/// Locates `patch` in the files it names, which `read` reads.
///
/// Updates of one file that stand apart in the patch are made one: each is searched for from the file's beginning, in
/// the text as it is before the patch, and none finds lines that another one changes. So is an update of a file that was moved
/// or added before it, a file that is added where one was deleted, and a deletion of what was updated. Any other two operations
/// on one path are [`ProposeError::Twice`]; paths are compared as written, but for `.`, `..` and doubled slashes.
pub fn propose(patch: &Patch, read: &mut ReadFile<'_>) -> Result<Vec<FileChange>, ProposeError> {
    grouped(patch)?.into_iter().enumerate().map(|(index, group)| group.locate(index, read)).collect()
}

/// Error of hunks that do not fit a text because they were made for another one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("hunk {id} does not fit the file")]
pub struct RenderError {
    /// Id of the hunk.
    pub id: HunkId,
}

/// Text of an accepted hunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HunkText<'h> {
    /// As it was proposed.
    Proposed,
    /// As a person wrote it: lines joined by line feeds, see [`protocol::HunkEdit`].
    Edited(&'h str),
    /// Without some of the changed lines, see [`protocol::PartialHunk`].
    Partial(&'h [u32]),
}

impl<'h> From<Option<&'h str>> for HunkText<'h> {
    fn from(edited: Option<&'h str>) -> Self {
        edited.map_or(Self::Proposed, Self::Edited)
    }
}

/// The text after `hunks`, each with the text it is accepted with. `original` is `None` for a file that is added. Hunks are in order of `old_start`; those left out are not applied.
///
/// Byte order mark, line endings and a missing last line feed stay as they are: a new line ends like the line it
/// replaces, or like its neighbours.
pub fn render<'h, T: Into<HunkText<'h>>>(
    original: Option<&str>,
    hunks: impl IntoIterator<Item = (&'h Hunk, T)>,
) -> Result<String, RenderError> {
    let original = TextLines::of(original.unwrap_or_default());
    let mut lines: Vec<TextLine<'_>> = Vec::with_capacity(original.lines.len());
    let mut done = 0;
    for (hunk, text) in hunks {
        let misfit = || RenderError { id: hunk.id.clone() };
        let start = usize::try_from(hunk.old_start).map_err(|_| misfit())?;
        lines.extend_from_slice(original.lines.get(done..start).ok_or_else(misfit)?);
        let end = start + hunk.old.len();
        let old = original.lines.get(start..end).ok_or_else(misfit)?;
        if old.iter().zip(&hunk.old).any(|(found, expected)| found.text != expected) {
            return Err(misfit());
        }
        // an insertion ends like the line before it; what is beyond the replaced lines like the last of them
        let ending = |index: usize| match old.len() {
            0 => original.ending_near(start.saturating_sub(1)),
            len => original.ending_near(start + index.min(len - 1)),
        };
        match text.into() {
            HunkText::Proposed => {
                lines.extend(
                    hunk.new.iter().enumerate().map(|(i, text)| TextLine { text, ending: ending(i) }),
                );
            }
            HunkText::Edited("") => {}
            HunkText::Edited(text) => {
                lines.extend(text.split('\n').enumerate().map(|(i, text)| TextLine {
                    text: text.strip_suffix('\r').unwrap_or(text),
                    ending: ending(i),
                }));
            }
            HunkText::Partial(left_out) => {
                let is_left_out = |at: usize| u32::try_from(at).is_ok_and(|at| left_out.contains(&at));
                let (first_old, first_new) = (hunk.before.len(), hunk.before.len() + hunk.old.len());
                // a line that stays keeps what it ends in
                lines.extend(
                    old.iter().enumerate().filter(|(i, _)| is_left_out(first_old + i)).map(|(_, line)| *line),
                );
                lines.extend(
                    hunk.new
                        .iter()
                        .enumerate()
                        .filter(|(i, _)| !is_left_out(first_new + i))
                        .map(|(i, text)| TextLine { text, ending: ending(i) }),
                );
            }
        }
        done = end;
    }
    lines.extend_from_slice(original.lines.get(done..).unwrap_or_default());
    let last = original.lines.len().saturating_sub(1);
    Ok(join(original.bom, &lines, original.ends_its_last(), |_| original.ending_near(last)))
}

/// The operations on one path, made one.
struct FileGroup<'p> {
    path: &'p str,
    work: FileWork<'p>,
}

enum FileWork<'p> {
    /// A new file, its lines changed by the updates that follow.
    Add {
        lines: &'p [String],
        sections: Vec<&'p [Chunk]>,
    },
    Delete,
    /// All of the file's lines are others.
    Replace(&'p [String]),
    Update {
        sections: Vec<&'p [Chunk]>,
        move_to: Option<&'p str>,
    },
}

fn grouped(patch: &Patch) -> Result<Vec<FileGroup<'_>>, ProposeError> {
    let mut groups: Vec<FileGroup<'_>> = Vec::new();
    for operation in &patch.operations {
        let name = operation.path();
        if let FileOperation::Update { move_to: Some(target), .. } = operation {
            // what is deleted first makes room for what is moved there
            groups.retain(|group| {
                same_path(target, name)
                    || !(matches!(group.work, FileWork::Delete) && same_path(group.path, target))
            });
        }
        let known = groups.iter_mut().find(|group| group.is_about(name));
        let twice = || Err(ProposeError::Twice { path: name.to_owned() });
        let Some(group) = known else {
            let work = match operation {
                FileOperation::Add { lines, .. } => FileWork::Add { lines, sections: Vec::new() },
                FileOperation::Delete { .. } => FileWork::Delete,
                FileOperation::Update { move_to, chunks, .. } => FileWork::Update {
                    sections: vec![chunks],
                    move_to: move_to.as_deref().filter(|target| !same_path(target, name)),
                },
            };
            groups.push(FileGroup { path: name, work });
            continue;
        };
        let is_moved = group.move_to().is_some();
        match (operation, &mut group.work) {
            (FileOperation::Add { lines, .. }, FileWork::Delete) => group.work = FileWork::Replace(lines),
            (FileOperation::Delete { .. }, FileWork::Update { .. }) if !is_moved => {
                group.work = FileWork::Delete;
            }
            (FileOperation::Update { move_to: None, chunks, .. }, FileWork::Add { sections, .. }) => {
                sections.push(chunks);
            }
            (
                FileOperation::Update { move_to: further, chunks, .. },
                FileWork::Update { sections, move_to },
            ) => {
                sections.push(chunks);
                match (move_to.as_deref(), further.as_deref()) {
                    (_, None) => {}
                    (None, Some(target)) => *move_to = Some(target).filter(|target| !same_path(target, name)),
                    (Some(first), Some(second)) if same_path(first, second) => {}
                    // from where it was moved to
                    (Some(first), Some(second)) if same_path(first, name) => {
                        *move_to = Some(second).filter(|target| !same_path(target, group.path));
                    }
                    (Some(_), Some(_)) => return twice(),
                }
            }
            _ => return twice(),
        }
    }
    let mut claimed: Vec<&str> = groups.iter().map(|group| group.path).collect();
    for target in groups.iter().filter_map(FileGroup::move_to) {
        if claimed.iter().any(|path| same_path(path, target)) {
            return Err(ProposeError::Twice { path: target.to_owned() });
        }
        claimed.push(target);
    }
    Ok(groups)
}

impl FileGroup<'_> {
    fn move_to(&self) -> Option<&str> {
        match &self.work {
            FileWork::Update { move_to, .. } => *move_to,
            FileWork::Add { .. } | FileWork::Delete | FileWork::Replace(_) => None,
        }
    }

    /// Reports whether an operation on `path` is on this file, where it was or where it is moved to.
    fn is_about(&self, path: &str) -> bool {
        same_path(self.path, path) || self.move_to().is_some_and(|target| same_path(target, path))
    }

    fn locate(&self, index: usize, read: &mut ReadFile<'_>) -> Result<FileChange, ProposeError> {
        let path = self.path.to_owned();
        let bytes =
            read(self.path).map_err(|reason| ProposeError::Unreadable { path: path.clone(), reason })?;
        let base_sha256 = bytes.as_deref().map(sha256_hex);
        let text = bytes.as_deref().map(decode);
        let missing = |what| ProposeError::Missing { path: path.clone(), what };
        let mut loose = Vec::new();
        let (kind, hunks) = match &self.work {
            FileWork::Add { lines, sections } => {
                let refs: Vec<&str> = lines.iter().map(String::as_str).collect();
                let found = hunks_of(self.path, index, &refs, sections)?;
                (PatchKind::Add, vec![whole(index, Vec::new(), with_hunks(lines, &found.hunks))])
            }
            FileWork::Replace(new) => {
                let text = text.ok_or_else(|| missing("deleted"))?;
                let text = text.map_err(|source| ProposeError::Encoding { path: path.clone(), source })?;
                let old = TextLines::of(text);
                let old: Vec<String> = old.texts().into_iter().map(str::to_owned).collect();
                if old == *new {
                    return Err(ProposeError::Nothing { path });
                }
                (PatchKind::Update { move_to: None }, vec![whole(index, old, new.to_vec())])
            }
            FileWork::Delete => {
                // what is no text goes as a whole, and none of it is shown
                let old = TextLines::of(text.ok_or_else(|| missing("deleted"))?.unwrap_or_default());
                let old = old.texts().into_iter().map(str::to_owned).collect();
                (PatchKind::Delete, vec![whole(index, old, Vec::new())])
            }
            FileWork::Update { sections, move_to: Some(to) }
                if matches!(text, Some(Err(_))) && sections.iter().all(|chunks| chunks.is_empty()) =>
            {
                (PatchKind::Update { move_to: Some((*to).to_owned()) }, Vec::new())
            }
            FileWork::Update { sections, move_to } => {
                let text = text.ok_or_else(|| missing("changed"))?;
                let text = text.map_err(|source| ProposeError::Encoding { path: path.clone(), source })?;
                let lines = TextLines::of(text).texts();
                let found = hunks_of(self.path, index, &lines, sections)?;
                loose = found.loose;
                let hunks = found.hunks;
                if hunks.is_empty() && move_to.is_none() {
                    return Err(ProposeError::Nothing { path });
                }
                (PatchKind::Update { move_to: move_to.map(str::to_owned) }, hunks)
            }
        };
        Ok(FileChange { path, kind, base_sha256, hunks, loose })
    }
}

/// Returns lines after hunks that were located in them.
fn with_hunks(lines: &[String], hunks: &[Hunk]) -> Vec<String> {
    let at = |line: u32| usize::try_from(line).unwrap_or(usize::MAX);
    let mut changed = lines.to_vec();
    for hunk in hunks.iter().rev() {
        let start = at(hunk.old_start).min(changed.len());
        let end = start.saturating_add(hunk.old.len()).min(changed.len());
        changed.splice(start..end, hunk.new.iter().cloned());
    }
    changed
}

/// Reports whether two paths are the same, as far as their text tells.
fn same_path(a: &str, b: &str) -> bool {
    plain(a) == plain(b)
}

fn plain(path: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = if path.starts_with('/') { vec!["/"] } else { Vec::new() };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != ".." && *last != "/") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts
}
