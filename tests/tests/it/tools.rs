//! Stories about tools that look, and commands in the background (B10, B12, B17, B18, B21, B25, B37).

use crate::cli;
use crate::driver::contained;
use crate::inside::level;
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, reviewing, unasked};
use countersign_tests::model_server::{Gate, Received, Reply};
use protocol::{CallId, ChangeSource, EndedBy, EventMsg, Op, Policies, SandboxLevel, SandboxPolicy};
use serde_json::{Value, json};
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

/// Holds a lock on a file for as long as it lives, and says when it has it.
const HOLDER: &str = "exec 9>alive; flock 9; echo holding; exec sleep 600";

pub(crate) fn call(id: &str, name: &str, arguments: &Value) -> Reply {
    Reply::new().function_call(id, name, arguments).completed()
}

fn background(id: &str, script: &str) -> Reply {
    call(id, "shell", &json!({"command": ["bash", "-c", script], "background": true}))
}

/// The answer to a call in the latest request.
pub(crate) fn told(harness: &Harness, call_id: &str) -> Result<String> {
    let requests = harness.server.requests();
    let answer = requests.iter().rev().find_map(|request| request.output_of(call_id));
    Ok(answer.with_context(|| format!("an answer to {call_id}"))?.to_owned())
}

async fn until_ended(session: &mut Session, call: &str) -> Result<EventMsg> {
    let ended = |msg: &EventMsg| matches!(msg, EventMsg::ExecCommandEnd { call_id, .. } if call_id.0 == call);
    if let Some(before) = session.said().find(|msg| ended(msg)) {
        return Ok(before.clone());
    }
    session.until("the command to end", ended).await
}

async fn until_holding(session: &mut Session) -> Result<()> {
    let printed = |msg: &EventMsg| matches!(msg, EventMsg::ExecCommandOutputDelta { chunk, .. } if chunk.contains("holding"));
    if !session.said().any(printed) {
        session.until("the command to hold its lock", printed).await?;
    }
    Ok(())
}

fn is_let_go(harness: &Harness) -> Result<bool> {
    Ok(File::open(harness.project().join("alive"))?.try_lock().is_ok())
}

#[tokio::test]
async fn b10_b12_looks_answer_in_the_order_of_their_calls() -> Result<()> {
    let looks = Reply::new()
        .function_call("c1", "read_file", &json!({"path": "src/a.rs"}))
        .function_call("c2", "list_dir", &json!({}))
        .function_call("c3", "grep_files", &json!({"pattern": "fn \\w+", "include": "*.rs"}))
        .function_call("c4", "view_image", &json!({"path": "dot.gif"}))
        .function_call("c5", "read_file", &json!({"path": "src/b.rs"}))
        .completed();
    let harness =
        Harness::new(reviewing(), &[("src/a.rs", "fn a() {}\n")], vec![looks, Reply::text("ok")]).await?;
    std::fs::write(harness.project().join("dot.gif"), DOT)?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("look").await?;
    ensure!(told(&harness, "c1")? == "     1\tfn a() {}\n");
    ensure!(told(&harness, "c2")?.starts_with("src/\n  a.rs  10 B\ndot.gif  "));
    ensure!(told(&harness, "c3")? == "src/a.rs:1: fn a() {}\n");
    ensure!(told(&harness, "c5")?.contains("'src/b.rs' does not exist; nearest names there: a.rs"));
    let request = &harness.server.requests()[1];
    ensure!(request.images() == 1, "the picture is shown to the model: {}", request.body);
    let answered = |request: &Received| -> Vec<String> {
        let answers = request.input().iter().filter(|item| item["type"] == "function_call_output");
        answers.filter_map(|item| item["call_id"].as_str().map(str::to_owned)).collect()
    };
    ensure!(answered(request) == ["c1", "c2", "c3", "c4", "c5"]);
    let ended: Vec<bool> = session
        .said()
        .filter_map(|msg| match msg {
            EventMsg::ToolCallEnd { result, .. } => Some(result.succeeded()),
            _ => None,
        })
        .collect();
    ensure!(ended.iter().filter(|success| **success).count() == 4 && ended.len() == 5, "{ended:?}");
    session.shut_down().await
}

