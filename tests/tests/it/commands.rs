//! Stories about commands: what may run, what they print, how they end, what they see (B12 to B19).

use crate::driver::contained;
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, reviewing, unasked};
use countersign_tests::model_server::{Gate, Reply};
use protocol::{
    Approval, ApprovalPolicy, ApprovalSubject, AskReason, EventMsg, Op, Policies, ReviewDecision,
    SandboxPolicy,
};
use serde_json::{Value, json};
use std::fs::File;
use std::time::{Duration, Instant};

/// Outcome of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Became {
    Ran,
    Asked,
    Refused,
}

use Became::{Asked, Ran, Refused};

fn policies(approval: ApprovalPolicy) -> Policies {
    Policies { approval, ..reviewing() }
}

fn uncontained(approval: ApprovalPolicy) -> Policies {
    Policies { approval, sandbox: SandboxPolicy::DangerFullAccess, review_patches: false }
}

fn shell(arguments: &Value) -> Reply {
    Reply::new().function_call("c1", "shell", arguments).completed()
}

/// Has the model run a command, denies it when it asks, and says which of the three it was.
async fn became(
    harness: &Harness,
    session: &mut Session,
    policies: Policies,
    arguments: &Value,
) -> Result<Became> {
    session.submit(Op::SetPolicy { policies }).await?;
    harness.server.then(shell(arguments));
    harness.server.then(Reply::text("ok"));
    session.ask("go").await?;
    let what = session
        .until("something to become of it", |msg| {
            matches!(
                msg,
                EventMsg::ApprovalRequested { .. }
                    | EventMsg::ExecCommandBegin { .. }
                    | EventMsg::ToolCallRejected { .. }
                    | EventMsg::TaskComplete { .. }
            )
        })
        .await?;
    let became = match what {
        EventMsg::ApprovalRequested { approval } => {
            session.decide(&approval, ReviewDecision::Denied, None, None).await?;
            Asked
        }
        EventMsg::ExecCommandBegin { .. } => Ran,
        _ => Refused,
    };
    if !matches!(what_ended(session), Some(EventMsg::TaskComplete { .. })) {
        session.until_done().await?;
    }
    let told = harness.server.requests();
    let told = told.last().and_then(|request| last_output(request.input())).context("an answer")?;
    let as_told = match became {
        Ran => told.contains("\"exit_code\""),
        Asked => told.contains("exec command rejected by user"),
        Refused => told.contains("exec command rejected: "),
    };
    ensure!(as_told, "{became:?}: {told}");
    Ok(became)
}

/// Access that a command would have once approved.
fn sandbox_of(approval: &Approval) -> Option<&SandboxPolicy> {
    match &approval.subject {
        ApprovalSubject::Exec { sandbox, .. } => Some(sandbox),
        _ => None,
    }
}

fn what_ended(session: &Session) -> Option<&EventMsg> {
    session.events().last().map(|event| &event.msg)
}

fn last_output(input: &[Value]) -> Option<String> {
    input.iter().rev().find_map(|item| item["output"].as_str()).map(str::to_owned)
}

#[tokio::test]
async fn b12_a_relative_workdir_is_beneath_the_sessions_folder_and_gives_no_new_root() -> Result<()> {
    let script = "pwd; echo in > made.txt; echo out > /var/tmp/countersign-was-here";
    let call = |dir: &str| json!({"command": ["bash", "-c", script], "workdir": dir});
    let harness = Harness::new(
        unasked(),
        &[("sub/a.txt", "")],
        vec![shell(&call("sub")), shell(&call("/var/tmp")), Reply::text("ok")],
    )
    .await?;
    let mut session = harness.open(None).await?;
    if !contained(&session) {
        return Ok(());
    }
    session.ask_and_wait("go").await?;
    let told = harness.server.requests()[1].output_of("c1").context("an output")?.to_owned();
    ensure!(told.contains(&harness.project().join("sub").display().to_string()), "{told}");
    ensure!(harness.read("sub/made.txt")? == "in\n");
    for file in ["/var/tmp/countersign-was-here", "/var/tmp/made.txt"] {
        ensure!(!std::path::Path::new(file).exists(), "{file}");
    }
    session.shut_down().await
}

/// Makes a program in the project that says it was run.
fn make_program(harness: &Harness, path: &str) -> Result<()> {
    let program = harness.project().join(path);
    std::fs::create_dir_all(program.parent().context("a folder")?)?;
    std::fs::write(&program, "#!/bin/sh\necho THE PROJECTS OWN\n")?;
    Ok(std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))?)
}

