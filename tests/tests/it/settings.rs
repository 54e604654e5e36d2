//! Stories about what is set: instructions in files, the notifier, the configuration (B33, B34, B35).

use crate::cli::{command, run};
use anyhow::{Context, Result, ensure};
use countersign_tests::model_server::Reply;
use countersign_tests::stage::{Stage, reviewing};
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
    let mut stage = Stage::new(reviewing(), &files, vec![Reply::text("ok"), Reply::text("ok")]).await?;
    std::fs::write(stage.home().join("AGENTS.md"), "from the person")?;
    stage.write_config()?;
    let ran = run(&stage, &["exec", "-C", "sub/deep", "go"], "").await?;
    ensure!(ran.code == Some(0), "{}", ran.err);
    let sent = String::from_utf8_lossy(&stage.server.requests()[0].bytes).into_owned();
    let places = ["from the person", "from the root of the project", "from the folder itself"]
        .map(|text| sent.find(text));
    ensure!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {sent}");
    ensure!(!sent.contains("from somewhere else"));

    stage.more_config = "project_doc_max_bytes = 20\n".to_owned();
    stage.write_config()?;
    let ran = run(&stage, &["exec", "-C", "sub/deep", "go"], "").await?;
    ensure!(
        ran.err.contains("project_doc_max_bytes") && ran.err.contains("AGENTS.md"),
        "what was cut is said: {}",
        ran.err
    );
    let sent = String::from_utf8_lossy(&stage.server.requests()[1].bytes).into_owned();
    ensure!(sent.contains("from the person") && !sent.contains("from the root of"), "{sent}");
    Ok(())
}

#[tokio::test]
async fn b34_a_notifier_that_hangs_or_is_not_there_keeps_nobody_waiting() -> Result<()> {
    for notify in [vec!["sleep".to_owned(), "600".to_owned()], vec!["/no/such/notifier".to_owned()]] {
        let stage = Stage::new(reviewing(), &[], vec![Reply::text("one"), Reply::text("two")]).await?;
        let config = SessionConfig { notify, ..stage.session_config(None) };
        let mut session = stage.open_with(config).await?;
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
    let mut stage = Stage::new(reviewing(), &[], vec![Reply::text("ok"); 3]).await?;
    stage.more_config = "approval_policy = \"never\"\nmodel_reasoning_effort = \"low\"\n\
        [profiles.deep]\nmodel = \"gpt-5-deep\"\nmodel_reasoning_effort = \"high\"\n"
        .to_owned();
    stage.more_of_provider =
        "http_headers = { \"X-Team\" = \"blue\" }\nenv_http_headers = { \"X-Who\" = \"WHO_ASKS\" }\nquery_params = { v = \"1\" }"
            .to_owned();
    stage.write_config()?;
    for (args, model, effort) in [
        (&["exec", "go"][..], "m", Value::Null),
        (&["exec", "--profile", "deep", "go"], "gpt-5-deep", json!("high")),
        (&["exec", "--profile", "deep", "-c", "model=\"gpt-5-mine\"", "go"], "gpt-5-mine", json!("high")),
    ] {
        let ran = command(&stage, args)?.env("WHO_ASKS", "me").output().await?;
        ensure!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
        let requests = stage.server.requests();
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
        let mut stage = Stage::new(reviewing(), &[], vec![Reply::text("never sent")]).await?;
        stage.more_config = lines.to_owned();
        stage.write_config()?;
        let ran = run(&stage, &["exec", "go"], "").await?;
        ensure!(ran.code == Some(1), "{lines}: {:?} {}", ran.code, ran.out);
        for word in named {
            ensure!(ran.err.contains(word), "{word} is not named for {lines}: {}", ran.err);
        }
        ensure!(stage.server.requests().is_empty());
    }
    Ok(())
}
