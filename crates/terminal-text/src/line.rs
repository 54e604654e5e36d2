//! One line of a terminal.

use crate::sgr::Sgr;
use std::fmt::Write as _;

/// A character with its style.
#[derive(Clone, Copy, Debug)]
struct Cell {
    c: char,
    style: Sgr,
}

const BLANK: Cell = Cell { c: ' ', style: Sgr::NONE };

/// Movement of the cursor back into what is printed already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Back {
    #[default]
    Not,
    /// By one or more characters.
    Stepped,
    /// To the beginning of the line, or from another one; or the text there was erased.
    Returned,
}

/// A line: its characters, and the number of texts that have stood there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    cells: Vec<Cell>,
    states: u64,
    back: Back,
}

impl Line {
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Reports whether nothing was ever printed here.
    pub(crate) fn is_fresh(&self) -> bool {
        self.cells.is_empty() && self.states == 0
    }

    /// Puts a character at a column.
    pub(crate) fn put(&mut self, column: usize, c: char, style: Sgr) {
        let there = self.cells.get(column).map(|cell| cell.c);
        // bold and underlined text as printers make it: a letter over itself, or with a line below
        let is_overstrike =
            self.back == Back::Stepped && there.is_some_and(|there| there == c || there == '_' || c == '_');
        if self.states == 0 || self.back != Back::Not && !is_overstrike {
            self.states += 1;
        }
        self.back = Back::Not;
        if is_overstrike && c == '_' {
            return;
        }
        let cell = Cell { c, style };
        while self.cells.len() < column {
            self.cells.push(BLANK);
        }
        match self.cells.get_mut(column) {
            Some(there) => *there = cell,
            None => self.cells.push(cell),
        }
    }

    /// Notes that the cursor went back by a character.
    pub(crate) fn step_back(&mut self) {
        if self.back == Back::Not {
            self.back = Back::Stepped;
        }
    }

    /// Notes that the cursor came back to text that is there.
    pub(crate) fn return_to(&mut self) {
        if !self.cells.is_empty() {
            self.back = Back::Returned;
        }
    }

    /// Erases the characters of these columns.
    pub(crate) fn erase(&mut self, from: usize, to: usize) {
        self.return_to();
        if to >= self.cells.len() {
            self.cells.truncate(from);
        } else if let Some(cells) = self.cells.get_mut(from..to) {
            cells.fill(BLANK);
        }
    }

    /// Takes the characters out; the line goes on without them.
    pub(crate) fn take_text(&mut self, with_styles: bool) -> String {
        let text = Self::cells_text(&self.cells, with_styles);
        self.cells.clear();
        self.back = Back::Not;
        text
    }

    /// Writes the line: its last text, and how many there were when there was more than one.
    pub(crate) fn text(&self, with_styles: bool) -> String {
        if self.states <= 1 {
            return Self::cells_text(&self.cells, with_styles);
        }
        // blanks at the end only wiped out what stood there before
        let end = self.cells.iter().rposition(|cell| cell.c != ' ').map_or(0, |last| last + 1);
        let mut text = Self::cells_text(&self.cells[..end], with_styles);
        if !text.is_empty() {
            text.push(' ');
        }
        // writing to a string cannot fail
        let _ = write!(text, "[{} updates]", grouped(self.states));
        text
    }

    fn cells_text(cells: &[Cell], with_styles: bool) -> String {
        let mut text = String::with_capacity(cells.len());
        let mut style = Sgr::NONE;
        for cell in cells {
            if with_styles && cell.style != style {
                style = cell.style;
                style.write(&mut text);
            }
            text.push(cell.c);
        }
        if style != Sgr::NONE {
            Sgr::NONE.write(&mut text);
        }
        text
    }
}

/// Writes a number with commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
