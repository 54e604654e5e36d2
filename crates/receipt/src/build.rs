//! Builds the records of a receipt from the facts of a transcript.

use crate::authority::{SessionApprovals, of_answer, of_policies};
use crate::line::sha256_hex;
use crate::patch_files::{receipt_file, receipt_hunk, relative, slashed};
use crate::pending::{PendingCall, PendingCalls, RecordedAnswer, StartedCommand};
use crate::record::{
    Authority, CheckRecord, CommandRecord, InstructionsInForce, ReceiptChange, ReceiptComment,
    ReceiptDecision, ReceiptEntry, UndoExtent,
};
use crate::timeline::TimedEntry;
use crate::words;
use protocol::{
    AbortReason, ApprovalPolicy, ApprovalSubject, ChangedPath, EndedBy, Fact, HunkOutcome, InputItem, Item,
    NetworkAccess, PatchEndedBy, Policies, Record, Reverted, ReviewComment, SandboxPolicy, SessionConfig,
    SessionMeta, ToolInvocation,
};
use std::path::{Path, PathBuf};

/// Longest line of a prompt that is kept, in characters.
const MAX_PROMPT_CHARS: usize = 200;

/// Origin of a session that its transcript does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiptOrigin {
    /// Path of the session's folder in its repository, with slashes; `None` when it is in none.
    pub folder: Option<String>,
}

/// Builder of a receipt: takes in the facts of a transcript in their order.
pub struct ReceiptBuilder<'a> {
    redact: Box<dyn FnMut(&str) -> String + 'a>,
    cwd: PathBuf,
    entries: Vec<TimedEntry>,
    task: Option<u32>,
    /// Task that began, and whose prompt has not come yet.
    unnamed_task: Option<u64>,
    /// Whether what is taken in was done by another agent: nobody approved it here.
    is_imported: bool,
    config: Option<SessionConfig>,
    calls: PendingCalls,
    approvals: SessionApprovals,
}

impl<'a> ReceiptBuilder<'a> {
    /// Begins with the first line of a transcript. `redact` takes credentials out of text that people or the model wrote.
    pub fn new(meta: &SessionMeta, origin: &ReceiptOrigin, redact: impl FnMut(&str) -> String + 'a) -> Self {
        let project = meta.cwd.file_name().unwrap_or(meta.cwd.as_os_str());
        let session = ReceiptEntry::Session {
            session: meta.session_id.to_string(),
            version: meta.version.clone(),
            project: project.to_string_lossy().into_owned(),
            folder: origin.folder.clone(),
            commit: meta.git_commit.clone(),
            branch: meta.git_branch.clone(),
            forked_from: meta.forked_from.as_ref().map(ToString::to_string),
            imported_from: meta.imported_from.clone(),
        };
        Self {
            redact: Box::new(redact),
            cwd: meta.cwd.clone(),
            entries: vec![TimedEntry { at_ms: meta.at_ms, task: None, entry: session }],
            task: None,
            unnamed_task: None,
            is_imported: meta.imported_from.is_some(),
            config: None,
            calls: PendingCalls::default(),
            approvals: SessionApprovals::default(),
        }
    }

