//! Receipts are signed with a key that is made once, in the real keyring.

use crate::harness::Harness;
use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::{executable, files_with};
use std::process::{Command, Output};

/// Runs the command line in the sample project.
fn countersign(harness: &Harness, args: &[&str]) -> Result<Output> {
    let mut command = Command::new(executable("countersign")?);
    command.args(args).env("COUNTERSIGN_HOME", harness.home()).current_dir(harness.project());
    Ok(command.env("COUNTERSIGN_PRACTICE_DELAY_MS", "0").output()?)
}

fn text(output: &Output) -> (Option<i32>, String) {
    let text = [&*output.stdout, &*output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test]
async fn a_receipt_is_signed_by_the_key_of_the_keyring_and_verified_against_it() -> Result<()> {
    let harness = Harness::with_sample()?;
    std::fs::create_dir_all(harness.home())?;
    std::fs::write(harness.home().join("config.toml"), "model_provider = \"practice\"\n")?;
    let ran = countersign(&harness, &["exec", "hello"])?;
    ensure!(ran.status.success(), "{:?}", text(&ran));
    let key = countersign(&harness, &["receipt", "--public-key"])?;
    ensure!(key.status.success() && key.stdout.len() == 65, "{:?}", text(&key));
    ensure!(countersign(&harness, &["receipt", "--public-key"])?.stdout == key.stdout, "it is made once");

    let files = tempfile::tempdir()?;
    let path = |name: &str| files.path().join(name).to_string_lossy().into_owned();
    let made = countersign(&harness, &["receipt", "-o", &path("receipt.json")])?;
    ensure!(made.status.success(), "{:?}", text(&made));
    let (code, said) = text(&countersign(&harness, &["verify", &path("receipt.json")])?);
    ensure!(code == Some(0) && said.contains("signed by your own key"), "{code:?} {said}");

    std::fs::write(path("key"), &key.stdout)?;
    let (code, said) =
        text(&countersign(&harness, &["verify", &path("receipt.json"), "--key", &path("key")])?);
    ensure!(code == Some(0) && said.contains("signed by the key you gave"), "{code:?} {said}");
    let other = String::from_utf8(key.stdout)?.replace(['0', '1'], "2");
    std::fs::write(path("other"), other)?;
    let (code, said) =
        text(&countersign(&harness, &["verify", &path("receipt.json"), "--key", &path("other")])?);
    ensure!(code == Some(11) && said.contains("SIGNED BY ANOTHER KEY"), "{code:?} {said}");

    // the key itself is in no file of the app
    let secret = secrets::Keychain::open().get("signing-key:receipts").await?.context("a key")?;
    for folder in [harness.home(), harness.project(), files.path().to_owned()] {
        ensure!(files_with(&folder, secret.expose())?.is_empty(), "{}", folder.display());
    }
    Ok(())
}

#[tokio::test]
async fn processes_that_make_the_first_key_at_the_same_moment_have_one_key() -> Result<()> {
    let harness = Harness::with_sample()?;
    let keychain = secrets::Keychain::open();
    for round in 0..3 {
        keychain.delete("signing-key:receipts").await?;
        let keys: Vec<_> = (0..4)
            .map(|_| {
                let mut command = Command::new(executable("countersign")?);
                command.args(["receipt", "--public-key"]).env("COUNTERSIGN_HOME", harness.home());
                let piped = std::process::Stdio::piped;
                Ok(command.current_dir(harness.project()).stdout(piped()).stderr(piped()).spawn()?)
            })
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .map(|child| Ok(child.wait_with_output()?))
            .collect::<Result<_>>()?;
        let said: Vec<_> = keys.iter().map(text).collect();
        ensure!(keys.iter().all(|key| key.status.success()), "round {round}: {said:?}");
        ensure!(said.iter().all(|key| *key == said[0]), "round {round}: {said:?}");
        let kept = countersign(&harness, &["receipt", "--public-key"])?;
        ensure!(text(&kept) == said[0], "round {round}: the one that is kept is another: {said:?}");
    }
    Ok(())
}
