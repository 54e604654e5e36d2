//! The project's files as they were last seen, kept up to date by looking again only at what may have changed.

use super::entry::{Entry, MAX_TEXT_BYTES, Room, Stamp};
use super::folders::Folders;
use crate::ignore::IgnoreRules;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of text held in all.
const MAX_HELD_BYTES: u64 = 64 * 1024 * 1024;

/// Bytes read at most in one pass of files that are not held.
const MAX_HASHED_PER_PASS: u64 = 64 * 1024 * 1024;

/// Files followed.
const MAX_FILES: usize = 50_000;

/// Files by path: relative to the root, or absolute where a patch wrote outside of it.
pub(super) type Files = BTreeMap<PathBuf, Arc<Entry>>;

/// How a file looked before and after it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) before: Option<Stamp>,
    pub(super) after: Option<Stamp>,
}

/// What changed, by path.
pub(super) type Changes = BTreeMap<PathBuf, Change>;

/// The project's files.
#[derive(Debug)]
pub(super) struct Tree {
    root: PathBuf,
    rules: IgnoreRules,
    pub(super) files: Files,
    held_bytes: u64,
    /// Paths followed although the rules leave them out: a patch is about to write them.
    named: BTreeSet<PathBuf>,
    /// Files not followed because there are too many.
    left_out: usize,
    max_files: usize,
    max_held_bytes: u64,
}

/// Whether a pass takes in the rules of the folders it comes through.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// Reads them.
    Learn,
    /// Keeps those it has.
    Keep,
}

