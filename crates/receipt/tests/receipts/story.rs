//! A small session, as the facts of its transcript.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use protocol::{
    Approval, ApprovalPolicy, ApprovalSubject, AskReason, CallId, ChangeSource, ChangedPath, EndedBy,
    ExecEnd, Fact, FilePatch, Hunk, HunkId, HunkOutcome, HunkSelection, InputItem, OpId, PatchEndedBy,
    PatchKind, PatchProposal, PathState, Policies, Record, ReviewComment, ReviewDecision, SandboxPolicy,
    SessionConfig, SessionMeta, TaskId, TaskLimit, Undone,
};
use receipt::{
    CommitContent, CommitDiff, CommitPath, PublicKey, ReceiptBuilder, ReceiptOrigin, VerifiedReceipt, sealed,
    unsigned, verify,
};
use sha2::{Digest, Sha256};

/// Folder of the session.
pub(crate) const FOLDER: &str = "/home/mira/range";

/// Session that is written fact by fact.
pub(crate) struct Story {
    pub(crate) records: Vec<Record>,
    now_ms: u64,
    task: u32,
}

/// Answer of a person to a patch.
#[derive(Clone, Default)]
pub(crate) struct PersonAnswer {
    pub(crate) hunks: Option<HunkSelection>,
    pub(crate) note: Option<String>,
    pub(crate) comments: Vec<ReviewComment>,
    pub(crate) viewed: Option<Vec<HunkId>>,
}

