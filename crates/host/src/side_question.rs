//! Questions on the side.

use crate::api::{
    AskAsideArgs, CommandError, CommandResult, HunkRef, PatchTextArgs, SideAnswerView, StopAsideArgs, Update,
};
use crate::host::Host;
use crate::undo::unexpected;
use protocol::{AsideSubject, EventMsg, Op, OpId, SessionId, Submission, TokenUsage};
use tokio::sync::mpsc;
use uuid::Uuid;
use view::excerpt::first_lines;
use view::markdown::Markdown;

/// Longest name of a question.
const MAX_NAME_BYTES: usize = 64;

/// Bytes of a change that are quoted in a question.
const MAX_QUOTED_BYTES: usize = 32 * 1024;

/// Answer to a question on the side.
pub(crate) struct SideAnswer {
    pub(crate) text: String,
    pub(crate) stopped: bool,
    pub(crate) usage: Option<TokenUsage>,
}

impl Host {
    pub(crate) async fn ask_aside(&self, args: AskAsideArgs) -> CommandResult<SideAnswerView> {
        let AskAsideArgs { session, text, name, about } = args;
        let about = match about {
            Some(HunkRef { of, path, hunk }) => {
                let part = PatchTextArgs {
                    session: session.clone(),
                    of,
                    path: Some(path.clone()),
                    hunk: Some(hunk),
                };
                let patch = self.redactor().await.redact(&self.patch_of(part).await?);
                Some(AsideSubject::Change { path, patch: first_lines(&patch, MAX_QUOTED_BYTES) })
            }
            None => None,
        };
        let SideAnswer { text, stopped, usage } =
            self.side_answer(&session, name.as_deref(), Op::AskAside { text, about }).await?;
        Ok(SideAnswerView { blocks: Markdown::of(&text), text, stopped, usage })
    }

    pub(crate) async fn stop_aside(&self, args: StopAsideArgs) -> CommandResult<()> {
        let submitter = self.submitter(&args.session)?;
        let asked = op_id(&args.name)?;
        submitter.submit(Op::StopAside { asked }).await.map_err(|_| CommandError::session_not_open())?;
        Ok(())
    }

    /// Asks a question on the side and waits for its answer. Where it has a name, what comes of the answer meanwhile is published under
    /// that.
    pub(crate) async fn side_answer(
        &self,
        session: &SessionId,
        name: Option<&str>,
        op: Op,
    ) -> CommandResult<SideAnswer> {
        let id = name.map_or_else(|| Ok(OpId(Uuid::now_v7().to_string())), op_id)?;
        let submitter = self.submitter(session)?;
        let gone = || CommandError::new("the session ended before it had answered");
        let (sender, mut deltas) = mpsc::unbounded_channel();
        let mut answer = {
            let mut sessions = self.sessions();
            let pending = &mut sessions.get_mut(session).ok_or_else(gone)?.pending_answers;
            if pending.expects(&id) {
                return Err(CommandError::new("a question of this name is being answered"));
            }
            pending.expect(id.clone(), Some(sender))
        };
        submitter.submit_with_id(Submission { id, op }).await.map_err(|_| gone())?;
        let msg = loop {
            tokio::select! {
                biased;
                Some(delta) = deltas.recv() => {
                    if let Some(name) = name {
                        let update = Update::SideAnswer { name: name.to_owned(), delta };
                        self.subscribers().publish_event(&update);
                    }
                }
                msg = &mut answer => break msg.map_err(|_| gone())?,
            }
        };
        match msg {
            EventMsg::SideAnswer { text, stopped, usage } => Ok(SideAnswer { text, stopped, usage }),
            other => Err(unexpected(other)),
        }
    }
}

/// Returns the op of a question by the name that a window gave it.
fn op_id(name: &str) -> CommandResult<OpId> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.chars().all(is_name) {
        return Err(CommandError::new("the name of a question is letters, digits and hyphens"));
    }
    // apart from those of other ops
    Ok(OpId(format!("aside-{name}")))
}
