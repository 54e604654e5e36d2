//! Writes a transcript: lines are complete or not there.

use super::error::TranscriptError;
use config::Home;
use protocol::{Record, SessionMeta};
use std::fs::{DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Time for which the lock of an instance that was killed may last.
const LINGERING: Duration = Duration::from_millis(400);

/// An open transcript, locked against other instances of the app for as long as it is open.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    lines: LineAppender<File>,
    mended: Option<String>,
    /// Folders whose entries have to be on disk for the file to be found after a power cut.
    unsynced: Vec<PathBuf>,
}

impl Writer {
    /// Begins `sessions/YYYY/MM/DD/rollout-TIME-ID.jsonl` (UTC) with the session's meta line.
    pub fn create(home: &Home, meta: &SessionMeta) -> Result<Self, TranscriptError> {
        let path = path_of(home, meta)?;
        let dir = path.parent().unwrap_or(Path::new("/"));
        let unsynced = create_dirs(dir).map_err(TranscriptError::open(dir))?;
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&path);
        let file = file.map_err(TranscriptError::open(&path))?;
        let begun = lock(&file, &path).and_then(|()| {
            let mut lines = LineAppender { file, len: 0, torn: false };
            lines.append(&[meta]).map_err(TranscriptError::write(&path))?;
            Ok(lines)
        });
        match begun {
            Ok(lines) => Ok(Self { path, lines, mended: None, unsynced }),
            Err(error) => {
                // it holds nothing, and could not even be opened again
                let _ = std::fs::remove_file(&path);
                Err(error)
            }
        }
    }

    /// Opens a transcript to go on with. A last line that was cut off (the power went while it was written) is taken
    /// away, and [`Writer::mended`] says so: what it told of was never acted on.
    pub fn reopen(path: &Path) -> Result<Self, TranscriptError> {
        let file =
            OpenOptions::new().read(true).append(true).open(path).map_err(TranscriptError::open(path))?;
        lock(&file, path)?;
        still_there(&file, path)?;
        let (whole, all) = whole_lines(&file).map_err(TranscriptError::read(path))?;
        if whole == 0 {
            let why = "its first line is not complete".to_owned();
            return Err(TranscriptError::NotATranscript { path: path.to_owned(), why });
        }
        let mended = (whole < all).then(|| {
            format!(
                "the last line of {} was cut off after {} bytes and is left out",
                path.display(),
                all - whole
            )
        });
        if mended.is_some() {
            file.set_len(whole).map_err(TranscriptError::write(path))?;
        }
        let lines = LineAppender { file, len: whole, torn: false };
        Ok(Self { path: path.to_owned(), lines, mended, unsynced: Vec::new() })
    }

    /// Returns a note for people about what was repaired when the transcript was opened again.
    pub fn mended(&self) -> Option<&str> {
        self.mended.as_deref()
    }

    /// Appends records, all of them in one write. When that fails none of them is in the file.
    pub fn append(&mut self, records: &[Record]) -> Result<(), TranscriptError> {
        self.lines.append(records).map_err(TranscriptError::write(&self.path))
    }

    /// Makes sure that everything appended survives a power cut.
    pub fn sync(&mut self) -> Result<(), TranscriptError> {
        self.lines.file.sync_data().map_err(TranscriptError::write(&self.path))?;
        while let Some(dir) = self.unsynced.last() {
            sync_dir(dir)?;
            self.unsynced.pop();
        }
        Ok(())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Returns the path of a new session's transcript.
fn path_of(home: &Home, meta: &SessionMeta) -> Result<PathBuf, TranscriptError> {
    let id = meta.session_id.as_str();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if id.is_empty() || id.len() > 64 || !id.chars().all(plain) {
        return Err(TranscriptError::BadId(id.to_owned()));
    }
    let at = i64::try_from(meta.at_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    let at = at.unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let day = at.strftime("%Y/%m/%d").to_string();
    Ok(home.sessions_dir().join(day).join(format!("rollout-{}-{id}.jsonl", at.strftime("%Y-%m-%dT%H-%M-%S"))))
}

/// Makes a folder and those it is in, for the person alone. Returns the folders that have a new entry: `dir` itself, which is
/// about to, and all in which one was made.
fn create_dirs(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let missing = dir.ancestors().take_while(|folder| !folder.exists()).count();
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    Ok(dir.ancestors().take(missing + 1).map(Path::to_owned).collect())
}

/// Makes sure that a folder's entries survive a power cut.
fn sync_dir(dir: &Path) -> Result<(), TranscriptError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(TranscriptError::write(dir))
}

/// Locks a file. Of an instance that was killed, a child that is not another program yet holds the lock for a moment longer.
fn lock(file: &File, path: &Path) -> Result<(), TranscriptError> {
    let until = Instant::now() + LINGERING;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(LINGERING / 20),
            Err(TryLockError::WouldBlock) => return Err(TranscriptError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => {
                return Err(TranscriptError::Open { path: path.to_owned(), source });
            }
        }
    }
}

