//! The commands that only read, and the options with which they only read.
//!
//! Every list is positive: what is not in it is not safe, abbreviations of long options included. An option's value in a word of its own
//! must not look like an option, so that no other version of the program reads the words in another way.

use super::word::ShellWord;

/// Options a command may have.
#[derive(Clone, Copy, Default)]
pub(super) struct Options {
    /// Letters without a value.
    flags: &'static str,
    /// Letters with a value, in the same word or the next.
    values: &'static str,
    /// Long names without a value.
    long_flags: &'static [&'static str],
    /// Long names with a value; one that is in both lists may have one after `=`.
    long_values: &'static [&'static str],
    /// Allows options such as `-5`.
    digits: bool,
}

pub(super) const fn letters(flags: &'static str, values: &'static str) -> Options {
    Options { flags, values, long_flags: &[], long_values: &[], digits: false }
}

pub(super) const fn long(
    options: Options,
    long_flags: &'static [&'static str],
    long_values: &'static [&'static str],
) -> Options {
    Options { long_flags, long_values, ..options }
}

pub(super) const fn digits(options: Options) -> Options {
    Options { digits: true, ..options }
}

/// Programs of which every option only reads, so that any word may be given to them.
const OPEN: &[&str] =
    &["basename", "cat", "cut", "dirname", "echo", "grep", "head", "ls", "nl", "stat", "wc"];

/// Programs that take any number of files, so that those of a pattern may be given to them.
const MANY_FILES: &[&str] = &["rev", "rg", "sort", "tail"];

/// Returns the name of a program that is found by its name, or named in a folder of the system's own.
pub(super) fn system_program(word: &str) -> &str {
    let name = word.strip_prefix("/usr/bin/").or_else(|| word.strip_prefix("/bin/")).unwrap_or(word);
    if name.contains('/') { word } else { name }
}

/// Reports whether one command only reads, whatever its patterns and variables become.
pub(super) fn is_safe_widened(words: &[ShellWord]) -> bool {
    let Some(ShellWord::Exact(program)) = words.first() else { return false };
    let program = system_program(program);
    let is_open = OPEN.contains(&program);
    let mut exact = Vec::with_capacity(words.len());
    for word in words {
        match word {
            ShellWord::Exact(word) => exact.push(word.clone()),
            ShellWord::PatternFrom(_) if is_open || MANY_FILES.contains(&program) => {
                exact.push("x".to_owned());
            }
            ShellWord::Any if is_open => exact.push("x".to_owned()),
            ShellWord::PatternFrom(_) | ShellWord::Any => return false,
        }
    }
    is_safe(&exact)
}

/// Reports whether one plain command only reads.
pub(super) fn is_safe(words: &[String]) -> bool {
    let Some((program, args)) = words.split_first() else { return false };
    let program = system_program(program);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let at_most = |options: Options, most: usize| {
        operands(&args, options).is_some_and(|operands| operands.len() <= most)
    };
    let any = |options: Options| at_most(options, usize::MAX);
    match program {
        "echo" => true,
        "true" | "false" | "whoami" => args.is_empty(),
        "cd" => at_most(letters("", ""), 1) && !args.contains(&"-"),
        "seq" => at_most(SEQ, 3),
        "which" => any(letters("a", "")),
        "pwd" => at_most(letters("LP", ""), 0),
        "id" => any(letters("Ggnru", "")),
        "uname" => at_most(letters("asnrvmpio", ""), 0),
        "wc" => any(WC),
        "cut" => any(CUT),
        "tr" => at_most(letters("cCdst", ""), 2),
        "nl" => any(letters("p", "bdfhilnsvw")),
        "rev" => any(letters("", "")),
        "stat" => any(STAT),
        "basename" => any(letters("az", "s")),
        "dirname" => any(letters("z", "")),
        "cat" => any(CAT),
        "ls" => any(LS),
        "head" | "tail" => any(ENDS),
        "grep" => any(GREP),
        // a second operand is a file it writes
        "uniq" => at_most(UNIQ, 1),
        "sort" => any(SORT),
        "rg" => any(RG),
        "diff" => operands(&args, DIFF).is_some_and(|operands| operands.len() == 2),
        "find" => find(&args),
        "sed" => sed(&args),
        "date" => match args.as_slice() {
            [] => true,
            [format] => format.starts_with('+'),
            _ => false,
        },
        // HOST:FILE would be fetched by a program of tar's choice
        "tar" => matches!(args.as_slice(), ["-tf", file] if !file.starts_with('-') && !file.contains(':')),
        _ => false,
    }
}

