//! CheckpointStore of a project as the app keeps them, and the way back (B36). Everything here blocks.

#[cfg(test)]
mod tests;

use crate::checkpoint_nodes::{MAX_READ_BYTES, checkpoint_id as id, shown, storage, version};
use crate::compare::{self, ComparisonOutcome};
use crate::copy_dirs;
use config::Home;
use worktree::watch::Workspace;
use worktree::watch::planned::{Planned, difference};

use engine::{CompareRequest, UndoRequest};
use protocol::{
    ChangeSource, CheckpointWhen, CopyId, ErrorInfo, ErrorKind, FileVersions, LostFiles, OpId, SessionId,
    TaskId, UndoMode, UndoPlan, Undone, WorkspaceDiff,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use worktree::{
    CheckpointId, EarlierFile, Error, Node, NodeChange, PlanRequest, Report, RestorePlan, SnapshotRequest,
    Store, TransactionId, Unkept, store_dir,
};

/// Attempts of an undo whose files change under it.
const TRIES: usize = 3;

/// Time a checkpoint is kept that no session has written down.
const GRACE: Duration = Duration::from_hours(24);

/// Interval between two sweeps.
const SWEPT: Duration = Duration::from_hours(1);

/// Files that are named one by one in a note.
const MAX_NAMED: usize = 5;

/// The checkpoints one session takes of its project.
#[derive(Debug)]
pub(crate) struct CheckpointStore {
    workspace: Workspace,
    owner: SessionId,
    /// The one from before the task; `None` when there is none.
    before_task: Option<CheckpointId>,
    /// The one that was kept for the session last.
    pinned: Option<CheckpointId>,
    /// Last note on what is left out.
    noted: Option<String>,
}

/// A checkpoint that was taken, or was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TakenCheckpoint {
    pub(crate) id: Option<String>,
    /// Note for people: what is left out, or why there is none.
    pub(crate) note: Option<String>,
    /// Ignored files that the task removed, at its end.
    pub(crate) lost: Vec<LostFiles>,
}

/// Outcome of an undo.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum UndoOutcome {
    /// Plan, shown only.
    Preview(UndoPlan),
    /// Both versions of a file.
    Read(FileVersions),
    /// Result, with notes for people.
    Done(Undone, Vec<String>),
}

/// Returns the workspace of the project at `root`, or of the isolated copy that is there. Nothing is looked at before a task begins.
pub(crate) fn workspace(home: &Home, root: &Path, copy: Option<&CopyId>) -> Workspace {
    let except = home.dirs().iter().map(|dir| (*dir).to_owned()).collect();
    Workspace::open_without(&store_dir(&checkpoints_dir(home, copy), root), root, except)
}

impl CheckpointStore {
    pub(crate) fn new(workspace: Workspace, owner: SessionId) -> Self {
        Self { workspace, owner, before_task: None, pinned: None, noted: None }
    }

    /// Resumes a session: pins its checkpoints, whoever took them, and goes on with the task in the middle of its work.
    pub(crate) fn resume(&mut self, ids: &[String], before_task: Option<(TaskId, String)>) {
        let ids: Vec<CheckpointId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        let owner = self.owner.clone();
        if !ids.is_empty()
            && let Err(error) = self.workspace.with_store(|store| store.pin(owner.as_str(), &ids))
        {
            tracing::warn!(%error, "the checkpoints of a session that is gone on with could not be kept for it");
        }
        self.before_task = None;
        if let Some((task_id, id)) = before_task
            && let Ok(base) = id.parse()
        {
            self.before_task = Some(base);
            if let Err(error) = self.workspace.resume_task(task_id, base) {
                tracing::warn!(%error, "the changes of a task that is gone on with cannot be told");
            }
        }
    }

