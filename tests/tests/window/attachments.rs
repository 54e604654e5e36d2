//! Content that is pasted from the real clipboard: a text that is too long for the field, a picture, and files.

use std::io::Cursor;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_tests::desktop::eventually;
use countersign_tests::model_server::{Received, Reply};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageFormat, RgbImage};
use serde_json::json;

use crate::hands::{Clipboard, click, press, until_page_says, write};
use crate::harness::{COMPOSER, Harness, TASK_END};

const PASTE: &str = "[data-testid=paste]";
const LINES: usize = 100_000;
/// Bytes of a picture beyond which it is made smaller.
const MAX_IMAGE_BYTES: usize = 3_750_000;

/// A picture that no compression makes smaller.
fn noise(width: u32, height: u32) -> RgbImage {
    let mut random = fastrand::Rng::with_seed(7);
    let mut pixels = vec![0; (width * height * 3) as usize];
    random.fill(&mut pixels);
    RgbImage::from_raw(width, height, pixels).unwrap_or_default()
}

fn as_png(picture: &RgbImage) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(PngEncoder::new_with_quality(
        &mut bytes,
        CompressionType::Uncompressed,
        FilterType::NoFilter,
    ))?;
    Ok(bytes)
}

/// Texts and pictures of the person's last message.
fn message(asked: &Received) -> Result<(Vec<String>, Vec<String>)> {
    let last = asked.input().iter().rev().find(|item| item["role"] == "user").context("no message")?;
    let content = last["content"].as_array().context("no content")?;
    let of = |key: &str| content.iter().filter_map(|piece| Some(piece[key].as_str()?.to_owned())).collect();
    Ok((of("text"), of("image_url")))
}

/// The type that a `data:` URL names, its bytes, and the picture in them.
fn opened(url: &str) -> Result<(String, Vec<u8>, RgbImage)> {
    let (kind, base64) =
        url.strip_prefix("data:").and_then(|url| url.split_once(";base64,")).context("no data")?;
    let bytes = STANDARD.decode(base64)?;
    let picture = image::load_from_memory(&bytes)?.into_rgb8();
    Ok((kind.to_owned(), bytes, picture))
}

#[tokio::test]
async fn a_paste_of_100_000_lines_becomes_an_attachment_and_keys_go_on() -> Result<()> {
    let replies = vec![Reply::text("Long.")];
    let (harness, model) = Harness::scripted(&[("a.txt", "a\n")], "", replies).await?;
    let window = harness.open_configured().await?;
    let pasted: String = (0..LINES).map(|line| format!("{line:06} {:->44}\n", line * 7 % 1000)).collect();
    ensure!(pasted.len() > 5_000_000, "{} bytes", pasted.len());
    let clipboard = Clipboard::with("UTF8_STRING", pasted.as_bytes())?;
    clipboard.ready("UTF8_STRING").await?;

    click(&window, COMPOSER).await?;
    write("before ")?;
    press(&["ctrl+v"])?;
    write("and after")?;
    let value = format!("return document.querySelector('{COMPOSER}').value");
    until_page_says(&window, &value, json!("before and after")).await?;
    let said = window.wait_for_text(PASTE, "Pasted text").await?;
    ensure!(said.contains("100,000 lines") || said.contains("100000"), "{said}");
    window.screenshot("long-paste").await?;
    write(", still")?;
    until_page_says(&window, &value, json!("before and after, still")).await?;
    press(&["Return"])?;
    window.find(TASK_END).await?;
    let (texts, _) = message(model.requests().first().context("no request")?)?;
    ensure!(texts.first().is_some_and(|text| text == "before and after, still"), "{:?}", texts.first());
    ensure!(texts.get(1).is_some_and(|text| *text == pasted), "it is another text, or cut");
    window.wait_until_gone(PASTE).await?;
    window.end().await
}

#[tokio::test]
async fn pictures_are_sent_as_what_they_are_and_as_large_as_vendors_take_them() -> Result<()> {
    let replies = vec![Reply::text("Three pictures.")];
    let (harness, model) = Harness::scripted(&[("a.txt", "a\n")], "", replies).await?;
    let photo = noise(60, 40);
    let mut jpeg = Vec::new();
    photo.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 95))?;
    let misnamed = harness.folder("photo.png");
    std::fs::write(&misnamed, &jpeg)?;
    let large = harness.folder("large.png");
    std::fs::write(&large, as_png(&noise(2_400, 1_200))?)?;
    ensure!(large.metadata()?.len() > 8_000_000, "{} bytes", large.metadata()?.len());

    let window = harness.open_configured().await?;
    let attached = "return document.querySelectorAll('img[alt^=\"Attached image\"]').length";
    click(&window, COMPOSER).await?;
    // as a program that takes screenshots copies a picture
    let shot = as_png(&photo)?;
    let copied = Clipboard::with("image/png", &shot)?;
    copied.ready("image/png").await?;
    press(&["ctrl+v"])?;
    until_page_says(&window, attached, json!(1)).await?;
    drop(copied);

    // as a file manager copies files
    let uris = format!("file://{}\r\nfile://{}\r\n", misnamed.display(), large.display());
    let copied = Clipboard::with("text/uri-list", uris.as_bytes())?;
    copied.ready("text/uri-list").await?;
    press(&["ctrl+v"])?;
    write("what are these")?;
    // it waits for the pictures that are still being read
    press(&["Return"])?;
    window.find(TASK_END).await?;

    let (texts, urls) = message(model.requests().first().context("no request")?)?;
    ensure!(texts.first().is_some_and(|text| text == "what are these"), "{texts:?}");
    ensure!(urls.len() == 3, "{} pictures, and {texts:?}", urls.len());
    let (kind, bytes, _) = opened(&urls[0])?;
    ensure!(kind == "image/png" && bytes == shot, "the copied picture is sent as {kind}");
    let (kind, bytes, _) = opened(&urls[1])?;
    ensure!(kind == "image/jpeg" && bytes == jpeg, "the misnamed picture is sent as {kind}");
    let (kind, bytes, picture) = opened(&urls[2])?;
    let is = image::guess_format(&bytes)?;
    let named = ImageFormat::from_mime_type(&kind);
    ensure!(named == Some(is), "{kind} is {is:?}");
    ensure!(bytes.len() <= MAX_IMAGE_BYTES, "{} bytes", bytes.len());
    ensure!(picture.dimensions() == (2_000, 1_000), "{:?}", picture.dimensions());
    ensure!(image::load(Cursor::new(&bytes), is).is_ok());
    eventually("the composer to be empty", || async {
        Ok(window.all("img[alt^='Attached image']").await?.is_empty().then_some(()))
    })
    .await?;
    window.end().await
}
