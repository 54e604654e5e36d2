//! Receipts of real sessions: what they say, and what they find in a commit (`docs/receipt.md`).

use crate::cli::run;
use crate::host_window::Window;
use crate::mcp::has;
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, reviewing};
use countersign_tests::model_server::Reply;
use host::api::{ReceiptCheck, ReceiptView, SavedReceipt};
use protocol::{HunkId, HunkSelection, Op, ReviewDecision, SandboxLevel};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const BEFORE: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n";
const PATCH: &str =
    "*** Update File: a.txt\n@@\n one\n-two\n+TWO\n three\n@@\n six\n-seven\n+SEVEN\n+and more\n eight\n";
const APPROVED: &str = "one\nTWO\nthree\nfour\nfive\nsix\nSEVEN\nand more\neight\n";

fn git(folder: &Path, args: &[&str]) -> Result<String> {
    let settings = ["-c", "user.name=Mira", "-c", "user.email=mira@example.org"];
    let output = Command::new("git").args(settings).args(args).current_dir(folder).output()?;
    ensure!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}

/// A repository in which a person approved a patch of two hunks, with the receipt of that.
struct Approved {
    harness: Harness,
    receipt: PathBuf,
}

impl Approved {
    /// `None`, said aloud, where there is no git. `accepted` are the hunks that the person takes.
    async fn new(accepted: Option<&[usize]>) -> Result<Option<Self>> {
        if !has("git") {
            return Ok(None);
        }
        let replies =
            vec![Reply::new().message("A patch.").apply_patch("c1", PATCH).completed(), Reply::text("Done.")];
        let harness = Harness::new(reviewing(), &[("a.txt", BEFORE)], replies).await?;
        harness.write_config()?;
        git(harness.project(), &["init", "--quiet", "--initial-branch", "main"])?;
        git(harness.project(), &["config", "user.name", "Mira"])?;
        git(harness.project(), &["config", "user.email", "mira@example.org"])?;
        git(harness.project(), &["add", "."])?;
        git(harness.project(), &["commit", "--quiet", "-m", "first"])?;
        let mut session = harness.open(None).await?;
        session.ask("Shout").await?;
        let asked = session.until_asked().await?;
        let hunks = accepted.map(|accepted| HunkSelection {
            accepted: accepted.iter().map(|hunk| HunkId::new(0, *hunk)).collect(),
            ..HunkSelection::default()
        });
        session.decide(&asked, ReviewDecision::Approved, hunks, None).await?;
        session.until_done().await?;
        session.shut_down().await?;
        let receipt = harness.home().join("receipt.json");
        let approved = Self { harness, receipt };
        let made = approved.run(&["receipt", "--unsigned", "-o", approved.path()]).await?;
        ensure!(made.code == Some(0), "{}", made.err);
        Ok(Some(approved))
    }

    async fn run(&self, args: &[&str]) -> Result<crate::cli::Ran> {
        run(&self.harness, args, "").await
    }

    fn path(&self) -> &str {
        self.receipt.to_str().unwrap()
    }

    fn write(&self, text: &str) -> Result<()> {
        Ok(std::fs::write(self.harness.project().join("a.txt"), text)?)
    }

    fn commit(&self) -> Result<String> {
        git(self.harness.project(), &["commit", "--quiet", "-a", "-m", "second"])?;
        git(self.harness.project(), &["rev-parse", "HEAD"])
    }

    async fn verify(&self, more: &[&str]) -> Result<crate::cli::Ran> {
        self.run(&[&["verify", self.path()], more].concat()).await
    }
}

#[tokio::test]
async fn a_commit_of_what_was_approved_is_in_the_receipt_line_by_line() -> Result<()> {
    let Some(approved) = Approved::new(None).await? else { return Ok(()) };
    ensure!(approved.harness.read("a.txt")? == APPROVED);
    approved.commit()?;
    let found = approved.verify(&["--against", "HEAD"]).await?;
    // nobody signed it
    ensure!(found.code == Some(10), "{:?} {} {}", found.code, found.out, found.err);
    for said in [
        "none changed since they were written",
        "not signed: anyone can have written it",
        "hunks: 2 approved, 0 declined",
        "a.txt:2: approved by a person, ",
        "a.txt:7-8: approved by a person, ",
        "3 of 3 changed lines are in the receipt, 0 are not",
    ] {
        ensure!(found.out.contains(said), "{said:?} is not in\n{}", found.out);
    }
    Ok(())
}

