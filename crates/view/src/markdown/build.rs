//! Blocks from the parser's events.

use crate::row::{Block, BlockKind, ColumnAlignment, ListItem, Span};
use crate::text::{MAX_LINE_CHARS, cut, legible};
use pulldown_cmark::{Alignment, CodeBlockKind, CowStr, Event, Tag, TagEnd};
use std::fmt::Write as _;

/// Lists and quotations nested deeper than this are shown as part of the one around them.
const MAX_DEPTH: usize = 12;

/// Blocks, items, rows, cells and changes of style that a message may have: each is an element of the page.
pub(super) const MAX_PIECES: u32 = 10_000;
/// Longest text of one paragraph, heading or cell, in characters.
pub(super) const MAX_RUN_CHARS: usize = 16_000;
/// Longest address of a link, in bytes.
const MAX_ADDRESS_BYTES: usize = 2048;

/// Longest name of a language, in characters.
const MAX_LANGUAGE_CHARS: usize = 40;

/// Room left for more of a message. Once it is used up it stays so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pieces: u32,
    is_out: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self { pieces: MAX_PIECES, is_out: false }
    }
}

impl Room {
    /// Makes room for one piece more. False when there is none.
    fn take(&mut self) -> bool {
        self.is_out |= self.pieces == 0;
        self.pieces = self.pieces.saturating_sub(1);
        !self.is_out
    }

    /// Reports whether something had to be left out.
    pub(super) fn is_out(self) -> bool {
        self.is_out
    }
}

/// Blocks that are being built, the innermost last.
enum Frame {
    /// Things that hold blocks.
    Quote {
        id: u32,
        blocks: Vec<Block>,
    },
    List {
        id: u32,
        start: Option<u64>,
        items: Vec<ListItem>,
    },
    Item(ListItem),
    /// A list, item or quotation nested too deep: what is in it goes to what is around it. Or a block there is no room for.
    Flat,
    /// Things that hold text.
    Paragraph {
        id: u32,
        implied: bool,
    },
    Heading {
        id: u32,
        level: u8,
    },
    Code {
        id: u32,
        language: String,
        text: String,
    },
    Table {
        id: u32,
        head: Vec<Vec<Span>>,
        rows: Vec<Vec<Vec<Span>>>,
        columns: Vec<ColumnAlignment>,
        in_head: bool,
    },
}

