//! Which transcripts there are (B30): listing and finding, by their names and first lines.

use super::error::TranscriptError;
use super::reader::{Line, LineReader};
use crate::config::Home;
use protocol::{Fact, InputItem, Record, SessionId, SessionMeta};
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// How far into a file the title is looked for: lines that begin within this many bytes.
const HEAD_BYTES: u64 = 64 * 1024;

/// Bytes a line of the head may have: a long first prompt still gives a title.
const MAX_HEAD_LINE_BYTES: usize = 1024 * 1024;

const TITLE_CHARS: usize = 80;

/// What `rollout-TIME-ID.jsonl` has before the id.
const NAME_PREFIX: &str = "rollout-";
const NAME_TIME: &str = "YYYY-MM-DDTHH-MM-SS-";

/// One transcript of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The session.
    pub session_id: SessionId,
    /// Its transcript.
    pub path: PathBuf,
    /// Its folder.
    pub cwd: PathBuf,
    /// Up to 80 characters of its first prompt, on one line; empty when there was none.
    pub title: String,
    /// When it began, in milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// When it was last written to, in milliseconds since the Unix epoch.
    pub updated_ms: u64,
}

/// Every transcript, the last written first. What cannot be read, or is no transcript, is left out.
pub fn list(home: &Home) -> Vec<Listed> {
    let mut listed: Vec<_> = files(home).iter().filter_map(|path| head(path)).collect();
    listed.sort_by(|a, b| (b.updated_ms, &b.session_id).cmp(&(a.updated_ms, &a.session_id)));
    listed
}

/// The transcript of a session, by its path, its id, or the beginning of its id.
pub fn find(home: &Home, wanted: &str) -> Result<PathBuf, TranscriptError> {
    let not_found = || TranscriptError::NotFound { wanted: wanted.to_owned(), sessions: home.sessions_dir() };
    if wanted.contains('/') || Path::new(wanted).extension().is_some_and(|extension| extension == "jsonl") {
        let path = PathBuf::from(wanted);
        return path.canonicalize().map_err(TranscriptError::open(&path));
    }
    if wanted.is_empty() {
        return Err(not_found());
    }
    let mut matching: Vec<_> = files(home)
        .into_iter()
        .filter_map(|path| Some((id_of(&path)?.to_owned(), path)))
        .filter(|(id, _)| id.starts_with(wanted))
        .collect();
    if let Some(exact) = matching.iter().position(|(id, _)| id == wanted) {
        return Ok(matching.swap_remove(exact).1);
    }
    match matching.len() {
        0 => Err(not_found()),
        1 => Ok(matching.swap_remove(0).1),
        _ => {
            let ids = matching.into_iter().map(|(id, _)| id).collect();
            Err(TranscriptError::Ambiguous { wanted: wanted.to_owned(), ids })
        }
    }
}

/// The files `sessions/YYYY/MM/DD/rollout-*.jsonl`, in order of their names.
fn files(home: &Home) -> Vec<PathBuf> {
    let mut folders = vec![home.sessions_dir()];
    for _ in ["year", "month", "day"] {
        folders = folders.iter().flat_map(|dir| entries(dir)).filter(|path| path.is_dir()).collect();
    }
    let mut files: Vec<_> = folders
        .iter()
        .flat_map(|dir| entries(dir))
        .filter(|path| id_of(path).is_some() && path.is_file())
        .collect();
    files.sort();
    files
}

fn entries(dir: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// The id in a transcript's file name.
fn id_of(path: &Path) -> Option<&str> {
    let rest = path.file_name()?.to_str()?.strip_prefix(NAME_PREFIX)?.strip_suffix(".jsonl")?;
    rest.get(NAME_TIME.len()..).filter(|id| !id.is_empty())
}

/// What the first lines of a transcript say.
fn head(path: &Path) -> Option<Listed> {
    let file = File::open(path).ok()?;
    let modified = file.metadata().ok()?.modified().ok()?;
    let updated = modified.duration_since(UNIX_EPOCH).ok()?.as_millis();
    let mut lines = LineReader::new(BufReader::new(file), MAX_HEAD_LINE_BYTES);
    let Ok(Line::Whole(line)) = lines.next() else { return None };
    let meta: SessionMeta = serde_json::from_slice(line).ok()?;
    let mut title = String::new();
    while title.is_empty() && lines.read_bytes < HEAD_BYTES {
        match lines.next().ok()? {
            Line::Whole(line) => title = title_in(line).unwrap_or_default(),
            Line::TooLong => {}
            Line::Torn | Line::End => break,
        }
    }
    Some(Listed {
        session_id: meta.session_id,
        path: path.to_owned(),
        cwd: meta.cwd,
        title,
        created_ms: meta.at_ms,
        updated_ms: u64::try_from(updated).ok()?,
    })
}

fn title_in(line: &[u8]) -> Option<String> {
    let Fact::Input { items } = serde_json::from_slice::<Record>(line).ok()?.fact else { return None };
    let text = items.iter().find_map(|item| match item {
        InputItem::Text { text } if !text.trim().is_empty() => Some(text),
        _ => None,
    })?;
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let title: String = words.chars().take(TITLE_CHARS).collect();
    Some(title.trim_end().to_owned())
}
