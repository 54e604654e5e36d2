//! Sessions: started, opened, listened to, and closed.

mod archive;
mod export;
mod list;

use crate::api::{CommandError, ProjectView, SessionSummary};
use crate::blocking::blocking;
use crate::clock::now_ms;
use crate::host::Host;
use crate::mcp;
use crate::notifications::notification_for;
use crate::open_sessions::OpenSession;
use crate::pending_answers::PendingAnswers;
use crate::projects::{self, ProjectRecord};
use crate::session_folder::SessionFolder;
use crate::subscribers::AppPart;
use agent::copies;
use agent::session::{self, ModelChoice, OpenRequest, OpenedSession, Overrides, Resume};
use agent::{Events, Submitter};
use archive::OPENABLE;
use protocol::{AbortReason, CopyId, Event, EventMsg, Op, OpId, SessionId};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use transcript::{self, SessionHeader, TranscriptError};
use view::{Change, SessionStatus, Timeline};

/// Sessions held open; beyond that those that are idle longest are let go.
const MAX_OPEN: usize = 8;

/// A session to open.
enum Begin {
    /// The one with this transcript.
    Resume(PathBuf, Box<SessionHeader>),
    /// A new one.
    New { provider: Option<String>, isolated: bool },
}

impl Host {
    /// Starts a session in a folder, with the given provider or the default one; `isolated`, on an isolated copy of it.
    pub(crate) async fn begin_session(
        self: &Arc<Self>,
        project: &str,
        provider: Option<String>,
        isolated: bool,
    ) -> Result<SessionId, CommandError> {
        let _turn = self.opening.lock().await;
        let project = self.enter_project(project).await?;
        let begin = Begin::New { provider, isolated };
        let id = self.launch(&project, begin).await?;
        self.remember_last(&project.id, &id).await;
        Ok(id)
    }

    /// Opens a session, resumed when it is not open, and its folder when that is another one of the list.
    pub(crate) async fn open(self: &Arc<Self>, id: &SessionId) -> Result<(), CommandError> {
        let _turn = self.opening.lock().await;
        self.open_in_turn(id).await
    }

    /// Like [`open`](Self::open); the caller holds `self.opening`.
    async fn open_in_turn(self: &Arc<Self>, id: &SessionId) -> Result<(), CommandError> {
        let open = self.sessions().get_mut(id).map(|open| {
            open.used_ms = now_ms();
            (open.project.clone(), open.has_ended())
        });
        if let Some((project, false)) = open {
            let project = self.enter_project(&project).await?;
            self.remember_last(&project.id, id).await;
            return Ok(());
        }
        let (home, wanted) = (self.home.clone(), id.clone());
        let found = blocking(move || {
            let path = transcript::path_of(&home, &OPENABLE, &wanted)?;
            Ok::<_, TranscriptError>((transcript::header(&path)?, path))
        });
        let (header, path) = found.await?.map_err(|error| match error {
            TranscriptError::NotFound { .. } => {
                CommandError::with_hint("there is no such session any more", "pick one from the list")
            }
            error => CommandError::new(error),
        })?;
        let project = self.projects().at(&header.meta.cwd).map(|project| project.id.clone());
        let project = project.ok_or_else(|| {
            CommandError::with_hint(
                format!("this session is of the folder {}", header.meta.cwd.display()),
                "pick that folder first",
            )
        })?;
        let project = self.enter_project(&project).await?;
        self.launch(&project, Begin::Resume(path, Box::new(header))).await?;
        self.remember_last(&project.id, id).await;
        Ok(())
    }

    /// Opens a folder of the list unless it is open.
    async fn enter_project(self: &Arc<Self>, id: &str) -> Result<ProjectRecord, CommandError> {
        let found = {
            let projects = self.projects();
            let is_open = projects.current_id().as_deref() == Some(id);
            projects.get(id).map(|project| (project.path.clone(), is_open))
        };
        match found.ok_or_else(CommandError::no_such_project)? {
            (_, true) => {}
            (path, false) => drop(self.enter(&path).await?),
        }
        self.open_project_record()
    }

