//! A session that dies at any moment goes on: no record is lost, no command runs twice, the next request is valid (B29).
//!
//! The story is told by a model that answers from what it is shown alone, so that it goes on from wherever the session stands.
//! Every command of it leaves a mark outside the project when it runs.

use anyhow::{Context, Result, bail, ensure};
use countersign_tests::harness::{Harness, Session};
use countersign_tests::model_server::{ModelServer, Received, Reply};
use protocol::{ApprovalPolicy, EventMsg, Fact, Op, Policies, Record, ReviewDecision, SandboxPolicy};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

const COMMANDS: [&str; 7] = ["c1", "c2", "c3", "c6", "c7", "c9", "c10"];
const FILES: [(&str, &str); 2] = [("a.txt", "one\ntwo\nthree\n"), ("b.txt", "one\n")];

/// Turns of the story: the calls each makes.
const TURNS: [&[&str]; 7] =
    [&["c1"], &["c2", "c3"], &["c4"], &["c5", "c6"], &["c7"], &["c8", "c9"], &["c10"]];

/// Answers a request: the calls of the first turn that are not answered yet.
fn answer(request: &Received, marks: &Path) -> Reply {
    let unanswered = |call: &&&str| request.output_of(call).is_none();
    let turn = TURNS.iter().map(|calls| calls.iter().filter(unanswered).collect::<Vec<_>>());
    let Some((number, calls)) = turn.enumerate().find(|(_, calls)| !calls.is_empty()) else {
        return Reply::text("That is the end of the story.");
    };
    let mut reply = Reply::new().reasoning("What is next?", &format!("sealed {number}"));
    reply = reply.message(&format!("Turn {number} it is."));
    for call in calls {
        reply = match *call {
            "c4" => {
                reply.apply_patch("c4", "*** Update File: a.txt\n@@\n-one\n+ONE\n*** Add File: c.txt\n+new\n")
            }
            "c5" => reply.function_call(
                "c5",
                "update_plan",
                &json!({"plan": [{"step": "go on", "status": "in_progress"}]}),
            ),
            "c8" => reply.apply_patch("c8", "*** Update File: b.txt\n@@\n-one\n+ONE\n"),
            call => {
                let script = format!("echo {call} >> {}; echo {call} was here", marks.display());
                reply.shell(call, &["bash", "-c", &script])
            }
        };
    }
    // a connection that breaks after the calls came: they run, and are not asked for again
    if number == 4 && !request.bytes.windows(8).any(|bytes| bytes == b"sealed 4") {
        return reply.cut();
    }
    reply.completed()
}

/// A story and the harness it runs on.
struct Scenario {
    harness: Harness,
    marks: TempDir,
}

impl Scenario {
    async fn new(approval: ApprovalPolicy) -> Result<Self> {
        // no sandbox: whether one is to be had is not what this is about
        let policies = Policies {
            approval,
            sandbox: SandboxPolicy::DangerFullAccess,
            review_patches: approval != ApprovalPolicy::Never,
        };
        let mut harness = Harness::new(policies, &FILES, vec![]).await?;
        let marks = TempDir::new()?;
        let file = marks.path().join("marks");
        harness.server = ModelServer::with_policy(move |request| answer(request, &file)).await?;
        harness.write_config()?;
        Ok(Self { harness, marks })
    }

