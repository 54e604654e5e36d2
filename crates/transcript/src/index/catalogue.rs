//! Keeps the index as the transcripts are.

use super::gather::{Gathered, gather};
use crate::archive::place_of;
use crate::files::{SessionLocation, files};
use config::Home;
use protocol::ModelUsage;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, named_params, params};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Bytes of transcripts that are taken in before others get their turn.
const CHUNK_BYTES: u64 = 8 * 1024 * 1024;

/// Transcripts that are taken in before others get their turn.
const CHUNK_FILES: usize = 200;

/// Size and date of a file: one whose size and date are unchanged is not read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileStamp {
    size: i64,
    modified_ns: i64,
}

impl FileStamp {
    fn at(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
        let modified_ns =
            metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec());
        Some(Self { size: clamp(metadata.size()), modified_ns })
    }
}

/// A transcript that is not as it was when it was last read.
struct Stale {
    location: SessionLocation,
    /// Beneath the location's folder.
    place: String,
    path: PathBuf,
    look: FileStamp,
}

/// Takes in what was written, newest session first, and leaves out what is gone.
pub(super) fn refresh(
    connection: &mut Connection,
    home: &Home,
    told: &mut dyn FnMut(),
) -> rusqlite::Result<()> {
    let mut known = known(connection)?;
    let mut stale = Vec::new();
    for location in SessionLocation::ALL {
        let dir = location.dir(home);
        let Ok(files) = files(&dir) else {
            // a folder that cannot be read now may be again: what is known of it stays
            known.retain(|(on, _), _| *on != number(location));
            continue;
        };
        for path in files {
            let Some(place) = path.strip_prefix(&dir).ok().and_then(Path::to_str) else { continue };
            let Some(look) = FileStamp::at(&path) else { continue };
            if known.remove(&(number(location), place.to_owned())) != Some(look) {
                stale.push(Stale { location, place: place.to_owned(), look, path });
            }
        }
    }
    if !known.is_empty() {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (location, place) in known.keys() {
            remove(&transaction, *location, place)?;
        }
        transaction.commit()?;
        told();
    }
    stale.sort_by(|a, b| (a.location, Reverse(&a.place)).cmp(&(b.location, Reverse(&b.place))));
    for chunk in chunks(&stale) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for one in chunk {
            take_in(&transaction, one)?;
        }
        transaction.commit()?;
        told();
    }
    Ok(())
}

/// Updates the catalogue for one transcript.
pub(super) fn refresh_one(connection: &mut Connection, home: &Home, path: &Path) -> rusqlite::Result<()> {
    let Some((location, place)) = place_of(home, path) else { return Ok(()) };
    let Some(place) = place.to_str().map(str::to_owned) else { return Ok(()) };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match FileStamp::at(path) {
        Some(look) => take_in(&transaction, &Stale { location, place, path: path.to_owned(), look })?,
        None => remove(&transaction, number(location), &place)?,
    }
    transaction.commit()
}

/// A location as a number in the file. One that is there never gets another.
pub(super) fn number(location: SessionLocation) -> i64 {
    match location {
        SessionLocation::Sessions => 0,
        SessionLocation::Archive => 1,
        SessionLocation::Trash => 2,
    }
}

/// Every file that was read, and how it looked then.
fn known(connection: &Connection) -> rusqlite::Result<HashMap<(i64, String), FileStamp>> {
    let mut rows = connection.prepare("SELECT shelf, path, size, modified_ns FROM session")?;
    let rows = rows.query_map([], |row| {
        Ok(((row.get(0)?, row.get(1)?), FileStamp { size: row.get(2)?, modified_ns: row.get(3)? }))
    })?;
    rows.collect()
}

fn chunks(stale: &[Stale]) -> impl Iterator<Item = &[Stale]> {
    let mut bytes = 0;
    let mut count = 0;
    stale.chunk_by(move |before, _| {
        bytes += before.look.size.unsigned_abs();
        count += 1;
        let goes_on = bytes < CHUNK_BYTES && count < CHUNK_FILES;
        if !goes_on {
            (bytes, count) = (0, 0);
        }
        goes_on
    })
}

