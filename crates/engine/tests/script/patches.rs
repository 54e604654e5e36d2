//! Patches: verified, shown, written.

use crate::stage::*;
use engine::*;
use protocol::*;

#[test]
fn b24_b25_a_patch_is_verified_shown_and_written_as_decided() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.model(1, vec![patch_call("c1")]);
    script.input(Input::PatchVerified { call_id: "c1".into(), result: Ok(proposal("a.rs", 2, "1")) });
    let binding = script.binding("c1");
    let decide = |hunk: &str| Op::Decide {
        call_id: "c1".into(),
        binding: binding.clone(),
        decision: ReviewDecision::Approved,
        hunks: Some(HunkSelection { accepted: vec![hunk.into()], ..HunkSelection::default() }),
        note: Some("not that one".to_owned()),
        comments: Vec::new(),
        viewed: None,
        unattended: false,
    };
    script.op(decide("9.9"));
    script.op(decide("0.1"));
    script.input(Input::PatchWritten {
        call_id: "c1".into(),
        result: PatchWriteResult::Written(vec![
            HunkOutcome::Declined { id: "0.0".into() },
            HunkOutcome::Written { id: "0.1".into() },
        ]),
    });
    script.check(
        "= task_started
         = input
         = sampling_started
         > sample 1
         = model_item
         > verify c1
         = sampling_ended
         = patch_verified
         = asked
         > complain the patch of call c1 has no hunk `9.9`
         = decided
         = patch_started
         > write c1 [HunkId(\"0.1\")]
         = patch_end
         = call_answered
         = sampling_started
         > sample 2",
    );
    let answer = &script.outputs()[0].1;
    assert!(answer.contains("1 of 2 hunks were written, 1 declined"), "{answer}");
    assert!(
        answer.contains("hunk 1 at line 1: declined") && answer.contains("hunk 2 at line 11: written"),
        "{answer}"
    );
    assert!(answer.contains("note from the person: not that one"));
}

#[test]
fn b37_a_file_that_changed_since_it_was_shown_is_asked_about_again() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.model(1, vec![patch_call("c1")]);
    script.input(Input::PatchVerified { call_id: "c1".into(), result: Ok(proposal("a.rs", 1, "1")) });
    let approve = |binding: &str| Op::Decide {
        call_id: "c1".into(),
        binding: binding.to_owned(),
        decision: ReviewDecision::ApprovedForSession,
        hunks: None,
        note: None,
        comments: Vec::new(),
        viewed: None,
        unattended: false,
    };
    let shown = script.binding("c1");
    script.op(approve(&shown));
    script.log.clear();
    let changed = PatchWriteResult::Changed(vec!["a.rs".to_owned()]);
    script.input(Input::PatchWritten { call_id: "c1".into(), result: changed });
    script.input(Input::PatchVerified { call_id: "c1".into(), result: Ok(proposal("a.rs", 1, "2")) });
    script.op(approve(&shown));
    let shown_anew = script.binding("c1");
    script.op(approve(&shown_anew));
    script.check(
        "> verify c1
         = patch_verified
         = asked
         > complain no such approval is open for call c1: it was answered, or asked anew
         = decided
         = patch_started
         > write c1 all",
    );
    assert!(script.records.iter().any(|record| matches!(&record.fact,
        Fact::Asked { approval } if approval.reason == AskReason::Changed { paths: vec!["a.rs".to_owned()] })));
}

#[test]
fn b24_the_verdict_on_patches() {
    let inside = || proposal("a.rs", 1, "1");
    let outside = || {
        let mut patch = inside();
        patch.files[0].outside = true;
        patch
    };
    let protected = || {
        let mut patch = inside();
        patch.files[0].protected = Some("steers git".to_owned());
        patch
    };
    let overwrites = || {
        let mut patch = inside();
        patch.files[0].kind = PatchKind::Add;
        patch
    };
    let (write, ask, refuse) = ("= patch_started", "= asked", "= patch_end");
    let cases: Vec<(ApprovalPolicy, bool, PatchProposal, &str)> = vec![
        (ApprovalPolicy::OnRequest, true, inside(), ask),
        (ApprovalPolicy::OnRequest, false, inside(), write),
        (ApprovalPolicy::OnFailure, false, inside(), write),
        (ApprovalPolicy::Never, true, inside(), write),
        (ApprovalPolicy::Untrusted, false, inside(), ask),
        (ApprovalPolicy::OnRequest, false, outside(), ask),
        (ApprovalPolicy::Never, false, outside(), refuse),
        (ApprovalPolicy::OnRequest, false, protected(), ask),
        (ApprovalPolicy::Never, false, protected(), refuse),
        (ApprovalPolicy::OnRequest, false, overwrites(), ask),
        (ApprovalPolicy::Never, false, PatchProposal::default(), refuse),
    ];
    for (approval, review, patch, expected) in cases {
        let mut script = Script::new(policies(approval, review));
        script.ask("go");
        script.model(1, vec![patch_call("c1")]);
        script.log.clear();
        script.input(Input::PatchVerified { call_id: "c1".into(), result: Ok(patch.clone()) });
        assert_eq!(script.log[1], expected, "{approval:?} {review} {patch:?}");
    }
}

#[test]
fn b21_a_patch_that_does_not_apply_is_answered_and_nothing_is_written() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.model(1, vec![patch_call("c1")]);
    script
        .input(Input::PatchVerified { call_id: "c1".into(), result: Err("a.rs: no such lines".to_owned()) });
    assert!(script.outputs()[0].1.contains("a.rs: no such lines"));
    assert!(!script.log.iter().any(|line| line.starts_with("> write")));
}
