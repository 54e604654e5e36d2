//! Sessions: begun, gone on with, listened to, and let go.

mod kept;
mod listed;

pub(crate) use listed::{Catalogue, summaries};

use crate::Host;
use crate::api::{CommandError, SessionShelf, SessionSnapshot, SessionSummary};
use crate::host::{State, blocking, now_ms};
use crate::notes;
use crate::problem::{plain, problem};
use crate::projects::{self, Project};
use crate::undo::Asked;
use agent::mcp::Board;
use agent::session::{self, ModelChoice, OpenRequest, OpenedSession, Overrides, Resume};
use agent::{Events, Submitter};
use kept::OPENABLE;
use protocol::{Event, EventMsg, Op, OpId, SessionId};
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use transcript::{self, SessionHeader, TranscriptError};
use view::{SessionStatus, Timeline};

/// Rows of a snapshot.
const SNAPSHOT_ROWS: usize = 200;
/// Sessions held open; beyond that those that are idle longest are let go.
const MAX_OPEN: usize = 8;

/// A session that is open.
#[derive(Debug)]
pub(crate) struct OpenSession {
    /// The folder it belongs to.
    pub(crate) project: String,
    pub(crate) submitter: Submitter,
    pub(crate) timeline: Timeline,
    pub(crate) asked: Asked,
    /// How its MCP servers stand.
    pub(crate) mcp: Board,
    /// Its transcript.
    pub(crate) path: PathBuf,
    /// Name of its folder.
    folder: String,
    is_archived: bool,
    forked_from: Option<SessionId>,
    updated_ms: u64,
}

impl OpenSession {
    /// Decisions that wait in it.
    pub(crate) fn waiting(&self) -> u32 {
        u32::try_from(self.timeline.session().approvals.len()).unwrap_or(u32::MAX)
    }

    /// As a line of a list.
    pub(crate) fn summary(&self, id: &SessionId) -> SessionSummary {
        SessionSummary {
            id: id.clone(),
            title: self.timeline.session().title.clone(),
            updated_ms: self.updated_ms,
            status: self.timeline.session().status,
            waiting: self.waiting(),
            shelf: if self.is_archived { SessionShelf::Archive } else { SessionShelf::Sessions },
            forked_from: self.forked_from.clone(),
            project: Some(self.project.clone()),
            folder: self.folder.clone(),
            snippet: Vec::new(),
        }
    }

    fn has_ended(&self) -> bool {
        self.timeline.session().status == SessionStatus::Ended
    }
}

impl Host {
    /// Begins a session in the open folder, and shows it.
    pub(crate) async fn begin_session(self: &Arc<Self>) -> Result<SessionId, CommandError> {
        let _turn = self.beginning.lock().await;
        let project = self.open_project_record()?;
        let id = self.launch(&project, None).await?;
        self.showing(&project.id, &id).await;
        Ok(id)
    }

    /// Shows a session of the open folder, gone on with when it is not open.
    pub(crate) async fn show_session(self: &Arc<Self>, id: &SessionId) -> Result<(), CommandError> {
        let _turn = self.beginning.lock().await;
        self.show(id).await
    }

    /// The same, for who has the turn to begin sessions.
    async fn show(self: &Arc<Self>, id: &SessionId) -> Result<(), CommandError> {
        let open = self.state().sessions.get(id).map(|open| (open.project.clone(), open.has_ended()));
        if let Some((project, false)) = open {
            let project = self.in_project(&project).await?;
            self.showing(&project.id, id).await;
            return Ok(());
        }
        let (home, wanted) = (self.home.clone(), id.clone());
        let found = blocking(move || {
            let path = transcript::path_of(&home, &OPENABLE, &wanted)?;
            Ok::<_, TranscriptError>((transcript::header(&path)?, path))
        });
        let (header, path) = found.await?.map_err(|error| match error {
            TranscriptError::NotFound { .. } => {
                problem("there is no such session any more", Some("pick one from the list".to_owned()))
            }
            error => plain(error),
        })?;
        let project = self.state().projects.at(&header.meta.cwd).map(|project| project.id.clone());
        let project = project.ok_or_else(|| {
            problem(
                format!("this session is of the folder {}", header.meta.cwd.display()),
                Some("pick that folder first".to_owned()),
            )
        })?;
        let project = self.in_project(&project).await?;
        self.launch(&project, Some((path, header))).await?;
        self.showing(&project.id, id).await;
        Ok(())
    }

