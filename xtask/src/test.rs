//! `cargo xtask test`: the steps of CI, up to the first failure, or all of them.

use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::binaries::{build_sandbox, built, whole_workspace};
use crate::checkout::{Checkout, execute};
use crate::node::NodeRuntime;
use crate::prerequisites::{
    BROWSER, BUILD, DESKTOP, EVERYDAY, NODE, PYTHON, Prerequisite, Prerequisites, SANDBOX, STRACE, WINDOW,
};
use crate::soak::run_parts;
use crate::terminal::in_ci;
use crate::{chromium, deps, playwright, servers, tidy};

/// A check that can run by itself.
struct TestStep {
    name: &'static str,
    about: &'static str,
    /// Prerequisites without which the step is skipped with a message; in CI that is a failure.
    needs: &'static [&'static [Prerequisite]],
    /// Prerequisites that are installed too, without which the step checks less.
    wants: &'static [&'static [Prerequisite]],
    run: fn(&TestContext<'_>) -> Result<()>,
}

/// Checkout and prerequisites that the steps share.
struct TestContext<'a> {
    checkout: &'a Checkout,
    prerequisites: Prerequisites,
    /// Checks that steps left out, each with the reason.
    skipped: RefCell<Vec<String>>,
}

impl TestContext<'_> {
    fn has_window(&self) -> bool {
        self.prerequisites.missing_of(&[WINDOW]).is_none()
    }

    fn node(&self) -> Result<NodeRuntime> {
        NodeRuntime::find(self.checkout)
    }

    fn cargo(&self, command: &str) -> Command {
        let mut cargo = whole_workspace(self.checkout, command, self.has_window());
        // under somebody's desktop the window's tests would run twice, and on theirs
        cargo.env_remove("COUNTERSIGN_DESKTOP");
        cargo
    }
}

const STEPS: [TestStep; 11] = [
    TestStep { name: "fmt", about: "the code is formatted", needs: &[], wants: &[], run: fmt },
    TestStep {
        name: "tidy",
        about: "the rules of the code base that no compiler checks",
        needs: &[],
        wants: &[],
        run: tidy_up,
    },
    TestStep {
        name: "deps",
        about: "licences, bans and known vulnerabilities of dependencies",
        needs: &[],
        wants: &[PYTHON],
        run: deps,
    },
    TestStep { name: "ui", about: "the pages: types, unit tests, build", needs: &[], wants: &[], run: ui },
    TestStep {
        name: "clippy",
        about: "no warning in any crate or test",
        needs: &[BUILD],
        wants: &[],
        run: clippy,
    },
    TestStep { name: "build", about: "every executable builds", needs: &[BUILD], wants: &[], run: build },
    TestStep {
        name: "bindings",
        about: "the TypeScript is what Rust would write",
        needs: &[BUILD],
        wants: &[],
        run: bindings,
    },
    TestStep {
        name: "rust",
        about: "the tests of every crate, and end to end",
        needs: &[BUILD, SANDBOX],
        wants: &[NODE, PYTHON, STRACE, EVERYDAY],
        run: rust,
    },
    TestStep {
        name: "soak",
        about: "a sample of the soak tests: kills, and undo of random tasks",
        needs: &[BUILD, SANDBOX, STRACE],
        wants: &[],
        run: soak,
    },
    TestStep {
        name: "web",
        about: "the pages on the real host, in Chromium",
        needs: &[BUILD, BROWSER],
        wants: &[],
        run: web,
    },
    TestStep {
        name: "window",
        about: "the real window, by WebDriver, on a headless desktop",
        needs: &[BUILD, WINDOW, SANDBOX, DESKTOP],
        wants: &[],
        run: window,
    },
];

/// Result of a step that did not fail.
enum StepOutcome {
    Passed(Duration),
    Skipped(String),
}

pub(crate) fn list() {
    for step in &STEPS {
        println!("{:<9} {}", step.name, step.about);
    }
}

