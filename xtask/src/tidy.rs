//! Rules that no compiler holds: the pure crates stay pure, nothing in the tree names the machine it was made on, and every row of
//! the behaviour and every promise of the security has its tests.

mod known;
mod promises;
mod rows;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::tree::{Tree, stdout};

/// Crates that only compute: no clock, no files, no network, no environment, no tasks.
const PURE: [&str; 3] = ["engine", "apply-patch", "view"];

/// What a pure crate must not say, and why.
const IMPURE: [(&str, &str); 13] = [
    ("async fn", "it decides, and waits for nothing"),
    ("async move", "it decides, and waits for nothing"),
    (".await", "it decides, and waits for nothing"),
    ("tokio", "it knows no runtime"),
    ("reqwest", "it knows no network"),
    ("std::fs", "it reads and writes no file"),
    ("std::net", "it knows no network"),
    ("std::env", "what it must know is an argument"),
    ("std::process", "it starts nothing"),
    ("std::thread", "it starts nothing"),
    ("std::time::Instant", "time is an argument"),
    ("Instant::now", "time is an argument"),
    ("SystemTime", "time is an argument"),
];

/// Crates that must not be beneath a pure one.
const IMPURE_CRATES: [&str; 6] = ["tokio", "reqwest", "hyper", "mio", "async_io", "rustix"];

/// Package registries. A lock file may name one by its index; a source, a script or a page must not depend on one.
const REGISTRIES: [&str; 4] = [
    concat!("registry.", "npmjs.org"),
    concat!("static.", "crates.io"),
    concat!("files.", "pythonhosted.org"),
    concat!("deb.", "debian.org"),
];

/// Past this many lines a file is usually two rooms.
const LONG_FILE: usize = 500;

pub(crate) fn check(tree: &Tree) -> Result<()> {
    let files = tree.files()?;
    let mut faults = Vec::new();
    purity(tree, &files, &mut faults)?;
    let known = known::Known::find(tree, &files);
    rows::check(tree, &known, &mut faults)?;
    promises::check(tree, &known, &mut faults)?;
    let long = contents(tree, &files, &mut faults)?;
    for (file, lines) in long {
        println!("long: {file} has {lines} lines");
    }
    if faults.is_empty() {
        return Ok(());
    }
    for fault in &faults {
        println!("{fault}");
    }
    bail!("{} of the tree's rules are broken, as listed above", faults.len())
}

fn purity(tree: &Tree, files: &[String], faults: &mut Vec<String>) -> Result<()> {
    for name in PURE {
        let room = format!("crates/{name}/src/");
        let sources = files.iter().filter(|file| file.starts_with(&room) && is_source(file, &["rs"]));
        for file in sources {
            let Ok(text) = fs::read_to_string(tree.path(file)) else { continue };
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for (word, why) in IMPURE.iter().filter(|(word, _)| code.contains(word)) {
                    faults.push(format!("{file}:{}: `{word}` in a pure crate: {why}", number + 1));
                }
            }
        }
        let package = format!("countersign-{name}");
        let args =
            ["tree", "--locked", "-p", &package, "-e", "normal", "--prefix", "none", "--format", "{lib}"];
        let beneath = stdout(&mut tree.cargo(args))?;
        for library in IMPURE_CRATES.iter().filter(|name| beneath.lines().any(|line| line == **name)) {
            faults.push(format!("crates/{name}: `{library}` is beneath a pure crate"));
        }
    }
    Ok(())
}

/// Looks through every text file once, and returns the long ones.
fn contents<'a>(tree: &Tree, files: &'a [String], faults: &mut Vec<String>) -> Result<Vec<(&'a str, usize)>> {
    let here = tree.path("");
    let here = here.to_str().context("the path of the checkout is not text")?.trim_end_matches('/');
    let mut long = Vec::new();
    for file in files {
        // pictures are not text, and a file may be gone from disk but not yet from git
        let Ok(text) = fs::read_to_string(tree.path(file)) else { continue };
        for (number, line) in text.lines().enumerate() {
            if let Some(host) = REGISTRIES.iter().find(|host| line.contains(**host)) {
                faults.push(format!("{file}:{}: names the registry {host}", number + 1));
            }
            // a checkout in `/src` must not find itself in every path that has such a part
            if here.matches('/').count() > 1 && line.contains(here) {
                faults.push(format!("{file}:{}: names the folder of this checkout", number + 1));
            }
        }
        let lines = text.lines().count();
        if is_source(file, &["rs", "ts", "svelte"])
            && lines > LONG_FILE
            && !file.starts_with("ui/src/bindings/")
        {
            long.push((file.as_str(), lines));
        }
    }
    Ok(long)
}

fn is_source(file: &str, languages: &[&str]) -> bool {
    Path::new(file).extension().is_some_and(|end| languages.iter().any(|language| end == *language))
}
