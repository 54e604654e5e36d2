//! Plan of going back to a snapshot: the paths it restores, and those it leaves alone.

use crate::changes::{self, NodeChange, node_at};
use crate::error::Error;
use crate::frozen::FrozenRules;
use crate::ignore::Scope;
use crate::node::{CheckpointId, Node, Root, Unkept};
use crate::path_state::path_state;
use crate::store::Store;
use crate::walk::open_folder;
use protocol::{ChangedPath, PathState};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// An undo that is wanted, and what is known of who changed what.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// State to go back to.
    pub target: CheckpointId,
    /// State the files are in: a snapshot just taken.
    pub now: CheckpointId,
    /// Changes known to be the agent's, sorted by path: whatever else differs is somebody else's. `None` where that was not
    /// recorded; then whatever differs is the agent's, but for `others` and `others_paths`.
    pub changed: Option<Vec<ChangedPath>>,
    /// For each stretch of time in which the agent did nothing: the checkpoint it left, and the one that was found at its
    /// end. The last is usually what the agent left, and `now`.
    pub others: Vec<(CheckpointId, CheckpointId)>,
    /// Paths known to have been changed by somebody else and not by the agent.
    pub others_paths: BTreeSet<PathBuf>,
}

/// Plan of an undo. Paths are relative to the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestorePlan {
    /// Changes to make, from the present state to the earlier one.
    pub restore: Vec<NodeChange>,
    /// Changes that are somebody else's: made only on request.
    pub conflicts: Vec<NodeChange>,
    /// Differences that stay as they are on any request: there is nothing to put in their place, or it is not known what
    /// would be lost.
    pub left_alone: Vec<LeftAlone>,
}

impl RestorePlan {
    /// Returns the changes to make.
    pub fn steps(&self, overwrite: bool) -> impl Iterator<Item = &NodeChange> {
        self.restore.iter().chain(self.conflicts.iter().filter(move |_| overwrite))
    }
}

/// Something that stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftAlone {
    /// Relative to the project.
    pub path: PathBuf,
    /// Reason.
    pub why: Why,
}

/// Reason something stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It is not kept.
    Unkept(Unkept),
    /// It was left out by the ignore rules of then: it may have been there.
    Ignored,
    /// It would have to make room for this, or this for it, which is itself left alone.
    InTheWay(PathBuf),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unkept(why) => write!(f, "not kept: {why}"),
            Self::Ignored => f.write_str("left out by the ignore rules of then"),
            Self::InTheWay(path) => write!(f, "{} stays", path.display()),
        }
    }
}

/// Reason a change is not made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    /// Somebody else changed it.
    Others,
    LeftAlone(Why),
}

impl Store {
    /// Works out what going back to a checkpoint would do.
    pub fn plan(&mut self, request: &PlanRequest) -> Result<RestorePlan, Error> {
        let _lock = self.lock()?;
        let objects = &self.objects;
        let own = match &request.changed {
            Some(changed) => {
                KnownChanges::Known(changed.iter().map(|changed| (changed.path.as_path(), changed)).collect())
            }
            None => {
                let mut others = request.others_paths.clone();
                for (left, found) in &request.others {
                    let changed = changes::between(objects, *left, *found)?;
                    others.extend(changed.into_iter().map(|change| change.path));
                }
                KnownChanges::AllBut(others)
            }
        };
        let target_rules =
            FrozenRules::new(objects, &self.root, Scope::outside(&self.root), objects.root(&request.target)?);
        let (mut changes, mut held) = (BTreeMap::new(), BTreeMap::new());
        let mut folders = Vec::new();
        let target = objects.root(&request.target)?;
        for mut change in changes::between(objects, request.now, request.target)? {
            if matches!(change.after, Some(Node::File { .. })) {
                change.links = changes::links_at(objects, &target, &change.path)?;
            }
            if let Some(why) = hold(&change, &target_rules, &own)? {
                if why == Held::Others && own.is_unknown_folder(&change) {
                    folders.push(change.path.clone());
                }
                held.insert(change.path.clone(), why);
            }
            changes.insert(change.path.clone(), change);
        }
        // a folder that had to be made, or went with its contents, is the agent's if something in it is; the innermost first
        for folder in folders.iter().rev() {
            let inside = (std::ops::Bound::Excluded(folder.clone()), std::ops::Bound::Unbounded);
            let mut inside = changes.range(inside).take_while(|(path, _)| path.starts_with(folder));
            if inside.any(|(path, _)| !held.contains_key(path)) {
                held.remove(folder);
            }
        }
        let now = objects.root(&request.now)?;
        let goes = |change: &&NodeChange| is_dir(change.before.as_ref()) && !is_dir(change.after.as_ref());
        for change in changes.values().filter(goes) {
            held.extend(self.unknown_in(&now, &change.path)?);
        }
        spread(&changes, &mut held);
        let mut plan = RestorePlan { restore: Vec::new(), conflicts: Vec::new(), left_alone: Vec::new() };
        for (path, change) in changes {
            match held.remove(&path) {
                None => plan.restore.push(change),
                Some(Held::Others) => plan.conflicts.push(change),
                Some(Held::LeftAlone(why)) => plan.left_alone.push(LeftAlone { path, why }),
            }
        }
        Ok(plan)
    }

