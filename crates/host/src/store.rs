//! Files the app keeps between starts: small JSON files in its data folder, readable by the person alone, replaced whole or not at
//! all.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::Write as _;
use std::path::Path;

/// Reads a file. A file that is missing or malformed reads as the default; a malformed one is renamed to `.bad`, so that nothing in it
/// is lost.
pub(crate) fn load<T: DeserializeOwned + Default>(path: &Path) -> T {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            if error.kind() != std::io::ErrorKind::NotFound {
                tracing::warn!(path = %path.display(), %error, "cannot read what was remembered");
            }
            return T::default();
        }
    };
    serde_json::from_slice(&bytes).unwrap_or_else(|error| {
        tracing::warn!(path = %path.display(), %error, "cannot make sense of what was remembered; it is put aside");
        if let Err(error) = std::fs::rename(path, path.with_extension("bad")) {
            tracing::warn!(path = %path.display(), %error, "cannot put it aside");
        }
        T::default()
    })
}

/// Writes a file atomically, readable by the person alone.
pub(crate) fn save<T: Serialize>(path: &Path, value: &T) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    create_private(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, value)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(unix)]
fn create_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_private(folder: &Path) -> std::io::Result<()> {
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
