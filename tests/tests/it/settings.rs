//! Stories about what is set: instructions in files, the notifier, the configuration (B33, B34, B35).

use crate::cli::{command, run};
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, reviewing};
use countersign_tests::model_server::Reply;
use protocol::{EventMsg, SessionConfig};
use serde_json::{Value, json};

#[tokio::test]
async fn b33_instructions_of_the_home_and_of_every_folder_down_to_here_are_sent() -> Result<()> {
    let files = [
        (".git/HEAD", "ref: refs/heads/main\n"),
        ("AGENTS.md", "from the root of the project"),
        ("sub/deep/AGENTS.md", "from the folder itself"),
        ("other/AGENTS.md", "from somewhere else"),
    ];
    let mut harness = Harness::new(reviewing(), &files, vec![Reply::text("ok"), Reply::text("ok")]).await?;
    std::fs::write(harness.home().join("AGENTS.md"), "from the person")?;
    harness.write_config()?;
    let ran = run(&harness, &["trust", "sub/deep", "--yes"], "").await?;
    ensure!(ran.code == Some(0), "{}", ran.err);
    let ran = run(&harness, &["exec", "-C", "sub/deep", "go"], "").await?;
    ensure!(ran.code == Some(0) && !ran.err.contains("trust"), "{}", ran.err);
    let sent = String::from_utf8_lossy(&harness.server.requests()[0].bytes).into_owned();
    let places = ["from the person", "from the root of the project", "from the folder itself"]
        .map(|text| sent.find(text));
    ensure!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {sent}");
    ensure!(!sent.contains("from somewhere else"));

    harness.more_config = "project_doc_max_bytes = 20\n".to_owned();
    harness.write_config()?;
    let ran = run(&harness, &["exec", "-C", "sub/deep", "go"], "").await?;
    ensure!(
        ran.err.contains("project_doc_max_bytes") && ran.err.contains("AGENTS.md"),
        "what was cut is said: {}",
        ran.err
    );
    let sent = String::from_utf8_lossy(&harness.server.requests()[1].bytes).into_owned();
    ensure!(sent.contains("from the person") && !sent.contains("from the root of"), "{sent}");
    Ok(())
}

#[tokio::test]
async fn b34_a_notifier_that_hangs_or_is_not_there_keeps_nobody_waiting() -> Result<()> {
    for notify in [vec!["sleep".to_owned(), "600".to_owned()], vec!["/no/such/notifier".to_owned()]] {
        let harness = Harness::new(reviewing(), &[], vec![Reply::text("one"), Reply::text("two")]).await?;
        let config = SessionConfig { notify, ..harness.session_config(None) };
        let mut session = harness.open_with(config).await?;
        for prompt in ["first", "second"] {
            let end = session.ask_and_wait(prompt).await?;
            ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
        }
        session.shut_down().await?;
    }
    Ok(())
}

#[tokio::test]
async fn b35_file_profile_and_command_line_are_laid_one_over_the_other() -> Result<()> {
    let mut harness = Harness::new(reviewing(), &[], vec![Reply::text("ok"); 3]).await?;
    harness.more_config = "approval_policy = \"never\"\nmodel_reasoning_effort = \"low\"\n\
        [profiles.deep]\nmodel = \"gpt-5-deep\"\nmodel_reasoning_effort = \"high\"\n"
        .to_owned();
    harness.more_of_provider =
        "http_headers = { \"X-Team\" = \"blue\" }\nenv_http_headers = { \"X-Who\" = \"WHO_ASKS\" }\nquery_params = { v = \"1\" }"
            .to_owned();
    harness.write_config()?;
    for (args, model, effort) in [
        (&["exec", "go"][..], "m", Value::Null),
        (&["exec", "--profile", "deep", "go"], "gpt-5-deep", json!("high")),
        (&["exec", "--profile", "deep", "-c", "model=\"gpt-5-mine\"", "go"], "gpt-5-mine", json!("high")),
    ] {
        let ran = command(&harness, args)?.env("WHO_ASKS", "me").output().await?;
        ensure!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
        let requests = harness.server.requests();
        let request = requests.last().context("a request")?;
        ensure!(
            request.body["model"] == model && request.body["reasoning"]["effort"] == effort,
            "{}",
            request.body
        );
        let header = |name: &str| request.headers.get(name).map(String::as_str);
        ensure!(
            header("x-team") == Some("blue")
                && header("x-who") == Some("me")
                && request.uri.ends_with("?v=1")
        );
        ensure!(String::from_utf8_lossy(&request.bytes).contains("approval policy: never"));
    }
    Ok(())
}

