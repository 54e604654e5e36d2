//! Markdown as blocks. While text streams only the end of it is parsed again.
//!
//! Text is taken in line by line, and what is settled depends on the complete lines alone: the blocks of a text are the same
//! whether it came at once or character by character. A settled block is parsed by itself, so a reference reaches no further
//! than its block.

mod build;
#[cfg(test)]
mod tests;

use crate::row::{Block, BlockKind};
use build::{Builder, Room};
use pulldown_cmark::{Event, Options, Parser};
use std::ops::Range;

/// Only blank lines are tried as an end of a block, until this much text is not settled.
const IMPATIENT_BYTES: usize = 4096;

/// So much of a message is shown, in bytes: more than any model says at once that means to be read.
pub const MAX_SHOWN_BYTES: usize = 256 * 1024;

/// A message as it is written.
#[derive(Clone, Debug, Default)]
pub struct Markdown {
    text: String,
    ended_in_cr: bool,
    /// The settled blocks, and behind them those of the text that is not settled, as of the last [`Markdown::parse`].
    blocks: Vec<Block>,
    settled: usize,
    /// Offset at which the unsettled text begins, and the first id of its blocks.
    open: usize,
    open_id: u32,
    /// Length the open text must reach before settling some of it is tried again.
    next_try: usize,
    /// Room the settled blocks left.
    room: Room,
    /// True once text came for which there was no room: nothing is taken in after it.
    is_full: bool,
}

impl Markdown {
    /// The blocks of a whole text.
    pub fn of(text: &str) -> Vec<Block> {
        let mut markdown = Self::default();
        markdown.push(text);
        markdown.blocks
    }

    /// Appends text. The blocks from the position given back on are new.
    pub fn push(&mut self, text: &str) -> usize {
        let from = self.push_unparsed(text);
        self.parse();
        from
    }

    /// Appends text and settles what can be; [`Markdown::parse`] is due for the rest. The blocks from the position given back on
    /// are new.
    pub(crate) fn push_unparsed(&mut self, text: &str) -> usize {
        let from = self.settled;
        for line in text.split_inclusive(['\r', '\n']) {
            // one kind of line ending, so that a line is complete when its last character is there
            if self.ended_in_cr && line == "\n" {
                self.ended_in_cr = false;
                continue;
            }
            self.ended_in_cr = line.ends_with('\r');
            let body = line.trim_end_matches(['\r', '\n']);
            self.take_in(body);
            if body.len() < line.len() {
                self.take_in("\n");
                self.settle();
            }
        }
        from
    }

    /// Appends as much as is shown.
    fn take_in(&mut self, text: &str) {
        if self.is_full {
            return;
        }
        let room = MAX_SHOWN_BYTES - self.text.len();
        self.text.push_str(&text[..text.floor_char_boundary(room)]);
        self.is_full = text.len() > room;
    }

    /// Parses what is not settled.
    pub(crate) fn parse(&mut self) {
        self.blocks.truncate(self.settled);
        let (mut next_id, mut room) = (self.open_id, self.room);
        let open = &self.text[self.open..];
        for range in top_level(open) {
            parse_block(&open[range], &mut next_id, &mut room, &mut self.blocks);
        }
        if self.is_full && self.open < self.text.len() {
            // nothing changes any more, and nothing is parsed again
            (self.open_id, self.room) = (next_id, room);
            (self.settled, self.open) = (self.blocks.len(), self.text.len());
        }
        if self.is_full || room.is_out() {
            self.blocks.push(Block { id: next_id, kind: BlockKind::Rest });
        }
    }

    /// At the end of a line: settles every block but the last, which may go on.
    fn settle(&mut self) {
        let open = &self.text[self.open..];
        if self.is_full {
            return;
        }
        let at_blank_line = open.ends_with("\n\n");
        if open.len() < self.next_try || !(at_blank_line || open.len() > IMPATIENT_BYTES) {
            return;
        }
        let ranges = top_level(open);
        let Some((_, over)) = ranges.split_last().filter(|(_, over)| !over.is_empty()) else {
            // trying again only when much has come keeps the cost of a long block in proportion to its length
            self.next_try = open.len() + open.len() / 4;
            return;
        };
        self.blocks.truncate(self.settled);
        let end = over.last().map_or(0, |range| range.end);
        for range in over {
            parse_block(&open[range.clone()], &mut self.open_id, &mut self.room, &mut self.blocks);
        }
        self.settled = self.blocks.len();
        self.open += end;
        self.next_try = 0;
    }

    /// Returns the number of bytes that are parsed again with the next piece of text.
    pub(crate) fn open_bytes(&self) -> usize {
        self.text.len() - self.open
    }

    /// The text so far, its lines ended by line feeds.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The blocks so far.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The blocks so far.
    pub fn into_blocks(self) -> Vec<Block> {
        self.blocks
    }
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}

/// Returns the ranges of the top-level blocks, each from the beginning of its first line to the end of its
/// last.
fn top_level(text: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut depth = 0_usize;
    for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
        match event {
            Event::Start(_) => {
                if depth == 0 {
                    ranges.push(whole_lines(text, range));
                }
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            _ if depth == 0 => ranges.push(whole_lines(text, range)),
            _ => {}
        }
    }
    ranges.dedup_by(|next, range| {
        // two blocks of one line are parsed together
        let overlap = next.start < range.end;
        if overlap {
            range.end = range.end.max(next.end);
        }
        overlap
    });
    ranges
}

fn whole_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = if text[..range.end].ends_with('\n') {
        range.end
    } else {
        text[range.end..].find('\n').map_or(text.len(), |at| range.end + at + 1)
    };
    start..end
}

/// Parses the text of one top-level block.
fn parse_block(text: &str, next_id: &mut u32, room: &mut Room, blocks: &mut Vec<Block>) {
    let mut builder = Builder::new(next_id, room);
    for event in Parser::new_ext(text, options()) {
        builder.event(event);
    }
    blocks.extend(builder.finish());
}
