//! Sessions as a whole: forked, named, put away, deleted, restored, found; and what becomes of them when files fail (B29, B30).

use crate::cli::{self, Ran, countersign, run_as};
use crate::host_window::{Window, ids};
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, reviewing, unasked};
use countersign_tests::model_server::Reply;
use host::api::{AppView, SessionsPage};
use protocol::{EventMsg, Op, SessionId};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tokio::process::Command;

async fn run(harness: &Harness, args: &[&str]) -> Result<Ran> {
    cli::run(harness, args, "").await
}

/// Returns the list of `countersign sessions`.
async fn listed(harness: &Harness, args: &[&str]) -> Result<Vec<Value>> {
    let ran = run(harness, &[&["sessions", "--json"], args].concat()).await?;
    ensure!(ran.code == Some(0), "{}", ran.err);
    ran.out.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn said(session: &Session, text: &str) -> bool {
    session.said().any(|msg| matches!(msg, EventMsg::AgentMessage { text: said, .. } if said == text))
}

/// A session of two tasks.
async fn two_tasks(harness: &Harness) -> Result<PathBuf> {
    let mut session = harness.open(None).await?;
    session.ask_and_wait("first question").await?;
    session.ask_and_wait("second question").await?;
    let path = session.transcript()?;
    session.shut_down().await?;
    Ok(path)
}

#[tokio::test]
async fn b30_a_fork_goes_on_from_a_task_and_leaves_the_other_as_it_is() -> Result<()> {
    let replies = ["one", "two", "another two"].map(Reply::text);
    let harness = Harness::new(reviewing(), &[], replies.into()).await?;
    let source = two_tasks(&harness).await?;
    let before = std::fs::read(&source)?;
    let id = transcript::header(&source)?.meta.session_id;

    let forked = run(&harness, &["fork", "--at", "1", "--json", id.as_str()]).await?;
    ensure!(forked.code == Some(0), "{}", forked.err);
    let forked: Value = serde_json::from_str(&forked.out)?;
    let path = PathBuf::from(forked["path"].as_str().context("a path")?);
    let mut session = harness.open(Some(path.clone())).await?;
    ensure!(said(&session, "one") && !said(&session, "two"));
    session.ask_and_wait("something else").await?;
    session.shut_down().await?;
    let request = String::from_utf8_lossy(&harness.server.requests()[2].bytes).into_owned();
    ensure!(request.contains("first question") && request.contains("something else"), "{request}");
    ensure!(!request.contains("second question"), "{request}");
    ensure!(std::fs::read(&source)? == before);

    let listed = listed(&harness, &[]).await?;
    let fork = listed.iter().find(|one| one["id"] == forked["id"]).context("it is listed")?;
    ensure!(fork["forked_from"] == id.as_str() && fork["title"] == "first question", "{fork}");
    let refused = run(&harness, &["fork", "--at", "7", id.as_str()]).await?;
    ensure!(refused.code == Some(1) && refused.err.contains("there is no task 7"), "{}", refused.err);
    Ok(())
}

#[tokio::test]
async fn b30_a_session_is_named_found_put_away_deleted_and_restored_by_the_command_line() -> Result<()> {
    let replies = ["the parser is fine", "two"].map(Reply::text);
    let harness = Harness::new(reviewing(), &[], replies.into()).await?;
    let path = two_tasks(&harness).await?;
    let id = transcript::header(&path)?.meta.session_id.0;
    let short = &id[..30];
    let done = async |args: &[&str]| {
        let ran = run(&harness, &[&["sessions"], args].concat()).await?;
        ensure!(ran.code == Some(0), "{args:?}: {}", ran.err);
        Ok::<_, anyhow::Error>(ran.out)
    };
    done(&["rename", short, "About the parser"]).await?;
    let found = listed(&harness, &["--search", "PARSER fine"]).await?;
    ensure!(
        found.len() == 1 && found[0]["title"] == "About the parser" && found[0]["tasks"] == 2,
        "{found:?}"
    );
    ensure!(found[0]["snippet"].as_str().is_some_and(|text| text.contains("parser")), "{found:?}");
    ensure!(listed(&harness, &["--search", "lexer"]).await?.is_empty());
    ensure!(done(&["--search", "parser"]).await?.contains("About the parser"));
    ensure!(done(&["--search", "lexer"]).await? == "no such sessions\n");

    done(&["archive", short]).await?;
    ensure!(listed(&harness, &[]).await?.is_empty());
    let archived = listed(&harness, &["--archived", "--search", "parser"]).await?;
    ensure!(archived.len() == 1 && archived[0]["archived"] == true, "{archived:?}");
    done(&["unarchive", short]).await?;
    done(&["delete", short]).await?;
    ensure!(
        listed(&harness, &["--all"]).await?.is_empty() && listed(&harness, &["--archived"]).await?.is_empty()
    );
    ensure!(listed(&harness, &["--deleted"]).await?.len() == 1);
    let refused = run(&harness, &["resume", short, "go on"]).await?;
    ensure!(refused.code == Some(1) && refused.err.contains("no session"), "{}", refused.err);
    done(&["restore", short]).await?;
    ensure!(listed(&harness, &[]).await?[0]["title"] == "About the parser");
    ensure!(path.exists());

    let refused = run(&harness, &["sessions", "delete", "nonesuch", short]).await?;
    ensure!(refused.code == Some(1) && refused.err.contains("no session \"nonesuch\""), "{}", refused.err);
    ensure!(listed(&harness, &["--deleted"]).await?.len() == 1, "the others are moved all the same");
    Ok(())
}

#[tokio::test]
async fn b30_a_session_that_is_open_is_named_in_it_and_not_moved_from_under_it() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![Reply::text("one"), Reply::text("two")]).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("hello").await?;
    let id = transcript::header(&session.transcript()?)?.meta.session_id.0;
    for action in ["archive", "delete"] {
        let refused = run(&harness, &["sessions", action, &id]).await?;
        ensure!(
            refused.code == Some(1) && refused.err.contains("in use by another instance"),
            "{}",
            refused.err
        );
    }
    session.submit(Op::SetTitle { title: "Greetings".to_owned() }).await?;
    session.until("the name", |msg| matches!(msg, EventMsg::TitleChanged { .. })).await?;
    ensure!(listed(&harness, &["--search", "greet"]).await?[0]["title"] == "Greetings");
    session.ask_and_wait("still there?").await?;
    session.shut_down().await
}

