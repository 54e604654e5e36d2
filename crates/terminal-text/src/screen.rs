//! The last lines of a terminal, and the cursor in them.

use crate::line::Line;
use crate::sgr::Sgr;
use std::collections::VecDeque;

/// Longest line that is held, in characters. What is before it in a longer one is final.
const MAX_LINE: usize = 4096;

/// Treatment of colors and styles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Styles {
    /// The text is without any.
    Dropped,
    /// They stand in the text as `ESC [ ... m`. Each line begins and ends without a style.
    Kept,
}

/// The lines that may still change.
pub(crate) struct Screen {
    styles: Styles,
    max_lines: usize,
    /// Never empty. All but the last have ended.
    lines: VecDeque<Line>,
    row: usize,
    column: usize,
    style: Sgr,
    /// Text that cannot change any more and was not taken yet.
    done: String,
}

impl Screen {
    pub(crate) fn new(styles: Styles, max_lines: usize) -> Self {
        Self {
            styles,
            max_lines,
            lines: VecDeque::from([Line::default()]),
            row: 0,
            column: 0,
            style: Sgr::NONE,
            done: String::new(),
        }
    }

    /// Takes the text that cannot change any more.
    pub(crate) fn take_final(&mut self) -> String {
        std::mem::take(&mut self.done)
    }

    /// Returns the text that may still change.
    pub(crate) fn live(&self) -> String {
        let mut text = String::new();
        let last = self.last_row();
        for (row, line) in self.lines.iter().enumerate().take(last + 1) {
            text.push_str(&line.text(self.has_styles()));
            if row < self.lines.len() - 1 {
                text.push('\n');
            }
        }
        text
    }

    /// Makes all text final.
    pub(crate) fn finish(&mut self) {
        let text = self.live();
        self.done.push_str(&text);
        *self = Self { done: std::mem::take(&mut self.done), ..Self::new(self.styles, self.max_lines) };
    }

    /// Prints text without any control character but tabs and line feeds.
    pub(crate) fn print_plain(&mut self, text: &str) {
        let text = self.print_flood(text);
        let mut lines = text.split('\n');
        let first = lines.next().unwrap_or_default();
        first.chars().for_each(|c| self.print(c));
        for line in lines {
            self.line_feed();
            line.chars().for_each(|c| self.print(c));
        }
    }

    /// Makes that part of a long text final that would be so anyway, and returns the rest.
    fn print_flood<'t>(&mut self, text: &'t str) -> &'t str {
        let is_plain = self.style == Sgr::NONE || !self.has_styles();
        if text.len() <= MAX_LINE || !is_plain || self.row + 1 < self.lines.len() {
            return text;
        }
        let Some(first) = text.find('\n') else { return text };
        let Some((last, _)) = text.rmatch_indices('\n').nth(self.max_lines) else { return text };
        if last <= first {
            return text;
        }
        text[..first].chars().for_each(|c| self.print(c));
        self.line_feed();
        self.settle(1);
        self.done.push_str(&text[first + 1..=last]);
        &text[last + 1..]
    }

    /// Prints a character at the cursor.
    pub(crate) fn print(&mut self, c: char) {
        if self.column >= MAX_LINE {
            self.cut_line();
        }
        let (column, style) = (self.column, self.style);
        self.line().put(column, c, style);
        self.column += 1;
    }

    /// Carries out a control character; one that moves nothing is passed over.
    pub(crate) fn control(&mut self, c: char) {
        match c {
            '\n' => self.line_feed(),
            '\t' => self.print('\t'),
            '\r' => {
                self.column = 0;
                self.line().return_to();
            }
            '\u{8}' if self.column > 0 => {
                self.column -= 1;
                self.line().step_back();
            }
            _ => {}
        }
    }

    /// Carries out a control sequence `ESC [ PARAMS ACTION`; an unknown one is passed over.
    pub(crate) fn csi(&mut self, params: &vte::Params, action: char) {
        let param = params.iter().next().and_then(|param| param.first()).copied().unwrap_or(0);
        let count = usize::from(param.max(1));
        match action {
            'm' => self.style.apply(params),
            'A' => self.go_to(self.row.saturating_sub(count), self.column),
            'B' => self.go_to(self.row.saturating_add(count), self.column),
            'C' => self.column = (self.column + count).min(MAX_LINE - 1),
            'D' => self.go_to(self.row, self.column.saturating_sub(count)),
            'E' => self.go_to(self.row.saturating_add(count), 0),
            'F' => self.go_to(self.row.saturating_sub(count), 0),
            'G' => self.go_to(self.row, (count - 1).min(MAX_LINE - 1)),
            'K' => self.erase_line(param),
            'X' => {
                let from = self.column;
                self.line().erase(from, from + count);
            }
            'J' if param == 0 => {
                self.erase_line(0);
                let below = self.row + 1;
                for line in self.lines.iter_mut().skip(below) {
                    line.erase(0, usize::MAX);
                }
            }
            // a screen that is painted anew: what it showed stays, above
            'J' | 'H' | 'f' => {
                self.row = self.lines.len() - 1;
                if !self.line().is_fresh() {
                    self.column = 0;
                    self.line_feed();
                }
            }
            _ => {}
        }
    }

    fn erase_line(&mut self, what: u16) {
        let column = self.column;
        match what {
            0 => self.line().erase(column, usize::MAX),
            1 => self.line().erase(0, column + 1),
            _ => self.line().erase(0, usize::MAX),
        }
    }

    fn go_to(&mut self, row: usize, column: usize) {
        self.row = row.min(self.lines.len() - 1);
        self.column = column;
        self.line().return_to();
    }

    fn line_feed(&mut self) {
        self.row += 1;
        self.column = 0;
        if self.row == self.lines.len() {
            self.lines.push_back(Line::default());
            self.settle(self.max_lines);
        } else {
            self.line().return_to();
        }
    }

    /// Makes all but the last lines final.
    fn settle(&mut self, max_lines: usize) {
        while self.lines.len() > max_lines {
            let Some(line) = self.lines.pop_front() else { return };
            self.done.push_str(&line.text(self.has_styles()));
            self.done.push('\n');
            self.row = self.row.saturating_sub(1);
        }
    }

    /// Makes the beginning of a line that is too long final.
    fn cut_line(&mut self) {
        if self.row + 1 < self.lines.len() {
            // one that the cursor came back to stays as long as it is
            return self.column = 0;
        }
        self.settle(1);
        let with_styles = self.has_styles();
        let text = self.line().take_text(with_styles);
        self.done.push_str(&text);
        self.column = 0;
    }

    /// Last row that is to be seen: of those below the cursor, empty ones were erased.
    fn last_row(&self) -> usize {
        let is_seen = |row: &usize| *row <= self.row || self.lines[*row].len() > 0;
        (0..self.lines.len()).rev().find(is_seen).unwrap_or(0)
    }

    fn has_styles(&self) -> bool {
        self.styles == Styles::Kept
    }

    fn line(&mut self) -> &mut Line {
        // the row is always that of a line
        let row = self.row.min(self.lines.len() - 1);
        &mut self.lines[row]
    }
}
