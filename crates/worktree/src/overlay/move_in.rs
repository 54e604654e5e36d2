//! Ignored files of a view, which are taken into the project without a question.

use crate::changes::NodeChange;
use crate::error::Error;
use crate::node::{KeptAttributes, Node};
use crate::overlay::scan::{OverlayChange, Scan};
use crate::overlay_content::read_file;
use crate::staged::STAGED_PREFIX;
use crate::transaction::{Style, Transaction, TransactionLog, TransactionPurpose};
use crate::walk::open_folder;
use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;
use std::fs;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// Moves in what is ignored. Returns what could not be, each with the reason.
pub(super) fn move_in(scan: &Scan, log: &TransactionLog) -> Vec<String> {
    let mut failed = Vec::new();
    for (content, path) in &scan.new_ignored {
        if let Err(error) = move_new(content, path) {
            failed.push(format!("{}: ignored, and could not be moved in: {error}", path.display()));
        }
    }
    for change in &scan.ignored {
        if let Err(error) = change_ignored(change, log) {
            failed.push(format!("{}: ignored, and could not be changed: {error}", change.path.display()));
        }
    }
    failed
}

/// Gives what is at `content` the absolute name `path`, which nothing must have: all of it, or nothing. No link on the way there is
/// followed: a program that still runs may have put one.
fn move_new(content: &Path, path: &Path) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
    let beneath = folder.strip_prefix("/").unwrap_or(folder);
    let folder = open_folder(fs::File::open("/")?, beneath)?;
    let path = &PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(name);
    match rustix::fs::renameat_with(CWD, content, CWD, path, RenameFlags::NOREPLACE) {
        Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS) => {}
        other => return Ok(other?),
    }
    let name = format!("{STAGED_PREFIX}{}", uuid::Uuid::now_v7().simple());
    let staged = path.with_file_name(name);
    let moved = copy_all(content, &staged).and_then(|()| {
        match rustix::fs::renameat_with(CWD, &staged, CWD, path, RenameFlags::NOREPLACE) {
            // a file system that cannot say "and replace nothing"
            Err(Errno::INVAL | Errno::NOSYS) if path.symlink_metadata().is_err() => fs::rename(&staged, path),
            other => Ok(other?),
        }
    });
    if moved.is_err() {
        let _ = fs::remove_file(&staged);
        let _ = fs::remove_dir_all(&staged);
    }
    moved
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = from.symlink_metadata()?;
    if metadata.is_dir() {
        fs::create_dir(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy_all(&entry.path(), &to.join(entry.file_name()))?;
        }
        fs::set_permissions(to, metadata.permissions())
    } else if metadata.is_symlink() {
        std::os::unix::fs::symlink(fs::read_link(from)?, to)
    } else if metadata.is_file() {
        fs::copy(from, to).map(drop)
    } else {
        // pipes and sockets of an ended command are of no use to anybody
        Ok(())
    }
}

fn change_ignored(change: &OverlayChange, log: &TransactionLog) -> Result<(), Error> {
    let (root, name): (PathBuf, PathBuf) = match (change.path.parent(), change.path.file_name()) {
        (Some(parent), Some(name)) => (parent.to_owned(), name.into()),
        _ => return Ok(()),
    };
    let bytes = match &change.after {
        Some(Node::File { .. }) => {
            read_file(&change.content).map_err(Error::io("cannot be read", &change.content))?
        }
        _ => Vec::new(),
    };
    let step = NodeChange {
        path: name,
        before: change.before.clone(),
        after: change.after.clone(),
        attributes: KeptAttributes::Unknown,
        links: Vec::new(),
    };
    let transaction = Transaction {
        log,
        root: &root,
        changes: vec![&step],
        id: None,
        purpose: TransactionPurpose::Patch { outcomes: Vec::new() },
        content: &|_| Ok(bytes.clone()),
        style: Style::Exact,
    };
    transaction.commit().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_moved_in_follows_no_link_and_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().canonicalize().unwrap();
        for folder in ["project/out", "elsewhere", "upper"] {
            fs::create_dir_all(dir.join(folder)).unwrap();
        }
        let content = dir.join("upper/made.log");
        fs::write(&content, "made").unwrap();
        std::os::unix::fs::symlink(dir.join("elsewhere"), dir.join("project/link")).unwrap();
        move_new(&content, &dir.join("project/link/made.log")).unwrap_err();
        assert!(!dir.join("elsewhere/made.log").exists() && content.exists());
        fs::write(dir.join("project/out/there.log"), "mine").unwrap();
        move_new(&content, &dir.join("project/out/there.log")).unwrap_err();
        assert_eq!(fs::read(dir.join("project/out/there.log")).unwrap(), b"mine");
        move_new(&content, &dir.join("project/out/made.log")).unwrap();
        assert_eq!(fs::read(dir.join("project/out/made.log")).unwrap(), b"made");
        assert!(!content.exists());
    }
}
