//! Servers of MCP beside their tools: resources, progress, questions; and their bounds (B28).

use crate::cli;
use crate::mcp::{call, harness, has, offered, open, said, scripted};
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{reviewing, unasked};
use countersign_tests::model_server::Reply;
use protocol::{EventMsg, ReviewDecision, ToolProgress};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

#[tokio::test]
async fn b28_the_resources_of_a_server_are_listed_and_read_by_tools() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let replies = vec![
        call("c1", "s__list_resources", &json!({})),
        call("c2", "s__read_resource", &json!({"uri": "notes://one"})),
        Reply::new()
            .function_call("c3", "s__read_resource", &json!({"uri": "notes://pixel"}))
            .function_call("c4", "s__read_resource", &json!({"uri": "notes://none"}))
            .function_call("c5", "s__read_resource", &json!({}))
            .completed(),
        Reply::text("ok"),
    ];
    let harness = harness(reviewing(), &scripted("s", "resources", ""), replies).await?;
    let mut session = open(&harness, &["s"]).await?;
    session.ask("go").await?;
    // a list can send nothing anywhere; where a URI leads, nobody knows
    let asked = session.until_asked().await?;
    ensure!(asked.call_id.to_string() == "c2", "{asked:?}");
    session.decide(&asked, ReviewDecision::ApprovedForSession, None, None).await?;
    session.until_done().await?;
    let requests = harness.server.requests();
    ensure!(offered(&requests[0]).contains(&"s__list_resources"), "{:?}", offered(&requests[0]));
    let list = requests[1].output_of("c1").context("an answer")?;
    for line in ["notes://one  one, text/plain: The first note.", "notes://{name}  note (template)"] {
        ensure!(list.contains(line), "{line:?} is missing in {list}");
    }
    let one = requests[2].output_of("c2").context("an answer")?;
    ensure!(one.contains("remember the milk"), "{one}");
    let last = requests.last().context("a request")?;
    ensure!(last.images() == 1);
    let [none, empty] = ["c4", "c5"].map(|id| last.output_of(id).unwrap_or_default());
    ensure!(none.contains("there is no notes://none"), "{none}");
    ensure!(empty.contains("`uri` is missing"), "{empty}");
    session.shut_down().await
}

#[tokio::test]
async fn b28_a_server_without_resources_has_no_tools_for_them() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let harness = harness(reviewing(), &scripted("s", "plain", ""), vec![Reply::text("ok")]).await?;
    let mut session = open(&harness, &["s"]).await?;
    session.ask_and_wait("go").await?;
    ensure!(!harness.server.requests()[0].body["tools"].to_string().contains("_resource"));
    session.shut_down().await
}

#[tokio::test]
async fn b28_progress_of_a_call_is_told_while_it_runs() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let seen = folder.path().join("seen");
    let replies = vec![call("c1", "s__count", &json!({"until": seen})), Reply::text("ok")];
    let harness = harness(unasked(), &scripted("s", "counting", "trust = true"), replies).await?;
    let mut session = open(&harness, &["s"]).await?;
    session.ask("go").await?;
    let told = session.until("all of its progress", |msg| match msg {
        EventMsg::McpToolCallProgress { progress, .. } => progress.message.as_deref() == Some("counting 3"),
        _ => false,
    });
    let EventMsg::McpToolCallProgress { call_id, progress } = told.await? else { unreachable!() };
    ensure!(call_id.to_string() == "c1");
    ensure!(progress == ToolProgress { percent: Some(75), done: 3, message: Some("counting 3".to_owned()) });
    std::fs::write(&seen, "")?;
    session.until_done().await?;
    ensure!(harness.server.requests()[1].output_of("c1").context("an answer")?.contains("counted"));
    session.shut_down().await
}

