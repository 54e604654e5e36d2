//! `cargo xtask test`: everything CI runs, step by step, stopping at the first failure.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::binaries::{build_sandbox, built, whole_workspace};
use crate::node::Node;
use crate::prerequisites::{
    BROWSER, BUILD, DESKTOP, NODE, PYTHON, Prerequisite, Prerequisites, SANDBOX, WINDOW,
};
use crate::terminal::in_ci;
use crate::tree::{Tree, show};
use crate::{chromium, playwright, servers, tidy};

/// One thing that is checked.
struct Step {
    name: &'static str,
    about: &'static str,
    /// What the system must have for it. Lacking it skips the step, loudly; in CI it fails.
    needs: &'static [&'static [Prerequisite]],
    /// What it installs besides, and does less without.
    wants: &'static [&'static [Prerequisite]],
    run: fn(&Site<'_>) -> Result<()>,
}

/// What the steps work on.
struct Site<'a> {
    tree: &'a Tree,
    prerequisites: Prerequisites,
}

impl Site<'_> {
    fn has_window(&self) -> bool {
        self.prerequisites.missing_of(&[WINDOW]).is_none()
    }

    fn node(&self) -> Result<Node> {
        Node::find(self.tree)
    }

    fn cargo(&self, command: &str) -> Command {
        let mut cargo = whole_workspace(self.tree, command, self.has_window());
        // under somebody's desktop the window's tests would run twice, and on theirs
        cargo.env_remove("COUNTERSIGN_DESKTOP");
        cargo
    }
}

const STEPS: [Step; 9] = [
    Step { name: "fmt", about: "the code is formatted", needs: &[], wants: &[], run: fmt },
    Step {
        name: "tidy",
        about: "pure crates are pure; nothing names this machine; every row and every promise has its tests",
        needs: &[],
        wants: &[],
        run: tidy_up,
    },
    Step { name: "ui", about: "the pages: types, unit tests, build", needs: &[], wants: &[], run: ui },
    Step {
        name: "clippy",
        about: "no warning in any crate or test",
        needs: &[BUILD],
        wants: &[],
        run: clippy,
    },
    Step { name: "build", about: "every executable builds", needs: &[BUILD], wants: &[], run: build },
    Step {
        name: "bindings",
        about: "the TypeScript is what Rust would write",
        needs: &[BUILD],
        wants: &[],
        run: bindings,
    },
    Step {
        name: "rust",
        about: "the tests of every crate, and end to end",
        needs: &[BUILD, SANDBOX],
        wants: &[NODE, PYTHON],
        run: rust,
    },
    Step {
        name: "web",
        about: "the pages on the real host, in Chromium",
        needs: &[BUILD, BROWSER],
        wants: &[],
        run: web,
    },
    Step {
        name: "window",
        about: "the real window, by WebDriver, on a headless desktop",
        needs: &[BUILD, WINDOW, SANDBOX, DESKTOP],
        wants: &[],
        run: window,
    },
];

/// How a step ended.
enum Outcome {
    Passed(Duration),
    Skipped(String),
}

pub(crate) fn list() {
    for step in &STEPS {
        println!("{:<9} {}", step.name, step.about);
    }
}

pub(crate) fn test(tree: &Tree, only: Option<&str>) -> Result<()> {
    let steps: Vec<&Step> = STEPS.iter().filter(|step| only.is_none_or(|name| name == step.name)).collect();
    if steps.is_empty() {
        let names = STEPS.map(|step| step.name).join(", ");
        bail!("there is no step `{}`; the steps are {names}", only.unwrap_or_default());
    }
    let mut groups: Vec<&'static [Prerequisite]> =
        steps.iter().flat_map(|step| [step.needs, step.wants]).flatten().copied().collect();
    // the window is compiled with the rest wherever it can be, and its pages with it
    groups.extend([WINDOW, NODE]);
    let mut site = Site { tree, prerequisites: Prerequisites::install(&groups)? };
    // nothing that matters can be checked then
    site.prerequisites.require(BUILD)?;
    if site.prerequisites.missing_of(&[BROWSER]).is_some() {
        if let Err(error) = site.node().and_then(|node| playwright::download_chromium(tree, &node)) {
            println!("{error:#}");
        }
        site.prerequisites.refresh();
    }

    tell_room(tree);
    let mut outcomes = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        println!("\n== {}/{} {}: {}", number + 1, steps.len(), step.name, step.about);
        let outcome = take(&site, step).with_context(|| {
            format!("step `{}` failed; to run only it again: cargo xtask test {}", step.name, step.name)
        });
        match outcome {
            Ok(outcome) => outcomes.push((step.name, outcome)),
            Err(error) => {
                summarise(&outcomes);
                println!("  {:<9} FAILED", step.name);
                tell_room(tree);
                return Err(error);
            }
        }
    }
    summarise(&outcomes);
    Ok(())
}

/// Says how much room there is where things are built and where tests work: what fails for want of it fails in odd ways.
fn tell_room(tree: &Tree) {
    let mut df = tree.command("df");
    df.args(["-h", "--"]).arg(tree.path(".")).arg(std::env::temp_dir());
    if let Err(error) = show(&mut df) {
        println!("{error:#}");
    }
}

