//! Transcripts on disk (B30), by the names of their files.

use super::error::TranscriptError;
use super::line_reader::{LineReader, MAX_LINE_BYTES, RecordLine};
use super::record_line::{Tagged, read_records};
use config::Home;
use protocol::{Fact, InputItem, Record, SessionId};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

/// Beginning of the name `rollout-TIME-ID.jsonl`.
const NAME_PREFIX: &str = "rollout-";
const NAME_TIME: &str = "YYYY-MM-DDTHH-MM-SS-";

/// Place a transcript is stored in. The place says all there is to say: no list of archived or deleted
/// sessions can be lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SessionLocation {
    /// With the sessions a person works with.
    #[default]
    Sessions,
    /// Put away, to be found when it is looked for.
    Archive,
    /// Deleted, to be restored until somebody empties the folder.
    Trash,
}

impl SessionLocation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sessions, Self::Archive, Self::Trash];

    /// Its folder.
    pub fn dir(self, home: &Home) -> PathBuf {
        match self {
            Self::Sessions => home.sessions_dir(),
            Self::Archive => home.archived_sessions_dir(),
            Self::Trash => home.trash_dir(),
        }
    }
}

/// The transcript of a session that is not deleted, by its path, its id, or the beginning of its id.
pub fn find(home: &Home, wanted: &str) -> Result<PathBuf, TranscriptError> {
    find_on(home, &[SessionLocation::Sessions, SessionLocation::Archive], wanted)
}

/// Finds the transcript of the session `wanted` in these places.
pub fn find_on(home: &Home, locations: &[SessionLocation], wanted: &str) -> Result<PathBuf, TranscriptError> {
    if wanted.contains('/') || Path::new(wanted).extension().is_some_and(|extension| extension == "jsonl") {
        let path = PathBuf::from(wanted);
        return path.canonicalize().map_err(TranscriptError::open(&path));
    }
    let mut matching: Vec<_> = locations
        .iter()
        .flat_map(|location| files(&location.dir(home)).unwrap_or_default())
        .filter_map(|path| Some((id_of(&path)?.to_owned(), path)))
        .filter(|(id, _)| !wanted.is_empty() && id.starts_with(wanted))
        .collect();
    if let Some(exact) = matching.iter().position(|(id, _)| id == wanted) {
        return Ok(matching.swap_remove(exact).1);
    }
    match matching.len() {
        0 => Err(not_found(home, locations, wanted)),
        1 => Ok(matching.swap_remove(0).1),
        _ => {
            let ids = matching.into_iter().map(|(id, _)| id).collect();
            Err(TranscriptError::Ambiguous { wanted: wanted.to_owned(), ids })
        }
    }
}

/// The transcript of a session with just this id, on one of these locations. Nothing but an id leads anywhere.
pub fn path_of(
    home: &Home,
    locations: &[SessionLocation],
    id: &SessionId,
) -> Result<PathBuf, TranscriptError> {
    let found = locations.iter().flat_map(|location| files(&location.dir(home)).unwrap_or_default());
    found
        .into_iter()
        .find(|path| id_of(path) == Some(id.as_str()))
        .ok_or_else(|| not_found(home, locations, id.as_str()))
}

fn not_found(home: &Home, locations: &[SessionLocation], wanted: &str) -> TranscriptError {
    let looked = locations.first().copied().unwrap_or_default().dir(home);
    TranscriptError::NotFound { wanted: wanted.to_owned(), sessions: looked }
}

/// The transcript that was written to last, of those in which something was asked or brought in.
pub fn newest(home: &Home) -> Option<PathBuf> {
    let written = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let mut files: Vec<_> = files(&home.sessions_dir()).unwrap_or_default();
    files.sort_by_cached_key(|path| Reverse(written(path)));
    files.into_iter().find(|path| has_work(path))
}

/// The sessions there are, the deleted ones left out: what is kept for any other is of no use any more. An error when that
/// cannot be told, so that nothing is thrown away for a folder that could not be read.
pub fn living(home: &Home) -> Result<BTreeSet<SessionId>, TranscriptError> {
    let mut living = BTreeSet::new();
    for location in [SessionLocation::Sessions, SessionLocation::Archive] {
        let dir = location.dir(home);
        let files = files(&dir).map_err(TranscriptError::read(&dir))?;
        living.extend(files.iter().filter_map(|path| id_of(path)).map(SessionId::from));
    }
    Ok(living)
}

/// The files `YYYY/MM/DD/rollout-*.jsonl` beneath `dir`, in order of their names; none when there is no such folder.
pub(super) fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = vec![dir.to_owned()];
    for _ in ["year", "month", "day"] {
        let mut inside = Vec::new();
        for folder in &folders {
            inside.extend(entries(folder)?.into_iter().filter(|path| path.is_dir()));
        }
        folders = inside;
    }
    let mut files = Vec::new();
    for folder in &folders {
        files.extend(entries(folder)?.into_iter().filter(|path| id_of(path).is_some()));
    }
    files.sort();
    Ok(files)
}

fn entries(dir: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(dir) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The id in a transcript's file name.
pub(super) fn id_of(path: &Path) -> Option<&str> {
    let rest = path.file_name()?.to_str()?.strip_prefix(NAME_PREFIX)?.strip_suffix(".jsonl")?;
    rest.get(NAME_TIME.len()..).filter(|id| !id.is_empty())
}

/// Returns the time in a transcript's file name, in milliseconds since the Unix epoch.
pub(super) fn time_of(path: &Path) -> Option<u64> {
    let rest = path.file_name()?.to_str()?.strip_prefix(NAME_PREFIX)?;
    let time = rest.get(..NAME_TIME.len() - 1)?;
    let at = jiff::civil::DateTime::strptime("%Y-%m-%dT%H-%M-%S", time).ok()?;
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    u64::try_from(at.as_millisecond()).ok()
}

/// Reports whether anything was asked in a session. Reads up to the first prompt, however much the configuration before it holds.
fn has_work(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let mut lines = LineReader::new(BufReader::new(file), MAX_LINE_BYTES);
    loop {
        match lines.next() {
            Ok(RecordLine::Whole(line)) => {
                // most lines say what they are without being parsed; what is not one record may be two
                let may_be = serde_json::from_slice::<Tagged<'_>>(line);
                if may_be.is_ok_and(|tagged| !matches!(&*tagged.r#type, "input" | "bring_in_started")) {
                    continue;
                }
                let is_work = |record: &Record| match &record.fact {
                    Fact::Input { items } => !first_words(items).is_empty(),
                    fact => matches!(fact, Fact::BringInStarted { .. }),
                };
                if read_records(line).0.iter().any(is_work) {
                    return true;
                }
            }
            Ok(RecordLine::TooLong) => {}
            Ok(RecordLine::Torn | RecordLine::End) | Err(_) => return false,
        }
    }
}

/// Longest title made of a prompt, in characters.
const TITLE_CHARS: usize = 80;

/// Up to 80 characters of what a person said, on one line.
pub(super) fn first_words(items: &[InputItem]) -> String {
    let text = items.iter().find_map(|item| match item {
        InputItem::Text { text } if !text.trim().is_empty() => Some(text),
        _ => None,
    });
    on_one_line(text.map_or("", String::as_str), TITLE_CHARS)
}

/// The words of a text on one line, cut after so many characters. Nothing is left that could move a terminal's cursor.
pub(super) fn on_one_line(text: &str, max_chars: usize) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(max_chars).collect::<String>().trim_end().to_owned()
}
