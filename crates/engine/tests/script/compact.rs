//! Summaries that make room (B32).

use crate::stage::*;
use engine::*;
use protocol::*;

pub(crate) fn overflow() -> ModelFailure {
    ModelFailure {
        error: ErrorInfo::new(ErrorKind::Model, "too long"),
        opened: false,
        retryable: false,
        retry_after_ms: None,
        cause: FailureCause::Overflow { window: None },
    }
}

fn contexts(script: &Script) -> Vec<String> {
    let items = &script.last_prompt.as_ref().unwrap().items;
    items
        .iter()
        .filter_map(|item| match item.as_ref() {
            Item::Context { text } => Some(text.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn b32_a_summary_takes_the_conversations_place_and_nothing_runs_again() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.op(Op::Compact);
    script.check("> complain there is nothing to summarise yet");
    script.ask("make it blue");
    script.model(
        1,
        vec![
            Item::FunctionCall {
                call_id: "p".into(),
                name: "update_plan".to_owned(),
                arguments: r#"{"plan":[{"step":"paint it","status":"in_progress"}]}"#.to_owned(),
            },
            shell("c1", r#"{"command":["ls"]}"#),
            patch_call("c2"),
        ],
    );
    script.op(Op::Compact);
    script.ended("c1", ran("a.rs"));
    script.input(Input::PatchVerified { call_id: "c2".into(), result: Ok(proposal("a.rs", 1, "s")) });
    let binding = script.binding("c2");
    script.op(Op::Decide {
        call_id: "c2".into(),
        binding,
        decision: ReviewDecision::Denied,
        hunks: None,
        note: Some("not so".to_owned()),
        comments: Vec::new(),
        viewed: None,
        unattended: false,
    });
    script.model(2, vec![text("done")]);
    script.log.clear();

    script.op(Op::Compact);
    script.check("= task_started\n= compaction_started\n= sampling_started\n> sample 3");
    let prompt = script.last_prompt.clone().unwrap();
    assert_eq!(prompt.purpose, Purpose::Summarise);
    assert_eq!(
        prompt.tools.len(),
        tools::tool_specs(tools::Editing::Patch).len(),
        "the vendor's cache goes on to hit"
    );
    assert!(script.session.is_compacting());
    // calls in a summary are nobody's
    script.model(3, vec![shell("c9", r#"{"command":["rm"]}"#), text("It is to be blue.")]);
    script.check("= compacted\n= task_completed");
    script.ask("go on");
    let told = contexts(&script);
    let summary = told.iter().find(|text| text.starts_with("<summary>")).unwrap();
    for kept in ["It is to be blue.", "[in progress] paint it", "the change of a.rs at line 1", "not so"] {
        assert!(summary.contains(kept), "{kept}: {summary}");
    }
    assert!(told.iter().any(|text| text.contains("be kind")), "the instructions stay");
    assert!(
        told.iter().any(|text| text.starts_with("<environment_context>")),
        "and the environment is told anew"
    );
    let items = &script.last_prompt.as_ref().unwrap().items;
    let said = items.iter().filter(|item| matches!(item.as_ref(), Item::UserMessage { .. })).count();
    assert_eq!(said, 2, "what the person said stays word for word: {items:#?}");
    assert!(script.outputs().is_empty());
    script.restart();
    script.log.clear();
    script.ask("still there?");
    assert!(contexts(&script).iter().any(|text| text.starts_with("<summary>")));
}

#[test]
fn b32_a_context_that_is_nearly_full_is_summarised_unasked_and_the_task_goes_on() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.input(Input::Model {
        sampling: 1,
        event: ModelEvent::ItemDone(shell("c1", r#"{"command":["ls"]}"#)),
    });
    let usage = Some(TokenUsage { input_tokens: 90_000, ..TokenUsage::default() });
    script.input(Input::Model { sampling: 1, event: ModelEvent::Completed { usage, cut: None } });
    script.log.clear();
    script.ended("c1", ran("a"));
    script.check("= exec_end\n= call_answered\n= compaction_started\n= sampling_started\n> sample 2");
    script.model(2, vec![text("so far so good")]);
    script.check("= compacted\n= sampling_started\n> sample 3");
    // only once, however much is left
    script.model(3, vec![text("done")]);
    script.check("= model_item\n= sampling_ended\n= task_completed\n> notify");
}

#[test]
fn b32_a_request_the_model_cannot_hold_is_summarised_and_asked_again() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.model(1, vec![shell("c1", r#"{"command":["ls"]}"#)]);
    script.ended("c1", ran(&"x".repeat(5000)));
    script.log.clear();
    script.input(Input::ModelFailed { sampling: 2, failure: overflow() });
    script.check("= compaction_started\n= sampling_started\n> sample 3");
    // the whole is too much for the summary as well: long outputs are cut
    script.input(Input::ModelFailed { sampling: 3, failure: overflow() });
    script.check("= compaction_started\n= sampling_started\n> sample 4");
    assert!(script.outputs()[0].1.len() < 1200);
    script.model(4, vec![text("summary")]);
    script.check("= compacted\n= sampling_started\n> sample 5");
    // still too much: there is nothing left to try
    script.input(Input::ModelFailed { sampling: 5, failure: overflow() });
    script.check("= sampling_failed\n= task_aborted");
}

#[test]
fn b32_a_summary_that_is_stopped_or_empty_changes_nothing() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("make it blue");
    script.model(1, vec![text("done")]);
    script.op(Op::Compact);
    script.log.clear();
    script.op(Op::Interrupt);
    script.check("= task_aborted\n> cancel sampling");
    script.op(Op::Compact);
    script.log.clear();
    script.model(3, vec![]);
    script.check("= sampling_failed\n= task_aborted");
    script.ask("go on");
    let items = &script.last_prompt.as_ref().unwrap().items;
    assert!(
        items.iter().any(|item| matches!(item.as_ref(), Item::AgentMessage { text, .. } if text == "done"))
    );
    // what is said meanwhile reaches the model after the summary
    script.model(4, vec![text("ok")]);
    script.op(Op::Compact);
    script.ask("and one more thing");
    script.log.clear();
    script.model(5, vec![text("summary")]);
    script.check("= compacted\n= sampling_started\n> sample 6");
}