    /// Takes in a record of the transcript.
    pub fn take_in(&mut self, record: &Record) {
        let at_ms = record.at_ms;
        self.is_imported &= !matches!(record.fact, Fact::Configured { .. });
        if self.is_imported {
            return;
        }
        match &record.fact {
            Fact::Configured { config } => {
                self.config = Some((**config).clone());
                self.settings(at_ms);
            }
            Fact::PolicyChanged { policies } => {
                if let Some(config) = &mut self.config {
                    config.policies = policies.clone();
                }
                self.settings(at_ms);
            }
            Fact::TaskStarted { task_id } => {
                self.task = Some(task_id.0);
                self.unnamed_task = Some(at_ms);
            }
            Fact::Input { items } => self.name_task(items),
            Fact::BringInStarted { copy, .. } => {
                self.name_task(&[InputItem::text(format!("Bring in isolated copy {copy}"))]);
            }
            Fact::PatchVerified { call_id, proposal } => {
                // an answer that came before is not about this patch
                self.declined_run(at_ms, call_id);
                let call = self.calls.entry(call_id);
                call.answer = None;
                call.proposal = Some(proposal.clone());
            }
            Fact::Asked { approval } => {
                self.declined_run(at_ms, &approval.call_id);
                let call = self.calls.entry(&approval.call_id);
                call.approval = Some(approval.clone());
                call.answer = None;
            }
            Fact::Decided { .. } => self.decided(at_ms, &record.fact),
            Fact::ExecStarted { call_id, argv, cwd, sandbox, background, overlay, rules } => {
                let unasked = self.unasked_command(argv, cwd, sandbox, rules);
                let call = self.calls.entry(call_id);
                call.in_overlay = *overlay;
                call.command = Some(StartedCommand {
                    argv: argv.clone(),
                    cwd: cwd.clone(),
                    sandbox: sandbox.clone(),
                    background: *background,
                    overlay: *overlay,
                    unasked: Some(unasked),
                    answer: call.answer.take(),
                });
            }
            Fact::ExecEnded { call_id, end, denied, .. } => {
                let call = self.calls.entry(call_id);
                let answer = call.answer.take();
                let command = call.command.take().or_else(|| call.asked_command());
                if let Some(mut command) = command {
                    command.answer = command.answer.or(answer);
                    let denied = denied.as_ref().map(|denial| denial.what.clone());
                    let ended = (Some(end.ended_by.clone()), end.duration_ms, denied);
                    self.command(at_ms, call_id.as_str(), command, ended);
                }
            }
            Fact::PatchStarted { call_id, .. } => {
                let proposal = self.calls.entry(call_id).proposal.as_ref();
                let session = proposal.and_then(|proposal| self.approvals.patch(proposal));
                let unasked = self.unasked_patch(session);
                let call = self.calls.entry(call_id);
                call.is_writing = true;
                call.unasked = Some(unasked);
            }
            Fact::PatchEnded { call_id, ended_by, outcomes } => {
                if let Some(call) = self.calls.get_mut(call_id) {
                    let call = std::mem::take(call);
                    self.patch(at_ms, call_id.as_str(), call, ended_by, outcomes);
                }
            }
            Fact::CallRejected { call_id, name, message } => {
                let why = (self.redact)(message);
                let entry = ReceiptEntry::Refused { call: call_id.to_string(), tool: name.clone(), why };
                self.push(at_ms, entry);
            }
            Fact::CallAnswered { item: Item::CallOutput { call_id, .. } } => {
                self.declined_run(at_ms, call_id);
            }
            Fact::ToolStarted { invocation } => {
                let unasked = self.unasked_tool(invocation);
                let call = self.calls.entry(&invocation.call_id);
                call.tool = Some(invocation.clone());
                call.unasked = Some(unasked);
            }
            Fact::ToolEnded { call_id, result } => {
                if let Some(call) = self.calls.get_mut(call_id) {
                    let call = std::mem::take(call);
                    let invocation = call.tool.clone().or_else(|| call.asked_tool());
                    if let Some(invocation) = invocation {
                        self.tool(at_ms, &call, &invocation, words::tool_end(&result.ended_by));
                    }
                }
            }
            Fact::FilesChanged { task_id, call_id, paths, .. } => {
                self.files_changed((at_ms, task_id.0), call_id.as_ref(), paths);
            }
            Fact::Undone { undone } => {
                let extent = match undone.reverted {
                    None => UndoExtent::Task,
                    Some(Reverted::File) => UndoExtent::File,
                    Some(Reverted::Hunk) => UndoExtent::Hunk,
                };
                let entry = ReceiptEntry::Undo {
                    of_task: undone.task_id.0,
                    redo: undone.redo,
                    extent,
                    paths: undone.paths.clone(),
                    left_alone: undone.left_alone.clone(),
                };
                self.push(at_ms, entry);
            }
            Fact::TaskAborted { reason, .. } => {
                self.stopped_decisions(at_ms);
                let aborted = match reason {
                    AbortReason::Interrupted => "interrupted",
                    AbortReason::Replaced => "replaced",
                    AbortReason::Failed => "failed",
                };
                self.ended(at_ms, Some(aborted.to_owned()));
            }
            Fact::TaskCompleted { .. } => self.ended(at_ms, None),
            _ => {}
        }
    }

