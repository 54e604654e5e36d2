//! Files that differ from the last commit.

use crate::commit::error::CommitRefusal;
use crate::commit::git::Git;
use crate::commit::repository::Repository;
use protocol::{CommitFile, DiffStatus};

/// Asks git for the files beneath the folder that differ from the last commit, by path.
pub(crate) async fn files(git: &Git<'_>, repository: &Repository) -> Result<Vec<CommitFile>, CommitRefusal> {
    let ask = [
        "--no-optional-locks",
        "status",
        "--porcelain=v1",
        "-z",
        "--untracked-files=all",
        "--no-renames",
        "--ignore-submodules=dirty",
    ];
    let run = git.on(&ask, &["."]).await?;
    if !run.succeeded {
        return Err(CommitRefusal::NotRun { why: run.output });
    }
    Ok(parse(&run.stdout, &repository.prefix))
}

/// Reads "XY PATH\0...", with X what is staged and Y what is not. Names that are no UTF-8 are left to git.
fn parse(text: &str, prefix: &str) -> Vec<CommitFile> {
    let mut files: Vec<_> = text
        .split('\0')
        .filter_map(|entry| {
            let (marks, path) = (entry.get(..2)?, entry.get(3..)?);
            let path = path.strip_prefix(prefix)?;
            if path.is_empty() || path.ends_with('/') || path.contains('\u{fffd}') {
                return None;
            }
            let status = match marks {
                "??" | "A " | "AM" | " A" => DiffStatus::Added,
                _ if marks.ends_with('D') || marks == "D " => DiffStatus::Deleted,
                _ => DiffStatus::Modified,
            };
            Some(CommitFile { path: path.to_owned(), status, tracked: marks != "??" })
        })
        .collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files.dedup_by(|one, other| one.path == other.path);
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_named_once_relative_to_the_folder() {
        let text = "M  sub/a.txt\0 M sub/b c.txt\0?? sub/new\u{e9}\0D  sub/gone\0 D sub/lost\0AD sub/back\0A  sub/added\0?? other\0?? sub/nested/\0";
        let files = parse(text, "sub/");
        let told: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.status, file.tracked)).collect();
        assert_eq!(
            told,
            [
                ("a.txt", DiffStatus::Modified, true),
                ("added", DiffStatus::Added, true),
                ("b c.txt", DiffStatus::Modified, true),
                ("back", DiffStatus::Deleted, true),
                ("gone", DiffStatus::Deleted, true),
                ("lost", DiffStatus::Deleted, true),
                ("new\u{e9}", DiffStatus::Added, false),
            ]
        );
        assert!(parse("", "").is_empty() && parse("?", "").is_empty() && parse("\0\0 \0", "").is_empty());
    }
}
