//! All or nothing: every new content is staged beside its file, then all are put in place, and if one fails all are put back.

use super::place::{Attributes, Found, Obstacle, Place, look_at};
use cap_std::fs::{Dir, File, MetadataExt, OpenOptions, OpenOptionsExt, Permissions, PermissionsExt};
use rustix::fs::{Gid, Mode, OFlags, RenameFlags, Uid};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::rc::Rc;

/// How the name of a staged file begins, here as where an undo stages. One is left behind only if the app is killed while it
/// writes, and then holds a file's old or new content.
pub use crate::STAGED_PREFIX;

/// Why nothing was written.
#[derive(Debug)]
pub(super) enum Stop {
    /// These files are no longer what was shown.
    Changed(Vec<String>),
    /// Something else.
    Failed(String),
}

/// What is to become of one file.
pub(super) struct Step<'a> {
    /// The file as the patch names it.
    pub(super) path: &'a str,
    pub(super) place: Place,
    /// SHA-256 of what is there; `None` when nothing is.
    pub(super) base: Option<String>,
    /// The new content; `None` takes the file away.
    pub(super) content: Option<Vec<u8>>,
    /// Whose attributes the new file gets; a new file's usual ones when absent.
    pub(super) attributes: Option<Attributes>,
}

/// Takes every step, or none.
pub(super) fn run(steps: &[Step<'_>]) -> Result<(), Stop> {
    let mut log = Log::default();
    match stage_all(steps, &mut log).and_then(|staged| commit_all(steps, &staged, &mut log)) {
        Ok(()) => {
            log.finish();
            Ok(())
        }
        Err(stop) => Err(log.put_back(stop)),
    }
}

/// A folder, and the name of the new content in it when there is one.
struct Staged {
    folder: Rc<Dir>,
    name: Option<OsString>,
}

fn stage_all(steps: &[Step<'_>], log: &mut Log) -> Result<Vec<Staged>, Stop> {
    steps.iter().map(|step| stage(step, log).map_err(|error| stopped(step, error))).collect()
}

fn stage(step: &Step<'_>, log: &mut Log) -> Result<Staged, Obstacle> {
    let folder = step.place.folder_made(&mut log.made)?;
    let Some(content) = &step.content else { return Ok(Staged { folder, name: None }) };
    let name = log.spare_name(&folder);
    let mut options = OpenOptions::new();
    // nobody may read it before it has the attributes of the file it stands for
    options.write(true).create_new(true).mode(if step.attributes.is_some() { 0o600 } else { 0o666 });
    let mut file = folder.open_with(&name, &options)?;
    if let Some(attributes) = step.attributes {
        give(&file, attributes)?;
    }
    file.write_all(content)?;
    file.sync_all()?;
    Ok(Staged { folder, name: Some(name) })
}

fn give(file: &File, attributes: Attributes) -> io::Result<()> {
    let own = file.metadata()?;
    let owner = (own.uid() != attributes.owner).then(|| Uid::from_raw(attributes.owner));
    let group = (own.gid() != attributes.group).then(|| Gid::from_raw(attributes.group));
    if owner.is_some() || group.is_some() {
        // only root may give a file away; for anybody else the file becomes theirs, as with every editor that saves by renaming
        let _ = rustix::fs::fchown(file, owner, group);
    }
    file.set_permissions(Permissions::from_mode(attributes.mode & 0o777))
}

fn commit_all(steps: &[Step<'_>], staged: &[Staged], log: &mut Log) -> Result<(), Stop> {
    steps.iter().zip(staged).try_for_each(|(step, staged)| commit(step, staged, log))
}

fn commit(step: &Step<'_>, staged: &Staged, log: &mut Log) -> Result<(), Stop> {
    let folder = &staged.folder;
    let taken = match (&staged.name, &step.base) {
        (None, None) => return Ok(()),
        (Some(new), None) => return add(step, folder, new, log),
        (Some(new), Some(_)) => replace(step, folder, new, log)?,
        (None, Some(_)) => take_away(step, folder, log)?,
    };
    check_taken(step, folder, &taken)
}

fn add(step: &Step<'_>, folder: &Rc<Dir>, new: &OsStr, log: &mut Log) -> Result<(), Stop> {
    let name = step.place.name.as_os_str();
    place(folder, new, name).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Stop::Changed(vec![step.path.to_owned()]),
        _ => stopped(step, error.into()),
    })?;
    log.undo.push(Undo::Remove { folder: Rc::clone(folder), name: name.to_owned() });
    Ok(())
}

/// Puts the new file in the place of the old one, and returns the name the old one has now.
fn replace(step: &Step<'_>, folder: &Rc<Dir>, new: &OsStr, log: &mut Log) -> Result<OsString, Stop> {
    let name = step.place.name.as_os_str();
    match exchange(folder, new, name) {
        Ok(()) => {
            log.undo.push(Undo::Return {
                folder: Rc::clone(folder),
                from: new.to_owned(),
                name: name.to_owned(),
            });
            Ok(new.to_owned())
        }
        Err(Errno::NOENT) => Err(Stop::Changed(vec![step.path.to_owned()])),
        Err(error) if unsupported(error) => {
            let away = take_away(step, folder, log)?;
            place(folder, new, name).map_err(|error| stopped(step, error.into()))?;
            Ok(away)
        }
        Err(error) => Err(stopped(step, io::Error::from(error).into())),
    }
}

/// Renames the file out of the way, and returns the name it has now.
fn take_away(step: &Step<'_>, folder: &Rc<Dir>, log: &mut Log) -> Result<OsString, Stop> {
    let name = step.place.name.as_os_str();
    let away = log.spare_name(folder);
    folder.rename(name, folder, &away).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Stop::Changed(vec![step.path.to_owned()]),
        _ => stopped(step, error.into()),
    })?;
    log.undo.push(Undo::Return { folder: Rc::clone(folder), from: away.clone(), name: name.to_owned() });
    Ok(away)
}

