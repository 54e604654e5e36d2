//! A session of many rows, as the app would have written it.

use anyhow::Result;
use config::Home;
use protocol::{
    AnswerStatus, ApprovalPolicy, CallId, EndedBy, ExecEnd, Fact, InputItem, Item, OpId, Policies, Record,
    SandboxPolicy, SessionConfig, SessionId, SessionMeta, TaskId, ToolOutput,
};
use std::path::{Path, PathBuf};
use transcript::Writer;

/// Rows of a task: the prompt, a command, the answer, the end.
const ROWS_A_TASK: usize = 4;

/// Writes the transcript of a session of about so many rows in `project`, and returns where it is. Its last answer says "the very
/// last answer".
pub fn write(home: &Path, project: &Path, rows: usize) -> Result<PathBuf> {
    let tasks = u32::try_from(rows / ROWS_A_TASK)?;
    let meta = SessionMeta {
        session_id: SessionId(uuid::Uuid::now_v7().to_string()),
        at_ms: 1_750_000_000_000,
        cwd: project.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        git_commit: None,
        git_branch: None,
        forked_from: None,
        imported_from: None,
    };
    let mut writer = Writer::create(&Home::at(home), &meta)?;
    let config = SessionConfig {
        provider: "practice".to_owned(),
        model: "practice".to_owned(),
        reasoning_effort: None,
        reasoning_summary: None,
        cwd: project.to_owned(),
        policies: Policies {
            approval: ApprovalPolicy::OnRequest,
            sandbox: SandboxPolicy::workspace_write(),
            review_patches: true,
        },
        base_instructions: None,
        user_instructions: None,
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
    };
    let mut at_ms = meta.at_ms;
    let mut record = |op: &str, fact: Fact| {
        at_ms += 7;
        Record { at_ms, op: OpId(op.to_owned()), fact }
    };
    let mut records = vec![record("1", Fact::Configured { config: Box::new(config) })];
    for number in 1..=tasks {
        let answer = if number == tasks { "the very last answer" } else { "Done: **the test passes** now." };
        let op = (number + 1).to_string();
        records.extend(task(number, answer, project).into_iter().map(|fact| record(&op, fact)));
        if records.len() > 5_000 {
            writer.append(&records)?;
            records.clear();
        }
    }
    writer.append(&records)?;
    writer.sync()?;
    Ok(writer.path().to_owned())
}

fn task(number: u32, answer: &str, project: &Path) -> Vec<Fact> {
    let call_id = CallId(format!("c{number}"));
    let argv: Vec<String> = ["cargo", "test", "--quiet"].map(str::to_owned).to_vec();
    let said =
        |text: &str| Item::AgentMessage { id: None, text: text.to_owned(), interrupted: false, phase: None };
    vec![
        Fact::TaskStarted { task_id: TaskId(number) },
        Fact::Input { items: vec![InputItem::text(format!("make test {number} pass"))] },
        Fact::SamplingStarted { context: None, attempt: 1 },
        Fact::ModelItem {
            item: Item::FunctionCall {
                call_id: call_id.clone(),
                name: "shell".to_owned(),
                arguments: serde_json::json!({"command": argv}).to_string(),
            },
        },
        Fact::SamplingEnded { usage: None, cut: None },
        Fact::ExecStarted {
            call_id: call_id.clone(),
            argv,
            cwd: project.to_owned(),
            sandbox: SandboxPolicy::workspace_write(),
            background: false,
            overlay: false,
            rules: Vec::new(),
        },
        Fact::ExecEnded {
            call_id: call_id.clone(),
            output: format!("running {number} tests\ntest result: ok\n"),
            end: ExecEnd { total_bytes: 40, duration_ms: 1200, ..EndedBy::Exited { code: 0 }.into() },
            denied: None,
            held_answer: None,
            as_previewed: None,
            held_effects: None,
        },
        Fact::CallAnswered {
            item: Item::CallOutput {
                call_id,
                output: ToolOutput {
                    text: "test result: ok".to_owned(),
                    success: Some(true),
                    status: Some(AnswerStatus::Completed),
                    ..ToolOutput::default()
                },
                custom: false,
            },
        },
        Fact::SamplingStarted { context: None, attempt: 1 },
        Fact::ModelItem { item: said(answer) },
        Fact::SamplingEnded { usage: None, cut: None },
        Fact::TaskCompleted {
            task_id: TaskId(number),
            last_agent_message: Some(answer.to_owned()),
            duration_ms: 2_000,
        },
    ]
}
