//! Asks the index.

use super::catalogue::{number, unclamp};
use super::listed::{ListedSession, SnippetPart};
use crate::files::SessionLocation;
use config::Home;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};
use std::path::{Path, PathBuf};

/// Mark before a word that was searched for, in the text SQLite returns. A person types neither mark.
const HIT_BEGINS: char = '\u{2}';
const HIT_ENDS: char = '\u{3}';

/// Words of a snippet.
const SNIPPET_WORDS: u32 = 20;

/// Characters of a snippet on either side of what was found, where words cannot be counted.
const SNIPPET_CHARS: usize = 40;

/// Weight of a title against the text of the conversation: a name was chosen to be found.
const TITLE_WEIGHT: f64 = 8.0;

/// Query for sessions.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionQuery<'a> {
    /// Words that are in them, or begin a word in them: all of these, in any order. What stands in `"` is looked for as it is.
    pub words: &'a str,
    /// Their folder.
    pub folder: Option<&'a Path>,
    /// Place they are stored in.
    pub location: SessionLocation,
    /// Number of sessions to skip.
    pub from: u32,
    /// Maximum number of sessions to return.
    pub count: u32,
}

/// Some of the sessions that are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionPage {
    /// These.
    pub sessions: Vec<ListedSession>,
    /// Total number of sessions that match.
    pub total: u32,
}

pub(super) fn list(
    connection: &Connection,
    home: &Home,
    wanted: &SessionQuery<'_>,
) -> rusqlite::Result<SessionPage> {
    let search = ParsedQuery::of(wanted.words);
    let (clause, mut values) = search.clause();
    let mut clause = format!("shelf = ? AND id <> ''{clause}");
    values.insert(0, number(wanted.location).into());
    if let Some(folder) = wanted.folder {
        clause.push_str(" AND cwd = ?");
        values.push(folder.to_string_lossy().into_owned().into());
    }
    let tables = if search.is_empty() { "session" } else { "said JOIN session ON session.key = said.rowid" };
    let order = if search.matching.is_empty() {
        "updated_ms DESC, id DESC".to_owned()
    } else {
        format!("bm25(said, {TITLE_WEIGHT:?}, 1.0), updated_ms DESC")
    };
    let total = connection
        .prepare_cached(&format!("SELECT count(*) FROM {tables} WHERE {clause}"))?
        .query_row(params_from_iter(&values), |row| row.get(0))?;
    values.extend([i64::from(wanted.count).into(), i64::from(wanted.from).into()]);
    let mut statement = connection.prepare_cached(&format!(
        "SELECT session.* FROM {tables} WHERE {clause} ORDER BY {order} LIMIT ? OFFSET ?"
    ))?;
    let found = statement.query_map(params_from_iter(&values), |row| {
        Ok((row.get("key")?, listed(row, home, wanted.location)?))
    })?;
    let mut sessions = Vec::new();
    for one in found {
        let (key, mut listed) = one?;
        listed.snippet = search.snippet(connection, key)?;
        sessions.push(listed);
    }
    Ok(SessionPage { sessions, total })
}

fn listed(row: &Row<'_>, home: &Home, location: SessionLocation) -> rusqlite::Result<ListedSession> {
    let text = |column: &str| row.get::<_, String>(column);
    let (name, first_words) = (text("name")?, text("first_words")?);
    Ok(ListedSession {
        session_id: text("id")?.into(),
        path: location.dir(home).join(text("path")?),
        location,
        cwd: PathBuf::from(text("cwd")?),
        title: if name.is_empty() { first_words } else { name },
        created_ms: unclamp(row.get("created_ms")?),
        updated_ms: unclamp(row.get("updated_ms")?),
        tasks: row.get("tasks")?,
        forked_from: row.get::<_, Option<String>>("forked_from")?.map(Into::into),
        snippet: Vec::new(),
    })
}

/// Words to search for.
#[derive(Debug, Default, PartialEq)]
struct ParsedQuery {
    /// In SQLite's language; empty when there is nothing for it.
    matching: String,
    /// Terms that are looked for letter by letter.
    literal: Vec<String>,
}

