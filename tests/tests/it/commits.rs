//! Commits that a person makes of the project's files, with real git.

use agent::commit::{CommitRefusal, commit, plan};
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, reviewing};
use exec::Executor;
use protocol::{CommitAnswer, CommitPlan, CommitRequest, DiffStatus};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::mcp::has;

/// A repository with a commit of `a.txt` and `b.txt`, an executor, and what the person's own git says.
pub(crate) struct Repo {
    pub(crate) harness: Harness,
    pub(crate) executor: Executor,
    pub(crate) folder: PathBuf,
}

impl Repo {
    /// `None`, said aloud, where there is no git or no sandbox.
    pub(crate) async fn new() -> Result<Option<Self>> {
        let harness = Harness::new(reviewing(), &[("a.txt", "a\n"), ("b.txt", "b\n")], Vec::new()).await?;
        let executor = harness.assemble().await?.executor;
        if !has("git") || executor.probe().await.level == protocol::SandboxLevel::None {
            eprintln!("SKIPPED: commits need git and a sandbox");
            return Ok(None);
        }
        let repo = Self { folder: harness.project().canonicalize()?, harness, executor };
        repo.git(&["init", "--quiet", "--initial-branch", "main"])?;
        for (name, value) in [("user.name", "Mira"), ("user.email", "mira@example.org")] {
            repo.git(&["config", name, value])?;
        }
        repo.git(&["add", "."])?;
        repo.git(&["commit", "--quiet", "-m", "first"])?;
        Ok(Some(repo))
    }

    pub(crate) fn git(&self, args: &[&str]) -> Result<String> {
        git(&self.folder, args)
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> Result<()> {
        Ok(fs::write(self.folder.join(path), text)?)
    }

    pub(crate) fn hook(&self, name: &str, script: &str) -> Result<()> {
        let path = self.folder.join(".git/hooks").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n"))?;
        Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
    }

    pub(crate) async fn plan(&self) -> Result<CommitPlan> {
        Ok(plan(&self.executor, &self.folder).await?)
    }

    async fn commit(&self, paths: &[&str], run_hooks: bool) -> Result<CommitAnswer, CommitRefusal> {
        commit(&self.executor, &self.folder, &request(paths, run_hooks)).await
    }
}

pub(crate) fn request(paths: &[&str], run_hooks: bool) -> CommitRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let message = "Say why\n\nAt length.".to_owned();
    CommitRequest { paths, partial: Vec::new(), message, run_hooks, new_branch: None }
}

pub(crate) fn git(folder: &Path, args: &[&str]) -> Result<String> {
    let output = Command::new("git").args(args).current_dir(folder).output()?;
    ensure!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}

pub(crate) fn made(answer: CommitAnswer) -> Result<String> {
    match answer {
        CommitAnswer::Made { id, index_error: None } => Ok(id),
        CommitAnswer::Made { index_error: Some(error), .. } => anyhow::bail!("the index is behind: {error}"),
        CommitAnswer::Refused { output } => anyhow::bail!("refused: {output}"),
    }
}

pub(crate) fn refused(answer: CommitAnswer) -> Result<String> {
    match answer {
        CommitAnswer::Refused { output } => Ok(output),
        CommitAnswer::Made { id, .. } => anyhow::bail!("made {id}"),
    }
}

#[tokio::test]
async fn a_commit_takes_the_files_that_were_picked_and_leaves_the_rest_as_it_is() -> Result<()> {
    let Some(repo) = Repo::new().await? else { return Ok(()) };
    repo.write("a.txt", "a, changed\n")?;
    repo.write("b.txt", "b, staged\n")?;
    repo.git(&["add", "b.txt"])?;
    repo.write("new [1].txt", "new\n")?;
    repo.write("left.txt", "left\n")?;

    let plan = repo.plan().await?;
    ensure!(plan.branch.as_deref() == Some("main") && plan.underway.is_none() && !plan.signs, "{plan:?}");
    ensure!(plan.author.as_deref() == Some("Mira <mira@example.org>") && plan.hooks.is_empty(), "{plan:?}");
    let files: Vec<_> =
        plan.files.iter().map(|file| (file.path.as_str(), file.status, file.tracked)).collect();
    ensure!(
        files
            == [
                ("a.txt", DiffStatus::Modified, true),
                ("b.txt", DiffStatus::Modified, true),
                ("left.txt", DiffStatus::Added, false),
                ("new [1].txt", DiffStatus::Added, false),
            ],
        "{files:?}"
    );

    let id = made(repo.commit(&["a.txt", "new [1].txt"], true).await?)?;
    ensure!(repo.git(&["rev-parse", "--short", "HEAD"])? == id);
    ensure!(repo.git(&["log", "-1", "--format=%an|%s|%b"])? == "Mira|Say why|At length.");
    ensure!(repo.git(&["show", "--name-only", "--format=", "HEAD"])? == "a.txt\nnew [1].txt");
    // what was staged is staged, and what git does not know it does not know
    ensure!(repo.git(&["status", "--porcelain"])? == "M  b.txt\n?? left.txt");
    Ok(())
}

