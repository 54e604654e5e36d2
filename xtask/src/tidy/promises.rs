//! Rule: every promise of `docs/security.md` names tests that exist.

use std::fs;

use anyhow::{Context, Result};

use super::test_index::{TestIndex, named};
use crate::checkout::Checkout;

/// Path of the page.
const LIST: &str = "docs/security.md";

/// Sections without promises.
const WITHOUT: [&str; 2] = ["## Against whom", "## What is not promised"];

pub(super) fn check(checkout: &Checkout, known: &TestIndex, faults: &mut Vec<String>) -> Result<()> {
    let text = fs::read_to_string(checkout.path(LIST)).with_context(|| format!("cannot read {LIST}"))?;
    compare(&text, known, faults);
    Ok(())
}

/// Checks the page's items: a promise is `* text`, with one indented `` * `file::test` `` beneath it for each of its tests.
fn compare(text: &str, known: &TestIndex, faults: &mut Vec<String>) {
    let mut promises = false;
    let mut open = None;
    for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        let begins = line.starts_with("* ");
        if line.starts_with("## ") || begins {
            untested(open.take(), faults);
        }
        if line.starts_with("## ") {
            promises = !WITHOUT.contains(&line);
        } else if promises && begins {
            open = Some(number);
        } else if let Some(test) = line.strip_prefix("  * ") {
            open = None;
            match named(test) {
                Some((file, test)) if known.has(file, test) => {}
                Some(_) => faults.push(format!("{LIST}:{number}: there is no test {test}")),
                None => faults.push(format!("{LIST}:{number}: expected `file::test` beneath a promise")),
            }
        }
    }
    untested(open, faults);
}

fn untested(open: Option<usize>, faults: &mut Vec<String>) {
    if let Some(number) = open {
        faults.push(format!("{LIST}:{number}: a promise names no test"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_promise_without_a_test_and_a_test_that_is_gone_are_told() {
        let tests = BTreeMap::from([("a.rs".to_owned(), ["held".to_owned()].into())]);
        let text = "## Against whom\n* anybody\n## Keys\n* kept\n  as said\n  * `a.rs::held`\n* open\n* gone\n  * `a.rs::gone`\n\
                    * odd\n  * held\n* last\n## What is not promised\n* much\n";
        let mut faults = Vec::new();
        compare(text, &TestIndex(tests), &mut faults);
        let places: Vec<_> = faults.iter().filter_map(|fault| fault.split(':').nth(1)).collect();
        assert_eq!(places, ["7", "9", "11", "12"], "{faults:?}");
    }
}
