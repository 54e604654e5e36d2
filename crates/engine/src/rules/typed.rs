//! The words of a rule as a person types them.

use crate::command::{self, is_visible};

/// Characters a shell reads something into where they stand outside quotes.
const MEANT: &str = "\\*?[]{}~$!=^#`<>()&;|";

/// The words of `text`, quotes taken off: exactly one command of plain words, as a shell would pass them on. What a shell would read
/// more into has to be quoted, so that a rule never means more than its words; the error says where.
pub fn words(text: &str) -> Result<Vec<String>, String> {
    let text = text.trim_matches([' ', '\n']);
    if text.is_empty() {
        return Err("the rule has no words".to_owned());
    }
    if !is_visible(text) {
        return Err("a rule is one line, without characters that cannot be seen".to_owned());
    }
    let Some(plain) = command::plain(text) else {
        return Err(match unquoted(text) {
            Some(Unquoted::Meant(character, word)) => format!(
                "a shell reads something into the `{character}` in {}; write it in single quotes if the command has it there",
                shown(word)
            ),
            Some(Unquoted::Open(quote)) => format!("a quote {quote} is not closed"),
            None => format!("{} is not one command of plain words", shown(text)),
        });
    };
    match <[Vec<String>; 1]>::try_from(plain.commands) {
        Ok([words]) if plain.operators.is_empty() => Ok(words),
        _ => Err("a rule is about one command; leave out what joins it to others (`&&`, `||`, `;`, `|`)"
            .to_owned()),
    }
}

/// Character that keeps a text from being plain.
enum Unquoted<'t> {
    Meant(char, &'t str),
    Open(char),
}

fn unquoted(text: &str) -> Option<Unquoted<'_>> {
    let mut quote = None;
    let mut word = 0;
    for (at, c) in text.char_indices() {
        match quote {
            // within double quotes a shell still reads something into these
            Some('"') if matches!(c, '\\' | '$' | '`' | '!') => return Some(meant(text, word, c)),
            Some(open) if c == open => quote = None,
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None if c == ' ' => word = at + 1,
            None if MEANT.contains(c) => return Some(meant(text, word, c)),
            Some(_) | None => {}
        }
    }
    quote.map(Unquoted::Open)
}

fn meant(text: &str, word: usize, c: char) -> Unquoted<'_> {
    let word = text.get(word..).unwrap_or(text);
    Unquoted::Meant(c, word.split(' ').next().unwrap_or(word))
}

fn shown(word: &str) -> String {
    if word.contains('`') { word.to_owned() } else { format!("`{word}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b15_a_rule_is_typed_as_one_plain_command_and_means_no_more_than_its_words() {
        for (text, expected) in [
            ("cargo test", &["cargo", "test"][..]),
            ("  cargo   test  ", &["cargo", "test"]),
            ("git log '--format=%H'", &["git", "log", "--format=%H"]),
            ("make \"my target\"", &["make", "my target"]),
            ("./run.sh --all", &["./run.sh", "--all"]),
        ] {
            assert_eq!(words(text).unwrap(), expected, "{text}");
        }
        for (text, error) in [
            ("", "the rule has no words"),
            ("   ", "the rule has no words"),
            ("cargo test\nrm x", "a rule is one line, without characters that cannot be seen"),
            ("cargo\u{200b} test", "a rule is one line, without characters that cannot be seen"),
            (
                "cargo build && cargo test",
                "a rule is about one command; leave out what joins it to others (`&&`, `||`, `;`, `|`)",
            ),
            (
                "cargo test;",
                "a rule is about one command; leave out what joins it to others (`&&`, `||`, `;`, `|`)",
            ),
            (
                "rm *.o",
                "a shell reads something into the `*` in `*.o`; write it in single quotes if the command has it there",
            ),
            (
                "FOO=1 make",
                "a shell reads something into the `=` in `FOO=1`; write it in single quotes if the command has it there",
            ),
            (
                "echo \"$HOME\"",
                "a shell reads something into the `$` in `\"$HOME\"`; write it in single quotes if the command has it there",
            ),
            ("cargo 'test", "a quote ' is not closed"),
            ("if", "`if` is not one command of plain words"),
        ] {
            assert_eq!(words(text).unwrap_err(), error, "{text}");
        }
    }
}
