//! Classification of commands, by parsing them and never by their beginning (B14, B20).

mod git;
mod limits;
mod safe;
mod script;
mod word;

#[cfg(test)]
mod tests;

use limits::{MAX_BYTES, MAX_WORDS};
pub(crate) use script::is_visible;
pub use script::{Operator, PlainScript, ReadScript, plain, widened};
pub use word::ShellWord;

/// Programs that start the program their arguments name.
const STARTERS: [&str; 12] = [
    "command", "doas", "env", "exec", "nice", "nohup", "setsid", "stdbuf", "sudo", "time", "timeout", "xargs",
];

/// Maximum depth of commands within one another that are parsed.
const MAX_DEPTH: usize = 4;

/// A patch that a command line would apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellPatch {
    /// The patch as the model wrote it.
    pub patch: String,
    /// The folder the script goes to first, as it is written there.
    pub workdir: Option<String>,
}

/// Reports whether `argv` is known to only read: a plain command of a positive list with options of a
/// positive list, or a shell with a script that is nothing but such commands joined by `&& || ; |`. A command
/// that is not understood is not safe.
pub fn is_safe(argv: &[String]) -> bool {
    all_are(argv, safe::is_safe_widened)
}

/// Reports whether `argv` is known to only read where it runs contained, reading only: it is safe, or git that only reads.
pub fn is_safe_contained(argv: &[String]) -> bool {
    all_are(argv, |words| safe::is_safe_widened(words) || git::only_reads(&exact(words)))
}

/// Returns the words that are known; none at all when one is not.
fn exact(words: &[ShellWord]) -> Vec<String> {
    words.iter().map(|word| word.clone().into_exact()).collect::<Option<_>>().unwrap_or_default()
}

/// Reports whether every command `argv` is made of is one of these, and all of it is understood.
fn all_are(argv: &[String], is_one: impl Fn(&[ShellWord]) -> bool) -> bool {
    if argv.len() > MAX_WORDS || argv.iter().map(String::len).sum::<usize>() > MAX_BYTES {
        return false;
    }
    match shell_script(argv) {
        Some(script) => {
            widened(script).is_some_and(|script| script.commands.iter().all(|words| is_one(words)))
        }
        None => {
            let words: Vec<_> = argv.iter().cloned().map(ShellWord::Exact).collect();
            argv.iter().all(|word| script::is_visible(word)) && is_one(&words)
        }
    }
}

/// The plain commands `argv` is made of: itself, or those of a shell's script. `None` for a script that is more than that.
pub(crate) fn plain_commands(argv: &[String]) -> Option<Vec<Vec<String>>> {
    if argv.len() > MAX_WORDS || argv.iter().map(String::len).sum::<usize>() > MAX_BYTES {
        return None;
    }
    match shell_script(argv) {
        Some(script) => plain(script).map(|script| script.commands),
        None => argv.iter().all(|word| is_visible(word)).then(|| vec![argv.to_vec()]),
    }
}

/// Every command that can be made out in `argv`, however deep: itself, those of a shell's script wherever they stand in it, and
/// what programs such as `sudo` are told to start. Some may be missed, and some may never be run.
pub(crate) fn recognised(argv: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut ahead = vec![(argv.to_vec(), 0)];
    while let Some((words, depth)) = ahead.pop() {
        // each of these has options of its own, so that any word after it may be the program it starts
        let last =
            if program_name(&words).is_some_and(|name| STARTERS.contains(&name)) { words.len() } else { 1 };
        for from in 0..last.min(MAX_WORDS) {
            let words = &words[from..];
            if let Some(script) = script_of(words).filter(|_| depth < MAX_DEPTH) {
                ahead.extend(script::extract_commands(script).into_iter().map(|inner| (inner, depth + 1)));
            }
            found.push(words.to_vec());
        }
    }
    found
}

/// The program's name, without its folder.
fn program_name(words: &[String]) -> Option<&str> {
    words.first()?.rsplit('/').next()
}

/// The script a shell is told to run, however it is told.
fn script_of(words: &[String]) -> Option<&str> {
    let arguments = words.get(1..)?;
    let script = match program_name(words)? {
        "bash" | "dash" | "fish" | "ksh" | "sh" | "zsh" => {
            let flag = arguments.iter().position(|word| word.starts_with('-') && word.ends_with('c'))?;
            arguments.get(flag + 1)
        }
        "eval" => arguments.first(),
        _ => None,
    };
    script.map(String::as_str)
}

/// The patch in `["apply_patch", PATCH]` (or `applypatch`), or in a shell's script that is exactly `apply_patch` with a heredoc, with
/// `cd DIR && ` before it or not (B20). Anything more in the script, and it is a command like any other.
pub fn apply_patch_in(argv: &[String]) -> Option<ShellPatch> {
    if let [program, patch] = argv
        && is_apply_patch(program)
    {
        return Some(ShellPatch { patch: patch.clone(), workdir: None });
    }
    let (head, patch) = heredoc(shell_script(argv)?)?;
    let script = plain(head)?;
    let workdir = match (script.commands.as_slice(), script.operators.as_slice()) {
        ([last], []) if is_only_apply_patch(last) => None,
        ([first, last], [Operator::And]) if is_only_apply_patch(last) => match first.as_slice() {
            [cd, folder] if cd == "cd" && !folder.is_empty() && !folder.starts_with('-') => {
                Some(folder.clone())
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(ShellPatch { patch: patch.to_owned(), workdir })
}

/// SCRIPT of `bash -lc SCRIPT`.
fn shell_script(argv: &[String]) -> Option<&str> {
    match argv {
        [shell, flag, script]
            if matches!(safe::system_program(shell), "bash" | "sh" | "zsh")
                && matches!(flag.as_str(), "-lc" | "-c") =>
        {
            Some(script)
        }
        _ => None,
    }
}

fn is_apply_patch(program: &str) -> bool {
    matches!(program, "apply_patch" | "applypatch")
}

fn is_only_apply_patch(words: &[String]) -> bool {
    matches!(words, [program] if is_apply_patch(program))
}

/// Splits a script into the command before `<<'EOF'` and the heredoc's text; only when nothing follows it.
/// The text is taken as it stands, whether the delimiter is quoted or not: a patch is literal.
fn heredoc(script: &str) -> Option<(&str, &str)> {
    let (first, rest) = script.trim_start().split_once('\n')?;
    let (head, delimiter) = first.split_once("<<")?;
    let delimiter = delimiter.trim();
    let delimiter = ['\'', '"']
        .iter()
        .find_map(|quote| delimiter.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(delimiter);
    if delimiter.is_empty() || !delimiter.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end_matches(['\r', '\n']) == delimiter {
            let after = &rest[end + line.len()..];
            return after.trim().is_empty().then_some((head, &rest[..end]));
        }
        end += line.len();
    }
    None
}
