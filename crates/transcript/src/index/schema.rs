//! The file of the index: opened, laid out, and thrown away when it is no good.

use rusqlite::{Connection, Error, ErrorCode, TransactionBehavior};
use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

/// Another layout, or another choice of what is found, is another version: files of others are made again.
const VERSION: i32 = 4;

/// Maximum wait for another instance of the app that uses the database.
const PATIENCE: Duration = Duration::from_secs(5);

const LAYOUT: &str = "
    DROP TABLE IF EXISTS session;
    DROP TABLE IF EXISTS said;
    DROP TABLE IF EXISTS used;
    CREATE TABLE session (
        key INTEGER PRIMARY KEY,
        shelf INTEGER NOT NULL,
        -- beneath the shelf's folder
        path TEXT NOT NULL,
        -- empty for a file that is no transcript
        id TEXT NOT NULL,
        cwd TEXT NOT NULL,
        -- the name a person gave it
        name TEXT NOT NULL,
        -- of its first prompt
        first_words TEXT NOT NULL,
        created_ms INTEGER NOT NULL,
        updated_ms INTEGER NOT NULL,
        tasks INTEGER NOT NULL,
        forked_from TEXT,
        -- as the file was when it was read
        size INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        -- how far that went, and the bytes before: a file that only grew is read on from there
        read_bytes INTEGER NOT NULL,
        tail BLOB NOT NULL,
        -- of the words in `said`
        text_bytes INTEGER NOT NULL,
        -- that answer where reading stopped
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        UNIQUE (shelf, path)
    );
    CREATE INDEX session_by_time ON session (shelf, updated_ms DESC, id DESC);
    CREATE INDEX session_by_folder ON session (shelf, cwd, updated_ms DESC, id DESC);
    -- tokens of each answer of a model; a fork has those of the session it began as, too
    CREATE TABLE used (
        session INTEGER NOT NULL,
        at_ms INTEGER NOT NULL,
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        input INTEGER NOT NULL,
        cached_input INTEGER NOT NULL,
        output INTEGER NOT NULL,
        reasoning INTEGER NOT NULL
    );
    CREATE INDEX used_by_session ON used (session);
    CREATE INDEX used_by_time ON used (at_ms);
    -- its rows are numbered as those of `session` are
    CREATE VIRTUAL TABLE said USING fts5 (title, body, tokenize = 'unicode61 remove_diacritics 2');
    -- what is deleted is not to be found in the file either
    INSERT INTO said (said, rank) VALUES ('secure-delete', 1);
";

/// Opens the file; one that is missing, broken or of another version is made again, empty.
pub(super) fn open(file: &Path) -> rusqlite::Result<Connection> {
    match open_as_it_is(file) {
        Err(error) if is_broken(&error) => open_anew(file),
        other => other,
    }
}

/// Throws the file away and begins another. An instance that has the old one open goes on with that until it finds out.
pub(super) fn open_anew(file: &Path) -> rusqlite::Result<Connection> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        // one that is not there need not go, and one that cannot go is found out next
        let _ = std::fs::remove_file(name);
    }
    open_as_it_is(file)
}

/// An index that lasts as long as it is open.
pub(super) fn in_memory() -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_in_memory()?;
    lay_out(&mut connection)?;
    Ok(connection)
}

/// Reports whether an error means that the file is damaged.
pub(super) fn is_broken(error: &Error) -> bool {
    match error {
        Error::SqliteFailure(failure, _) => matches!(
            failure.code,
            // the last is what a table that is not there, or not as it should be, comes out as
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown
        ),
        Error::SqlInputError { .. }
        | Error::InvalidColumnType(..)
        | Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..) => true,
        _ => false,
    }
}

/// Reports whether an error means that another instance uses the database.
pub(super) fn is_busy(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn open_as_it_is(file: &Path) -> rusqlite::Result<Connection> {
    create_private(file);
    let mut connection = Connection::open(file)?;
    connection.busy_timeout(PATIENCE)?;
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        // readers and a writer side by side. Not to be had while another instance begins the file, which then sees to it, nor on
        // some network drives, where they take turns
        let _ = connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()));
    }
    // what a power cut takes is made again
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    lay_out(&mut connection)?;
    Ok(connection)
}

/// Begins the file for the person alone: it holds what was said. Only when there is none: to open and close a file that is in
/// use would let go of SQLite's locks on it.
fn create_private(file: &Path) {
    if let Some(dir) = file.parent() {
        // when this fails, so does opening, which says why
        let _ = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    }
    let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
}

fn lay_out(connection: &mut Connection) -> rusqlite::Result<()> {
    let version = |connection: &Connection| {
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i32>(0))
    };
    if version(connection)? == VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // another instance may have been faster
    if version(&transaction)? != VERSION {
        transaction.execute_batch(LAYOUT)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()
}
