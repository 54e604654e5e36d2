//! Reading more than an answer holds.
//!
//! What a command prints reaches a model with its middle left out past 10 KiB or 256 lines (B17). So long listings are read
//! in pages, and a page that may have been cut is read again as smaller ones.

use super::talk::{Flow, Talk};

/// Rows of a page, to begin with.
const PAGE_ROWS: usize = 120;
/// An answer this long may have been cut.
const SUSPICIOUS_BYTES: usize = 9 * 1024;
/// After this many rows that cannot be read, the listing is taken to be something else than rows.
const MAX_UNREADABLE: usize = 20;

/// Entries of a listing that was read.
pub(super) struct PagedRows<T> {
    /// Its rows, in order.
    pub(super) rows: Vec<T>,
    /// Rows that are too long to be read, or are none.
    pub(super) unreadable: usize,
    /// True when there are more than were wanted.
    pub(super) more: bool,
}

/// Reads what a command line prints, row by row, up to about `limit` rows. `row` says what a line means, or that it means
/// nothing. A command that fails ends the conversation.
pub(super) fn read_all<T>(
    talk: &mut Talk<'_>,
    command: &str,
    limit: usize,
    row: impl Fn(&str) -> Option<T>,
) -> Flow<PagedRows<T>> {
    let mut listing = PagedRows { rows: Vec::new(), unreadable: 0, more: false };
    let mut first = 1;
    let mut size = PAGE_ROWS;
    loop {
        let page = format!("{command} | sed -n '{first},{}p'", first + size - 1);
        let ran = talk.run(&["sh", "-c", &page])?;
        if !ran.succeeded() || listing.unreadable > MAX_UNREADABLE {
            let said: String = ran.output.chars().take(400).collect();
            let Flow::Break(()) =
                talk.close(format!("I could not read on. This is what I got instead:\n\n```\n{said}\n```"));
            return Flow::Break(());
        }
        let lines = ran.output.lines().count();
        let rows: Vec<T> = ran.output.lines().filter_map(&row).collect();
        if rows.len() < lines || ran.output.len() >= SUSPICIOUS_BYTES {
            if size == 1 {
                listing.unreadable += 1;
                first += 1;
            }
            size = (size / 4).max(1);
            continue;
        }
        listing.rows.extend(rows);
        let row_bytes = ran.output.len() / lines.max(1) + 1;
        if lines < size {
            return Flow::Continue(listing);
        }
        if listing.rows.len() >= limit {
            listing.more = true;
            return Flow::Continue(listing);
        }
        first += size;
        size = (SUSPICIOUS_BYTES * 3 / 4 / row_bytes).clamp(1, PAGE_ROWS);
    }
}

/// Folders that are not looked into.
pub(super) const SKIPPED: [&str; 3] = [".git", "target", "node_modules"];

/// One line that a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    /// The file, relative to the folder.
    pub(super) path: String,
    /// The line, counted from 1.
    pub(super) line: usize,
    /// The line's text.
    pub(super) text: String,
}

/// The command line that searches text files below `place` and prints `PATH:LINE:TEXT`.
pub(super) fn search(flags: &str, pattern: &str, place: &str) -> String {
    let skipped = SKIPPED.map(|folder| format!(" --exclude-dir {folder}")).concat();
    format!("grep -rsnHI{flags}{skipped} -e {} {} | sort -t: -k1,1 -k2,2n", quote(pattern), quote(place))
}

/// Reads `PATH:LINE:TEXT`.
pub(super) fn hit(row: &str) -> Option<Hit> {
    let mut from = 0;
    loop {
        let colon = from + row[from..].find(':')?;
        let rest = &row[colon + 1..];
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if digits > 0 && rest[digits..].starts_with(':') {
            let path = row[..colon].trim_start_matches("./").to_owned();
            let text = rest[digits + 1..].trim_end_matches('\r').to_owned();
            return Some(Hit { path, line: rest[..digits].parse().ok()?, text });
        }
        from = colon + 1;
    }
}

/// A word of a command line.
pub(super) fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// "1 file", "2 files".
pub(super) fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_hits() {
        let want =
            |path: &str, line, text: &str| Some(Hit { path: path.to_owned(), line, text: text.to_owned() });
        assert_eq!(hit("./src/a.rs:12:let x: 3: y;"), want("src/a.rs", 12, "let x: 3: y;"));
        assert_eq!(hit("odd: name:7:\r"), want("odd: name", 7, ""));
        assert_eq!(hit("... 20 lines left out ..."), None);
        assert_eq!(hit("Größe:x:"), None);
        assert_eq!(hit(""), None);
    }

    #[test]
    fn quotes_words() {
        assert_eq!(quote("src/a-b.rs"), "src/a-b.rs");
        assert_eq!(quote("it's here"), "'it'\\''s here'");
        assert_eq!(quote(""), "''");
    }
}
