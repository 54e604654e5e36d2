//! Stories of servers that misbehave.

use crate::stage::{Stage, config, program, scripted};
use mcp::{CallFailure, ServerEvent, Transport};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn b28_one_broken_server_breaks_only_itself_and_says_so() {
    let Some(good) = scripted("good", "plain", &[]) else { return };
    let mut exits = scripted("exits", "exit", &[("SOME_KEY", Path::new("sk-very-secret"))]).unwrap();
    if let Transport::Stdio { secrets, .. } = &mut exits.transport {
        secrets.push("sk-very-secret".to_owned());
    }
    let mut silent = scripted("silent", "silent", &[]).unwrap();
    silent.timeouts.start = Duration::from_millis(500);
    let mut endless = scripted("endless", "endless", &[]).unwrap();
    endless.timeouts.list = Duration::from_millis(500);
    let absent = program("absent", "no-such-program-anywhere", &[]);
    let nowhere =
        Transport::Http { url: "http://127.0.0.1:9/mcp?key=abcdef".to_owned(), headers: BTreeMap::new() };
    let mut stage = Stage::start(vec![good, exits, silent, endless, absent, config("nowhere", nowhere)]);
    let mut failed = BTreeMap::new();
    for _ in 0..6 {
        match stage.next().await {
            ServerEvent::Failed { server, message } => {
                failed.insert(server, message);
            }
            said => {
                assert!(matches!(&said, ServerEvent::Ready { server, .. } if server == "good"), "{said:?}");
            }
        }
    }
    let check = |server: &str, parts: &[&str]| {
        let message = &failed[server];
        assert!(parts.iter().all(|part| message.contains(part)), "{server}: {message}");
        assert!(!message.contains("secret") && !message.contains("abcdef"), "{message}");
    };
    check("exits", &["exit code 3", "it said: no licence was found for key [key]"]);
    check("silent", &["did not answer within 0.5 s"]);
    check("endless", &["tools could not be listed", "within 0.5 s"]);
    check("absent", &["cannot start `no-such-program-anywhere`", "on the PATH"]);
    check("nowhere", &["refused"]);

    assert_eq!(stage.call("good", "look", json!({})).await.text, "nothing to see");
    let got = stage.call("silent", "look", json!({})).await;
    assert!(
        got.failure.unwrap().to_string().starts_with("the MCP server silent is not there: it did not answer")
    );
    let got = stage.call("unheard", "look", json!({})).await;
    assert_eq!(got.failure, Some(CallFailure::Unavailable("there is no MCP server unheard".to_owned())));
}

#[tokio::test]
async fn b28_a_call_waits_for_a_server_that_is_still_starting() {
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    let Some(slow) = scripted("slow", "slow", &[("GO", &go)]) else { return };
    let quick = scripted("quick", "garbage", &[]).unwrap();
    let mut stage = Stage::start(vec![slow, quick]);
    assert_eq!(
        stage.next().await,
        ServerEvent::Ready { server: "quick".to_owned(), tools: 9, left_out: vec![] }
    );
    assert!(stage.hub.tools().iter().all(|tool| tool.server == "quick"), "nobody waits for the slow one");
    let (got, ()) = tokio::join!(stage.call("slow", "look", json!({})), async {
        std::fs::write(&go, "").unwrap();
    });
    assert_eq!(got.text, "nothing to see");
    assert_eq!(stage.hub.tools().len(), 18, "all pages of the list");
}

#[tokio::test]
async fn b28_a_changed_list_is_followed_in_the_old_way_and_in_the_new() {
    for mode in ["plain", "modern"] {
        let Some(server) = scripted("s", mode, &[]) else { return };
        let mut stage = Stage::start(vec![server]);
        stage.ready(1).await;
        assert!(!stage.hub.tools().iter().any(|tool| tool.name == "grown"));
        assert_eq!(stage.call("s", "grow", json!({})).await.text, "grown by one", "{mode}");
        assert_eq!(
            stage.next().await,
            ServerEvent::ToolsChanged { server: "s".to_owned(), left_out: vec![] }
        );
        assert!(stage.tool("s__grown").read_only);
    }
}

