//! Stories about previews: a command that waits for approval runs on a copy of the project first.

use crate::cli::command;
use crate::overlay::{asked, told, with_overlays};
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, proposal_of, reviewing};
use countersign_tests::model_server::Reply;
use countersign_tests::terminal::Terminal;
use protocol::{
    Approval, ApprovalPolicy, ApprovalSubject, AskReason, CommandPreview, EventMsg, HunkSelection, Policies,
    PreviewComparison, PreviewResult, ReviewDecision,
};

/// Question at the end of every card.
const QUESTION: &str = "stop [q]? ";

const FILES: &[(&str, &str)] = &[("a.txt", "one\ntwo\n"), ("gone.txt", "gone\n")];

/// A session that asks before every command that is not known to be safe; `None` where the machine has no overlays, which is said loudly.
async fn harness(test: &str) -> Result<Option<(Harness, Session)>> {
    let policies = Policies { approval: ApprovalPolicy::Untrusted, ..reviewing() };
    with_overlays(policies, FILES, test).await
}

/// Answers a question, and waits for the next.
async fn decide(
    session: &mut Session,
    approval: &Approval,
    decision: ReviewDecision,
) -> Result<Box<Approval>> {
    session.decide(approval, decision, None, None).await?;
    session.until_asked().await
}

fn result_of(approval: &Approval) -> Option<PreviewResult> {
    let ApprovalSubject::Exec { preview, .. } = &approval.subject else { return None };
    match preview.as_deref()? {
        CommandPreview::Possible { last, .. } => last.clone(),
        CommandPreview::Impossible { .. } => None,
    }
}

#[tokio::test]
async fn b13_a_command_is_previewed_and_some_of_what_it_changed_is_applied_without_running_it_again()
-> Result<()> {
    let Some((harness, mut session)) = harness("a preview").await? else { return Ok(()) };
    let command = asked(&harness, &mut session, "echo ran; echo x >> a.txt; rm gone.txt").await?;
    ensure!(matches!(command.subject, ApprovalSubject::Exec { .. }), "{command:?}");
    let effects = decide(&mut session, &command, ReviewDecision::Preview).await?;
    ensure!(matches!(effects.reason, AskReason::Effects { previewed: true, .. }), "{effects:?}");
    ensure!(harness.read("a.txt")? == "one\ntwo\n" && harness.read("gone.txt")? == "gone\n", "nothing yet");
    let proposal = proposal_of(&effects);
    let first = proposal.hunks().find(|(file, _)| file.path == "a.txt").context("a hunk")?.1.id.clone();
    let selection = HunkSelection { accepted: vec![first], ..HunkSelection::default() };
    session.decide(&effects, ReviewDecision::Approved, Some(selection), None).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? == "one\ntwo\nx\n" && harness.read("gone.txt")? == "gone\n");
    let told = told(&harness)?;
    ensure!(told.contains("ran") && told.contains("1 of 2 hunks were written"), "{told}");
    session.shut_down().await
}

#[tokio::test]
async fn b13_from_a_preview_the_person_goes_back_and_runs_the_command_for_real() -> Result<()> {
    let Some((harness, mut session)) = harness("back from a preview").await? else { return Ok(()) };
    let command = asked(&harness, &mut session, "echo x >> a.txt").await?;
    let effects = decide(&mut session, &command, ReviewDecision::Preview).await?;
    let again = decide(&mut session, &effects, ReviewDecision::PreviewDiscarded).await?;
    ensure!(again.subject == command.subject && again.binding != command.binding, "{again:?}");
    // twice over, in a folder that is made anew
    let effects = decide(&mut session, &again, ReviewDecision::Preview).await?;
    let again = decide(&mut session, &effects, ReviewDecision::PreviewDiscarded).await?;
    ensure!(harness.read("a.txt")? == "one\ntwo\n");
    session.decide(&again, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? == "one\ntwo\nx\n", "once, and for real");
    let compared = session.said().filter_map(|msg| match msg {
        EventMsg::ExecCommandEnd { as_previewed, .. } => Some(as_previewed.as_deref().cloned()),
        _ => None,
    });
    ensure!(compared.last() == Some(Some(PreviewComparison::Same)), "{:?}", session.events());
    session.shut_down().await
}

#[tokio::test]
async fn b29_a_preview_that_dies_with_the_session_is_said_and_the_command_waits_again() -> Result<()> {
    let Some((harness, mut session)) = harness("a death in a preview").await? else { return Ok(()) };
    let command = asked(&harness, &mut session, "echo half > half.txt; echo begun; sleep 600").await?;
    session.decide(&command, ReviewDecision::Preview, None, None).await?;
    let is_output = |msg: &EventMsg| matches!(msg, EventMsg::ExecCommandOutputDelta { chunk, .. } if chunk.contains("begun"));
    session.until("the preview to have begun", is_output).await?;
    let transcript = session.transcript()?;
    session.kill().await?;
    let session = harness.open(Some(transcript)).await?;
    let waiting = session.said().filter_map(|msg| match msg {
        EventMsg::ApprovalRequested { approval } => Some(approval.clone()),
        _ => None,
    });
    let waiting = waiting.last().context("it is asked again")?;
    let stopped = PreviewResult::Failed { why: "the app stopped while it ran".to_owned() };
    ensure!(result_of(&waiting) == Some(stopped), "{waiting:?}");
    ensure!(harness.read("half.txt").is_err());
    session.decide(&waiting, ReviewDecision::Denied, None, None).await?;
    session.shut_down().await
}

