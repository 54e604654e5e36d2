//! MCP servers through the real driver (B28): real servers, and one that misbehaves on purpose.

use crate::cli::run;
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, reviewing, unasked};
use countersign_tests::model_server::{Received, Reply};
use protocol::{
    Approval, ApprovalPolicy, ApprovalSubject, ChangeSource, EventMsg, Op, Policies, ReviewDecision,
    ToolInvocation, ToolResult,
};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Reports whether a program can be run here; prints a skip when not.
pub(crate) fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !found {
        eprintln!("SKIPPED: there is no {program}");
    }
    found
}

/// A server of the config: the one that misbehaves as `mode` says.
pub(crate) fn scripted(name: &str, mode: &str, more: &str) -> String {
    let script = root().join("tests/mcp/scripted.py");
    format!(
        "[mcp_servers.{name}]\ncommand = \"python3\"\nargs = [\"{}\", \"{mode}\"]\n{more}\n",
        script.display()
    )
}

/// A server of the config: one of the npm packages; `None` where it is not installed.
fn node(name: &str, package: &str, argument: &str) -> Option<String> {
    let script =
        root().join("tests/mcp/node_modules/@modelcontextprotocol").join(package).join("dist/index.js");
    if !script.is_file() {
        eprintln!("SKIPPED: {package} is not installed; `npm ci` in tests/mcp");
        return None;
    }
    Some(format!(
        "[mcp_servers.{name}]\ncommand = \"node\"\nargs = [\"{}\", \"{argument}\"]\n",
        script.display()
    ))
}

pub(crate) async fn harness(policies: Policies, servers: &str, replies: Vec<Reply>) -> Result<Harness> {
    let mut harness = Harness::new(policies, &[], replies).await?;
    servers.clone_into(&mut harness.more_config);
    Ok(harness)
}

/// A session whose servers are ready.
pub(crate) async fn open(harness: &Harness, servers: &[&str]) -> Result<Session> {
    let mut session = harness.open(None).await?;
    for server in servers {
        said(&mut session, &format!("MCP server {server} is ready")).await?;
    }
    Ok(session)
}

/// Waits until the session has said something that begins so, unless it has already; what it said.
pub(crate) async fn said(session: &mut Session, beginning: &str) -> Result<String> {
    let fits = |msg: &EventMsg| matches!(msg, EventMsg::BackgroundEvent { message, .. } if message.starts_with(beginning));
    let before = session.said().find(|msg| fits(msg)).cloned();
    let msg = match before {
        Some(msg) => msg,
        None => session.until(beginning, fits).await?,
    };
    let EventMsg::BackgroundEvent { message, .. } = msg else { unreachable!() };
    Ok(message)
}

/// Waits for a tool to be asked about; returns the question, the call, and the tool's description.
async fn until_asked(session: &mut Session) -> Result<(Box<Approval>, ToolInvocation, String)> {
    let approval = session.until_asked().await?;
    match approval.subject.clone() {
        ApprovalSubject::Tool { invocation, description, .. } => Ok((approval, invocation, description)),
        other => anyhow::bail!("not about a tool: {other:?}"),
    }
}

/// Names of the tools a request offers.
pub(crate) fn offered(request: &Received) -> Vec<&str> {
    let tools = request.body["tools"].as_array().map(Vec::as_slice).unwrap_or_default();
    tools.iter().filter_map(|tool| tool["name"].as_str()).collect()
}

fn was_asked(session: &Session) -> bool {
    session.said().any(|msg| matches!(msg, EventMsg::ApprovalRequested { .. }))
}

fn results(session: &Session) -> Vec<&ToolResult> {
    session
        .said()
        .filter_map(|msg| match msg {
            EventMsg::McpToolCallEnd { result, .. } => Some(result),
            _ => None,
        })
        .collect()
}

pub(crate) fn call(id: &str, name: &str, arguments: &Value) -> Reply {
    Reply::new().function_call(id, name, arguments).completed()
}