impl Tree {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            rules: IgnoreRules::new(root),
            files: Files::new(),
            held_bytes: 0,
            named: BTreeSet::new(),
            left_out: 0,
            max_files: MAX_FILES,
            max_held_bytes: MAX_HELD_BYTES,
        }
    }

    /// Looks at everything. Gives the paths that are not as they were.
    pub(super) fn look_over(&mut self, rules: Rules, folders: &mut Folders) -> Changes {
        if rules == Rules::Learn {
            self.rules = IgnoreRules::new(&self.root);
            self.named.clear();
        }
        folders.forget_missing();
        self.left_out = 0;
        let mut pass = Pass::new(rules, self.room());
        self.look_into(Path::new(""), &mut pass, folders);
        for path in self.named.clone() {
            self.look_at_file(&path, &mut pass);
        }
        let gone: Vec<_> = self.files.keys().filter(|path| !pass.seen.contains(*path)).cloned().collect();
        for path in gone {
            self.remove(&path, &mut pass);
        }
        pass.changed
    }

    /// Looks at these paths and all beneath them. Gives the paths that are not as they were.
    pub(super) fn look_at(&mut self, paths: &[PathBuf], folders: &mut Folders) -> Changes {
        let mut pass = Pass::new(Rules::Keep, self.room());
        let is_dir = |path: &Path| path.symlink_metadata().map(|meta| meta.is_dir());
        // what is gone first: a folder that was moved is watched anew under its new name only then
        let (there, gone): (Vec<_>, Vec<_>) =
            paths.iter().partition(|path| is_dir(&self.root.join(path)).is_ok());
        for path in gone {
            folders.forget(&self.root.join(path));
            self.remove_beneath(path, &mut pass);
        }
        for path in there {
            if self.named.contains(path) {
                self.look_at_file(path, &mut pass);
            } else if is_dir(&self.root.join(path)).unwrap_or(false) {
                if !self.rules.leave_out_way(path, true) {
                    folders.forget(&self.root.join(path));
                    self.look_into(path, &mut pass, folders);
                    self.remove_beneath(path, &mut pass);
                }
            } else if !self.rules.leave_out_way(path, false) {
                self.remove_beneath_only(path, &mut pass);
                self.look_at_file(path, &mut pass);
            }
        }
        pass.changed
    }

    /// Follows a path from now on, whatever the rules say, and holds its text, however much is held already.
    pub(super) fn name(&mut self, path: &Path) {
        self.named.insert(path.to_owned());
        if self.files.get(path).is_none_or(|entry| entry.lacks_room()) {
            self.forget(path);
            let mut pass = Pass::new(Rules::Keep, self.room());
            self.look_at_file(path, &mut pass);
        }
    }

    /// What is left out and why, for people.
    pub(super) fn notes(&self) -> Vec<String> {
        let (mut large, mut unheld) = (0, 0);
        for entry in self.files.values() {
            large += usize::from(entry.is_large());
            unheld += usize::from(entry.lacks_room());
        }
        let note = |count: usize, what: &str| {
            (count > 0).then(|| format!("{count} {} {what}", if count == 1 { "file" } else { "files" }))
        };
        [
            note(large, "over 1 MiB: shown as changed or not, but not how"),
            note(unheld, "beyond the 64 MiB that are held: shown as changed or not, but not how"),
            note(self.left_out, "beyond the first 50,000: not followed at all"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// A path and what is beneath it, of what was seen last.
    fn beneath<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = &'a PathBuf> {
        self.files
            .range(path.to_owned()..)
            .map(|(file, _)| file)
            .take_while(move |file| file.starts_with(path))
    }

    fn room(&self) -> Room {
        Room { hold: self.max_held_bytes.saturating_sub(self.held_bytes), hash: MAX_HASHED_PER_PASS }
    }

    /// Looks at a folder and everything in it. The folder is watched before it is read, so that nothing falls between.
    fn look_into(&mut self, dir: &Path, pass: &mut Pass, folders: &mut Folders) {
        let absolute = self.root.join(dir);
        folders.follow(&absolute);
        if pass.rules == Rules::Learn {
            self.rules.learn(dir);
        }
        let entries = match std::fs::read_dir(&absolute) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(_) => {
                // it is there, and cannot be read: nothing is known that was not before
                pass.seen.extend(self.beneath(dir).cloned());
                return;
            }
        };
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = dir.join(entry.file_name());
            if self.rules.leave_out(&path, kind.is_dir()) {
                continue;
            }
            if kind.is_dir() {
                self.look_into(&path, pass, folders);
            } else {
                self.look_at_file(&path, pass);
            }
        }
    }

    fn look_at_file(&mut self, path: &Path, pass: &mut Pass) {
        let absolute = self.root.join(path);
        let before = self.files.get(path);
        let Ok(meta) = absolute.symlink_metadata() else {
            self.remove(path, pass);
            return;
        };
        if before.is_some_and(|before| before.is_still(&Stamp::of(&meta))) {
            pass.seen.insert(path.to_owned());
            return;
        }
        if before.is_none() && self.files.len() >= self.max_files {
            self.left_out += 1;
            return;
        }
        // what a patch writes is always shown line by line
        let mut own_room = Room { hold: MAX_TEXT_BYTES, hash: MAX_HASHED_PER_PASS };
        let room = if self.named.contains(path) { &mut own_room } else { &mut pass.room };
        match Entry::read(&absolute, &meta, room) {
            Ok(Some(entry)) => {
                pass.seen.insert(path.to_owned());
                self.put(path, entry, pass);
            }
            Ok(None) => self.remove(path, pass),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.remove(path, pass),
            // it is there, and cannot be read: nothing is known that was not before
            Err(_) => {
                pass.seen.insert(path.to_owned());
            }
        }
    }

    fn put(&mut self, path: &Path, entry: Entry, pass: &mut Pass) {
        let before = self.files.get(path);
        let same = before.is_some_and(|before| before.same(&entry));
        self.held_bytes -= before.map_or(0, |before| before.held_bytes());
        self.held_bytes += entry.held_bytes();
        pass.room.hold = self.max_held_bytes.saturating_sub(self.held_bytes);
        if !same {
            pass.found(path, before.map(|before| before.stamp), Some(entry.stamp));
        }
        self.files.insert(path.to_owned(), Arc::new(entry));
    }

    fn remove(&mut self, path: &Path, pass: &mut Pass) {
        if let Some(entry) = self.forget(path) {
            pass.found(path, Some(entry.stamp), None);
        }
    }

    fn forget(&mut self, path: &Path) -> Option<Arc<Entry>> {
        let entry = self.files.remove(path)?;
        self.held_bytes -= entry.held_bytes();
        Some(entry)
    }

    /// Removes a path and what was beneath it, but for what this pass has seen.
    fn remove_beneath(&mut self, path: &Path, pass: &mut Pass) {
        let gone: Vec<_> = self.beneath(path).filter(|file| !pass.seen.contains(*file)).cloned().collect();
        for file in gone {
            self.remove(&file, pass);
        }
    }

    /// Removes what was beneath a path that is a file by now.
    fn remove_beneath_only(&mut self, path: &Path, pass: &mut Pass) {
        pass.seen.insert(path.to_owned());
        self.remove_beneath(path, pass);
        pass.seen.remove(path);
    }
}

