//! The process of a session that works on an isolated copy: the request comes on standard input, events go to standard output.

use crate::open_request::{OpenRequest, OpenedSession, Resume};
use crate::session::open_here;
use crate::worker_message::{OpenedWorker, WorkerInput, WorkerMessage, WorkerRequest, sealed};
use model::SessionKeys;
use protocol::{ErrorInfo, ErrorKind, Event, Submission};
use rustix::stdio;
use secrets::Keychain;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// Lowest number of a descriptor that is none of the standard streams.
const FIRST_OTHER: i32 = 3;

/// Opens the session that standard input asks for, and passes ops and events on until it ends. The end of standard input ends the
/// process at once, as the end of the app would. Must be called within a tokio runtime.
///
/// # Errors
/// Fails when the streams can't be set apart, or the request can't be understood.
pub async fn run() -> io::Result<()> {
    let (mut input, output) = streams()?;
    let mut line = String::new();
    input.read_line(&mut line)?;
    let mut request: WorkerRequest = serde_json::from_str(&line)?;
    let output = Output(Arc::new(Mutex::new(output)));
    if request.version != env!("CARGO_PKG_VERSION") {
        let message = format!("the app is of version {}, and its program of another", request.version);
        let error = ErrorInfo::new(ErrorKind::Other, message).with_hint("start the app again");
        return output.send(&WorkerMessage::Failed { error });
    }
    let (submissions, submitted) = mpsc::channel();
    // from here on its end is heard of, whatever else goes on
    let keys: SessionKeys = sealed(std::mem::take(&mut request.session_keys)).into_iter().collect();
    let table = keys.clone();
    std::thread::spawn(move || read_input(input, &submissions, &table));
    let request = match open_request(request, keys) {
        Ok(request) => request,
        Err(error) => return output.send(&WorkerMessage::Failed { error }),
    };
    let said = output.clone();
    let opened = open_here(request, |event| said.event(event.clone())).await;
    let OpenedSession { id, transcript, config, instructions, submitter, mut events, mcp } = match opened {
        Ok(opened) => opened,
        Err(error) => return output.send(&WorkerMessage::Failed { error }),
    };
    let opened = Box::new(OpenedWorker { id, transcript, config, instructions });
    output.send(&WorkerMessage::Opened { opened })?;
    let (mut servers, said) = (mcp.subscribe(), output.clone());
    servers.mark_changed();
    tokio::spawn(async move {
        while servers.changed().await.is_ok() {
            let servers = servers.borrow_and_update().clone();
            if said.send(&WorkerMessage::Mcp { servers }).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        // a session that has ended takes nothing more
        while submitted.recv().is_ok_and(|submission| submitter.submit_blocking(submission).is_ok()) {}
    });
    while let Ok(event) = events.next().await {
        output.event(event);
    }
    Ok(())
}

/// Reads the input to its end, which ends the process: whoever asked is gone.
fn read_input(input: BufReader<File>, submissions: &mpsc::Sender<Submission>, table: &SessionKeys) {
    for line in input.lines() {
        match line.ok().and_then(|line| serde_json::from_str(&line).ok()) {
            Some(WorkerInput::Submission { submission }) => {
                // one may come too late
                let _ = submissions.send(*submission);
            }
            Some(WorkerInput::Keys { keys }) => table.replace(sealed(keys)),
            None => break,
        }
    }
    std::process::exit(0);
}

fn open_request(request: WorkerRequest, keys: SessionKeys) -> Result<OpenRequest, ErrorInfo> {
    let resume = request.resume.map(Resume::read).transpose();
    let resume = resume.map_err(|error| ErrorInfo::new(ErrorKind::Storage, error.to_string()))?;
    Ok(OpenRequest {
        overrides: request.overrides,
        resume,
        keychain: request.no_keychain.map_or_else(Keychain::open, |why| Keychain::absent(&why)),
        session_keys: keys,
        fallback: request.fallback,
        session_use: request.session_use,
        mcp_wait: Duration::from_millis(request.mcp_wait_ms),
        check: request.check,
        isolated: Some(request.copy),
        ..OpenRequest::new(request.home, request.folder, request.trust)
    })
}

/// Sets the standard streams apart: programs that the session starts inherit none of them.
fn streams() -> io::Result<(BufReader<File>, File)> {
    let own = |stream| Ok::<_, io::Error>(File::from(rustix::io::fcntl_dupfd_cloexec(stream, FIRST_OTHER)?));
    let (input, output) = (own(stdio::stdin())?, own(stdio::stdout())?);
    let null = OpenOptions::new().read(true).open("/dev/null")?;
    stdio::dup2_stdin(&null)?;
    stdio::dup2_stdout(stdio::stderr())?;
    Ok((BufReader::new(input), output))
}

/// Standard output of the process. Clones write the same one, a line at a time.
#[derive(Clone, Debug)]
struct Output(Arc<Mutex<File>>);

impl Output {
    fn send(&self, message: &WorkerMessage) -> io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)
    }

    fn event(&self, event: Event) {
        // whoever listened is gone, and the end of the input ends this process
        let _ = self.send(&WorkerMessage::Event { event: Box::new(event) });
    }
}
