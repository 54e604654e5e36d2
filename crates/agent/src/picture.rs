//! The gate for pictures: whatever way one comes in, it is decoded, named by its bytes and made as small as every vendor takes it,
//! since a vendor refuses every request that has one it cannot read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use protocol::{InputItem, Op};
use std::io::Cursor;

/// Pixels on the longer side beyond which a picture is scaled down: with more than twenty pictures in a request, the least that any
/// vendor takes (Anthropic's page on images).
const MAX_SIDE: u32 = 2_000;

/// Pixels on a side beyond which it is not even opened.
const MAX_OPENED_SIDE: u32 = 16_384;

/// Memory a picture may take up while it is scaled.
const MAX_OPENED_BYTES: u64 = 256 * 1024 * 1024;

/// Bytes that are sent: 5 MB in base64, the least that any vendor takes.
const MAX_SENT_BYTES: usize = 3_750_000;

/// The kinds of picture every vendor takes.
const TAKEN: [ImageFormat; 4] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];

const JPEG_QUALITY: u8 = 85;

/// A picture that every vendor takes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// The picture as a `data:` URL of the kind that its bytes say.
    pub(crate) url: String,
    /// Kind and sides in words, and how it was made smaller.
    pub(crate) about: String,
}

/// Opens a picture, of which everything is decoded: a broken one would be refused with every request after this one. The error says
/// why it cannot be sent, to follow its name.
pub(crate) fn open(bytes: &[u8]) -> Result<Picture, String> {
    let format = image::guess_format(bytes).ok().filter(|format| TAKEN.contains(format));
    let format = format.ok_or("is no PNG, JPEG, GIF or WebP image; convert it with a command")?;
    let kind = name(format);
    let picture =
        decode(bytes, format).map_err(|error| format!("cannot be opened as a {kind} image: {error}"))?;
    let (width, height) = (picture.width(), picture.height());
    if width.max(height) <= MAX_SIDE && bytes.len() <= MAX_SENT_BYTES {
        let about = format!("{kind} image, {width} x {height} pixels");
        return Ok(Picture { url: data_url(format, bytes), about });
    }
    let (format, bytes, small) =
        shrink(picture, format).map_err(|error| format!("cannot be made smaller: {error}"))?;
    let about = format!(
        "{} image, {} x {} pixels; made smaller, it is {width} x {height} in the file",
        name(format),
        small.width(),
        small.height()
    );
    Ok(Picture { url: data_url(format, &bytes), about })
}

/// Opens a picture in a `data:` URL. One at another address is left to the vendor.
fn open_url(url: &str) -> Result<String, String> {
    let Some(data) = url.strip_prefix("data:") else { return Ok(url.to_owned()) };
    let (_, base64) = data.split_once(";base64,").ok_or("is not in base64")?;
    let compact: String = base64.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(compact).map_err(|_| "is not in base64")?;
    open(&bytes).map(|picture| picture.url)
}

/// Lets the pictures of a tool's answer through, and returns a note for each that cannot be sent.
pub(crate) fn admit(images: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (mut admitted, mut notes) = (Vec::new(), Vec::new());
    for (at, url) in images.iter().enumerate() {
        match open_url(url) {
            Ok(url) => admitted.push(url),
            Err(why) => notes.push(format!("[picture {} of this answer {why}; it is left out]", at + 1)),
        }
    }
    (admitted, notes)
}

/// Lets the pictures of a person's message through. In the place of one that cannot be sent stands a note, which is returned too.
pub(crate) fn admit_input(items: Vec<InputItem>) -> (Vec<InputItem>, Vec<String>) {
    let (mut number, mut notes) = (0, Vec::new());
    let mut admit = |item| match item {
        InputItem::Image { image_url } => {
            number += 1;
            match open_url(&image_url) {
                Ok(image_url) => InputItem::Image { image_url },
                Err(why) => {
                    notes.push(format!("picture {number} of the message {why}; it is left out"));
                    InputItem::text(format!("[picture {number} of this message {why}; it is left out]"))
                }
            }
        }
        text @ InputItem::Text { .. } => text,
    };
    let items = items.into_iter().map(&mut admit).collect();
    (items, notes)
}

/// Lets the pictures of a prompt through, beside everything else, and returns what to tell the person of those that cannot be sent.
pub(crate) async fn admit_op(op: Op) -> (Op, Vec<String>) {
    let items = match op {
        Op::UserInput { items } if items.iter().any(|item| matches!(item, InputItem::Image { .. })) => items,
        op => return (op, Vec::new()),
    };
    let gate = tokio::task::spawn_blocking(move || admit_input(items));
    let (items, notes) = gate.await.unwrap_or_else(|_| {
        let note = "the message is lost: one of its pictures could not be opened".to_owned();
        (vec![InputItem::text(format!("[{note}]"))], vec![note])
    });
    (Op::UserInput { items }, notes)
}

