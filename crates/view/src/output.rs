//! Output of a command, as a card shows it: the last state of its lines, and only so much of its end.

use crate::text::visible;
use protocol::Truncation;
use std::borrow::Cow;
use terminal_text::{Styles, TerminalText};

/// Lines of output on a card.
pub const MAX_OUTPUT_LINES: usize = 200;
/// Bytes of output on a card.
pub const MAX_OUTPUT_BYTES: usize = 32 * 1024;
/// Lines left when a card had to let go of the beginning: cutting far each time makes it rare.
const KEPT_LINES: usize = 150;
const KEPT_BYTES: usize = 24 * 1024;

/// Output of a program, in pieces as they come, as text for the eye: the last state of each line, with its colors as
/// `ESC [ ... m` and no other control sequence. Characters that cannot be seen stand as `\u{...}`.
#[derive(Debug)]
pub struct OutputText {
    terminal: TerminalText,
    styles: Styles,
}

impl OutputText {
    /// Makes an empty output whose colors are kept.
    pub fn styled() -> Self {
        Self { terminal: TerminalText::new(Styles::Kept), styles: Styles::Kept }
    }

    /// Takes in one more piece. Returns the text that cannot change any more.
    pub fn push(&mut self, chunk: &str) -> String {
        shown(self.terminal.push(chunk), self.styles)
    }

    /// Returns the text that may still change.
    pub fn live(&self) -> String {
        shown(self.terminal.live(), self.styles)
    }

    /// Converts a whole output, colors kept.
    pub fn convert_styled(output: &str) -> String {
        shown(TerminalText::convert(output, Styles::Kept), Styles::Kept)
    }

    /// Converts a whole output, colors dropped.
    pub fn convert_plain(output: &str) -> String {
        shown(TerminalText::convert(output, Styles::Dropped), Styles::Dropped)
    }
}

impl Default for OutputText {
    fn default() -> Self {
        Self::styled()
    }
}

fn shown(text: String, styles: Styles) -> String {
    if styles == Styles::Dropped || !text.contains('\u{1b}') {
        return if let Cow::Owned(shown) = visible(&text) { shown } else { text };
    }
    // the escape character only begins a style here
    let pieces: Vec<_> = text.split('\u{1b}').map(visible).collect();
    pieces.join("\u{1b}")
}

/// Output of a running command, as its card shows it.
#[derive(Debug, Default)]
pub(crate) struct LiveOutput {
    text: OutputText,
    /// End of the text that cannot change any more.
    settled: String,
    /// Lines before that.
    settled_hidden: u64,
}

/// Change of a card's output.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum OutputChange {
    Appended(String),
    Anew,
}

impl LiveOutput {
    /// Takes in one more piece, and brings the card up to date; `None` when that changes nothing.
    pub(crate) fn push(
        &mut self,
        chunk: &str,
        output: &mut String,
        hidden_lines: &mut u64,
    ) -> Option<OutputChange> {
        self.settled.push_str(&self.text.push(chunk));
        let live = self.text.live();
        let is_too_long = |text: &str| text.len() > MAX_OUTPUT_BYTES || lines(text) > MAX_OUTPUT_LINES;
        let mut now = format!("{}{live}", self.settled);
        let is_cut = is_too_long(&now);
        if is_cut {
            let cut = tail(&now, KEPT_LINES, KEPT_BYTES).min(self.settled.len());
            let cut = self.settled.floor_char_boundary(cut);
            self.settled_hidden += newlines(&self.settled[..cut]);
            self.settled.drain(..cut);
            now.drain(..cut);
        }
        *hidden_lines = self.settled_hidden;
        if is_too_long(&now) {
            let cut = tail(&now, MAX_OUTPUT_LINES, MAX_OUTPUT_BYTES);
            *hidden_lines += newlines(&now[..cut]);
            now.drain(..cut);
        }
        let appended = (!is_cut).then(|| now.strip_prefix(output.as_str()).map(str::to_owned)).flatten();
        *output = now;
        match appended {
            Some(text) if text.is_empty() => None,
            Some(text) => Some(OutputChange::Appended(text)),
            None => Some(OutputChange::Anew),
        }
    }
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
    let hidden = newlines(&OutputText::convert_styled(before_gap)) + truncation.map_or(0, |gap| gap.lines);
    let output = OutputText::convert_styled(output);
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
    fn lines_show_their_last_state_and_hide_nothing() {
        for (printed, plain, styled) in [
            ("plain\n", "plain\n", "plain\n"),
            ("\u{1b}[1;31merror\u{1b}[0m: no", "error: no", "\u{1b}[0;1;31merror\u{1b}[0m: no"),
            ("a\r\nb", "a\nb", "a\nb"),
            ("10%\r20%\r\n", "20% [2 updates]\n", "20% [2 updates]\n"),
            ("bidi\u{202e}", "bidi\\u{202e}", "bidi\\u{202e}"),
            ("\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31mx", "31mx", "31mx"),
        ] {
            assert_eq!(OutputText::convert_plain(printed), plain, "{printed:?}");
            assert_eq!(OutputText::convert_styled(printed), styled, "{printed:?}");
        }
    }

