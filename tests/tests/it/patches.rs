//! Stories about patches: what applies, what is kept, where they may write (B20 to B24).

use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, reviewing, unasked};
use countersign_tests::model_server::Reply;
use protocol::{Approval, ApprovalPolicy, AskReason, EventMsg, Op, Policies, ReviewDecision};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

/// Nobody reviews what the rules allow.
fn unreviewed(approval: ApprovalPolicy) -> Policies {
    Policies { approval, ..unasked() }
}

/// Outcome of a patch.
#[derive(Debug)]
enum Went {
    Written,
    Asked(Box<Approval>),
    Rejected(String),
}

/// Has the model propose a patch; when it is asked about, it stays asked.
async fn went(harness: &Harness, session: &mut Session, patch: &str) -> Result<Went> {
    harness.server.then(Reply::new().apply_patch("c1", patch).completed());
    harness.server.then(Reply::text("ok"));
    session.ask("go").await?;
    let what = session
        .until("the patch to be asked about or the task to end", |msg| {
            matches!(msg, EventMsg::ApprovalRequested { .. } | EventMsg::TaskComplete { .. })
        })
        .await?;
    if let EventMsg::ApprovalRequested { approval: request } = what {
        return Ok(Went::Asked(request));
    }
    let requests = harness.server.requests();
    let answers = requests.last().context("a request")?.input();
    let told = answers.iter().rev().find_map(|item| item["output"].as_str()).context("an answer")?;
    Ok(if told.starts_with("Done") { Went::Written } else { Went::Rejected(told.to_owned()) })
}

/// Denies what is asked, and lets the task end.
async fn deny(session: &mut Session, request: &Approval) -> Result<()> {
    session.decide(request, ReviewDecision::Denied, None, None).await?;
    session.until_done().await?;
    Ok(())
}

#[tokio::test]
async fn b20_the_whole_grammar_in_one_patch() -> Result<()> {
    let files = [
        (
            "code.rs",
            "impl A {\n    fn new() {\n        one();\n    }\n}\nimpl B {\n    fn new() {\n        one();\n    }\n}\n",
        ),
        ("quotes.txt", "say \u{201c}yes\u{201d} \u{2014} or no  \n"),
        ("end.txt", "x\ny\nx\ny\n"),
        ("old.txt", "old\n"),
        ("gone.txt", "gone\n"),
    ];
    let patch = "*** Update File: code.rs\n@@ impl B {\n@@     fn new() {\n-        one();\n+        two();\n\
        *** Update File: quotes.txt\n@@\n-say \"yes\" - or no\n+say nothing\n\
        *** Update File: end.txt\n@@\n x\n-y\n+z\n*** End of File\n\
        *** Update File: old.txt\n*** Move to: dir/new.txt\n@@\n-old\n+new\n\
        *** Delete File: gone.txt\n*** Add File: made/here.txt\n+made\n";
    let harness = Harness::new(unasked(), &files, vec![]).await?;
    let mut session = harness.open(None).await?;
    let went = went(&harness, &mut session, patch).await?;
    ensure!(matches!(went, Went::Written), "{went:?}");
    ensure!(harness.read("code.rs")?.ends_with("impl B {\n    fn new() {\n        two();\n    }\n}\n"));
    ensure!(harness.read("code.rs")?.matches("one();").count() == 1);
    ensure!(harness.read("quotes.txt")? == "say nothing\n" && harness.read("end.txt")? == "x\ny\nx\nz\n");
    ensure!(harness.read("dir/new.txt")? == "new\n" && harness.read("made/here.txt")? == "made\n");
    ensure!(harness.read("old.txt").is_err() && harness.read("gone.txt").is_err());
    session.shut_down().await
}

#[tokio::test]
async fn b21_what_does_not_apply_is_told_with_the_file_the_hunk_and_what_is_there() -> Result<()> {
    let harness = Harness::new(reviewing(), &[("a.txt", "alpha\nbeta\ngamma\n")], vec![]).await?;
    let mut session = harness.open(None).await?;
    let patch = "*** Add File: b.txt\n+b\n*** Update File: a.txt\n@@\n-betta\n+BETA\n";
    let Went::Rejected(told) = went(&harness, &mut session, patch).await? else {
        anyhow::bail!("nobody is asked about what cannot be done")
    };
    for named in ["a.txt", "hunk 1", "'betta'", "2: beta"] {
        ensure!(told.contains(named), "{named} is not named in {told}");
    }
    ensure!(harness.read("b.txt").is_err() && harness.read("a.txt")? == "alpha\nbeta\ngamma\n");
    session.shut_down().await
}

