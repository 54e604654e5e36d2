//! Rule: a browser test waits for what it expects of the page. What is read once is read too early on a busy machine.

use super::fault::Fault;
use super::sources::SourceFiles;

/// Name of the rule in the list of debts.
const RULE: &str = "read-once";

/// Folder of the browser tests.
const ROOT: &str = "ui/e2e/";

pub(super) fn check(sources: &SourceFiles) -> Vec<Fault> {
    let files = sources.0.iter().filter(|(file, _)| file.starts_with(ROOT));
    let mut faults = Vec::new();
    for (file, text) in files {
        let lines = text.lines().enumerate().filter(|(_, line)| line.contains("expect(await "));
        faults.extend(lines.map(|(index, _)| Fault {
            rule: RULE,
            file: file.clone(),
            line: index + 1,
            text: "`expect(await …)` reads the page once: write `await expect.poll(() => …)`".to_owned(),
        }));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expectation_that_reads_the_page_once_is_told_with_its_line() {
        let sources = SourceFiles::of(&[
            ("ui/e2e/a.test.ts", "await expect.poll(() => x()).toBe(1);\nexpect(await x()).toBe(1);\n"),
            ("ui/src/b.test.ts", "expect(await x()).toBe(1);\n"),
        ]);
        let faults = check(&sources);
        assert_eq!(faults.len(), 1);
        assert_eq!((faults[0].file.as_str(), faults[0].line), ("ui/e2e/a.test.ts", 2));
    }
}
