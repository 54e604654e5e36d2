//! Proposed patches as git prints them.

use crate::base_text::read_base;
use crate::watch::planned::{Planned, Version, patches};
use crate::whole_versions::{WholeVersions, is_whole, whole_versions};
use apply_patch::{HunkText, decode, render};
use protocol::{FilePatch, Hunk, HunkId, PatchKind, PatchProposal};
use std::path::{Path, PathBuf};

/// Part of a proposed patch.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProposalPart<'a> {
    /// The only file, as the patch names it.
    pub path: Option<&'a str>,
    /// The only hunk.
    pub hunk: Option<&'a HunkId>,
}

/// Returns a part of a patch as a unified diff, with paths relative to `project`. Reads the files it changes, each where `locate` says
/// that it lies.
///
/// # Errors
/// Fails, with a text for people, when a file is not what the patch was made for any more.
pub fn proposal_text(
    proposal: &PatchProposal,
    project: &Path,
    part: ProposalPart<'_>,
    locate: &dyn Fn(&Path) -> PathBuf,
) -> Result<String, String> {
    let mut planned = Vec::new();
    for file in proposal.files.iter().filter(|file| part.path.is_none_or(|path| file.path == path)) {
        let hunks: Vec<&Hunk> =
            file.hunks.iter().filter(|hunk| part.hunk.is_none_or(|wanted| hunk.id == *wanted)).collect();
        if part.hunk.is_none() || !hunks.is_empty() {
            planned
                .extend(plan(file, project, &hunks, locate).map_err(|why| format!("{} {why}", file.path))?);
        }
    }
    let (_, texts) = patches(planned);
    Ok(texts.into_iter().map(|text| text.header + &text.hunks.concat()).collect())
}

fn plan(
    file: &FilePatch,
    project: &Path,
    hunks: &[&Hunk],
    locate: &dyn Fn(&Path) -> PathBuf,
) -> Result<Vec<Planned>, String> {
    let relative = |target: &PathBuf| target.strip_prefix(project).unwrap_or(target).to_owned();
    let path = relative(&file.target);
    if is_whole(file) {
        let WholeVersions { old, new } = whole_versions(file, locate)?;
        return Ok(moved(path, file.move_target.as_ref().map(relative), old, new));
    }
    let base = match &file.base_sha256 {
        Some(sha256) => Some(read_base(&locate(&file.target), sha256)?),
        None => None,
    };
    let now = base.as_ref().map(|(bytes, mode)| Version::File(*mode, Ok(bytes.clone())));
    let rendered = |original: Option<&str>| {
        render(original, hunks.iter().map(|hunk| (*hunk, HunkText::Proposed)))
            .map_err(|error| error.to_string())
    };
    let (mode, bytes) = match (&file.kind, base) {
        (PatchKind::Delete, _) => return Ok(vec![Planned { path, now, then: None }]),
        (PatchKind::Update { .. }, Some((bytes, mode))) => {
            let text = decode(&bytes).map_err(|error| error.to_string())?;
            (mode, rendered(Some(text))?.into_bytes())
        }
        (_, base) => (base.map_or(0o644, |(_, mode)| mode), rendered(None)?.into_bytes()),
    };
    let then = Some(Version::File(mode, Ok(bytes)));
    Ok(moved(path, file.move_target.as_ref().map(relative), now, then))
}

/// Returns the change of a file, which may be moved.
fn moved(path: PathBuf, to: Option<PathBuf>, now: Option<Version>, then: Option<Version>) -> Vec<Planned> {
    match to {
        Some(to) => vec![Planned { path, now, then: None }, Planned { path: to, now: None, then }],
        None => vec![Planned { path, now, then }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roots::Roots;
    use crate::writer::verify;
    use protocol::SandboxPolicy;

    #[test]
    fn each_part_of_a_patch_is_one_that_git_takes() {
        let dir = tempfile::tempdir().unwrap();
        let project = dir.path().canonicalize().unwrap();
        let text = (1..=20).map(|number| format!("line {number}")).collect::<Vec<_>>().join("\n") + "\n";
        std::fs::write(project.join("a.txt"), &text).unwrap();
        std::fs::write(project.join("b.txt"), "old\n").unwrap();
        let patch = "*** Begin Patch\n*** Update File: a.txt\n@@\n-line 2\n+line two\n@@\n-line 15\n+line fifteen\n\
            *** Delete File: b.txt\n*** Add File: sub/c.txt\n+new\n*** End Patch";
        let roots = Roots::of(&SandboxPolicy::workspace_write(), &project);
        let proposal = verify(patch, &project, &roots).unwrap();
        let text = |part| proposal_text(&proposal, &project, part, &Path::to_owned).unwrap();

        let all = text(ProposalPart::default());
        assert!(all.contains("--- a/a.txt\n+++ b/a.txt\n@@ -1,5 +1,5 @@\n"), "{all}");
        assert!(
            all.contains("deleted file mode 100644\n--- a/b.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n"),
            "{all}"
        );
        assert!(
            all.contains("new file mode 100644\n--- /dev/null\n+++ b/sub/c.txt\n@@ -0,0 +1 @@\n+new\n"),
            "{all}"
        );
        let second = proposal.files[0].hunks[1].id.clone();
        let one = text(ProposalPart { path: Some("a.txt"), hunk: Some(&second) });
        let lines = " line 12\n line 13\n line 14\n-line 15\n+line fifteen\n line 16\n line 17\n line 18\n";
        assert_eq!(
            one,
            format!("diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -12,7 +12,7 @@\n{lines}")
        );
        std::fs::write(project.join("a.txt"), "another\n").unwrap();
        let changed =
            proposal_text(&proposal, &project, ProposalPart::default(), &Path::to_owned).unwrap_err();
        assert!(changed.starts_with("a.txt changed after"), "{changed}");
    }
}
