//! Rule: pure crates use no clock, files, network, environment or tasks, and depend on no library that does.

use std::fs;

use anyhow::Result;

use super::sources::has_extension;
use crate::checkout::{Checkout, capture};

/// Names of the pure crates.
const PURE: [&str; 3] = ["engine", "apply-patch", "view"];

/// Words that the code of a pure crate does not contain, each with the reason.
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

/// Libraries that no pure crate depends on.
const IMPURE_CRATES: [&str; 6] = ["tokio", "reqwest", "hyper", "mio", "async_io", "rustix"];

pub(super) fn check(checkout: &Checkout, files: &[String], faults: &mut Vec<String>) -> Result<()> {
    for name in PURE {
        let room = format!("crates/{name}/src/");
        let sources = files.iter().filter(|file| file.starts_with(&room) && has_extension(file, "rs"));
        for file in sources {
            let Ok(text) = fs::read_to_string(checkout.path(file)) else { continue };
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
        let beneath = capture(&mut checkout.cargo(args))?;
        for library in IMPURE_CRATES.iter().filter(|name| beneath.lines().any(|line| line == **name)) {
            faults.push(format!("crates/{name}: `{library}` is a dependency of a pure crate: move the code that needs it to the crate that uses this one"));
        }
    }
    Ok(())
}
