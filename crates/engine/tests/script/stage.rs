//! [`Script`] plays a person, a model and a world against the machine, and writes down what comes out as one line each. Every
//! record is serialised and folded into a second session on the way, so that each story also holds that a transcript gives
//! the state back.

use engine::*;
use protocol::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(crate) struct Script {
    pub(crate) session: Session,
    pub(crate) records: Vec<Record>,
    pub(crate) log: Vec<String>,
    pub(crate) now_ms: u64,
    pub(crate) op: u64,
    pub(crate) last_prompt: Option<Prompt>,
    /// Takes checkpoints.
    pub(crate) checkpoints: bool,
}

pub(crate) fn setup() -> Setup {
    Setup {
        tools: tools::tool_specs(tools::Editing::Patch),
        retry: RetryBudget { request: 2, stream: 2 },
        context_window: Some(100_000),
        compact_at_tokens: None,
        cache_key: "s".to_owned(),
        time_zone: jiff::tz::TimeZone::UTC,
    }
}

pub(crate) fn policies(approval: ApprovalPolicy, review_patches: bool) -> Policies {
    Policies { approval, sandbox: SandboxPolicy::workspace_write(), review_patches }
}

pub(crate) fn config(policies: Policies) -> Box<SessionConfig> {
    Box::new(SessionConfig {
        provider: "p".to_owned(),
        model: "m".to_owned(),
        reasoning_effort: None,
        reasoning_summary: None,
        cwd: PathBuf::from("/w"),
        policies,
        base_instructions: None,
        user_instructions: Some("be kind".to_owned()),
        disable_response_storage: false,
        show_raw_agent_reasoning: false,
        notify: Vec::new(),
        resume_path: None,
        session_id: None,
        task_limit: protocol::TaskLimit::default(),
        price: None,
        check: None,
        reviewer: None,
        isolated: None,
    })
}

pub(crate) fn report(level: SandboxLevel) -> Input {
    Input::SandboxProbed(SandboxReport { level, layers: Vec::new(), gaps: Vec::new(), no_overlay: None })
}

pub(crate) fn shell(id: &str, args: &str) -> Item {
    Item::FunctionCall { call_id: id.into(), name: "shell".to_owned(), arguments: args.to_owned() }
}

pub(crate) fn patch_call(id: &str) -> Item {
    Item::CustomCall { call_id: id.into(), name: "apply_patch".to_owned(), input: "P".to_owned() }
}

pub(crate) fn text(text: &str) -> Item {
    Item::AgentMessage { id: None, text: text.to_owned(), interrupted: false, phase: None }
}

pub(crate) fn proposal(path: &str, hunks: usize, sha: &str) -> PatchProposal {
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
            loose: vec![],
            linked: vec![],
            binary: false,
            conflicts: Vec::new(),
            effect: None,
            notes: Vec::new(),
        }],
    }
}

/// A patch that is what a command did in an overlay.
pub(crate) fn effects_of(path: &str, sha: &str) -> PatchProposal {
    let mut proposal = proposal(path, 1, sha);
    let state = |hash: &str| PathState::File { mode: 0o644, hash: hash.to_owned() };
    proposal.files[0].effect = Some(PathEffect {
        was: state(sha),
        now: state("after"),
        is_whole: false,
        content: Some("/app/overlays/s/c/0/upper/a.txt".into()),
        gone_folders: Vec::new(),
    });
    proposal
}

pub(crate) fn ran(output: &str) -> ExecOutcome {
    let (total_bytes, duration_ms) = (output.len() as u64, 1234);
    ExecOutcome {
        end: ExecEnd { total_bytes, duration_ms, ..EndedBy::Exited { code: 0 }.into() },
        output: output.to_owned(),
        model_output: output.to_owned(),
        denied: None,
    }
}

impl Script {
    pub(crate) fn new(policies: Policies) -> Self {
        let mut script = Self::bare();
        script.input(report(SandboxLevel::Full));
        script.op(Op::ConfigureSession { config: config(policies) });
        script.log.clear();
        script
    }

