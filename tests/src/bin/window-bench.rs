//! `window-bench [starts] [session] [diff] [review] [stream]`: what the real window costs, in WebKitGTK on a headless desktop (`cargo xtask bench window` gives it one).
//!
//! It prints a line `NAME=VALUE` for each measurement. What is compared with an empty window of Tauri's takes turns with it.
#![expect(clippy::print_stdout, reason = "its output is what it measured")]

use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::processes::{family, stat};
use countersign_tests::desktop::{Window, eventually, executable, person};
use countersign_tests::long_session;
use countersign_tests::model_server::{ModelServer, Reply};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// Number of starts of each window.
const STARTS: usize = 5;
/// Time for which an idle window is watched.
const IDLE: Duration = Duration::from_secs(10);
/// Rows of the long session.
const ROWS: usize = 100_000;
/// Lines of the long diff.
const LINES: usize = 50_000;
/// Files of the large patch.
const FILES: usize = 500;
/// Hunks in each of them.
const HUNKS: usize = 10;
/// Pixels that are scrolled each frame: a wheel turned fast.
const STEP: i32 = 120;
/// Pieces of the long answer.
const DELTAS: usize = 200_000;

/// Without a graphics card WebKit would paint with one that is imitated, and compile its programs while it is measured.
const PAINTING: [(&str, &str); 1] = [("WEBKIT_SKIA_ENABLE_CPU_RENDERING", "1")];

const COMPOSER: &str = "[data-testid=composer]";

fn main() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    tokio::runtime::Runtime::new()?.block_on(async {
        if is_wanted("starts") {
            starts().await.context("starts")?;
        }
        if is_wanted("session") {
            long_session_opens().await.context("a long session")?;
        }
        if is_wanted("diff") {
            long_diff().await.context("a long diff")?;
        }
        if is_wanted("review") {
            large_review().await.context("a large review")?;
        }
        if is_wanted("stream") {
            typing_while_streaming().await.context("typing while an answer streams")?;
        }
        Ok(())
    })
}

/// A home and a project of this measurement alone.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Result<Self> {
        let place = Self { dir: tempfile::Builder::new().prefix("countersign-bench-").tempdir()? };
        std::fs::create_dir_all(place.project())?;
        std::fs::create_dir_all(place.home())?;
        Ok(place)
    }

    fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    fn project(&self) -> PathBuf {
        self.dir.path().join("project")
    }

    async fn open(&self, args: &[&OsStr]) -> Result<Window> {
        let project = self.project();
        let safe: [&OsStr; 2] = ["--safe-graphics".as_ref(), project.as_os_str()];
        let args: Vec<&OsStr> = args.iter().copied().chain(safe).collect();
        Window::open(&self.home(), &args, &PAINTING).await
    }

    /// The window, with a model that gives these replies.
    async fn open_scripted(&self, replies: Vec<Reply>) -> Result<(Window, ModelServer)> {
        let replies = Mutex::new(VecDeque::from(replies));
        let server = ModelServer::with_policy(move |asked| {
            if asked.uri.ends_with("/models") {
                return Reply::models(&["m"]);
            }
            let next = replies.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            next.unwrap_or_else(|| Reply::status(400))
        })
        .await?;
        let config = format!(
            "model = \"m\"\nmodel_provider = \"scripted\"\n[model_providers.scripted]\nname = \"Scripted\"\nbase_url = \"{}\"\n",
            server.base_url()
        );
        std::fs::write(self.home().join("config.toml"), config)?;
        Ok((self.open(&[]).await?, server))
    }
}

