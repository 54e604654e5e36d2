//! Going on after the app was killed.

use crate::stage::*;
use engine::*;
use protocol::*;

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
