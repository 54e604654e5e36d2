//! The system says what a person who looks elsewhere must know, and a click leads there.

use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::{Notifications, eventually, person};

use crate::harness::{APPROVAL, APPROVE, Harness, TASK_END, ask};

const TITLE: &str = r"(\([0-9]+\) )?Countersign";

#[tokio::test]
async fn a_person_who_looks_elsewhere_is_notified_and_led_back() -> Result<()> {
    let harness = Harness::with(&[("greet.sh", "greet() { :; }\n")])?;
    let notifications = Notifications::from_now()?;
    // slow enough that there is time to look away before it is done
    let window = harness.open_with(&[("COUNTERSIGN_PRACTICE_DELAY_MS", "40")]).await?;
    ask(&window, "rename greet to welcome").await?;
    let shown = person::windows(TITLE)?.pop().context("the window is shown")?;
    person::xdotool(&["windowminimize", "--sync", &shown])?;
    notifications.wait_for("project: may this be written?").await?;
    notifications.wait_for("greet.sh").await?;

    notifications.click()?;
    eventually("the window to come back", || async { Ok(person::windows(TITLE)?.pop()) }).await?;
    window.find(APPROVAL).await?;

    // and looked at, nothing is notified twice
    let later = Notifications::from_now()?;
    window.click(APPROVE).await?;
    let shown = person::windows(TITLE)?.pop().context("the window is shown")?;
    person::xdotool(&["windowminimize", "--sync", &shown])?;
    later.wait_for("project: done").await?;
    let text = later.text()?;
    ensure!(!text.contains("may this be written?"), "{text}");
    later.click()?;
    window.find(TASK_END).await?;
    window.end().await
}