#[tokio::test]
async fn lines_altered_or_written_by_hand_are_named_by_file_and_line() -> Result<()> {
    let Some(approved) = Approved::new(None).await? else { return Ok(()) };
    approved.write(&APPROVED.replace("and more", "and less").replace("four", "four\nby hand"))?;
    approved.commit()?;
    let found = approved.verify(&["--against", "HEAD~0"]).await?;
    ensure!(found.code == Some(11), "{:?} {}", found.code, found.out);
    for said in [
        "a.txt:2: approved by a person",
        "a.txt:5: NOT APPROVED, nothing in the receipt tells of it",
        "a.txt:8: approved by a person",
        "a.txt:9: NOT APPROVED",
        "a.txt: lines that were let through and are not in the commit: 1",
        "2 of 4 changed lines are in the receipt, 2 are not",
    ] {
        ensure!(found.out.contains(said), "{said:?} is not in\n{}", found.out);
    }
    let json = approved.verify(&["--against", "main", "--json"]).await?;
    let json: Value = serde_json::from_str(&json.out)?;
    ensure!(json["intact"] == true && json["signer"] == "nobody", "{json}");
    let unrecorded: Vec<_> = json["against"]["files"][0]["spans"]
        .as_array()
        .context("spans")?
        .iter()
        .filter(|span| span["account"] == "unrecorded")
        .map(|span| span["from"].clone())
        .collect();
    ensure!(unrecorded == [5, 9], "{json}");
    Ok(())
}

#[tokio::test]
async fn a_hunk_that_was_declined_and_written_by_hand_is_not_approved() -> Result<()> {
    let Some(approved) = Approved::new(Some(&[0])).await? else { return Ok(()) };
    approved.write(APPROVED)?;
    approved.commit()?;
    let found = approved.verify(&["--against", "HEAD"]).await?;
    ensure!(found.code == Some(11), "{:?} {}", found.code, found.out);
    ensure!(found.out.contains("hunks: 1 approved, 1 declined"), "{}", found.out);
    ensure!(found.out.contains("a.txt:2: approved by a person"), "{}", found.out);
    ensure!(found.out.contains("a.txt:7-8: NOT APPROVED"), "{}", found.out);
    Ok(())
}

#[tokio::test]
async fn marks_of_a_review_and_rules_are_in_the_receipt() -> Result<()> {
    let replies = vec![
        Reply::new().message("A patch.").apply_patch("c1", PATCH).completed(),
        Reply::new().shell("c2", &["touch", "made.txt"]).completed(),
        Reply::text("Done."),
    ];
    let harness = Harness::new(reviewing(), &[("a.txt", BEFORE)], replies).await?;
    harness.write_config()?;
    let added = run(&harness, &["rules", "add", "--", "touch"], "").await?;
    ensure!(added.code == Some(0), "{} {}", added.out, added.err);
    let mut session = harness.open(None).await?;
    session.ask("Shout").await?;
    let asked = session.until_asked().await?;
    let decided = Op::Decide {
        call_id: asked.call_id.clone(),
        binding: asked.binding.clone(),
        decision: ReviewDecision::Approved,
        hunks: None,
        note: None,
        comments: Vec::new(),
        viewed: Some(vec![HunkId::new(0, 0), HunkId::new(7, 7)]),
        unattended: false,
    };
    session.submit(decided).await?;
    session.until_done().await?;
    session.shut_down().await?;
    let made = run(&harness, &["receipt", "--unsigned"], "").await?;
    let receipt: Value = serde_json::from_str(&made.out)?;
    let records = receipt["records"].as_array().context("records")?;
    let of = |kind: &str| records.iter().find(|record| record["type"] == kind).context("a record");
    let hunks = &of("patch")?["files"][0]["hunks"];
    ensure!(hunks[0]["viewed"] == true && hunks[1]["viewed"] == false, "{hunks}");
    let command = of("command")?;
    ensure!(command["decision"]["rules"] == json!([["touch"]]), "{command}");
    ensure!(command["end"]["code"] == 0 && command["sandbox"] == "workspace-write", "{command}");
    ensure!(of("changed")?["paths"][0]["path"] == "made.txt", "{}", made.out);
    Ok(())
}

