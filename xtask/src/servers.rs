//! The servers that tests talk to: real ones, by others, in Node and in Python. Never part of the app.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::ground::{Ground, PYTHON, in_ci};
use crate::node::Node;
use crate::tree::{Tree, show};

/// The packages in Python, exactly which.
const REQUIREMENTS: &str = "tests/python-requirements.txt";

/// Installs what is not installed yet. Where Python or its packages cannot be had, their tests are skipped, loudly; in CI that is a
/// failure.
pub(crate) fn install(tree: &Tree, node: &Node, ground: &Ground) -> Result<()> {
    node.install_packages(tree, "tests/mcp")?;
    match ground.lacks(&[PYTHON]) {
        None => match install_python(tree) {
            Err(error) if !in_ci() => {
                println!("SKIPPED: the tests with servers in Python: {error:#}");
                Ok(())
            }
            installed => installed,
        },
        Some(names) if in_ci() => bail!("this machine lacks {names}"),
        Some(names) => {
            println!("SKIPPED: the tests with servers in Python, because this machine lacks {names}");
            Ok(())
        }
    }
}

/// Makes the virtual environment `python` in the target folder, unless it is of these very requirements.
fn install_python(tree: &Tree) -> Result<()> {
    let wanted = fs::read(tree.path(REQUIREMENTS)).with_context(|| format!("cannot read {REQUIREMENTS}"))?;
    let home = tree.target().join("python");
    let installed = home.join("installed-requirements.txt");
    if fs::read(&installed).is_ok_and(|before| before == wanted) {
        return Ok(());
    }
    show(tree.command("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
    let mut pip = tree.command(home.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    // the list is whole, and what is installed is used once or twice: neither compiled copies nor archives are worth their disk
    pip.args(["--no-deps", "--no-compile", "--no-cache-dir", "--requirement", REQUIREMENTS]);
    // the system's folder for temporary files is often a small disk in memory
    let unpacked = home.join("unpacked");
    fs::create_dir_all(&unpacked).with_context(|| format!("cannot create {}", unpacked.display()))?;
    show(pip.env("TMPDIR", &unpacked))?;
    fs::write(&installed, wanted).with_context(|| format!("cannot write {}", installed.display()))
}
