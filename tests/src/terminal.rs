//! A program on a terminal, and the person in front of it.

use anyhow::{Context, Result, bail};
use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::{Read, Write};
use std::process::Stdio;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

/// Maximum wait for a text.
const PATIENCE: Duration = Duration::from_mins(1);

/// A terminal of 100 columns and 40 rows with one program on it.
pub struct Terminal {
    master: File,
    shown: Arc<(Mutex<String>, Condvar)>,
    /// Gets a word when the last program on the terminal has ended and all of its output is shown.
    complete: oneshot::Receiver<()>,
    /// Up to where the shown text was waited for.
    read: usize,
    child: Child,
}

impl Terminal {
    /// Starts a program; its standard streams are the terminal.
    pub fn start(command: &mut Command) -> Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        tcsetwinsize(&master, Winsize { ws_col: 100, ws_row: 40, ws_xpixel: 0, ws_ypixel: 0 })?;
        let name = ptsname(&master, Vec::new())?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = File::from(rustix::fs::open(name, flags, rustix::fs::Mode::empty())?);
        let stream = || Ok::<_, std::io::Error>(Stdio::from(slave.try_clone()?));
        let child =
            command.stdin(stream()?).stdout(stream()?).stderr(stream()?).kill_on_drop(true).spawn()?;
        // the command keeps its copies of the streams, and with them the terminal open
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let master = File::from(master);
        let shown = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let (mut reader, into) = (master.try_clone()?, Arc::clone(&shown));
        let (completed, complete) = oneshot::channel();
        std::thread::spawn(move || {
            let (mut bytes, mut pending) = ([0; 4096], Vec::new());
            // the end of the last program on it is an error of the terminal
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                pending.extend_from_slice(&bytes[..count]);
                // a character may come in two pieces
                let whole = match std::str::from_utf8(&pending) {
                    Err(cut) if cut.error_len().is_none() => cut.valid_up_to(),
                    _ => pending.len(),
                };
                let rest = pending.split_off(whole);
                let mut text = into.0.lock().unwrap_or_else(PoisonError::into_inner);
                text.push_str(&String::from_utf8_lossy(&pending).replace('\r', ""));
                pending = rest;
                into.1.notify_all();
            }
            let _ = completed.send(());
        });
        Ok(Self { master, shown, complete, read: 0, child })
    }

    /// Waits until the terminal shows `text` after what was waited for before; returns what it shows up to there.
    pub fn wait_for(&mut self, text: &str) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        let mut shown = self.shown.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(at) = shown[self.read..].find(text) {
                let end = self.read + at + text.len();
                let seen = shown[self.read..end].to_owned();
                self.read = end;
                return Ok(seen);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                bail!("waited in vain for {text:?}; the terminal shows\n{}", *shown);
            }
            shown = self.shown.1.wait_timeout(shown, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Types.
    pub fn enter(&mut self, text: &str) -> Result<()> {
        Ok(self.master.write_all(text.as_bytes())?)
    }

    /// Kills the program at a moment, unless it has ended before.
    pub async fn kill_at(mut self, moment: impl Future<Output = ()>) -> Result<()> {
        tokio::select! {
            () = moment => self.child.kill().await?,
            ended = self.child.wait() => drop(ended?),
        }
        Ok(())
    }

    /// Waits for the end of the program; returns its exit code and all that was shown.
    pub async fn end(mut self) -> Result<(i32, String)> {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.context("it does not end")??;
        // the last words may still be on their way through the terminal
        tokio::time::timeout(PATIENCE, self.complete).await.context("something stays on the terminal")??;
        let shown = self.shown.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok((status.code().context("it ended by a signal")?, shown))
    }
}
