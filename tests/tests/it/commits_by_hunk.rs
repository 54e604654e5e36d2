//! Commits of some hunks of a file, with real git.

use crate::commits::{Repo, git, made, refused, request};
use crate::reverts::compare;
use agent::commit::{CommitRefusal, commit};
use anyhow::{Context, Result, bail, ensure};
use protocol::{
    ChangeScope, CommitAnswer, CommitFile, CommitRequest, DiffHunk, DiffStatus, HunkPick, LineEnd,
    PartialCommitFile,
};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

/// A hunk that is shown with these changed lines.
fn pick(at: u32, lines: &[&str]) -> HunkPick {
    pick_with_ends(at, lines, &[])
}

/// A hunk that is shown with these changed lines, and their ends.
fn pick_with_ends(at: u32, lines: &[&str], ends: &[LineEnd]) -> HunkPick {
    let lines = lines.iter().map(|line| (*line).to_owned()).collect();
    let hunk = DiffHunk { lines, ends: ends.to_vec(), ..DiffHunk::default() };
    HunkPick { at, digest: hunk.digest() }
}

/// Asks for whole files, and for hunks of one.
fn by_hunk(paths: &[&str], path: &str, hunks: Vec<HunkPick>) -> CommitRequest {
    CommitRequest {
        partial: vec![PartialCommitFile { path: path.to_owned(), hunks }],
        ..request(paths, true)
    }
}

/// Thirty lines, some of them others, each ended so.
fn lines(changed: &[(usize, &str)], ending: &str) -> String {
    let line = |at: usize| {
        let text = changed.iter().find(|(line, _)| *line == at).map(|(_, text)| (*text).to_owned());
        text.unwrap_or_else(|| format!("line {at}")) + ending
    };
    (1..=30).map(line).collect()
}

/// Lines 3, 15 and 28 changed: three hunks.
const CHANGED: &[(usize, &str)] = &[(3, "three"), (15, "fifteen"), (28, "twenty-eight")];

fn first() -> HunkPick {
    pick(0, &["-line 3", "+three"])
}

fn second() -> HunkPick {
    pick(1, &["-line 15", "+fifteen"])
}

fn third() -> HunkPick {
    pick(2, &["-line 28", "+twenty-eight"])
}

/// A repository whose last commit has `long.txt` with this text.
async fn with_long(text: &str) -> Result<Option<Repo>> {
    let Some(repo) = Repo::new().await? else { return Ok(None) };
    repo.write("long.txt", text)?;
    repo.git(&["add", "long.txt"])?;
    repo.git(&["commit", "--quiet", "-m", "long"])?;
    Ok(Some(repo))
}

async fn ask(repo: &Repo, request: &CommitRequest) -> Result<CommitAnswer, CommitRefusal> {
    commit(&repo.executor, &repo.folder, request).await
}

/// Returns a file of the last commit, byte for byte.
fn recorded(folder: &Path, path: &str) -> Result<String> {
    let output = Command::new("git").args(["show", &format!("HEAD:{path}")]).current_dir(folder).output()?;
    ensure!(output.status.success(), "no {path}");
    Ok(String::from_utf8(output.stdout)?)
}

/// The index, the last commit and the folders of ours in the git directory, to be compared later.
fn state(repo: &Repo) -> Result<(String, String, Vec<String>)> {
    let ours = fs::read_dir(repo.folder.join(".git"))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.contains("countersign") || name.contains(".lock"))
        .collect();
    Ok((repo.git(&["ls-files", "--stage"])?, repo.git(&["rev-parse", "HEAD"])?, ours))
}