/// The picture the right way up.
fn decode(bytes: &[u8], format: ImageFormat) -> image::ImageResult<DynamicImage> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_OPENED_SIDE);
    limits.max_image_height = Some(MAX_OPENED_SIDE);
    limits.max_alloc = Some(MAX_OPENED_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Scales a picture down until it is small enough in both ways.
fn shrink(
    mut picture: DynamicImage,
    format: ImageFormat,
) -> image::ImageResult<(ImageFormat, Vec<u8>, DynamicImage)> {
    let mut side = MAX_SIDE;
    loop {
        if picture.width().max(picture.height()) > side {
            picture = picture.resize(side, side, FilterType::CatmullRom);
        }
        let (sent, bytes) = encode(&picture, format)?;
        if bytes.len() <= MAX_SENT_BYTES || side <= 256 {
            return Ok((sent, bytes, picture));
        }
        side /= 2;
    }
}

/// Photos stay photos; everything else keeps its sharp edges, unless that takes too many bytes.
fn encode(picture: &DynamicImage, format: ImageFormat) -> image::ImageResult<(ImageFormat, Vec<u8>)> {
    let mut bytes = Vec::new();
    if format != ImageFormat::Jpeg {
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
        if bytes.len() <= MAX_SENT_BYTES {
            return Ok((ImageFormat::Png, bytes));
        }
        bytes.clear();
    }
    let flat = DynamicImage::ImageRgb8(picture.to_rgb8());
    flat.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY))?;
    Ok((ImageFormat::Jpeg, bytes))
}

fn data_url(format: ImageFormat, bytes: &[u8]) -> String {
    format!("data:{};base64,{}", format.to_mime_type(), STANDARD.encode(bytes))
}

fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Gif => "GIF",
        _ => "WebP",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        DynamicImage::new_rgb8(width, height).write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    fn url(mime: &str, bytes: &[u8]) -> String {
        format!("data:{mime};base64,{}", STANDARD.encode(bytes))
    }

    fn sides(url: &str) -> (u32, u32) {
        let (_, data) = url.split_once(";base64,").unwrap();
        let picture = image::load_from_memory(&STANDARD.decode(data).unwrap()).unwrap();
        (picture.width(), picture.height())
    }

    #[test]
    fn b12_a_picture_that_a_vendor_would_refuse_is_made_one_it_takes_or_a_note() {
        // a screenshot of a whole page
        let (admitted, notes) = admit(vec![url("image/png", &picture(1_280, 9_000, ImageFormat::Png))]);
        assert!(notes.is_empty() && sides(&admitted[0]) == (284, 2_000), "{:?}", sides(&admitted[0]));
        // named by its bytes, whatever the server or the file's name says
        let jpeg = picture(30, 20, ImageFormat::Jpeg);
        let (admitted, _) = admit(vec![url("image/png", &jpeg)]);
        assert!(admitted[0].starts_with("data:image/jpeg;base64,"), "{admitted:?}");
        // noise does not become smaller as a PNG
        let noise = image::RgbImage::from_fn(1_900, 1_900, |x, y| {
            let mut z = u64::from(x) << 32 | u64::from(y);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let [a, b, c, ..] = (z ^ (z >> 27)).to_le_bytes();
            image::Rgb([a, b, c])
        });
        let mut bytes = Vec::new();
        noise.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        assert!(bytes.len() > MAX_SENT_BYTES);
        let (admitted, _) = admit(vec![url("image/png", &bytes)]);
        assert!(admitted[0].len() <= MAX_SENT_BYTES / 3 * 4 + 64, "{}", admitted[0].len());
        // torn, or none at all
        let torn = picture(300, 200, ImageFormat::Png);
        for (url, why) in [
            (
                url("image/png", &torn[..torn.len() / 2]),
                "picture 1 of this answer cannot be opened as a PNG image",
            ),
            (url("image/svg+xml", b"<svg/>"), "is no PNG, JPEG, GIF or WebP image"),
            ("data:image/png;base64,%%".to_owned(), "is not in base64"),
        ] {
            let (admitted, notes) = admit(vec![url]);
            assert!(admitted.is_empty() && notes[0].contains(why), "{notes:?}");
        }
        let items = vec![
            InputItem::text("look"),
            InputItem::Image { image_url: url("image/png", &torn[..99]) },
            InputItem::Image { image_url: url("image/png", &torn) },
        ];
        let (items, notes) = admit_input(items);
        assert!(notes.len() == 1 && matches!(items[1], InputItem::Text { .. }), "{items:?}");
        assert_eq!(items[2], InputItem::Image { image_url: url("image/png", &torn) });
    }
}
