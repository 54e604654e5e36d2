//! Commands: verdicts, approvals, refusals.

use crate::stage::*;
use engine::*;
use protocol::*;

#[test]
fn b13_the_table() {
    use ApprovalPolicy::*;
    use SandboxLevel::{Full, None as Absent};
    let safe = r#"{"command":["ls"]}"#;
    let other = r#"{"command":["make"]}"#;
    let escalated = r#"{"command":["make"],"with_escalated_permissions":true,"justification":"needs it"}"#;
    let background = r#"{"command":["make"],"background":true}"#;
    let run = |what: &str, sandbox: &str| format!("> run c {what} [{sandbox}]");
    let (ask, refuse) = ("= asked".to_owned(), "= call_rejected".to_owned());
    let ww = "workspace-write";
    let cases = [
        (Untrusted, Full, safe, run("ls", "read-only")),
        (Untrusted, Full, other, ask.clone()),
        (Untrusted, Full, escalated, ask.clone()),
        (Untrusted, Absent, safe, ask.clone()),
        (OnEffect, Full, safe, run("ls", "read-only")),
        (OnEffect, Full, other, format!("{} in an overlay", run("make", ww))),
        (OnEffect, Full, background, ask.clone()),
        (OnEffect, Full, escalated, ask.clone()),
        (OnEffect, Absent, safe, ask.clone()),
        (OnEffect, Absent, other, ask.clone()),
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
        let got = script
            .log
            .iter()
            .find(|line| ["> run", "= asked", "= call_rejected"].iter().any(|start| line.starts_with(start)));
        assert_eq!(got, Some(&expected), "{approval:?} {level:?} {arguments}");
    }
    let mut script =
        Script::new(Policies { sandbox: SandboxPolicy::DangerFullAccess, ..policies(Untrusted, true) });
    script.ask("go");
    script.model(1, vec![shell("c", other)]);
    assert!(script.log.contains(&"= asked".to_owned()), "untrusted asks even without a sandbox");
}

#[test]
fn b13_what_a_command_did_in_an_overlay_is_asked_about_and_a_machine_without_overlays_asks_before() {
    let make = r#"{"command":["make"]}"#;
    let mut script = Script::new(policies(ApprovalPolicy::OnEffect, false));
    script.ask("go");
    script.model(1, vec![shell("c1", make)]);
    // nothing but output: nobody is asked
    script.overlay_ended("c1", ran("built"), Ok(OverlayEffects::default()));
    assert!(script.outputs()[0].1.contains("built"));
    assert!(!script.log.contains(&"= asked".to_owned()));
    script.model(2, vec![shell("c2", make)]);
    let effects = |sha| OverlayEffects {
        proposal: effects_of("a.txt", sha),
        left_out: vec!["pipe: a named pipe".to_owned()],
    };
    script.overlay_ended("c2", ran("changed"), Ok(effects("s1")));
    let question = script.records.iter().find_map(|record| match &record.fact {
        Fact::Asked { approval } => Some(approval.clone()),
        _ => None,
    });
    let AskReason::Effects { argv, left_out, .. } = question.unwrap().reason else { panic!() };
    assert_eq!((argv, left_out), (vec!["make".to_owned()], vec!["pipe: a named pipe".to_owned()]));
    script.answer("c2", ReviewDecision::Denied, Some("no"));
    let told = &script.outputs()[1].1;
    assert!(
        told.contains("changed") && told.contains("none of its 1 changes") && told.ends_with("no"),
        "{told}"
    );
    script.model(3, vec![shell("c3", make)]);
    script.overlay_ended("c3", ran("changed"), Ok(effects("s1")));
    script.answer("c3", ReviewDecision::Approved, None);
    let stale = PatchWriteResult::Changed(vec!["a.txt".to_owned()]);
    script.input(Input::PatchWritten { call_id: "c3".into(), result: stale });
    let told = &script.outputs()[2].1;
    assert!(told.contains("changed since the command ran: a.txt"), "{told}");

    let mut script = Script::new(policies(ApprovalPolicy::OnEffect, false));
    let no_overlay = Some("no overlayfs".to_owned());
    let (layers, gaps) = (Vec::new(), Vec::new());
    script.input(Input::SandboxProbed(SandboxReport { level: SandboxLevel::Full, layers, gaps, no_overlay }));
    script.ask("go");
    script.model(1, vec![shell("c", make)]);
    let asks = |record: &Record| matches!(&record.fact, Fact::Asked { approval } if approval.reason == AskReason::NoOverlay { why: "no overlayfs".to_owned() });
    assert!(script.records.iter().any(asks), "{:?}", script.log);
    script.answer("c", ReviewDecision::Approved, None);
    assert!(
        script.log.contains(&"> run c make [workspace-write]".to_owned()),
        "the person has allowed it to run for real"
    );
}

