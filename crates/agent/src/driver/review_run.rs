//! Reviews of patches by a second model: it asks, reads the project, comments, and writes nothing.

use super::driver_event::DriverEvent;
use super::running::Running;
use crate::reviewers::ReviewerModels;
use crate::tools::{self, PathAccess, ToolLocation, ToolRun};
use engine::review::{self, MAX_COMMENTS, ReviewCall};
use engine::{Input, ModelEvent, ReadTool, ReviewRequest};
use exec::Executor;
use futures_util::StreamExt as _;
use model::{Model, StreamEvent};
use protocol::{
    AnswerStatus, CallId, ErrorInfo, ErrorKind, HunkComment, Item, ModelReview, PatchProposal, ReviewEndedBy,
    TokenUsage, ToolOutput,
};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Maximum number of requests of a review.
const MAX_REQUESTS: usize = 30;

/// Maximum time of a review.
const MAX_TIME: Duration = Duration::from_mins(10);

/// Maximum number of attempts at one request.
const ATTEMPTS: usize = 3;

/// Maximum wait between two attempts.
const MAX_WAIT: Duration = Duration::from_secs(20);

impl Running {
    /// Has a second model review a call's patch, in place of the review before.
    pub(super) fn run_review(&mut self, (call_id, run): (CallId, u64), request: ReviewRequest) {
        let (setup, event_tx) = (self.setup.clone(), self.event_tx.clone());
        let cancel = CancellationToken::new();
        if let Some(before) = self.reviews.insert(call_id.clone(), cancel.clone()) {
            before.cancel();
        }
        tokio::spawn(async move {
            let whole = review(&setup.reviewers, &setup.config, &setup.executor, request, &cancel);
            // one that was stopped has ended already
            if let Some(result) = cancel.run_until_cancelled(whole).await {
                let review = Box::new(result);
                let _ = event_tx.send(DriverEvent::Input(Input::ReviewEnded { call_id, run, review }));
            }
        });
    }

    /// Stops the review of a call's patch.
    pub(super) fn stop_review(&mut self, call_id: &CallId) {
        if let Some(cancel) = self.reviews.remove(call_id) {
            cancel.cancel();
        }
    }
}

async fn review(
    models: &ReviewerModels,
    config: &config::Config,
    executor: &Executor,
    request: ReviewRequest,
    cancel: &CancellationToken,
) -> ModelReview {
    let started = Instant::now();
    let mut conversation = ReviewConversation {
        items: review::first_items(&request),
        comments: Vec::new(),
        summary: String::new(),
        usage: TokenUsage::default(),
    };
    let location = {
        let access = PathAccess::all_but(executor.hidden(&request.sandbox));
        Arc::new(ToolLocation::new(access, request.cwd.clone(), cancel.clone()))
    };
    let talk = async {
        let model = models.connect(config, &request.reviewer.provider).await?;
        conversation.run(model.as_ref(), &request, &location).await
    };
    let ended_by = match tokio::time::timeout(MAX_TIME, talk).await {
        Ok(Ok(())) => ReviewEndedBy::Completed,
        Ok(Err(error)) => ReviewEndedBy::Failed { error },
        Err(_) => {
            let message = format!("the review took longer than {} minutes", MAX_TIME.as_secs() / 60);
            ReviewEndedBy::Failed { error: ErrorInfo::new(ErrorKind::Model, message) }
        }
    };
    let ReviewConversation { mut comments, summary, usage, .. } = conversation;
    let place = |comment: &HunkComment| {
        let at = request.proposal.hunks().position(|(_, hunk)| hunk.id == comment.hunk);
        (at, comment.from)
    };
    comments.sort_by_key(place);
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    ModelReview { reviewer: request.reviewer, ended_by, comments, summary, duration_ms, usage }
}

/// Conversation of a review so far.
struct ReviewConversation {
    items: Vec<Arc<Item>>,
    comments: Vec<HunkComment>,
    summary: String,
    usage: TokenUsage,
}

