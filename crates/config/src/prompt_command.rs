//! Prompt commands: `/name arguments` in a prompt stands for the text of a Markdown file.
//!
//! A person's own lie in the app's folder, those of a project in `.countersign/commands`; these are used as far as the person trusts
//! them. A file may begin with `description` and `argument-hint` between two lines `---`, as other agents write them; other keys are
//! passed over. In its text `$ARGUMENTS` stands for all arguments, `$1` to `$9` for one each.

use super::home::Home;
use super::instruction_file::{self, InstructionFile};
use super::trust::Trust;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Largest file of a command, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// A prompt command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptCommand {
    /// Name, without the slash.
    pub name: String,
    /// Purpose, or the first line of its text.
    pub description: String,
    /// Names of its arguments: "[file]".
    pub argument_hint: String,
    /// Whether it is of a project, and not the person's own.
    pub of_project: bool,
    body: String,
}

/// A file in a folder of commands that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct CommandFileError {
    /// The file.
    pub path: PathBuf,
    /// Reason that it is none.
    pub problem: CommandFileProblem,
}

/// Reason that a file is no prompt command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandFileProblem {
    /// Its name cannot be typed as a command.
    #[error(
        "the name of a command has only letters, digits, `-` and `_`, as in review-tests.md; rename the file"
    )]
    Name,
    /// It is larger than 64 KiB.
    #[error("it is {0} bytes, more than 64 KiB; shorten it")]
    TooLarge(u64),
    /// It is not UTF-8.
    #[error("it isn't UTF-8 text; save it as UTF-8")]
    NotText,
    /// It has no text beside its head.
    #[error("it has no text to send; write the prompt into it")]
    Empty,
    /// Its head does not end.
    #[error("the head that begins in line 1 with `---` doesn't end; add a line `---` after it")]
    OpenHead,
    /// A line of its head is no `key: value`.
    #[error("line {0} of the head is no `key: value`, as in `description: Reviews a file`")]
    HeadLine(usize),
    /// The person does not trust the folder, or not the file as it is now.
    #[error("you haven't trusted it as it is now; trust the instructions of the folder to use it")]
    Untrusted,
    /// The person has a command of that name.
    #[error("you have a command of your own with this name, which is used instead; rename one of them")]
    Hidden,
}

/// The prompt commands that can be used in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromptCommands {
    /// The commands, by name.
    pub commands: Vec<PromptCommand>,
    /// Files that are none, the person's own first.
    pub rejected: Vec<CommandFileError>,
}

impl PromptCommands {
    /// Loads the person's own commands, and those of the project that `folder` is in as far as `trust` covers them. Of several with one
    /// name the person's own counts, then the one nearest to the folder. Reads the disk.
    pub fn load(home: &Home, folder: Option<&Path>, trust: &Trust) -> Self {
        let mut found = BTreeMap::new();
        let mut rejected = Vec::new();
        for file in instruction_file::find_own_commands(&home.commands_dir()) {
            match parse(&file, false) {
                Ok(command) => drop(found.insert(command.name.clone(), command)),
                Err(problem) => rejected.push(CommandFileError { path: file.path, problem }),
            }
        }
        for file in folder.map(instruction_file::find_commands).unwrap_or_default() {
            let parsed =
                if trust.covers(&file) { parse(&file, true) } else { Err(CommandFileProblem::Untrusted) };
            let problem = match parsed {
                Ok(command)
                    if found.get(&command.name).is_none_or(|other: &PromptCommand| other.of_project) =>
                {
                    found.insert(command.name.clone(), command);
                    continue;
                }
                Ok(_) => CommandFileProblem::Hidden,
                Err(problem) => problem,
            };
            rejected.push(CommandFileError { path: file.path, problem });
        }
        Self { commands: found.into_values().collect(), rejected }
    }

    /// Returns the prompt that `text` stands for: `/review src/lib.rs`. `None` when it is no command; an error when the file of
    /// that name is none.
    pub fn expand(&self, text: &str) -> Result<Option<String>, CommandFileError> {
        let Some((name, arguments)) = split_call(text) else { return Ok(None) };
        if let Some(command) = self.commands.iter().find(|command| command.name == name) {
            return Ok(Some(command.expand(arguments)));
        }
        let is_named = |error: &&CommandFileError| error.path.file_stem().is_some_and(|stem| stem == name);
        self.rejected.iter().find(is_named).cloned().map_or(Ok(None), Err)
    }
}

