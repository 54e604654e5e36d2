//! The list of known debts: faults that were there before their rule, by rule and file. It may only shrink.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::fault::Fault;

/// RunDir of the list: `rule file count`, one a line, sorted.
pub(super) const FILE: &str = "xtask/tidy-debts.txt";

/// Number of faults by rule and file.
pub(super) type Debts = BTreeMap<(String, String), usize>;

/// Reads the list; a line that is no entry is an error of its own.
pub(super) fn parse(text: &str) -> Result<Debts, String> {
    let mut debts = Debts::new();
    for (index, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split(' ').collect();
        let entry = match words[..] {
            [rule, file, count] => {
                count.parse().ok().map(|count: usize| ((rule.to_owned(), file.to_owned()), count))
            }
            _ => None,
        };
        let Some((key, count)) = entry else {
            return Err(format!("{FILE}:{}: expected `rule file count`", index + 1));
        };
        // a merge of two lists may keep both counts
        let known = debts.entry(key).or_default();
        *known = count.max(*known);
    }
    Ok(debts)
}

pub(super) fn write(debts: &Debts) -> String {
    let mut text = String::new();
    for ((rule, file), count) in debts {
        // writing to a string does not fail
        let _ = writeln!(text, "{rule} {file} {count}");
    }
    text
}

/// Counts the faults by rule and file.
pub(super) fn count(faults: &[Fault]) -> Debts {
    let mut debts = Debts::new();
    for fault in faults {
        *debts.entry((fault.rule.to_owned(), fault.file.clone())).or_default() += 1;
    }
    debts
}

/// Returns a message for each fault of a file that has more than are listed, and for each entry that lists too many.
pub(super) fn compare(listed: &Debts, faults: &[Fault]) -> Vec<String> {
    let counted = count(faults);
    let mut messages = Vec::new();
    for fault in faults {
        let key = (fault.rule.to_owned(), fault.file.clone());
        let known = listed.get(&key).copied().unwrap_or_default();
        if counted[&key] > known {
            let note =
                if known > 0 { format!(" ({known} in this file are known debts)") } else { String::new() };
            messages.push(format!("{fault}{note} [{}]", fault.rule));
        }
    }
    let mut lines = 0;
    for ((rule, file), known) in listed {
        lines += 1;
        let found = counted.get(&(rule.clone(), file.clone())).copied().unwrap_or_default();
        if found < *known {
            messages.push(format!(
                "{FILE}:{lines}: lists {known} for {rule} in {file}, where {found} are left: remove them with `cargo xtask tidy --write-debts`"
            ));
        }
    }
    messages
}

/// Returns `listed` without the debts that were paid; with `allow_new` also with the new ones.
pub(super) fn update(listed: &Debts, faults: &[Fault], allow_new: bool) -> Debts {
    let mut debts = count(faults);
    if !allow_new {
        debts.retain(|key, count| match listed.get(key) {
            Some(known) => {
                *count = (*count).min(*known);
                true
            }
            None => false,
        });
    }
    debts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(lines: &[(&str, usize)]) -> Vec<Fault> {
        let fault = |(file, line): &(&str, usize)| Fault {
            rule: "r",
            file: (*file).to_owned(),
            line: *line,
            text: "t".to_owned(),
        };
        lines.iter().map(fault).collect()
    }

    #[test]
    fn a_new_fault_and_a_paid_debt_are_told() {
        let listed = parse("r a 1\nr b 2\nr c 1\nr e 1\n").unwrap();
        let told = compare(&listed, &faults(&[("a", 1), ("a", 2), ("b", 3), ("d", 4), ("e", 5)]));
        assert_eq!(told.len(), 5, "{told:?}");
        assert!(
            told[0].starts_with("a:1: t (1 in") && told[1].starts_with("a:2: t") && told[2] == "d:4: t [r]"
        );
        assert!(
            told[3].starts_with("xtask/tidy-debts.txt:2: lists 2 for r in b, where 1")
                && told[4].contains(":3: ")
        );
    }

    #[test]
    fn the_list_only_shrinks_unless_new_debts_are_allowed() {
        let listed = parse("r a 1\nr b 2\nr c 1\n").unwrap();
        let faults = faults(&[("a", 1), ("a", 2), ("b", 3), ("d", 4)]);
        assert_eq!(write(&update(&listed, &faults, false)), "r a 1\nr b 1\n");
        assert_eq!(write(&update(&listed, &faults, true)), "r a 2\nr b 1\nr d 1\n");
    }

    #[test]
    fn a_line_that_is_no_entry_is_an_error() {
        assert!(parse("r a 1\nr a\n").is_err_and(|error| error.contains(":2:")));
    }
}
