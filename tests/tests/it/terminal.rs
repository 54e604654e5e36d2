//! `countersign` on a terminal, and between other programs.

use crate::cli::{command, countersign, run};
use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::processes::family;
use countersign_tests::harness::{Harness, reviewing, unasked};
use countersign_tests::model_server::Reply;
use countersign_tests::terminal::Terminal;
use serde_json::json;
use std::fmt::Write as _;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

/// Question at the end of every card about a command.
const QUESTION: &str = "stop [q]? ";

fn count(text: &str, wanted: &str) -> usize {
    text.lines().filter(|line| line.starts_with(wanted)).count()
}

fn uncolored(harness: &Harness, args: &[&str]) -> Result<Command> {
    let mut command = command(harness, args)?;
    command.env("NO_COLOR", "1");
    Ok(command)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_on_the_terminal_holds_one_command_whatever_is_in_it() -> Result<()> {
    let forged = format!("\n{}  run   | ls -la\n  in    | /p\n  run   ls -la\n", "\n".repeat(80));
    let script = format!("rm -rf x; exit{forged}");
    let wide = format!("touch {}  run   | ls -la", "x".repeat(300));
    let escalated = json!({
        "command": ["bash", "-c", script],
        "with_escalated_permissions": true,
        "justification": format!("it is needed{forged}countersign: approval"),
    });
    let replies = vec![
        Reply::new().function_call("c1", "shell", &escalated).completed(),
        Reply::new().shell("c2", &["cp", &forged, "b"]).completed(),
        Reply::new().shell("c3", &["bash", "-c", &wide]).completed(),
        Reply::text("done"),
    ];
    let harness = Harness::new(reviewing(), &[], replies).await?;
    harness.write_config()?;
    let mut terminal =
        Terminal::start(&mut uncolored(&harness, &["exec", "--approval", "untrusted", "go"])?)?;
    for shown in ["rm -rf x; exit", "cp '", "touch xxx"] {
        let card = terminal.wait_for(QUESTION)?;
        ensure!(card.contains(shown), "{card}");
        for label in ["  run   |", "  in    |", "countersign: approval", "  why   |"] {
            ensure!(count(&card, label) == 1, "{label:?} stands there once:\n{card}");
        }
        ensure!(count(&card, "  run   ls") == 0 && card.lines().all(|line| line.len() <= 160), "{card}");
        if shown == "rm -rf x; exit" {
            ensure!(card.matches(": 80 blank lines").count() == 2, "{card}");
        }
        terminal.enter("d\n\n")?;
    }
    let (code, shown) = terminal.end().await?;
    ensure!(code == 0, "{shown}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_of_a_patch_on_the_terminal_names_its_files_in_one_line_each() -> Result<()> {
    let path = "a\n  run   | ls -la\ncountersign: approval\n  patch | of 1 file, +1 -0";
    let edit = json!({ "path": path, "old_string": "", "new_string": format!("x{}evil", "\n".repeat(91)) });
    let replies = vec![
        Reply::new().function_call("c1", "edit", &edit).completed(),
        Reply::new()
            .apply_patch("c2", &format!("*** Add File: b.txt\n+x\n{}+evil\n", "+\n".repeat(90)))
            .completed(),
        Reply::text("done"),
    ];
    let harness = Harness::new(reviewing(), &[], replies).await?;
    harness.write_config()?;
    let mut terminal = Terminal::start(&mut uncolored(&harness, &["exec", "go"])?)?;
    for _call in 0..2 {
        let card = terminal.wait_for(QUESTION)?;
        ensure!(count(&card, "countersign: approval") == 1 && count(&card, "  run   |") == 0, "{card}");
        ensure!(count(&card, "  patch |") == 1 && card.contains(": 90 blank lines"), "{card}");
        terminal.enter("a\n")?;
    }
    let (code, shown) = terminal.end().await?;
    ensure!(code == 0, "{shown}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_before_a_question_answers_nothing() -> Result<()> {
    let replies = vec![
        Reply::new().shell("c1", &["touch", "one"]).completed(),
        Reply::new().shell("c2", &["touch", "two"]).completed(),
        Reply::text("done"),
    ];
    let harness = Harness::new(reviewing(), &[], replies).await?;
    harness.write_config()?;
    let mut terminal =
        Terminal::start(&mut uncolored(&harness, &["exec", "--approval", "untrusted", "go"])?)?;
    terminal.enter("a\na\n")?;
    terminal.wait_for(QUESTION)?;
    ensure!(!harness.project().join("one").exists(), "nothing was approved before it was shown");
    terminal.enter("a\na\na\n")?;
    terminal.wait_for("touch two")?;
    terminal.wait_for(QUESTION)?;
    ensure!(harness.project().join("one").exists() && !harness.project().join("two").exists());
    terminal.enter("d\n\n")?;
    let (code, shown) = terminal.end().await?;
    ensure!(code == 0 && !harness.project().join("two").exists(), "{shown}");
    Ok(())
}

/// A shell with `countersign` as `$CS`.
fn shell(harness: &Harness, script: &str) -> Result<Command> {
    let mut shell = command(harness, &[])?;
    let mut bash = Command::new("bash");
    bash.args(["-c", script]).current_dir(harness.project()).stdin(Stdio::null());
    for (key, value) in shell.as_std_mut().get_envs() {
        bash.env(key, value.unwrap_or_default());
    }
    bash.env("CS", countersign()?);
    Ok(bash)
}

#[tokio::test]
async fn sandbox_is_as_transparent_as_env() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    for (script, expected) in [
        (
            "[ \"$(seq 400000 | \"$CS\" sandbox -- cat | sha256sum)\" = \"$(seq 400000 | sha256sum)\" ] && echo same",
            "same\n",
        ),
        (
            "head -c 100000000 /dev/urandom | tee >(sha256sum > a) | \"$CS\" sandbox -- cat | sha256sum > b; sync; \
             while [ ! -s a ]; do :; done; cmp a b && echo same",
            "same\n",
        ),
        ("echo hi | \"$CS\" sandbox -- cat", "hi\n"),
        ("\"$CS\" sandbox -- yes | head -1", "y\n"),
        ("yes | \"$CS\" sandbox -- head -1", "y\n"),
        ("\"$CS\" sandbox -- yes | head -1 > /dev/null; echo ${PIPESTATUS[0]}", "141\n"),
        ("printf 'a\\377\\0b' | \"$CS\" sandbox -- cat | od -An -tx1", " 61 ff 00 62\n"),
        ("\"$CS\" sandbox -- sh -c 'kill -SEGV $$'; echo $?", "139\n"),
        ("\"$CS\" sandbox -- sh -c 'kill -KILL $$'; echo $?", "137\n"),
        ("\"$CS\" sandbox -- sh -c 'exit 121'; echo $?", "121\n"),
        ("\"$CS\" sandbox -- sh -c 'echo no >&2; exit 7' 2>&1; echo $?", "no\n7\n"),
        ("\"$CS\" sandbox -- no-such-program 2>/dev/null; echo $?", "127\n"),
        ("\"$CS\" sandbox -- cat < / 2>&1 | grep -c 'input is a folder'", "1\n"),
        ("(\"$CS\" sandbox -- sh -c 'read a; echo $a; cat') < <(echo one; echo two)", "one\ntwo\n"),
    ] {
        let output = shell(&harness, script)?.output().await?;
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if err.contains("cannot contain a command") {
            eprintln!("SKIPPED: {err}");
            return Ok(());
        }
        ensure!(out == expected, "{script}\n{out}{err}");
    }
    Ok(())
}

#[tokio::test]
async fn a_command_in_the_sandbox_alone_needs_nobody_to_hold_its_network() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    let mut sandbox = command(&harness, &["sandbox", "--", "sh", "-c", "echo up; cat"])?;
    let mut sandbox = sandbox.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    let printed = sandbox.stdout.take().context("its output")?;
    BufReader::new(printed).read_line(&mut line).await?;
    if line.is_empty() {
        eprintln!("SKIPPED: this machine cannot contain a command");
        return Ok(());
    }
    let started = family(sandbox.id().context("it runs")?)?;
    let has = |pid: &u32, word: &[u8]| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|argument| argument == word)
    };
    ensure!(started.iter().any(|pid| has(pid, b"echo up; cat")), "these are its processes: {started:?}");
    ensure!(!started.iter().any(|pid| has(pid, b"--network")));
    drop(sandbox.stdin.take());
    ensure!(sandbox.wait().await?.success());
    Ok(())
}

