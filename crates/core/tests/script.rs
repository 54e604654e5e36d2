//! Sessions as scripts: inputs in, records and effects out.
//!
//! [`Script`] plays a person, a model and a world against the machine, and writes down what comes out as one line each. Every
//! record is serialised and folded into a second session on the way, so that each story also holds that a transcript gives
//! the state back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use countersign_core::*;
use protocol::*;
use std::path::PathBuf;

struct Script {
    session: Session,
    records: Vec<Record>,
    log: Vec<String>,
    now_ms: u64,
    op: u64,
    last_prompt: Option<Prompt>,
    /// Whether checkpoints are taken.
    checkpoints: bool,
}

fn setup() -> Setup {
    Setup {
        tools: tools::tool_specs(tools::Editing::Patch),
        retry: RetryBudget { request: 2, stream: 2 },
        context_window: Some(100_000),
        compact_at_tokens: None,
        cache_key: "s".to_owned(),
    }
}

fn policies(approval: ApprovalPolicy, review_patches: bool) -> Policies {
    Policies { approval, sandbox: SandboxPolicy::workspace_write(), review_patches }
}

fn config(policies: Policies) -> Box<SessionConfig> {
    Box::new(SessionConfig {
        provider: "p".to_owned(),
        model: "m".to_owned(),
        reasoning_effort: None,
        cwd: PathBuf::from("/w"),
        policies,
        base_instructions: None,
        user_instructions: Some("be kind".to_owned()),
        disable_response_storage: false,
        show_raw_agent_reasoning: false,
        notify: Vec::new(),
        resume_path: None,
        session_id: None,
    })
}

fn report(level: SandboxLevel) -> Input {
    Input::SandboxProbed(SandboxReport { level, layers: Vec::new(), gaps: Vec::new() })
}

fn shell(id: &str, args: &str) -> Item {
    Item::FunctionCall { call_id: id.into(), name: "shell".to_owned(), arguments: args.to_owned() }
}

fn patch_call(id: &str) -> Item {
    Item::CustomCall { call_id: id.into(), name: "apply_patch".to_owned(), input: "P".to_owned() }
}

fn text(text: &str) -> Item {
    Item::AgentMessage { id: None, text: text.to_owned(), interrupted: false }
}

fn proposal(path: &str, hunks: usize, sha: &str) -> PatchProposal {
    let hunk = |index| Hunk {
        id: HunkId::new(0, index),
        old_start: u32::try_from(index).unwrap() * 10,
        new_start: u32::try_from(index).unwrap() * 10,
        before: Vec::new(),
        old: vec!["old".to_owned()],
        new: vec!["new".to_owned()],
        after: Vec::new(),
    };
    PatchProposal {
        files: vec![FilePatch {
            path: path.to_owned(),
            target: PathBuf::from("/w").join(path),
            kind: PatchKind::Update { move_to: None },
            move_target: None,
            base_sha256: Some(sha.to_owned()),
            move_base_sha256: None,
            hunks: (0..hunks).map(hunk).collect(),
            outside: false,
            protected: None,
            notes: Vec::new(),
        }],
    }
}

fn ran(output: &str) -> ExecOutcome {
    ExecOutcome {
        output: output.to_owned(),
        model_output: output.to_owned(),
        total_bytes: output.len() as u64,
        exit_code: Some(0),
        duration_ms: 1234,
        ..ExecOutcome::default()
    }
}

impl Script {
    fn new(policies: Policies) -> Self {
        let mut script = Self::bare();
        script.input(report(SandboxLevel::Full));
        script.op(Op::ConfigureSession { config: config(policies) });
        script.log.clear();
        script
    }

    fn bare() -> Self {
        Self {
            session: Session::new(setup()),
            records: Vec::new(),
            log: Vec::new(),
            now_ms: 1_700_000_000_000,
            op: 0,
            last_prompt: None,
            checkpoints: false,
        }
    }

    /// A fresh session that has nothing but the transcript.
    fn restart(&mut self) {
        let mut session = Session::new(setup());
        for record in &self.records {
            session.replay(record);
        }
        let config = self.session.config().cloned().map(Box::new);
        self.session = session;
        self.op(Op::ConfigureSession { config: config.unwrap() });
        self.input(Input::Resumed);
        self.input(report(SandboxLevel::Full));
    }

    fn op(&mut self, op: Op) {
        self.op += 1;
        let partial = matches!(op, Op::Interrupt).then(|| "half a sen".to_owned());
        self.input(Input::Op { id: OpId(self.op.to_string()), op, partial });
    }

    fn ask(&mut self, prompt: &str) {
        self.op(Op::UserInput { items: vec![InputItem::text(prompt)] });
    }