/// What one pass over the files has come upon.
struct Pass {
    rules: Rules,
    room: Room,
    seen: HashSet<PathBuf>,
    changed: Changes,
}

impl Pass {
    fn new(rules: Rules, room: Room) -> Self {
        Self { rules, room, seen: HashSet::new(), changed: Changes::new() }
    }

    fn found(&mut self, path: &Path, before: Option<Stamp>, after: Option<Stamp>) {
        self.changed.entry(path.to_owned()).or_insert(Change { before, after }).after = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn tree() -> (tempfile::TempDir, Tree) {
        let dir = tempfile::tempdir().unwrap();
        let tree = Tree::new(dir.path());
        (dir, tree)
    }

    fn look_over(tree: &mut Tree) -> Vec<String> {
        let changed = tree.look_over(Rules::Learn, &mut Folders::unwatched());
        changed.keys().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn only_what_changed_is_given() {
        let (dir, mut tree) = tree();
        let root = dir.path();
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("a/b/one"), "1").unwrap();
        fs::write(root.join("two"), "2").unwrap();
        assert_eq!(look_over(&mut tree), ["a/b/one", "two"]);
        assert_eq!(look_over(&mut tree), Vec::<String>::new());
        // the same size within the grain of the clock
        fs::write(root.join("two"), "3").unwrap();
        assert_eq!(look_over(&mut tree), ["two"]);
        // other dates, the same content
        fs::write(root.join("two"), "3").unwrap();
        assert_eq!(look_over(&mut tree), Vec::<String>::new());
        fs::remove_dir_all(root.join("a")).unwrap();
        assert_eq!(look_over(&mut tree), ["a/b/one"]);
    }

    #[test]
    fn a_file_in_place_of_a_folder_and_the_other_way_round() {
        let (dir, mut tree) = tree();
        let path = dir.path().join("x");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("y"), "1").unwrap();
        look_over(&mut tree);
        fs::remove_dir_all(&path).unwrap();
        fs::write(&path, "2").unwrap();
        let mut look = || {
            let changed = tree.look_at(&[PathBuf::from("x")], &mut Folders::unwatched());
            changed.into_keys().map(|path| path.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(look(), ["x", "x/y"]);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        fs::write(path.join("y"), "1").unwrap();
        assert_eq!(look(), ["x", "x/y"]);
    }

    #[test]
    fn what_is_too_much_is_said() {
        let (dir, mut tree) = tree();
        tree.max_files = 2;
        fs::write(dir.path().join("large"), vec![b'x'; 1024 * 1024 + 1]).unwrap();
        fs::write(dir.path().join("small"), "x").unwrap();
        look_over(&mut tree);
        fs::write(dir.path().join("third"), "x").unwrap();
        look_over(&mut tree);
        let notes = tree.notes();
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].starts_with("1 file over 1 MiB") && notes[1].starts_with("1 file beyond the first"));
        fs::write(dir.path().join("large"), vec![b'y'; 1024 * 1024 + 1]).unwrap();
        assert_eq!(look_over(&mut tree), ["large"]);
    }

    #[test]
    fn a_patchs_file_is_held_however_full_it_is() {
        let (dir, mut tree) = tree();
        tree.max_held_bytes = 2;
        fs::write(dir.path().join("a"), "12").unwrap();
        fs::write(dir.path().join("b"), "12").unwrap();
        look_over(&mut tree);
        let lacking: Vec<_> =
            tree.files.iter().filter(|(_, entry)| entry.lacks_room()).map(|(path, _)| path).collect();
        assert_eq!(lacking.len(), 1);
        assert!(tree.notes()[0].starts_with("1 file beyond the 64 MiB"));
        let path = lacking[0].clone();
        tree.name(&path);
        assert_eq!(tree.files[&path].held_bytes(), 2);
        fs::write(dir.path().join(&path), "34").unwrap();
        let changed = tree.look_at(std::slice::from_ref(&path), &mut Folders::unwatched());
        assert!(changed.into_keys().eq([path.clone()]));
        assert_eq!(tree.files[&path].held_bytes(), 2);
    }

    #[test]
    fn pipes_are_not_waited_for_and_links_not_followed() {
        let (dir, mut tree) = tree();
        let pipe = dir.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        std::os::unix::fs::symlink("/", dir.path().join("all")).unwrap();
        assert_eq!(look_over(&mut tree), ["all"]);
    }
}
