//! Sessions on isolated copies. Each is opened in a process of its own, in a namespace where the copy is mounted at the folder's path: all
//! that reads, writes or runs there has the copy before it, and nothing of it can reach the folder.

use crate::copies;
use crate::driver::{Events, Submitter, handle};
use crate::mcp::McpStatusTable;
use crate::open_request::{OpenRequest, OpenedSession};
use crate::worker_message::{OpenedWorker, WorkerInput, WorkerMessage, WorkerRequest, exposed};
use exec::Executor;
use protocol::{CopyId, ErrorInfo, ErrorKind, Event, EventMsg, Submission};
use secrets::Secret;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Names the program that sessions on isolated copies run in, for tests and packages that keep it elsewhere.
const PROGRAM_VARIABLE: &str = "COUNTERSIGN_PROGRAM";

/// That program's file name, and the command of it that opens a session.
const PROGRAM: &str = "countersign";
const WORKER: &str = "session-worker";

/// Time that a worker has to end by itself once nothing more is asked of it.
const GRACE: Duration = Duration::from_secs(3);

/// Maximum size of what a worker that failed is quoted with, in bytes.
const MAX_SAID: usize = 8 * 1024;

/// A worker that was started.
struct StartedWorker {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// Beginning of what it says on its stderr, once that has ended.
    said: JoinHandle<Vec<u8>>,
}

/// Opens a session on an isolated copy.
pub(crate) async fn open(
    request: OpenRequest,
    copy: CopyId,
    mut on_event: impl FnMut(&Event),
) -> Result<OpenedSession, ErrorInfo> {
    let (home, is_new) = (request.home.clone(), request.resume.is_none());
    let opened = open_worker(request, copy.clone(), &mut on_event).await;
    if opened.is_err() && is_new {
        let unused = tokio::task::spawn_blocking(move || copies::remove_unused(&home, &copy));
        // what could not be removed is listed
        let _ = unused.await;
    }
    opened
}

async fn open_worker(
    request: OpenRequest,
    copy: CopyId,
    on_event: &mut impl FnMut(&Event),
) -> Result<OpenedSession, ErrorInfo> {
    let home = request.home.clone();
    let mut keys = request.session_keys.subscribe();
    keys.borrow_and_update();
    let mut worker = start(request, copy.clone()).await?;
    let (opened, mcp) = loop {
        match worker.next().await {
            Some(WorkerMessage::Event { event }) => on_event(&event),
            Some(WorkerMessage::Opened { opened }) => break (opened, McpStatusTable::default()),
            Some(WorkerMessage::Failed { error }) => {
                worker.end().await;
                return Err(error);
            }
            Some(WorkerMessage::Mcp { .. }) => {}
            None => return Err(worker.failure().await),
        }
    };
    let OpenedWorker { id, transcript, config, instructions } = *opened;
    let session = id.clone();
    let noted = tokio::task::spawn_blocking(move || copies::note_session(&home, &copy, &session)).await;
    if let Err(error) = noted.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
        worker.end().await;
        // whose copy it is must be known
        let message = format!("the session of the isolated copy could not be noted: {error}");
        return Err(ErrorInfo::new(ErrorKind::Storage, message));
    }
    let (agent, submissions, events_tx) = handle::pair();
    let (submitter, events): (Submitter, Events) = agent.split();
    // the worker has submitted the configuration as number one
    submitter.number_from(2);
    tokio::spawn(relay(worker, (submissions, keys), events_tx, mcp.clone()));
    Ok(OpenedSession { id, transcript, config, instructions, submitter, events, mcp })
}

/// Starts the worker of a session, and tells it which one.
async fn start(request: OpenRequest, copy: CopyId) -> Result<StartedWorker, ErrorInfo> {
    let missing = |what: &str| {
        ErrorInfo::new(ErrorKind::Sandbox, format!("isolated copies need {what}, which was not found"))
            .with_hint("install the app again; on Linux, both programs lie beside the app")
    };
    let helper = Executor::find_helper().ok_or_else(|| missing("countersign-sandbox"))?;
    let program = find_program().ok_or_else(|| missing(PROGRAM))?;
    let (home, folder) = (request.home.clone(), request.folder.clone());
    let prepared = tokio::task::spawn_blocking(move || {
        // the helper takes it before it mounts anything, for as long as the worker lives; this says so in better words
        drop(copies::lock(&home, &copy)?);
        let overlay = copies::open(&home, &copy, &folder)?;
        Ok::<_, ErrorInfo>((overlay, copies::lock_file(&home, &copy), copy))
    });
    let broken = |error: &dyn std::fmt::Display| {
        ErrorInfo::new(ErrorKind::Sandbox, format!("the isolated session could not be started: {error}"))
    };
    let (overlay, lock, copy) = prepared.await.map_err(|error| broken(&error))??;
    let mut command =
        exec::in_view(&helper, &overlay, Some(&lock), program.as_os_str()).map_err(|error| broken(&error))?;
    command.arg(WORKER).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // what a terminal sends to stop a program is for this one, which tells the session
    command.process_group(0).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| broken(&error))?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut input), Some(output), Some(stderr)) = pipes else {
        return Err(broken(&"it has no pipes"));
    };
    // it must never wait for somebody to read what it says
    let said = tokio::spawn(log_lines(BufReader::new(stderr)));
    let mut line = serde_json::to_vec(&asked(request, copy)).map_err(|error| broken(&error))?;
    line.push(b'\n');
    // one that has ended already says why
    let _ = input.write_all(&line).await;
    Ok(StartedWorker { child, input, output: BufReader::new(output).lines(), said })
}

