//! Output of commands as text: control sequences taken out, and only so much of its end kept.

use crate::text::visible;
use protocol::Truncation;
use std::fmt;

/// Lines of output on a card.
pub const MAX_OUTPUT_LINES: usize = 200;
/// Bytes of output on a card.
pub const MAX_OUTPUT_BYTES: usize = 32 * 1024;
/// Lines left when a card had to let go of the beginning: cutting far each time makes it rare.
const KEPT_LINES: usize = 150;
const KEPT_BYTES: usize = 24 * 1024;

/// Takes control sequences out of what a command prints, in pieces as they come: a sequence may be cut in two.
#[derive(Default)]
pub struct PlainOutput {
    parser: vte::Parser,
    ended_in_cr: bool,
}

impl PlainOutput {
    /// The text of one more piece. A carriage return begins a line, as a line feed does, and both together begin one.
    pub fn push(&mut self, chunk: &str) -> String {
        let mut sink = TextSink { text: String::with_capacity(chunk.len()), after_cr: self.ended_in_cr };
        self.parser.advance(&mut sink, chunk.as_bytes());
        self.ended_in_cr = sink.after_cr;
        match visible(&sink.text) {
            std::borrow::Cow::Borrowed(_) => sink.text,
            std::borrow::Cow::Owned(shown) => shown,
        }
    }

    /// The text of a whole output.
    pub fn of(output: &str) -> String {
        Self::default().push(output)
    }
}

impl fmt::Debug for PlainOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlainOutput").field("ended_in_cr", &self.ended_in_cr).finish_non_exhaustive()
    }
}

struct TextSink {
    text: String,
    after_cr: bool,
}

impl vte::Perform for TextSink {
    fn print(&mut self, c: char) {
        self.after_cr = false;
        self.text.push(c);
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' if self.after_cr => {}
            b'\n' | b'\r' => self.text.push('\n'),
            b'\t' => self.text.push('\t'),
            _ => {}
        }
        self.after_cr = byte == b'\r';
    }
}

/// Appends to a card's output. True when its beginning had to go, and the card is to be shown anew.
pub(crate) fn append(output: &mut String, hidden_lines: &mut u64, text: &str) -> bool {
    output.push_str(text);
    if output.len() <= MAX_OUTPUT_BYTES && lines(output) <= MAX_OUTPUT_LINES {
        return false;
    }
    let cut = tail(output, KEPT_LINES, KEPT_BYTES);
    *hidden_lines += newlines(&output[..cut]);
    output.drain(..cut);
    true
}

/// Words the gap in a text, as a line of its own.
pub fn left_out(gap: Truncation) -> String {
    let plural = if gap.lines == 1 { "" } else { "s" };
    format!("\n[... {} line{plural} left out ...]\n", gap.lines)
}

/// Returns the end of a recorded output as a card shows it, and the number of lines before it.
pub(crate) fn ending(output: &str, truncation: Option<Truncation>) -> (String, u64) {
    let (before_gap, output) = match truncation {
        Some(gap) => gap.split(output),
        None => ("", output),
    };
    let hidden = newlines(&PlainOutput::of(before_gap)) + truncation.map_or(0, |gap| gap.lines);
    let output = PlainOutput::of(output);
    let (before, shown) = output.split_at(tail(&output, MAX_OUTPUT_LINES, MAX_OUTPUT_BYTES));
    (shown.to_owned(), hidden + newlines(before))
}

fn newlines(text: &str) -> u64 {
    text.bytes().filter(|byte| *byte == b'\n').count() as u64
}

fn lines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
        + usize::from(!text.is_empty() && !text.ends_with('\n'))
}

/// Where the last `max_lines` lines and `max_bytes` bytes begin: at a line's beginning, unless the last line alone is too long.
fn tail(text: &str, max_lines: usize, max_bytes: usize) -> usize {
    let mut from = text.len().saturating_sub(max_bytes);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    if from > 0
        && let Some(at) = text[from..].find('\n').filter(|at| from + at + 1 < text.len())
    {
        from += at + 1;
    }
    let body = text.strip_suffix('\n').unwrap_or(text);
    let by_lines = body.rmatch_indices('\n').nth(max_lines - 1).map_or(0, |(at, _)| at + 1);
    from.max(by_lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn control_sequences_are_taken_out() {
        for (printed, expected) in [
            ("plain\n", "plain\n"),
            ("\u{1b}[1;31merror\u{1b}[0m: no", "error: no"),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("a\r\nb", "a\nb"),
            ("10%\r20%\r\n", "10%\n20%\n"),
            ("bell\u{7}", "bell"),
            ("bidi\u{202e}", "bidi\\u{202e}"),
        ] {
            assert_eq!(PlainOutput::of(printed), expected, "{printed:?}");
        }
    }

    #[test]
    fn a_card_keeps_the_end() {
        let (mut output, mut hidden) = (String::new(), 0);
        let mut anew = 0;
        for number in 0..10_000 {
            anew += u32::from(append(&mut output, &mut hidden, &format!("line {number}\n")));
        }
        assert!(lines(&output) <= MAX_OUTPUT_LINES && output.ends_with("line 9999\n"));
        assert_eq!(hidden + newlines(&output), 10_000);
        assert!(output.starts_with(&format!("line {hidden}\n")));
        assert!(anew < 250, "showing the card anew must be rare, was done {anew} times");
    }

    #[test]
    fn one_endless_line_is_bounded() {
        let (mut output, mut hidden) = (String::new(), 0);
        for _ in 0..10_000 {
            append(&mut output, &mut hidden, "yyyyyyyyyé");
        }
        assert!(output.len() <= MAX_OUTPUT_BYTES);
        assert_eq!(hidden, 0);
    }

    #[test]
    fn the_ending_of_a_whole_output() {
        let all = (0..300).fold(String::new(), |all, number| all + &format!("{number}\n"));
        let (shown, hidden) = ending(&all, None);
        assert_eq!((shown.lines().next(), hidden), (Some("100"), 100));
        let head = "\u{1b}[1mfirst\u{1b}[0m\n";
        let gap = Truncation { at: head.len() as u64, lines: 1000, bytes: 9000 };
        let (shown, hidden) = ending(&format!("{head}{all}"), Some(gap));
        assert_eq!((shown.lines().next(), hidden), (Some("100"), 1101));
        // nothing of before the gap is shown as if it stood beside what comes after it
        assert_eq!(
            ending("one\ntwo\n", Some(Truncation { at: 4, lines: 7, bytes: 70 })),
            ("two\n".to_owned(), 8)
        );
        assert_eq!(ending("short", None), ("short".to_owned(), 0));
        assert_eq!(ending("", None), (String::new(), 0));
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_text(text in "[a-z\r\n\t\u{1b}\\[0-9;mK\u{e9}\u{202e}]{0,60}", at in 0usize..60) {
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let mut plain = PlainOutput::default();
            let pieces = plain.push(&text[..at]) + &plain.push(&text[at..]);
            prop_assert_eq!(pieces, PlainOutput::of(&text));
        }

        #[test]
        fn any_text_is_bounded(pieces in prop::collection::vec("(\n|.){0,400}", 0..20)) {
            let (mut output, mut hidden) = (String::new(), 0);
            for piece in &pieces {
                append(&mut output, &mut hidden, piece);
                prop_assert!(output.len() <= MAX_OUTPUT_BYTES && lines(&output) <= MAX_OUTPUT_LINES);
            }
            prop_assert!(pieces.concat().ends_with(&output));
        }
    }
}
