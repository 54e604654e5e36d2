//! A real public project: the source of a crate this workspace is built from.

use anyhow::{Context, Result, ensure};
use countersign_tests::crate_source::copy_crate_source;
use countersign_tests::desktop::eventually;
use std::process::Command;

use crate::harness::{AGENT, APPROVAL, APPROVE, Harness, TASK_END, ask};

const CRATE: &str = "strsim-0.";
const OLD: &str = "generic_levenshtein";
const NEW: &str = "generic_edit_distance";

#[tokio::test]
async fn a_rename_in_a_crate_is_written_as_far_as_it_is_accepted_and_builds_when_it_is_whole() -> Result<()> {
    let harness = Harness::with(&[])?;
    copy_crate_source(CRATE, &harness.project())?;
    let lib = harness.read("src/lib.rs")?;
    ensure!(lib.matches(OLD).count() >= 3, "the crate is not what it was when this was written");

    let window = harness.open().await?;
    ask(&window, &format!("rename {OLD} to {NEW}")).await?;
    window.find(&format!("{APPROVAL}[data-type=patch]")).await?;
    // only the hunks near the view are on the page
    let end = "const all = document.querySelector('[data-testid=review] [data-scroller]'); all.scrollTop = all.scrollHeight";
    // the files come in order of their names, so the last hunks are the last lines of src/lib.rs
    eventually("the last hunks", || async {
        window.find("[data-testid=review]").await?;
        window.page().execute(end, vec![]).await?;
        let boxes = window.all("[data-testid=hunk-check]").await?;
        let at_end = "const all = document.querySelector('[data-testid=review] [data-scroller]');
            return all.scrollTop + all.clientHeight > all.scrollHeight - 2";
        let is_there = window.page().execute(at_end, vec![]).await?.as_bool() == Some(true);
        Ok((boxes.len() > 4 && is_there).then_some(()))
    })
    .await?;
    // beneath the head of its file, which stays at the top, it could not be clicked
    let middle = "[...document.querySelectorAll('[data-testid=hunk-check]:checked')].at(-1)?.scrollIntoView({ block: 'center' })";
    for _ in 0..2 {
        window.page().execute(middle, vec![]).await?;
        let boxes = window.all("[data-testid=hunk-check]:checked").await?;
        boxes.last().context("no hunk is ticked")?.click().await?;
    }
    let label = window.wait_for_text(APPROVE, " hunks").await?;
    let counts: Vec<usize> = label.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    ensure!(matches!(counts[..], [accepted, all, ..] if accepted + 2 == all), "{label}");
    // the colours follow the text
    window.find(".token-keyword").await?;
    window.screenshot("real-project").await?;
    window.click(APPROVE).await?;
    window.wait_for_text(AGENT, "2 places stayed as they were").await?;
    window.find(TASK_END).await?;
    let accepted = lib.matches(OLD).count() - 2;
    ensure!(
        harness.read("src/lib.rs")? == lib.replacen(OLD, NEW, accepted),
        "exactly the accepted hunks are written"
    );

    ask(&window, &format!("rename {OLD} to {NEW}")).await?;
    window.find(&format!("{APPROVAL}[data-type=patch]")).await?;
    window.click(APPROVE).await?;
    eventually("the rest to be written", || async {
        Ok((harness.read("src/lib.rs")? == lib.replace(OLD, NEW)).then_some(()))
    })
    .await?;
    window.end().await?;

    let checked = Command::new("cargo")
        .args(["check", "--offline", "--lib"])
        .current_dir(harness.project())
        .env("CARGO_TARGET_DIR", harness.home().join("target"))
        .output()?;
    ensure!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    Ok(())
}
