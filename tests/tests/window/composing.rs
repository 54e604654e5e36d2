//! Text that is composed key by key, as input methods do it: GTK's own one writes a character by its number, after Ctrl Shift U, and
//! one for Korean puts a syllable together from its letters.

use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::{Ibus, Window, eventually, person};

use crate::harness::{COMPOSER, Harness};

/// The person's prompts.
const PROMPT: &str = "[data-testid=row][data-kind=user]";

#[tokio::test]
async fn what_is_composed_is_shown_in_place_and_its_keys_act_on_nothing() -> Result<()> {
    let harness = Harness::with(&[("a.txt", "a\n")])?;
    let window = harness.open().await?;
    let shown = person::windows("Countersign")?.pop().context("the window is shown")?;
    person::xdotool(&["windowactivate", "--sync", &shown])?;
    window.click(COMPOSER).await?;
    person::xdotool(&["type", "--delay", "20", "caf"])?;
    until_composer_says(&window, "caf").await?;

    person::xdotool(&["key", "ctrl+shift+u"])?;
    // it has begun
    until_composer_says(&window, "cafu").await?;
    person::xdotool(&["type", "--delay", "20", "e9"])?;
    until_composer_says(&window, "cafue9").await?;
    window.screenshot("composing").await?;
    // the key that ends the composition sends nothing
    person::xdotool(&["key", "Return"])?;
    until_composer_says(&window, "café").await?;
    ensure!(window.all(PROMPT).await?.is_empty(), "the key of the input method sent the prompt");

    // nor does the one that gives it up stop or close anything
    person::xdotool(&["key", "ctrl+shift+u"])?;
    until_composer_says(&window, "caféu").await?;
    person::xdotool(&["type", "--delay", "20", "2"])?;
    until_composer_says(&window, "caféu2").await?;
    person::xdotool(&["key", "Escape"])?;
    until_composer_says(&window, "café").await?;

    person::xdotool(&["key", "Return"])?;
    window.wait_for_text(PROMPT, "café").await?;
    window.end().await
}

#[tokio::test]
async fn a_word_is_composed_through_ibus() -> Result<()> {
    let _ibus = Ibus::start().await?;
    let harness = Harness::with(&[("a.txt", "a\n")])?;
    let window = harness.open_with(&Ibus::variables()).await?;
    let shown = person::windows("Countersign")?.pop().context("the window is shown")?;
    person::xdotool(&["windowactivate", "--sync", &shown])?;
    window.click(COMPOSER).await?;
    // from Latin letters to Korean ones
    person::xdotool(&["key", "shift+space"])?;
    // each letter takes its place in the syllable, which is seen as it grows
    for (key, seen) in [("g", "ㅎ"), ("k", "하"), ("s", "한"), ("r", "한ㄱ"), ("m", "한그"), ("f", "한글")]
    {
        person::xdotool(&["key", key])?;
        until_composer_says(&window, seen).await?;
    }
    window.screenshot("composing-through-ibus").await?;
    // a key of the composition's own takes back one letter of it
    person::xdotool(&["key", "BackSpace"])?;
    until_composer_says(&window, "한그").await?;
    ensure!(window.all(PROMPT).await?.is_empty(), "a key of the input method sent the prompt");
    person::xdotool(&["key", "f", "space"])?;
    until_composer_says(&window, "한글 ").await?;
    person::xdotool(&["key", "Return"])?;
    window.wait_for_text(PROMPT, "한글").await?;
    window.end().await
}

async fn until_composer_says(window: &Window, text: &str) -> Result<()> {
    eventually(format!("{text:?} in the composer"), || async {
        let value = window.find(COMPOSER).await?.prop("value").await?;
        Ok((value.as_deref() == Some(text)).then_some(()))
    })
    .await
}
