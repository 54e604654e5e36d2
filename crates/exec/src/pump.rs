//! From a started process to its end: its output read side by side, its time, and the end of all it started (B17, B18).

use crate::output::{HeadAndTail, MAX_OUTPUT_BYTES, StreamDecoder};
use crate::output_buffer::OutputBuffer;
use crate::process_group;
use engine::ExecOutcome;
use protocol::{EndedBy, ExecEnd, ExecStream};
use rustix::process::{Pid, Signal};
use std::io;
use std::process::ExitStatus;
use std::time::Duration;
use terminal_text::{Styles, TerminalText, without_styles};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Child;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// Bytes said while a command runs, in all; of one in the background, at once.
const MAX_SAID_BYTES: usize = 1024 * 1024;

/// Bytes a command in the background may have said in each further second: it may print for days, and should still be heard,
/// but never flood whoever listens.
const SAID_EACH_SECOND: usize = 32 * 1024;

/// Bytes that one in the background must have gained before it is heard again.
const HEARD_AGAIN_BYTES: usize = 64 * 1024;

/// Bytes of stderr kept to find out why a command failed.
const STDERR_BYTES: usize = 16 * 1024;

/// Bytes read at once.
const READ_BYTES: usize = 32 * 1024;

/// Text this long is said at once; shorter text waits a little for more.
const SAY_BYTES: usize = 8 * 1024;

/// Time limit.
const SAY_AFTER: Duration = Duration::from_millis(20);

/// Time that pipes are read on after the process has ended, when somebody still holds them.
const DRAIN: Duration = Duration::from_millis(300);

/// Time the supervisor may take to end everything before it is ended itself: it asks the command first, and gives it 1.5 s.
const WARDEN_GRACE: Duration = Duration::from_secs(3);

/// Time a process group has to end by itself once it is asked to.
const ASKED_GRACE: Duration = Duration::from_millis(1_500);

/// Time an end may take that cannot be put off.
const KILL_GRACE: Duration = Duration::from_millis(500);

/// The part that ends the processes a command started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// The sandbox's helper; it is asked to.
    Warden,
    /// Nobody else: the process group is killed.
    Bare,
}

/// End of a command.
#[derive(Debug)]
pub(super) enum Ended {
    /// By itself.
    Itself(ExitStatus),
    /// Its time was up.
    TimedOut,
    /// It was cancelled.
    Cancelled,
    /// Its end could not be learnt.
    Lost(String),
}

/// Output of a command.
#[derive(Debug)]
pub(super) struct Captured {
    terminal: TerminalText,
    /// Text of both streams, with its colors.
    all: HeadAndTail,
    /// Text of both streams, without.
    plain: HeadAndTail,
    stderr: String,
    total_bytes: u64,
}

impl Captured {
    fn push(&mut self, text: &str) {
        let done = self.terminal.push(text);
        self.settle(&done);
    }

    fn finish(&mut self) {
        let rest = self.terminal.finish();
        self.settle(&rest);
    }

    fn settle(&mut self, text: &str) {
        self.all.push(text);
        self.plain.push(&without_styles(text));
    }

    /// The end of what it printed to stderr.
    pub(super) fn stderr(&self) -> &str {
        &self.stderr
    }

    /// Returns the outcome of a command that printed this and ended so.
    pub(super) fn outcome(&self, ended_by: EndedBy) -> ExecOutcome {
        let (output, truncation) = self.all.capture();
        let model_output = self.plain.for_model();
        let end = ExecEnd { ended_by, total_bytes: self.total_bytes, truncation, duration_ms: 0 };
        ExecOutcome { end, output, model_output, denied: None }
    }
}

/// Follows `child` to its end. What it prints in the background goes to `buffer` as well, all of it.
pub(super) async fn run(
    mut child: Child,
    group: Group,
    limit: Duration,
    cancel: CancellationToken,
    buffer: Option<&OutputBuffer>,
    on_output: impl FnMut(ExecStream, String) + Send,
) -> (Ended, Captured) {
    let mut out = Pipe::new(ExecStream::Stdout, child.stdout.take());
    let mut err = Pipe::new(ExecStream::Stderr, child.stderr.take());
    let mut sink = OutputSink::new(on_output, buffer);
    let id = child.id();
    // a limit past what the clock can hold is none
    let deadline = Instant::now().checked_add(limit);
    let ended = loop {
        tokio::select! {
            () = cancel.cancelled() => break Ended::Cancelled,
            () = at(deadline) => break Ended::TimedOut,
            status = child.wait() => break match status {
                Ok(status) => Ended::Itself(status),
                Err(error) => Ended::Lost(format!("cannot wait for the command: {error}")),
            },
            bytes = out.read() => sink.take(&mut out, bytes),
            bytes = err.read() => sink.take(&mut err, bytes),
            () = at(sink.due) => sink.say(),
        }
    };
    end_all(&mut child, group, id, &ended).await;
    let drain = async {
        while out.is_open() || err.is_open() {
            tokio::select! {
                bytes = out.read() => sink.take(&mut out, bytes),
                bytes = err.read() => sink.take(&mut err, bytes),
            }
        }
    };
    let _ = timeout(DRAIN, drain).await;
    (ended, sink.finish([out.last(), err.last()]))
}

/// Waits for a time; for ever when there is none.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// Waits until no process of a group is left.
async fn group_is_gone(child: &mut Child, leader: Pid) {
    let _ = child.wait().await;
    process_group::ended(leader).await;
}

