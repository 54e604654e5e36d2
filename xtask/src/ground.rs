//! The ground the rest stands on: programs and libraries of the system, installed with its own package manager.

mod packages;

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

pub(crate) use packages::{BROWSER, BUILD, DESKTOP, NODE, Need, PYTHON, SANDBOX, WINDOW};

use crate::browser;
use crate::tree::{Tree, find_program, show, succeeds};
use packages::Probe;

/// What was asked for and is not there.
#[derive(Default)]
pub(crate) struct Ground {
    missing: Vec<&'static Need>,
}

impl Ground {
    /// Installs what is missing of the groups, as far as this machine lets it, and keeps the rest in mind.
    pub(crate) fn prepare(groups: &[&'static [Need]]) -> Result<Self> {
        let wanted = missing(groups);
        if wanted.is_empty() {
            return Ok(Self::default());
        }
        install(&wanted)?;
        Ok(Self { missing: missing(groups) })
    }

    /// Looks again, after something was brought here in another way.
    pub(crate) fn look_again(&mut self) {
        self.missing.retain(|need| !is_there(&need.probe));
    }

    /// What of the groups is missing, in words; `None` when all is there.
    pub(crate) fn lacks(&self, groups: &[&'static [Need]]) -> Option<String> {
        let lacking = self
            .missing
            .iter()
            .filter(|need| groups.iter().any(|group| group.iter().any(|other| other.name == need.name)));
        let names: Vec<&str> = lacking.map(|need| need.name).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// Fails when something of the group is missing.
    pub(crate) fn require(&self, group: &'static [Need]) -> Result<()> {
        match self.lacks(&[group]) {
            None => Ok(()),
            Some(names) => bail!("missing on this machine: {names}; install it and run this again"),
        }
    }
}

/// Whether a window can open here.
pub(crate) fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(not(target_os = "linux")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Whether this runs in CI, where lacking something is a failure.
pub(crate) fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

/// The first Chromium that starts: `CHROMIUM`, one on `PATH`, or one that was fetched. Ubuntu has a program of that name that
/// only tells people to install a snap.
pub(crate) fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").filter(|path| !path.is_empty()).map(PathBuf::from);
    let on_path = packages::CHROMIUMS.iter().filter_map(|name| find_program(name));
    let mut all = named.into_iter().chain(on_path).chain(browser::fetched(&Tree::here()));
    all.find(|program| succeeds(Command::new(program).arg("--version")))
}

/// A package manager of a family of systems.
struct Installer {
    program: &'static str,
    /// Position of its names in [`Need::packages`].
    column: usize,
    refresh: Option<&'static [&'static str]>,
    install: &'static [&'static str],
}

const INSTALLERS: [Installer; 4] = [
    Installer {
        program: "apt-get",
        column: 0,
        refresh: Some(&["update", "-q"]),
        install: &["install", "-q", "-y", "--no-install-recommends"],
    },
    Installer { program: "dnf", column: 1, refresh: None, install: &["install", "-y"] },
    Installer { program: "pacman", column: 2, refresh: None, install: &["-Sy", "--needed", "--noconfirm"] },
    Installer { program: "zypper", column: 3, refresh: None, install: &["--non-interactive", "install"] },
];

fn missing(groups: &[&'static [Need]]) -> Vec<&'static Need> {
    if cfg!(not(target_os = "linux")) {
        return Vec::new();
    }
    groups.iter().copied().flatten().filter(|need| !is_there(&need.probe)).collect()
}

fn is_there(probe: &Probe) -> bool {
    match probe {
        Probe::Program(name) => find_program(name).is_some(),
        Probe::PythonVenv => succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"])),
        Probe::Chromium => chromium().is_some(),
        Probe::Library(name) => succeeds(Command::new("pkg-config").args(["--exists", name])),
        Probe::StaticLibrary(file) => {
            // the compiler repeats the name of a file that it does not have
            let found = Command::new("cc").arg(format!("-print-file-name={file}")).output();
            found.is_ok_and(|output| output.stdout.trim_ascii() != file.as_bytes())
        }
        Probe::Fonts => {
            let listed = Command::new("fc-list").arg(":scalable=true").output();
            listed.is_ok_and(|output| !output.stdout.is_empty())
        }
    }
}

/// Installs what it can. A machine without a known package manager, or without the right to use it, is told what is
/// missing and goes on: whoever needs it decides whether that is a failure.
fn install(wanted: &[&'static Need]) -> Result<()> {
    let names: Vec<&str> = wanted.iter().map(|need| need.name).collect();
    println!("Missing on this machine: {}", names.join(", "));
    let Some(installer) = INSTALLERS.iter().find(|installer| find_program(installer.program).is_some())
    else {
        println!(
            "No package manager known here was found (apt-get, dnf, pacman, zypper): install it by hand."
        );
        return Ok(());
    };
    let of = |need: &'static Need| need.packages[installer.column].split_whitespace();
    let mut packages: Vec<&str> = wanted.iter().flat_map(|need| of(need)).collect();
    packages.sort_unstable();
    packages.dedup();
    if packages.is_empty() {
        println!("{} has no package for it: install it by hand.", installer.program);
        return Ok(());
    }
    let root = is_root();
    let mut line = if root { String::new() } else { "sudo ".to_owned() };
    write!(line, "{} {} {}", installer.program, installer.install.join(" "), packages.join(" "))?;
    if !root && find_program("sudo").is_none() {
        println!("Neither root nor sudo: ask somebody who may to run\n  {line}");
        return Ok(());
    }
    println!("To be installed with the system's package manager:\n  {line}");
    if !agreed()? {
        println!("Not installed.");
        return Ok(());
    }
    if let Some(refresh) = installer.refresh {
        // an unreachable mirror of a third party must not stop an install that works without it
        if let Err(error) = show(as_root(root, installer.program).args(refresh)) {
            println!("{error:#}; going on with the package lists there are");
        }
    }
    let install = |packages: &mut dyn Iterator<Item = &'static str>| {
        show(as_root(root, installer.program).args(installer.install).args(packages))
    };
    if let Err(error) = install(&mut packages.into_iter()) {
        // a name that this release does not have (Ubuntu has no `chromium`) must not keep the others away
        if wanted.len() == 1 {
            println!("{error:#}");
            return Ok(());
        }
        println!("{error:#}; going on one by one");
        for need in wanted.iter().filter(|need| of(need).next().is_some()) {
            if let Err(error) = install(&mut of(need)) {
                println!("{} is not to be had this way: {error:#}", need.name);
            }
        }
    }
    Ok(())
}

/// A person at the terminal is asked; a script is not kept waiting.
pub(crate) fn agreed() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(true);
    }
    print!("Go ahead? [Y/n] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("cannot read the answer")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"))
}

fn as_root(root: bool, program: &str) -> Command {
    let mut command = Command::new(if root { program } else { "sudo" });
    if !root {
        if !std::io::stdin().is_terminal() {
            // nobody is there to type a password
            command.arg("--non-interactive");
        }
        // sudo drops the environment
        command.args(["env", "DEBIAN_FRONTEND=noninteractive", program]);
    }
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