    /// Takes a checkpoint. Within a task that has none to go back to, none is taken.
    pub(crate) fn take(&mut self, when: &CheckpointWhen) -> TakenCheckpoint {
        let (what, taken) = match when {
            CheckpointWhen::BeforeTask { task_id } => {
                self.before_task = None;
                let taken = self.workspace.begin_task(*task_id).map(Some);
                self.before_task = taken.as_ref().ok().and_then(|taken| taken.as_ref().map(|(id, _)| *id));
                ("this task cannot be undone", taken)
            }
            CheckpointWhen::BeforeCommand { .. } | CheckpointWhen::AfterTask { .. } => {
                if self.before_task.is_none() {
                    return TakenCheckpoint::default();
                }
                ("there is no checkpoint", self.workspace.snapshot())
            }
        };
        let owner = self.owner.clone();
        let pinned = taken.and_then(|taken| {
            let id = taken.as_ref().map(|(id, _)| *id);
            // where nothing has changed it is the one before
            if id != self.pinned {
                let ids: Vec<_> = id.into_iter().collect();
                self.workspace.with_store(|store| store.pin(owner.as_str(), &ids))?;
                self.pinned = id;
            }
            Ok(taken)
        });
        match pinned {
            Ok(None) => TakenCheckpoint::default(),
            Ok(Some((id, report))) => {
                let note = left_out(&report);
                let is_news = note.is_some() && note != self.noted;
                self.noted.clone_from(&note);
                let is_end = matches!(when, CheckpointWhen::AfterTask { .. });
                let lost = if is_end { self.workspace.lost() } else { Vec::new() };
                TakenCheckpoint { id: Some(id.to_string()), note: note.filter(|_| is_news), lost }
            }
            Err(error) => {
                TakenCheckpoint { note: Some(format!("{what}: {error}")), ..TakenCheckpoint::default() }
            }
        }
    }

    /// Puts the files back, or says what that would do. For tasks whose changes were not recorded, `gaps` are what the agent left
    /// and what it found when it came back.
    pub(crate) fn undo(
        &mut self,
        op: &OpId,
        request: &UndoRequest,
        gaps: &[(String, String)],
    ) -> Result<UndoOutcome, ErrorInfo> {
        let mut last = None;
        for _ in 0..TRIES {
            match self.try_undo(op, request, gaps) {
                Ok(Ok(outcome)) => return Ok(outcome),
                Ok(Err(refusal)) => return Err(refusal),
                // somebody is writing at this very moment
                Err(error @ Error::Changed(_)) => last = Some(error),
                Err(error) => return Err(storage(&error)),
            }
        }
        Err(last.map_or_else(
            || ErrorInfo::new(ErrorKind::Storage, "nothing was put back"),
            |error| storage(&error),
        ))
    }

    /// Compares the files with what they were, or reverts a part of the difference. `earlier` are the files of the last commit that
    /// differ from it, where they are compared with that.
    pub(crate) fn compare(
        &mut self,
        op: &OpId,
        request: &CompareRequest,
        earlier: &BTreeMap<PathBuf, Option<EarlierFile>>,
    ) -> Result<ComparisonOutcome, ErrorInfo> {
        let mut last = None;
        for _ in 0..TRIES {
            match compare::compare(&self.workspace, &self.owner, op, request, earlier) {
                Ok(outcome) => return outcome,
                // somebody is writing at this very moment
                Err(error @ Error::Changed(_)) => last = Some(error),
                Err(error) => return Err(storage(&error)),
            }
        }
        Err(last.map_or_else(
            || ErrorInfo::new(ErrorKind::Storage, "nothing was reverted"),
            |error| storage(&error),
        ))
    }

    /// Takes a snapshot for an undo: with all that was there before, and all the tasks are known to have changed.
    fn snapshot(&self, target: CheckpointId, named: &BTreeSet<PathBuf>) -> Result<CheckpointId, Error> {
        let request = SnapshotRequest { earlier: &[target], named: Some(named), rules_of: None };
        self.workspace.with_store(|store| {
            let (id, _) = store.snapshot_with(request)?;
            store.pin(self.owner.as_str(), &[id])?;
            Ok(id)
        })
    }

