//! A key goes into the system's keyring, and nowhere else.

use anyhow::{Result, ensure};
use countersign_tests::desktop::{eventually, files_with, keyring_secret};

use crate::stage::{APPROVAL, APPROVE, Stage, TASK_END, ask};

const TYPED: &str = "sk-typed-5b1f0c6e9d";
const FROM_ENVIRONMENT: &str = "sk-from-the-environment-77aa";

#[tokio::test]
async fn a_key_that_is_typed_is_in_the_keyring_alone() -> Result<()> {
    // its tests say what a command of the agent finds in its environment
    let stage = Stage::with_sample()?;
    let script = stage.read("tests/run.sh")?;
    let (shebang, rest) = script.split_once('\n').unwrap_or(("#!/bin/sh", ""));
    std::fs::write(
        stage.project().join("tests/run.sh"),
        format!("{shebang}\nenv > environment.txt\n{rest}"),
    )?;

    let variables = [("OPENAI_API_KEY", FROM_ENVIRONMENT), ("COUNTERSIGN_LOG", "debug")];
    let window = stage.open_with(&variables).await?;
    ensure!(keyring_secret("openai")?.is_none(), "the keyring is empty at first");
    window.click("[data-testid=settings-open]").await?;
    window.find("[data-testid=settings]").await?;
    let field = window.find("[data-testid=provider-item][data-key=openai] [data-testid=key-input]").await?;
    field.send_keys(TYPED).await?;
    window.click("[data-testid=provider-item][data-key=openai] [data-testid=key-save]").await?;
    let stored = eventually("the key in the keyring", || async { keyring_secret("openai") }).await?;
    ensure!(stored == TYPED, "the keyring holds {stored:?}");
    window.screenshot("key-stored").await?;
    let left = window.page().execute("return document.documentElement.outerHTML + [...document.querySelectorAll('input')].map(i => i.value).join()", vec![]).await?;
    ensure!(!left.to_string().contains(TYPED), "the page still holds the key");
    window.page().execute("document.activeElement?.blur()", vec![]).await?;
    person_closes_settings(&window).await?;

    ask(&window, "Fix the failing test").await?;
    window.find(APPROVAL).await?;
    window.click(APPROVE).await?;
    window.find(TASK_END).await?;
    let environment = stage.read("environment.txt")?;
    ensure!(environment.contains("COUNTERSIGN_SANDBOX="), "the command ran contained:\n{environment}");
    for key in [TYPED, FROM_ENVIRONMENT] {
        ensure!(!environment.contains(key), "a command of the agent sees a key:\n{environment}");
    }
    window.end().await?;
    for key in [TYPED, FROM_ENVIRONMENT] {
        let files = files_with(&stage.home(), key)?;
        ensure!(files.is_empty(), "a key is in {files:?}");
    }
    Ok(())
}

async fn person_closes_settings(window: &countersign_tests::desktop::Window) -> Result<()> {
    window.find("[data-testid=settings]").await?.send_keys("\u{e00c}").await?;
    window.wait_until_gone("[data-testid=settings]").await
}
