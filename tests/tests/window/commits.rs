//! Commits from the Changes panel, in repositories that name programs of their own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::Window;
use countersign_tests::model_server::{Received, Reply};
use serde_json::json;
use tempfile::TempDir;

use crate::hands::{click, open_folder, press, until_page_says, write};
use crate::harness::{APPROVAL, APPROVE, Harness, TASK_END, ask};

const DIALOG: &str = "[data-testid=commit-dialog]";
const MESSAGE: &str = "[data-testid=commit-message]";
const BEFORE: &str = "one\ntwo\nthree\n";
const AFTER: &str = "one\nTwo, changed\nthree\n";

/// Patches the file of whichever session asks, once.
fn answer(asked: &Received) -> Reply {
    if asked.output_of("change").is_some() {
        return Reply::text("Changed.");
    }
    Reply::new()
        .apply_patch("change", "*** Update File: a.txt\n@@\n one\n-two\n+Two, changed\n three")
        .completed()
}

/// The test's own git, which leaves the file system monitor alone.
fn git(folder: &Path, args: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .args(["-c", "core.fsmonitor=false"])
        .args(args)
        .current_dir(folder)
        .output()
        .context("cannot start git")?;
    ensure!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}

/// A repository with a commit of `a.txt`. Not beneath the folder for temporary files, which a command may write anyway.
fn repository(place: &TempDir, name: &str) -> Result<PathBuf> {
    let folder = place.path().canonicalize()?.join(name);
    fs::create_dir_all(&folder)?;
    git(&folder, &["init", "--quiet", "--initial-branch", "main"])?;
    configure(&folder, &[("user.name", "Mira"), ("user.email", "mira@example.org")])?;
    fs::write(folder.join("a.txt"), BEFORE)?;
    git(&folder, &["add", "."])?;
    git(&folder, &["commit", "--quiet", "--message", "first"])?;
    Ok(folder)
}

fn configure(folder: &Path, values: &[(&str, &str)]) -> Result<()> {
    values.iter().try_for_each(|(key, value)| git(folder, &["config", key, value]).map(drop))
}

/// Writes a program that leaves a line in a file each time it runs, and goes on with this.
fn program(path: &Path, marker: &Path, rest: &str) -> Result<()> {
    fs::write(path, format!("#!/bin/sh\necho ran >> '{}'\n{rest}\n", marker.display()))?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
}

/// How often a program has run.
fn runs(marker: &Path) -> usize {
    fs::read_to_string(marker).map_or(0, |text| text.lines().count())
}

/// Has the agent change the file, and opens the dialog.
async fn change_and_open_dialog(window: &Window) -> Result<()> {
    window.find("[data-testid=empty]").await?;
    ask(window, "change it").await?;
    window.find(APPROVAL).await?;
    window.click(APPROVE).await?;
    window.find(TASK_END).await?;
    click(window, "[data-testid=commit-open]").await?;
    window.find(&format!("{DIALOG} {MESSAGE}")).await?;
    let focused = "return document.activeElement?.dataset.testid";
    until_page_says(window, focused, json!("commit-message")).await?;
    let picked = "return [...document.querySelectorAll('[data-testid=commit-file]:has(:checked)')].map((file) => file.dataset.path)";
    until_page_says(window, picked, json!(["a.txt"])).await
}

/// Commits by the keyboard, and waits for the note that it was made.
async fn commit(window: &Window, branch: &str) -> Result<()> {
    press(&["ctrl+Return"])?;
    window.wait_until_gone(DIALOG).await?;
    window.wait_for_text("[data-testid=toast]", &format!(" on {branch}")).await.map(drop)
}

/// A repository with a hook that fails, a filter, a file system monitor, and signatures by a key of SSH.
struct Demanding {
    folder: PathBuf,
    hook: PathBuf,
    filter: PathBuf,
    monitor: PathBuf,
    signer: PathBuf,
}

