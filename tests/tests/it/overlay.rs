//! Stories about commands that run on a copy of the project: the person decides which of their changes are applied.

use crate::cli::{countersign, run_as};
use crate::driver::contained;
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, proposal_of, reviewing};
use countersign_tests::model_server::Reply;
use protocol::{
    Approval, ApprovalPolicy, ApprovalSubject, AskReason, ChangeSource, EventMsg, Fact, HunkEdit,
    HunkSelection, Op, Policies, Record, ReviewDecision, SandboxPolicy, UndoMode,
};
use serde_json::json;
use std::os::unix::fs::MetadataExt;

fn on_effect() -> Policies {
    Policies { approval: ApprovalPolicy::OnEffect, review_patches: false, ..reviewing() }
}

const FILES: &[(&str, &str)] = &[
    ("a.txt", "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n"),
    ("gone.txt", "gone\n"),
    (".gitignore", "out/\n*.log\n"),
];

async fn harness(test: &str) -> Result<Option<(Harness, Session)>> {
    with_overlays(on_effect(), FILES, test).await
}

/// A session whose machine has overlays; `None` where it has not, which is said loudly.
pub(crate) async fn with_overlays(
    policies: Policies,
    files: &[(&str, &str)],
    test: &str,
) -> Result<Option<(Harness, Session)>> {
    let harness = Harness::new(policies, files, vec![]).await?;
    let session = harness.open(None).await?;
    let has_overlays = session
        .said()
        .any(|msg| matches!(msg, EventMsg::SandboxReady { report } if report.no_overlay.is_none()));
    if !contained(&session) || !has_overlays {
        eprintln!("SKIPPED: {test}: this machine has no overlays");
        return Ok(None);
    }
    Ok(Some((harness, session)))
}

/// Has the model run a script.
async fn runs(harness: &Harness, session: &Session, script: &str) -> Result<()> {
    harness.server.then(Reply::new().shell("c1", &["bash", "-c", script]).completed());
    harness.server.then(Reply::text("ok"));
    session.ask("go").await?;
    Ok(())
}

/// Has the model run a script, and waits for the question that follows.
pub(crate) async fn asked(harness: &Harness, session: &mut Session, script: &str) -> Result<Box<Approval>> {
    runs(harness, session, script).await?;
    session.until_asked().await
}

/// Returns what the model was told of its last call.
pub(crate) fn told(harness: &Harness) -> Result<String> {
    let requests = harness.server.requests();
    let input = requests.last().context("a request")?.input();
    let output = input.iter().rev().find_map(|item| item["output"].as_str());
    Ok(output.context("an answer")?.to_owned())
}

