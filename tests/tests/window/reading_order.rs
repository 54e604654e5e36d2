//! The window as a screen reader gets it: names and their order.

use anyhow::{Result, ensure};
use countersign_tests::desktop::screen_reader::{Role, ScreenReader};
use countersign_tests::desktop::{Window, eventually};

use crate::harness::{APPROVAL, Harness, ask};

#[tokio::test]
async fn a_screen_reader_gets_the_window_in_the_order_of_its_use_and_a_name_for_every_control() -> Result<()>
{
    let Some(reader) = ScreenReader::start().await? else {
        ensure!(std::env::var_os("CI").is_none(), "at-spi-bus-launcher is missing on this machine");
        eprintln!("SKIPPED: the reading order: this machine has no accessibility bus (at-spi2-core)");
        return Ok(());
    };
    let harness = Harness::with_sample()?;
    let project = harness.project();
    let window = Window::open(
        &harness.home(),
        &["--practice".as_ref(), project.as_os_str()],
        &ScreenReader::variables(),
    )
    .await?;
    ask(&window, "Fix the failing test").await?;
    window.find(APPROVAL).await?;
    // the tree follows the page a moment later
    let nodes = eventually("the question on the accessibility bus", || async {
        // what went away while it was read is read again
        let nodes = reader.read().await.unwrap_or_default();
        Ok(nodes.iter().any(|node| node.name.starts_with("Approve")).then_some(nodes))
    })
    .await?;
    let names: Vec<&str> =
        nodes.iter().map(|node| node.name.as_str()).filter(|name| !name.is_empty()).collect();
    let mut rest = names.iter();
    for expected in [
        "Sessions",
        "New session",
        "Inbox",
        "Settings",
        "Review",
        "Files",
        "Accept",
        "Waiting for your decision",
        "Apply this patch?",
        "Approve",
        "Deny",
        "Prompt",
        "Stop task",
    ] {
        ensure!(
            rest.any(|name| name.starts_with(expected)),
            "{expected:?} is not in its place:\n{}",
            names.join("\n")
        );
    }
    // what stands apart in the window is not said as one number
    let entry = names.iter().find(|name| name.starts_with("CHANGELOG.md added +1"));
    let says = |name: &str| name.replace(" ,", ",").ends_with("+1, 1 hunk left to view");
    ensure!(entry.is_some_and(|name| says(name)), "the entry is {entry:?}");
    let nameless =
        nodes.iter().filter(|node| node.role == Role::Control && node.name.trim().is_empty()).count();
    ensure!(nameless == 0, "{nameless} controls have no name:\n{}", names.join("\n"));
    window.end().await
}
