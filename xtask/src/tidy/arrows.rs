//! Rule: the crates depend on each other as `docs/architecture.md` says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};

use crate::checkout::Checkout;

/// Path of the page.
const PAGE: &str = "docs/architecture.md";

/// Heading of the list: indented lines `crate: dependency, dependency`.
const HEADING: &str = "## Arrows";

/// Beginning of the names of packages, which the page leaves out.
const PREFIX: &str = "countersign-";

pub(super) fn check(checkout: &Checkout, files: &[String], faults: &mut Vec<String>) -> Result<()> {
    let page = fs::read_to_string(checkout.path(PAGE)).with_context(|| format!("cannot read {PAGE}"))?;
    let mut actual = BTreeMap::new();
    for file in files.iter().filter(|file| file.ends_with("/Cargo.toml") && !file.starts_with("xtask/")) {
        // a file may be gone from disk but not yet from git
        let Ok(manifest) = fs::read_to_string(checkout.path(file)) else { continue };
        let dir = file.trim_end_matches("/Cargo.toml");
        actual.insert(dir.trim_start_matches("crates/").to_owned(), dependencies(&manifest));
    }
    compare(&page, &actual, faults);
    Ok(())
}

/// Returns the crates of this workspace that a manifest's non-test targets depend on.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut found = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]") && !line.contains("dev-") && !line.contains("build-");
        } else if let Some(rest) = line.strip_prefix(PREFIX).filter(|_| inside) {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(rest.len());
            found.insert(rest[..end].to_owned());
        }
    }
    found
}

fn compare(page: &str, actual: &BTreeMap<String, BTreeSet<String>>, faults: &mut Vec<String>) {
    let mut drawn = BTreeSet::new();
    let lines = page.lines().enumerate().skip_while(|(_, line)| *line != HEADING).skip(1);
    for (index, line) in lines.take_while(|(_, line)| !line.starts_with("## ")) {
        let Some((name, targets)) = line.strip_prefix("    ").and_then(|line| line.split_once(':')) else {
            continue;
        };
        drawn.insert(name);
        let targets: BTreeSet<String> = targets
            .split(',')
            .map(str::trim)
            .filter(|target| !target.is_empty())
            .map(str::to_owned)
            .collect();
        let Some(is) = actual.get(name) else {
            faults.push(format!("{PAGE}:{}: there is no crate `{name}`: remove the line", index + 1));
            continue;
        };
        for target in is.difference(&targets) {
            faults.push(format!(
                "{PAGE}:{}: `{name}` depends on `{target}`, and the page does not say so: remove the dependency, or draw the arrow \
                 with its reason in the paragraph of the crate",
                index + 1
            ));
        }
        for target in targets.difference(is) {
            faults.push(format!(
                "{PAGE}:{}: `{name}` does not depend on `{target}`: remove the arrow",
                index + 1
            ));
        }
    }
    for name in actual.keys().filter(|name| !drawn.contains(name.as_str())) {
        faults.push(format!("{PAGE}:1: the crate `{name}` is not under `{HEADING}`: add a line"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_that_differ_from_the_manifests_are_told() {
        let manifest = "[dependencies]\ncountersign-a.workspace = true\nserde = \"1\"\n[target.'cfg(unix)'.dependencies]\n\
                        countersign-b-c = { path = \"x\" }\n[dev-dependencies]\ncountersign-d.workspace = true\n";
        assert_eq!(dependencies(manifest).into_iter().collect::<Vec<_>>(), ["a", "b-c"]);

        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let actual = BTreeMap::from([
            ("a".to_owned(), set(&[])),
            ("e".to_owned(), set(&["a", "b-c"])),
            ("f".to_owned(), set(&["a"])),
        ]);
        let page = "# x\n    a: z\n## Arrows\n    a:\n    e: a, g\n    h: a\n## y\n    f: z\n";
        let mut faults = Vec::new();
        compare(page, &actual, &mut faults);
        let lines: Vec<_> = faults.iter().filter_map(|fault| fault.split(':').nth(1)).collect();
        assert_eq!(lines, ["5", "5", "6", "1"], "{faults:?}");
    }
}
