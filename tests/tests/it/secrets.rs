//! Canary keys (B41): driven through every way in which something can fail, by the real command line and the real driver, with all
//! that can be logged. Afterwards they are nowhere but in the header they were made for.

use crate::cli::command;
use agent::session::OpenRequest;
use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::files_with;
use countersign_tests::harness::{Harness, PROVIDER, Session, unasked};
use countersign_tests::model_server::{ModelServer, Reply};
use model::credential::SessionKeys;
use protocol::EventMsg;
use secrets::Secret;
use serde_json::json;
use std::path::Path;

/// Each of a kind of its own, and none that a rule about names of variables would hide.
const KEY: &str = "cnry-key-3f9a77d1c05e";
const HEADER: &str = "cnry-header-81bb20ce94aa";
const QUERY: &str = "cnry-query-2cc6d0179be8";
const FIXED: &str = "cnry-fixed-e41d88b7306f";
const SERVER_KEY: &str = "cnry-mcp-5507de61f3ab";
const CANARY: &str = "cnry-";

/// Text that stands beside a canary in a failure: it shows that the text arrived, and only the canary was
/// left out.
const MARK: &str = "the-mark";

/// One way to fail.
struct Case<'a> {
    name: &'a str,
    replies: Vec<Reply>,
    /// Protocol of the vendor.
    wire: &'a str,
    /// Lines of the config.
    config: &'a str,
    /// Another address than the scripted server's.
    base_url: Option<String>,
    arguments: &'a [&'a str],
    /// Texts that must be in the output, or in the model's input.
    seen: &'a [&'a str],
}

impl<'a> Case<'a> {
    fn new(name: &'a str, replies: Vec<Reply>, seen: &'a [&'a str]) -> Self {
        Self {
            name,
            replies,
            wire: "responses",
            config: "",
            base_url: None,
            arguments: &["exec", "--json", "go"],
            seen,
        }
    }

    fn with(self, config: &'a str) -> Self {
        Self { config, ..self }
    }

    fn on(self, wire: &'a str) -> Self {
        Self { wire, ..self }
    }

    fn by(self, arguments: &'a [&'a str]) -> Self {
        Self { arguments, ..self }
    }

    fn at(self, base_url: String) -> Self {
        Self { base_url: Some(base_url), ..self }
    }
}

/// Text of a vendor's that repeats all it was sent.
fn echo() -> String {
    format!(
        "{MARK}: Bearer {KEY} with x-team-pass={HEADER} and {FIXED} at ?api-key={QUERY} is no good (\"{KEY}\")"
    )
}

fn refusal(status: u16) -> Reply {
    Reply::status(status).retry_after("0").json(&json!({"error": {"message": echo(), "code": "bad"}}))
}

/// Does the case with everything logged, and looks for a canary in all it left.
async fn check(case: Case<'_>) -> Result<()> {
    let name = case.name;
    let asked = case.replies.len();
    let mut harness = Harness::new(unasked(), &[("a.txt", "one\n")], case.replies).await?;
    case.config.clone_into(&mut harness.more_config);
    harness.more_of_provider = format!(
        "wire_api = \"{}\"\nenv_key = \"VENDOR_LOGIN\"\nenv_http_headers = {{ x-team-pass = \"TEAM_LOGIN\" }}\n\
         http_headers = {{ x-token = \"{FIXED}\" }}\nquery_params = {{ api-key = \"{QUERY}\" }}",
        case.wire
    );
    harness.write_config()?;
    if let Some(base_url) = &case.base_url {
        let file = harness.home().join("config.toml");
        let text = std::fs::read_to_string(&file)?.replace(&harness.server.base_url(), base_url);
        std::fs::write(file, text)?;
    }
    let mut command = command(&harness, case.arguments)?;
    command
        .env("VENDOR_LOGIN", KEY)
        .env("TEAM_LOGIN", HEADER)
        .env("RUST_LOG", "trace,rmcp::service=trace,rmcp::transport=trace")
        .env("RUST_BACKTRACE", "full");
    if case.config.contains("SERVER_LOGIN") {
        command.env("SERVER_LOGIN", SERVER_KEY);
    }
    let output = command.output().await?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let told: String = harness.server.requests().iter().map(|request| request.body.to_string()).collect();
    for seen in case.seen {
        ensure!(
            [&*out, &*err, &told].iter().any(|text| text.contains(seen)),
            "{name}: {seen:?} in {out}\n{err}"
        );
    }
    for (what, text) in [("output", &*out), ("errors and logs", &*err), ("what the model is told", &told)] {
        if let Some(at) = text.find(CANARY) {
            let from = text[..at].char_indices().rev().nth(300).map_or(0, |(index, _)| index);
            let end = text[at..].char_indices().nth(120).map_or(text.len(), |(index, _)| at + index);
            anyhow::bail!("{name}: a canary in the {what}: {}", &text[from..end]);
        }
    }
    if asked > 0 && case.base_url.is_none() {
        let sent = harness.server.requests();
        let headers = &sent.first().context("a request")?.headers;
        ensure!(headers.values().any(|sent| sent.contains(KEY)), "{name}: the key was sent");
        ensure!(headers.get("x-team-pass").is_some_and(|sent| sent == HEADER), "{name}: the header was sent");
    }
    found_nowhere(name, harness.home())?;
    found_nowhere(name, harness.project())
}