    /// Returns the records. Patches that were let through, and commands that ran, but of whose end nothing is known, come last.
    pub(crate) fn finish(mut self) -> Vec<TimedEntry> {
        let at_ms = self.entries.last().map_or(0, |entry| entry.at_ms);
        for (id, mut call) in self.calls.drain() {
            if let Some(command) = call.command.take() {
                self.command(at_ms, id.as_str(), command, (None, 0, None));
            }
            if call.is_writing {
                self.patch(at_ms, id.as_str(), call, &PatchEndedBy::AppStopped, &[]);
            }
        }
        self.entries
    }

    fn push(&mut self, at_ms: u64, entry: ReceiptEntry) {
        if let Some(began) = self.unnamed_task.take() {
            let entry = ReceiptEntry::Task { prompt: String::new() };
            self.entries.push(TimedEntry { at_ms: began, task: self.task, entry });
        }
        self.entries.push(TimedEntry { at_ms, task: self.task, entry });
    }

    fn name_task(&mut self, items: &[InputItem]) {
        let Some(began) = self.unnamed_task.take() else { return };
        let text = items.iter().find_map(|item| match item {
            InputItem::Text { text } => text.lines().map(str::trim).find(|line| !line.is_empty()),
            InputItem::Image { .. } => None,
        });
        // cut afterwards: half of a credential is not known as one
        let prompt = (self.redact)(text.unwrap_or_default());
        let entry = ReceiptEntry::Task { prompt: prompt.chars().take(MAX_PROMPT_CHARS).collect() };
        self.entries.push(TimedEntry { at_ms: began, task: self.task, entry });
    }

    fn ended(&mut self, at_ms: u64, aborted: Option<String>) {
        self.push(at_ms, ReceiptEntry::Ended { aborted });
        self.task = None;
    }

    fn policies(&self) -> Policies {
        self.config.as_ref().map(|config| config.policies.clone()).unwrap_or_default()
    }

    /// Records the configuration, unless it is as it was.
    fn settings(&mut self, at_ms: u64) {
        let Some(config) = &self.config else { return };
        let project = config.user_instructions.as_deref().filter(|text| !text.is_empty());
        let instructions = InstructionsInForce {
            base_sha256: config.base_instructions.as_ref().map(|text| sha256_hex(text.as_bytes())),
            project_sha256: project.map(|text| sha256_hex(text.as_bytes())),
            project_bytes: project.map(|text| text.len() as u64),
        };
        let entry = ReceiptEntry::Settings {
            provider: config.provider.clone(),
            model: config.model.clone(),
            reasoning_effort: config.reasoning_effort.map(|effort| effort.word().to_owned()),
            approval: config.policies.approval,
            sandbox: config.policies.sandbox.name().to_owned(),
            review_patches: config.policies.review_patches,
            instructions,
        };
        let before = self.entries.iter().rev().map(|timed| &timed.entry);
        if before.into_iter().find(|entry| matches!(entry, ReceiptEntry::Settings { .. })) != Some(&entry) {
            self.push(at_ms, entry);
        }
    }

    fn decided(&mut self, at_ms: u64, fact: &Fact) {
        let Fact::Decided { call_id, decision, hunks, note, comments, viewed, unattended, check } = fact
        else {
            return;
        };
        let call = self.calls.entry(call_id);
        let binding = call.approval.as_ref().map(|approval| approval.binding.clone());
        let answer = RecordedAnswer {
            at_ms,
            decision: *decision,
            binding: binding.unwrap_or_default(),
            hunks: hunks.clone(),
            note: note.clone(),
            comments: comments.clone(),
            viewed: viewed.clone(),
            unattended: *unattended,
            check: check.clone(),
        };
        self.approvals.remember(call, &answer);
        call.answer = Some(answer);
    }