#[tokio::test]
async fn a_receipt_that_was_tampered_with_is_said_to_be() -> Result<()> {
    let Some(approved) = Approved::new(None).await? else { return Ok(()) };
    let text = std::fs::read_to_string(&approved.receipt)?;
    std::fs::write(&approved.receipt, text.replacen("\"written\"", "\"declined\"", 1))?;
    let found = approved.verify(&[]).await?;
    ensure!(found.code == Some(11) && found.out.contains("TAMPERED WITH"), "{}", found.out);
    ensure!(found.out.contains("record 4 was changed"), "{}", found.out);
    for (wrong, said) in [("{}", "this is no receipt"), ("", "this is no receipt")] {
        std::fs::write(&approved.receipt, wrong)?;
        let found = approved.verify(&[]).await?;
        ensure!(found.code == Some(1) && found.err.contains(said), "{:?} {}", found.code, found.err);
    }
    let found = approved.verify(&["--against", "HEAD"]).await?;
    ensure!(found.code == Some(1), "{:?} {}", found.code, found.err);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_done_is_said_with_a_way_out() -> Result<()> {
    let Some(approved) = Approved::new(None).await? else { return Ok(()) };
    // the tests have no keychain
    let no_keychain = approved.run(&["receipt"]).await?;
    ensure!(no_keychain.code == Some(1) && no_keychain.out.is_empty(), "{}", no_keychain.out);
    ensure!(no_keychain.err.contains("kept in the keychain"), "{}", no_keychain.err);
    ensure!(
        no_keychain.err.contains("--unsigned makes a receipt without a signature"),
        "{}",
        no_keychain.err
    );
    let no_key = approved.run(&["receipt", "--public-key"]).await?;
    ensure!(no_key.code == Some(1) && no_key.err.contains("keychain"), "{}", no_key.err);
    let no_task = approved.run(&["receipt", "--unsigned", "--task", "7"]).await?;
    ensure!(no_task.err.contains("the session has no task 7"), "{}", no_task.err);
    for (commit, why) in [
        ("nothing", "there is no branch, tag or commit of this name"),
        ("0000000", "there is no such commit"),
        ("HEAD~5", "it has no such ancestor"),
        ("HEAD^2", "only `~N` and `^` are understood"),
    ] {
        let found = approved.verify(&["--against", commit]).await?;
        ensure!(found.code == Some(1) && found.err.contains(why), "{:?} {}", found.code, found.err);
    }
    let key = approved.harness.home().join("key");
    std::fs::write(&key, "no key")?;
    let found = approved.verify(&["--key", key.to_str().unwrap()]).await?;
    ensure!(found.err.contains("holds no public key"), "{}", found.err);
    Ok(())
}

#[tokio::test]
async fn a_page_of_it_says_what_was_approved() -> Result<()> {
    let Some(approved) = Approved::new(Some(&[1])).await? else { return Ok(()) };
    let page = approved.run(&["receipt", "--unsigned", "--markdown"]).await?.out;
    for said in [
        "## Task 1: Shout",
        "1 hunk approved, 1 declined",
        "`a.txt:2`: declined",
        "`a.txt:7`: written as shown",
    ] {
        ensure!(page.contains(said), "{said:?} is not in\n{page}");
    }
    let one = approved.run(&["receipt", "--unsigned", "--markdown", "--task", "1"]).await?.out;
    ensure!(one.contains("## Task 1: Shout"), "{one}");
    Ok(())
}

#[tokio::test]
async fn the_note_of_a_commit_is_the_receipt_byte_for_byte() -> Result<()> {
    let Some(approved) = Approved::new(None).await? else { return Ok(()) };
    let executor = approved.harness.assemble().await?.executor;
    if executor.probe().await.level == SandboxLevel::None {
        eprintln!("SKIPPED: notes need a sandbox");
        return Ok(());
    }
    let id = approved.commit()?;
    let noted = approved.run(&["receipt", "--unsigned", "--note", "HEAD"]).await?;
    ensure!(noted.code == Some(0) && noted.err.contains(&id), "{:?} {}", noted.code, noted.err);
    let note = git(approved.harness.project(), &["notes", "--ref=countersign", "show", &id])?;
    ensure!(note == std::fs::read_to_string(&approved.receipt)?.trim_end(), "{note}");
    let found = run(&approved.harness, &["verify", "-", "--against", &id], &note).await?;
    ensure!(found.code == Some(10) && found.out.contains("3 of 3 changed lines"), "{}", found.out);
    let again = approved.run(&["receipt", "--unsigned", "--note", "HEAD"]).await?;
    ensure!(
        again.code == Some(1) && again.err.contains("has a receipt as its note already"),
        "{}",
        again.err
    );
    let replaced = approved.run(&["receipt", "--unsigned", "--note", "HEAD", "--replace"]).await?;
    ensure!(replaced.code == Some(0), "{}", replaced.err);
    let wrong = approved.run(&["receipt", "--unsigned", "--note", "no-such"]).await?;
    ensure!(wrong.err.contains("there is no commit `no-such` here"), "{}", wrong.err);
    Ok(())
}

#[tokio::test]
async fn the_window_shows_saves_and_verifies_a_receipt() -> Result<()> {
    let mut window = Window::open(&["one", "out"]).await?;
    window.pick_folder().await?;
    let id = window.ask("hello").await?;
    let shown: ReceiptView = window.call("receipt", json!({ "session": id })).await?;
    ensure!(shown.summary.tasks.len() == 1 && shown.markdown.contains("## Task 1: hello"), "{shown:?}");
    let saved: SavedReceipt = window.call("save_receipt", json!({ "session": id, "unsigned": true })).await?;
    ensure!(saved.fingerprint.is_none(), "{saved:?}");
    let file = window.dir.path().join(format!("out/receipt-{id}.json"));
    let text = std::fs::read_to_string(&file)?;
    let args = json!({ "text": text, "project": window.project });
    let checked: ReceiptCheck = window.call("verify_receipt", args).await?;
    ensure!(checked.faults.is_empty() && checked.records as usize == shown.records.len(), "{checked:?}");
    let tampered = json!({ "text": text.replace("hello", "hullo"), "project": window.project });
    let checked: ReceiptCheck = window.call("verify_receipt", tampered).await?;
    ensure!(!checked.faults.is_empty(), "{checked:?}");
    let nowhere = json!({ "text": text, "project": window.project, "commit": "HEAD" });
    let error = window.call::<ReceiptCheck>("verify_receipt", nowhere).await.unwrap_err().to_string();
    ensure!(error.contains("the commit `HEAD` cannot be read"), "{error}");
    Ok(())
}
