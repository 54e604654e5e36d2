//! Rule: the files and folders that a page names are there.

use std::fs;

use super::sources::has_extension;
use crate::checkout::Checkout;

/// Folders at whose names a path in a page begins.
const ROOTS: [&str; 7] = ["crates/", "docs/", "icons/", "src-tauri/", "tests/", "ui/", "xtask/"];

/// Folders that are made by a build, and so are in no list of files.
const BUILT: [&str; 2] = ["ui/dist", "ui/node_modules"];

pub(super) fn check(checkout: &Checkout, files: &[String], faults: &mut Vec<String>) {
    for page in files.iter().filter(|file| has_extension(file, "md")) {
        // a page may be gone from disk but not yet from git
        let Ok(text) = fs::read_to_string(checkout.path(page)) else { continue };
        compare(page, &text, files, faults);
    }
}

fn compare(page: &str, text: &str, files: &[String], faults: &mut Vec<String>) {
    for (index, line) in text.lines().enumerate() {
        for path in paths(line) {
            let path = path.trim_end_matches('/');
            let is_there = files.iter().any(|file| {
                file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
            if !is_there && !BUILT.contains(&path) {
                faults.push(format!(
                    "{page}:{}: there is no `{path}`: name the file that took its place",
                    index + 1
                ));
            }
        }
    }
}

/// Returns the paths between backticks; a test's `file::name` is checked by another rule.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    let is_path = |word: &&str| {
        let plain = word.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c));
        plain && ROOTS.iter().any(|root| word.starts_with(root))
    };
    line.split('`').skip(1).step_by(2).filter(is_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_gone_is_told_and_other_words_are_not() {
        let files = ["crates/a/src/b.rs".to_owned(), "ui/src/c.ts".to_owned()];
        let text = "`crates/a/src/b.rs`, `crates/a/` and `ui/src/*.ts`\n`crates/a/src/b` or `tests/x.rs::t`, `ui/dist/`\ncrates/z, `cargo x`, `ui/src/d.ts`\n";
        let mut faults = Vec::new();
        compare("p.md", text, &files, &mut faults);
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].starts_with("p.md:2: ") && faults[1].starts_with("p.md:3: "), "{faults:?}");
    }
}
