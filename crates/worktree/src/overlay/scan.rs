//! From the folder of a view's changes to the changes.

use crate::attributes::Attributes;
use crate::node::Node;
use crate::overlay::layers::OverlayRoot;
use crate::overlay::rules::IgnoredNames;
use crate::overlay_content::{PathEntry, entry_at, entry_of, is_opaque, is_whiteout};
use crate::roots::Roots;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Maximum number of things that are named as left out.
const MAX_LEFT_OUT: usize = 50;

/// A changed path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OverlayChange {
    /// The path in the project, absolute.
    pub(super) path: PathBuf,
    /// State in the project.
    pub(super) before: Option<Node>,
    /// State in the view.
    pub(super) after: Option<Node>,
    /// The path among the view's changes.
    pub(super) content: PathBuf,
}

/// Changes of a view, each folder before what is in it.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Changes to ask about.
    pub(super) changes: Vec<OverlayChange>,
    /// Ignored files that are not what they were.
    pub(super) ignored: Vec<OverlayChange>,
    /// Ignored files and folders that are new: the path among the changes, and in the project.
    pub(super) new_ignored: Vec<(PathBuf, PathBuf)>,
    /// Effects that cannot be applied, each with the reason.
    pub(super) left_out: Vec<String>,
}

impl Scan {
    /// Adds the changes of one folder.
    pub(super) fn add(&mut self, root: &OverlayRoot, roots: &Roots) -> io::Result<()> {
        let names = IgnoredNames::new(&root.root, roots);
        let mut walk = RootScan { root, names, found: self };
        walk.compare_folder(Path::new(""))?;
        walk.entries(Path::new(""), true)
    }

    /// Reports whether nothing was changed.
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.ignored.is_empty() && self.new_ignored.is_empty()
    }

    fn leave_out(&mut self, path: &Path, why: &str) {
        match self.left_out.len() {
            MAX_LEFT_OUT => self.left_out.push("and more like these".to_owned()),
            len if len < MAX_LEFT_OUT => self.left_out.push(format!("{}: {why}", path.display())),
            _ => {}
        }
    }
}

struct RootScan<'a> {
    root: &'a OverlayRoot,
    names: IgnoredNames<'a>,
    found: &'a mut Scan,
}

