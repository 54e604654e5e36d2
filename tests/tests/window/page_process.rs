//! The page's own process ends by itself. The WebDriver ends with it: what is there afterwards is read as a screen reader gets it.

use crate::harness::{APPROVAL, Harness, ask};
use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::processes::page_of;
use countersign_tests::desktop::screen_reader::ScreenReader;
use countersign_tests::desktop::{Window, eventually};
use rustix::process::{Pid, Signal, kill_process};

#[tokio::test]
async fn a_page_whose_process_was_killed_comes_back_with_what_waits() -> Result<()> {
    let Some(reader) = ScreenReader::start().await? else {
        ensure!(std::env::var_os("CI").is_none(), "at-spi-bus-launcher is missing on this machine");
        eprintln!(
            "SKIPPED: the end of a page's process: this machine has no accessibility bus (at-spi2-core)"
        );
        return Ok(());
    };
    let harness = Harness::with_sample()?;
    let project = harness.project();
    let args = ["--practice".as_ref(), project.as_os_str()];
    let window = Window::open(&harness.home(), &args, &ScreenReader::variables()).await?;
    ask(&window, "Rename complain to warn").await?;
    window.find(APPROVAL).await?;
    let page = page_of(window.pid()?)?.context("the page has a process")?;
    kill_process(Pid::from_raw(page.try_into()?).context("a process")?, Signal::KILL)?;
    eventually("another process of the page", || async {
        Ok(page_of(window.pid()?)?.filter(|other| *other != page))
    })
    .await?;
    eventually("the question on the page that is loaded again", || async {
        // what went away while it was read is read again
        let nodes = reader.read().await.unwrap_or_default();
        Ok(nodes.iter().any(|node| node.name.starts_with("Approve")).then_some(()))
    })
    .await?;
    ensure!(harness.read("lib/text.sh")?.contains("complain"), "nobody approved it");
    window.kill().await
}
