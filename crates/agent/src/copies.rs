//! Isolated copies of folders: made, listed, discarded, and read for what can be brought in. Everything here blocks.
//!
//! A copy is a folder of the app's: the changes of the sessions that work on it, their checkpoints, and which checkpoint of the folder
//! it began from. [`crate::session::open`] has a session see it at the folder's path.

use crate::checkpoint::checkpoints_dir;
use crate::copy_dirs::{copies_dir, copy_dir, folder_name, owner_of, trash_dir};
use crate::recovery::transaction_log;
use config::{Home, saved};
use engine::OverlayEffects;
use protocol::{CopyId, ErrorInfo, ErrorKind, IsolatedCopy, SessionId};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use worktree::{CheckpointId, CommandOverlay, CopyBase, OverlayRoot, Roots, Store, store_dir};

/// Name of the file that says what a copy is of.
const COPY_FILE: &str = "copy.json";

/// File that is locked while sessions work on the copy.
const LOCK_FILE: &str = "lock";

/// Beginning of the names of copies that are being removed.
const REMOVED: &str = "removed-";

/// Age from which on a folder without a description is no copy that is being made.
const UNFINISHED_AGE: Duration = Duration::from_hours(1);

/// Saved description of a copy.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct SavedCopy {
    folder: PathBuf,
    created_ms: u64,
    /// Checkpoint of the folder that the copy began from.
    base: String,
    sessions: Vec<SessionId>,
}

/// Held while a session works on a copy.
#[derive(Debug)]
pub(crate) struct CopyLock(#[allow(dead_code, reason = "the lock is let go of with the file")] File);

/// Makes an isolated copy of a folder as it is now.
///
/// # Errors
/// Fails where the app keeps its own files in the folder, or the folder can't be kept as it is.
pub fn create(home: &Home, folder: &Path) -> Result<CopyId, ErrorInfo> {
    let folder = folder.canonicalize().map_err(|error| cannot("find", folder, &error))?;
    for own in home.dirs() {
        let own = own.canonicalize().unwrap_or_else(|_| own.to_owned());
        if own.starts_with(&folder) || folder.starts_with(&own) {
            let message = format!("{} holds files of the app itself", folder.display());
            return Err(ErrorInfo::new(ErrorKind::BadRequest, message)
                .with_hint("an isolated copy can be made of a project's own folder"));
        }
    }
    let id = CopyId(uuid::Uuid::now_v7().to_string());
    let dir = copy_dir(home, &id);
    let made = CommandOverlay::create_whole(&dir, std::slice::from_ref(&folder));
    made.map_err(|error| cannot("make a copy of", &folder, &error))?;
    // the copy is there by now: a sweep takes what is kept for it for somebody's
    let base = keep_base(home, &folder, &id).inspect_err(|_| CommandOverlay::remove_folder(&dir));
    let base = base.map_err(|error| ErrorInfo::new(ErrorKind::Storage, error.to_string()))?;
    let created_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let copy = SavedCopy {
        folder,
        created_ms: u64::try_from(created_ms).unwrap_or(u64::MAX),
        base: base.to_string(),
        sessions: Vec::new(),
    };
    saved::save(&dir.join(COPY_FILE), &copy).map_err(|error| cannot("write", &dir, &error))?;
    Ok(id)
}

/// Returns all copies, those in the trash included, the newest first.
pub fn list(home: &Home) -> Vec<IsolatedCopy> {
    let mut copies = Vec::new();
    for (dir, discarded) in [(copies_dir(home), false), (trash_dir(home), true)] {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(REMOVED) {
                continue;
            }
            let Some(copy) = read(&entry.path()) else { continue };
            copies.push(IsolatedCopy {
                id: CopyId(entry.file_name().to_string_lossy().into_owned()),
                folder: copy.folder,
                created_ms: copy.created_ms,
                bytes: size_of(&entry.path()),
                sessions: copy.sessions,
                discarded,
            });
        }
    }
    copies.sort_by(|one, other| other.id.cmp(&one.id));
    copies
}

/// Returns the copies that are there, each with its sessions, without measuring them.
pub fn sessions(home: &Home) -> Vec<(CopyId, Vec<SessionId>)> {
    let entries = fs::read_dir(copies_dir(home)).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let id = CopyId(entry.file_name().to_string_lossy().into_owned());
            Some((id, read(&entry.path())?.sessions))
        })
        .collect()
}

