//! Every folder beneath `tests/scenarios` is a case: the files in `input/`, the patch in `patch.txt`, and then either the files
//! in `expected/` or the message in `error.txt`.

use apply_patch::{decode, parse, propose, render};
use protocol::PatchKind;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

type Tree = BTreeMap<String, Vec<u8>>;

/// The files of a folder by path; a folder that is not there has none.
fn tree(root: &Path) -> Tree {
    let mut files = Tree::new();
    let mut ahead = vec![root.to_owned()];
    while let Some(folder) = ahead.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                ahead.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    files
}

/// A path without `.` and `..`, as the files of a tree are named.
fn plain(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn apply(input: &Tree, patch: &str) -> Result<Tree, String> {
    let patch = parse(patch).map_err(|error| error.to_string())?;
    let changes = propose(&patch, &mut |path| Ok(input.get(&plain(path)).cloned()))
        .map_err(|error| error.to_string())?;
    let mut output = input.clone();
    for change in changes {
        let name = plain(&change.path);
        let original = output.remove(&name);
        let original = match &change.kind {
            PatchKind::Add => None,
            PatchKind::Delete => continue,
            PatchKind::Update { move_to: Some(to) } if change.hunks.is_empty() => {
                output.insert(plain(to), original.unwrap());
                continue;
            }
            PatchKind::Update { .. } => original.as_deref().map(|bytes| decode(bytes).unwrap()),
        };
        let text = render(original, change.hunks.iter().map(|hunk| (hunk, None)))
            .map_err(|error| error.to_string())?;
        let name = match change.kind {
            PatchKind::Update { move_to: Some(to) } => plain(&to),
            _ => name,
        };
        output.insert(name, text.into_bytes());
    }
    Ok(output)
}

fn readable(outcome: &Result<Tree, String>) -> String {
    match outcome {
        Ok(tree) => {
            let files =
                tree.iter().map(|(path, bytes)| format!("{path}: {:?}", String::from_utf8_lossy(bytes)));
            files.collect::<Vec<_>>().join("\n")
        }
        Err(message) => message.clone(),
    }
}

#[test]
fn every_scenario() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut folders: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() > 50, "only {} scenarios", folders.len());
    let mut wrong = Vec::new();
    for folder in folders {
        let patch = fs::read_to_string(folder.join("patch.txt")).unwrap();
        let outcome = apply(&tree(&folder.join("input")), &patch);
        let expected = match fs::read_to_string(folder.join("error.txt")) {
            Ok(message) => Err(message.trim_end_matches('\n').to_owned()),
            Err(_) => Ok(tree(&folder.join("expected"))),
        };
        if outcome != expected {
            let name = folder.file_name().unwrap().display().to_string();
            wrong.push(format!("== {name}\nexpected\n{}\ngot\n{}", readable(&expected), readable(&outcome)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