#[tokio::test]
async fn b14_a_program_of_the_projects_own_never_runs_unasked_in_the_place_of_a_known_one() -> Result<()> {
    let mut harness = Harness::new(reviewing(), &[("seen.txt", "")], vec![]).await?;
    for program in ["ls", "cat", "bash", "git"] {
        make_program(&harness, &format!(".venv/bin/{program}"))?;
    }
    let bin = harness.project().join(".venv/bin");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH")?);
    harness.more_config = format!("shell_environment_policy = {{ set = {{ PATH = \"{path}\" }} }}");
    let mut session = harness.open(None).await?;
    if !contained(&session) {
        return Ok(());
    }
    for policies in [policies(ApprovalPolicy::Untrusted), uncontained(ApprovalPolicy::Untrusted)] {
        for command in [json!(["ls"]), json!(["bash", "-c", "ls"]), json!(["bash", "-c", "ls | cat"])] {
            let arguments = json!({ "command": command });
            ensure!(became(&harness, &mut session, policies.clone(), &arguments).await? == Ran, "{command}");
            let requests = harness.server.requests();
            let told =
                requests.last().and_then(|request| last_output(request.input())).context("an answer")?;
            ensure!(told.contains("seen.txt") && !told.contains("THE PROJECTS OWN"), "{command}: {told}");
        }
        let named = json!({"command": [bin.join("ls")]});
        ensure!(became(&harness, &mut session, policies, &named).await? == Asked, "named by its path");
    }
    session.shut_down().await
}

#[tokio::test]
async fn b14_git_that_only_reads_runs_unasked_and_nothing_that_the_repository_names() -> Result<()> {
    let harness = Harness::new(reviewing(), &[("a.txt", "one\n")], vec![]).await?;
    make_program(&harness, "evil")?;
    let evil = harness.project().join("evil");
    let settings = format!(
        "[core]\n fsmonitor = {0}\n pager = {0}\n hooksPath = {0}\n[log]\n showSignature = true\n[gpg]\n program = {0}\n",
        evil.display()
    );
    for arguments in [&["init", "-q"][..], &["add", "a.txt"], &["commit", "-qm", "the first"]] {
        let git = std::process::Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@b"])
            .args(arguments)
            .current_dir(harness.project())
            .status();
        if !git.is_ok_and(|status| status.success()) {
            eprintln!("SKIPPED: git that only reads: there is no git");
            return Ok(());
        }
    }
    let config = harness.project().join(".git/config");
    std::fs::write(&config, std::fs::read_to_string(&config)? + &settings)?;
    std::fs::write(harness.project().join("a.txt"), "two\n")?;
    let mut session = harness.open(None).await?;
    if !contained(&session) {
        return Ok(());
    }
    for policies in [policies(ApprovalPolicy::Untrusted), uncontained(ApprovalPolicy::Untrusted)] {
        for (script, shows) in [
            ("git status --short", " M a.txt"),
            ("git diff", "+two"),
            ("git log --oneline -5 | cat", "the first"),
            ("git show --stat HEAD", "a.txt | 1 +"),
            ("git branch --show-current", "\"exit_code\":0"),
        ] {
            let arguments = json!({"command": ["bash", "-lc", script]});
            ensure!(became(&harness, &mut session, policies.clone(), &arguments).await? == Ran, "{script}");
            let requests = harness.server.requests();
            let told =
                requests.last().and_then(|request| last_output(request.input())).context("an answer")?;
            ensure!(told.contains(shows) && !told.contains("THE PROJECTS OWN"), "{script}: {told}");
        }
        for script in ["git branch new", "git -c core.pager=x log", "git commit -am x", "git diff --ext-diff"]
        {
            let arguments = json!({"command": ["bash", "-lc", script]});
            ensure!(became(&harness, &mut session, policies.clone(), &arguments).await? == Asked, "{script}");
        }
    }
    session.shut_down().await
}