/// What was taken out of its place must be what was shown: somebody may have written between the look and the rename.
fn check_taken(step: &Step<'_>, folder: &Dir, taken: &OsStr) -> Result<(), Stop> {
    match look_at(folder, taken) {
        Ok(found) if found.as_ref().map(Found::sha256) == step.base => Ok(()),
        Ok(_) | Err(Obstacle::NotAFile(_) | Obstacle::TooLarge(_) | Obstacle::Linked) => {
            Err(Stop::Changed(vec![step.path.to_owned()]))
        }
        Err(error) => Err(stopped(step, error)),
    }
}

/// Swaps two names, so that at no moment there is no file.
fn exchange(folder: &Dir, new: &OsStr, name: &OsStr) -> Result<(), Errno> {
    rustix::fs::renameat_with(folder, new, folder, name, RenameFlags::EXCHANGE)
}

/// Gives `new` its name, unless something has it.
fn place(folder: &Dir, new: &OsStr, name: &OsStr) -> io::Result<()> {
    match rustix::fs::renameat_with(folder, new, folder, name, RenameFlags::NOREPLACE) {
        Err(error) if unsupported(error) => {
            folder.hard_link(new, folder, name)?;
            folder.remove_file(new)
        }
        other => Ok(other?),
    }
}

/// Whether a file system does not know the kind of rename, network ones most of all.
fn unsupported(error: Errno) -> bool {
    error == Errno::INVAL || error == Errno::NOSYS || error == Errno::NOTSUP || error == Errno::OPNOTSUPP
}

fn stopped(step: &Step<'_>, error: Obstacle) -> Stop {
    match error {
        Obstacle::Io(error) => {
            Stop::Failed(format!("'{}' cannot be written: {error}; nothing was written", step.path))
        }
        Obstacle::NotAFile(_) | Obstacle::TooLarge(_) | Obstacle::Linked => {
            Stop::Changed(vec![step.path.to_owned()])
        }
    }
}

enum Undo {
    /// The file was not there before.
    Remove { folder: Rc<Dir>, name: OsString },
    /// The file that was there before is called `from`.
    Return { folder: Rc<Dir>, from: OsString, name: OsString },
}

/// What was done so far.
#[derive(Default)]
struct Log {
    /// Folders that were made, outermost first.
    made: Vec<(Rc<Dir>, OsString)>,
    /// Names that must be gone in the end, whether they are there or not.
    spare: Vec<(Rc<Dir>, OsString)>,
    undo: Vec<Undo>,
}

impl Log {
    /// A name that nothing in `folder` has.
    fn spare_name(&mut self, folder: &Rc<Dir>) -> OsString {
        let name = OsString::from(format!("{STAGED_PREFIX}{}", uuid::Uuid::now_v7().simple()));
        self.spare.push((Rc::clone(folder), name.clone()));
        name
    }

    fn finish(self) {
        self.remove_spare();
        let mut synced: Vec<&Rc<Dir>> = Vec::new();
        for (folder, _) in self.spare.iter().chain(&self.made) {
            if synced.iter().all(|other| !Rc::ptr_eq(other, folder)) {
                sync(folder);
                synced.push(folder);
            }
        }
    }

    /// Undoes everything, the last thing first, and adds to `stop` what could not be undone.
    fn put_back(mut self, stop: Stop) -> Stop {
        let mut stuck = Vec::new();
        for undo in std::mem::take(&mut self.undo).into_iter().rev() {
            match undo {
                Undo::Remove { folder, name } => {
                    if let Err(error) = folder.remove_file(&name) {
                        stuck.push(format!("'{}' could not be removed again: {error}", name.display()));
                    }
                }
                Undo::Return { folder, from, name } => {
                    if let Err(error) = folder.rename(&from, &folder, &name) {
                        let (name, kept) = (name.display(), from.display());
                        stuck.push(format!("'{name}' could not be put back: {error}; its content is kept beside it in '{kept}'"));
                        self.spare.retain(|(_, spare)| *spare != from);
                    }
                }
            }
        }
        self.remove_spare();
        for (folder, name) in self.made.iter().rev() {
            // somebody may have put something in it meanwhile; then it stays
            let _ = folder.remove_dir(name);
        }
        match stop {
            stop if stuck.is_empty() => stop,
            Stop::Failed(message) => Stop::Failed(format!("{message}; {}", stuck.join("; "))),
            Stop::Changed(paths) => {
                Stop::Failed(format!("{} changed meanwhile; {}", paths.join(", "), stuck.join("; ")))
            }
        }
    }

    fn remove_spare(&self) {
        for (folder, name) in &self.spare {
            match folder.remove_file(name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(file = %name.display(), %error, "a staged file was left behind");
                }
                _ => {}
            }
        }
    }
}

/// Makes the names in a folder survive a power cut. The files are on disk by now: failing here loses nothing but that.
fn sync(folder: &Dir) {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let synced = rustix::fs::openat(folder, ".", flags, Mode::empty()).and_then(rustix::fs::fsync);
    if let Err(error) = synced {
        tracing::debug!(%error, "a folder could not be synced");
    }
}
