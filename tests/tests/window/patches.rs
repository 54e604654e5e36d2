//! A patch waits, and exactly what the person accepts is on disk.

use anyhow::{Result, ensure};
use countersign_tests::desktop::{Window, eventually};
use fantoccini::Locator;

use crate::harness::{AGENT, APPROVAL, APPROVE, Harness, TASK_END, ask};

/// Three places that are hunks of their own, in two files.
const GREET: &str =
    "#!/bin/sh\ngreet() {\n  echo \"hello, $1\"\n}\n\n# says it twice\ntwice() {\n  greet \"$1\"\n}\n";
const NOTES: &str = "The function greet says hello.\n";

const CHANGE_FILE: &str = "[data-testid=change-file]";
const HUNK_CHECK: &str = "[data-testid=hunk-check]";

fn harness() -> Result<Harness> {
    Harness::with(&[("greet.sh", GREET), ("notes.md", NOTES)])
}

async fn patch_card(window: &Window) -> Result<()> {
    window.find(&format!("{APPROVAL}[data-type=patch]")).await?;
    Ok(())
}

#[tokio::test]
async fn an_approved_patch_is_written_and_shown_among_the_changes() -> Result<()> {
    let harness = harness()?;
    let window = harness.open().await?;
    ask(&window, "rename greet to welcome").await?;
    window.wait_for_text(AGENT, "is in 3 places in 2 files").await?;
    patch_card(&window).await?;
    // as a person sees it who has had the time to look
    window.find(&format!("{APPROVE}:enabled")).await?;
    window.screenshot("approval").await?;
    ensure!(harness.read("greet.sh")? == GREET, "a patch that waits is not written");

    window.click(APPROVE).await?;
    window.wait_for_text(AGENT, "Renamed greet to welcome in 3 places").await?;
    window.find(TASK_END).await?;
    ensure!(harness.read("greet.sh")? == GREET.replace("greet", "welcome"), "{}", harness.read("greet.sh")?);
    ensure!(harness.read("notes.md")? == NOTES.replace("greet", "welcome"), "{}", harness.read("notes.md")?);
    window.wait_for_text(CHANGE_FILE, "greet.sh").await?;
    window.wait_for_text(CHANGE_FILE, "notes.md").await?;
    window.screenshot("done").await?;
    window.end().await
}

#[tokio::test]
async fn a_denied_patch_is_not_written_and_the_model_is_told() -> Result<()> {
    let harness = harness()?;
    let window = harness.open().await?;
    ask(&window, "rename greet to welcome").await?;
    patch_card(&window).await?;
    window.find("[data-testid=note]").await?.send_keys("keep the old name").await?;
    window.click("[data-testid=deny]").await?;
    // what the model says shows that it was told, of the note too
    window.wait_for_text(AGENT, "You declined the patch").await?;
    window.wait_for_text(AGENT, "keep the old name").await?;
    window.find(TASK_END).await?;
    ensure!(harness.read("greet.sh")? == GREET, "{}", harness.read("greet.sh")?);
    ensure!(harness.read("notes.md")? == NOTES, "{}", harness.read("notes.md")?);
    window.end().await
}

#[tokio::test]
async fn of_some_hunks_exactly_the_accepted_are_written() -> Result<()> {
    let harness = harness()?;
    let window = harness.open().await?;
    ask(&window, "rename greet to welcome").await?;
    patch_card(&window).await?;
    let boxes = eventually("three hunks with a box each", || async {
        let boxes = window.all(HUNK_CHECK).await?;
        Ok((boxes.len() == 3).then_some(boxes))
    })
    .await?;
    // beneath the card of the patch it could not be clicked
    let middle =
        format!("document.querySelectorAll('{HUNK_CHECK}')[1].scrollIntoView({{ block: 'center' }})");
    window.page().execute(&middle, vec![]).await?;
    // the call inside of `twice`
    boxes[1].click().await?;
    window.wait_for_text(APPROVE, "Approve 2 of 3 hunks").await?;
    window.screenshot("some-hunks").await?;
    window.click(APPROVE).await?;
    window.wait_for_text(AGENT, "1 place stayed as it was, because you left these hunks out").await?;
    window.find(TASK_END).await?;
    let expected = GREET.replacen("greet()", "welcome()", 1);
    ensure!(harness.read("greet.sh")? == expected, "{}", harness.read("greet.sh")?);
    ensure!(harness.read("notes.md")? == NOTES.replace("greet", "welcome"), "{}", harness.read("notes.md")?);
    window.end().await
}

#[tokio::test]
async fn an_approval_that_waits_outlives_a_crash() -> Result<()> {
    let harness = harness()?;
    let window = harness.open().await?;
    ask(&window, "rename greet to welcome").await?;
    patch_card(&window).await?;
    let call = call_of(&window).await?;
    window.kill().await?;
    ensure!(harness.read("greet.sh")? == GREET, "nothing is written by a crash");

    let window = harness.open().await?;
    window.click("[data-testid=session-item]").await?;
    patch_card(&window).await?;
    ensure!(call_of(&window).await? == call, "the same approval is asked again");
    ensure!(window.page().find_all(Locator::Css(APPROVAL)).await?.len() == 1, "and no other");
    window.screenshot("after-crash").await?;
    window.click(APPROVE).await?;
    window.find(TASK_END).await?;
    ensure!(harness.read("greet.sh")? == GREET.replace("greet", "welcome"), "{}", harness.read("greet.sh")?);
    window.end().await
}

/// Returns the call that the card on top asks about.
async fn call_of(window: &Window) -> Result<Option<String>> {
    Ok(window.find(APPROVAL).await?.attr("data-call").await?)
}