/// From the start of the process until a prompt is taken, memory, and processor time when idle; each against an empty window.
async fn starts() -> Result<()> {
    let empty = executable("examples/empty")?;
    let (mut app, mut nothing) = (Vec::new(), Vec::new());
    for turn in 0..STARTS {
        let last = turn + 1 == STARTS;
        let place = Place::new()?;
        let window = Window::open_program(&empty, &place.home(), &[], &PAINTING).await?;
        nothing.push(ready_ms(&window).await?);
        if last {
            println!("empty_memory_mib={:.1}", settled_memory_mib(&window).await?);
        }
        window.end().await?;
        let place = Place::new()?;
        let window = place.open(&["--practice".as_ref()]).await?;
        app.push(ready_ms(&window).await?);
        if last {
            println!("memory_mib={:.1}", settled_memory_mib(&window).await?);
            println!("idle_caret_percent={:.2}", idle_percent(&window).await?);
            window.page().execute("document.activeElement.blur()", Vec::new()).await?;
            println!("idle_percent={:.2}", idle_percent(&window).await?);
        }
        window.end().await?;
    }
    println!("empty_ready_ms={:.0}", median(&mut nothing));
    println!("ready_ms={:.0}", median(&mut app));
    Ok(())
}

/// Returns the processor share of a window that nobody touches.
async fn idle_percent(window: &Window) -> Result<f64> {
    let before = processor_time(window.pid()?)?;
    tokio::time::sleep(IDLE).await;
    let used = processor_time(window.pid()?)?.saturating_sub(before);
    Ok(100.0 * used.as_secs_f64() / IDLE.as_secs_f64())
}

/// A session of many rows, from the click on it until its last row is painted.
async fn long_session_opens() -> Result<()> {
    let place = Place::new()?;
    let written = long_session::write(&place.home(), &place.project(), ROWS)?;
    println!("long_session_mib={:.1}", as_float(written.metadata()?.len()) / f64::from(1 << 20));
    let window = place.open(&["--practice".as_ref()]).await?;
    window.find("[data-testid=session-item]").await?;
    let took = in_page(
        &window,
        "const done = arguments[0];
        const start = performance.now();
        const last = () => [...document.querySelectorAll('[data-testid=row]')].some((row) => row.textContent.includes('the very last answer'));
        document.querySelector('[data-testid=session-item]').click();
        (function look() {
            if (last()) requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
            else requestAnimationFrame(look);
        })();",
    )
    .await?;
    println!("long_session_ms={took:.0}");
    let frames = scroll(&window, "[data-testid=transcript]", -STEP).await?;
    println!("long_session_fps={:.1}", frames.per_second);
    println!("long_session_slowest_frame_ms={:.0}", frames.slowest_ms);
    window.end().await
}

/// A patch of many lines: from a jump into its middle until the lines there are painted, and scrolling it.
async fn long_diff() -> Result<()> {
    let place = Place::new()?;
    let added: String =
        (0..LINES).fold(String::new(), |text, line| text + &format!("+line {line} of a long file\n"));
    let patch = format!("*** Begin Patch\n*** Add File: long.txt\n{added}*** End Patch\n");
    let reply = Reply::new().function_call("c1", "apply_patch", &json!({"input": patch})).completed();
    let (window, _server) = place.open_scripted(vec![reply]).await?;
    ask(&window, "write a long file").await?;
    window.find("[data-testid=approval] .hunk-lines .line").await?;
    let took = in_page(
        &window,
        "const done = arguments[0];
        const scroller = document.querySelector('[data-testid=approval] [data-scroller]');
        const start = performance.now();
        scroller.scrollTop = scroller.scrollHeight / 2;
        (function look() {
            const view = scroller.getBoundingClientRect();
            const line = document.elementFromPoint(view.left + view.width / 2, view.top + view.height / 2);
            const number = /line (\\d+) of/.exec(line?.textContent ?? '')?.[1];
            if (number > 20000) setTimeout(() => done(performance.now() - start));
            else requestAnimationFrame(look);
        })();",
    )
    .await?;
    println!("long_diff_ms={took:.0}");
    let frames = scroll(&window, "[data-testid=approval] [data-scroller]", STEP).await?;
    println!("long_diff_fps={:.1}", frames.per_second);
    println!("long_diff_slowest_frame_ms={:.0}", frames.slowest_ms);
    window.end().await
}

