//! What is to be done, written down; and the way back from however far it got.

use super::ground::Ground;
use super::moves::{FolderMode, Move};
use crate::error::Error;
use crate::path_bytes;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

const VERSION: u32 = 1;

/// How far an apply got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// New contents are being staged; nothing is in place yet.
    Staging,
    /// Everything is staged, and being put in place.
    Moving,
    /// Everything is in place; what is left is to clean up.
    Done,
}

/// What an apply is about to do, on disk for as long as it takes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Journal {
    #[serde(with = "path_bytes")]
    pub(super) root: PathBuf,
    pub(super) phase: Phase,
    pub(super) moves: Vec<Move>,
    /// Outermost first.
    pub(super) modes: Vec<FolderMode>,
}

impl Journal {
    /// The one a process left that was killed.
    pub(super) fn read(store: &Path) -> Result<Option<Self>, Error> {
        let path = file(store);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("cannot be read", path)(error)),
        };
        match postcard::from_bytes(&bytes) {
            Ok((VERSION, journal)) => Ok(Some(journal)),
            _ => Err(Error::Damaged {
                path: store.to_owned(),
                what: "what an undo was about to do cannot be understood".to_owned(),
            }),
        }
    }

    /// Writes down how far it got, and makes that last.
    pub(super) fn write(&mut self, phase: Phase, store: &Path) -> Result<(), Error> {
        self.phase = phase;
        let (path, unfinished) = (file(store), store.join("journal.unfinished"));
        let bytes = postcard::to_stdvec(&(VERSION, &*self)).map_err(std::io::Error::other);
        let written = bytes.and_then(|bytes| {
            let mut file = File::create(&unfinished)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)?;
            File::open(store)?.sync_all()
        });
        written.map_err(Error::io("cannot be written", path))
    }

    /// Everything it speaks of is in order.
    pub(super) fn remove(store: &Path) -> Result<(), Error> {
        let path = file(store);
        fs::remove_file(&path).map_err(Error::io("cannot be removed", path))
    }

    /// Where new contents wait.
    pub(super) fn staged(&self) -> impl Iterator<Item = &Path> {
        self.moves.iter().filter_map(Move::stage)
    }

    /// Takes back what was done, judging by what is there. What somebody else changed meanwhile stays as they left it. Says
    /// what could not be taken back.
    pub(super) fn take_back(&self, ground: &Ground) -> Vec<String> {
        let mut stuck = Vec::new();
        self.open_up(ground);
        if self.phase == Phase::Moving {
            for change in self.moves.iter().rev() {
                if let Err(error) = take_back(change, ground) {
                    stuck.push(format!("'{}' could not be put back: {error}", change.path().display()));
                }
            }
        }
        stuck.extend(self.clean_up(ground));
        for folder in self.modes.iter().rev() {
            if let Some(before) = folder.before
                && let Err(error) = ground.set_folder_mode(&folder.path, before)
            {
                stuck.push(format!("the mode of '{}' could not be put back: {error}", folder.path.display()));
            }
        }
        stuck
    }

    /// Brings to its end what is in place already.
    pub(super) fn bring_to_end(&self, ground: &Ground) -> Vec<String> {
        self.open_up(ground);
        let mut stuck = self.clean_up(ground);
        for folder in self.modes.iter().rev() {
            // one that should have gone and could not has the mode it had
            if let Some(mode) = folder.after.or(folder.before)
                && ground.has_folder(&folder.path)
                && let Err(error) = ground.set_folder_mode(&folder.path, mode)
            {
                stuck.push(format!("the mode of '{}' could not be set: {error}", folder.path.display()));
            }
        }
        stuck
    }

    fn open_up(&self, ground: &Ground) {
        for folder in &self.modes {
            // that it cannot be shows when something is done in it
            let _ = ground.open_up(folder);
        }
    }

    /// Removes what is under spare names, as long as it is also in the store.
    fn clean_up(&self, ground: &Ground) -> Vec<String> {
        let mut stuck = Vec::new();
        for change in &self.moves {
            for name in change.spare_names().filter(|name| ground.has(name)) {
                // half a file, when it was cut off while it was staged: nobody else's in any case
                let is_ours =
                    self.phase == Phase::Staging || change.nodes().any(|node| ground.has_content(name, node));
                if !is_ours {
                    let (path, name) = (change.path().display(), name.display());
                    stuck.push(format!("what somebody wrote to '{path}' is kept in '{name}'"));
                } else if let Err(error) = ground.remove(name) {
                    stuck.push(format!("'{}' could not be removed: {error}", name.display()));
                }
            }
        }
        stuck
    }
}

fn take_back(change: &Move, ground: &Ground) -> std::io::Result<()> {
    match change {
        Move::Away { path, spare, .. } => {
            if ground.has(spare) && !ground.has(path) {
                ground.rename(spare, path)?;
            }
        }
        Move::RemoveFolder { path, .. } => {
            if !ground.has(path) {
                ground.make_folder(path)?;
            }
        }
        Move::MakeFolder { path } => {
            if ground.has_folder(path) && !ground.holds_anything(path) {
                ground.remove_folder(path)?;
            }
        }
        Move::Place { path, stage, after } => {
            if !ground.has(stage) && ground.has_content(path, after) {
                ground.rename(path, stage)?;
            }
        }
        Move::Swap { path, stage, old, after, .. } => {
            if ground.has(old) {
                if ground.has_content(path, after) && !ground.has(stage) {
                    ground.rename(path, stage)?;
                }
                if !ground.has(path) {
                    ground.rename(old, path)?;
                }
            } else if ground.has_content(path, after)
                && ground.has(stage)
                && !ground.has_content(stage, after)
            {
                ground.exchange(stage, path)?;
            }
        }
        Move::Mode { path, before, after } => {
            if ground.has(path) {
                ground.change_mode(path, *after, *before)?;
            }
        }
    }
    Ok(())
}

fn file(store: &Path) -> PathBuf {
    store.join("journal")
}
