//! Section: the real window, in WebKitGTK on a headless desktop.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;

use super::figures::value;
use crate::binaries::built;
use crate::checkout::{Checkout, capture};
use crate::node::NodeRuntime;
use crate::prerequisites::{DESKTOP, NODE, Prerequisites, WINDOW};

/// Budget of start and memory, as a multiple of an empty window's.
const AGAINST_EMPTY: f64 = 1.2;

/// Executables and examples of the section.
pub(super) const PROGRAMS: (&[&str], &[&str]) = (&["countersign-desktop", "window-bench"], &["empty"]);

/// Installs what the window needs to be built and shown, and builds its pages.
pub(super) fn prepare(checkout: &Checkout) -> Result<()> {
    let prerequisites = Prerequisites::install(&[WINDOW, NODE, DESKTOP])?;
    prerequisites.require(WINDOW)?;
    prerequisites.require(DESKTOP)?;
    NodeRuntime::find(checkout)?.build_pages(checkout)
}

/// Measures the window and returns its table.
pub(super) fn section(checkout: &Checkout, _: &Path) -> Result<String> {
    let mut bench = checkout.command("bash");
    bench.arg("tests/desktop/with-desktop.sh").arg(built(checkout, true, "window-bench"));
    let told = capture(&mut bench)?;
    table(&told)
}

fn table(told: &str) -> Result<String> {
    let number = |name: &str| value::<f64>(told, name);
    let mut text = String::from(
        "## The window\n\nIn WebKitGTK under WebDriver, painted by the processor (`--safe-graphics`). What stands against an empty window of \
         Tauri's was measured in turns with it.\n\n| what | measured | budget |\n|---|---|---|\n",
    );
    let mut row =
        |what: &str, measured: String, budget: &str| writeln!(text, "| {what} | {measured} | {budget} |");
    let (ready, empty) = (number("ready_ms")?, number("empty_ready_ms")?);
    let budget = format!("{AGAINST_EMPTY} x");
    row(
        "process start to prompt accepted, against an empty window's second frame",
        format!("{ready:.0} ms, {empty:.0} ms: {:.2} x", ready / empty),
        &budget,
    )?;
    let (memory, empty) = (number("memory_mib")?, number("empty_memory_mib")?);
    row(
        "memory (proportional) of all processes, idle on a project, against an empty window's",
        format!("{memory:.0} MiB, {empty:.0} MiB: {:.2} x", memory / empty),
        &budget,
    )?;
    row(
        "processor when idle",
        format!(
            "{:.1} % of a core, {:.1} % while a caret blinks",
            number("idle_percent")?,
            number("idle_caret_percent")?
        ),
        "1 %",
    )?;
    row(
        "opening a session of 100,000 rows",
        format!(
            "{:.0} ms ({:.0} MiB of transcript)",
            number("long_session_ms")?,
            number("long_session_mib")?
        ),
        "300 ms",
    )?;
    row(
        "scrolling it",
        format!(
            "{:.0} frames a second, the slowest {:.0} ms",
            number("long_session_fps")?,
            number("long_session_slowest_frame_ms")?
        ),
        "55",
    )?;
    row(
        "a jump into a hunk of 50,000 lines, until its lines are painted",
        format!("{:.0} ms", number("long_diff_ms")?),
        "100 ms",
    )?;
    row(
        "scrolling it",
        format!(
            "{:.0} frames a second, the slowest {:.0} ms",
            number("long_diff_fps")?,
            number("long_diff_slowest_frame_ms")?
        ),
        "55",
    )?;
    row(
        "opening the review of 5,000 hunks in 500 files, until its first lines are painted",
        format!("{:.0} ms", number("review_ms")?),
        "200 ms",
    )?;
    row(
        "scrolling it",
        format!(
            "{:.0} frames a second, the slowest {:.0} ms",
            number("review_fps")?,
            number("review_slowest_frame_ms")?
        ),
        "55",
    )?;
    row(
        "key press in the composer to its frame, nothing else going on",
        format!(
            "median {:.0} ms, 99 % within {:.0} ms",
            number("key_idle_median_ms")?,
            number("key_idle_99_ms")?
        ),
        "",
    )?;
    row(
        "the same, while 200,000 pieces of an answer stream",
        format!(
            "median {:.0} ms, 99 % within {:.0} ms, the slowest {:.0} ms, of {} keys in {:.1} s",
            number("key_median_ms")?,
            number("key_99_ms")?,
            number("key_slowest_ms")?,
            value::<u32>(told, "keys")?,
            number("stream_seconds")?
        ),
        "50 ms at 99 %",
    )?;
    row(
        "memory before that answer, and after",
        format!(
            "{:.0} MiB, {:.0} MiB",
            number("stream_memory_before_mib")?,
            number("stream_memory_after_mib")?
        ),
        "no growth",
    )?;
    Ok(text)
}