/// A patch of many hunks in many files: from the click that opens the review until its first hunk is painted, and scrolling it.
async fn large_review() -> Result<()> {
    let place = Place::new()?;
    let mut patch = String::from("*** Begin Patch\n");
    for file in 0..FILES {
        let mut text = String::new();
        writeln!(patch, "*** Update File: file-{file}.txt")?;
        for hunk in 0..HUNKS {
            for line in 0..12 {
                writeln!(text, "line {line} of part {hunk}")?;
            }
            writeln!(
                patch,
                "@@\n line 4 of part {hunk}\n-line 5 of part {hunk}\n+line five of part {hunk}\n line 6 of part {hunk}"
            )?;
        }
        std::fs::write(place.project().join(format!("file-{file}.txt")), text)?;
    }
    patch.push_str("*** End Patch\n");
    let reply = Reply::new().function_call("c1", "apply_patch", &json!({"input": patch})).completed();
    let (window, _server) = place.open_scripted(vec![reply]).await?;
    ask(&window, "change many files").await?;
    window.find("[data-testid=review] [data-testid=hunk] .line").await?;
    window.click("[data-testid=review-close]").await?;
    window.find("[data-testid=review-open]").await?;
    let took = in_page(
        &window,
        "const done = arguments[0];
        const start = performance.now();
        document.querySelector('[data-testid=review-open]').click();
        (function look() {
            const line = document.querySelector('[data-testid=review] [data-testid=hunk] .line');
            if (line) requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
            else requestAnimationFrame(look);
        })();",
    )
    .await?;
    println!("review_ms={took:.0}");
    let frames = scroll(&window, "[data-testid=review] [data-scroller]", STEP).await?;
    println!("review_fps={:.1}", frames.per_second);
    println!("review_slowest_frame_ms={:.0}", frames.slowest_ms);
    window.end().await
}

/// Keys pressed in the composer, first with nothing else going on, then while an answer of many pieces streams: from the press until
/// the frame that shows it.
async fn typing_while_streaming() -> Result<()> {
    let place = Place::new()?;
    let words = ["a ", "word ", "of `code` ", "and **more** ", "text\n\n", "- a point\n", "```\ncode\n```\n"];
    let reply = (0..DELTAS).fold(Reply::new(), |reply, at| reply.text_delta(words[at % words.len()]));
    let (window, _server) = place.open_scripted(vec![reply.message("the end").completed()]).await?;
    window.find(COMPOSER).await?;
    Keys::take(&window).await?;
    for _ in 0..5 {
        press_keys()?;
    }
    let mut idle = Keys::take(&window).await?;
    println!("key_idle_median_ms={:.0}", idle.part(0.5));
    println!("key_idle_99_ms={:.0}", idle.part(0.99));
    ask(&window, " say a lot").await?;
    window.find("[data-testid=row][data-kind=agent]").await?;
    let before = memory_mib(&window)?;
    Keys::take(&window).await?;
    let started = Instant::now();
    while window.all("[data-testid=row][data-kind=task_end]").await?.is_empty() {
        press_keys()?;
        ensure!(started.elapsed() < Duration::from_mins(10), "the answer never ends");
    }
    println!("stream_seconds={:.1}", started.elapsed().as_secs_f64());
    let mut keys = Keys::take(&window).await?;
    println!("keys={}", keys.delays.len());
    println!("key_median_ms={:.0}", keys.part(0.5));
    println!("key_99_ms={:.0}", keys.part(0.99));
    println!("key_slowest_ms={:.0}", keys.part(1.0));
    println!("stream_memory_before_mib={before:.1}");
    println!("stream_memory_after_mib={:.1}", settled_memory_mib(&window).await?);
    window.end().await
}

/// A person types a few words.
fn press_keys() -> Result<()> {
    (0..5).try_for_each(|_| person::xdotool(&["type", "--delay", "120", "key "]))
}

/// Latencies of keys, in milliseconds.
struct Keys {
    delays: Vec<f64>,
}

impl Keys {
    /// Those pressed since this was last asked for.
    async fn take(window: &Window) -> Result<Self> {
        let script = "const pressed = window.pressed ?? [];
            if (!window.pressed) {
                document.addEventListener('keydown', (event) => {
                    const at = event.timeStamp;
                    requestAnimationFrame(() => setTimeout(() => window.pressed.push(performance.now() - at)));
                }, true);
                document.querySelector('[data-testid=composer]').focus();
            }
            window.pressed = [];
            return pressed";
        let said = window.page().execute(script, Vec::new()).await?;
        Ok(Self { delays: said.as_array().into_iter().flatten().filter_map(Value::as_f64).collect() })
    }

