//! Indentation of inserted lines where a patch matched lines that are indented differently (B20).

use std::collections::BTreeSet;
use std::iter::zip;

/// Mapping from the indentation of a patch to the indentation of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reindent {
    /// Indentation of both is the same.
    Same,
    /// `from` at the beginning of a line becomes `to`.
    Shift { from: String, to: String },
    /// Runs of `count` times `from` become runs of `into` times `to`.
    Unit { from: char, count: usize, to: char, into: usize },
    /// No mapping: only lines that are indented like one of the file's matched lines can be inserted, as they are.
    Listed(BTreeSet<String>),
}

impl Reindent {
    /// Finds the mapping that explains every pair of a patch's line and the file's line it matched.
    pub(crate) fn between<'t>(pairs: impl Iterator<Item = (&'t str, &'t str)>) -> Self {
        let pairs: Vec<(&str, &str)> = pairs
            .filter(|(expected, found)| !expected.trim().is_empty() && !found.trim().is_empty())
            .map(|(expected, found)| (indent_of(expected), indent_of(found)))
            .collect();
        if pairs.iter().all(|(expected, found)| expected == found) {
            return Self::Same;
        }
        Self::shift(&pairs)
            .or_else(|| Self::unit(&pairs))
            .unwrap_or_else(|| Self::Listed(pairs.iter().map(|(_, found)| (*found).to_owned()).collect()))
    }

    fn shift(pairs: &[(&str, &str)]) -> Option<Self> {
        let (expected, found) = pairs.first()?;
        let shared: usize = zip(expected.chars().rev(), found.chars().rev())
            .take_while(|(a, b)| a == b)
            .map(|(a, _)| a.len_utf8())
            .sum();
        let (from, to) = (&expected[..expected.len() - shared], &found[..found.len() - shared]);
        let explains = |(expected, found): &(&str, &str)| matches!((expected.strip_prefix(from), found.strip_prefix(to)), (Some(a), Some(b)) if a == b);
        pairs.iter().all(explains).then(|| Self::Shift { from: from.to_owned(), to: to.to_owned() })
    }

    fn unit(pairs: &[(&str, &str)]) -> Option<Self> {
        let (expected, found) =
            pairs.iter().find(|(expected, found)| !expected.is_empty() && !found.is_empty())?;
        let (from, to) = (expected.chars().next()?, found.chars().next()?);
        let divisor = greatest_common_divisor(expected.len(), found.len());
        let (count, into) = (expected.len() / divisor, found.len() / divisor);
        let explains = |(expected, found): &(&str, &str)| {
            expected.chars().all(|c| c == from)
                && found.chars().all(|c| c == to)
                && expected.len() * into == found.len() * count
        };
        let is_ascii = from.is_ascii() && to.is_ascii();
        (is_ascii && from != to && pairs.iter().all(explains)).then_some(Self::Unit { from, count, to, into })
    }

    /// Indents an inserted line as the file is indented; `None` when the mapping says nothing about its indentation.
    pub(crate) fn apply(&self, line: &str) -> Option<String> {
        if line.trim().is_empty() {
            return Some(line.to_owned());
        }
        match self {
            Self::Same => Some(line.to_owned()),
            Self::Shift { from, to } => line.strip_prefix(from.as_str()).map(|rest| format!("{to}{rest}")),
            Self::Listed(indents) => indents.contains(indent_of(line)).then(|| line.to_owned()),
            Self::Unit { from, count, to, into } => {
                let indent = indent_of(line);
                let fits = indent.chars().all(|c| c == *from) && indent.len().is_multiple_of(*count);
                let width = indent.len() / count * into;
                fits.then(|| to.to_string().repeat(width) + &line[indent.len()..])
            }
        }
    }
}

fn indent_of(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pairs: &[(&str, &str)], line: &str, expected: Option<&str>) {
        let found = Reindent::between(pairs.iter().copied()).apply(line);
        assert_eq!(found.as_deref(), expected, "{pairs:?}");
    }

    #[test]
    fn a_shift_moves_inserted_lines_along() {
        check(&[("a", "    a")], "b", Some("    b"));
        check(&[("  a {", "      a {"), ("    b", "        b")], "      c", Some("          c"));
        check(&[("        a", "    a"), ("            b", "        b")], "        c", Some("    c"));
        check(&[("    a", "\ta")], "    b", Some("\tb"));
    }

    #[test]
    fn units_of_spaces_become_tabs_and_back() {
        check(&[("    a {", "\ta {"), ("        b", "\t\tb")], "            c", Some("\t\t\tc"));
        check(&[("\ta {", "  a {"), ("\t\tb", "    b")], "\t\t\tc", Some("      c"));
        check(&[("fn a", "fn a"), ("    b", "\tb")], "        c", Some("\t\tc"));
    }

    #[test]
    fn blank_lines_stay_and_an_unexplained_indentation_is_refused() {
        check(&[("a", "    a")], "", Some(""));
        check(&[("    a", "  a"), ("      b", "        b")], "    c", None);
        check(&[("    a", "  a"), ("      b", "        b")], "        c", Some("        c"));
        check(&[("    a", "a")], "  b", None);
        check(&[("    a", "\ta"), ("        b", "\t\tb")], "      c", None);
    }
}
