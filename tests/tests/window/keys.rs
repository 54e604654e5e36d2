//! A key goes into the system's keyring, and nowhere else.

use anyhow::{Result, ensure};
use countersign_tests::desktop::{Window, eventually, files_with, keyring_secret};
use secrets::{Keychain, Secret};

use crate::harness::{APPROVAL, APPROVE, Harness, TASK_END, ask};

const TYPED: &str = "sk-typed-5b1f0c6e9d";
const FROM_ENVIRONMENT: &str = "from-the-environment-77aa";

/// A provider whose variable has a name that no pattern for secrets fits.
const CONFIG: &str = r#"
model_provider = "practice"
[model_providers.acme]
name = "Acme"
base_url = "http://127.0.0.1:9/v1"
env_key = "ACME_LOGIN"
"#;

const SETTINGS: &str = "[data-testid=settings]";
const OPENAI: &str = "[data-testid=provider-item][data-key=openai]";
const PRACTICE: &str = "[data-testid=provider-item][data-key=practice]";

#[tokio::test]
async fn a_key_that_is_typed_is_in_the_keyring_alone() -> Result<()> {
    let harness = Harness::with_sample()?;
    // the sample's tests write down what a command of the agent finds in its environment
    let script = format!("env > environment.txt\n{}", harness.read("tests/run.sh")?);
    std::fs::write(harness.project().join("tests/run.sh"), script)?;
    std::fs::create_dir_all(harness.home())?;
    std::fs::write(harness.home().join("config.toml"), CONFIG)?;

    let variables = [("ACME_LOGIN", FROM_ENVIRONMENT), ("COUNTERSIGN_LOG", "debug")];
    let project = harness.project();
    let window = Window::open(&harness.home(), &[project.as_os_str()], &variables).await?;
    ensure!(keyring_secret("openai")?.is_none(), "the keyring is empty at first");
    window.click("[data-testid=settings-open]").await?;
    window.click(&format!("{OPENAI} input[type=radio]")).await?;
    window.find(&format!("{OPENAI} [data-testid=key-input]")).await?.send_keys(TYPED).await?;
    window.click(&format!("{OPENAI} [data-testid=key-save]")).await?;
    let stored = eventually("the key in the keyring", || async { keyring_secret("openai") }).await?;
    ensure!(stored == TYPED, "the keyring holds {stored:?}");
    // shown once the app knows that it has one
    window.find(&format!("{OPENAI} [data-testid=key-delete]")).await?;
    window.screenshot("key-stored").await?;
    ensure!(!everything_in(&window).await?.contains(TYPED), "the page still holds the key");

    window.click(&format!("{PRACTICE} input[type=radio]")).await?;
    window.click(&format!("{SETTINGS} [aria-label=Close]")).await?;
    window.wait_until_gone(SETTINGS).await?;
    ask(&window, "Fix the failing test").await?;
    window.find(APPROVAL).await?;
    window.click(APPROVE).await?;
    window.find(TASK_END).await?;
    window.screenshot("fixed").await?;
    let environment = harness.read("environment.txt")?;
    ensure!(environment.contains("COUNTERSIGN_SANDBOX="), "the command ran contained:\n{environment}");
    for key in [TYPED, FROM_ENVIRONMENT] {
        ensure!(!environment.contains(key), "a command of the agent sees a key:\n{environment}");
    }
    window.end().await?;
    for key in [TYPED, FROM_ENVIRONMENT] {
        let files = files_with(&harness.home(), key)?;
        ensure!(files.is_empty(), "a key is in {files:?}");
    }
    Ok(())
}

/// The page's text and what its fields hold.
async fn everything_in(window: &Window) -> Result<String> {
    let script = "return document.documentElement.outerHTML
        + [...document.querySelectorAll('input, textarea')].map((field) => field.value).join(' ')
        + JSON.stringify(localStorage)";
    Ok(window.page().execute(script, Vec::new()).await?.to_string())
}

#[tokio::test]
async fn a_key_goes_into_the_real_keyring_and_comes_out_again() -> Result<()> {
    let keychain = Keychain::open();
    ensure!(keychain.problem().await.is_none());
    let provider = format!("round-trip-{}", std::process::id());
    ensure!(keychain.get(&provider).await?.is_none());
    for secret in ["sk-one", "sk-two"] {
        keychain.set(&provider, &Secret::new(secret)).await?;
        ensure!(keychain.get(&provider).await?.is_some_and(|key| key.expose() == secret));
    }
    keychain.delete(&provider).await?;
    keychain.delete(&provider).await?;
    ensure!(keychain.get(&provider).await?.is_none());
    Ok(())
}
