//! Prompts that wait for the end of the running task, and are sent then, one by one.

use crate::api::{
    CommandError, CommandResult, DraftArgs, DraftReply, OrderQueueArgs, QueueArgs, QueuedArgs, SaveDraftArgs,
    SubmitArgs, WindowOp,
};
use crate::commands::prompt;
use crate::host::Host;
use crate::prompt_queue::PromptQueue;
use crate::subscribers::AppPart;
use agent::Submitter;
use protocol::{InputItem, Op, SessionId};
use std::sync::Arc;
use view::SessionStatus;

impl Host {
    pub(crate) async fn queue_prompt(&self, args: QueueArgs) -> CommandResult<()> {
        let QueueArgs { session, items } = args;
        // one that is refused is refused while the person is there
        prompt(&items)?;
        let is_queued = {
            let mut sessions = self.sessions();
            let open = sessions.get_mut(&session).ok_or_else(CommandError::session_not_open)?;
            let status = open.timeline.session().status;
            let is_busy = matches!(status, SessionStatus::Running | SessionStatus::Waiting);
            if is_busy {
                open.queue.push(items.clone());
            }
            is_busy
        };
        if is_queued {
            return self.queue_changed(&session).await;
        }
        let op = WindowOp::UserInput { items };
        self.submit(SubmitArgs { session, op }).await.map(drop)
    }

    pub(crate) async fn take_queued(&self, args: QueuedArgs) -> CommandResult<Vec<InputItem>> {
        let items = self.sessions().get_mut(&args.session).and_then(|open| open.queue.take(args.prompt));
        self.queue_changed(&args.session).await?;
        items.ok_or_else(|| CommandError::new("this prompt was sent already, or removed"))
    }

    pub(crate) async fn order_queue(&self, args: OrderQueueArgs) -> CommandResult<()> {
        if let Some(open) = self.sessions().get_mut(&args.session) {
            open.queue.order(&args.prompts);
        }
        self.queue_changed(&args.session).await
    }

    pub(crate) async fn send_queued(&self, args: QueuedArgs) -> CommandResult<()> {
        let QueuedArgs { session, prompt } = args;
        let items = self.take_queued(QueuedArgs { session: session.clone(), prompt }).await?;
        if let Some(open) = self.sessions().get_mut(&session) {
            // who sends one goes on with the others
            open.queue.set_held(false);
        }
        let op = WindowOp::UserInput { items };
        self.submit(SubmitArgs { session: session.clone(), op }).await?;
        self.queue_changed(&session).await
    }

    /// Sends the prompt that a session sends next. The one that waited for the end of a task is sent by whoever saw the end.
    pub(crate) fn send_next(
        self: &Arc<Self>,
        session: &SessionId,
        submitter: Submitter,
        items: Vec<InputItem>,
    ) {
        let (host, session) = (self.clone(), session.clone());
        tokio::spawn(async move {
            let text = prompt(&items).unwrap_or_default();
            if submitter.submit(Op::UserInput { items }).await.is_err() {
                tracing::warn!(%session, "a queued prompt was not sent: the session has ended");
            } else if !text.is_empty() {
                // a history that cannot be written is told by the session itself
                let _ = submitter.submit(Op::AddToHistory { text }).await;
            }
            host.save_queue(&session).await;
        });
    }

    /// Returns the queue of a session as it was saved; it is held, since nobody has looked at it since.
    pub(crate) async fn saved_queue(&self, session: &SessionId) -> PromptQueue {
        match self.draft(DraftArgs { key: key(session) }).await {
            Ok(DraftReply { content: Some(content), .. }) => PromptQueue::restore(&content),
            _ => PromptQueue::default(),
        }
    }

    async fn queue_changed(&self, session: &SessionId) -> CommandResult<()> {
        self.mark_app_dirty(AppPart::Sessions);
        self.save_queue(session).await;
        Ok(())
    }

    async fn save_queue(&self, session: &SessionId) {
        let content = self.sessions().get(session).and_then(|open| open.queue.content());
        if let Err(error) = self.save_draft(SaveDraftArgs { key: key(session), content }).await {
            tracing::warn!(message = error.message, "the queue is not kept over a restart");
        }
    }
}

/// Returns the key under which a queue is saved among the drafts.
fn key(session: &SessionId) -> String {
    format!("queue {session}")
}