#[tokio::test]
async fn standard_output_that_is_no_terminal_gets_the_answer_alone() -> Result<()> {
    let replies = vec![
        Reply::new().message("I look.").shell("c1", &["cat", "a.txt"]).completed(),
        Reply::new().apply_patch("c2", "*** Update File: a.txt\n@@\n-one\n+two\n").completed(),
        Reply::new().function_call("c3", "no_such_tool", &json!({})).completed(),
        Reply::text("It is **done**.\n\n```\nx\n```"),
        Reply::text("again"),
        Reply::text("from a pipe"),
        Reply::status(401).json(&json!({"error": {"message": "bad key"}})),
    ];
    let harness = Harness::new(unasked(), &[("a.txt", "one\n")], replies).await?;
    harness.write_config()?;
    let ran = run(&harness, &["exec", "-o", "answer.md", "make one two"], "").await?;
    ensure!(ran.code == Some(0), "{} {}", ran.out, ran.err);
    ensure!(ran.out == "It is **done**.\n\n```\nx\n```\n", "{:?}", ran.out);
    ensure!(harness.read("answer.md")? == "It is **done**.\n\n```\nx\n```");
    for wanted in ["I look.", "$ | cat a.txt", "- | one", "written: 1 of 1 hunks", "no_such_tool", "M a.txt"]
    {
        ensure!(ran.err.contains(wanted), "{wanted:?} is missing in\n{}", ran.err);
    }
    ensure!(!ran.err.contains("It is **done**") && !ran.err.contains('\u{1b}'), "{}", ran.err);

    let ran = run(&harness, &["resume", "--last", "go on"], "").await?;
    ensure!(
        ran.out == "again\n" && !ran.err.contains("I look.") && !ran.err.contains("make one"),
        "{}",
        ran.err
    );
    let ran = run(&harness, &["resume", "--last", "-"], "a prompt from a pipe").await?;
    ensure!(ran.out == "from a pipe\n", "{} {}", ran.out, ran.err);
    let asked = harness.server.requests();
    ensure!(String::from_utf8_lossy(&asked[5].bytes).contains("a prompt from a pipe"));
    let ran = run(&harness, &["exec", "go"], "").await?;
    ensure!(ran.code == Some(1) && ran.out.is_empty() && ran.err.contains("key"), "{} {}", ran.out, ran.err);
    Ok(())
}