#[tokio::test]
async fn b3_b28_a_slow_server_never_delays_a_prompt_and_its_tools_come_when_it_is_ready() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let go = folder.path().join("go");
    let slow = scripted("slow", "slow", &format!("env = {{ GO = {go:?} }}"));
    let harness = harness(reviewing(), &slow, vec![Reply::text("one"), Reply::text("two")]).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("without it").await?;
    ensure!(!offered(&harness.server.requests()[0]).iter().any(|name| name.starts_with("slow__")));
    std::fs::write(&go, "")?;
    ensure!(said(&mut session, "MCP server slow").await? == "MCP server slow is ready with 9 tools");
    session.ask_and_wait("with it").await?;
    ensure!(offered(&harness.server.requests()[1]).contains(&"slow__look"));
    session.shut_down().await
}

#[tokio::test]
async fn b28_the_first_request_has_the_tools_of_servers_that_are_just_starting() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let harness = harness(reviewing(), &scripted("s", "plain", ""), vec![Reply::text("one")]).await?;
    let request =
        agent::session::OpenRequest { mcp_wait: Duration::from_mins(1), ..harness.open_request(None)? };
    let mut session = Session::open(request).await?;
    session.ask_and_wait("at once").await?;
    ensure!(offered(&harness.server.requests()[0]).contains(&"s__look"));
    ensure!(session.said().any(|msg| matches!(
        msg,
        EventMsg::BackgroundEvent { message, .. } if message == "waiting up to 60 s for MCP servers to start: s"
    )));
    session.shut_down().await
}

#[tokio::test]
async fn b28_one_broken_server_breaks_only_itself_and_what_only_reads_runs_unasked() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let mut servers =
        scripted("good", "plain", "") + &scripted("bad", "exit", "env = { SOME_KEY = \"sk-very-secret\" }");
    servers += "[mcp_servers.keyless]\nurl = \"https://far.example/mcp\"\nbearer_token_env_var = \"NOBODY_SET_THIS\"\n";
    let replies =
        vec![call("c1", "good__look", &json!({})), call("c2", "good__fail", &json!({})), Reply::text("ok")];
    let harness = harness(reviewing(), &servers, replies).await?;
    let mut session = open(&harness, &["good"]).await?;
    let bad = said(&mut session, "MCP server bad").await?;
    ensure!(
        bad.contains("is not available: it ended with exit code 3") && bad.contains("no licence"),
        "{bad}"
    );
    ensure!(!bad.contains("secret"), "{bad}");
    let keyless = said(&mut session, "MCP server keyless").await?;
    ensure!(keyless.contains("NOBODY_SET_THIS"), "{keyless}");
    session.ask_and_wait("look").await?;
    ensure!(!was_asked(&session));
    let requests = harness.server.requests();
    let output = requests[1].output_of("c1").context("an output")?;
    ensure!(output.contains("nothing to see"), "{output}");
    let output = requests[2].output_of("c2").context("an output")?;
    ensure!(output.contains("it did not work"), "{output}");
    ensure!(results(&session).iter().map(|result| result.succeeded()).eq([true, false]));
    let good: Vec<_> = offered(&requests[0]).into_iter().filter(|name| name.contains("__")).collect();
    ensure!(good.len() == 9 && good.iter().all(|name| name.starts_with("good__")), "{good:?}");
    session.shut_down().await
}

