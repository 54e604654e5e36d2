//! Stories about a second model that reviews a patch that waits: it reads the project, comments on lines, and changes nothing.

use agent::session::{OpenRequest, SessionUse};
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, reviewing};
use countersign_tests::model_server::{ModelServer, Reply};
use model::credential::SessionKeys;
use protocol::{
    Approval, EventMsg, ModelReview, Op, ReviewComment, ReviewDecision, ReviewEndedBy, Reviewer, TokenUsage,
};
use secrets::Secret;
use serde_json::json;

const FILES: &[(&str, &str)] = &[("a.txt", "one\ntwo\nthree\n"), ("b.txt", "uno\n")];

const PATCH: &str = "*** Update File: a.txt\n@@\n-one\n+ONE\n*** Update File: b.txt\n@@\n-uno\n+dos\n+tres";

/// A session whose patch waits, with a reviewer at a server of its own.
async fn proposed(every_patch: bool, replies: Vec<Reply>) -> Result<(Harness, Session, ModelServer)> {
    let (harness, critic) = reviewed(every_patch, replies, "").await?;
    let session = harness.open(None).await?;
    session.ask("Make the words better.").await?;
    Ok((harness, session, critic))
}

/// A harness whose sessions propose the patch, with a reviewer at a server of its own.
async fn reviewed(every_patch: bool, replies: Vec<Reply>, more: &str) -> Result<(Harness, ModelServer)> {
    let critic = ModelServer::start(replies).await?;
    let mut harness = Harness::new(reviewing(), FILES, vec![]).await?;
    harness.more_config = format!(
        "[reviewer]\nprovider = \"critics\"\nmodel = \"critic\"\nevery_patch = {every_patch}\n\
         [model_providers.critics]\nname = \"Critics\"\nbase_url = \"{}\"\nrequest_max_retries = 0\n{more}\n",
        critic.base_url()
    );
    harness.write_config()?;
    harness.server.then(Reply::new().apply_patch("c1", PATCH).completed());
    harness.server.then(Reply::text("ok"));
    Ok((harness, critic))
}

async fn ask_for_review(session: &Session, approval: &Approval) -> Result<()> {
    let (call_id, binding) = (approval.call_id.clone(), approval.binding.clone());
    session.submit(Op::ReviewPatch { call_id, binding }).await?;
    Ok(())
}

async fn until_reviewed(session: &mut Session) -> Result<ModelReview> {
    match session.until("a review to end", |msg| matches!(msg, EventMsg::ReviewEnded { .. })).await? {
        EventMsg::ReviewEnded { review, .. } => Ok(*review),
        other => anyhow::bail!("{other:?}"),
    }
}

fn comment(call: &str, arguments: &serde_json::Value) -> Reply {
    Reply::new().function_call(call, "add_comment", arguments).completed()
}

/// The comments as they stand on the patch.
fn placed(review: &ModelReview, approval: &Approval) -> Vec<ReviewComment> {
    let proposal = countersign_tests::harness::proposal_of(approval);
    review.comments.iter().filter_map(|comment| proposal.quote(comment)).collect()
}

