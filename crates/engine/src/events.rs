//! Events that follow from records, live and after a resume alike, so that the window shows the same.

use crate::model::state::SessionState;
use crate::tools;
use protocol::{AnswerCut, EventMsg, Fact, Item, LeftOut, Record, Severity, TokenUsage};

/// Returns the events of a record, given the state before it. `Configured` has none here: the driver announces a session, since
/// only it knows where the transcript is.
pub(crate) fn events_of(
    record: &Record,
    before: &SessionState,
    context_window: Option<u64>,
) -> Vec<EventMsg> {
    match record.fact.clone() {
        Fact::Configured { .. }
        | Fact::SamplingStarted { .. }
        | Fact::Checkpointed { note: None, .. }
        | Fact::FilesChanged { .. }
        | Fact::BringInStarted { .. }
        | Fact::CallAnswered { .. } => Vec::new(),
        Fact::PolicyChanged { policies } => vec![EventMsg::PolicyChanged { policies }],
        Fact::TaskStarted { task_id } => vec![EventMsg::TaskStarted { task_id }],
        Fact::Input { items } => vec![EventMsg::UserMessage { content: items }],
        Fact::ModelItem { item } => item_events(item, before),
        Fact::SamplingEnded { usage, cut } => {
            let count = usage.map(|last| token_count(last, before.usage.plus(last), context_window, before));
            count.into_iter().chain(about_answer(cut, before).map(warning)).collect()
        }
        Fact::SamplingFailed { error, left_out: Some(left_out), .. } => {
            let how = match left_out {
                LeftOut::Pictures => "without the pictures".to_owned(),
                LeftOut::Reasoning => "without the model's earlier reasoning".to_owned(),
                LeftOut::Effort { instead: Some(effort) } => {
                    format!("with the reasoning effort \"{}\"", effort.word())
                }
                LeftOut::Effort { instead: None } => "with the model's own reasoning effort".to_owned(),
                LeftOut::Tool { server, tool, .. } => format!(
                    "without the tool {tool} of the MCP server {server}; name it in the server's disabled_tools to leave it out \
                     from the beginning"
                ),
            };
            vec![warning(format!("{}; it is asked again {how}", error.message))]
        }
        Fact::SamplingFailed { error, retry_at_ms, attempt, max_retries, left_out: None } => {
            match retry_at_ms {
                Some(at_ms) => vec![EventMsg::StreamError {
                    message: error.message,
                    attempt,
                    max_attempts: max_retries,
                    retry_in_ms: at_ms.saturating_sub(record.at_ms),
                }],
                None => vec![EventMsg::Error { error }],
            }
        }
        Fact::PatchVerified { call_id, proposal } => vec![EventMsg::PatchProposed { call_id, proposal }],
        Fact::Asked { approval } => vec![EventMsg::ApprovalRequested { approval }],
        Fact::Decided { call_id, decision, comments, check, .. } => {
            vec![EventMsg::ApprovalResolved { call_id, decision: Some(decision), comments, check }]
        }
        Fact::CheckChanged { check } => vec![EventMsg::CheckChanged { check }],
        Fact::ReviewerChanged { reviewer } => vec![EventMsg::ReviewerChanged { reviewer }],
        Fact::ReviewStarted { call_id, reviewer } => vec![EventMsg::ReviewStarted { call_id, reviewer }],
        Fact::ReviewEnded { call_id, review } => vec![EventMsg::ReviewEnded { call_id, review }],
        Fact::CheckStarted { call_id, argv, hunks } => {
            vec![EventMsg::CheckStarted { call_id, argv, hunks }]
        }
        Fact::CheckEnded { call_id, result } => vec![EventMsg::CheckEnded { call_id, result }],
        Fact::CheckSearchStarted { call_id, hunks } => {
            vec![EventMsg::CheckSearchStarted { call_id, hunks }]
        }
        Fact::CheckSearchEnded { call_id, finding } => {
            vec![EventMsg::CheckSearchEnded { call_id, finding }]
        }
        Fact::ToolStarted { invocation } => vec![match &invocation.server {
            Some(_) => EventMsg::McpToolCallBegin { invocation },
            None => EventMsg::ToolCallBegin { invocation },
        }],
        Fact::ToolEnded { call_id, result } => {
            let call = before.task.as_ref().and_then(|task| task.call(&call_id));
            vec![if call.is_some_and(|call| tools::is_read_tool(call.tool_name())) {
                EventMsg::ToolCallEnd { call_id, result }
            } else {
                EventMsg::McpToolCallEnd { call_id, result }
            }]
        }
        Fact::ExecStarted { call_id, argv, cwd, sandbox, background, overlay, .. } => {
            vec![EventMsg::ExecCommandBegin { call_id, argv, cwd, sandbox, background, overlay }]
        }
        Fact::ExecEnded { call_id, output, end, denied, as_previewed, .. } => {
            let denied = denied.map(|denial| EventMsg::SandboxDenied { call_id: call_id.clone(), denial });
            denied
                .into_iter()
                .chain([EventMsg::ExecCommandEnd { call_id, output, end, as_previewed }])
                .collect()
        }
        Fact::PatchStarted { call_id, auto_approved, .. } => {
            vec![EventMsg::PatchApplyBegin { call_id, auto_approved }]
        }
        Fact::PatchEnded { call_id, ended_by, outcomes } => {
            vec![EventMsg::PatchApplyEnd { call_id, ended_by, outcomes }]
        }
        Fact::PlanUpdated { call_id, plan } => vec![EventMsg::PlanUpdate { call_id, plan }],
        Fact::CallRejected { call_id, name, message } => {
            vec![EventMsg::ToolCallRejected { call_id, name, message }]
        }
        Fact::Checkpointed { note: Some(message), .. } => {
            vec![EventMsg::BackgroundEvent { severity: Severity::Warning, message }]
        }
        Fact::FilesLost { task_id, lost } => vec![EventMsg::FilesLost { task_id, lost }],
        Fact::Undone { undone } => vec![EventMsg::UndoApplied { undone }],
        Fact::CompactionStarted { auto, usage, .. } => {
            let count = usage.map(|last| {
                token_count(TokenUsage::default(), before.usage.plus(last), context_window, before)
            });
            [EventMsg::CompactionStarted { auto }].into_iter().chain(count).collect()
        }
        Fact::Compacted { summary, auto, usage, without_model, .. } => {
            let warned = without_model.then(|| {
                warning(
                    "the model could make no summary: the conversation goes on with its last parts"
                        .to_owned(),
                )
            });
            let count = usage.map(|last| {
                // what the next request sends is not known before it is sent
                token_count(TokenUsage::default(), before.usage.plus(last), context_window, before)
            });
            [EventMsg::ContextCompacted { summary, auto }].into_iter().chain(count).chain(warned).collect()
        }
        Fact::LimitReached { reached } => vec![EventMsg::LimitReached { reached }],
        Fact::LimitRaised { task_id, no_limit } => vec![EventMsg::LimitRaised { task_id, no_limit }],
        Fact::Titled { title } => vec![EventMsg::TitleChanged { title }],
        Fact::TaskAborted { task_id, reason } => {
            let waiting = before.task.iter().flat_map(|task| &task.calls).filter(|call| call.is_waiting());
            waiting
                .map(|call| EventMsg::ApprovalResolved {
                    call_id: call.id.clone(),
                    decision: None,
                    comments: Vec::new(),
                    check: None,
                })
                .chain([EventMsg::TurnAborted { task_id, reason }])
                .collect()
        }
        Fact::TaskCompleted { task_id, last_agent_message, duration_ms } => {
            vec![EventMsg::TaskComplete { task_id, last_agent_message, duration_ms }]
        }
    }
}

