//! Comparison of a project's files with an earlier state of them, and reverts of a part of the difference. Everything here blocks.

use crate::checkpoint_nodes::{MAX_READ_BYTES, checkpoint_id, shown, version};
use crate::commit::with_crlf;
use crate::file_version::{MAX_PICTURE_BYTES, file_version};
use engine::{CompareAction, CompareBase, CompareRequest};
use protocol::{
    DiffFile, ErrorInfo, ErrorKind, FilePatchText, FileVersions, OpId, RevertPart, Reverted, SessionId,
    Undone, WorkspaceDiff,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use vcs::CommittedEntry;
use worktree::watch::Workspace;
use worktree::watch::planned::{Planned, patches};
use worktree::{
    CheckpointId, EarlierFile, Error, HunkLines, Node, NodeChange, RevertFile, SnapshotRequest, Store,
    TransactionId,
};

/// Outcome of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ComparisonOutcome {
    /// The difference, and the text of each of its files.
    Shown(WorkspaceDiff, Vec<FilePatchText>),
    /// Both versions of one file.
    Read(FileVersions),
    /// A part of it was reverted, with notes for people.
    Reverted(Undone, Vec<String>),
}

/// Reads the files of the last commit that differ from it. Those that `crlf` names get the line endings they have on disk.
pub(crate) fn read_earlier(
    folder: &Path,
    paths: &[String],
    crlf: &BTreeSet<String>,
) -> Result<BTreeMap<PathBuf, Option<EarlierFile>>, ErrorInfo> {
    let committed =
        vcs::read_committed(folder, paths).map_err(|error| ErrorInfo::new(ErrorKind::Storage, error))?;
    let earlier = paths.iter().zip(committed).filter_map(|(path, committed)| {
        let earlier = match committed {
            CommittedEntry::Absent => None,
            CommittedEntry::File { executable, bytes } => {
                let bytes = if crlf.contains(path) { with_crlf(&bytes) } else { bytes };
                Some(EarlierFile::File { executable, bytes })
            }
            CommittedEntry::Link(target) => Some(EarlierFile::Link(target)),
            // such as a submodule, of which no file is the project's
            CommittedEntry::Other => return None,
        };
        Some((PathBuf::from(path), earlier))
    });
    Ok(earlier.collect())
}

/// Compares the files, and reverts what the request says.
///
/// [`Error::Changed`] when the files change meanwhile: then nothing was done.
pub(crate) fn compare(
    workspace: &Workspace,
    owner: &SessionId,
    op: &OpId,
    request: &CompareRequest,
    earlier: &BTreeMap<PathBuf, Option<EarlierFile>>,
) -> Result<Result<ComparisonOutcome, ErrorInfo>, Error> {
    let base = match &request.base {
        CompareBase::Checkpoint(id) => match checkpoint_id(id) {
            Ok(base) => Some(base),
            Err(error) => return Ok(Err(error)),
        },
        CompareBase::LastCommit => None,
    };
    let (now, changes) = workspace.with_store(|store| {
        let earlier_checkpoints: Vec<_> = base.into_iter().collect();
        let snapshot =
            SnapshotRequest { earlier: &earlier_checkpoints, named: Some(&request.named), rules_of: None };
        let (now, _) = store.snapshot_with(snapshot)?;
        let changes = match base {
            Some(base) => store.changes(now, base)?,
            None => store.changes_to(now, earlier)?,
        };
        Ok((now, changes))
    })?;
    if let CompareAction::Read(path) = &request.action {
        return Ok(Ok(ComparisonOutcome::Read(read_versions(workspace, &changes, path)?)));
    }
    let (files, texts) = patches(planned(workspace, &changes)?);
    if let CompareAction::Revert(part) = &request.action {
        return revert(workspace, owner, op, request, (now, &changes, &files), part);
    }
    Ok(Ok(ComparisonOutcome::Shown(WorkspaceDiff { files, notes: Vec::new() }, texts)))
}

/// Reads both versions of a file. Of one that was moved, the earlier version is at the path it had.
fn read_versions(workspace: &Workspace, changes: &[NodeChange], path: &str) -> Result<FileVersions, Error> {
    let (files, _) = patches(planned(workspace, changes)?);
    let old_path = files.iter().find(|file| file.path == path).and_then(|file| file.old_path.clone());
    let find = |path: &str| changes.iter().find(|change| shown(&change.path) == path);
    let old = find(old_path.as_deref().unwrap_or(path)).and_then(|change| change.after.as_ref());
    let new = find(path).and_then(|change| change.before.as_ref());
    workspace.with_store(|store| read_nodes(store, old, new))
}

