//! Stories about the project's check: it runs with a patch that waits, on a copy of the project.

use crate::overlay::{told, with_overlays};
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, proposal_of, reviewing};
use countersign_tests::model_server::Reply;
use protocol::{
    Approval, CheckFinding, CheckResult, CheckVerdict, EndedBy, EventMsg, HunkEdit, HunkId, HunkSelection,
    Op, ProjectCheck, ReviewDecision, SandboxPolicy,
};
use std::os::unix::fs::PermissionsExt as _;

/// Passes while no line says `bad`, and `needed.txt` is not there without `made/new.txt`.
const CHECK: &str = "echo checked; ! grep -n bad *.txt && { test ! -e gone.txt || test ! -e made/new.txt; }";

const FILES: &[(&str, &str)] = &[
    ("a.txt", "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n"),
    ("b.txt", "uno\n"),
    ("gone.txt", "gone\n"),
    (".gitignore", "out/\n"),
    ("out/kept.o", ""),
];

/// Five hunks: the fourth spoils the project, the last two go together.
const PATCH: &str = "*** Update File: a.txt\n@@\n-one\n+ONE\n@@\n-ten\n+TEN\n*** Update File: b.txt\n@@\n-uno\n+bad\n\
                     *** Add File: made/new.txt\n+new\n*** Delete File: gone.txt";

fn check(script: &str) -> ProjectCheck {
    ProjectCheck::new(["bash", "-c", script].map(str::to_owned).to_vec())
}

/// A session whose model has proposed the patch, in a project with a check.
async fn proposed(test: &str, script: &str) -> Result<Option<(Harness, Session, Box<Approval>)>> {
    let Some((harness, mut session)) = with_overlays(reviewing(), FILES, test).await? else {
        return Ok(None);
    };
    session.submit(Op::SetCheck { check: Some(check(script)) }).await?;
    harness.server.then(Reply::new().apply_patch("c1", PATCH).completed());
    harness.server.then(Reply::text("ok"));
    session.ask("go").await?;
    let approval = session.until_asked().await?;
    Ok(Some((harness, session, approval)))
}

async fn until_checked(session: &mut Session) -> Result<CheckResult> {
    match session.until("a check to end", |msg| matches!(msg, EventMsg::CheckEnded { .. })).await? {
        EventMsg::CheckEnded { result, .. } => Ok(*result),
        other => anyhow::bail!("{other:?}"),
    }
}

fn hunk_of(approval: &Approval, path: &str, number: usize) -> Result<HunkId> {
    let mut files = proposal_of(approval).files.iter();
    let file = files.find(|file| file.path == path).with_context(|| path.to_owned())?;
    Ok(file.hunks.get(number).with_context(|| path.to_owned())?.id.clone())
}

/// All hunks but these.
fn without(approval: &Approval, left_out: &[HunkId]) -> HunkSelection {
    let all = proposal_of(approval).hunks().map(|(_, hunk)| hunk.id.clone());
    HunkSelection { accepted: all.filter(|id| !left_out.contains(id)).collect(), ..HunkSelection::default() }
}

async fn check_with(session: &mut Session, approval: &Approval, hunks: HunkSelection) -> Result<CheckResult> {
    let (call_id, binding) = (approval.call_id.clone(), approval.binding.clone());
    session.submit(Op::Check { call_id, binding, hunks: Some(hunks) }).await?;
    until_checked(session).await
}

#[tokio::test]
async fn a_bad_hunk_of_five_turns_the_check_red_without_it_it_is_green_and_that_is_what_the_model_is_told()
-> Result<()> {
    let Some((harness, mut session, approval)) = proposed("a check beside a patch", CHECK).await? else {
        return Ok(());
    };
    let whole = until_checked(&mut session).await?;
    ensure!(whole.verdict() == CheckVerdict::Failed && whole.output.contains("checked"), "{whole:?}");
    ensure!(whole.output.contains("b.txt:1:bad"), "it ran with the patch: {whole:?}");
    ensure!(harness.read("b.txt")? == "uno\n" && harness.read("gone.txt")? == "gone\n", "on a copy");
    ensure!(!harness.project().join("made").exists());

    let bad = hunk_of(&approval, "b.txt", 0)?;
    let chosen = without(&approval, std::slice::from_ref(&bad));
    let result = check_with(&mut session, &approval, chosen.clone()).await?;
    ensure!(result.verdict() == CheckVerdict::Passed && result.hunks == chosen, "{result:?}");

    session.decide(&approval, ReviewDecision::Approved, Some(chosen), None).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")?.starts_with("ONE\n") && harness.read("b.txt")? == "uno\n");
    ensure!(harness.read("made/new.txt")? == "new\n" && harness.read("gone.txt").is_err());
    let told = told(&harness)?;
    ensure!(
        told.contains("The project's check `bash -c") && told.contains("passed with 4 of 5 hunks"),
        "{told}"
    );
    session.shut_down().await
}

