//! Scanning line by line.

use crate::language::Language;
use crate::token::{TokenSpan, token_of};
use syntect::parsing::{ParseState, ScopeStack};

/// Longest line that is scanned, in bytes: a longer one is no code that is read.
pub const MAX_LINE_BYTES: usize = 4096;

/// State between two lines of a text.
#[derive(Clone, Debug)]
pub struct Scanner {
    /// `None` once the text could not be scanned on: what follows has no colours.
    state: Option<(ParseState, ScopeStack)>,
}

impl Scanner {
    /// State before the first line of a text.
    pub fn new(language: Language) -> Self {
        Self { state: Some((ParseState::new(language.syntax()), ScopeStack::new())) }
    }

    /// Reads the next line, without its ending, and returns its tokens in order; what lies between them is plain. A line that is
    /// too long is skipped.
    pub fn scan(&mut self, line: &str) -> Vec<TokenSpan> {
        let mut spans = Vec::new();
        if line.len() > MAX_LINE_BYTES {
            return spans;
        }
        let Some((state, stack)) = &mut self.state else { return spans };
        let text = format!("{line}\n");
        let Ok(ops) = state.parse_line(&text, Language::syntaxes()) else {
            self.state = None;
            return spans;
        };
        let mut units = Units { line, byte: 0, unit: 0 };
        let mut start = 0;
        for (at, op) in ops {
            push(&mut spans, stack, &mut units, start, at.min(line.len()));
            start = at.min(line.len());
            if stack.apply(&op).is_err() {
                self.state = None;
                return spans;
            }
        }
        push(&mut spans, stack, &mut units, start, line.len());
        spans
    }
}

/// Appends what stands between two bytes, joined with what is before it if both are alike.
fn push(spans: &mut Vec<TokenSpan>, stack: &ScopeStack, units: &mut Units<'_>, start: usize, end: usize) {
    if start >= end {
        return;
    }
    let Some(token) = token_of(stack) else { return };
    let (from, to) = (units.at(start), units.at(end));
    match spans.last_mut() {
        Some(last) if last.1 == from && last.2 == token => last.1 = to,
        _ => spans.push(TokenSpan(from, to, token)),
    }
}

/// Count of UTF-16 units before a byte, for bytes that are asked for in order.
struct Units<'a> {
    line: &'a str,
    byte: usize,
    unit: u32,
}

impl Units<'_> {
    fn at(&mut self, byte: usize) -> u32 {
        let byte = self.line.floor_char_boundary(byte).max(self.byte);
        let passed = self.line[self.byte..byte].encode_utf16().count();
        self.unit += u32::try_from(passed).unwrap_or(u32::MAX);
        self.byte = byte;
        self.unit
    }
}