#[tokio::test]
async fn b28_progress_of_a_call_is_an_event_of_exec() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let seen = folder.path().join("seen");
    let replies = vec![call("c1", "s__count", &json!({"until": seen})), Reply::text("ok")];
    let harness = harness(unasked(), &scripted("s", "counting", "trust = true"), replies).await?;
    harness.write_config()?;
    let mut child = cli::command(&harness, &["exec", "--json", "go"])?.spawn()?;
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(
        child.stdout.take().context("standard output")?,
    ));
    let mut percents = Vec::new();
    while let Some(line) = lines.next_line().await? {
        let event: Value = serde_json::from_str(&line)?;
        if event["msg"]["type"] == "mcp_tool_call_progress" {
            percents.push(event["msg"]["progress"]["percent"].as_u64().context("a part")?);
            if percents.last() == Some(&75) {
                std::fs::write(&seen, "")?;
            }
        }
    }
    ensure!(
        child.wait().await?.success() && percents.is_sorted() && percents.last() == Some(&75),
        "{percents:?}"
    );
    Ok(())
}

#[tokio::test]
async fn b28_a_question_of_a_server_is_declined_and_the_model_told() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let replies = vec![call("c1", "s__ask", &json!({})), Reply::text("ok")];
    let harness = harness(unasked(), &scripted("s", "plain", "trust = true"), replies).await?;
    let mut session = open(&harness, &["s"]).await?;
    session.ask_and_wait("go").await?;
    let told = harness.server.requests()[1].output_of("c1").context("an answer")?.to_owned();
    ensure!(told.contains("decline"), "{told}");
    ensure!(told.contains("the server wanted to ask the person \"?\"; that is not possible here"), "{told}");
    session.shut_down().await
}

/// Returns the ids of the processes whose environment holds a text.
#[cfg(target_os = "linux")]
fn processes_with(text: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().into_string().ok());
    let has = |id: &String| {
        std::fs::read(format!("/proc/{id}/environ"))
            .is_ok_and(|all| String::from_utf8_lossy(&all).contains(text))
    };
    ids.filter(|id| id.bytes().all(|byte| byte.is_ascii_digit())).filter(has).collect()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn b4_b28_what_a_server_started_in_sessions_of_its_own_ends_with_it() -> Result<()> {
    if !has("python3") || !has("setsid") {
        return Ok(());
    }
    for in_good_order in [true, false] {
        let mark = format!("COUNTERSIGN_TEST_MARK={}", uuid_like());
        let (name, value) = mark.split_once('=').context("a variable")?;
        let server = scripted("s", "scattered", &format!("env = {{ {name} = \"{value}\" }}"));
        let harness = harness(reviewing(), &server, Vec::new()).await?;
        let session = open(&harness, &["s"]).await?;
        // two shells, and what each started: the system tells nobody when these are there
        let wait_for = async |fits: fn(usize) -> bool| {
            while !fits(processes_with(&mark).len()) {
                tokio::task::yield_now().await;
            }
        };
        let patience = Duration::from_secs(30);
        tokio::time::timeout(patience, wait_for(|count| count >= 7)).await.context("they did not start")?;
        if in_good_order {
            session.shut_down().await?;
            ensure!(
                processes_with(&mark).is_empty(),
                "they have ended when the session says that it is over"
            );
        } else {
            session.kill().await?;
        }
        tokio::time::timeout(patience, wait_for(|count| count == 0)).await.context("they did not end")?;
    }
    Ok(())
}

/// Returns a text that no other process of these tests has.
#[cfg(target_os = "linux")]
fn uuid_like() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}", std::process::id(), now.as_nanos())
}

#[tokio::test]
async fn b28_four_hundred_tools_and_a_schema_of_megabytes_are_bounded_by_name() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let servers = scripted("huge", "huge", "") + &scripted("many", "many", "");
    let harness = harness(reviewing(), &servers, vec![Reply::text("ok")]).await?;
    let mut session = open(&harness, &["huge", "many"]).await?;
    let left_out = session
        .said()
        .filter_map(|msg| match msg {
            EventMsg::BackgroundEvent { message, .. } => Some(message.clone()),
            _ => None,
        })
        .collect::<Vec<_>>()
        .join("\n");
    ensure!(left_out.contains("huge (the schema of its arguments is"), "{left_out}");
    session.ask_and_wait("go").await?;
    let requests = harness.server.requests();
    let names = offered(&requests[0]);
    ensure!(names.len() <= 128, "{}", names.len());
    ensure!(names.contains(&"huge__look") && names.contains(&"many__tool_000"), "{names:?}");
    ensure!(!names.contains(&"huge__huge") && !names.contains(&"many__tool_399"), "{names:?}");
    ensure!(requests[0].bytes.len() < 1024 * 1024, "{}", requests[0].bytes.len());
    let said = said(&mut session, "MCP").await?;
    ensure!(!said.is_empty());
    let all: Vec<_> = session
        .said()
        .filter_map(|msg| match msg {
            EventMsg::BackgroundEvent { message, .. } => Some(message.as_str()),
            _ => None,
        })
        .collect();
    ensure!(all.iter().any(|message| message.contains("disabled_tools")), "{all:#?}");
    session.shut_down().await
}