/// One white pixel.
const DOT: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x01\x00\xff\xff\xff\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

#[tokio::test]
async fn b10_b12_what_only_looks_overlaps() -> Result<()> {
    let wait = json!({"id": "c1", "wait_ms": 60_000});
    let replies = vec![
        background("c1", "until [ -e go ]; do sleep 0.01; done; echo gone; sleep 600"),
        Reply::new()
            .function_call("c2", "command_output", &wait)
            .function_call("c3", "read_file", &json!({"path": "a.txt"}))
            .completed(),
        Reply::text("ok"),
    ];
    let harness = Harness::new(free(), &[("a.txt", "one\n")], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    let read =
        session.until("the second look to end", |msg| matches!(msg, EventMsg::ToolCallEnd { .. })).await?;
    ensure!(
        matches!(&read, EventMsg::ToolCallEnd { call_id, .. } if *call_id == CallId::from("c3")),
        "the first one still waits: {read:?}"
    );
    std::fs::write(harness.project().join("go"), "")?;
    session.until_done().await?;
    ensure!(told(&harness, "c2")?.contains("gone\n") && told(&harness, "c3")?.contains("one"));
    let request = &harness.server.requests()[2];
    let place = |id: &str| {
        let answer = |item: &Value| item["call_id"] == id && item["type"] == "function_call_output";
        request.input().iter().position(answer)
    };
    ensure!(place("c2") < place("c3") && place("c2").is_some(), "answers stand in the order of the calls");
    session.shut_down().await
}

fn free() -> Policies {
    Policies { sandbox: SandboxPolicy::DangerFullAccess, ..unasked() }
}

#[tokio::test]
async fn b12_b21_what_is_hidden_from_commands_is_hidden_from_tools_and_patches() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    let mut session = harness.open(None).await?;
    // a link in the project to the app's own config
    std::os::unix::fs::symlink(harness.home().join("config.toml"), harness.project().join("notes.toml"))?;
    let patch = "*** Update File: notes.toml\n@@\n-nothing like it\n+x\n";
    harness.server.then(
        Reply::new()
            .function_call("c1", "read_file", &json!({"path": "notes.toml"}))
            .function_call("c2", "grep_files", &json!({"pattern": "model", "path": harness.home()}))
            .function_call("c3", "list_dir", &json!({"path": harness.home()}))
            .function_call("c4", "grep_files", &json!({"pattern": "model"}))
            .function_call(
                "c5",
                "edit",
                &json!({"path": "notes.toml", "old_string": "nothing", "new_string": "x"}),
            )
            .apply_patch("c6", patch)
            .completed(),
    );
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("look").await?;
    for id in ["c1", "c2", "c3", "c5", "c6"] {
        let answer = told(&harness, id)?;
        ensure!(answer.contains("is hidden from this session"), "{id}: {answer}");
        ensure!(!answer.contains("model_provider") && !answer.contains("base_url"), "{id}: {answer}");
    }
    ensure!(told(&harness, "c4")?.starts_with("no line matches model"));
    session.shut_down().await
}

