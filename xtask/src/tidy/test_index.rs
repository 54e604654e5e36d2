//! Index of the checkout's tests by file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::checkout::Checkout;

/// Names of tests by file.
#[derive(Default)]
pub(super) struct TestIndex(pub(super) BTreeMap<String, BTreeSet<String>>);

impl TestIndex {
    /// Reads the tests of `files`.
    pub(super) fn find(checkout: &Checkout, files: &[String]) -> Self {
        let mut known = Self::default();
        for file in files {
            let mut ends = file.rsplit('.');
            let find = match (ends.next(), ends.next()) {
                (Some("rs"), _) => rust_tests,
                (Some("ts"), Some("test")) => titles,
                _ => continue,
            };
            // gone from disk, but not yet from git
            let Ok(text) = fs::read_to_string(checkout.path(file)) else { continue };
            known.0.insert(file.clone(), find(&text));
        }
        known
    }

    pub(super) fn has(&self, file: &str, test: &str) -> bool {
        self.0.get(file).is_some_and(|tests| tests.contains(test))
    }
}

/// Splits `` `file::test` `` into the file and the test's name.
pub(super) fn named(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('`')?.strip_suffix('`')?.split_once("::")
}

/// Returns the names of functions with an attribute that ends in `test`.
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

/// Returns the titles of the tests in a script.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_found_and_other_functions_are_not() {
        let text = "#[tokio::test]\n#[ignore]\n/// Why.\nasync fn b7_b8_a() {}\n#[test]\nfn b9_b() {}\nfn b10_c() {}\n\
                    #[cfg(test)]\nfn b11_d() {}\n    #[test]\n    fn e(a in b()) {}";
        assert_eq!(rust_tests(text).into_iter().collect::<Vec<_>>(), ["b7_b8_a", "b9_b", "e"]);
        let text = "  test('a row', () => {\n  it(`b`, async () => {\n  testing('no')";
        assert_eq!(titles(text).into_iter().collect::<Vec<_>>(), ["a row", "b"]);
        assert_eq!(named("`a/b.rs::c`"), Some(("a/b.rs", "c")));
        assert_eq!(named("a/b.rs::c"), None);
    }
}