#[tokio::test]
async fn b13_the_table_where_commands_can_be_contained() -> Result<()> {
    use ApprovalPolicy::{Never, OnFailure, OnRequest, Untrusted};
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    let mut session = harness.open(None).await?;
    if !contained(&session) {
        return Ok(());
    }
    let safe = json!({"command": ["ls"]});
    let other = json!({"command": ["touch", "made"]});
    let more =
        json!({"command": ["touch", "made"], "with_escalated_permissions": true, "justification": "because"});
    for (policy, expected) in [
        (Untrusted, [Ran, Asked, Asked]),
        (OnFailure, [Ran, Ran, Asked]),
        (OnRequest, [Ran, Ran, Asked]),
        (Never, [Ran, Ran, Refused]),
    ] {
        for (command, expected) in [&safe, &other, &more].into_iter().zip(expected) {
            let became = became(&harness, &mut session, policies(policy), command).await?;
            ensure!(became == expected, "{policy:?} {command}: {became:?}, not {expected:?}");
        }
        for (command, expected) in [(&safe, Ran), (&other, if policy == Untrusted { Asked } else { Ran })] {
            let became = became(&harness, &mut session, uncontained(policy), command).await?;
            ensure!(
                became == expected,
                "{policy:?} without a sandbox, {command}: {became:?}, not {expected:?}"
            );
        }
    }
    let why = session.said().any(|msg| {
        matches!(msg, EventMsg::ApprovalRequested { approval }
            if approval.reason == AskReason::Escalation { justification: Some("because".to_owned()) }
                && sandbox_of(approval) == Some(&SandboxPolicy::DangerFullAccess))
    });
    ensure!(why, "the model's reason and what it would get are shown");
    session.shut_down().await
}

#[tokio::test]
async fn b13_the_table_where_nothing_can_be_contained() -> Result<()> {
    use ApprovalPolicy::{Never, OnFailure, OnRequest, Untrusted};
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    let mut setup = harness.assemble().await?;
    setup.executor = exec::Executor::new(exec::ExecSetup::default());
    let mut session = harness.open_made_of(setup, harness.session_config(None)).await?;
    if !cfg!(target_os = "linux") {
        return session.shut_down().await;
    }
    for (policy, expected) in [(Untrusted, Asked), (OnFailure, Asked), (OnRequest, Asked), (Never, Refused)] {
        for command in [json!({"command": ["ls"]}), json!({"command": ["touch", "made"]})] {
            let became = became(&harness, &mut session, policies(policy), &command).await?;
            ensure!(became == expected, "{policy:?} {command}: {became:?}, not {expected:?}");
        }
    }
    ensure!(!harness.project().join("made").exists());
    session.shut_down().await
}

#[tokio::test]
async fn b14_scripts_of_safe_commands_run_unasked_and_anything_more_is_asked() -> Result<()> {
    let harness = Harness::new(reviewing(), &[("a.txt", "one\n")], vec![]).await?;
    let mut session = harness.open(None).await?;
    if !contained(&session) {
        return Ok(());
    }
    for (script, expected) in [
        ("ls && cat a.txt | wc -l; pwd", Ran),
        ("cat 'a.txt' || ls", Ran),
        ("ls && rm a.txt", Asked),
        ("cat a.txt > b.txt", Asked),
        ("ls $(rm a.txt)", Asked),
        ("ls; `rm a.txt`", Asked),
        ("ls &", Asked),
        ("find . -delete", Asked),
        ("PATH=. ls", Asked),
    ] {
        let call = json!({"command": ["bash", "-lc", script]});
        let became = became(&harness, &mut session, policies(ApprovalPolicy::Untrusted), &call).await?;
        ensure!(became == expected, "{script}: {became:?}, not {expected:?}");
    }
    ensure!(harness.read("a.txt")? == "one\n" && harness.read("b.txt").is_err());
    session.shut_down().await
}

#[tokio::test]
async fn b15_once_is_once_and_for_the_session_is_exactly_this() -> Result<()> {
    let call = |command: &[&str], dir: &str| json!({"command": command, "workdir": dir});
    let harness = Harness::new(policies(ApprovalPolicy::Untrusted), &[("sub/a.txt", "")], vec![]).await?;
    let mut session = harness.open(None).await?;
    let touch = call(&["touch", "made"], "");
    for decision in [ReviewDecision::Approved, ReviewDecision::ApprovedForSession] {
        harness.server.then(shell(&touch));
        harness.server.then(Reply::text("ok"));
        session.ask("go").await?;
        let asked = session.until_asked().await?;
        session.decide(&asked, decision, None, None).await?;
        session.until_done().await?;
        ensure!(harness.project().join("made").exists());
        std::fs::remove_file(harness.project().join("made"))?;
    }
    let untrusted = || policies(ApprovalPolicy::Untrusted);
    ensure!(became(&harness, &mut session, untrusted(), &touch).await? == Ran, "approved for the session");
    for other in [call(&["touch", "made"], "sub"), call(&["touch", "made", "x"], ""), call(&["touch"], "")] {
        let became = became(&harness, &mut session, untrusted(), &other).await?;
        ensure!(became == Asked, "{other} was never approved");
    }
    let read_only = Policies { sandbox: SandboxPolicy::read_only(), ..untrusted() };
    ensure!(
        became(&harness, &mut session, read_only, &touch).await? == Asked,
        "nor was it under another sandbox"
    );
    session.shut_down().await
}

