//! Virtual environments of Python in the target folder: servers that tests talk to, and tools that PyPI carries as programs.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::checkout::{Checkout, execute};

/// A virtual environment and the packages in it.
pub(crate) struct PythonEnvironment {
    dir: PathBuf,
}

impl PythonEnvironment {
    /// Creates the environment in `dir` and installs `requirements`, unless it holds exactly these.
    ///
    /// The list must be complete: dependencies that it does not name are not installed.
    pub(crate) fn install(checkout: &Checkout, dir: PathBuf, requirements: &str) -> Result<Self> {
        let environment = Self { dir };
        let installed = environment.dir.join("installed-requirements.txt");
        if fs::read(&installed).is_ok_and(|before| before == requirements.as_bytes()) {
            return Ok(environment);
        }
        execute(checkout.command("python3").args(["-m", "venv", "--clear"]).arg(&environment.dir))?;
        let list = environment.dir.join("requirements.txt");
        fs::write(&list, requirements).with_context(|| format!("cannot write {}", list.display()))?;
        let mut pip = checkout.command(environment.program("python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        // the packages are used once or twice: neither compiled copies nor archives are worth their disk
        pip.args(["--no-deps", "--no-compile", "--no-cache-dir", "--requirement"]).arg(&list);
        // the system's folder for temporary files is often a small disk in memory
        let unpacked = environment.dir.join("unpacked");
        fs::create_dir_all(&unpacked).with_context(|| format!("cannot create {}", unpacked.display()))?;
        execute(pip.env("TMPDIR", &unpacked))?;
        fs::write(&installed, requirements)
            .with_context(|| format!("cannot write {}", installed.display()))?;
        Ok(environment)
    }

    /// Returns the path of a program that a package brings.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.dir.join("bin").join(name)
    }
}