#[tokio::test]
async fn a_commit_takes_the_hunks_that_were_picked_and_leaves_the_others_as_changes() -> Result<()> {
    let Some(repo) = with_long(&lines(&[], "\n")).await? else { return Ok(()) };
    let after = lines(CHANGED, "\n");
    repo.write("long.txt", &after)?;
    repo.write("b.txt", "b, staged\n")?;
    repo.git(&["add", "b.txt"])?;
    repo.write("new.txt", "new\n")?;
    fs::remove_file(repo.folder.join("a.txt"))?;

    let both = by_hunk(&["a.txt", "new.txt"], "long.txt", vec![third(), first()]);
    let id = made(ask(&repo, &both).await?)?;
    ensure!(repo.git(&["rev-parse", "--short", "HEAD"])? == id);
    ensure!(repo.git(&["log", "-1", "--format=%an|%s|%b"])? == "Mira|Say why|At length.");
    ensure!(
        repo.git(&["show", "--name-status", "--format=", "HEAD"])? == "D\ta.txt\nM\tlong.txt\nA\tnew.txt"
    );
    ensure!(
        recorded(&repo.folder, "long.txt")? == lines(&[(3, "three"), (28, "twenty-eight")], "\n"),
        "other hunks"
    );
    // the files are as they were, the rest is a change, and what was staged is staged
    ensure!(fs::read_to_string(repo.folder.join("long.txt"))? == after);
    ensure!(repo.git(&["status", "--porcelain"])? == "M  b.txt\n M long.txt");
    ensure!(repo.git(&["diff", "--numstat"])? == "1\t1\tlong.txt");

    // one hunk is left by now
    made(ask(&repo, &by_hunk(&[], "long.txt", vec![pick(0, &["-line 15", "+fifteen"])])).await?)?;
    ensure!(recorded(&repo.folder, "long.txt")? == after);
    ensure!(repo.git(&["status", "--porcelain"])? == "M  b.txt");
    ensure!(state(&repo)?.2.is_empty());
    Ok(())
}

#[tokio::test]
async fn hunks_are_those_of_the_comparison_with_the_last_commit() -> Result<()> {
    let Some(repo) = with_long(&lines(&[], "\n")).await? else { return Ok(()) };
    // git takes the CR off: only what else changed is a change
    repo.write(".gitattributes", "long.txt text=auto\n")?;
    repo.write("long.txt", &lines(CHANGED, "\r\n"))?;
    let mut session = repo.harness.open(None).await?;
    let (diff, _) = compare(&mut session, ChangeScope::LastCommit).await?;
    let file = diff.files.iter().find(|file| file.path == "long.txt");
    let digests: Vec<_> = file.iter().flat_map(|file| &file.hunks).map(DiffHunk::digest).collect();
    ensure!(digests == [first(), second(), third()].map(|pick| pick.digest), "{diff:?}");
    made(ask(&repo, &by_hunk(&[], "long.txt", vec![second()])).await?)?;
    ensure!(recorded(&repo.folder, "long.txt")? == lines(&[(15, "fifteen")], "\n"));
    let (diff, _) = compare(&mut session, ChangeScope::LastCommit).await?;
    let file = diff.files.into_iter().find(|file| file.path == "long.txt").context("a change")?;
    ensure!(file.hunks.len() == 2, "{file:?}");
    session.shut_down().await
}

#[tokio::test]
async fn hooks_see_the_index_of_the_commit_and_one_that_refuses_leaves_everything_as_it_was() -> Result<()> {
    let Some(repo) = with_long(&lines(&[], "\n")).await? else { return Ok(()) };
    repo.write("long.txt", &lines(CHANGED, "\n"))?;
    repo.write("b.txt", "b, staged\n")?;
    repo.git(&["add", "b.txt"])?;
    repo.hook(
        "pre-commit",
        "echo \"in $GIT_INDEX_FILE\"; git diff --cached --stat; git diff --cached; exit 1",
    )?;
    let before = state(&repo)?;

    let request = by_hunk(&[], "long.txt", vec![first()]);
    let output = refused(ask(&repo, &request).await?)?;
    ensure!(
        output.contains("in /") && output.contains("1 file changed") && output.contains("+three"),
        "{output}"
    );
    ensure!(!output.contains("fifteen") && !output.contains("staged"), "{output}");
    ensure!(state(&repo)? == before && repo.git(&["status", "--porcelain"])? == "M  b.txt\n M long.txt");
    let branch = CommitRequest { new_branch: Some("topic".to_owned()), ..request.clone() };
    refused(ask(&repo, &branch).await?)?;
    ensure!(repo.git(&["branch", "--format=%(refname:short)"])? == "main" && state(&repo)? == before);

    // one that adds to the commit, such as a formatter
    let script =
        "echo formatted > b.txt; echo made > made.txt; echo a >> a.txt; git add a.txt b.txt made.txt";
    repo.hook("pre-commit", script)?;
    let off = CommitRequest { run_hooks: false, ..request.clone() };
    made(ask(&repo, &off).await?)?;
    ensure!(repo.git(&["show", "--name-only", "--format=", "HEAD"])? == "long.txt", "the hook ran");
    let branch = CommitRequest {
        new_branch: Some("topic".to_owned()),
        ..by_hunk(&[], "long.txt", vec![pick(0, &["-line 15", "+fifteen"])])
    };
    made(ask(&repo, &branch).await?)?;
    ensure!(repo.git(&["symbolic-ref", "--short", "HEAD"])? == "topic");
    ensure!(recorded(&repo.folder, "b.txt")? == "formatted\n");
    // nothing is staged for the way back but what was staged before
    ensure!(repo.git(&["status", "--porcelain"])? == "MM b.txt\n M long.txt");

    // another git that comes in between
    repo.hook("pre-commit", "touch .git/index.lock")?;
    let hunk = pick(0, &["-line 28", "+twenty-eight"]);
    let answer = ask(&repo, &by_hunk(&[], "long.txt", vec![hunk])).await?;
    let CommitAnswer::Made { index_error: Some(error), .. } = answer else { bail!("{answer:?}") };
    ensure!(error.contains("index.lock"), "{error}");
    ensure!(recorded(&repo.folder, "long.txt")? == lines(CHANGED, "\n"));
    Ok(())
}