#[tokio::test]
async fn b29_a_full_disk_ends_the_session_with_a_clear_error_and_what_was_there_stays() -> Result<()> {
    let long = "word ".repeat(4000);
    let harness = Harness::new(unasked(), &[], vec![Reply::text(&long), Reply::text("back")]).await?;
    harness.write_config()?;
    // a file may grow to so much and no further, and the program is told so instead of being ended
    let limited = "trap '' XFSZ; ulimit -f 16; exec \"$0\" exec hello";
    let ran = run_as(&harness, Command::new("sh").args(["-c", limited]).arg(countersign()?)).await?;
    ensure!(ran.code == Some(1), "{:?} {} {}", ran.code, ran.out, ran.err);
    let told = format!("{}{}", ran.out, ran.err);
    ensure!(told.contains(".jsonl could not be written") && told.contains("free some space"), "{told}");

    let path = transcript::newest(&config::Home::at(harness.home())).context("it is there")?;
    let before = std::fs::read(&path)?;
    ensure!(before.ends_with(b"\n"), "nothing half is left");
    let ran = run(&harness, &["resume", "--last", "go on"]).await?;
    ensure!(ran.code == Some(0) && ran.out.contains("back"), "{} {}", ran.out, ran.err);
    ensure!(std::fs::read(&path)?.starts_with(&before));
    ensure!(harness.server.requests()[1].input().iter().any(|item| item.to_string().contains("hello")));
    Ok(())
}

