//! Sessions put away, taken out again, deleted, restored and named (B30). A transcript stays the file it is, and keeps its place
//! by year, month and day; only the location it stands on changes.

use super::error::TranscriptError;
use super::files::{SessionLocation, on_one_line};
use super::writer::{Writer, relocate};
use crate::clock::now_ms;
use config::Home;
use protocol::{Fact, OpId, Record};
use std::path::{Path, PathBuf};

/// Longest name of a session, in characters.
const MAX_NAME_CHARS: usize = 200;

/// Moves a transcript nobody has open to another location. Returns where it is then; where it is already, nothing changes.
pub fn move_to(home: &Home, path: &Path, to: SessionLocation) -> Result<PathBuf, TranscriptError> {
    let (location, place) = place_of(home, path).ok_or_else(|| TranscriptError::NotKept(path.to_owned()))?;
    if location == to {
        return Ok(path.to_owned());
    }
    let target = to.dir(home).join(place);
    relocate(path, &target)?;
    Ok(target)
}

/// Names a session nobody has open.
pub fn rename(path: &Path, title: &str) -> Result<(), TranscriptError> {
    let title = on_one_line(title, MAX_NAME_CHARS);
    if title.is_empty() {
        return Err(TranscriptError::NoName);
    }
    let mut writer = Writer::reopen(path)?;
    let fact = Fact::Titled { title };
    writer.append(&[Record { at_ms: now_ms(), op: OpId::default(), fact }])?;
    writer.sync()
}

/// The location a transcript is on, and its path beneath that location's folder.
pub(super) fn place_of(home: &Home, path: &Path) -> Option<(SessionLocation, PathBuf)> {
    SessionLocation::ALL.into_iter().find_map(|location| {
        let dir = location.dir(home);
        // a path that was followed through links is beneath the folder with its links followed
        let beneath = path
            .strip_prefix(&dir)
            .ok()
            .map(Path::to_owned)
            .or_else(|| path.strip_prefix(dir.canonicalize().ok()?).ok().map(Path::to_owned))?;
        Some((location, beneath))
    })
}
