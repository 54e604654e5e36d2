//! A server that is a program: started with nothing inherited, heard on its standard error, ended with all it started.

use crate::config::Transport;
use crate::started_by::ProcessMark;
use crate::stdout;
use rustix::process::{Pid, Signal, kill_process_group};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader, DuplexStream};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Time a server gets to exit after its standard input is closed, as the protocol asks it to.
const END_GRACE: Duration = Duration::from_secs(1);

/// Time a server gets to exit after SIGTERM.
const TERM_GRACE: Duration = Duration::from_millis(500);

/// Maximum wait for the exit status and the last output of a server that is gone.
const EXIT_REASON_TIMEOUT: Duration = Duration::from_millis(500);

/// Bytes kept of the end of its standard error.
const LAST_WORDS_BYTES: usize = 1_000;

/// A running program and its process group. Both end when this is dropped.
///
/// When the app itself is killed nothing of this runs: then the program's standard input is closed by the system, which the
/// protocol makes the sign to end. A program that does not heed it outlives the app.
pub(crate) struct Program {
    child: Child,
    group: Option<Pid>,
    mark: ProcessMark,
    stderr_tail: Arc<Mutex<String>>,
    listener: JoinHandle<()>,
    reader: JoinHandle<()>,
}

impl Program {
    /// Starts the program of a stdio server.
    pub(crate) fn start(
        server: &str,
        transport: &Transport,
    ) -> Result<(Self, DuplexStream, ChildStdin), String> {
        let Transport::Stdio { command, args, env, cwd, .. } = transport else {
            return Err("it is not a program".to_owned());
        };
        let mark = ProcessMark::new();
        let (name, value) = mark.variable();
        let child = Command::new(command)
            .args(args)
            .env_clear()
            .envs(env)
            .env(name, value)
            .current_dir(cwd)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn();
        let mut child = child.map_err(|error| {
            format!(
                "cannot start `{command}` in {}: {error}; is it installed, and on the PATH?",
                cwd.display()
            )
        })?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(format!("cannot start `{command}`: it has no pipes"));
        };
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let stderr_tail = Arc::new(Mutex::new(String::new()));
        let listener =
            tokio::spawn(listen(server.to_owned(), transport.clone(), stderr, stderr_tail.clone()));
        let (stdout, reader) = stdout::of_protocol(server.to_owned(), transport.clone(), stdout);
        Ok((Self { child, group, mark, stderr_tail, listener, reader }, stdout, stdin))
    }

    /// Returns the tail of the server's standard error, to follow a message.
    pub(crate) fn stderr_tail(&self) -> String {
        let words = self.stderr_tail.lock().unwrap_or_else(PoisonError::into_inner);
        if words.is_empty() { String::new() } else { format!("; it said: {}", words.trim_end()) }
    }

    /// Returns the exit reason and the tail of standard error of a program that is ending by itself.
    pub(crate) async fn exit_reason(&mut self) -> String {
        let status = timeout(EXIT_REASON_TIMEOUT, self.child.wait()).await;
        let how = match status {
            Ok(Ok(status)) => in_words(status),
            Ok(Err(_)) | Err(_) => "it closed its output".to_owned(),
        };
        // whatever it started may keep the pipe open
        let _ = timeout(EXIT_REASON_TIMEOUT, &mut self.listener).await;
        how + &self.stderr_tail()
    }

    /// Waits for the end of a program whose standard input is closed, and hastens it.
    pub(crate) async fn end(mut self) {
        if timeout(END_GRACE, self.child.wait()).await.is_err() {
            self.signal(Signal::TERM);
            let _ = timeout(TERM_GRACE, self.child.wait()).await;
        }
        // it may be gone and have left others behind
        self.signal(Signal::KILL);
        let _ = timeout(TERM_GRACE, self.child.wait()).await;
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // no such group is what is wanted
            let _ = kill_process_group(group, signal);
        }
        // those that went into a session of their own
        self.mark.signal(signal);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // what it started, too
        self.signal(Signal::KILL);
        self.listener.abort();
        self.reader.abort();
    }
}

fn in_words(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("it ended with exit code {code}"),
        None => format!("it was ended ({status})"),
    }
}

/// Logs what a server writes to its standard error, and keeps the end of it; without its keys, which are not recognised any more
/// once the end is cut off.
async fn listen(server: String, transport: Transport, stderr: ChildStderr, stderr_tail: Arc<Mutex<String>>) {
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    loop {
        line.clear();
        // a line without end is taken in pieces
        let mut limited = tokio::io::AsyncReadExt::take(&mut stderr, LAST_WORDS_BYTES as u64);
        match limited.read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = transport.scrub(&String::from_utf8_lossy(&line));
        tracing::debug!(server, "{}", text.trim_end());
        let mut words = stderr_tail.lock().unwrap_or_else(PoisonError::into_inner);
        words.push_str(&text);
        let from = words.ceil_char_boundary(words.len().saturating_sub(LAST_WORDS_BYTES));
        words.drain(..from);
    }
}
