//! A patch, hunk by hunk.

use super::answer::TerminalAnswer;
use super::editor::{self, Edited};
use super::question::{comment, note, question};
use crate::drawn_patch::marked;
use crate::out::{err, errln};
use protocol::{
    FilePatch, Hunk, HunkComment, HunkEdit, HunkSelection, PatchKind, PatchProposal, ReviewDecision,
};
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
    let mut comments = Vec::new();
    for (file, hunk) in proposal.hunks() {
        match ask(file, hunk, &mut comments) {
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
    let whole = TerminalAnswer::whole(ReviewDecision::Approved);
    TerminalAnswer { hunks: Some(selection), note, comments, ..whole }
}

fn ask(file: &FilePatch, hunk: &Hunk, comments: &mut Vec<HunkComment>) -> HunkVerdict {
    show(file, hunk, &hunk.new);
    // what deletes a file puts nothing in its place
    let can_edit = file.kind != PatchKind::Delete;
    let proposed = hunk.new.join("\n");
    let mut text = proposed.clone();
    loop {
        let is_edited = text != proposed;
        let asked = match (can_edit, is_edited) {
            (true, false) => "this hunk: approve [a], edit [e], comment [c], deny [d], stop [q]? ",
            (true, true) => {
                "this hunk as you wrote it: approve [a], edit again [e], comment [c], deny [d], stop [q]? "
            }
            (false, _) => "this hunk: approve [a], comment [c], deny [d], stop [q]? ",
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
            "c" => comments.extend(comment().map(|text| on_changes(hunk, text))),
            "d" | "n" => return HunkVerdict::Declined,
            "q" | "" => return HunkVerdict::Stopped,
            _ => {}
        }
    }
}

/// Returns a comment on every line that a hunk changes.
fn on_changes(hunk: &Hunk, text: String) -> HunkComment {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let from = number(hunk.before.len());
    let to = from + number((hunk.old.len() + hunk.new.len()).saturating_sub(1));
    HunkComment { hunk: hunk.id.clone(), from, to, text }
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
