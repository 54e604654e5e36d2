//! Undo and redo of tasks whose commands do anything to files.

use super::findings::Findings;
use super::program::Program;
use super::tree::Tree;
use crate::model_server::{ModelServer, Reply};
use anyhow::{Result, ensure};
use fastrand::Rng;

/// Names that commands work on: few, so that they meet.
const NAMES: [&str; 9] = ["a", "b", "c.txt", "d", "d/e", "d/f", "d/g/h", "é ü", "big"];

/// Runs random tasks one after the other until `tasks` of them changed something, each undone and redone: undo must lead to
/// exactly what was before, redo to exactly what was after. `seed` makes the same tasks.
pub async fn undo_random_tasks(program: &Program, tasks: usize, seed: u64) -> Result<Findings> {
    let server = ModelServer::start(Vec::new()).await?;
    program.use_server(&server)?;
    let mut rng = Rng::with_seed(seed);
    let mut findings = Findings::default();
    for number in 0.. {
        if !findings.needs_another(number, tasks) {
            break;
        }
        let script = random_script(&mut rng);
        let before = Tree::read(&program.project())?;
        server.then(Reply::new().shell("c1", &["bash", "-c", &script]).completed());
        server.then(Reply::text("done"));
        let ran = program.run(&["exec", "go", "--approval", "never"]).await?;
        ensure!(ran.code == Some(0), "task {number} of seed {seed}: {}", ran.said);
        let after = Tree::read(&program.project())?;
        if after == before {
            continue;
        }
        findings.runs += 1;
        let what = |what: &str, tree: &Tree, wanted: &Tree, said: &str| {
            let differs = tree.difference(wanted);
            format!("task {number} of seed {seed} ({script}): {what} {differs:?}: {said}")
        };
        let undone = program.run(&["undo", "--last", "--yes"]).await?;
        let tree = Tree::read(&program.project())?;
        findings.check(tree == before, || what("undo is wrong at", &tree, &before, &undone.said));
        let redone = program.run(&["redo", "--last", "--yes"]).await?;
        let tree = Tree::read(&program.project())?;
        findings.check(tree == after, || what("redo is wrong at", &tree, &after, &redone.said));
    }
    Ok(findings)
}

fn random_script(rng: &mut Rng) -> String {
    let steps: Vec<String> = (0..rng.usize(1..8)).map(|_| random_step(rng)).collect();
    // a step that does not apply is no failure of the task
    steps.join("; ")
}

fn random_step(rng: &mut Rng) -> String {
    let (name, other, number) =
        (NAMES[rng.usize(..NAMES.len())], NAMES[rng.usize(..NAMES.len())], rng.u32(..));
    match rng.usize(..14) {
        0 | 1 => format!("mkdir -p \"$(dirname '{name}')\"; printf 'text {number}\\n' > '{name}'"),
        2 => format!("printf 'more {number}\\n' >> '{name}'"),
        3 => format!("printf '\\000\\377{number}' > '{name}'"),
        4 => format!("rm -rf '{name}'"),
        5 | 6 => format!("mv '{name}' '{other}'"),
        7 => format!("mkdir -p '{name}'"),
        8 => format!("chmod {} '{name}'", ["600", "644", "755", "700"][rng.usize(..4)]),
        9 => format!("ln -sfn '{other}' '{name}'"),
        10 => format!("cp -r '{name}' '{other}'"),
        11 => format!("head -c {} /dev/zero > '{name}'", rng.u32(1..2_000_000)),
        12 => format!(": > '{name}'"),
        _ => format!("printf 'x' > .t{number}; mv .t{number} '{name}'"),
    }
}
