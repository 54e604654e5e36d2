//! Servers as people run them.

use crate::stage::{Stage, config, node, root, set_env, time};
use mcp::{CallFailure, Transport};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn b28_everything_text_structure_images_and_resources_pass_through() {
    let Some(server) = node("everything", "server-everything", &[]) else { return };
    let mut stage = Stage::start(vec![server]);
    stage.ready(1).await;
    let echo = stage.tool("everything__echo");
    assert_eq!((echo.server.as_str(), echo.name.as_str()), ("everything", "echo"));
    assert_eq!(echo.input_schema["properties"]["message"]["type"], "string");
    assert!(echo.read_only && !echo.trusted && !echo.description.is_empty() && !echo.title.is_empty());
    assert!(
        !stage.hub.tools().iter().any(|tool| tool.name.contains("sampling") || tool.name.contains("elicit"))
    );

    let got = stage.call("everything", "echo", json!({"message": "hö"})).await;
    assert_eq!((got.text.as_str(), got.is_error, got.failure), ("Echo: hö", false, None));
    let got = stage.call("everything", "get-structured-content", json!({"location": "Chicago"})).await;
    let structured = got.structured.unwrap();
    assert!(structured.get("temperature").is_some());
    assert_eq!(serde_json::from_str::<serde_json::Value>(&got.text).unwrap(), structured, "said once");
    let got = stage.call("everything", "get-tiny-image", json!({})).await;
    assert!(got.images.len() == 1 && got.images[0].starts_with("data:image/png;base64,iVBOR"), "{got:?}");
    let got = stage
        .call("everything", "get-resource-reference", json!({"resourceType": "Text", "resourceId": 1}))
        .await;
    assert!(got.text.contains("[resource demo://resource/dynamic/text/1]\nResource 1: "), "{got:?}");
    let got = stage.call("everything", "get-resource-links", json!({"count": 2})).await;
    assert!(got.text.matches("[resource demo://").count() == 2, "{got:?}");
    let got = stage.call("everything", "get-sum", json!({"a": "x"})).await;
    assert!(got.is_error && got.text.contains("Invalid arguments"), "{got:?}");
    let got = stage.call("everything", "no-such-tool", json!({})).await;
    assert!(got.is_error || got.failure.is_some(), "{got:?}");
    stage.hub.shutdown().await;
}

#[tokio::test]
async fn b19_b28_a_server_s_environment_is_what_its_config_says_and_nothing_else() {
    let Some(mut server) = node("everything", "server-everything", &[]) else { return };
    set_env(&mut server, BTreeMap::from([("GIVEN".into(), "on purpose".into())]));
    let mut stage = Stage::start(vec![server]);
    stage.ready(1).await;
    let got = stage.call("everything", "get-env", json!({})).await;
    let env: BTreeMap<String, String> = serde_json::from_str(&got.text).unwrap();
    assert_eq!(env["GIVEN"], "on purpose");
    let names: Vec<_> = env.keys().filter(|name| !name.starts_with("__")).collect();
    // the first is a mark, by which the processes that a server starts are found
    assert_eq!(names, ["COUNTERSIGN_MCP_SERVER", "GIVEN", "HOME", "PATH"]);
}

#[tokio::test]
async fn b28_a_call_is_cut_short_by_its_limit_and_by_the_person() {
    let Some(mut server) = node("everything", "server-everything", &[]) else { return };
    server.timeouts.call = Duration::from_millis(200);
    let mut quick = Stage::start(vec![server.clone()]);
    quick.ready(1).await;
    let long = json!({"duration": 60, "steps": 600});
    let got = quick.call("everything", "trigger-long-running-operation", long.clone()).await;
    assert_eq!(got.failure, Some(CallFailure::TimedOut(Duration::from_millis(200))));
    assert!(got.duration_ms >= 200);
    let got = quick.call("everything", "echo", json!({"message": "still there"})).await;
    assert_eq!(got.text, "Echo: still there");

    server.timeouts.call = Duration::from_mins(1);
    let mut stage = Stage::start(vec![server]);
    stage.ready(1).await;
    let cancel = CancellationToken::new();
    let serde_json::Value::Object(long) = long else { unreachable!() };
    let call = stage.hub.call("everything", "trigger-long-running-operation", long, &cancel, &|_| ());
    let (got, ()) = tokio::join!(call, async { cancel.cancel() });
    assert_eq!(got.failure, Some(CallFailure::Cancelled));
}

