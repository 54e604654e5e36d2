//! A folder, a person, and the loop between the practice model and its tools: commands that really run, patches that really
//! are written.

use super::super::{PracticeOutput, next};
use engine::{PatchWriteResult, Prompt};
use protocol::{
    AnswerStatus, FilePatch, Hunk, HunkEdit, HunkOutcome, HunkSelection, InputItem, Item, PatchProposal,
    Plan, SandboxPolicy, ToolOutput,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::{fs, mem};
use tempfile::TempDir;
use worktree::{Roots, TransactionLog, writer};

type Change = Box<dyn FnOnce(&Path)>;
type Accepts = Box<dyn Fn(&FilePatch, &Hunk) -> bool>;

pub(super) fn all() -> Accepts {
    Box::new(|_, _| true)
}

pub(super) fn none() -> Accepts {
    Box::new(|_, _| false)
}

pub(super) fn prompt(items: Vec<Arc<Item>>) -> Prompt {
    Prompt {
        model: super::MODEL.to_owned(),
        instructions: "".into(),
        items,
        tools: Arc::new([]),
        reasoning_effort: None,
        reasoning_summary: None,
        store: false,
        cache_key: String::new(),
        purpose: engine::Purpose::Work,
    }
}

pub(super) struct World {
    folder: TempDir,
    journals: TempDir,
    items: Vec<Arc<Item>>,
    /// Hunks the person accepts, the text they write instead (by file), and their note.
    pub(super) accepts: Accepts,
    pub(super) edits: BTreeMap<String, String>,
    pub(super) note: Option<String>,
    /// Answer to every command, given instead of running it.
    pub(super) refuse: Option<String>,
    /// Number of calls that are answered before the person interrupts, once.
    pub(super) abort_after: Option<usize>,
    /// Text the person adds after the first turn, once.
    pub(super) interjection: Option<String>,
    /// Changes to the folder just before a patch is looked at, once each.
    pub(super) before_patch: Vec<Change>,
    pub(super) commands: Vec<Vec<String>>,
    pub(super) plans: Vec<Plan>,
    pub(super) proposals: Vec<PatchProposal>,
    pub(super) prompts: Vec<Prompt>,
}

impl World {
    pub(super) fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            journals: tempfile::tempdir().unwrap(),
            items: vec![Arc::new(Item::Context { text: "<environment_context/>".to_owned() })],
            accepts: all(),
            edits: BTreeMap::new(),
            note: None,
            refuse: None,
            abort_after: None,
            interjection: None,
            before_patch: Vec::new(),
            commands: Vec::new(),
            plans: Vec::new(),
            proposals: Vec::new(),
            prompts: Vec::new(),
        }
    }

    pub(super) fn dir(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.dir().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.dir().join(path)).unwrap()
    }

    /// Every file with its text.
    pub(super) fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.dir().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.dir()).unwrap().to_str().unwrap().to_owned();
                    files.insert(name, String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned());
                }
            }
        }
        files
    }

    /// Lets the model work until a turn has no call in it, and returns what it said last.
    pub(super) fn person_says(&mut self, text: &str) -> String {
        self.items.push(Arc::new(Item::UserMessage { content: vec![InputItem::text(text)] }));
        for _ in 0..200 {
            let prompt = prompt(self.items.clone());
            let turn = next(&prompt);
            // resuming after a kill is reading the same items again (B40)
            let read_again: Vec<Item> =
                serde_json::from_str(&serde_json::to_string(&prompt.items).unwrap()).unwrap();
            let again = next(&super::world::prompt(read_again.into_iter().map(Arc::new).collect()));
            assert_eq!(turn, again, "the same prompt, the same answer");
            self.prompts.push(prompt);
            let mut last = None;
            let mut calls = Vec::new();
            for output in turn {
                let item = match output {
                    PracticeOutput::Text(text) => {
                        last = Some(text.clone());
                        Item::AgentMessage { id: None, text, interrupted: false, phase: None }
                    }
                    PracticeOutput::Reasoning(text) => {
                        Item::Reasoning { id: None, summary: vec![text], raw: None, encrypted: None }
                    }
                    PracticeOutput::Call(call) => {
                        calls.push(call.clone());
                        call
                    }
                };
                self.items.push(Arc::new(item));
            }
            self.check_ids();
            if calls.is_empty() {
                return last.expect("a turn without a call says something");
            }
            let interrupted = self.answer_all(&calls);
            if interrupted {
                return String::new();
            }
            if let Some(text) = self.interjection.take() {
                self.items.push(Arc::new(Item::UserMessage { content: vec![InputItem::text(text)] }));
            }
        }
        panic!("it goes on for ever: {:?}", self.commands.last());
    }

    /// Reports whether the model said this at any time.
    pub(super) fn said(&self, wanted: &str) -> bool {
        self.items
            .iter()
            .any(|item| matches!(&**item, Item::AgentMessage { text, .. } if text.contains(wanted)))
    }

    fn check_ids(&self) {
        let mut ids = BTreeSet::new();
        for item in &self.items {
            if let Item::FunctionCall { call_id, .. } | Item::CustomCall { call_id, .. } = &**item {
                assert!(ids.insert(call_id.clone()), "{call_id} names two calls");
            }
        }
    }

    fn answer_all(&mut self, calls: &[Item]) -> bool {
        let mut interrupted = false;
        for call in calls {
            interrupted |= self.abort_after == Some(0);
            let (call_id, output, custom) = match call {
                Item::FunctionCall { call_id, name, arguments } => {
                    let output = if interrupted { aborted() } else { self.function(name, arguments) };
                    (call_id, output, false)
                }
                Item::CustomCall { call_id, input, .. } => {
                    (call_id, if interrupted { aborted() } else { self.patch(input) }, true)
                }
                other => panic!("no call: {other:?}"),
            };
            self.abort_after = self.abort_after.filter(|_| !interrupted).map(|left| left - 1);
            self.items.push(Arc::new(Item::CallOutput { call_id: call_id.clone(), output, custom }));
        }
        interrupted
    }

    fn function(&mut self, name: &str, arguments: &str) -> ToolOutput {
        match name {
            "update_plan" => {
                let plan: Plan = serde_json::from_str(arguments).unwrap();
                let working =
                    plan.plan.iter().filter(|step| step.status == protocol::StepStatus::InProgress).count();
                assert!(working <= 1, "{plan:?}");
                self.plans.push(plan);
                ok("plan updated")
            }
            "shell" => {
                if let Some(refusal) = &self.refuse {
                    return ToolOutput {
                        note: self.note.clone(),
                        ..answer(AnswerStatus::Declined, refusal.clone())
                    };
                }
                let arguments: Value = serde_json::from_str(arguments).unwrap();
                let argv: Vec<String> = serde_json::from_value(arguments["command"].clone()).unwrap();
                let answer = run(self.folder.path(), &argv);
                self.commands.push(argv);
                answer
            }
            other => panic!("unsupported call: {other}"),
        }
    }

    fn log(&self) -> TransactionLog {
        TransactionLog::new(self.journals.path(), self.dir())
    }

    fn patch(&mut self, patch: &str) -> ToolOutput {
        for change in mem::take(&mut self.before_patch) {
            change(self.folder.path());
        }
        let roots = Roots::of(&SandboxPolicy::workspace_write(), self.dir());
        let proposal = match writer::verify(patch, self.dir(), &roots) {
            Ok(proposal) => proposal,
            Err(why) => return answer(AnswerStatus::Failed, why),
        };
        assert!(proposal.files.iter().all(|file| !file.outside));
        self.proposals.push(proposal.clone());
        let accepted: Vec<_> = proposal
            .hunks()
            .filter(|(file, hunk)| (self.accepts)(file, hunk))
            .map(|(_, hunk)| hunk.id.clone())
            .collect();
        let note =
            self.note.as_ref().map(|note| format!("\nnote from the person: {note}")).unwrap_or_default();
        if accepted.is_empty() {
            let count = proposal.hunks().count();
            let text =
                format!("patch rejected by user: all {count} hunks were declined, nothing was written{note}");
            return ToolOutput { note: self.note.clone(), ..answer(AnswerStatus::Declined, text) };
        }
        let edited = proposal
            .hunks()
            .filter_map(|(file, hunk)| {
                Some(HunkEdit { id: hunk.id.clone(), new_text: self.edits.get(&file.path)?.clone() })
            })
            .collect();
        let PatchWriteResult::Written(outcomes) = writer::write(
            &proposal,
            Some(&HunkSelection { accepted, edited, ..HunkSelection::default() }),
            &self.log(),
            None,
        ) else {
            panic!("what was verified can be written");
        };
        let as_proposed = outcomes.iter().all(|outcome| matches!(outcome, HunkOutcome::Written { .. }));
        let status = if as_proposed { AnswerStatus::Completed } else { AnswerStatus::Partial };
        ToolOutput { note: self.note.clone(), ..answer(status, told(&outcomes) + &note) }
    }
}

