//! The rows of `docs/behaviour.md`: every row has a test, every test it names is there, and no test that says which row it
//! holds is missing from that row.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};

use crate::tree::Tree;

/// The list of rows.
const LIST: &str = "docs/behaviour.md";

/// The last row; the first is 1.
const LAST: u32 = 41;

/// Tests that drive the whole agent.
const END_TO_END: [&str; 2] = ["tests/", "ui/e2e/app/"];

/// Tests by the file they are in.
type Tests<'a> = BTreeMap<&'a str, BTreeSet<String>>;

pub(super) fn check(tree: &Tree, files: &[String], faults: &mut Vec<String>) -> Result<()> {
    let text = fs::read_to_string(tree.path(LIST)).with_context(|| format!("cannot read {LIST}"))?;
    let rows = rows(&text, faults);
    let mut found = Tests::new();
    for file in files {
        let mut ends = file.rsplit('.');
        let find = match (ends.next(), ends.next()) {
            (Some("rs"), _) => rust_tests,
            (Some("ts"), Some("test")) => titles,
            _ => continue,
        };
        // gone from disk, but not yet from git
        let Ok(text) = fs::read_to_string(tree.path(file)) else { continue };
        found.insert(file, find(&text));
    }
    compare(&rows, &found, faults);
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

fn compare(rows: &BTreeMap<u32, BTreeSet<(String, String)>>, found: &Tests<'_>, faults: &mut Vec<String>) {
    for row in 1..=LAST {
        if rows.get(&row).is_none_or(BTreeSet::is_empty) {
            faults.push(format!("{LIST}: row B{row} names no test"));
        }
    }
    for (row, tests) in rows {
        for (file, test) in tests {
            if !found.get(file.as_str()).is_some_and(|tests| tests.contains(test)) {
                faults.push(format!("{LIST}: row B{row} names {file}::{test}, and there is no such test"));
            }
        }
    }
    for (file, tests) in found {
        for test in tests {
            for row in said(test) {
                let entry = ((*file).to_owned(), test.clone());
                if !rows.get(&row).is_some_and(|tests| tests.contains(&entry)) {
                    faults.push(format!("{LIST}: row B{row} does not name its test: add `{file}::{test}`"));
                }
            }
        }
    }
}

/// `* **B7** what it promises`, and beneath it one indented `` * `file::test` `` for each test.
fn rows(text: &str, faults: &mut Vec<String>) -> BTreeMap<u32, BTreeSet<(String, String)>> {
    let mut rows: BTreeMap<u32, BTreeSet<(String, String)>> = BTreeMap::new();
    let mut current = None;
    for (number, line) in text.lines().enumerate() {
        if let Some(row) = line.strip_prefix("* **B").and_then(|rest| rest.split_once("** ")) {
            current = row.0.parse().ok().filter(|row| (1..=LAST).contains(row));
            match current {
                None => faults.push(format!("{LIST}:{}: there is no row B{}", number + 1, row.0)),
                Some(row) if rows.insert(row, BTreeSet::new()).is_some() => {
                    faults.push(format!("{LIST}:{}: row B{row} is there twice", number + 1));
                }
                Some(_) => {}
            }
        } else if let Some(named) = line.strip_prefix("  * ") {
            let named = named.strip_prefix('`').and_then(|named| named.strip_suffix('`'));
            let tests = current.and_then(|row| rows.get_mut(&row));
            match (named.and_then(|named| named.split_once("::")), tests) {
                (Some((file, test)), Some(tests)) => {
                    tests.insert((file.to_owned(), test.to_owned()));
                }
                _ => faults.push(format!("{LIST}:{}: expected `file::test` beneath a row", number + 1)),
            }
        }
    }
    rows
}

/// The functions that are tests: what a `fn` with an attribute that ends in `test` is called.
fn rust_tests(text: &str) -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[") {
            let name = line.trim_start_matches("#[").split(['(', ']']).next().unwrap_or_default();
            is_test |= name == "test" || name.ends_with("::test");
        } else if let Some(rest) = line.trim_start_matches("async ").strip_prefix("fn ") {
            if is_test && let Some((name, _)) = rest.split_once('(') {
                tests.insert(name.to_owned());
            }
            is_test = false;
        } else if !line.is_empty() && !line.starts_with("//") {
            is_test = false;
        }
    }
    tests
}

/// The titles of a script's tests.
fn titles(text: &str) -> BTreeSet<String> {
    let mut titles = BTreeSet::new();
    for line in text.lines().map(str::trim) {
        let Some(rest) = ["test(", "it("].iter().find_map(|call| line.strip_prefix(call)) else { continue };
        let Some(quote) = rest.chars().next().filter(|c| ['\'', '"', '`'].contains(c)) else { continue };
        if let Some((title, _)) = rest[1..].split_once(quote) {
            titles.insert(title.to_owned());
        }
    }
    titles
}

/// The rows a test says it holds: 7 and 8 for `b7_b8_...` and for `B7 B8 ...`.
fn said(test: &str) -> Vec<u32> {
    let row = |word: &str| word.strip_prefix(['b', 'B'])?.parse().ok().filter(|row| *row <= LAST);
    test.split(['_', ' ', ',', ':']).map_while(row).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

    use super::*;

    #[test]
    fn tests_are_found_and_other_functions_are_not() {
        let text = "#[tokio::test]\n#[ignore]\n/// Why.\nasync fn b7_b8_a() {}\n#[test]\nfn b9_b() {}\nfn b10_c() {}\n\
                    #[cfg(test)]\nfn b11_d() {}\n    #[test]\n    fn e(a in b()) {}";
        assert_eq!(rust_tests(text).into_iter().collect::<Vec<_>>(), ["b7_b8_a", "b9_b", "e"]);
        let text = "  test('a row', () => {\n  it(`b`, async () => {\n  testing('no')";
        assert_eq!(titles(text).into_iter().collect::<Vec<_>>(), ["a row", "b"]);
        assert_eq!(said("b7_b8_a"), [7, 8]);
        assert_eq!(said("B7: a"), [7]);
        assert!(said("before_b7").is_empty());
    }

    #[test]
    fn what_is_missing_on_either_side_is_told() {
        let listed = (1..=LAST).filter(|row| *row != 3);
        let text: Vec<_> = listed.map(|row| format!("* **B{row}** x\n  * `a.rs::b{row}_t`\n")).collect();
        let mut faults = Vec::new();
        let rows = rows(&text.concat(), &mut faults);
        let tests = (1..=LAST).filter(|row| *row != 5).map(|row| format!("b{row}_t"));
        let found = Tests::from([("a.rs", tests.chain(["b7_u".to_owned()]).collect())]);
        compare(&rows, &found, &mut faults);
        let has = |words: &[&str]| faults.iter().any(|fault| words.iter().all(|word| fault.contains(word)));
        assert!(has(&["B3 names no test"]) && has(&["B3 does not name", "`a.rs::b3_t`"]), "{faults:?}");
        assert!(has(&["B5 names a.rs::b5_t", "no such test"]) && has(&["B7 does not", "b7_u"]), "{faults:?}");
        assert_eq!(faults.len(), 4, "{faults:?}");
    }

    #[test]
    fn what_is_no_row_is_told() {
        let mut faults = Vec::new();
        rows("  * `a.rs::t`\n* **B42** x\n* **B1** x\n  * t\n* **B1** x\n", &mut faults);
        assert_eq!(faults.len(), 4, "{faults:?}");
    }
}
