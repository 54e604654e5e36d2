//! Markdown as blocks. While text streams only the end of it is parsed again.
//!
//! Every top-level block is parsed by itself, from its own text: a reference is resolved inside its block only. That makes the
//! blocks of a text the same whether it came at once or character by character, and lets a block that is followed by another
//! be settled for good.

mod build;
#[cfg(test)]
mod tests;

use crate::row::Block;
use build::Builder;
use pulldown_cmark::{Event, Options, Parser};
use std::ops::Range;

/// A message as it is written.
#[derive(Clone, Debug, Default)]
pub struct Markdown {
    text: String,
    blocks: Vec<Block>,
    /// How many of `blocks` are settled, and where the text after them begins.
    settled: usize,
    settled_text: usize,
    settled_ids: u32,
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
        self.text.push_str(text);
        self.parse()
    }

    /// Appends text without parsing it; [`Markdown::parse`] is due.
    pub(crate) fn push_unparsed(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Parses what is not settled. The blocks from the position given back on are new.
    pub(crate) fn parse(&mut self) -> usize {
        let from = self.settled;
        self.blocks.truncate(from);
        let open = &self.text[self.settled_text..];
        let ranges = top_level(open);
        // only a line that is complete can end a block for good: "---" may become "---b"
        let complete = open.rfind('\n').map_or(0, |at| at + 1);
        let settled = if complete == open.len() {
            last_but_one(&ranges)
        } else {
            last_but_one(&top_level(&open[..complete]))
        };
        let mut next_id = self.settled_ids;
        for range in ranges {
            parse_block(&open[range.clone()], &mut next_id, &mut self.blocks);
            if range.end <= settled {
                self.settled = self.blocks.len();
                self.settled_ids = next_id;
            }
        }
        self.settled_text += settled;
        from
    }

    /// How many bytes are parsed again with the next piece of text.
    pub(crate) fn open_bytes(&self) -> usize {
        self.text.len() - self.settled_text
    }

    /// The text so far.
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

/// Where the top-level blocks are, each from the beginning of its first line to the end of its last.
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

/// Where the last block but one ends: what comes later can still become part of the last one, but of no other.
fn last_but_one(ranges: &[Range<usize>]) -> usize {
    ranges.len().checked_sub(2).map_or(0, |at| ranges[at].end)
}

/// Parses the text of one top-level block.
fn parse_block(text: &str, next_id: &mut u32, blocks: &mut Vec<Block>) {
    let mut builder = Builder::new(next_id);
    for event in Parser::new_ext(text, options()) {
        builder.event(event);
    }
    blocks.extend(builder.finish());
}
