//! List of the sessions, read from the index, which is kept up to date in the background.

use crate::api::{CommandError, SearchSessionsArgs, SessionsPage};
use crate::blocking::blocking;
use crate::host::Host;
use crate::session_list::summary;
use crate::subscribers::AppPart;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use transcript::{SessionPage, SessionQuery, TranscriptError};

/// Sessions of a folder in the app's view; `search_sessions` returns the others.
const MAX_LISTED: u32 = 200;
/// Sessions of one reply.
const MAX_FOUND: u32 = 500;

impl Host {
    /// Finds sessions by their words, or lists more than the app's view has.
    pub(crate) async fn find_sessions(
        self: &Arc<Self>,
        args: SearchSessionsArgs,
    ) -> Result<SessionsPage, CommandError> {
        let folder = if args.everywhere { None } else { Some(self.open_project_record()?.path) };
        // what was said a moment ago is found, too
        let open: Vec<PathBuf> = self.sessions().iter().map(|(_, open)| open.path.clone()).collect();
        let host = self.clone();
        let page = blocking(move || {
            if args.from == 0 {
                host.index.refresh(&host.home, || {})?;
            }
            for path in open {
                host.index.with(&host.home, |index| index.refresh_one(&path))?;
            }
            let wanted = SessionQuery {
                words: &args.words,
                folder: folder.as_deref(),
                location: args.shelf.into(),
                from: args.from,
                count: args.count.min(MAX_FOUND),
            };
            host.index.list(&host.home, &wanted)
        });
        let SessionPage { sessions, total } = page.await?.map_err(CommandError::new)?;
        let open = self.sessions();
        let projects = self.projects();
        let sessions = sessions.iter().map(|listed| summary(&open, &projects, listed)).collect();
        Ok(SessionsPage { sessions, total })
    }

    /// Reads the sessions of the open folder from the index, and has subscribers told when they are others than before.
    pub(crate) fn reload_list(&self) -> Result<(), TranscriptError> {
        let Some(folder) = self.projects().current().map(|project| project.path.clone()) else {
            return Ok(());
        };
        let page = self.sessions_of(&folder)?;
        let mut sessions = self.sessions();
        let is_still_open = self.projects().current().is_some_and(|project| project.path == folder);
        if is_still_open && sessions.listed != page {
            sessions.listed = page;
            self.mark_app_dirty(AppPart::Sessions);
        }
        Ok(())
    }

    /// Returns the sessions of a folder as the index has them.
    pub(crate) fn sessions_of(&self, folder: &Path) -> Result<SessionPage, TranscriptError> {
        let wanted = SessionQuery { folder: Some(folder), count: MAX_LISTED, ..SessionQuery::default() };
        self.index.list(&self.home, &wanted)
    }

    /// Indexes transcripts that were written, moved or removed, and lists the sessions again.
    pub(crate) async fn list_again(self: &Arc<Self>, paths: Vec<PathBuf>) {
        let host = self.clone();
        let listed = blocking(move || {
            for path in paths {
                host.index.with(&host.home, |index| index.refresh_one(&path))?;
            }
            host.reload_list()
        });
        warn_unlisted(listed.await);
    }

    /// Brings the index up to date in the background; the list grows as it does.
    pub(crate) fn refresh_sessions(self: &Arc<Self>) {
        let host = self.clone();
        tokio::spawn(async move {
            let refreshed = blocking(move || {
                // the host may go while this is at it
                host.index.refresh(&host.home, || warn_unlisted(Ok(host.reload_list())))
            });
            warn_unlisted(refreshed.await);
        });
    }
}

fn warn_unlisted(listed: Result<Result<(), TranscriptError>, CommandError>) {
    match listed {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "cannot list the sessions"),
        Err(error) => tracing::warn!(message = error.message, "cannot list the sessions"),
    }
}
