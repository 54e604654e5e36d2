//! A package manager in the sandbox, with what it needs allowed once (B16). It needs its registry, over the network.

use crate::cli;
use crate::inside::{has, level};
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, reviewing};
use countersign_tests::model_server::Reply;
use protocol::{
    ApprovalPolicy, ApprovalSubject, AskReason, EventMsg, Policies, ReviewDecision, SandboxGrant,
    SandboxLevel,
};
use serde_json::json;
use std::time::Duration;

/// A package without dependencies.
const PACKAGE: &str = "is-number";

/// Time in which the registry must answer for the test to go on.
const REACH: Duration = Duration::from_secs(30);

/// Questions until npm has all it needs: the network, its cache, and one to spare.
const MAX_QUESTIONS: usize = 3;

/// Reports whether npm reaches its registry from the sandbox, given the network; prints a skip when not.
async fn reaches_registry(harness: &Harness) -> Result<bool> {
    let arguments =
        ["sandbox", "--network", "full", "--", "npm", "view", "--fetch-retries=0", PACKAGE, "version"];
    let mut probe = cli::command(harness, &arguments)?;
    let reached = match tokio::time::timeout(REACH, probe.output()).await {
        Ok(output) => output?.status.success(),
        Err(_) => false,
    };
    if !reached {
        eprintln!("SKIPPED: npm in the sandbox: its registry cannot be reached from there");
    }
    Ok(reached)
}

#[tokio::test]
async fn b16_npm_installs_in_the_sandbox_once_the_network_and_its_cache_were_allowed() -> Result<()> {
    if !has(&["npm", "node"]) {
        return Ok(());
    }
    let policies = Policies { approval: ApprovalPolicy::OnFailure, ..reviewing() };
    let manifest = ("package.json", "{\"name\": \"example\", \"version\": \"1.0.0\", \"private\": true}\n");
    let harness = Harness::new(policies, &[manifest], vec![]).await?;
    harness.write_config()?;
    if !reaches_registry(&harness).await? {
        return Ok(());
    }
    let install = |id: &str, version: &str| {
        let package = format!("{PACKAGE}@{version}");
        let command = ["npm", "i", "--no-audit", "--no-fund", "--fetch-retries=0", &package];
        let arguments = json!({"command": command, "timeout_ms": 50_000});
        Reply::new().function_call(id, "shell", &arguments).completed()
    };
    harness.server.then(install("c1", "7.0.0"));
    harness.server.then(install("c2", "6.0.0"));
    harness.server.then(Reply::text("done"));
    let mut session = harness.open(None).await?;
    if level(&session) != SandboxLevel::Full {
        eprintln!("SKIPPED: npm in the sandbox: this machine's sandbox is not at its full level");
        return Ok(());
    }
    session.ask("go").await?;
    let mut grants = Vec::new();
    let ended = loop {
        let next = session.until("a question, or the end", |msg| {
            matches!(
                msg,
                EventMsg::ApprovalRequested { .. }
                    | EventMsg::TaskComplete { .. }
                    | EventMsg::TurnAborted { .. }
                    | EventMsg::Error { .. }
            )
        });
        let asked = match next.await? {
            EventMsg::ApprovalRequested { approval } => approval,
            ended => break ended,
        };
        ensure!(grants.len() < MAX_QUESTIONS, "it is asked on and on: {grants:?}, {asked:?}");
        ensure!(asked.call_id.to_string() == "c1", "what was allowed is asked again: {asked:?}");
        ensure!(matches!(asked.reason, AskReason::SandboxDenied { .. }), "{asked:?}");
        let ApprovalSubject::Exec { offer: Some(offer), .. } = &asked.subject else {
            anyhow::bail!("nothing is offered: {asked:?}")
        };
        grants.push(offer.grant.clone());
        session.decide(&asked, ReviewDecision::ApprovedWithGrant, None, None).await?;
    };
    ensure!(matches!(ended, EventMsg::TaskComplete { .. }), "{ended:?}");
    ensure!(grants.contains(&SandboxGrant::Network), "{grants:?}");
    let is_cache = |grant: &SandboxGrant| match grant {
        SandboxGrant::Write { path } => path.ends_with(".npm"),
        _ => *grant == SandboxGrant::Network,
    };
    ensure!(grants.iter().all(is_cache), "more was offered than npm needs: {grants:?}");
    let installed = harness.read(&format!("node_modules/{PACKAGE}/package.json"))?;
    let installed: serde_json::Value = serde_json::from_str(&installed)?;
    ensure!(installed["version"] == "6.0.0", "{installed}");
    let requests = harness.server.requests();
    for (request, call) in requests[1..].iter().zip(["c1", "c2"]) {
        let told = request.output_of(call).context("an output")?;
        ensure!(told.contains("\"exit_code\":0"), "{call}: {told}");
    }
    session.shut_down().await
}