#[tokio::test]
async fn b28_a_tool_that_may_change_something_asks_and_a_denial_takes_its_note_to_the_model() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let harness = harness(reviewing(), &scripted("s", "plain", ""), Vec::new()).await?;
    let path = harness.project().join("out.txt");
    let arguments = json!({"path": path});
    let mut session = open(&harness, &["s"]).await?;
    harness.server.then(call("c1", "s__write", &arguments));
    harness.server.then(call("c2", "s__write", &arguments));
    harness.server.then(call("c3", "s__write", &arguments));
    harness.server.then(Reply::text("ok"));
    session.ask("write").await?;

    let (asked, invocation, description) = until_asked(&mut session).await?;
    ensure!(invocation.server.as_deref() == Some("s") && invocation.tool == "write", "{asked:?}");
    ensure!(invocation.arguments.contains("out.txt") && description == "The tool write.", "{asked:?}");
    session.decide(&asked, ReviewDecision::Denied, None, Some("not there")).await?;
    let (asked, ..) = until_asked(&mut session).await?;
    ensure!(!path.exists(), "what was denied is not done");
    session.decide(&asked, ReviewDecision::ApprovedForSession, None, None).await?;
    session.until_done().await?;
    ensure!(std::fs::read_to_string(&path)? == "written\nwritten\n", "the third was not asked about");
    let requests = harness.server.requests();
    let told = requests[1].output_of("c1").context("an output")?;
    ensure!(told.contains("rejected by user") && told.contains("note from the person: not there"), "{told}");
    let changes = session.said().filter_map(|msg| match msg {
        EventMsg::WorkspaceDiff { diff } => Some(diff),
        _ => None,
    });
    let last = changes.last().context("what it changed is shown")?;
    ensure!(last.files.len() == 1 && last.files[0].path == "out.txt", "{last:?}");
    ensure!(last.files[0].sources == [ChangeSource::Command], "{last:?}");
    session.shut_down().await
}

#[tokio::test]
async fn b28_a_trusted_tool_runs_unasked_and_one_that_is_not_is_refused_where_nobody_is_asked() -> Result<()>
{
    if !has("python3") {
        return Ok(());
    }
    let servers = scripted("s", "plain", "trusted_tools = [\"write\"]") + &scripted("t", "plain", "");
    let harness = harness(unasked(), &servers, Vec::new()).await?;
    let (trusted, other) = (harness.project().join("trusted.txt"), harness.project().join("other.txt"));
    let mut session = open(&harness, &["s", "t"]).await?;
    harness.server.then(call("c1", "s__write", &json!({"path": trusted})));
    harness.server.then(call("c2", "t__write", &json!({"path": other})));
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("write").await?;
    ensure!(!was_asked(&session) && trusted.exists() && !other.exists());
    session.shut_down().await
}

#[tokio::test]
async fn b28_what_a_server_says_of_itself_counts_for_nothing_under_untrusted() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let policies = Policies { approval: ApprovalPolicy::Untrusted, ..reviewing() };
    let replies = vec![call("c1", "s__look", &json!({})), Reply::text("ok")];
    let harness = harness(policies, &scripted("s", "plain", ""), replies).await?;
    let mut session = open(&harness, &["s"]).await?;
    session.ask("look").await?;
    let (asked, ..) = until_asked(&mut session).await?;
    session.decide(&asked, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(results(&session)[0].succeeded());
    session.shut_down().await
}

#[tokio::test]
async fn b28_images_reach_the_model_and_a_flood_is_cut() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let replies =
        vec![call("c1", "s__picture", &json!({})), call("c2", "s__flood", &json!({})), Reply::text("ok")];
    let harness = harness(reviewing(), &scripted("s", "plain", ""), replies).await?;
    let mut session = open(&harness, &["s"]).await?;
    session.ask_and_wait("show me").await?;
    let requests = harness.server.requests();
    ensure!(
        requests[1].images() == 1 && requests[1].outputs()[0].contains("a picture"),
        "{:?}",
        requests[1].input()
    );
    ensure!(results(&session)[0].images == 1);
    let flood = requests[2].outputs()[1].clone();
    ensure!(
        flood.len() <= 12 * 1024 && flood.contains("line 1\n") && flood.contains("line 20000"),
        "{}",
        flood.len()
    );
    ensure!(flood.contains("lines left out"));
    ensure!(results(&session)[1].output.len() <= 64 * 1024);
    session.shut_down().await
}

