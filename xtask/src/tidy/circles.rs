//! Circles in a graph of files.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::Fault;

/// Name of the rule in the list of debts.
const RULE: &str = "circles";

/// An import of one file by another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    pub(super) from: String,
    pub(super) line: usize,
    pub(super) to: String,
}

/// Reports each pair of files where the first imports the second and the second leads back to the first.
pub(super) fn check(imports: &[Import]) -> Vec<Fault> {
    let mut graph: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for import in imports {
        graph.entry(&import.from).or_default().insert(&import.to);
    }
    let reachable: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|file| (*file, reachable_from(&graph, file))).collect();
    let leads_back = |import: &Import| {
        reachable.get(import.to.as_str()).is_some_and(|ends| ends.contains(import.from.as_str()))
    };
    let mut seen = BTreeSet::new();
    let circular = imports.iter().filter(|import| import.from != import.to && leads_back(import));
    let first = circular.filter(|import| seen.insert((&import.from, &import.to)));
    first
        .map(|import| Fault {
            rule: RULE,
            file: import.from.clone(),
            line: import.line,
            text: format!(
                "imports {}, which leads back here ({}): move the shared part to a file that imports neither",
                import.to,
                way_back(&graph, import).join(" -> ")
            ),
        })
        .collect()
}

fn reachable_from<'a>(graph: &BTreeMap<&'a str, BTreeSet<&'a str>>, file: &'a str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![file];
    while let Some(file) = open.pop() {
        for next in graph.get(file).into_iter().flatten() {
            if found.insert(*next) {
                open.push(next);
            }
        }
    }
    found
}

/// Returns the shortest way from the imported file to the one that imports it, both included.
fn way_back<'a>(graph: &BTreeMap<&'a str, BTreeSet<&'a str>>, import: &'a Import) -> Vec<&'a str> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = std::collections::VecDeque::from([import.to.as_str()]);
    while let Some(file) = open.pop_front() {
        if file == import.from {
            break;
        }
        for next in graph.get(file).into_iter().flatten() {
            if *next != import.to && !before.contains_key(next) {
                before.insert(next, file);
                open.push_back(next);
            }
        }
    }
    let mut way = vec![import.from.as_str()];
    while let Some(file) = before.get(way[way.len() - 1]) {
        way.push(file);
    }
    way.reverse();
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(from: &str, line: usize, to: &str) -> Import {
        Import { from: from.to_owned(), line, to: to.to_owned() }
    }

    #[test]
    fn only_imports_of_a_circle_are_told_each_once_and_with_the_way_back() {
        let imports = [
            import("a", 1, "b"),
            import("a", 2, "b"),
            import("b", 3, "c"),
            import("c", 4, "a"),
            import("c", 5, "d"),
            import("e", 6, "a"),
        ];
        let faults = check(&imports);
        let told: Vec<_> = faults.iter().map(|fault| (fault.file.as_str(), fault.line)).collect();
        assert_eq!(told, [("a", 1), ("b", 3), ("c", 4)]);
        assert!(faults[0].text.contains("(b -> c -> a)"), "{}", faults[0]);
    }
}
