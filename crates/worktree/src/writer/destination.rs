//! A file's place, held by a handle on its folder.

use crate::node::MODE_BITS;
use apply_patch::sha256_hex;
use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, FileType, FileTypeExt, Metadata, MetadataExt, OpenOptions};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path};
use thiserror::Error;

/// Largest file a patch may touch, in bytes.
pub const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// Why there is no file to patch at a place. The message goes on from the file's name.
#[derive(Debug, Error)]
pub(super) enum DestinationError {
    #[error("is {0}, not a regular file")]
    NotAFile(&'static str),
    #[error(
        "is {0} bytes long, and a patch may touch files of at most {max} bytes; change it with a command",
        max = MAX_FILE_BYTES
    )]
    TooLarge(u64),
    #[error("was replaced by a link, or a folder on the way to it was")]
    Linked,
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// A file that is there.
#[derive(Debug)]
pub(super) struct FoundFile {
    pub(super) bytes: Vec<u8>,
    /// Its mode, without the bits that say what it is.
    pub(super) mode: u32,
    /// Number of its hard links.
    pub(super) names: u64,
}

impl FoundFile {
    pub(super) fn sha256(&self) -> String {
        sha256_hex(&self.bytes)
    }
}

/// A name in a folder. The folder is held open where it exists, so that it stays the same one whatever becomes of the path.
#[derive(Debug)]
pub(super) struct Destination {
    name: OsString,
    folder: Option<Dir>,
}

impl Destination {
    /// Opens the folder of `target`, an absolute path without links: one on the way is an destination_error.
    pub(super) fn open(target: &Path) -> Result<Self, DestinationError> {
        let (parents, name) = split(target)?;
        let mut folder = Some(Dir::open_ambient_dir("/", ambient_authority())?);
        for parent in parents {
            let Some(current) = folder else { break };
            folder = match current.open_dir_nofollow(parent) {
                Ok(next) => Some(next),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(destination_error(error)),
            };
        }
        Ok(Self { name: name.to_owned(), folder })
    }

    /// Reads the file, if there is one.
    pub(super) fn read(&self) -> Result<Option<FoundFile>, DestinationError> {
        match &self.folder {
            Some(folder) => read_in(folder, &self.name),
            None => Ok(None),
        }
    }
}

/// Reads the file `name` in `folder`, if there is one. Nothing but a regular file is ever opened.
fn read_in(folder: &Dir, name: &OsStr) -> Result<Option<FoundFile>, DestinationError> {
    let metadata = match folder.symlink_metadata(name) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    check(&metadata)?;
    // not blocking: what was a file a moment ago may be a pipe now
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No).nonblock(true);
    let file = match folder.open_with(name, &options) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(destination_error(error)),
    };
    let metadata = file.metadata()?;
    check(&metadata)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len > MAX_FILE_BYTES) {
        return Err(DestinationError::TooLarge(metadata.len()));
    }
    Ok(Some(FoundFile { bytes, mode: metadata.mode() & MODE_BITS, names: metadata.nlink() }))
}

fn check(metadata: &Metadata) -> Result<(), DestinationError> {
    let kind = metadata.file_type();
    if kind.is_symlink() {
        Err(DestinationError::Linked)
    } else if !kind.is_file() {
        Err(DestinationError::NotAFile(called(kind)))
    } else if metadata.len() > MAX_FILE_BYTES {
        Err(DestinationError::TooLarge(metadata.len()))
    } else {
        Ok(())
    }
}

fn called(kind: FileType) -> &'static str {
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

fn destination_error(error: io::Error) -> DestinationError {
    // how a link, or a file where a folder was, shows itself to an open that follows none
    let linked = matches!(Errno::from_io_error(&error), Some(Errno::NOTDIR | Errno::LOOP));
    if linked { DestinationError::Linked } else { DestinationError::Io(error) }
}

/// The names of the folders above `target`, and its own.
fn split(target: &Path) -> Result<(Vec<&OsStr>, &OsStr), DestinationError> {
    let names = target.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name),
        _ => None,
    });
    let mut names: Vec<&OsStr> = names.collect();
    match names.pop() {
        Some(name) if target.is_absolute() => Ok((names, name)),
        _ => Err(DestinationError::NotAFile("a folder")),
    }
}
