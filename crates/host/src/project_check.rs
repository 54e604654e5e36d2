//! The check of a project: shown, suggested, set.

use crate::api::{CommandError, CommandResult, ProjectCheckView, SessionArgs, SetProjectCheckArgs};
use crate::blocking::blocking;
use crate::host::Host;
use config::{ProjectChecks, typed_check};
use protocol::{CHECK_TIMEOUT_MS, Op};
use std::io;
use std::path::Path;
use view::{approval, checks};

/// Longest time a check may take, in seconds.
const MAX_TIMEOUT_S: u32 = 24 * 60 * 60;

/// Files of a folder, and the check that they suggest.
const SUGGESTED_BY_FILES: &[(&str, &str)] = &[
    ("Cargo.toml", "cargo test"),
    ("package.json", "npm test"),
    ("go.mod", "go test ./..."),
    ("pyproject.toml", "pytest"),
    ("pytest.ini", "pytest"),
    ("tox.ini", "tox"),
    ("pom.xml", "mvn test"),
    ("gradlew", "./gradlew test"),
    ("mix.exs", "mix test"),
    ("Makefile", "make test"),
];

impl Host {
    pub(crate) async fn project_check(&self, args: SessionArgs) -> CommandResult<ProjectCheckView> {
        let (folder, mut suggestions, impossible) = {
            let sessions = self.sessions();
            let open = sessions.get(&args.session).ok_or_else(CommandError::session_not_open)?;
            let sandbox = open.timeline.session().sandbox.as_ref();
            let impossible = sandbox.and_then(|report| report.no_overlay.clone());
            (open.timeline.cwd().to_owned(), checks::suggested(&open.timeline), impossible)
        };
        let home = self.home.clone();
        blocking(move || {
            for command in suggested_by_files(&folder) {
                if !suggestions.iter().any(|other| other == command) {
                    suggestions.push(command.to_owned());
                }
            }
            let check = ProjectChecks::load(&home).of(&folder);
            let timeout_ms = check.as_ref().map_or(CHECK_TIMEOUT_MS, |check| check.timeout_ms);
            ProjectCheckView {
                command: check.map(|check| approval::display(&check.argv)),
                timeout_s: u32::try_from(timeout_ms / 1000).unwrap_or(MAX_TIMEOUT_S),
                suggestions,
                impossible,
            }
        })
        .await
    }

    pub(crate) async fn set_project_check(&self, args: SetProjectCheckArgs) -> CommandResult<()> {
        let SetProjectCheckArgs { session, command, timeout_s } = args;
        let mut check = command.as_deref().map(typed_check).transpose().map_err(CommandError::new)?;
        if let Some(check) = &mut check {
            match timeout_s {
                Some(0) => {
                    return Err(CommandError::new(
                        "the check may take no time at all: allow it a second or more",
                    ));
                }
                Some(seconds) => check.timeout_ms = u64::from(seconds.min(MAX_TIMEOUT_S)) * 1000,
                None => {}
            }
        }
        let folder = {
            let sessions = self.sessions();
            let open = sessions.get(&session).ok_or_else(CommandError::session_not_open)?;
            open.timeline.cwd().to_owned()
        };
        let (home, of) = (self.home.clone(), folder.clone());
        let set = blocking(move || {
            let before = ProjectChecks::load(&home).of(&of);
            if let (Some(check), Some(before)) = (&mut check, before)
                && command.is_some_and(|command| command.trim() == approval::display(&before.argv))
            {
                // as it was: what is shown of it may be short for more
                check.argv = before.argv;
            }
            ProjectChecks::set(&home, &of, check.as_ref())?;
            Ok(ProjectChecks::load(&home))
        });
        let checks: io::Result<ProjectChecks> = set.await?;
        let checks =
            checks.map_err(|error| CommandError::new(format!("the check cannot be saved: {error}")))?;
        // every session of the folder, and of those beneath it, goes on with it
        let open: Vec<_> = {
            let sessions = self.sessions();
            let open = sessions.iter().map(|(_, open)| open).filter(|open| !open.has_ended());
            let beneath = open.filter(|open| open.timeline.cwd().starts_with(&folder));
            beneath.map(|open| (open.submitter.clone(), open.timeline.cwd().to_owned())).collect()
        };
        for (submitter, cwd) in open {
            // one that has just ended takes nothing in
            let _ = submitter.submit(Op::SetCheck { check: checks.of(&cwd) }).await;
        }
        Ok(())
    }
}

fn suggested_by_files(folder: &Path) -> impl Iterator<Item = &'static str> {
    let there = |(file, _): &&(&str, &str)| folder.join(file).is_file();
    SUGGESTED_BY_FILES.iter().filter(there).map(|(_, command)| *command)
}