#[tokio::test]
async fn b29_changes_of_a_preview_that_are_gone_after_a_restart_are_said_and_the_command_waits_again()
-> Result<()> {
    let Some((harness, mut session)) = harness("a preview that is gone").await? else { return Ok(()) };
    let command = asked(&harness, &mut session, "printf '\\000bin' > bin").await?;
    let effects = decide(&mut session, &command, ReviewDecision::Preview).await?;
    let transcript = session.transcript()?;
    session.kill().await?;
    std::fs::rename(harness.home().join("overlays"), harness.home().join("elsewhere"))?;
    let mut session = harness.open(Some(transcript)).await?;
    let again = decide(&mut session, &effects, ReviewDecision::Approved).await?;
    let Some(PreviewResult::Failed { why }) = result_of(&again) else { anyhow::bail!("{again:?}") };
    ensure!(why.contains("is gone"), "{why}");
    ensure!(harness.read("bin").is_err());
    // the next one works
    let effects = decide(&mut session, &again, ReviewDecision::Preview).await?;
    session.decide(&effects, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(std::fs::read(harness.project().join("bin"))? == b"\0bin");
    session.shut_down().await
}

#[tokio::test]
async fn b13_a_preview_that_changed_nothing_answers_the_command_with_its_output() -> Result<()> {
    let Some((harness, mut session)) = harness("a preview without changes").await? else { return Ok(()) };
    let command = asked(&harness, &mut session, "awk 'END { print NR \" lines\" }' a.txt").await?;
    let again = decide(&mut session, &command, ReviewDecision::Preview).await?;
    ensure!(result_of(&again) == Some(PreviewResult::Unchanged { left_out: Vec::new() }), "{again:?}");
    session.decide(&again, ReviewDecision::PreviewUsed, None, None).await?;
    session.until_done().await?;
    let told = told(&harness)?;
    ensure!(told.contains("2 lines") && told.contains("\"exit_code\":0"), "{told}");
    session.shut_down().await
}

#[tokio::test]
async fn b16_a_preview_that_lacked_a_folder_asks_for_it_and_runs_on_a_copy_again_with_it() -> Result<()> {
    let Some((harness, mut session)) = harness("access for a preview").await? else { return Ok(()) };
    let outside = tempfile::Builder::new().prefix("countersign-outside").tempdir_in("/var/tmp")?;
    let target = outside.path().join("y");
    let script = format!("echo x >> a.txt; echo y > {}", target.display());
    let command = asked(&harness, &mut session, &script).await?;
    let lacking = decide(&mut session, &command, ReviewDecision::Preview).await?;
    let AskReason::SandboxDenied { what, in_overlay: true } = &lacking.reason else {
        anyhow::bail!("{lacking:?}")
    };
    ensure!(what.contains(&target.display().to_string()), "{what}");
    let effects = decide(&mut session, &lacking, ReviewDecision::ApprovedWithGrant).await?;
    ensure!(matches!(effects.reason, AskReason::Effects { previewed: true, .. }), "{effects:?}");
    ensure!(std::fs::read_to_string(&target)? == "y\n", "it was given that one thing");
    ensure!(harness.read("a.txt")? == "one\ntwo\n", "and no other");
    session.decide(&effects, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? == "one\ntwo\nx\n");
    session.shut_down().await
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_terminal_a_key_previews_a_command_and_another_leads_back_to_it() -> Result<()> {
    let replies =
        vec![Reply::new().shell("c1", &["bash", "-c", "echo x >> a.txt"]).completed(), Reply::text("done")];
    let harness = Harness::new(reviewing(), FILES, replies).await?;
    harness.write_config()?;
    let mut terminal =
        Terminal::start(command(&harness, &["exec", "--approval", "untrusted", "go"])?.env("NO_COLOR", "1"))?;
    let card = terminal.wait_for(QUESTION)?;
    if !card.contains("preview its changes [p]") {
        ensure!(card.contains("  copy  | its changes can't be previewed: "), "{card}");
        eprintln!("SKIPPED: a preview on the terminal: this machine has no overlays");
        terminal.enter("d\n\n")?;
        terminal.end().await?;
        return Ok(());
    }
    terminal.enter("p\n")?;
    let review = terminal.wait_for(QUESTION)?;
    ensure!(review.contains("on a copy of the project") && review.contains("+ | x"), "{review}");
    ensure!(harness.read("a.txt")? == "one\ntwo\n");
    terminal.enter("b\n")?;
    let again = terminal.wait_for(QUESTION)?;
    ensure!(again.contains("preview its changes [p]"), "{again}");
    terminal.enter("a\n")?;
    let (code, shown) = terminal.end().await?;
    ensure!(code == 0 && harness.read("a.txt")? == "one\ntwo\nx\n", "{shown}");
    Ok(())
}
