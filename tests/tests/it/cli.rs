//! `countersign` as a person types it.

use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, reviewing};
use countersign_tests::model_server::{Gate, Reply};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Output, Stdio};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

/// The program, beside the test's own folder, where one build puts both.
pub(crate) fn countersign() -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let built = here.ancestors().nth(2).context("the test is in a folder")?.join("countersign");
    ensure!(built.is_file(), "{} is not built; `cargo build -p countersign-cli` builds it", built.display());
    Ok(built)
}

/// A program in Python by others that `cargo xtask test` installs; says so where it did not.
pub(crate) fn in_python(program: &str) -> Option<PathBuf> {
    let here = std::env::current_exe().ok()?;
    let program = here.ancestors().nth(3)?.join("python/bin").join(program);
    if !program.is_file() {
        eprintln!("SKIPPED: {} is not there; `cargo xtask test` installs it", program.display());
        return None;
    }
    Some(program)
}

pub(crate) fn command(harness: &Harness, args: &[&str]) -> Result<Command> {
    let mut command = Command::new(countersign()?);
    command
        .args(args)
        .env("COUNTERSIGN_HOME", harness.home())
        .env("COUNTERSIGN_NO_KEYCHAIN", "1")
        .env("COUNTERSIGN_PRACTICE_DELAY_MS", "0")
        .current_dir(harness.project())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    Ok(command)
}

pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

pub(crate) async fn run(harness: &Harness, args: &[&str], stdin: &str) -> Result<Ran> {
    let mut child = command(harness, args)?.stdin(Stdio::piped()).spawn()?;
    child.stdin.take().context("a pipe")?.write_all(stdin.as_bytes()).await?;
    Ok(Ran::of(&child.wait_with_output().await?))
}

/// Runs another program with the home and the project of `harness`.
pub(crate) async fn run_as(harness: &Harness, command: &mut Command) -> Result<Ran> {
    command.env("COUNTERSIGN_HOME", harness.home()).env("COUNTERSIGN_NO_KEYCHAIN", "1");
    Ok(Ran::of(&command.current_dir(harness.project()).kill_on_drop(true).output().await?))
}

#[tokio::test]
async fn exec_does_a_task_of_text_commands_a_patch_and_a_plan() -> Result<()> {
    let plan = json!({"plan": [{"step": "all of it", "status": "completed"}]});
    let replies = vec![
        Reply::new().message("I look.").shell("c1", &["ls"]).shell("c2", &["cat", "a.txt"]).completed(),
        Reply::new().text_delta("I was cut o").cut(),
        Reply::new().shell("c3", &["bash", "-lc", "echo three"]).completed(),
        Reply::new().apply_patch("c4", "*** Update File: a.txt\n@@\n-one\n+two\n").completed(),
        Reply::new().function_call("c5", "update_plan", &plan).completed(),
        Reply::text("It is done."),
    ];
    let harness = Harness::new(reviewing(), &[("a.txt", "one\n")], replies).await?;
    harness.write_config()?;
    let ran = run(&harness, &["exec", "--json", "make one two"], "").await?;
    ensure!(ran.code == Some(0), "{} {}", ran.out, ran.err);
    ensure!(harness.read("a.txt")? == "two\n");
    let events: Vec<Value> = ran.out.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let count = |kind: &str| events.iter().filter(|event| event["msg"]["type"] == kind).count();
    ensure!(
        count("exec_command_end") == 3 && count("patch_apply_end") == 1 && count("plan_update") == 1,
        "{}",
        ran.out
    );
    ensure!(count("stream_error") == 1 && count("task_complete") == 1, "{}", ran.out);
    ensure!(events.last().context("events")?["msg"]["type"] == "shutdown_complete");
    ensure!(harness.server.left() == 0);

    let listed = run(&harness, &["sessions", "--json"], "").await?;
    let session: Value = serde_json::from_str(listed.out.trim())?;
    ensure!(session["title"] == "make one two", "{}", listed.out);
    Ok(())
}