fn take(site: &Site<'_>, step: &Step) -> Result<Outcome> {
    if let Some(names) = site.prerequisites.missing_of(step.needs) {
        let why = format!("this machine lacks {names}");
        if in_ci() {
            bail!("{why}");
        }
        println!("SKIPPED: {why}");
        return Ok(Outcome::Skipped(why));
    }
    let started = Instant::now();
    (step.run)(site)?;
    let took = started.elapsed();
    println!("== {} passed in {}", step.name, seconds(took));
    Ok(Outcome::Passed(took))
}

fn summarise(outcomes: &[(&str, Outcome)]) {
    println!("\nSummary");
    let mut all = Duration::ZERO;
    for (name, outcome) in outcomes {
        match outcome {
            Outcome::Passed(took) => {
                all += *took;
                println!("  {name:<9} passed  {:>8}", seconds(*took));
            }
            Outcome::Skipped(why) => println!("  {name:<9} SKIPPED {why}"),
        }
    }
    println!("  {:<9}         {:>8}", "in all", seconds(all));
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

fn fmt(site: &Site<'_>) -> Result<()> {
    show(&mut site.tree.cargo(["fmt", "--all", "--check"]))
}

fn tidy_up(site: &Site<'_>) -> Result<()> {
    tidy::check(site.tree)
}

fn ui(site: &Site<'_>) -> Result<()> {
    let node = site.node()?;
    node.install_packages(site.tree, "ui")?;
    for script in ["check", "test", "build"] {
        show(&mut node.npm(site.tree, "ui", &["run", "--silent", script]))?;
    }
    Ok(())
}

fn clippy(site: &Site<'_>) -> Result<()> {
    // the window's crate embeds the pages when it compiles
    site.node()?.build_pages(site.tree)?;
    show(site.cargo("clippy").args(["--all-targets", "--", "-D", "warnings"]))
}

fn build(site: &Site<'_>) -> Result<()> {
    site.node()?.build_pages(site.tree)?;
    show(site.cargo("build").arg("--bins"))
}

fn bindings(site: &Site<'_>) -> Result<()> {
    build(site)?;
    show(site.tree.command(built(site.tree, false, "bindings")).arg("--check"))
}

fn rust(site: &Site<'_>) -> Result<()> {
    // tests start the sandbox and the command line from the target folder
    build(site)?;
    servers::install(site.tree, &site.node()?, &site.prerequisites)?;
    let mut cargo = site.cargo("test");
    if cfg!(target_os = "linux") {
        cargo.env("COUNTERSIGN_SANDBOX_HELPER", shipped_sandbox(site.tree)?);
    }
    show(&mut cargo)
}

/// The sandbox's helper as a person gets it, where cargo does not replace it by one of its own.
fn shipped_sandbox(tree: &Tree) -> Result<PathBuf> {
    let built = build_sandbox(tree, false)?;
    let dir = tree.target().join("debug/shipped");
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let helper = dir.join(built.file_name().unwrap_or_default());
    std::fs::copy(&built, &helper).with_context(|| format!("cannot write {}", helper.display()))?;
    Ok(helper)
}

fn web(site: &Site<'_>) -> Result<()> {
    build(site)?;
    let place = Place::new("web")?;
    let sample = place.0.join("sample");
    show(site.tree.command(built(site.tree, false, "countersign")).arg("practice-sample").arg(&sample))?;
    let mut host = site.tree.command(built(site.tree, false, "web-host"));
    host.arg("--home").arg(place.0.join("home")).arg("--practice").arg("--open").arg(&sample);
    host.arg("--pick").arg(&sample).arg("--dist").arg(site.tree.path("ui/dist"));
    let host = WebHost::start(&mut host)?;
    let mut npm = site.node()?.npm(site.tree, "ui", &["run", "--silent", "e2e"]);
    npm.env("COUNTERSIGN_WEB_URL", &host.url).env("COUNTERSIGN_SAMPLE", &sample);
    npm.env("COUNTERSIGN_BIN", site.tree.target().join("debug"));
    if let Some(chromium) = chromium::find(site.tree) {
        npm.env("CHROMIUM", chromium);
    }
    show(&mut npm)
}

fn window(site: &Site<'_>) -> Result<()> {
    build(site)?;
    let cargo = site.cargo("test");
    let mut desktop = site.tree.command("bash");
    desktop.arg("tests/desktop/with-desktop.sh").arg(cargo.get_program()).args(cargo.get_args());
    show(desktop.args(["--test", "window", "--", "--test-threads=1", "--nocapture"]))
}

/// A folder of this run alone, gone when it ends.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Result<Self> {
        let dir = std::env::temp_dir().join(format!("countersign-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        Ok(Self(dir))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

fn remove(dir: &Path) {
    if let Err(error) = std::fs::remove_dir_all(dir) {
        println!("cannot remove {}: {error}", dir.display());
    }
}

/// The host on HTTP that the pages talk to in a browser; ended with this value.
struct WebHost {
    child: Child,
    url: String,
}

impl WebHost {
    fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start web-host")?;
        let printed = child.stdout.take().context("web-host has no output")?;
        let mut line = String::new();
        BufReader::new(printed).read_line(&mut line).context("cannot read what web-host prints")?;
        let url = line.trim().strip_prefix("listening on ").map(str::to_owned);
        let mut host = Self { child, url: String::new() };
        host.url =
            url.with_context(|| format!("web-host printed {line:?} where its address was expected"))?;
        Ok(host)
    }
}

impl Drop for WebHost {
    fn drop(&mut self) {
        if self.child.kill().and_then(|()| self.child.wait()).is_err() {
            println!("web-host ({}) did not end", self.child.id());
        }
    }
}
