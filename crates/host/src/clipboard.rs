//! Files and pictures in the clipboard, for pages that the web engine gives none of them.

use crate::api::{CommandResult, CopiedFile, CopiedFiles, NoArgs};
use crate::blocking::blocking;
use crate::desktop::Copied;
use crate::host::Host;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Largest sum of what is read at once, in bytes: it is in memory several times over on its way to the page.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Most files of one copy that are read.
const MAX_FILES: usize = 20;

/// Bytes at the start of a file that say whether it is a picture.
const HEAD: usize = 16;

impl Host {
    pub(crate) async fn copied_files(&self, _: NoArgs) -> CommandResult<CopiedFiles> {
        let copied = self.desktop.clipboard().await;
        blocking(move || read(copied, MAX_BYTES)).await
    }
}

fn read(copied: Copied, mut room: u64) -> CopiedFiles {
    match copied {
        Copied::Nothing => CopiedFiles::default(),
        Copied::Unavailable => {
            CopiedFiles { files: vec![told(String::new(), Err(NotRead::Unreadable))], left_out: 0 }
        }
        Copied::Picture(bytes) => {
            let fits = bytes.len() as u64 <= room;
            let bytes = if fits { Ok(bytes) } else { Err(NotRead::TooLarge) };
            CopiedFiles { files: vec![told(String::new(), bytes)], left_out: 0 }
        }
        Copied::Files(paths) => {
            let left_out = u32::try_from(paths.len().saturating_sub(MAX_FILES)).unwrap_or(u32::MAX);
            let mut one = |path: &PathBuf| {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                let bytes = read_picture(path, room);
                room = room.saturating_sub(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64));
                told(name.unwrap_or_default(), bytes)
            };
            CopiedFiles { files: paths.iter().take(MAX_FILES).map(&mut one).collect(), left_out }
        }
    }
}

/// Reason that a file was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NotRead {
    Unreadable,
    TooLarge,
}

fn told(name: String, bytes: Result<Vec<u8>, NotRead>) -> CopiedFile {
    let too_large = bytes == Err(NotRead::TooLarge);
    CopiedFile { name, base64: bytes.ok().map(|bytes| STANDARD.encode(bytes)), too_large }
}

/// Reads a picture of up to `room` bytes, or the start of what is none.
fn read_picture(path: &Path, room: u64) -> Result<Vec<u8>, NotRead> {
    let unreadable = |error: io::Error| {
        tracing::debug!(%error, "cannot read a copied file");
        NotRead::Unreadable
    };
    // one that is no file could keep its reader waiting
    let metadata = path.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(NotRead::Unreadable);
    }
    let mut file = File::open(path).map_err(unreadable)?.take(room.saturating_add(1));
    let mut bytes = Vec::new();
    file.by_ref().take(HEAD as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    if is_picture(&bytes) {
        if metadata.len() > room {
            return Err(NotRead::TooLarge);
        }
        file.read_to_end(&mut bytes).map_err(unreadable)?;
    }
    if bytes.len() as u64 > room { Err(NotRead::TooLarge) } else { Ok(bytes) }
}

/// Reports whether bytes begin like a picture of a type that the window opens: `ui/src/composer/images.ts` has the same list.
fn is_picture(head: &[u8]) -> bool {
    const STARTS: [&[u8]; 7] =
        [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"\0\0\x01\0"];
    const BRANDS: [&[u8]; 7] = [b"avif", b"avis", b"heic", b"heim", b"heis", b"heix", b"mif1"];
    let at = |place: usize, sign: &[u8]| head.get(place..).is_some_and(|rest| rest.starts_with(sign));
    STARTS.iter().any(|start| head.starts_with(start))
        || at(0, b"RIFF") && at(8, b"WEBP")
        || at(0, b"BM") && at(6, &[0; 4])
        || at(4, b"ftyp") && BRANDS.iter().any(|brand| at(8, brand))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: u64 = 1000;

    fn written(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("photo.png");
        std::fs::write(&path, bytes).unwrap();
        (place, path)
    }

    #[test]
    fn a_picture_is_read_whole_and_of_another_file_the_start_alone() {
        let jpeg = [b"\xff\xd8\xff\xe0".as_slice(), &[7; 40]].concat();
        let heic = [b"\0\0\0\x18ftypheic".as_slice(), &[7; 40]].concat();
        let bmp = [b"BM\x46\0\0\0\0\0\0\0".as_slice(), &[7; 40]].concat();
        for picture in [jpeg.as_slice(), &heic, &bmp, b"RIFF\0\0\0\0WEBPVP8 and more"] {
            let (_place, path) = written(picture);
            assert_eq!(read_picture(&path, ROOM).unwrap(), picture);
        }
        for other in [
            b"-----BEGIN OPENSSH PRIVATE KEY-----".as_slice(),
            b"\0\0\0\x18ftypmp42 a film of the family",
            b"BMW: the keys are under the mat",
            b"12345678WEBP is a format of pictures",
        ] {
            let (_place, path) = written(other);
            assert_eq!(read_picture(&path, ROOM).unwrap(), &other[..HEAD], "{other:?}");
        }
        let (place, path) = written(b"");
        assert_eq!(read_picture(place.path(), ROOM), Err(NotRead::Unreadable));
        assert_eq!(read_picture(&path.with_extension("gone"), ROOM), Err(NotRead::Unreadable));
    }

    #[test]
    fn what_is_too_large_together_or_too_much_is_told() {
        let picture = [b"GIF89a".as_slice(), &[0; 594]].concat();
        let (_place, path) = written(&picture);
        let read_all = read(Copied::Files(vec![path; 23]), ROOM);
        let told: Vec<_> =
            read_all.files.iter().map(|file| (file.base64.is_some(), file.too_large)).collect();
        assert_eq!((read_all.left_out, told.len()), (3, MAX_FILES));
        assert_eq!(told[0], (true, false));
        assert!(told[1..].iter().all(|told| *told == (false, true)), "{told:?}");
        let large = read(Copied::Picture(picture), 100);
        assert!(large.files[0].too_large && large.files[0].base64.is_none());
        let unavailable = read(Copied::Unavailable, ROOM);
        assert!(!unavailable.files[0].too_large && unavailable.files[0].base64.is_none());
        assert_eq!(read(Copied::Nothing, ROOM), CopiedFiles::default());
    }
}
