//! The editor of a hunk: it indents as the file does, and has a history of its own.

use anyhow::{Result, ensure};
use countersign_tests::desktop::{Window, eventually};
use countersign_tests::model_server::Reply;
use serde_json::json;

use crate::hands::{click, press, until_card_takes_keys, until_page_says, write};
use crate::harness::{Harness, TASK_END, ask};

const PATCH: &str = "*** Update File: a.rs\n@@\n fn main() {\n-    one();\n+    two();\n }\n";

async fn until_editor_says(window: &Window, text: &str) -> Result<()> {
    eventually(format!("{text:?} in the editor"), || async {
        let value = window.find("[data-testid=hunk-text]").await?.prop("value").await?;
        Ok((value.as_deref() == Some(text)).then_some(()))
    })
    .await
}

#[tokio::test]
async fn keys_indent_and_undo_in_the_editor_and_what_it_says_is_written() -> Result<()> {
    let file = "fn main() {\n    one();\n}\n";
    let replies = vec![Reply::new().apply_patch("p", PATCH).completed(), Reply::text("Done.")];
    let (harness, _model) = Harness::scripted(&[("a.rs", file)], "", replies).await?;
    let window = harness.open_configured().await?;
    ask(&window, "change it").await?;
    until_card_takes_keys(&window).await?;
    click(&window, "[data-testid=review-open]").await?;
    window.find("[data-testid=review] [data-hunk='0.0']").await?;
    let at = "return document.activeElement?.closest('[data-hunk]')?.dataset.hunk";
    until_page_says(&window, at, json!("0.0")).await?;
    press(&["e"])?;
    until_page_says(&window, "return document.activeElement?.dataset.testid", json!("hunk-text")).await?;
    until_editor_says(&window, "    two();").await?;
    press(&["End", "Return"])?;
    write("if three {")?;
    until_editor_says(&window, "    two();\n    if three {").await?;
    press(&["Return", "Tab"])?;
    write("four();")?;
    until_editor_says(&window, "    two();\n    if three {\n        four();").await?;
    press(&["Return", "shift+Tab"])?;
    write("}")?;
    let whole = "    two();\n    if three {\n        four();\n    }";
    until_editor_says(&window, whole).await?;
    window.screenshot("hunk-editor").await?;
    press(&["ctrl+z", "ctrl+z"])?;
    until_editor_says(&window, "    two();\n    if three {\n        four();\n        ").await?;
    press(&["ctrl+shift+z", "ctrl+shift+z"])?;
    until_editor_says(&window, whole).await?;
    press(&["Escape"])?;
    window.wait_for_text("[data-hunk='0.0']", "edited by you").await?;
    press(&["a"])?;
    window.find(TASK_END).await?;
    let written = harness.read("a.rs")?;
    ensure!(written == format!("fn main() {{\n{whole}\n}}\n"), "{written}");
    window.end().await
}
