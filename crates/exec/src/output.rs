//! Output of a command: decoded, and kept within bounds whatever it prints (B17).

use protocol::Truncation;
use std::collections::VecDeque;

/// Bytes kept for the transcript.
pub const MAX_OUTPUT_BYTES: usize = 64 * 1024;

/// Bytes the model is told.
pub const MAX_MODEL_BYTES: usize = 10 * 1024;

/// Lines the model is told.
pub const MAX_MODEL_LINES: usize = 256;

/// Bytes set aside for the line that says what was left out.
const NOTE_BYTES: usize = 64;

/// A text within both limits.
#[derive(Debug)]
pub struct Bounded {
    /// Text as it is recorded, its middle left out where it is too long.
    pub output: String,
    /// Part left out of it.
    pub truncation: Option<Truncation>,
    /// Text for the model, with a line in place of the part left out.
    pub model_output: String,
}

/// Bounds a whole text.
pub fn bounded(text: &str) -> Bounded {
    let mut output = HeadAndTail::new(MAX_OUTPUT_BYTES);
    output.push(text);
    output.bounded()
}

/// Text from the bytes of one stream, whose chunks may end in the middle of a character.
#[derive(Debug, Default)]
pub(super) struct StreamDecoder {
    rest: Vec<u8>,
}

impl StreamDecoder {
    /// The text that is complete with `bytes`. What is not UTF-8 becomes U+FFFD.
    pub(super) fn push(&mut self, bytes: &[u8]) -> String {
        self.rest.extend_from_slice(bytes);
        let mut text = String::new();
        let mut incomplete = 0;
        let mut chunks = self.rest.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            text.push_str(chunk.valid());
            let invalid = chunk.invalid();
            if chunks.peek().is_none() && may_be_a_beginning(invalid) {
                incomplete = invalid.len();
            } else if !invalid.is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        self.rest.drain(..self.rest.len() - incomplete);
        text
    }

    /// Returns what is left when the stream has ended.
    pub(super) fn finish(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.rest)).into_owned()
    }
}

/// Reports whether more bytes could make a character of these, the last ones of a chunk.
fn may_be_a_beginning(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => false,
        Err(error) => error.valid_up_to() == 0 && error.error_len().is_none(),
    }
}

/// The beginning and the end of a text of any length.
#[derive(Debug)]
pub(super) struct HeadAndTail {
    /// Bytes kept of each.
    half: usize,
    head: String,
    tail: VecDeque<u8>,
    bytes: u64,
    lines: u64,
}

impl HeadAndTail {
    /// Keeps `max_bytes` in all.
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { half: max_bytes / 2, head: String::new(), tail: VecDeque::new(), bytes: 0, lines: 0 }
    }

    /// Appends.
    pub(super) fn push(&mut self, text: &str) {
        self.bytes += text.len() as u64;
        self.lines += text.bytes().filter(|byte| *byte == b'\n').count() as u64;
        let mut rest = text;
        if self.tail.is_empty() {
            let cut = rest.floor_char_boundary(self.half.saturating_sub(self.head.len()));
            self.head.push_str(&rest[..cut]);
            rest = &rest[cut..];
        }
        // only the last of it can be in the tail: a flood is not copied through the ring
        let rest = &rest.as_bytes()[rest.len().saturating_sub(self.half)..];
        let overflow = (self.tail.len() + rest.len()).saturating_sub(self.half);
        self.tail.drain(..overflow);
        self.tail.extend(rest);
    }

    /// Returns the text within both limits.
    fn bounded(&self) -> Bounded {
        let (output, truncation) = self.capture();
        Bounded { output, truncation, model_output: self.for_model() }
    }

    /// Returns the text within the limits of the model.
    pub(super) fn for_model(&self) -> String {
        self.render(MAX_MODEL_BYTES, MAX_MODEL_LINES)
    }

    /// Returns the text as it is recorded, and the part that was left out of it.
    pub(super) fn capture(&self) -> (String, Option<Truncation>) {
        let Ends { head, tail, left_out } = self.ends(MAX_OUTPUT_BYTES, usize::MAX);
        let truncation = left_out.map(|lines| Truncation {
            at: head.len() as u64,
            lines,
            bytes: self.bytes.saturating_sub((head.len() + tail.len()) as u64),
        });
        (head + &tail, truncation)
    }

    /// Returns the text within bounds, for the model: a line says how many lines are missing from the middle. Whole lines are
    /// kept where lines are short enough.
    fn render(&self, max_bytes: usize, max_lines: usize) -> String {
        let Ends { head, tail, left_out } = self.ends(max_bytes, max_lines);
        let Some(missing) = left_out else { return head + &tail };
        let gap = if head.is_empty() || head.ends_with('\n') { "" } else { "\n" };
        let plural = if missing == 1 { "" } else { "s" };
        format!("{head}{gap}[... {missing} line{plural} left out ...]\n{tail}")
    }

    /// Returns the beginning and the end of the text within bounds.
    fn ends(&self, max_bytes: usize, max_lines: usize) -> Ends {
        let mut tail = self.tail.clone();
        let tail = String::from_utf8_lossy(tail.make_contiguous());
        if (self.head.len() + self.tail.len()) as u64 == self.bytes {
            let whole = format!("{}{tail}", self.head);
            if whole.len() <= max_bytes && whole.lines().count() <= max_lines {
                return Ends { head: whole, tail: String::new(), left_out: None };
            }
            return self.cut(&whole, &whole, max_bytes, max_lines);
        }
        // the ring may begin in the middle of a character
        self.cut(&self.head, tail.trim_start_matches(char::REPLACEMENT_CHARACTER), max_bytes, max_lines)
    }

    /// Cuts the beginning of `head` and the end of `tail` to the bounds.
    fn cut(&self, head: &str, tail: &str, max_bytes: usize, max_lines: usize) -> Ends {
        let bytes = max_bytes.saturating_sub(NOTE_BYTES) / 2;
        let lines = max_lines.saturating_sub(1) / 2;
        let head = beginning(head, bytes, lines);
        let tail = end(tail, bytes, lines);
        let shown = (head.matches('\n').count() + tail.matches('\n').count()) as u64;
        let missing = self.lines.saturating_sub(shown).max(1);
        Ends { head: head.to_owned(), tail: tail.to_owned(), left_out: Some(missing) }
    }
}

