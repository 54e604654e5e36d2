//! Images a model can be shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of an image at the most: who asked for it makes it as small as a vendor takes it.
const MAX_BYTES: usize = 16_000_000;

/// A data URL of the image, or why it cannot be shown. The bytes say what it is, not the server: a request with an image that
/// is not one is refused by the vendor, and so would be every request after it.
pub(crate) fn data_url(base64: &str) -> Result<String, &'static str> {
    let compact: String = base64.split_ascii_whitespace().collect();
    if compact.len() / 4 * 3 > MAX_BYTES + 2 {
        return Err("it is larger than 16 MB");
    }
    let bytes = STANDARD.decode(compact).map_err(|_| "it is not base64")?;
    let mime = kind(&bytes).ok_or("it is not a PNG, JPEG, GIF or WebP image")?;
    Ok(format!("data:{mime};base64,{}", STANDARD.encode(bytes)))
}

fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b28_an_image_is_what_its_bytes_say() {
        let png = STANDARD.encode(b"\x89PNG\r\n\x1a\nrest");
        assert_eq!(data_url(&png).unwrap(), format!("data:image/png;base64,{png}"));
        let (first, second) = png.split_at(8);
        assert_eq!(
            data_url(&format!("{first}\n{second}\n")).unwrap(),
            format!("data:image/png;base64,{png}")
        );
        assert!(data_url(&STANDARD.encode(b"RIFF0000WEBPVP8 ")).unwrap().starts_with("data:image/webp;"));
        assert!(data_url(&STANDARD.encode("<svg/>")).unwrap_err().contains("not a PNG"));
        assert!(data_url("not base64!").unwrap_err().contains("base64"));
        assert!(data_url(&"A".repeat(24_000_000)).unwrap_err().contains("16 MB"));
    }
}