fn records(session: &Session) -> Result<Vec<Record>> {
    let text = std::fs::read_to_string(session.transcript()?)?;
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// Returns the first hunk of a file.
fn hunk(approval: &Approval, path: &str, number: usize) -> Result<protocol::HunkId> {
    let file = proposal_of(approval).files.iter().find(|file| file.path == path);
    Ok(file
        .and_then(|file| file.hunks.get(number))
        .with_context(|| format!("hunk {number} of {path}"))?
        .id
        .clone())
}

#[tokio::test]
async fn b13_a_command_that_changes_nothing_but_ignored_files_disturbs_nobody() -> Result<()> {
    let Some((harness, mut session)) = harness("ignored files").await? else { return Ok(()) };
    runs(&harness, &session, "mkdir out && echo built > out/app && echo line > x.log && cat a.txt | wc -l")
        .await?;
    session.until_done().await?;
    ensure!(!session.said().any(|msg| matches!(msg, EventMsg::ApprovalRequested { .. })), "nobody is asked");
    ensure!(harness.read("out/app")? == "built\n" && harness.read("x.log")? == "line\n");
    let told = told(&harness)?;
    ensure!(told.contains("10\\n") && told.contains("\"exit_code\":0"), "{told}");
    ensure!(!told.contains("copy"), "{told}");
    session.shut_down().await?;
    let left: Vec<_> = std::fs::read_dir(harness.home().join("overlays"))?.flatten().collect();
    ensure!(left.is_empty(), "nothing of it is left: {left:?}");
    Ok(())
}

#[tokio::test]
async fn b13_what_a_command_changed_is_asked_about_and_all_of_it_applied_as_the_command_left_it() -> Result<()>
{
    let Some((harness, mut session)) = harness("all effects").await? else { return Ok(()) };
    let script = "sed -i s/one/ONE/ a.txt && rm gone.txt && printf '\\000\\001' > bin && printf '#!/bin/sh\\n' > run.sh && chmod 750 run.sh \
                  && ln -s a.txt link && mkdir empty && echo said && exit 3";
    let approval = asked(&harness, &mut session, script).await?;
    let AskReason::Effects { argv, left_out, .. } = &approval.reason else { anyhow::bail!("{approval:?}") };
    ensure!(argv[2] == script && left_out.is_empty(), "{approval:?}");
    let ApprovalSubject::Patch { proposal } = &approval.subject else { anyhow::bail!("{approval:?}") };
    let paths: Vec<_> = proposal.files.iter().map(|file| file.path.as_str()).collect();
    ensure!(paths == ["a.txt", "bin", "empty", "gone.txt", "link", "run.sh"], "{paths:?}");
    ensure!(
        harness.read("a.txt")?.starts_with("one") && harness.read("gone.txt").is_ok(),
        "nothing is changed yet"
    );
    ensure!(!harness.project().join("run.sh").exists(), "nothing is made yet");
    session.decide(&approval, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")?.starts_with("ONE") && harness.read("gone.txt").is_err());
    ensure!(std::fs::read(harness.project().join("bin"))? == [0, 1]);
    ensure!(harness.project().join("run.sh").metadata()?.mode() & 0o7777 == 0o750);
    ensure!(std::fs::read_link(harness.project().join("link"))?.to_str() == Some("a.txt"));
    ensure!(harness.project().join("empty").is_dir());
    let told = told(&harness)?;
    ensure!(
        told.contains("said") && told.contains("\"exit_code\":3") && told.contains("the whole patch"),
        "{told}"
    );
    // it is the command's doing, and undone with the task
    let recorded = records(&session)?;
    let by_command = recorded.iter().any(|record| {
        matches!(&record.fact, Fact::FilesChanged { source: ChangeSource::Command, call_id: Some(call), .. } if call.0 == "c1")
    });
    ensure!(by_command, "attributed to the command: {recorded:#?}");
    let overlays = std::fs::read_dir(harness.home().join("overlays"))?.flatten().count();
    session.submit(Op::Undo { task_id: None, mode: UndoMode::Apply { overwrite: false } }).await?;
    session.until("the undo", |msg| matches!(msg, EventMsg::UndoApplied { .. })).await?;
    ensure!(harness.read("a.txt")?.starts_with("one") && harness.read("gone.txt")? == "gone\n");
    ensure!(!harness.project().join("bin").exists() && !harness.project().join("link").exists());
    ensure!(overlays <= 1, "what was decided is not kept: {overlays}");
    session.shut_down().await
}

#[tokio::test]
async fn b13_of_what_a_command_changed_some_is_applied_some_edited_and_none_leaves_the_project_as_it_was()
-> Result<()> {
    let Some((harness, mut session)) = harness("some effects").await? else { return Ok(()) };
    let script =
        "sed -i 's/one/ONE/;s/five/FIVE/;s/ten/TEN/' a.txt; rm gone.txt; echo new > new.txt; echo done";
    let approval = asked(&harness, &mut session, script).await?;
    let (first, second) = (hunk(&approval, "a.txt", 0)?, hunk(&approval, "a.txt", 1)?);
    let selection = HunkSelection {
        accepted: vec![first.clone(), second.clone()],
        edited: vec![HunkEdit { id: second, new_text: "5".to_owned() }],
        partial: Vec::new(),
    };
    session.decide(&approval, ReviewDecision::Approved, Some(selection), Some("not the rest")).await?;
    session.until_done().await?;
    let expected = "ONE\ntwo\nthree\nfour\n5\nsix\nseven\neight\nnine\nten\n";
    ensure!(harness.read("a.txt")? == expected, "{}", harness.read("a.txt")?);
    ensure!(harness.read("gone.txt")? == "gone\n" && harness.read("new.txt").is_err());
    let told_of_some = told(&harness)?;
    for part in
        ["done", "2 of 5 hunks were written", "written with the person's text instead", "not the rest"]
    {
        ensure!(told_of_some.contains(part), "{part}: {told_of_some}");
    }
    let before = harness.read("a.txt")?;
    let approval = asked(&harness, &mut session, "rm -rf ./*; echo again").await?;
    session.decide(&approval, ReviewDecision::Denied, None, None).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? == before && harness.read("gone.txt")? == "gone\n");
    let told = told(&harness)?;
    ensure!(told.contains("again") && told.contains("applied none of its 2 changes"), "{told}");
    session.shut_down().await
}

#[tokio::test]
async fn b37_files_that_changed_while_the_effects_waited_are_left_alone() -> Result<()> {
    let Some((harness, mut session)) = harness("changed meanwhile").await? else { return Ok(()) };
    let approval = asked(&harness, &mut session, "echo more >> a.txt; echo x > x.txt").await?;
    std::fs::write(harness.project().join("a.txt"), "mine\n")?;
    session.decide(&approval, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? == "mine\n" && harness.read("x.txt").is_err(), "all or nothing");
    let told = told(&harness)?;
    ensure!(told.contains("changed since the command ran: a.txt") && told.contains("as it was"), "{told}");
    session.shut_down().await
}

#[tokio::test]
async fn b29_effects_that_wait_when_the_session_dies_wait_when_it_goes_on_and_are_applied_then() -> Result<()>
{
    let Some((harness, mut session)) = harness("resumed effects").await? else { return Ok(()) };
    let approval = asked(&harness, &mut session, "printf '\\000bin' > bin; echo two >> a.txt").await?;
    let transcript = session.transcript()?;
    session.kill().await?;
    ensure!(!harness.project().join("bin").exists() && !harness.read("a.txt")?.ends_with("two\n"));
    let mut session = harness.open(Some(transcript)).await?;
    let again = session.said().find_map(|msg| match msg {
        EventMsg::ApprovalRequested { approval } => Some(approval.clone()),
        _ => None,
    });
    let again = again.context("it is asked again")?;
    ensure!(again.binding == approval.binding);
    session.decide(&again, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(
        std::fs::read(harness.project().join("bin"))? == b"\0bin"
            && harness.read("a.txt")?.ends_with("two\n")
    );
    session.shut_down().await
}

#[tokio::test]
async fn b29_a_session_that_dies_while_a_command_runs_in_an_overlay_leaves_the_project_as_it_was()
-> Result<()> {
    let Some((harness, mut session)) = harness("a death in an overlay").await? else { return Ok(()) };
    runs(&harness, &session, "echo half > half.txt; rm gone.txt; echo begun; sleep 600").await?;
    let is_output = |msg: &EventMsg| matches!(msg, EventMsg::ExecCommandOutputDelta { chunk, .. } if chunk.contains("begun"));
    session.until("the command to have begun", is_output).await?;
    let transcript = session.transcript()?;
    session.kill().await?;
    let session = harness.open(Some(transcript)).await?;
    ensure!(harness.read("half.txt").is_err() && harness.read("gone.txt")? == "gone\n");
    let truthful = records(&session)?.into_iter().any(|record| {
        let Fact::CallAnswered { item: protocol::Item::CallOutput { output, .. } } = record.fact else {
            return false;
        };
        output.text.contains("nothing of what it changed was applied")
    });
    ensure!(truthful, "recorded as it is");
    session.shut_down().await
}

#[tokio::test]
async fn b13_on_effect_what_cannot_run_in_an_overlay_is_asked_about_first() -> Result<()> {
    let Some((harness, mut session)) = harness("what has no overlay").await? else { return Ok(()) };
    let background = json!({"command": ["bash", "-c", "echo x > served"], "background": true});
    let escalated =
        json!({"command": ["make"], "with_escalated_permissions": true, "justification": "needs it"});
    for (arguments, bare) in [(background, false), (escalated, true)] {
        harness.server.then(Reply::new().function_call("c1", "shell", &arguments).completed());
        harness.server.then(Reply::text("ok"));
        session.ask("go").await?;
        let approval = session.until_asked().await?;
        let as_expected = match (&approval.reason, &approval.subject) {
            (AskReason::NoOverlay { .. }, ApprovalSubject::Exec { .. }) => !bare,
            (AskReason::Escalation { .. }, ApprovalSubject::Exec { sandbox, .. }) => {
                bare && *sandbox == SandboxPolicy::DangerFullAccess
            }
            _ => false,
        };
        ensure!(as_expected, "{approval:?}");
        session.decide(&approval, ReviewDecision::Denied, None, None).await?;
        session.until_done().await?;
    }
    ensure!(harness.read("served").is_err());
    session.shut_down().await
}

#[tokio::test]
async fn b13_where_no_room_is_left_for_a_copy_the_command_is_told_and_the_project_stays_as_it_was()
-> Result<()> {
    let Some((harness, session)) = harness("a full place for copies").await? else { return Ok(()) };
    session.shut_down().await?;
    harness.write_config()?;
    let script = "echo half > half.txt; head -c 2000000 /dev/zero > big";
    harness.server.then(Reply::new().shell("c1", &["bash", "-c", script]).completed());
    harness.server.then(Reply::text("ok"));
    // a place of so many bytes and no more
    let small = "mount -t tmpfs -o size=400k none \"$COUNTERSIGN_HOME/overlays\" || exit 99; \
                 exec \"$0\" exec --approval on-effect go";
    std::fs::create_dir_all(harness.home().join("overlays"))?;
    let mut unshared = tokio::process::Command::new("unshare");
    let ran = run_as(&harness, unshared.args(["-rm", "sh", "-c", small]).arg(countersign()?)).await?;
    if ran.code == Some(99) || ran.err.contains("unshare") {
        eprintln!("SKIPPED: a full place for copies: none can be mounted here: {}", ran.err);
        return Ok(());
    }
    let requests = harness.server.requests();
    let told = requests.get(1).and_then(|request| request.output_of("c1")).context("it goes on")?;
    ensure!(told.contains("No space left on device"), "{told}");
    for path in ["half.txt", "big"] {
        ensure!(harness.read(path).is_err(), "{path}: nobody approved it");
    }
    Ok(())
}

#[tokio::test]
async fn a_picture_that_a_command_makes_is_seen_before_it_is_kept_and_goes_into_a_patch_as_a_binary()
-> Result<()> {
    /// One red pixel.
    const PIXEL: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
    let Some((harness, mut session)) = harness("a picture that waits").await? else { return Ok(()) };
    let script = format!("echo {PIXEL} | base64 -d > new.png; printf 'a\\0b' > data; ln -s a.txt link");
    let approval = asked(&harness, &mut session, &script).await?;
    let proposal = proposal_of(&approval);
    let file = |path: &str| proposal.files.iter().find(|file| file.path == path).context(path.to_owned());
    let read = |path: &str| {
        agent::proposed_versions(file(path)?, &std::path::Path::to_owned).map_err(anyhow::Error::msg)
    };

    let picture = read("new.png")?;
    ensure!(picture.old.is_none() && file("new.png")?.binary, "{picture:?}");
    let new = picture.new.context("a version")?;
    ensure!(new.bytes == 70 && new.about.as_deref() == Some("PNG image, 1 x 1 pixels"), "{new:?}");
    let data = read("data")?.new.context("a version")?;
    ensure!(data.bytes == 3 && data.picture.is_none(), "{data:?}");
    ensure!(!file("link")?.binary);

    let part = worktree::ProposalPart::default();
    let text = worktree::proposal_text(proposal, harness.project(), part, &std::path::Path::to_owned);
    let text = text.map_err(anyhow::Error::msg)?;
    ensure!(text.contains("new file mode 100644\nBinary files /dev/null and b/new.png differ\n"), "{text}");
    ensure!(
        text.contains("new file mode 120000\n--- /dev/null\n+++ b/link\n@@ -0,0 +1 @@\n+a.txt\n"),
        "{text}"
    );

    session.decide(&approval, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    // what the model changes next is seen as it is, for as long as it is that
    let script = "rm new.png; ln -sfn gone.txt link";
    harness.server.then(Reply::new().shell("c2", &["bash", "-c", script]).completed());
    harness.server.then(Reply::text("ok"));
    session.ask("go on").await?;
    let approval = session.until_asked().await?;
    let proposal = proposal_of(&approval);
    let versions = |path: &str| {
        let file = proposal.files.iter().find(|file| file.path == path).context(path.to_owned())?;
        agent::proposed_versions(file, &std::path::Path::to_owned).map_err(anyhow::Error::msg)
    };
    let removed = versions("new.png")?;
    ensure!(removed.new.is_none() && removed.old.is_some_and(|old| old.picture.is_some()));
    versions("link")?;
    std::fs::write(harness.project().join("new.png"), "another")?;
    std::fs::remove_file(harness.project().join("link"))?;
    std::os::unix::fs::symlink("elsewhere", harness.project().join("link"))?;
    for (path, why) in
        [("new.png", "changed after the patch was shown"), ("link", "is no longer what it was")]
    {
        let stale = versions(path).unwrap_err().to_string();
        ensure!(stale.contains(why), "{path}: {stale}");
    }
    session.decide(&approval, ReviewDecision::Denied, None, None).await?;
    session.until_done().await?;
    session.shut_down().await
}
