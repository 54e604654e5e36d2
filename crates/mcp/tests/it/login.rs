//! Logging in to a real server that wants it: the Python SDK's, with its own authorization server.

use crate::stage::{Stage, config, root, time};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use mcp::{Login, LoginError, ServerConfig, ServerEvent, TokenStore, Transport};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A keychain of paper.
#[derive(Default)]
struct Paper(Mutex<BTreeMap<String, String>>);

impl Paper {
    fn text(&self, server: &str) -> Option<String> {
        self.0.lock().unwrap().get(server).cloned()
    }
}

impl TokenStore for Paper {
    fn load<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Option<String>, String>> {
        async { Ok(self.text(server)) }.boxed()
    }

    fn save<'a>(&'a self, server: &'a str, tokens: String) -> BoxFuture<'a, Result<(), String>> {
        async {
            self.0.lock().unwrap().insert(server.to_owned(), tokens);
            Ok(())
        }
        .boxed()
    }

    fn clear<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<(), String>> {
        async {
            self.0.lock().unwrap().remove(server);
            Ok(())
        }
        .boxed()
    }
}

/// The server that wants a login.
struct Guarded {
    _server: Child,
    url: String,
    journal: tempfile::NamedTempFile,
}

impl Guarded {
    /// Starts it, with tokens that last this long.
    async fn start(lasts_seconds: u32) -> Option<Self> {
        // the same Python has both
        time()?;
        let journal = tempfile::NamedTempFile::new().unwrap();
        // free a moment ago
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let mut server = Command::new(root().join("target/python/bin/python"))
            .arg(root().join("tests/mcp/guarded.py"))
            .args([port.to_string(), lasts_seconds.to_string()])
            .arg(journal.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        loop {
            let line = lines.next_line().await.unwrap().expect("the server says that it runs");
            if line.contains("running on") {
                break;
            }
        }
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(Self { _server: server, url: format!("http://127.0.0.1:{port}/mcp"), journal })
    }

    fn config(&self) -> ServerConfig {
        config("guarded", Transport::Http { url: self.url.clone(), headers: BTreeMap::new() })
    }

    fn notes(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.journal.path()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    async fn log_in(&self, scopes: &[&str], tokens: &Arc<Paper>) -> Result<(), LoginError> {
        let scopes: Vec<_> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let login = Login::begin("guarded", &self.url, &scopes, None, tokens.clone()).await?;
        let page = login.url().to_owned();
        // a browser: it goes where it is sent, and first knocks where nobody asked it to
        let browser = async move {
            let page = reqwest::Url::parse(&page).unwrap();
            let back = page.query_pairs().find(|(key, _)| key == "redirect_uri").unwrap().1.into_owned();
            let forged = format!("{back}?code=x&state=forged");
            assert_eq!(reqwest::get(forged).await.unwrap().status(), 404);
            let shown = reqwest::get(page).await.unwrap().text().await.unwrap();
            assert!(shown.contains("Countersign"), "{shown}");
        };
        let (done, ()) = tokio::join!(login.finish(), browser);
        done
    }
}

#[tokio::test]
async fn b28_b41_a_server_that_wants_a_login_says_so_and_is_used_after_one() {
    let Some(guarded) = Guarded::start(3_600).await else { return };
    let tokens = Arc::new(Paper::default());
    let mut before = Stage::start_with(vec![guarded.config()], Some(tokens.clone()));
    let ServerEvent::Failed { message, .. } = before.next().await else { panic!("nobody is logged in") };
    assert!(message.contains("it wants a login; run `countersign mcp login guarded`"), "{message}");

    guarded.log_in(&[], &tokens).await.unwrap();
    assert_eq!(guarded.notes(), ["registered Countersign", "granted"]);
    let mut after = Stage::start_with(vec![guarded.config()], Some(tokens.clone()));
    after.ready(1).await;
    assert_eq!(after.call("guarded", "whisper", json!({"word": "hi"})).await.text, "psst: hi");

    // the token is for that address only
    let moved =
        Transport::Http { url: guarded.url.replace("127.0.0.1", "localhost"), headers: BTreeMap::new() };
    let mut moved = Stage::start_with(vec![config("guarded", moved)], Some(tokens.clone()));
    assert!(matches!(moved.next().await, ServerEvent::Failed { .. }));
    // and a key in the config comes first
    let headers = BTreeMap::from([("authorization".to_owned(), "Bearer wrong".to_owned())]);
    let own = config("guarded", Transport::Http { url: guarded.url.clone(), headers });
    let mut own = Stage::start_with(vec![own], Some(tokens));
    assert!(matches!(own.next().await, ServerEvent::Failed { .. }));
}

#[tokio::test]
async fn b28_a_token_that_ran_out_is_refreshed_by_one_session_after_the_other() {
    // it has run out as soon as it is there, and the one in its place is good for one refresh
    let Some(guarded) = Guarded::start(0).await else { return };
    let tokens = Arc::new(Paper::default());
    guarded.log_in(&["read"], &tokens).await.unwrap();
    let first = tokens.text("guarded").unwrap();
    let mut stages: Vec<_> =
        (0..2).map(|_| Stage::start_with(vec![guarded.config()], Some(tokens.clone()))).collect();
    for stage in &mut stages {
        stage.ready(1).await;
    }
    let calls = stages.iter().map(|stage| stage.call("guarded", "whisper", json!({"word": "hi"})));
    for got in futures_util::future::join_all(calls).await {
        assert_eq!(got.text, "psst: hi", "{got:?}");
    }
    assert!(guarded.notes().contains(&"refreshed".to_owned()), "{:?}", guarded.notes());
    assert_ne!(tokens.text("guarded").unwrap(), first, "what it was given in place is kept");
}

#[tokio::test]
async fn b28_a_login_that_is_refused_says_why_and_keeps_nothing() {
    let Some(guarded) = Guarded::start(60).await else { return };
    let tokens = Arc::new(Paper::default());
    let refused = guarded.log_in(&["refuse"], &tokens).await.unwrap_err().to_string();
    assert_eq!(refused, "cannot log in to the MCP server guarded: access_denied: not today");
    assert_eq!(tokens.text("guarded"), None);
    let nowhere =
        Login::begin("x", "http://127.0.0.1:9/mcp", &[], None, tokens).await.err().unwrap().to_string();
    assert!(nowhere.starts_with("cannot log in to the MCP server x: "), "{nowhere}");
}
