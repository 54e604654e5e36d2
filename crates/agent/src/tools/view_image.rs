//! `view_image`: a picture, for the model to see.

use super::found::{ToolError, ToolFindings};
use super::location::ToolLocation;
use crate::picture::{self, Picture};
use engine::tools::view_image::Args;
use std::io::Read;

/// Largest file that is looked at.
const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;

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
    location.check_cancelled()?;
    let Picture { url, about } = picture::open(&bytes).map_err(|why| format!("'{shown}' {why}"))?;
    location.check_cancelled()?;
    Ok(ToolFindings { text: format!("{shown}: {about}"), images: vec![url] })
}