#[tokio::test]
async fn b28_a_server_that_dies_fails_its_call_and_is_started_again_a_few_times() {
    let Some(server) = scripted("s", "plain", &[]) else { return };
    let mut stage = Stage::start(vec![server]);
    stage.ready(1).await;
    for _ in 0..3 {
        let got = stage.call("s", "crash", json!({})).await;
        assert_eq!(got.failure, Some(CallFailure::Unavailable("the MCP server s is gone".to_owned())));
        let ServerEvent::Restarting { message, .. } = stage.next().await else {
            panic!("it is started again")
        };
        assert_eq!(message, "it ended with exit code 7; it said: it is all over");
        assert!(!stage.hub.tools().is_empty(), "its tools are kept meanwhile");
        // a call waits until it is ready
        assert_eq!(stage.call("s", "look", json!({})).await.text, "nothing to see");
        assert!(matches!(stage.next().await, ServerEvent::Ready { .. }));
    }
    stage.call("s", "crash", json!({})).await;
    let ServerEvent::Stopped { .. } = stage.next().await else { panic!("it stopped") };
    assert!(stage.hub.tools().is_empty());
    let got = stage.call("s", "look", json!({})).await;
    assert!(got.failure.unwrap().to_string().contains("exit code 7"));
}

#[tokio::test]
async fn b28_questions_to_the_person_and_to_the_model_are_declined() {
    let Some(server) = scripted("s", "plain", &[]) else { return };
    let mut stage = Stage::start(vec![server]);
    stage.ready(1).await;
    let got = stage.call("s", "ask", json!({})).await;
    let (answers, note) = got.text.split_once('\n').unwrap();
    assert!(note.contains("wanted to ask the person \"?\""), "{note}");
    let answers: serde_json::Value = serde_json::from_str(answers).unwrap();
    assert_eq!(answers[0]["result"]["action"], "decline", "{answers}");
    assert_eq!(answers[1]["error"]["code"], -32601, "{answers}");
    let got = stage.call("s", "fail", json!({})).await;
    assert!(got.is_error && got.text == "it did not work" && got.failure.is_none());
    let got = stage.call("s", "nothing", json!({})).await;
    assert_eq!(
        got.failure,
        Some(CallFailure::Unavailable("the MCP server s refused: no tool nothing (-32602)".to_owned()))
    );
}

#[tokio::test]
async fn b28_a_cancelled_call_is_cancelled_at_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let cancelled = folder.path().join("cancelled");
    let Some(server) = scripted("s", "plain", &[("CANCELLED", &cancelled)]) else { return };
    let mut stage = Stage::start(vec![server]);
    stage.ready(1).await;
    let cancel = CancellationToken::new();
    let hang = stage.hub.call("s", "hang", serde_json::Map::new(), &cancel, &|_| ());
    let mut hang = std::pin::pin!(hang);
    // the call is on its way once the server has answered one that was made after it
    tokio::select! {
        _ = &mut hang => panic!("it hangs"),
        _ = stage.call("s", "look", json!({})) => {}
    }
    cancel.cancel();
    assert_eq!(hang.await.failure, Some(CallFailure::Cancelled));
    // what says so may be overtaken by a later call
    let told = async {
        while !std::fs::read_to_string(&cancelled).is_ok_and(|text| text.contains("requestId")) {
            stage.call("s", "look", json!({})).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), told).await.expect("the server is told");
}

/// Reports whether a process lives, and is not only waiting to be reaped.
fn lives(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')))
}

/// The system tells nobody of the end of what is not their child.
async fn until_ended(pids: &[String]) {
    let ended = async {
        while pids.iter().any(|pid| lives(pid)) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ended).await.expect("they end");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn b28_servers_end_with_the_session_with_all_they_started() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let Some(server) = scripted("s", "stubborn", &[("PIDS", &pids)]) else { return };
    let read = || -> Vec<String> {
        std::fs::read_to_string(&pids).unwrap().split_whitespace().map(str::to_owned).collect()
    };
    let mut stage = Stage::start(vec![server.clone()]);
    stage.ready(1).await;
    let first = read();
    assert!(first.len() == 2 && first.iter().all(|pid| lives(pid)));
    stage.hub.shutdown().await;
    assert!(!lives(&first[0]), "it has ended when shutdown returns");
    until_ended(&first).await;
    assert!(
        stage.call("s", "look", json!({})).await.failure.unwrap().to_string().contains("the session is over")
    );

    let mut stage = Stage::start(vec![server]);
    stage.ready(1).await;
    let second = read();
    let Stage { hub, .. } = stage;
    drop(hub);
    until_ended(&second).await;
}
