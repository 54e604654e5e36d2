//! A large patch is read in the main area: marks, comments, a hunk in part, one edited, some left out; with a crash in the midst of
//! it, too.

use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::{Window, eventually, files_with};
use countersign_tests::model_server::Reply;
use serde_json::json;

use crate::hands::{click, press, take_keyboard, until_card_takes_keys, until_page_says, write};
use crate::harness::{APPROVE, Harness, Script, TASK_END, ask};
use crate::large_patch::{
    Choice, HUNKS, files, hunks_of, line_after, new_lines, patch, path, text, until_at, until_within,
};

const FOLDER: &str = "parts";
const VIEWED: &str = "[data-testid=review-viewed]";
const MINE: &str = "a line of mine, by hand";
const FIRST_COMMENT: &str = "Why these words?";
const SECOND_COMMENT: &str = "Say it once.";
/// Label of the button when the person is done.
const FOOTER: &str = "Approve 36 of 41 hunks, 1 in part, comment on 2";

async fn proposed() -> Result<(Harness, Script, Window)> {
    let files = files(FOLDER);
    let named: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let replies = vec![
        Reply::new().apply_patch("large", &patch(FOLDER)).completed(),
        Reply::text("I will say it once."),
    ];
    let (harness, model) = Harness::scripted(&named, "", replies).await?;
    let window = harness.open_configured().await?;
    ask(&window, "change them all").await?;
    Ok((harness, model, window))
}

/// Goes with J to a hunk of the file whose bar is highlighted.
async fn go_into(window: &Window, file: usize, hunk: usize) -> Result<()> {
    for hunk in 0..=hunk {
        press(&["j"])?;
        until_at(window, &format!("{file}.{hunk}")).await?;
    }
    Ok(())
}

/// Goes to the bar of the file after the highlighted one, which is this.
async fn next_file(window: &Window, file: usize) -> Result<()> {
    press(&["bracketright"])?;
    let script = "return [...document.querySelectorAll('.hunk.current, .bar.current')].map((each) => each.dataset.fileBar)";
    until_page_says(window, script, json!([path(FOLDER, file)])).await
}

async fn comment(window: &Window, hunk: &str, text: &str) -> Result<()> {
    press(&["c"])?;
    let field = format!("[data-hunk='{hunk}'] [data-testid=comment-text]");
    until_page_says(
        window,
        &format!("return document.activeElement === document.querySelector(\"{field}\")"),
        json!(true),
    )
    .await?;
    write(text)?;
    press(&["Escape"])?;
    until_at(window, hunk).await
}

/// Reads the patch by keys and mouse, up to the decision.
async fn review(window: &Window) -> Result<()> {
    until_card_takes_keys(window).await?;
    click(window, "[data-hunk='0.0'] .line .text").await?;
    until_within(window, "0.0").await?;
    press(&["v"])?;
    window.wait_for_text(VIEWED, &format!("1 of {HUNKS} viewed")).await?;
    // files as a whole, by the key and by the mouse
    next_file(window, 1).await?;
    press(&["v"])?;
    window.wait_for_text(VIEWED, &format!("5 of {HUNKS} viewed")).await?;
    click(window, &format!("[data-testid=review-entry][data-path='{}']", path(FOLDER, 2))).await?;
    click(window, &format!("[data-path='{}'] [data-testid=file-viewed]", path(FOLDER, 2))).await?;
    window.wait_for_text(VIEWED, &format!("9 of {HUNKS} viewed")).await?;

    go_into(window, 2, 1).await?;
    comment(window, "2.1", FIRST_COMMENT).await?;
    // a hunk in part: its second new line stays out
    next_file(window, 3).await?;
    go_into(window, 3, 1).await?;
    press(&["Down", "Down", "Down", "x"])?;
    window.wait_for_text("[data-hunk='3.1'] [data-testid=left-out]", "1 line left out").await?;
    next_file(window, 4).await?;
    go_into(window, 4, 0).await?;
    press(&["e"])?;
    let editor = "return document.activeElement?.dataset.testid";
    until_page_says(window, editor, json!("hunk-text")).await?;
    press(&["ctrl+a"])?;
    write(MINE)?;
    press(&["Escape"])?;
    until_at(window, "4.0").await?;
    window.wait_for_text("[data-hunk='4.0']", "edited by you").await?;
    // one hunk out, and a file
    next_file(window, 5).await?;
    go_into(window, 5, 2).await?;
    press(&["space"])?;
    window.wait_for_text(APPROVE, "Approve 40 of 41 hunks").await?;
    next_file(window, 6).await?;
    press(&["x"])?;
    window.wait_for_text(APPROVE, "Approve 36 of 41 hunks").await?;
    // a comment on one line
    next_file(window, 7).await?;
    go_into(window, 7, 0).await?;
    press(&["Down", "Down"])?;
    comment(window, "7.0", SECOND_COMMENT).await?;
    press(&["n"])?;
    until_at(window, "7.1").await?;
    press(&["v"])?;
    window.wait_for_text(VIEWED, &format!("10 of {HUNKS} viewed")).await?;
    window.wait_for_text(APPROVE, FOOTER).await.map(drop)
}

