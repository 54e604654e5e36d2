//! Looking through the repositories that a command has made, from outside, once nothing of the command is left.
//!
//! A repository's hooks and settings run programs when somebody uses git in it: a file manager, a prompt, an editor do so unasked.
//! One that has hooks, or settings other than plain ones, gets a name by which git does not find it.

use crate::report::{MadeRepository, SetAside};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, RenameFlags, ResolveFlags};
use rustix::io::Errno;
use std::ffi::CStr;
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};

/// Maximum size of a file of settings, in bytes.
const MAX_SETTINGS: u64 = 256 * 1024;

/// Maximum number of entries looked at in one repository.
const MAX_ENTRIES: usize = 20_000;

/// Maximum depth of folders in a repository.
const MAX_DEPTH: usize = 32;

/// Settings that run nothing, as `section.key`; the section's own name in quotes is left out.
const PLAIN: &[&str] = &[
    "core.repositoryformatversion",
    "core.filemode",
    "core.bare",
    "core.logallrefupdates",
    "core.ignorecase",
    "core.precomposeunicode",
    "core.symlinks",
    "core.autocrlf",
    "core.eol",
    "core.abbrev",
    "core.sparsecheckout",
    "init.defaultbranch",
    "user.name",
    "user.email",
    "remote.url",
    "remote.pushurl",
    "remote.fetch",
    "remote.tagopt",
    "remote.promisor",
    "remote.partialclonefilter",
    "branch.remote",
    "branch.merge",
    "branch.rebase",
    "branch.description",
    "extensions.objectformat",
    "extensions.partialclone",
    "extensions.refstorage",
    "submodule.active",
    "submodule.url",
    "pull.rebase",
    "pull.ff",
    "push.default",
    "push.autosetupremote",
    "color.ui",
    "commit.gpgsign",
];

/// Renames each of the repositories that would run a program, and tells of them.
pub(crate) fn set_aside(made: &[MadeRepository]) -> Vec<SetAside> {
    made.iter().filter_map(look_through).collect()
}

fn look_through(made: &MadeRepository) -> Option<SetAside> {
    let folder = made.path.parent()?;
    let name = made.path.file_name()?;
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    // no link on the way: whoever writes here could lead to a repository of the person's own
    let folder = rustix::fs::openat2(CWD, folder, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS).ok()?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let repository = rustix::fs::openat(&folder, name, flags, Mode::empty()).ok()?;
    let stat = rustix::fs::fstat(&repository).ok()?;
    if (stat.st_dev, stat.st_ino) != (made.device, made.inode) {
        return None;
    }
    let mut left = MAX_ENTRIES;
    let why = runs_programs(&repository, 0, &mut left)?;
    let to = rename(&folder, name).ok().map(|name| made.path.with_file_name(name));
    Some(SetAside { from: made.path.clone(), to, why })
}

