//! What a command is, found by parsing it and never by its beginning (B14, B20).

mod safe;
mod script;

#[cfg(test)]
mod tests;

use script::{Joint, plain};

/// Most words of a command, its program included.
const MAX_WORDS: usize = 256;
/// Most bytes of a command.
const MAX_BYTES: usize = 4096;

/// A patch that a command line would apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellPatch {
    /// The patch as the model wrote it.
    pub patch: String,
    /// The folder the script goes to first, as it is written there.
    pub workdir: Option<String>,
}

/// Whether `argv` is known to only read: a plain command of a positive list with options of a positive list, or a shell
/// with a script that is nothing but such commands joined by `&& || ; |`. What is not understood is not safe.
pub fn is_safe(argv: &[String]) -> bool {
    if argv.len() > MAX_WORDS || argv.iter().map(String::len).sum::<usize>() > MAX_BYTES {
        return false;
    }
    match shell_script(argv) {
        Some(script) => {
            plain(script).is_some_and(|script| script.commands.iter().all(|words| safe::is_safe(words)))
        }
        None => argv.iter().all(|word| script::is_visible(word)) && safe::is_safe(argv),
    }
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
    let workdir = match (script.commands.as_slice(), script.joints.as_slice()) {
        ([last], []) if is_only_apply_patch(last) => None,
        ([first, last], [Joint::And]) if is_only_apply_patch(last) => match first.as_slice() {
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
            if matches!(shell.as_str(), "bash" | "sh" | "zsh") && matches!(flag.as_str(), "-lc" | "-c") =>
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

/// What stands before `<<'EOF'`, and the heredoc's text; only when nothing follows it. The text is taken as it stands, whether
/// the delimiter is quoted or not: a patch means what it says.
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
