//! Stories about edits (B20, B21, B25).

use crate::tools::{call, told};
use anyhow::{Result, ensure};
use countersign_tests::harness::{Harness, proposal_of, reviewing, unasked};
use countersign_tests::model_server::Reply;
use protocol::{HunkId, HunkSelection, ReviewDecision};
use serde_json::json;

#[tokio::test]
async fn b20_b25_an_edit_is_a_patch_that_is_approved_hunk_by_hunk() -> Result<()> {
    let text = "one\r\ntwo\r\nthree\r\nfour\r\nfive\r\nsix\r\nseven\r\none\r\n";
    let everywhere =
        json!({"path": "a.txt", "old_string": "one\n", "new_string": "ONE\n", "replace_all": true});
    let replies = vec![call("c1", "edit", &everywhere), Reply::text("ok")];
    let harness = Harness::new(reviewing(), &[("a.txt", text)], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    let asked = session.until_asked().await?;
    ensure!(proposal_of(&asked).hunks().count() == 2 && harness.read("a.txt")? == text);
    let selection = HunkSelection { accepted: vec![HunkId::new(0, 1)], ..HunkSelection::default() };
    session.decide(&asked, ReviewDecision::Approved, Some(selection), Some("the last one")).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? == text.replace("seven\r\none", "seven\r\nONE"));
    let answer = told(&harness, "c1")?;
    ensure!(
        answer.contains("1 of 2 hunks were written") && answer.contains("note from the person: the last one"),
        "{answer}"
    );
    session.shut_down().await
}

#[tokio::test]
async fn b21_an_edit_that_does_not_apply_says_why_and_asks_nobody() -> Result<()> {
    let edit = |old: &str| json!({"path": "a.txt", "old_string": old, "new_string": "x"});
    let calls = Reply::new()
        .function_call("c1", "edit", &edit("two"))
        .function_call("c2", "edit", &edit("thre3"))
        .function_call("c3", "edit", &edit(""))
        .function_call("c4", "edit", &json!({"path": "none.txt", "old_string": "a", "new_string": "b"}))
        .function_call("c5", "edit", &json!({"path": "dir/new.txt", "old_string": "", "new_string": "new\n"}))
        .completed();
    let files = [("a.txt", "one\ntwo\nthree\ntwo\n")];
    let harness = Harness::new(unasked(), &files, vec![calls, Reply::text("ok")]).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    ensure!(told(&harness, "c1")?.contains("2 times, at lines 2, 4"));
    let answer = told(&harness, "c2")?;
    ensure!(answer.contains("nearest lines in the file:") && answer.contains("3: three"), "{answer}");
    ensure!(told(&harness, "c3")?.contains("'a.txt' exists"));
    ensure!(told(&harness, "c4")?.contains("'none.txt' does not exist"));
    ensure!(harness.read("a.txt")? == files[0].1 && harness.read("dir/new.txt")? == "new\n");
    session.shut_down().await
}
