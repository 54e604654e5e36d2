//! Plans that take back a part of what differs from an earlier state: one file, or lines of one.

use crate::changes::{NodeChange, links_at, node_at};
use crate::error::Error;
use crate::hunk_lines::{HunkLines, without_hunk};
use crate::node::{CheckpointId, KeptAttributes, Node, ObjectHash, Tree};
use crate::plan::RestorePlan;
use crate::store::Store;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// File as it was in a state that is no checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EarlierFile {
    /// A regular file.
    File {
        /// Whether it was a program.
        executable: bool,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// A symbolic link, with its target as it is written.
    Link(Vec<u8>),
}

/// File whose changes are reverted. Paths are relative to the project.
#[derive(Clone, Copy, Debug)]
pub struct RevertFile<'a> {
    /// Its path.
    pub path: &'a Path,
    /// The path it had, when it was moved.
    pub old_path: Option<&'a Path>,
    /// The only lines to revert.
    pub lines: Option<&'a HunkLines>,
}

impl Store {
    /// Returns the changes from a snapshot to earlier files, by path. `None` where there was no file.
    pub fn changes_to(
        &mut self,
        now: CheckpointId,
        earlier: &BTreeMap<PathBuf, Option<EarlierFile>>,
    ) -> Result<Vec<NodeChange>, Error> {
        let _lock = self.lock()?;
        let root = self.objects.root(&now)?;
        let mut changes: BTreeMap<PathBuf, NodeChange> = BTreeMap::new();
        let mut contents = Vec::new();
        for (path, file) in earlier {
            let before = node_at(&self.objects, &root, path)?;
            let after = file.as_ref().map(|file| match file {
                EarlierFile::File { executable, bytes } => {
                    contents.push(bytes);
                    file_node(git_mode(before.as_ref().and_then(Node::mode), *executable), bytes)
                }
                EarlierFile::Link(target) => Node::Link { target: target.clone() },
            });
            if before == after || before.as_ref().is_some_and(Node::is_dir) {
                continue;
            }
            if after.is_some() {
                // what is put back needs its folders
                for folder in path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()) {
                    if node_at(&self.objects, &root, folder)?.is_none() {
                        let (tree, _) = Tree::default().encoded();
                        let made = Some(Node::Dir { mode: 0o755, tree });
                        changes.insert(folder.to_owned(), change(folder, None, made));
                    }
                }
            }
            changes.insert(path.clone(), change(path, before, after));
        }
        self.put_contents(contents)?;
        Ok(changes.into_values().collect())
    }

    /// Plans to revert a file, or lines of it. `changes` lead from the snapshot `now` to the earlier state. `None` when the file
    /// is not among them, or not kept.
    pub fn plan_revert(
        &mut self,
        now: CheckpointId,
        changes: &[NodeChange],
        file: RevertFile<'_>,
    ) -> Result<Option<RestorePlan>, Error> {
        let find = |path: &Path| changes.iter().find(|change| change.path == path);
        let mut restore = match (find(file.path), file.lines) {
            (None, _) => return Ok(None),
            (Some(own), Some(lines)) => {
                let earlier = file.old_path.map_or(Some(own), find).and_then(|change| change.after.as_ref());
                let Some(reverted) = self.without_hunk(own, earlier, lines)? else { return Ok(None) };
                vec![reverted]
            }
            (Some(own), None) => {
                let moved_from = file.old_path.and_then(find);
                let both = [Some(own), moved_from].into_iter().flatten().cloned();
                let paths = [Some(file.path), file.old_path];
                let is_made = |change: &&NodeChange| {
                    change.before.is_none()
                        && change.after.as_ref().is_some_and(Node::is_dir)
                        && paths
                            .iter()
                            .flatten()
                            .any(|path| *path != change.path && path.starts_with(&change.path))
                };
                changes.iter().filter(is_made).cloned().chain(both).collect()
            }
        };
        let unkept = |change: &NodeChange| {
            [&change.before, &change.after].into_iter().flatten().any(|node| node.unkept().is_some())
        };
        if restore.iter().any(unkept) {
            return Ok(None);
        }
        let _lock = self.lock()?;
        let root = self.objects.root(&now)?;
        // all names of a file are that file
        for change in restore.clone() {
            if !matches!((&change.before, &change.after), (Some(Node::File { .. }), Some(Node::File { .. })))
            {
                continue;
            }
            for name in links_at(&self.objects, &root, &change.path)? {
                if restore.iter().all(|other| other.path != name) {
                    restore.push(NodeChange {
                        path: name,
                        links: vec![change.path.clone()],
                        ..change.clone()
                    });
                }
            }
        }
        restore.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Some(RestorePlan { restore, conflicts: Vec::new(), left_alone: Vec::new() }))
    }

    /// Returns the change that puts the earlier lines of a hunk back into the present text.
    fn without_hunk(
        &mut self,
        own: &NodeChange,
        earlier: Option<&Node>,
        lines: &HunkLines,
    ) -> Result<Option<NodeChange>, Error> {
        let (Some(now @ Node::File { mode, .. }), Some(earlier)) = (&own.before, earlier) else {
            return Ok(None);
        };
        let (Some(now), Some(earlier)) = (self.content(now)?, self.content(earlier)?) else {
            return Ok(None);
        };
        let Some(bytes) = without_hunk(&now, &earlier, lines) else { return Ok(None) };
        let _lock = self.lock()?;
        self.put_contents([&bytes])?;
        let after = file_node(*mode, &bytes);
        Ok(Some(change(&own.path, own.before.clone(), Some(after))))
    }

    fn put_contents<'b>(&mut self, contents: impl IntoIterator<Item = &'b Vec<u8>>) -> Result<(), Error> {
        let mut writer = self.objects.writer();
        for bytes in contents {
            writer.put(&ObjectHash::of_content(bytes), || bytes.clone())?;
        }
        writer.finish()?;
        self.objects.refresh()
    }
}