impl PromptCommand {
    /// Returns its text with the arguments in it; after it, where it names no place for them.
    pub fn expand(&self, arguments: &str) -> String {
        let words = shlex::split(arguments)
            .unwrap_or_else(|| arguments.split_whitespace().map(str::to_owned).collect());
        let mut expanded = String::with_capacity(self.body.len() + arguments.len());
        let (mut rest, mut has_place) = (self.body.as_str(), false);
        while let Some(at) = rest.find('$') {
            expanded.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix("ARGUMENTS") {
                expanded.push_str(arguments);
                (rest, has_place) = (after, true);
            } else if let Some(number) = place(rest) {
                expanded.push_str(words.get(number - 1).map_or("", String::as_str));
                (rest, has_place) = (&rest[1..], true);
            } else {
                expanded.push('$');
            }
        }
        expanded.push_str(rest);
        if !has_place && !arguments.is_empty() {
            expanded.push_str("\n\n");
            expanded.push_str(arguments);
        }
        expanded
    }
}

/// Reads the digit of `$1` to `$9`. `$10` and `$1.50` are money, or a shell's.
fn place(rest: &str) -> Option<usize> {
    let mut chars = rest.chars();
    let number = chars.next()?.to_digit(10).filter(|digit| *digit > 0)?;
    let next = chars.next();
    let goes_on = next.is_some_and(|c| c.is_ascii_digit())
        || (next == Some('.') && chars.next().is_some_and(|c| c.is_ascii_digit()));
    if goes_on { None } else { usize::try_from(number).ok() }
}

/// Splits `/name arguments`. `None` for a text that is no command, such as a path.
fn split_call(text: &str) -> Option<(&str, &str)> {
    let call = text.trim().strip_prefix('/')?;
    let (name, arguments) = call.split_once(char::is_whitespace).unwrap_or((call, ""));
    is_name(name).then(|| (name, arguments.trim()))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}

fn parse(file: &InstructionFile, of_project: bool) -> Result<PromptCommand, CommandFileProblem> {
    let name = file.path.file_stem().and_then(|name| name.to_str()).filter(|name| is_name(name));
    let name = name.ok_or(CommandFileProblem::Name)?.to_owned();
    if file.size > MAX_BYTES {
        return Err(CommandFileProblem::TooLarge(file.size));
    }
    let text = std::str::from_utf8(&file.content).map_err(|_| CommandFileProblem::NotText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let mut command = PromptCommand {
        name,
        description: String::new(),
        argument_hint: String::new(),
        of_project,
        body: String::new(),
    };
    let body = match text.strip_prefix("---\n") {
        Some(rest) => {
            let (head, body) = split_head(rest).ok_or(CommandFileProblem::OpenHead)?;
            read_head(head, &mut command)?;
            body
        }
        None => &text,
    };
    body.trim().clone_into(&mut command.body);
    if command.body.is_empty() {
        return Err(CommandFileProblem::Empty);
    }
    if command.description.is_empty() {
        let first = command.body.lines().next().unwrap_or_default();
        first.trim_start_matches('#').trim().clone_into(&mut command.description);
    }
    Ok(command)
}

/// Splits a text after its first `---` into the head and the rest.
fn split_head(text: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some((&text[..at], &text[at + line.len()..]));
        }
        at += line.len();
    }
    None
}

fn read_head(head: &str, command: &mut PromptCommand) -> Result<(), CommandFileProblem> {
    for (at, line) in head.lines().enumerate() {
        // lists and nested values of keys that are passed over
        if line.trim().is_empty() || line.starts_with([' ', '\t', '#', '-']) {
            continue;
        }
        let (key, value) = line.split_once(':').ok_or(CommandFileProblem::HeadLine(at + 2))?;
        let value = value.trim();
        let unquoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
        let value = unquoted.unwrap_or(value).to_owned();
        match key.trim() {
            "description" => command.description = value,
            "argument-hint" => command.argument_hint = value,
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
