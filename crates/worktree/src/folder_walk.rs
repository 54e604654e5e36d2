//! Walk through folders one at a time, by the rules that snapshots go by.

use crate::ignore::{Scope, is_build_target, is_never_looked_at};
use crate::pseudo_fs;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Walk through folders beneath one. Rules stay as they were first read.
#[derive(Debug)]
pub struct FolderWalk {
    /// Folder that the rules begin at, absolute, links followed.
    base: PathBuf,
    outside: Arc<Scope>,
    /// Rules of folders, by their path relative to the base.
    scopes: HashMap<PathBuf, Arc<Scope>>,
    obeys_rules: bool,
    /// True when the root was asked for by name though the kernel's own words are there.
    is_pseudo: bool,
}

/// Names in a folder, in order.
#[derive(Debug, Default)]
pub struct FolderNames {
    /// Names that are not left out.
    pub entries: Vec<NamedEntry>,
    /// Names that the ignore rules leave out.
    pub ignored: Vec<OsString>,
}

/// Name in a folder.
#[derive(Debug)]
pub struct NamedEntry {
    /// The name.
    pub name: OsString,
    /// Kind of the entry itself, links not followed.
    pub kind: EntryKind,
}

/// Kind of an entry of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A folder.
    Dir,
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A named pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A device, or something else that is no file.
    Device,
}

impl FolderWalk {
    /// Begins a walk at `root`, by the rules of `base`, which it is in or is. A root that is left out itself was asked for by name:
    /// then no rule holds.
    pub fn begin(base: &Path, root: &Path) -> Self {
        let mut walk = Self {
            base: base.to_owned(),
            outside: Scope::outside(base),
            scopes: HashMap::new(),
            obeys_rules: true,
            is_pseudo: std::fs::File::open(root).is_ok_and(|folder| pseudo_fs::is_at(root, Some(folder))),
        };
        let inside = root.strip_prefix(base).unwrap_or(Path::new(""));
        let mut on_the_way = inside.ancestors().filter(|dir| !dir.as_os_str().is_empty());
        walk.obeys_rules = !on_the_way.any(|dir| {
            let has_beside = |file: &str| base.join(dir).with_file_name(file).is_file();
            walk.leaves_out(dir, true, has_beside)
        });
        walk
    }

    /// Lists `folder`, which was opened at `dir`; a folder that is not beneath the base has no rules. Nothing is in one of a file
    /// system such as `/proc`, unless the root is.
    ///
    /// # Errors
    /// Fails when the folder cannot be read.
    pub fn list(&mut self, dir: &Path, folder: impl AsFd) -> io::Result<FolderNames> {
        // a handle may be one that only names the folder
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(folder, ".", flags, Mode::empty())?;
        if !self.is_pseudo && pseudo_fs::is_at(dir, Some(&folder)) {
            return Ok(FolderNames::default());
        }
        let names = names(&folder)?;
        let inside = dir.strip_prefix(&self.base).ok().filter(|_| self.obeys_rules).map(Path::to_owned);
        let has = |file: &str| names.iter().any(|(name, _)| name == file);
        let mut listed = FolderNames::default();
        for (name, kind) in &names {
            let Some(kind) = entry_kind(&folder, name, *kind) else { continue };
            let is_dir = kind == EntryKind::Dir;
            let left_out =
                inside.as_ref().is_some_and(|inside| self.leaves_out(&inside.join(name), is_dir, has));
            if left_out {
                listed.ignored.push(name.clone());
            } else {
                listed.entries.push(NamedEntry { name: name.clone(), kind });
            }
        }
        listed.entries.sort_by(|a, b| a.name.cmp(&b.name));
        listed.ignored.sort();
        Ok(listed)
    }

    /// Reports whether a path relative to the base is left out, given that its folder is not.
    fn leaves_out(&mut self, path: &Path, is_dir: bool, has_beside: impl Fn(&str) -> bool) -> bool {
        let name = path.file_name().unwrap_or_default();
        if is_never_looked_at(name, is_dir) || (is_dir && is_build_target(name, has_beside)) {
            return true;
        }
        let scope = self.scope_of(path.parent().unwrap_or(Path::new("")));
        !scope.is_empty() && scope.leaves_out(&self.base.join(path), is_dir)
    }

    /// Returns the rules of a folder, by its path relative to the base.
    fn scope_of(&mut self, dir: &Path) -> Arc<Scope> {
        if let Some(scope) = self.scopes.get(dir) {
            return scope.clone();
        }
        let above = match dir.parent() {
            Some(parent) => self.scope_of(parent),
            None => self.outside.clone(),
        };
        let scope = above.with_file(&self.base.join(dir));
        self.scopes.insert(dir.to_owned(), scope.clone());
        scope
    }
}

