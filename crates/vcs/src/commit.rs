//! Changes of a commit.

use crate::committed::CommittedEntry;
use crate::repository::{AnyError, discover};
use gix::ObjectId;
use gix::bstr::BString;
use gix::object::tree::EntryKind;
use gix::objs::tree::EntryMode;
use std::collections::BTreeMap;
use std::path::Path;

/// Bytes of one file, and of all together, that are read.
const MAX_FILE_BYTES: u64 = 50 << 20;
const MAX_BYTES: u64 = 512 << 20;
/// Files that a commit may change.
const MAX_FILES: usize = 20_000;
/// Folders in folders that are read.
const MAX_DEPTH: usize = 200;
/// Commits that `~` goes back at the most.
const MAX_ANCESTORS: u32 = 100_000;

/// Commit with everything that it changes against its first parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitChanges {
    /// Id of the commit, in hex.
    pub id: String,
    /// Id of its first parent; `None` for a first commit.
    pub parent: Option<String>,
    /// Whether it has more than one parent.
    pub is_merge: bool,
    /// Files that it changes, by path.
    pub files: Vec<ChangedFile>,
}

/// File that a commit changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
    /// Path in the repository.
    pub path: String,
    /// Entry of the parent.
    pub before: CommittedEntry,
    /// Entry of the commit.
    pub after: CommittedEntry,
}

/// Reads what a commit of the repository that `dir` is in changes. `name` is an id or its beginning, a branch, a tag or `HEAD`, and
/// `~N` or `^` after it.
///
/// # Errors
/// Fails, with a text for people, where there is no repository, no such commit, or more in it than is read.
pub fn read_commit(dir: &Path, name: &str) -> Result<CommitChanges, String> {
    try_read(dir, name).map_err(|error| format!("the commit `{name}` cannot be read: {error}"))
}

/// Returns the path of a folder in the repository it is in, with slashes; empty for its top, `None` where it is in none.
pub fn folder_in_repository(dir: &Path) -> Option<String> {
    let repository = discover(dir).ok()?;
    let top = repository.workdir()?.canonicalize().ok()?;
    let path = dir.canonicalize().ok()?;
    let parts: Vec<_> = path
        .strip_prefix(&top)
        .ok()?
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    Some(parts.join("/"))
}

fn try_read(dir: &Path, name: &str) -> Result<CommitChanges, AnyError> {
    let repository = discover(dir)?;
    let commit = repository.find_commit(resolve(&repository, name)?)?;
    let parents: Vec<_> = commit.parent_ids().map(gix::Id::detach).collect();
    let parent = parents.first().copied();
    let before = match parent {
        Some(parent) => Some(
            repository
                .find_commit(parent)
                .map_err(|_| "its parent is not in this repository; fetch more of its history")?
                .tree_id()?
                .detach(),
        ),
        None => None,
    };
    let mut changed = BTreeMap::new();
    compare(&repository, (before, Some(commit.tree_id()?.detach())), &BString::default(), &mut changed, 0)?;
    let mut room = MAX_BYTES;
    let mut files = Vec::with_capacity(changed.len());
    for (path, (before, after)) in changed {
        files.push(ChangedFile {
            path: path.to_string(),
            before: read_entry(&repository, before, &mut room)?,
            after: read_entry(&repository, after, &mut room)?,
        });
    }
    Ok(CommitChanges {
        id: commit.id.to_string(),
        parent: parent.map(|parent| parent.to_string()),
        is_merge: parents.len() > 1,
        files,
    })
}

/// Finds the commit that a name means.
fn resolve(repository: &gix::Repository, name: &str) -> Result<ObjectId, AnyError> {
    let start = name.find(['~', '^']).unwrap_or(name.len());
    let (base, steps) = name.split_at(start);
    let mut id = resolve_base(repository, base)?;
    let mut chars = steps.chars();
    while let Some(mark) = chars.next() {
        let rest = chars.as_str();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        chars = after.chars();
        let back = match (mark, number) {
            ('~', "") | ('^', "" | "1") => 1,
            ('~', number) => {
                number.parse().ok().filter(|back| *back <= MAX_ANCESTORS).ok_or("no such ancestor")?
            }
            _ => return Err("only `~N` and `^` are understood after its name".into()),
        };
        for _ in 0..back {
            let commit = repository.find_commit(id)?;
            id = commit.parent_ids().next().ok_or("it has no such ancestor")?.detach();
        }
    }
    Ok(id)
}

