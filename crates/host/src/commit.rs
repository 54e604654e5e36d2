//! Commits of a project's files, as the person asks for them.

use crate::api::{CommandError, CommandResult, CommitArgs, ProjectArgs};
use crate::host::Host;
use agent::commit::{self, CommitRefusal};
use protocol::{CommitAnswer, CommitPlan};
use std::path::PathBuf;

impl Host {
    pub(crate) async fn commit_plan(&self, args: ProjectArgs) -> CommandResult<CommitPlan> {
        let folder = self.folder_of(&args.project)?;
        commit::plan(&self.executor, &folder).await.map_err(|error| refusal(&error))
    }

    pub(crate) async fn commit(&self, args: CommitArgs) -> CommandResult<CommitAnswer> {
        let folder = self.folder_of(&args.project)?;
        commit::commit(&self.executor, &folder, &args.request).await.map_err(|error| refusal(&error))
    }

    fn folder_of(&self, project: &str) -> CommandResult<PathBuf> {
        let projects = self.projects();
        Ok(projects.get(project).ok_or_else(CommandError::no_such_project)?.path.clone())
    }
}

fn refusal(error: &CommitRefusal) -> CommandError {
    let message = error.to_string();
    match error.hint() {
        Some(hint) => CommandError::with_hint(message, hint),
        None => CommandError::new(message),
    }
}