fn asked(request: OpenRequest, copy: CopyId) -> WorkerRequest {
    WorkerRequest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        session_keys: exposed(&request.session_keys.all()),
        no_keychain: request.keychain.absence().map(str::to_owned),
        home: request.home,
        folder: request.folder,
        trust: request.trust,
        overrides: request.overrides,
        copy,
        resume: request.resume.map(|resume| resume.path),
        fallback: request.fallback,
        session_use: request.session_use,
        mcp_wait_ms: u64::try_from(request.mcp_wait.as_millis()).unwrap_or(u64::MAX),
        check: request.check,
    }
}

/// Finds the program that has the worker: where `COUNTERSIGN_PROGRAM` says, or beside the running executable, or in the folder above.
fn find_program() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(PROGRAM_VARIABLE).filter(|path| !path.is_empty()) {
        return std::path::absolute(path).ok().filter(|path| path.is_file());
    }
    let own = std::env::current_exe().ok()?;
    own.ancestors().skip(1).take(2).map(|dir| dir.join(PROGRAM)).find(|path| path.is_file())
}

impl StartedWorker {
    /// Returns what the worker says next; `None` at its end, and when it is not understood.
    async fn next(&mut self) -> Option<WorkerMessage> {
        let line = self.output.next_line().await.ok()??;
        serde_json::from_str(&line).inspect_err(|error| tracing::error!(%error, "a session's worker")).ok()
    }

    /// Returns the reason that the worker did not open the session.
    async fn failure(mut self) -> ErrorInfo {
        let _ = self.child.kill().await;
        let said = self.said.await.unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let why = exec::view_failure(&said).unwrap_or_else(|| said.trim().to_owned());
        let why = if why.is_empty() { "its process has ended".to_owned() } else { why };
        ErrorInfo::new(ErrorKind::Sandbox, format!("the isolated session could not be opened: {why}"))
            .with_hint("`countersign doctor` shows whether this machine has overlays")
    }

    /// Ends the worker, which holds the copy until then.
    async fn end(mut self) {
        drop(self.input);
        if tokio::time::timeout(GRACE, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

/// Passes ops and events on, until the session ends or nobody is left who asks.
async fn relay(
    worker: StartedWorker,
    (mut submissions, mut keys): (mpsc::Receiver<Submission>, watch::Receiver<BTreeMap<String, Secret>>),
    events: mpsc::UnboundedSender<Event>,
    mcp: McpStatusTable,
) {
    let StartedWorker { mut child, input, mut output, said: _ } = worker;
    let (mut input, mut last) = (Some(input), None);
    loop {
        tokio::select! {
            submission = submissions.recv(), if input.is_some() => {
                let passed = match (&mut input, submission) {
                    (Some(input), Some(submission)) => {
                        let submission = Box::new(submission);
                        pass(input, &WorkerInput::Submission { submission }).await
                    }
                    _ => false,
                };
                // the end of its input ends the worker
                input.take_if(|_| !passed);
            }
            Ok(()) = keys.changed(), if input.is_some() => {
                let keys = exposed(&keys.borrow_and_update());
                if let Some(input) = &mut input {
                    // one that has ended needs none
                    let _ = pass(input, &WorkerInput::Keys { keys }).await;
                }
            }
            line = output.next_line() => {
                let Ok(Some(line)) = line else { break };
                match serde_json::from_str(&line) {
                    Ok(WorkerMessage::Event { event }) if event.msg == EventMsg::ShutdownComplete => {
                        last = Some(*event);
                    }
                    // nobody listening is no reason to stop: the transcript is what counts
                    Ok(WorkerMessage::Event { event }) => drop(events.send(*event)),
                    Ok(WorkerMessage::Mcp { servers }) => mcp.replace(servers),
                    Ok(WorkerMessage::Opened { .. } | WorkerMessage::Failed { .. }) => {}
                    Err(error) => tracing::error!(%error, "a session's worker is not understood"),
                }
            }
        }
    }
    if tokio::time::timeout(GRACE, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
    // whoever hears that the session has ended can open another one on the copy
    if let Some(last) = last {
        let _ = events.send(last);
    }
}

async fn pass(input: &mut ChildStdin, said: &WorkerInput) -> bool {
    // made of strings, numbers and lists: it always serialises
    let Ok(mut line) = serde_json::to_vec(said) else { return false };
    line.push(b'\n');
    input.write_all(&line).await.is_ok()
}

/// Logs what a worker says, and returns the beginning of it.
async fn log_lines(mut stderr: BufReader<ChildStderr>) -> Vec<u8> {
    let (mut said, mut line) = (Vec::new(), Vec::new());
    while stderr.read_until(b'\n', &mut line).await.is_ok_and(|count| count > 0) {
        tracing::warn!(line = %String::from_utf8_lossy(&line).trim_end(), "from an isolated session");
        if said.len() < MAX_SAID {
            said.extend_from_slice(&line);
        }
        line.clear();
    }
    said.truncate(MAX_SAID);
    said
}
