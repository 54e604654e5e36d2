//! Regular files, opened without following a link or waiting for a pipe's other end.

use rustix::fs::{CWD, Mode, OFlags};
use std::fs::File;
use std::io;
use std::path::Path;

/// Opens the regular file at `path` for reading; an error for a link and for anything else.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(CWD, path, flags, Mode::empty())?);
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
    }
}

#[cfg(test)]
mod tests {
    use super::open_regular;
    use std::fs;

    #[test]
    fn only_a_regular_file_is_opened() {
        let dir = tempfile::tempdir().unwrap();
        let place = |name: &str| dir.path().join(name);
        fs::write(place("file"), "x").unwrap();
        std::os::unix::fs::symlink("file", place("link")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, place("pipe"), rustix::fs::Mode::RUSR).unwrap();
        assert!(open_regular(&place("file")).is_ok());
        for other in ["link", "pipe", "", "nothing"] {
            assert!(open_regular(&place(other)).is_err(), "{other}");
        }
    }
}
