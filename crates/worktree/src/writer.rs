//! The patch writer (B21, B22, B23, B25): checks a patch against the files, and writes what was accepted of it.
//!
//! A patch is all or nothing. Files are reached through directory handles, one folder after the other, and no link is
//! followed on the way: what a person was shown is where it is written, whatever becomes of the path in between. A file that
//! another program replaces or changes meanwhile is never overwritten.

mod place;
mod resolve;
mod transaction;

#[cfg(test)]
mod tests;

use crate::Roots;
use apply_patch::{FileChange, Replacement, decode, parse, propose, render, replace, sha256_hex};
use engine::{Edit, PatchWriteResult};
use place::{Found, Obstacle, Place};
use protocol::{FilePatch, Hunk, HunkOutcome, HunkSelection, PatchKind, PatchProposal, SandboxPolicy};
use resolve::{Resolved, resolve};
use std::path::Path;
use transaction::{Step, Stop};

pub use transaction::STAGED_PREFIX;

/// Largest file a patch may touch, in bytes.
pub const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// Checks `patch` against the files as they are, reading only (B21). Its paths are relative to `cwd`, an absolute folder.
///
/// The proposal holds, for every file, where it really lies, what its content was, and what a person should know about it. The
/// error is for the model: it names the file, the reason and the nearest lines.
pub fn verify(patch: &str, cwd: &Path, roots: &Roots) -> Result<PatchProposal, String> {
    let patch = parse(patch).map_err(|error| error.to_string())?;
    let changes = propose(&patch, &mut |path| {
        let (_, found) = find(path, cwd, roots)?;
        Ok(found.map(|found| found.bytes))
    })
    .map_err(|error| error.to_string())?;
    let files =
        changes.into_iter().map(|change| file_patch(change, cwd, roots)).collect::<Result<Vec<_>, _>>()?;
    let mut claimed: Vec<(&Path, &str)> = Vec::new();
    for file in &files {
        for target in std::iter::once(&file.target).chain(&file.move_target) {
            if let Some((_, other)) = claimed.iter().find(|(claimed, _)| claimed == target) {
                let named = &file.path;
                return Err(format!(
                    "'{named}' and '{other}' are one file; write one operation for each file"
                ));
            }
            claimed.push((target, &file.path));
        }
    }
    // one of them would have to be a file and a folder at once
    for (target, path) in &claimed {
        let inner = claimed.iter().find(|(other, _)| other != target && other.starts_with(target));
        if let Some((inside, _)) = inner {
            return Err(format!(
                "'{path}' puts a file at {}, which has to be a folder for {}; rename one of them",
                target.display(),
                inside.display()
            ));
        }
    }
    Ok(PatchProposal { files })
}

/// Checks an edit against the file as it is, reading only: what it comes to is a patch like any other (B21).
pub fn verify_edit(edit: &Edit, cwd: &Path, roots: &Roots) -> Result<PatchProposal, String> {
    let Edit { path, old_string, new_string, replace_all } = edit;
    let (_, found) = find(path, cwd, roots).map_err(|reason| format!("'{path}' {reason}"))?;
    let replacement = Replacement { old: old_string, new: new_string, all: *replace_all };
    let change = replace(path, found.as_ref().map(|found| found.bytes.as_slice()), replacement)
        .map_err(|error| error.to_string())?;
    Ok(PatchProposal { files: vec![file_patch(change, cwd, roots)?] })
}

/// Where a path leads, and what is there. The error goes on from the path's name.
fn find(path: &str, cwd: &Path, roots: &Roots) -> Result<(Resolved, Option<Found>), String> {
    let resolved = resolve(cwd, path)?;
    // its lines would be told when they do not match
    if let Some(why) = roots.hidden().why(&resolved.target) {
        return Err(why);
    }
    let found =
        Place::of(&resolved.target).and_then(|place| place.look()).map_err(|error| error.to_string())?;
    Ok((resolved, found))
}

/// Writes what is accepted of a verified patch: every hunk when `hunks` is absent (B22, B25). Blocks; call it off the async
/// threads.
///
/// A file of which nothing is accepted is left alone, and so is not looked at. `Add` and `Delete` are one hunk each. A move
/// happens when one of its hunks is accepted, or when it has none. Mode bits (but setuid and setgid) and, where the system lets
/// us, owner and group stay.
pub fn write(proposal: &PatchProposal, hunks: Option<&HunkSelection>) -> PatchWriteResult {
    match try_write(proposal, hunks) {
        Ok(outcomes) => PatchWriteResult::Written(outcomes),
        Err(Stop::Changed(paths)) => PatchWriteResult::Changed(paths),
        Err(Stop::Failed(message)) => PatchWriteResult::Failed(message),
    }
}

