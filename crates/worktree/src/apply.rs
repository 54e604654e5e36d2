//! Carries a plan out: all of it, or nothing.
//!
//! What is to be done is written down first. New contents are staged beside where they belong, then everything is renamed into
//! place; what was there is swapped out, looked at, and only removed when it is what the plan saw. When a step fails, or the
//! process is killed, what was written down is taken back: at once, or by whoever opens the store next.

mod back;
mod ground;
mod moves;

#[cfg(test)]
mod tests;

use crate::changes::Change;
use crate::error::Error;
use crate::node::Node;
use crate::plan::Plan;
use crate::store::Store;
use back::{Journal, Phase};
use ground::Ground;
use moves::Move;
use std::path::{Path, PathBuf};

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// What was put back, by path.
    pub restored: Vec<PathBuf>,
    /// Folders that should have gone, and hold something by now.
    pub kept_folders: Vec<PathBuf>,
    /// What could not be cleaned up, for people; usually nothing.
    pub stuck: Vec<String>,
}

impl Store {
    /// Does what a plan says; with `overwrite` also where somebody changed something since the agent left it.
    ///
    /// [`Error::Changed`] when the files are no longer what the plan saw: then nothing was done, and a new plan is wanted.
    /// What is overwritten is in the checkpoint the plan was made from.
    pub fn apply(&mut self, plan: &Plan, overwrite: bool) -> Result<Applied, Error> {
        let _lock = self.lock()?;
        let mut steps: Vec<&Change> = plan.steps(overwrite).collect();
        steps.sort_by(|a, b| a.path.cmp(&b.path));
        if steps.is_empty() {
            return Ok(Applied::default());
        }
        let ground = Ground::open(&self.root)?;
        let changed: Vec<PathBuf> = steps
            .iter()
            .filter(|step| !ground.is(&step.path, step.before.as_ref()))
            .map(|step| step.path.clone())
            .collect();
        if !changed.is_empty() {
            return Err(Error::Changed(changed));
        }
        let moves = moves::of(&steps);
        let modes = moves::folder_modes(&steps, &moves, &ground);
        let mut journal = Journal { root: self.root.clone(), phase: Phase::Staging, moves, modes };
        journal.write(Phase::Staging, &self.dir)?;
        match self.carry_out(&mut journal, &ground) {
            Ok(mut applied) => {
                applied.stuck = journal.bring_to_end(&ground);
                Journal::remove(&self.dir)?;
                applied.restored = steps.iter().map(|step| step.path.clone()).collect();
                applied.restored.retain(|path| !applied.kept_folders.contains(path));
                Ok(applied)
            }
            #[cfg(test)]
            Err(Stop { cut_off: true, .. }) => Err(Error::NotApplied {
                path: PathBuf::new(),
                reason: "cut off".to_owned(),
                stuck: Vec::new(),
            }),
            Err(stop) => {
                let stuck = journal.take_back(&ground);
                Journal::remove(&self.dir)?;
                Err(match stop.reason {
                    None if stuck.is_empty() => Error::Changed(vec![stop.path]),
                    reason => {
                        let reason = reason.unwrap_or_else(|| "changed meanwhile".to_owned());
                        Error::NotApplied { path: stop.path, reason, stuck }
                    }
                })
            }
        }
    }
}

/// Brings in order what a process that is no more had begun. Says what became of it.
pub(crate) fn recover(store: &Store) -> Result<Option<String>, Error> {
    let Some(journal) = Journal::read(&store.dir)? else { return Ok(None) };
    let (mut what, stuck) = match (journal.phase, Ground::open(&journal.root)) {
        // the project is gone, and everything that was staged in it
        (_, Err(_)) => ("an undo had been cut off, and its folder is gone".to_owned(), Vec::new()),
        (Phase::Done, Ok(ground)) => (
            "an undo had been cut off at its very end; it is complete now".to_owned(),
            journal.bring_to_end(&ground),
        ),
        (_, Ok(ground)) => (
            "an undo had been cut off; the files are as they were before it".to_owned(),
            journal.take_back(&ground),
        ),
    };
    Journal::remove(&store.dir)?;
    if !stuck.is_empty() {
        what = format!("{what}, but for this: {}", stuck.join("; "));
    }
    Ok(Some(what))
}

/// Why a plan cannot be carried out.
struct Stop {
    path: PathBuf,
    /// `None` when somebody changed what is there.
    reason: Option<String>,
    /// As if the process had been killed.
    #[cfg(test)]
    cut_off: bool,
}