/// Serves the transport of the protocol's first version: a stream of events that begins with the address to post to.
fn old_sse_server() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut stream = stream;
                let mut request = [0; 8192];
                let read = stream.read(&mut request).unwrap_or_default();
                let is_get = request[..read].starts_with(b"GET");
                let answer = if is_get {
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: endpoint\ndata: /messages?id=1\n\n"
                } else {
                    "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                };
                let _ = stream.write_all(answer.as_bytes());
                if is_get {
                    // it stays open until the other side goes
                    let _ = stream.read(&mut request);
                }
            });
        }
    });
    Ok(format!("http://{address}/sse"))
}

#[tokio::test]
async fn b28_a_server_over_the_old_transport_is_told_so() -> Result<()> {
    let servers = format!("[mcp_servers.old]\nurl = \"{}\"\n", old_sse_server()?);
    let harness = harness(reviewing(), &servers, Vec::new()).await?;
    let mut session = harness.open(None).await?;
    let why = said(&mut session, "MCP server old").await?;
    ensure!(why.contains("older HTTP+SSE transport") && why.contains("/mcp"), "{why}");
    session.shut_down().await
}

#[tokio::test]
async fn b28_a_tool_that_the_vendor_refuses_is_left_out_by_name_and_stays_so() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let refused = |message: &str| {
        let error = json!({"message": message, "type": "invalid_request_error", "code": "invalid_function_parameters"});
        Reply::status(400).json(&json!({ "error": error }))
    };
    let replies = vec![
        refused(
            "Invalid schema for function 's__write': In context=('properties', 'path'), 'type' is missing.",
        ),
        Reply::text("one"),
        Reply::text("two"),
    ];
    let harness = harness(reviewing(), &scripted("s", "plain", ""), replies).await?;
    let mut session = open(&harness, &["s"]).await?;
    session.ask_and_wait("go").await?;
    let requests = harness.server.requests();
    let (all, without) = (offered(&requests[0]), offered(&requests[1]));
    ensure!(
        all.contains(&"s__write")
            && without == all.iter().copied().filter(|name| *name != "s__write").collect::<Vec<_>>()
    );
    said(&mut session, "Scripted answered with http 400: Invalid schema for function 's__write'").await?;
    let warned = session.said().any(|msg| {
        matches!(msg, EventMsg::BackgroundEvent { message, .. }
            if message.contains("without the tool write of the MCP server s; name it in the server's disabled_tools"))
    });
    ensure!(warned, "the person is told");
    let transcript = session.transcript()?;
    session.shut_down().await?;

    // and by its place, in a session that goes on
    let place = all.iter().position(|name| *name == "s__flood").context("it is offered")? - 1;
    harness.server.forget();
    harness.server.then(refused(&format!("Missing required parameter: 'tools[{place}].parameters'.")));
    harness.server.then(Reply::text("three"));
    // the tools it was built with can't be left out
    harness.server.then(refused("Invalid value: 'tools[0].parameters'."));
    let mut session = harness.open(Some(transcript)).await?;
    said(&mut session, "MCP server s is ready").await?;
    session.ask_and_wait("go on").await?;
    let requests = harness.server.requests();
    let last = offered(requests.last().context("a request")?);
    ensure!(
        !last.contains(&"s__write") && !last.contains(&"s__flood") && last.contains(&"s__look"),
        "{last:?}"
    );
    session.ask("more").await?;
    let failed = session.until("an error", |msg| matches!(msg, EventMsg::Error { .. })).await?;
    let EventMsg::Error { error } = failed else { unreachable!() };
    ensure!(error.hint.as_deref().is_some_and(|hint| hint.contains("disabled_tools")), "{error:?}");
    session.shut_down().await
}