#[tokio::test]
async fn b16_what_the_sandbox_refused_is_named_and_asked_about_on_failure_and_what_failed_is_not()
-> Result<()> {
    let denied = json!({"command": ["bash", "-c", "echo no > /etc/countersign-was-here"]});
    let failed = json!({"command": ["grep", "nothing", "a.txt"]});
    let harness = Harness::new(policies(ApprovalPolicy::OnFailure), &[("a.txt", "one\n")], vec![]).await?;
    let mut session = harness.open(None).await?;
    if !contained(&session) {
        return Ok(());
    }
    harness.server.then(shell(&failed));
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("go").await?;
    let refusal =
        |msg: &EventMsg| matches!(msg, EventMsg::SandboxDenied { .. } | EventMsg::ApprovalRequested { .. });
    ensure!(!session.said().any(refusal), "a search that finds nothing is no refusal");

    harness.server.then(shell(&denied));
    harness.server.then(Reply::text("ok"));
    session.ask("go").await?;
    let asked = session.until_asked().await?;
    let AskReason::SandboxDenied { what, .. } = &asked.reason else { anyhow::bail!("{asked:?}") };
    ensure!(what.contains("/etc/countersign-was-here"), "{what}");
    ensure!(sandbox_of(&asked) == Some(&SandboxPolicy::DangerFullAccess) && asked.attempt == 1);
    session.decide(&asked, ReviewDecision::Denied, None, None).await?;
    session.until_done().await?;

    let before = session.events().len();
    let on_request = policies(ApprovalPolicy::OnRequest);
    ensure!(became(&harness, &mut session, on_request, &denied).await? == Ran, "the model is told instead");
    let named = session.said().skip(before).any(|msg| matches!(msg, EventMsg::SandboxDenied { .. }));
    ensure!(named && !std::path::Path::new("/etc/countersign-was-here").exists());
    session.shut_down().await
}

#[tokio::test]
async fn b17_the_model_gets_the_ends_of_a_flood_and_the_window_more_of_it() -> Result<()> {
    let script =
        "echo first; for i in $(seq 40000); do echo line $i; done; echo last; printf '\\342\\202\\254\\377'";
    let replies =
        vec![shell(&json!({"command": ["bash", "-c", script], "timeout_ms": 60_000})), Reply::text("ok")];
    let harness = Harness::new(uncontained(ApprovalPolicy::OnRequest), &[], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    let told = harness.server.requests()[1].output_of("c1").context("an output")?.to_owned();
    let told: Value = serde_json::from_str(&told)?;
    let output = told["output"].as_str().context("text")?;
    ensure!(output.len() <= 10 * 1024 && output.lines().count() <= 256, "{} bytes", output.len());
    ensure!(
        output.starts_with("first\nline 1\n")
            && output.contains("last\n€\u{fffd}")
            && output.contains("lines left out"),
        "{output}"
    );
    let tenths = told["metadata"]["duration_seconds"].as_f64().context("a time")? * 10.0;
    ensure!((tenths - tenths.round()).abs() < 1e-6, "one decimal: {told}");
    let streamed: usize = session
        .said()
        .map(|msg| match msg {
            EventMsg::ExecCommandOutputDelta { chunk, .. } => chunk.len(),
            _ => 0,
        })
        .sum();
    let kept = session.said().find_map(|msg| match msg {
        EventMsg::ExecCommandEnd { output, end, .. } => Some((output.len(), end.total_bytes)),
        _ => None,
    });
    let (kept, total) = kept.context("it ended")?;
    ensure!(total > 400_000 && streamed as u64 >= total && kept <= 64 * 1024, "{total} {streamed} {kept}");
    session.shut_down().await
}

#[tokio::test]
async fn b17_memory_stays_bounded_whatever_a_command_prints() -> Result<()> {
    let peak_kib = |command: &'static str| async move {
        let gate = Gate::new();
        let flood = json!({"command": ["bash", "-c", command], "timeout_ms": 300_000});
        let replies = vec![shell(&flood), Reply::new().gate_before(&gate).message("ok").completed()];
        let harness = Harness::new(uncontained(ApprovalPolicy::Never), &[], replies).await?;
        harness.write_config()?;
        let args = ["exec", "--json", "--approval", "never", "--sandbox", "danger-full-access", "go"];
        let mut child = crate::cli::command(&harness, &args)?.stdout(std::process::Stdio::null()).spawn()?;
        // the command has ended and its output is on its way to the model
        gate.reached().await;
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id().context("it runs")?))?;
        gate.open();
        ensure!(child.wait().await?.success());
        let told = harness.server.requests()[1].output_of("c1").context("an output")?.to_owned();
        ensure!(told.contains("\"exit_code\":0"), "{told}");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
        Ok::<u64, anyhow::Error>(line.trim().trim_end_matches(" kB").parse()?)
    };
    let quiet = peak_kib("echo").await?;
    let loud = peak_kib("yes | head -c 200000000").await?;
    ensure!(loud < quiet + 30 * 1024, "{loud} KiB at the most, and {quiet} KiB without a word");
    Ok(())
}