    /// So much of them were as fast as that.
    fn part(&mut self, part: f64) -> f64 {
        self.delays.sort_unstable_by(f64::total_cmp);
        let last = self.delays.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a position among some hundred"
        )]
        let at = (as_float(last as u64) * part).round() as usize;
        self.delays.get(at).copied().unwrap_or(f64::NAN)
    }
}

async fn ask(window: &Window, prompt: &str) -> Result<()> {
    window.find(COMPOSER).await?.send_keys(prompt).await?;
    window.click("[data-testid=send]").await
}

/// Returns the number an asynchronous script resolves to.
async fn in_page(window: &Window, script: &str) -> Result<f64> {
    let said = window.page().execute_async(script, Vec::new()).await?;
    said.as_f64().with_context(|| format!("the page said {said}"))
}

struct Frames {
    per_second: f64,
    slowest_ms: f64,
}

/// Scrolls by so many pixels a frame, for two seconds.
async fn scroll(window: &Window, css: &str, step: i32) -> Result<Frames> {
    let script = format!(
        "const done = arguments[0];
        const scroller = document.querySelector('{css}');
        if (!scroller) return done(null);
        const frames = [];
        let last = performance.now();
        const end = last + 2000;
        (function frame(now) {{
            frames.push(now - last);
            last = now;
            scroller.dispatchEvent(new WheelEvent('wheel', {{ deltaY: {step}, bubbles: true }}));
            scroller.scrollTop += {step};
            if (now < end) requestAnimationFrame(frame);
            else done([frames.length, Math.max(...frames.slice(1))]);
        }})(last);"
    );
    let said = window.page().execute_async(&script, Vec::new()).await?;
    let [frames, slowest_ms] = [0, 1].map(|at| said.get(at).and_then(Value::as_f64));
    let (frames, slowest_ms) =
        frames.zip(slowest_ms).with_context(|| format!("`{css}` does not scroll: {said}"))?;
    Ok(Frames { per_second: frames / 2.0, slowest_ms })
}

/// Returns the time from the start of the page's process until the page is ready, in milliseconds.
async fn ready_ms(window: &Window) -> Result<f64> {
    let ready = eventually("the page to be ready", || async {
        let said = window
            .page()
            .execute(
                "const ready = performance.getEntriesByName('ready')[0];
                return ready ? performance.timeOrigin + ready.startTime : null",
                Vec::new(),
            )
            .await?;
        Ok(said.as_f64())
    })
    .await?;
    let uptime = clock_gettime(ClockId::Boottime);
    let uptime = Duration::new(uptime.tv_sec.try_into()?, uptime.tv_nsec.try_into()?);
    let booted = SystemTime::now().duration_since(UNIX_EPOCH)?.saturating_sub(uptime);
    let started = booted + stat(window.pid()?)?.started;
    Ok(ready - started.as_secs_f64() * 1000.0)
}

fn processor_time(pid: u32) -> Result<Duration> {
    Ok(family(pid)?.into_iter().filter_map(|pid| Some(stat(pid).ok()?.used)).sum())
}

/// The proportional memory of a window's processes.
fn memory_mib(window: &Window) -> Result<f64> {
    let mut kib = 0;
    for pid in family(window.pid()?)? {
        // one that ended meanwhile has none
        let Ok(text) = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("smaps_rollup"))
        else {
            continue;
        };
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
        kib += line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(as_float(kib) / 1024.0)
}

/// Returns the window's memory once it changes no more.
async fn settled_memory_mib(window: &Window) -> Result<f64> {
    let mut last = memory_mib(window)?;
    for _ in 0..30 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = memory_mib(window)?;
        if (now - last).abs() < last / 200.0 {
            return Ok(now);
        }
        last = now;
    }
    Ok(last)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "sizes of a window fit a f64 many times over")]
fn as_float(count: u64) -> f64 {
    count as f64
}
