//! Going on after the app was killed.

use crate::stage::*;
use engine::*;
use protocol::*;
use std::collections::BTreeMap;

#[test]
fn a_pending_approval_is_asked_again_after_a_restart_and_works() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.input(Input::Model { sampling: 1, event: ModelEvent::ItemDone(patch_call("c1")) });
    script.input(Input::PatchVerified { call_id: "c1".into(), result: Ok(proposal("a.rs", 1, "1")) });
    script.log.clear();
    script.restart();
    script.check("= configured\n= sampling_ended");
    let binding = script.binding("c1");
    script.op(Op::Decide {
        call_id: "c1".into(),
        binding,
        decision: ReviewDecision::Approved,
        hunks: None,
        note: None,
        comments: Vec::new(),
        viewed: None,
        unattended: false,
    });
    script.check("= decided\n= patch_started\n> write c1 all");
}

#[test]
fn what_ran_when_the_app_was_killed_is_over_and_never_run_twice() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.model(1, vec![shell("c1", r#"{"command":["make"]}"#)]);
    script.log.clear();
    script.restart();
    script.check("= configured\n= exec_end\n= call_answered\n= task_aborted");
    script.ask("go on");
    script.check("= task_started\n= input\n= sampling_started\n> sample 1");
    assert!(script.outputs()[0].1.contains("the app stopped while this command ran"));
}

#[test]
fn a_transcript_cut_anywhere_goes_on_with_a_valid_request() {
    let mut script = Script::new(policies(ApprovalPolicy::Untrusted, true));
    script.ask("go");
    script.model(1, vec![text("hm"), shell("c1", r#"{"command":["make"]}"#), patch_call("c2")]);
    script.answer("c1", ReviewDecision::Approved, None);
    script.ended("c1", ran("made"));
    script.input(Input::PatchVerified { call_id: "c2".into(), result: Ok(proposal("a.rs", 1, "1")) });
    let binding = script.binding("c2");
    script.op(Op::Decide {
        call_id: "c2".into(),
        binding,
        decision: ReviewDecision::Approved,
        hunks: None,
        note: None,
        comments: Vec::new(),
        viewed: None,
        unattended: false,
    });
    let written = PatchWriteResult::Written(vec![HunkOutcome::Written { id: "0.0".into() }]);
    script.input(Input::PatchWritten { call_id: "c2".into(), result: written });
    script.model(2, vec![text("done")]);
    let whole = script.records.clone();
    for cut in 1..=whole.len() {
        let started = |records: &[Record]| {
            records
                .iter()
                .filter(|record| matches!(record.fact, Fact::ExecStarted { .. } | Fact::PatchStarted { .. }))
                .count()
        };
        let mut again = Script::new(policies(ApprovalPolicy::Untrusted, true));
        again.records = whole[..cut].to_vec();
        again.restart();
        again.op(Op::Interrupt);
        let running: Vec<CallId> = ["c1", "c2"].iter().map(|id| CallId::from(*id)).collect();
        for call_id in running {
            again.input(Input::ExecEnded { call_id: call_id.clone(), outcome: ran("") });
            again.input(Input::PatchVerified { call_id: call_id.clone(), result: Err("gone".to_owned()) });
            again.input(Input::PatchWritten { call_id, result: PatchWriteResult::Failed("gone".to_owned()) });
        }
        // every request on the way is checked by the script itself
        again.ask("go on");
        assert!(again.last_prompt.is_some(), "cut after {cut} records");
        assert!(started(&again.records) <= 2, "nothing is begun twice");
    }
}

/// A session that was killed while it wrote the patch of call `c1`.
fn killed_while_writing() -> Script {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.model(1, vec![patch_call("c1")]);
    script.input(Input::PatchVerified { call_id: "c1".into(), result: Ok(proposal("a.rs", 2, "1")) });
    let binding = script.binding("c1");
    script.op(Op::Decide {
        call_id: "c1".into(),
        binding,
        decision: ReviewDecision::Approved,
        hunks: Some(HunkSelection { accepted: vec!["0.1".into()], ..HunkSelection::default() }),
        note: None,
        comments: Vec::new(),
        viewed: None,
        unattended: false,
    });
    script.log.clear();
    script
}

fn end_of_patch(script: &Script) -> (PatchEndedBy, Vec<HunkOutcome>) {
    let ends: Vec<_> = script
        .records
        .iter()
        .filter_map(|record| match &record.fact {
            Fact::PatchEnded { ended_by, outcomes, .. } => Some((ended_by.clone(), outcomes.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(ends.len(), 1, "{ends:?}");
    ends.into_iter().next().unwrap()
}

#[test]
fn b29_a_patch_that_was_written_when_the_app_was_killed_is_recorded_as_written() {
    let mut script = killed_while_writing();
    let outcomes =
        vec![HunkOutcome::Declined { id: "0.0".into() }, HunkOutcome::Written { id: "0.1".into() }];
    let path = |name: &str| ChangedPath {
        path: name.into(),
        was: PathState::Absent,
        now: PathState::Dir { mode: 0o755 },
    };
    let fate = PatchFate::Written { outcomes: outcomes.clone(), paths: vec![path("new")] };
    script.restart_with(BTreeMap::from([("c1".into(), fate)]), Vec::new());
    script.check("= configured\n= files_changed\n= patch_end\n= call_answered\n= task_aborted");
    assert_eq!(end_of_patch(&script), (PatchEndedBy::Written, outcomes));
    script.ask("go on");
    let answer = &script.outputs()[0].1;
    assert!(answer.contains("1 of 2 hunks were written, 1 declined"), "{answer}");
}

#[test]
fn b29_a_patch_that_was_taken_back_is_recorded_as_not_written() {
    let mut script = killed_while_writing();
    let fate = PatchFate::NotWritten { stuck: Vec::new() };
    script.restart_with(BTreeMap::from([("c1".into(), fate)]), Vec::new());
    let (ended_by, outcomes) = end_of_patch(&script);
    assert_eq!(outcomes.len(), 2, "{outcomes:?}");
    let why = "the app stopped while this patch was being written; nothing was written".to_owned();
    assert_eq!(ended_by, PatchEndedBy::Failed { why });
    script.ask("go on");
    let answer = &script.outputs()[0].1;
    assert!(answer.contains("nothing of this patch was written"), "{answer}");
}

#[test]
fn b29_a_patch_of_which_nothing_is_known_is_to_be_read_again() {
    let mut script = killed_while_writing();
    // as an older version wrote it
    for record in &mut script.records {
        if let Fact::PatchStarted { journaled, .. } = &mut record.fact {
            assert!(std::mem::take(journaled));
        }
    }
    script.restart();
    assert_eq!(end_of_patch(&script).0, PatchEndedBy::AppStopped);
    script.ask("go on");
    let answer = &script.outputs()[0].1;
    assert!(answer.contains("read the files again"), "{answer}");
}

#[test]
fn b29_the_patches_cut_off_are_named_with_whether_they_were_written_down() {
    let script = killed_while_writing();
    let mut session = Session::new(setup());
    for record in &script.records {
        session.replay(record);
    }
    assert_eq!(session.patches_cut_off(), [("c1".into(), true)]);
}

/// Texts of a prompt's items, one a line.
fn told(script: &Script) -> String {
    let items = &script.last_prompt.as_ref().unwrap().items;
    items.iter().map(|item| serde_json::to_string(item).unwrap()).collect::<Vec<_>>().join("\n")
}

#[test]
fn b18_wherever_the_app_is_killed_the_model_is_told_that_its_background_command_is_over() {
    let mut script = Script::new(policies(ApprovalPolicy::Never, false));
    script.ask("serve it");
    let serve = shell("c1", r#"{"command":["serve"],"background":true}"#);
    script.model(1, vec![text("I serve it."), serve, shell("c2", r#"{"command":["ls"]}"#)]);
    script.ended("c2", ran("a.txt"));
    script.model(2, vec![text("It serves.")]);
    script.ask("and now?");
    script.model(3, vec![shell("c3", r#"{"command":["ls"]}"#)]);
    script.ended("c3", ran("a.txt"));
    script.model(4, vec![text("Still.")]);
    for killed_after in 1..=script.records.len() {
        let mut again = Script::new(policies(ApprovalPolicy::Never, false));
        again.records = script.records[..killed_after].to_vec();
        let is_started =
            |record: &Record| matches!(&record.fact, Fact::ExecStarted { call_id, .. } if call_id.0 == "c1");
        let started = again.records.iter().any(is_started);
        again.restart();
        // the app is killed once more before anything is asked
        again.restart();
        again.ask("go on");
        let told = told(&again);
        let is_told = told.contains("c1 (serve) has ended: the app stopped while it ran");
        assert_eq!(is_told, started, "killed after {killed_after}: {told}");
    }
}

#[test]
fn b11_sealed_reasoning_goes_only_to_the_vendor_that_sealed_it() {
    let sealed = |by: &str| Item::Reasoning {
        id: Some(by.to_owned()),
        summary: vec![],
        raw: None,
        encrypted: Some(format!("sealed by {by}")),
    };
    let mut script = Script::new(policies(ApprovalPolicy::Never, false));
    script.ask("think");
    script.model(1, vec![sealed("p"), text("thought")]);
    let go_on = |script: &mut Script, provider: &str, model: &str| {
        let config = config(policies(ApprovalPolicy::Never, false));
        let config = SessionConfig { provider: provider.to_owned(), model: model.to_owned(), ..*config };
        script.restart_as(Box::new(config), BTreeMap::new(), Vec::new());
        script.ask("go on");
        told(script)
    };
    let elsewhere = go_on(&mut script, "q", "maker/m");
    assert!(!elsewhere.contains("sealed") && elsewhere.contains("thought"), "{elsewhere}");
    script.model(1, vec![sealed("q"), text("thought too")]);
    let routed = go_on(&mut script, "q", "other/m");
    assert!(!routed.contains("sealed"), "{routed}");
    script.model(1, vec![text("nothing")]);
    let back = go_on(&mut script, "p", "m2");
    assert!(back.contains("sealed by p") && !back.contains("sealed by q"), "{back}");
}

/// A session with a bit of everything: thoughts, calls side by side, a question, a patch, a summary, a broken stream, an interrupt.
fn long_story() -> Script {
    let thought = |id: &str| Item::Reasoning {
        id: Some(id.to_owned()),
        summary: vec![],
        raw: None,
        encrypted: Some(id.to_owned()),
    };
    let mut script = Script::new(policies(ApprovalPolicy::Untrusted, true));
    script.ask("first prompt");
    let side_by_side = [shell("c1", r#"{"command":["ls"]}"#), shell("c2", r#"{"command":["cat","a"]}"#)];
    script.model(1, [vec![thought("t1"), text("I look.")], side_by_side.to_vec()].concat());
    script.ended("c1", ran("a"));
    script.ended("c2", ran("A"));
    script.model(2, vec![thought("t2"), patch_call("c3"), shell("c4", r#"{"command":["make"]}"#)]);
    script.input(Input::PatchVerified { call_id: "c3".into(), result: Ok(proposal("a", 1, "s")) });
    script.answer("c3", ReviewDecision::Approved, None);
    let outcomes = vec![HunkOutcome::Written { id: "0.0".into() }];
    script.input(Input::PatchWritten { call_id: "c3".into(), result: PatchWriteResult::Written(outcomes) });
    script.answer("c4", ReviewDecision::Denied, Some("not yet"));
    script.model(3, vec![text("done")]);
    script.op(Op::Compact);
    script.model(4, vec![text("It was looked at, and changed.")]);
    script.ask("second prompt");
    let failure = ModelFailure {
        error: ErrorInfo::new(ErrorKind::Model, "broken"),
        opened: true,
        retryable: true,
        retry_after_ms: None,
        cause: engine::FailureCause::Other,
    };
    script.input(Input::Model { sampling: 5, event: ModelEvent::ItemDone(thought("t3")) });
    script.input(Input::ModelFailed { sampling: 5, failure });
    script.now_ms += 60_000;
    script.input(Input::Timer);
    script.model(6, vec![thought("t4"), shell("c5", r#"{"command":["ls"]}"#)]);
    script.ended("c5", ran("a"));
    script.op(Op::Interrupt);
    script.ask("third prompt");
    script.model(8, vec![text("well")]);
    script
}

#[test]
fn b7_whichever_records_are_lost_or_there_twice_the_next_request_is_valid() {
    let story = long_story();
    let count = story.records.len();
    assert!(count > 50, "{:?}", story.records);
    let mut asked = 0;
    for first in 0..count {
        for second in (first..count).step_by(4) {
            for is_twice in [false, true] {
                let mut damaged = story.records.clone();
                for at in [second, first] {
                    if is_twice {
                        damaged.insert(at, damaged[at].clone());
                    } else if at < damaged.len() && (at == second || first != second) {
                        damaged.remove(at);
                    }
                }
                let mut again = Script::new(policies(ApprovalPolicy::Untrusted, true));
                again.records = damaged;
                again.restart();
                // every request is checked by the script itself
                again.ask("last prompt");
                if let Some(prompt) = &again.last_prompt {
                    let is_last = |item: &std::sync::Arc<Item>| matches!(&**item, Item::UserMessage { content } if *content == [InputItem::text("last prompt")]);
                    asked += usize::from(prompt.items.iter().filter(|item| is_last(item)).count() == 1);
                }
            }
        }
    }
    assert!(asked > count * count / 5, "{asked} were asked");
}
