//! From an isolated copy of a folder to the changes that can be brought into it, against the folder as it is now.
//!
//! What a person decides about must not change under them: everything that is to be written is put aside first, and merged there with
//! what the folder's files have become since the copy was made.

use crate::error::Error;
use crate::node::{CheckpointId, MODE_BITS, Node, ObjectHash};
use crate::overlay::layers::CommandOverlay;
use crate::overlay::proposal;
use crate::overlay::rules::IgnoredNames;
use crate::overlay::scan::{OverlayChange, Scan};
use crate::overlay_content::read_file;
use crate::roots::Roots;
use crate::store::Store;
use apply_patch::{MergeConflict, TextMerge, merge};
use engine::OverlayEffects;
use protocol::{FilePatch, HunkConflict};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

/// The largest text that is merged line by line, in bytes.
const MAX_MERGED_BYTES: usize = 1024 * 1024;

/// State of a folder when an isolated copy of it was made.
#[derive(Debug)]
pub struct CopyBase<'a> {
    /// Checkpoints of the folder.
    pub store: &'a mut Store,
    /// The one that was taken then.
    pub checkpoint: CheckpointId,
}

/// Something that both sides changed.
enum Conflict {
    /// Lines of a text, and those that the copy alone changed.
    Lines(Vec<MergeConflict>, Vec<Range<usize>>),
    /// The whole file; words for what it was.
    Whole(Vec<String>),
}

/// Change of the copy, merged with that of the project.
enum MergedChange {
    /// The project has it already, or the copy changed nothing.
    Nothing,
    /// It is as the copy left it.
    Unchanged,
    /// The file has what both sides made of it.
    Text { merged: TextMerge, mode: u32 },
    /// Both sides changed it, and it cannot be merged.
    Conflict(Vec<String>),
}

impl CommandOverlay {
    /// Returns what an isolated copy changed, as a patch of the folder as it is now, with paths relative to `cwd` where they lie in it.
    /// Files that it would write are put into `staging`, which must stay until it is decided. Nothing else is written. Of more changes than
    /// a person could look at, some are left out. Blocks.
    ///
    /// # Errors
    /// Fails when the copy cannot be read.
    pub fn take_copy(
        &self,
        base: &mut CopyBase<'_>,
        roots: &Roots,
        cwd: &Path,
        staging: &Path,
    ) -> Result<OverlayEffects, String> {
        Self::remove_folder(staging);
        let mut scan = Scan::default();
        let (mut changes, mut conflicts, mut more) = (Vec::new(), BTreeMap::new(), 0);
        for (index, root) in self.roots.iter().enumerate() {
            let cannot = |error: &dyn std::fmt::Display| {
                format!("the changes of {} cannot be read: {error}", root.root.display())
            };
            let mut of_root = Scan::default();
            of_root.add(root, roots).map_err(|error| cannot(&error))?;
            let mut staging = Staging {
                root: staging.join(index.to_string()),
                upper: &root.upper,
                folders: BTreeMap::new(),
            };
            let names = IgnoredNames::new(&root.root, roots);
            let mut stay = of_root.ignored.len() + of_root.new_ignored.len();
            for mut change in of_root.changes {
                let path = change.path.strip_prefix(&root.root).unwrap_or(&change.path).to_owned();
                let was = base.node_at(&path).map_err(|error| cannot(&error))?;
                if changes.len() == proposal::MAX_PATHS {
                    more += 1;
                    continue;
                }
                if was.is_none() && change.after.is_none() && names.is_ignored_by_rules(&path) {
                    stay += 1;
                    continue;
                }
                let (staged, conflict) =
                    match base.merge(was.as_ref(), &change).map_err(|error| cannot(&error))? {
                        MergedChange::Nothing => continue,
                        MergedChange::Unchanged => (staging.copy(&path, &mut change), None),
                        MergedChange::Text { merged: TextMerge { text, conflicts, second_alone }, mode } => (
                            staging.write(&path, &mut change, text.as_bytes(), mode),
                            Some(Conflict::Lines(conflicts, second_alone)),
                        ),
                        MergedChange::Conflict(words) => {
                            (staging.copy(&path, &mut change), Some(Conflict::Whole(words)))
                        }
                    };
                staged.map_err(|error| format!("{} cannot be put aside: {error}", path.display()))?;
                conflicts.extend(conflict.map(|conflict| (change.path.clone(), conflict)));
                // the other side may have made the very change
                if change.before != change.after {
                    changes.push(change);
                }
            }
            staging.finish().map_err(|error| cannot(&error))?;
            scan.left_out.extend(of_root.left_out);
            if stay > 0 {
                let files = if stay == 1 { "path stays" } else { "paths stay" };
                scan.left_out.push(format!("{stay} ignored {files} in the copy"));
            }
        }
        if more > 0 {
            // what is brought in of these is no change any more
            scan.left_out.push(format!(
                "{more} more changes: bring these in, or remove them in the copy, and bring in again"
            ));
        }
        let mut proposal = proposal::of_changes(&changes, cwd)?;
        for file in &mut proposal.files {
            if let Some(conflict) = conflicts.get(&file.target) {
                mark(file, conflict);
            }
        }
        Ok(OverlayEffects { proposal, left_out: scan.left_out })
    }
}

