//! Parts of files that are committed: the last commit's versions with some hunks put in.

use crate::commit::endings::with_crlf;
use crate::commit::error::CommitRefusal;
use protocol::PartialCommitFile;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use vcs::CommittedEntry;
use worktree::watch::planned::{MAX_SHOWN_BYTES, Planned, Version, patches};
use worktree::{HunkLines, read_present, with_hunks};

/// File of which some hunks are committed, as it was read when they were found to be those that were shown.
#[derive(Debug)]
pub(crate) struct FilePart {
    /// Path relative to the project's folder.
    pub(crate) path: String,
    /// Whether the last commit has it as a program; `None` where the last commit has no such file.
    pub(crate) executable: Option<bool>,
    /// Text of the last commit.
    committed: Vec<u8>,
    /// Text of the last commit with the line endings it has on disk.
    checked_out: Vec<u8>,
    /// Text on disk.
    now: Vec<u8>,
    /// Picked hunks, from the text of the last commit to that on disk.
    hunks: Vec<HunkLines>,
}

/// Text that is recorded of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PartText {
    /// Text as git keeps it.
    Clean(Vec<u8>),
    /// Text that git passes through the file's filters first.
    Unfiltered(Vec<u8>),
}

/// Reads files of which some hunks are committed, if the hunks are those that were shown. `crlf` names the files whose line endings
/// git changes. Blocks.
pub(crate) fn read_parts(
    folder: &Path,
    files: &[PartialCommitFile],
    crlf: &BTreeSet<String>,
) -> Result<Vec<FilePart>, CommitRefusal> {
    let paths: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
    let committed = vcs::read_committed(folder, &paths).map_err(|why| CommitRefusal::NotRead { why })?;
    let read = |(file, committed): (&PartialCommitFile, CommittedEntry)| {
        read_part(folder, file, committed, crlf.contains(&file.path))
    };
    files.iter().zip(committed).map(read).collect()
}

fn read_part(
    folder: &Path,
    file: &PartialCommitFile,
    committed: CommittedEntry,
    is_crlf: bool,
) -> Result<FilePart, CommitRefusal> {
    let path = file.path.clone();
    if file.hunks.is_empty() {
        return Err(CommitRefusal::NoFiles);
    }
    let (executable, committed) = match committed {
        CommittedEntry::Absent => (None, Vec::new()),
        CommittedEntry::File { executable, bytes } => (Some(executable), bytes),
        CommittedEntry::Link(_) | CommittedEntry::Other => return Err(CommitRefusal::NotByHunk { path }),
    };
    let present = read_present(folder, Path::new(&path))
        .map_err(|error| CommitRefusal::NotRead { why: error.to_string() })?;
    let Some((mode, now)) = present else { return Err(CommitRefusal::HunksChanged { path }) };
    if committed.len() as u64 > MAX_SHOWN_BYTES {
        return Err(CommitRefusal::NotByHunk { path });
    }
    let checked_out = if is_crlf { with_crlf(&committed) } else { committed.clone() };
    let planned = Planned {
        path: PathBuf::from(&path),
        now: executable.map(|_| Version::File(mode, Ok(checked_out.clone()))),
        then: Some(Version::File(mode, Ok(now.clone()))),
    };
    let (changes, _) = patches(vec![planned]);
    let Some(changes) = changes.first() else { return Err(CommitRefusal::HunksChanged { path }) };
    if changes.binary || changes.too_large {
        return Err(CommitRefusal::NotByHunk { path });
    }
    let mut picks: Vec<_> = file.hunks.iter().collect();
    picks.sort_by_key(|pick| pick.at);
    picks.dedup_by_key(|pick| pick.at);
    let find = |pick: &&protocol::HunkPick| {
        let hunk = usize::try_from(pick.at).ok().and_then(|at| changes.hunks.get(at))?;
        (hunk.digest() == pick.digest).then(|| HunkLines::of(hunk))
    };
    let hunks: Option<Vec<_>> = picks.iter().map(find).collect();
    let Some(hunks) = hunks else { return Err(CommitRefusal::HunksChanged { path }) };
    Ok(FilePart { path, executable, committed, checked_out, now, hunks })
}

impl FilePart {
    /// Returns the text that is recorded; `filtered` is what git records of the whole file. `None` when the hunks do not fit.
    pub(crate) fn text(&self, filtered: &[u8]) -> Option<PartText> {
        // where git changes nothing but endings, each side keeps the ones it has in a commit
        if without_cr(filtered).eq(without_cr(&self.now)) {
            return with_hunks(&self.committed, filtered, &self.hunks).map(PartText::Clean);
        }
        with_hunks(&self.checked_out, &self.now, &self.hunks).map(PartText::Unfiltered)
    }
}

/// The bytes of a text without the CR of each CRLF.
fn without_cr(text: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let is_of_crlf = |at: usize| text[at] == b'\r' && text.get(at + 1) == Some(&b'\n');
    (0..text.len()).filter(move |at| !is_of_crlf(*at)).map(|at| text[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(committed: &str, now: &str, is_crlf: bool, hunks: &[HunkLines]) -> FilePart {
        let committed = committed.as_bytes().to_vec();
        FilePart {
            path: "a.txt".to_owned(),
            executable: Some(false),
            checked_out: if is_crlf { with_crlf(&committed) } else { committed.clone() },
            committed,
            now: now.as_bytes().to_vec(),
            hunks: hunks.to_vec(),
        }
    }

    #[test]
    fn lines_are_recorded_with_the_endings_that_git_gives_them() {
        let first = [HunkLines { old: 0..1, new: 0..1 }];
        // git takes the CR off: all lines are LF
        let text = part("a\nb\n", "A\r\nB\r\n", true, &first).text(b"A\nB\n");
        assert_eq!(text, Some(PartText::Clean(b"A\nb\n".to_vec())));
        // it leaves them: each line is as it was on its side
        let text = part("a\r\nb\n", "A\nB\n", false, &first).text(b"A\nB\n");
        assert_eq!(text, Some(PartText::Clean(b"A\nb\n".to_vec())));
        let text = part("a\nb\r\n", "A\r\nB\r\n", false, &first).text(b"A\r\nB\r\n");
        assert_eq!(text, Some(PartText::Clean(b"A\r\nb\r\n".to_vec())));
        // a filter makes another text of it: it gets the lines as they are on disk
        let text = part("A\nB\n", "a1\nb\n", false, &first).text(b"A1\nB\n");
        assert_eq!(text, Some(PartText::Unfiltered(b"a1\nB\n".to_vec())));
        let beyond = [HunkLines { old: 4..5, new: 0..1 }];
        assert_eq!(part("a\n", "b\n", false, &beyond).text(b"b\n"), None);
    }
}
