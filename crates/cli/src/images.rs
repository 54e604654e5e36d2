//! Images that are sent with a prompt (`-i FILE`).

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protocol::InputItem;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Largest image that is sent, in bytes.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// Reads an image of a kind that every vendor takes, told by its bytes.
pub(crate) fn read(path: &Path) -> Result<InputItem> {
    let name = path.display();
    // looked at before it is opened: opening a pipe waits for its other end
    let is_file = path.metadata().with_context(|| format!("the image {name} can't be read"))?.is_file();
    if !is_file {
        bail!("{name} is no file");
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .with_context(|| format!("the image {name} can't be read"))?;
    if bytes.len() as u64 > MAX_BYTES {
        bail!("{name} is larger than {} MB; make it smaller", MAX_BYTES / 1024 / 1024);
    }
    let Some(kind) = kind(&bytes) else {
        bail!("{name} is no PNG, JPEG, GIF or WebP image; convert it to one");
    };
    Ok(InputItem::Image { image_url: format!("data:image/{kind};base64,{}", STANDARD.encode(&bytes)) })
}

fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}