/// Checks and writes a whole patch, for a person who runs it: nothing is asked and no root is held against it. Returns what was
/// written.
pub fn apply_patch_text(patch: &str, cwd: &Path) -> Result<PatchProposal, String> {
    let proposal = verify(patch, cwd, &Roots::of(&SandboxPolicy::DangerFullAccess, cwd))?;
    match write(&proposal, None) {
        PatchWriteResult::Written(_) => Ok(proposal),
        PatchWriteResult::Changed(paths) => Err(format!(
            "{} changed while the patch was applied; nothing was written, try again",
            paths.join(", ")
        )),
        PatchWriteResult::Failed(message) => Err(message),
        PatchWriteResult::Interrupted => Err("it was interrupted, and nothing was written".to_owned()),
    }
}

fn file_patch(change: FileChange, cwd: &Path, roots: &Roots) -> Result<FilePatch, String> {
    let FileChange { path, kind, base_sha256, hunks, loose } = change;
    let source = Surroundings::of(&path, cwd, roots)?;
    let mut notes = source.notes(&path, matches!(kind, PatchKind::Add));
    let moves = match &kind {
        PatchKind::Update { move_to } => move_to.clone(),
        PatchKind::Add | PatchKind::Delete => None,
    };
    if source.resolved.is_link && (moves.is_some() || kind == PatchKind::Delete) {
        let target = source.resolved.target.display();
        return Err(format!(
            "'{path}' is a link to {target}; name the file itself, or remove the link with a command"
        ));
    }
    let mut outside = source.outside;
    let mut protected = source.protected;
    let mut move_target = None;
    let mut move_base_sha256 = None;
    if let Some(to) = moves {
        let destination = Surroundings::of(&to, cwd, roots)?;
        notes.extend(destination.notes(&to, true));
        if destination.outside {
            notes.push(format!(
                "moves outside the writable folders: {}",
                destination.resolved.target.display()
            ));
        }
        outside |= destination.outside;
        protected = protected.or(destination.protected);
        move_base_sha256 = destination.found.map(|found| sha256_hex(&found.bytes));
        move_target = Some(destination.resolved.target);
    }
    let target = source.resolved.target;
    Ok(FilePatch {
        path,
        target,
        kind,
        move_target,
        base_sha256,
        move_base_sha256,
        hunks,
        outside,
        protected,
        loose,
        notes,
    })
}

/// What a person should know about the place a path leads to.
struct Surroundings {
    resolved: Resolved,
    found: Option<Found>,
    outside: bool,
    protected: Option<String>,
}

impl Surroundings {
    fn of(path: &str, cwd: &Path, roots: &Roots) -> Result<Self, String> {
        let (resolved, found) = find(path, cwd, roots).map_err(|reason| format!("'{path}' {reason}"))?;
        let outside = !roots.contain(&resolved.target);
        // a link with a protected name protects what it leads to: writing that changes what the name means
        let protected =
            roots.protected(&resolved.target).or_else(|| roots.protected(&resolved.named)).map(|name| {
                format!("'{path}' is protected: '{name}' steers git, an editor, a shell or an agent")
            });
        Ok(Self { resolved, found, outside, protected })
    }

    fn notes(&self, path: &str, is_new: bool) -> Vec<String> {
        let mut notes = Vec::new();
        if self.resolved.target != self.resolved.named {
            notes.push(format!("reached through a link: {path} -> {}", self.resolved.target.display()));
        }
        let Some(found) = &self.found else { return notes };
        if is_new {
            notes.push(format!("replaces a file that exists: {path}"));
        }
        if found.names > 1 {
            notes.push(format!(
                "{path} has {} names (hard links); the others keep what is in it now",
                found.names
            ));
        }
        if found.attributes.mode & 0o222 == 0 {
            notes.push(format!("{path} is marked read-only"));
        }
        notes
    }
}

fn try_write(proposal: &PatchProposal, hunks: Option<&HunkSelection>) -> Result<Vec<HunkOutcome>, Stop> {
    let selection = Selection { proposal, hunks };
    selection.check()?;
    let touched: Vec<(&FilePatch, Vec<Accepted<'_>>)> = proposal
        .files
        .iter()
        .map(|file| (file, selection.accepted(file)))
        .filter(|(file, accepted)| !accepted.is_empty() || file.hunks.is_empty())
        .collect();
    let mut changed = Vec::new();
    let mut looked = Vec::with_capacity(touched.len());
    for (file, accepted) in touched {
        let source = look_again(&file.path, &file.target, file.base_sha256.as_deref(), &mut changed)?;
        let destination = match (&file.kind, &file.move_target) {
            (PatchKind::Update { move_to: Some(to) }, Some(target)) => {
                Some(look_again(to, target, file.move_base_sha256.as_deref(), &mut changed)?)
            }
            _ => None,
        };
        looked.push((file, accepted, source, destination));
    }
    if !changed.is_empty() {
        return Err(Stop::Changed(changed));
    }
    let mut steps = Vec::with_capacity(looked.len());
    for (file, accepted, source, destination) in looked {
        steps.extend(steps_for(file, accepted, source, destination)?);
    }
    transaction::run(&steps)?;
    Ok(selection.outcomes())
}

/// A file's place and what is there, as long as that is what was shown.
type Look<'a> = Option<(&'a str, Place, Option<Found>)>;