    /// Puts the answer of a person, or else what let a call happen, into words for a record.
    fn decision(
        &mut self,
        answer: Option<&RecordedAnswer>,
        unasked: Authority,
        approved: bool,
    ) -> ReceiptDecision {
        let Some(answer) = answer else {
            let (note, comments, check) = (None, Vec::new(), None);
            return ReceiptDecision { authority: unasked, approved, note, comments, check };
        };
        let note = answer.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
        ReceiptDecision {
            authority: of_answer(answer),
            approved: answer.decision.approves() && approved,
            note: note.map(|note| (self.redact)(note)),
            comments: answer.comments.iter().map(|comment| self.comment(comment)).collect(),
            check: answer.check.as_ref().map(|result| CheckRecord {
                argv: result.argv.iter().map(|word| (self.redact)(word)).collect(),
                hunks: result.hunks.accepted.iter().map(ToString::to_string).collect(),
                end: result.ended_by.clone(),
                duration_ms: result.duration_ms,
            }),
        }
    }

    fn comment(&mut self, comment: &ReviewComment) -> ReceiptComment {
        ReceiptComment {
            path: comment.path.clone(),
            line: comment.line,
            to_line: comment.to_line,
            text: (self.redact)(&comment.text),
        }
    }

    fn command(
        &mut self,
        at_ms: u64,
        call: &str,
        command: StartedCommand,
        (end, duration_ms, denied): (Option<EndedBy>, u64, Option<String>),
    ) {
        let unasked = command.unasked.unwrap_or_else(|| of_policies(&self.policies()));
        let ran = end != Some(EndedBy::Rejected);
        let decision = self.decision(command.answer.as_ref(), unasked, ran);
        let granted = command.sandbox.granted().map_or_else(Vec::new, |granted| {
            let write = granted.write.iter().map(|path| format!("write {}", path.display()));
            write.chain(granted.read.iter().map(|path| format!("read {}", path.display()))).collect()
        });
        let record = CommandRecord {
            call: call.to_owned(),
            argv: command.argv.iter().map(|word| (self.redact)(word)).collect(),
            folder: relative(&self.cwd, &command.cwd)
                .unwrap_or_else(|| command.cwd.to_string_lossy().into_owned()),
            sandbox: command.sandbox.name().to_owned(),
            network: command.sandbox.network() == NetworkAccess::Full,
            granted,
            on_copy: command.overlay,
            background: command.background,
            decision,
            end,
            duration_ms,
            denied: denied.map(|what| (self.redact)(&what)),
        };
        self.push(at_ms, ReceiptEntry::Command(Box::new(record)));
    }

    /// Returns what lets a command run that nobody is asked about.
    fn unasked_command(
        &mut self,
        argv: &[String],
        cwd: &Path,
        sandbox: &SandboxPolicy,
        rules: &[Vec<String>],
    ) -> Authority {
        if let Some(at_ms) = self.approvals.command(argv, cwd, sandbox) {
            return Authority::Session { at_ms };
        }
        if rules.is_empty() {
            return of_policies(&self.policies());
        }
        let redact = &mut self.redact;
        let rules = rules.iter().map(|words| words.iter().map(|word| redact(word)).collect());
        Authority::Rule { rules: rules.collect() }
    }

    /// Returns what lets a patch be written that nobody is asked about; `session` is when its files were approved for the session.
    fn unasked_patch(&self, session: Option<u64>) -> Authority {
        let policies = self.policies();
        let session = session.filter(|_| policies.approval != ApprovalPolicy::Never);
        session.map_or_else(|| of_policies(&policies), |at_ms| Authority::Session { at_ms })
    }

    /// Returns what lets a tool be called that nobody is asked about.
    fn unasked_tool(&self, invocation: &ToolInvocation) -> Authority {
        let server = invocation.server.as_deref().unwrap_or_default();
        match self.approvals.tool(server, &invocation.tool) {
            Some(at_ms) => Authority::Session { at_ms },
            None => of_policies(&self.policies()),
        }
    }