#[tokio::test]
async fn b28_a_changed_list_is_followed_in_the_middle_of_a_task() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let harness = harness(reviewing(), &scripted("s", "plain", "trust = true"), Vec::new()).await?;
    let mut session = open(&harness, &["s"]).await?;
    harness.server.then(call("c1", "s__grow", &json!({})));
    harness.server.then(Reply::text("grown"));
    session.ask_and_wait("grow").await?;
    ensure!(said(&mut session, "MCP server s changed").await?.ends_with("is at 10 tools now"));
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("and now?").await?;
    let requests = harness.server.requests();
    ensure!(!offered(&requests[0]).contains(&"s__grown") && offered(&requests[2]).contains(&"s__grown"));
    session.shut_down().await
}

#[tokio::test]
async fn b7_b28_an_interrupt_ends_a_call_that_hangs_and_the_server_takes_the_next_one() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let cancelled = folder.path().join("cancelled");
    let server = scripted("s", "plain", &format!("env = {{ CANCELLED = {cancelled:?} }}"));
    let harness = harness(reviewing(), &server, vec![call("c1", "s__hang", &json!({}))]).await?;
    let mut session = open(&harness, &["s"]).await?;
    session.ask("hang").await?;
    session.until("the call to begin", |msg| matches!(msg, EventMsg::McpToolCallBegin { .. })).await?;
    session.submit(Op::Interrupt).await?;
    session.until("the end of the task", |msg| matches!(msg, EventMsg::TurnAborted { .. })).await?;
    harness.server.then(call("c2", "s__look", &json!({})));
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("look").await?;
    let requests = harness.server.requests();
    ensure!(requests[2].output_of("c2").context("an output")?.contains("nothing to see"));
    ensure!(requests[1].output_of("c1").is_some(), "every call has an output");
    session.shut_down().await
}

#[tokio::test]
async fn b28_a_server_that_dies_is_said_fails_its_call_and_is_started_again() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let replies = vec![call("c1", "s__crash", &json!({})), Reply::text("ok"), Reply::text("ok")];
    let harness = harness(reviewing(), &scripted("s", "plain", "trust = true"), replies).await?;
    let mut session = open(&harness, &["s"]).await?;
    session.ask_and_wait("crash").await?;
    let gone = said(&mut session, "MCP server s ended and is started again").await?;
    ensure!(gone.contains("exit code 7") && gone.contains("it is all over"), "{gone}");
    ensure!(
        harness.server.requests()[1]
            .output_of("c1")
            .context("an output")?
            .contains("the MCP server s is gone")
    );
    session.ask_and_wait("and now?").await?;
    ensure!(offered(&harness.server.requests()[2]).contains(&"s__look"), "its tools are offered on");
    session.shut_down().await
}

/// Reports whether a process lives, and is not only waiting to be reaped.
#[cfg(target_os = "linux")]
pub(crate) fn lives(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')))
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn b4_b28_servers_end_with_the_session_however_it_ends() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let pids = folder.path().join("pids");
    let server = scripted("s", "stubborn", &format!("env = {{ PIDS = {pids:?} }}"));
    for in_good_order in [true, false] {
        let harness = harness(reviewing(), &server, Vec::new()).await?;
        let session = open(&harness, &["s"]).await?;
        let text = std::fs::read_to_string(&pids)?;
        let pids: Vec<_> = text.split_whitespace().collect();
        ensure!(pids.len() == 2 && pids.iter().all(|pid| lives(pid)));
        if in_good_order {
            session.shut_down().await?;
            ensure!(!lives(pids[0]), "it has ended when the session says that it is over");
        } else {
            session.kill().await?;
        }
        // the system tells nobody of the end of what is not their child
        let ended = async {
            while pids.iter().any(|pid| lives(pid)) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), ended).await.context("they did not end")?;
    }
    Ok(())
}