fn answer(status: AnswerStatus, text: String) -> ToolOutput {
    let success = matches!(status, AnswerStatus::Completed | AnswerStatus::Partial);
    ToolOutput { text, success: Some(success), status: Some(status), ..ToolOutput::default() }
}

fn aborted() -> ToolOutput {
    answer(AnswerStatus::Aborted, "aborted".to_owned())
}

fn ok(text: &str) -> ToolOutput {
    answer(AnswerStatus::Completed, text.to_owned())
}

fn told(outcomes: &[HunkOutcome]) -> String {
    let declined = outcomes.iter().filter(|outcome| matches!(outcome, HunkOutcome::Declined { .. })).count();
    let edited = outcomes.iter().filter(|outcome| matches!(outcome, HunkOutcome::Edited { .. })).count();
    if declined + edited == 0 {
        return "Done: the whole patch was written.\n".to_owned();
    }
    format!(
        "{} of {} hunks were written, {declined} declined, {edited} edited by the person.\n",
        outcomes.len() - declined,
        outcomes.len(),
    )
}

/// Runs a command as the agent does (B17), without its sandbox.
fn run(dir: &Path, argv: &[String]) -> ToolOutput {
    let mut command = Command::new(&argv[0]);
    let ran = command.args(&argv[1..]).current_dir(dir).stdin(Stdio::null()).output().unwrap();
    let mut output = String::from_utf8_lossy(&ran.stdout).into_owned();
    output.push_str(&String::from_utf8_lossy(&ran.stderr));
    let text = json!({
        "output": cut(&output),
        "metadata": {"exit_code": ran.status.code(), "duration_seconds": 0.1},
    });
    ToolOutput { success: Some(ran.status.success()), ..answer(AnswerStatus::Completed, text.to_string()) }
}

/// Head and tail, 10 KiB and 256 lines in all, in whole lines where they are short enough.
fn cut(output: &str) -> String {
    let lines: Vec<&str> = output.split_inclusive('\n').collect();
    if output.len() <= 10 * 1024 && lines.len() <= 256 {
        return output.to_owned();
    }
    let head = fitting(lines.iter());
    let tail = fitting(lines[head..].iter().rev());
    let left_out = lines.len() - head - tail;
    format!(
        "{}[... {left_out} lines left out ...]\n{}",
        lines[..head].concat(),
        lines[lines.len() - tail..].concat()
    )
}

/// Returns the number of lines that fit half of what a model gets.
fn fitting<'a>(lines: impl Iterator<Item = &'a &'a str>) -> usize {
    let mut bytes = 0;
    let fits = |line: &&&str| {
        bytes += line.len();
        bytes <= 5 * 1024
    };
    lines.take(128).take_while(fits).count()
}
