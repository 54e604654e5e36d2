//! Serves the window to a browser under test. Prints `listening on URL` once it does, and ends when it is told to.

use anyhow::{Context, bail};
use countersign_tests::web_host::{WebHost, WebHostOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

const USAGE: &str = "usage: web-host --home DIR [--practice] [--open DIR] [--dist DIR] [--pick DIR]...";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let web_host = WebHost::start(options()?).await?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on {}", web_host.url())?;
    out.flush()?;
    told_to_end().await?;
    web_host.stop().await;
    Ok(())
}

fn options() -> anyhow::Result<WebHostOptions> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    let mut options = WebHostOptions { dist, ..WebHostOptions::default() };
    let mut args = std::env::args_os().skip(1);
    while let Some(arg) = args.next() {
        let arg = arg.to_string_lossy().into_owned();
        let mut folder =
            || args.next().map(PathBuf::from).with_context(|| format!("{arg} needs a folder\n{USAGE}"));
        match arg.as_str() {
            "--home" => options.home = folder()?,
            "--open" => options.open = Some(folder()?),
            "--dist" => options.dist = folder()?,
            "--pick" => options.picks.push(folder()?),
            "--practice" => options.practice = true,
            other => bail!("unknown argument {other}\n{USAGE}"),
        }
    }
    if options.home.as_os_str().is_empty() {
        bail!("--home is missing\n{USAGE}");
    }
    Ok(options)
}

/// Resolves on SIGTERM and on SIGINT.
async fn told_to_end() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
