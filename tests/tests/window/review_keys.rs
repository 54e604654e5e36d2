//! Mouse and keys of a review act on what is highlighted, and on nothing else.

use anyhow::{Result, ensure};
use countersign_tests::desktop::eventually;
use countersign_tests::model_server::Reply;
use serde_json::json;

use crate::hands::{click, press, until_card_takes_keys, until_page_says};
use crate::harness::{APPROVAL, APPROVE, Harness, TASK_END, ask};
use crate::large_patch::{Choice, files, patch, path, text, until_at};

#[tokio::test]
async fn after_the_mouse_on_the_box_of_a_file_the_keys_take_out_the_highlighted_hunk() -> Result<()> {
    let mut all = files("one");
    all.extend(files("two"));
    let named: Vec<_> = all.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let replies = vec![
        Reply::new().apply_patch("first", &patch("one")).completed(),
        Reply::text("Done."),
        Reply::new().apply_patch("second", &patch("two")).completed(),
        Reply::text("Done."),
    ];
    let (harness, _model) = Harness::scripted(&named, "", replies).await?;
    let window = harness.open_configured().await?;

    // the box twice: the file is whole, and the mouse has been there
    ask(&window, "change one").await?;
    until_card_takes_keys(&window).await?;
    let file_check = format!("[data-path='{}'] [data-testid=file-check]", path("one", 3));
    click(&window, &format!("[data-testid=review-entry][data-path='{}']", path("one", 3))).await?;
    click(&window, &file_check).await?;
    window.wait_for_text(APPROVE, "Approve 37 of 41 hunks").await?;
    click(&window, &file_check).await?;
    let is_whole = format!("return !document.querySelector('{APPROVE}').textContent.includes('hunk')");
    until_page_says(&window, &is_whole, json!(true)).await?;
    press(&["j"])?;
    until_at(&window, "3.0").await?;
    press(&["space"])?;
    window.wait_for_text(APPROVE, "Approve 40 of 41 hunks").await?;
    window.screenshot("review-keys").await?;
    press(&["a"])?;
    window.find(TASK_END).await?;
    let choice = |file: usize, hunk: usize| if (file, hunk) == (3, 0) { Choice::Out } else { Choice::Whole };
    for file in 0..10 {
        let found = harness.read(&path("one", file))?;
        ensure!(found == text(file, &|hunk| choice(file, hunk)), "{}: {found}", path("one", file));
    }

    // the box once: the file is out, and the key puts one hunk of it back
    ask(&window, "change two").await?;
    window.find(&format!("{APPROVAL}[data-call=second][data-takes-keys=true]")).await?;
    click(&window, &format!("[data-path='{}'] [data-testid=file-check]", path("two", 0))).await?;
    window.wait_for_text(APPROVE, "Approve 36 of 41 hunks").await?;
    press(&["j"])?;
    until_at(&window, "0.0").await?;
    press(&["space"])?;
    window.wait_for_text(APPROVE, "Approve 37 of 41 hunks").await?;
    press(&["a"])?;
    eventually("the end of the second task", || async {
        Ok((window.all(TASK_END).await?.len() == 2).then_some(()))
    })
    .await?;
    let choice = |file: usize, hunk: usize| if file == 0 && hunk > 0 { Choice::Out } else { Choice::Whole };
    for file in 0..10 {
        let found = harness.read(&path("two", file))?;
        ensure!(found == text(file, &|hunk| choice(file, hunk)), "{}: {found}", path("two", file));
    }
    window.end().await
}
