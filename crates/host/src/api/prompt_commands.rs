//! Prompt commands: `/name` in the prompt, from Markdown files.

use protocol::SessionId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Prompt command, as the window lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PromptCommandView {
    /// Name, without the slash.
    pub name: String,
    /// Purpose, in the words of its file.
    pub description: String,
    /// Names of its arguments: "[file]".
    pub argument_hint: String,
    /// Whether it is of the folder's project, and not the person's own.
    pub of_project: bool,
}

/// File in a folder of commands that is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RejectedCommandFile {
    /// The file.
    pub path: String,
    /// Reason, with the way out.
    pub reason: String,
}

/// Prompt commands of the person and of the open folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PromptCommandsView {
    /// The commands, by name.
    pub commands: Vec<PromptCommandView>,
    /// Files that are no commands.
    pub rejected: Vec<RejectedCommandFile>,
    /// Folder of the person's own commands.
    pub folder: String,
}

/// Arguments of `expand_prompt`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ExpandPromptArgs {
    /// The prompt as it was typed.
    pub text: String,
    /// An open session whose folder's commands count; those of the open folder do when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub session: Option<SessionId>,
}

/// Arguments of `prompt_commands`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct PromptCommandsArgs {
    /// An open session whose folder's commands are listed; those of the open folder are when absent.
    #[ts(optional = nullable)]
    pub session: Option<SessionId>,
}
