//! A long session: what a turn costs does not grow with the turns before it. Counted, not timed; `cargo xtask bench turns` times it.

use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, unasked};
use countersign_tests::model_server::Reply;
use protocol::{EventMsg, Policies, SandboxPolicy};

/// Turns of the session, and how many of them at either end are compared.
const TURNS: usize = 100;
const PART: usize = 20;

#[tokio::test]
async fn b6_late_turns_write_say_and_send_no_more_than_early_ones() -> Result<()> {
    // four kilobytes in lines of 64 bytes
    let script = format!("yes {} | head -c 4096", "what a command prints ".repeat(3).trim_end());
    let call = |turn: usize| Reply::new().shell(&format!("c{turn}"), &["bash", "-c", &script]).completed();
    let replies = (0..TURNS).map(call).chain([Reply::text("done")]).collect();
    let policies = Policies { sandbox: SandboxPolicy::DangerFullAccess, ..unasked() };
    let harness = Harness::new(policies, &[], replies).await?;
    let mut session = harness.open(None).await?;
    let transcript = session.transcript()?;
    session.ask("go").await?;
    let (mut written, mut said) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        session.until("the next command", |msg| matches!(msg, EventMsg::ExecCommandEnd { .. })).await?;
        written.push(transcript.metadata()?.len());
        said.push(session.events().len());
    }
    session.until_done().await?;

    let requests = harness.server.requests();
    ensure!(requests.len() == TURNS + 1, "one request a turn: {}", requests.len());
    for pair in requests.windows(2) {
        let (before, after) = (pair[0].input(), pair[1].input());
        ensure!(
            after.len() > before.len() && after[..before.len()] == *before,
            "the vendor's cache would not hit"
        );
        ensure!(pair[0].body["tools"] == pair[1].body["tools"]);
    }
    let sent: Vec<usize> = requests.iter().map(|request| request.bytes.len()).collect();
    let written: Vec<usize> = written.iter().map(|len| usize::try_from(*len)).collect::<Result<_, _>>()?;
    for (what, counted) in [("bytes written", &written), ("events", &said), ("bytes more to send", &sent)] {
        let growth =
            |from: usize| Ok::<_, anyhow::Error>(counted.get(from + PART).context("a turn")? - counted[from]);
        let (early, late) = (growth(1)?, growth(TURNS - PART - 1)?);
        ensure!(
            early > 0 && 4 * late <= 5 * early,
            "{what} in {PART} turns: {early} early on, {late} at the end"
        );
    }
    session.shut_down().await
}
