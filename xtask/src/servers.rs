//! The servers that tests talk to: real ones, by others, in Node and in Python. Never part of the app.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::node::Node;
use crate::prerequisites::{PYTHON, Prerequisites};
use crate::python::PythonEnvironment;
use crate::terminal::in_ci;
use crate::tree::Tree;

/// The packages in Python, exactly which.
const REQUIREMENTS: &str = "tests/python-requirements.txt";

/// Installs what is not installed yet. Where Python or its packages cannot be had, their tests are skipped, loudly; in CI that is a
/// failure.
pub(crate) fn install(tree: &Tree, node: &Node, prerequisites: &Prerequisites) -> Result<()> {
    node.install_packages(tree, "tests/mcp")?;
    match prerequisites.missing_of(&[PYTHON]) {
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

/// Installs the packages into `target/python`.
fn install_python(tree: &Tree) -> Result<()> {
    let requirements =
        fs::read_to_string(tree.path(REQUIREMENTS)).with_context(|| format!("cannot read {REQUIREMENTS}"))?;
    PythonEnvironment::install(tree, tree.target().join("python"), &requirements).map(drop)
}