    /// Returns the marks of the commands that ran, in order.
    fn marks(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.marks.path().join("marks")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Fails when something ran twice, or a request was not valid.
    fn check(&self) -> Result<()> {
        let marks = self.marks();
        let once: BTreeSet<_> = marks.iter().collect();
        ensure!(once.len() == marks.len(), "a command ran twice: {marks:?}");
        self.harness.server.requests().iter().try_for_each(check_request)
    }

    /// Fails unless the story has been told to its end.
    fn check_end(&self) -> Result<()> {
        let requests = self.harness.server.requests();
        let last = requests.last().context("a request")?;
        for call in TURNS.concat() {
            ensure!(last.output_of(call).is_some(), "{call} was never answered");
        }
        Ok(())
    }
}

/// Every call is answered once, after it and before anything else is said, and no reasoning stands at the end.
fn check_request(request: &Received) -> Result<()> {
    let mut open: Vec<&str> = Vec::new();
    let mut seen = HashSet::new();
    for item in request.input() {
        let kind = item["type"].as_str().unwrap_or("message");
        let call = item["call_id"].as_str();
        if kind.ends_with("_output") {
            let call = call.context("an output names its call")?;
            let at = open.iter().position(|one| *one == call);
            open.remove(at.with_context(|| format!("{call} is answered, but not open: {}", request.body))?);
        } else if let Some(call) = call {
            ensure!(seen.insert(call), "{call} is there twice: {}", request.body);
            open.push(call);
        } else if kind == "message" && item["role"] == "user" {
            ensure!(open.is_empty(), "{open:?} are not answered before the next prompt: {}", request.body);
        }
    }
    ensure!(open.is_empty(), "{open:?} are never answered: {}", request.body);
    let last = request.input().last().context("something is said")?;
    ensure!(last["type"] != "reasoning", "reasoning that led to nothing: {}", request.body);
    Ok(())
}

fn records(transcript: &[u8]) -> Result<Vec<Record>> {
    let lines = transcript.split(|byte| *byte == b'\n').skip(1).filter(|line| !line.is_empty());
    lines.map(|line| Ok(serde_json::from_slice(line)?)).collect()
}

/// Calls whose command was about to be started.
fn started(records: &[Record]) -> BTreeSet<String> {
    let calls = records.iter().filter_map(|record| match &record.fact {
        Fact::ExecStarted { call_id, .. } => Some(call_id.0.clone()),
        _ => None,
    });
    calls.collect()
}

/// Returns the whole lines of a file that may end in the middle of a line.
fn whole_lines(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    &bytes[..end]
}

/// Approves whatever is asked, and prompts until the story is told.
async fn tell_to_the_end(session: &mut Session) -> Result<()> {
    let mut waiting = BTreeMap::new();
    let mut is_told = false;
    let mut at = 0;
    let mut prompts = 0;
    let mut runs = false;
    loop {
        for event in &session.events()[at..] {
            match &event.msg {
                EventMsg::ApprovalRequested { approval } => {
                    waiting.insert(approval.call_id.clone(), approval.binding.clone());
                }
                EventMsg::ApprovalResolved { call_id, .. } => drop(waiting.remove(call_id)),
                EventMsg::TaskStarted { .. } => runs = true,
                EventMsg::TaskComplete { .. } => (runs, is_told) = (false, true),
                EventMsg::TurnAborted { .. } => runs = false,
                _ => {}
            }
        }
        at = session.events().len();
        while let Some((call_id, binding)) = waiting.pop_first() {
            let decision = ReviewDecision::Approved;
            session
                .submit(Op::Decide {
                    call_id,
                    binding,
                    decision,
                    hunks: None,
                    note: None,
                    comments: Vec::new(),
                    viewed: None,
                    unattended: false,
                })
                .await?;
        }
        if is_told && !runs {
            return Ok(());
        }
        if !runs {
            prompts += 1;
            ensure!(prompts < 5, "the story is not told to its end: {:#?}", session.events());
            session.ask("go on").await?;
            runs = true;
        }
        session.until("what comes next", |_| true).await?;
    }
}

/// Tells the story to its end, and gives its transcript.
async fn told(scenario: &Scenario) -> Result<Vec<u8>> {
    let mut session = scenario.harness.open(None).await?;
    tell_to_the_end(&mut session).await?;
    let path = session.transcript()?;
    session.shut_down().await?;
    scenario.check()?;
    scenario.check_end()?;
    ensure!(scenario.marks() == COMMANDS, "{:?}", scenario.marks());
    Ok(std::fs::read(path)?)
}

/// A small generator of numbers that are the same in every run (Knuth's constants for 64 bits).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % end
    }
}