/// Makes blocks from the events of one top-level block. Ids are given in the order things begin, so that they stay while text is
/// appended.
pub(super) struct Builder<'a> {
    next_id: &'a mut u32,
    room: &'a mut Room,
    done: Vec<Block>,
    frames: Vec<Frame>,
    spans: Vec<Span>,
    bold: u32,
    italic: u32,
    strike: u32,
    links: Vec<Option<String>>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(next_id: &'a mut u32, room: &'a mut Room) -> Self {
        Self {
            next_id,
            room,
            done: Vec::new(),
            frames: Vec::new(),
            spans: Vec::new(),
            bold: 0,
            italic: 0,
            strike: 0,
            links: Vec::new(),
        }
    }

    pub(super) fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match self.frames.last_mut() {
                Some(Frame::Code { text: code, .. }) => code.push_str(&legible(&text)),
                _ => self.text(&text, false),
            },
            Event::Code(text) => self.text(&text, true),
            Event::Html(text) | Event::InlineHtml(text) => self.text(&text, false),
            Event::SoftBreak => self.text(" ", false),
            Event::HardBreak => self.text("\n", false),
            Event::Rule => {
                self.end_implied();
                if self.room.take() {
                    let id = self.id();
                    self.put(Block { id, kind: BlockKind::Rule });
                }
            }
            Event::TaskListMarker(is_checked) => {
                if let Some(Frame::Item(item)) =
                    self.frames.iter_mut().rev().find(|frame| matches!(frame, Frame::Item(_)))
                {
                    item.checked = Some(is_checked);
                }
            }
            // not asked of the parser: what it would have been is text
            Event::FootnoteReference(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text(&text, false);
            }
        }
    }

    pub(super) fn finish(mut self) -> Vec<Block> {
        self.end_implied();
        self.done
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Emphasis => self.italic += 1,
            Tag::Strong => self.bold += 1,
            Tag::Strikethrough => self.strike += 1,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push(web_address(&dest_url));
            }
            Tag::Superscript | Tag::Subscript => {}
            Tag::TableHead => {
                if let Some(Frame::Table { in_head, .. }) = self.frames.last_mut() {
                    *in_head = true;
                }
            }
            Tag::TableRow => {
                if let Some(Frame::Table { rows, in_head, .. }) = self.frames.last_mut()
                    && self.room.take()
                {
                    *in_head = false;
                    rows.push(Vec::new());
                }
            }
            Tag::TableCell => self.spans.clear(),
            block => self.start_block(block),
        }
    }

    fn start_block(&mut self, tag: Tag<'_>) {
        self.end_implied();
        if !self.room.take() {
            return self.frames.push(Frame::Flat);
        }
        let nested = self.frames.iter().filter(|frame| !matches!(frame, Frame::Item(_))).count();
        let frame = match tag {
            // an item of a list that is itself nested too deep has no list of its own to join
            Tag::Item if matches!(self.frames.last(), Some(Frame::List { .. })) => {
                Frame::Item(ListItem { checked: None, blocks: Vec::new() })
            }
            Tag::List(_) | Tag::BlockQuote(_) | Tag::Item if nested >= MAX_DEPTH => Frame::Flat,
            Tag::List(start) => Frame::List { id: self.id(), start, items: Vec::new() },
            Tag::BlockQuote(_) => Frame::Quote { id: self.id(), blocks: Vec::new() },
            Tag::Heading { level, .. } => Frame::Heading { id: self.id(), level: level as u8 },
            Tag::CodeBlock(kind) => {
                Frame::Code { id: self.id(), language: language(&kind), text: String::new() }
            }
            Tag::Table(columns) => Frame::Table {
                id: self.id(),
                head: Vec::new(),
                rows: Vec::new(),
                columns: columns.into_iter().map(aligned).collect(),
                in_head: false,
            },
            // a paragraph, raw HTML, and what was not asked of the parser
            _ => Frame::Paragraph { id: self.id(), implied: false },
        };
        self.frames.push(frame);
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis => self.italic = self.italic.saturating_sub(1),
            TagEnd::Strong => self.bold = self.bold.saturating_sub(1),
            TagEnd::Strikethrough => self.strike = self.strike.saturating_sub(1),
            TagEnd::Link | TagEnd::Image => {
                self.links.pop();
            }
            TagEnd::Superscript | TagEnd::Subscript | TagEnd::TableHead | TagEnd::TableRow => {}
            TagEnd::TableCell => {
                let cell = bounded(std::mem::take(&mut self.spans));
                if self.room.take()
                    && let Some(Frame::Table { head, rows, in_head, .. }) = self.frames.last_mut()
                {
                    let row = if *in_head { Some(head) } else { rows.last_mut() };
                    if let Some(row) = row {
                        row.push(cell);
                    }
                }
            }
            _ => {
                self.end_implied();
                self.end_block();
            }
        }
    }

    fn end_block(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        let (id, kind) = match frame {
            Frame::Flat => return,
            Frame::Item(item) => {
                if let Some(Frame::List { items, .. }) = self.frames.last_mut() {
                    items.push(item);
                }
                return;
            }
            Frame::Paragraph { id, .. } => match self.take_spans() {
                spans if spans.is_empty() => return,
                spans => (id, BlockKind::Paragraph { spans }),
            },
            Frame::Heading { id, level } => (id, BlockKind::Heading { level, spans: self.take_spans() }),
            Frame::Code { id, language, mut text } => {
                if text.ends_with('\n') {
                    text.pop();
                }
                (id, BlockKind::Code { language, text: short_lines(text) })
            }
            Frame::List { id, start, items } => (id, BlockKind::List { start, items }),
            Frame::Quote { id, blocks } => (id, BlockKind::Quote { blocks }),
            Frame::Table { id, head, rows, columns, .. } => (id, BlockKind::Table { head, rows, columns }),
        };
        self.put(Block { id, kind });
    }

    /// Puts a finished block where it belongs.
    fn put(&mut self, block: Block) {
        for frame in self.frames.iter_mut().rev() {
            match frame {
                Frame::Quote { blocks, .. } | Frame::Item(ListItem { blocks, .. }) => {
                    return blocks.push(block);
                }
                _ => {}
            }
        }
        self.done.push(block);
    }

    /// Text of a tight list item stands in no paragraph of the parser's; it gets one.
    fn text(&mut self, text: &str, code: bool) {
        // what comes after something that was left out would read as if it followed
        if self.room.is_out {
            return;
        }
        let holds_text = matches!(
            self.frames.last(),
            Some(Frame::Paragraph { .. } | Frame::Heading { .. } | Frame::Table { .. } | Frame::Code { .. })
        );
        if !holds_text {
            if !self.room.take() {
                return;
            }
            let id = self.id();
            self.frames.push(Frame::Paragraph { id, implied: true });
        }
        let style = Span {
            text: String::new(),
            bold: self.bold > 0,
            italic: self.italic > 0,
            strike: self.strike > 0,
            code,
            link: self.links.iter().flatten().next().cloned(),
        };
        match self.spans.last_mut() {
            Some(last) if same_style(last, &style) => last.text.push_str(&legible(text)),
            _ if self.room.take() => self.spans.push(Span { text: legible(text).into_owned(), ..style }),
            _ => {}
        }
    }

    fn end_implied(&mut self) {
        if matches!(self.frames.last(), Some(Frame::Paragraph { implied: true, .. })) {
            self.end_block();
        }
    }

    fn take_spans(&mut self) -> Vec<Span> {
        let mut spans = std::mem::take(&mut self.spans);
        // the line feeds a block of raw HTML ends in
        if let Some(last) = spans.last_mut() {
            last.text.truncate(last.text.trim_end_matches('\n').len());
        }
        spans.retain(|span| !span.text.is_empty());
        bounded(spans)
    }

    fn id(&mut self) -> u32 {
        let id = *self.next_id;
        *self.next_id += 1;
        id
    }
}

