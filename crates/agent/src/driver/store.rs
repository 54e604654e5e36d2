//! The transcript as the driver uses it, and what a session is told about itself.

use super::clock::now_ms;
use super::setup::AgentSetup;
use config::HistoryPersistence;
use config::Home;
use engine::tools::{Editing, tool_specs};
use engine::{ModelFamily, RetryBudget};
use protocol::{ErrorInfo, ErrorKind, EventMsg, Record, SessionConfig, SessionId, SessionMeta};
use std::fs::File;
use std::io::BufReader;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};
use transcript::{PromptHistory, Transcript, TranscriptError, Writer};

/// The transcript of the session that runs.
pub(super) struct SessionTranscript {
    writer: Writer,
    session_id: SessionId,
    is_fork: bool,
}

/// A transcript that was begun or resumed.
pub(super) struct Opened {
    pub(super) store: SessionTranscript,
    /// Its records, when it is resumed.
    pub(super) replay: Option<Replay>,
}

/// The records of a transcript, read on a thread of their own while earlier ones are folded.
pub(super) struct Replay {
    records: mpsc::Receiver<Vec<Record>>,
    reading: JoinHandle<Result<Vec<String>, TranscriptError>>,
}

/// How many batches of records are read ahead.
const AHEAD: usize = 4;

impl Replay {
    fn read(transcript: Transcript<BufReader<File>>, mended: Option<String>) -> Self {
        let (read, records) = mpsc::channel(AHEAD);
        let reading = tokio::task::spawn_blocking(move || {
            // who takes nothing more has ended
            let mut warnings = transcript.records(|some| drop(read.blocking_send(some)))?;
            warnings.extend(mended);
            Ok(warnings)
        });
        Self { records, reading }
    }

    /// The next records; none after the last.
    pub(super) async fn next(&mut self) -> Option<Vec<Record>> {
        self.records.recv().await
    }

    /// Returns what could not be read, for people.
    pub(super) async fn warnings(self) -> Result<Vec<String>, ErrorInfo> {
        done(self.reading.await)
    }
}

impl SessionTranscript {
    /// Resumes the transcript at `resume_path`, or begins one.
    pub(super) async fn open(setup: &AgentSetup, config: &SessionConfig) -> Result<Opened, ErrorInfo> {
        let (home, config) = (setup.home.clone(), config.clone());
        let opened = tokio::task::spawn_blocking(move || match &config.resume_path {
            Some(path) => {
                // locked first: what is read is then all there will ever be but for us
                let writer = Writer::reopen(path)?;
                let transcript = Transcript::open(path)?;
                let is_fork = transcript.meta.forked_from.is_some();
                let store = Self { session_id: transcript.meta.session_id.clone(), writer, is_fork };
                Ok((store, Some(transcript)))
            }
            None => {
                let head = vcs::read_head(&config.cwd);
                let meta = SessionMeta {
                    session_id: config.session_id.clone().unwrap_or_else(new_session_id),
                    at_ms: now_ms(),
                    cwd: config.cwd.clone(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    git_commit: head.commit,
                    git_branch: head.branch,
                    forked_from: None,
                    imported_from: None,
                };
                let writer = Writer::create(&home, &meta)?;
                Ok((Self { writer, session_id: meta.session_id, is_fork: false }, None))
            }
        });
        let (store, transcript) = done(opened.await)?;
        let mended = store.writer.mended().map(str::to_owned);
        Ok(Opened { store, replay: transcript.map(|transcript| Replay::read(transcript, mended)) })
    }

    pub(super) fn session_id(&self) -> SessionId {
        self.session_id.clone()
    }

    /// Whether the session began as a copy of another one.
    pub(super) fn is_fork(&self) -> bool {
        self.is_fork
    }

    pub(super) fn append(&mut self, records: &[Record]) -> Result<(), ErrorInfo> {
        self.writer.append(records).map_err(|error| {
            storage(&error)
                .with_hint("the session stops here; free some space or mend the folder, and open it again")
        })
    }

    pub(super) fn sync(&mut self) -> Result<(), ErrorInfo> {
        self.writer.sync().map_err(|error| storage(&error))
    }

    /// Returns the event that announces the session.
    pub(super) fn announcement(&self, setup: &AgentSetup, config: &SessionConfig) -> EventMsg {
        // a history that cannot be read holds nothing; appending to it will say why. One that is not kept is not begun
        let (history_log_id, history_entry_count) = match setup.config.history {
            HistoryPersistence::None => (0, 0),
            HistoryPersistence::SaveAll => {
                PromptHistory::new(&setup.home).log_id_and_count().unwrap_or_default()
            }
        };
        EventMsg::SessionConfigured {
            session_id: self.session_id.clone(),
            provider: config.provider.clone(),
            model: config.model.clone(),
            cwd: config.cwd.clone(),
            policies: config.policies.clone(),
            check: config.check.clone(),
            reviewer: config.reviewer.clone(),
            isolated: config.isolated.clone(),
            history_log_id,
            history_entry_count,
            rollout_path: self.writer.path().to_owned(),
        }
    }

    pub(super) fn remember_prompt(&self, setup: &AgentSetup, text: &str) -> Result<(), ErrorInfo> {
        if setup.config.history == HistoryPersistence::None {
            return Ok(());
        }
        PromptHistory::new(&setup.home)
            .append(&self.session_id, now_ms(), text)
            .map_err(|error| storage(&error))
    }
}

/// A remembered prompt; `None` when it is not there, or cannot be read.
pub(super) fn history_entry(home: &Home, log_id: u64, offset: u64) -> Option<String> {
    PromptHistory::new(home).get(log_id, offset).ok().flatten()
}

/// Returns the state machine's setup; before a session is open nothing of it is used.
pub(super) fn session_setup(
    setup: &AgentSetup,
    open: Option<(&SessionTranscript, &SessionConfig)>,
) -> engine::Setup {
    let provider = open.and_then(|(_, config)| setup.config.providers.get(&config.provider));
    engine::Setup {
        tools: tool_specs(match open {
            Some((_, config)) if ModelFamily::of(&config.model).prefers_edit() => Editing::Replace,
            _ => Editing::Patch,
        }),
        retry: RetryBudget {
            request: provider.map_or(0, |provider| provider.request_max_retries),
            stream: provider.map_or(0, |provider| provider.stream_max_retries),
        },
        context_window: setup
            .config
            .context_window
            .or_else(|| open.and_then(|(_, config)| setup.model.context_window(&config.model))),
        compact_at_tokens: setup.config.compact_at_tokens,
        cache_key: open.map_or_else(String::new, |(store, _)| store.session_id.0.clone()),
        time_zone: jiff::tz::TimeZone::system(),
    }
}

/// Unwraps the result of a blocking thread.
fn done<T>(joined: Result<Result<T, TranscriptError>, JoinError>) -> Result<T, ErrorInfo> {
    match joined {
        Ok(done) => done.map_err(|error| storage(&error)),
        Err(error) => {
            Err(ErrorInfo::new(ErrorKind::Storage, format!("the transcript could not be opened: {error}")))
        }
    }
}

fn storage(error: &TranscriptError) -> ErrorInfo {
    ErrorInfo::new(ErrorKind::Storage, error.to_string())
}

/// Returns the id of a new session.
fn new_session_id() -> SessionId {
    SessionId(uuid::Uuid::now_v7().to_string())
}
