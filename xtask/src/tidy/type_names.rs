//! No two types of the workspace have one name, but for those that are listed with a reason.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::Fault;
use super::rust_code::{end_of_group, strip};
use super::sources::{SourceFiles, has_extension, line_at};

/// Name of the rule in the list of debts.
const RULE: &str = "type-names";

/// Names that several types may have: `Name: reason`, one a line.
const SHARED: &str = include_str!("shared-type-names.txt");

/// Place of that list.
const SHARED_FILE: &str = "xtask/src/tidy/shared-type-names.txt";

/// Checks the types of non-test code.
pub(super) fn check(sources: &SourceFiles) -> Vec<Fault> {
    compare(sources, SHARED)
}

fn compare(sources: &SourceFiles, shared: &str) -> Vec<Fault> {
    let mut definitions: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
    for (file, text) in sources.0.iter().filter(|(file, _)| has_extension(file, "rs") && !is_test(file)) {
        for (name, line) in defined(&strip(text)) {
            // two definitions in one file are one for each system
            definitions.entry(name).or_default().entry(file).or_insert(line);
        }
    }
    let mut faults = Vec::new();
    let mut reasons = BTreeSet::new();
    for (index, line) in
        shared.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
    {
        let fault = |text: String| Fault { rule: RULE, file: SHARED_FILE.to_owned(), line: index + 1, text };
        match line.split_once(": ") {
            Some((name, reason)) if !reason.trim().is_empty() => {
                if definitions.get(name).is_none_or(|files| files.len() < 2) {
                    faults.push(fault(format!("`{name}` is not the name of several types: remove the line")));
                }
                reasons.insert(name);
            }
            _ => faults.push(fault("expected `Name: reason`".to_owned())),
        }
    }
    for (name, files) in &definitions {
        if files.len() < 2 || reasons.contains(name.as_str()) {
            continue;
        }
        for (file, line) in files {
            let others: Vec<_> = files
                .iter()
                .filter(|(other, _)| *other != file)
                .map(|(other, line)| format!("{other}:{line}"))
                .collect();
            faults.push(Fault {
                rule: RULE,
                file: (*file).to_owned(),
                line: *line,
                text: format!(
                    "`{name}` is also the name of a type in {}: rename one, or list the name with a reason in {SHARED_FILE}",
                    others.join(", ")
                ),
            });
        }
    }
    faults
}

/// Reports whether the whole file is compiled for tests only.
fn is_test(file: &str) -> bool {
    file.starts_with("tests/")
        || file.contains("/tests/")
        || file.ends_with("/tests.rs")
        || file.ends_with("/testing.rs")
}

/// Returns the names of types defined at the top level of `code`, with their lines.
fn defined(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut before = "";
    while let Some(c) = code[at..].chars().next() {
        if c == '{' || c == '(' || c == '[' {
            at = end_of_group(code.as_bytes(), at);
            continue;
        }
        let rest = &code[at..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if end == 0 {
            at += c.len_utf8();
            continue;
        }
        let word = &rest[..end];
        if ["struct", "enum", "trait", "type", "union"].contains(&before)
            && word.starts_with(char::is_uppercase)
        {
            found.push((word.to_owned(), line_at(code, at)));
        }
        before = word;
        at += end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_two_types_needs_a_reason() {
        let sources = SourceFiles::of(&[
            ("a.rs", "pub struct A;\nenum B { C }\ntype D = u8;\nimpl X for A { type E = u8; }\ntrait F {}"),
            ("b.rs", "struct A;\nstruct B;\nstruct C;\nstruct E;\nstruct G;\n#[cfg(test)]\nstruct F;"),
            ("c/tests.rs", "struct D;"),
        ]);
        let faults = compare(&sources, "# names\nB: on purpose\nG: no longer\nH\n");
        let told: Vec<_> = faults.iter().map(|fault| (fault.file.as_str(), fault.line)).collect();
        assert_eq!(told, [(SHARED_FILE, 3), (SHARED_FILE, 4), ("a.rs", 1), ("b.rs", 1)]);
    }
}