impl ReviewConversation {
    /// Asks and carries out calls until the model makes none.
    async fn run(
        &mut self,
        model: &dyn Model,
        request: &ReviewRequest,
        location: &Arc<ToolLocation>,
    ) -> Result<(), ErrorInfo> {
        for _ in 0..MAX_REQUESTS {
            let answered = self.ask(model, request).await?;
            let mut has_called = false;
            for item in answered {
                let item = Arc::new(item);
                self.items.push(Arc::clone(&item));
                match &*item {
                    Item::AgentMessage { text, .. } => self.summary.clone_from(text),
                    Item::FunctionCall { call_id, .. } | Item::CustomCall { call_id, .. } => {
                        has_called = true;
                        let output = self.carry_out(&request.proposal, &item, location).await;
                        let custom = matches!(&*item, Item::CustomCall { .. });
                        self.items.push(Arc::new(answer_of(call_id.clone(), custom, output)));
                    }
                    _ => {}
                }
            }
            if !has_called {
                return Ok(());
            }
        }
        Err(ErrorInfo::new(
            ErrorKind::Model,
            format!("the reviewer came to no end in {MAX_REQUESTS} requests"),
        ))
    }

    /// Asks once, again after a failure that may pass.
    async fn ask(&mut self, model: &dyn Model, request: &ReviewRequest) -> Result<Vec<Item>, ErrorInfo> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let mut stream = model.stream(Arc::new(review::prompt(request, self.items.clone())));
            let mut items = Vec::new();
            let failure = loop {
                match stream.next().await {
                    Some(StreamEvent::Event(ModelEvent::ItemDone(item))) => items.push(item),
                    Some(StreamEvent::Event(ModelEvent::Completed { usage, .. })) => {
                        self.usage = self.usage.plus(usage.unwrap_or_default());
                        return Ok(items);
                    }
                    Some(StreamEvent::Failed(failure)) => break failure,
                    Some(_) => {}
                    None => {
                        let message = "the reviewer's answer ended before it was whole";
                        return Err(ErrorInfo::new(ErrorKind::Model, message));
                    }
                }
            };
            if !failure.retryable || attempts == ATTEMPTS {
                return Err(failure.error);
            }
            let wait = failure.retry_after_ms.map_or(Duration::from_secs(1), Duration::from_millis);
            tokio::time::sleep(wait.min(MAX_WAIT)).await;
        }
    }

    async fn carry_out(
        &mut self,
        proposal: &PatchProposal,
        call: &Item,
        location: &Arc<ToolLocation>,
    ) -> (bool, String) {
        match review::read_call(proposal, call) {
            ReviewCall::Comment(_) if self.comments.len() == MAX_COMMENTS => {
                (false, format!("there are {MAX_COMMENTS} comments already; come to an end"))
            }
            ReviewCall::Comment(comment) => {
                if !self.comments.contains(&comment) {
                    self.comments.push(comment);
                }
                (true, "added".to_owned())
            }
            ReviewCall::Unusable(why) => (false, why),
            ReviewCall::Read(tool) => {
                let location = Arc::clone(location);
                let read = tokio::task::spawn_blocking(move || read(&location, tool)).await;
                read.unwrap_or_else(|_| (false, "the tool broke down".to_owned()))
            }
        }
    }
}

/// Carries a reading call out, inside of the project; blocks.
fn read(location: &ToolLocation, tool: ReadTool) -> (bool, String) {
    let named = match &tool {
        ReadTool::ReadFile(args) => Some(PathBuf::from(&args.path)),
        ReadTool::ListDir(args) => args.path.as_ref().map(PathBuf::from),
        ReadTool::GrepFiles(args) => args.path.as_ref().map(PathBuf::from),
        _ => None,
    };
    if let Some(named) = named
        && !location.is_in_project(&named)
    {
        return (
            false,
            format!("{} lies outside of the project, which is all that a reviewer reads", named.display()),
        );
    }
    match tools::run_of(tool) {
        ToolRun::OnFiles(run) => {
            let outcome = tools::run_on_files(location, run);
            (outcome.result.succeeded(), outcome.model_output)
        }
        ToolRun::OnCommands(_) => (false, "a reviewer runs no commands".to_owned()),
    }
}

fn answer_of(call_id: CallId, custom: bool, (success, text): (bool, String)) -> Item {
    let status = Some(if success { AnswerStatus::Completed } else { AnswerStatus::Failed });
    let output = ToolOutput { text, success: Some(success), status, ..ToolOutput::default() };
    Item::CallOutput { call_id, custom, output }
}
