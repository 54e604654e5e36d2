//! Colors and styles of text: "select graphic rendition", ECMA-48.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Sequence that ends every style.
const RESET: &str = "\u{1b}[0m";

/// Color of a character or of what is behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Color {
    #[default]
    Default,
    Indexed(u8),
    Rgb(u8, u8, u8),
}

/// Style of a character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sgr {
    foreground: Color,
    background: Color,
    /// Bit N stands for the attribute N + 1: bold, dim, italic, underlined, blinking, (fast), reversed, (hidden), struck.
    attributes: u16,
}

impl Sgr {
    /// Style of text without any.
    pub(crate) const NONE: Self =
        Self { foreground: Color::Default, background: Color::Default, attributes: 0 };

    /// Changes the style as the parameters of a sequence say. Unknown ones are passed over. Hidden text stays seen.
    pub(crate) fn apply(&mut self, params: &vte::Params) {
        let mut params = params.iter();
        while let Some(param) = params.next() {
            let Some(&code) = param.first() else { continue };
            match code {
                0 => *self = Self::default(),
                1..=7 | 9 => self.attributes |= 1 << (code - 1),
                22 => self.attributes &= !0b11,
                23..=25 | 27 | 29 => self.attributes &= !(1 << (code - 21)),
                30..=37 => self.foreground = indexed(code - 30),
                39 => self.foreground = Color::Default,
                40..=47 => self.background = indexed(code - 40),
                49 => self.background = Color::Default,
                90..=97 => self.foreground = indexed(code - 90 + 8),
                100..=107 => self.background = indexed(code - 100 + 8),
                38 | 48 => {
                    let color = if param.len() > 1 {
                        extended(&param[1..])
                    } else {
                        let mut values = Vec::new();
                        if let Some([kind, ..]) = params.next() {
                            values.push(*kind);
                            let more = if *kind == 5 { 1 } else { 3 };
                            values.extend(params.by_ref().take(more).filter_map(|value| value.first()));
                        }
                        extended(&values)
                    };
                    if let Some(color) = color {
                        *(if code == 38 { &mut self.foreground } else { &mut self.background }) = color;
                    }
                }
                _ => {}
            }
        }
    }

    /// Writes the sequence that leads to this style from any other.
    pub(crate) fn write(self, out: &mut String) {
        if self == Self::default() {
            return out.push_str(RESET);
        }
        out.push_str("\u{1b}[0");
        for code in (1..=9).filter(|code| self.attributes & 1 << (code - 1) != 0) {
            // writing to a string cannot fail
            let _ = write!(out, ";{code}");
        }
        for (base, color) in [(30, self.foreground), (40, self.background)] {
            let _ = match color {
                Color::Default => Ok(()),
                Color::Indexed(index @ 0..=7) => write!(out, ";{}", base + u16::from(index)),
                Color::Indexed(index @ 8..=15) => write!(out, ";{}", base + 52 + u16::from(index)),
                Color::Indexed(index) => write!(out, ";{};5;{index}", base + 8),
                Color::Rgb(red, green, blue) => write!(out, ";{};2;{red};{green};{blue}", base + 8),
            };
        }
        out.push('m');
    }
}

fn indexed(index: u16) -> Color {
    Color::Indexed(u8::try_from(index).unwrap_or_default())
}

/// Reads the values after 38 or 48.
fn extended(values: &[u16]) -> Option<Color> {
    let byte = |value: &u16| u8::try_from(*value).ok();
    match values {
        [5, index] => Some(Color::Indexed(byte(index)?)),
        // with colons a color space may stand before the values
        [2, red, green, blue] | [2, _, red, green, blue, ..] => {
            Some(Color::Rgb(byte(red)?, byte(green)?, byte(blue)?))
        }
        _ => None,
    }
}

/// Returns converted text without the styles in it.
pub fn without_styles(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 2..];
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ';')).unwrap_or(rest.len());
        rest = rest[end..].strip_prefix('m').unwrap_or(&rest[end..]);
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}
