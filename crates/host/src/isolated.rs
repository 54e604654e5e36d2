//! Isolated copies of folders: listed, brought in, discarded.

use crate::api::{CommandError, CommandResult, Copies, CopyArgs, CopySession, CopyView, NoArgs};
use crate::blocking::blocking;
use crate::host::Host;
use crate::projects::{ProjectRecord, tilde};
use crate::subscribers::AppPart;
use agent::copies;
use protocol::{CopyId, IsolatedCopy, Op, SessionId};
use std::collections::HashMap;
use std::sync::Arc;
use transcript::SessionQuery;

/// Most sessions whose titles are looked up.
const MAX_TITLES: u32 = 1000;

impl Host {
    pub(crate) async fn isolated_copies(self: &Arc<Self>, _: NoArgs) -> CommandResult<Copies> {
        let (host, home) = (self.clone(), self.home.clone());
        let listed = blocking(move || {
            let copies = copies::list(&home);
            let all = SessionQuery { count: MAX_TITLES, ..SessionQuery::default() };
            // without the index they have no titles
            let sessions = if copies.is_empty() { None } else { host.index.list(&home, &all).ok() };
            let titles: HashMap<_, _> = sessions
                .map(|page| page.sessions)
                .unwrap_or_default()
                .into_iter()
                .map(|session| (session.session_id, session.title))
                .collect();
            (copies, titles)
        });
        let (copies, mut titles) = listed.await?;
        for (id, open) in self.sessions().iter() {
            titles.insert(id.clone(), open.timeline.session().title.clone());
        }
        let projects = self.projects();
        let home = std::env::home_dir();
        let view = |copy: IsolatedCopy| {
            let project = projects.at(&copy.folder);
            let session = |id: SessionId| {
                let title = titles.get(&id).cloned().unwrap_or_default();
                CopySession { id, title }
            };
            CopyView {
                id: copy.id,
                project: project.map(|project| project.id.clone()),
                folder: project.map_or_else(|| tilde(&copy.folder, home.as_deref()), ProjectRecord::name),
                created_ms: copy.created_ms,
                bytes: copy.bytes,
                sessions: copy.sessions.into_iter().map(session).collect(),
                discarded: copy.discarded,
            }
        };
        Ok(copies.into_iter().map(view).collect())
    }

    pub(crate) async fn bring_in(self: &Arc<Self>, args: CopyArgs) -> CommandResult<SessionId> {
        let copies = self.isolated_copies(NoArgs {}).await?;
        let copy = copies.into_iter().find(|copy| copy.id == args.copy).ok_or_else(no_such_copy)?;
        if copy.discarded {
            return Err(CommandError::with_hint("this isolated copy was discarded", "restore it first"));
        }
        let project = copy.project.ok_or_else(|| {
            CommandError::with_hint(
                format!("this is a copy of the folder {}", copy.folder),
                "pick that folder first",
            )
        })?;
        let session = self.begin_session(&project, None, false).await?;
        let title = copy.sessions.first().map(|session| session.title.trim()).unwrap_or_default();
        let title =
            if title.is_empty() { "Bring in changes".to_owned() } else { format!("Bring in: {title}") };
        let submitter = self.submitter(&session)?;
        for op in [Op::SetTitle { title }, Op::BringIn { copy: args.copy }] {
            submitter.submit(op).await.map_err(|_| CommandError::session_not_open())?;
        }
        Ok(session)
    }

    pub(crate) async fn discard_copy(self: &Arc<Self>, args: CopyArgs) -> CommandResult<()> {
        {
            let _turn = self.opening.lock().await;
            self.end_sessions_of(&args.copy).await?;
            let home = self.home.clone();
            blocking(move || copies::discard(&home, &args.copy)).await??;
        }
        self.copies_changed().await;
        Ok(())
    }

    pub(crate) async fn restore_copy(self: &Arc<Self>, args: CopyArgs) -> CommandResult<()> {
        let home = self.home.clone();
        blocking(move || copies::restore(&home, &args.copy)).await??;
        self.copies_changed().await;
        Ok(())
    }

    pub(crate) async fn empty_copy_trash(&self, _: NoArgs) -> CommandResult<()> {
        let home = self.home.clone();
        blocking(move || copies::empty_trash(&home)).await.map(drop)
    }

    /// Ends the open sessions that work on a copy.
    ///
    /// # Errors
    /// Fails when a task runs in one of them.
    pub(crate) async fn end_sessions_of(&self, copy: &CopyId) -> CommandResult<()> {
        let open: Vec<SessionId> = {
            let sessions = self.sessions();
            let of_copy = sessions.iter().filter(|(_, open)| {
                open.timeline.session().isolated.as_ref() == Some(copy) && !open.has_ended()
            });
            of_copy.map(|(id, _)| id.clone()).collect()
        };
        for id in open {
            self.end(&id).await?;
        }
        Ok(())
    }

    /// Reads anew which sessions work on copies.
    pub(crate) async fn copies_changed(&self) {
        let home = self.home.clone();
        let Ok(copies) = blocking(move || copies::sessions(&home)).await else { return };
        let of_session = copies
            .into_iter()
            .flat_map(|(copy, sessions)| sessions.into_iter().map(move |session| (session, copy.clone())));
        if self.sessions().set_copies(of_session.collect()) {
            self.mark_app_dirty(AppPart::Sessions);
        }
    }
}

fn no_such_copy() -> CommandError {
    CommandError::with_hint("there is no such isolated copy any more", "refresh the list of copies")
}