    fn try_undo(
        &mut self,
        op: &OpId,
        request: &UndoRequest,
        gaps: &[(String, String)],
    ) -> Result<Result<UndoOutcome, ErrorInfo>, Error> {
        let target = match id(&request.to) {
            Ok(target) => target,
            Err(error) => return Ok(Err(error)),
        };
        let named = request.changed.iter().flatten().map(|changed| changed.path.clone()).collect();
        let now = self.snapshot(target, &named)?;
        let gaps = gaps.iter().filter_map(|(left, found)| Some((id(left).ok()?, id(found).ok()?)));
        let mut gaps: Vec<_> = gaps.collect();
        // where it is not known what the agent left, anything may be somebody else's
        let left = request.base.as_deref().and_then(|base| id(base).ok()).unwrap_or(target);
        gaps.push((left, now));
        let changed = request.changed.clone();
        let plan = self.workspace.with_store(|store| {
            gaps.retain(|(left, found)| {
                store.has(*left).unwrap_or(false) && store.has(*found).unwrap_or(false)
            });
            let others_paths = BTreeSet::new();
            store.plan(&PlanRequest { target, now, changed, others: gaps, others_paths })
        })?;
        let overwrite = match &request.mode {
            UndoMode::Preview => return Ok(Ok(UndoOutcome::Preview(self.preview(request, &plan)?))),
            UndoMode::Read { path, old_path } => {
                let versions = self.read_versions(&plan, path, old_path.as_deref())?;
                return Ok(Ok(UndoOutcome::Read(versions)));
            }
            UndoMode::Apply { overwrite } => *overwrite,
        };
        if plan.restore.is_empty() && !plan.conflicts.is_empty() && !overwrite {
            let changed = names(plan.conflicts.iter().map(|change| &change.path));
            let error = ErrorInfo::new(
                ErrorKind::BadRequest,
                format!("nothing was put back: somebody else has changed all of it since: {changed}"),
            );
            return Ok(Err(
                error.with_hint("say that their changes are to be overwritten, or leave it as it is")
            ));
        }
        let owner = self.owner.clone();
        let foretold = self.workspace.with_store(|store| {
            let foretold = store.foretell(now, &plan, overwrite)?;
            store.pin(owner.as_str(), &[foretold])?;
            Ok(foretold)
        })?;
        let conflicts = plan.conflicts.iter().filter(|_| !overwrite).map(|change| &change.path);
        let left_alone = conflicts.chain(plan.left_alone.iter().map(|left| &left.path));
        // what is recorded on the next start if this process does not get to
        let mut undone = Undone {
            task_id: request.task_id,
            redo: request.redo,
            reverted: request.reverted,
            paths: plan.steps(overwrite).map(|change| shown(&change.path)).collect(),
            left_alone: left_alone.map(|path| shown(path)).collect(),
            saved: now.to_string(),
            left: foretold.to_string(),
        };
        let transaction = TransactionId::of_op(&owner, op);
        let applied = self.workspace.apply_as(&plan, overwrite, Some(transaction), undone.clone())?;
        undone.paths = applied.restored.iter().map(|path| shown(path)).collect();
        undone.left_alone.extend(applied.kept_folders.iter().map(|path| shown(path)));
        if let Ok(left) = self.snapshot(target, &named) {
            undone.left = left.to_string();
        }
        Ok(Ok(UndoOutcome::Done(undone, applied.stuck)))
    }

    fn preview(&mut self, request: &UndoRequest, plan: &RestorePlan) -> Result<UndoPlan, Error> {
        let mut notes = Vec::new();
        let mut room = MAX_READ_BYTES;
        let restore = self.planned(&plan.restore, &mut room, &mut notes)?;
        let conflicts = self.planned(&plan.conflicts, &mut room, &mut notes)?;
        let mut files = difference(restore, None);
        files.extend(difference(conflicts, Some(ChangeSource::Other)));
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut left_alone: BTreeMap<String, Vec<&PathBuf>> = BTreeMap::new();
        for left in &plan.left_alone {
            left_alone.entry(left.why.to_string()).or_default().push(&left.path);
        }
        notes.extend(left_alone.into_iter().map(|(why, paths)| match paths.as_slice() {
            [path] => format!("{} stays: {why}", shown(path)),
            _ => format!("{} paths stay: {why}: {}", paths.len(), names(paths.iter().copied())),
        }));
        let conflicts = plan.conflicts.iter().map(|change| shown(&change.path)).collect();
        let diff = WorkspaceDiff { files, notes };
        let lost = self.still_lost(request)?;
        Ok(UndoPlan { task_id: request.task_id, redo: request.redo, diff, conflicts, lost })
    }

    /// Reads a file as it is and as it would be.
    fn read_versions(
        &self,
        plan: &RestorePlan,
        path: &str,
        old_path: Option<&str>,
    ) -> Result<FileVersions, Error> {
        let find = |path: &str| {
            plan.restore.iter().chain(&plan.conflicts).find(|change| shown(&change.path) == path)
        };
        let old = find(old_path.unwrap_or(path)).and_then(|change| change.before.as_ref());
        let new = find(path).and_then(|change| change.after.as_ref());
        self.workspace.with_store(|store| compare::read_nodes(store, old, new))
    }

    /// Returns the ignored files that the tasks removed and that are not there again.
    fn still_lost(&self, request: &UndoRequest) -> Result<Vec<LostFiles>, Error> {
        let Some(target) = request.to.parse().ok().filter(|_| !request.lost.is_empty()) else {
            return Ok(Vec::new());
        };
        let Some(missing) = self.workspace.with_store(|store| store.lost_since(target))? else {
            return Ok(request.lost.clone());
        };
        let missing: BTreeMap<String, usize> =
            missing.into_iter().map(|(path, count)| (shown(&path), count)).collect();
        let lost = request.lost.iter().filter_map(|lost| {
            let missing = u32::try_from(*missing.get(&lost.path)?).unwrap_or(u32::MAX);
            Some(LostFiles { path: lost.path.clone(), count: lost.count.min(missing) })
        });
        Ok(lost.collect())
    }

