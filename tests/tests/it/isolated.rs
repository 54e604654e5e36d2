//! Stories about isolated sessions: they work on a copy of the folder, and the person brings its changes in.

use crate::cli::{command, run};
use crate::overlay::with_overlays;
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, proposal_of, reviewing, unasked};
use countersign_tests::model_server::Reply;
use countersign_tests::terminal::Terminal;
use protocol::{
    Approval, ApprovalSubject, AskReason, CopyId, EventMsg, HunkId, HunkSelection, Op, ReviewDecision,
    SandboxPolicy, UndoMode,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) const TEXT: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n";

const FILES: &[(&str, &str)] = &[
    ("a.txt", TEXT),
    ("gone.txt", "gone\n"),
    (".gitignore", "out/\n"),
    ("out/cache", "warm\n"),
    ("sub/deep.txt", "deep\n"),
];

/// A folder's files with their contents and modes, and where its links lead.
pub(crate) fn tree(folder: &Path) -> Result<BTreeMap<PathBuf, String>> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(&at)? {
            let path = entry?.path();
            let metadata = path.symlink_metadata()?;
            let mode = metadata.permissions().mode();
            let what = if metadata.is_dir() {
                folders.push(path.clone());
                "folder".to_owned()
            } else if metadata.is_symlink() {
                std::fs::read_link(&path)?.display().to_string()
            } else {
                std::fs::read_to_string(&path)?
            };
            found.insert(path.strip_prefix(folder)?.to_owned(), format!("{mode:o} {what}"));
        }
    }
    Ok(found)
}

pub(crate) fn make_copy(harness: &Harness) -> Result<CopyId> {
    agent::copies::create(&config::Home::at(harness.home()), harness.project())
        .map_err(|error| anyhow::anyhow!(error.message))
}

/// Opens a session on an isolated copy.
pub(crate) async fn open_on(harness: &Harness, copy: &CopyId) -> Result<Session> {
    let request = agent::session::OpenRequest { isolated: Some(copy.clone()), ..harness.open_request(None)? };
    Session::open(request).await
}

/// Has a session that works on a copy write a patch that nobody is asked about.
async fn patches(harness: &Harness, session: &mut Session, patch: &str) -> Result<()> {
    harness.server.then(Reply::new().apply_patch("p", patch).completed());
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("go").await?;
    Ok(())
}

/// Asks about the changes of a copy in a session of its own.
pub(crate) async fn bring_in(harness: &Harness, copy: &CopyId) -> Result<(Session, Box<Approval>)> {
    let mut session = harness.open(None).await?;
    session.submit(Op::BringIn { copy: copy.clone() }).await?;
    let approval = session.until_asked().await?;
    Ok((session, approval))
}

pub(crate) fn hunks_of(approval: &Approval, path: &str) -> Vec<HunkId> {
    let file = proposal_of(approval).files.iter().find(|file| file.path == path);
    file.into_iter().flat_map(|file| &file.hunks).map(|hunk| hunk.id.clone()).collect()
}