#[tokio::test]
async fn nothing_is_committed_when_a_hunk_has_changed_since_it_was_looked_at() -> Result<()> {
    let Some(repo) = with_long(&lines(&[], "\n")).await? else { return Ok(()) };
    let changed = || CommitRefusal::HunksChanged { path: "long.txt".to_owned() };
    let text = changed().to_string();
    ensure!(text == "long.txt has changed since its hunks were shown; nothing was committed", "{text}");
    ensure!(changed().hint().is_some_and(|hint| hint.contains("look at its changes again")));
    repo.write("a.txt", "a, changed\n")?;
    let before = state(&repo)?;
    let request = by_hunk(&["a.txt"], "long.txt", vec![first(), third()]);
    let request = CommitRequest { new_branch: Some("topic".to_owned()), ..request };
    for text in [
        // another text, another hunk before it, and one that is gone
        lines(&[(3, "three!"), (15, "fifteen"), (28, "twenty-eight")], "\n"),
        lines(&[(15, "fifteen"), (28, "twenty-eight")], "\n"),
        lines(&[(3, "three"), (12, "twelve"), (20, "twenty"), (28, "twenty-eight")], "\n"),
    ] {
        repo.write("long.txt", &text)?;
        ensure!(ask(&repo, &request).await == Err(changed()), "{text}");
    }
    fs::remove_file(repo.folder.join("long.txt"))?;
    ensure!(ask(&repo, &request).await == Err(changed()));
    ensure!(state(&repo)? == before && repo.git(&["branch", "--format=%(refname:short)"])? == "main");

    // what was not picked may change: it is not committed
    repo.write("long.txt", &lines(&[(3, "three"), (15, "another"), (28, "twenty-eight")], "\n"))?;
    made(ask(&repo, &by_hunk(&[], "long.txt", vec![first(), third()])).await?)?;
    ensure!(recorded(&repo.folder, "long.txt")? == lines(&[(3, "three"), (28, "twenty-eight")], "\n"));
    Ok(())
}

#[tokio::test]
async fn line_endings_and_a_missing_last_newline_are_recorded_as_of_a_whole_file() -> Result<()> {
    // CRLF in the repository, which `text=auto` leaves alone
    let Some(repo) = with_long(&lines(&[], "\r\n")).await? else { return Ok(()) };
    repo.write(".gitattributes", "long.txt text=auto\n*.bat text eol=crlf\n")?;
    repo.git(&["config", "core.safecrlf", "true"])?;
    repo.write("long.txt", &lines(CHANGED, "\r\n"))?;
    made(ask(&repo, &by_hunk(&[".gitattributes"], "long.txt", vec![second()])).await?)?;
    ensure!(recorded(&repo.folder, "long.txt")? == lines(&[(15, "fifteen")], "\r\n"));
    ensure!(repo.git(&["diff", "--numstat"])? == "2\t2\tlong.txt");

    // LF in the repository, CRLF on disk
    repo.write("run.bat", &lines(&[], "\r\n"))?;
    repo.git(&["add", "run.bat"])?;
    repo.git(&["commit", "--quiet", "-m", "run"])?;
    ensure!(recorded(&repo.folder, "run.bat")? == lines(&[], "\n"));
    repo.write("run.bat", &lines(CHANGED, "\r\n"))?;
    made(ask(&repo, &by_hunk(&[], "run.bat", vec![first(), second()])).await?)?;
    ensure!(recorded(&repo.folder, "run.bat")? == lines(&[(3, "three"), (15, "fifteen")], "\n"));
    ensure!(fs::read_to_string(repo.folder.join("run.bat"))? == lines(CHANGED, "\r\n"));

    // the last line loses its ending, in a hunk that is left and then taken
    repo.write("long.txt", lines(&[(3, "three"), (15, "fifteen")], "\r\n").trim_end())?;
    made(ask(&repo, &by_hunk(&[], "long.txt", vec![first()])).await?)?;
    ensure!(recorded(&repo.folder, "long.txt")? == lines(&[(3, "three"), (15, "fifteen")], "\r\n"));
    let last = pick_with_ends(0, &["-line 30", "+line 30"], &[LineEnd::CrLf, LineEnd::None]);
    made(ask(&repo, &by_hunk(&[], "long.txt", vec![last])).await?)?;
    ensure!(!recorded(&repo.folder, "long.txt")?.ends_with('\n'));
    ensure!(repo.git(&["status", "--porcelain"])? == " M run.bat");
    Ok(())
}

