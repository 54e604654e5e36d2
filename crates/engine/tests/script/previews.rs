//! Previews: a command that waits runs on a copy of the project first, and the person decides with its changes in sight.

use crate::stage::*;
use engine::*;
use protocol::*;

const MAKE: &str = r#"{"command":["make"]}"#;

/// A script whose command waits for approval.
fn waiting(policy: ApprovalPolicy, arguments: &str) -> Script {
    let mut script = Script::new(policies(policy, true));
    script.ask("go");
    script.model(1, vec![shell("c1", arguments)]);
    script
}

/// The last question.
fn asked(script: &Script) -> &Approval {
    let question = |record: &Record| matches!(record.fact, Fact::Asked { .. });
    match &script.records.iter().rfind(|record| question(record)).unwrap().fact {
        Fact::Asked { approval } => approval,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn has(script: &Script, line: &str) {
    assert!(script.log.iter().any(|logged| logged == line), "{line}: {:?}", script.log);
}

fn preview_of(approval: &Approval) -> Option<&CommandPreview> {
    match &approval.subject {
        ApprovalSubject::Exec { preview, .. } => preview.as_deref(),
        _ => None,
    }
}

fn changed() -> OverlayEffects {
    OverlayEffects { proposal: effects_of("a.txt", "s1"), left_out: Vec::new() }
}

fn last_of(script: &Script) -> Option<&PreviewResult> {
    match preview_of(asked(script)) {
        Some(CommandPreview::Possible { last, .. }) => last.as_ref(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn b13_under_every_policy_a_command_that_is_asked_about_can_be_previewed_and_its_changes_answer_it() {
    let escalated = r#"{"command":["make"],"with_escalated_permissions":true}"#;
    for (policy, arguments) in [
        (ApprovalPolicy::Untrusted, MAKE),
        (ApprovalPolicy::OnRequest, escalated),
        (ApprovalPolicy::OnFailure, escalated),
        (ApprovalPolicy::OnEffect, escalated),
    ] {
        let mut script = waiting(policy, arguments);
        script.answer("c1", ReviewDecision::Preview, None);
        has(&script, "> run c1 make [workspace-write] in an overlay");
        script.overlay_ended("c1", ran("built"), Ok(changed()));
        assert!(
            matches!(asked(&script).reason, AskReason::Effects { previewed: true, .. }),
            "{policy:?}: {:?}",
            asked(&script)
        );
        script.answer("c1", ReviewDecision::Approved, None);
        let written = PatchWriteResult::Written(vec![HunkOutcome::Written { id: HunkId::new(0, 0) }]);
        script.input(Input::PatchWritten { call_id: "c1".into(), result: written });
        let told = &script.outputs()[0].1;
        assert!(told.contains("built") && told.contains("the whole patch was written"), "{told}");
    }
}

#[test]
fn b13_a_preview_leads_back_to_its_command_which_then_runs_for_real_or_not_at_all() {
    let mut script = waiting(ApprovalPolicy::Untrusted, MAKE);
    let first = asked(&script).clone();
    script.answer("c1", ReviewDecision::Preview, Some("look"));
    script.overlay_ended("c1", ran("built"), Ok(changed()));
    script.answer("c1", ReviewDecision::PreviewDiscarded, None);
    let again = asked(&script).clone();
    assert_eq!((&again.subject, &again.reason), (&first.subject, &first.reason));
    assert_ne!(again.binding, first.binding, "an answer to the first question decides nothing");
    // the same again, through a restart
    script.restart();
    script.answer("c1", ReviewDecision::Preview, None);
    script.overlay_ended("c1", ran("built"), Ok(changed()));
    script.restart();
    script.answer("c1", ReviewDecision::PreviewDiscarded, None);
    script.log.clear();
    script.answer("c1", ReviewDecision::Approved, None);
    has(&script, "> run c1 make [workspace-write]");
    script.ended("c1", ran("for real"));
    assert!(script.outputs()[0].1.contains("for real"));

    let mut script = waiting(ApprovalPolicy::Untrusted, MAKE);
    script.answer("c1", ReviewDecision::Preview, None);
    script.overlay_ended("c1", ran("secret words"), Ok(changed()));
    script.answer("c1", ReviewDecision::PreviewDiscarded, None);
    script.answer("c1", ReviewDecision::Denied, Some("no"));
    let told = &script.outputs()[0].1;
    assert!(told.contains("rejected by user") && !told.contains("secret words"), "{told}");
}

#[test]
fn b13_a_preview_that_changed_nothing_answers_nothing_until_the_person_says_so() {
    for (decision, expected) in [
        (ReviewDecision::PreviewUsed, "counted"),
        (ReviewDecision::Denied, "rejected by user"),
        (ReviewDecision::Approved, "for real"),
    ] {
        let mut script = waiting(ApprovalPolicy::Untrusted, MAKE);
        script.answer("c1", ReviewDecision::PreviewUsed, None);
        has(&script, "> complain the request about call c1 offers no such answer");
        script.answer("c1", ReviewDecision::Preview, None);
        script.overlay_ended("c1", ran("counted"), Ok(OverlayEffects::default()));
        assert_eq!(last_of(&script), Some(&PreviewResult::Unchanged { left_out: Vec::new() }));
        script.restart();
        script.answer("c1", decision, None);
        if decision == ReviewDecision::Approved {
            script.ended("c1", ran("for real"));
        }
        let told = &script.outputs()[0].1;
        assert!(told.contains(expected), "{decision:?}: {told}");
        assert_eq!(told.contains("counted"), decision == ReviewDecision::PreviewUsed, "{told}");
    }
}

#[test]
fn b29_a_preview_that_is_lost_is_said_and_the_command_waits_again() {
    let mut script = waiting(ApprovalPolicy::Untrusted, MAKE);
    script.answer("c1", ReviewDecision::Preview, None);
    script.restart();
    let stopped = PreviewResult::Failed { why: "the app stopped while it ran".to_owned() };
    assert_eq!(last_of(&script), Some(&stopped));
    assert!(script.outputs_of_transcript().is_empty(), "the model is told nothing yet");

    script.answer("c1", ReviewDecision::Preview, None);
    let no_overlay = ExecOutcome::from(EndedBy::SandboxFailed { why: "no overlay".to_owned() });
    script.overlay_ended("c1", no_overlay, Ok(OverlayEffects::default()));
    let failed = PreviewResult::Failed { why: "the sandbox could not be set up: no overlay".to_owned() };
    assert_eq!(last_of(&script), Some(&failed));

    script.answer("c1", ReviewDecision::Preview, None);
    script.overlay_ended("c1", ran("built"), Ok(changed()));
    script.answer("c1", ReviewDecision::Approved, None);
    let stale = PatchWriteResult::Changed(vec!["a.txt".to_owned()]);
    script.input(Input::PatchWritten { call_id: "c1".into(), result: stale });
    let stale =
        PreviewResult::Failed { why: "changed since the command ran: a.txt; run it again".to_owned() };
    assert_eq!(last_of(&script), Some(&stale));
    script.log.clear();
    script.answer("c1", ReviewDecision::Approved, None);
    has(&script, "> run c1 make [workspace-write]");
}

#[test]
fn b13_the_question_says_why_a_command_cannot_be_previewed() {
    let script = waiting(ApprovalPolicy::Untrusted, r#"{"command":["make"],"background":true}"#);
    let why = "it goes on running in the background".to_owned();
    assert_eq!(preview_of(asked(&script)), Some(&CommandPreview::Impossible { why }));

    let mut script = Script::new(policies(ApprovalPolicy::Untrusted, true));
    let (layers, gaps, no_overlay) = (Vec::new(), Vec::new(), Some("no overlayfs".to_owned()));
    script.input(Input::SandboxProbed(SandboxReport { level: SandboxLevel::Full, layers, gaps, no_overlay }));
    script.ask("go");
    script.model(1, vec![shell("c1", MAKE)]);
    let why = "no overlayfs".to_owned();
    assert_eq!(preview_of(asked(&script)), Some(&CommandPreview::Impossible { why }));
    script.answer("c1", ReviewDecision::Preview, None);
    has(&script, "> complain the request about call c1 offers no such answer");

    // it writes nothing anyway
    let sandbox = SandboxPolicy::read_only();
    let mut script = Script::new(Policies { sandbox, ..policies(ApprovalPolicy::Untrusted, true) });
    script.ask("go");
    script.model(1, vec![shell("c1", MAKE)]);
    assert_eq!(preview_of(asked(&script)), None);
}

fn refused(output: &str) -> ExecOutcome {
    let denied = Denial {
        what: "network access".to_owned(),
        kind: DenialKind::Network,
        path: None,
        host: None,
        offer: Some(SandboxGrant::Network),
    };
    let end = ExecEnd { duration_ms: 1, ..EndedBy::Exited { code: 1 }.into() };
    ExecOutcome { end, denied: Some(denied), ..ran(output) }
}

#[test]
fn b16_a_command_on_a_copy_asks_for_what_it_lacked_and_runs_there_again_with_it() {
    for previewed in [false, true] {
        let policy = if previewed { ApprovalPolicy::Untrusted } else { ApprovalPolicy::OnEffect };
        let mut script = waiting(policy, MAKE);
        if previewed {
            script.answer("c1", ReviewDecision::Preview, None);
        }
        script.overlay_ended("c1", refused("half"), Ok(changed()));
        let question = asked(&script);
        assert!(matches!(question.reason, AskReason::SandboxDenied { in_overlay: true, .. }), "{question:?}");
        assert!(
            question.offers(ReviewDecision::ApprovedWithGrant) && !question.offers(ReviewDecision::Preview)
        );
        script.restart();
        script.log.clear();
        script.answer("c1", ReviewDecision::ApprovedWithGrant, None);
        has(&script, "> run c1 make [workspace-write] in an overlay");
        // the same refusal is nothing more to ask for
        script.overlay_ended("c1", refused("whole"), Ok(changed()));
        let AskReason::Effects { previewed: shown, .. } = &asked(&script).reason else { panic!() };
        assert_eq!(*shown, previewed);
        script.answer("c1", ReviewDecision::Denied, None);
        let told = &script.outputs()[0].1;
        assert!(told.contains("whole") && told.contains("none of its 1 changes"), "{told}");
    }
}

#[test]
fn b16_without_what_it_lacked_the_person_decides_on_what_a_command_changed_up_to_then() {
    let mut script = waiting(ApprovalPolicy::OnEffect, MAKE);
    script.overlay_ended("c1", refused("half"), Ok(changed()));
    script.restart();
    script.answer("c1", ReviewDecision::Denied, Some("offline"));
    assert!(matches!(asked(&script).reason, AskReason::Effects { previewed: false, .. }));
    script.answer("c1", ReviewDecision::Denied, None);
    let told = &script.outputs()[0].1;
    assert!(told.contains("half") && told.ends_with("offline"), "{told}");

    let mut script = waiting(ApprovalPolicy::OnEffect, MAKE);
    script.overlay_ended("c1", refused("half"), Ok(OverlayEffects::default()));
    script.answer("c1", ReviewDecision::Denied, None);
    assert!(script.outputs()[0].1.contains("half"));

    let mut script = waiting(ApprovalPolicy::Untrusted, MAKE);
    script.answer("c1", ReviewDecision::Preview, None);
    script.overlay_ended("c1", refused("half"), Ok(OverlayEffects::default()));
    script.answer("c1", ReviewDecision::Denied, None);
    assert_eq!(last_of(&script), Some(&PreviewResult::Unchanged { left_out: Vec::new() }));
}

#[test]
fn b16_back_from_a_preview_the_command_has_what_the_preview_was_allowed() {
    let mut script = waiting(ApprovalPolicy::Untrusted, MAKE);
    script.answer("c1", ReviewDecision::Preview, None);
    script.overlay_ended("c1", refused("half"), Ok(changed()));
    script.answer("c1", ReviewDecision::ApprovedWithGrant, None);
    script.overlay_ended("c1", ran("whole"), Ok(changed()));
    script.answer("c1", ReviewDecision::PreviewDiscarded, None);
    let ApprovalSubject::Exec { sandbox, .. } = &asked(&script).subject else { panic!() };
    assert_eq!(sandbox.network(), NetworkAccess::Full);
    let preview = preview_of(asked(&script)).and_then(CommandPreview::sandbox).unwrap();
    assert_eq!(preview.network(), NetworkAccess::Full);
}

/// A command that was previewed, and changed `a.txt`, runs for real.
fn for_real_after_its_preview() -> Script {
    let mut script = waiting(ApprovalPolicy::Untrusted, MAKE);
    script.answer("c1", ReviewDecision::Preview, None);
    script.overlay_ended("c1", ran("built"), Ok(changed()));
    script.answer("c1", ReviewDecision::PreviewDiscarded, None);
    script.answer("c1", ReviewDecision::Approved, None);
    script
}

fn as_previewed(script: &Script) -> Option<PreviewComparison> {
    script.records.iter().rev().find_map(|record| match &record.fact {
        Fact::ExecEnded { as_previewed, .. } => Some(as_previewed.as_deref().cloned()),
        _ => None,
    })?
}

fn changes(path: &str, hash: &str) -> Input {
    let state = |hash: &str| PathState::File { mode: 0o644, hash: hash.to_owned() };
    Input::FilesChanged {
        task_id: TaskId(1),
        call_id: Some("c1".into()),
        source: ChangeSource::Command,
        paths: vec![ChangedPath { path: path.into(), was: state("s1"), now: state(hash) }],
    }
}

#[test]
fn a_run_for_real_says_whether_it_did_what_its_preview_showed() {
    let mut script = for_real_after_its_preview();
    script.input(changes("a.txt", "half"));
    script.input(changes("a.txt", "after"));
    script.ended("c1", ran("built"));
    assert_eq!(as_previewed(&script), Some(PreviewComparison::Same));

    let mut script = for_real_after_its_preview();
    script.input(changes("a.txt", "after"));
    script.input(changes("more.txt", "x"));
    script.ended("c1", ran("built"));
    let paths = vec!["more.txt".to_owned()];
    assert_eq!(as_previewed(&script), Some(PreviewComparison::Different { paths }));

    let mut script = for_real_after_its_preview();
    script.ended("c1", ran("built"));
    let paths = vec!["a.txt".to_owned()];
    assert_eq!(as_previewed(&script), Some(PreviewComparison::Different { paths }));

    // nothing is said of one that had no preview
    let mut script = waiting(ApprovalPolicy::Untrusted, MAKE);
    script.answer("c1", ReviewDecision::Approved, None);
    script.input(changes("a.txt", "after"));
    script.ended("c1", ran("built"));
    assert_eq!(as_previewed(&script), None);
}
