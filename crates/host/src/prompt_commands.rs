//! Prompt commands of the person and of the open folder.

use crate::api::{
    CommandError, CommandResult, ExpandPromptArgs, PromptCommandView, PromptCommandsArgs, PromptCommandsView,
    RejectedCommandFile,
};
use crate::blocking::blocking;
use crate::host::Host;
use crate::projects::{tilde, trust_of};
use config::PromptCommands;
use protocol::SessionId;
use std::path::Path;
use view::text::{one_line, visible_inline};

/// Longest description in a list, in characters.
const MAX_DESCRIPTION_CHARS: usize = 200;

impl Host {
    pub(crate) async fn prompt_commands(
        &self,
        args: PromptCommandsArgs,
    ) -> CommandResult<PromptCommandsView> {
        let PromptCommands { commands, rejected } = self.load_prompt_commands(args.session.as_ref()).await?;
        let home = std::env::home_dir();
        let shown = |path: &Path| visible_inline(&tilde(path, home.as_deref())).into_owned();
        let commands = commands.into_iter().map(|command| PromptCommandView {
            name: command.name,
            description: one_line(&command.description, MAX_DESCRIPTION_CHARS),
            argument_hint: one_line(&command.argument_hint, MAX_DESCRIPTION_CHARS),
            of_project: command.of_project,
        });
        let rejected = rejected
            .into_iter()
            .map(|error| RejectedCommandFile { path: shown(&error.path), reason: error.problem.to_string() });
        Ok(PromptCommandsView {
            commands: commands.collect(),
            rejected: rejected.collect(),
            folder: shown(&self.home.commands_dir()),
        })
    }

    pub(crate) async fn expand_prompt(&self, args: ExpandPromptArgs) -> CommandResult<Option<String>> {
        let commands = self.load_prompt_commands(args.session.as_ref()).await?;
        commands.expand(&args.text).map_err(|error| {
            let path = error.path.display();
            CommandError::with_hint(format!("{path} can't be used as a command"), error.problem.to_string())
        })
    }

    async fn load_prompt_commands(&self, session: Option<&SessionId>) -> CommandResult<PromptCommands> {
        let home = self.home.clone();
        let folder = match session {
            Some(session) => Some(self.folder_of_session(session)?),
            None => self.projects().current().map(|project| project.path.clone()),
        };
        blocking(move || match folder {
            Some(folder) => PromptCommands::load(&home, Some(&folder), &trust_of(&home, &folder)),
            None => PromptCommands::load(&home, None, &config::Trust::Untrusted),
        })
        .await
    }
}