/// The operands, when every option is allowed. Options may stand after operands, as GNU reads them.
pub(super) fn operands<'a>(args: &[&'a str], options: Options) -> Option<Vec<&'a str>> {
    let mut operands = Vec::new();
    let mut ahead = args.iter().copied();
    while let Some(arg) = ahead.next() {
        if arg == "--" {
            operands.extend(ahead.by_ref());
        } else if let Some(name) = arg.strip_prefix("--") {
            match name.split_once('=') {
                Some((name, _)) if options.long_values.contains(&name) => {}
                None if options.long_flags.contains(&name) => {}
                None if options.long_values.contains(&name) => value(ahead.next())?,
                _ => return None,
            }
        } else if let Some(bundle) = arg.strip_prefix('-').filter(|bundle| !bundle.is_empty()) {
            if options.digits && bundle.bytes().all(|byte| byte.is_ascii_digit()) {
                continue;
            }
            for (index, letter) in bundle.char_indices() {
                if options.values.contains(letter) {
                    if index + letter.len_utf8() == bundle.len() {
                        value(ahead.next())?;
                    }
                    break;
                }
                if !options.flags.contains(letter) {
                    return None;
                }
            }
        } else {
            operands.push(arg);
        }
    }
    Some(operands)
}

fn value(word: Option<&str>) -> Option<()> {
    word.filter(|word| !word.starts_with('-')).map(|_| ())
}

/// Numbers below zero look like options, and are not told apart.
const SEQ: Options = long(letters("w", "s"), &["equal-width"], &["separator"]);

const WC: Options = long(letters("cmlwL", ""), &["bytes", "chars", "lines", "words", "max-line-length"], &[]);

const CUT: Options = long(
    letters("snz", "bcfd"),
    &["complement", "only-delimited", "zero-terminated"],
    &["bytes", "characters", "fields", "delimiter", "output-delimiter"],
);

const STAT: Options =
    long(letters("Lft", "c"), &["dereference", "file-system", "terse"], &["format", "printf"]);

const CAT: Options = long(
    letters("AbeEnstTuv", ""),
    &["show-all", "number-nonblank", "show-ends", "number", "squeeze-blank", "show-tabs", "show-nonprinting"],
    &[],
);

const LS: Options = long(
    letters("aAbBcCdfFgGhHiklLmnNopqQrRsStuUvxXZ1", ""),
    &[
        "all",
        "almost-all",
        "author",
        "classify",
        "color",
        "directory",
        "file-type",
        "full-time",
        "group-directories-first",
        "human-readable",
        "inode",
        "no-group",
        "numeric-uid-gid",
        "quote-name",
        "recursive",
        "reverse",
        "si",
        "size",
    ],
    &["color", "classify", "format", "sort", "time", "time-style", "hide", "ignore", "indicator-style"],
);

/// Of `head` and `tail`: no `-f`, which never ends.
const ENDS: Options = digits(long(
    letters("qvz", "nc"),
    &["quiet", "silent", "verbose", "zero-terminated"],
    &["lines", "bytes"],
));

const GREP: Options = digits(long(
    letters("EFGPivwxclLoqsnHhbraIUzZy", "emABC"),
    &[
        "extended-regexp",
        "fixed-strings",
        "basic-regexp",
        "perl-regexp",
        "ignore-case",
        "no-ignore-case",
        "invert-match",
        "word-regexp",
        "line-regexp",
        "count",
        "files-with-matches",
        "files-without-match",
        "only-matching",
        "quiet",
        "silent",
        "no-messages",
        "line-number",
        "with-filename",
        "no-filename",
        "byte-offset",
        "recursive",
        "text",
        "color",
        "colour",
        "null",
        "null-data",
    ],
    &[
        "regexp",
        "max-count",
        "after-context",
        "before-context",
        "context",
        "include",
        "exclude",
        "exclude-dir",
        "color",
        "colour",
        "binary-files",
    ],
));

const UNIQ: Options = long(
    letters("cdDuiz", "fsw"),
    &["count", "repeated", "unique", "ignore-case", "zero-terminated", "all-repeated"],
    &["skip-fields", "skip-chars", "check-chars", "all-repeated"],
);

