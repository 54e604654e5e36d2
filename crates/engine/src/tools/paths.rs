//! Paths as the model writes them.

use std::path::{Path, PathBuf};

/// Resolves a path of the model's against `base`, which is meant when there is none.
pub(crate) fn resolve(base: &Path, path: Option<&str>) -> PathBuf {
    match path {
        Some(path) if !path.is_empty() => base.join(path),
        _ => base.to_owned(),
    }
}

/// Returns a path of the model's as it is shown: relative to the session's folder where it is inside.
pub(crate) fn shown(session_cwd: &Path, path: Option<&str>) -> String {
    let path = resolve(session_cwd, path);
    match path.strip_prefix(session_cwd) {
        Ok(inside) if inside.as_os_str().is_empty() => ".".to_owned(),
        Ok(inside) => inside.display().to_string(),
        Err(_) => path.display().to_string(),
    }
}