    fn model(&mut self, sampling: u64, items: Vec<Item>) {
        for item in items {
            self.input(Input::Model { sampling, event: ModelEvent::ItemDone(item) });
        }
        self.input(Input::Model { sampling, event: ModelEvent::Completed { usage: None } });
    }

    fn ended(&mut self, id: &str, outcome: ExecOutcome) {
        self.input(Input::ExecEnded { call_id: id.into(), outcome });
    }

    fn input(&mut self, input: Input) {
        self.now_ms += 1;
        let step = self.session.step(self.now_ms, input);
        for record in step.records {
            // what goes to the transcript comes back the same
            let line = serde_json::to_string(&record).unwrap();
            let again: Record = serde_json::from_str(&line).unwrap();
            assert_eq!(again, record);
            // told only in stories that are about them
            if self.checkpoints || !matches!(record.fact, Fact::Checkpointed { .. }) {
                self.log.push(format!("= {}", name_of(&serde_json::to_value(&record.fact).unwrap())));
            }
            self.records.push(record);
        }
        let mut later = Vec::new();
        for effect in step.effects {
            match &effect {
                Effect::Sample { sampling, prompt } => {
                    assert_valid(&prompt.items);
                    self.last_prompt = Some(prompt.as_ref().clone());
                    self.log.push(format!("> sample {sampling}"));
                }
                Effect::Run { call_id, request } => {
                    self.log.push(format!(
                        "> run {call_id} {} [{}]",
                        request.argv.join(" "),
                        request.sandbox.name()
                    ));
                }
                Effect::VerifyPatch { call_id, .. } => self.log.push(format!("> verify {call_id}")),
                Effect::WritePatch { call_id, hunks, .. } => {
                    let which = hunks
                        .as_ref()
                        .map_or_else(|| "all".to_owned(), |hunks| format!("{:?}", hunks.accepted));
                    self.log.push(format!("> write {call_id} {which}"));
                }
                Effect::CancelSampling => self.log.push("> cancel sampling".to_owned()),
                Effect::CancelExec { call_id } => self.log.push(format!("> cancel {call_id}")),
                Effect::WakeAt(at_ms) => self.log.push(format!("> wake in {}", at_ms - self.now_ms)),
                Effect::Complain { error, .. } => self.log.push(format!("> complain {}", error.message)),
                Effect::Notify { .. } => self.log.push("> notify".to_owned()),
                Effect::Shutdown { .. } => self.log.push("> shutdown".to_owned()),
                Effect::CallMcp { call_id, server, tool, .. } => {
                    self.log.push(format!("> call {call_id} {server}/{tool}"));
                }
                Effect::Look { call_id, look, .. } => self.log.push(format!("> look {call_id} {look:?}")),
                Effect::Undo { request, .. } => self.log.push(format!("> undo {request:?}")),
                Effect::Checkpoint { when } => {
                    let checkpoint = self.checkpoints.then(|| format!("c{}", self.records.len()));
                    later.push(Input::Checkpointed { when: when.clone(), checkpoint, note: None });
                }
                Effect::Sync | Effect::AddToHistory { .. } | Effect::LookUpHistory { .. } => {}
            }
        }
        for input in later {
            self.input(input);
        }
    }

    /// What happened since the last check, a line each.
    fn check(&mut self, expected: &str) {
        let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!(std::mem::take(&mut self.log), expected);
    }

    fn outputs(&self) -> Vec<(String, String)> {
        let items = &self.last_prompt.as_ref().unwrap().items;
        items
            .iter()
            .filter_map(|item| match item.as_ref() {
                Item::CallOutput { call_id, output, .. } => Some((call_id.0.clone(), output.text.clone())),
                _ => None,
            })
            .collect()
    }
}

fn name_of(fact: &serde_json::Value) -> String {
    fact["type"].as_str().unwrap().to_owned()
}

