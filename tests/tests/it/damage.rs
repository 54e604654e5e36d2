//! Transcripts with a damaged line: the session goes on, and each wire's vendor takes the next request (B7, B29).

use crate::cli::run;
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, unasked};
use countersign_tests::model_server::Reply;
use exec::Executor;
use protocol::EventMsg;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Damage of one line.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Damage {
    /// The line ends in its middle.
    Cut,
    /// The line is gone.
    Lost,
    /// The line is there twice.
    Doubled,
    /// The end of the line is gone: the next one goes on in it.
    Glued,
}

const DAMAGES: [Damage; 4] = [Damage::Cut, Damage::Lost, Damage::Doubled, Damage::Glued];

impl Damage {
    /// Returns the text of a transcript with this damage of the line `at`.
    fn of(self, text: &str, at: usize) -> String {
        let lines = text.lines().enumerate().map(|(number, line)| match self {
            _ if number != at => format!("{line}\n"),
            Self::Cut => {
                let half = (line.len() / 2..=line.len()).find(|half| line.is_char_boundary(*half));
                format!("{}\n", &line[..half.unwrap_or_default()])
            }
            Self::Lost => String::new(),
            Self::Doubled => format!("{line}\n{line}\n"),
            Self::Glued => line.to_owned(),
        });
        lines.collect()
    }
}

/// Two tasks: reasoning, calls side by side, a broken stream, a patch, a command that fails, unreadable arguments.
fn story() -> Vec<Reply> {
    vec![
        Reply::new()
            .reasoning("Let me look at both.", "sealed one")
            .message("I look at both files.")
            .function_call("c1", "read_file", &json!({"path": "a.txt"}))
            .function_call("c2", "read_file", &json!({"path": "b.txt"}))
            .completed(),
        Reply::new().text_delta("Now I").failed("server_error", "oops"),
        Reply::new()
            .reasoning("Now the patch.", "sealed two")
            .apply_patch("c3", "*** Update File: a.txt\n@@\n-one\n+ONE")
            .completed(),
        Reply::new().function_call_text("c4", "read_file", "{\"path\": ").completed(),
        Reply::text("It is done."),
        Reply::new()
            .reasoning("Once more.", "sealed three")
            .function_call("c5", "read_file", &json!({"path": "a.txt"}))
            .completed(),
        Reply::text("It is still done."),
    ]
}

/// Records the story on a wire, and returns the text of its transcript.
async fn recorded(wire: &str) -> Result<(Harness, String)> {
    let mut harness = Harness::new(unasked(), &[("a.txt", "one\n"), ("b.txt", "two\n")], story()).await?;
    harness.more_of_provider = format!("wire_api = \"{wire}\"");
    let mut session = harness.open(None).await?;
    for prompt in ["first prompt", "second prompt"] {
        let end = session.ask_and_wait(prompt).await?;
        ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{wire}: {end:?}");
    }
    let text = std::fs::read_to_string(session.transcript()?)?;
    session.shut_down().await?;
    Ok((harness, text))
}

