//! From the changes of a view to a patch that a person can look at.

use crate::node::Node;
use crate::overlay::scan::OverlayChange;
use crate::overlay_content::read_file;
use crate::path_state::path_state;
use apply_patch::{difference, sha256_hex};
use protocol::{FilePatch, Hunk, HunkId, PatchKind, PatchProposal, PathEffect};
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Maximum number of changed paths that a person is asked about.
pub(super) const MAX_PATHS: usize = 2_000;

/// Maximum size of a text that is shown line by line, in bytes.
const MAX_TEXT_BYTES: u64 = 1024 * 1024;

/// Maximum size of all such texts, in bytes.
const MAX_ALL_BYTES: u64 = 8 * 1024 * 1024;

/// Makes the patch of these changes.
pub(super) fn of_changes(changes: &[OverlayChange], cwd: &Path) -> Result<PatchProposal, String> {
    let cwd = cwd.canonicalize().unwrap_or_else(|_| cwd.to_owned());
    let by_path: BTreeMap<&Path, &OverlayChange> =
        changes.iter().map(|change| (change.path.as_path(), change)).collect();
    let mut proposal = PatchProposal::default();
    let mut budget = MAX_ALL_BYTES;
    for change in by_path.values() {
        if is_implied(change, &by_path) {
            continue;
        }
        if proposal.files.len() == MAX_PATHS {
            return Err(format!(
                "{} files changed, more than {MAX_PATHS} that could be asked about; nothing of it was kept",
                changes.len()
            ));
        }
        let number = proposal.files.len();
        proposal.files.push(file_patch(number, change, &cwd, &by_path, &mut budget)?);
    }
    Ok(proposal)
}

/// Reports whether a folder comes or goes with what is in it.
fn is_implied(change: &OverlayChange, all: &BTreeMap<&Path, &OverlayChange>) -> bool {
    let dir = |node: &Option<Node>| node.as_ref().is_some_and(Node::is_dir);
    let comes = change.before.is_none() && dir(&change.after);
    let goes = dir(&change.before) && change.after.is_none();
    let from = (std::ops::Bound::Excluded(change.path.as_path()), std::ops::Bound::Unbounded);
    let mut inside = all.range::<Path, _>(from).take_while(|(path, _)| path.starts_with(&change.path));
    (comes && inside.any(|(_, inner)| inner.after.is_some()))
        || (goes && inside.any(|(_, inner)| inner.before.is_some()))
}

fn file_patch(
    number: usize,
    change: &OverlayChange,
    cwd: &Path,
    all: &BTreeMap<&Path, &OverlayChange>,
    budget: &mut u64,
) -> Result<FilePatch, String> {
    let named = change.path.strip_prefix(cwd).unwrap_or(&change.path).display().to_string();
    let read = |node: &Option<Node>, path: &Path| match node {
        Some(Node::File { .. }) => {
            read_file(path).map(Some).map_err(|error| format!("{} cannot be read: {error}", path.display()))
        }
        _ => Ok(None),
    };
    let (before, after) = (read(&change.before, &change.path)?, read(&change.after, &change.content)?);
    let mut notes = Vec::new();
    let lines = lines_of(number, change, before.as_deref(), after.as_deref(), budget);
    let is_whole = lines.is_none();
    let (kind, hunks) = match lines {
        Some((kind, hunks, is_exact)) => {
            if !is_exact && !matches!(kind, PatchKind::Add) {
                notes.push("the ends of its lines change as well, when all of it is applied".to_owned());
            }
            (kind, hunks)
        }
        None => (kind_of(change), vec![described(number, change, before.as_deref(), after.as_deref())]),
    };
    notes.extend(mode_note(change).filter(|_| !is_whole));
    if before.is_some() && change.path.symlink_metadata().is_ok_and(|there| there.nlink() > 1) {
        notes.push("it has other names (hard links), which keep what is in it now".to_owned());
    }
    let content = change.after.is_some().then(|| change.content.clone());
    Ok(FilePatch {
        path: named,
        target: change.path.clone(),
        kind,
        move_target: None,
        base_sha256: before.as_deref().map(sha256_hex),
        move_base_sha256: None,
        hunks,
        outside: false,
        protected: None,
        loose: Vec::new(),
        linked: Vec::new(),
        binary: [&before, &after].into_iter().flatten().any(|bytes| text_of(bytes).is_none()),
        conflicts: Vec::new(),
        effect: Some(PathEffect {
            was: path_state(change.before.as_ref()),
            now: path_state(change.after.as_ref()),
            is_whole,
            content,
            gone_folders: gone_folders(change, all),
        }),
        notes,
    })
}