    /// Both versions of what is to change; what no diff shows goes to the notes.
    fn planned(
        &mut self,
        changes: &[NodeChange],
        room: &mut u64,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Planned>, Error> {
        let mut planned = Vec::new();
        for NodeChange { path, before, after, .. } in changes {
            let of = |node: &Option<Node>| node.as_ref().and_then(Node::mode).map(|mode| format!("{mode:o}"));
            let name = shown(path);
            let runs = |mode: u32| mode & 0o111 != 0;
            match (before, after) {
                // a diff tells whether a file can be run, and no more of its mode
                (Some(Node::File { mode: old, .. }), Some(Node::File { mode: new, .. }))
                    if runs(*old) != runs(*new) => {}
                (Some(Node::Dir { .. }), Some(Node::Dir { .. }))
                | (Some(Node::File { .. }), Some(Node::File { .. }))
                    if of(before) != of(after) =>
                {
                    let (before, after) = (of(before).unwrap_or_default(), of(after).unwrap_or_default());
                    notes.push(format!("{name}: mode {before} becomes {after}"));
                }
                (Some(Node::Dir { .. }), None) => notes.push(format!("{name}: the folder goes")),
                (None, Some(Node::Dir { .. })) => notes.push(format!("{name}: the folder comes back")),
                _ => {}
            }
            planned.push(self.workspace.with_store(|store| {
                let now = version(store, before.as_ref(), room)?;
                let then = version(store, after.as_ref(), room)?;
                Ok(Planned { path: path.clone(), now, then })
            })?);
        }
        Ok(planned)
    }
}

/// Removes the checkpoints of sessions that are no more, and of projects that are gone with all their sessions. Looks once an
/// hour at the most.
pub(crate) fn sweep(home: &Home) {
    let dir = checkpoints_dir(home, None);
    let mark = dir.join("swept");
    let age = fs::metadata(&mark).and_then(|meta| meta.modified()).ok();
    if age.is_some_and(|swept| SystemTime::now().duration_since(swept).is_ok_and(|age| age < SWEPT)) {
        return;
    }
    // without knowing who lives nothing is removed
    let (Ok(living), Ok(stores)) = (transcript::living(home), fs::read_dir(&dir)) else { return };
    let lives = |owner: &str| living.contains(&SessionId::from(owner)) || copy_dirs::is_owner(home, owner);
    for store in stores.flatten() {
        if let Some(root) = Store::project_of(&store.path())
            && let Err(error) = sweep_one(&store.path(), &root, lives)
        {
            tracing::warn!(%error, "checkpoints of deleted sessions could not be removed");
        }
    }
    if let Err(error) = fs::write(&mark, "") {
        tracing::debug!(%error, "that the checkpoints were looked through could not be noted");
    }
}

fn sweep_one(dir: &Path, root: &Path, lives: impl Fn(&str) -> bool) -> Result<(), Error> {
    let mut store = Store::open(dir, root)?;
    if !root.exists() && !store.owners().iter().any(|owner| lives(owner)) {
        return store.delete();
    }
    let collected = store.collect(lives, GRACE)?;
    tracing::debug!(?collected, "checkpoints of deleted sessions were removed");
    Ok(())
}

/// Returns the folder of the stores of all projects, or of the one of an isolated copy.
pub(crate) fn checkpoints_dir(home: &Home, copy: Option<&CopyId>) -> PathBuf {
    copy.map_or_else(
        || home.app_file("checkpoints"),
        |copy| copy_dirs::copy_dir(home, copy).join("checkpoints"),
    )
}

/// Returns what a checkpoint leaves out, for people. A socket somebody listens on is nobody's work.
fn left_out(report: &Report) -> Option<String> {
    let skipped: Vec<_> = report.skipped.iter().filter(|skipped| skipped.why != Unkept::Special).collect();
    let named: Vec<_> = skipped
        .iter()
        .take(MAX_NAMED)
        .map(|skipped| format!("{} ({})", shown(&skipped.path), skipped.why))
        .collect();
    let more = skipped.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!named.is_empty()).then(|| format!("an undo would leave these alone: {}{more}", named.join(", ")))
}

fn names<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> String {
    let mut names: Vec<_> = paths.map(|path| shown(path)).collect();
    let more = names.len().saturating_sub(MAX_NAMED);
    names.truncate(MAX_NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}
