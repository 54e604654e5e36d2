//! The first start: nothing is open, a folder is picked in the system's own dialog.

use anyhow::{Result, ensure};
use countersign_tests::desktop::{Window, pick_in_dialog};

use crate::harness::{AGENT, Harness, TASK_END, ask};

#[tokio::test]
async fn a_folder_is_picked_in_the_native_dialog_and_worked_on() -> Result<()> {
    let harness = Harness::with(&[
        ("README.md", "# Bread\n\nHow to bake it.\n"),
        ("src/oven.py", "HOT = 250  # TODO: measure\n"),
    ])?;
    let window = Window::open(&harness.home(), &["--practice".as_ref()], &[]).await?;
    window.find("[data-testid=welcome]").await?;
    // the model that can answer is named as what it is
    window.wait_for_text("[data-testid=welcome]", "ractice").await?;
    window.screenshot("welcome").await?;
    window.click("[data-testid=pick-folder]").await?;
    pick_in_dialog("Open a folder", &harness.project()).await?;

    ask(&window, "list the todos").await?;
    let said = window.wait_for_text(AGENT, "measure").await?;
    ensure!(said.contains("oven.py"), "{said}");
    window.find(TASK_END).await?;
    window.end().await?;

    // the next start offers it again
    let window = Window::open(&harness.home(), &["--practice".as_ref()], &[]).await?;
    window.wait_for_text("[data-testid=recent-item]", "project").await?;
    window.click("[data-testid=recent-item]").await?;
    window.wait_for_text("[data-testid=session-item]", "list the todos").await?;
    window.end().await
}
