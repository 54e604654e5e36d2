//! Sessions of two projects at once, and what waits in them answered from the inbox by the keyboard alone.

use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::{Window, eventually};
use countersign_tests::model_server::{Gate, Received, Reply};
use serde_json::json;

use crate::hands::{open_folder, press, take_keyboard, until_page_says};
use crate::harness::{APPROVAL, APPROVE, Harness, ask, prompts};

const SEVEN: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n";
/// Prompts of the sessions that wait, in their order, with the call of each.
const WAITING: [(&str, &str); 3] =
    [("write the alpha file", "alpha"), ("leave the sandbox", "beta"), ("change both ends", "gamma")];

/// A command that asks, because it is to leave the sandbox.
fn outside() -> serde_json::Value {
    json!({"command": ["touch", "beta.txt"], "with_escalated_permissions": true, "justification": "It must."})
}

/// Answers by the prompt of the session: sessions ask in any order.
fn answer(asked: &Received, gates: &[Gate; 2]) -> Reply {
    let is_of = |prompt: &str| String::from_utf8_lossy(&asked.bytes).contains(prompt);
    if let Some((_, call)) = WAITING.iter().find(|(prompt, _)| is_of(prompt)) {
        if asked.output_of(call).is_some() {
            return Reply::text(&format!("{call} is answered."));
        }
        return match *call {
            "alpha" => Reply::new().apply_patch("alpha", "*** Add File: alpha.txt\n+alpha"),
            "beta" => Reply::new().function_call("beta", "shell", &outside()),
            _ => Reply::new().apply_patch(
                "gamma",
                "*** Update File: gamma.txt\n@@\n-2\n+two\n 3\n@@\n 18\n-19\n+nineteen\n 20",
            ),
        }
        .completed();
    }
    let gate = if is_of("work on the first") { &gates[0] } else { &gates[1] };
    Reply::new().text_delta("working").gate(gate).message("worked on it").completed()
}

/// Begins a session by the key, and asks.
async fn in_new_session(window: &Window, prompt: &str) -> Result<()> {
    take_keyboard()?;
    press(&["ctrl+n"])?;
    window.find("[data-testid=empty]").await?;
    ask(window, prompt).await
}

/// Waits until the card of a call in the inbox answers to keys.
async fn until_asked(window: &Window, call: &str) -> Result<()> {
    window
        .find(&format!("[data-testid=inbox] {APPROVAL}[data-call={call}][data-takes-keys=true]"))
        .await
        .map(drop)
}

#[tokio::test]
async fn what_waits_in_five_sessions_of_two_projects_is_answered_from_the_inbox_by_keys_alone() -> Result<()>
{
    let gates = [Gate::new(), Gate::new()];
    let of_model = gates.clone();
    let (harness, server) =
        Harness::answered(&[("a.txt", "a\n")], "", move |asked| answer(asked, &of_model)).await?;
    let other = harness.folder("other");
    std::fs::create_dir_all(&other)?;
    std::fs::write(other.join("gamma.txt"), SEVEN)?;

    let window = harness.open_configured().await?;
    ask(&window, WAITING[0].0).await?;
    window.find(&format!("{APPROVAL}[data-call=alpha]")).await?;
    in_new_session(&window, WAITING[1].0).await?;
    window.find(&format!("{APPROVAL}[data-call=beta]")).await?;
    in_new_session(&window, "work on the first").await?;
    gates[0].reached().await;
    open_folder(&window, &harness, &other).await?;
    window.find("[data-testid=empty]").await?;
    ask(&window, WAITING[2].0).await?;
    window.find(&format!("{APPROVAL}[data-call=gamma]")).await?;
    in_new_session(&window, "work on the second").await?;
    gates[1].reached().await;

    until_page_says(&window, "return document.title", json!("(3) Countersign")).await?;
    take_keyboard()?;
    press(&["ctrl+i"])?;
    let listed =
        "return [...document.querySelectorAll('[data-testid=inbox-item]')].map((item) => item.dataset.call)";
    until_page_says(&window, listed, json!(["alpha", "beta", "gamma"])).await?;
    until_asked(&window, "alpha").await?;
    window.screenshot("inbox").await?;
    press(&["a"])?;
    until_asked(&window, "beta").await?;
    press(&["d"])?;
    until_asked(&window, "gamma").await?;
    press(&["j", "space"])?;
    window.wait_for_text(APPROVE, "Approve 1 of 2 hunks").await?;
    press(&["a"])?;
    window.wait_for_text("[data-testid=inbox-empty]", "2 sessions running").await?;
    until_page_says(&window, "return document.title", json!("Countersign")).await?;

    let told = eventually("an answer to each session", || async {
        let requests = prompts(&server);
        let of = |call: &str| requests.iter().find_map(|asked| asked.output_of(call).map(str::to_owned));
        Ok(WAITING.iter().map(|(_, call)| of(call)).collect::<Option<Vec<_>>>())
    })
    .await?;
    ensure!(told[0].contains("the whole patch was written"), "{}", told[0]);
    ensure!(told[1].contains("rejected by user"), "{}", told[1]);
    ensure!(told[2].contains("1 of 2 hunks were written, 1 declined"), "{}", told[2]);
    ensure!(harness.read("alpha.txt")? == "alpha\n");
    ensure!(!harness.project().join("beta.txt").exists(), "the denied command ran");
    let gamma = std::fs::read_to_string(other.join("gamma.txt"))?;
    ensure!(gamma == SEVEN.replacen("\n2\n", "\ntwo\n", 1), "{gamma}");
    ensure!(!other.join("alpha.txt").exists() && !harness.project().join("gamma.txt").exists());
    // each request is of one session, and holds what was asked in no other
    for asked in prompts(&server) {
        let text = String::from_utf8_lossy(&asked.bytes).into_owned();
        let of: Vec<_> = WAITING.iter().filter(|(prompt, _)| text.contains(prompt)).collect();
        ensure!(of.len() <= 1, "sessions are mixed up: {of:?}");
        for (prompt, call) in WAITING {
            ensure!(
                asked.output_of(call).is_none() || text.contains(prompt),
                "{call} went to another session"
            );
        }
    }

    for gate in &gates {
        gate.open();
    }
    press(&["Escape"])?;
    let last = window.wait_for_text("[data-testid=row][data-kind=agent]", "worked on it").await;
    last.context("the session that ran behind the inbox does not end")?;
    window.end().await
}