impl RootScan<'_> {
    /// Looks at what is in a folder of the changes. `is_merged` says that the project's folder shows through where it has one.
    fn entries(&mut self, folder: &Path, is_merged: bool) -> io::Result<()> {
        let upper = self.root.upper.join(folder);
        let is_merged = is_merged && !is_opaque(&upper);
        let mut seen = BTreeSet::new();
        for name in names_in(&upper)? {
            let path = folder.join(&name);
            let content = self.root.upper.join(&path);
            let metadata = content.symlink_metadata()?;
            if is_whiteout(&metadata) {
                self.removed(&path)?;
            } else if self.root.through.contains(&self.root.root.join(&path)) {
                // where the real one was put
            } else {
                self.entry(&path, &content, &metadata, is_merged)?;
            }
            seen.insert(name);
        }
        if !is_merged {
            let below = self.root.root.join(folder);
            let is_folder = below.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
            for name in if is_folder { names_in(&below)? } else { Vec::new() } {
                if !seen.contains(&name) {
                    self.removed(&folder.join(name))?;
                }
            }
        }
        Ok(())
    }

    fn entry(
        &mut self,
        path: &Path,
        content: &Path,
        metadata: &fs::Metadata,
        is_merged: bool,
    ) -> io::Result<()> {
        let there = self.root.root.join(path);
        let before = entry_at(&there)?;
        let is_ignored = self.names.is_ignored(path, metadata.is_dir());
        if self.names.is_protected(path) {
            if before.is_none() || !metadata.is_dir() {
                self.found.leave_out(&there, "protected");
                return Ok(());
            }
        } else if is_ignored && before.is_none() {
            if there.parent().is_some_and(Path::is_dir) {
                self.found.new_ignored.push((content.to_owned(), there));
            } else {
                self.found.leave_out(&there, "ignored, in a folder that is new");
            }
            return Ok(());
        } else if path.to_str().is_none() && before.is_none() {
            self.found.leave_out(&there, "its name is not UTF-8");
            return Ok(());
        }
        let after = match entry_of(content, metadata)? {
            PathEntry::Node(after) => after,
            PathEntry::Other(what) => {
                self.found.leave_out(&there, what);
                return Ok(());
            }
        };
        let before = match before {
            Some(PathEntry::Other(what)) => {
                self.found.leave_out(&there, &format!("it was {what}"));
                return Ok(());
            }
            Some(PathEntry::Node(node)) => Some(node),
            None => None,
        };
        if has_other_attributes((before.as_ref(), &there), (&after, content)) {
            self.found.leave_out(&there, "its extended attributes, which changed");
        }
        let (was_dir, is_dir) = (before.as_ref().is_some_and(Node::is_dir), after.is_dir());
        if was_dir && is_dir {
            self.compare_folder(path)?;
            return self.entries(path, is_merged);
        }
        if before.as_ref() != Some(&after) {
            let change =
                OverlayChange { path: there, before, after: Some(after), content: content.to_owned() };
            if path.to_str().is_none() {
                self.found.leave_out(&change.path, "its name is not UTF-8");
            } else if is_ignored {
                self.found.ignored.push(change);
            } else {
                self.found.changes.push(change);
            }
        }
        if was_dir {
            self.removed_inside(path)?;
        } else if is_dir {
            self.entries(path, false)?;
        }
        Ok(())
    }

    /// Adds the change of a folder's mode.
    fn compare_folder(&mut self, path: &Path) -> io::Result<()> {
        let (there, content) = (self.root.root.join(path), self.root.upper.join(path));
        if let (Some(PathEntry::Node(before)), Some(PathEntry::Node(after))) =
            (entry_at(&there)?, entry_at(&content)?)
            && before.mode() != after.mode()
            && !self.names.is_ignored(path, true)
        {
            self.found.changes.push(OverlayChange {
                path: there,
                before: Some(before),
                after: Some(after),
                content,
            });
        }
        Ok(())
    }

    /// Adds the removal of a path of the project, with all that is in it.
    fn removed(&mut self, path: &Path) -> io::Result<()> {
        let there = self.root.root.join(path);
        let before = match entry_at(&there)? {
            None => return Ok(()),
            Some(PathEntry::Node(node)) => node,
            Some(PathEntry::Other(what)) => {
                self.found.leave_out(&there, &format!("it is {what}, and was removed"));
                return Ok(());
            }
        };
        if path.to_str().is_none() {
            self.found.leave_out(&there, "its name is not UTF-8, and it was removed");
            return Ok(());
        }
        let is_dir = before.is_dir();
        let content = self.root.upper.join(path);
        self.found.changes.push(OverlayChange { path: there, before: Some(before), after: None, content });
        if is_dir { self.removed_inside(path) } else { Ok(()) }
    }

    fn removed_inside(&mut self, folder: &Path) -> io::Result<()> {
        for name in names_in(&self.root.root.join(folder))? {
            self.removed(&folder.join(name))?;
        }
        Ok(())
    }
}

/// Reports whether a command gave a file or folder attributes, or took some and changed nothing else. A file that was written anew has
/// none, and keeps those of the one that it replaces.
fn has_other_attributes((before, there): (Option<&Node>, &Path), (after, content): (&Node, &Path)) -> bool {
    if after.mode().is_none() {
        return false;
    }
    let (was, is) = (Attributes::read_at(there), Attributes::read_at(content));
    // a mode is part of an access control list; what is new begins with the one that its folder says
    let with_lists = before.is_some_and(|before| before.mode() == after.mode());
    is.add_to(&was, with_lists) || (before == Some(after) && was.add_to(&is, true))
}

/// The names in a folder, sorted. A folder that its owner may not list is opened up: it is one of the app's.
fn names_in(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}