    #[test]
    fn a_card_keeps_the_end() {
        let (mut live, mut output, mut hidden) = (LiveOutput::default(), String::new(), 0);
        let mut anew = 0;
        for number in 0..10_000 {
            let change = live.push(&format!("line {number}\n"), &mut output, &mut hidden);
            anew += u32::from(change == Some(OutputChange::Anew));
        }
        assert!(lines(&output) <= MAX_OUTPUT_LINES && output.ends_with("line 9999\n"));
        assert_eq!(hidden + newlines(&output), 10_000);
        assert!(output.starts_with(&format!("line {hidden}\n")));
        assert!(anew < 250, "showing the card anew must be rare, was done {anew} times");
    }

    #[test]
    fn a_card_shows_a_line_that_is_drawn_anew_in_place() {
        let (mut live, mut output, mut hidden) = (LiveOutput::default(), String::new(), 0);
        let mut push = |chunk: &str, output: &mut String| live.push(chunk, output, &mut hidden);
        assert_eq!(push("at ", &mut output), Some(OutputChange::Appended("at ".to_owned())));
        assert_eq!(push("1%\r", &mut output), Some(OutputChange::Appended("1%".to_owned())));
        assert_eq!(push("at 2%", &mut output), Some(OutputChange::Anew));
        assert_eq!(output, "at 2% [2 updates]");
        assert_eq!(push("\u{7}", &mut output), None);
        assert_eq!(push("\nnext", &mut output), Some(OutputChange::Appended("\nnext".to_owned())));
    }

    #[test]
    fn one_endless_line_is_bounded() {
        let (mut live, mut output, mut hidden) = (LiveOutput::default(), String::new(), 0);
        for _ in 0..10_000 {
            live.push("yyyyyyyyyé", &mut output, &mut hidden);
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
        fn any_text_is_bounded(pieces in prop::collection::vec("(\n|.){0,400}", 0..20)) {
            let (mut live, mut output, mut hidden) = (LiveOutput::default(), String::new(), 0);
            for piece in &pieces {
                live.push(piece, &mut output, &mut hidden);
                prop_assert!(output.len() <= MAX_OUTPUT_BYTES && lines(&output) <= MAX_OUTPUT_LINES);
            }
        }

        #[test]
        fn appending_what_is_told_gives_the_same_card(pieces in prop::collection::vec("[a-c\n\r]{0,40}", 0..30)) {
            let (mut live, mut output, mut hidden) = (LiveOutput::default(), String::new(), 0);
            let mut told = String::new();
            for piece in &pieces {
                match live.push(piece, &mut output, &mut hidden) {
                    Some(OutputChange::Appended(text)) => told.push_str(&text),
                    Some(OutputChange::Anew) => told.clone_from(&output),
                    None => {}
                }
                prop_assert_eq!(&told, &output);
            }
        }
    }
}
