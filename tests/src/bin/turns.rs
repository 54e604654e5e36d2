//! `turns COUNT BYTES`: what a turn of a long session costs the agent, at the beginning and at the end.
//!
//! One task of COUNT turns, in each of which the model calls a command that prints BYTES bytes; the real driver on a scripted
//! server. The server is a process of its own (`turns serve COUNT BYTES`) that reads requests and keeps none, so that what is measured
//! is the agent alone: the processor time of this process from one request to the next, its memory, the bytes it writes.
#![expect(clippy::print_stdout, reason = "its output is what it measured")]

use agent::Events;
use anyhow::{Context, Result, bail, ensure};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use config::{Config, Home};
use futures_util::StreamExt;
use model::credential::SessionKeys;
use protocol::{ApprovalPolicy, EndedBy, EventMsg, InputItem, Op, Policies, SandboxPolicy, SessionConfig};
use rustix::time::{ClockId, clock_gettime};
use secrets::Keychain;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn main() -> Result<()> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let serve = words.first().is_some_and(|word| word == "serve");
    if serve {
        words.remove(0);
    }
    let [turns, bytes] = words.as_slice() else { bail!("usage: turns COUNT BYTES") };
    let (turns, bytes) = (turns.parse()?, bytes.parse()?);
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async { if serve { server(turns, bytes).await } else { measure(turns, bytes).await } })
}

/// Calls a command COUNT times, then says something.
struct Script {
    turns: usize,
    bytes: usize,
    asked: AtomicUsize,
}

async fn server(turns: usize, bytes: usize) -> Result<()> {
    let script = Arc::new(Script { turns, bytes, asked: AtomicUsize::new(0) });
    let router = Router::new().route("/v1/responses", post(respond)).with_state(script);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/v1", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

async fn respond(State(script): State<Arc<Script>>, body: Body) -> impl IntoResponse {
    let mut body = body.into_data_stream();
    while body.next().await.is_some_and(|chunk| chunk.is_ok()) {}
    let turn = script.asked.fetch_add(1, Ordering::Relaxed);
    let item = if turn < script.turns {
        // lines of 64 bytes
        let command =
            format!("yes {} | head -c {}", "what a command prints ".repeat(3).trim_end(), script.bytes);
        let arguments = json!({"command": ["bash", "-c", command]}).to_string();
        json!({"type": "function_call", "id": format!("fc_{turn}"), "call_id": format!("c{turn}"), "name": "shell", "arguments": arguments})
    } else {
        json!({"type": "message", "id": "msg", "role": "assistant", "content": [{"type": "output_text", "text": "done"}]})
    };
    let done = json!({"type": "response.output_item.done", "item": item});
    let completed = json!({"type": "response.completed", "response": {"id": "r", "usage": null}});
    ([(CONTENT_TYPE, "text/event-stream")], format!("data: {done}\n\ndata: {completed}\n\n"))
}

/// The server, ended with this value.
struct Server {
    child: Child,
    base_url: String,
}

impl Server {
    fn start(turns: usize, bytes: usize) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", &turns.to_string(), &bytes.to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let printed = child.stdout.take().context("the server has no output")?;
        let mut server = Self { child, base_url: String::new() };
        BufReader::new(printed).read_line(&mut server.base_url)?;
        server.base_url.truncate(server.base_url.trim_end().len());
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Times of one turn in the agent.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    processor: Duration,
    written: u64,
}

async fn measure(turns: usize, bytes: usize) -> Result<()> {
    let server = Server::start(turns, bytes)?;
    let (folder, project) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let config = format!(
        "model = \"m\"\nmodel_provider = \"scripted\"\n[model_providers.scripted]\nname = \"Scripted\"\nbase_url = \"{}\"\n",
        server.base_url
    );
    std::fs::write(folder.path().join("config.toml"), config)?;
    let home = Home::at(folder.path());
    let config = Config::load(&home, &[], None)?;
    let keychain = Keychain::absent("not for a measurement");
    let setup = agent::driver::assemble(home, config, "scripted", &keychain, &SessionKeys::default())
        .await
        .map_err(|error| anyhow::anyhow!(error.message))?;
    let (submitter, mut events) = agent::driver::spawn(setup).split();
    let config = SessionConfig {
        provider: "scripted".to_owned(),
        model: "m".to_owned(),
        reasoning_effort: None,
        reasoning_summary: None,
        cwd: project.path().to_owned(),
        // the sandbox has a row of its own
        policies: Policies {
            approval: ApprovalPolicy::Never,
            sandbox: SandboxPolicy::DangerFullAccess,
            review_patches: false,
        },
        base_instructions: None,
        user_instructions: None,
        disable_response_storage: false,
        show_raw_agent_reasoning: false,
        notify: Vec::new(),
        resume_path: None,
        session_id: None,
        task_limit: protocol::TaskLimit::default(),
        price: None,
        check: None,
        reviewer: None,
        isolated: None,
    };
    submitter.submit(Op::ConfigureSession { config: Box::new(config) }).await?;
    submitter.submit(Op::UserInput { items: vec![InputItem::text("go")] }).await?;
    let measured = listen(&mut events, turns).await?;
    // a tenth of the session at either end, without its very first turns, which warm everything up
    let part = (turns / 10).max(1);
    let begun = measured.get(part..2 * part).context("too few turns")?;
    let ended = &measured[turns - part..];
    println!("first_ms={:.3}", median(begun.iter().map(|turn| turn.processor.as_secs_f64() * 1000.0)));
    println!("last_ms={:.3}", median(ended.iter().map(|turn| turn.processor.as_secs_f64() * 1000.0)));
    println!("first_written={:.0}", median(begun.iter().map(|turn| as_float(turn.written))));
    println!("last_written={:.0}", median(ended.iter().map(|turn| as_float(turn.written))));
    println!("peak_mib={:.1}", as_float(peak_memory_kib()?) / 1024.0);
    Ok(())
}

/// Measures each turn, by the ends of its command.
async fn listen(events: &mut Events, turns: usize) -> Result<Vec<Turn>> {
    let mut measured = Vec::with_capacity(turns);
    let mut transcript = None;
    let mut before = (Duration::ZERO, 0);
    loop {
        match events.next().await?.msg {
            EventMsg::SessionConfigured { rollout_path, .. } => transcript = Some(rollout_path),
            EventMsg::ExecCommandEnd { end, .. } => {
                ensure!(end.ended_by == EndedBy::Exited { code: 0 }, "a command failed: {end:?}");
                let path = transcript.as_ref().context("the session was never configured")?;
                let now = (processor_time(), path.metadata()?.len());
                measured.push(Turn { processor: now.0.saturating_sub(before.0), written: now.1 - before.1 });
                before = now;
            }
            EventMsg::TaskComplete { .. } => break,
            EventMsg::TurnAborted { reason, .. } => bail!("the task was aborted: {reason:?}"),
            _ => {}
        }
    }
    ensure!(measured.len() == turns, "{} turns of {turns}", measured.len());
    Ok(measured)
}

/// The processor time this process has taken so far, in all its threads.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "sizes of a session fit a f64 many times over")]
fn as_float(count: u64) -> f64 {
    count as f64
}

/// The most memory this process has used.
fn peak_memory_kib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
