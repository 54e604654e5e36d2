//! Kills at random moments of a task with patches and commands.

use super::findings::Findings;
use super::program::{Program, Ran};
use super::tree::Tree;
use crate::model_server::{ModelServer, Received, Reply};
use anyhow::{Result, ensure};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Files each patch changes.
const FILES: usize = 40;

/// File the commands of a task write to.
const LOG: &str = "ran.log";

/// Calls of the task, in order; those that begin with `p` are patches.
const CALLS: [&str; 6] = ["p1", "c1", "p2", "c2", "p3", "c3"];

/// Kills a task at `kills` random moments before its end, goes on with it, and takes everything back: no patch may be half
/// written, no command may run twice, every request must be whole, and undo must lead back or name what it leaves.
pub async fn kill_at_random_moments(program: &Program, kills: usize) -> Result<Findings> {
    let invalid = Arc::new(Mutex::new(Vec::new()));
    let noted = invalid.clone();
    let server = ModelServer::with_policy(move |request| {
        noted.lock().unwrap_or_else(PoisonError::into_inner).extend(unpaired(request));
        reply_to(request)
    })
    .await?;
    let start = start(program, &server)?;
    let begun = Instant::now();
    let whole = exec(program).output().await?;
    let length = begun.elapsed();
    ensure!(whole.status.success(), "{}", Ran::of(whole).said);
    let mut findings = Findings::default();
    for number in 0.. {
        if !findings.needs_another(number, kills) {
            break;
        }
        std::fs::remove_dir_all(program.home())?;
        std::fs::create_dir(program.home())?;
        program.use_server(&server)?;
        start.write(&program.project())?;
        let moment = length.mul_f64(fastrand::f64());
        let hit = killed_after(program, moment).await?;
        findings.runs += usize::from(hit);
        let resumed = program.run(&["resume", "--last", "go on"]).await?;
        let what = |what: &str| format!("kill {number} after {moment:?}: {what}: {}", resumed.said);
        if resumed.said.contains("no session") {
            let tree = Tree::read(&program.project())?;
            findings.check(tree == start, || what("something was done, and no session says so"));
            continue;
        }
        findings.check(resumed.code == Some(0), || what("it does not go on"));
        check_whole(program, &mut findings, &what)?;
        for invalid in invalid.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            findings.check(false, || what(&invalid));
        }
        // the task that was killed, and what went on with it
        let told = program.run(&["undo", "1", "--last", "--yes"]).await?.said;
        for left in Tree::read(&program.project())?.difference(&start) {
            let left = left.display().to_string();
            let unnamed = format!("undo left {left} without a word: {told}");
            findings.check(told.contains(&left), || what(&unnamed));
        }
    }
    Ok(findings)
}

fn start(program: &Program, server: &ModelServer) -> Result<Tree> {
    program.use_server(server)?;
    for number in 0..FILES {
        std::fs::write(program.project().join(name(number)), "0\n")?;
    }
    Tree::read(&program.project())
}

fn name(number: usize) -> String {
    format!("f{number:02}.txt")
}

fn exec(program: &Program) -> tokio::process::Command {
    program.command(&["exec", "go", "--approval", "never", "--sandbox", "danger-full-access"])
}

/// Reports whether the program was still running when the kill came.
async fn killed_after(program: &Program, moment: Duration) -> Result<bool> {
    let mut child =
        exec(program).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn()?;
    let hit = tokio::time::timeout(moment, child.wait()).await.is_err();
    child.kill().await?;
    Ok(hit)
}

/// Checks that each patch is in all files or in none, and that no command ran twice.
fn check_whole(program: &Program, findings: &mut Findings, what: &dyn Fn(&str) -> String) -> Result<()> {
    let mut contents = BTreeMap::<String, usize>::new();
    for number in 0..FILES {
        *contents.entry(std::fs::read_to_string(program.project().join(name(number)))?).or_default() += 1;
    }
    findings.check(contents.len() == 1, || what(&format!("half written: {contents:?}")));
    let log = std::fs::read_to_string(program.project().join(LOG)).unwrap_or_default();
    for call in CALLS {
        let times = log.lines().filter(|line| *line == call).count();
        findings.check(times <= 1, || what(&format!("{call} ran {times} times")));
    }
    Ok(())
}

/// Returns the next call of the task that was not asked for yet, or the end of it.
fn reply_to(request: &Received) -> Reply {
    let asked = |call: &str| request.input().iter().any(|item| item["call_id"] == call);
    let Some(next) = CALLS.iter().find(|call| !asked(call)) else { return Reply::text("done") };
    if next.starts_with('c') {
        let command = format!("echo {next} >> {LOG}; for i in 1 2 3 4 5; do echo $i; done");
        return Reply::new().shell(next, &["bash", "-c", &command]).completed();
    }
    // a patch that was cut off is not tried again: the next one takes up what it finds
    let from = written(request);
    let mut body = String::new();
    for number in 0..FILES {
        // writing to a String cannot fail
        let _ = writeln!(body, "*** Update File: {}\n-{from}\n+{}", name(number), from + 1);
    }
    Reply::new().apply_patch(next, &body).completed()
}

/// Returns the number of patches that the request says were written.
fn written(request: &Received) -> usize {
    CALLS
        .iter()
        .filter(|call| call.starts_with('p'))
        .filter(|call| {
            request
                .output_of(call)
                .is_some_and(|output| output.contains("written") && !output.starts_with("aborted"))
        })
        .count()
}

/// Returns what a strict vendor would refuse: calls without an answer, answers without a call, either twice.
fn unpaired(request: &Received) -> Vec<String> {
    let mut ids: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for item in request.input() {
        let Some(id) = item["call_id"].as_str() else { continue };
        let counts = ids.entry(id).or_default();
        match item["type"].as_str().unwrap_or_default() {
            kind if kind.ends_with("_output") => counts.1 += 1,
            _ => counts.0 += 1,
        }
    }
    let odd = ids.into_iter().filter(|(_, counts)| *counts != (1, 1));
    odd.map(|(id, (calls, answers))| format!("request with {calls} calls and {answers} answers of {id}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;
    use serde_json::{Value, json};

    fn request(items: Value) -> Received {
        Received {
            uri: String::new(),
            headers: BTreeMap::new(),
            body: json!({ "input": items }),
            bytes: Vec::new(),
        }
    }

    #[test]
    fn calls_and_answers_that_do_not_pair_are_found() -> Result<()> {
        let call = json!({"type": "function_call", "call_id": "c1"});
        let answer = json!({"type": "function_call_output", "call_id": "c1", "output": ""});
        ensure!(unpaired(&request(json!([call, answer]))).is_empty());
        for items in
            [json!([call]), json!([answer]), json!([call, call, answer]), json!([call, answer, answer])]
        {
            unpaired(&request(items.clone())).pop().with_context(|| items.to_string())?;
        }
        Ok(())
    }
}
