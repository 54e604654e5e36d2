//! Small JSON files the app saves in its data folder: readable by the person alone, replaced whole or not at all.

use super::regular_file;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Write as _};
use std::path::Path;

/// Reads a saved file. One that does not exist, or cannot be parsed, reads as the default; the latter is renamed to `.bad`, so
/// that nothing in it is lost.
pub fn load<T: DeserializeOwned + Default>(path: &Path) -> T {
    let bytes = match regular_file::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!(path = %path.display(), %error, "cannot read a saved file");
            }
            return T::default();
        }
    };
    serde_json::from_slice(&bytes).unwrap_or_else(|error| {
        tracing::warn!(path = %path.display(), %error, "cannot parse a saved file; it is renamed");
        if let Err(error) = std::fs::rename(path, path.with_extension("bad")) {
            tracing::warn!(path = %path.display(), %error, "cannot rename a saved file");
        }
        T::default()
    })
}

/// Writes a saved file: beside its place first, created for the person alone, then renamed into it.
pub fn save<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    create_private_dir(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, value)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(unix)]
pub(crate) fn create_private_dir(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
pub(crate) fn create_private_dir(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/list.json");
        save(&path, &vec![1, 2]).unwrap();
        save(&path, &vec![1, 2, 3]).unwrap();
        assert_eq!(load::<Vec<u32>>(&path), [1, 2, 3]);
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_makes_no_sense_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("list.json");
        assert_eq!(load::<Vec<u32>>(&path), Vec::<u32>::new());
        std::fs::write(&path, "{ torn").unwrap();
        assert_eq!(load::<Vec<u32>>(&path), Vec::<u32>::new());
        assert_eq!(std::fs::read_to_string(dir.path().join("list.bad")).unwrap(), "{ torn");
    }
}
