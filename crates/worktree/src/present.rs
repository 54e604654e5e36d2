//! Files of the project as they are, read by name.

use crate::error::Error;
use crate::walk::{FOLDER, open_folder};
use crate::watch::planned::MAX_SHOWN_BYTES;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Reads a file beneath `root` with its mode, no link followed. `None` where there is no file, but a link or a folder perhaps, and for
/// a file of more bytes than are shown line by line. Blocks.
pub fn read_present(root: &Path, path: &Path) -> Result<Option<(u32, Vec<u8>)>, Error> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(None) };
    let root = rustix::fs::open(root, FOLDER, Mode::empty()).map_err(Error::io("cannot be opened", root))?;
    // what was a file may be a pipe by now: never wait for its other end
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened =
        open_folder(root, parent).and_then(|folder| rustix::fs::openat(folder, name, flags, Mode::empty()));
    let file = match opened {
        Ok(file) => File::from(file),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NXIO) => return Ok(None),
        Err(error) => return Err(Error::io("cannot be opened", path)(error)),
    };
    let metadata = file.metadata().map_err(Error::io("cannot be read", path))?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let read = file.take(MAX_SHOWN_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(Error::io("cannot be read", path))?;
    let is_shown = bytes.len() as u64 <= MAX_SHOWN_BYTES;
    Ok(is_shown.then(|| (metadata.permissions().mode() & 0o7777, bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn files_are_read_and_nothing_that_a_link_leads_to() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir(root.join("sub")).unwrap();
        fs::write(root.join("sub/a.txt"), "a\n").unwrap();
        fs::set_permissions(root.join("sub/a.txt"), fs::Permissions::from_mode(0o755)).unwrap();
        symlink("sub/a.txt", root.join("link")).unwrap();
        symlink("sub", root.join("linked")).unwrap();
        let large = vec![b'a'; usize::try_from(MAX_SHOWN_BYTES).unwrap() + 1];
        fs::write(root.join("large"), large).unwrap();
        let read = |path: &str| read_present(root, Path::new(path)).unwrap();
        assert_eq!(read("sub/a.txt"), Some((0o755, b"a\n".to_vec())));
        for path in ["link", "linked/a.txt", "sub", "none", "none/a.txt", "sub/a.txt/b", "large", ""] {
            assert_eq!(read(path), None, "{path}");
        }
    }
}