/// Goes on with a story of which only so many bytes were written, in a world of its own.
async fn go_on_from(transcript: &str, before: &Scenario, bytes: usize) -> Result<()> {
    let scenario = Scenario::new(ApprovalPolicy::Untrusted).await?;
    // the paths of one temporary folder are as long as those of another
    let here = |text: &str, from: &Path, to: &Path| {
        text.replace(&from.display().to_string(), &to.display().to_string())
    };
    let text = here(transcript, before.harness.project(), scenario.harness.project());
    let text = here(&text, before.marks.path(), scenario.marks.path());
    ensure!(text.len() == transcript.len());
    let path = scenario.harness.home().join("sessions/2025/05/07/rollout-2025-05-07T17-24-21-cut.jsonl");
    std::fs::create_dir_all(path.parent().context("a folder")?)?;
    std::fs::write(&path, &text.as_bytes()[..bytes])?;
    let kept = whole_lines(&text.as_bytes()[..bytes]).to_vec();

    if kept.is_empty() {
        // not even its first line was written: nothing happened yet
        let error = transcript::read(&path).err().context("it is no transcript")?;
        ensure!(error.to_string().contains("is not a transcript"), "{error}");
        return Ok(());
    }
    let mut session = scenario.harness.open(Some(path.clone())).await?;
    tell_to_the_end(&mut session).await?;
    session.shut_down().await?;
    scenario.check()?;
    let after = std::fs::read(&path)?;
    ensure!(after.starts_with(&kept), "a record was lost");
    let before = records(&kept)?;
    if !before.iter().any(|record| matches!(record.fact, Fact::TaskCompleted { .. })) {
        scenario.check_end()?;
    }
    let before = started(&before);
    let ran: BTreeSet<_> = scenario.marks().into_iter().collect();
    let again: Vec<_> = ran.intersection(&before).collect();
    ensure!(again.is_empty(), "{again:?} had been started before, and ran again");
    let recorded = started(&records(&after)?);
    ensure!(ran.is_subset(&recorded), "{ran:?} ran, {recorded:?} are recorded");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b29_a_session_cut_at_180_random_bytes_goes_on_and_nothing_runs_twice() -> Result<()> {
    let scenario = Scenario::new(ApprovalPolicy::Untrusted).await?;
    let transcript = String::from_utf8(told(&scenario).await?)?;
    let mut dice = Dice(29);
    let cuts: Vec<_> = (0..180).map(|_| dice.below(transcript.len() + 1)).collect();
    for some in cuts.chunks(4) {
        let stories = some.iter().map(|&cut| {
            let (transcript, scenario) = (&transcript, &scenario);
            async move {
                go_on_from(transcript, scenario, cut).await.with_context(|| format!("cut after {cut} bytes"))
            }
        });
        futures_util::future::try_join_all(stories).await?;
    }
    Ok(())
}

/// A run of the program: what it said until it ended, or was killed.
struct Run {
    said: Vec<Value>,
    killed: bool,
}

/// Runs the program, and kills it (SIGKILL: it has no say in it) once it has said so many lines.
async fn run(scenario: &Scenario, args: &[&str], kill_after: Option<usize>) -> Result<Run> {
    let mut child = Command::new(crate::cli::countersign()?)
        .args(args)
        .env("COUNTERSIGN_HOME", scenario.harness.home())
        .env("COUNTERSIGN_NO_KEYCHAIN", "1")
        .current_dir(scenario.harness.project())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("a pipe")?).lines();
    let mut said = Vec::new();
    let mut killed = false;
    while let Some(line) = lines.next_line().await? {
        // killed in the middle of a line it says no more
        let Ok(event) = serde_json::from_str(&line) else { break };
        said.push(event);
        if Some(said.len()) == kill_after {
            child.start_kill()?;
            killed = true;
        }
    }
    let output = child.wait_with_output().await?;
    if !killed && output.status.code() != Some(0) {
        bail!("{args:?} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(Run { said, killed })
}

fn transcript_of(scenario: &Scenario) -> Option<PathBuf> {
    transcript::newest(&config::Home::at(scenario.harness.home()))
}

/// Fails when something was shown or done that is not in the transcript.
fn check_recorded(scenario: &Scenario, run: &Run, transcript: &[u8]) -> Result<()> {
    let recorded = started(&records(whole_lines(transcript))?);
    let begun = run.said.iter().filter(|event| event["msg"]["type"] == "exec_command_begin");
    for event in begun {
        let call = event["msg"]["call_id"].as_str().context("it names its call")?;
        ensure!(recorded.contains(call), "{call} was shown as begun, and is not recorded");
    }
    for mark in scenario.marks() {
        ensure!(recorded.contains(&mark), "{mark} ran, and is not recorded");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b29_a_program_killed_again_and_again_goes_on_and_nothing_runs_twice() -> Result<()> {
    let mut dice = Dice(9);
    let mut kills = 0;
    while kills < 24 {
        let scenario = Scenario::new(ApprovalPolicy::Never).await?;
        let mut before: Vec<u8> = Vec::new();
        let mut args = vec!["exec", "--json", "tell me a story"];
        for life in 0.. {
            let flags = ["--approval", "never", "--sandbox", "danger-full-access"];
            // let it come to its end now and then
            let kill_after = (life < 6).then(|| 3 + dice.below(40 + 10 * life));
            let run = run(&scenario, &[&args[..], &flags[..]].concat(), kill_after).await?;
            kills += usize::from(run.killed);
            let Some(path) = transcript_of(&scenario) else {
                ensure!(run.killed && scenario.marks().is_empty(), "what happened is recorded");
                continue;
            };
            let now = std::fs::read(path)?;
            ensure!(now.starts_with(whole_lines(&before)), "a record was lost");
            check_recorded(&scenario, &run, &now)?;
            before = now;
            args = vec!["resume", "--json", "--last", "go on"];
            if !run.killed {
                break;
            }
        }
        scenario.check()?;
        scenario.check_end()?;
    }
    Ok(())
}