/// Ends whatever is left of a command.
async fn end_all(child: &mut Child, group: Group, id: Option<u32>, ended: &Ended) {
    let Some(leader) = id.and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) else { return };
    if group == Group::Warden {
        if matches!(ended, Ended::Itself(_)) {
            // it ended everything before it ended
            return;
        }
        let _ = rustix::process::kill_process(leader, Signal::TERM);
        if timeout(WARDEN_GRACE, child.wait()).await.is_ok() {
            return;
        }
    } else if !matches!(ended, Ended::Itself(_)) {
        // an editor or git cleans up behind itself
        let _ = rustix::process::kill_process_group(leader, Signal::TERM);
        let _ = timeout(ASKED_GRACE, group_is_gone(child, leader)).await;
    }
    // Neither may be there any more, which is what is wanted.
    let _ = rustix::process::kill_process_group(leader, Signal::KILL);
    let _ = child.start_kill();
    let _ = timeout(KILL_GRACE, child.wait()).await;
}

/// One of a command's pipes.
struct Pipe<R> {
    stream: ExecStream,
    reader: Option<R>,
    buffer: Vec<u8>,
    decoder: StreamDecoder,
}

impl<R: AsyncRead + Unpin> Pipe<R> {
    fn new(stream: ExecStream, reader: Option<R>) -> Self {
        Self { stream, reader, buffer: vec![0; READ_BYTES], decoder: StreamDecoder::default() }
    }

    fn is_open(&self) -> bool {
        self.reader.is_some()
    }

    /// Reads once; never ends when the pipe has.
    async fn read(&mut self) -> io::Result<usize> {
        match &mut self.reader {
            Some(reader) => reader.read(&mut self.buffer).await,
            None => std::future::pending().await,
        }
    }

    /// Takes what was left of a character when the pipe ended.
    fn last(mut self) -> (ExecStream, String) {
        (self.stream, self.decoder.finish())
    }
}

/// Keeps what is printed, and says it in pieces of a sensible size.
struct OutputSink<'k, F> {
    on_output: F,
    captured: Captured,
    buffer: Option<&'k OutputBuffer>,
    pending: Option<(ExecStream, String)>,
    due: Option<Instant>,
    /// Bytes that may still be said.
    left: usize,
    /// Bytes that were not said when there were none left.
    unsaid: usize,
    gained: Instant,
}

impl<'k, F: FnMut(ExecStream, String)> OutputSink<'k, F> {
    fn new(on_output: F, buffer: Option<&'k OutputBuffer>) -> Self {
        let captured = Captured {
            terminal: TerminalText::new(Styles::Kept),
            all: HeadAndTail::new(MAX_OUTPUT_BYTES),
            plain: HeadAndTail::new(MAX_OUTPUT_BYTES),
            stderr: String::new(),
            total_bytes: 0,
        };
        let gained = Instant::now();
        Self {
            on_output,
            captured,
            buffer,
            pending: None,
            due: None,
            left: MAX_SAID_BYTES,
            unsaid: 0,
            gained,
        }
    }

    fn take<R: AsyncRead + Unpin>(&mut self, pipe: &mut Pipe<R>, read: io::Result<usize>) {
        match read {
            Ok(0) | Err(_) => pipe.reader = None,
            Ok(count) => {
                self.captured.total_bytes += count as u64;
                let text = pipe.decoder.push(&pipe.buffer[..count]);
                self.keep(pipe.stream, &text);
            }
        }
    }

    fn keep(&mut self, stream: ExecStream, text: &str) {
        if text.is_empty() {
            return;
        }
        self.captured.push(text);
        if stream == ExecStream::Stderr {
            self.captured.stderr.push_str(text);
            let excess = self.captured.stderr.len().saturating_sub(STDERR_BYTES);
            let cut = self.captured.stderr.ceil_char_boundary(excess);
            self.captured.stderr.drain(..cut);
        }
        match self.buffer {
            Some(buffer) => buffer.push(text),
            None if self.unsaid > 0 => return,
            None => {}
        }
        if self.pending.as_ref().is_some_and(|(pending, _)| *pending != stream) {
            self.say();
        }
        let (_, pending) = self.pending.get_or_insert_with(|| (stream, String::new()));
        pending.push_str(text);
        if pending.len() >= SAY_BYTES {
            self.say();
        } else if self.due.is_none() {
            self.due = Some(Instant::now() + SAY_AFTER);
        }
    }

    fn say(&mut self) {
        self.due = None;
        let Some((stream, mut text)) = self.pending.take() else { return };
        if self.buffer.is_some() {
            self.gain();
        }
        if self.unsaid > 0 {
            if self.left < HEARD_AGAIN_BYTES {
                self.unsaid += text.len();
                return;
            }
            text.insert_str(0, &format!("\n[... {} bytes were not shown ...]\n", self.unsaid));
            self.unsaid = 0;
        }
        if text.len() > self.left {
            let cut = text.floor_char_boundary(self.left);
            self.unsaid = text.len() - cut;
            text.truncate(cut);
            text.push_str(match self.buffer {
                None => "\n[... more than 1 MiB; the rest is not shown while it runs ...]\n",
                Some(_) => "\n[... it prints faster than can be shown ...]\n",
            });
        }
        self.left = self.left.saturating_sub(text.len());
        (self.on_output)(stream, text);
    }

    /// More may be said with time.
    fn gain(&mut self) {
        let now = Instant::now();
        let millis = usize::try_from((now - self.gained).as_millis()).unwrap_or(usize::MAX);
        let gain = (SAID_EACH_SECOND / 1024).saturating_mul(millis);
        // what has passed counts once it is worth something, so that many short moments are not lost
        if gain > 0 {
            self.left = self.left.saturating_add(gain).min(MAX_SAID_BYTES);
            self.gained = now;
        }
    }

    fn finish(mut self, rests: [(ExecStream, String); 2]) -> Captured {
        for (stream, text) in rests {
            self.keep(stream, &text);
        }
        self.say();
        self.captured.finish();
        self.captured
    }
}
