//! Blocks of lines that a diff takes out in one place and puts in at another.

use super::any_hunk::{AnyHunk, RawLine};
use crate::row::LineKind;
use std::collections::{HashMap, HashSet};

/// Fewest lines of a moved block that say something.
const MIN_LINES: usize = 3;
/// Fewest letters and digits of a moved block: braces and blank lines move with anything.
const MIN_CHARACTERS: usize = 20;
/// Places of one line that are looked at; a line that stands in more says nothing.
const MAX_PLACES: usize = 32;
/// Most lines of a diff in which moved blocks are looked for.
const MAX_LINES: usize = 200_000;

/// Moved lines of a diff, by the number of the hunk and the place in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct MovedLines(HashMap<usize, HashSet<usize>>);

/// Lines of one kind that follow each other in a hunk.
struct LineRun<'a> {
    hunk: usize,
    /// Place of the first line in the hunk.
    start: usize,
    texts: Vec<&'a str>,
    /// Number of the change: a run that is taken out and the one put in right there are one change.
    change: usize,
}

impl MovedLines {
    /// Finds the moved lines of the hunks of a diff, in order.
    pub(crate) fn find<'a>(hunks: impl Iterator<Item = AnyHunk<'a>>) -> Self {
        let (mut removed, mut added, mut all) = (Vec::new(), Vec::new(), 0);
        let mut change = 0;
        for (hunk, any) in hunks.enumerate() {
            let lines = any.raw_lines();
            all += lines.len();
            if all > MAX_LINES {
                return Self::default();
            }
            collect_runs(hunk, &lines, &mut change, &mut removed, &mut added);
        }
        let mut places: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
        for (number, run) in removed.iter().enumerate() {
            for (at, text) in run.texts.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
                places.entry(text).or_default().push((number, at));
            }
        }
        let mut moved = Self::default();
        let mut taken: HashSet<(usize, usize)> = HashSet::new();
        for run in &added {
            let mut at = 0;
            while at < run.texts.len() {
                let Some((number, from, length)) = longest(run, at, &removed, &places, &taken) else {
                    at += 1;
                    continue;
                };
                let source = &removed[number];
                moved.insert(source.hunk, source.start + from, length);
                moved.insert(run.hunk, run.start + at, length);
                taken.extend((from..from + length).map(|line| (number, line)));
                at += length;
            }
        }
        moved
    }

    /// Returns the moved lines of a hunk, as ranges of their places, in order.
    pub(crate) fn ranges(&self, hunk: usize) -> Vec<(u32, u32)> {
        let mut lines: Vec<u32> =
            self.0.get(&hunk).into_iter().flatten().filter_map(|line| u32::try_from(*line).ok()).collect();
        lines.sort_unstable();
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for line in lines {
            match ranges.last_mut() {
                Some(last) if last.1 == line => last.1 += 1,
                _ => ranges.push((line, line + 1)),
            }
        }
        ranges
    }

    fn insert(&mut self, hunk: usize, start: usize, length: usize) {
        self.0.entry(hunk).or_default().extend(start..start + length);
    }
}

fn collect_runs<'a>(
    hunk: usize,
    lines: &[RawLine<'a>],
    change: &mut usize,
    removed: &mut Vec<LineRun<'a>>,
    added: &mut Vec<LineRun<'a>>,
) {
    let mut at = 0;
    *change += 1;
    while at < lines.len() {
        let kind = lines[at].kind;
        let length = lines[at..].iter().take_while(|line| line.kind == kind).count();
        let texts = lines[at..at + length].iter().map(|line| line.text.trim()).collect();
        match kind {
            LineKind::Context => *change += 1,
            LineKind::Removed => removed.push(LineRun { hunk, start: at, texts, change: *change }),
            LineKind::Added => added.push(LineRun { hunk, start: at, texts, change: *change }),
        }
        at += length;
    }
}