/// A run of text that an engine lays out in a moment, which says what was left out.
fn bounded(mut spans: Vec<Span>) -> Vec<Span> {
    let mut room = MAX_RUN_CHARS;
    for at in 0..spans.len() {
        let Some((kept, mut left_out)) = cut(&spans[at].text, room) else {
            room = room.saturating_sub(spans[at].text.chars().count());
            continue;
        };
        let kept = kept.len();
        left_out += spans[at + 1..].iter().map(|span| span.text.chars().count()).sum::<usize>();
        spans[at].text.truncate(kept);
        spans.truncate(at + 1);
        spans.push(Span { text: format!(" [{left_out} more characters]"), ..Span::default() });
        break;
    }
    spans
}

/// Code with its long lines cut, as a diff has them.
fn short_lines(code: String) -> String {
    if code.lines().all(|line| cut(line, MAX_LINE_CHARS).is_none()) {
        return code;
    }
    let mut short = String::new();
    for (number, line) in code.split('\n').enumerate() {
        if number > 0 {
            short.push('\n');
        }
        let _ = match cut(line, MAX_LINE_CHARS) {
            None => write!(short, "{line}"),
            Some((line, left_out)) => write!(short, "{line} [{left_out} more characters]"),
        };
    }
    short
}

fn same_style(one: &Span, other: &Span) -> bool {
    (one.bold, one.italic, one.strike, one.code) == (other.bold, other.italic, other.strike, other.code)
        && one.link == other.link
}

/// The address, when a link may lead there: http or https, nothing in it that cannot be seen.
fn web_address(url: &CowStr<'_>) -> Option<String> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme)?;
    let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let plain = url.len() <= MAX_ADDRESS_BYTES
        && !url.chars().any(char::is_whitespace)
        && matches!(crate::text::visible(url), std::borrow::Cow::Borrowed(_));
    (web && plain).then(|| url.to_string())
}

/// The first word of what stands behind the fence.
fn language(kind: &CodeBlockKind<'_>) -> String {
    match kind {
        CodeBlockKind::Indented => String::new(),
        CodeBlockKind::Fenced(info) => {
            let word = info.split([' ', ',', '{', '\t']).next().unwrap_or_default();
            crate::text::one_line(word, MAX_LANGUAGE_CHARS)
        }
    }
}

fn aligned(alignment: Alignment) -> ColumnAlignment {
    match alignment {
        Alignment::None | Alignment::Left => ColumnAlignment::Start,
        Alignment::Center => ColumnAlignment::Center,
        Alignment::Right => ColumnAlignment::End,
    }
}