#[tokio::test]
async fn lines_pass_through_the_filters_of_their_file() -> Result<()> {
    let Some(repo) = with_long(&lines(&[], "\n")).await? else { return Ok(()) };
    repo.git(&["config", "filter.upper.clean", "sed -e s/^three$/THREE/ -e s/^fifteen$/FIFTEEN/ -e 1d"])?;
    repo.write(".gitattributes", "long.txt filter=upper\n")?;
    repo.write("long.txt", &lines(CHANGED, "\n"))?;
    made(ask(&repo, &by_hunk(&[], "long.txt", vec![first()])).await?)?;
    let filtered = lines(&[(3, "THREE")], "\n");
    ensure!(recorded(&repo.folder, "long.txt")? == filtered.trim_start_matches("line 1\n"), "not filtered");
    ensure!(fs::read_to_string(repo.folder.join("long.txt"))? == lines(CHANGED, "\n"));
    Ok(())
}

#[tokio::test]
async fn a_new_file_goes_by_its_one_hunk_and_what_has_none_as_a_whole() -> Result<()> {
    let Some(repo) = with_long(&lines(&[], "\n")).await? else { return Ok(()) };
    let program = repo.folder.join("run.sh");
    repo.write("run.sh", "one\ntwo\n")?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    made(ask(&repo, &by_hunk(&[], "run.sh", vec![pick(0, &["+one", "+two"])])).await?)?;
    ensure!(repo.git(&["ls-tree", "HEAD", "run.sh"])?.starts_with("100755 "));
    ensure!(repo.git(&["status", "--porcelain"])?.is_empty());

    // the mode is no hunk: it stays a change, and goes with the whole file
    repo.write("long.txt", &lines(CHANGED, "\n"))?;
    fs::set_permissions(repo.folder.join("long.txt"), fs::Permissions::from_mode(0o755))?;
    made(ask(&repo, &by_hunk(&[], "long.txt", vec![first()])).await?)?;
    ensure!(repo.git(&["ls-tree", "HEAD", "long.txt"])?.starts_with("100644 "));
    ensure!(repo.git(&["diff", "--summary"])?.contains("mode change 100644 => 100755 long.txt"));

    fs::write(repo.folder.join("a.txt"), b"a\0b\n")?;
    fs::remove_file(repo.folder.join("b.txt"))?;
    symlink("a.txt", repo.folder.join("link"))?;
    let whole = |path: &str| Err(CommitRefusal::NotByHunk { path: path.to_owned() });
    let gone = |path: &str| Err(CommitRefusal::HunksChanged { path: path.to_owned() });
    let some = || vec![pick(0, &["-a", "+b"])];
    ensure!(ask(&repo, &by_hunk(&[], "a.txt", some())).await == whole("a.txt"));
    ensure!(ask(&repo, &by_hunk(&[], "b.txt", some())).await == gone("b.txt"));
    ensure!(ask(&repo, &by_hunk(&[], "link", some())).await == gone("link"));
    ensure!(ask(&repo, &by_hunk(&[], "long.txt", Vec::new())).await == Err(CommitRefusal::NoFiles));
    for path in ["../outside", ".git/config", "run.sh"] {
        let refusal = CommitRefusal::NotChanged { path: path.to_owned() };
        ensure!(ask(&repo, &by_hunk(&[], path, some())).await == Err(refusal), "{path}");
    }
    fs::write(repo.folder.join(".git/index.lock"), "")?;
    ensure!(ask(&repo, &by_hunk(&["a.txt"], "long.txt", vec![second()])).await == Err(CommitRefusal::Locked));
    fs::remove_file(repo.folder.join(".git/index.lock"))?;

    // beside hunks of another file: a binary one, one that is gone, a link, and one that was moved
    fs::rename(&program, repo.folder.join("moved.sh"))?;
    let all = ["a.txt", "b.txt", "link", "moved.sh", "run.sh"];
    let hunk = pick(0, &["-line 15", "+fifteen"]);
    made(ask(&repo, &by_hunk(&all, "long.txt", vec![hunk])).await?)?;
    let told = repo.git(&["show", "--name-status", "--find-renames", "--format=", "HEAD"])?;
    ensure!(told == "M\ta.txt\nD\tb.txt\nA\tlink\nM\tlong.txt\nR100\trun.sh\tmoved.sh", "{told}");
    ensure!(repo.git(&["status", "--porcelain"])? == " M long.txt");
    Ok(())
}

