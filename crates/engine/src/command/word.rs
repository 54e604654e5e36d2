//! Words of a script, as a shell passes them on.

use std::iter::Peekable;
use std::str::Chars;

/// Variables that every shell sets, and that hold nothing but where the person is and who.
const VARIABLES: [&str; 10] =
    ["HOME", "LANG", "LOGNAME", "OLDPWD", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "USER"];

/// Characters that a backslash takes the meaning from.
const ESCAPED: &str = "()*?[]{}$!#;&|<>'\"\\~^= `";

/// A word of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShellWord {
    /// The program gets exactly this.
    Exact(String),
    /// The program gets the names of files that fit, of which there may be several; each begins with this character.
    PatternFrom(char),
    /// The program gets any number of words of any kind.
    Any,
}

impl ShellWord {
    /// Returns the word, where it is known.
    pub fn into_exact(self) -> Option<String> {
        match self {
            Self::Exact(text) => Some(text),
            Self::PatternFrom(_) | Self::Any => None,
        }
    }
}

/// Reads a word that stands without quotes. In a widened one there may be patterns and variables.
pub(super) fn unquoted(text: &str, is_widened: bool) -> Option<ShellWord> {
    let mut exact = String::with_capacity(text.len());
    let (mut has_pattern, mut is_any) = (false, false);
    let mut chars = text.chars().peekable();
    let mut is_first = true;
    while let Some(c) = chars.next() {
        match c {
            '\\' => exact.push(chars.next().filter(|next| ESCAPED.contains(*next))?),
            '*' | '?' if is_widened => {
                // what a pattern without a beginning fits may look like an option
                is_any |= exact.is_empty();
                has_pattern = true;
            }
            '~' if is_widened && is_first && matches!(chars.peek(), None | Some('/')) => is_any = true,
            '$' if is_widened => {
                variable(&mut chars)?;
                is_any = true;
            }
            // `HEAD~2`: in the middle of a word it is itself
            '~' if is_widened && exact.ends_with(|c: char| c.is_ascii_alphanumeric()) => exact.push(c),
            // `--since=monday`: only a word that begins with it is another one in zsh, and only a name before it makes an assignment
            '=' if is_widened && exact.starts_with('-') => exact.push(c),
            c if is_plain(c) => exact.push(c),
            _ => return None,
        }
        is_first = false;
    }
    Some(match exact.chars().next() {
        _ if is_any => ShellWord::Any,
        Some('-') if has_pattern => ShellWord::Any,
        Some(first) if has_pattern => ShellWord::PatternFrom(first),
        _ => ShellWord::Exact(exact),
    })
}

/// Reads the inside of a word in double quotes.
pub(super) fn quoted(inner: &str, is_widened: bool) -> Option<ShellWord> {
    if !inner.contains(['\\', '$', '`', '!', '"']) {
        return Some(ShellWord::Exact(inner.to_owned()));
    }
    if !is_widened || inner.contains(['\\', '`', '!', '"']) {
        return None;
    }
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '$' {
            variable(&mut chars)?;
        }
    }
    Some(ShellWord::Any)
}

/// Reads the rest of `$NAME` or `${NAME}`.
fn variable(chars: &mut Peekable<Chars<'_>>) -> Option<()> {
    let is_braced = chars.next_if_eq(&'{').is_some();
    let mut name = String::new();
    while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
        name.push(c);
    }
    if is_braced {
        chars.next_if_eq(&'}')?;
    } else if matches!(chars.peek(), Some(':' | '[')) {
        // zsh reads more into it
        return None;
    }
    VARIABLES.contains(&name.as_str()).then_some(())
}

/// Reports whether every shell takes the character literally where it stands unquoted.
fn is_plain(c: char) -> bool {
    !matches!(
        c,
        '\\' | '*'
            | '?'
            | '['
            | ']'
            | '{'
            | '}'
            | '~'
            | '$'
            | '!'
            | '='
            | '^'
            | '#'
            | '`'
            | '\''
            | '"'
            | '<'
            | '>'
            | '('
            | ')'
            | '&'
            | ';'
            | '|'
            | ' '
    )
}
