//! The forms of git that only read, for where git runs contained: what a repository names (filters, text conversions) may still run
//! there, and touches as little as any other contained program.

use super::safe::{Options, digits, letters, long, operands, system_program};

/// Reports whether this is a plain command of git that only reads, given that it runs in the read-only sandbox.
pub(super) fn only_reads(words: &[String]) -> bool {
    let Some((program, args)) = words.split_first() else { return false };
    if system_program(program) != "git" {
        return false;
    }
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    while let Some(first) = args.first() {
        let taken = match *first {
            "--no-pager" | "-P" => 1,
            "-C" if args.get(1).is_some_and(|folder| !folder.starts_with('-')) => 2,
            _ => break,
        };
        args.drain(..taken);
    }
    let Some((subcommand, args)) = args.split_first() else { return false };
    // these have gpg look at signatures
    if args.iter().any(|arg| arg.contains("%G")) {
        return false;
    }
    match *subcommand {
        "status" => operands(args, STATUS).is_some(),
        "diff" => operands(args, DIFF).is_some(),
        "log" | "show" => operands(args, LOG).is_some(),
        // a name alone makes a branch
        "branch" => {
            operands(args, BRANCH).is_some_and(|operands| operands.is_empty() || args.contains(&"--list"))
        }
        _ => false,
    }
}

const STATUS: Options = long(
    letters("sbvz", "u"),
    &[
        "short",
        "branch",
        "show-stash",
        "porcelain",
        "long",
        "verbose",
        "untracked-files",
        "ignored",
        "ignore-submodules",
        "column",
        "no-column",
        "ahead-behind",
        "no-ahead-behind",
        "renames",
        "no-renames",
    ],
    &["porcelain", "untracked-files", "ignored", "ignore-submodules"],
);

/// Long options without a value that `diff`, `log` and `show` share. Not among them: `--ext-diff` and `--textconv`, which run programs,
/// and `--output`, which writes.
const SHOWN: &[&str] = &[
    "abbrev",
    "all",
    "abbrev-commit",
    "all-match",
    "author-date-order",
    "binary",
    "boundary",
    "branches",
    "cached",
    "cc",
    "check",
    "cherry-mark",
    "cherry-pick",
    "children",
    "color",
    "compact-summary",
    "date-order",
    "decorate",
    "dirstat",
    "exit-code",
    "extended-regexp",
    "find-copies",
    "find-renames",
    "first-parent",
    "fixed-strings",
    "follow",
    "full-history",
    "full-index",
    "function-context",
    "graph",
    "histogram",
    "ignore-all-space",
    "ignore-blank-lines",
    "ignore-cr-at-eol",
    "ignore-space-at-eol",
    "ignore-space-change",
    "ignore-submodules",
    "invert-grep",
    "left-right",
    "merge-base",
    "merges",
    "minimal",
    "name-only",
    "name-status",
    "no-abbrev",
    "no-abbrev-commit",
    "no-color",
    "no-decorate",
    "no-ext-diff",
    "no-merges",
    "no-notes",
    "no-patch",
    "no-prefix",
    "no-renames",
    "no-textconv",
    "no-walk",
    "numstat",
    "oneline",
    "parents",
    "patch",
    "patch-with-stat",
    "patience",
    "pretty",
    "quiet",
    "raw",
    "regexp-ignore-case",
    "relative",
    "remotes",
    "reverse",
    "shortstat",
    "simplify-by-decoration",
    "source",
    "staged",
    "stat",
    "summary",
    "tags",
    "text",
    "topo-order",
    "use-mailmap",
    "walk-reflogs",
    "word-diff",
];

/// Long options with a value that `diff`, `log` and `show` share.
const SHOWN_VALUES: &[&str] = &[
    "abbrev",
    "after",
    "author",
    "before",
    "branches",
    "color",
    "committer",
    "date",
    "decorate",
    "diff-algorithm",
    "diff-filter",
    "diff-merges",
    "dirstat",
    "exclude",
    "find-copies",
    "find-renames",
    "format",
    "grep",
    "ignore-submodules",
    "inter-hunk-context",
    "max-count",
    "max-parents",
    "min-parents",
    "pretty",
    "relative",
    "remotes",
    "since",
    "skip",
    "stat",
    "submodule",
    "tags",
    "unified",
    "until",
    "word-diff",
];

const DIFF: Options = long(letters("abpuswzMCRWq", "USGl"), SHOWN, SHOWN_VALUES);

const LOG: Options = digits(long(letters("abpuswzMCRWqgmciEF", "nUSGlL"), SHOWN, SHOWN_VALUES));

const BRANCH: Options = long(
    letters("arvi", ""),
    &[
        "all",
        "remotes",
        "list",
        "show-current",
        "verbose",
        "ignore-case",
        "color",
        "no-color",
        "column",
        "no-column",
        "abbrev",
        "no-abbrev",
    ],
    &["color", "abbrev", "contains", "no-contains", "merged", "no-merged", "points-at", "sort", "format"],
);
