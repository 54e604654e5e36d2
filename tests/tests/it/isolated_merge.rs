//! Isolated copies against folders that changed meanwhile, that are large, and whose sessions have lost something.

use crate::isolated::{TEXT, bring_in, hunks_of, make_copy, only, open_on, tree};
use crate::overlay::with_overlays;
use anyhow::{Result, ensure};
use countersign_tests::harness::{proposal_of, unasked};
use countersign_tests::model_server::Reply;
use protocol::{AskReason, HunkId, ReviewDecision};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_on_either_side_that_the_other_has_not_made_is_merged_and_all_others_are_asked_about()
-> Result<()> {
    let files = &[
        (".gitignore", ".env\n"),
        (".env", "KEY=1\n"),
        ("both.txt", TEXT),
        ("mode.sh", "m\n"),
        ("theirs.txt", "x\n"),
        ("bin", "a\0b"),
        ("kept.txt", "k\n"),
        ("d/x", "x\n"),
    ];
    let Some((harness, other)) = with_overlays(unasked(), files, "merging a copy").await? else {
        return Ok(());
    };
    other.shut_down().await?;
    let copy = make_copy(&harness)?;
    let mut session = open_on(&harness, &copy).await?;
    let script = "sed -i s/one/ONE/ both.txt; touch -d @1 theirs.txt; printf 'a\\0copy' > bin; rm kept.txt; rm -r d; \
                  echo same > same.txt; echo of-copy > new.txt; chmod 755 both.txt mode.sh; ln -s both.txt link; rm .env";
    harness.server.then(Reply::new().shell("c1", &["bash", "-c", script]).completed());
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("go").await?;
    session.shut_down().await?;
    let write = |path: &str, text: &str| std::fs::write(harness.project().join(path), text);
    write("both.txt", &TEXT.replace("ten", "TEN"))?;
    write("theirs.txt", "y\n")?;
    write("bin", "a\0project")?;
    write("kept.txt", "changed\n")?;
    write("d/added", "added\n")?;
    write("same.txt", "same\n")?;
    write("new.txt", "of-project\n")?;
    std::fs::set_permissions(harness.project().join("mode.sh"), Permissions::from_mode(0o600))?;

    let (mut session, approval) = bring_in(&harness, &copy).await?;
    let AskReason::BringIn { left_out, .. } = &approval.reason else { anyhow::bail!("{approval:?}") };
    ensure!(left_out == &["1 ignored path stays in the copy"], "what no checkpoint holds: {left_out:?}");
    let proposal = proposal_of(&approval);
    let paths: Vec<_> = proposal.files.iter().map(|file| file.path.as_str()).collect();
    ensure!(
        paths == ["bin", "both.txt", "d/x", "kept.txt", "link", "mode.sh", "new.txt"],
        "what one side changed alone, or both alike, is no question: {paths:?}"
    );
    let conflicts: Vec<_> = proposal
        .files
        .iter()
        .filter(|file| !file.conflicts.is_empty())
        .map(|file| file.path.as_str())
        .collect();
    ensure!(conflicts == ["bin", "kept.txt", "mode.sh", "new.txt"], "{conflicts:?}");
    let all: Vec<_> = proposal.hunks().map(|(_, hunk)| hunk.id.clone()).collect();
    let wanted = |id: &HunkId| !hunks_of(&approval, "kept.txt").contains(id);
    let accepted = all.into_iter().filter(wanted).collect();
    session.decide(&approval, ReviewDecision::Approved, Some(only(accepted)), None).await?;
    session.until_done().await?;
    ensure!(harness.read("both.txt")? == TEXT.replace("one", "ONE").replace("ten", "TEN"));
    let both = &tree(harness.project())?[Path::new("both.txt")];
    ensure!(both.starts_with("100755"), "the mode of the copy, the lines of both: {both}");
    ensure!(harness.read("theirs.txt")? == "y\n" && harness.read("kept.txt")? == "changed\n");
    ensure!(
        std::fs::read(harness.project().join("bin"))? == b"a\0copy"
            && harness.read("new.txt")? == "of-copy\n"
    );
    ensure!(harness.read("d/added")? == "added\n" && !harness.project().join("d/x").exists());
    ensure!(std::fs::read_link(harness.project().join("link"))? == Path::new("both.txt"));
    session.shut_down().await
}

#[tokio::test(flavor = "multi_thread")]
async fn more_changes_than_a_person_could_look_at_at_once_are_brought_in_one_part_after_the_other()
-> Result<()> {
    let Some((harness, other)) = with_overlays(unasked(), &[("a.txt", TEXT)], "a large copy").await? else {
        return Ok(());
    };
    other.shut_down().await?;
    let copy = make_copy(&harness)?;
    let mut session = open_on(&harness, &copy).await?;
    let script = "mkdir made; for n in $(seq -w 1 2100); do echo $n > made/$n; done";
    harness.server.then(Reply::new().shell("c1", &["bash", "-c", script]).completed());
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("go").await?;
    session.shut_down().await?;
    let mut left = 2100;
    for part in 0..2 {
        let (mut session, approval) = bring_in(&harness, &copy).await?;
        let AskReason::BringIn { left_out, .. } = &approval.reason else { anyhow::bail!("{approval:?}") };
        ensure!(left_out.iter().any(|what| what.contains("more changes")) == (part == 0), "{left_out:?}");
        session.decide(&approval, ReviewDecision::Approved, None, None).await?;
        session.until_done().await?;
        let made = std::fs::read_dir(harness.project().join("made"))?.count();
        ensure!(made + left > 2100 && made > 0, "part {part}: {made}");
        left = 2100 - made;
        session.shut_down().await?;
    }
    ensure!(left == 0, "{left} are missing");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_lost_its_configuration_still_works_on_its_copy() -> Result<()> {
    let Some((harness, other)) = with_overlays(unasked(), &[("a.txt", TEXT)], "a lost line").await? else {
        return Ok(());
    };
    other.shut_down().await?;
    let copy = make_copy(&harness)?;
    let mut session = open_on(&harness, &copy).await?;
    harness.server.then(Reply::new().apply_patch("p", "*** Update File: a.txt\n@@\n-one\n+ONE").completed());
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("go").await?;
    let transcript = session.transcript()?;
    session.shut_down().await?;
    let text = std::fs::read_to_string(&transcript)?;
    let kept: Vec<_> = text.lines().filter(|line| !line.contains("\"type\":\"configured\"")).collect();
    ensure!(kept.len() + 1 == text.lines().count(), "one line is lost");
    std::fs::write(&transcript, kept.join("\n") + "\n")?;
    let request = harness.open_request(Some(transcript))?;
    let opened =
        agent::session::open(request, |_| ()).await.map_err(|error| anyhow::anyhow!(error.message))?;
    ensure!(opened.config.isolated == Some(copy), "{:?}", opened.config);
    Ok(())
}
