//! Log of the app: one file, and the one before it.

use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context, Result};
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::{Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Size past which a start begins a new file, in bytes.
const LARGE_BYTES: u64 = 4 * 1024 * 1024;

/// Writes the log to `desktop.log` in `dir`. `COUNTERSIGN_LOG` sets the level; the default is `info`.
pub(crate) fn to_file(dir: &Path) -> Result<()> {
    create_private(dir).with_context(|| format!("cannot create the log folder {}", dir.display()))?;
    let path = dir.join("desktop.log");
    if fs::metadata(&path).is_ok_and(|meta| meta.len() > LARGE_BYTES) {
        fs::rename(&path, dir.join("desktop.log.1"))
            .with_context(|| format!("cannot put {} aside", path.display()))?;
    }
    let file = open(&path).with_context(|| format!("cannot open the log {}", path.display()))?;
    let asked = EnvFilter::try_from_env("COUNTERSIGN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let written = fmt::layer().with_ansi(false).with_writer(Mutex::new(file));
    let written = written.with_filter(filter_fn(|said| host::may_be_logged(said.target())));
    tracing_subscriber::registry().with(asked).with(written).init();
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!(%panic, "a thread panicked");
        report(panic);
    }));
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    Ok(())
}

fn create_private(dir: &Path) -> std::io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        folder.mode(0o700);
    }
    folder.create(dir)
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}
