//! Commands about a session as a whole: fork, rename, archive, delete, restore.

use crate::api::{ArchiveArgs, CommandError, ForkArgs, RenameArgs, SessionArgs};
use crate::blocking::blocking;
use crate::host::Host;
use crate::open_sessions::OpenSession;
use crate::subscribers::AppPart;
use protocol::{Op, SessionId};
use std::sync::Arc;
use std::time::Duration;
use transcript::{self, SessionLocation, TranscriptError};
use view::SessionStatus;

/// Longest time in which a session may end before it is moved.
const END_TIMEOUT: Duration = Duration::from_secs(4);

/// Locations of sessions that can be opened.
pub(crate) const OPENABLE: [SessionLocation; 2] = [SessionLocation::Sessions, SessionLocation::Archive];

impl Host {
    /// Starts a session as another one was up to the end of a task, and opens it.
    pub(crate) async fn fork(self: &Arc<Self>, args: ForkArgs) -> Result<SessionId, CommandError> {
        let home = self.home.clone();
        let forked = blocking(move || {
            let source = transcript::path_of(&home, &OPENABLE, &args.session)?;
            transcript::fork(&home, &source, args.task)
        });
        let forked = forked.await?.map_err(CommandError::new)?;
        self.list_again(vec![forked.path]).await;
        self.open(&forked.session_id).await?;
        Ok(forked.session_id)
    }

    /// Renames a session, open or not.
    pub(crate) async fn rename(self: &Arc<Self>, args: RenameArgs) -> Result<(), CommandError> {
        if args.title.trim().is_empty() {
            return Err(CommandError::new("the name is empty"));
        }
        if let Ok(submitter) = self.submitter(&args.session) {
            let named = submitter.submit(Op::SetTitle { title: args.title }).await;
            return named
                .map(drop)
                .map_err(|_| CommandError::with_hint("this session has just ended", "name it once more"));
        }
        let home = self.home.clone();
        let renamed = blocking(move || {
            let path = transcript::path_of(&home, &SessionLocation::ALL, &args.session)?;
            transcript::rename(&path, &args.title).map(|()| path)
        });
        let path = renamed.await?.map_err(CommandError::new)?;
        self.list_again(vec![path]).await;
        Ok(())
    }

    /// Moves a session to the archive, or back.
    pub(crate) async fn archive(self: &Arc<Self>, args: ArchiveArgs) -> Result<(), CommandError> {
        if args.archived {
            self.move_to(args.session, &[SessionLocation::Sessions], SessionLocation::Archive).await
        } else {
            self.move_to(args.session, &[SessionLocation::Archive], SessionLocation::Sessions).await
        }
    }

    /// Moves a session to the trash.
    pub(crate) async fn delete(self: &Arc<Self>, args: SessionArgs) -> Result<(), CommandError> {
        self.move_to(args.session, &OPENABLE, SessionLocation::Trash).await
    }

    /// Moves a session out of the trash.
    pub(crate) async fn restore(self: &Arc<Self>, args: SessionArgs) -> Result<(), CommandError> {
        self.move_to(args.session, &[SessionLocation::Trash], SessionLocation::Sessions).await
    }

    /// Moves a session to another location. One that is open is ended first, and its subscriptions are closed.
    async fn move_to(
        self: &Arc<Self>,
        id: SessionId,
        from: &'static [SessionLocation],
        to: SessionLocation,
    ) -> Result<(), CommandError> {
        // nobody opens it meanwhile
        let _turn = self.opening.lock().await;
        self.end(&id).await?;
        let (home, wanted) = (self.home.clone(), id.clone());
        let moved = blocking(move || {
            let before = transcript::path_of(&home, from, &wanted)?;
            let after = transcript::move_to(&home, &before, to)?;
            Ok::<_, TranscriptError>(vec![before, after])
        });
        let paths = moved.await?.map_err(CommandError::new)?;
        {
            let mut sessions = self.sessions();
            sessions.remove(&id);
            self.projects().forget_session(&id);
            self.subscribers().close(&id);
        }
        self.mark_app_dirty(AppPart::Sessions);
        self.list_again(paths).await;
        self.save_projects().await
    }

    /// Ends a session that is open, and waits until its transcript is let go of.
    pub(crate) async fn end(&self, id: &SessionId) -> Result<(), CommandError> {
        let status = self.sessions().get(id).map(|open| open.timeline.session().status);
        match status {
            None | Some(SessionStatus::Ended) => return Ok(()),
            Some(SessionStatus::Running) => {
                return Err(CommandError::with_hint("a task runs in this session", "stop it first"));
            }
            Some(_) => {}
        }
        let mut ended = self.ended.subscribe();
        if let Ok(submitter) = self.submitter(id) {
            // one that has just ended needs no telling
            let _ = submitter.submit(Op::Shutdown).await;
        }
        let gone = ended.wait_for(|_| self.sessions().get(id).is_none_or(OpenSession::has_ended));
        match tokio::time::timeout(END_TIMEOUT, gone).await {
            Ok(_) => Ok(()),
            Err(_) => Err(CommandError::with_hint("this session does not end", "try again in a moment")),
        }
    }
}