#[tokio::test]
async fn an_image_goes_with_the_prompt_and_what_is_none_is_named() -> Result<()> {
    let harness = Harness::new(reviewing(), &[("a.txt", "no image")], vec![Reply::text("seen")]).await?;
    harness.write_config()?;
    let png = include_bytes!("../../../icons/32x32.png");
    std::fs::write(harness.project().join("p.jpg"), png)?;
    let ran = run(&harness, &["exec", "-i", "p.jpg", "look"], "").await?;
    ensure!(ran.code == Some(0) && ran.out == "seen\n", "{} {}", ran.out, ran.err);
    let asked = &harness.server.requests()[0];
    ensure!(String::from_utf8_lossy(&asked.bytes).contains("data:image/png;base64,"));
    for (file, wanted) in [("a.txt", "no PNG, JPEG"), ("absent", "absent"), ("/dev/zero", "no file")] {
        let ran = run(&harness, &["exec", "-i", file, "look"], "").await?;
        ensure!(ran.code == Some(1) && ran.err.contains(wanted), "{file}: {}", ran.err);
    }
    let ran = run(&harness, &["exec", "-o", "no/such/dir", "go"], "").await?;
    ensure!(ran.code == Some(1) && ran.err.contains("no/such/dir") && harness.server.requests().len() == 1);
    Ok(())
}