/// Reports whether an open file is still the one its name leads to: another instance may have moved it before
/// it was locked.
fn still_there(file: &File, path: &Path) -> Result<(), TranscriptError> {
    let id = |metadata: Metadata| (metadata.dev(), metadata.ino());
    let held = file.metadata().map_err(TranscriptError::read(path))?;
    let named = std::fs::metadata(path).map_err(TranscriptError::open(path))?;
    if id(held) == id(named) { Ok(()) } else { Err(TranscriptError::InUse(path.to_owned())) }
}

/// Moves a transcript nobody has open, all of it or not at all. Nothing is ever replaced by it.
pub(super) fn relocate(from: &Path, to: &Path) -> Result<(), TranscriptError> {
    let file = File::open(from).map_err(TranscriptError::open(from))?;
    lock(&file, from)?;
    still_there(&file, from)?;
    let dirs = |path: &Path| path.parent().unwrap_or(Path::new("/")).to_owned();
    let (left, entered) = (dirs(from), dirs(to));
    let mut unsynced = create_dirs(&entered).map_err(TranscriptError::open(&entered))?;
    // nobody else moves it while it is locked, and no two sessions have one name
    if to.symlink_metadata().is_ok() {
        return Err(TranscriptError::InTheWay(to.to_owned()));
    }
    std::fs::rename(from, to).map_err(TranscriptError::write(to))?;
    unsynced.push(left);
    unsynced.iter().try_for_each(|dir| sync_dir(dir))
}

/// Returns the number of bytes of the file that are whole lines, and of all.
fn whole_lines(mut file: &File) -> io::Result<(u64, u64)> {
    let all = file.seek(SeekFrom::End(0))?;
    let mut end = all;
    let mut block = [0; 8 * 1024];
    while end > 0 {
        let start = end.saturating_sub(block.len() as u64);
        let Some(part) = usize::try_from(end - start).ok().and_then(|len| block.get_mut(..len)) else {
            break;
        };
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(part)?;
        if let Some(at) = part.iter().rposition(|byte| *byte == b'\n') {
            return Ok((start + at as u64 + 1, all));
        }
        end = start;
    }
    Ok((0, all))
}

/// A file that can be written to, and cut.
pub(super) trait Tail: Write {
    /// Cuts it to a length.
    fn cut(&self, len: u64) -> io::Result<()>;
}

impl Tail for File {
    fn cut(&self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }
}

/// Whole lines at the end of a file that is open for appending.
#[derive(Debug)]
pub(super) struct LineAppender<F> {
    pub(super) file: F,
    /// Bytes that are whole lines.
    pub(super) len: u64,
    /// True when part of a line may follow.
    pub(super) torn: bool,
}

impl<F: Tail> LineAppender<F> {
    /// Appends each thing as a line of JSON, all or none.
    pub(super) fn append<T: serde::Serialize>(&mut self, things: &[T]) -> io::Result<()> {
        let mut bytes = Vec::new();
        for thing in things {
            serde_json::to_writer(&mut bytes, thing)?;
            bytes.push(b'\n');
        }
        if bytes.is_empty() {
            return Ok(());
        }
        self.mend()?;
        self.torn = true;
        if let Err(error) = self.file.write_all(&bytes) {
            // tried again before the next append when it fails here: the first error is the one to tell
            let _ = self.mend();
            return Err(error);
        }
        self.torn = false;
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn mend(&mut self) -> io::Result<()> {
        if self.torn {
            self.file.cut(self.len)?;
            self.torn = false;
        }
        Ok(())
    }
}