#[tokio::test]
async fn b12_b17_a_server_in_the_background_is_read_and_stopped_while_the_task_goes_on() -> Result<()> {
    let server = "import socket, sys
s = socket.create_server(('127.0.0.1', 0))
# each line at once: the other stream must not come in between
sys.stdout.write(f'ready on {s.getsockname()[1]}\\n')
sys.stdout.flush()
sys.stderr.write('warned\\n')
while True: s.accept()";
    let replies = vec![
        call("c1", "shell", &json!({"command": ["python3", "-c", server], "background": true})),
        call("c2", "command_output", &json!({"id": "c1", "wait_ms": 60_000})),
        call("c3", "command_output", &json!({"id": "c9"})),
        Reply::text("It serves."),
    ];
    let harness = Harness::new(reviewing(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    if !contained(&session) {
        return Ok(());
    }
    session.ask_and_wait("serve").await?;
    ensure!(told(&harness, "c1")?.contains("started in the background as `c1`"));
    let first = told(&harness, "c2")?;
    ensure!(first.starts_with("still running, for ") && first.contains("ready on "), "{first}");
    ensure!(first.contains("it is in the sandbox's network"), "{first}");
    ensure!(
        told(&harness, "c3")?.contains("there is no command `c9` in the background; those that run are `c1`")
    );
    let port: u16 =
        first.lines().find_map(|line| line.strip_prefix("ready on ")).context("a port")?.trim().parse()?;
    let connect = format!("exec 3<>/dev/tcp/127.0.0.1/{port}");
    harness.server.then(Reply::new().shell("d1", &["bash", "-c", &connect]).completed());
    harness.server.then(call("d2", "stop_command", &json!({"id": "c1"})));
    harness.server.then(call("d3", "command_output", &json!({"id": "c1"})));
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("and now").await?;
    let connected: Value = serde_json::from_str(&told(&harness, "d1")?)?;
    let reaches = connected["metadata"]["exit_code"] == 0;
    let shares = level(&session) == SandboxLevel::Full;
    ensure!(reaches == shares, "the session's commands share a network: {connected}");
    let last = told(&harness, "d2")?;
    ensure!(last.starts_with("ended after ") && last.contains(": stopped\n"), "{last}");
    ensure!(told(&harness, "d3")?.contains("(nothing printed since the last look)"));
    let end = until_ended(&mut session, "c1").await?;
    let EventMsg::ExecCommandEnd { output, end: how, .. } = &end else { unreachable!() };
    ensure!(
        output.contains("ready on ") && output.contains("warned") && how.ended_by == EndedBy::Interrupted,
        "{end:?}"
    );
    let streamed = session.said().any(
        |msg| matches!(msg, EventMsg::ExecCommandOutputDelta { chunk, .. } if chunk.contains("ready on ")),
    );
    ensure!(streamed, "the window hears of it as it is printed");
    session.shut_down().await
}

#[tokio::test]
async fn b17_a_flood_in_the_background_is_kept_within_bounds() -> Result<()> {
    let replies = vec![background("c1", "yes | head -c 100000000; echo last"), Reply::text("ok")];
    let harness = Harness::new(free(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("flood").await?;
    until_ended(&mut session, "c1").await?;
    harness.server.then(call("c2", "command_output", &json!({"id": "c1"})));
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("look").await?;
    let answer = told(&harness, "c2")?;
    ensure!(answer.starts_with("ended after ") && answer.contains(": exit code 0\n[... "), "{answer}");
    ensure!(
        answer.contains(" bytes before this were not kept ...]") && answer.ends_with("last\n"),
        "{answer}"
    );
    ensure!(answer.len() <= 10 * 1024, "{}", answer.len());
    let said: usize = session
        .said()
        .map(|msg| match msg {
            EventMsg::ExecCommandOutputDelta { chunk, .. } => chunk.len(),
            _ => 0,
        })
        .sum();
    ensure!(said < 8 * 1024 * 1024, "of 100 MB, {said} bytes were said");
    session.shut_down().await
}

#[tokio::test]
async fn b18_a_command_in_the_background_ends_when_it_is_told_to() -> Result<()> {
    let harness = Harness::new(free(), &[], vec![background("c1", HOLDER), Reply::text("ok")]).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    until_holding(&mut session).await?;
    ensure!(!is_let_go(&harness)?, "it outlives the task");
    session.submit(Op::StopCommand { call_id: CallId::from("c1") }).await?;
    until_ended(&mut session, "c1").await?;
    ensure!(is_let_go(&harness)?);
    session.submit(Op::StopCommand { call_id: CallId::from("c1") }).await?;
    session.until("an error", |msg| matches!(msg, EventMsg::Error { .. })).await?;
    session.shut_down().await
}

#[tokio::test]
async fn b7_b18_an_interrupt_and_the_end_of_the_session_end_commands_in_the_background() -> Result<()> {
    let gate = Gate::new();
    let replies = vec![background("c1", HOLDER), Reply::new().gate(&gate).completed()];
    let harness = Harness::new(free(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    until_holding(&mut session).await?;
    gate.reached().await;
    session.submit(Op::Interrupt).await?;
    session.until_done().await?;
    ensure!(is_let_go(&harness)?, "an interrupt ends it before the task ends");

    harness.server.then(background("d1", HOLDER));
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("again").await?;
    let begun = |msg: &&EventMsg| matches!(msg, EventMsg::ExecCommandOutputDelta { call_id, .. } if call_id.0 == "d1");
    if session.said().find(begun).is_none() {
        session.until("it to hold its lock", |msg| begun(&msg)).await?;
    }
    ensure!(!is_let_go(&harness)?);
    session.shut_down().await?;
    ensure!(is_let_go(&harness)?, "the end of the session ends it");
    Ok(())
}

#[tokio::test]
async fn b18_a_command_in_the_background_dies_with_an_agent_that_is_killed() -> Result<()> {
    let gate = Gate::new();
    let replies = vec![background("c1", HOLDER), Reply::new().gate(&gate).completed()];
    let harness = Harness::new(reviewing(), &[], replies).await?;
    let session = harness.open(None).await?;
    if !contained(&session) {
        return Ok(());
    }
    session.shut_down().await?;
    let mut child = cli::command(&harness, &["exec", "--json", "go"])?.spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("a pipe")?).lines();
    while let Some(line) = lines.next_line().await? {
        if line.contains("holding") && line.contains("exec_command_output_delta") {
            break;
        }
    }
    ensure!(!is_let_go(&harness)?);
    child.kill().await?;
    let file = File::open(harness.project().join("alive"))?;
    let let_go = tokio::task::spawn_blocking(move || file.lock());
    tokio::time::timeout(Duration::from_secs(20), let_go).await.context("it still lives")???;
    Ok(())
}

#[tokio::test]
async fn b37_a_quiet_command_in_the_background_is_not_blamed_for_what_others_change() -> Result<()> {
    let replies = vec![background("c1", "echo x > made.txt; echo made; sleep 600"), Reply::text("ok")];
    let harness = Harness::new(free(), &[("a.txt", "one\n")], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    ensure!(sources(&mut session, "made.txt").await? == [ChangeSource::Command]);
    // the person writes one file after another, until it is no longer taken for the command's
    for number in 0.. {
        let name = format!("mine-{number}.txt");
        std::fs::write(harness.project().join(&name), "x")?;
        if sources(&mut session, &name).await? == [ChangeSource::Other] {
            break;
        }
    }
    let runs = !session.said().any(|msg| matches!(msg, EventMsg::ExecCommandEnd { .. }));
    ensure!(runs, "the command was still running");
    session.shut_down().await
}

/// Returns the authors of a file's changes, once they are reported.
async fn sources(session: &mut Session, path: &str) -> Result<Vec<ChangeSource>> {
    let found = |msg: &EventMsg| match msg {
        EventMsg::WorkspaceDiff { diff } => {
            diff.files.iter().find(|file| file.path == path).map(|file| file.sources.clone())
        }
        _ => None,
    };
    if let Some(sources) = session.said().find_map(found) {
        return Ok(sources);
    }
    let said = session.until(path, |msg| found(msg).is_some()).await?;
    found(&said).context("the file is in it")
}

/// A terminal with a person at it.
struct Terminal {
    child: tokio::process::Child,
    shown: String,
}

impl Terminal {
    /// `countersign` with these words, in a terminal of its own; none where this machine has no `script`.
    fn open(harness: &Harness, words: &str, editor: &Path) -> Result<Option<Self>> {
        if std::process::Command::new("script").arg("--version").output().is_err() {
            eprintln!("SKIPPED: a terminal: there is no `script` (util-linux)");
            return Ok(None);
        }
        let program = cli::countersign()?;
        let line = format!("{} {words}", program.display());
        let child = tokio::process::Command::new("script")
            .args(["-qefc", &line, "/dev/null"])
            .env("COUNTERSIGN_HOME", harness.home())
            .env("COUNTERSIGN_NO_KEYCHAIN", "1")
            .env("SHELL", "/bin/sh")
            .env_remove("VISUAL")
            .env("EDITOR", editor)
            .current_dir(harness.project())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        Ok(Some(Self { child, shown: String::new() }))
    }

    /// Types this once that is on the screen, below what was there when something was typed last.
    async fn when(&mut self, shown: &str, typed: &str) -> Result<()> {
        let stdout = self.child.stdout.as_mut().context("a screen")?;
        let waiting = async {
            let mut bytes = [0; 4096];
            while !self.shown.contains(shown) {
                let count = stdout.read(&mut bytes).await?;
                ensure!(count > 0, "the program ended");
                self.shown.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
            Ok(())
        };
        let waited = tokio::time::timeout(Duration::from_mins(1), waiting).await;
        waited
            .context("nothing came")
            .flatten()
            .with_context(|| format!("{shown:?} is not in {}", self.shown))?;
        self.shown.clear();
        let stdin = self.child.stdin.as_mut().context("a keyboard")?;
        stdin.write_all(typed.as_bytes()).await?;
        Ok(stdin.flush().await?)
    }

    /// Returns the exit code.
    async fn end(mut self) -> Result<Option<i32>> {
        let mut stdout = self.child.stdout.take().context("a screen")?;
        let ended = async {
            let mut rest = Vec::new();
            stdout.read_to_end(&mut rest).await?;
            anyhow::Ok(self.child.wait().await?.code())
        };
        tokio::time::timeout(Duration::from_mins(1), ended).await.context("it did not end")?
    }
}

/// An editor that writes in French.
fn editor(harness: &Harness) -> Result<std::path::PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let path = harness.home().join("editor");
    std::fs::write(&path, "#!/bin/sh\nsed -i s/TWO/deux/ \"$1\"\n")?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

fn one_and_seven() -> Reply {
    let patch = "*** Update File: a.txt\n@@\n-two\n+TWO\n three\n four\n five\n-six\n+SIX\n";
    Reply::new().apply_patch("c1", patch).completed()
}

const NUMBERS: &str = "one\ntwo\nthree\nfour\nfive\nsix\n";

#[tokio::test]
async fn b25_a_hunk_is_edited_at_the_terminal() -> Result<()> {
    let replies = vec![one_and_seven(), Reply::text("ok")];
    let harness = Harness::new(reviewing(), &[("a.txt", NUMBERS)], replies).await?;
    harness.write_config()?;
    let words = "exec -c review_patches=true go";
    let Some(mut terminal) = Terminal::open(&harness, words, &editor(&harness)?)? else { return Ok(()) };
    terminal.when("hunk by hunk, with edits [h]", "h\n").await?;
    terminal.when("this hunk: approve [a], edit [e]", "e\n").await?;
    terminal.when("this hunk as you wrote it: approve [a]", "a\n").await?;
    terminal.when("this hunk: approve [a], edit [e]", "c\n").await?;
    terminal.when("a comment on this hunk", "Which language?\n").await?;
    terminal.when("this hunk: approve [a], edit [e]", "d\n").await?;
    terminal.when("a note to the model", "in French\n").await?;
    let code = terminal.end().await?;
    ensure!(code == Some(0), "{code:?}");
    ensure!(harness.read("a.txt")? == NUMBERS.replace("two", "deux"));
    let answer = told(&harness, "c1")?;
    ensure!(answer.contains("1 of 2 hunks were written, 1 declined, 1 edited by the person"), "{answer}");
    ensure!(answer.contains("deux") && answer.contains("note from the person: in French"), "{answer}");
    ensure!(
        answer.contains("a.txt, line 6 (with the whole patch):\n> -six\n> +SIX\nWhich language?\n"),
        "{answer}"
    );
    Ok(())
}

#[tokio::test]
async fn b7_one_ctrl_c_ends_the_task_while_a_question_waits() -> Result<()> {
    let harness = Harness::new(reviewing(), &[("a.txt", NUMBERS)], vec![one_and_seven()]).await?;
    harness.write_config()?;
    let words = "exec -c review_patches=true go";
    let Some(mut terminal) = Terminal::open(&harness, words, &editor(&harness)?)? else { return Ok(()) };
    terminal.when("hunk by hunk, with edits [h]", "\u{3}").await?;
    let code = terminal.end().await?;
    ensure!(code == Some(130), "{code:?}");
    ensure!(harness.read("a.txt")? == NUMBERS);
    Ok(())
}