#[tokio::test]
async fn b29_a_folder_that_takes_no_files_is_a_clear_error_and_nothing_runs() -> Result<()> {
    let harness = Harness::new(unasked(), &[], vec![]).await?;
    harness.write_config()?;
    std::fs::write(harness.home().join("sessions"), "in the way")?;
    let ran = run(&harness, &["exec", "hello"]).await?;
    let told = format!("{}{}", ran.out, ran.err);
    ensure!(ran.code == Some(1) && told.contains("could not be opened"), "{told}");
    ensure!(harness.server.requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn b29_a_damaged_line_is_told_and_the_next_request_is_valid() -> Result<()> {
    let replies = vec![
        Reply::new().shell("c1", &["echo", "one"]).shell("c2", &["echo", "two"]).completed(),
        Reply::text("done"),
        Reply::text("on we go"),
    ];
    let policies = protocol::Policies { sandbox: protocol::SandboxPolicy::DangerFullAccess, ..unasked() };
    let harness = Harness::new(policies, &[], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    let path = session.transcript()?;
    session.shut_down().await?;
    let text = std::fs::read_to_string(&path)?;
    let number =
        1 + text.lines().position(|line| line.contains("\"exec_end\"")).context("a command ended")?;
    let damaged: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(at, line)| if at + 1 == number { line.replace(':', "\u{0}") } else { line.to_owned() })
        .collect();
    std::fs::write(&path, damaged.join("\n") + "\n")?;
    let mut session = harness.open(Some(path.clone())).await?;
    let place = format!("{}:{number}: left out a line", path.display());
    ensure!(
        session.said().any(
            |msg| matches!(msg, EventMsg::BackgroundEvent { message, .. } if message.starts_with(&place))
        )
    );
    session.ask_and_wait("go on").await?;
    let request = &harness.server.requests()[2];
    ensure!(request.output_of("c1").is_some() && request.output_of("c2").is_some());
    session.shut_down().await
}

#[tokio::test]
async fn b31_a_history_that_is_not_kept_is_not_begun() -> Result<()> {
    let mut harness = Harness::new(reviewing(), &[], vec![]).await?;
    harness.more_config = "[history]\npersistence = \"none\"\n".to_owned();
    let mut session = harness.open(None).await?;
    session.submit(Op::AddToHistory { text: "a secret".to_owned() }).await?;
    session.submit(Op::GetHistoryEntryRequest { log_id: 0, offset: 0 }).await?;
    session
        .until("nothing", |msg| matches!(msg, EventMsg::GetHistoryEntryResponse { text: None, .. }))
        .await?;
    ensure!(!harness.home().join("history.jsonl").exists());
    session.shut_down().await
}

#[tokio::test]
async fn b41_an_exported_session_is_without_the_secrets_that_are_known() -> Result<()> {
    let harness = Harness::new(
        reviewing(),
        &[],
        vec![Reply::text("The token is harmless-words, and `sk-proj-0123456789abcdefghij` is a key.")],
    )
    .await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("what is <b>harmless-words</b>?").await?;
    let path = session.transcript()?;
    session.shut_down().await?;
    let path = path.to_str().context("a path")?;

    let export = |args: &[&str]| {
        let mut command = Command::new(countersign().unwrap());
        command.args(["sessions", "export", path]).args(args).env("DEPLOY_TOKEN", "harmless-words");
        command
    };
    let ran = run_as(&harness, &mut export(&[])).await?;
    ensure!(ran.code == Some(0) && ran.err.contains("secrets removed: "), "{}", ran.err);
    ensure!(
        ran.out.contains("## You") && ran.out.contains("what is <b>[secret removed]</b>?"),
        "{}",
        ran.out
    );
    ensure!(
        ran.out.contains("## Agent") && ran.out.contains("The token is \\[secret removed\\], and"),
        "{}",
        ran.out
    );
    ensure!(!ran.out.contains("harmless-words") && !ran.out.contains("sk-proj"), "{}", ran.out);

    let file = harness.home().join("session.html");
    let ran = run_as(&harness, &mut export(&["--output", file.to_str().context("a path")?])).await?;
    ensure!(ran.code == Some(0) && ran.out.is_empty(), "{}", ran.err);
    let page = std::fs::read_to_string(&file)?;
    ensure!(
        page.starts_with("<!doctype html>") && page.contains("what is &lt;b&gt;[secret removed]&lt;/b&gt;?"),
        "{page}"
    );

    let ran = run_as(&harness, &mut export(&["--format", "json"])).await?;
    let document: Value = serde_json::from_str(&ran.out)?;
    ensure!(document["format"] == "countersign-session" && document["rows"][0]["body"]["type"] == "user");
    let ran = run(&harness, &["sessions", "export", "nothing"]).await?;
    ensure!(ran.code != Some(0) && ran.err.contains("nothing"), "{}", ran.err);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn b30_the_window_finds_names_forks_and_moves_sessions() -> Result<()> {
    let mut window = Window::open(&["one", "two"]).await?;
    window.pick_folder().await?;
    let todos = window.ask("list the todos").await?;
    let hello = window.ask("hello").await?;
    window.pick_folder().await?;
    let other = window.ask("what is in here?").await?;

    // found while it is open, with what was said a moment ago
    let found = window.search("\"list the todos\"", true, "sessions").await?;
    let first = found.first().context("it is found")?;
    ensure!(first.id == todos && first.folder == "one", "{found:#?}");
    ensure!(first.snippet.iter().any(|part| part.hit && part.text == "list the todos"), "{first:#?}");
    let here = window.search("hello", false, "sessions").await?;
    ensure!(!ids(&here).contains(&&hello), "it is of the other folder");
    ensure!(window.search("", true, "sessions").await?.len() == 3);
    ensure!(ids(&window.search("", false, "sessions").await?) == [&other]);

    // to show one of another folder opens that
    let shown: SessionId = window.call("open_session", json!({ "session": todos })).await?;
    ensure!(shown == todos);
    let app: AppView = window.call("app", json!({})).await?;
    let open = app.projects.iter().find(|one| Some(&one.id) == app.project.as_ref()).context("a folder")?;
    ensure!(open.name == "one" && app.session.as_ref() == Some(&todos));

    let () = window.call("rename_session", json!({ "session": todos, "title": "All that is left" })).await?;
    window.until(|app| app.sessions.iter().any(|one| one.title == "All that is left")).await?;
    ensure!(ids(&window.search("all left", true, "sessions").await?) == [&todos]);

    let fork: SessionId = window.call("fork_session", json!({ "session": todos, "task": 1 })).await?;
    let fork = window.snapshot(&fork).await?;
    ensure!(fork.id != todos && fork.session.title == "All that is left" && fork.total_rows > 1, "{fork:#?}");
    let found = window.search("todos", true, "sessions").await?;
    let forked = found.iter().find(|one| one.id == fork.id).context("it is found")?;
    ensure!(forked.forked_from.as_ref() == Some(&todos), "{forked:?}");

    // one that is open, and shown, ends when it is moved
    let () = window.call("archive_session", json!({ "session": fork.id, "archived": true })).await?;
    let app: AppView = window.call("app", json!({})).await?;
    ensure!(app.session.is_none() && !ids(&app.sessions).contains(&&fork.id), "{app:#?}");
    ensure!(ids(&window.search("", true, "archive").await?) == [&fork.id]);
    let again: SessionId = window.call("open_session", json!({ "session": fork.id })).await?;
    let again = window.snapshot(&again).await?;
    ensure!(again.total_rows == fork.total_rows);
    let () = window.call("archive_session", json!({ "session": fork.id, "archived": false })).await?;

    let () = window.call("delete_session", json!({ "session": todos })).await?;
    let deleted = window.search("", true, "trash").await?;
    ensure!(ids(&deleted) == [&todos] && deleted[0].title == "All that is left");
    let refused = window.call::<Value>("open_session", json!({ "session": todos })).await;
    ensure!(refused.is_err_and(|error| error.to_string().contains("no such session")));
    let () = window.call("restore_session", json!({ "session": todos })).await?;
    let app: AppView = window.call("app", json!({})).await?;
    let listed = ids(&app.sessions);
    ensure!(
        [&todos, &hello, &fork.id].iter().all(|id| listed.contains(id)) && app.sessions_total == 3,
        "{app:#?}"
    );

    // a path is no id
    let elsewhere = window.dir.path().join("elsewhere.jsonl");
    std::fs::write(&elsewhere, "{}\n")?;
    for name in ["open_session", "delete_session"] {
        let refused = window.call::<Value>(name, json!({ "session": elsewhere })).await;
        ensure!(refused.is_err() && Path::new(&elsewhere).exists());
    }
    window.web_host.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn b30_the_list_grows_by_what_others_wrote_and_is_not_waited_for() -> Result<()> {
    let mut window = Window::open(&["one"]).await?;
    let home = config::Home::at(&window.dir.path().join("home"));
    let cwd = window.dir.path().join("one").canonicalize()?;
    for number in 0..300_u64 {
        let meta = protocol::SessionMeta {
            session_id: format!("s{number:03}").into(),
            at_ms: 1_746_638_661_000 + number,
            cwd: cwd.clone(),
            version: "1".to_owned(),
            git_commit: None,
            git_branch: None,
            forked_from: None,
            imported_from: None,
        };
        transcript::Writer::create(&home, &meta)?;
    }
    window.pick_folder().await?;
    let app = window.until(|app| app.sessions_total == 300).await?;
    ensure!(
        app.sessions.len() == 200 && app.sessions[0].id.as_str() == "s299",
        "the newest first, and not all"
    );
    let args = json!({ "words": "", "everywhere": false, "shelf": "sessions", "from": 200, "count": 500 });
    let more: SessionsPage = window.call("search_sessions", args).await?;
    ensure!(more.sessions.len() == 100 && more.sessions[99].id.as_str() == "s000");
    window.web_host.stop().await;
    Ok(())
}