pub(crate) fn only(accepted: Vec<HunkId>) -> HunkSelection {
    HunkSelection { accepted, ..HunkSelection::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_a_session_does_stays_in_its_copy_until_hunks_of_it_are_brought_in() -> Result<()> {
    let test = "a session on an isolated copy";
    let Some((harness, other)) = with_overlays(unasked(), FILES, test).await? else { return Ok(()) };
    other.shut_down().await?;
    let before = tree(harness.project())?;
    let copy = make_copy(&harness)?;
    let mut session = open_on(&harness, &copy).await?;
    let script = "pwd; cat a.txt out/cache; rm gone.txt; mkdir made; echo new > made/new.txt; chmod +x sub/deep.txt; echo x > out/built";
    harness.server.then(Reply::new().shell("c1", &["bash", "-c", script]).completed());
    let patch = "*** Update File: a.txt\n@@\n-one\n+ONE\n@@\n-ten\n+TEN";
    harness.server.then(Reply::new().apply_patch("c2", patch).completed());
    harness.server.then(Reply::new().shell("c3", &["bash", "-c", "cat a.txt made/new.txt; ls"]).completed());
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("go").await?;
    let printed: Vec<_> = session
        .said()
        .filter_map(|msg| match msg {
            EventMsg::ExecCommandEnd { output, .. } => Some(output.clone()),
            _ => None,
        })
        .collect();
    let [first, last] = printed.as_slice() else { anyhow::bail!("{printed:?}") };
    let folder = harness.project().canonicalize()?;
    ensure!(first.starts_with(&format!("{}\n", folder.display())), "at the folder's own path: {first}");
    ensure!(first.contains("one\n") && first.contains("warm\n"), "the copy has all of it: {first}");
    ensure!(last.contains("ONE\n") && last.contains("new\n") && !last.contains("gone.txt"), "{last}");
    ensure!(tree(harness.project())? == before, "the folder is as it was");

    // a session that was killed goes on where it was, and its undo is of its copy
    let transcript = session.transcript()?;
    session.kill().await?;
    let mut session = Session::open(harness.open_request(Some(transcript))?).await?;
    harness
        .server
        .then(Reply::new().shell("c4", &["bash", "-c", "cat made/new.txt; echo two > b.txt"]).completed());
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("go on").await?;
    session.submit(Op::Undo { task_id: None, mode: UndoMode::Apply { overwrite: false } }).await?;
    let undone = session.until("the undo", |msg| matches!(msg, EventMsg::UndoApplied { .. })).await?;
    let EventMsg::UndoApplied { undone } = undone else { anyhow::bail!("{undone:?}") };
    ensure!(undone.paths == ["b.txt"], "{undone:?}");
    session.shut_down().await?;
    ensure!(tree(harness.project())? == before, "the folder is as it was");

    let (mut session, approval) = bring_in(&harness, &copy).await?;
    let AskReason::BringIn { left_out, .. } = &approval.reason else { anyhow::bail!("{approval:?}") };
    ensure!(left_out == &["1 ignored path stays in the copy"], "{left_out:?}");
    let paths: Vec<_> = proposal_of(&approval).files.iter().map(|file| file.path.as_str()).collect();
    ensure!(paths == ["a.txt", "gone.txt", "made/new.txt", "sub/deep.txt"], "{paths:?}");
    ensure!(!approval.offers(ReviewDecision::ApprovedForSession), "it is asked about each time");
    let mut accepted = vec![hunks_of(&approval, "a.txt")[1].clone()];
    accepted.extend(["made/new.txt", "sub/deep.txt"].iter().flat_map(|path| hunks_of(&approval, path)));
    session.decide(&approval, ReviewDecision::Approved, Some(only(accepted)), None).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? == TEXT.replace("ten", "TEN") && harness.read("gone.txt")? == "gone\n");
    ensure!(harness.read("made/new.txt")? == "new\n" && !harness.project().join("out/built").exists());
    let after = tree(harness.project())?;
    ensure!(after[Path::new("sub/deep.txt")].starts_with("100755"), "{after:?}");

    // what was left is asked about again, and the rest is undone like any task
    session.submit(Op::BringIn { copy: copy.clone() }).await?;
    let again = session.until_asked().await?;
    let paths: Vec<_> = proposal_of(&again).files.iter().map(|file| file.path.as_str()).collect();
    ensure!(paths == ["a.txt", "gone.txt"] && proposal_of(&again).conflicts().count() == 0, "{paths:?}");
    session.decide(&again, ReviewDecision::Denied, None, None).await?;
    session.until_done().await?;
    session
        .submit(Op::Undo { task_id: Some(protocol::TaskId(1)), mode: UndoMode::Apply { overwrite: false } })
        .await?;
    session.until("the undo", |msg| matches!(msg, EventMsg::UndoApplied { .. })).await?;
    ensure!(tree(harness.project())? == before, "all of it is taken back");

    // the model learns of it when it is asked next
    harness.server.then(Reply::text("hello"));
    session.ask_and_wait("hello").await?;
    let requests = harness.server.requests();
    let told = serde_json::to_string(&requests.last().context("a request")?.input())?;
    ensure!(told.contains("The person had changes of an isolated copy"), "{told}");
    session.shut_down().await
}

#[tokio::test(flavor = "multi_thread")]
async fn three_sessions_change_one_file_and_what_two_of_them_did_to_the_same_lines_is_asked_about()
-> Result<()> {
    let test = "isolated sessions side by side";
    let Some((harness, other)) = with_overlays(unasked(), FILES, test).await? else { return Ok(()) };
    other.shut_down().await?;
    let copies = [make_copy(&harness)?, make_copy(&harness)?, make_copy(&harness)?];
    let mut sessions = Vec::new();
    for copy in &copies {
        sessions.push(open_on(&harness, copy).await?);
    }
    let patch = |lines: &[(&str, &str)]| {
        let chunk = |(old, new): &(&str, &str)| format!("\n@@\n-{old}\n+{new}");
        format!("*** Update File: a.txt{}", lines.iter().map(chunk).collect::<String>())
    };
    let all = [
        patch(&[("one", "ONE")]),
        patch(&[("five", "FIVE"), ("ten", "TEN")]),
        patch(&[("one", "uno"), ("three", "tres")]),
    ];
    for (session, patch) in sessions.iter_mut().zip(&all) {
        patches(&harness, session, patch).await?;
    }
    ensure!(harness.read("a.txt")? == TEXT, "nothing has reached the folder");
    for session in sessions {
        session.shut_down().await?;
    }
    let (mut session, first) = bring_in(&harness, &copies[0]).await?;
    session.decide(&first, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    session.submit(Op::BringIn { copy: copies[1].clone() }).await?;
    let second = session.until_asked().await?;
    ensure!(
        proposal_of(&second).conflicts().count() == 0 && hunks_of(&second, "a.txt").len() == 2,
        "{second:?}"
    );
    session.decide(&second, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(
        harness.read("a.txt")? == TEXT.replace("one", "ONE").replace("five", "FIVE").replace("ten", "TEN")
    );

    session.submit(Op::BringIn { copy: copies[2].clone() }).await?;
    let third = session.until_asked().await?;
    let hunks = hunks_of(&third, "a.txt");
    let conflicts: Vec<_> = proposal_of(&third).conflicts().cloned().collect();
    ensure!(hunks.len() == 2 && conflicts.len() == 1, "{third:?}");
    ensure!(conflicts[0].hunk == hunks[0] && conflicts[0].base == ["one"], "{conflicts:?}");
    let hunk = &proposal_of(&third).files[0].hunks[0];
    ensure!(hunk.old == ["ONE"] && hunk.new == ["uno"], "the project's lines, and the copy's: {hunk:?}");
    session.decide(&third, ReviewDecision::Approved, None, None).await?;
    let is_error = |msg: &EventMsg| matches!(msg, EventMsg::Error { .. });
    let refused = session.until("a complaint", is_error).await?;
    let EventMsg::Error { error } = refused else { anyhow::bail!("{refused:?}") };
    ensure!(error.message.contains("say for each hunk"), "{error:?}");
    session.decide(&third, ReviewDecision::Approved, Some(only(vec![hunks[1].clone()])), None).await?;
    session.until_done().await?;
    let text = harness.read("a.txt")?;
    ensure!(
        text.starts_with("ONE\ntwo\ntres\n") && !text.contains("<<<<") && text.ends_with("TEN\n"),
        "{text}"
    );
    session.shut_down().await
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_change_while_their_merge_is_asked_about_are_merged_anew() -> Result<()> {
    let Some((harness, other)) = with_overlays(unasked(), FILES, "a merge made anew").await? else {
        return Ok(());
    };
    other.shut_down().await?;
    let copy = make_copy(&harness)?;
    let mut session = open_on(&harness, &copy).await?;
    patches(&harness, &mut session, "*** Update File: a.txt\n@@\n-one\n+ONE").await?;
    session.shut_down().await?;
    let (mut session, approval) = bring_in(&harness, &copy).await?;
    std::fs::write(harness.project().join("a.txt"), TEXT.replace("ten", "TEN"))?;
    session.decide(&approval, ReviewDecision::Approved, None, None).await?;
    let again = session.until_asked().await?;
    ensure!(again.attempt == 2 && matches!(again.reason, AskReason::BringIn { .. }), "{again:?}");
    // and the question is still there after the app was killed
    let transcript = session.transcript()?;
    session.kill().await?;
    let mut session = harness.open(Some(transcript)).await?;
    session.decide(&again, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? == TEXT.replace("one", "ONE").replace("ten", "TEN"));
    let left = std::fs::read_dir(harness.home().join("overlays")).into_iter().flatten().flatten();
    for folder in left {
        ensure!(std::fs::read_dir(folder.path())?.next().is_none(), "{} is left", folder.path().display());
    }
    session.shut_down().await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_session_at_a_time_works_on_a_copy_and_one_that_was_discarded_can_be_restored() -> Result<()> {
    let Some((harness, other)) = with_overlays(unasked(), FILES, "copies and their locks").await? else {
        return Ok(());
    };
    other.shut_down().await?;
    let home = config::Home::at(harness.home());
    let copy = make_copy(&harness)?;
    let mut session = open_on(&harness, &copy).await?;
    patches(&harness, &mut session, "*** Update File: a.txt\n@@\n-one\n+ONE").await?;
    let Err(error) = open_on(&harness, &copy).await else { anyhow::bail!("two sessions on one copy") };
    ensure!(error.to_string().contains("another session is open"), "{error}");
    let Err(error) = agent::copies::discard(&home, &copy) else { anyhow::bail!("it is in use") };
    ensure!(error.message.contains("another session is open"), "{error:?}");
    let transcript = session.transcript()?;
    session.shut_down().await?;
    agent::copies::discard(&home, &copy).map_err(|error| anyhow::anyhow!(error.message))?;
    ensure!(agent::copies::list(&home).iter().all(|copy| copy.discarded), "it is in the trash");
    let resumed = Session::open(harness.open_request(Some(transcript.clone()))?).await;
    let Err(error) = resumed else { anyhow::bail!("its copy is gone") };
    ensure!(error.to_string().contains("discarded"), "{error}");
    agent::copies::restore(&home, &copy).map_err(|error| anyhow::anyhow!(error.message))?;
    let session = Session::open(harness.open_request(Some(transcript))?).await?;
    session.shut_down().await?;
    ensure!(agent::copies::list(&home)[0].sessions.len() == 1);
    agent::copies::discard(&home, &copy).map_err(|error| anyhow::anyhow!(error.message))?;
    ensure!(agent::copies::empty_trash(&home) == 1 && agent::copies::list(&home).is_empty());
    ensure!(harness.read("a.txt")? == TEXT);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_with_the_apps_own_files_has_no_copy_and_one_over_its_limit_takes_no_task() -> Result<()> {
    let Some((mut harness, other)) = with_overlays(unasked(), FILES, "limits of copies").await? else {
        return Ok(());
    };
    other.shut_down().await?;
    let home = config::Home::at(harness.home());
    let above = harness.home().parent().context("a folder above")?.to_owned();
    let Err(error) = agent::copies::create(&home, &above) else { anyhow::bail!("a copy of the app's files") };
    ensure!(error.message.contains("files of the app itself"), "{error:?}");
    harness.more_config = "isolated_copy_limit_mb = 1".to_owned();
    let copy = make_copy(&harness)?;
    let mut session = open_on(&harness, &copy).await?;
    let script = ["bash", "-c", "head -c 3000000 /dev/urandom > out/large"];
    harness.server.then(Reply::new().shell("c1", &script).completed());
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("go").await?;
    session.ask("more").await?;
    let refused = session.until("a complaint", |msg| matches!(msg, EventMsg::Error { .. })).await?;
    let EventMsg::Error { error } = refused else { anyhow::bail!("{refused:?}") };
    ensure!(error.message.contains("more than the 1 MB"), "{error:?}");
    session.shut_down().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_without_the_sandbox_cannot_take_its_copy_off() -> Result<()> {
    let bare = protocol::Policies { sandbox: SandboxPolicy::DangerFullAccess, ..unasked() };
    let Some((harness, other)) = with_overlays(bare, FILES, "a copy without the sandbox").await? else {
        return Ok(());
    };
    other.shut_down().await?;
    let copy = make_copy(&harness)?;
    let mut session = open_on(&harness, &copy).await?;
    let folder = harness.project().canonicalize()?;
    let script =
        format!("umount {0}; umount -l {0}; unshare -rm umount {0}; echo seen > a.txt", folder.display());
    harness.server.then(Reply::new().shell("c1", &["bash", "-c", &script]).completed());
    harness.server.then(Reply::text("ok"));
    session.ask_and_wait("go").await?;
    ensure!(harness.read("a.txt")? == TEXT, "the command saw the copy and nothing else there");
    session.shut_down().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_begins_lists_brings_in_and_discards() -> Result<()> {
    let Some((harness, other)) = with_overlays(reviewing(), FILES, "copies on the terminal").await? else {
        return Ok(());
    };
    other.shut_down().await?;
    harness.server.then(Reply::new().apply_patch("c1", "*** Update File: a.txt\n@@\n-one\n+ONE").completed());
    harness.server.then(Reply::text("done"));
    let ran = run(&harness, &["exec", "--isolated", "go"], "").await?;
    ensure!(
        ran.code == Some(0) && ran.err.contains("countersign isolated bring-in"),
        "{} {}",
        ran.out,
        ran.err
    );
    ensure!(harness.read("a.txt")? == TEXT);
    let listed = run(&harness, &["isolated", "list", "--json"], "").await?;
    let copy: serde_json::Value = serde_json::from_str(listed.out.trim())?;
    let id = copy["id"].as_str().context("an id")?;
    ensure!(copy["sessions"].as_array().is_some_and(|sessions| sessions.len() == 1), "{copy}");
    // nobody is there to be asked: nothing is brought in
    let unattended = run(&harness, &["isolated", "bring-in", id], "").await?;
    ensure!(harness.read("a.txt")? == TEXT, "{} {}", unattended.out, unattended.err);
    std::fs::write(harness.project().join("a.txt"), TEXT.replace("one", "eins"))?;
    let mut terminal =
        Terminal::start(command(&harness, &["isolated", "bring-in", id])?.env("NO_COLOR", "1"))?;
    let card = terminal.wait_for("stop [q]? ")?;
    ensure!(card.contains("changed in the project as well") && card.contains("was  | one"), "{card}");
    ensure!(!card.contains("approve all") && !card.contains("for this session"), "{card}");
    terminal.enter("h\n")?;
    terminal.wait_for("this hunk")?;
    terminal.enter("a\n")?;
    let (code, shown) = terminal.end().await?;
    ensure!(code == 0 && harness.read("a.txt")?.starts_with("ONE\n"), "{shown}");
    let again = run(&harness, &["isolated", "bring-in", id], "").await?;
    ensure!(again.err.contains("nothing to bring in"), "{} {}", again.out, again.err);
    let refused = run(&harness, &["isolated", "discard", id], "").await?;
    ensure!(refused.code != Some(0) && refused.err.contains("--yes"), "{}", refused.err);
    let discarded = run(&harness, &["isolated", "discard", id, "--yes"], "").await?;
    ensure!(discarded.code == Some(0) && discarded.err.contains("isolated restore"), "{}", discarded.err);
    let emptied = run(&harness, &["isolated", "empty-trash"], "").await?;
    ensure!(emptied.out.contains("1 copy was removed"), "{}", emptied.out);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_on_effect_and_checks_run_on_copies_of_the_copy() -> Result<()> {
    let policies = protocol::Policies {
        approval: protocol::ApprovalPolicy::OnEffect,
        review_patches: true,
        ..reviewing()
    };
    let Some((harness, other)) = with_overlays(policies, FILES, "overlays in a copy").await? else {
        return Ok(());
    };
    other.shut_down().await?;
    let copy = make_copy(&harness)?;
    let mut session = open_on(&harness, &copy).await?;
    harness
        .server
        .then(Reply::new().shell("c1", &["bash", "-c", "sed -i s/one/ONE/ a.txt; rm gone.txt"]).completed());
    harness.server.then(Reply::text("ok"));
    session.ask("go").await?;
    let effects = session.until_asked().await?;
    ensure!(matches!(effects.reason, AskReason::Effects { .. }), "{effects:?}");
    ensure!(matches!(effects.subject, ApprovalSubject::Patch { .. }));
    session.decide(&effects, ReviewDecision::Approved, Some(only(hunks_of(&effects, "a.txt"))), None).await?;
    session.until_done().await?;
    session.shut_down().await?;
    ensure!(harness.read("a.txt")? == TEXT);
    let (mut session, approval) = bring_in(&harness, &copy).await?;
    let paths: Vec<_> = proposal_of(&approval).files.iter().map(|file| file.path.as_str()).collect();
    ensure!(paths == ["a.txt"], "what was approved in the copy: {paths:?}");
    session.decide(&approval, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? == TEXT.replace("one", "ONE") && harness.read("gone.txt")? == "gone\n");
    session.shut_down().await
}