impl Demanding {
    fn new(place: &TempDir) -> Result<Self> {
        let folder = repository(place, "demanding")?;
        let marker = |name: &str| folder.join(".git").join(format!("{name}-ran"));
        let this = Self {
            hook: marker("hook"),
            filter: marker("filter"),
            monitor: marker("monitor"),
            signer: marker("signer"),
            folder: folder.clone(),
        };
        let programs = place.path().canonicalize()?.join("programs");
        fs::create_dir_all(&programs)?;
        let at = |name: &str| programs.join(name).to_string_lossy().into_owned();
        program(&folder.join(".git/hooks/pre-commit"), &this.hook, "echo 'no capitals, please' >&2; exit 1")?;
        program(&programs.join("upper"), &this.filter, "exec tr a-z A-Z")?;
        program(&programs.join("monitor"), &this.monitor, "")?;
        program(&programs.join("signer"), &this.signer, "exec ssh-keygen \"$@\"")?;
        let key = at("key");
        let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &key]).status();
        ensure!(made.context("cannot start ssh-keygen")?.success(), "ssh-keygen makes no key");
        fs::write(folder.join(".git/info/attributes"), "a.txt filter=upper\n")?;
        configure(
            &folder,
            &[
                ("filter.upper.clean", &at("upper")),
                ("core.fsmonitor", &at("monitor")),
                ("commit.gpgSign", "true"),
                ("gpg.format", "ssh"),
                ("gpg.ssh.program", &at("signer")),
                ("user.signingKey", &format!("{key}.pub")),
            ],
        )?;
        Ok(this)
    }

    fn runs(&self) -> [usize; 4] {
        [&self.hook, &self.filter, &self.monitor, &self.signer].map(|marker| runs(marker))
    }
}

#[tokio::test]
async fn a_commit_names_what_a_repository_runs_first_and_goes_where_it_belongs() -> Result<()> {
    let (harness, _server) = Harness::answered(&[], "", answer).await?;
    let place = tempfile::tempdir_in("/var/tmp")?;
    let demanding = Demanding::new(&place)?;
    let folder = &demanding.folder;
    let first = git(folder, &["rev-parse", "HEAD"])?;

    let window = Window::open(&harness.home(), &[folder.as_os_str()], &[]).await?;
    change_and_open_dialog(&window).await?;
    window.wait_for_text(DIALOG, "Run this repository’s hooks: pre-commit").await?;
    window.wait_for_text(DIALOG, "filters when git records them: upper").await?;
    window.wait_for_text("[data-testid=commit-unsigned]", "This one won’t be signed").await?;
    window.screenshot("commit-named").await?;
    ensure!(demanding.runs() == [0; 4], "something ran before it was named: {:?}", demanding.runs());

    // the hook refuses: nothing is lost, and nothing is left staged
    write("say why")?;
    press(&["ctrl+Return"])?;
    window.wait_for_text("[data-testid=commit-refused]", "no capitals, please").await?;
    window.screenshot("commit-refused").await?;
    ensure!(git(folder, &["rev-parse", "HEAD"])? == first, "the hook was passed over");
    ensure!(git(folder, &["diff", "--cached", "--name-only"])?.is_empty(), "something is left staged");
    ensure!(fs::read_to_string(folder.join("a.txt"))? == AFTER);
    let value = format!("return document.querySelector('{MESSAGE}').value");
    until_page_says(&window, &value, json!("say why")).await?;
    let [hooks, _, monitors, signers] = demanding.runs();
    ensure!([hooks, monitors, signers] == [1, 0, 0], "{hooks}, {monitors}, {signers}");

    // the person leaves it out
    click(&window, "[data-testid=commit-hooks]").await?;
    click(&window, MESSAGE).await?;
    commit(&window, "main").await?;
    ensure!(git(folder, &["log", "--format=%an %s"])? == "Mira say why\nMira first");
    ensure!(git(folder, &["show", "HEAD:a.txt"])? == AFTER.to_uppercase().trim_end(), "not filtered");
    ensure!(fs::read_to_string(folder.join("a.txt"))? == AFTER);
    ensure!(!git(folder, &["cat-file", "commit", "HEAD"])?.contains("gpgsig"));
    let [hooks, _, monitors, signers] = demanding.runs();
    ensure!([hooks, monitors, signers] == [1, 0, 0], "{hooks}, {monitors}, {signers}");
    // the dialog says how it is signed afterwards, and so it is
    git(folder, &["commit", "--amend", "--no-edit", "-S", "--no-verify", "--quiet"])?;
    ensure!(git(folder, &["cat-file", "commit", "HEAD"])?.contains("gpgsig") && runs(&demanding.signer) > 0);

    // a linked work tree: what is common is elsewhere, the branch is its own
    let main = repository(&place, "main")?;
    let tree = place.path().canonicalize()?.join("tree");
    git(&main, &["worktree", "add", "--quiet", "-b", "side", &tree.to_string_lossy()])?;
    let passed = main.join(".git/hook-ran");
    program(&main.join(".git/hooks/pre-commit"), &passed, "")?;
    open_folder(&window, &harness, &tree).await?;
    change_and_open_dialog(&window).await?;
    window.wait_for_text("[data-testid=commit-branch]", "side").await?;
    window.wait_for_text(DIALOG, "hooks: pre-commit").await?;
    ensure!(runs(&passed) == 0, "the hook ran before it was named");
    write("on the side")?;
    commit(&window, "side").await?;
    ensure!(runs(&passed) == 1, "the hook of the common folder ran {} times", runs(&passed));
    ensure!(git(&main, &["log", "--format=%s", "side"])? == "on the side\nfirst");
    ensure!(git(&main, &["log", "--format=%s", "main"])? == "first");
    ensure!(
        git(&main, &["status", "--porcelain"])?.is_empty()
            && git(&tree, &["status", "--porcelain"])?.is_empty()
    );

    // a submodule: its repository lies within that of the project around it
    let outer = repository(&place, "outer")?;
    let source = main.to_string_lossy().into_owned();
    git(&outer, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &source, "lib"])?;
    git(&outer, &["commit", "--quiet", "--message", "with lib"])?;
    let module = outer.join("lib");
    configure(&module, &[("user.name", "Mira"), ("user.email", "mira@example.org")])?;
    let passed = outer.join(".git/modules/lib/hook-ran");
    program(&outer.join(".git/modules/lib/hooks/commit-msg"), &passed, "")?;
    open_folder(&window, &harness, &module).await?;
    change_and_open_dialog(&window).await?;
    window.wait_for_text(DIALOG, "hooks: commit-msg").await?;
    ensure!(runs(&passed) == 0, "the hook ran before it was named");
    write("in the module")?;
    commit(&window, "main").await?;
    ensure!(runs(&passed) == 1, "the module's hook ran {} times", runs(&passed));
    ensure!(git(&module, &["log", "--format=%s"])? == "in the module\nfirst");
    ensure!(git(&module, &["status", "--porcelain"])?.is_empty());
    ensure!(git(&outer, &["log", "--format=%s"])? == "with lib\nfirst");
    ensure!(
        git(&outer, &["status", "--porcelain"])? == " M lib",
        "the outer one sees a module that moved on"
    );
    window.end().await
}