fn found_nowhere(name: &str, folder: &Path) -> Result<()> {
    let mut found = files_with(folder, CANARY)?;
    // where the person wrote some of them
    found.retain(|file| !file.ends_with("config.toml"));
    ensure!(found.is_empty(), "{name}: a canary in {found:?}");
    Ok(())
}

fn shell(script: &str) -> Vec<Reply> {
    vec![Reply::new().shell("c1", &["bash", "-c", script]).completed(), Reply::text("fine")]
}

#[tokio::test]
async fn b41_a_canary_is_looked_for_where_it_would_be() -> Result<()> {
    let dir = tempfile::tempdir()?;
    std::fs::create_dir(dir.path().join("in"))?;
    std::fs::write(dir.path().join("in/log"), format!("Bearer {KEY}"))?;
    ensure!(found_nowhere("one that is there", dir.path()).is_err());
    Ok(())
}

#[tokio::test]
async fn b41_a_vendor_that_repeats_the_key_is_not_repeated() -> Result<()> {
    let whole = |status| vec![refusal(status), refusal(status), refusal(status)];
    let said = json!({"type": "error", "code": "bad", "message": echo()});
    let incomplete =
        json!({"type": "response.incomplete", "response": {"incomplete_details": {"reason": echo()}}});
    let three = |reply: &dyn Fn() -> Reply| vec![reply(), reply(), reply()];
    for case in [
        Case::new("a refused key", whole(401), &[MARK, "refused the key"]),
        Case::new("a bad request", whole(400), &[MARK, "http 400"]),
        Case::new("no right", whole(403), &[MARK, "http 403"]),
        Case::new("too often", whole(429), &[MARK]),
        Case::new("a broken vendor", whole(500), &[MARK, "http 500"]),
        Case::new("an overloaded vendor", whole(529), &[MARK]),
        Case::new("plain text", three(&|| Reply::status(500).retry_after("0").bytes(echo())), &["http 500"]),
        Case::new(
            "a page",
            three(&|| Reply::status(200).header("content-type", "text/html").bytes(echo())),
            &["text/html"],
        ),
        Case::new(
            "a failure in the stream",
            three(&|| Reply::new().text_delta("half").failed("bad", &echo())),
            &[MARK],
        ),
        Case::new("an error in the stream", three(&|| Reply::new().event(&said)), &[MARK]),
        Case::new("an answer cut off by the vendor", three(&|| Reply::new().event(&incomplete)), &[]),
        Case::new(
            "no event",
            three(&|| Reply::new().bytes(format!("data: {{{}\n\n", echo()))),
            &["makes no sense"],
        ),
        Case::new("no line", three(&|| Reply::new().bytes(format!("{}\n\n", echo())).cut()), &[]),
        Case::new("an unknown event", three(&|| Reply::new().event(&json!({"type": echo()}))), &[]),
        Case::new("for people", whole(401), &[MARK]).by(&["exec", "go"]),
        Case::new("what the machine offers", vec![], &["scripted"]).by(&["doctor", "--json"]),
        Case::new("what the machine offers, for people", vec![], &["scripted"]).by(&["doctor"]),
    ] {
        check(case).await?;
    }
    for wire in ["chat", "messages"] {
        for case in [
            Case::new("a refused key", whole(401), &[MARK]),
            Case::new("a broken vendor", whole(500), &[MARK]),
            Case::new(
                "a failure in the stream",
                three(&|| Reply::new().text_delta("half").failed("bad", &echo())),
                &[MARK],
            ),
            Case::new(
                "no event",
                three(&|| Reply::new().bytes(format!("data: {{{}\n\n", echo()))),
                &["makes no sense"],
            ),
            Case::new("an unknown event", three(&|| Reply::new().event(&json!({"type": echo()}))), &[]),
        ] {
            check(case.on(wire)).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn b41_a_vendor_that_is_not_there_or_elsewhere_gets_no_key() -> Result<()> {
    let gone = ModelServer::start(vec![]).await?.base_url();
    check(Case::new("a refused connection", vec![], &["cannot reach"]).at(gone)).await?;
    let plain = ModelServer::start(vec![]).await?;
    let no_tls = plain.base_url().replace("http:", "https:");
    check(Case::new("no tls", vec![], &["does not speak https"]).at(no_tls)).await?;
    let no_name = "https://vendor.invalid/v1".to_owned();
    check(Case::new("no such host", vec![], &["vendor.invalid"]).at(no_name)).await?;

    let elsewhere = ModelServer::start(vec![Reply::text("caught")]).await?;
    for status in [301, 302, 303, 307, 308] {
        let location =
            format!("{}/responses?key={KEY}", elsewhere.base_url().replace("127.0.0.1", "localhost"));
        let moved = vec![Reply::status(status).header("location", &location)];
        check(Case::new("a redirect", moved, &["which is not followed"])).await?;
    }
    ensure!(elsewhere.requests().is_empty() && plain.requests().is_empty(), "nobody else was asked");
    Ok(())
}

#[tokio::test]
async fn b19_b41_no_command_and_no_program_sees_a_key() -> Result<()> {
    let everything = "env; cat /proc/*/environ 2> /dev/null | tr '\\0' '\\n'; cat /proc/*/cmdline | tr '\\0' ' '; echo the-mark";
    let notifier = "notify = [\"sh\", \"-c\", \"env > told; echo $* >> told\"]\n";
    // what is set for it is a key, too, and its own to know
    let set = format!("env = {{ MY_TOKEN = \"{SERVER_KEY}\" }}\n");
    let fails = "[mcp_servers.fails]\ncommand = \"sh\"\nargs = [\"-c\", \"env >&2; env; exit 1\"]\n";
    let bare = ["exec", "--json", "--sandbox", "danger-full-access", "go"];
    for case in [
        Case::new("a command", shell("env; echo the-mark"), &[MARK]),
        Case::new("a command that looks around", shell(everything), &[MARK]),
        Case::new("a command that fails", shell("env >&2; echo the-mark; exit 3"), &[MARK]),
        Case::new("a command that writes", shell("env > found; export -p >> found; echo the-mark"), &[MARK]),
        Case::new("a command outside the sandbox", shell("env; echo the-mark"), &[MARK]).by(&bare),
        Case::new("a notifier", shell("echo the-mark"), &[MARK]).with(notifier),
        Case::new("a program of the MCP that fails", shell("echo the-mark"), &[MARK]).with(fails),
        Case::new("a program of the MCP with a key that fails", shell("env; echo the-mark"), &[MARK])
            .with(&format!("{fails}{set}")),
        Case::new("a program of the MCP with a key that is looked at", vec![], &["fails", "MY_TOKEN=[key]"])
            .with(&format!("{fails}{set}"))
            .by(&["mcp", "list"]),
        Case::new("a program of the MCP that is looked at", vec![], &["fails"])
            .with(fails)
            .by(&["mcp", "list"]),
    ] {
        check(case).await?;
    }
    Ok(())
}

#[tokio::test]
async fn b28_b41_a_server_of_the_mcp_that_repeats_its_key_is_not_repeated() -> Result<()> {
    // whatever it is asked, it refuses with what it was sent
    let server =
        ModelServer::with_policy(|_| Reply::status(401).bytes(format!("the-mark {SERVER_KEY}"))).await?;
    let url = format!("{}/models", server.base_url());
    let refuses = format!(
        "[mcp_servers.refuses]\nurl = \"{url}\"\nbearer_token_env_var = \"SERVER_LOGIN\"\nenv_http_headers = {{ x-pass = \"SERVER_LOGIN\" }}\n"
    );
    let looks = shell("env; echo the-mark");
    check(Case::new("a server that refuses", looks, &["refuses", MARK]).with(&refuses)).await?;
    check(Case::new("a server that is looked at", vec![], &["refuses"]).with(&refuses).by(&["mcp", "list"]))
        .await
}

/// A key that was typed into the window, where there is no keychain.
#[tokio::test]
async fn b41_a_key_that_was_typed_is_in_no_event_and_no_file() -> Result<()> {
    let refusal = |status: u16| {
        let text = format!("{MARK}: {KEY} is no good");
        Reply::status(status).retry_after("0").json(&json!({"error": {"message": text}}))
    };
    let mut replies = vec![refusal(401), refusal(500), refusal(500), refusal(500)];
    replies.extend(shell("env; echo x > made.txt"));
    let mut harness = Harness::new(unasked(), &[("a.txt", "one\n")], replies).await?;
    harness.more_of_provider = "env_key = \"VENDOR_LOGIN\"".to_owned();
    harness.write_config()?;
    let request = OpenRequest {
        session_keys: SessionKeys::from_iter([(PROVIDER.to_owned(), Secret::new(KEY))]),
        ..harness.open_request(None)?
    };
    let mut session = Session::open(request).await?;
    for _ in 0..2 {
        let end = session.ask_and_wait("go").await?;
        ensure!(matches!(end, EventMsg::TurnAborted { .. }), "{end:?}");
    }
    session.ask_and_wait("go on").await?;
    let events = serde_json::to_string(session.events())?;
    ensure!(events.contains(MARK) && !events.contains(CANARY), "{events}");
    ensure!(harness.server.requests()[0].headers["authorization"].contains(KEY), "it was sent");
    session.shut_down().await?;
    found_nowhere("a typed key", harness.home())?;
    found_nowhere("a typed key", harness.project())
}
