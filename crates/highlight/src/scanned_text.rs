//! States of a scanner at places of a text, so that it is scanned up to a place once.

use crate::language::Language;
use crate::scanner::Scanner;
use crate::token::TokenSpan;
use std::ops::Range;

/// Lines from one kept state to the next.
const STRIDE: usize = 128;

/// States before lines 0, 128, 256, ... of a text, as far as it was scanned.
#[derive(Clone, Debug)]
pub struct ScannedText {
    states: Vec<Scanner>,
}

impl ScannedText {
    /// Nothing is scanned yet.
    pub fn new(language: Language) -> Self {
        Self { states: vec![Scanner::new(language)] }
    }

    /// Returns the tokens of some lines of the text, counted from 0. It must be given the text it was given before.
    pub fn tokens<S: AsRef<str>>(&mut self, lines: &[S], wanted: Range<usize>) -> Vec<Vec<TokenSpan>> {
        let wanted = wanted.start.min(lines.len())..wanted.end.min(lines.len());
        let begin = (wanted.start / STRIDE).min(self.states.len() - 1);
        let mut scanner = self.states[begin].clone();
        let mut tokens = Vec::with_capacity(wanted.len());
        for (number, line) in lines.iter().enumerate().take(wanted.end).skip(begin * STRIDE) {
            if number == self.states.len() * STRIDE {
                self.states.push(scanner.clone());
            }
            let spans = scanner.scan(line.as_ref());
            if number >= wanted.start {
                tokens.push(spans);
            }
        }
        tokens
    }
}