#[tokio::test]
async fn b35_what_is_wrong_in_the_file_is_named_with_its_line_and_nothing_is_sent() -> Result<()> {
    for (lines, named) in [
        ("approval_polcy = \"never\"\n", &["config.toml:3", "approval_polcy", "approval_policy"][..]),
        ("approval_policy = 3\n", &["config.toml:3:19", "string"]),
        ("approval_policy = \n", &["config.toml:3"]),
    ] {
        let mut harness = Harness::new(reviewing(), &[], vec![Reply::text("never sent")]).await?;
        harness.more_config = lines.to_owned();
        harness.write_config()?;
        let ran = run(&harness, &["exec", "go"], "").await?;
        ensure!(ran.code == Some(1), "{lines}: {:?} {}", ran.code, ran.out);
        for word in named {
            ensure!(ran.err.contains(word), "{word} is not named for {lines}: {}", ran.err);
        }
        ensure!(harness.server.requests().is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn b33_instructions_of_a_folder_nobody_trusted_are_not_sent_and_it_is_said_how_to_trust_them()
-> Result<()> {
    let replies = (0..5).map(|_| Reply::text("ok")).collect();
    let harness = Harness::new(reviewing(), &[("AGENTS.md", "from the project")], replies).await?;
    std::fs::write(harness.home().join("AGENTS.md"), "from the person")?;
    harness.write_config()?;
    let sent = |harness: &Harness| {
        let requests = harness.server.requests();
        let last = requests.last().map(|request| String::from_utf8_lossy(&request.bytes).into_owned());
        let last = last.unwrap_or_default();
        (last.contains("from the person"), last.contains("from the project"), last.contains("changed since"))
    };
    let folder = harness.project().canonicalize()?.display().to_string();
    let ran = run(&harness, &["exec", "go"], "").await?;
    ensure!(ran.code == Some(0) && sent(&harness) == (true, false, false), "{}", ran.err);
    ensure!(
        ran.err.contains("AGENTS.md") && ran.err.contains(&format!("countersign trust {folder}")),
        "{}",
        ran.err
    );
    let ran = run(&harness, &["resume", "--last", "go on"], "").await?;
    ensure!(ran.code == Some(0) && sent(&harness) == (true, false, false), "{}", ran.err);
    ensure!(ran.err.contains("countersign trust"), "{}", ran.err);

    // nobody is there to say yes
    let ran = run(&harness, &["trust"], "").await?;
    ensure!(ran.code == Some(1) && ran.err.contains("--yes"), "{}", ran.err);
    ensure!(ran.out.contains("from the project"), "what would be trusted is shown: {}", ran.out);
    let ran = run(&harness, &["trust", "--yes"], "").await?;
    ensure!(ran.code == Some(0), "{}", ran.err);
    let ran = run(&harness, &["exec", "go"], "").await?;
    ensure!(sent(&harness) == (true, true, false) && !ran.err.contains("trust"), "{}", ran.err);
    let listed = run(&harness, &["trust", "--list"], "").await?;
    ensure!(listed.out.starts_with("trusted") && listed.out.contains(&folder), "{}", listed.out);

    std::fs::write(harness.project().join("AGENTS.md"), "changed since")?;
    let ran = run(&harness, &["exec", "go"], "").await?;
    ensure!(
        sent(&harness) == (true, false, false) && ran.err.contains("changed since you trusted it"),
        "{}",
        ran.err
    );
    let listed = run(&harness, &["trust", "--list", "--json"], "").await?;
    let listed: Value = serde_json::from_str(listed.out.trim())?;
    ensure!(listed["state"] == "changed", "{listed}");

    let ran = run(&harness, &["trust", "--remove"], "").await?;
    ensure!(ran.code == Some(0), "{}", ran.err);
    ensure!(run(&harness, &["trust", "--list", "--json"], "").await?.out.is_empty());
    let ran = run(&harness, &["trust", "--remove"], "").await?;
    ensure!(ran.code == Some(1) && ran.err.contains("--list"), "{}", ran.err);
    Ok(())
}

#[tokio::test]
async fn b35_the_effective_configuration_is_printed_with_the_source_of_each_value_and_no_secret() -> Result<()>
{
    let mut harness = Harness::new(reviewing(), &[], vec![]).await?;
    harness.more_config = "approval_policy = \"untrusted\"\n[profiles.deep]\nmodel = \"deep\"\n".to_owned();
    harness.more_of_provider = "http_headers = { \"X-Key\" = \"sk-hidden\" }".to_owned();
    harness.write_config()?;
    std::fs::write(
        harness.home().join("settings.json"),
        r#"{ "version": 2, "policies": { "approval": "never" }, "theme": "dark" }"#,
    )?;
    let values = async |args: &[&str]| -> Result<std::collections::BTreeMap<String, Value>> {
        let ran = run(&harness, args, "").await?;
        ensure!(ran.code == Some(0) && !ran.out.contains("sk-hidden"), "{} {}", ran.out, ran.err);
        let lines = ran.out.lines().map(serde_json::from_str::<Value>).collect::<Result<Vec<_>, _>>()?;
        Ok(lines
            .into_iter()
            .map(|line| (line["key"].as_str().unwrap_or_default().to_owned(), line))
            .collect())
    };
    let plain = values(&["config", "--json"]).await?;
    ensure!(plain["model"]["value"] == "m" && plain["model"]["source"]["line"] == 1, "{}", plain["model"]);
    ensure!(
        plain["approval_policy"]["value"] == "untrusted" && plain["approval_policy"]["source"]["line"] == 3
    );
    ensure!(plain["sandbox_mode"]["source"]["from"] == "default", "{}", plain["sandbox_mode"]);
    ensure!(plain["model_providers.scripted.http_headers.X-Key"]["source"]["from"] == "config_file");

    let laid = ["config", "--json", "--profile", "deep", "-c", "sandbox_mode=read-only", "--window"];
    let laid = values(&laid).await?;
    let source = |key: &str| laid[key]["source"]["from"].clone();
    ensure!(laid["model"]["value"] == "deep" && source("model") == "profile", "{}", laid["model"]);
    ensure!(source("sandbox_mode") == "command_line" && laid["sandbox_mode"]["value"] == "read-only");
    ensure!(source("approval_policy") == "overlay" && laid["approval_policy"]["value"] == "never");

    let ran = run(&harness, &["config"], "").await?;
    ensure!(
        ran.out.lines().any(|line| line.contains("approval_policy") && line.contains("config.toml line 3")),
        "{}",
        ran.out
    );
    Ok(())
}