#[tokio::test]
async fn b28_real_servers_through_the_real_driver() -> Result<()> {
    let folder = tempfile::tempdir_in("/var/tmp")?;
    let folder = folder.path().canonicalize()?;
    std::fs::write(folder.join("a.txt"), "inside\n")?;
    let (Some(everything), Some(files)) = (
        node("everything", "server-everything", "stdio"),
        node("files", "server-filesystem", &folder.display().to_string()),
    ) else {
        return Ok(());
    };
    let mut servers = everything + &files;
    let python = root().join("target/python/bin/python");
    let mut names = vec!["everything", "files"];
    if python.is_file() {
        write!(servers, "[mcp_servers.time]\ncommand = {python:?}\nargs = [\"-m\", \"mcp_server_time\"]\n")?;
        names.push("time");
    } else {
        eprintln!("SKIPPED: the Python server; tests/python-requirements.txt into target/python");
    }
    let replies = vec![
        Reply::new()
            .function_call("c1", "everything__echo", &json!({"message": "hö"}))
            .function_call("c2", "everything__get-tiny-image", &json!({}))
            .function_call("c3", "files__read_text_file", &json!({"path": folder.join("a.txt")}))
            .completed(),
        call("c4", "files__write_file", &json!({"path": folder.join("b.txt"), "content": "new"})),
        Reply::text("ok"),
    ];
    let harness = harness(reviewing(), &servers, replies).await?;
    let mut session = open(&harness, &names).await?;
    session.ask("go").await?;
    let (asked, invocation, _) = until_asked(&mut session).await?;
    ensure!(invocation.tool == "write_file", "what only reads is not asked about: {asked:?}");
    session.decide(&asked, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    let requests = harness.server.requests();
    let outputs = requests[1].outputs();
    ensure!(outputs[0].contains("Echo: hö") && outputs[2].contains("inside"), "{outputs:?}");
    ensure!(requests[1].images() == 1);
    ensure!(std::fs::read_to_string(folder.join("b.txt"))? == "new");
    let offered = offered(&requests[0]);
    ensure!(names.iter().all(|name| offered.iter().any(|tool| tool.starts_with(&format!("{name}__")))));
    let theirs: Vec<_> = offered.iter().filter(|name| name.contains("__")).collect();
    ensure!(theirs.is_sorted_by_key(|name| name.split("__").next()), "in a stable order: {theirs:?}");
    session.shut_down().await
}

#[tokio::test]
async fn b28_the_command_line_lists_the_servers_of_the_home_and_none_that_a_project_brings() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let servers = scripted("good", "plain", "trusted_tools = [\"write\"]") + &scripted("bad", "exit", "");
    let theirs = scripted("theirs", "plain", "");
    let files = [
        ("config.toml", theirs.as_str()),
        (".codex/config.toml", &theirs),
        (".countersign/config.toml", &theirs),
    ];
    let mut harness = Harness::new(reviewing(), &files, Vec::new()).await?;
    harness.more_config = servers;
    harness.write_config()?;
    let ran = run(&harness, &["mcp", "list", "--json"], "").await?;
    ensure!(ran.code == Some(1), "one is broken: {:?} {}", ran.code, ran.err);
    let listed: Vec<Value> = ran.out.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let names: Vec<_> = listed.iter().filter_map(|server| server["server"].as_str()).collect();
    ensure!(names == ["bad", "good"], "{names:?}");
    ensure!(
        listed[0]["problem"].as_str().is_some_and(|problem| problem.contains("exit code 3")),
        "{listed:?}"
    );
    ensure!(
        listed[1].get("problem").is_none()
            && listed[1]["tools"].as_array().is_some_and(|tools| tools.len() == 9)
    );
    let ran = run(&harness, &["mcp", "list"], "").await?;
    ensure!(
        ran.out.contains("  trusted  write  The tool write.\n") && ran.out.contains("  reads    look"),
        "{}",
        ran.out
    );

    let ran = run(&harness, &["mcp", "login", "good"], "").await?;
    ensure!(ran.code == Some(1) && ran.err.contains("good is a program"), "{}", ran.err);
    let ran = run(&harness, &["mcp", "logout", "nobody"], "").await?;
    ensure!(ran.code == Some(1) && ran.err.contains("the servers are: bad, good"), "{}", ran.err);
    Ok(())
}