impl Stop {
    fn changed(path: &Path) -> Self {
        Self::new(path, None)
    }

    fn new(path: &Path, reason: Option<String>) -> Self {
        Self {
            path: path.to_owned(),
            reason,
            #[cfg(test)]
            cut_off: false,
        }
    }

    fn failed(path: &Path, error: impl ToString) -> Self {
        Self::new(path, Some(error.to_string()))
    }
}

impl Store {
    fn carry_out(&self, journal: &mut Journal, ground: &Ground) -> Result<Applied, Stop> {
        let no_path = Path::new("");
        let failed = |error: Error| Stop::failed(no_path, error);
        let synced = |error: std::io::Error| Stop::failed(no_path, error);
        let mut work = Work { store: self, ground, applied: Applied::default() };
        for folder in &journal.modes {
            Work::tick()?;
            ground.open_up(folder).map_err(|error| Stop::failed(&folder.path, error))?;
        }
        for change in &journal.moves {
            Work::tick()?;
            work.stage(change)?;
        }
        // renaming what is not on disk yet would leave empty files after a power cut
        ground.sync(journal.staged()).map_err(synced)?;
        journal.write(Phase::Moving, &self.dir).map_err(failed)?;
        for change in &journal.moves {
            Work::tick()?;
            work.make(change)?;
        }
        ground.sync(journal.moves.iter().filter_map(|change| change.path().parent())).map_err(synced)?;
        Work::tick()?;
        journal.write(Phase::Done, &self.dir).map_err(failed)?;
        Ok(work.applied)
    }
}

struct Work<'a> {
    store: &'a Store,
    ground: &'a Ground,
    applied: Applied,
}

impl Work<'_> {
    /// One more thing is about to be done.
    #[cfg_attr(not(test), allow(clippy::unnecessary_wraps, reason = "accidents happen in tests only"))]
    fn tick() -> Result<(), Stop> {
        #[cfg(test)]
        tests::tick()?;
        Ok(())
    }

    fn stage(&self, change: &Move) -> Result<(), Stop> {
        let (Some(stage), Some(node)) = (change.stage(), change.staged_node()) else { return Ok(()) };
        let path = change.path();
        let bytes = match node {
            Node::File { content, .. } => {
                self.store.objects.content(content).map_err(|error| Stop::failed(path, error))?
            }
            _ => Vec::new(),
        };
        self.ground.stage(stage, path, node, &bytes).map_err(|error| Stop::failed(path, error))
    }

    fn make(&mut self, change: &Move) -> Result<(), Stop> {
        let failed = |error| Stop::failed(change.path(), error);
        match change {
            Move::Away { path, spare, before } => {
                self.ground.rename(path, spare).map_err(failed)?;
                self.check(spare, path, before)
            }
            Move::RemoveFolder { path, makes_room } => match self.ground.remove_folder(path) {
                Ok(()) => Ok(()),
                Err(_) if !makes_room && self.ground.holds_anything(path) => {
                    self.applied.kept_folders.push(path.clone());
                    Ok(())
                }
                Err(error) => Err(failed(error)),
            },
            Move::MakeFolder { path } => match self.ground.make_folder(path) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(Stop::changed(path)),
                other => other.map_err(failed),
            },
            Move::Place { path, stage, .. } => self.place(stage, path),
            Move::Swap { path, stage, old, before, .. } => {
                if self.ground.exchange(stage, path).map_err(failed)? {
                    return self.check(stage, path, before);
                }
                self.ground.rename(path, old).map_err(failed)?;
                self.check(old, path, before)?;
                self.place(stage, path)
            }
            Move::Mode { path, before, after } => {
                if self.ground.change_mode(path, *before, *after).map_err(failed)? {
                    Ok(())
                } else {
                    Err(Stop::changed(path))
                }
            }
        }
    }

    fn place(&self, stage: &Path, path: &Path) -> Result<(), Stop> {
        match self.ground.place(stage, path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(Stop::changed(path)),
            other => other.map_err(|error| Stop::failed(path, error)),
        }
    }

    /// What was taken out of its place must be what the plan saw.
    fn check(&self, taken: &Path, path: &Path, before: &Node) -> Result<(), Stop> {
        if self.ground.is(taken, Some(before)) { Ok(()) } else { Err(Stop::changed(path)) }
    }
}