fn token_count(
    last: TokenUsage,
    total: TokenUsage,
    context_window: Option<u64>,
    before: &SessionState,
) -> EventMsg {
    let config = before.config.as_ref();
    let (provider, model) =
        config.map(|config| (config.provider.clone(), config.model.clone())).unwrap_or_default();
    EventMsg::TokenCount { last, total, context_window, provider, model }
}

/// A line for the person about an answer that is not whole.
fn about_answer(cut: Option<AnswerCut>, before: &SessionState) -> Option<String> {
    let task = before.task.as_ref()?;
    let why = match cut {
        Some(AnswerCut::Length) => "it is longer than the model may say at once",
        Some(AnswerCut::Filter) => "the vendor's content filter ended it",
        Some(AnswerCut::Unsaid) => "the vendor did not say why",
        None if task.answers.has_answered || task.is_compacting() => return None,
        None if task.answers.empty == 0 => {
            return Some("the model's answer was empty; it is asked once more".to_owned());
        }
        None => return Some("the model's answer was empty again".to_owned()),
    };
    Some(format!("the answer was cut off: {why}; the agent is told, and goes on"))
}

fn warning(message: String) -> EventMsg {
    EventMsg::BackgroundEvent { severity: Severity::Warning, message }
}

fn item_events(item: Item, before: &SessionState) -> Vec<EventMsg> {
    match item {
        Item::AgentMessage { text, interrupted, .. } => vec![EventMsg::AgentMessage { text, interrupted }],
        Item::Reasoning { summary, raw, .. } => {
            let show_raw = before.config.as_ref().is_some_and(|config| config.show_raw_agent_reasoning);
            let text = match raw {
                Some(raw) if show_raw && summary.is_empty() => raw,
                _ => summary.join("\n\n"),
            };
            if text.is_empty() { Vec::new() } else { vec![EventMsg::AgentReasoning { text }] }
        }
        _ => Vec::new(),
    }
}
