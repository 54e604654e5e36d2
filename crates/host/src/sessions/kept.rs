//! What is done with a session as a whole: forked, named, put away, deleted and restored.

use crate::Host;
use crate::api::{ArchiveArgs, CommandError, ForkArgs, RenameArgs, SessionArgs};
use crate::host::blocking;
use crate::problem::{plain, problem};
use protocol::{Op, SessionId};
use std::sync::Arc;
use std::time::Duration;
use transcript::{self, Shelf, TranscriptError};
use view::SessionStatus;

/// How long a session gets to end before it is moved.
const GOODBYE: Duration = Duration::from_secs(4);

/// Where sessions are that can be opened.
pub(crate) const OPENABLE: [Shelf; 2] = [Shelf::Sessions, Shelf::Archive];

impl Host {
    /// Begins a session as another one was up to the end of a task, and shows it.
    pub(crate) async fn fork(self: &Arc<Self>, args: ForkArgs) -> Result<SessionId, CommandError> {
        let home = self.home.clone();
        let forked = blocking(move || {
            let source = transcript::path_of(&home, &OPENABLE, &args.session)?;
            transcript::fork(&home, &source, args.task)
        });
        let forked = forked.await?.map_err(plain)?;
        self.list_again(vec![forked.path]).await;
        self.show_session(&forked.session_id).await?;
        Ok(forked.session_id)
    }

    /// Names a session, open or not.
    pub(crate) async fn rename(self: &Arc<Self>, args: RenameArgs) -> Result<(), CommandError> {
        if args.title.trim().is_empty() {
            return Err(plain("the name is empty"));
        }
        if let Ok(submitter) = self.submitter(&args.session) {
            let named = submitter.submit(Op::SetTitle { title: args.title }).await;
            return named
                .map(drop)
                .map_err(|_| problem("this session has just ended", Some("name it once more".to_owned())));
        }
        let home = self.home.clone();
        let renamed = blocking(move || {
            let path = transcript::path_of(&home, &Shelf::ALL, &args.session)?;
            transcript::rename(&path, &args.title).map(|()| path)
        });
        let path = renamed.await?.map_err(plain)?;
        self.list_again(vec![path]).await;
        Ok(())
    }

    /// Puts a session away, or takes it out again.
    pub(crate) async fn archive(self: &Arc<Self>, args: ArchiveArgs) -> Result<(), CommandError> {
        if args.archived {
            self.put(args.session, &[Shelf::Sessions], Shelf::Archive).await
        } else {
            self.put(args.session, &[Shelf::Archive], Shelf::Sessions).await
        }
    }

    /// Moves a session to the trash.
    pub(crate) async fn delete(self: &Arc<Self>, args: SessionArgs) -> Result<(), CommandError> {
        self.put(args.session, &OPENABLE, Shelf::Trash).await
    }

    /// Takes a session out of the trash.
    pub(crate) async fn restore(self: &Arc<Self>, args: SessionArgs) -> Result<(), CommandError> {
        self.put(args.session, &[Shelf::Trash], Shelf::Sessions).await
    }

    /// Puts a session on another shelf. One that is open is ended first, and shown no more.
    async fn put(
        self: &Arc<Self>,
        id: SessionId,
        from: &'static [Shelf],
        to: Shelf,
    ) -> Result<(), CommandError> {
        // nobody opens it meanwhile
        let _turn = self.beginning.lock().await;
        self.end(&id).await?;
        let (home, wanted) = (self.home.clone(), id.clone());
        let moved = blocking(move || {
            let before = transcript::path_of(&home, from, &wanted)?;
            let after = transcript::shelve(&home, &before, to)?;
            Ok::<_, TranscriptError>(vec![before, after])
        });
        let paths = moved.await?.map_err(plain)?;
        self.change(|state| {
            state.sessions.remove(&id);
            state.shown.take_if(|shown| *shown == id);
            state.projects.forget_session(&id);
            state.touch_app();
        });
        self.list_again(paths).await;
        self.save_projects().await
    }

    /// Ends a session that is open, and waits until its transcript is let go of.
    async fn end(&self, id: &SessionId) -> Result<(), CommandError> {
        let status = self.state().sessions.get(id).map(|open| open.timeline.session().status);
        match status {
            None | Some(SessionStatus::Ended) => return Ok(()),
            Some(SessionStatus::Running) => {
                return Err(problem("a task runs in this session", Some("stop it first".to_owned())));
            }
            Some(_) => {}
        }
        let mut ended = self.ended.subscribe();
        if let Ok(submitter) = self.submitter(id) {
            // one that has just ended needs no telling
            let _ = submitter.submit(Op::Shutdown).await;
        }
        let gone = ended.wait_for(|_| {
            self.state()
                .sessions
                .get(id)
                .is_none_or(|open| open.timeline.session().status == SessionStatus::Ended)
        });
        match tokio::time::timeout(GOODBYE, gone).await {
            Ok(_) => Ok(()),
            Err(_) => Err(problem("this session does not end", Some("try again in a moment".to_owned()))),
        }
    }
}
