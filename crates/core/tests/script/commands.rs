//! Commands: verdicts, approvals, refusals.

use crate::stage::*;
use countersign_core::*;
use protocol::*;

#[test]
fn b13_the_table() {
    use ApprovalPolicy::*;
    use SandboxLevel::{Full, None as Absent};
    let safe = r#"{"command":["ls"]}"#;
    let other = r#"{"command":["make"]}"#;
    let escalated = r#"{"command":["make"],"with_escalated_permissions":true,"justification":"needs it"}"#;
    let run = |what: &str, sandbox: &str| format!("> run c {what} [{sandbox}]");
    let (ask, refuse) = ("= exec_approval_asked".to_owned(), "= call_rejected".to_owned());
    let ww = "workspace-write";
    let cases = [
        (Untrusted, Full, safe, run("ls", "read-only")),
        (Untrusted, Full, other, ask.clone()),
        (Untrusted, Full, escalated, ask.clone()),
        (Untrusted, Absent, safe, ask.clone()),
        (OnFailure, Full, safe, run("ls", ww)),
        (OnFailure, Full, other, run("make", ww)),
        (OnFailure, Full, escalated, ask.clone()),
        (OnFailure, Absent, other, ask.clone()),
        (OnRequest, Full, safe, run("ls", ww)),
        (OnRequest, Full, other, run("make", ww)),
        (OnRequest, Full, escalated, ask.clone()),
        (OnRequest, Absent, other, ask),
        (Never, Full, safe, run("ls", ww)),
        (Never, Full, other, run("make", ww)),
        (Never, Full, escalated, refuse.clone()),
        (Never, Absent, other, refuse),
    ];
    for (approval, level, arguments, expected) in cases {
        let mut script = Script::new(policies(approval, true));
        script.input(report(level));
        script.ask("go");
        script.model(1, vec![shell("c", arguments)]);
        let got = script.log.iter().find(|line| {
            ["> run", "= exec_approval_asked", "= call_rejected"].iter().any(|start| line.starts_with(start))
        });
        assert_eq!(got, Some(&expected), "{approval:?} {level:?} {arguments}");
    }
    let mut script =
        Script::new(Policies { sandbox: SandboxPolicy::DangerFullAccess, ..policies(Untrusted, true) });
    script.ask("go");
    script.model(1, vec![shell("c", other)]);
    assert!(
        script.log.contains(&"= exec_approval_asked".to_owned()),
        "untrusted asks even without a sandbox"
    );
}

#[test]
fn b15_approving_once_remembers_nothing_and_for_the_session_exactly_this() {
    let mut script = Script::new(policies(ApprovalPolicy::Untrusted, true));
    script.ask("go");
    let make = r#"{"command":["make"]}"#;
    let decide =
        |id: &str, attempt, decision| Op::ExecApproval { call_id: id.into(), attempt, decision, note: None };
    script.model(1, vec![shell("c1", make)]);
    script.op(decide("c1", 1, ReviewDecision::Approved));
    script.ended("c1", ran(""));
    script.model(2, vec![shell("c2", make)]);
    script.log.clear();
    script.op(decide("c1", 1, ReviewDecision::Approved));
    script.op(decide("c2", 2, ReviewDecision::Approved));
    assert!(
        script.log.iter().all(|line| line.starts_with("> complain no approval is open")),
        "{:?}",
        script.log
    );
    script.log.clear();
    script.op(decide("c2", 1, ReviewDecision::ApprovedForSession));
    script.ended("c2", ran(""));
    script.model(3, vec![shell("c3", make), shell("c4", r#"{"command":["make","-j"]}"#)]);
    script.ended("c3", ran(""));
    let runs: Vec<_> = script.log.iter().filter(|line| line.starts_with("> run")).collect();
    assert_eq!(runs, ["> run c2 make [workspace-write]", "> run c3 make [workspace-write]"]);
    script.op(Op::ExecApproval {
        call_id: "c4".into(),
        attempt: 1,
        decision: ReviewDecision::Denied,
        note: Some("use cargo".to_owned()),
    });
    assert_eq!(script.outputs()[3].1, "exec command rejected by user\nnote from the person: use cargo");
}

#[test]
fn b16_what_the_sandbox_refused_is_asked_on_failure_only() {
    for (approval, asks) in [(ApprovalPolicy::OnFailure, true), (ApprovalPolicy::OnRequest, false)] {
        let mut script = Script::new(policies(approval, true));
        script.ask("go");
        script.model(1, vec![shell("c1", r#"{"command":["make"]}"#)]);
        script.log.clear();
        let denied =
            ExecOutcome { exit_code: Some(1), denied: Some("write to /etc/x".to_owned()), ..ran("no") };
        script.ended("c1", denied);
        assert_eq!(script.log.contains(&"= exec_approval_asked".to_owned()), asks);
        if asks {
            script.op(Op::ExecApproval {
                call_id: "c1".into(),
                attempt: 1,
                decision: ReviewDecision::Approved,
                note: None,
            });
            assert!(script.log.contains(&"> run c1 make [danger-full-access]".to_owned()));
        }
    }
}