/// Runs the steps, or `only` the one of that name; goes on after a step that failed if `keep_going` is set.
pub(crate) fn test(checkout: &Checkout, only: Option<&str>, keep_going: bool) -> Result<()> {
    let steps: Vec<&TestStep> =
        STEPS.iter().filter(|step| only.is_none_or(|name| name == step.name)).collect();
    if steps.is_empty() {
        let names = STEPS.map(|step| step.name).join(", ");
        bail!("there is no step `{}`; the steps are {names}", only.unwrap_or_default());
    }
    let mut groups: Vec<&'static [Prerequisite]> =
        steps.iter().flat_map(|step| [step.needs, step.wants]).flatten().copied().collect();
    // the window is compiled with the rest wherever it can be, and its pages with it
    groups.extend([WINDOW, NODE]);
    let mut context = TestContext {
        checkout,
        prerequisites: Prerequisites::install(&groups)?,
        skipped: RefCell::default(),
    };
    // nothing that matters can be checked then
    context.prerequisites.require(BUILD)?;
    if context.prerequisites.missing_of(&[BROWSER]).is_some() {
        if let Err(error) = context.node().and_then(|node| playwright::download_chromium(checkout, &node)) {
            println!("{error:#}");
        }
        context.prerequisites.refresh();
    }

    print_free_space(checkout);
    let (mut outcomes, mut failures) = (Vec::new(), Vec::new());
    for (number, step) in steps.iter().enumerate() {
        println!("\n== {}/{} {}: {}", number + 1, steps.len(), step.name, step.about);
        let outcome = run_step(&context, step).with_context(|| {
            format!("step `{}` failed; to run only it again: cargo xtask test {}", step.name, step.name)
        });
        match outcome {
            Ok(outcome) => outcomes.push((step.name, outcome)),
            Err(error) => {
                println!("{error:#}");
                failures.push((step.name, error));
                if !keep_going {
                    break;
                }
            }
        }
    }
    print_summary(&context, &outcomes);
    for (name, _) in &failures {
        println!("  {name:<9} FAILED");
    }
    let Some((_, error)) = failures.into_iter().next() else { return Ok(()) };
    print_free_space(checkout);
    Err(error)
}

/// Prints the free space of the build folder and the folder for temporary files: a full disk fails in odd ways.
fn print_free_space(checkout: &Checkout) {
    let mut df = checkout.command("df");
    df.args(["-h", "--"]).arg(checkout.path(".")).arg(std::env::temp_dir());
    if let Err(error) = execute(&mut df) {
        println!("{error:#}");
    }
}

fn run_step(context: &TestContext<'_>, step: &TestStep) -> Result<StepOutcome> {
    if let Some(names) = context.prerequisites.missing_of(step.needs) {
        let why = format!("this machine lacks {names}");
        if in_ci() {
            bail!("{why}");
        }
        println!("SKIPPED: {why}");
        return Ok(StepOutcome::Skipped(why));
    }
    let started = Instant::now();
    (step.run)(context)?;
    let took = started.elapsed();
    println!("== {} passed in {}", step.name, seconds(took));
    Ok(StepOutcome::Passed(took))
}

