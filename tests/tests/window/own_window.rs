//! A session in a window of its own.

use anyhow::{Result, ensure};
use countersign_tests::desktop::{eventually, person};

use crate::harness::{APPROVAL, APPROVE, Harness, TASK_END, ask};

const GREET: &str = "greet() { :; }\n";
const WELCOME: &str = "welcome() { :; }\n";

/// Title of the session's window: what was asked.
const OWN: &str = "rename greet to welcome – Countersign";

#[tokio::test]
async fn keys_decide_in_a_sessions_own_window_and_its_agent_goes_on_when_that_is_closed() -> Result<()> {
    let harness = Harness::with(&[("greet.sh", GREET)])?;
    let window = harness.open().await?;
    ask(&window, "rename greet to welcome").await?;
    window.find(APPROVAL).await?;
    window.click(".top [data-testid=session-menu]").await?;
    window.click("[data-testid=open-window]").await?;
    // its page has the session, or it would have another title
    let own =
        eventually("the session's window", || async { Ok(person::windows(OWN)?.into_iter().next()) }).await?;
    // a window has the keyboard once it was clicked, and a card that has just come up takes no key
    let click = ["mousemove", "--window", &own, "500", "120", "click", "1"];
    eventually("the key to approve", || async {
        person::xdotool(&["windowactivate", "--sync", &own])?;
        person::xdotool(&click)?;
        person::xdotool(&["key", "a"])?;
        Ok((harness.read("greet.sh")? == WELCOME).then_some(()))
    })
    .await?;
    // both windows are of one session
    window.find(TASK_END).await?;

    ask(&window, "rename welcome to greet").await?;
    window.find(APPROVAL).await?;
    // as the window manager closes it
    person::xdotool(&["windowactivate", "--sync", &own, "key", "alt+F4"])?;
    eventually("the window to close", || async { Ok(person::windows(OWN)?.is_empty().then_some(())) })
        .await?;
    ensure!(harness.read("greet.sh")? == WELCOME, "it still waits");
    window.click(APPROVE).await?;
    eventually("the patch to be written", || async {
        Ok((harness.read("greet.sh")? == GREET).then_some(()))
    })
    .await?;
    window.end().await
}
