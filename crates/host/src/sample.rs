//! The sample project of the practice model.

use crate::api::{CommandError, CommandResult, NoArgs, ProjectView};
use crate::blocking::blocking;
use crate::host::Host;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Name of the sample project.
const NAME: &str = "daybook";

/// Names that are tried where others are taken.
const MAX_NAMES: u32 = 20;

impl Host {
    pub(crate) async fn open_sample(self: &Arc<Self>, _: NoArgs) -> CommandResult<ProjectView> {
        let dir = self.home.sample_dir().to_owned();
        let at = dir.display().to_string();
        let folder = blocking(move || sample_in(&dir)).await?.map_err(|error| {
            CommandError::with_hint(
                format!("couldn't write the sample project to {at}: {error}"),
                "make room there, or open a folder of your own",
            )
        })?;
        self.open_folder(&folder).await
    }
}

/// Returns the sample project in a folder, written unless it is there. A folder of its name with something else in it is left alone.
fn sample_in(dir: &Path) -> std::io::Result<PathBuf> {
    let names =
        (1..=MAX_NAMES).map(|number| if number == 1 { NAME.to_owned() } else { format!("{NAME}-{number}") });
    let mut taken = None;
    for folder in names.map(|name| dir.join(name)) {
        if practice::is_sample(&folder) {
            return Ok(folder);
        }
        match practice::write_sample(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if is_taken(&folder) => taken = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(taken.unwrap_or_else(|| std::io::ErrorKind::AlreadyExists.into()))
}

/// Reports whether something else has the name: a folder that is not empty, or a file.
fn is_taken(path: &Path) -> bool {
    match path.read_dir() {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => path.exists(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_written_once_and_beside_what_has_its_name() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("daybook")).unwrap();
        std::fs::write(dir.path().join("daybook/mine.txt"), "mine").unwrap();
        let sample = sample_in(dir.path()).unwrap();
        assert_eq!(sample, dir.path().join("daybook-2"));
        std::fs::write(sample.join("CHANGELOG.md"), "changed").unwrap();
        assert_eq!(sample_in(dir.path()).unwrap(), sample);
        assert_eq!(std::fs::read_to_string(sample.join("CHANGELOG.md")).unwrap(), "changed");
        assert_eq!(std::fs::read_dir(dir.path().join("daybook")).unwrap().count(), 1);
    }
}