    /// Opens a folder, and in the background the session used last in it. `path` may be relative to the process's folder.
    pub async fn open_folder(self: &Arc<Self>, path: &Path) -> Result<ProjectView, CommandError> {
        let (view, last) = self.enter(path).await?;
        if let Some(last) = last {
            let (host, project) = (self.clone(), view.id.clone());
            tokio::spawn(async move {
                if let Err(error) = host.resume_last(&project, &last).await {
                    tracing::warn!(session = %last, message = error.message, "cannot open the last session");
                }
            });
        }
        Ok(view)
    }

    /// Opens a folder. Returns the session that was used last in it.
    async fn enter(self: &Arc<Self>, path: &Path) -> Result<(ProjectView, Option<SessionId>), CommandError> {
        let (host, given) = (self.clone(), path.to_owned());
        let found = blocking(move || {
            let folder = given.canonicalize().and_then(|folder| folder.read_dir().map(|_| folder));
            let folder: PathBuf = folder.map_err(|error| {
                CommandError::with_hint(
                    format!("cannot open the folder {}: {error}", given.display()),
                    "pick another folder",
                )
            })?;
            // what cannot be listed now is when the index has been mended
            Ok::<_, CommandError>((host.sessions_of(&folder).unwrap_or_default(), folder))
        });
        let (listed, folder) = found.await??;
        let (view, last) = {
            let mut sessions = self.sessions();
            let mut projects = self.projects();
            let project = projects.open(&self.home, &folder, now_ms());
            sessions.listed = listed;
            (projects.view(&project.id), project.last_session)
        };
        self.mark_app_dirty(AppPart::Projects);
        self.mark_app_dirty(AppPart::Sessions);
        self.save_projects().await?;
        self.refresh_sessions();
        self.copies_changed().await;
        let view = view.ok_or_else(|| CommandError::new("the folder is not on the list any more"))?;
        Ok((view, last))
    }

    /// Opens the session used last in a folder, unless another folder was opened meanwhile.
    async fn resume_last(self: &Arc<Self>, project: &str, id: &SessionId) -> Result<(), CommandError> {
        let _turn = self.opening.lock().await;
        let is_still_open = self.projects().current_id().as_deref() == Some(project);
        if is_still_open { self.open_in_turn(id).await } else { Ok(()) }
    }

    /// Returns the submitter of a session that takes ops.
    pub(crate) fn submitter(&self, id: &SessionId) -> Result<Submitter, CommandError> {
        let sessions = self.sessions();
        let open = sessions.get(id).filter(|open| !open.has_ended());
        open.map(|open| open.submitter.clone()).ok_or_else(CommandError::session_not_open)
    }

    /// Remembers the session that a folder starts with.
    async fn remember_last(&self, project: &str, id: &SessionId) {
        if let Some(project) = self.projects().get_mut(project) {
            project.last_session = Some(id.clone());
        }
        self.mark_app_dirty(AppPart::Sessions);
        if let Err(error) = self.save_projects().await {
            tracing::warn!(message = error.message, "cannot remember which session was used last");
        }
    }