const SORT: Options = long(
    letters("bdfghiMnRrVcCmsuz", "kt"),
    &[
        "ignore-leading-blanks",
        "dictionary-order",
        "ignore-case",
        "general-numeric-sort",
        "human-numeric-sort",
        "ignore-nonprinting",
        "month-sort",
        "numeric-sort",
        "reverse",
        "version-sort",
        "check",
        "merge",
        "stable",
        "unique",
        "zero-terminated",
    ],
    &["key", "field-separator", "sort"],
);

const RG: Options = long(
    letters("iSsNnlcvwxoFPUuHILab0qp.", "ABCMmegtTdrjE"),
    &[
        "files",
        "hidden",
        "no-ignore",
        "no-ignore-vcs",
        "no-ignore-parent",
        "no-ignore-global",
        "count",
        "count-matches",
        "files-with-matches",
        "files-without-match",
        "line-number",
        "no-line-number",
        "heading",
        "no-heading",
        "only-matching",
        "smart-case",
        "ignore-case",
        "case-sensitive",
        "fixed-strings",
        "word-regexp",
        "line-regexp",
        "invert-match",
        "multiline",
        "multiline-dotall",
        "pcre2",
        "stats",
        "json",
        "vimgrep",
        "column",
        "no-column",
        "byte-offset",
        "trim",
        "text",
        "no-messages",
        "null",
        "null-data",
        "passthru",
        "pretty",
        "quiet",
        "type-list",
        "unrestricted",
        "with-filename",
        "no-filename",
        "follow",
        "no-config",
        "one-file-system",
        "crlf",
    ],
    &[
        "glob",
        "iglob",
        "type",
        "type-not",
        "color",
        "context",
        "after-context",
        "before-context",
        "max-count",
        "max-depth",
        "max-columns",
        "max-filesize",
        "replace",
        "sort",
        "sortr",
        "regexp",
        "threads",
        "encoding",
        "engine",
        "path-separator",
        "context-separator",
    ],
);

const DIFF: Options = long(letters("urq", ""), &["unified", "recursive", "brief"], &["unified"]);

/// Tests, and no action but `-print`.
fn find(args: &[&str]) -> bool {
    const ALONE: &[&str] = &[
        "-empty",
        "-executable",
        "-readable",
        "-writable",
        "-daystart",
        "-depth",
        "-mount",
        "-xdev",
        "-print",
        "-prune",
        "-true",
        "-false",
        "-nouser",
        "-nogroup",
        "-not",
        "-a",
        "-and",
        "-o",
        "-or",
        "!",
        "(",
        ")",
    ];
    const WITH_VALUE: &[&str] = &[
        "-name",
        "-iname",
        "-path",
        "-ipath",
        "-wholename",
        "-iwholename",
        "-regex",
        "-iregex",
        "-regextype",
        "-lname",
        "-ilname",
        "-type",
        "-xtype",
        "-size",
        "-mtime",
        "-mmin",
        "-atime",
        "-amin",
        "-ctime",
        "-cmin",
        "-newer",
        "-anewer",
        "-cnewer",
        "-perm",
        "-user",
        "-group",
        "-uid",
        "-gid",
        "-links",
        "-inum",
        "-samefile",
        "-maxdepth",
        "-mindepth",
        "-fstype",
        "-used",
    ];
    let is_start = |arg: &&str| !arg.starts_with(['-', '(', ')', ',', '!']);
    let mut ahead =
        args.iter().copied().skip_while(|arg| matches!(*arg, "-H" | "-L" | "-P")).skip_while(is_start);
    while let Some(arg) = ahead.next() {
        if WITH_VALUE.contains(&arg) {
            if ahead.next().is_none() {
                return false;
            }
        } else if !ALONE.contains(&arg) {
            return false;
        }
    }
    true
}

/// `sed -n N[,M]p`, of one file or of what comes down the pipe.
fn sed(args: &[&str]) -> bool {
    let (lines, file) = match args {
        ["-n", lines] => (*lines, None),
        ["-n", lines, file] => (*lines, Some(*file)),
        _ => return false,
    };
    let is_number =
        |text: &str| (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(range) = lines.strip_suffix('p') else { return false };
    let is_range = match range.split_once(',') {
        Some((from, to)) => is_number(from) && is_number(to),
        None => is_number(range),
    };
    is_range && file.is_none_or(|file| !file.starts_with('-'))
}