#[tokio::test]
async fn a_standard_error_that_nobody_reads_ends_nothing() -> Result<()> {
    let replies = vec![Reply::new().shell("c1", &["ls"]).completed(), Reply::text("done")];
    let harness = Harness::new(unasked(), &[], replies).await?;
    harness.write_config()?;
    for (script, expected) in [
        ("\"$CS\" exec go 2> >(exit 0)", "done\n"),
        ("\"$CS\" resume none 2> /dev/full; echo $?", "1\n"),
        ("\"$CS\" doctor 2>&- | head -1 | cut -c1-11", "countersign\n"),
    ] {
        let output = shell(&harness, script)?.output().await?;
        let out = String::from_utf8_lossy(&output.stdout);
        ensure!(out == expected, "{script}: {out} {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_has_colors_unless_they_are_not_wanted() -> Result<()> {
    for (no_color, has_colors) in [("", true), ("1", false)] {
        let replies = vec![Reply::new().shell("c1", &["ls"]).completed(), Reply::text("done")];
        let harness = Harness::new(unasked(), &[], replies).await?;
        harness.write_config()?;
        let mut exec = command(&harness, &["exec", "go"])?;
        exec.env("NO_COLOR", no_color).env("TERM", "xterm");
        let mut terminal = Terminal::start(&mut exec)?;
        terminal.wait_for("done")?;
        let (code, shown) = terminal.end().await?;
        ensure!(code == 0 && shown.contains("\u{1b}[1m") == has_colors, "{no_color:?}: {shown:?}");
        ensure!(shown.matches("done").count() == 1, "the answer is written once: {shown}");
    }
    Ok(())
}

#[tokio::test]
async fn shells_complete_and_there_is_a_manual_page() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    for (of, wanted) in [
        ("bash", "complete -F _countersign"),
        ("zsh", "#compdef countersign"),
        ("fish", "complete -c countersign"),
        ("man", "COUNTERSIGN EXEC"),
    ] {
        let ran = run(&harness, &["completions", of], "").await?;
        ensure!(ran.code == Some(0) && ran.out.contains(wanted), "{of}: {} {}", ran.out, ran.err);
    }
    Ok(())
}

#[tokio::test]
async fn b17_the_model_reads_the_last_state_of_a_line() -> Result<()> {
    let steps = "i=0; while [ $i -lt 5000 ]; do i=$((i+1)); printf '\\r\\033[32mstep %d\\033[0m' $i; done; echo; printf 'a\\r\\nb\\r\\n'";
    let replies = vec![Reply::new().shell("c1", &["sh", "-c", steps]).completed(), Reply::text("done")];
    let harness = Harness::new(unasked(), &[], replies).await?;
    harness.write_config()?;
    let ran = run(&harness, &["exec", "go"], "").await?;
    let told = harness.server.requests()[1].output_of("c1").context("an answer")?.to_owned();
    ensure!(told.contains("step 5000 [5,000 updates]\\na\\nb\\n") && told.len() < 200, "{told}");
    ensure!(ran.err.contains("| step 5000 [5,000 updates]\n") && ran.err.contains("  | a\n"), "{}", ran.err);
    ensure!(!ran.err.contains("step 4999") && !ran.err.contains("u{d}"), "{}", ran.err);
    Ok(())
}

#[tokio::test]
async fn first_contact_asks_what_is_there_and_says_so() -> Result<()> {
    let refused = || Reply::status(401).json(&json!({"error": {"message": "bad key"}}));
    let harness = Harness::new(reviewing(), &[], vec![refused()]).await?;
    let nowhere = "http://127.0.0.1:9/v1";
    let write = |openrouter: &str, ollama: &str| {
        let mut text = format!(
            "[model_providers.openrouter]\nbase_url = {openrouter:?}\n[model_providers.ollama]\nbase_url = {ollama:?}\n"
        );
        for local in ["lmstudio", "llamacpp", "vllm"] {
            let _ = writeln!(text, "[model_providers.{local}]\nbase_url = {nowhere:?}");
        }
        std::fs::write(harness.home().join("config.toml"), text)
    };
    let exec = |key: Option<&str>| -> Result<Command> {
        let mut exec = command(&harness, &["exec", "hi"])?;
        for name in ["OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "OPENROUTER_API_KEY"] {
            exec.env_remove(name);
        }
        if let Some(key) = key {
            exec.env("OPENROUTER_API_KEY", key);
        }
        Ok(exec)
    };
    let said = |output: std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();

    write(&harness.server.base_url(), nowhere)?;
    let err = said(exec(Some("sk-or"))?.output().await?);
    ensure!(err.contains("using OpenRouter with openrouter/auto, since OPENROUTER_API_KEY is set"), "{err}");
    ensure!(harness.server.requests().len() == 1, "{err}");

    write(nowhere, &harness.server.base_url())?;
    // not before: the session above asks for a list as well, beside its prompt, and may come late
    harness.server.then(Reply::models(&["llama9"]));
    harness.server.then(refused());
    let err = said(exec(None)?.output().await?);
    ensure!(err.contains("using Ollama with llama9, since it answers at http://127.0.0.1:"), "{err}");

    // a server that answers, and lists nothing, is there
    write(nowhere, &harness.server.base_url())?;
    let err = said(exec(None)?.output().await?);
    ensure!(err.contains("no local server offers one\n  Ollama answered with http 404."), "{err}");
    let doctor = run(&harness, &["doctor"], "").await?;
    ensure!(
        doctor.out.contains("  ollama       found ")
            && doctor.out.contains("\n               Ollama answered with http 404\n"),
        "{}",
        doctor.out
    );

    write(nowhere, nowhere)?;
    let output = exec(None)?.output().await?;
    ensure!(output.status.code() == Some(1));
    let err = said(output);
    for wanted in
        ["there is no model to ask", "ANTHROPIC_API_KEY", "--provider practice", "countersign doctor"]
    {
        ensure!(err.contains(wanted), "{wanted:?} is missing in {err}");
    }
    Ok(())
}

#[tokio::test]
async fn a_home_that_is_named_relative_to_the_current_folder_stays_that_one() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    let elsewhere = tempfile::tempdir()?;
    let mut exec = command(&harness, &["exec", "--provider", "practice", "-C"])?;
    exec.arg(harness.project()).arg("hi").env("COUNTERSIGN_HOME", "the home").current_dir(elsewhere.path());
    let output = exec.output().await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    ensure!(elsewhere.path().join("the home/sessions").is_dir(), "it is beneath the folder it was named in");
    ensure!(!harness.project().join("the home").exists(), "and not beneath the project");
    Ok(())
}