    pub(crate) fn bare() -> Self {
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
    pub(crate) fn restart(&mut self) {
        self.restart_with(BTreeMap::new(), Vec::new());
    }

    /// A fresh session whose last one was killed before any checkpoint was recorded.
    pub(crate) fn restart_before_checkpoint(&mut self) {
        self.records.retain(|record| !matches!(record.fact, Fact::Checkpointed { .. }));
        self.restart();
    }

    /// A fresh session that is told what became of what the last one did not get to record.
    pub(crate) fn restart_with(&mut self, patches: BTreeMap<CallId, PatchFate>, undone: Vec<Undone>) {
        let config = self.session.config().cloned().map(Box::new);
        self.restart_as(config.unwrap(), patches, undone);
    }

    /// A fresh session that is configured like this.
    pub(crate) fn restart_as(
        &mut self,
        config: Box<SessionConfig>,
        patches: BTreeMap<CallId, PatchFate>,
        undone: Vec<Undone>,
    ) {
        let mut session = Session::new(setup());
        for record in &self.records {
            session.replay(record);
        }
        self.session = session;
        self.op(Op::ConfigureSession { config });
        self.input(Input::Resumed { patches, undone });
        self.input(report(SandboxLevel::Full));
    }

    pub(crate) fn op(&mut self, op: Op) {
        self.op += 1;
        let partial = matches!(op, Op::Interrupt).then(|| "half a sen".to_owned());
        self.input(Input::Op { id: OpId(self.op.to_string()), op, partial });
    }

    /// Returns the binding of the last approval asked for a call.
    pub(crate) fn binding(&self, call: &str) -> String {
        let bound = |record: &Record| match &record.fact {
            Fact::Asked { approval } if approval.call_id.0 == call => Some(approval.binding.clone()),
            _ => None,
        };
        self.records.iter().rev().find_map(bound).unwrap()
    }

    /// Answers the last question about a call.
    pub(crate) fn answer(&mut self, call: &str, decision: ReviewDecision, note: Option<&str>) {
        let binding = self.binding(call);
        let note = note.map(str::to_owned);
        self.op(Op::Decide {
            call_id: call.into(),
            binding,
            decision,
            hunks: None,
            note,
            comments: Vec::new(),
            viewed: None,
            unattended: false,
        });
    }

    pub(crate) fn ask(&mut self, prompt: &str) {
        self.op(Op::UserInput { items: vec![InputItem::text(prompt)] });
    }

    pub(crate) fn model(&mut self, sampling: u64, items: Vec<Item>) {
        for item in items {
            self.input(Input::Model { sampling, event: ModelEvent::ItemDone(item) });
        }
        self.input(Input::Model { sampling, event: ModelEvent::Completed { usage: None, cut: None } });
    }

    pub(crate) fn ended(&mut self, id: &str, outcome: ExecOutcome) {
        self.input(Input::ExecEnded { call_id: id.into(), outcome });
    }

    pub(crate) fn overlay_ended(
        &mut self,
        id: &str,
        outcome: ExecOutcome,
        effects: Result<OverlayEffects, String>,
    ) {
        self.input(Input::OverlayEnded { call_id: id.into(), outcome, effects });
    }

    pub(crate) fn input(&mut self, input: Input) {
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
                    let overlay = if request.overlay { " in an overlay" } else { "" };
                    self.log.push(format!(
                        "> run {call_id} {} [{}]{overlay}",
                        request.argv.join(" "),
                        request.sandbox.name()
                    ));
                }
                Effect::ReadCopy { call_id, copy, .. } => {
                    self.log.push(format!("> read copy {copy} for {call_id}"));
                }
                Effect::VerifyPatch { call_id, .. } => self.log.push(format!("> verify {call_id}")),
                Effect::WritePatch { call_id, hunks, .. } => {
                    let which = hunks
                        .as_ref()
                        .map_or_else(|| "all".to_owned(), |hunks| format!("{:?}", hunks.accepted));
                    self.log.push(format!("> write {call_id} {which}"));
                }
                Effect::RunCheck { call_id, run, request } => {
                    let hunks: Vec<_> = request.hunks.accepted.iter().map(ToString::to_string).collect();
                    let (argv, hunks) = (request.argv.join(" "), hunks.join(" "));
                    self.log.push(format!("> check {call_id} {run} {argv} with {hunks}"));
                }
                Effect::RunReview { call_id, run, request } => {
                    self.log.push(format!("> review {call_id} {run} by {}", request.reviewer.model));
                }
                Effect::StopReview { call_id } => self.log.push(format!("> stop review {call_id}")),
                Effect::StopCheck { call_id } => self.log.push(format!("> stop check {call_id}")),
                Effect::CancelSampling => self.log.push("> cancel sampling".to_owned()),
                Effect::CancelExec { call_id } => self.log.push(format!("> cancel {call_id}")),
                Effect::WakeAt(at_ms) => self.log.push(format!("> wake in {}", at_ms - self.now_ms)),
                Effect::Complain { error, .. } => self.log.push(format!("> complain {}", error.message)),
                Effect::Notify { .. } => self.log.push("> notify".to_owned()),
                Effect::Shutdown { .. } => self.log.push("> shutdown".to_owned()),
                Effect::CallMcp { call_id, server, tool, .. } => {
                    self.log.push(format!("> call {call_id} {server}/{tool}"));
                }
                Effect::Read { call_id, tool, .. } => self.log.push(format!("> read {call_id} {tool:?}")),
                Effect::SaveRule { rule, .. } => {
                    self.log.push(format!("> save {} {}", rule.decision.name(), rule.prefix.join(" ")));
                }
                Effect::Undo { request, .. } => self.log.push(format!("> undo {request:?}")),
                Effect::Checkpoint { when } => {
                    let checkpoint = self.checkpoints.then(|| format!("c{}", self.records.len()));
                    later.push(Input::Checkpointed {
                        when: when.clone(),
                        checkpoint,
                        note: None,
                        lost: Vec::new(),
                    });
                }
                Effect::Sync
                | Effect::AskAside { .. }
                | Effect::StopAside { .. }
                | Effect::Compare { .. }
                | Effect::AddToHistory { .. }
                | Effect::LookUpHistory { .. } => {}
            }
        }
        for input in later {
            self.input(input);
        }
    }

    /// Compares everything that happened since the last check with `expected`, a line each.
    pub(crate) fn check(&mut self, expected: &str) {
        let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!(std::mem::take(&mut self.log), expected);
    }

    pub(crate) fn outputs(&self) -> Vec<(String, String)> {
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

impl Script {
    /// Returns the answers of calls that the transcript has.
    pub(crate) fn outputs_of_transcript(&self) -> Vec<&Item> {
        let records = self.records.iter();
        records
            .filter_map(|record| match &record.fact {
                Fact::CallAnswered { item } => Some(item),
                _ => None,
            })
            .collect()
    }
}

pub(crate) fn name_of(fact: &serde_json::Value) -> String {
    fact["type"].as_str().unwrap().to_owned()
}

/// Asserts the rules every vendor has for a request: each call is answered once, after it, and nothing ends
/// in bare reasoning.
pub(crate) fn assert_valid(items: &[std::sync::Arc<Item>]) {
    let mut open: Vec<&CallId> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut thoughts = std::collections::HashSet::new();
    let opens = |item: &Item| matches!(item, Item::UserMessage { .. } | Item::Context { .. });
    assert!(items.first().is_some_and(|item| opens(item)), "it begins with {:?}", items.first());
    for (at, item) in items.iter().enumerate() {
        match item.as_ref() {
            Item::Reasoning { id, .. } => {
                assert!(id.is_none() || thoughts.insert(id), "two thoughts {id:?}");
                let next = items[at..].iter().find(|item| !matches!(***item, Item::Reasoning { .. }));
                assert!(next.is_some_and(|item| !opens(item)), "thought {id:?} led to nothing");
            }
            Item::AgentMessage { text, .. } | Item::Context { text } => assert!(!text.trim().is_empty()),
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
            Item::UserMessage { .. } => {}
        }
    }
    assert!(open.is_empty(), "never answered: {open:?}");
    assert!(!matches!(items.last().map(AsRef::as_ref), Some(Item::Reasoning { .. })));
}