    /// Returns the entries of a folder that are in no checkpoint.
    fn unknown_in(&self, now: &Root, dir: &Path) -> Result<Vec<(PathBuf, Held)>, Error> {
        let Some(Node::Dir { tree, .. }) = node_at(&self.objects, now, dir)? else { return Ok(Vec::new()) };
        let tree = self.objects.tree(&tree)?;
        let listed = rustix::fs::open(&self.root, crate::walk::FOLDER, rustix::fs::Mode::empty())
            .and_then(|root| open_folder(root, dir))
            .and_then(rustix::fs::Dir::read_from);
        // gone, or something else by now: carrying the plan out will find that
        let Ok(listed) = listed else { return Ok(Vec::new()) };
        let names = listed
            .flatten()
            .map(|entry| std::ffi::OsStr::from_bytes(entry.file_name().to_bytes()).to_owned());
        let unknown = names.filter(|name| name != "." && name != ".." && tree.get(name).is_none());
        Ok(unknown.map(|name| (dir.join(name), Held::LeftAlone(Why::Ignored))).collect())
    }
}

/// Differences that are the agent's.
enum KnownChanges<'a> {
    /// These, as long as they are as it left them.
    Known(BTreeMap<&'a Path, &'a ChangedPath>),
    /// All but these.
    AllBut(BTreeSet<PathBuf>),
}

impl KnownChanges<'_> {
    /// Reports whether a change from the present state takes back the agent's work and nothing else.
    fn has(&self, change: &NodeChange) -> bool {
        let changed = match self {
            Self::AllBut(others) => return !others.contains(&change.path),
            Self::Known(changed) => changed,
        };
        if let Some(known) = changed.get(change.path.as_path()) {
            return known.now.is_same(&path_state(change.before.as_ref()))
                && known.was.is_same(&path_state(change.after.as_ref()));
        }
        false
    }

    /// Reports whether a change is of a folder that comes or goes, and that nothing is known of.
    fn is_unknown_folder(&self, change: &NodeChange) -> bool {
        let Self::Known(changed) = self else { return false };
        let is_folder = match (&change.before, &change.after) {
            (Some(node), None) | (None, Some(node)) => node.is_dir(),
            _ => false,
        };
        is_folder && !changed.contains_key(change.path.as_path())
    }

    /// Reports whether the agent is known to have made what is there where nothing was.
    fn made(&self, change: &NodeChange) -> bool {
        let Self::Known(changed) = self else { return false };
        changed.get(change.path.as_path()).is_some_and(|known| known.was == PathState::Absent)
            && self.has(change)
    }
}

/// Returns why one change is not made, looked at by itself.
fn hold(
    change: &NodeChange,
    target_rules: &FrozenRules<'_>,
    own: &KnownChanges<'_>,
) -> Result<Option<Held>, Error> {
    let unkept = [&change.before, &change.after].into_iter().flatten().find_map(Node::unkept);
    if let Some(why) = unkept {
        return Ok(Some(Held::LeftAlone(Why::Unkept(why))));
    }
    if change.after.is_none()
        && target_rules.leave_out(&change.path, is_dir(change.before.as_ref()))?
        && !own.made(change)
    {
        return Ok(Some(Held::LeftAlone(Why::Ignored)));
    }
    Ok((!own.has(change)).then_some(Held::Others))
}

/// Holds what cannot be without what is held: a folder stays while anything in it does, and nothing is put where something
/// that stays is in the way.
fn spread(changes: &BTreeMap<PathBuf, NodeChange>, held: &mut BTreeMap<PathBuf, Held>) {
    loop {
        let mut more = Vec::new();
        for (path, change) in changes.iter().filter(|(path, _)| !held.contains_key(*path)) {
            let goes = is_dir(change.before.as_ref()) && !is_dir(change.after.as_ref());
            let beneath = || {
                let after = (std::ops::Bound::Excluded(path.clone()), std::ops::Bound::Unbounded);
                held.range(after).take_while(|(inner, _)| inner.starts_with(path))
            };
            let stays_file = |above: &Path| {
                let is_in_the_way = changes.get(above).is_some_and(|change| !is_dir(change.before.as_ref()));
                held.get(above).filter(|_| is_in_the_way)
            };
            let above = || {
                let folders = path.ancestors().skip(1);
                folders.filter_map(|above| Some((above, stays_file(above)?)))
            };
            let inside = goes.then(|| beneath().map(|(inner, why)| (inner.as_path(), why)));
            let holder = inside.and_then(|inside| inside.max_by_key(|(_, why)| *why));
            let holder = holder.or_else(|| above().next().filter(|_| change.after.is_some()));
            if let Some((other, why)) = holder {
                let why = match why {
                    Held::Others => Held::Others,
                    Held::LeftAlone(_) => Held::LeftAlone(Why::InTheWay(other.to_owned())),
                };
                more.push((path.clone(), why));
            }
        }
        if more.is_empty() {
            return;
        }
        held.extend(more);
    }
}

fn is_dir(node: Option<&Node>) -> bool {
    node.is_some_and(Node::is_dir)
}