#[tokio::test]
async fn exec_without_json_is_readable_and_reads_its_prompt_from_standard_input() -> Result<()> {
    let replies = vec![
        Reply::new().message("I look.").shell("c1", &["cat", "a.txt"]).completed(),
        Reply::new().apply_patch("c2", "*** Update File: a.txt\n@@\n-one\n+two\n").completed(),
        Reply::text("It is done."),
    ];
    let harness = Harness::new(reviewing(), &[("a.txt", "one\n")], replies).await?;
    harness.write_config()?;
    let ran = run(&harness, &["exec", "-"], "make one two").await?;
    ensure!(ran.code == Some(0), "{} {}", ran.out, ran.err);
    ensure!(ran.out == "It is done.\n", "{}", ran.out);
    for wanted in
        ["I look.", "$ | cat a.txt", "- | one", "+ | two", "written: 1 of 1 hunks", "M a.txt  +1 -1"]
    {
        ensure!(ran.err.contains(wanted), "{wanted:?} is missing in\n{}", ran.err);
    }
    let asked = &harness.server.requests()[0];
    ensure!(String::from_utf8_lossy(&asked.bytes).contains("make one two"));
    Ok(())
}

#[tokio::test]
async fn exec_denies_what_needs_asking_when_nobody_is_there() -> Result<()> {
    let replies = vec![
        Reply::new().apply_patch("c1", "*** Update File: a.txt\n@@\n-one\n+two\n").completed(),
        Reply::text("Then not."),
    ];
    let harness = Harness::new(reviewing(), &[("a.txt", "one\n")], replies).await?;
    harness.write_config()?;
    let ran = run(&harness, &["exec", "--approval", "untrusted", "go"], "").await?;
    ensure!(ran.code == Some(0), "{} {}", ran.out, ran.err);
    ensure!(harness.read("a.txt")? == "one\n");
    let told = harness.server.requests()[1].output_of("c1").context("an answer")?.to_owned();
    ensure!(told.contains("rejected by user") && told.contains("nobody is at the terminal"), "{told}");
    Ok(())
}

#[tokio::test]
async fn exec_ends_with_1_when_the_task_fails_and_says_why() -> Result<()> {
    let refused = Reply::status(401).json(&json!({"error": {"message": "bad key"}}));
    let harness = Harness::new(reviewing(), &[], vec![refused]).await?;
    harness.write_config()?;
    let ran = run(&harness, &["exec", "go"], "").await?;
    ensure!(ran.code == Some(1) && ran.err.contains("key"), "{:?} {} {}", ran.code, ran.out, ran.err);
    let ran = run(&harness, &["exec", "-c", "modle=\"x\"", "go"], "").await?;
    ensure!(ran.code == Some(1) && ran.err.contains("model"), "the nearest known key is named: {}", ran.err);
    Ok(())
}

#[tokio::test]
async fn an_interrupted_exec_ends_with_130_and_can_be_gone_on_with() -> Result<()> {
    let gate = Gate::new();
    let replies = vec![
        Reply::new().shell("c1", &["sleep", "600"]).message("mid").gate(&gate).completed(),
        Reply::text("back"),
    ];
    let harness = Harness::new(reviewing(), &[], replies).await?;
    harness.write_config()?;
    let mut child = command(&harness, &["exec", "--json", "go"])?.spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("a pipe")?).lines();
    while let Some(line) = lines.next_line().await? {
        if line.contains("\"exec_command_begin\"") {
            break;
        }
    }
    let pid = child.id().context("it runs")?.to_string();
    ensure!(Command::new("kill").args(["-INT", &pid]).status().await?.success());
    let rest = tokio::spawn(async move {
        let mut rest = String::new();
        while let Ok(Some(line)) = lines.next_line().await {
            rest.push_str(&line);
        }
        rest
    });
    let status = child.wait().await?;
    let rest = rest.await?;
    ensure!(status.code() == Some(130), "{status:?} {rest}");
    ensure!(rest.contains("turn_aborted"), "{rest}");

    let ran = run(&harness, &["resume", "--last", "go on"], "").await?;
    ensure!(ran.code == Some(0) && ran.out.contains("back"), "{} {}", ran.out, ran.err);
    let request = &harness.server.requests()[1];
    ensure!(request.output_of("c1").context("every call is answered")?.contains("aborted"));
    Ok(())
}