#[tokio::test]
async fn a_search_names_the_hunk_that_spoils_the_check() -> Result<()> {
    let Some((harness, mut session, approval)) = proposed("a search", CHECK).await? else { return Ok(()) };
    until_checked(&mut session).await?;
    let (call_id, binding) = (approval.call_id.clone(), approval.binding.clone());
    session.submit(Op::FindNeeded { call_id, binding, hunks: None }).await?;
    let is_found = |msg: &EventMsg| matches!(msg, EventMsg::CheckSearchEnded { .. });
    let found = session.until("the search to end", is_found).await?;
    let EventMsg::CheckSearchEnded { finding, .. } = found else { anyhow::bail!("{found:?}") };
    let hunks = vec![hunk_of(&approval, "b.txt", 0)?];
    ensure!(finding == CheckFinding::Breaking { hunks, is_minimal: true }, "{finding:?}");
    ensure!(harness.read("b.txt")? == "uno\n");
    session.decide(&approval, ReviewDecision::Denied, None, None).await?;
    session.until_done().await?;
    session.shut_down().await
}

#[tokio::test]
async fn text_of_the_person_is_in_place_too_and_ignored_folders_are_read_and_stay_as_they_are() -> Result<()>
{
    let script = "cat a.txt | tee out/seen.txt; stat -c %a b.txt; ls -A . out";
    let Some((harness, mut session, approval)) = proposed("an edited hunk in a check", script).await? else {
        return Ok(());
    };
    until_checked(&mut session).await?;
    let mine = hunk_of(&approval, "a.txt", 0)?;
    let mut chosen = without(&approval, &[]);
    chosen.edited = vec![HunkEdit { id: mine, new_text: "mine".to_owned() }];
    let result = check_with(&mut session, &approval, chosen).await?;
    ensure!(result.verdict() == CheckVerdict::Passed, "{result:?}");
    ensure!(result.output.starts_with("mine\ntwo\n") && result.output.contains("kept.o"), "{result:?}");
    ensure!(harness.read("out/seen.txt").is_err(), "what is built from a patch that waits is not kept");
    let mode = std::fs::metadata(harness.project().join("b.txt"))?.permissions().mode() & 0o777;
    ensure!(result.output.contains(&format!("{mode:o}")), "{result:?}");
    ensure!(result.output.contains("made") && !result.output.contains("gone.txt"), "{result:?}");
    let kept = harness.home().join("overlays");
    let folders = || walk(&kept).into_iter().filter(|path| path.contains("check.")).count();
    ensure!(folders() == 0, "the copy is removed: {:?}", walk(&kept));
    session.decide(&approval, ReviewDecision::Abort, None, None).await?;
    session.until_done().await?;
    session.shut_down().await
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| {
            let path = entry.path();
            std::iter::once(path.display().to_string()).chain(walk(&path)).collect::<Vec<_>>()
        })
        .collect()
}