/// Beginning and end of a text.
struct Ends {
    head: String,
    tail: String,
    /// Lines left out between them.
    left_out: Option<u64>,
}

/// The first lines of `text`; the first bytes when its first line is too long.
fn beginning(text: &str, max_bytes: usize, max_lines: usize) -> &str {
    let mut cut = text.floor_char_boundary(max_bytes);
    if let Some((at, _)) = text[..cut].match_indices('\n').nth(max_lines.saturating_sub(1)) {
        cut = at + 1;
    } else if cut < text.len()
        && let Some(at) = text[..cut].rfind('\n')
    {
        cut = at + 1;
    }
    &text[..cut]
}

/// The last lines of `text`; the last bytes when its last line is too long.
fn end(text: &str, max_bytes: usize, max_lines: usize) -> &str {
    let mut cut = text.ceil_char_boundary(text.len().saturating_sub(max_bytes));
    let body = text.strip_suffix('\n').unwrap_or(text);
    if cut >= body.len() {
        return &text[cut..];
    }
    if let Some((at, _)) = body[cut..].rmatch_indices('\n').nth(max_lines.saturating_sub(1)) {
        cut += at + 1;
    } else if cut > 0
        && let Some(at) = body[cut..].find('\n')
    {
        cut += at + 1;
    }
    &text[cut..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(text: &str, max_bytes: usize, max_lines: usize) -> String {
        let mut output = HeadAndTail::new(MAX_OUTPUT_BYTES);
        output.push(text);
        output.render(max_bytes, max_lines)
    }

    #[test]
    fn b17_a_short_text_is_whole_and_a_long_one_says_how_many_lines_are_missing() {
        assert_eq!(kept("one\ntwo", 100, 10), "one\ntwo");
        let text = (1..=1_000).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\n") + "\n";
        let short = kept(&text, MAX_MODEL_BYTES, 11);
        assert_eq!(
            short,
            "line 1\nline 2\nline 3\nline 4\nline 5\n[... 990 lines left out ...]\n\
             line 996\nline 997\nline 998\nline 999\nline 1000\n"
        );
        let one_line = kept(&"x".repeat(100_000), 1_000, 256);
        assert!(one_line.len() <= 1_000 && one_line.contains("\n[... 1 line left out ...]\n"), "{one_line}");
    }

    #[test]
    fn b17_a_flood_keeps_its_ends_and_counts_its_lines() {
        let mut output = HeadAndTail::new(MAX_OUTPUT_BYTES);
        for n in 0..200_000 {
            output.push(&format!("{n} äöü\n"));
        }
        let (text, truncation) = output.capture();
        assert!(text.len() <= MAX_OUTPUT_BYTES && text.len() > MAX_OUTPUT_BYTES - 1_000, "{}", text.len());
        assert!(
            text.starts_with("0 äöü\n1 äöü\n")
                && text.ends_with("199999 äöü\n")
                && !text.contains('\u{fffd}')
        );
        let gap = truncation.unwrap();
        assert_eq!(gap.lines, 200_000 - text.lines().count() as u64);
        assert_eq!(gap.bytes, output.bytes - text.len() as u64);
        let (head, tail) = gap.split(&text);
        let last: u64 = head.lines().last().unwrap().strip_suffix(" äöü").unwrap().parse().unwrap();
        let next: u64 = tail.lines().next().unwrap().strip_suffix(" äöü").unwrap().parse().unwrap();
        assert_eq!(next, last + 1 + gap.lines);
        assert!(!text.contains("left out"), "the record says so beside the text");
    }

    #[test]
    fn a_character_cut_by_a_chunk_is_whole_and_nonsense_is_marked() {
        let mut decoder = StreamDecoder::default();
        assert_eq!(decoder.push(&[b'a', 0xe2, 0x82]), "a");
        assert_eq!(decoder.push(&[0xac, 0xff, b'b', 0xf0]), "€\u{fffd}b");
        assert_eq!(decoder.finish(), "\u{fffd}");
        assert_eq!(decoder.push(&[0x80]), "\u{fffd}");
    }

    proptest! {
        #[test]
        fn decoding_in_pieces_is_decoding_at_once(bytes: Vec<u8>, size in 1_usize..5) {
            let mut decoder = StreamDecoder::default();
            let mut text: String = bytes.chunks(size).map(|piece| decoder.push(piece)).collect();
            text += &decoder.finish();
            prop_assert_eq!(text, String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn never_longer_than_allowed(pieces in prop::collection::vec("[a-zä\n]{0,60}", 0..60), bytes in 100_usize..900, lines in 3_usize..20) {
            let mut output = HeadAndTail::new(512);
            for piece in &pieces {
                output.push(piece);
            }
            let text = output.render(bytes, lines);
            prop_assert!(text.len() <= bytes, "{} > {bytes}", text.len());
            prop_assert!(text.lines().count() <= lines, "{} > {lines}", text.lines().count());
            let whole: String = pieces.concat();
            if whole.len() <= bytes.min(256) && whole.lines().count() <= lines {
                prop_assert_eq!(text, whole);
            }
        }
    }
}