pub(crate) fn strings(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

pub(crate) fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// State of a file with this text.
pub(crate) fn state(text: &str) -> PathState {
    PathState::File { mode: 0o644, hash: sha256(text)[..32].to_owned() }
}

/// Proposes to change `path` from one text to another, one hunk for each run of lines that differ.
pub(crate) fn proposal(path: &str, before: Option<&str>, after: Option<&str>) -> PatchProposal {
    let old: Vec<&str> = before.unwrap_or_default().lines().collect();
    let new: Vec<&str> = after.unwrap_or_default().lines().collect();
    let mut hunks = Vec::new();
    for op in similar::capture_diff_slices(similar::Algorithm::Myers, &old, &new) {
        let (olds, news) = (op.old_range(), op.new_range());
        if matches!(op, similar::DiffOp::Equal { .. }) {
            continue;
        }
        hunks.push(Hunk {
            id: HunkId::new(0, hunks.len()),
            old_start: u32::try_from(olds.start).unwrap(),
            new_start: u32::try_from(news.start).unwrap(),
            before: strings(&old[olds.start.saturating_sub(3)..olds.start]),
            after: strings(&old[olds.end..old.len().min(olds.end + 3)]),
            old: strings(&old[olds]),
            new: strings(&new[news]),
        });
    }
    let kind = match (before, after) {
        (None, _) => PatchKind::Add,
        (_, None) => PatchKind::Delete,
        _ => PatchKind::Update { move_to: None },
    };
    let file = FilePatch {
        path: path.to_owned(),
        target: format!("{FOLDER}/{path}").into(),
        kind,
        move_target: None,
        base_sha256: before.map(sha256),
        move_base_sha256: None,
        hunks,
        outside: false,
        protected: None,
        loose: vec![],
        linked: vec![],
        binary: false,
        conflicts: Vec::new(),
        effect: None,
        notes: vec![],
    };
    PatchProposal { files: vec![file] }
}

impl Story {
    /// Begins a session in which every patch is reviewed.
    pub(crate) fn new() -> Self {
        let mut story = Self { records: Vec::new(), now_ms: 1_800_000_000_000, task: 0 };
        let policies = Policies {
            approval: ApprovalPolicy::OnRequest,
            sandbox: SandboxPolicy::workspace_write(),
            review_patches: true,
        };
        story.fact(Fact::Configured {
            config: Box::new(SessionConfig {
                provider: "openai".to_owned(),
                model: "gpt-x".to_owned(),
                reasoning_effort: None,
                reasoning_summary: None,
                cwd: FOLDER.into(),
                policies,
                base_instructions: None,
                user_instructions: Some("Write tests.".to_owned()),
                disable_response_storage: false,
                show_raw_agent_reasoning: false,
                notify: vec![],
                resume_path: None,
                session_id: None,
                price: None,
                check: None,
                reviewer: None,
                isolated: None,
                task_limit: TaskLimit::default(),
            }),
        });
        story
    }

    pub(crate) fn fact(&mut self, fact: Fact) {
        self.now_ms += 1000;
        self.records.push(Record { at_ms: self.now_ms, op: OpId::default(), fact });
    }

    pub(crate) fn task(&mut self, prompt: &str) {
        self.task += 1;
        self.fact(Fact::TaskStarted { task_id: TaskId(self.task) });
        self.fact(Fact::Input { items: vec![InputItem::text(prompt)] });
    }

    pub(crate) fn end_task(&mut self) {
        let task_id = TaskId(self.task);
        self.fact(Fact::TaskCompleted { task_id, last_agent_message: None, duration_ms: 5 });
    }

    /// Asks about a patch, and has a person answer.
    pub(crate) fn ask(
        &mut self,
        call: &str,
        proposal: &PatchProposal,
        decision: ReviewDecision,
        answer: PersonAnswer,
    ) {
        let call_id = CallId::from(call);
        self.fact(Fact::PatchVerified { call_id: call_id.clone(), proposal: proposal.clone() });
        self.fact(Fact::Asked {
            approval: Box::new(Approval {
                call_id: call_id.clone(),
                attempt: 1,
                reason: AskReason::Review,
                subject: ApprovalSubject::Patch { proposal: proposal.clone() },
                binding: sha256(call),
            }),
        });
        let PersonAnswer { hunks, note, comments, viewed } = answer;
        self.fact(Fact::Decided {
            call_id,
            decision,
            hunks,
            note,
            comments,
            viewed,
            unattended: false,
            check: None,
        });
    }

    /// Writes a patch with these outcomes; the file was `before`, and is `after`.
    pub(crate) fn write(
        &mut self,
        call: &str,
        path: &str,
        (before, after): (PathState, PathState),
        outcomes: Vec<HunkOutcome>,
    ) {
        let call_id = CallId::from(call);
        self.fact(Fact::PatchStarted { call_id: call_id.clone(), auto_approved: false, journaled: true });
        self.fact(Fact::FilesChanged {
            task_id: TaskId(self.task),
            call_id: Some(call_id.clone()),
            source: ChangeSource::Patch,
            paths: vec![ChangedPath { path: path.into(), was: before, now: after }],
        });
        self.fact(Fact::PatchEnded { call_id, ended_by: PatchEndedBy::Written, outcomes });
    }

    /// Has a person approve a whole change of a file, and writes it.
    pub(crate) fn approve(&mut self, call: &str, path: &str, before: Option<&str>, after: Option<&str>) {
        let proposal = proposal(path, before, after);
        self.ask(call, &proposal, ReviewDecision::Approved, PersonAnswer::default());
        let outcomes =
            proposal.hunks().map(|(_, hunk)| HunkOutcome::Written { id: hunk.id.clone() }).collect();
        let states = (before.map_or(PathState::Absent, state), after.map_or(PathState::Absent, state));
        self.write(call, path, states, outcomes);
    }

    /// Runs a command that changes a file.
    pub(crate) fn run(
        &mut self,
        call: &str,
        argv: &[&str],
        rules: Vec<Vec<String>>,
        changes: &[(&str, &str, &str)],
    ) {
        let call_id = CallId::from(call);
        self.fact(Fact::ExecStarted {
            call_id: call_id.clone(),
            argv: strings(argv),
            cwd: FOLDER.into(),
            sandbox: SandboxPolicy::workspace_write(),
            background: false,
            overlay: false,
            rules,
        });
        let changed = |(path, was, now): &(&str, &str, &str)| ChangedPath {
            path: (*path).into(),
            was: state(was),
            now: state(now),
        };
        if !changes.is_empty() {
            self.fact(Fact::FilesChanged {
                task_id: TaskId(self.task),
                call_id: Some(call_id.clone()),
                source: ChangeSource::Command,
                paths: changes.iter().map(changed).collect(),
            });
        }
        let end = ExecEnd { duration_ms: 40, ..EndedBy::Exited { code: 0 }.into() };
        self.fact(Fact::ExecEnded {
            call_id,
            output: String::new(),
            end,
            denied: None,
            held_answer: None,
            as_previewed: None,
            held_effects: None,
        });
    }

    pub(crate) fn undo(&mut self, task: u32, redo: bool, paths: &[&str]) {
        let undone = Undone { task_id: TaskId(task), redo, paths: strings(paths), ..Undone::default() };
        self.fact(Fact::Undone { undone });
    }

    fn builder(&self) -> ReceiptBuilder<'static> {
        let meta = SessionMeta {
            session_id: "01a2".into(),
            at_ms: 1_800_000_000_000,
            cwd: FOLDER.into(),
            version: "0.1.0".to_owned(),
            git_commit: Some("c".repeat(40)),
            git_branch: Some("main".to_owned()),
            forked_from: None,
            imported_from: None,
        };
        let origin = ReceiptOrigin { folder: Some(String::new()) };
        let redact = |text: &str| text.replace("hunter2", "[secret removed]");
        let mut builder = ReceiptBuilder::new(&meta, &origin, redact);
        self.records.iter().for_each(|record| builder.take_in(record));
        builder
    }

    pub(crate) fn unsigned(&self) -> String {
        unsigned(self.builder(), None).unwrap()
    }

    pub(crate) fn of_task(&self, task: u32) -> Result<String, receipt::ReceiptError> {
        unsigned(self.builder(), Some(task))
    }

    /// Signs the receipt with a key that is made of one byte.
    pub(crate) fn signed(&self, seed: u8) -> String {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let sign = |message: &[u8]| Some(pair.sign(message).as_ref().to_vec());
        sealed(self.builder(), None, key(seed), sign).unwrap()
    }

    pub(crate) fn sealed_with(
        &self,
        key: PublicKey,
        sign: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<String, receipt::ReceiptError> {
        sealed(self.builder(), None, key, sign)
    }

    pub(crate) fn receipt(&self) -> VerifiedReceipt {
        let receipt = verify(self.unsigned().as_bytes()).unwrap();
        assert!(receipt.is_intact(), "{:?}", receipt.faults);
        receipt
    }
}

/// Public half of the key that is made of one byte.
pub(crate) fn key(seed: u8) -> PublicKey {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
    PublicKey::new(pair.public_key().as_ref().try_into().unwrap())
}

/// Commit that changes files from one text to another.
pub(crate) fn commit(paths: &[(&str, Option<&str>, Option<&str>)]) -> CommitDiff {
    let content = |text: Option<&str>| {
        text.map_or(CommitContent::Absent, |text| CommitContent::File {
            bytes: text.as_bytes().to_vec(),
            executable: false,
        })
    };
    let paths = paths.iter().map(|(path, before, after)| CommitPath {
        path: (*path).to_owned(),
        before: content(*before),
        after: content(*after),
    });
    CommitDiff { id: "d".repeat(40), parent: Some("c".repeat(40)), is_merge: false, paths: paths.collect() }
}