/// Thirty lines, some of them others.
fn lines(changed: &[(usize, &str)]) -> String {
    let line = |at: usize| {
        let text = changed.iter().find(|(line, _)| *line == at).map(|(_, text)| (*text).to_owned());
        text.unwrap_or_else(|| format!("line {at}")) + "\n"
    };
    (1..=30).map(line).collect()
}

/// Patches the file in two places, once.
fn answer_in_two_places(asked: &Received) -> Reply {
    if asked.output_of("change").is_some() {
        return Reply::text("Changed.");
    }
    let places = "@@\n line 2\n-line 3\n+three\n line 4\n@@\n line 19\n-line 20\n+twenty\n line 21";
    Reply::new().apply_patch("change", &format!("*** Update File: a.txt\n{places}")).completed()
}

#[tokio::test]
async fn a_hunk_is_left_out_of_a_commit_by_the_keyboard() -> Result<()> {
    let (harness, _server) = Harness::answered(&[], "", answer_in_two_places).await?;
    let place = tempfile::tempdir_in("/var/tmp")?;
    let folder = repository(&place, "hunks")?;
    fs::write(folder.join("a.txt"), lines(&[]))?;
    git(&folder, &["commit", "--quiet", "--all", "--message", "long"])?;

    let window = Window::open(&harness.home(), &[folder.as_os_str()], &[]).await?;
    change_and_open_dialog(&window).await?;
    write("say why")?;
    window.find("[data-testid=commit-unfold]").await?;
    // past the draft, the box of all files and the button that unfolds
    press(&["Tab", "Tab", "Tab", "Tab", "Right"])?;
    window.find("[data-testid=commit-hunk]:nth-of-type(2)").await?;
    press(&["Down", "Down", "space"])?;
    let boxes = "return [...document.querySelectorAll('[data-testid=commit-file] input')]
        .map((box) => (box.indeterminate ? 'mixed' : box.checked))";
    until_page_says(&window, boxes, json!(["mixed", true, false])).await?;
    window.wait_for_text(DIALOG, "Commit 1 hunk").await?;
    window.screenshot("commit-hunks").await?;
    commit(&window, "main").await?;
    ensure!(git(&folder, &["show", "HEAD:a.txt"])? + "\n" == lines(&[(3, "three")]));
    ensure!(fs::read_to_string(folder.join("a.txt"))? == lines(&[(3, "three"), (20, "twenty")]));
    ensure!(git(&folder, &["status", "--porcelain"])? == " M a.txt");
    window.end().await
}
