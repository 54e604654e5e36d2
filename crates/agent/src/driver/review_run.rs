//! Reviews of patches by a second model: it asks, reads the project, comments, and writes nothing.

use super::driver_event::DriverEvent;
use super::running::Running;
use super::setup::AgentSetup;
use crate::tools::{self, PathAccess, ToolLocation, ToolRun};
use engine::review::{self, MAX_COMMENTS, ReviewCall};
use engine::{Input, ModelEvent, ReadTool, ReviewFindings, ReviewRequest};
use futures_util::StreamExt as _;
use model::{Model, StreamEvent};
use protocol::{
    AnswerCut, AnswerStatus, CallId, ErrorInfo, ErrorKind, HunkComment, Item, ModelPrice, ModelReview,
    PatchProposal, ReviewEndedBy, ToolOutput,
};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// Maximum number of requests of a review.
const MAX_REQUESTS: usize = 30;

/// Longest last words of a review, in bytes.
const MAX_SUMMARY_BYTES: usize = 4 * 1024;

/// Maximum time of a review.
const MAX_TIME: Duration = Duration::from_mins(10);

/// Maximum time that a provider has after the last answer to tell what its model costs.
const PRICE_TIME: Duration = Duration::from_secs(1);

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
            let tell = |findings: &ReviewFindings| {
                let (call_id, findings) = (call_id.clone(), findings.clone());
                let _ = event_tx.send(DriverEvent::Input(Input::ReviewWent { call_id, run, findings }));
            };
            let whole = review(&setup, request, &cancel, &tell);
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

/// Reviews a patch; what was found by then is told whenever there is more.
async fn review(
    setup: &AgentSetup,
    request: ReviewRequest,
    cancel: &CancellationToken,
    tell: &(dyn Fn(&ReviewFindings) + Sync),
) -> ModelReview {
    let started = Instant::now();
    let listed_price = Arc::new(OnceLock::new());
    let mut conversation = ReviewConversation {
        items: review::first_items(&request),
        findings: ReviewFindings::default(),
        summary: String::new(),
        config_price: setup.config.prices.get(&request.reviewer.model).copied(),
        listed_price: listed_price.clone(),
        tell,
    };
    let reading = cancel.child_token();
    let location = {
        let access = PathAccess::within(&request.cwd, setup.executor.hidden(&request.sandbox));
        Arc::new(ToolLocation::new(access, request.cwd.clone(), reading.clone()))
    };
    let talk = async {
        let model = setup.reviewers.connect(&setup.config, &request.reviewer.provider).await?;
        let listed = model.listed(&request.reviewer.model);
        let lookup = AbortOnDropHandle::new(tokio::spawn(async move {
            if let Some(price) = listed.await.and_then(|listed| listed.price) {
                let _ = listed_price.set(price);
            }
        }));
        let ended = conversation.run(model.as_ref(), &request, &location).await;
        if ended.is_ok() {
            // without it the config's price holds
            let _ = tokio::time::timeout(PRICE_TIME, lookup).await;
        }
        conversation.count_cost();
        ended
    };
    let ended_by = match tokio::time::timeout(MAX_TIME, talk).await {
        Ok(Ok(())) => ReviewEndedBy::Completed,
        Ok(Err(error)) => ReviewEndedBy::Failed { error },
        Err(_) => {
            reading.cancel();
            let message = format!("the review took longer than {} minutes", MAX_TIME.as_secs() / 60);
            ReviewEndedBy::Failed { error: ErrorInfo::new(ErrorKind::Model, message) }
        }
    };
    let ReviewConversation { findings: ReviewFindings { mut comments, usage, cost }, summary, .. } =
        conversation;
    let place = |comment: &HunkComment| {
        let at = request.proposal.hunks().position(|(_, hunk)| hunk.id == comment.hunk);
        (at, comment.from)
    };
    comments.sort_by_key(place);
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let unseen = review::unseen(&request.proposal);
    ModelReview { reviewer: request.reviewer, ended_by, comments, summary, unseen, duration_ms, usage, cost }
}

