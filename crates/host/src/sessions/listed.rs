//! The list of sessions: asked of the index, which is kept up to date beside everything else.

use crate::Host;
use crate::api::{CommandError, SearchSessionsArgs, SessionShelf, SessionSummary, SessionsPage, SnippetPart};
use crate::host::{State, blocking};
use crate::problem::plain;
use crate::projects::{Project, tilde};
use config::Home;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use transcript::{Index, Listed, Page, Shelf, TranscriptError, Wanted};
use view::SessionStatus;

/// Sessions of a folder that the window is always told of; the others are asked for.
const MAX_LISTED: u32 = 200;
/// Sessions of one reply.
const MAX_FOUND: u32 = 500;

/// The index of the sessions, opened when it is first asked.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    asked: Mutex<Option<Index>>,
    /// Held by whoever brings it up to date; there is no need of two.
    refreshing: Mutex<()>,
}

impl Catalogue {
    fn list(&self, home: &Home, wanted: &Wanted<'_>) -> Result<Page, TranscriptError> {
        self.with(home, |index| index.list(wanted))
    }

    fn with<T>(
        &self,
        home: &Home,
        work: impl FnOnce(&mut Index) -> Result<T, TranscriptError>,
    ) -> Result<T, TranscriptError> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let index = match &mut *asked {
            Some(index) => index,
            none => none.insert(Index::open(home)?),
        };
        work(index)
    }

    /// Brings the index up to date, unless somebody does already. Those who ask it meanwhile do not wait.
    fn refresh(&self, home: &Home, told: impl FnMut()) -> Result<(), TranscriptError> {
        let Ok(_turn) = self.refreshing.try_lock() else { return Ok(()) };
        let mut index = Index::open(home)?;
        match index.problem() {
            None => index.refresh(told),
            // one in memory is brought up to date where it is asked
            Some(problem) => {
                tracing::warn!(%problem, "the sessions are read one by one");
                Ok(())
            }
        }
    }
}

impl Host {
    /// Finds sessions by their words, or lists more of them.
    pub(crate) async fn find_sessions(
        self: &Arc<Self>,
        args: SearchSessionsArgs,
    ) -> Result<SessionsPage, CommandError> {
        let folder = if args.everywhere { None } else { Some(self.open_project_record()?.path) };
        // what was said a moment ago is found, too
        let open: Vec<PathBuf> = self.state().sessions.values().map(|open| open.path.clone()).collect();
        let host = self.clone();
        let page = blocking(move || {
            if args.from == 0 {
                host.catalogue.refresh(&host.home, || {})?;
            }
            for path in open {
                host.catalogue.with(&host.home, |index| index.refresh_one(&path))?;
            }
            let wanted = Wanted {
                words: &args.words,
                folder: folder.as_deref(),
                shelf: args.shelf.into(),
                from: args.from,
                count: args.count.min(MAX_FOUND),
            };
            host.catalogue.list(&host.home, &wanted)
        });
        let Page { sessions, total } = page.await?.map_err(plain)?;
        let state = self.state();
        Ok(SessionsPage { sessions: sessions.iter().map(|one| summary(&state, one)).collect(), total })
    }

    /// Looks at the index for the sessions of the open folder, and has the window told when they are others than before.
    pub(crate) fn list_now(&self) -> Result<(), TranscriptError> {
        let folder = {
            let state = self.state();
            state.project.as_ref().and_then(|id| state.projects.get(id)).map(|project| project.path.clone())
        };
        let Some(folder) = folder else { return Ok(()) };
        let page = self.sessions_of(&folder)?;
        self.change(|state| {
            let still = state.project.as_ref().and_then(|id| state.projects.get(id));
            if still.is_some_and(|project| project.path == folder) && state.listed != page {
                state.listed = page;
                state.touch_app();
            }
        });
        Ok(())
    }

    /// The sessions of a folder, as the index has them now.
    pub(crate) fn sessions_of(&self, folder: &Path) -> Result<Page, TranscriptError> {
        let wanted = Wanted { folder: Some(folder), count: MAX_LISTED, ..Wanted::default() };
        self.catalogue.list(&self.home, &wanted)
    }

    /// Takes note of transcripts that were written, moved or taken away, and lists again.
    pub(crate) async fn list_again(self: &Arc<Self>, paths: Vec<PathBuf>) {
        let host = self.clone();
        let listed = blocking(move || {
            for path in paths {
                host.catalogue.with(&host.home, |index| index.refresh_one(&path))?;
            }
            host.list_now()
        });
        tell(listed.await);
    }

    /// Brings the index up to date beside everything else; the list grows as it does.
    pub(crate) fn refresh_sessions(self: &Arc<Self>) {
        let host = self.clone();
        tokio::spawn(async move {
            let refreshed = blocking(move || {
                // the host may go while this is at it
                host.catalogue.refresh(&host.home, || tell(Ok(host.list_now())))
            });
            tell(refreshed.await);
        });
    }
}

fn tell(listed: Result<Result<(), TranscriptError>, CommandError>) {
    match listed {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "cannot list the sessions"),
        Err(error) => tracing::warn!(message = error.message, "cannot list the sessions"),
    }
}

/// The open folder's sessions, the last used first.
pub(crate) fn summaries(state: &State) -> Vec<SessionSummary> {
    let closed =
        state.listed.sessions.iter().filter(|listed| !state.sessions.contains_key(&listed.session_id));
    let open = state
        .sessions
        .iter()
        .filter(|(_, open)| Some(&open.project) == state.project.as_ref())
        .map(|(id, open)| open.summary(id));
    let mut all: Vec<_> = closed.map(|listed| summary(state, listed)).chain(open).collect();
    all.sort_by(|a, b| (b.updated_ms, &b.id).cmp(&(a.updated_ms, &a.id)));
    all
}

/// A session of the index as a line of a list: where it is open, as it is now.
fn summary(state: &State, listed: &Listed) -> SessionSummary {
    let project = state.projects.at(&listed.cwd);
    let snippet = listed.snippet.iter();
    let snippet = snippet.map(|part| SnippetPart { text: part.text.clone(), hit: part.hit }).collect();
    let closed = SessionSummary {
        id: listed.session_id.clone(),
        title: listed.title.clone(),
        updated_ms: listed.updated_ms,
        status: SessionStatus::Ended,
        waiting: 0,
        shelf: listed.shelf.into(),
        forked_from: listed.forked_from.clone(),
        project: project.map(|project| project.id.clone()),
        folder: project.map_or_else(|| tilde(&listed.cwd, std::env::home_dir().as_deref()), Project::name),
        snippet,
    };
    match state.sessions.get(&listed.session_id) {
        Some(open) => SessionSummary { snippet: closed.snippet, ..open.summary(&listed.session_id) },
        None => closed,
    }
}

impl From<SessionShelf> for Shelf {
    fn from(shelf: SessionShelf) -> Self {
        match shelf {
            SessionShelf::Sessions => Self::Sessions,
            SessionShelf::Archive => Self::Archive,
            SessionShelf::Trash => Self::Trash,
        }
    }
}

impl From<Shelf> for SessionShelf {
    fn from(shelf: Shelf) -> Self {
        match shelf {
            Shelf::Sessions => Self::Sessions,
            Shelf::Archive => Self::Archive,
            Shelf::Trash => Self::Trash,
        }
    }
}
