//! Zoom of the window, by the keys that zoom a page in a browser.

use anyhow::{Context, Result};
use countersign_tests::desktop::{Window, eventually, person};

use crate::harness::{COMPOSER, Harness};

#[tokio::test]
async fn the_keys_of_a_browser_zoom_the_window() -> Result<()> {
    let harness = Harness::with(&[("a.txt", "a\n")])?;
    let window = harness.open().await?;
    let shown = person::windows("Countersign")?.pop().context("the window is shown")?;
    person::xdotool(&["windowactivate", "--sync", &shown])?;
    window.click(COMPOSER).await?;
    let actual = page_width(&window).await?;
    for (key, percent) in
        [("ctrl+equal", 110.0), ("ctrl+equal", 125.0), ("ctrl+minus", 110.0), ("ctrl+0", 100.0)]
    {
        person::xdotool(&["key", key])?;
        let expected = actual * 100.0 / percent;
        eventually(format!("a page at {percent} %"), || async {
            let width = page_width(&window).await?;
            Ok(((width - expected).abs() < 2.0).then_some(()))
        })
        .await?;
    }
    window.end().await
}

/// Width of the page in pixels of CSS, of which a zoomed one has fewer.
async fn page_width(window: &Window) -> Result<f64> {
    let width = window.page().execute("return window.innerWidth", vec![]).await?;
    width.as_f64().context("the page has no width")
}