#[tokio::test]
async fn b28_the_filesystem_server_reads_inside_its_folder_and_says_what_is_wrong_outside() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    std::fs::write(folder.join("a.txt"), "inside\n").unwrap();
    let Some(server) = node("files", "server-filesystem", &[folder.to_str().unwrap()]) else { return };
    let mut stage = Stage::start(vec![server]);
    stage.ready(1).await;
    assert!(stage.tool("files__read_text_file").read_only && !stage.tool("files__write_file").read_only);
    let got = stage.call("files", "read_text_file", json!({"path": folder.join("a.txt")})).await;
    assert!(got.text.starts_with("inside\n") && !got.is_error, "{got:?}");
    let got = stage.call("files", "read_text_file", json!({"path": "/etc/passwd"})).await;
    assert!(got.is_error && got.text.contains("Access denied"), "{got:?}");
    let wrote = json!({"path": folder.join("b.txt"), "content": "new"});
    assert!(!stage.call("files", "write_file", wrote).await.is_error);
    assert_eq!(std::fs::read_to_string(folder.join("b.txt")).unwrap(), "new");
}

#[tokio::test]
async fn b28_a_python_server_and_a_node_server_start_side_by_side() {
    let (Some(time), Some(everything)) = (time(), node("everything", "server-everything", &[])) else {
        return;
    };
    let mut stage = Stage::start(vec![time, everything]);
    stage.ready(2).await;
    let got = stage.call("time", "get_current_time", json!({"timezone": "Europe/Berlin"})).await;
    assert!(got.text.contains("Europe/Berlin") && !got.is_error, "{got:?}");
    let servers: Vec<_> = stage.hub.tools().into_iter().map(|tool| tool.server).collect();
    assert!(
        servers.is_sorted() && servers.first().unwrap() == "everything" && servers.last().unwrap() == "time"
    );
}

/// `server-everything` over streamable HTTP, and its address.
async fn everything_over_http() -> Option<(Child, String)> {
    node("everything", "server-everything", &[])?;
    // free a moment ago
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let script = root().join("tests/mcp/node_modules/@modelcontextprotocol/server-everything/dist/index.js");
    let mut child = Command::new("node")
        .arg(script)
        .arg("streamableHttp")
        .env("PORT", port.to_string())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.contains("listening on port") {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Some((child, format!("http://127.0.0.1:{port}/mcp")));
        }
    }
    panic!("the server did not say that it listens");
}

#[tokio::test]
async fn b28_everything_over_streamable_http() {
    let Some((mut server, url)) = everything_over_http().await else { return };
    let headers = BTreeMap::from([("X-Test".to_owned(), "a".to_owned())]);
    let mut stage = Stage::start(vec![config("far", Transport::Http { url, headers })]);
    stage.ready(1).await;
    let got = stage.call("far", "echo", json!({"message": "over there"})).await;
    assert_eq!((got.text.as_str(), got.failure), ("Echo: over there", None));
    let got = stage.call("far", "get-tiny-image", json!({})).await;
    assert_eq!(got.images.len(), 1);
    let progress = json!({"duration": 0.2, "steps": 2});
    assert!(stage.call("far", "trigger-long-running-operation", progress).await.text.contains("completed"));
    server.kill().await.unwrap();
    let got = stage.call("far", "echo", json!({"message": "anyone?"})).await;
    assert!(got.failure.unwrap().to_string().contains("far"));
    stage.hub.shutdown().await;
}