/// Puts a copy into the trash, with all that was not brought in.
///
/// # Errors
/// Fails when there is none, or a session is at work on it.
pub fn discard(home: &Home, id: &CopyId) -> Result<(), ErrorInfo> {
    let dir = existing(home, id)?;
    let lock = lock(home, id)?;
    let trash = trash_dir(home);
    let to = trash.join(folder_name(id));
    fs::create_dir_all(&trash).map_err(|error| cannot("make", &trash, &error))?;
    fs::rename(&dir, &to).map_err(|error| cannot("discard", &dir, &error))?;
    drop(lock);
    Ok(())
}

/// Takes a copy out of the trash.
///
/// # Errors
/// Fails when it is not there.
pub fn restore(home: &Home, id: &CopyId) -> Result<(), ErrorInfo> {
    let (from, to) = (trash_dir(home).join(folder_name(id)), copy_dir(home, id));
    if read(&from).is_none() {
        return Err(none(id));
    }
    let restored = fs::create_dir_all(copies_dir(home)).and_then(|()| fs::rename(&from, &to));
    restored.map_err(|error| cannot("restore", &from, &error))
}

/// Removes what is in the trash for good, and what was never a whole copy. Returns the number of copies.
pub fn empty_trash(home: &Home) -> usize {
    let trash = trash_dir(home);
    let mut count = 0;
    for entry in fs::read_dir(&trash).into_iter().flatten().flatten() {
        let mut gone = entry.path();
        let is_leftover = entry.file_name().to_string_lossy().starts_with(REMOVED);
        if !is_leftover && read(&gone).is_some() {
            // under another name it cannot be restored by half
            let to = trash.join(format!("{REMOVED}{}", entry.file_name().display()));
            if fs::rename(&gone, &to).is_err() {
                continue;
            }
            gone = to;
            count += 1;
        }
        CommandOverlay::remove_folder(&gone);
    }
    for entry in fs::read_dir(copies_dir(home)).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|metadata| metadata.modified()).ok();
        let is_old = age
            .and_then(|made| SystemTime::now().duration_since(made).ok())
            .is_some_and(|age| age > UNFINISHED_AGE);
        if is_old && !entry.path().join(COPY_FILE).exists() {
            CommandOverlay::remove_folder(&entry.path());
        }
    }
    count
}

/// Returns the copy whose id begins so, or of the session whose id does.
///
/// # Errors
/// Fails when there is none, or several.
pub fn find(home: &Home, beginning: &str) -> Result<IsolatedCopy, ErrorInfo> {
    let begins = |copy: &IsolatedCopy| {
        copy.id.as_str().starts_with(beginning)
            || copy.sessions.iter().any(|session| session.as_str().starts_with(beginning))
    };
    let mut found: Vec<_> = list(home).into_iter().filter(begins).collect();
    match (found.pop(), found.len()) {
        (Some(copy), 0) => Ok(copy),
        (None, _) => Err(none(&CopyId::from(beginning))),
        (Some(_), others) => {
            let message = format!("`{beginning}` is the beginning of {} isolated copies", others + 1);
            Err(ErrorInfo::new(ErrorKind::BadRequest, message).with_hint("give more of the id"))
        }
    }
}

/// Removes a copy that no session has worked on.
pub(crate) fn remove_unused(home: &Home, id: &CopyId) {
    let dir = copy_dir(home, id);
    if read(&dir).is_some_and(|copy| copy.sessions.is_empty()) {
        CommandOverlay::remove_folder(&dir);
    }
}

/// Opens the view of a copy.
pub(crate) fn open(home: &Home, id: &CopyId, folder: &Path) -> Result<CommandOverlay, ErrorInfo> {
    let dir = existing(home, id)?;
    let copy = read(&dir).unwrap_or_default();
    if folder.canonicalize().ok().as_ref() != Some(&copy.folder) {
        let message =
            format!("the isolated copy is of {}, not of {}", copy.folder.display(), folder.display());
        return Err(ErrorInfo::new(ErrorKind::BadRequest, message));
    }
    CommandOverlay::reopen(&dir, folder).map_err(|error| cannot("open", &dir, &error))
}

/// Returns the file that is locked while a session works on a copy.
pub(crate) fn lock_file(home: &Home, id: &CopyId) -> PathBuf {
    copy_dir(home, id).join(LOCK_FILE)
}

/// Returns the view of a copy, in which its files can be found.
///
/// # Errors
/// Fails when it is not there.
pub fn view(home: &Home, id: &CopyId, folder: &Path) -> Result<OverlayRoot, ErrorInfo> {
    let roots = open(home, id, folder)?.roots;
    roots.into_iter().next().ok_or_else(|| none(id))
}