#[tokio::test]
async fn b18_a_command_past_its_time_ends_with_everything_it_started() -> Result<()> {
    // a grandchild in a session of its own that keeps the pipe open, and a lock for as long as it lives
    let script = "setsid bash -c 'exec 9>alive; flock 9; echo held; exec sleep 600' & until [ -e alive ]; do :; done; sleep 600";
    let replies = vec![
        shell(&json!({"command": ["bash", "-c", script], "timeout_ms": 1500})),
        shell(&json!({"command": ["bash", "-c", "sleep 600 & cat; echo done"], "timeout_ms": 60_000})),
        Reply::text("ok"),
    ];
    let harness = Harness::new(unasked(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    if !contained(&session) {
        return Ok(());
    }
    let started = Instant::now();
    session.ask_and_wait("go").await?;
    ensure!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    let told = harness.server.requests()[1].output_of("c1").context("an output")?.to_owned();
    ensure!(told.contains("command timed out after 1500 milliseconds") && told.contains("held"), "{told}");
    ensure!(File::open(harness.project().join("alive"))?.try_lock().is_ok(), "the grandchild still lives");
    let told = harness.server.requests();
    let told = last_output(told[2].input()).context("an output")?;
    ensure!(told.contains("done"), "stdin is closed, and nobody waits for a grandchild: {told}");
    session.shut_down().await
}

#[tokio::test]
async fn b19_a_command_sees_what_is_set_for_it_and_no_key() -> Result<()> {
    let mut harness =
        Harness::new(unasked(), &[], vec![shell(&json!({"command": ["env"]})), Reply::text("ok")]).await?;
    harness.more_of_provider = "env_key = \"VENDOR_LOGIN\"".to_owned();
    harness.more_config =
        "[shell_environment_policy]\nexclude = [\"UNWANTED*\"]\nset = { GREETING = \"hello\" }\n".to_owned();
    harness.write_config()?;
    let args = ["exec", "--approval", "never", "--sandbox", "danger-full-access", "go"];
    let mut command = crate::cli::command(&harness, &args)?;
    for (name, value) in [
        ("VENDOR_LOGIN", "leak-1"),
        ("MY_API_KEY", "leak-2"),
        ("GITHUB_TOKEN", "leak-3"),
        ("DB_SECRET", "leak-4"),
        ("PGPASSWORD", "leak-6"),
        ("UNWANTED_ONE", "leak-5"),
        ("PLAIN", "kept"),
    ] {
        command.env(name, value);
    }
    let ran = command.output().await?;
    ensure!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let requests = harness.server.requests();
    let told = requests[1].output_of("c1").context("an output")?;
    ensure!(told.contains("GREETING=hello") && told.contains("PLAIN=kept"), "{told}");
    ensure!(!told.contains("leak"), "{told}");
    ensure!(requests[0].headers.get("authorization").is_some_and(|sent| sent == "Bearer leak-1"));
    Ok(())
}
