//! Finding the lines of a patch in a file (B20), and saying what is nearest when they are not there (B21).

use crate::parse::quoted;
use protocol::Ignored;
use std::cmp::Reverse;
use std::fmt;
use thiserror::Error;

/// Comparison of two lines.
type Comparison = fn(&str, &str) -> bool;

/// Comparisons of two lines with the difference each ignores; each forgives more than the one before it.
const COMPARISONS: &[(Option<Ignored>, Comparison)] = &[
    (None, |a, b| a == b),
    (Some(Ignored::TrailingSpace), |a, b| a.trim_end() == b.trim_end()),
    (Some(Ignored::Indentation), |a, b| a.trim() == b.trim()),
    (Some(Ignored::Typography), |a, b| folded(a).eq(folded(b))),
];

/// Hunk that fits several places of a file equally well.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Ambiguous {
    /// The file, as the patch names it.
    pub path: String,
    /// Number of the hunk within the file, counted from 1.
    pub hunk: usize,
    /// Line of the patch the hunk begins at, counted from 1.
    pub patch_line: usize,
    /// The lines around the first places, in the order of the file.
    pub places: Vec<Vec<Near>>,
    /// Number of places in all.
    pub total: usize,
}

impl Ambiguous {
    pub(crate) fn new(path: &str, hunk: usize, patch_line: usize, lines: &[&str], starts: &[usize]) -> Self {
        let places =
            starts.iter().take(PLACES_SHOWN).map(|&at| numbered(lines, at.saturating_sub(2)..at + 2));
        Self { path: path.to_owned(), hunk, patch_line, places: places.collect(), total: starts.len() }
    }
}

/// Number of places a message shows.
const PLACES_SHOWN: usize = 4;

impl fmt::Display for Ambiguous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, hunk, patch_line, places, total } = self;
        write!(
            f,
            "'{path}': hunk {hunk} (line {patch_line} of the patch) fits {total} places equally well; add lines of context, or an \
             '@@' line that names the function or section it is in"
        )?;
        for place in places {
            f.write_str("\nplace:")?;
            for Near { line, text } in place {
                write!(f, "\n{line:>5}: {text}")?;
            }
        }
        if *total > places.len() {
            write!(f, "\nand {} more", total - places.len())?;
        }
        Ok(())
    }
}

/// Lines of a file that a chunk was expected to match, and did not.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Mismatch {
    /// The file, as the patch names it.
    pub path: String,
    /// Number of the hunk within the file, counted from 1.
    pub hunk: usize,
    /// Line of the patch the hunk begins at, counted from 1.
    pub patch_line: usize,
    /// Text that was looked for: an `@@` line, or the first line of the hunk that is not found.
    pub expected: String,
    /// True when an `@@` line was not found.
    pub header: bool,
    /// Line at which the text stands before the place the search began at, counted from 1.
    pub earlier: Option<usize>,
    /// The nearest lines, in the order of the file.
    pub near: Vec<Near>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, hunk, patch_line, expected, header, earlier, near } = self;
        let what = if *header { "'@@' context" } else { "line" };
        write!(f, "'{path}': hunk {hunk} (line {patch_line} of the patch) does not match the file")?;
        write!(f, "\n{what} not found: {}", quoted(expected))?;
        if let Some(earlier) = earlier {
            write!(
                f,
                "\nit is at line {earlier}, before the end of the previous hunk: hunks go in the order of the file"
            )?;
        }
        if !near.is_empty() {
            f.write_str("\nnearest lines in the file:")?;
        }
        for Near { line, text } in near {
            write!(f, "\n{line:>5}: {text}")?;
        }
        Ok(())
    }
}

/// A line of the file that resembles what was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// Its number, counted from 1.
    pub line: usize,
    /// Its text, cut when it is long.
    pub text: String,
}

/// Places where `pattern` stands in `lines`, all found by one comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// Difference that was ignored; `None` where the lines are equal.
    pub(crate) ignored: Option<Ignored>,
    /// First lines of the places, in the order of the file.
    pub(crate) starts: Vec<usize>,
}

/// Finds the places at or after `from` where `pattern` stands in `lines`, by the strictest comparison that finds one which `accept`
/// takes. With `at_end` only the file's last lines are looked at.
pub(crate) fn find_all(
    lines: &[&str],
    pattern: &[&str],
    from: usize,
    at_end: bool,
    accept: impl Fn(usize, Option<Ignored>) -> bool,
) -> Option<Places> {
    let last = lines.len().checked_sub(pattern.len())?;
    let first = if at_end { from.max(last) } else { from };
    COMPARISONS.iter().find_map(|&(ignored, same)| {
        let starts: Vec<usize> = (first..=last)
            .filter(|&start| {
                pattern.iter().zip(&lines[start..]).all(|(expected, found)| same(expected, found))
                    && accept(start, ignored)
            })
            .collect();
        (!starts.is_empty()).then_some(Places { ignored, starts })
    })
}

