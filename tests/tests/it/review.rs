//! Stories about reading a patch: comments on its lines, and lines that are left out (B25).

use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, proposal_of, reviewing};
use countersign_tests::model_server::Reply;
use protocol::{EventMsg, HunkComment, HunkId, HunkSelection, PartialHunk, ReviewDecision};

const A: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";
const B: &str = "a\r\nb\r\nc\r\nd\r\ne\r\nf\r\ng\r\nh\r\ni\r\nj\r\n";
const PATCH: &str = "*** Update File: a.txt\n@@\n-one\n+ONE\n two\n*** Update File: b.txt\n a\n-b\n-c\n+B\n+C\n d\n@@\n i\n-j\n+J\n";

fn comment(hunk: HunkId, from: u32, to: u32, text: &str) -> HunkComment {
    HunkComment { hunk, from, to, text: text.to_owned() }
}

async fn proposed(replies: &[&str]) -> Result<Harness> {
    let first = Reply::new().message("A patch.").apply_patch("c1", PATCH).completed();
    let rest = replies.iter().map(|text| Reply::text(text));
    Harness::new(reviewing(), &[("a.txt", A), ("b.txt", B)], std::iter::once(first).chain(rest).collect())
        .await
}

#[tokio::test]
async fn b25_comments_are_quoted_to_the_model_with_file_and_line_whatever_is_decided() -> Result<()> {
    for (decision, written) in [(ReviewDecision::Approved, "ONE\n"), (ReviewDecision::Denied, "one\n")] {
        let harness = proposed(&["fine"]).await?;
        let mut session = harness.open(None).await?;
        session.ask("go").await?;
        let asked = session.until_asked().await?;
        let comments = vec![
            comment(HunkId::new(0, 0), 0, 1, "Why in capitals?"),
            comment(HunkId::new(1, 1), 1, 1, "  Keep the j.\nIt is needed.  "),
        ];
        session.decide_with_comments(&asked, decision, None, comments).await?;
        session.until_done().await?;
        ensure!(harness.read("a.txt")?.starts_with(written));
        let told = harness.server.requests()[1].output_of("c1").context("an answer")?.to_owned();
        // the second hunk of b.txt shows g, h and i before it
        let at = proposal_of(&asked).files[1].hunks[1].before.len();
        ensure!(at == 3, "{at}");
        ensure!(
            told.contains("a.txt, line 1 (with the whole patch):\n> -one\n> +ONE\nWhy in capitals?\n"),
            "{told}"
        );
        ensure!(
            told.contains("b.txt, line 8 (with the whole patch):\n>  h\nKeep the j.\nIt is needed.\n"),
            "{told}"
        );
        let shown = session.said().find_map(|msg| match msg {
            EventMsg::ApprovalResolved { comments, .. } => Some(comments.len()),
            _ => None,
        });
        ensure!(shown == Some(2));
        session.shut_down().await?;
    }
    Ok(())
}

#[tokio::test]
async fn b25_a_comment_on_lines_that_are_not_there_answers_nothing() -> Result<()> {
    let harness = proposed(&["fine"]).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    let asked = session.until_asked().await?;
    for (wrong, why) in [
        (comment(HunkId::new(0, 7), 0, 0, "x"), "has no lines 0 to 0 in a hunk `0.7`"),
        (comment(HunkId::new(0, 0), 0, 99, "x"), "has no lines 0 to 99"),
        (comment(HunkId::new(0, 0), 1, 0, "x"), "has no lines 1 to 0"),
        (comment(HunkId::new(0, 0), 0, 0, "  "), "is empty"),
    ] {
        session.decide_with_comments(&asked, ReviewDecision::Approved, None, vec![wrong]).await?;
        let said = session.until("a complaint", |msg| matches!(msg, EventMsg::Error { .. })).await?;
        ensure!(matches!(&said, EventMsg::Error { error } if error.message.contains(why)), "{said:?}");
    }
    ensure!(harness.read("a.txt")? == A, "nothing was decided");
    session.decide_with_comments(&asked, ReviewDecision::Approved, None, Vec::new()).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? != A);
    session.shut_down().await
}

#[tokio::test]
async fn b25_a_resumed_session_still_tells_the_model_what_was_commented() -> Result<()> {
    let harness = proposed(&["fine", "still fine"]).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    let asked = session.until_asked().await?;
    let comments = vec![comment(HunkId::new(0, 0), 0, 0, "Why in capitals?")];
    session.decide_with_comments(&asked, ReviewDecision::Denied, None, comments).await?;
    session.until_done().await?;
    let transcript = session.transcript()?;
    session.shut_down().await?;
    let mut again = harness.open(Some(transcript)).await?;
    ensure!(again.said().any(
        |msg| matches!(msg, EventMsg::ApprovalResolved { comments, .. } if comments[0].text == "Why in capitals?")
    ));
    again.ask_and_wait("and?").await?;
    let told = harness.server.requests()[2].output_of("c1").context("an answer")?.to_owned();
    ensure!(told.contains("a.txt, line 1 (as the file was):\n> -one\nWhy in capitals?"), "{told}");
    again.shut_down().await
}

#[tokio::test]
async fn b25_single_lines_are_left_out_of_a_hunk_and_the_rest_is_written_with_its_line_endings() -> Result<()>
{
    let harness = proposed(&["fine"]).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    let asked = session.until_asked().await?;
    let hunk = &proposal_of(&asked).files[1].hunks[0];
    let marks: String = hunk.marked_lines().iter().map(|line| line.mark).collect();
    ensure!(marks == " --++   ", "{marks}");
    let ids = || proposal_of(&asked).hunks().map(|(_, hunk)| hunk.id.clone()).collect::<Vec<_>>();
    // of a context line, and of a hunk that is edited too
    for (left_out, why) in [(vec![0], "is not one that it changes"), (vec![9], "is not one that it changes")]
    {
        let partial = vec![PartialHunk { id: HunkId::new(1, 0), left_out }];
        let selection = HunkSelection { accepted: ids(), partial, ..HunkSelection::default() };
        session.decide(&asked, ReviewDecision::Approved, Some(selection), None).await?;
        let said = session.until("a complaint", |msg| matches!(msg, EventMsg::Error { .. })).await?;
        ensure!(matches!(&said, EventMsg::Error { error } if error.message.contains(why)), "{said:?}");
    }
    let partial = vec![PartialHunk { id: HunkId::new(1, 0), left_out: vec![1, 3] }];
    let selection = HunkSelection { accepted: ids(), partial, ..HunkSelection::default() };
    session.decide(&asked, ReviewDecision::Approved, Some(selection), None).await?;
    session.until_done().await?;
    ensure!(harness.read("b.txt")? == "a\r\nb\r\nC\r\nd\r\ne\r\nf\r\ng\r\nh\r\ni\r\nJ\r\n");
    let told = harness.server.requests()[1].output_of("c1").context("an answer")?.to_owned();
    ensure!(told.contains("1 edited") && told.contains("person's text instead:\nb\nC\n"), "{told}");
    session.shut_down().await
}