/// Writes a transcript where the app keeps them.
fn write(harness: &Harness, id: &str, text: &str) -> Result<PathBuf> {
    let dir = harness.home().join("sessions/2026/01/02");
    std::fs::create_dir_all(&dir)?;
    let path = dir.join(format!("rollout-2026-01-02T03-04-05-{id}.jsonl"));
    std::fs::write(&path, text)?;
    Ok(path)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn check(wire: &str, body: &Value) -> Result<()> {
    match wire {
        "responses" => check_responses(list(&body["input"])),
        "chat" => check_chat(list(&body["messages"])),
        _ => check_messages(list(&body["messages"])),
    }
}

/// Checks what OpenAI checks: each call has one answer of its kind after it, nothing is empty, reasoning leads to something, and
/// no id is there twice.
fn check_responses(input: &[Value]) -> Result<()> {
    let (mut open, mut ids) = (BTreeMap::new(), BTreeSet::new());
    for (at, item) in input.iter().enumerate() {
        let id = item["call_id"].as_str().unwrap_or_default();
        match item["type"].as_str().unwrap_or_default() {
            kind @ ("function_call" | "custom_tool_call") => {
                ensure!(!id.is_empty() && ids.insert(id.to_owned()), "call {id:?} is there twice");
                open.insert(id, format!("{kind}_output"));
            }
            kind @ ("function_call_output" | "custom_tool_call_output") => {
                ensure!(open.remove(id).as_deref() == Some(kind), "no tool call found for {kind} {id:?}");
            }
            "reasoning" => {
                let id = item["id"].as_str().unwrap_or_default();
                ensure!(id.is_empty() || ids.insert(id.to_owned()), "duplicate item {id}");
                ensure!(item["encrypted_content"].is_string(), "nothing is in {item}");
                let next = input[at + 1..].iter().find(|next| next["type"] != "reasoning");
                let is_output = |next: &Value| {
                    next["role"] == "assistant"
                        || next["type"].as_str().is_some_and(|kind| kind.ends_with("_call"))
                };
                ensure!(next.is_some_and(is_output), "reasoning {id:?} without what followed it");
            }
            "message" => {
                let texts = list(&item["content"]);
                let is_full =
                    |piece: &Value| piece["text"].as_str().is_some_and(|text| !text.trim().is_empty());
                ensure!(!texts.is_empty() && texts.iter().all(is_full), "an empty message: {item}");
            }
            other => anyhow::bail!("an item of the kind {other:?}"),
        }
    }
    ensure!(open.is_empty(), "no tool output found for {open:?}");
    Ok(())
}

/// Checks what strict servers of chat completions check: the answers to all calls of a message follow it at once.
fn check_chat(messages: &[Value]) -> Result<()> {
    let mut ids = BTreeSet::new();
    let mut open: BTreeSet<String> = BTreeSet::new();
    for (at, message) in messages.iter().enumerate() {
        let content = message["content"].as_str().unwrap_or_default();
        let role = message["role"].as_str().unwrap_or_default();
        if role == "tool" {
            let id = message["tool_call_id"].as_str().unwrap_or_default();
            ensure!(open.remove(id), "message {at}: tool {id:?} answers no call before it");
            continue;
        }
        ensure!(open.is_empty(), "message {at}: not answered: {open:?}");
        match role {
            "system" => ensure!(at == 0 && !content.is_empty(), "message {at}: a system message"),
            "user" => ensure!(!content.trim().is_empty(), "message {at}: empty"),
            "assistant" => {
                let calls = list(&message["tool_calls"]);
                ensure!(!content.trim().is_empty() || !calls.is_empty(), "message {at}: empty");
                for call in calls {
                    let id = call["id"].as_str().unwrap_or_default().to_owned();
                    ensure!(
                        !id.is_empty() && ids.insert(id.clone()),
                        "message {at}: call {id:?} is there twice"
                    );
                    open.insert(id);
                }
            }
            other => anyhow::bail!("message {at}: role {other:?}"),
        }
    }
    let last = messages.last().context("there are messages")?;
    ensure!(open.is_empty() && last["role"] != "assistant", "it ends in {last}");
    Ok(())
}

/// Checks what Anthropic checks: turns alternate, the results of all calls of a turn are in the next one, no thought is its end,
/// and no text is empty.
fn check_messages(messages: &[Value]) -> Result<()> {
    let mut ids = BTreeSet::new();
    let mut open: BTreeSet<String> = BTreeSet::new();
    for (at, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        ensure!(role == if at % 2 == 0 { "user" } else { "assistant" }, "message {at} is of {role:?}");
        let blocks = list(&message["content"]);
        let kind = |block: &Value| block["type"].as_str().unwrap_or_default().to_owned();
        ensure!(!blocks.is_empty(), "message {at} is empty");
        let results: BTreeSet<String> = blocks
            .iter()
            .filter(|block| kind(block) == "tool_result")
            .map(|block| block["tool_use_id"].as_str().unwrap_or_default().to_owned())
            .collect();
        let count = blocks.iter().filter(|block| kind(block) == "tool_result").count();
        ensure!(results == open && count == results.len(), "message {at} answers {results:?}, not {open:?}");
        let after = blocks.iter().skip_while(|block| kind(block) == "tool_result");
        ensure!(after.clone().all(|block| kind(block) != "tool_result"), "message {at}: results come first");
        open.clear();
        for block in blocks {
            match (role, kind(block).as_str()) {
                (_, "text") => {
                    ensure!(
                        block["text"].as_str().is_some_and(|text| !text.trim().is_empty()),
                        "{at}: empty"
                    );
                }
                ("user", "tool_result") | ("assistant", "thinking") => {}
                ("assistant", "tool_use") => {
                    let id = block["id"].as_str().unwrap_or_default().to_owned();
                    ensure!(!id.is_empty() && ids.insert(id.clone()), "{at}: call {id:?} is there twice");
                    ensure!(block["input"].is_object(), "{at}: {block}");
                    open.insert(id);
                }
                (role, kind) => anyhow::bail!("message {at}: {kind:?} of {role}"),
            }
        }
        ensure!(
            role == "user" || kind(&blocks[blocks.len() - 1]) != "thinking",
            "message {at} ends in a thought"
        );
    }
    ensure!(messages.len() % 2 == 1, "it ends in a message of the model's");
    Ok(())
}

/// How often a text is said in a request.
fn count(body: &Value, text: &str) -> usize {
    body.to_string().matches(text).count()
}

/// Resumes a transcript with one line damaged, asks, and checks the request.
async fn go_on(
    harness: &Harness,
    executor: &Executor,
    wire: &str,
    text: &str,
    damage: Damage,
    at: usize,
) -> Result<()> {
    let path = write(harness, &format!("{damage:?}-{at}"), &damage.of(text, at))?;
    harness.server.then(Reply::text("on we go"));
    let mut request = harness.open_request(Some(path))?;
    // the sandbox is measured once
    request.executor = Some(executor.clone());
    let mut session = Session::open(request).await?;
    let end = session.ask_and_wait("third prompt").await?;
    ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
    session.shut_down().await?;
    let body = harness.server.requests().pop().context("a request")?.body;
    check(wire, &body).with_context(|| format!("{body:#}"))?;
    ensure!(count(&body, "third prompt") == 1, "the prompt is there once");
    for prompt in ["first prompt", "second prompt"] {
        let lost =
            damage != Damage::Doubled && text.lines().nth(at).is_some_and(|line| line.contains(prompt));
        let said = count(&body, prompt);
        let is_kept = said == 1 || (lost && damage != Damage::Glued && said == 0);
        ensure!(is_kept, "{prompt:?} is there {said} times: {body:#}");
    }
    Ok(())
}

/// Damages each line in each way, one at a time.
async fn damage_every_line(wire: &str) -> Result<()> {
    let (harness, text) = recorded(wire).await?;
    let executor = harness.assemble().await?.executor;
    executor.probe().await;
    let count = text.lines().count();
    ensure!(count > 30, "{text}");
    for at in 0..count {
        for damage in DAMAGES {
            // the last line without its end was never acted on
            if damage == Damage::Glued && at + 1 == count {
                continue;
            }
            let line = text.lines().nth(at).unwrap_or_default();
            let gone_on = go_on(&harness, &executor, wire, &text, damage, at).await;
            gone_on.with_context(|| format!("{wire}: line {at} {damage:?}: {line}"))?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn b7_b29_whichever_line_is_damaged_every_vendor_takes_the_next_request() -> Result<()> {
    tokio::try_join!(
        damage_every_line("responses"),
        damage_every_line("chat"),
        damage_every_line("messages")
    )?;
    Ok(())
}

#[tokio::test]
async fn b29_b30_a_session_with_a_damaged_first_line_is_listed_gone_on_with_and_undone() -> Result<()> {
    let (harness, text) = recorded("responses").await?;
    for damage in DAMAGES {
        let id = format!("first-{damage:?}");
        let path = write(&harness, &id, &damage.of(&text, 0))?;
        let ran = run(&harness, &["sessions", "--json"], "").await?;
        let listed: Vec<Value> = ran.out.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        let folder = harness.project().display().to_string();
        let is_it = |session: &&Value| session["path"] == path.display().to_string();
        let session = listed.iter().find(is_it).with_context(|| format!("{damage:?}: {listed:#?}"))?;
        ensure!(session["cwd"] == folder && session["title"] == "first prompt", "{session:#}");
        let undone =
            run(&harness, &["undo", "1", "-y", "--session", &path.display().to_string()], "").await?;
        ensure!(undone.code == Some(0) && harness.read("a.txt")? == "one\n", "{damage:?}: {}", undone.err);
        std::fs::write(harness.project().join("a.txt"), "ONE\n")?;
        std::fs::remove_file(path)?;
    }
    Ok(())
}