#[tokio::test]
async fn a_second_model_reads_the_project_and_its_comments_stand_on_lines_of_the_patch() -> Result<()> {
    let replies = vec![
        Reply::new()
            .function_call("r1", "read_file", &json!({"path": "a.txt"}))
            .function_call("r2", "read_file", &json!({"path": "../outside"}))
            .function_call("r3", "read_file", &json!({"path": "/etc/hostname"}))
            .function_call("r4", "shell", &json!({"command": ["rm", "a.txt"]}))
            .function_call("r8", "read_file", &json!({"path": "link"}))
            .completed(),
        comment("r5", &json!({"path": "b.txt", "line": 9, "text": "not there"})),
        Reply::new()
            .function_call(
                "r6",
                "add_comment",
                &json!({"path": "b.txt", "line": 1, "to_line": 2, "text": "Two words?"}),
            )
            .function_call(
                "r7",
                "add_comment",
                &json!({"path": "a.txt", "line": 1, "removed": true, "text": "Who reads it?"}),
            )
            .completed(),
        Reply::text("I would not approve it."),
    ];
    let (harness, mut session, critic) = proposed(false, replies).await?;
    std::os::unix::fs::symlink("/etc/hostname", harness.project().join("link"))?;
    let approval = session.until_asked().await?;
    ask_for_review(&session, &approval).await?;
    let review = until_reviewed(&mut session).await?;
    ensure!(review.ended_by == ReviewEndedBy::Completed, "{review:?}");
    ensure!(review.summary == "I would not approve it." && review.reviewer.model == "critic");
    let found: Vec<_> = placed(&review, &approval)
        .into_iter()
        .map(|comment| (comment.path, comment.line, comment.quoted, comment.text))
        .collect();
    let expected =
        [("a.txt", 1, vec!["-one"], "Who reads it?"), ("b.txt", 1, vec!["+dos", "+tres"], "Two words?")];
    let expected = expected.map(|(path, line, quoted, text)| {
        (path.to_owned(), line, quoted.into_iter().map(str::to_owned).collect::<Vec<_>>(), text.to_owned())
    });
    ensure!(found == expected, "{found:?}");

    let requests = critic.requests();
    ensure!(requests.len() == 4, "{}", requests.len());
    let first = requests[0].body.to_string();
    for part in ["Make the words better.", "a.txt (changed)", "-one", "+tres", "add_comment"] {
        ensure!(first.contains(part), "{part}: {first}");
    }
    for tool in ["apply_patch", "\"shell\"", "\"edit\"", "update_plan"] {
        ensure!(!first.contains(tool), "{tool} is offered: {first}");
    }
    let told = |call: &str| requests[1].output_of(call).context(call.to_owned());
    ensure!(told("r1")?.contains("two"), "{}", told("r1")?);
    ensure!(told("r2")?.contains("does not exist"), "{}", told("r2")?);
    for outside in ["r3", "r8"] {
        ensure!(told(outside)?.contains("lies outside of"), "{}", told(outside)?);
    }
    ensure!(told("r4")? == "unsupported call: shell");
    let wrong = requests[2].output_of("r5").context("r5")?;
    ensure!(wrong.contains("it shows the lines 1 to 2"), "{wrong}");
    // what it said is for the person alone
    session.decide(&approval, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(harness.read("b.txt")? == "dos\ntres\n");
    let told = harness.server.requests().last().context("a request")?.body.to_string();
    ensure!(!told.contains("Two words?"), "{told}");
    session.shut_down().await
}

#[tokio::test]
async fn b29_every_patch_is_reviewed_where_that_is_wanted_and_the_comments_are_there_after_a_restart()
-> Result<()> {
    let replies =
        vec![comment("r1", &json!({"path": "a.txt", "line": 1, "text": "Loud."})), Reply::text("Fine.")];
    let (harness, mut session, critic) = proposed(true, replies).await?;
    let approval = session.until_asked().await?;
    let review = until_reviewed(&mut session).await?;
    ensure!(placed(&review, &approval).len() == 1 && critic.requests().len() == 2);
    let transcript = session.transcript()?;
    session.kill().await?;
    let session = harness.open(Some(transcript)).await?;
    let again = session.said().find_map(|msg| match msg {
        EventMsg::ReviewEnded { review, .. } => Some(review.clone()),
        _ => None,
    });
    ensure!(again.as_deref() == Some(&review), "{again:?}");
    ensure!(critic.requests().len() == 2, "it is not asked again");
    session.shut_down().await
}

#[tokio::test]
async fn a_review_that_fails_says_why_and_one_that_is_stopped_or_decided_over_is_told_of_no_more()
-> Result<()> {
    let refused = Reply::status(401).json(&json!({"error": {"message": "wrong key"}}));
    let replies = vec![refused, Reply::silence()];
    let (_harness, mut session, critic) = proposed(false, replies).await?;
    let approval = session.until_asked().await?;
    ask_for_review(&session, &approval).await?;
    let review = until_reviewed(&mut session).await?;
    let ReviewEndedBy::Failed { error } = &review.ended_by else { anyhow::bail!("{review:?}") };
    ensure!(error.message.contains("Critics wants a key"), "{error:?}");

    ask_for_review(&session, &approval).await?;
    critic.arrived(2).await;
    session.decide(&approval, ReviewDecision::Denied, None, None).await?;
    let review = until_reviewed(&mut session).await?;
    ensure!(review.ended_by == ReviewEndedBy::Stopped, "{review:?}");
    session.until_done().await?;
    let reviewer = Reviewer { provider: "gone".to_owned(), model: "critic".to_owned(), every_patch: false };
    session.submit(Op::SetReviewer { reviewer: Some(reviewer) }).await?;
    session.shut_down().await
}

#[tokio::test]
async fn an_answer_that_is_cut_or_empty_is_no_review_without_comments() -> Result<()> {
    let cut = json!({"type": "response.incomplete", "response": {"incomplete_details": {"reason": "max_output_tokens"}}});
    let replies = vec![
        Reply::new().message("I would").event(&cut),
        Reply::new().completed(),
        Reply::new()
            .function_call("r1", "add_comment", &json!({"path": "a.txt", "line": 1, "text": "Loud."}))
            .event(&cut),
        Reply::text("Fine."),
    ];
    let (_harness, mut session, critic) = proposed(false, replies).await?;
    let approval = session.until_asked().await?;
    for expected in ["longer than the model may say", "is empty"] {
        ask_for_review(&session, &approval).await?;
        let review = until_reviewed(&mut session).await?;
        let ReviewEndedBy::Failed { error } = &review.ended_by else { anyhow::bail!("{review:?}") };
        ensure!(error.message.contains(expected), "{error:?}");
    }
    // one that was cut after a call goes on
    ask_for_review(&session, &approval).await?;
    let review = until_reviewed(&mut session).await?;
    ensure!(review.ended_by == ReviewEndedBy::Completed && review.comments.len() == 1, "{review:?}");
    ensure!(critic.requests().len() == 4);
    session.shut_down().await
}

#[tokio::test]
async fn what_was_found_before_a_review_is_stopped_stays() -> Result<()> {
    let usage = TokenUsage { input_tokens: 40, output_tokens: 2, ..TokenUsage::default() };
    let replies = vec![
        Reply::new()
            .function_call("r1", "add_comment", &json!({"path": "a.txt", "line": 1, "text": "Loud."}))
            .completed_with(usage),
        Reply::silence(),
    ];
    let (_harness, mut session, critic) = proposed(false, replies).await?;
    let approval = session.until_asked().await?;
    ask_for_review(&session, &approval).await?;
    critic.arrived(2).await;
    session.submit(Op::StopReview { call_id: approval.call_id.clone() }).await?;
    let review = until_reviewed(&mut session).await?;
    ensure!(review.ended_by == ReviewEndedBy::Stopped && review.usage == usage, "{review:?}");
    ensure!(placed(&review, &approval).len() == 1, "{review:?}");
    session.shut_down().await
}

#[tokio::test]
async fn a_review_costs_what_the_provider_of_its_model_lists() -> Result<()> {
    let usage = TokenUsage { input_tokens: 1000, output_tokens: 100, ..TokenUsage::default() };
    let answer = Reply::new().message("It reads well.").completed_with(usage);
    // an older price in the config goes behind the list
    let more = "[prices.critic]\ninput = 1\noutput = 1";
    let (harness, critic) = reviewed(true, vec![answer.clone(), answer], more).await?;
    let priced = json!({"id": "critic", "pricing": {"prompt": "0.000003", "completion": "0.000015"}});
    critic.list_models(Reply::status(200).json(&json!({"data": [priced]})));
    let mut session = harness.open(None).await?;
    session.ask("Make the words better.").await?;
    let review = until_reviewed(&mut session).await?;
    // millionths of a dollar
    ensure!((review.usage, review.cost) == (usage, Some(4500)), "{review:?}");
    session.shut_down().await?;

    // one that lists none costs what the config says
    critic.list_models(Reply::models(&["critic"]));
    harness.server.forget();
    harness.server.then(Reply::new().apply_patch("c1", PATCH).completed());
    let mut session = harness.open(None).await?;
    session.ask("Make the words better.").await?;
    let review = until_reviewed(&mut session).await?;
    ensure!(review.cost == Some(1100), "{review:?}");
    session.shut_down().await
}

/// A key that was typed in later, with a session in this process or on an isolated copy.
async fn key_typed_in_later(isolated: bool) -> Result<()> {
    let replies = vec![Reply::text("Fine.")];
    let (harness, critic) = reviewed(false, replies, "env_key = \"CRITICS_LOGIN\"").await?;
    let keys = SessionKeys::default();
    let copy = if isolated { Some(crate::isolated::make_copy(&harness)?) } else { None };
    let request = OpenRequest { session_keys: keys.clone(), isolated: copy, ..harness.open_request(None)? };
    let mut session = Session::open(request).await?;
    session.ask("Make the words better.").await?;
    let approval = session.until_asked().await?;
    keys.set("critics".to_owned(), Secret::new("typed-later"));
    ask_for_review(&session, &approval).await?;
    let review = until_reviewed(&mut session).await?;
    ensure!(review.ended_by == ReviewEndedBy::Completed, "{review:?}");
    let login = &critic.requests()[0].headers["authorization"];
    ensure!(login == "Bearer typed-later", "{login}");
    session.shut_down().await
}

#[tokio::test]
async fn a_reviewer_is_asked_with_a_key_that_was_typed_in_after_the_session_was_opened() -> Result<()> {
    key_typed_in_later(false).await
}

#[tokio::test]
async fn a_reviewer_of_an_isolated_session_too() -> Result<()> {
    key_typed_in_later(true).await
}

#[tokio::test]
async fn a_session_that_is_opened_for_its_files_alone_has_no_review() -> Result<()> {
    let (harness, mut session, critic) = proposed(true, vec![Reply::silence()]).await?;
    session.until_asked().await?;
    critic.arrived(1).await;
    let transcript = session.transcript()?;
    session.kill().await?;
    let request = OpenRequest { session_use: SessionUse::Files, ..harness.open_request(Some(transcript))? };
    let session = Session::open(request).await?;
    let begun = session.said().any(|msg| matches!(msg, EventMsg::ReviewStarted { .. }));
    ensure!(begun, "that of before is replayed");
    session.shut_down().await?;
    ensure!(critic.requests().len() == 1, "{}", critic.requests().len());
    Ok(())
}