#[tokio::test]
async fn a_hook_is_named_first_and_runs_contained_and_only_when_wanted() -> Result<()> {
    let Some(repo) = Repo::new().await? else { return Ok(()) };
    let outside = repo.harness.home().join("outside");
    repo.hook(
        "pre-commit",
        &format!("echo no debug prints; touch '{}' || touch wrote; exit 1", outside.display()),
    )?;
    repo.hook("commit-msg", "exit 0")?;
    repo.hook("pre-push", "exit 0")?;
    repo.write("a.txt", "a, changed\n")?;
    repo.write("new.txt", "new\n")?;
    let before = repo.git(&["rev-parse", "HEAD"])?;
    ensure!(repo.plan().await?.hooks == ["pre-commit", "commit-msg"]);

    let output = refused(repo.commit(&["a.txt", "new.txt"], true).await?)?;
    ensure!(output.contains("no debug prints"), "{output}");
    // nothing is lost and nothing is left staged; the hook wrote in the project and nowhere else
    ensure!(repo.git(&["rev-parse", "HEAD"])? == before);
    ensure!(repo.git(&["status", "--porcelain"])? == " M a.txt\n?? new.txt\n?? wrote");
    ensure!(!outside.exists(), "the hook left the sandbox");

    made(repo.commit(&["a.txt", "new.txt"], false).await?)?;
    ensure!(repo.git(&["status", "--porcelain"])? == "?? wrote");
    Ok(())
}

#[tokio::test]
async fn nothing_that_a_repository_names_runs_unnamed() -> Result<()> {
    let Some(repo) = Repo::new().await? else { return Ok(()) };
    let program = |name: &str| format!("sh -c 'touch ran-{name}; cat'");
    for (key, value) in [
        ("core.fsmonitor", program("monitor").as_str()),
        ("gpg.program", &program("gpg")),
        ("commit.gpgSign", "true"),
        ("core.editor", &program("editor")),
        ("core.pager", &program("pager")),
        ("filter.upper.clean", "tr a-z A-Z"),
    ] {
        repo.git(&["config", key, value])?;
    }
    fs::create_dir_all(repo.folder.join("hooks"))?;
    repo.git(&["config", "core.hooksPath", "hooks"])?;
    fs::write(repo.folder.join("hooks/post-commit"), "#!/bin/sh\ntouch ran-hook\n")?;
    fs::set_permissions(repo.folder.join("hooks/post-commit"), fs::Permissions::from_mode(0o755))?;
    repo.write("a.txt", "a, changed\n")?;

    let plan = repo.plan().await?;
    ensure!(plan.signs && plan.filters == ["upper"] && plan.hooks == ["post-commit"], "{plan:?}");
    made(repo.commit(&["a.txt"], false).await?)?;
    let ran: Vec<_> = fs::read_dir(&repo.folder)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with("ran-"))
        .collect();
    ensure!(ran.is_empty(), "{ran:?}");
    ensure!(!repo.git(&["cat-file", "commit", "HEAD"])?.contains("gpgsig"));
    Ok(())
}

#[tokio::test]
async fn linked_work_trees_and_submodules_commit_in_their_own_repository() -> Result<()> {
    let Some(repo) = Repo::new().await? else { return Ok(()) };
    let place = tempfile::tempdir_in("/var/tmp")?;
    let tree = place.path().canonicalize()?.join("tree");
    repo.git(&["worktree", "add", "--quiet", "-b", "side", &tree.to_string_lossy()])?;
    fs::write(tree.join("a.txt"), "on the side\n")?;
    let planned = plan(&repo.executor, &tree).await?;
    ensure!(planned.branch.as_deref() == Some("side") && planned.files.len() == 1, "{planned:?}");
    made(commit(&repo.executor, &tree, &request(&["a.txt"], true)).await?)?;
    ensure!(git(&tree, &["show", "--name-only", "--format=%s", "side"])? == "Say why\n\na.txt");
    ensure!(repo.git(&["log", "-1", "--format=%s", "main"])? == "first");

    let module = repo.folder.join("lib");
    let source = repo.folder.to_string_lossy().into_owned();
    repo.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &source, "lib"])?;
    repo.git(&["commit", "--quiet", "-m", "with lib"])?;
    for (name, value) in [("user.name", "Mira"), ("user.email", "mira@example.org")] {
        git(&module, &["config", name, value])?;
    }
    fs::write(module.join("b.txt"), "in the module\n")?;
    made(commit(&repo.executor, &module, &request(&["b.txt"], true)).await?)?;
    ensure!(git(&module, &["log", "-1", "--format=%s"])? == "Say why");
    ensure!(repo.git(&["log", "-1", "--format=%s"])? == "with lib");
    Ok(())
}