#[tokio::test]
async fn hunks_are_committed_in_work_trees_submodules_and_folders_within() -> Result<()> {
    let Some(repo) = with_long(&lines(&[], "\n")).await? else { return Ok(()) };
    let place = tempfile::tempdir_in("/var/tmp")?;
    let tree = place.path().canonicalize()?.join("tree");
    repo.git(&["worktree", "add", "--quiet", "-b", "side", &tree.to_string_lossy()])?;
    let source = repo.folder.to_string_lossy().into_owned();
    repo.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &source, "lib"])?;
    let module = repo.folder.join("lib");
    for (name, value) in [("user.name", "Mira"), ("user.email", "mira@example.org")] {
        git(&module, &["config", name, value])?;
    }
    for folder in [&tree, &module] {
        fs::write(folder.join("long.txt"), lines(CHANGED, "\n"))?;
        made(commit(&repo.executor, folder, &by_hunk(&[], "long.txt", vec![second()])).await?)?;
        ensure!(recorded(folder, "long.txt")? == lines(&[(15, "fifteen")], "\n"));
        ensure!(git(folder, &["status", "--porcelain"])? == " M long.txt");
    }
    ensure!(repo.git(&["log", "-1", "--format=%s"])? == "long");

    // a module that moved on is taken beside a hunk of a file beneath a folder
    repo.git(&["commit", "--quiet", "-m", "with lib"])?;
    git(&module, &["commit", "--quiet", "-am", "on"])?;
    fs::create_dir(repo.folder.join("part"))?;
    repo.write("part/long.txt", &lines(&[], "\n"))?;
    repo.git(&["add", "part", "lib"])?;
    repo.git(&["commit", "--quiet", "-m", "part"])?;
    fs::write(module.join("a.txt"), "a, changed\n")?;
    git(&module, &["commit", "--quiet", "-am", "and on"])?;
    repo.write("part/long.txt", &lines(CHANGED, "\n"))?;
    made(commit(&repo.executor, &repo.folder.join("part"), &by_hunk(&[], "long.txt", vec![first()])).await?)?;
    ensure!(repo.git(&["show", "--name-only", "--format=", "HEAD"])? == "part/long.txt");
    let hunk = pick(1, &["-line 28", "+twenty-eight"]);
    made(ask(&repo, &by_hunk(&["lib"], "part/long.txt", vec![hunk])).await?)?;
    ensure!(repo.git(&["show", "--name-only", "--format=", "HEAD"])? == "lib\npart/long.txt");
    ensure!(recorded(&repo.folder, "part/long.txt")? == lines(&[(3, "three"), (28, "twenty-eight")], "\n"));
    Ok(())
}

#[tokio::test]
async fn the_first_commit_takes_a_new_file_by_its_hunk() -> Result<()> {
    let Some(repo) = Repo::new().await? else { return Ok(()) };
    fs::remove_dir_all(repo.folder.join(".git"))?;
    repo.git(&["init", "--quiet", "--initial-branch", "main"])?;
    for (name, value) in [("user.name", "Mira"), ("user.email", "mira@example.org")] {
        repo.git(&["config", name, value])?;
    }
    let file = CommitFile { path: "a.txt".to_owned(), status: DiffStatus::Added, tracked: false };
    ensure!(repo.plan().await?.files.first() == Some(&file));
    made(ask(&repo, &by_hunk(&[], "a.txt", vec![pick(0, &["+a"])])).await?)?;
    ensure!(repo.git(&["show", "--name-only", "--format=%s", "HEAD"])? == "Say why\n\na.txt");
    ensure!(repo.git(&["status", "--porcelain"])? == "?? b.txt");
    Ok(())
}