#[tokio::test]
async fn apply_patch_is_all_or_nothing() -> Result<()> {
    let files = [("a.txt", "one\n"), ("b.txt", "one\n"), ("c.txt", "one\n")];
    let harness = Harness::new(reviewing(), &files, vec![]).await?;
    let patch = |third: &str| {
        format!(
            "*** Begin Patch\n*** Update File: a.txt\n@@\n-one\n+two\n*** Delete File: b.txt\n*** Update File: c.txt\n@@\n-{third}\n+two\n*** Add File: d/e.txt\n+new\n*** End Patch\n"
        )
    };
    let ran = run(&harness, &["apply-patch"], &patch("absent")).await?;
    ensure!(ran.code == Some(1) && ran.err.contains("c.txt"), "{:?} {}", ran.code, ran.err);
    ensure!(
        harness.read("a.txt")? == "one\n"
            && harness.read("b.txt")? == "one\n"
            && harness.read("c.txt")? == "one\n"
    );
    ensure!(!harness.project().join("d").exists());
    let whole = patch("one");
    let ran = run(&harness, &["apply-patch", &whole], "").await?;
    ensure!(ran.code == Some(0), "{}", ran.err);
    ensure!(ran.out == "M a.txt\nD b.txt\nM c.txt\nA d/e.txt\n", "{}", ran.out);
    ensure!(
        harness.read("a.txt")? == "two\n"
            && harness.read("b.txt").is_err()
            && harness.read("d/e.txt")? == "new\n"
    );
    Ok(())
}

#[tokio::test]
async fn b21_the_terminal_says_where_a_patch_was_found_by_ignoring_something_and_which_other_names_change()
-> Result<()> {
    let lines = "*** Update File: a.txt\n@@\n-  one\n+  two";
    let replies = vec![Reply::new().apply_patch("c1", lines).completed(), Reply::text("ok")];
    let harness =
        Harness::new(reviewing(), &[("a.txt", "    one\n"), ("b.txt", "    one\n")], replies).await?;
    harness.write_config()?;
    std::fs::remove_file(harness.project().join("b.txt"))?;
    std::fs::hard_link(harness.project().join("a.txt"), harness.project().join("b.txt"))?;
    let ran = run(&harness, &["exec", "--approval", "never", "go"], "").await?;
    ensure!(ran.code == Some(0), "{}", ran.err);
    for note in ["! | line 1: found by ignoring indentation", "b.txt"] {
        ensure!(ran.err.contains(note), "{note}: {}", ran.err);
    }
    let told = harness.server.requests()[1].output_of("c1").context("an answer")?.to_owned();
    ensure!(told.contains("matched only by ignoring indentation"), "{told}");
    ensure!(
        told.contains("its other names (hard links) changed with it: ") && told.contains("b.txt"),
        "{told}"
    );

    let patch = "*** Begin Patch\n*** Update File: a.txt\n@@\n-two\n+three\n*** End Patch\n";
    let ran = run(&harness, &["apply-patch"], patch).await?;
    ensure!(ran.code == Some(0) && ran.out == "M a.txt\n", "{} {}", ran.out, ran.err);
    ensure!(ran.err.contains("countersign: a.txt: line 1: found by ignoring indentation"), "{}", ran.err);
    ensure!(harness.read("b.txt")? == "    three\n");
    Ok(())
}