/// Reads two versions of a file; what is no regular file has none.
pub(crate) fn read_nodes(
    store: &mut Store,
    old: Option<&Node>,
    new: Option<&Node>,
) -> Result<FileVersions, Error> {
    let mut read = |node: Option<&Node>| {
        let Some(node @ Node::File { size, .. }) = node else { return Ok(None) };
        let content = if *size > MAX_PICTURE_BYTES { None } else { store.content(node)? };
        Ok::<_, Error>(Some(file_version(*size, content.as_deref())))
    };
    Ok(FileVersions { old: read(old)?, new: read(new)? })
}

/// Both versions of what differs, the earlier one first.
fn planned(workspace: &Workspace, changes: &[NodeChange]) -> Result<Vec<Planned>, Error> {
    let mut room = MAX_READ_BYTES;
    workspace.with_store(|store| {
        let both = changes.iter().map(|change| {
            let now = version(store, change.after.as_ref(), &mut room)?;
            let then = version(store, change.before.as_ref(), &mut room)?;
            Ok(Planned { path: change.path.clone(), now, then })
        });
        both.collect()
    })
}

fn revert(
    workspace: &Workspace,
    owner: &SessionId,
    op: &OpId,
    request: &CompareRequest,
    (now, changes, files): (CheckpointId, &[NodeChange], &[DiffFile]),
    part: &RevertPart,
) -> Result<Result<ComparisonOutcome, ErrorInfo>, Error> {
    let refuse =
        |message: String, hint| Ok(Err(ErrorInfo::new(ErrorKind::BadRequest, message).with_hint(hint)));
    let path = &part.file.path;
    let Some(file) = files.iter().find(|file| is_same(file, &part.file)) else {
        return refuse(
            format!("{path} has changed since its changes were shown; nothing was reverted"),
            "look at the changes again, and revert what is to go",
        );
    };
    let hunk = part.hunk.map(|at| usize::try_from(at).ok().and_then(|at| file.hunks.get(at)));
    let Some(lines) = hunk.map_or(Some(None), |hunk| hunk.map(HunkLines::of).map(Some)) else {
        return refuse(format!("{path} has no such hunk; nothing was reverted"), "look at the changes again");
    };
    let find =
        |name: &str| changes.iter().map(|change| change.path.as_path()).find(|path| shown(path) == name);
    let old_path = file.old_path.as_deref().and_then(find);
    let plan = match find(path) {
        Some(path) => workspace.with_store(|store| {
            store.plan_revert(now, changes, RevertFile { path, old_path, lines: lines.as_ref() })
        })?,
        None => None,
    };
    let Some(plan) = plan else {
        return refuse(
            format!("{path} cannot be reverted: the checkpoints do not hold what it was"),
            "restore it by hand",
        );
    };
    let foretold = workspace.with_store(|store| {
        let foretold = store.foretell(now, &plan, false)?;
        store.pin(owner.as_str(), &[now, foretold])?;
        Ok(foretold)
    })?;
    // what is recorded on the next start if this process does not get to
    let mut undone = Undone {
        task_id: request.task_id,
        redo: false,
        reverted: Some(if lines.is_some() { Reverted::Hunk } else { Reverted::File }),
        paths: plan.steps(false).map(|change| shown(&change.path)).collect(),
        left_alone: Vec::new(),
        saved: now.to_string(),
        left: foretold.to_string(),
    };
    let transaction = TransactionId::of_op(owner, op);
    let applied = workspace.apply_as(&plan, false, Some(transaction), undone.clone())?;
    undone.paths = applied.restored.iter().map(|path| shown(path)).collect();
    Ok(Ok(ComparisonOutcome::Reverted(undone, applied.stuck)))
}

/// Reports whether the changes of a file are those that were shown, whoever made them.
fn is_same(file: &DiffFile, was_shown: &DiffFile) -> bool {
    file.path == was_shown.path && *file == DiffFile { sources: file.sources.clone(), ..was_shown.clone() }
}