fn take_in(transaction: &Transaction<'_>, stale: &Stale) -> rusqlite::Result<()> {
    let known = transaction
        .prepare_cached("SELECT * FROM session WHERE shelf = ?1 AND path = ?2")?
        .query_row(params![number(stale.location), stale.place], read_row)
        .optional()?;
    // another instance may have been faster
    if known.as_ref().is_some_and(|(_, look, _)| *look == stale.look) {
        return Ok(());
    }
    let key = known.as_ref().map(|(key, _, _)| *key);
    let title_before = known.as_ref().map(|(_, _, gathered)| gathered.title().to_owned());
    let Ok((mut gathered, goes_on)) = gather(&stale.path, known.map(|(_, _, gathered)| gathered)) else {
        return Ok(());
    };
    if stale.location == SessionLocation::Trash {
        // only what it takes to choose what to restore
        (gathered.text, gathered.text_bytes) = (String::new(), 0);
    }
    let key = write_row(transaction, key, stale, &gathered)?;
    if !goes_on {
        transaction.prepare_cached("DELETE FROM used WHERE session = ?1")?.execute(params![key])?;
    }
    write_used(transaction, key, &gathered)?;
    let title = gathered.title();
    if goes_on && gathered.text.is_empty() && title_before.as_deref() == Some(title) {
        // to open a session says nothing in it, and all its words would be written again
        return Ok(());
    }
    if goes_on {
        transaction
            .prepare_cached("UPDATE said SET title = ?2, body = body || ?3 WHERE rowid = ?1")?
            .execute(params![key, title, gathered.text])?;
    } else {
        transaction.prepare_cached("DELETE FROM said WHERE rowid = ?1")?.execute(params![key])?;
        transaction
            .prepare_cached("INSERT INTO said (rowid, title, body) VALUES (?1, ?2, ?3)")?
            .execute(params![key, title, gathered.text])?;
    }
    Ok(())
}

fn remove(transaction: &Transaction<'_>, location: i64, place: &str) -> rusqlite::Result<()> {
    let key: Option<i64> = transaction
        .prepare_cached("DELETE FROM session WHERE shelf = ?1 AND path = ?2 RETURNING key")?
        .query_row(params![location, place], |row| row.get(0))
        .optional()?;
    if let Some(key) = key {
        transaction.prepare_cached("DELETE FROM said WHERE rowid = ?1")?.execute(params![key])?;
        transaction.prepare_cached("DELETE FROM used WHERE session = ?1")?.execute(params![key])?;
    }
    Ok(())
}

fn write_used(transaction: &Transaction<'_>, key: i64, gathered: &Gathered) -> rusqlite::Result<()> {
    let mut insert =
        transaction.prepare_cached("INSERT INTO used VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    for (at_ms, ModelUsage { provider, model, tokens }) in &gathered.used {
        insert.execute(params![
            key,
            clamp(*at_ms),
            provider,
            model,
            clamp(tokens.input_tokens),
            clamp(tokens.cached_input_tokens),
            clamp(tokens.output_tokens),
            clamp(tokens.reasoning_output_tokens),
        ])?;
    }
    Ok(())
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<(i64, FileStamp, Gathered)> {
    let gathered = Gathered {
        id: row.get("id")?,
        cwd: row.get("cwd")?,
        name: row.get("name")?,
        first_words: row.get("first_words")?,
        created_ms: unclamp(row.get("created_ms")?),
        updated_ms: unclamp(row.get("updated_ms")?),
        tasks: row.get("tasks")?,
        forked_from: row.get("forked_from")?,
        read_bytes: unclamp(row.get("read_bytes")?),
        tail: row.get("tail")?,
        text_bytes: unclamp(row.get("text_bytes")?),
        text: String::new(),
        provider: row.get("provider")?,
        model: row.get("model")?,
        used: Vec::new(),
    };
    Ok((
        row.get("key")?,
        FileStamp { size: row.get("size")?, modified_ns: row.get("modified_ns")? },
        gathered,
    ))
}

fn write_row(
    transaction: &Transaction<'_>,
    key: Option<i64>,
    stale: &Stale,
    gathered: &Gathered,
) -> rusqlite::Result<i64> {
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO session VALUES (:key, :shelf, :path, :id, :cwd, :name, :first_words, :created_ms, :updated_ms,
            :tasks, :forked_from, :size, :modified_ns, :read_bytes, :tail, :text_bytes, :provider, :model) RETURNING key",
    )?;
    let values = named_params! {
        ":key": key,
        ":shelf": number(stale.location),
        ":path": stale.place,
        ":id": gathered.id,
        ":cwd": gathered.cwd,
        ":name": gathered.name,
        ":first_words": gathered.first_words,
        ":created_ms": clamp(gathered.created_ms),
        ":updated_ms": clamp(gathered.updated_ms),
        ":tasks": gathered.tasks,
        ":forked_from": gathered.forked_from,
        ":size": stale.look.size,
        ":modified_ns": stale.look.modified_ns,
        ":read_bytes": clamp(gathered.read_bytes),
        ":tail": gathered.tail,
        ":text_bytes": clamp(gathered.text_bytes),
        ":provider": gathered.provider,
        ":model": gathered.model,
    };
    statement.query_row(values, |row| row.get(0))
}

/// SQLite's whole numbers have a sign.
pub(super) fn clamp(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unclamp(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
