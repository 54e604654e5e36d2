//! Bytes to text, and a text as lines that remember what they end in.

use sha2::{Digest, Sha256};
use thiserror::Error;

const BOM: char = '\u{feff}';

/// Reason bytes are not a text that can be patched.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EncodingError {
    /// The file begins with a byte order mark of UTF-16.
    #[error(
        "is UTF-16 text, which a patch can only delete or move; convert it to UTF-8 first, or change it with a command"
    )]
    Utf16,
    /// The bytes are no UTF-8, for another reason.
    #[error(
        "is not UTF-8 text (byte {offset} is 0x{byte:02x}), and a patch can only delete or move it; convert it to UTF-8 first, or change \
         it with a command"
    )]
    NotUtf8 {
        /// Offset of the first invalid byte, counted from 0.
        offset: usize,
        /// That byte.
        byte: u8,
    },
}

/// A file's bytes as text (B22: other encodings than UTF-8 are refused, not guessed at).
pub fn decode(bytes: &[u8]) -> Result<&str, EncodingError> {
    std::str::from_utf8(bytes).map_err(|error| {
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return EncodingError::Utf16;
        }
        let offset = error.valid_up_to();
        EncodingError::NotUtf8 { offset, byte: bytes.get(offset).copied().unwrap_or_default() }
    })
}

/// SHA-256 of bytes in lower case hex: what `base_sha256` of a proposal holds.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// One line and what it ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TextLine<'a> {
    pub(crate) text: &'a str,
    /// "\n", "\r\n", or nothing for a last line that is not ended.
    pub(crate) ending: &'a str,
}

/// A text as lines. A lone carriage return is part of its line, as it is for git.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TextLines<'a> {
    pub(crate) bom: bool,
    pub(crate) lines: Vec<TextLine<'a>>,
}

impl<'a> TextLines<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let (bom, text) = text.strip_prefix(BOM).map_or((false, text), |rest| (true, rest));
        let lines = text
            .split_inclusive('\n')
            .map(|line| {
                let content =
                    line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
                TextLine { text: content, ending: &line[content.len()..] }
            })
            .collect();
        Self { bom, lines }
    }

    /// The lines without what they end in.
    pub(crate) fn texts(&self) -> Vec<&'a str> {
        self.lines.iter().map(|line| line.text).collect()
    }

    /// Reports whether a text made from this one ends its last line: as this one does, and like any text when
    /// this one is empty.
    pub(crate) fn ends_its_last(&self) -> bool {
        self.lines.last().is_none_or(|line| !line.ending.is_empty())
    }

    /// Returns the line ending of a new line at `index`: the ending of the line there, or else of the nearest
    /// line before it, or after it.
    pub(crate) fn ending_near(&self, index: usize) -> &'a str {
        let (before, after) = self.lines.split_at((index + 1).min(self.lines.len()));
        before
            .iter()
            .rev()
            .chain(after)
            .map(|line| line.ending)
            .find(|ending| !ending.is_empty())
            .unwrap_or("\n")
    }
}

/// Puts lines back together. Every line but the last is ended, with `default` where it says nothing.
pub(crate) fn join<'a>(
    bom: bool,
    lines: &[TextLine<'a>],
    end_last: bool,
    default: impl Fn(usize) -> &'a str,
) -> String {
    let mut text = String::with_capacity(lines.iter().map(|line| line.text.len() + 2).sum::<usize>() + 3);
    text.extend(bom.then_some(BOM));
    for (index, line) in lines.iter().enumerate() {
        text.push_str(line.text);
        if end_last || index + 1 < lines.len() {
            text.push_str(if line.ending.is_empty() { default(index) } else { line.ending });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_encoding_it_refuses() {
        assert_eq!(decode(b"\xff\xfea\0"), Err(EncodingError::Utf16));
        assert_eq!(decode(b"caf\xe9"), Err(EncodingError::NotUtf8 { offset: 3, byte: 0xe9 }));
        assert_eq!(decode("caf\u{e9}".as_bytes()), Ok("caf\u{e9}"));
    }

    #[test]
    fn hashes_like_everybody_else() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_new_line_ends_like_its_neighbours() {
        let lines = TextLines::of("a\r\nb\nc");
        assert_eq!([0, 1, 2, 9].map(|index| lines.ending_near(index)), ["\r\n", "\n", "\n", "\n"]);
        assert!(!lines.ends_its_last());
        assert_eq!(TextLines::of("").ending_near(0), "\n");
    }
}
