//! Text as a person can judge it: what cannot be seen is shown, what is not text is taken out.

use std::borrow::Cow;
use std::fmt::Write as _;
use unicode_security::{MixedScript, skeleton};

/// Longest line that is shown, in characters.
pub const MAX_LINE_CHARS: usize = 2000;

/// Effect of a character besides being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trick {
    /// It steers a terminal.
    Control,
    /// It reorders the text around it.
    Bidi,
    /// It takes no place, or looks like a plain space and is none.
    Invisible,
}

fn trick(c: char) -> Option<Trick> {
    match c {
        '\t' | '\n' => None,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => {
            Some(Trick::Bidi)
        }
        _ if c.is_control() => Some(Trick::Control),
        '\u{a0}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{1680}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{2000}'..='\u{200d}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3000}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0e}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => Some(Trick::Invisible),
        _ => None,
    }
}

/// The text with every character that cannot be seen, reorders others or steers a terminal written as `\u{...}`. Tabs and line
/// feeds stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| trick(c).is_none()) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if trick(c).is_some() {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Like [`visible`], for a name, a path or whatever else is one line: line feeds and tabs are written as `\u{...}` too.
pub fn visible_inline(text: &str) -> Cow<'_, str> {
    match visible(text) {
        shown if !shown.contains(['\n', '\t']) => shown,
        shown => Cow::Owned(shown.replace('\n', "\\u{a}").replace('\t', "\\u{9}")),
    }
}

/// Longest run of empty lines that is drawn as it is.
const MAX_EMPTY_LINES: usize = 2;

/// Longest run of blanks within a line that is drawn as it is.
const MAX_BLANKS: usize = 60;

/// One line of a text by somebody else, as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForeignLine {
    /// Text without a line feed, its characters visible.
    Text(String),
    /// So many empty lines, which would push the rest out of view.
    Empty(usize),
    /// So many blanks inside of a line, which would do so as well; the line goes on.
    Blanks(usize),
}

/// Splits a text by somebody else into lines to draw. Nothing is left out, and what would push the rest out of view is counted.
pub fn foreign_lines(text: &str) -> Vec<ForeignLine> {
    let text = visible(text);
    let mut lines = Vec::new();
    let mut empty: Vec<&str> = Vec::new();
    for line in text.split('\n') {
        if line.trim().is_empty() {
            empty.push(line);
            continue;
        }
        end_empty(&mut empty, &mut lines);
        text_line(line, &mut lines);
    }
    end_empty(&mut empty, &mut lines);
    lines
}

fn end_empty(empty: &mut Vec<&str>, lines: &mut Vec<ForeignLine>) {
    if empty.len() > MAX_EMPTY_LINES {
        lines.push(ForeignLine::Empty(empty.len()));
    } else {
        lines.extend(empty.iter().map(|_| ForeignLine::Text(String::new())));
    }
    empty.clear();
}

fn text_line(line: &str, lines: &mut Vec<ForeignLine>) {
    let is_blank = |c: char| c == ' ' || c == '\t';
    // indentation says something, and ends before the line does
    let mut rest = line;
    let mut from = 0;
    while let Some(at) = rest[from..].find(is_blank).map(|at| from + at) {
        let run = rest[at..].find(|c| !is_blank(c)).unwrap_or(rest.len() - at);
        if run <= MAX_BLANKS {
            from = at + run;
            continue;
        }
        if at > 0 {
            lines.push(ForeignLine::Text(rest[..at].to_owned()));
        }
        lines.push(ForeignLine::Blanks(run));
        rest = &rest[at + run..];
        from = 0;
    }
    if !rest.is_empty() {
        lines.push(ForeignLine::Text(rest.to_owned()));
    }
}