fn change(path: &Path, before: Option<Node>, after: Option<Node>) -> NodeChange {
    let (attributes, links) = (KeptAttributes::Unknown, Vec::new());
    NodeChange { path: path.to_owned(), before, after, attributes, links }
}

fn file_node(mode: u32, bytes: &[u8]) -> Node {
    Node::File { mode, size: bytes.len() as u64, content: ObjectHash::of_content(bytes) }
}

/// Returns the mode of a file of which git knows only whether it is a program: that of the file that is there, as far as it fits.
fn git_mode(now: Option<u32>, executable: bool) -> u32 {
    let mode = now.unwrap_or(0o644);
    if (mode & 0o111 != 0) == executable {
        mode
    } else if executable {
        mode | ((mode & 0o444) >> 2)
    } else {
        mode & !0o111
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    struct Project {
        _dir: tempfile::TempDir,
        root: PathBuf,
        store: Store,
    }

    impl Project {
        fn new(files: &[(&str, &str)]) -> Self {
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path().join("project");
            fs::create_dir(&root).unwrap();
            for (path, text) in files {
                fs::write(root.join(path), text).unwrap();
            }
            let store = Store::open(&dir.path().join("store"), &root).unwrap();
            Self { _dir: dir, root, store }
        }

        fn snapshot(&mut self) -> CheckpointId {
            self.store.snapshot(&[]).unwrap().0
        }

        fn revert(&mut self, base: CheckpointId, file: RevertFile<'_>) -> bool {
            let now = self.snapshot();
            let changes = self.store.changes(now, base).unwrap();
            let Some(plan) = self.store.plan_revert(now, &changes, file).unwrap() else { return false };
            self.store.apply(&plan, false).unwrap();
            true
        }

        fn text(&self, path: &str) -> String {
            fs::read_to_string(self.root.join(path)).unwrap()
        }
    }

    fn whole(path: &str) -> RevertFile<'_> {
        RevertFile { path: Path::new(path), old_path: None, lines: None }
    }

    #[test]
    fn a_hunk_goes_back_with_the_endings_it_had_and_all_else_stays() {
        let mut project = Project::new(&[("a.txt", "one\r\ntwo\nthree\nfour")]);
        let base = project.snapshot();
        fs::write(project.root.join("a.txt"), "ONE\ntwo\nthree\nmore\nFOUR\n").unwrap();
        let lines = HunkLines { old: 3..4, new: 3..5 };
        let file = RevertFile { lines: Some(&lines), ..whole("a.txt") };
        assert!(project.revert(base, file));
        assert_eq!(project.text("a.txt"), "ONE\ntwo\nthree\nfour");
        let lines = HunkLines { old: 0..1, new: 0..1 };
        assert!(project.revert(base, RevertFile { lines: Some(&lines), ..whole("a.txt") }));
        assert_eq!(project.text("a.txt"), "one\r\ntwo\nthree\nfour");
        let beyond = HunkLines { old: 0..1, new: 7..9 };
        assert!(!project.revert(base, RevertFile { lines: Some(&beyond), ..whole("a.txt") }));
    }

    #[test]
    fn a_file_comes_back_with_its_folders_and_every_name_of_it() {
        let mut project = Project::new(&[("named.txt", "named\n")]);
        fs::hard_link(project.root.join("named.txt"), project.root.join("other.txt")).unwrap();
        fs::create_dir_all(project.root.join("deep/er")).unwrap();
        fs::write(project.root.join("deep/er/file"), "deep\n").unwrap();
        let base = project.snapshot();
        fs::remove_dir_all(project.root.join("deep")).unwrap();
        fs::write(project.root.join("named.txt"), "changed\n").unwrap();
        fs::write(project.root.join("added"), "added\n").unwrap();
        assert!(project.revert(base, whole("deep/er/file")));
        assert!(project.revert(base, whole("named.txt")));
        assert!(project.revert(base, whole("added")));
        assert!(!project.revert(base, whole("no-such-file")));
        let texts = ["deep/er/file", "named.txt", "other.txt"].map(|path| project.text(path));
        assert_eq!(texts, ["deep\n", "named\n", "named\n"]);
        assert!(!project.root.join("added").exists());
    }

    #[test]
    fn earlier_files_from_elsewhere_are_compared_and_restored() {
        let mut project = Project::new(&[("a.txt", "now\n"), ("same.txt", "same\n"), ("new.txt", "new\n")]);
        let file = |text: &str| Some(EarlierFile::File { executable: false, bytes: text.into() });
        let earlier = BTreeMap::from([
            (PathBuf::from("a.txt"), file("then\n")),
            (PathBuf::from("same.txt"), file("same\n")),
            (PathBuf::from("new.txt"), None),
            (PathBuf::from("gone/link"), Some(EarlierFile::Link(b"a.txt".to_vec()))),
        ]);
        let now = project.snapshot();
        let changes = project.store.changes_to(now, &earlier).unwrap();
        let paths: Vec<_> = changes.iter().map(|change| change.path.to_str().unwrap()).collect();
        assert_eq!(paths, ["a.txt", "gone", "gone/link", "new.txt"]);
        for path in ["a.txt", "gone/link", "new.txt"] {
            let now = project.snapshot();
            let changes = project.store.changes_to(now, &earlier).unwrap();
            let plan = project.store.plan_revert(now, &changes, whole(path)).unwrap().unwrap();
            project.store.apply(&plan, false).unwrap();
        }
        assert_eq!(project.text("a.txt"), "then\n");
        assert_eq!(fs::read_link(project.root.join("gone/link")).unwrap(), Path::new("a.txt"));
        assert!(!project.root.join("new.txt").exists());
        assert_eq!(
            [git_mode(None, false), git_mode(Some(0o600), true), git_mode(Some(0o755), false)],
            [0o644, 0o700, 0o644]
        );
    }
}