/// Locks a copy; the helper does so for each session that works on it.
///
/// # Errors
/// Fails when one does already.
pub(crate) fn lock(home: &Home, id: &CopyId) -> Result<CopyLock, ErrorInfo> {
    let path = existing(home, id)?.join(LOCK_FILE);
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.map_err(|error| cannot("open", &path, &error))?;
    if file.try_lock().is_err() {
        return Err(ErrorInfo::new(
            ErrorKind::BadRequest,
            "another session is open that works on the same isolated copy",
        )
        .with_hint("close that one first"));
    }
    Ok(CopyLock(file))
}

/// Notes that a session works on a copy, whose lock it has.
pub(crate) fn note_session(home: &Home, id: &CopyId, session: &SessionId) -> std::io::Result<()> {
    let dir = copy_dir(home, id);
    let Some(mut copy) = read(&dir) else { return Ok(()) };
    if !copy.sessions.contains(session) {
        copy.sessions.push(session.clone());
        saved::save(&dir.join(COPY_FILE), &copy)?;
    }
    Ok(())
}

/// Returns the bytes that a copy's changes take.
pub(crate) fn size(home: &Home, id: &CopyId) -> u64 {
    size_of(&copy_dir(home, id))
}

/// Returns what a copy changed, against its folder as it is now. What it would write is put into `staging`.
pub(crate) fn changes(
    home: &Home,
    id: &CopyId,
    roots: &Roots,
    folder: &Path,
    staging: &Path,
) -> Result<OverlayEffects, String> {
    let overlay = open(home, id, folder).map_err(|error| error.message)?;
    let copy = read(&copy_dir(home, id)).unwrap_or_default();
    // to settle it here would be to write the folder itself
    if transaction_log(home, folder, Some(id)).has_unsettled().map_err(|error| error.to_string())? {
        return Err("a change of the isolated copy is being written, or was cut off: open its session, so that it is finished or \
                    taken back, and bring the changes in then"
            .to_owned());
    }
    let checkpoint: CheckpointId =
        copy.base.parse().map_err(|_| "it is not known what the isolated copy began from".to_owned())?;
    let mut store = project_store(home, &copy.folder).map_err(|error| error.to_string())?;
    let mut base = CopyBase { store: &mut store, checkpoint };
    overlay.take_copy(&mut base, roots, folder, staging)
}

/// Takes a checkpoint of a folder, and keeps it for as long as a copy is there.
fn keep_base(home: &Home, folder: &Path, id: &CopyId) -> Result<CheckpointId, worktree::Error> {
    let mut store = project_store(home, folder)?;
    let (base, _) = store.snapshot(&[])?;
    store.pin(&owner_of(id), &[base])?;
    Ok(base)
}

fn project_store(home: &Home, folder: &Path) -> Result<Store, worktree::Error> {
    let mut store = Store::open(&store_dir(&checkpoints_dir(home, None), folder), folder)?;
    store.leave_out(&home.dirs().map(Path::to_owned));
    Ok(store)
}

fn existing(home: &Home, id: &CopyId) -> Result<PathBuf, ErrorInfo> {
    let dir = copy_dir(home, id);
    if read(&dir).is_some() {
        return Ok(dir);
    }
    if read(&trash_dir(home).join(folder_name(id))).is_some() {
        let message = "the isolated copy was discarded";
        return Err(ErrorInfo::new(ErrorKind::BadRequest, message).with_hint("restore it first"));
    }
    Err(none(id))
}

fn read(dir: &Path) -> Option<SavedCopy> {
    serde_json::from_slice(&fs::read(dir.join(COPY_FILE)).ok()?).ok()
}

fn none(id: &CopyId) -> ErrorInfo {
    ErrorInfo::new(ErrorKind::BadRequest, format!("there is no isolated copy `{id}`"))
        .with_hint("`countersign isolated list` shows them")
}

fn cannot(action: &str, path: &Path, error: &std::io::Error) -> ErrorInfo {
    ErrorInfo::new(ErrorKind::Storage, format!("couldn't {action} {}: {error}", path.display()))
}

fn size_of(dir: &Path) -> u64 {
    /// Unit of a file's size on disk.
    const BLOCK: u64 = 512;
    let Ok(metadata) = dir.symlink_metadata() else { return 0 };
    let inside = || fs::read_dir(dir).into_iter().flatten().flatten();
    let of_inside: u64 =
        if metadata.is_dir() { inside().map(|entry| size_of(&entry.path())).sum() } else { 0 };
    metadata.blocks() * BLOCK + of_inside
}
