//! Files and pictures in the clipboard, for pages that the web engine gives none of them.

use crate::api::{CommandResult, CopiedFile, NoArgs};
use crate::blocking::blocking;
use crate::desktop::Copied;
use crate::host::Host;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Most files of one copy that are read.
const MAX_FILES: usize = 20;

/// Bytes at the start of a file that say whether it is a picture.
const HEAD: usize = 16;

impl Host {
    pub(crate) async fn copied_files(&self, _: NoArgs) -> CommandResult<Vec<CopiedFile>> {
        match self.desktop.clipboard().await {
            Copied::Nothing => Ok(Vec::new()),
            Copied::Picture(bytes) => {
                Ok(vec![CopiedFile { name: String::new(), base64: Some(STANDARD.encode(bytes)) }])
            }
            Copied::Files(paths) => {
                blocking(move || paths.iter().take(MAX_FILES).map(|path| read(path)).collect()).await
            }
        }
    }
}

fn read(path: &Path) -> CopiedFile {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = read_picture(path).inspect_err(|error| tracing::debug!(%error, "cannot read a copied file"));
    CopiedFile { name, base64: bytes.ok().map(|bytes| STANDARD.encode(bytes)) }
}

/// Reads a picture, or the start of what is none.
fn read_picture(path: &Path) -> io::Result<Vec<u8>> {
    // one that is no file could keep its reader waiting
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut file = File::open(path)?.take(MAX_BYTES + 1);
    let mut bytes = Vec::new();
    file.by_ref().take(HEAD as u64).read_to_end(&mut bytes)?;
    if is_picture(&bytes) {
        file.read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it is too large"));
    }
    Ok(bytes)
}

/// Reports whether bytes begin like a picture of a type that the window opens.
fn is_picture(head: &[u8]) -> bool {
    let starts: [&[u8]; 8] = [
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"GIF87a",
        b"GIF89a",
        b"BM",
        b"II*\0",
        b"MM\0*",
        b"\0\0\x01\0",
    ];
    let later: [(usize, &[u8]); 2] = [(8, b"WEBP"), (4, b"ftyp")];
    starts.iter().any(|start| head.starts_with(start))
        || later.iter().any(|(at, sign)| head.get(*at..).is_some_and(|rest| rest.starts_with(sign)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_read_whole_and_of_another_file_the_start_alone() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str, bytes: &[u8]| {
            let path = place.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let jpeg = [b"\xff\xd8\xff\xe0".as_slice(), &[7; 40]].concat();
        assert_eq!(read_picture(&at("photo.png", &jpeg)).unwrap(), jpeg);
        let webp = b"RIFF\0\0\0\0WEBPVP8 and more";
        assert_eq!(read_picture(&at("a.webp", webp)).unwrap(), webp);
        let key = at("key.png", b"-----BEGIN OPENSSH PRIVATE KEY-----");
        assert_eq!(read_picture(&key).unwrap(), b"-----BEGIN OPENS");
        assert!(read_picture(place.path()).is_err());
        assert!(read(&place.path().join("gone.png")).base64.is_none());
    }
}