#[tokio::test]
async fn a_check_that_runs_is_ended_by_a_new_choice_by_the_decision_and_by_a_kill() -> Result<()> {
    let script = "echo begun > out/begun; sleep 600";
    let Some((harness, mut session, approval)) = proposed("a check that is ended", script).await? else {
        return Ok(());
    };
    let chosen = without(&approval, &[hunk_of(&approval, "b.txt", 0)?]);
    let ended = check_with(&mut session, &approval, chosen).await?;
    ensure!(ended.ended_by == EndedBy::Interrupted, "{ended:?}");
    let home = config::Home::at(harness.home());
    config::ProjectChecks::set(&home, harness.project(), Some(&check(script)))?;
    let transcript = session.transcript()?;
    session.kill().await?;
    let mut session = harness.open(Some(transcript)).await?;
    let stopped = session.said().filter_map(|msg| match msg {
        EventMsg::CheckEnded { result, .. } => Some(result.ended_by.clone()),
        _ => None,
    });
    ensure!(stopped.last() == Some(EndedBy::AppStopped), "{:?}", session.events());
    session.until("it runs again", |msg| matches!(msg, EventMsg::CheckStarted { .. })).await?;
    session.decide(&approval, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(!told(&harness)?.contains("check"), "{}", told(&harness)?);
    session.shut_down().await
}

#[tokio::test]
async fn a_check_has_no_more_access_than_the_session_and_writes_only_on_its_copy() -> Result<()> {
    let script = "echo x > made.txt; echo y > a.txt; rm -rf .git; (echo > /dev/tcp/127.0.0.1/9) 2>&1; \
                  echo z > \"$HOME/check-was-here\"; cat a.txt; ls; exit 3";
    let Some((harness, mut session, approval)) = proposed("access of a check", script).await? else {
        return Ok(());
    };
    let result = until_checked(&mut session).await?;
    ensure!(result.ended_by == EndedBy::Exited { code: 3 }, "{result:?}");
    ensure!(result.output.contains('y') && result.output.contains("made.txt"), "{result:?}");
    ensure!(harness.read("made.txt").is_err() && harness.read("a.txt")?.starts_with("one\n"));
    let home = std::env::var("HOME").unwrap_or_default();
    ensure!(!std::path::Path::new(&home).join("check-was-here").exists());
    session.decide(&approval, ReviewDecision::Abort, None, None).await?;
    session.until_done().await?;
    session.shut_down().await
}

#[tokio::test]
async fn what_a_command_did_on_a_copy_is_checked_before_it_is_applied() -> Result<()> {
    let policies = protocol::Policies {
        approval: protocol::ApprovalPolicy::OnEffect,
        review_patches: false,
        ..reviewing()
    };
    let Some((harness, mut session)) = with_overlays(policies, FILES, "a check of effects").await? else {
        return Ok(());
    };
    session.submit(Op::SetCheck { check: Some(check(CHECK)) }).await?;
    let script = "echo bad >> a.txt; rm gone.txt; mkdir made; echo n > made/new.txt; ln -s a.txt link";
    harness.server.then(Reply::new().shell("c1", &["bash", "-c", script]).completed());
    harness.server.then(Reply::text("ok"));
    session.ask("go").await?;
    let approval = session.until_asked().await?;
    let whole = until_checked(&mut session).await?;
    ensure!(whole.output.contains("a.txt:11:bad"), "{whole:?}");
    let chosen = without(&approval, &[hunk_of(&approval, "a.txt", 0)?]);
    let result = check_with(&mut session, &approval, chosen).await?;
    ensure!(result.verdict() == CheckVerdict::Passed, "{result:?}");
    session.decide(&approval, ReviewDecision::Denied, None, None).await?;
    session.until_done().await?;
    ensure!(session.said().all(|msg| !matches!(msg, EventMsg::Error { .. })));
    session.shut_down().await
}

#[tokio::test]
async fn a_check_of_a_session_that_only_reads_may_write_on_its_copy() -> Result<()> {
    let policies = protocol::Policies { sandbox: SandboxPolicy::read_only(), ..reviewing() };
    let Some((harness, mut session)) = with_overlays(policies, FILES, "a check under read-only").await?
    else {
        return Ok(());
    };
    session.submit(Op::SetCheck { check: Some(check("echo x > made.txt && cat made.txt b.txt")) }).await?;
    let lines = "*** Update File: b.txt\n@@\n-uno\n+due";
    harness.server.then(Reply::new().apply_patch("c1", lines).completed());
    harness.server.then(Reply::text("ok"));
    session.ask("go").await?;
    let approval = session.until_asked().await?;
    let result = until_checked(&mut session).await?;
    ensure!(result.verdict() == CheckVerdict::Passed && result.output == "x\ndue\n", "{result:?}");
    ensure!(harness.read("made.txt").is_err());
    session.decide(&approval, ReviewDecision::Abort, None, None).await?;
    session.until_done().await?;
    session.shut_down().await
}

/// Says every path but those in `out`, with its kind, mode, target and content.
const LISTING: &str = "find . -path ./out -prune -o -path ./.git -prune -o -printf '%P %y %m %l\\n' | sort; \
                       find . -path ./out -prune -o -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum";

fn listed(harness: &Harness) -> Result<String> {
    let listing =
        std::process::Command::new("bash").args(["-c", LISTING]).current_dir(harness.project()).output()?;
    Ok(String::from_utf8(listing.stdout)?)
}

#[tokio::test]
async fn the_copy_holds_exactly_what_an_approval_writes() -> Result<()> {
    let Some((harness, mut session)) = with_overlays(reviewing(), FILES, "what a check sees").await? else {
        return Ok(());
    };
    std::fs::write(harness.project().join("run.sh"), "#!/bin/sh\r\necho a\r\n")?;
    std::fs::set_permissions(harness.project().join("run.sh"), std::fs::Permissions::from_mode(0o751))?;
    std::fs::create_dir_all(harness.project().join("deep/er"))?;
    std::fs::write(harness.project().join("deep/er/x.txt"), "x\n")?;
    session.submit(Op::SetCheck { check: Some(check(LISTING)) }).await?;
    let lines = "*** Update File: a.txt\n*** Move to: moved/a.txt\n@@\n-five\n+FIVE\n*** Update File: run.sh\n@@\n-echo a\n+echo b\n\
                 *** Delete File: deep/er/x.txt\n*** Add File: new/er/y.txt\n+y\n*** Update File: b.txt\n@@\n-uno\n+due";
    harness.server.then(Reply::new().apply_patch("c1", lines).completed());
    harness.server.then(Reply::text("ok"));
    session.ask("go").await?;
    let approval = session.until_asked().await?;
    until_checked(&mut session).await?;
    let mut chosen = without(&approval, &[hunk_of(&approval, "b.txt", 0)?]);
    let new = hunk_of(&approval, "new/er/y.txt", 0)?;
    chosen.edited = vec![HunkEdit { id: new, new_text: "mine\nand more".to_owned() }];
    let result = check_with(&mut session, &approval, chosen.clone()).await?;
    ensure!(result.verdict() == CheckVerdict::Passed, "{result:?}");
    let seen = result.output;
    session.decide(&approval, ReviewDecision::Approved, Some(chosen), None).await?;
    session.until_done().await?;
    let written = listed(&harness)?;
    ensure!(seen == written && seen.contains("moved/a.txt f"), "on the copy:\n{seen}\nfor real:\n{written}");
    session.shut_down().await
}

#[tokio::test]
async fn the_copy_holds_exactly_what_applying_the_effects_of_a_command_leaves() -> Result<()> {
    let policies = protocol::Policies {
        approval: protocol::ApprovalPolicy::OnEffect,
        review_patches: false,
        ..reviewing()
    };
    let Some((harness, mut session)) = with_overlays(policies, FILES, "what a check sees of effects").await?
    else {
        return Ok(());
    };
    std::fs::create_dir_all(harness.project().join("folder/in"))?;
    std::fs::write(harness.project().join("folder/in/x.txt"), "x\n")?;
    std::fs::write(harness.project().join("file"), "f\n")?;
    std::fs::create_dir(harness.project().join("sub"))?;
    std::fs::write(harness.project().join("sub/s"), "s\n")?;
    session.submit(Op::SetCheck { check: Some(check(LISTING)) }).await?;
    let command = "rm -r folder && echo f > folder; rm file && mkdir file && printf '\\000' > file/bin; ln -s a.txt link; \
                   chmod 600 b.txt; mkdir -m 700 empty; mkdir locked && echo l > locked/in && chmod 500 locked; touch wide && chmod 666 wide; \
                   chmod 711 sub; mv gone.txt 'here now'";
    harness.server.then(Reply::new().shell("c1", &["bash", "-c", command]).completed());
    harness.server.then(Reply::text("ok"));
    session.ask("go").await?;
    let approval = session.until_asked().await?;
    let result = until_checked(&mut session).await?;
    ensure!(result.verdict() == CheckVerdict::Passed, "{result:?}");
    let seen = result.output;
    session.decide(&approval, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    let written = listed(&harness)?;
    ensure!(seen == written && seen.contains("link l"), "on the copy:\n{seen}\nfor real:\n{written}");
    session.shut_down().await
}

/// A project with a model that makes one patch, and the lines of that.
async fn patched(files: &[(&str, &str)], lines: &str, test: &str) -> Result<Option<Harness>> {
    if with_overlays(reviewing(), &[], test).await?.is_none() {
        return Ok(None);
    }
    let replies = vec![Reply::new().apply_patch("c1", lines).completed(), Reply::text("done")];
    let harness = Harness::new(reviewing(), files, replies).await?;
    harness.write_config()?;
    Ok(Some(harness))
}

#[tokio::test]
async fn exec_checks_the_files_it_leaves_and_its_exit_code_says_so() -> Result<()> {
    for (check, code, said) in [
        (
            "! grep -q uno b.txt; echo x > made.txt",
            0,
            "check `! grep -q uno b.txt; echo x > made.txt`: passed",
        ),
        ("echo looked; ! grep -q due b.txt", 2, "failed, exit 1, "),
        ("./no-such-program", 2, "check `./no-such-program`: couldn't be started"),
        ("! grep -q uno b.txt", 0, "check `! grep -q uno b.txt`: passed"),
    ] {
        let lines = "*** Update File: b.txt\n@@\n-uno\n+due";
        let Some(harness) = patched(FILES, lines, "the check of exec").await? else { return Ok(()) };
        let args = ["exec", "--approval", "never", "--check", check, "go"];
        let ran = crate::cli::run(&harness, &args, "").await?;
        ensure!(ran.code == Some(code) && ran.err.contains(said), "{check}: {:?}\n{}", ran.code, ran.err);
        ensure!(ran.out == "done\n", "standard output is the answer alone: {}", ran.out);
        ensure!(harness.read("b.txt")? == "due\n" && harness.read("made.txt").is_err(), "{check}");
        ensure!(code != 2 || check.starts_with('.') || ran.err.contains("| looked"), "{}", ran.err);
    }
    let Some(harness) = patched(FILES, "*** Add File: x\n+x", "the check of exec as JSON").await? else {
        return Ok(());
    };
    let args = ["exec", "--json", "--approval", "never", "--check", "false", "go"];
    let ran = crate::cli::run(&harness, &args, "").await?;
    let last: serde_json::Value = serde_json::from_str(ran.out.lines().last().context("a line")?)?;
    ensure!(ran.code == Some(2) && last["check"]["ended_by"]["code"] == 1, "{last}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_of_a_project_is_set_on_the_terminal_and_says_its_result_while_a_patch_waits() -> Result<()>
{
    let lines = "*** Update File: b.txt\n@@\n-uno\n+due";
    let Some(harness) = patched(FILES, lines, "a check on the terminal").await? else { return Ok(()) };
    let run = async |args: &[&str]| crate::cli::run(&harness, args, "").await;
    let none = run(&["patch-check"]).await?;
    ensure!(none.code == Some(0) && none.err.contains("this project has no check"), "{}", none.err);
    let wrong = run(&["patch-check", "--timeout", "0", "--", "make"]).await?;
    ensure!(wrong.code == Some(2) && wrong.err.contains("0 is not in"), "{}", wrong.err);
    // what commands may read, and is not on the copy
    let folder = tempfile::tempdir_in("/var/tmp")?;
    let gate = folder.path().join("gate");
    let made = std::process::Command::new("mkfifo").arg(&gate).status()?;
    ensure!(made.success());
    let script = &format!("cat {}; grep uno b.txt", gate.display());
    run(&["patch-check", "--timeout", "90", "--", "bash", "-c", script]).await?;
    let set = run(&["patch-check"]).await?;
    ensure!(set.out == format!("{script}  (at most 90.0 s)\n"), "{}", set.out);

    let mut exec = crate::cli::command(&harness, &["exec", "go"])?;
    exec.env("NO_COLOR", "1");
    let mut terminal = countersign_tests::terminal::Terminal::start(&mut exec)?;
    terminal.wait_for("stop [q]? ")?;
    // the check waits for this
    std::fs::write(&gate, "")?;
    terminal.wait_for("grep uno b.txt`: failed, exit 1, ")?;
    terminal.enter("d\n\n")?;
    let (code, shown) = terminal.end().await?;
    ensure!(code == 0 && harness.read("b.txt")? == "uno\n", "{shown}");

    let removed = run(&["patch-check", "--remove"]).await?;
    ensure!(removed.code == Some(0) && run(&["patch-check"]).await?.out.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_a_check_built_from_a_patch_that_is_declined_is_not_taken_for_what_the_files_are() -> Result<()>
{
    let files = &[
        ("b.txt", "uno\n"),
        (".gitignore", "out/\n"),
        ("out/built", "from uno\n"),
        ("Makefile", "out/built: b.txt\n\tsed s/^/from\\ / b.txt > out/built\n"),
    ];
    let script = "make --quiet && cat out/built";
    let Some((harness, mut session)) = with_overlays(reviewing(), files, "what a check builds").await? else {
        return Ok(());
    };
    if !crate::inside::has(&["make"]) {
        return Ok(());
    }
    session.submit(Op::SetCheck { check: Some(check(script)) }).await?;
    harness.server.then(Reply::new().apply_patch("c1", "*** Update File: b.txt\n@@\n-uno\n+due").completed());
    harness.server.then(Reply::text("ok"));
    session.ask("go").await?;
    let approval = session.until_asked().await?;
    let whole = until_checked(&mut session).await?;
    ensure!(whole.output == "from due\n", "{whole:?}");
    let bare = check_with(&mut session, &approval, HunkSelection::default()).await?;
    ensure!(bare.output == "from uno\n", "{bare:?}");
    ensure!(harness.read("out/built")? == "from uno\n");
    session.decide(&approval, ReviewDecision::Denied, None, None).await?;
    session.until_done().await?;
    session.shut_down().await
}
