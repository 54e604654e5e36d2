//! Rule: every row of `docs/behaviour.md` names tests that exist, and every test named for a row is in that row.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};

use super::test_index::{TestIndex, named};
use crate::checkout::Checkout;

/// Path of the page.
const LIST: &str = "docs/behaviour.md";

/// Number of the last row; the first is 1.
const LAST: u32 = 41;

/// Folders of tests that run the whole agent.
const END_TO_END: [&str; 2] = ["tests/", "ui/e2e/app/"];

pub(super) fn check(checkout: &Checkout, known: &TestIndex, faults: &mut Vec<String>) -> Result<()> {
    let text = fs::read_to_string(checkout.path(LIST)).with_context(|| format!("cannot read {LIST}"))?;
    let rows = rows(&text, faults);
    compare(&rows, known, faults);
    let untold: Vec<String> = (1..=LAST)
        .filter(|row| {
            let tests = rows.get(row).into_iter().flatten();
            !tests.into_iter().any(|(file, _)| END_TO_END.iter().any(|place| file.starts_with(place)))
        })
        .map(|row| format!("B{row}"))
        .collect();
    if !untold.is_empty() {
        println!("{LIST}: no test end to end yet for {}", untold.join(", "));
    }
    Ok(())
}

fn compare(rows: &BTreeMap<u32, BTreeSet<(String, String)>>, known: &TestIndex, faults: &mut Vec<String>) {
    for row in 1..=LAST {
        if rows.get(&row).is_none_or(BTreeSet::is_empty) {
            faults.push(format!("{LIST}: row B{row} names no test"));
        }
    }
    for (row, tests) in rows {
        for (file, test) in tests {
            if !known.has(file, test) {
                faults.push(format!("{LIST}: row B{row} names {file}::{test}, and there is no such test"));
            }
        }
    }
    for (file, tests) in &known.0 {
        for test in tests {
            for row in rows_in_name(test) {
                let entry = (file.clone(), test.clone());
                if !rows.get(&row).is_some_and(|tests| tests.contains(&entry)) {
                    faults.push(format!("{LIST}: row B{row} does not name its test: add `{file}::{test}`"));
                }
            }
        }
    }
}

/// Parses lines of tables: `` | **B7** | text | `file::test` | ``, and beneath it the further tests of the row, with the first two
/// cells empty.
fn rows(text: &str, faults: &mut Vec<String>) -> BTreeMap<u32, BTreeSet<(String, String)>> {
    let mut rows: BTreeMap<u32, BTreeSet<(String, String)>> = BTreeMap::new();
    let mut current = None;
    for (number, line) in text.lines().enumerate() {
        let Some(line) = line.strip_prefix('|').and_then(|line| line.trim_end().strip_suffix('|')) else {
            continue;
        };
        // a promise may have a bar of its own in it, the row's number and the test have none
        let (Some((row, _)), Some((_, test))) = (line.split_once('|'), line.rsplit_once('|')) else {
            continue;
        };
        let (row, test) = (row.trim(), test.trim());
        if row == "row" || row.starts_with("--") {
            current = None;
            continue;
        }
        if !row.is_empty() {
            let is = row.strip_prefix("**B").and_then(|rest| rest.strip_suffix("**"));
            current = is.and_then(|row| row.parse().ok()).filter(|row| (1..=LAST).contains(row));
            match current {
                None => faults.push(format!("{LIST}:{}: there is no row {row}", number + 1)),
                Some(row) if rows.insert(row, BTreeSet::new()).is_some() => {
                    faults.push(format!("{LIST}:{}: row B{row} is there twice", number + 1));
                }
                Some(_) => {}
            }
        }
        match (named(test), current.and_then(|row| rows.get_mut(&row))) {
            (Some((file, test)), Some(tests)) => {
                tests.insert((file.to_owned(), test.to_owned()));
            }
            _ => {
                faults
                    .push(format!("{LIST}:{}: expected `file::test` of a row in the last cell", number + 1));
            }
        }
    }
    rows
}

/// Returns the rows in a test's name: 7 and 8 for `b7_b8_...` and for `B7 B8 ...`.
fn rows_in_name(test: &str) -> Vec<u32> {
    let row = |word: &str| word.strip_prefix(['b', 'B'])?.parse().ok().filter(|row| *row <= LAST);
    test.split(['_', ' ', ',', ':']).map_while(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_by_the_names_of_tests() {
        assert_eq!(rows_in_name("b7_b8_a"), [7, 8]);
        assert_eq!(rows_in_name("B7: a"), [7]);
        assert!(rows_in_name("before_b7").is_empty());
    }

    #[test]
    fn what_is_missing_on_either_side_is_told() {
        let listed = (1..=LAST).filter(|row| *row != 3);
        let text: Vec<_> =
            listed.map(|row| format!("| **B{row}** | x \\| y | `a.rs::b{row}_t` |\n")).collect();
        let mut faults = Vec::new();
        let rows = rows(&text.concat(), &mut faults);
        let tests = (1..=LAST).filter(|row| *row != 5).map(|row| format!("b{row}_t"));
        let known = BTreeMap::from([("a.rs".to_owned(), tests.chain(["b7_u".to_owned()]).collect())]);
        compare(&rows, &TestIndex(known), &mut faults);
        let has = |words: &[&str]| faults.iter().any(|fault| words.iter().all(|word| fault.contains(word)));
        assert!(has(&["B3 names no test"]) && has(&["B3 does not name", "`a.rs::b3_t`"]), "{faults:?}");
        assert!(has(&["B5 names a.rs::b5_t", "no such test"]) && has(&["B7 does not", "b7_u"]), "{faults:?}");
        assert_eq!(faults.len(), 4, "{faults:?}");
    }

    #[test]
    fn what_is_no_row_is_told() {
        let mut faults = Vec::new();
        let text = "| row | x | y |\n|---|---|---|\n| | | `a.rs::t` |\n| **B1** | x | t |\n| **B1** | x | `a.rs::t` |\n| **B42** | x | `a.rs::t` |\n";
        rows(text, &mut faults);
        // a test of no row, no test, a row twice, no such row and the test of it
        assert_eq!(faults.len(), 5, "{faults:?}");
    }
}
