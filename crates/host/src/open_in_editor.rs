//! Opens files of a project at a line: with the person's own command, or as the desktop does.

use crate::api::{CommandError, CommandResult, OpenFileArgs};
use crate::blocking::blocking;
use crate::host::Host;
use crate::{editor, open_file};
use std::path::PathBuf;

impl Host {
    pub(crate) async fn open_file(&self, args: OpenFileArgs) -> CommandResult<()> {
        let (path, project) = {
            let sessions = self.sessions();
            let open = sessions.get(&args.session).ok_or_else(CommandError::session_not_open)?;
            let projects = self.projects();
            let project = projects.get(&open.project).ok_or_else(CommandError::no_such_project)?;
            (open.timeline.changed_file(&args.path), project.path.clone())
        };
        let path =
            path.ok_or_else(|| CommandError::new(format!("{} is not among the changes", args.path)))?;
        if !path.is_file() {
            return Err(CommandError::new(format!("{} is not there any more", args.path)));
        }
        self.open_at(path, project, &args).await
    }

    /// Opens the file at `path`, which must be in `project`. `args` says what it is called, and at which line.
    pub(crate) async fn open_at(
        &self,
        path: PathBuf,
        project: PathBuf,
        args: &OpenFileArgs,
    ) -> CommandResult<()> {
        let refused = |why: String| CommandError::new(format!("cannot open {}: {why}", args.path));
        let config = self.config();
        let command = config.editor_command.clone();
        if command.is_empty() {
            let path = open_file::openable(&path, &project).map_err(refused)?;
            return self.desktop.open_path(&path).map_err(refused);
        }
        // an editor shows what the desktop might run
        let path = open_file::in_project(&path, &project).map_err(refused)?;
        let line = args.line.unwrap_or(1);
        let started = blocking(move || {
            let project = project.canonicalize().map_err(|error| error.to_string())?;
            let secret: Vec<_> = config.secret_variables().cloned().collect();
            editor::start(&command, (&path, line), &project, &secret)
        });
        let mut editor = started.await?.map_err(|why| {
            CommandError::with_hint(refused(why).message, "change `editor_command` in config.toml")
        })?;
        // it lives as long as it likes; its end is only taken note of
        std::thread::spawn(move || editor.wait());
        Ok(())
    }
}
