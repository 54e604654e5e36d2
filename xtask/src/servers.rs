//! Installing the third-party servers that tests talk to, in Node and in Python. They are no part of the app.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::checkout::Checkout;
use crate::node::NodeRuntime;
use crate::prerequisites::{PYTHON, Prerequisites};
use crate::python::PythonEnvironment;
use crate::terminal::in_ci;

/// List of the packages in Python, each with its exact version.
const REQUIREMENTS: &str = "tests/python-requirements.txt";

/// Installs the servers that are missing. Without Python or its packages their tests are skipped with a message; in CI that
/// is a failure.
pub(crate) fn install(checkout: &Checkout, node: &NodeRuntime, prerequisites: &Prerequisites) -> Result<()> {
    node.install_packages(checkout, "tests/mcp")?;
    match prerequisites.missing_of(&[PYTHON]) {
        None => match install_python(checkout) {
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
fn install_python(checkout: &Checkout) -> Result<()> {
    let requirements = fs::read_to_string(checkout.path(REQUIREMENTS))
        .with_context(|| format!("cannot read {REQUIREMENTS}"))?;
    PythonEnvironment::install(checkout, checkout.target().join("python"), &requirements).map(drop)
}
