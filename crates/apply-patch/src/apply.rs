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
/// the text as it is before the patch, and none finds lines that another one changes. Any other two operations on one path
/// are [`ProposeError::Twice`]; paths are compared as written, but for `.`, `..` and doubled slashes.
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

/// The text after `hunks`, each with the text a person wrote in its place, if any (lines joined by line feeds, see
/// [`protocol::HunkEdit`]). `original` is `None` for a file that is added. Hunks are in order of `old_start`; those left out are not applied.
///
/// Byte order mark, line endings and a missing last line feed stay as they are: a new line ends like the line it
/// replaces, or like its neighbours.
pub fn render<'h>(
    original: Option<&str>,
    hunks: impl IntoIterator<Item = (&'h Hunk, Option<&'h str>)>,
) -> Result<String, RenderError> {
    let original = TextLines::of(original.unwrap_or_default());
    let mut lines: Vec<TextLine<'_>> = Vec::with_capacity(original.lines.len());
    let mut done = 0;
    for (hunk, edited) in hunks {
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
        match edited {
            None => {
                lines.extend(
                    hunk.new.iter().enumerate().map(|(i, text)| TextLine { text, ending: ending(i) }),
                );
            }
            Some("") => {}
            Some(text) => {
                lines.extend(text.split('\n').enumerate().map(|(i, text)| TextLine {
                    text: text.strip_suffix('\r').unwrap_or(text),
                    ending: ending(i),
                }));
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
    Add(&'p [String]),
    Delete,
    Update { sections: Vec<&'p [Chunk]>, move_to: Option<&'p str> },
}

fn grouped(patch: &Patch) -> Result<Vec<FileGroup<'_>>, ProposeError> {
    let mut groups: Vec<FileGroup<'_>> = Vec::new();
    for operation in &patch.operations {
        let name = operation.path();
        let known = groups.iter_mut().find(|group| same_path(group.path, name));
        match (operation, known) {
            (FileOperation::Add { lines, .. }, None) => {
                groups.push(FileGroup { path: name, work: FileWork::Add(lines) });
            }
            (FileOperation::Delete { .. }, None) => {
                groups.push(FileGroup { path: name, work: FileWork::Delete })
            }
            (FileOperation::Update { move_to, chunks, .. }, None) => {
                let move_to = move_to.as_deref().filter(|target| !same_path(target, name));
                groups.push(FileGroup {
                    path: name,
                    work: FileWork::Update { sections: vec![chunks], move_to },
                });
            }
            (
                FileOperation::Update { move_to: further, chunks, .. },
                Some(FileGroup { work: FileWork::Update { sections, move_to }, .. }),
            ) => {
                sections.push(chunks);
                match (move_to.as_deref(), further.as_deref()) {
                    (_, None) => {}
                    (None, Some(target)) => *move_to = Some(target).filter(|target| !same_path(target, name)),
                    (Some(first), Some(second)) if same_path(first, second) => {}
                    (Some(_), Some(_)) => return Err(ProposeError::Twice { path: name.to_owned() }),
                }
            }
            (_, Some(_)) => return Err(ProposeError::Twice { path: name.to_owned() }),
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
            FileWork::Add(_) | FileWork::Delete => None,
        }
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
            FileWork::Add(lines) => (PatchKind::Add, vec![whole(index, Vec::new(), lines.to_vec())]),
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
