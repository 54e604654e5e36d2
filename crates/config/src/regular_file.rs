//! Files a person wrote, read whole.

use std::io::{self, Read};
use std::path::Path;

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Reads a regular file, links followed. Anything else is an error: a pipe would be waited for, and a device never ends.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    // looked at before it is opened: opening a pipe waits for its other end
    if !path.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than 16 MiB"));
    }
    Ok(bytes)
}