    /// The folder with this id, opened unless it is.
    async fn in_project(self: &Arc<Self>, id: &str) -> Result<Project, CommandError> {
        let path = {
            let state = self.state();
            let is_open = state.project.as_deref() == Some(id);
            state.projects.get(id).filter(|_| !is_open).map(|project| project.path.clone())
        };
        if let Some(path) = path {
            self.enter(&path).await?;
        }
        self.open_project_record()
    }

    /// Goes on where the person left off, unless they have gone elsewhere meanwhile.
    pub(crate) async fn resume_last(
        self: &Arc<Self>,
        project: &str,
        id: &SessionId,
    ) -> Result<(), CommandError> {
        let _turn = self.beginning.lock().await;
        let still_there = {
            let state = self.state();
            state.shown.is_none() && state.project.as_deref() == Some(project)
        };
        if still_there { self.show(id).await } else { Ok(()) }
    }

    /// A session as it is now; what the channel says later applies on top.
    pub(crate) fn snapshot_of(&self, id: &SessionId) -> Result<SessionSnapshot, CommandError> {
        self.change(|state| {
            let State { sessions, queue, .. } = state;
            let open = sessions.get_mut(id).ok_or_else(not_open)?;
            if let Some(change) = open.timeline.catch_up() {
                queue.push(id, change);
            }
            let seq = queue.seal(id);
            let total = open.timeline.total_rows();
            let first = total.saturating_sub(SNAPSHOT_ROWS);
            Ok(SessionSnapshot {
                id: id.clone(),
                seq,
                session: open.timeline.session().clone(),
                changes: open.timeline.changes().clone(),
                total_rows: u32::try_from(total).unwrap_or(u32::MAX),
                first_row: u32::try_from(first).unwrap_or(u32::MAX),
                rows: open.timeline.rows(first, SNAPSHOT_ROWS).to_vec(),
            })
        })
    }

    /// The folder that is open.
    pub(crate) fn open_project_record(&self) -> Result<Project, CommandError> {
        let state = self.state();
        let project = state.project.as_ref().and_then(|id| state.projects.get(id));
        project.cloned().ok_or_else(|| problem("no folder is open", Some("pick a folder first".to_owned())))
    }

    /// The end of a session that takes ops.
    pub(crate) fn submitter(&self, id: &SessionId) -> Result<Submitter, CommandError> {
        let state = self.state();
        state
            .sessions
            .get(id)
            .filter(|open| !open.has_ended())
            .map(|open| open.submitter.clone())
            .ok_or_else(not_open)
    }

    async fn showing(&self, project: &str, id: &SessionId) {
        self.change(|state| {
            state.shown = Some(id.clone());
            // one that has ended stays only as long as it is looked at
            state.sessions.retain(|other, open| other == id || !open.has_ended());
            if let Some(project) = state.projects.get_mut(project) {
                project.shown = Some(id.clone());
            }
            state.touch_app();
        });
        if let Err(error) = self.save_projects().await {
            tracing::warn!(message = error.message, "cannot remember which session is shown");
        }
    }

    /// Opens a session in `project`, a new one or the one at `resume`, and returns when its past is replayed.
    async fn launch(
        self: &Arc<Self>,
        project: &Project,
        resume: Option<(PathBuf, SessionHeader)>,
    ) -> Result<SessionId, CommandError> {
        self.providers_known().await;
        self.let_idle_go().await;
        self.reload_config().await?;
        let forked_from = resume.as_ref().and_then(|(_, header)| header.meta.forked_from.clone());
        let (home, folder) = (self.home.clone(), project.path.clone());
        let trust = blocking(move || projects::trust_of(&home, &folder)).await?;
        let request = {
            let state = self.state();
            let settings = self.settings(&state);
            OpenRequest {
                overrides: Overrides {
                    overlay: state.overlay.clone(),
                    practice_only: self.practice,
                    ..Overrides::default()
                },
                resume: resume.map(|(path, header)| Resume { path, header }),
                keychain: self.keychain.clone(),
                session_keys: state.session_keys.clone(),
                executor: Some(self.executor.clone()),
                fallback: Some(ModelChoice { provider: settings.provider, model: settings.model }),
                ..OpenRequest::new(self.home.clone(), project.path.clone(), trust)
            }
        };
        let mut timeline = Timeline::default();
        let (mut updated_ms, mut configured) = (now_ms(), None);
        let session = session::open(request, |event| {
            timeline.take_in(event);
            match (&event.msg, &configured) {
                (EventMsg::SessionConfigured { session_id, .. }, _) => configured = Some(session_id.clone()),
                (msg, Some(id)) => self.state().outputs.take_in(id, msg),
                _ => {}
            }
            if event.replay {
                updated_ms = event.at_ms;
            }
        })
        .await?;
        let OpenedSession { id, transcript: path, submitter, events, mcp, .. } = session;

        let open = OpenSession {
            project: project.id.clone(),
            submitter,
            timeline,
            asked: Asked::default(),
            mcp: mcp.clone(),
            is_archived: path.starts_with(self.home.archived_sessions_dir()),
            path: path.clone(),
            folder: project.name(),
            forked_from,
            updated_ms,
        };
        self.change(|state| {
            state.sessions.insert(id.clone(), open);
            state.touch_app();
        });
        self.desktop.set_waiting(self.state().waiting());
        tokio::spawn(crate::mcp::follow(Arc::downgrade(self), mcp.follow()));
        self.sessions_running.spawn(listen(Arc::downgrade(self), id.clone(), events));
        // beside everything else: who waits for a session does not wait for the list
        let (host, written) = (self.clone(), vec![path]);
        tokio::spawn(async move { host.list_again(written).await });
        Ok(id)
    }

