//! Text in the person's own editor.

use super::question::line;
use crate::out::errln;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

/// Ends text that is typed without an editor.
const END: &str = ".";

/// Whether an editor has the terminal: Ctrl-C is its own then.
static EDITING: AtomicBool = AtomicBool::new(false);

/// Text after it was edited.
pub(super) enum Edited {
    /// It is another one now.
    Text(String),
    /// It is the same, or nothing was typed.
    Nothing,
}

/// Whether an editor has the terminal.
pub(crate) fn is_editing() -> bool {
    EDITING.load(Ordering::Acquire)
}

/// Has `text`, a part of the file `path`, edited: by `$VISUAL` or `$EDITOR`, or line by line where neither is set. Blocks.
pub(super) fn edit(text: &str, path: &str) -> Result<Edited, String> {
    let editor = ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|editor| !editor.trim().is_empty());
    let edited = match &editor {
        Some(editor) => in_editor(editor, text, path)?,
        None => match typed() {
            Some(text) => text,
            None => return Ok(Edited::Nothing),
        },
    };
    Ok(if edited == text { Edited::Nothing } else { Edited::Text(edited) })
}

fn in_editor(editor: &str, text: &str, path: &str) -> Result<String, String> {
    let failed = |what: &str, error: &io::Error| format!("the text could not be {what}: {error}");
    // the name's end tells the editor what language it is
    let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
    let mut file = tempfile::Builder::new()
        .prefix("countersign-hunk-")
        .suffix(&format!("-{name}"))
        .tempfile()
        .map_err(|error| failed("put into a file", &error))?;
    let ended = if text.is_empty() { String::new() } else { format!("{text}\n") };
    file.write_all(ended.as_bytes()).map_err(|error| failed("put into a file", &error))?;
    // a command with words of its own, as git takes it
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(file.path());
    // standard output may be a pipe; the editor wants the terminal, which standard error is
    let terminal = std::os::fd::AsFd::as_fd(&io::stderr())
        .try_clone_to_owned()
        .map_err(|error| failed("shown in an editor", &error))?;
    command.stdin(Stdio::inherit()).stdout(Stdio::from(terminal)).stderr(Stdio::inherit());
    EDITING.store(true, Ordering::Release);
    let status = command.status();
    EDITING.store(false, Ordering::Release);
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(format!("`{editor}` ended with {status}; the hunk is as it was")),
        Err(error) => return Err(format!("`{editor}` could not be started: {error}")),
    }
    // by its name: many editors put a new file in its place
    let edited = std::fs::read_to_string(file.path()).map_err(|error| failed("read back", &error))?;
    let edited = edited.replace("\r\n", "\n");
    Ok(edited.strip_suffix('\n').unwrap_or(&edited).to_owned())
}

/// Lines up to one that is only a full stop; `None` when the input ends before any.
fn typed() -> Option<String> {
    errln!("  type the new lines; a line with only `{END}` ends them (set EDITOR to use an editor)");
    let mut lines = Vec::new();
    loop {
        match line() {
            None if lines.is_empty() => return None,
            Some(line) if line != END => lines.push(line),
            None | Some(_) => return Some(lines.join("\n")),
        }
    }
}