fn look_again<'a>(
    path: &'a str,
    target: &Path,
    expected: Option<&str>,
    changed: &mut Vec<String>,
) -> Result<Look<'a>, Stop> {
    match Place::of(target).and_then(|place| Ok((place.look()?, place))) {
        Ok((found, place)) if found.as_ref().map(Found::sha256).as_deref() == expected => {
            Ok(Some((path, place, found)))
        }
        // it is no longer a file of this kind at this place
        Ok(_) | Err(Obstacle::NotAFile(_) | Obstacle::TooLarge(_) | Obstacle::Linked) => {
            changed.push(path.to_owned());
            Ok(None)
        }
        Err(Obstacle::Io(error)) => Err(Stop::Failed(format!("'{path}' cannot be read: {error}"))),
    }
}

fn steps_for<'a>(
    file: &FilePatch,
    accepted: Vec<Accepted<'_>>,
    source: Look<'a>,
    destination: Option<Look<'a>>,
) -> Result<Vec<Step<'a>>, Stop> {
    let Some((path, place, found)) = source else { return Ok(Vec::new()) };
    let text = match (&file.kind, &found) {
        (PatchKind::Update { .. }, Some(found)) => {
            Some(decode(&found.bytes).map_err(|error| Stop::Failed(format!("'{path}' {error}")))?)
        }
        _ => None,
    };
    let content = match file.kind {
        PatchKind::Delete => None,
        PatchKind::Add | PatchKind::Update { .. } => {
            let text = render(text, accepted.iter().map(|accepted| (accepted.hunk, accepted.edited)));
            Some(text.map_err(|error| Stop::Failed(format!("'{path}': {error}")))?.into_bytes())
        }
    };
    let attributes = found.as_ref().map(|found| found.attributes);
    let base = found.as_ref().map(Found::sha256);
    match destination.flatten() {
        None => Ok(vec![Step { path, place, base, content, attributes }]),
        Some((to, to_place, to_found)) => Ok(vec![
            Step {
                path: to,
                place: to_place,
                base: to_found.as_ref().map(Found::sha256),
                content,
                attributes,
            },
            Step { path, place, base, content: None, attributes: None },
        ]),
    }
}

struct Accepted<'p> {
    hunk: &'p Hunk,
    /// The person's text, where it differs from the model's.
    edited: Option<&'p str>,
}

/// The hunks that were accepted, of a proposal.
struct Selection<'p> {
    proposal: &'p PatchProposal,
    hunks: Option<&'p HunkSelection>,
}

impl<'p> Selection<'p> {
    fn check(&self) -> Result<(), Stop> {
        let Some(selection) = self.hunks else { return Ok(()) };
        let edited = selection.edited.iter().map(|edit| &edit.id);
        for id in selection.accepted.iter().chain(edited) {
            let Some((file, hunk)) = self.proposal.hunks().find(|(_, hunk)| hunk.id == *id) else {
                return Err(Stop::Failed(format!("there is no hunk {id} in this patch")));
            };
            if file.kind == PatchKind::Delete && self.edit(hunk).is_some() {
                let path = &file.path;
                return Err(Stop::Failed(format!(
                    "hunk {id} deletes '{path}' and cannot be edited; accept or decline it"
                )));
            }
        }
        Ok(())
    }

    fn accepts(&self, hunk: &Hunk) -> bool {
        self.hunks.is_none_or(|selection| selection.accepted.contains(&hunk.id))
    }

    fn edit(&self, hunk: &Hunk) -> Option<&'p str> {
        let edit = self.hunks?.edited.iter().find(|edit| edit.id == hunk.id)?;
        (edit.new_text != hunk.new.join("\n")).then_some(edit.new_text.as_str())
    }

    fn accepted(&self, file: &'p FilePatch) -> Vec<Accepted<'p>> {
        let accepted = file.hunks.iter().filter(|hunk| self.accepts(hunk));
        accepted.map(|hunk| Accepted { hunk, edited: self.edit(hunk) }).collect()
    }

    fn outcomes(&self) -> Vec<HunkOutcome> {
        let outcome = |hunk: &Hunk| match (self.accepts(hunk), self.edit(hunk)) {
            (false, _) => HunkOutcome::Declined { id: hunk.id.clone() },
            (true, None) => HunkOutcome::Written { id: hunk.id.clone() },
            (true, Some(text)) => HunkOutcome::Edited { id: hunk.id.clone(), new_text: text.to_owned() },
        };
        self.proposal.hunks().map(|(_, hunk)| outcome(hunk)).collect()
    }
}
