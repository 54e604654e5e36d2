//! Paths in Rust code: the leaves of `use` trees, and paths in expressions and types.

use super::sources::line_at;

/// A path such as `super::a::B`, with every group and alias resolved; a glob ends in `*`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RustPath {
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
    pub(super) offset: usize,
}

/// Returns the paths of `code` that begin with `crate`, `self`, `super`, or one of `modules`.
pub(super) fn find(code: &str, modules: &[String]) -> Vec<RustPath> {
    let mut paths = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let word = word_at(code, at);
        if word.is_empty() {
            at += code[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        let before = code[..at].trim_end();
        // neither a later segment of another path, nor a field, nor a visibility or macro variable
        let begins = !before.ends_with("::") && !before.ends_with(['.', '$']) && !before.ends_with("(in");
        let is_root =
            ["crate", "self", "super"].contains(&word) || modules.iter().any(|module| module == word);
        if begins && is_root && followed_by_colons(code, at + word.len()) {
            at = read_tree(code, at, &mut Vec::new(), &mut paths);
        } else if begins && is_root && before.ends_with("use") {
            // `use child;` or `use child as other;`
            push(&mut paths, &[word.to_owned()], code, at);
            at += word.len();
        } else {
            at += word.len();
        }
    }
    paths
}

fn word_at(code: &str, at: usize) -> &str {
    let rest = &code[at..];
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    &rest[..end]
}

fn followed_by_colons(code: &str, at: usize) -> bool {
    code[at..].trim_start().starts_with("::")
}

fn skip_space(code: &str, at: usize) -> usize {
    at + (code[at..].len() - code[at..].trim_start().len())
}

/// Reads the path or group at `at` and returns the offset behind it.
fn read_tree(code: &str, at: usize, prefix: &mut Vec<String>, paths: &mut Vec<RustPath>) -> usize {
    let depth = prefix.len();
    let start = at;
    let mut at = at;
    loop {
        at = skip_space(code, at);
        if code[at..].starts_with('{') {
            at = read_group(code, at + 1, prefix, paths);
            break;
        }
        if code[at..].starts_with('*') {
            prefix.push("*".to_owned());
            push(paths, prefix, code, start);
            at += 1;
            break;
        }
        let word = word_at(code, at);
        if word.is_empty() {
            // a turbofish
            push(paths, prefix, code, start);
            break;
        }
        prefix.push(word.to_owned());
        at += word.len();
        if !followed_by_colons(code, at) {
            push(paths, prefix, code, start);
            break;
        }
        at = skip_space(code, at) + 2;
    }
    prefix.truncate(depth);
    at
}

/// Reads the trees behind an opening brace and returns the offset behind the closing one.
fn read_group(code: &str, at: usize, prefix: &mut Vec<String>, paths: &mut Vec<RustPath>) -> usize {
    let mut at = at;
    loop {
        at = skip_space(code, at);
        match code[at..].chars().next() {
            None => return at,
            Some('}') => return at + 1,
            Some(c) if c == '{' || c == '*' || c.is_alphanumeric() || c == '_' => {
                at = read_tree(code, at, prefix, paths);
                // an alias names nothing that is imported
                let rest = code[at..].find([',', '}']).unwrap_or(code.len() - at);
                at += rest;
            }
            Some(c) => at += c.len_utf8(),
        }
    }
}

fn push(paths: &mut Vec<RustPath>, segments: &[String], code: &str, offset: usize) {
    let mut segments = segments.to_vec();
    // `a::{self}` names `a`
    if segments.len() > 1 && segments[segments.len() - 1] == "self" {
        segments.pop();
    }
    paths.push(RustPath { segments, line: line_at(code, offset), offset });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: &str) -> Vec<String> {
        let paths = find(code, &["child".to_owned()]);
        paths.iter().map(|path| format!("{}:{}", path.line, path.segments.join("::"))).collect()
    }

    #[test]
    fn groups_are_unfolded() {
        let code = "use crate::{\n  a::{self, B as C, d::*},\n  E,\n};\npub use child::F;\nuse child;\nuse other::{crate_like, G};";
        let expected =
            ["2:crate::a", "2:crate::a::B", "2:crate::a::d::*", "3:crate::E", "5:child::F", "6:child"];
        assert_eq!(found(code), expected);
    }

    #[test]
    fn paths_in_expressions_are_found_and_visibilities_are_not() {
        let code = "pub(in crate::a) fn f(x: super::A) { child::g::<u8>(self.h, other::child::i, child.j, $crate::k) }\npub(super) x: self::y::Z";
        assert_eq!(found(code), ["1:super::A", "1:child::g", "2:self::y::Z"]);
    }
}