impl ParsedQuery {
    fn of(words: &str) -> Self {
        let mut search = Self::default();
        for (number, part) in words.split('"').enumerate() {
            // every second part stands between two quotes
            if number % 2 == 1 {
                search.add(part.trim(), false);
            } else {
                part.split_whitespace().for_each(|word| search.add(word, true));
            }
        }
        search
    }

    fn add(&mut self, term: &str, begins: bool) {
        let term: String = term.chars().filter(|c| !c.is_control()).collect();
        if term.is_empty() {
            return;
        }
        if term.chars().any(is_unspaced) || !term.chars().any(char::is_alphanumeric) {
            return self.literal.push(term);
        }
        if !self.matching.is_empty() {
            self.matching.push(' ');
        }
        self.matching.extend(["\"", &term, if begins { "\"*" } else { "\"" }]);
    }

    fn is_empty(&self) -> bool {
        self.matching.is_empty() && self.literal.is_empty()
    }

    /// Conditions, and the values in them.
    fn clause(&self) -> (String, Vec<Value>) {
        let (mut clause, mut values) = (String::new(), Vec::new());
        if !self.matching.is_empty() {
            clause.push_str(" AND said MATCH ?");
            values.push(self.matching.clone().into());
        }
        for term in &self.literal {
            clause.push_str(" AND (instr(said.title, ?) OR instr(said.body, ?))");
            values.extend([term.clone().into(), term.clone().into()]);
        }
        (clause, values)
    }

    /// Returns the text around the words that were found.
    fn snippet(&self, connection: &Connection, key: i64) -> rusqlite::Result<Vec<SnippetPart>> {
        if !self.matching.is_empty() {
            let text: String = connection
                .prepare_cached(
                    "SELECT snippet(said, -1, ?1, ?2, '…', ?3) FROM said WHERE said MATCH ?4 AND rowid = ?5",
                )?
                .query_row(
                    params![HIT_BEGINS.to_string(), HIT_ENDS.to_string(), SNIPPET_WORDS, self.matching, key],
                    |row| row.get(0),
                )?;
            return Ok(marked(&text));
        }
        let Some(term) = self.literal.first() else { return Ok(Vec::new()) };
        let text: String = connection
            .prepare_cached("SELECT title || char(10) || body FROM said WHERE rowid = ?1")?
            .query_row([key], |row| row.get(0))?;
        Ok(around(&text, term))
    }
}

/// Reports whether a letter is of a script that puts no spaces between words: there a word is whatever is
/// typed.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' // Thai, Lao
        | '\u{1000}'..='\u{109f}' // Burmese
        | '\u{1780}'..='\u{17ff}' // Khmer
        | '\u{3040}'..='\u{30ff}' // kana
        | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' // Han
    )
}

/// The parts of a snippet, each on one line.
fn marked(text: &str) -> Vec<SnippetPart> {
    let mut parts = Vec::new();
    for (number, piece) in text.split(HIT_BEGINS).enumerate() {
        let (hit, rest) = match piece.split_once(HIT_ENDS) {
            Some((hit, rest)) if number > 0 => (hit, rest),
            _ => ("", piece),
        };
        for (text, hit) in [(hit, true), (rest, false)] {
            if !text.is_empty() {
                parts.push(SnippetPart { text: on_one_line(text), hit });
            }
        }
    }
    parts
}

/// Returns the text around `term`.
fn around(text: &str, term: &str) -> Vec<SnippetPart> {
    let Some((before, after)) = text.split_once(term) else { return Vec::new() };
    let begin = before.char_indices().rev().nth(SNIPPET_CHARS - 1).map_or(0, |(at, _)| at);
    let end = after.char_indices().nth(SNIPPET_CHARS).map_or(after.len(), |(at, _)| at);
    let cut = |there: bool| if there { "…" } else { "" };
    let parts = [
        (format!("{}{}", cut(begin > 0), before.get(begin..).unwrap_or_default()), false),
        (term.to_owned(), true),
        (format!("{}{}", after.get(..end).unwrap_or_default(), cut(end < after.len())), false),
    ];
    let parts = parts.into_iter().filter(|(text, _)| !text.is_empty());
    parts.map(|(text, hit)| SnippetPart { text: on_one_line(&text), hit }).collect()
}

fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
