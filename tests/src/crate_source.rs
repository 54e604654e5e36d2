//! Sources of the crates that this workspace is built from: real projects to work in.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// Copies the source of the crate whose name and version begin so. Returns the number of its files.
pub fn copy_crate_source(beginning: &str, to: &Path) -> Result<usize> {
    let mut count = 0;
    let mut folders = vec![(unpacked(beginning)?, to.to_owned())];
    while let Some((from, to)) = folders.pop() {
        std::fs::create_dir_all(&to)?;
        for entry in std::fs::read_dir(from)? {
            let entry = entry?;
            let target = to.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push((entry.path(), target));
            } else {
                std::fs::copy(entry.path(), target)?;
                count += 1;
            }
        }
    }
    Ok(count)
}

/// Returns the folder where cargo unpacked a crate.
fn unpacked(beginning: &str) -> Result<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).context("cargo has a home")?;
    for registry in std::fs::read_dir(home.join("registry/src"))? {
        for unpacked in std::fs::read_dir(registry?.path())? {
            let unpacked = unpacked?;
            if unpacked.file_name().to_string_lossy().starts_with(beginning) {
                return Ok(unpacked.path());
            }
        }
    }
    bail!("the source of {beginning} is not where cargo keeps it")
}
