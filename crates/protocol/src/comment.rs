//! Comments of a person on lines of a proposed patch.

use crate::diff::{Hunk, PatchProposal};
use crate::ids::HunkId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Most lines that a comment quotes.
const MAX_QUOTED: usize = 40;
/// Longest quoted line in characters.
const MAX_QUOTED_CHARS: usize = 400;

/// Comment on lines of a hunk, as it is submitted with a decision. The lines are named by their place, so that what is quoted to
/// the model is the patch that was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HunkComment {
    /// The hunk.
    pub hunk: HunkId,
    /// First line, counted from 0 over the lines of the hunk as they are shown: those before it, those taken out, those put in,
    /// those after it.
    pub from: u32,
    /// Last line.
    pub to: u32,
    /// The comment.
    pub text: String,
}

/// Side of a patch that line numbers are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PatchSide {
    /// The file as it was.
    Before,
    /// The file with every hunk accepted.
    After,
}

/// Comment on lines of a patch, as it is recorded and told to the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReviewComment {
    /// Path of the file, as the patch names it.
    pub path: String,
    /// Side that the line numbers are of: the old one only where every line is taken out.
    pub side: PatchSide,
    /// Number of the first line, counted from 1.
    pub line: u32,
    /// Number of the last line.
    pub to_line: u32,
    /// The first lines commented on, each with its mark as its first character: ' ', '-' or '+'.
    pub quoted: Vec<String>,
    /// Number of lines that are not quoted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u32,
    /// The comment.
    pub text: String,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl PatchProposal {
    /// Returns a comment with the lines it is on; `None` when the patch has no such lines.
    pub fn quote(&self, comment: &HunkComment) -> Option<ReviewComment> {
        let (file, hunk) = self.hunks().find(|(_, hunk)| hunk.id == comment.hunk)?;
        let lines = hunk.marked_lines();
        let (from, to) = (usize::try_from(comment.from).ok()?, usize::try_from(comment.to).ok()?);
        let picked = lines.get(from..to.checked_add(1)?).filter(|picked| !picked.is_empty())?;
        let after: Vec<u32> = picked.iter().filter_map(|line| line.new_no).collect();
        let before: Vec<u32> = picked.iter().filter_map(|line| line.old_no).collect();
        let (side, numbers) =
            if after.is_empty() { (PatchSide::Before, before) } else { (PatchSide::After, after) };
        let quoted: Vec<String> = picked
            .iter()
            .take(MAX_QUOTED)
            .map(|line| std::iter::once(line.mark).chain(line.text.chars().take(MAX_QUOTED_CHARS)).collect())
            .collect();
        Some(ReviewComment {
            path: file.path.clone(),
            side,
            line: *numbers.first()?,
            to_line: *numbers.last()?,
            more: u32::try_from(picked.len() - quoted.len()).unwrap_or(u32::MAX),
            quoted,
            text: comment.text.trim().to_owned(),
        })
    }
}

/// A line of a hunk, with its mark and its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkedLine<'a> {
    /// ' ', '-' or '+'.
    pub mark: char,
    /// Its number in the file as it was, counted from 1.
    pub old_no: Option<u32>,
    /// Its number in the file with every hunk accepted, counted from 1.
    pub new_no: Option<u32>,
    /// The text, without its line ending.
    pub text: &'a str,
}

