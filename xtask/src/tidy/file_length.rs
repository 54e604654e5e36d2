//! No source file is longer than one can read at once.

use super::fault::Fault;
use super::sources::SourceFiles;

/// Name of the rule in the list of debts.
const RULE: &str = "file-length";

/// Lines that a file may have.
const LIMIT: usize = 500;

pub(super) fn check(sources: &SourceFiles) -> Vec<Fault> {
    let lengths = sources.0.iter().map(|(file, text)| (file, text.lines().count()));
    let long = lengths.filter(|(_, lines)| *lines > LIMIT);
    long.map(|(file, lines)| Fault {
        rule: RULE,
        file: file.clone(),
        line: LIMIT + 1,
        text: format!("the file has {lines} lines and may have {LIMIT}: move a part with a name of its own to its own file"),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_have_as_many_lines_as_the_limit() {
        let (short, long) = ("x\n".repeat(LIMIT), "x\n".repeat(LIMIT + 1));
        let faults = check(&SourceFiles::of(&[("a.rs", &short), ("b.ts", &long)]));
        assert_eq!(faults.iter().map(|fault| fault.file.as_str()).collect::<Vec<_>>(), ["b.ts"]);
    }
}