impl CopyBase<'_> {
    fn node_at(&mut self, path: &Path) -> Result<Option<Node>, Error> {
        self.store.node_at(self.checkpoint, path)
    }

    /// Merges a change of the copy with what became of the file in the project, which was `was` when the copy was made.
    fn merge(&mut self, was: Option<&Node>, change: &OverlayChange) -> Result<MergedChange, Error> {
        let (now, copy) = (change.before.as_ref(), change.after.as_ref());
        if is_same(was, now) {
            return Ok(MergedChange::Unchanged);
        }
        if is_same(was, copy) || is_same(now, copy) {
            return Ok(MergedChange::Nothing);
        }
        let words = was.map(words).unwrap_or_default();
        let (
            Some(was_file @ Node::File { mode: was_mode, .. }),
            Some(Node::File { mode, .. }),
            Some(Node::File { mode: of_copy, .. }),
        ) = (was, now, copy)
        else {
            return Ok(MergedChange::Conflict(words));
        };
        let read = |path: &Path| read_file(path).map_err(Error::io("cannot be read", path));
        let was_bytes = self.store.content(was_file)?.unwrap_or_default();
        let texts = [Ok(was_bytes), read(&change.path), read(&change.content)].map(|bytes| bytes.map(text));
        let [was_text, now_text, copy_text] = texts;
        let (Some(was_text), Some(now_text), Some(copy_text)) = (was_text?, now_text?, copy_text?) else {
            return Ok(MergedChange::Conflict(words));
        };
        if mode != was_mode && of_copy != was_mode && mode != of_copy {
            return Ok(MergedChange::Conflict(words));
        }
        let merged = merge(&was_text, &now_text, &copy_text);
        // the mode is the one of the side that changed it
        let mode = if of_copy == was_mode { *mode } else { *of_copy };
        Ok(MergedChange::Text { merged, mode })
    }
}

