//! Output of a program as it stands on a terminal in the end: carriage returns, backspaces and cursor movements carried out,
//! overwritten states counted, colors kept or dropped. Used alike for what a model, a terminal and the window show.

mod line;
mod screen;
mod sgr;

pub use screen::Styles;
pub use sgr::without_styles;

use screen::Screen;

/// Lines that a program may still go back to.
const LIVE_LINES: usize = 32;

/// Turns output that comes in pieces into lines. A sequence may be cut in two by a piece's end.
pub struct TerminalText {
    /// Made for the first control sequence: most output has none.
    parser: Option<Box<vte::Parser>>,
    screen: Screen,
    /// Whether a control sequence has begun and not ended.
    in_sequence: bool,
}

impl TerminalText {
    /// Makes an empty terminal that keeps or drops colors.
    pub fn new(styles: Styles) -> Self {
        Self { parser: None, screen: Screen::new(styles, LIVE_LINES), in_sequence: false }
    }

    /// Like [`Self::new`], for output that cannot be taken back: a line is final with its line feed.
    pub fn append_only(styles: Styles) -> Self {
        Self { screen: Screen::new(styles, 1), ..Self::new(styles) }
    }

    /// Takes in a piece of output. Returns the text that cannot change any more.
    pub fn push(&mut self, chunk: &str) -> String {
        let mut rest = chunk;
        while !rest.is_empty() {
            if !self.in_sequence {
                let (plain, special) = rest.split_at(rest.find(is_special).unwrap_or(rest.len()));
                self.screen.print_plain(plain);
                rest = special;
            }
            let Some(c) = rest.chars().next() else { break };
            let (bytes, after) = rest.split_at(c.len_utf8());
            rest = after;
            if self.in_sequence || c == '\u{1b}' {
                self.in_sequence = true;
                let mut sequence = Sequence { screen: &mut self.screen, has_ended: false };
                self.parser.get_or_insert_default().advance(&mut sequence, bytes.as_bytes());
                self.in_sequence = !sequence.has_ended;
            } else if c.is_ascii() {
                self.screen.control(c);
            }
        }
        self.screen.take_final()
    }

    /// Returns the text that may still change.
    pub fn live(&self) -> String {
        self.screen.live()
    }

    /// Ends the output. Returns the text that was not final yet.
    pub fn finish(&mut self) -> String {
        self.screen.finish();
        self.screen.take_final()
    }

    /// Converts a whole output.
    pub fn convert(output: &str, styles: Styles) -> String {
        if !output.contains(is_special) {
            return output.to_owned();
        }
        let mut terminal = Self::new(styles);
        let mut text = terminal.push(output);
        text.push_str(&terminal.finish());
        text
    }
}

impl Default for TerminalText {
    fn default() -> Self {
        Self::new(Styles::Dropped)
    }
}

impl std::fmt::Debug for TerminalText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TerminalText").field("live", &self.live()).finish_non_exhaustive()
    }
}

/// Reports whether a character does something else than stand in a line or end it.
fn is_special(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
}

/// Receiver of one control sequence.
struct Sequence<'s> {
    screen: &'s mut Screen,
    has_ended: bool,
}

impl vte::Perform for Sequence<'_> {
    fn print(&mut self, c: char) {
        if !is_special(c) {
            self.screen.print(c);
        }
        self.has_ended = true;
    }

    fn execute(&mut self, byte: u8) {
        // a control character inside of a sequence acts at once, and the sequence goes on; CAN and SUB end it
        self.has_ended |= matches!(byte, 0x18 | 0x1a);
        self.screen.control(char::from(byte));
    }

    fn csi_dispatch(&mut self, params: &vte::Params, intermediates: &[u8], ignore: bool, action: char) {
        self.has_ended = true;
        if !ignore && intermediates.is_empty() {
            self.screen.csi(params, action);
        }
    }

    fn esc_dispatch(&mut self, _intermediates: &[u8], _ignore: bool, _byte: u8) {
        self.has_ended = true;
    }

    fn osc_dispatch(&mut self, _params: &[&[u8]], bell_terminated: bool) {
        // without a bell the two characters that end it are a sequence of their own
        self.has_ended = bell_terminated;
    }
}

#[cfg(test)]
mod tests;
