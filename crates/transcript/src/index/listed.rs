//! Sessions as lists show them.

use crate::files::SessionLocation;
use protocol::SessionId;
use std::path::PathBuf;

/// One session of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSession {
    /// The session.
    pub session_id: SessionId,
    /// Its transcript.
    pub path: PathBuf,
    /// Place the transcript is stored in.
    pub location: SessionLocation,
    /// Its folder.
    pub cwd: PathBuf,
    /// Its name; up to 80 characters of its first prompt on one line where it has none; empty when nothing was asked yet.
    pub title: String,
    /// Start of the session, in milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// Last activity of the session, in milliseconds since the Unix epoch. Viewing or renaming it does not
    /// count.
    pub updated_ms: u64,
    /// Tasks it has had.
    pub tasks: u32,
    /// The session it was forked from.
    pub forked_from: Option<SessionId>,
    /// Text around the words that were searched for; empty when none were.
    pub snippet: Vec<SnippetPart>,
}

/// A piece of a snippet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnippetPart {
    /// The text.
    pub text: String,
    /// True for the text that was searched for.
    pub hit: bool,
}