fn print_summary(context: &TestContext<'_>, outcomes: &[(&str, StepOutcome)]) {
    println!("\nSummary");
    let mut all = Duration::ZERO;
    for (name, outcome) in outcomes {
        match outcome {
            StepOutcome::Passed(took) => {
                all += *took;
                println!("  {name:<9} passed  {:>8}", seconds(*took));
            }
            StepOutcome::Skipped(why) => println!("  {name:<9} SKIPPED {why}"),
        }
    }
    println!("  {:<9}         {:>8}", "in all", seconds(all));
    for check in context.skipped.borrow().iter() {
        println!("  NOT CHECKED: {check}");
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

fn fmt(context: &TestContext<'_>) -> Result<()> {
    execute(&mut context.checkout.cargo(["fmt", "--all", "--check"]))
}

fn tidy_up(context: &TestContext<'_>) -> Result<()> {
    tidy::check(context.checkout)
}

fn deps(context: &TestContext<'_>) -> Result<()> {
    let has_python = context.prerequisites.missing_of(&[PYTHON]).is_none();
    let skipped = deps::check(context.checkout, &context.node()?, has_python)?;
    context.skipped.borrow_mut().extend(skipped);
    Ok(())
}

fn ui(context: &TestContext<'_>) -> Result<()> {
    let node = context.node()?;
    node.install_packages(context.checkout, "ui")?;
    for script in ["check", "test", "build"] {
        execute(&mut node.npm(context.checkout, "ui", &["run", "--silent", script]))?;
    }
    Ok(())
}

fn clippy(context: &TestContext<'_>) -> Result<()> {
    // the window's crate embeds the pages when it compiles
    context.node()?.build_pages(context.checkout)?;
    execute(context.cargo("clippy").args(["--all-targets", "--", "-D", "warnings"]))
}

fn build(context: &TestContext<'_>) -> Result<()> {
    context.node()?.build_pages(context.checkout)?;
    execute(context.cargo("build").arg("--bins"))
}

fn bindings(context: &TestContext<'_>) -> Result<()> {
    build(context)?;
    execute(context.checkout.command(built(context.checkout, false, "bindings")).arg("--check"))
}

fn rust(context: &TestContext<'_>) -> Result<()> {
    // tests start the sandbox and the command line from the target folder
    build(context)?;
    servers::install(context.checkout, &context.node()?, &context.prerequisites)?;
    let mut cargo = context.cargo("test");
    cargo.arg("--no-fail-fast");
    if cfg!(target_os = "linux") {
        cargo.env("COUNTERSIGN_SANDBOX_HELPER", shipped_sandbox(context.checkout)?);
    }
    execute(&mut cargo)
}

/// Builds the sandbox's helper as it is shipped, and copies it to a place where cargo does not overwrite it.
fn shipped_sandbox(checkout: &Checkout) -> Result<PathBuf> {
    let built = build_sandbox(checkout, false)?;
    let dir = checkout.target().join("debug/shipped");
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let helper = dir.join(built.file_name().unwrap_or_default());
    std::fs::copy(&built, &helper).with_context(|| format!("cannot write {}", helper.display()))?;
    Ok(helper)
}

fn soak(context: &TestContext<'_>) -> Result<()> {
    build(context)?;
    print!("{}", run_parts(context.checkout, true)?);
    Ok(())
}

fn web(context: &TestContext<'_>) -> Result<()> {
    build(context)?;
    let place = RunDir::new("web")?;
    let sample = place.0.join("sample");
    execute(
        context
            .checkout
            .command(built(context.checkout, false, "countersign"))
            .arg("practice-sample")
            .arg(&sample),
    )?;
    let mut host = context.checkout.command(built(context.checkout, false, "web-host"));
    host.arg("--home").arg(place.0.join("home")).arg("--practice").arg("--open").arg(&sample);
    host.arg("--pick").arg(&sample).arg("--dist").arg(context.checkout.path("ui/dist"));
    let host = WebHost::start(&mut host)?;
    let mut npm = context.node()?.npm(context.checkout, "ui", &["run", "--silent", "e2e"]);
    npm.env("COUNTERSIGN_WEB_URL", &host.url).env("COUNTERSIGN_SAMPLE", &sample);
    npm.env("COUNTERSIGN_BIN", context.checkout.target().join("debug"));
    if let Some(chromium) = chromium::find(context.checkout) {
        npm.env("CHROMIUM", chromium);
    }
    execute(&mut npm)
}

fn window(context: &TestContext<'_>) -> Result<()> {
    build(context)?;
    let cargo = context.cargo("test");
    let mut desktop = context.checkout.command("bash");
    desktop.arg("tests/desktop/with-desktop.sh").arg(cargo.get_program()).args(cargo.get_args());
    execute(desktop.args(["--test", "window", "--", "--test-threads=1", "--nocapture"]))
}

/// Temporary folder of this run; removed on drop.
struct RunDir(PathBuf);

impl RunDir {
    fn new(name: &str) -> Result<Self> {
        let dir = std::env::temp_dir().join(format!("countersign-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        Ok(Self(dir))
    }
}

impl Drop for RunDir {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

fn remove(dir: &Path) {
    if let Err(error) = std::fs::remove_dir_all(dir) {
        println!("cannot remove {}: {error}", dir.display());
    }
}

/// Process of the HTTP host that the pages talk to in a browser; killed on drop.
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
            println!("web-host ({}) could not be killed", self.child.id());
        }
    }
}
