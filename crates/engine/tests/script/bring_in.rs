//! Bringing in an isolated copy: a task of the person's, of which the model is told when it is asked next.

use crate::stage::*;
use engine::*;
use protocol::*;

fn script() -> Script {
    let mut script = Script::bare();
    script.checkpoints = true;
    script.input(report(SandboxLevel::Full));
    // whoever brings changes in is asked, whatever the policies say
    script.op(Op::ConfigureSession { config: config(policies(ApprovalPolicy::Never, false)) });
    script.log.clear();
    script
}

fn read(proposal: PatchProposal) -> Input {
    let effects = OverlayEffects { proposal, left_out: vec!["x: a socket".to_owned()] };
    Input::CopyRead { call_id: "bring_in_1".into(), result: Ok(effects) }
}

fn decide(script: &mut Script, decision: ReviewDecision, hunks: Option<HunkSelection>) {
    let binding = script.binding("bring_in_1");
    script.op(Op::Decide {
        call_id: "bring_in_1".into(),
        binding,
        decision,
        hunks,
        note: None,
        comments: Vec::new(),
        viewed: None,
        unattended: false,
    });
}

fn written() -> Input {
    let outcomes = vec![HunkOutcome::Written { id: HunkId::new(0, 0) }];
    Input::PatchWritten { call_id: "bring_in_1".into(), result: PatchWriteResult::Written(outcomes) }
}

#[test]
fn the_changes_are_asked_about_written_and_told_with_the_next_prompt_and_no_model_is_asked() {
    let mut script = script();
    script.op(Op::BringIn { copy: "k".into() });
    script.check("= task_started\n= bring_in_started\n> read copy k for bring_in_1\n= checkpointed");
    script.input(read(effects_of("a.rs", "1")));
    script.check("= patch_verified\n= asked");
    script.op(Op::BringIn { copy: "k".into() });
    script.check("> complain a task is running: changes can be brought in when it has ended");
    decide(&mut script, ReviewDecision::ApprovedForSession, None);
    script.check("> complain the request about call bring_in_1 offers no such answer");
    decide(&mut script, ReviewDecision::Approved, None);
    script.check("= decided\n= patch_started\n> write bring_in_1 all");
    script.input(written());
    script.check("= patch_end\n= call_answered\n= task_completed\n= checkpointed");
    script.ask("what changed?");
    let items = &script.last_prompt.as_ref().unwrap().items;
    assert!(
        items
            .iter()
            .any(|item| matches!(&**item, Item::Context { text } if text.contains("brought into it. Done"))),
        "{items:?}"
    );
    assert!(!items.iter().any(|item| matches!(&**item, Item::FunctionCall { .. } | Item::CallOutput { .. })));
}

#[test]
fn a_hunk_that_the_project_changed_as_well_wants_a_decision_of_its_own() {
    let mut script = script();
    script.op(Op::BringIn { copy: "k".into() });
    let mut proposal = effects_of("a.rs", "1");
    proposal.files[0].conflicts = vec![HunkConflict { hunk: HunkId::new(0, 0), base: Vec::new() }];
    script.input(read(proposal));
    script.log.clear();
    decide(&mut script, ReviewDecision::Approved, None);
    assert!(
        script.log[0].starts_with("> complain call bring_in_1 has hunks that the project changed"),
        "{:?}",
        script.log
    );
    let accepted = HunkSelection { accepted: vec![HunkId::new(0, 0)], ..HunkSelection::default() };
    script.log.clear();
    decide(&mut script, ReviewDecision::Approved, Some(accepted));
    script.check("= decided\n= patch_started\n> write bring_in_1 [HunkId(\"0.0\")]");
}

#[test]
fn files_that_changed_meanwhile_have_the_copy_read_and_asked_about_again() {
    let mut script = script();
    script.op(Op::BringIn { copy: "k".into() });
    script.input(read(effects_of("a.rs", "1")));
    decide(&mut script, ReviewDecision::Approved, None);
    script.log.clear();
    let changed = PatchWriteResult::Changed(vec!["a.rs".to_owned()]);
    script.input(Input::PatchWritten { call_id: "bring_in_1".into(), result: changed });
    script.check("> read copy k for bring_in_1");
    script.input(read(effects_of("a.rs", "2")));
    script.check("= patch_verified\n= asked");
    decide(&mut script, ReviewDecision::Denied, None);
    script.check("= decided\n= patch_end\n= call_answered\n= task_completed\n= checkpointed");
    script.ask("what changed?");
    let items = &script.last_prompt.as_ref().unwrap().items;
    let is_told = |item: &Item| matches!(item, Item::Context { text } if text.contains("brought_in"));
    assert!(!items.iter().any(|item| is_told(item)), "of nothing: {items:?}");
}

#[test]
fn a_session_on_a_copy_brings_nothing_in() {
    let mut script = Script::bare();
    let config =
        SessionConfig { isolated: Some("k".into()), ..*config(policies(ApprovalPolicy::Never, false)) };
    script.op(Op::ConfigureSession { config: Box::new(config) });
    script.log.clear();
    script.op(Op::BringIn { copy: "k".into() });
    assert!(
        script.log[0].starts_with("> complain this session works on an isolated copy itself"),
        "{:?}",
        script.log
    );
}

#[test]
fn nothing_to_bring_in_and_a_copy_that_cannot_be_read_end_the_task() {
    for (result, said) in [
        (Ok(OverlayEffects::default()), "there is nothing to bring in"),
        (Err("the isolated copy was discarded".to_owned()), "discarded"),
    ] {
        let mut script = script();
        script.op(Op::BringIn { copy: "k".into() });
        script.log.clear();
        script.input(Input::CopyRead { call_id: "bring_in_1".into(), result });
        script.check("= call_rejected\n= call_answered\n= task_completed\n= checkpointed");
        let rejected = script.records.iter().find_map(|record| match &record.fact {
            Fact::CallRejected { message, .. } => Some(message),
            _ => None,
        });
        assert!(rejected.is_some_and(|message| message.contains(said)), "{rejected:?}");
    }
}

#[test]
fn an_interrupt_while_the_copy_is_read_asks_nothing() {
    let mut script = script();
    script.op(Op::BringIn { copy: "k".into() });
    script.log.clear();
    script.op(Op::Interrupt);
    script.input(read(effects_of("a.rs", "1")));
    assert!(!script.log.iter().any(|line| line == "= asked"), "{:?}", script.log);
    assert!(script.log.iter().any(|line| line == "= task_aborted"), "{:?}", script.log);
    // one that is asked about leaves no answer behind either
    script.op(Op::BringIn { copy: "k".into() });
    let effects = OverlayEffects { proposal: effects_of("a.rs", "1"), left_out: Vec::new() };
    script.input(Input::CopyRead { call_id: "bring_in_2".into(), result: Ok(effects) });
    script.op(Op::Interrupt);
    script.ask("go");
    let items = &script.last_prompt.as_ref().unwrap().items;
    assert!(!items.iter().any(|item| matches!(&**item, Item::CallOutput { .. })), "{items:?}");
}