fn is_same(one: Option<&Node>, other: Option<&Node>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is_same(other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// Returns a file's bytes as text that can be merged.
fn text(bytes: Vec<u8>) -> Option<String> {
    if bytes.len() > MAX_MERGED_BYTES || bytes.contains(&0) {
        return None;
    }
    String::from_utf8(bytes).ok()
}

/// Describes what was at a path that is not shown line by line.
fn words(node: &Node) -> Vec<String> {
    match node {
        Node::File { mode, size, .. } => vec![format!("file of {size} bytes, mode {mode:04o}")],
        Node::Dir { mode, .. } => vec![format!("folder, mode {mode:04o}")],
        Node::Link { .. } => {
            vec![format!("link to {}", node.link_target().unwrap_or_default().display())]
        }
        Node::Unkept { size, .. } => vec![format!("{size} bytes, too large or not readable")],
    }
}

/// Folder that what is to be written is put into.
struct Staging<'a> {
    root: PathBuf,
    /// Changes of the copy.
    upper: &'a Path,
    /// Folders that were made, with the modes they are to have.
    folders: BTreeMap<PathBuf, u32>,
}

impl Staging<'_> {
    /// Puts aside what the copy left at a path; nothing where it removed it.
    fn copy(&mut self, path: &Path, change: &mut OverlayChange) -> io::Result<()> {
        let at = match &change.after {
            Some(Node::File { mode, .. }) => {
                let (bytes, mode) = (read_file(&change.content)?, *mode);
                return self.write(path, change, &bytes, mode);
            }
            Some(Node::Link { target }) => {
                let at = self.place(path)?;
                symlink(OsString::from_vec(target.clone()), &at)?;
                at
            }
            Some(Node::Dir { mode, .. }) => {
                let at = self.place(path)?;
                fs::create_dir_all(&at)?;
                self.folders.insert(at.clone(), *mode);
                at
            }
            Some(Node::Unkept { .. }) | None => return Ok(()),
        };
        change.content = at;
        Ok(())
    }

    /// Puts aside a file with these bytes, in place of what the copy left.
    fn write(&mut self, path: &Path, change: &mut OverlayChange, bytes: &[u8], mode: u32) -> io::Result<()> {
        let at = self.place(path)?;
        fs::write(&at, bytes)?;
        fs::set_permissions(&at, Permissions::from_mode(mode))?;
        let content = ObjectHash::of_content(bytes);
        change.after = Some(Node::File { mode, size: bytes.len() as u64, content });
        change.content = at;
        Ok(())
    }

    /// Makes the folders above a path, and returns its place.
    fn place(&mut self, path: &Path) -> io::Result<PathBuf> {
        let mut above: Vec<&Path> = path.ancestors().skip(1).collect();
        above.reverse();
        for folder in above {
            let at = self.root.join(folder);
            if !at.is_dir() {
                fs::create_dir_all(&at)?;
                if let Ok(left) = self.upper.join(folder).symlink_metadata() {
                    self.folders.insert(at, left.permissions().mode() & MODE_BITS);
                }
            }
        }
        Ok(self.root.join(path))
    }

    /// Gives each folder the mode that the copy gave it. Nothing can be put aside after it.
    fn finish(self) -> io::Result<()> {
        // the innermost first: one that is closed cannot be entered
        self.folders
            .iter()
            .rev()
            .try_for_each(|(at, mode)| fs::set_permissions(at, Permissions::from_mode(*mode)))
    }
}

/// Marks the hunks of a file that the project changed as well.
fn mark(file: &mut FilePatch, conflict: &Conflict) {
    let is_whole = file.effect.as_ref().is_some_and(|effect| effect.is_whole);
    let (lines, copy_alone) = match conflict {
        Conflict::Whole(base) => {
            let whole = |hunk: &protocol::Hunk| HunkConflict { hunk: hunk.id.clone(), base: base.clone() };
            file.conflicts = file.hunks.iter().map(whole).collect();
            return;
        }
        Conflict::Lines(lines, copy_alone) => (lines, copy_alone),
    };
    let joined = if lines.is_empty() { "; both changes are joined" } else { "" };
    file.notes.push(format!("the project has changed it since the copy was made{joined}"));
    let Some(first) = lines.first() else { return };
    for hunk in &file.hunks {
        let start = hunk.old_start as usize;
        let at = start..start + hunk.old.len();
        let conflict = lines.iter().find(|conflict| touches(&at, &conflict.first));
        // a difference may be found beside the lines that were changed: what is not known to be the copy's alone is a conflict
        if is_whole || conflict.is_some() || !copy_alone.iter().any(|alone| touches(&at, alone)) {
            let base = conflict.unwrap_or(first).base.clone();
            file.conflicts.push(HunkConflict { hunk: hunk.id.clone(), base });
        }
    }
}

fn touches(one: &Range<usize>, other: &Range<usize>) -> bool {
    if one.is_empty() || other.is_empty() {
        one.start <= other.end && other.start <= one.end
    } else {
        one.start < other.end && other.start < one.end
    }
}
