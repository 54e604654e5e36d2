//! The desktop app: [`host`] in a window. It has no behaviour of the agent or of the app; it provides a window, a folder dialog,
//! notifications, and access to the person's editor and browser.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

#[cfg(target_os = "linux")]
mod clipboard;
mod closing;
mod commands;
mod desktop;
#[cfg(target_os = "linux")]
mod graphics;
mod hidden_window;
#[cfg(target_os = "linux")]
mod input_method;
mod log;
mod login_item;
mod notification;
#[cfg(target_os = "linux")]
mod page_process;
mod tray;
mod window;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use host::{Host, HostOptions};
use tauri::{AppHandle, Manager, RunEvent};

use crate::commands::HostHandle;
use crate::desktop::DesktopShell;
use crate::window::WindowOptions;

/// Longest time in which sessions may write what they know before the app ends regardless.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest time that the desktop has to show the tray icon of an app that starts at login without a window.
const TRAY_TIMEOUT: Duration = Duration::from_secs(5);

/// A coding agent works on a folder you picked; nothing it proposes happens until you countersign it.
#[derive(Parser)]
#[command(name = "countersign-desktop", version)]
struct Args {
    /// Folder to open; the welcome screen when absent
    dir: Option<PathBuf>,
    /// Offer the practice model only, which needs no key and no network
    #[arg(long)]
    practice: bool,
    /// Have the processor paint the window: for graphics drivers that show it blank or broken
    #[arg(long)]
    safe_graphics: bool,
    /// Started by the system at login: the window stays hidden if agents are to keep running without it
    #[arg(long, hide = true)]
    at_login: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let open =
        args.dir.map(|dir| dir.canonicalize().with_context(|| format!("cannot open {}", dir.display())));
    let open = open.transpose()?;
    #[cfg(target_os = "linux")]
    window::avoid_blank_window()?;
    let home =
        host::Home::from_env().context("there is no home folder; set COUNTERSIGN_HOME to a folder to use")?;
    log::to_file(&home.log_dir())?;
    let options = HostOptions { home: home.clone(), practice: args.practice, open };

    let app = tauri::Builder::default()
        // first, so that a second start hands over before anything of it begins
        .plugin(tauri_plugin_single_instance::init(|app, argv, cwd| second_start(app, argv, Path::new(&cwd))))
        .plugin(tauri_plugin_dialog::init())
        .plugin(window::window_state_plugin(&home))
        .manage(HostHandle::default())
        .manage(hidden_window::HiddenWindow::default())
        .invoke_handler(tauri::generate_handler![
            commands::host_call,
            commands::host_attach,
            commands::host_ack
        ])
        .setup(move |app| {
            let windows = WindowOptions { home, safe_graphics: args.safe_graphics };
            let shell = Arc::new(DesktopShell::new(app.handle().clone(), windows.clone()));
            // WebKit takes its time on this thread, the host on others
            let starting = tauri::async_runtime::spawn(Host::start(options, shell.clone()));
            window::open(app.handle(), &windows, shell.on_focus(), closing::requested, !args.at_login)?;
            let handle = app.state::<HostHandle>().inner().clone();
            let app = app.handle().clone();
            let opened = app.clone();
            tauri::async_runtime::spawn(async move {
                let started = match starting.await {
                    Ok(started) => started.map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                };
                let may_hide = started.as_ref().is_ok_and(|host| host.begins_hidden());
                handle.set(started);
                if !args.at_login {
                    return;
                }
                // without the icon nobody would know that it runs
                let tray = tokio::time::timeout(TRAY_TIMEOUT, shell.until_tray_is_shown());
                if !may_hide || tray.await.is_err() {
                    window::show(&opened);
                }
            });
            tauri::async_runtime::spawn(async move {
                if end_signal().await.is_ok() {
                    app.exit(0);
                }
            });
            Ok(())
        })
        .build(tauri::generate_context!());
    #[cfg(unix)]
    if app.is_err() {
        restart_once()?;
    }
    let app = app.context("cannot open the window")?;
    app.run(|app, event| match event {
        RunEvent::Exit => end_sessions(app),
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => closing::come_back(app),
        _ => {}
    });
    Ok(())
}

/// Replaces this process by a new start of the program, once. The instance that a second start hands over to may have died a moment ago,
/// before the session bus noticed: the window is then refused for the sake of one that is gone.
#[cfg(unix)]
fn restart_once() -> Result<()> {
    use std::os::unix::process::CommandExt;
    const STARTED_ONCE_MORE: &str = "COUNTERSIGN_STARTED_ONCE_MORE";
    if std::env::var_os(STARTED_ONCE_MORE).is_some() {
        return Ok(());
    }
    let program = std::env::current_exe().context("cannot find the program itself")?;
    let failed = std::process::Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(STARTED_ONCE_MORE, "1")
        .exec();
    Err(failed).context("cannot start again")
}

/// Shows the window that is there when the app is started again, and opens the folder given then.
fn second_start(app: &AppHandle, argv: Vec<String>, cwd: &Path) {
    let args = Args::try_parse_from(argv).ok();
    if args.as_ref().is_some_and(|args| args.at_login) {
        return;
    }
    let Some(dir) = args.and_then(|args| args.dir) else { return closing::come_back(app) };
    // the folder is what the person asked for, not the inbox
    window::show(app);
    let dir = cwd.join(dir);
    let handle = app.state::<HostHandle>().inner().clone();
    tauri::async_runtime::spawn(async move {
        let opened = match handle.host().await {
            Ok(host) => host.open_folder(&dir).await.map(drop),
            Err(error) => Err(error),
        };
        if let Err(error) = opened {
            tracing::warn!(dir = %dir.display(), message = error.message, "cannot open the folder of a second start");
        }
    });
}

/// Ends the sessions before the process does.
fn end_sessions(app: &AppHandle) {
    let Some(Ok(host)) = app.state::<HostHandle>().host_now() else { return };
    let ended = tauri::async_runtime::block_on(async {
        tokio::time::timeout(SHUTDOWN_TIMEOUT, host.shutdown()).await
    });
    if ended.is_err() {
        tracing::warn!(
            seconds = SHUTDOWN_TIMEOUT.as_secs(),
            "sessions did not end in time; what they wrote is on disk"
        );
    }
}

/// Waits until the system or a terminal asks the app to end.
#[cfg(unix)]
async fn end_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn end_signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