/// Gives the repository the first name that is free.
fn rename(folder: &OwnedFd, name: &std::ffi::OsStr) -> Result<String, Errno> {
    for number in 1..100 {
        let to = if number == 1 { "git-set-aside".to_owned() } else { format!("git-set-aside-{number}") };
        match rustix::fs::renameat_with(folder, name, folder, &to, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(to),
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Errno::EXIST)
}

/// Finds what in a repository's folder would run a program; what cannot be looked at counts.
fn runs_programs(folder: &OwnedFd, depth: usize, left: &mut usize) -> Option<String> {
    let Ok(entries) = Dir::read_from(folder) else { return Some("a folder that cannot be read".to_owned()) };
    for entry in entries {
        let Ok(entry) = entry else { return Some("a folder that cannot be read".to_owned()) };
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        *left = left.saturating_sub(1);
        if *left == 0 || depth > MAX_DEPTH {
            return Some("more files than can be looked through".to_owned());
        }
        let Ok(stat) = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
        let kind = FileType::from_raw_mode(stat.st_mode);
        let shown = name.to_string_lossy();
        let lower = shown.to_lowercase();
        let found = match lower.as_str() {
            "commondir" => Some("the file commondir".to_owned()),
            "config" | "config.worktree" if kind == FileType::RegularFile => settings(folder, name),
            "config" | "config.worktree" | "hooks" if kind == FileType::Symlink => {
                Some(format!("{shown}, a link"))
            }
            "hooks" if kind == FileType::Directory => hook(folder, name),
            // what git stores under the names of contents
            "objects" if depth == 0 => None,
            _ if kind == FileType::Directory => open_folder(folder, name)
                .map_or(Some(format!("{shown}, which cannot be read")), |inner| {
                    runs_programs(&inner, depth + 1, left)
                }),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn open_folder(folder: impl AsFd, name: &CStr) -> Option<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(folder, name, flags, Mode::empty()).ok()
}

/// Finds a hook that git would run.
fn hook(folder: &OwnedFd, name: &CStr) -> Option<String> {
    let hooks = open_folder(folder, name)?;
    for entry in Dir::read_from(&hooks).ok()?.flatten() {
        let name = entry.file_name();
        let is_sample = name.to_bytes().ends_with(b".sample") || matches!(name.to_bytes(), b"." | b"..");
        let runs = |stat: rustix::fs::Stat| {
            FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile || stat.st_mode & 0o111 != 0
        };
        if !is_sample && rustix::fs::statat(&hooks, name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(runs) {
            return Some(format!("the hook {}", name.to_string_lossy()));
        }
    }
    None
}

/// Finds a setting that is not a plain one.
fn settings(folder: &OwnedFd, name: &CStr) -> Option<String> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let unread = || Some("settings that cannot be read".to_owned());
    let Ok(file) = rustix::fs::openat(folder, name, flags, Mode::empty()) else { return unread() };
    let mut text = Vec::new();
    if File::from(file).take(MAX_SETTINGS + 1).read_to_end(&mut text).is_err()
        || text.len() as u64 > MAX_SETTINGS
    {
        return unread();
    }
    let Ok(text) = String::from_utf8(text) else { return unread() };
    setting_that_may_run(&text)
}

fn setting_that_may_run(text: &str) -> Option<String> {
    let mut section = String::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(header) = line.strip_prefix('[') {
            // a setting may stand on the header's own line, which git itself never writes
            let Some(header) = header.strip_suffix(']') else { return Some(format!("the line {line}")) };
            let (name, own) = header.split_once(' ').unwrap_or((header, ""));
            if name.contains(['.', ']', '[']) || own.contains(']') {
                return Some(format!("the line {line}"));
            }
            section = name.to_lowercase();
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, "true"));
        let setting = format!("{section}.{}", key.trim().to_lowercase());
        let value = value.trim().trim_matches('"');
        // git's transport `ext` runs what the address says
        let runs = value.contains("ext::") || value.starts_with('-') || line.ends_with('\\');
        if runs || !PLAIN.contains(&setting.as_str()) {
            return Some(format!("the setting {setting}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_git_writes_itself_are_plain_and_those_that_run_something_are_not() {
        let plain = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n[remote \"origin\"]\n\turl = ../x\n\t\
                     fetch = +refs/heads/*:refs/remotes/origin/*\n[branch \"a.b\"]\n\tremote = origin\n\tmerge = refs/heads/a.b\n";
        assert_eq!(setting_that_may_run(plain), None);
        for text in [
            "[core]\n\tfsmonitor = evil",
            "[core]\n\thooksPath = ../x",
            "[CORE]\nSSHCommand = x",
            "[core] fsmonitor = x",
            "[core]filemode = true\nfsmonitor = x",
            "[filter \"x\"]\nclean = x",
            "[include]\npath = ../x",
            "[includeIf \"onbranch:x\"]\npath = ../x",
            "[remote \"x\"]\nurl = ext::sh -c x",
            "[remote \"x\"]\nvcs = x",
            "[remote \"x\"]\nuploadpack = x",
            "[user]\nname = a\\\n[core]\nfsmonitor = x",
            "[alias]\nst = !x",
            "[gpg]\nprogram = x",
            "[remote.x]\nurl = y",
        ] {
            assert!(setting_that_may_run(text).is_some(), "{text}");
        }
    }
}
