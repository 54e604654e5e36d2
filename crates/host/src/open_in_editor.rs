//! Opens files of a project at a line: with the person's own command, or as the desktop does.

use crate::api::{CommandError, CommandResult, OpenFileArgs};
use crate::blocking::blocking;
use crate::editor;
use crate::host::Host;
use crate::session_folder::SessionFolder;
use std::path::PathBuf;

impl Host {
    pub(crate) async fn open_file(&self, args: OpenFileArgs) -> CommandResult<()> {
        let (path, files) = {
            let sessions = self.sessions();
            let open = sessions.get(&args.session).ok_or_else(CommandError::session_not_open)?;
            (open.timeline.changed_file(&args.path), open.files.clone())
        };
        let path = path.ok_or_else(|| {
            let (path, why) =
                (&args.path, "is not among the changes, or is one of several whose names look alike");
            CommandError::new(format!("{path} {why}"))
        })?;
        if !files.place_of(&path).is_file() {
            return Err(CommandError::new(format!("{} is not there any more", args.path)));
        }
        self.open_at(path, files, &args).await
    }

    /// Opens the file at `path`, which must be in the folder of a session. `args` says what it is called, and at which line.
    pub(crate) async fn open_at(
        &self,
        path: PathBuf,
        files: SessionFolder,
        args: &OpenFileArgs,
    ) -> CommandResult<()> {
        let refused = |why: String| CommandError::new(format!("cannot open {}: {why}", args.path));
        let config = self.config();
        let command = config.editor_command.clone();
        if command.is_empty() {
            let path = files.openable(&path).map_err(refused)?;
            return self.desktop.open_path(&path).map_err(refused);
        }
        // an editor shows what the desktop might run
        let path = files.file_at(&path).map_err(refused)?;
        let line = args.line.unwrap_or(1);
        let started = blocking(move || {
            let project = files.project.canonicalize().map_err(|error| error.to_string())?;
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