/// Returns the names in an open folder with their kinds, as far as the system tells them.
pub(crate) fn names(folder: impl AsFd) -> Result<Vec<(OsString, FileType)>, Errno> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name != "." && name != ".." {
            names.push((name.to_owned(), entry.file_type()));
        }
    }
    Ok(names)
}

/// Returns the kind of an entry; `None` for one that is gone by now.
fn entry_kind(folder: impl AsFd, name: &OsStr, kind: FileType) -> Option<EntryKind> {
    let kind = match kind {
        FileType::Unknown => {
            let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
            FileType::from_raw_mode(stat.st_mode)
        }
        kind => kind,
    };
    Some(match kind {
        FileType::Directory => EntryKind::Dir,
        FileType::RegularFile => EntryKind::File,
        FileType::Symlink => EntryKind::Link,
        FileType::Fifo => EntryKind::Pipe,
        FileType::Socket => EntryKind::Socket,
        _ => EntryKind::Device,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Returns what a walk from `root` comes by: files, and what is left out with a `!` before it.
    fn walked(base: &Path, root: &Path) -> Vec<String> {
        let mut walk = FolderWalk::begin(base, root);
        let (mut open, mut found) = (vec![root.to_owned()], Vec::new());
        while let Some(dir) = open.pop() {
            let names = walk.list(&dir, fs::File::open(&dir).unwrap()).unwrap();
            let shown = |path: &Path| path.strip_prefix(base).unwrap().display().to_string();
            found.extend(names.ignored.iter().map(|name| format!("!{}", shown(&dir.join(name)))));
            for NamedEntry { name, kind } in names.entries {
                match kind {
                    EntryKind::Dir => open.push(dir.join(name)),
                    _ => found.push(shown(&dir.join(name))),
                }
            }
        }
        found.sort();
        found
    }

    fn write(root: &Path, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    #[test]
    fn the_nearest_rule_decides() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let rules = [(".gitignore", "*.log\n/out/\n!keep.log\n"), ("sub/.gitignore", "!*.log\nsecret\n")];
        let left_out = [("a.log", ""), ("out/x", ""), ("sub/secret", ""), ("other/a.log", "")];
        let kept = [("keep.log", ""), ("sub/a.log", ""), ("sub/out/x", ""), ("secret", "")];
        write(root, &[rules.as_slice(), &left_out, &kept].concat());
        let expected = [
            "!a.log",
            "!other/a.log",
            "!out",
            "!sub/secret",
            ".gitignore",
            "keep.log",
            "secret",
            "sub/.gitignore",
            "sub/a.log",
            "sub/out/x",
        ];
        assert_eq!(walked(root, root), expected);
        assert_eq!(
            walked(root, &root.join("sub")),
            ["!sub/secret", "sub/.gitignore", "sub/a.log", "sub/out/x"]
        );
        assert_eq!(walked(root, &root.join("out")), ["out/x"], "asked for by name");
    }

    #[test]
    fn rules_above_the_root_count_up_to_the_repository() {
        let dir = tempfile::tempdir().unwrap();
        let (above, repository) = (dir.path(), dir.path().join("repo"));
        write(above, &[(".gitignore", "*.a")]);
        write(&repository, &[(".gitignore", "*.b\n/part/c"), (".git/info/exclude", "*.d")]);
        let part = repository.join("part");
        write(&part, &[("x.a", ""), ("x.b", ""), ("c", ""), ("x.d", ""), ("sub/c", "")]);
        assert_eq!(walked(&part, &part), ["!c", "!x.b", "!x.d", "sub/c", "x.a"]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_kernels_own_file_systems_are_looked_into_only_when_they_are_asked_for() {
        let listed = |root: &str, dir: &str| {
            let mut walk = FolderWalk::begin(Path::new(root), Path::new(root));
            walk.list(Path::new(dir), fs::File::open(dir).unwrap()).unwrap().entries.len()
        };
        for dir in ["/proc", "/sys", "/dev"] {
            assert_eq!(listed("/", dir), 0, "{dir}");
            assert!(listed(dir, dir) > 0, "{dir}");
        }
        assert!(listed("/", "/usr") > 0);
    }

    #[test]
    fn folders_of_tools_are_left_out_without_any_rule() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let files = [
            ".git/HEAD",
            "a/node_modules/b",
            "target/debug/x",
            "src/target/x",
            "Cargo.toml",
            "src/node_modules",
        ];
        write(root, &files.map(|path| (path, "")));
        let expected =
            ["!.git", "!a/node_modules", "!target", "Cargo.toml", "src/node_modules", "src/target/x"];
        assert_eq!(walked(root, root), expected);
    }
}