fn resolve_base(repository: &gix::Repository, name: &str) -> Result<ObjectId, AnyError> {
    if name == "HEAD" || name == "@" {
        return Ok(repository.head_id()?.detach());
    }
    if let Ok(mut reference) = repository.find_reference(name) {
        let object = reference.peel_to_id()?.object()?;
        return Ok(object.peel_to_commit()?.id);
    }
    let is_hex = (4..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex {
        return Err("there is no branch, tag or commit of this name".into());
    }
    let prefix = gix::hash::Prefix::from_hex(name)?;
    match repository.objects.lookup_prefix(prefix, None)? {
        Some(Ok(id)) => Ok(repository.find_object(id)?.peel_to_commit()?.id),
        Some(Err(())) => Err("more than one object begins like this; give more of its id".into()),
        None => Err("there is no such commit in this repository".into()),
    }
}

type GitEntry = Option<(EntryMode, ObjectId)>;

/// Collects the entries that differ between two trees, beneath `path`.
fn compare(
    repository: &gix::Repository,
    (before, after): (Option<ObjectId>, Option<ObjectId>),
    path: &BString,
    changed: &mut BTreeMap<BString, (GitEntry, GitEntry)>,
    depth: usize,
) -> Result<(), AnyError> {
    if before == after {
        return Ok(());
    }
    if depth > MAX_DEPTH {
        return Err("its folders are too deep".into());
    }
    let (before, after) = (entries(repository, before)?, entries(repository, after)?);
    let mut names: Vec<_> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let (old, new) = (before.get(name).copied(), after.get(name).copied());
        if old == new {
            continue;
        }
        let mut full = path.clone();
        if !full.is_empty() {
            full.push(b'/');
        }
        full.extend_from_slice(name);
        let tree = |entry: GitEntry| entry.filter(|(mode, _)| mode.is_tree()).map(|(_, id)| id);
        let leaf = |entry: GitEntry| entry.filter(|(mode, _)| !mode.is_tree());
        if tree(old).is_some() || tree(new).is_some() {
            compare(repository, (tree(old), tree(new)), &full, changed, depth + 1)?;
        }
        if leaf(old) != leaf(new) {
            changed.insert(full, (leaf(old), leaf(new)));
            if changed.len() > MAX_FILES {
                return Err(format!("it changes more than {MAX_FILES} files").into());
            }
        }
    }
    Ok(())
}

fn entries(
    repository: &gix::Repository,
    tree: Option<ObjectId>,
) -> Result<BTreeMap<BString, (EntryMode, ObjectId)>, AnyError> {
    let Some(tree) = tree else { return Ok(BTreeMap::new()) };
    let tree = repository.find_tree(tree)?;
    tree.iter()
        .map(|entry| {
            let entry = entry?;
            Ok((entry.filename().to_owned(), (entry.mode(), entry.object_id())))
        })
        .collect()
}

fn read_entry(
    repository: &gix::Repository,
    entry: GitEntry,
    room: &mut u64,
) -> Result<CommittedEntry, AnyError> {
    let Some((mode, id)) = entry else { return Ok(CommittedEntry::Absent) };
    let kind = mode.kind();
    if !matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Link) {
        return Ok(CommittedEntry::Other);
    }
    let size = repository.find_header(id)?.size();
    if size > MAX_FILE_BYTES || size > *room {
        return Ok(CommittedEntry::Other);
    }
    *room -= size;
    let bytes = repository.find_object(id)?.detach().data;
    Ok(match kind {
        EntryKind::Link => CommittedEntry::Link(bytes),
        _ => CommittedEntry::File { executable: kind == EntryKind::BlobExecutable, bytes },
    })
}