/// Returns the folders above a removed path that are removed as well, innermost first.
fn gone_folders(change: &OverlayChange, all: &BTreeMap<&Path, &OverlayChange>) -> Vec<PathBuf> {
    if change.after.is_some() {
        return Vec::new();
    }
    let above = change.path.ancestors().skip(1);
    above
        .take_while(|folder| {
            all.get(folder).is_some_and(|gone| gone.after.as_ref().is_none_or(|node| !node.is_dir()))
        })
        .filter(|folder| all.get(folder).is_some_and(|gone| gone.after.is_none()))
        .map(Path::to_owned)
        .collect()
}

fn kind_of(change: &OverlayChange) -> PatchKind {
    let is_entry = |node: &Option<Node>, other: &Option<Node>| match node {
        None => false,
        // in the place of a folder, or for one, is another thing
        Some(node) => !node.is_dir() || other.as_ref().is_none_or(Node::is_dir),
    };
    match (is_entry(&change.before, &change.after), is_entry(&change.after, &change.before)) {
        (true, true) => PatchKind::Update { move_to: None },
        (true, false) => PatchKind::Delete,
        (false, _) => PatchKind::Add,
    }
}

/// Returns the change as lines of text, and whether they are all of it; `None` where it is none of text.
fn lines_of<'a>(
    number: usize,
    change: &OverlayChange,
    before: Option<&'a [u8]>,
    after: Option<&'a [u8]>,
    budget: &mut u64,
) -> Option<(PatchKind, Vec<Hunk>, bool)> {
    let is_file = |node: &Option<Node>| matches!(node, None | Some(Node::File { .. } | Node::Dir { .. }));
    if !is_file(&change.before) || !is_file(&change.after) || (before.is_none() && after.is_none()) {
        return None;
    }
    let size = before.map_or(0, <[u8]>::len).max(after.map_or(0, <[u8]>::len)) as u64;
    if size > MAX_TEXT_BYTES || size > *budget {
        return None;
    }
    let text = |bytes: Option<&'a [u8]>| bytes.map_or(Some(None), |bytes| text_of(bytes).map(Some));
    let (before, after) = (text(before)?, text(after)?);
    let found = difference(number, before, after)?;
    if found.hunks.is_empty() {
        return None;
    }
    *budget -= size;
    Some((found.kind, found.hunks, found.is_exact))
}

fn text_of(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

/// Describes a change that is not one of lines.
fn described(number: usize, change: &OverlayChange, before: Option<&[u8]>, after: Option<&[u8]>) -> Hunk {
    let mut old = words(change.before.as_ref(), before);
    let mut new = words(change.after.as_ref(), after);
    if kind_of(change) == PatchKind::Add {
        old.clear();
    }
    if kind_of(change) == PatchKind::Delete {
        new.clear();
    }
    if before.is_some() && before == after {
        // its mode alone
        old.truncate(1);
        new.truncate(1);
    } else if let (Some(before), Some(after)) = (before, after)
        && let (Ok(before), Ok(after)) = (std::str::from_utf8(before), std::str::from_utf8(after))
        && before.lines().eq(after.lines())
    {
        old.push(ends_of_lines(before));
        new.push(ends_of_lines(after));
    }
    Hunk {
        id: HunkId::new(number, 0),
        old_start: 0,
        new_start: 0,
        before: Vec::new(),
        old,
        new,
        after: Vec::new(),
    }
}

fn words(node: Option<&Node>, bytes: Option<&[u8]>) -> Vec<String> {
    match node {
        None | Some(Node::Unkept { .. }) => Vec::new(),
        Some(Node::Dir { mode, .. }) => vec![format!("folder, mode {mode:04o}")],
        Some(Node::Link { .. }) => {
            let target = node.and_then(Node::link_target).unwrap_or_default();
            vec![format!("link to {}", target.display())]
        }
        Some(Node::File { mode, size, .. }) => vec![
            format!("file, mode {mode:04o}"),
            format!("{size} bytes, SHA-256 {}", sha256_hex(bytes.unwrap_or_default())),
        ],
    }
}

fn ends_of_lines(text: &str) -> String {
    let crlf = text.matches("\r\n").count();
    let lf = text.matches('\n').count() - crlf;
    let last = if text.ends_with('\n') { "" } else { ", the last line without an end" };
    format!("line ends: {lf} LF, {crlf} CRLF{last}")
}

/// Says what becomes of a file's mode.
fn mode_note(change: &OverlayChange) -> Option<String> {
    let (before, after) = (change.before.as_ref(), change.after.as_ref()?);
    let after = after.mode()?;
    match before.filter(|node| !node.is_dir()).and_then(Node::mode) {
        Some(before) if before != after => Some(format!("its mode becomes {after:04o}, from {before:04o}")),
        None if after & 0o7111 != 0 => Some(format!("its mode is {after:04o}")),
        _ => None,
    }
}
