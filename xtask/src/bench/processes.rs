//! Section: starting processes, bare, contained, and the command line.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::figures::milliseconds;
use crate::binaries::built;
use crate::checkout::Checkout;

/// Number of runs of each command. The commands take turns, so that all see the same machine.
const RUNS: usize = 200;

/// A measured command; the first of the list is the baseline.
struct Measured {
    what: String,
    budget: &'static str,
    command: Command,
    /// Text for its standard input.
    input: String,
    times: Vec<Duration>,
}

impl Measured {
    fn new(what: &str, command: Command) -> Self {
        Self { what: what.to_owned(), budget: "", command, input: String::new(), times: Vec::new() }
    }

    fn run(&mut self) -> Result<Duration> {
        let started = Instant::now();
        let mut child =
            self.command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(self.input.as_bytes())?;
        }
        let status = child.wait()?;
        let took = started.elapsed();
        // the time of a failure says nothing
        ensure!(status.success(), "{} ended with {status}, so it cannot be measured", self.what);
        Ok(took)
    }
}

/// Measures the commands and returns their table.
pub(super) fn section(checkout: &Checkout, place: &Path) -> Result<String> {
    table(measure(checkout, place)?)
}

fn measure(checkout: &Checkout, place: &Path) -> Result<Vec<Measured>> {
    let countersign = built(checkout, true, "countersign");
    let command = |program: &Path, args: &[&str]| {
        let mut command = Command::new(program);
        command.args(args).current_dir(place);
        command
    };
    let mut measured = vec![
        Measured::new("`/bin/true`", command("/bin/true".as_ref(), &[])),
        Measured::new("`countersign --version`", command(&countersign, &["--version"])),
    ];
    for level in ["none", "partial", "full"] {
        let helper = built(checkout, true, "countersign-sandbox");
        let mut contained =
            Measured::new(&format!("contained, level {level}"), command(&helper, &["--", "/bin/true"]));
        contained.input = policy(level, place);
        if level == "full" {
            contained.budget = "10 ms more than bare";
        }
        // warm, and not every machine has every level
        match contained.run() {
            Ok(_) => measured.push(contained),
            Err(error) => println!("{error:#}"),
        }
    }
    let args = ["sandbox", "--sandbox", "workspace-write", "--", "/bin/true"];
    let mut whole =
        Measured::new("`countersign sandbox -- /bin/true`, its probe included", command(&countersign, &args));
    whole.run()?;
    measured.push(whole);
    for _ in 0..RUNS {
        for one in &mut measured {
            let took = one.run()?;
            one.times.push(took);
        }
    }
    Ok(measured)
}

/// Returns the helper's policy: writes in `place` only, no network, one protected name.
fn policy(level: &str, place: &Path) -> String {
    let place = place.display();
    format!(
        r#"{{"level":"{level}","cwd":"{place}","writable":["{place}"],"protected_names":[".git"],"hidden":[],"network":"none","nonce":"bench"}}"#
    )
}

fn table(measured: Vec<Measured>) -> Result<String> {
    let mut text = format!(
        "## Starting a command\n\nMedians of {RUNS} runs that take turns, so that the ratios hold on a busy machine too.\n\n"
    );
    text.push_str("| what | median | 90 % within | against bare | budget |\n|---|---|---|---|---|\n");
    let mut baseline = None;
    for mut one in measured {
        one.times.sort_unstable();
        let median = one.times[one.times.len() / 2];
        let most = one.times[one.times.len() * 9 / 10];
        let baseline = *baseline.get_or_insert(median);
        writeln!(
            text,
            "| {} | {} | {} | {:.1} x, {} more | {} |",
            one.what,
            milliseconds(1000.0 * median.as_secs_f64()),
            milliseconds(1000.0 * most.as_secs_f64()),
            median.as_secs_f64() / baseline.as_secs_f64(),
            milliseconds(1000.0 * median.saturating_sub(baseline).as_secs_f64()),
            one.budget,
        )?;
    }
    Ok(text)
}
