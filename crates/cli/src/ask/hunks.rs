//! A patch, hunk by hunk.

use super::answer::TerminalAnswer;
use super::editor::{self, Edited};
use super::question::{note, question};
use crate::out::{err, errln};
use crate::render::marked;
use protocol::{FilePatch, Hunk, HunkEdit, HunkSelection, PatchKind, PatchProposal, ReviewDecision};
use view::text::visible_inline;

/// Decision on one hunk.
enum HunkVerdict {
    Accepted,
    /// With this text in place of the model's.
    Edited(String),
    Declined,
    /// The task stops.
    Stopped,
}

/// Asks about every hunk of a patch. Blocks.
pub(super) fn decide(proposal: &PatchProposal) -> TerminalAnswer {
    let mut selection = HunkSelection::default();
    for (file, hunk) in proposal.hunks() {
        match ask(file, hunk) {
            HunkVerdict::Accepted => selection.accepted.push(hunk.id.clone()),
            HunkVerdict::Edited(new_text) => {
                selection.accepted.push(hunk.id.clone());
                selection.edited.push(HunkEdit { id: hunk.id.clone(), new_text });
            }
            HunkVerdict::Declined => {}
            HunkVerdict::Stopped => return TerminalAnswer::whole(ReviewDecision::Abort),
        }
    }
    let is_whole = selection.edited.is_empty() && selection.accepted.len() == proposal.hunks().count();
    let note = if is_whole { None } else { note() };
    TerminalAnswer { decision: ReviewDecision::Approved, hunks: Some(selection), note }
}

fn ask(file: &FilePatch, hunk: &Hunk) -> HunkVerdict {
    show(file, hunk, &hunk.new);
    // what deletes a file puts nothing in its place
    let can_edit = file.kind != PatchKind::Delete;
    let proposed = hunk.new.join("\n");
    let mut text = proposed.clone();
    loop {
        let is_edited = text != proposed;
        let asked = match (can_edit, is_edited) {
            (true, false) => "this hunk: approve [a], edit [e], deny [d], stop [q]? ",
            (true, true) => "this hunk as you wrote it: approve [a], edit again [e], deny [d], stop [q]? ",
            (false, _) => "this hunk: approve [a], deny [d], stop [q]? ",
        };
        match question(asked).as_str() {
            "a" | "y" if is_edited => return HunkVerdict::Edited(text),
            "a" | "y" => return HunkVerdict::Accepted,
            "e" if can_edit => match editor::edit(&text, &file.path) {
                Ok(Edited::Text(edited)) => {
                    text = edited;
                    show(file, hunk, &lines(&text));
                }
                Ok(Edited::Nothing) => errln!("  it is as it was"),
                Err(error) => errln!("  {error}"),
            },
            "d" | "n" => return HunkVerdict::Declined,
            "q" | "" => return HunkVerdict::Stopped,
            _ => {}
        }
    }
}

/// The lines of a hunk's text; none when it is empty.
fn lines(text: &str) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { text.split('\n').map(str::to_owned).collect() }
}

/// Shows what a hunk takes out and what takes its place.
fn show(file: &FilePatch, hunk: &Hunk, new: &[String]) {
    errln!("\n  {} line {}", visible_inline(&file.path), hunk.old_start + 1);
    err!("{}{}", marked("  -", &hunk.old), marked("  +", new));
}