    /// Records the calls that were declined with the task, of whose end there is no fact.
    fn stopped_decisions(&mut self, at_ms: u64) {
        for (id, call) in self.calls.take_stopped() {
            match call.approval.as_ref().map(|approval| &approval.subject) {
                Some(ApprovalSubject::Exec { .. }) => {
                    let Some(mut command) = call.asked_command() else { continue };
                    command.answer = call.answer;
                    self.command(at_ms, id.as_str(), command, (Some(EndedBy::Rejected), 0, None));
                }
                Some(ApprovalSubject::Patch { .. }) => {
                    self.patch(at_ms, id.as_str(), call, &PatchEndedBy::Declined, &[]);
                }
                Some(ApprovalSubject::Tool { invocation, .. }) => {
                    let invocation = invocation.clone();
                    self.tool(at_ms, &call, &invocation, words::REJECTED);
                }
                None => {}
            }
        }
    }

    /// Records a command that was not let run, or not let run again, and of whose end there is no fact.
    fn declined_run(&mut self, at_ms: u64, call_id: &protocol::CallId) {
        let Some(call) = self.calls.get_mut(call_id) else { return };
        let is_declined = call.answer.as_ref().is_some_and(|answer| !answer.decision.approves());
        let Some(mut command) = call.asked_command().filter(|_| is_declined) else { return };
        command.answer = call.answer.take();
        self.command(at_ms, call_id.as_str(), command, (Some(EndedBy::Rejected), 0, None));
    }

    fn tool(&mut self, at_ms: u64, call: &PendingCall, invocation: &ToolInvocation, end: &str) {
        // tools that are built in read, and are not asked about
        let Some(server) = invocation.server.clone() else { return };
        let unasked = call.unasked.clone().unwrap_or_else(|| self.unasked_tool(invocation));
        let entry = ReceiptEntry::Tool {
            call: invocation.call_id.to_string(),
            server,
            tool: invocation.tool.clone(),
            decision: self.decision(call.answer.as_ref(), unasked, end != words::REJECTED),
            end: end.to_owned(),
        };
        self.push(at_ms, entry);
    }

    fn files_changed(
        &mut self,
        (at_ms, task): (u64, u32),
        call_id: Option<&protocol::CallId>,
        paths: &[ChangedPath],
    ) {
        // a file that a command touched before in the task is recorded as the command's, whoever changes it now
        if let Some(call) = call_id.and_then(|id| self.calls.get_mut(id)).filter(|call| call.is_writing) {
            call.changed.extend_from_slice(paths);
            return;
        }
        let paths = paths.iter().map(|changed| ReceiptChange {
            path: slashed(&changed.path),
            was: changed.was.clone(),
            now: changed.now.clone(),
        });
        let entry = ReceiptEntry::Changed { call: call_id.map(ToString::to_string), paths: paths.collect() };
        // a command in the background goes on after its task
        self.entries.push(TimedEntry { at_ms, task: Some(task), entry });
    }

    fn patch(
        &mut self,
        at_ms: u64,
        id: &str,
        call: PendingCall,
        ended_by: &PatchEndedBy,
        outcomes: &[HunkOutcome],
    ) {
        let Some(proposal) = &call.proposal else { return };
        let unasked =
            call.unasked.clone().unwrap_or_else(|| self.unasked_patch(self.approvals.patch(proposal)));
        let approved = !matches!(ended_by, PatchEndedBy::Declined | PatchEndedBy::Refused { .. });
        let failure = words::patch_failure(ended_by).map(|why| (self.redact)(&why));
        let answer = call.answer.as_ref();
        let files = proposal.files.iter().map(|file| {
            let hunks = file.hunks.iter().map(|hunk| receipt_hunk(hunk, answer, ended_by, outcomes));
            receipt_file(&self.cwd, file, hunks.collect(), &call.changed)
        });
        let files = files.collect();
        let entry = ReceiptEntry::Patch {
            call: id.to_owned(),
            decision: self.decision(answer, unasked, approved),
            of_command: call.in_overlay,
            failure,
            files,
        };
        self.push(at_ms, entry);
    }
}
