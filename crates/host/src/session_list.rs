//! Sessions as items of a list: those that are open as they are now, the others as the index has them.

use crate::api::{SessionShelf, SessionSummary, SnippetPart};
use crate::open_sessions::Sessions;
use crate::projects::{ProjectRecord, Projects, tilde};
use transcript::{ListedSession, SessionLocation};
use view::SessionStatus;

/// Returns the sessions of the open folder, the last used first.
pub(crate) fn summaries(sessions: &Sessions, projects: &Projects) -> Vec<SessionSummary> {
    let current = projects.current_id();
    let closed = sessions.listed.sessions.iter().filter(|listed| sessions.get(&listed.session_id).is_none());
    let open = sessions
        .iter()
        .filter(|(_, open)| Some(&open.project) == current.as_ref())
        .map(|(id, open)| open.summary(id));
    let mut all: Vec<_> = closed.map(|listed| summary(sessions, projects, listed)).chain(open).collect();
    all.sort_by(|a, b| (b.updated_ms, &b.id).cmp(&(a.updated_ms, &a.id)));
    all
}

/// Returns the open sessions of the other folders, the last used first.
pub(crate) fn elsewhere(sessions: &Sessions, projects: &Projects) -> Vec<SessionSummary> {
    let current = projects.current_id();
    let others = sessions.iter().filter(|(_, open)| Some(&open.project) != current.as_ref());
    let mut others: Vec<_> = others.map(|(id, open)| open.summary(id)).collect();
    others.sort_by(|a, b| (b.updated_ms, &b.id).cmp(&(a.updated_ms, &a.id)));
    others
}

/// Returns a session of the index as an item of a list: where it is open, as it is now.
pub(crate) fn summary(sessions: &Sessions, projects: &Projects, listed: &ListedSession) -> SessionSummary {
    let project = projects.at(&listed.cwd);
    let snippet = listed.snippet.iter();
    let snippet = snippet.map(|part| SnippetPart { text: part.text.clone(), hit: part.hit }).collect();
    let closed = SessionSummary {
        id: listed.session_id.clone(),
        title: listed.title.clone(),
        updated_ms: listed.updated_ms,
        status: SessionStatus::Ended,
        waiting: 0,
        model: String::new(),
        task_started_ms: None,
        failed: false,
        unseen: false,
        queue: Vec::new(),
        queue_held: false,
        shelf: listed.location.into(),
        forked_from: listed.forked_from.clone(),
        isolated: sessions.copy_of(&listed.session_id),
        project: project.map(|project| project.id.clone()),
        folder: project
            .map_or_else(|| tilde(&listed.cwd, std::env::home_dir().as_deref()), ProjectRecord::name),
        snippet,
    };
    match sessions.get(&listed.session_id) {
        Some(open) => SessionSummary { snippet: closed.snippet, ..open.summary(&listed.session_id) },
        None => closed,
    }
}

impl From<SessionShelf> for SessionLocation {
    fn from(shelf: SessionShelf) -> Self {
        match shelf {
            SessionShelf::Sessions => Self::Sessions,
            SessionShelf::Archive => Self::Archive,
            SessionShelf::Trash => Self::Trash,
        }
    }
}

impl From<SessionLocation> for SessionShelf {
    fn from(shelf: SessionLocation) -> Self {
        match shelf {
            SessionLocation::Sessions => Self::Sessions,
            SessionLocation::Archive => Self::Archive,
            SessionLocation::Trash => Self::Trash,
        }
    }
}