    /// Opens a session in `project`, and returns when its past is replayed.
    async fn launch(
        self: &Arc<Self>,
        project: &ProjectRecord,
        begin: Begin,
    ) -> Result<SessionId, CommandError> {
        if project.unconfirmed().is_some() {
            return Err(CommandError::with_hint(
                format!("{} holds more than a project", project.path.display()),
                "confirm that the agent may work in it, or open another folder",
            ));
        }
        self.providers_known().await;
        self.let_idle_go().await;
        self.reload_config().await?;
        let (resume, provider, isolated) = match begin {
            Begin::Resume(path, header) => (Some(Resume { path, header: *header }), None, false),
            Begin::New { provider, isolated } => (None, provider, isolated),
        };
        let header = resume.as_ref().map(|resume| &resume.header);
        let forked_from = header.and_then(|header| header.meta.forked_from.clone());
        if let Some(copy) = header.and_then(|header| header.last_config.as_ref()?.isolated.as_ref()) {
            // one session at a time works on a copy
            self.end_sessions_of(copy).await?;
        }
        let (home, folder) = (self.home.clone(), project.path.clone());
        let copy =
            if isolated { Some(blocking(move || copies::create(&home, &folder)).await??) } else { None };
        let (home, folder) = (self.home.clone(), project.path.clone());
        let trust = blocking(move || projects::trust_of(&home, &folder)).await?;
        let settings = self.settings();
        let overrides = Overrides {
            overlay: self.overlay().clone(),
            provider,
            practice_only: self.practice,
            ..Overrides::default()
        };
        let request = OpenRequest {
            overrides,
            resume,
            isolated: copy,
            keychain: self.keychain.clone(),
            session_keys: self.providers().session_keys.clone(),
            executor: Some(self.executor.clone()),
            fallback: Some(ModelChoice { provider: settings.provider, model: settings.model }),
            ..OpenRequest::new(self.home.clone(), project.path.clone(), trust)
        };
        let mut timeline = Timeline::default();
        let (mut updated_ms, mut configured) = (now_ms(), None);
        let session = session::open(request, |event| {
            timeline.take_in(event);
            match (&event.msg, &configured) {
                (EventMsg::SessionConfigured { session_id, .. }, _) => configured = Some(session_id.clone()),
                (msg, Some(id)) => self.outputs().record(id, msg),
                _ => {}
            }
            if event.replay {
                updated_ms = event.at_ms;
            }
        })
        .await?;
        let OpenedSession { id, transcript: path, submitter, events, mcp, .. } = session;
        let queue = self.saved_queue(&id).await;
        let files = self.session_files(project.path.clone(), timeline.session().isolated.clone()).await?;

        let open = OpenSession {
            project: project.id.clone(),
            submitter,
            timeline,
            pending_answers: PendingAnswers::default(),
            mcp: mcp.clone(),
            is_archived: path.starts_with(self.home.archived_sessions_dir()),
            path: path.clone(),
            folder: project.name(),
            files,
            forked_from,
            updated_ms,
            used_ms: now_ms(),
            queue,
            is_unseen: false,
        };
        {
            let mut sessions = self.sessions();
            // whoever still reads it as it was when it ended goes on with this one
            self.subscribers().invalidate(&id);
            let waiting = open.waiting_calls();
            self.inbox().set(&id, &open.project, &waiting, updated_ms);
            sessions.insert(id.clone(), open);
        }
        self.mark_app_dirty(AppPart::Sessions);
        self.inbox_changed();
        tokio::spawn(mcp::watch_statuses(Arc::downgrade(self), mcp.subscribe()));
        self.running.spawn(listen(Arc::downgrade(self), id.clone(), events));
        // beside everything else: who waits for a session does not wait for the list
        let (host, written) = (self.clone(), vec![path]);
        tokio::spawn(async move { host.list_again(written).await });
        Ok(id)
    }

    /// Returns where the files of a session lie.
    async fn session_files(
        &self,
        project: PathBuf,
        copy: Option<CopyId>,
    ) -> Result<SessionFolder, CommandError> {
        let Some(copy) = copy else { return Ok(SessionFolder { project, copy: None }) };
        self.copies_changed().await;
        let home = self.home.clone();
        let view = blocking(move || (copies::view(&home, &copy, &project), project)).await?;
        Ok(SessionFolder { copy: Some(view.0?), project: view.1 })
    }

    /// Ends sessions that are idle and that nobody follows, the ones used longest ago first, until one more may be opened.
    async fn let_idle_go(&self) {
        let idle = {
            let sessions = self.sessions();
            let subscribers = self.subscribers();
            let over = (sessions.len() + 1).saturating_sub(MAX_OPEN);
            let mut idle: Vec<_> = sessions
                .iter()
                .filter(|(id, open)| {
                    !subscribers.has(id)
                        && open.queue.is_empty()
                        && open.timeline.session().status == SessionStatus::Idle
                })
                .map(|(_, open)| (open.used_ms.max(open.updated_ms), open.submitter.clone()))
                .collect();
            idle.sort_by_key(|(used_ms, _)| *used_ms);
            idle.truncate(over);
            idle
        };
        for (_, submitter) in idle {
            // one that has just ended needs no op
            let _ = submitter.submit(Op::Shutdown).await;
        }
    }

