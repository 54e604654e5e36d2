//! Tasks and turns.

use crate::stage::*;
use engine::*;
use protocol::*;
use std::path::PathBuf;

#[test]
fn b2_the_first_op_configures_and_a_relative_folder_is_refused() {
    let mut script = Script::bare();
    script.ask("hello");
    let mut relative = config(Policies::default());
    relative.cwd = PathBuf::from("w");
    script.op(Op::ConfigureSession { config: relative });
    script.op(Op::ConfigureSession { config: config(Policies::default()) });
    script.check(
        "> complain the session is not configured yet: the first op must be configure_session
         > complain the session's folder must be an absolute path, not `w`
         = configured",
    );
}

#[test]
fn b2_configuring_again_aborts_what_runs_and_keeps_the_history() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.log.clear();
    script.op(Op::ConfigureSession { config: config(policies(ApprovalPolicy::Never, false)) });
    script.check("= task_aborted\n= configured\n> cancel sampling");
    script.ask("again");
    let items = script.last_prompt.unwrap().items;
    assert_eq!(items.iter().filter(|item| matches!(item.as_ref(), Item::UserMessage { .. })).count(), 2);
    assert_eq!(
        items
            .iter()
            .filter(|item| matches!(item.as_ref(), Item::Context { text } if text.contains("be kind")))
            .count(),
        1
    );
}