    /// Ends sessions that are idle and not shown, the ones used longest ago first, until one more may be opened.
    async fn let_idle_go(&self) {
        let idle = {
            let state = self.state();
            let over = (state.sessions.len() + 1).saturating_sub(MAX_OPEN);
            let mut idle: Vec<_> = state
                .sessions
                .iter()
                .filter(|(id, open)| {
                    state.shown.as_ref() != Some(id) && open.timeline.session().status == SessionStatus::Idle
                })
                .map(|(_, open)| (open.updated_ms, open.submitter.clone()))
                .collect();
            idle.sort_by_key(|(updated_ms, _)| *updated_ms);
            idle.truncate(over);
            idle
        };
        for (_, submitter) in idle {
            // one that has just ended needs no telling
            let _ = submitter.submit(Op::Shutdown).await;
        }
    }

    /// Takes in one event of an open session.
    fn take_in(&self, id: &SessionId, event: &Event) {
        let (note, waiting) = self.change(|state| {
            state.outputs.take_in(id, &event.msg);
            let waiting_before = state.waiting();
            let settings = self.settings(state);
            let State { sessions, queue, projects, .. } = &mut *state;
            let Some(open) = sessions.get_mut(id) else { return (None, None) };
            if open.asked.answer(event) {
                return (None, None);
            }
            let before = open.summary(id);
            for change in open.timeline.apply(event) {
                queue.push(id, change);
            }
            // a time that changes with every event is no reason to tell everything again
            let changed = SessionSummary { updated_ms: before.updated_ms, ..open.summary(id) } != before;
            open.updated_ms = event.at_ms;
            let name = projects.get(&open.project).map(Project::name).unwrap_or_default();
            let error = open.timeline.session().error.as_ref().map(|error| error.message.clone());
            let note = notes::of(event, id, &name, error.as_deref(), &settings);
            if changed {
                state.touch_app();
            }
            let waiting = state.waiting();
            (note, (waiting != waiting_before).then_some(waiting))
        });
        if let Some(waiting) = waiting {
            self.desktop.set_waiting(waiting);
        }
        if let Some(note) = note
            && !self.desktop.focused()
        {
            self.desktop.notify(note);
        }
    }

    /// A session has said its last.
    async fn session_over(self: &Arc<Self>, id: &SessionId) {
        let path = self.change(|state| {
            let State { sessions, queue, shown, .. } = &mut *state;
            let path = sessions.get(id).map(|open| open.path.clone());
            if let Some(open) = sessions.get_mut(id) {
                open.forget_asked();
                if shown.as_ref() == Some(id) {
                    // it stays on the screen with what it said last; showing it again goes on with it
                    let over = Event {
                        seq: 0,
                        id: OpId::default(),
                        at_ms: now_ms(),
                        replay: false,
                        msg: EventMsg::ShutdownComplete,
                    };
                    open.timeline.apply(&over).into_iter().for_each(|change| queue.push(id, change));
                } else {
                    sessions.remove(id);
                }
            }
            state.touch_app();
            path
        });
        self.ended.send_modify(|count| *count += 1);
        self.desktop.set_waiting(self.state().waiting());
        self.list_again(path.into_iter().collect()).await;
    }
}

/// Listens to a session until it ends.
async fn listen(host: Weak<Host>, id: SessionId, mut events: Events) {
    while let Ok(event) = events.next().await {
        let Some(host) = host.upgrade() else { return };
        host.take_in(&id, &event);
    }
    if let Some(host) = host.upgrade() {
        host.session_over(&id).await;
    }
}

fn not_open() -> CommandError {
    problem("this session is not open", Some("open it from the list".to_owned()))
}
