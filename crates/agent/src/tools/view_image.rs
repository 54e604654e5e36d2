//! `view_image`: a picture, for the model to see.

use super::found::{ToolError, ToolFindings};
use super::location::ToolLocation;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::tools::view_image::Args;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::{Cursor, Read};

/// Largest file that is looked at.
const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;

/// Pixels on the longer side beyond which a picture is scaled down: vendors do so themselves, and charge for the way there.
const MAX_SIDE: u32 = 2_048;

/// Pixels on a side beyond which it is not even opened.
const MAX_OPENED_SIDE: u32 = 16_384;

/// Memory a picture may take up while it is scaled.
const MAX_OPENED_BYTES: u64 = 256 * 1024 * 1024;

/// Bytes that are sent: 5 MB in base64, the least that any vendor takes (Anthropic's page on images).
const MAX_SENT_BYTES: usize = 3_750_000;

/// The kinds of picture every vendor takes.
const TAKEN: [ImageFormat; 4] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];

const JPEG_QUALITY: u8 = 85;

/// Shows a picture as a `data:` URL, of the kind that its bytes say.
pub(super) fn run(location: &ToolLocation, args: &Args) -> Result<ToolFindings, ToolError> {
    let path = location.session_cwd.join(&args.path);
    let shown = location.shown(&path);
    let opened = location.open(&path)?;
    if opened.is_dir() {
        return Err(format!("'{shown}' is a folder; list_dir lists it").into());
    }
    let unreadable = |error: std::io::Error| format!("'{shown}' cannot be read: {error}");
    let mut bytes = Vec::new();
    let file = opened.read().map_err(unreadable)?;
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(format!(
            "'{shown}' is {} bytes long, and at most {MAX_FILE_BYTES} are looked at; make it smaller with a command",
            opened.metadata.len()
        )
        .into());
    }
    let Some(format) = image::guess_format(&bytes).ok().filter(|format| TAKEN.contains(format)) else {
        return Err(format!("'{shown}' is no PNG, JPEG, GIF or WebP image; convert it with a command").into());
    };
    location.check_cancelled()?;
    // all of it is decoded, also when it is sent as it is: a broken picture in the conversation would be refused by the vendor
    // again with every request after this one
    let (picture, width, height) = decode(&bytes, format)
        .map_err(|error| format!("'{shown}' cannot be opened as a {} image: {error}", name(format)))?;
    location.check_cancelled()?;
    if width.max(height) <= MAX_SIDE && bytes.len() <= MAX_SENT_BYTES {
        let text = format!("{shown}: {} image, {width} x {height} pixels", name(format));
        return Ok(ToolFindings { text, images: vec![data_url(format, &bytes)] });
    }
    let small = if width.max(height) > MAX_SIDE {
        picture.resize(MAX_SIDE, MAX_SIDE, FilterType::CatmullRom)
    } else {
        picture
    };
    location.check_cancelled()?;
    let (format, bytes) =
        encode(&small, format).map_err(|error| format!("'{shown}' cannot be made smaller: {error}"))?;
    let text = format!(
        "{shown}: {} image, {} x {} pixels; made smaller, it is {width} x {height} in the file",
        name(format),
        small.width(),
        small.height()
    );
    Ok(ToolFindings { text, images: vec![data_url(format, &bytes)] })
}

/// The picture the right way up, and its sides as they are in the file.
fn decode(bytes: &[u8], format: ImageFormat) -> image::ImageResult<(DynamicImage, u32, u32)> {
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
    let (width, height) = (picture.width(), picture.height());
    Ok((picture, width, height))
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