#[test]
fn b4_a_shutdown_ends_what_runs_and_leaves_what_waits() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.model(1, vec![shell("c1", r#"{"command":["make"]}"#), patch_call("c2")]);
    script.log.clear();
    script.op(Op::Shutdown);
    script.ended("c1", EndedBy::Interrupted.into());
    script.check("> cancel c1\n= exec_end\n= call_answered\n> shutdown");
}

#[test]
fn b5_what_is_said_meanwhile_reaches_the_model_once() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("one");
    script.ask("two");
    script.model(1, vec![text("fine")]);
    script.model(2, vec![text("both")]);
    script.check(
        "= task_started
         = input
         = sampling_started
         > sample 1
         = input
         = model_item
         = sampling_ended
         = sampling_started
         > sample 2
         = model_item
         = sampling_ended
         = task_completed
         > notify",
    );
    let said: Vec<_> = script
        .last_prompt
        .unwrap()
        .items
        .iter()
        .filter_map(|item| match item.as_ref() {
            Item::UserMessage { content } => Some(content.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(said, [vec![InputItem::text("one")], vec![InputItem::text("two")]]);
}

#[test]
fn b6_a_task_ends_when_no_call_is_left_to_answer() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("hello");
    script.model(1, vec![shell("c1", r#"{"command":["ls"]}"#)]);
    script.ended("c1", ran("a\n"));
    script.model(2, vec![text("done")]);
    script.check(
        "= task_started
         = input
         = sampling_started
         > sample 1
         = model_item
         = exec_started
         > run c1 ls [workspace-write]
         = sampling_ended
         = exec_end
         = call_answered
         = sampling_started
         > sample 2
         = model_item
         = sampling_ended
         = task_completed
         > notify",
    );
    let answer = r#"{"metadata":{"duration_seconds":1.2,"exit_code":0},"output":"a\n"}"#;
    assert_eq!(script.outputs(), [("c1".to_owned(), answer.to_owned())]);
    let prompt = script.last_prompt.unwrap();
    assert!(matches!(prompt.items[0].as_ref(), Item::Context { text } if text.contains("be kind")));
    assert!(matches!(prompt.items[1].as_ref(), Item::Context { text } if text.contains("date: 2023-11-14")));
}

#[test]
fn b7_an_interrupt_keeps_what_ran_and_answers_every_call() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    let item = |item| Input::Model { sampling: 1, event: ModelEvent::ItemDone(item) };
    script.input(item(shell("c1", r#"{"command":["sleep","9"]}"#)));
    script.input(item(shell("c2", r#"{"command":["ls"]}"#)));
    script.input(item(Item::Reasoning { id: None, summary: Vec::new(), raw: None, encrypted: None }));
    script.log.clear();
    script.op(Op::Interrupt);
    script.ask("and now");
    script.ended("c1", ExecOutcome { end: EndedBy::Interrupted.into(), ..ran("zz") });
    script.check(
        "= model_item
         > cancel sampling
         > cancel c1
         = exec_end
         = call_answered
         = task_aborted
         = task_started
         = input
         = sampling_started
         > sample 2",
    );
    let outputs = script.outputs();
    assert_eq!(outputs[0].0, "c1");
    assert!(outputs[0].1.contains(r"aborted\nzz"), "{outputs:?}");
    assert_eq!(outputs[1], ("c2".to_owned(), "aborted".to_owned()));
    let items = script.last_prompt.unwrap().items;
    assert!(items.iter().any(|item| matches!(item.as_ref(), Item::AgentMessage { text, interrupted: true, .. } if text == "half a sen")));
}

#[test]
fn b8_a_broken_stream_is_tried_again_and_what_ran_is_not() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    let broken = |opened| ModelFailure {
        error: ErrorInfo::new(ErrorKind::Model, "cut"),
        opened,
        retryable: true,
        retry_after_ms: Some(5000),
        cause: FailureCause::Server,
    };
    script.input(Input::Model {
        sampling: 1,
        event: ModelEvent::ItemDone(shell("c1", r#"{"command":["ls"]}"#)),
    });
    script.input(Input::ModelFailed { sampling: 1, failure: broken(true) });
    script.ended("c1", ran(""));
    script.log.clear();
    script.now_ms += 5000;
    script.input(Input::Timer);
    script.check("= sampling_started\n> sample 2");
    assert_eq!(script.outputs().len(), 1);
    script.input(Input::ModelFailed { sampling: 2, failure: broken(true) });
    script.check("= sampling_failed\n> wake in 5000");
    script.now_ms += 4000;
    script.input(Input::Timer);
    script.check("> wake in 999");
    script.now_ms += 1000;
    script.input(Input::Timer);
    script.input(Input::ModelFailed { sampling: 3, failure: broken(false) });
    script.check("= sampling_started\n> sample 3\n= sampling_failed\n= task_aborted");
    script.ask("again");
    script.check("= task_started\n= input\n= sampling_started\n> sample 4");
}

#[test]
fn b8_waits_grow_and_what_cannot_help_is_not_tried() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    let failure = |retryable| ModelFailure {
        error: ErrorInfo::new(ErrorKind::Model, "cut"),
        opened: true,
        retryable,
        retry_after_ms: None,
        cause: FailureCause::Server,
    };
    for (sampling, around) in [(1, 200), (2, 400)] {
        script.log.clear();
        script.input(Input::ModelFailed { sampling, failure: failure(true) });
        let wait: u64 = script.log[1].strip_prefix("> wake in ").unwrap().parse().unwrap();
        assert!((around * 9 / 10..=around * 11 / 10).contains(&wait), "{wait}");
        script.now_ms += wait;
        script.input(Input::Timer);
    }
    script.log.clear();
    script.input(Input::ModelFailed { sampling: 3, failure: failure(false) });
    script.check("= sampling_failed\n= task_aborted");
}

#[test]
fn b10_calls_that_cannot_be_done_are_answered() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    let call = |id: &str, name: &str, arguments: &str| Item::FunctionCall {
        call_id: id.into(),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
    };
    script.model(
        1,
        vec![
            call("c1", "fly", "{}"),
            call("c2", "shell", "{"),
            call("", "local_shell", r#"{"command":["ls"]}"#),
            call(
                "c1",
                "update_plan",
                r#"{"plan":[{"step":"a","status":"in_progress"},{"step":"b","status":"in_progress"}]}"#,
            ),
            call("c5", "update_plan", r#"{"plan":[{"step":"a","status":"pending"}]}"#),
        ],
    );
    let ls = script.records.iter().find_map(|record| match &record.fact {
        Fact::ExecStarted { call_id, .. } => Some(call_id.0.clone()),
        _ => None,
    });
    script.ended(&ls.clone().unwrap(), ran("a"));
    let outputs = script.outputs();
    assert_eq!(outputs[0].1, "unsupported call: fly");
    assert!(outputs[1].1.starts_with("failed to parse the call's arguments: "));
    assert_eq!(outputs[2].0, ls.unwrap());
    assert!(outputs[3].0.starts_with("c1_") && outputs[3].1.contains("at most one step"));
    assert_eq!(outputs[4].1, "Plan updated");
}

#[test]
fn the_first_request_is_small_and_its_beginning_never_changes() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("hello");
    let first = script.last_prompt.clone().unwrap();
    script.model(1, vec![shell("c1", r#"{"command":["ls"]}"#)]);
    script.ended("c1", ran("a"));
    let second = script.last_prompt.clone().unwrap();
    assert_eq!(second.items[..first.items.len()], first.items[..]);
    assert_eq!((&second.tools, &second.instructions), (&first.tools, &first.instructions));
    let tools: usize = first
        .tools
        .iter()
        .map(|tool| match tool {
            ToolSpec::Function { description, parameters, .. } => {
                description.len() + parameters.to_string().len()
            }
            ToolSpec::Freeform { description, grammar, .. } => description.len() + grammar.len(),
        })
        .sum();
    assert!(first.instructions.len() + tools < 12 * 1024);
}