#[tokio::test]
async fn a_folder_within_a_repository_commits_what_is_beneath_it() -> Result<()> {
    let Some(repo) = Repo::new().await? else { return Ok(()) };
    let part = repo.folder.join("part");
    fs::create_dir_all(part.join("deep"))?;
    fs::write(part.join("deep/c.txt"), "c\n")?;
    repo.write("a.txt", "a, changed\n")?;
    let planned = plan(&repo.executor, &part).await?;
    ensure!(planned.files.iter().map(|file| file.path.as_str()).eq(["deep/c.txt"]), "{planned:?}");
    made(commit(&repo.executor, &part, &request(&["deep/c.txt"], true)).await?)?;
    ensure!(repo.git(&["show", "--name-only", "--format=", "HEAD"])? == "part/deep/c.txt");
    ensure!(repo.git(&["status", "--porcelain"])? == " M a.txt");
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_committed_is_refused_by_name() -> Result<()> {
    let Some(repo) = Repo::new().await? else { return Ok(()) };
    repo.write("a.txt", "a, changed\n")?;
    let not_changed = |path: &str| CommitRefusal::NotChanged { path: path.to_owned() };
    for path in ["b.txt", "../outside", ".git/config", "", "a", "*"] {
        ensure!(repo.commit(&[path], true).await == Err(not_changed(path)), "{path}");
    }
    ensure!(repo.commit(&[], true).await == Err(CommitRefusal::NoFiles));
    let wordless = CommitRequest { message: " \n".to_owned(), ..request(&["a.txt"], true) };
    ensure!(commit(&repo.executor, &repo.folder, &wordless).await == Err(CommitRefusal::NoMessage));

    repo.git(&["checkout", "--quiet", "-b", "other", "--force"])?;
    repo.write("a.txt", "theirs\n")?;
    repo.git(&["commit", "--quiet", "-am", "theirs"])?;
    repo.git(&["checkout", "--quiet", "main"])?;
    repo.write("a.txt", "ours\n")?;
    repo.git(&["commit", "--quiet", "-am", "ours"])?;
    let merged = Command::new("git").args(["merge", "other"]).current_dir(&repo.folder).output()?;
    ensure!(!merged.status.success(), "the merge has a conflict");
    ensure!(repo.plan().await?.underway.as_deref() == Some("merge"));
    ensure!(
        repo.commit(&["a.txt"], true).await == Err(CommitRefusal::Underway { operation: "merge".to_owned() })
    );

    let bare = tempfile::tempdir_in("/var/tmp")?;
    let error = plan(&repo.executor, bare.path()).await.err().context("there is no repository")?;
    ensure!(matches!(error, CommitRefusal::NoRepository { .. }), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_commit_begins_a_branch_and_leaves_none_behind_when_it_is_refused() -> Result<()> {
    let Some(repo) = Repo::new().await? else { return Ok(()) };
    let on =
        |branch: &str| CommitRequest { new_branch: Some(branch.to_owned()), ..request(&["a.txt"], true) };
    repo.write("a.txt", "a, changed\n")?;
    repo.hook("pre-commit", "exit 1")?;
    repo.hook("post-checkout", "touch ran")?;
    refused(commit(&repo.executor, &repo.folder, &on("topic/new")).await?)?;
    ensure!(repo.git(&["symbolic-ref", "HEAD"])? == "refs/heads/main");
    ensure!(repo.git(&["branch", "--format=%(refname:short)"])? == "main");
    for (name, refusal) in [
        ("main", CommitRefusal::BranchExists { branch: "main".to_owned() }),
        ("two words", CommitRefusal::NoBranchName { branch: "two words".to_owned() }),
        ("-d", CommitRefusal::NoBranchName { branch: "-d".to_owned() }),
        ("@{-1}", CommitRefusal::NoBranchName { branch: "@{-1}".to_owned() }),
    ] {
        ensure!(commit(&repo.executor, &repo.folder, &on(name)).await == Err(refusal), "{name}");
    }
    let off = CommitRequest { run_hooks: false, ..on("topic/new") };
    made(commit(&repo.executor, &repo.folder, &off).await?)?;
    ensure!(repo.plan().await?.branch.as_deref() == Some("topic/new"));
    ensure!(repo.git(&["log", "--format=%s", "main..topic/new"])? == "Say why");
    ensure!(repo.git(&["status", "--porcelain"])?.is_empty() && !repo.folder.join("ran").exists());

    // from a detached head, and back to it
    repo.git(&["checkout", "--quiet", "--detach"])?;
    repo.write("a.txt", "again\n")?;
    refused(commit(&repo.executor, &repo.folder, &on("other")).await?)?;
    ensure!(repo.plan().await?.branch.is_none() && repo.git(&["branch", "--list", "other"])?.is_empty());
    made(commit(&repo.executor, &repo.folder, &CommitRequest { run_hooks: false, ..on("other") }).await?)?;
    ensure!(repo.plan().await?.branch.as_deref() == Some("other"));
    Ok(())
}