/// Conversation of a review so far.
struct ReviewConversation<'t> {
    items: Vec<Arc<Item>>,
    findings: ReviewFindings,
    summary: String,
    /// Price of the reviewer's model in the config.
    config_price: Option<ModelPrice>,
    /// Price that its provider lists, as soon as it has: it goes before the config's.
    listed_price: Arc<OnceLock<ModelPrice>>,
    /// Takes what was found, whenever there is more.
    tell: &'t (dyn Fn(&ReviewFindings) + Sync),
}

impl ReviewConversation<'_> {
    fn count_cost(&mut self) {
        let price = self.listed_price.get().or(self.config_price.as_ref());
        self.findings.cost = price.map(|price| price.cost(&self.findings.usage));
    }

    /// Asks and carries out calls until the model makes none, and has said something.
    async fn run(
        &mut self,
        model: &dyn Model,
        request: &ReviewRequest,
        location: &Arc<ToolLocation>,
    ) -> Result<(), ErrorInfo> {
        for _ in 0..MAX_REQUESTS {
            let (answered, cut) = self.ask(model, request).await?;
            // what it used is counted, whatever stops the review meanwhile
            (self.tell)(&self.findings);
            let mut has_called = false;
            for item in answered {
                let item = Arc::new(item);
                self.items.push(Arc::clone(&item));
                match &*item {
                    Item::AgentMessage { text, .. } => {
                        text[..text.floor_char_boundary(MAX_SUMMARY_BYTES)].clone_into(&mut self.summary);
                    }
                    Item::FunctionCall { call_id, .. } | Item::CustomCall { call_id, .. } => {
                        has_called = true;
                        let output = self.carry_out(&request.proposal, &item, location).await;
                        let custom = matches!(&*item, Item::CustomCall { .. });
                        self.items.push(Arc::new(answer_of(call_id.clone(), custom, output)));
                    }
                    _ => {}
                }
            }
            (self.tell)(&self.findings);
            match cut {
                // what it called for is done, and it can go on
                _ if has_called => {}
                Some(cut) => {
                    let why = match cut {
                        AnswerCut::Length => "is longer than the model may say at once",
                        AnswerCut::Filter => "was ended by the provider's content filter",
                        AnswerCut::Unsaid => "was cut off by the provider",
                    };
                    return Err(ErrorInfo::new(ErrorKind::Model, format!("the reviewer's answer {why}")));
                }
                None if self.summary.trim().is_empty() && self.findings.comments.is_empty() => {
                    let message = "the reviewer's answer is empty";
                    return Err(ErrorInfo::new(ErrorKind::Model, message));
                }
                None => return Ok(()),
            }
        }
        Err(ErrorInfo::new(
            ErrorKind::Model,
            format!("the reviewer came to no end in {MAX_REQUESTS} requests"),
        ))
    }

    /// Asks once, again after a failure that may pass.
    async fn ask(
        &mut self,
        model: &dyn Model,
        request: &ReviewRequest,
    ) -> Result<(Vec<Item>, Option<AnswerCut>), ErrorInfo> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let mut stream = model.stream(Arc::new(review::prompt(request, self.items.clone())));
            let mut items = Vec::new();
            let failure = loop {
                match stream.next().await {
                    Some(StreamEvent::Event(ModelEvent::ItemDone(item))) => items.push(item),
                    Some(StreamEvent::Event(ModelEvent::Completed { usage, cut })) => {
                        let used = self.findings.usage.plus(usage.unwrap_or_default());
                        self.findings.usage = used;
                        self.count_cost();
                        return Ok((items, cut));
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
            ReviewCall::Comment(_) if self.findings.comments.len() == MAX_COMMENTS => {
                (false, format!("there are {MAX_COMMENTS} comments already; come to an end"))
            }
            ReviewCall::Comment(comment) => {
                if !self.findings.comments.contains(&comment) {
                    self.findings.comments.push(comment);
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

/// Carries a reading call out; blocks.
fn read(location: &ToolLocation, tool: ReadTool) -> (bool, String) {
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
