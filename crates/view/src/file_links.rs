//! Paths of files in texts: in the output of compilers, test runners and interpreters, and in answers.

use regex::Regex;
use std::sync::LazyLock;

/// Most paths that are read from one text.
pub const MAX_PATHS: usize = 400;

/// Part of a text that may be the path of a file; whether there is one is for others to find out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathMention<'a> {
    /// First byte of the path.
    pub start: usize,
    /// End of the path and its position, in bytes.
    pub end: usize,
    /// The path, as it is written.
    pub path: &'a str,
    /// Line, counted from 1.
    pub line: Option<u32>,
    /// Column, counted from 1.
    pub column: Option<u32>,
}

/// `File "x.py", line 3`, as Python writes it: the only form whose path may hold spaces. Then `x.rs:12:5`, `x.ts(12,5)`, `x.rs`.
static PATHS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"File "(?P<quoted>[^"\n]+)", line (?P<l1>\d+)"#,
        r"|(?P<bare>[\p{L}\p{N}_@+~./-]*[\p{L}\p{N}_])",
        r"(?::(?P<l2>\d+)(?::(?P<c2>\d+))?|\((?P<l3>\d+)(?:[,:] ?(?P<c3>\d+))?\))?",
    ))
    // a pattern that does not compile fails the tests
    .ok()
});

/// Returns what reads like paths of files in a text, in order.
pub fn path_mentions(text: &str) -> Vec<PathMention<'_>> {
    let Some(paths) = PATHS.as_ref() else { return Vec::new() };
    let mention = |found: regex::Captures<'_>| {
        let whole = found.get(0)?;
        let number = |names: &[&str]| names.iter().find_map(|name| found.name(name)?.as_str().parse().ok());
        let (line, column) = (number(&["l1", "l2", "l3"]), number(&["c2", "c3"]));
        let path = found.name("quoted").or_else(|| found.name("bare"))?;
        let (start, path) = (path.start(), &text[path.range()]);
        // a word is no path, unless a line number follows it: `Makefile:12`
        let reads_like_one = path.contains(['.', '/']) || line.is_some();
        reads_like_one.then_some(PathMention { start, end: whole.end(), path, line, column })
    };
    paths.captures_iter(text).filter_map(mention).take(MAX_PATHS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str, Option<u32>, Option<u32>)]) {
        let found = path_mentions(text);
        let found: Vec<_> = found
            .iter()
            .map(|found| (&text[found.start..found.end], found.path, found.line, found.column))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn paths_are_read_from_what_compilers_and_interpreters_write() {
        check("  --> src/x.rs:12:5\n", &[("src/x.rs:12:5", "src/x.rs", Some(12), Some(5))]);
        check("src/a.ts(3,14): error TS1", &[("src/a.ts(3,14)", "src/a.ts", Some(3), Some(14))]);
        check(
            "  File \"my app/x.py\", line 3, in f",
            &[("my app/x.py\", line 3", "my app/x.py", Some(3), None)],
        );
        check("    at f (src/x.js:1:2)", &[("src/x.js:1:2", "src/x.js", Some(1), Some(2))]);
        check("Makefile:12: *** missing", &[("Makefile:12", "Makefile", Some(12), None)]);
        check("panicked at tests/ü.rs:19:5:", &[("tests/ü.rs:19:5", "tests/ü.rs", Some(19), Some(5))]);
        check("See `README.md`. Done", &[("README.md", "README.md", None, None)]);
        check("plain words, and more", &[]);
        check(
            "./run.sh and ../up.txt",
            &[("./run.sh", "./run.sh", None, None), ("../up.txt", "../up.txt", None, None)],
        );
        check("line 99999999999 of x.rs:99999999999", &[("x.rs:99999999999", "x.rs", None, None)]);
    }

    #[test]
    fn no_more_paths_are_read_than_a_window_links() {
        assert_eq!(path_mentions(&"a.rs:1 ".repeat(1000)).len(), MAX_PATHS);
    }
}