/// Finds the longest block of removed lines that begins with a line of an added run: its run, its first line and its length.
fn longest(
    run: &LineRun<'_>,
    at: usize,
    removed: &[LineRun<'_>],
    places: &HashMap<&str, Vec<(usize, usize)>>,
    taken: &HashSet<(usize, usize)>,
) -> Option<(usize, usize, usize)> {
    let candidates = places.get(run.texts[at]).filter(|places| places.len() <= MAX_PLACES)?;
    let length_at = |&(number, from): &(usize, usize)| {
        let source = &removed[number];
        // what is only indented anew stays where it is
        if source.change == run.change {
            return 0;
        }
        let pairs = source.texts[from..].iter().zip(&run.texts[at..]).enumerate();
        pairs.take_while(|(line, (old, new))| old == new && !taken.contains(&(number, from + line))).count()
    };
    let found = candidates.iter().map(|place| (place, length_at(place))).max_by_key(|(_, length)| *length);
    let ((number, from), length) = found?;
    let block = &run.texts[at..at + length];
    let characters = block.iter().flat_map(|text| text.chars()).filter(|c| c.is_alphanumeric()).count();
    let lines = block.iter().filter(|text| !text.is_empty()).count();
    (lines >= MIN_LINES && characters >= MIN_CHARACTERS).then_some((*number, *from, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::DiffHunk;

    fn hunk(lines: &[&str]) -> DiffHunk {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        DiffHunk { old_start: 1, new_start: 1, lines, ..DiffHunk::default() }
    }

    fn found(hunks: &[DiffHunk]) -> Vec<(usize, u32)> {
        let moved = MovedLines::find(hunks.iter().map(AnyHunk::Changed));
        let lines = |hunk: usize| moved.ranges(hunk).into_iter().flat_map(|(from, to)| from..to);
        (0..hunks.len())
            .flat_map(|hunk| lines(hunk).map(move |line| (hunk, line)).collect::<Vec<_>>())
            .collect()
    }

    const GONE: &[&str] =
        &[" a", "-fn moved(count: u32) {", "-    let total = count * 2;", "-", "-    total", "-}", " b"];

    #[test]
    fn a_block_is_moved_when_it_goes_here_and_comes_there_however_it_is_indented() {
        let come = [
            " mod x {",
            "+    fn moved(count: u32) {",
            "+        let total = count * 2;",
            "+",
            "+        total",
            "+    }",
            "+    fn new() {}",
            " }",
        ];
        let all = found(&[hunk(GONE), hunk(&come)]);
        let expected: Vec<_> = (1..=5).map(|line| (0, line)).chain((1..=5).map(|line| (1, line))).collect();
        assert_eq!(all, expected);
        // within one hunk too, where lines that stay are between
        let both: Vec<_> = GONE.iter().chain(&come).copied().collect();
        assert_eq!(found(&[hunk(&both)]).len(), 10);
    }

    #[test]
    fn what_is_indented_anew_where_it_was_or_says_too_little_is_not_moved() {
        let indented = [
            "-fn moved(count: u32) {",
            "-let total = count * 2;",
            "-total }",
            "+  fn moved(count: u32) {",
            "+  let total = count * 2;",
            "+  total }",
        ];
        assert_eq!(found(&[hunk(&indented)]), []);
        assert_eq!(found(&[hunk(&["-}", "-", "-}", "-end"]), hunk(&["+}", "+", "+}", "+end"])]), []);
        assert_eq!(
            found(&[hunk(GONE), hunk(&["+fn moved(count: u32) {", "+    let other = count * 2;"])]),
            []
        );
    }

    #[test]
    fn a_block_that_is_copied_twice_comes_once_from_where_it_went() {
        let come: Vec<String> = GONE[1..6].iter().map(|line| line.replacen('-', "+", 1)).collect();
        let come: Vec<_> = come.iter().map(String::as_str).collect();
        let all = found(&[hunk(GONE), hunk(&come), hunk(&come)]);
        assert_eq!(all.len(), 10);
        assert!(all.iter().all(|(hunk, _)| *hunk < 2));
    }
}