/// The line without white space at its ends, typographic characters as their plain ones.
fn folded(line: &str) -> impl Iterator<Item = char> {
    line.trim().chars().map(|c| match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{ff07}' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{ff02}' => '"',
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        c => c,
    })
}

/// The line of `pattern` that fails first where it fits best, and the lines round that place; of equal places the first at or after
/// `from`.
pub(crate) fn nearest<'p>(lines: &[&str], pattern: &[&'p str], from: usize) -> (&'p str, Vec<Near>) {
    let fallback =
        pattern.iter().find(|line| !line.trim().is_empty()).or(pattern.first()).copied().unwrap_or_default();
    if let Some(start) = best_window(lines, pattern, from) {
        let differs = (0..pattern.len())
            .find(|&i| lines.get(start + i).is_none_or(|line| !folded(line).eq(folded(pattern[i]))));
        let index = differs.unwrap_or_default();
        let from = (start + index).saturating_sub(2);
        return (pattern[index], numbered(lines, from..from + 5));
    }
    let mut similar: Vec<(usize, f64)> = lines
        .iter()
        .enumerate()
        .take(LINES_COMPARED)
        .map(|(index, line)| (index, similarity(line.trim(), fallback.trim())))
        .filter(|(_, score)| *score >= 0.5)
        .collect();
    similar.sort_by(|a, b| b.1.total_cmp(&a.1));
    similar.truncate(3);
    similar.sort_by_key(|(index, _)| *index);
    (fallback, similar.iter().flat_map(|(index, _)| numbered(lines, *index..index + 1)).collect())
}

/// Maximum number of lines compared to word a message; a larger file gets a message without hints.
const LINES_COMPARED: usize = 20_000;
const PAIRS_COMPARED: usize = 4_000_000;

/// Finds the place where most non-blank lines of `pattern` match; `None` when none does anywhere.
fn best_window(lines: &[&str], pattern: &[&str], from: usize) -> Option<usize> {
    if lines.len().saturating_mul(pattern.len()) > PAIRS_COMPARED {
        return None;
    }
    (0..lines.len())
        .map(|start| {
            let matching = pattern
                .iter()
                .zip(&lines[start..])
                .filter(|(expected, found)| !expected.trim().is_empty() && folded(expected).eq(folded(found)))
                .count();
            (matching, start >= from, Reverse(start))
        })
        .max()
        .filter(|(matching, ..)| *matching > 0)
        .map(|(.., Reverse(start))| start)
}

fn similarity(a: &str, b: &str) -> f64 {
    const LONGEST: usize = 400;
    if a.is_empty() || b.is_empty() || a.len() > LONGEST || b.len() > LONGEST {
        return 0.0;
    }
    strsim::sorensen_dice(a, b)
}

fn numbered(lines: &[&str], range: std::ops::Range<usize>) -> Vec<Near> {
    let end = range.end.min(lines.len());
    let start = range.start.min(end);
    (start..end)
        .map(|index| Near { line: index + 1, text: lines[index].chars().take(200).collect() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], pattern: &[&str], from: usize, at_end: bool, expected: Option<usize>) {
        let found = find_all(lines, pattern, from, at_end, |_, _| true).map(|places| places.starts[0]);
        assert_eq!(found, expected, "{pattern:?} in {lines:?}");
    }

    #[test]
    fn a_stricter_pass_wins_over_an_earlier_place() {
        check(&["  a", "a"], &["a"], 0, false, Some(1));
        check(&["a ", "a"], &["a"], 0, false, Some(1));
        check(&["  a", "a  "], &["a"], 0, false, Some(1));
    }

    #[test]
    fn every_pass_is_tried() {
        check(&["x", "a \t"], &["a"], 0, false, Some(1));
        check(&["x", "\t a"], &["a"], 0, false, Some(1));
        check(&["x", "\u{201c}a\u{201d}\u{a0}\u{2013} b\u{2019}s"], &["\"a\" - b's"], 0, false, Some(1));
        check(&["x", "y"], &["a"], 0, false, None);
    }

    #[test]
    fn searches_forward_and_at_the_end() {
        check(&["a", "b", "a"], &["a"], 1, false, Some(2));
        check(&["a", "b", "a"], &["a"], 0, true, Some(2));
        check(&["a", "b", "c"], &["a"], 0, true, None);
        check(&["a"], &["a", "b"], 0, false, None);
        check(&["a"], &["a"], 7, false, None);
    }

    #[test]
    fn names_the_first_line_that_differs_in_the_best_place() {
        let (expected, near) = nearest(
            &["fn a() {", "    one();", "}", "fn b() {", "    two();", "}"],
            &["fn b() {", "    three();", "}"],
            0,
        );
        assert_eq!(expected, "    three();");
        assert!(near.contains(&Near { line: 5, text: "    two();".to_owned() }));
    }
}