#[tokio::test]
async fn rules_that_are_no_regular_file_are_named_and_nothing_waits_for_them() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    let rules = harness.home().join("rules.toml");
    let made = std::process::Command::new("mkfifo").arg(&rules).status()?;
    ensure!(made.success());
    let ran = run(&harness, &["rules", "list"], "").await?;
    ensure!(
        ran.code == Some(1) && ran.err.contains("rules.toml could not be read: not a regular file"),
        "{}",
        ran.err
    );
    std::fs::remove_file(&rules)?;
    std::os::unix::fs::symlink("/dev/zero", &rules)?;
    let ran = run(&harness, &["exec", "--provider", "practice", "hi"], "").await?;
    ensure!(ran.code == Some(0) && ran.err.contains("rules.toml"), "{}", ran.err);
    Ok(())
}

#[tokio::test]
async fn doctor_measures_the_sandbox_whatever_the_config_file_says() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    let level =
        |ran: &crate::cli::Ran| ran.out.lines().find(|line| line.starts_with("sandbox: ")).map(str::to_owned);
    let well = run(&harness, &["doctor"], "").await?;
    std::fs::write(harness.home().join("config.toml"), "modle = 1\n")?;
    let broken = run(&harness, &["doctor"], "").await?;
    ensure!(level(&well).is_some() && level(&well) == level(&broken), "{} {}", well.out, broken.out);
    ensure!(
        broken.code == Some(1) && broken.out.contains("did you mean `model`?") && broken.out.ends_with('\n')
    );
    Ok(())
}