impl Hunk {
    /// Returns the lines of the hunk as they are shown: those before it, those taken out, those put in, those after it.
    pub fn marked_lines(&self) -> Vec<MarkedLine<'_>> {
        let before = u32::try_from(self.before.len()).unwrap_or(u32::MAX);
        let mut old = self.old_start.saturating_sub(before) + 1;
        let mut new = self.new_start.saturating_sub(before) + 1;
        let parts = [(' ', &self.before), ('-', &self.old), ('+', &self.new), (' ', &self.after)];
        parts
            .into_iter()
            .flat_map(|(mark, lines)| lines.iter().map(move |text| (mark, text.as_str())))
            .map(|(mark, text)| {
                let old_no = (mark != '+').then_some(old);
                let new_no = (mark != '-').then_some(new);
                old += u32::from(old_no.is_some());
                new += u32::from(new_no.is_some());
                MarkedLine { mark, old_no, new_no, text }
            })
            .collect()
    }

    /// Reports whether a line, by its place among those shown, is one that the hunk changes.
    pub fn changes_line(&self, line: u32) -> bool {
        usize::try_from(line).is_ok_and(|line| {
            (self.before.len()..self.before.len() + self.old.len() + self.new.len()).contains(&line)
        })
    }

    /// Returns the lines that take the place of the old ones when some changed lines are left out: an old line that is left out
    /// stays, a new one is not put in.
    pub fn lines_without(&self, left_out: &[u32]) -> Vec<&str> {
        let is_left_out = |at: usize| u32::try_from(at).is_ok_and(|at| left_out.contains(&at));
        let (old, new) = (self.before.len(), self.before.len() + self.old.len());
        let kept = self.old.iter().enumerate().filter(|(at, _)| is_left_out(old + at));
        let put_in = self.new.iter().enumerate().filter(|(at, _)| !is_left_out(new + at));
        kept.chain(put_in).map(|(_, line)| line.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{FilePatch, PatchKind};

    fn strings(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    fn proposal() -> PatchProposal {
        let hunk = Hunk {
            id: HunkId::new(0, 0),
            old_start: 10,
            new_start: 12,
            before: strings(&["a", "b"]),
            old: strings(&["c", "d"]),
            new: strings(&["C"]),
            after: strings(&["e"]),
        };
        let file = FilePatch {
            path: "src/a.rs".to_owned(),
            target: "/p/src/a.rs".into(),
            kind: PatchKind::Update { move_to: None },
            move_target: None,
            base_sha256: None,
            move_base_sha256: None,
            hunks: vec![hunk],
            outside: false,
            protected: None,
            loose: vec![],
            linked: vec![],
            binary: false,
            conflicts: Vec::new(),
            effect: None,
            notes: vec![],
        };
        PatchProposal { files: vec![file] }
    }

    fn quote(from: u32, to: u32) -> Option<ReviewComment> {
        let comment = HunkComment { hunk: HunkId::new(0, 0), from, to, text: " why? ".to_owned() };
        proposal().quote(&comment)
    }

    #[test]
    fn a_comment_quotes_the_lines_it_is_on_with_their_numbers() {
        let of = |from, to| {
            let comment = quote(from, to)?;
            Some((comment.side, comment.line, comment.to_line, comment.quoted))
        };
        assert_eq!(of(2, 2), Some((PatchSide::Before, 11, 11, strings(&["-c"]))));
        assert_eq!(of(4, 4), Some((PatchSide::After, 13, 13, strings(&["+C"]))));
        assert_eq!(of(1, 5), Some((PatchSide::After, 12, 14, strings(&[" b", "-c", "-d", "+C", " e"]))));
        assert_eq!(quote(0, 0).map(|comment| comment.text).as_deref(), Some("why?"));
        assert_eq!((quote(4, 6), quote(3, 2), quote(7, u32::MAX)), (None, None, None));
    }

    #[test]
    fn a_long_quote_says_how_much_is_left_out_of_it() {
        let mut proposal = proposal();
        proposal.files[0].hunks[0].new = (0..100).map(|n| format!("{n}{}", "x".repeat(1000))).collect();
        let comment = HunkComment { hunk: HunkId::new(0, 0), from: 4, to: 103, text: "long".to_owned() };
        let quoted = proposal.quote(&comment).unwrap();
        assert_eq!((quoted.quoted.len(), quoted.more, quoted.to_line), (40, 60, 112));
        assert_eq!(quoted.quoted[0].chars().count(), 401);
    }

    #[test]
    fn lines_left_out_stay_or_are_not_put_in() {
        let proposal = proposal();
        let hunk = &proposal.files[0].hunks[0];
        assert_eq!(hunk.lines_without(&[]), ["C"]);
        assert_eq!(hunk.lines_without(&[3]), ["d", "C"]);
        assert_eq!(hunk.lines_without(&[2, 4]), ["c"]);
        assert!(
            hunk.changes_line(2) && hunk.changes_line(4) && !hunk.changes_line(1) && !hunk.changes_line(5)
        );
    }
}