#[tokio::test]
async fn b22_what_a_file_is_besides_its_lines_is_kept() -> Result<()> {
    let files = [
        ("crlf.txt", "\u{feff}one\r\ntwo\r\nthree"),
        ("mixed.txt", "one\r\ntwo\nthree\n"),
        ("run.sh", "one\n"),
    ];
    let harness = Harness::new(unasked(), &files, vec![]).await?;
    let script = harness.project().join("run.sh");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o751))?;
    let mut session = harness.open(None).await?;
    let patch = "*** Update File: crlf.txt\n@@\n-two\n+TWO\n+more\n three\n*** Update File: mixed.txt\n@@\n-three\n+THREE\n\
        *** Update File: run.sh\n@@\n-one\n+two\n";
    let outcome = went(&harness, &mut session, patch).await?;
    ensure!(matches!(outcome, Went::Written), "{outcome:?}");
    ensure!(harness.read("crlf.txt")? == "\u{feff}one\r\nTWO\r\nmore\r\nthree");
    ensure!(harness.read("mixed.txt")? == "one\r\ntwo\nTHREE\n");
    ensure!(harness.read("run.sh")? == "two\n" && script.metadata()?.mode() & 0o7777 == 0o751);

    std::fs::write(harness.project().join("latin.txt"), b"caf\xe9\n")?;
    let patch = "*** Update File: run.sh\n@@\n-two\n+three\n*** Update File: latin.txt\n@@\n-caf\n+tea\n";
    let Went::Rejected(told) = went(&harness, &mut session, patch).await? else {
        anyhow::bail!("it is no text")
    };
    ensure!(told.contains("latin.txt") && told.contains("UTF-8"), "{told}");
    ensure!(harness.read("run.sh")? == "two\n", "all or nothing");

    session.submit(Op::SetPolicy { policies: unreviewed(ApprovalPolicy::OnRequest) }).await?;
    let Went::Asked(asked) = went(&harness, &mut session, "*** Add File: run.sh\n+new\n").await? else {
        anyhow::bail!("a file that is there is not replaced unasked")
    };
    ensure!(matches!(&asked.reason, AskReason::Overwrites { paths } if paths == &["run.sh"]), "{asked:?}");
    ensure!(harness.read("run.sh")? == "two\n");
    Ok(())
}

#[tokio::test]
async fn b23_ways_out_of_the_project_and_what_steers_programs_always_ask() -> Result<()> {
    let files = [
        ("a.txt", "one\n"),
        (".git/config", "[core]\n"),
        ("AGENTS.md", "be kind\n"),
        (".vscode/tasks.json", "{}\n"),
    ];
    let harness = Harness::new(unreviewed(ApprovalPolicy::OnRequest), &files, vec![]).await?;
    let outside = tempfile::Builder::new().prefix("countersign-outside").tempdir_in("/var/tmp")?;
    std::fs::write(outside.path().join("b.txt"), "one\n")?;
    symlink(outside.path(), harness.project().join("link"))?;
    symlink(outside.path().join("b.txt"), harness.project().join("b.txt"))?;
    let mut session = harness.open(None).await?;
    let out = outside.path().display();
    for (patch, is_protected) in [
        (format!("*** Update File: {out}/b.txt\n@@\n-one\n+two\n"), false),
        ("*** Update File: link/b.txt\n@@\n-one\n+two\n".to_owned(), false),
        ("*** Update File: b.txt\n@@\n-one\n+two\n".to_owned(), false),
        ("*** Add File: ../countersign-was-here.txt\n+x\n".to_owned(), false),
        ("*** Update File: a.txt\n*** Move to: link/a.txt\n@@\n-one\n+two\n".to_owned(), false),
        ("*** Update File: .git/config\n@@\n [core]\n+x\n".to_owned(), true),
        ("*** Update File: AGENTS.md\n@@\n-be kind\n+be bad\n".to_owned(), true),
        ("*** Update File: .vscode/tasks.json\n@@\n-{}\n+[]\n".to_owned(), true),
        ("*** Add File: .git/hooks/pre-commit\n+x\n".to_owned(), true),
    ] {
        let Went::Asked(asked) = went(&harness, &mut session, &patch).await? else {
            anyhow::bail!("not asked: {patch}")
        };
        let why = match &asked.reason {
            AskReason::OutsideRoots { paths } => !is_protected && !paths.is_empty(),
            AskReason::Protected { paths } => is_protected && paths.iter().all(|path| path.contains(": ")),
            _ => false,
        };
        ensure!(why, "{patch}: {:?}", asked.reason);
        deny(&mut session, &asked).await?;
    }
    ensure!(std::fs::read_to_string(outside.path().join("b.txt"))? == "one\n");
    session.shut_down().await
}