#[tokio::test]
async fn b23_apply_patch_stays_in_its_folder_unless_told_otherwise() -> Result<()> {
    let harness = Harness::new(reviewing(), &[("a.txt", "one\n")], vec![]).await?;
    let beside =
        harness.project().parent().context("a folder")?.join(format!("beside-{}.txt", std::process::id()));
    let absolute = beside.display().to_string();
    let relative = format!("../{}", beside.file_name().context("a name")?.display());
    for path in [relative.as_str(), absolute.as_str(), ".git/hooks/pre-commit"] {
        let patch =
            format!("*** Begin Patch\n*** Add File: b.txt\n+b\n*** Add File: {path}\n+b\n*** End Patch\n");
        let ran = run(&harness, &["apply-patch"], &patch).await?;
        ensure!(ran.code == Some(1) && ran.err.contains("--allow-outside"), "{path}: {}", ran.err);
        ensure!(
            !beside.exists() && harness.read("b.txt").is_err() && !harness.project().join(".git").exists()
        );
    }
    let patch = format!("*** Begin Patch\n*** Add File: {relative}\n+b\n*** End Patch\n");
    let ran = run(&harness, &["apply-patch", "--allow-outside"], &patch).await?;
    ensure!(ran.code == Some(0) && beside.exists(), "{}", ran.err);
    std::fs::remove_file(beside)?;
    Ok(())
}

#[tokio::test]
async fn sandbox_passes_the_exit_code_and_holds() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    let doctor = run(&harness, &["doctor", "--json"], "").await?;
    let found: Value = serde_json::from_str(&doctor.out)?;
    if found["sandbox"]["level"] != "full" {
        eprintln!("SKIPPED: this machine's sandbox is not at its full level: {}", found["sandbox"]);
        return Ok(());
    }
    let ran = run(
        &harness,
        &["sandbox", "--", "sh", "-c", "echo in; echo no > /etc/countersign-was-here; exit 7"],
        "",
    )
    .await?;
    ensure!(ran.code == Some(2) || ran.code == Some(7), "{:?} {}", ran.code, ran.err);
    ensure!(
        ran.out == "in\n" && !std::path::Path::new("/etc/countersign-was-here").exists(),
        "{} {}",
        ran.out,
        ran.err
    );
    let other = tempfile::tempdir_in("/var/tmp")?;
    let target = other.path().canonicalize()?.join("made");
    let script = format!("echo in; echo no > {}", target.display());
    let ran = run(&harness, &["sandbox", "--", "sh", "-c", &script], "").await?;
    let told = format!("countersign: the sandbox refused write to {} (read-only)", target.display());
    ensure!(ran.out == "in\n" && ran.err.contains(&told), "{}", ran.err);
    ensure!(ran.err.contains("; --writable DIR lets it write there"), "{}", ran.err);
    // programs try a lot that they can do without
    let ran = run(&harness, &["sandbox", "--", "sh", "-c", &format!("{script} || true")], "").await?;
    ensure!(ran.code == Some(0) && !ran.err.contains("countersign:"), "{}", ran.err);
    let ran = run(&harness, &["sandbox", "--sandbox", "read-only", "--", "touch", "x"], "").await?;
    ensure!(ran.code != Some(0) && !harness.project().join("x").exists());
    let ran = run(&harness, &["sandbox", "--", "bash", "-c", "exec 3<>/dev/tcp/192.0.2.1/80"], "").await?;
    ensure!(ran.code != Some(0), "a connection to elsewhere");
    let ran = run(&harness, &["sandbox", "--", "no-such-program-here"], "").await?;
    ensure!(ran.code == Some(127), "{:?} {}", ran.code, ran.err);
    Ok(())
}

#[tokio::test]
async fn the_practice_conversation_changes_the_sample_for_good() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    let sample = harness.project().join("sample");
    let dir = sample.to_str().context("a plain path")?;
    ensure!(run(&harness, &["practice-sample", dir], "").await?.code == Some(0));
    let args = ["exec", "--provider", "practice", "--approval", "never", "--cd", dir, "Fix the failing test"];
    let ran = run(&harness, &args, "").await?;
    ensure!(ran.code == Some(0), "{} {}", ran.out, ran.err);
    ensure!(
        ran.err.contains("20 passed, 1 failed") && ran.err.contains("24 passed, 0 failed"),
        "{}",
        ran.err
    );
    let tests =
        Command::new("sh").arg("tests/run.sh").current_dir(&sample).stdout(Stdio::null()).status().await?;
    ensure!(tests.success());
    Ok(())
}
