//! Files and hunks of a patch, as a receipt holds them.

use crate::line::LineHash;
use crate::pending::RecordedAnswer;
use crate::record::{HunkState, ReceiptFile, ReceiptHunk};
use protocol::{ChangedPath, FilePatch, Hunk, HunkOutcome, PatchEndedBy, PatchKind};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Returns a file of a patch with its hunks, and its states as they were recorded when it was written.
pub(crate) fn receipt_file(
    cwd: &Path,
    file: &FilePatch,
    hunks: Vec<ReceiptHunk>,
    changed: &[ChangedPath],
) -> ReceiptFile {
    let path = relative(cwd, &file.target).unwrap_or_else(|| file.path.clone());
    let (kind, moved_to) = match &file.kind {
        PatchKind::Add => ("add", None),
        PatchKind::Delete => ("delete", None),
        PatchKind::Update { move_to } => {
            let target = file.move_target.as_deref().and_then(|target| relative(cwd, target));
            ("update", target.or_else(|| move_to.clone()))
        }
    };
    let landed = moved_to.as_ref().unwrap_or(&path);
    let states = || changed.iter().filter(|changed| slashed(&changed.path) == *landed);
    let effect = file.effect.as_ref();
    let is_written = hunks.iter().any(|hunk| hunk.state.is_written());
    let now = states().next_back().map(|changed| changed.now.clone());
    let was = states().next().map(|changed| changed.was.clone());
    ReceiptFile {
        kind: kind.to_owned(),
        base_sha256: file.base_sha256.clone(),
        was: was.or_else(|| effect.filter(|_| is_written).map(|effect| effect.was.clone())),
        now: now.or_else(|| {
            effect.filter(|effect| is_written && effect.is_whole).map(|effect| effect.now.clone())
        }),
        whole: effect.is_some_and(|effect| effect.is_whole),
        hunks,
        path,
        moved_to,
    }
}

/// Returns a hunk with what became of it.
pub(crate) fn receipt_hunk(
    hunk: &Hunk,
    answer: Option<&RecordedAnswer>,
    ended_by: &PatchEndedBy,
    outcomes: &[HunkOutcome],
) -> ReceiptHunk {
    let selection = answer.and_then(|answer| answer.hunks.as_ref());
    let in_part = selection.is_some_and(|selection| selection.partial.iter().any(|part| part.id == hunk.id));
    let outcome = outcomes.iter().find(|outcome| *outcome.id() == hunk.id);
    let (state, text) = match (ended_by, outcome) {
        (PatchEndedBy::Written, Some(HunkOutcome::Written { .. })) => (HunkState::Written, None),
        (PatchEndedBy::Written, Some(HunkOutcome::Edited { new_text, .. })) => {
            (if in_part { HunkState::InPart } else { HunkState::Edited }, Some(new_text))
        }
        (PatchEndedBy::Written | PatchEndedBy::Declined | PatchEndedBy::Refused { .. }, _) => {
            (HunkState::Declined, None)
        }
        _ => (HunkState::NotWritten, None),
    };
    let hashes = |lines: &[String]| -> Vec<String> {
        let lines = lines.iter().filter(|_| state.is_written());
        lines.map(|line| LineHash::new(line.as_bytes()).to_hex()).collect()
    };
    let written = match text {
        Some(text) if text.is_empty() => Vec::new(),
        Some(text) => hashes(&text.split('\n').map(str::to_owned).collect::<Vec<_>>()),
        None => hashes(&hunk.new),
    };
    let viewed = answer.and_then(|answer| answer.viewed.as_ref());
    ReceiptHunk {
        id: hunk.id.to_string(),
        sha256: hunk_hash(hunk),
        line: hunk.old_start.saturating_add(1),
        state,
        viewed: viewed.map(|viewed| viewed.contains(&hunk.id)),
        before: hashes(&hunk.before),
        old: hashes(&hunk.old),
        written,
        after: hashes(&hunk.after),
    }
}

/// Hashes the lines that a hunk takes out and those that it puts in, as they were shown.
fn hunk_hash(hunk: &Hunk) -> String {
    let mut hash = Sha256::new();
    let old = hunk.old.iter().map(|line| ("-", line));
    for (mark, line) in old.chain(hunk.new.iter().map(|line| ("+", line))) {
        hash.update(mark);
        hash.update(line);
        hash.update("\n");
    }
    hex::encode(hash.finalize())
}

/// Returns a path relative to the session's folder, with slashes; `None` when it is outside.
pub(crate) fn relative(cwd: &Path, path: &Path) -> Option<String> {
    path.strip_prefix(cwd).ok().map(slashed)
}

/// Returns a path with slashes.
pub(crate) fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