#[test]
fn b15_approving_once_remembers_nothing_and_for_the_session_exactly_this() {
    let mut script = Script::new(policies(ApprovalPolicy::Untrusted, true));
    script.ask("go");
    let make = r#"{"command":["make"]}"#;
    script.model(1, vec![shell("c1", make)]);
    let first = script.binding("c1");
    script.answer("c1", ReviewDecision::Approved, None);
    script.ended("c1", ran(""));
    script.model(2, vec![shell("c2", make)]);
    script.log.clear();
    // neither what was answered already, nor what was shown for another call, nor nothing
    for (call, binding) in [("c1", first.as_str()), ("c2", first.as_str()), ("c2", "")] {
        script.op(Op::Decide {
            call_id: call.into(),
            binding: binding.to_owned(),
            decision: ReviewDecision::Approved,
            hunks: None,
            note: None,
            comments: Vec::new(),
            viewed: None,
            unattended: false,
        });
    }
    assert_eq!(script.log.len(), 3);
    assert!(
        script.log.iter().all(|line| line.starts_with("> complain no such approval is open")),
        "{:?}",
        script.log
    );
    script.log.clear();
    script.answer("c2", ReviewDecision::ApprovedForSession, None);
    script.ended("c2", ran(""));
    script.model(3, vec![shell("c3", make), shell("c4", r#"{"command":["make","-j"]}"#)]);
    script.ended("c3", ran(""));
    let runs: Vec<_> = script.log.iter().filter(|line| line.starts_with("> run")).collect();
    assert_eq!(runs, ["> run c2 make [workspace-write]", "> run c3 make [workspace-write]"]);
    script.answer("c4", ReviewDecision::Denied, Some("use cargo"));
    assert_eq!(script.outputs()[3].1, "exec command rejected by user\nnote from the person: use cargo");
}

#[test]
fn b16_what_the_sandbox_refused_is_asked_on_failure_only() {
    for (approval, asks) in [(ApprovalPolicy::OnFailure, true), (ApprovalPolicy::OnRequest, false)] {
        let mut script = Script::new(policies(approval, true));
        script.ask("go");
        script.model(1, vec![shell("c1", r#"{"command":["make"]}"#)]);
        script.log.clear();
        script.ended("c1", refused(None));
        assert_eq!(script.log.contains(&"= asked".to_owned()), asks);
        if asks {
            script.answer("c1", ReviewDecision::Approved, None);
            assert!(script.log.contains(&"> run c1 make [danger-full-access]".to_owned()));
        }
    }
}

/// A command that the sandbox refused something.
fn refused(offer: Option<SandboxGrant>) -> ExecOutcome {
    let what = "write to /notes/x".to_owned();
    let denial = Denial { what, kind: DenialKind::Write, path: Some("/notes/x".into()), host: None, offer };
    ExecOutcome { end: EndedBy::Exited { code: 1 }.into(), denied: Some(denial), ..ran("no") }
}

/// The sandboxes commands ran in, in order.
fn runs(script: &Script) -> Vec<&SandboxPolicy> {
    script
        .records
        .iter()
        .filter_map(|record| match &record.fact {
            Fact::ExecStarted { sandbox, .. } => Some(sandbox),
            _ => None,
        })
        .collect()
}

/// The last question, which is about a command: what it would run under, and what is offered instead.
fn asked(script: &Script) -> (&SandboxPolicy, Option<&SandboxOffer>) {
    let is_question = |record: &&Record| matches!(record.fact, Fact::Asked { .. });
    match &script.records.iter().rfind(is_question).unwrap().fact {
        Fact::Asked { approval } => match &approval.subject {
            ApprovalSubject::Exec { sandbox, offer, .. } => (sandbox, offer.as_ref()),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn b16_one_thing_more_is_allowed_for_the_session_and_the_command_stays_in_the_sandbox() {
    let make = r#"{"command":["make"]}"#;
    let grant = SandboxGrant::Write { path: "/notes".into() };
    let mut script = Script::new(policies(ApprovalPolicy::OnFailure, true));
    script.ask("go");
    script.model(1, vec![shell("c1", make)]);
    script.ended("c1", refused(Some(grant.clone())));
    let wider = SandboxPolicy::workspace_write().with(&grant);
    let offer = SandboxOffer { grant: grant.clone(), sandbox: wider.clone() };
    assert_eq!(asked(&script), (&SandboxPolicy::DangerFullAccess, Some(&offer)));
    script.answer("c1", ReviewDecision::ApprovedWithGrant, None);
    assert_eq!(runs(&script), [&SandboxPolicy::workspace_write(), &wider]);

    // what is allowed already is not offered again: nothing but the sandbox is left to take away
    script.ended("c1", refused(Some(grant)));
    assert_eq!(asked(&script).1, None);
    script.log.clear();
    script.answer("c1", ReviewDecision::ApprovedWithGrant, None);
    script.check("> complain the request about call c1 offers no such answer");
    script.answer("c1", ReviewDecision::Denied, None);

    // it holds for every command after it, through a restart, and the model is told
    script.restart();
    script.model(2, vec![shell("c2", r#"{"command":["ls"]}"#)]);
    assert_eq!(runs(&script).last(), Some(&&wider));
    let told = script
        .last_prompt
        .as_ref()
        .unwrap()
        .items
        .iter()
        .any(|item| matches!(&**item, Item::Context { text } if text.contains("$TMPDIR, /notes;")));
    assert!(told);
}

#[test]
fn b16_what_a_command_lacked_is_offered_when_it_asks_to_leave_the_sandbox() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.model(1, vec![shell("c1", r#"{"command":["make"]}"#)]);
    script.ended("c1", refused(Some(SandboxGrant::Network)));
    let escalated = |argv: &str| format!(r#"{{"command":[{argv}],"with_escalated_permissions":true}}"#);
    script.model(2, vec![shell("c2", &escalated(r#""make","-j""#))]);
    assert_eq!(asked(&script).1, None, "another command");
    script.answer("c2", ReviewDecision::Denied, None);
    script.model(3, vec![shell("c3", &escalated(r#""make""#))]);
    let wider = SandboxPolicy::workspace_write().with(&SandboxGrant::Network);
    assert_eq!(asked(&script).1.as_ref().map(|offer| &offer.sandbox), Some(&wider));
    script.answer("c3", ReviewDecision::ApprovedWithGrant, None);
    assert_eq!(runs(&script), [&SandboxPolicy::workspace_write(), &wider]);
}

#[test]
fn b16_under_read_only_a_path_is_allowed_and_what_reads_only_gets_no_more() {
    let mut policies = policies(ApprovalPolicy::OnFailure, true);
    policies.sandbox = SandboxPolicy::read_only();
    let mut script = Script::new(policies.clone());
    script.ask("go");
    script.model(1, vec![shell("c1", r#"{"command":["make"]}"#)]);
    let read = SandboxGrant::Read { path: "/home/p/.aws/config".into() };
    script.ended("c1", refused(Some(read.clone())));
    script.answer("c1", ReviewDecision::ApprovedWithGrant, None);
    let write = SandboxGrant::Write { path: "/notes".into() };
    script.ended("c1", refused(Some(write.clone())));
    script.answer("c1", ReviewDecision::ApprovedWithGrant, None);
    script.ended("c1", ran(""));
    policies.approval = ApprovalPolicy::Untrusted;
    script.op(Op::SetPolicy { policies });
    script.model(2, vec![shell("c2", r#"{"command":["ls"]}"#)]);
    let reading = SandboxPolicy::read_only().with(&read);
    let both = reading.clone().with(&write);
    assert_eq!(runs(&script), [&SandboxPolicy::read_only(), &reading, &both, &reading]);
}
