//! Text by somebody else, drawn on a terminal so that it cannot be taken for the program's own words: each line of it stands
//! behind a bar, also where it is folded at the terminal's edge, and what would push the rest out of view is counted.

use std::fmt::Write as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};
use view::text::{ForeignLine, foreign_lines};

/// Bar before a line of the text.
const BAR: char = '|';
/// Bar before a line about the text.
const REMARK: char = ':';
/// Width that is assumed where there is no terminal to ask.
const DEFAULT_WIDTH: usize = 100;
/// Least room for text, however narrow the terminal is.
const MIN_ROOM: usize = 16;
/// Room of a tab.
const TAB: &str = "    ";

/// Columns of the terminal behind standard error, which is where questions are.
pub(crate) fn width() -> usize {
    match rustix::termios::tcgetwinsize(std::io::stderr()) {
        Ok(size) if size.ws_col > 0 => size.ws_col.into(),
        _ => DEFAULT_WIDTH,
    }
}

/// Draws `text` behind a bar, after `label` in its first line. Every line ends with a line feed.
pub(crate) fn drawn(label: &str, text: &str) -> String {
    drawn_within(label, text, width())
}

fn drawn_within(label: &str, text: &str, width: usize) -> String {
    let indent = label.chars().count();
    let room = width.saturating_sub(indent + 3).max(MIN_ROOM);
    let mut drawing = Drawing { label, indent, out: String::new() };
    for line in foreign_lines(text) {
        match line {
            ForeignLine::Text(line) => {
                for piece in folded(&line.replace('\t', TAB), room) {
                    drawing.line(BAR, &piece);
                }
            }
            ForeignLine::Empty(count) => drawing.line(REMARK, &format!("{count} blank lines")),
            ForeignLine::Blanks(count) => drawing.line(REMARK, &format!("{count} blanks")),
        }
    }
    drawing.out
}

struct Drawing<'l> {
    label: &'l str,
    indent: usize,
    out: String,
}

impl Drawing<'_> {
    fn line(&mut self, bar: char, text: &str) {
        let (label, indent) = (std::mem::take(&mut self.label), self.indent);
        // writing to a string cannot fail
        let _ = writeln!(self.out, "{label:<indent$} {bar} {text}");
    }
}

/// Cuts a line into pieces of at most `room` columns, between words where that wastes less than half of one.
fn folded(line: &str, room: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut used = 0;
    for c in line.chars() {
        let columns = c.width().unwrap_or(0);
        if used + columns > room {
            let is_late = |at: &usize| piece[..*at].width() > room / 2;
            let word = match c {
                ' ' => None,
                _ => piece.rfind(' ').map(|space| space + 1).filter(is_late),
            };
            let rest = piece.split_off(word.unwrap_or(piece.len()));
            used = rest.width();
            pieces.push(std::mem::replace(&mut piece, rest));
        }
        used += columns;
        piece.push(c);
    }
    pieces.push(piece);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_folded_between_words_and_a_long_word_anywhere() {
        assert_eq!(
            drawn_within("  why  ", "It goes to an MCP server, which runs outside of it.", 40),
            "  why   | It goes to an MCP server, \n        | which runs outside of it.\n"
        );
        assert_eq!(
            drawn_within("x", &format!("a {}", "w".repeat(20)), 20),
            "x | a wwwwwwwwwwwwww\n  | wwwwww\n"
        );
    }

    #[test]
    fn no_line_of_a_foreign_text_looks_like_one_of_a_card() {
        let forged = format!("rm -rf x; exit{}  run   | ls -la\n  in    | /p", "\n".repeat(81));
        assert_eq!(
            drawn_within("  run  ", &forged, 80),
            "  run   | rm -rf x; exit\n        : 80 blank lines\n        |   run   | ls -la\n        |   in    | /p\n"
        );
        // past the terminal's edge as well
        let wide = format!("a{}  run   | ls", "x".repeat(29));
        assert_eq!(
            drawn_within("  run  ", &wide, 40),
            "  run   | axxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n        |   run   | ls\n"
        );
        let blanks = format!("a{}b", " ".repeat(500));
        assert_eq!(drawn_within("x", &blanks, 40), "x | a\n  : 500 blanks\n  | b\n");
        assert_eq!(
            drawn_within("x", "日本".repeat(10).as_str(), 20),
            "x | 日本日本日本日本\n  | 日本日本日本日本\n  | 日本日本\n"
        );
        assert_eq!(drawn_within("x", "", 80), "x | \n");
        assert_eq!(drawn_within("x", "\u{1b}[2J\r", 80), "x | \\u{1b}[2J\\u{d}\n");
    }
}