    /// Applies one event of an open session, and publishes what changed.
    fn apply_event(self: &Arc<Self>, id: &SessionId, event: &Event) {
        self.outputs().record(id, &event.msg);
        let (notification, inbox_changed, summary_changed) = {
            let mut sessions = self.sessions();
            let Some(open) = sessions.get_mut(id) else { return };
            if open.pending_answers.answer(event) {
                return;
            }
            let before = open.summary(id);
            self.apply_to_timeline(id, open, event);
            match event.msg {
                EventMsg::TaskComplete { .. } if !event.replay => {
                    if let Some(items) = open.queue.next() {
                        self.send_next(id, open.submitter.clone(), items);
                    }
                }
                // what was to follow was meant to follow something else
                EventMsg::TurnAborted { .. } => open.queue.set_held(true),
                _ => {}
            }
            // a time that changes with every event is no reason to send the whole list again
            let changed = SessionSummary { updated_ms: before.updated_ms, ..open.summary(id) } != before;
            open.updated_ms = event.at_ms;
            if ends_task(event) {
                open.is_unseen = true;
                self.mark_app_dirty(AppPart::Sessions);
            }
            if changed {
                self.mark_app_dirty(AppPart::Sessions);
            }
            let inbox_changed = self.inbox().set(id, &open.project, &open.waiting_calls(), event.at_ms);
            let error = open.timeline.session().error.as_ref().map(|error| error.message.as_str());
            (notification_for(event, id, &open.folder, error), inbox_changed, changed)
        };
        if inbox_changed {
            self.inbox_changed();
        } else if summary_changed {
            self.activity_changed();
        }
        if let Some(notification) = notification {
            self.notifications.notify(notification, &self.settings());
        }
    }

    /// Applies an event to a session's timeline, and publishes the changes to those that follow it.
    fn apply_to_timeline(&self, id: &SessionId, open: &mut OpenSession, event: &Event) {
        if !self.subscribers().has(id) {
            open.timeline.take_in(event);
            return;
        }
        let changes = open.timeline.apply(event);
        let mut subscribers = self.subscribers();
        for change in changes {
            let row = match &change {
                Change::Row { index, .. } | Change::Append { index, .. } | Change::Blocks { index, .. } => {
                    open.timeline.rows(*index as usize, 1).first()
                }
                Change::Session { .. } | Change::Changes { .. } => None,
            };
            subscribers.publish(id, &change, row);
        }
    }

    /// Has subscribers and the desktop told what waits for a decision.
    fn inbox_changed(&self) {
        self.mark_app_dirty(AppPart::Inbox);
        self.activity_changed();
    }

    /// Takes down a session that has sent its last event. One that is followed stays to be read; opening it again resumes it.
    async fn end_session(self: &Arc<Self>, id: &SessionId) {
        let path = {
            let mut sessions = self.sessions();
            let is_followed = self.subscribers().has(id);
            let path = sessions.get(id).map(|open| open.path.clone());
            if let Some(open) = sessions.get_mut(id) {
                open.pending_answers = PendingAnswers::default();
                let msg = EventMsg::ShutdownComplete;
                let over = Event { seq: 0, id: OpId::default(), at_ms: now_ms(), replay: false, msg };
                self.apply_to_timeline(id, open, &over);
            }
            if !is_followed {
                sessions.remove(id);
            }
            self.inbox().remove(id);
            path
        };
        self.mark_app_dirty(AppPart::Sessions);
        self.inbox_changed();
        self.ended.send_modify(|count| *count += 1);
        self.list_again(path.into_iter().collect()).await;
    }
}

/// Reports whether an event ends a task that the person may want to look at: not one that they stopped.
fn ends_task(event: &Event) -> bool {
    let ends = matches!(
        event.msg,
        EventMsg::TaskComplete { .. } | EventMsg::TurnAborted { reason: AbortReason::Failed, .. }
    );
    ends && !event.replay
}

/// Listens to a session until it ends.
async fn listen(host: Weak<Host>, id: SessionId, mut events: Events) {
    while let Ok(event) = events.next().await {
        let Some(host) = host.upgrade() else { return };
        host.apply_event(&id, &event);
    }
    if let Some(host) = host.upgrade() {
        host.end_session(&id).await;
    }
}
