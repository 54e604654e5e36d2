//! `opening ROWS`: what opening a session of ROWS rows costs the host, without a window: from the command until its answer, and
//! each of its stages by itself. It prints a line `NAME=VALUE` for each, medians in milliseconds.
#![expect(clippy::print_stdout, reason = "its output is what it measured")]

use anyhow::{Result, bail, ensure};
use config::Home;
use countersign_tests::long_session;
use countersign_tests::web_host::TestDesktop;
use engine::{RetryBudget, Session, Setup};
use host::{Host, HostOptions};
use protocol::{Event, SessionId};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use view::Timeline;

const RUNS: usize = 7;

/// Measurements, by name.
type Measured = BTreeMap<&'static str, Vec<f64>>;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [rows] = words.as_slice() else { bail!("usage: opening ROWS") };
    let rows = rows.parse()?;
    let (home, project) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let written = long_session::write(home.path(), project.path(), rows)?;
    let id = transcript::header(&written)?.meta.session_id;
    let runtime = tokio::runtime::Runtime::new()?;
    // the folder is known from here on, and no session is gone on with by itself
    runtime.block_on(async {
        start(home.path(), Some(project.path())).await?.shutdown().await;
        anyhow::Ok(())
    })?;
    let mut measured = Measured::new();
    for _ in 0..RUNS {
        measured.entry("open").or_default().push(runtime.block_on(open(home.path(), &id, rows))?);
        stages(&written, &mut measured)?;
    }
    for (name, took) in measured {
        println!("{name}_ms={:.2}", median(took));
    }
    Ok(())
}

async fn start(home: &Path, open: Option<&Path>) -> Result<Arc<Host>> {
    let options = HostOptions { home: Home::at(home), practice: true, open: open.map(Path::to_owned) };
    Ok(Host::start(options, Arc::new(TestDesktop::default())).await?)
}

async fn open(home: &Path, id: &SessionId, rows: usize) -> Result<f64> {
    let host = start(home, None).await?;
    // what can answer is known long before a person has picked a session
    call(&host, "find_providers", json!({})).await?;
    let page = host.attach(|_| ());
    let start = Instant::now();
    call(&host, "open_session", json!({"session": id})).await?;
    let shown = call(&host, "subscribe", json!({"subscriber": page, "session": id})).await?;
    let took = start.elapsed().as_secs_f64() * 1000.0;
    let total = shown.get("total_rows").and_then(Value::as_u64).unwrap_or_default();
    ensure!(total >= rows as u64, "{total} rows");
    host.shutdown().await;
    Ok(took)
}

async fn call(host: &Arc<Host>, name: &str, args: Value) -> Result<Value> {
    host.call(name, args).await.map_err(|error| anyhow::anyhow!(error.message))
}

fn stages(written: &Path, measured: &mut Measured) -> Result<()> {
    let mut begun = Instant::now();
    let mut harness = |name| {
        measured.entry(name).or_default().push(begun.elapsed().as_secs_f64() * 1000.0);
        begun = Instant::now();
    };
    drop(std::fs::read(written)?);
    harness("bytes");
    transcript::header(written)?;
    harness("header");
    let loaded = transcript::read(written)?;
    harness("read");
    let retry = RetryBudget { request: 0, stream: 0 };
    let mut session = Session::new(Setup {
        tools: Arc::from([]),
        retry,
        context_window: None,
        compact_at_tokens: None,
        cache_key: String::new(),
        time_zone: jiff::tz::TimeZone::UTC,
    });
    let mut events = Vec::new();
    for record in &loaded.records {
        let (id, at_ms) = (&record.op, record.at_ms);
        let said = session.replay(record).into_iter();
        events.extend(said.map(|msg| Event { seq: 0, id: id.clone(), at_ms, replay: true, msg }));
    }
    harness("replay");
    let mut timeline = Timeline::default();
    for event in &events {
        timeline.take_in(event);
    }
    harness("rows");
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
