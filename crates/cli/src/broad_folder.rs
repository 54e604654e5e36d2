//! The question whether the agent is to work in a folder that holds more than a project.

use crate::ask;
use crate::out::errln;
use anyhow::{Result, bail};
use config::{BroadFolder, Home};
use std::path::Path;
use view::text::visible_inline;

/// Asks the person to confirm a folder that holds more than a project, and fails when they do not or nobody is there.
pub(crate) fn confirm(home: &Home, folder: &Path) -> Result<()> {
    let Some(broad) = BroadFolder::find(home, folder) else { return Ok(()) };
    let name = folder.to_string_lossy();
    let name = visible_inline(&name);
    let what = match broad {
        BroadFolder::Root => "is the root of the file system",
        BroadFolder::HomeFolder => "is your home folder",
        BroadFolder::HoldsHomeFolder => "holds your home folder",
        BroadFolder::AppFiles => "holds the app's own files",
    };
    let risk = "the agent's commands could change everything in it unasked, and undo reaches all of it";
    if !ask::someone_is_there() {
        bail!(
            "{name} {what}: {risk}; work in a project's folder, or say --allow-broad-folder if it is meant"
        );
    }
    errln!("  {name} {what}: {risk}.");
    match ask::question("work in it [y/N]? ").to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => bail!("nothing was done; go to a project's folder, or name one with --cd"),
    }
}