/// What every vendor asks of a request: each call is answered once, after it, and nothing ends in bare reasoning.
fn assert_valid(items: &[std::sync::Arc<Item>]) {
    let mut open: Vec<&CallId> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for item in items {
        match item.as_ref() {
            Item::FunctionCall { call_id, .. } | Item::CustomCall { call_id, .. } => {
                assert!(seen.insert(call_id), "two calls {call_id}");
                open.push(call_id);
            }
            Item::CallOutput { call_id, .. } => {
                let at = open.iter().position(|id| *id == call_id);
                open.remove(
                    at.unwrap_or_else(|| panic!("{call_id} is answered before it is made, or twice")),
                );
            }
            _ => {}
        }
    }
    assert!(open.is_empty(), "never answered: {open:?}");
    assert!(!matches!(items.last().map(AsRef::as_ref), Some(Item::Reasoning { .. })));
}

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
         = exec_ended
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
    script.ended(
        "c1",
        ExecOutcome { failure: Some(ExecFailure::Cancelled), model_output: "zz".into(), ..ran("zz") },
    );
    script.check(
        "= model_item
         > cancel sampling
         > cancel c1
         = exec_ended
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
        context_overflow: false,
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
        context_overflow: false,
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

#[test]
fn b24_b25_a_patch_is_verified_shown_and_written_as_decided() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.model(1, vec![patch_call("c1")]);
    script.input(Input::PatchVerified { call_id: "c1".into(), result: Ok(proposal("a.rs", 2, "1")) });
    let decide = |hunk: &str| Op::PatchApproval {
        call_id: "c1".into(),
        attempt: 1,
        decision: PatchDecision {
            decision: ReviewDecision::Approved,
            hunks: Some(HunkSelection { accepted: vec![hunk.into()], edited: Vec::new() }),
            note: Some("not that one".to_owned()),
        },
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
         = patch_approval_asked
         > complain the patch of call c1 has no hunk `9.9`
         = patch_decided
         = patch_started
         > write c1 [HunkId(\"0.1\")]
         = patch_ended
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
    let approve = |attempt| Op::PatchApproval {
        call_id: "c1".into(),
        attempt,
        decision: PatchDecision { decision: ReviewDecision::ApprovedForSession, hunks: None, note: None },
    };
    script.op(approve(1));
    script.log.clear();
    let changed = PatchWriteResult::Changed(vec!["a.rs".to_owned()]);
    script.input(Input::PatchWritten { call_id: "c1".into(), result: changed });
    script.input(Input::PatchVerified { call_id: "c1".into(), result: Ok(proposal("a.rs", 1, "2")) });
    script.op(approve(1));
    script.op(approve(2));
    script.check(
        "> verify c1
         = patch_verified
         = patch_approval_asked
         > complain no approval is open for call c1 under this number: it was answered, or asked anew
         = patch_decided
         = patch_started
         > write c1 all",
    );
    assert!(script.records.iter().any(|record| matches!(&record.fact,
        Fact::PatchApprovalAsked { request } if request.reason == AskReason::Changed { paths: vec!["a.rs".to_owned()] })));
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
    let (write, ask, refuse) = ("= patch_started", "= patch_approval_asked", "= patch_ended");
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

#[test]
fn a_pending_approval_is_asked_again_after_a_restart_and_works() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.input(Input::Model { sampling: 1, event: ModelEvent::ItemDone(patch_call("c1")) });
    script.input(Input::PatchVerified { call_id: "c1".into(), result: Ok(proposal("a.rs", 1, "1")) });
    script.log.clear();
    script.restart();
    script.check("= configured\n= sampling_ended");
    script.op(Op::PatchApproval {
        call_id: "c1".into(),
        attempt: 1,
        decision: PatchDecision { decision: ReviewDecision::Approved, hunks: None, note: None },
    });
    script.check("= patch_decided\n= patch_started\n> write c1 all");
}

#[test]
fn what_ran_when_the_app_was_killed_is_over_and_never_run_twice() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.model(1, vec![shell("c1", r#"{"command":["make"]}"#)]);
    script.log.clear();
    script.restart();
    script.check("= configured\n= exec_ended\n= call_answered\n= task_aborted");
    script.ask("go on");
    script.check("= task_started\n= input\n= sampling_started\n> sample 1");
    assert!(script.outputs()[0].1.contains("the app stopped while this command ran"));
}

#[test]
fn a_transcript_cut_anywhere_goes_on_with_a_valid_request() {
    let mut script = Script::new(policies(ApprovalPolicy::Untrusted, true));
    script.ask("go");
    script.model(1, vec![text("hm"), shell("c1", r#"{"command":["make"]}"#), patch_call("c2")]);
    script.op(Op::ExecApproval {
        call_id: "c1".into(),
        attempt: 1,
        decision: ReviewDecision::Approved,
        note: None,
    });
    script.ended("c1", ran("made"));
    script.input(Input::PatchVerified { call_id: "c2".into(), result: Ok(proposal("a.rs", 1, "1")) });
    script.op(Op::PatchApproval {
        call_id: "c2".into(),
        attempt: 1,
        decision: PatchDecision { decision: ReviewDecision::Approved, hunks: None, note: None },
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

#[test]
fn b4_a_shutdown_ends_what_runs_and_leaves_what_waits() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.model(1, vec![shell("c1", r#"{"command":["make"]}"#), patch_call("c2")]);
    script.log.clear();
    script.op(Op::Shutdown);
    script.ended("c1", ExecOutcome { failure: Some(ExecFailure::Cancelled), ..ran("") });
    script.check("> cancel c1\n= exec_ended\n= call_answered\n> shutdown");
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
