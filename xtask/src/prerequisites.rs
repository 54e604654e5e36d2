//! Prerequisites: programs and libraries of the system, installed with its own package manager.

mod packages;

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

pub(crate) use packages::{
    BROWSER, BUILD, DEBIAN_RUST, DESKTOP, EVERYDAY, NODE, PYTHON, Prerequisite, SANDBOX, STRACE, WINDOW,
};

use crate::checkout::{Checkout, execute, find_program, succeeds};
use crate::chromium;
use crate::terminal::confirm;
use packages::Probe;

/// The prerequisites that were asked for and could not be installed.
#[derive(Default)]
pub(crate) struct Prerequisites {
    missing: Vec<&'static Prerequisite>,
}

impl Prerequisites {
    /// Installs the missing ones of `groups`, as far as this machine allows, and remembers the rest.
    pub(crate) fn install(groups: &[&'static [Prerequisite]]) -> Result<Self> {
        let wanted = missing(groups);
        if wanted.is_empty() {
            return Ok(Self::default());
        }
        install(&wanted)?;
        Ok(Self { missing: missing(groups) })
    }

    /// Probes the missing ones again, after something was installed in another way.
    pub(crate) fn refresh(&mut self) {
        self.missing.retain(|prerequisite| !is_installed(&prerequisite.probe));
    }

    /// Returns the names of the missing ones of `groups`, joined by commas; `None` when all are there.
    pub(crate) fn missing_of(&self, groups: &[&'static [Prerequisite]]) -> Option<String> {
        let wanted = |name: &str| groups.iter().any(|group| group.iter().any(|other| other.name == name));
        let names = self.missing.iter().map(|prerequisite| prerequisite.name);
        let names: Vec<&str> = names.filter(|name| wanted(name)).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// Fails when one of the group is missing.
    pub(crate) fn require(&self, group: &'static [Prerequisite]) -> Result<()> {
        match self.missing_of(&[group]) {
            None => Ok(()),
            Some(names) => bail!("missing on this machine: {names}; install it and run this again"),
        }
    }
}

/// A package manager of a family of systems.
struct Installer {
    program: &'static str,
    /// Position of its names in [`Prerequisite::packages`].
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

fn missing(groups: &[&'static [Prerequisite]]) -> Vec<&'static Prerequisite> {
    if cfg!(not(target_os = "linux")) {
        return Vec::new();
    }
    groups.iter().copied().flatten().filter(|prerequisite| !is_installed(&prerequisite.probe)).collect()
}

fn is_installed(probe: &Probe) -> bool {
    match probe {
        Probe::Program(name) => find_program(name).is_some(),
        Probe::PythonVenv => succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"])),
        Probe::Chromium => chromium::find(&Checkout::here()).is_some(),
        Probe::Path(path) => Path::new(path).exists(),
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

/// Installs `wanted` as far as it can. Without a known package manager, or the right to use it, prints the missing ones
/// and succeeds: the caller decides whether that is a failure.
fn install(wanted: &[&'static Prerequisite]) -> Result<()> {
    let names: Vec<&str> = wanted.iter().map(|prerequisite| prerequisite.name).collect();
    println!("Missing on this machine: {}", names.join(", "));
    let Some(installer) = INSTALLERS.iter().find(|installer| find_program(installer.program).is_some())
    else {
        println!("No known package manager was found (apt-get, dnf, pacman, zypper): install it by hand.");
        return Ok(());
    };
    let names_of =
        |prerequisite: &'static Prerequisite| prerequisite.packages[installer.column].split_whitespace();
    let mut packages: Vec<&str> = wanted.iter().flat_map(|prerequisite| names_of(prerequisite)).collect();
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
        println!("This needs root, and there is no sudo. Ask an administrator to run\n  {line}");
        return Ok(());
    }
    println!("Installing with the system's package manager:\n  {line}");
    if !confirm()? {
        println!("Not installed.");
        return Ok(());
    }
    if let Some(refresh) = installer.refresh {
        // an unreachable mirror of a third party must not stop an install that works without it
        if let Err(error) = execute(as_root(root, installer.program).args(refresh)) {
            println!("{error:#}; continuing with the package lists of the last update");
        }
    }
    let install = |packages: &mut dyn Iterator<Item = &'static str>| {
        execute(as_root(root, installer.program).args(installer.install).args(packages))
    };
    if let Err(error) = install(&mut packages.into_iter()) {
        // a name that this release does not have (Ubuntu has no `chromium`) must not keep the others away
        if wanted.len() == 1 {
            println!("{error:#}");
            return Ok(());
        }
        println!("{error:#}; installing one by one");
        for prerequisite in wanted.iter().filter(|prerequisite| names_of(prerequisite).next().is_some()) {
            if let Err(error) = install(&mut names_of(prerequisite)) {
                println!("{} could not be installed: {error:#}", prerequisite.name);
            }
        }
    }
    Ok(())
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