/// Makes text of a model legible: characters that steer a terminal or reverse the text around them are
/// written as `\u{...}`. Marks and joiners that scripts and emoji need stay.
pub fn legible(text: &str) -> Cow<'_, str> {
    let is_marked = |c: char| match trick(c) {
        Some(Trick::Control) => true,
        Some(Trick::Bidi) => !matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}'),
        _ => false,
    };
    if text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_control() && byte != b'\n' && byte != b'\t')
        || !text.chars().any(is_marked)
    {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_marked(c) {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// At most so many characters of a text, and how many more there are.
pub(crate) fn cut(text: &str, max_chars: usize) -> Option<(&str, usize)> {
    // most texts have fewer bytes than that
    let at = (text.len() > max_chars).then(|| text.char_indices().nth(max_chars))??.0;
    Some((&text[..at], text[at..].chars().count()))
}

/// One line as a diff shows it: visible, and cut after [`MAX_LINE_CHARS`] characters, which it says.
pub fn visible_line(line: &str) -> String {
    match cut(line, MAX_LINE_CHARS) {
        None => visible(line).into_owned(),
        Some((line, left_out)) => format!("{} [{left_out} more characters]", visible(line)),
    }
}

/// The first line that says something, at most `max` characters, for titles and notifications.
pub fn one_line(text: &str, max: usize) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let line = visible(line);
    match line.char_indices().nth(max) {
        None => line.into_owned(),
        Some((cut, _)) => format!("{}...", line[..cut].trim_end()),
    }
}

/// Warnings about a text that is to be approved.
#[derive(Debug, Default)]
pub struct Warnings {
    tricks: [Vec<char>; 3],
    look_alikes: Vec<String>,
}

/// Named in a warning at the most; the rest is counted.
const MAX_NAMED: usize = 5;

impl Warnings {
    /// Looks through text of any kind: characters that cannot be seen, and words that mix scripts.
    pub fn look_at(&mut self, text: &str) {
        if text.bytes().all(|byte| byte == b'\n' || byte == b'\t' || (b' '..0x7f).contains(&byte)) {
            return;
        }
        for c in text.chars() {
            if let Some(trick) = trick(c) {
                let seen = &mut self.tricks[trick as usize];
                if !seen.contains(&c) {
                    seen.push(c);
                }
            }
        }
        for word in words(text).filter(|word| !word.is_ascii() && !word.is_single_script()) {
            self.look_alike(word);
        }
    }

    /// Looks through a command: besides, anything that could be taken for a letter, dash or quote of the shell's and is none.
    pub fn look_at_command(&mut self, text: &str) {
        self.look_at(text);
        let pieces = words(text).map(Cow::Borrowed).chain(
            text.chars()
                .filter(|c| !c.is_alphanumeric() && trick(*c).is_none())
                .map(|c| Cow::Owned(c.to_string())),
        );
        for piece in pieces.filter(|piece| !piece.is_ascii()) {
            if skeleton(&piece).all(|c| c.is_ascii()) {
                self.look_alike(&piece);
            }
        }
    }

    fn look_alike(&mut self, piece: &str) {
        if !self.look_alikes.iter().any(|seen| seen == piece) {
            self.look_alikes.push(piece.to_owned());
        }
    }

    /// The sentences, the worst first.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        for (trick, what) in [
            (Trick::Bidi, "characters that make text read in another order than it runs"),
            (Trick::Control, "control characters, which can rewrite what a terminal shows"),
            (Trick::Invisible, "characters that cannot be seen, or look like a plain space"),
        ] {
            let seen = &self.tricks[trick as usize];
            if !seen.is_empty() {
                let names: Vec<_> = seen.iter().map(|c| format!("U+{:04X}", u32::from(*c))).collect();
                sentences.push(format!("Contains {what}: {}.", listed(&names)));
            }
        }
        if !self.look_alikes.is_empty() {
            let pieces: Vec<_> = self
                .look_alikes
                .iter()
                .map(|piece| {
                    let plain: String = skeleton(piece).collect();
                    let codes: Vec<_> = piece
                        .chars()
                        .filter(|c| !c.is_ascii())
                        .map(|c| format!("U+{:04X}", u32::from(c)))
                        .collect();
                    let codes = listed(&codes);
                    if plain.is_ascii() {
                        format!("{piece} (looks like {plain}, has {codes})")
                    } else {
                        format!("{piece} ({codes})")
                    }
                })
                .collect();
            sentences.push(format!("Contains letters that look like others: {}.", listed(&pieces)));
        }
        sentences
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// Lists names, the first few of them.
pub(crate) fn listed(names: &[String]) -> String {
    let mut text = names[..names.len().min(MAX_NAMED)].join(", ");
    if names.len() > MAX_NAMED {
        let _ = write!(text, " and {} more", names.len() - MAX_NAMED);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_shown() {
        for (text, expected) in [
            ("plain\ttext\n", "plain\ttext\n"),
            ("naïve 日本語 🙂", "naïve 日本語 🙂"),
            ("a\u{200b}b", "a\\u{200b}b"),
            ("rm\u{202e}txt.exe", "rm\\u{202e}txt.exe"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\u{a0}b", "a\\u{a0}b"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
            ("nul\0", "nul\\u{0}"),
        ] {
            assert_eq!(visible(text), expected);
        }
    }

    #[test]
    fn what_is_one_line_stays_one() {
        assert_eq!(visible_inline("a b"), "a b");
        assert_eq!(visible_inline("a\n  run   ls\tx\r"), "a\\u{a}  run   ls\\u{9}x\\u{d}");
    }

    #[test]
    fn what_pushes_the_rest_out_of_view_is_counted() {
        use ForeignLine::{Blanks, Empty, Text};
        let text = |text: &str| Text(text.to_owned());
        for (foreign, expected) in [
            ("", vec![text("")]),
            ("a\n\n\nb", vec![text("a"), text(""), text(""), text("b")]),
            (&format!("a{}b", "\n".repeat(298)), vec![text("a"), Empty(297), text("b")]),
            ("a\n \n\t\n  \n", vec![text("a"), Empty(4)]),
            (&format!("a{}b", "\u{a0}\n".repeat(2)), vec![text("a\\u{a0}"), text("\\u{a0}"), text("b")]),
            (&format!("a{}b  c", " ".repeat(2000)), vec![text("a"), Blanks(2000), text("b  c")]),
            (&format!("{}b{}", "\t".repeat(80), " ".repeat(90)), vec![Blanks(80), text("b"), Blanks(90)]),
            ("    indented", vec![text("    indented")]),
        ] {
            assert_eq!(foreign_lines(foreign), expected, "{foreign:?}");
        }
    }

    #[test]
    fn what_is_read_keeps_the_marks_its_script_needs() {
        for (text, expected) in [
            ("plain\ttext\n", "plain\ttext\n"),
            (
                "\u{1f469}\u{200d}\u{1f4bb} \u{5d0}\u{200f}! a\u{a0}b",
                "\u{1f469}\u{200d}\u{1f4bb} \u{5d0}\u{200f}! a\u{a0}b",
            ),
            ("rm\u{202e}txt.exe\u{202c}", "rm\\u{202e}txt.exe\\u{202c}"),
            ("\u{2066}a\u{2069}", "\\u{2066}a\\u{2069}"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("é\u{9b}31m", "é\\u{9b}31m"),
        ] {
            assert_eq!(legible(text), expected);
        }
    }

    #[test]
    fn long_lines_are_cut_and_say_so() {
        assert_eq!(visible_line(&"é".repeat(MAX_LINE_CHARS)).chars().count(), MAX_LINE_CHARS);
        let cut = visible_line(&"é".repeat(MAX_LINE_CHARS + 7));
        assert!(cut.ends_with("é [7 more characters]"), "{cut}");
    }

    #[test]
    fn titles_are_one_line() {
        assert_eq!(one_line("\n  fix it \n now", 80), "fix it");
        assert_eq!(one_line("abcdef", 3), "abc...");
        assert_eq!(one_line("", 3), "");
    }

    #[track_caller]
    fn check(text: &str, command: bool, expected: &[&str]) {
        let mut warnings = Warnings::default();
        if command {
            warnings.look_at_command(text);
        } else {
            warnings.look_at(text);
        }
        assert_eq!(warnings.sentences(), expected, "{text:?}");
    }

    #[test]
    fn warnings_name_what_is_there() {
        check("cargo test --all", true, &[]);
        check("echo 'naïve café 日本語'", true, &[]);
        check("echo привет", true, &[]);
        check(
            "ls \u{202e}\u{1b}\u{200b}",
            true,
            &[
                "Contains characters that make text read in another order than it runs: U+202E.",
                "Contains control characters, which can rewrite what a terminal shows: U+001B.",
                "Contains characters that cannot be seen, or look like a plain space: U+200B.",
            ],
        );
        check(
            "\u{441}at secrets",
            false,
            &["Contains letters that look like others: \u{441}at (looks like cat, has U+0441)."],
        );
        // a whole word of another script is a word of another language, but not the name of a program
        check("\u{441}\u{43e}", false, &[]);
        check(
            "\u{441}\u{43e} x",
            true,
            &["Contains letters that look like others: \u{441}\u{43e} (looks like co, has U+0441, U+043E)."],
        );
        check(
            "git log \u{2013}p",
            true,
            &["Contains letters that look like others: \u{2013} (looks like -, has U+2013)."],
        );
    }
}
