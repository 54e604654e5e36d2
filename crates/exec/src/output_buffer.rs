//! Output of a command in the background, until the model reads it (B17).

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use terminal_text::{Styles, TerminalText};
use tokio::sync::watch;
use tokio::time::timeout;

/// Bytes held between two reads.
const MAX_BUFFERED_BYTES: usize = 1024 * 1024;

/// Silence after which what was printed is read: a line may be printed in pieces.
const SETTLED: Duration = Duration::from_millis(100);

/// Maximum wait for that silence, where the command never stops printing.
const SETTLING: Duration = Duration::from_secs(1);

/// Output of a command in the background that nobody has read yet. Bounded: the last of it is kept, and a read says how much
/// was dropped.
#[derive(Debug)]
pub struct OutputBuffer {
    started: Instant,
    unread: Mutex<Unread>,
    progress: watch::Sender<Progress>,
}

/// Progress of a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes printed so far.
    pub printed: u64,
    /// The command has ended.
    pub ended: bool,
}

#[derive(Debug, Default)]
struct Unread {
    text: VecDeque<u8>,
    /// Bytes that had to go since the last look.
    dropped: u64,
    /// Way it ended, and the time it took.
    ended: Option<(String, Duration)>,
}

impl Default for OutputBuffer {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            unread: Mutex::default(),
            progress: watch::Sender::new(Progress::default()),
        }
    }
}

impl OutputBuffer {
    /// Appends what the command prints.
    pub(super) fn push(&self, text: &str) {
        {
            let mut unread = self.unread();
            let bytes = text.as_bytes();
            let last = &bytes[bytes.len().saturating_sub(MAX_BUFFERED_BYTES)..];
            let overflow = (unread.text.len() + last.len()).saturating_sub(MAX_BUFFERED_BYTES);
            unread.text.drain(..overflow);
            unread.text.extend(last);
            unread.dropped += (bytes.len() - last.len() + overflow) as u64;
        }
        self.progress.send_modify(|progress| progress.printed += text.len() as u64);
    }

    /// Marks the command as ended, in this way.
    pub fn end(&self, how: String) {
        self.unread().ended = Some((how, self.started.elapsed()));
        self.progress.send_modify(|progress| progress.ended = true);
    }

    /// Subscribes to the progress.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Reports whether the command has ended.
    pub fn has_ended(&self) -> bool {
        self.progress.borrow().ended
    }

    /// Waits for output that was not read, and a moment for what comes with it, or for the end of the command.
    pub async fn wait_unread(&self) {
        let mut progress = self.progress();
        // the sender lives as long as `self`: waiting cannot fail
        let _ = progress.wait_for(|progress| progress.ended || self.has_unread()).await;
        let settled =
            async { while !self.has_ended() && timeout(SETTLED, progress.changed()).await.is_ok() {} };
        let _ = timeout(SETTLING, settled).await;
    }

    /// Waits for the end of the command.
    pub async fn wait_ended(&self) {
        let _ = self.progress().wait_for(|progress| progress.ended).await;
    }

    /// Takes the output printed since the last call, after a line on whether the command still runs.
    pub fn take(&self) -> String {
        let mut unread = self.unread();
        let mut text = match &unread.ended {
            Some((how, after)) => format!("ended after {}: {how}\n", seconds(*after)),
            None => format!("still running, for {} now\n", seconds(self.started.elapsed())),
        };
        if unread.dropped > 0 {
            // writing to a string cannot fail
            let _ = writeln!(text, "[... {} bytes before this were not kept ...]", unread.dropped);
        }
        let printed = std::mem::take(&mut unread.text);
        let cut = std::mem::take(&mut unread.dropped) > 0;
        let (first, second) = printed.as_slices();
        let printed = String::from_utf8_lossy(&[first, second].concat()).into_owned();
        // what was let go of may have ended in the middle of a character
        let printed = if cut { printed.trim_start_matches(char::REPLACEMENT_CHARACTER) } else { &printed };
        if printed.is_empty() {
            text.push_str("(nothing printed since the last look)");
        } else {
            text.push_str(&TerminalText::convert(printed, Styles::Dropped));
        }
        text
    }

    fn has_unread(&self) -> bool {
        !self.unread().text.is_empty()
    }

    fn unread(&self) -> MutexGuard<'_, Unread> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b17_what_is_kept_is_bounded_and_what_was_let_go_of_is_said() {
        let buffer = OutputBuffer::default();
        buffer.push("€");
        for _ in 0..3 {
            buffer.push(&"x".repeat(MAX_BUFFERED_BYTES / 2 - 1));
        }
        buffer.push("end");
        let said = buffer.take();
        assert!(said.starts_with("still running, for 0."), "{}", &said[..60]);
        assert!(said.ends_with("xend") && said.len() < MAX_BUFFERED_BYTES + 200, "{}", said.len());
        let dropped = 3 + 3 * (MAX_BUFFERED_BYTES / 2 - 1) + 3 - MAX_BUFFERED_BYTES;
        assert!(said.contains(&format!("[... {dropped} bytes before this were not kept ...]\n")));
        assert!(!said.contains('\u{fffd}'));
        assert!(buffer.take().ends_with("(nothing printed since the last look)"));
        buffer.push("more");
        buffer.end("exit code 3".to_owned());
        let said = buffer.take();
        assert!(said.starts_with("ended after ") && said.ends_with(": exit code 3\nmore"), "{said}");
    }

    #[tokio::test]
    async fn whoever_waits_is_woken_by_output_and_by_the_end() {
        let buffer = OutputBuffer::default();
        let ((), ()) = tokio::join!(buffer.wait_unread(), async { buffer.push("a") });
        buffer.take();
        let ((), ()) = tokio::join!(buffer.wait_unread(), async { buffer.end("exit code 0".to_owned()) });
        buffer.wait_ended().await;
        assert!(buffer.has_ended());
    }
}
