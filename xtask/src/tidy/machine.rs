//! Rule: no file names the machine it was written on.

use std::fs;

use anyhow::{Context, Result};

use crate::checkout::Checkout;

/// Hosts of package registries. A lock file may name one by its index; no source, script or page depends on one.
const REGISTRIES: [&str; 4] = [
    concat!("registry.", "npmjs.org"),
    concat!("static.", "crates.io"),
    concat!("files.", "pythonhosted.org"),
    concat!("deb.", "debian.org"),
];

pub(super) fn check(checkout: &Checkout, files: &[String], faults: &mut Vec<String>) -> Result<()> {
    let here = checkout.path("");
    let here = here.to_str().context("the path of the checkout is not text")?.trim_end_matches('/');
    for file in files {
        // pictures are not text, and a file may be gone from disk but not yet from git
        let Ok(text) = fs::read_to_string(checkout.path(file)) else { continue };
        for (index, line) in text.lines().enumerate() {
            if let Some(host) = REGISTRIES.iter().find(|host| line.contains(**host)) {
                faults
                    .push(format!("{file}:{}: names the registry {host}: name the package only", index + 1));
            }
            // a checkout in `/src` must not find itself in every path that has such a part
            if here.matches('/').count() > 1 && line.contains(here) {
                faults.push(format!(
                    "{file}:{}: names the folder of this checkout: use a relative path",
                    index + 1
                ));
            }
        }
    }
    Ok(())
}