/// Returns the choice of the person.
fn choice(file: usize, hunk: usize) -> Choice {
    match (file, hunk) {
        (3, 1) => Choice::FirstLine,
        (4, 0) => Choice::Edited(MINE),
        (5, 2) | (6, _) => Choice::Out,
        _ => Choice::Whole,
    }
}

/// Approves, and holds that exactly what was chosen is on disk and told to the model.
async fn approve(window: &Window, harness: &Harness, model: &Script) -> Result<()> {
    press(&["a"])?;
    window.find(TASK_END).await?;
    for file in 0..10 {
        let found = harness.read(&path(FOLDER, file))?;
        ensure!(found == text(file, &|hunk| choice(file, hunk)), "{}: {found}", path(FOLDER, file));
    }
    let requests = model.requests();
    let told = requests.last().and_then(|last| last.output_of("large")).context("the model got no answer")?;
    ensure!(requests.len() == 2, "{} requests", requests.len());
    let [first, second] = new_lines(2, 1);
    let line = line_after(1);
    let quoted = format!(
        "\n{}, lines {line}-{} (with the whole patch):\n> -line 5 of 2.1\n> +{first}\n> +{second}\n{FIRST_COMMENT}\n",
        path(FOLDER, 2),
        line + 1
    );
    ensure!(told.contains(&quoted), "{quoted}\nis not in\n{told}");
    let [first, _] = new_lines(7, 0);
    let quoted = format!(
        "\n{}, line {} (with the whole patch):\n> +{first}\n{SECOND_COMMENT}\n",
        path(FOLDER, 7),
        line_after(0)
    );
    ensure!(told.contains(&quoted), "{quoted}\nis not in\n{told}");
    ensure!(told.contains(MINE), "the model is not told what was edited:\n{told}");
    Ok(())
}

#[tokio::test]
async fn what_was_chosen_of_a_large_patch_is_on_disk_and_the_comments_are_quoted_to_the_model() -> Result<()>
{
    ensure!((0..10).map(hunks_of).sum::<usize>() == HUNKS, "the patch is another one");
    let (harness, model, window) = proposed().await?;
    review(&window).await?;
    window.screenshot("reviewed").await?;
    approve(&window, &harness, &model).await?;
    window.end().await
}

#[tokio::test]
async fn a_review_outlives_a_crash_in_the_midst_of_it() -> Result<()> {
    let (harness, model, window) = proposed().await?;
    review(&window).await?;
    let drafts = harness.home().join("drafts");
    // the window saves what it has a moment after the last change of it
    eventually("the review on disk", || async {
        let marks = files_with(&drafts, &path(FOLDER, 7))?;
        let comments = files_with(&drafts, SECOND_COMMENT)?;
        Ok((marks.len() == 1 && comments.len() == 1).then_some(()))
    })
    .await?;
    window.kill().await?;
    for (path, before) in files(FOLDER) {
        ensure!(harness.read(&path)? == before, "a crash has written {path}");
    }

    let window = harness.open_configured().await?;
    window.click("[data-testid=session-item]").await?;
    until_card_takes_keys(&window).await?;
    window.wait_for_text(VIEWED, &format!("10 of {HUNKS} viewed")).await?;
    window.wait_for_text(APPROVE, FOOTER).await?;
    take_keyboard()?;
    // to the hunks one by one, and what was done to each is there
    click(&window, &format!("[data-testid=review-entry][data-path='{}']", path(FOLDER, 2))).await?;
    go_into(&window, 2, 1).await?;
    let value = |hunk: &str| {
        format!("return document.querySelector(\"[data-hunk='{hunk}'] [data-testid=comment-text]\")?.value")
    };
    until_page_says(&window, &value("2.1"), json!(FIRST_COMMENT)).await?;
    next_file(&window, 3).await?;
    go_into(&window, 3, 1).await?;
    window.wait_for_text("[data-hunk='3.1'] [data-testid=left-out]", "1 line left out").await?;
    next_file(&window, 4).await?;
    go_into(&window, 4, 0).await?;
    window.wait_for_text("[data-hunk='4.0']", MINE).await?;
    next_file(&window, 5).await?;
    go_into(&window, 5, 2).await?;
    let out = "return [...document.querySelectorAll('.hunk.off')].map((each) => each.dataset.hunk).join()";
    until_page_says(&window, &format!("{out}.split(',').filter((id) => id[0] === '5').join()"), json!("5.2"))
        .await?;
    click(&window, &format!("[data-testid=review-entry][data-path='{}']", path(FOLDER, 7))).await?;
    go_into(&window, 7, 0).await?;
    until_page_says(&window, &value("7.0"), json!(SECOND_COMMENT)).await?;
    window.screenshot("review-after-crash").await?;
    approve(&window, &harness, &model).await?;
    window.end().await
}