#[tokio::test]
async fn b23_a_link_put_in_while_the_patch_waits_is_not_followed() -> Result<()> {
    let harness = Harness::new(reviewing(), &[("dir/a.txt", "one\n")], vec![]).await?;
    let outside = tempfile::Builder::new().prefix("countersign-outside").tempdir_in("/var/tmp")?;
    std::fs::write(outside.path().join("a.txt"), "one\n")?;
    let mut session = harness.open(None).await?;
    let patch = "*** Update File: dir/a.txt\n@@\n-one\n+two\n";
    let Went::Asked(asked) = went(&harness, &mut session, patch).await? else {
        anyhow::bail!("every patch is reviewed")
    };
    std::fs::rename(harness.project().join("dir"), harness.project().join("before"))?;
    symlink(outside.path(), harness.project().join("dir"))?;
    session.decide(&asked, ReviewDecision::Approved, None, None).await?;
    let again = session
        .until("it to be asked again or to end", |msg| {
            matches!(msg, EventMsg::ApprovalRequested { .. } | EventMsg::TaskComplete { .. })
        })
        .await?;
    if let EventMsg::ApprovalRequested { approval: request } = again {
        ensure!(!matches!(request.reason, AskReason::Review), "it is another file now: {request:?}");
        deny(&mut session, &request).await?;
    }
    ensure!(std::fs::read_to_string(outside.path().join("a.txt"))? == "one\n");
    ensure!(harness.read("before/a.txt")? == "one\n");
    session.shut_down().await
}

#[tokio::test]
async fn b24_the_table() -> Result<()> {
    use ApprovalPolicy::{Never, OnFailure, OnRequest, Untrusted};
    let harness = Harness::new(unasked(), &[], vec![]).await?;
    let mut session = harness.open(None).await?;
    let inside = "*** Add File: made.txt\n+x\n";
    let outside = "*** Add File: ../countersign-was-here.txt\n+x\n";
    for policy in [Untrusted, OnFailure, OnRequest, Never] {
        session.submit(Op::SetPolicy { policies: unreviewed(policy) }).await?;
        for (patch, is_inside) in [(inside, true), (outside, false), ("", true)] {
            let outcome = went(&harness, &mut session, patch).await?;
            let as_the_table_says = match &outcome {
                Went::Rejected(_) if patch.is_empty() => true,
                Went::Written => is_inside && policy != Untrusted && !patch.is_empty(),
                Went::Asked(_) => policy == Untrusted || (!is_inside && policy != Never),
                Went::Rejected(told) => !is_inside && policy == Never && told.contains("rejected"),
            };
            ensure!(as_the_table_says, "{policy:?} {patch:?}: {outcome:?}");
            if let Went::Asked(asked) = outcome {
                deny(&mut session, &asked).await?;
            }
        }
        ensure!(harness.read("made.txt").is_ok() == (policy != Untrusted));
        std::fs::remove_file(harness.project().join("made.txt"))
            .or_else(|error| if policy == Untrusted { Ok(()) } else { Err(error) })?;
    }
    ensure!(harness.read("../countersign-was-here.txt").is_err());
    session.shut_down().await
}
