//! Limits of a task, and sums of what was used.

use crate::cli::{command, run};
use anyhow::{Context, Result, ensure};
use config::Home;
use countersign_tests::harness::{Harness, Session, unasked};
use countersign_tests::model_server::Reply;
use protocol::{AbortReason, EventMsg, ModelPrice, Op, ReachedLimit, TaskId, TokenUsage};
use serde_json::json;
use transcript::Index;

/// A turn that looks at the files, and used so many tokens.
fn turn(call: &str, input_tokens: u64) -> Reply {
    let usage = TokenUsage { input_tokens, ..TokenUsage::default() };
    Reply::new().shell(call, &["ls"]).completed_with(usage)
}

async fn until_limit(session: &mut Session) -> Result<ReachedLimit> {
    let msg = session.until("the limit", |msg| matches!(msg, EventMsg::LimitReached { .. })).await?;
    match msg {
        EventMsg::LimitReached { reached } => Ok(reached),
        other => anyhow::bail!("{other:?}"),
    }
}

#[tokio::test]
async fn a_task_at_its_limit_waits_over_a_restart_and_goes_on_when_the_person_says_so() -> Result<()> {
    let replies = vec![turn("c1", 700), turn("c2", 700), turn("c3", 700), Reply::text("done")];
    let mut harness = Harness::new(unasked(), &[("a.txt", "a\n")], replies).await?;
    "task_token_limit = 1000\n".clone_into(&mut harness.more_config);
    let mut session = harness.open(None).await?;
    session.ask("look around").await?;
    let reached = until_limit(&mut session).await?;
    ensure!((reached.task_id, reached.used.total(), reached.cost) == (TaskId(1), 1400, None), "{reached:?}");
    ensure!(harness.server.requests().len() == 2, "nothing is sent beyond the limit");
    let path = session.transcript()?;
    session.kill().await?;

    let mut session = harness.open(Some(path)).await?;
    ensure!(
        session.said().any(|msg| *msg == EventMsg::LimitReached { reached }),
        "the question is there again"
    );
    ensure!(!session.said().any(|msg| matches!(msg, EventMsg::TurnAborted { .. })));
    session.submit(Op::RaiseLimit { task_id: reached.task_id, used: reached.used, no_limit: false }).await?;
    session.until_done().await?;
    ensure!(harness.server.requests().len() == 4 && harness.server.left() == 0);
    session.shut_down().await
}

#[tokio::test]
async fn a_limit_in_money_counts_the_price_that_is_set_and_the_person_may_end_the_task() -> Result<()> {
    let mut harness = Harness::new(unasked(), &[], vec![turn("c1", 10_000)]).await?;
    harness.more_config = "task_cost_limit = 0.02\n[prices.m]\ninput = 3\noutput = 15\n".to_owned();
    let mut session = harness.open(None).await?;
    session.ask("look around").await?;
    let reached = until_limit(&mut session).await?;
    ensure!(reached.cost == Some(30_000), "{reached:?}");
    session.submit(Op::Interrupt).await?;
    let end = session.until_done().await?;
    ensure!(matches!(end, EventMsg::TurnAborted { reason: AbortReason::Interrupted, .. }), "{end:?}");
    session.shut_down().await
}

#[tokio::test]
async fn a_limit_in_money_goes_by_the_price_that_the_server_lists_before_the_one_that_is_set() -> Result<()> {
    let price = json!({"prompt": "0.000001", "completion": "0.000001"});
    let listed = json!({"data": [{"id": "m", "context_length": 40_960, "pricing": price}]});
    let replies = vec![Reply::status(200).json(&listed).for_list()];
    let mut harness = Harness::new(unasked(), &[], replies).await?;
    harness.more_config = "task_cost_limit = 0.01\n[prices.m]\ninput = 0\noutput = 0\n".to_owned();
    let mut session = harness.open(None).await?;
    // tasks far below the limit, until it is seen that the list was read
    while !session.said().any(|msg| matches!(msg, EventMsg::TokenCount { context_window: Some(40_960), .. }))
    {
        let usage = TokenUsage { input_tokens: 1, ..TokenUsage::default() };
        harness.server.then(Reply::new().message("hello").completed_with(usage));
        session.ask_and_wait("hello").await?;
    }
    harness.server.then(turn("c1", 10_000));
    session.ask("look around").await?;
    let reached = until_limit(&mut session).await?;
    ensure!(reached.cost == Some(10_000), "{reached:?}");
    session.shut_down().await
}

#[tokio::test]
async fn exec_ends_at_the_limit_when_nobody_is_there_and_says_so() -> Result<()> {
    let mut harness = Harness::new(unasked(), &[], vec![turn("c1", 10_000)]).await?;
    harness.more_config = "task_token_limit = 10_000\n[prices.m]\ninput = 3\noutput = 15\n".to_owned();
    harness.write_config()?;
    let ran = run(&harness, &["exec", "--approval", "never", "look around"], "").await?;
    ensure!(ran.code == Some(1), "{:?} {}", ran.code, ran.err);
    for wanted in
        ["has used 10000 tokens, which cost $0.030", "its limit of 10000 tokens", "nobody is at the terminal"]
    {
        ensure!(ran.err.contains(wanted), "{wanted:?} is missing in\n{}", ran.err);
    }
    let shown = command(&harness, &["config"])?.output().await?;
    let shown = String::from_utf8(shown.stdout)?;
    ensure!(shown.contains("prices.m.input") && shown.contains("task_token_limit"), "{shown}");
    Ok(())
}

#[tokio::test]
async fn what_was_used_is_summed_by_time_and_model() -> Result<()> {
    let usage = TokenUsage {
        input_tokens: 900,
        cached_input_tokens: 400,
        output_tokens: 50,
        ..TokenUsage::default()
    };
    let replies = vec![turn("c1", 100), Reply::new().message("done").completed_with(usage)];
    let harness = Harness::new(unasked(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("look around").await?;
    let at_ms = session.events().last().context("it said something")?.at_ms;
    session.shut_down().await?;
    let mut index = Index::open(&Home::at(harness.home()))?;
    index.refresh(|| {})?;
    let hour = 3_600_000;
    let used = index.used(at_ms - hour, at_ms + hour)?;
    ensure!(used.len() == 1 && used[0].model == "m", "{used:?}");
    ensure!(used[0].tokens == TokenUsage { input_tokens: 1000, ..usage }, "{used:?}");
    let price = ModelPrice { input: 1_000_000, cached_input: 0, output: 2_000_000 };
    ensure!(price.cost(&used[0].tokens) == 700);
    ensure!(index.used(at_ms + hour, at_ms + 2 * hour)?.is_empty());
    Ok(())
}
