//! Messages of a server about calls that are running: how far they are, and what it wanted to ask.

use rmcp::model::{NumberOrString, ProgressNotificationParam, ProgressToken};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Reports kept of calls that nobody listens to yet.
const MAX_EARLY: usize = 64;

/// Questions kept until a call ends.
const MAX_DECLINED: usize = 8;

/// Bytes of a message that are kept.
const MAX_MESSAGE: usize = 1_000;

/// Progress of a call, as its server tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct CallProgress {
    /// Part that is done.
    pub done: f64,
    /// All of it, where that is known.
    pub total: Option<f64>,
    /// Message of the server.
    pub message: Option<String>,
}

/// Reports of one server. A clone is the same.
#[derive(Clone, Default)]
pub(crate) struct CallReports {
    state: Arc<Mutex<ReportState>>,
}

#[derive(Default)]
struct ReportState {
    listeners: HashMap<NumberOrString, watch::Sender<Option<CallProgress>>>,
    /// Reports that came before the number of their call was known here.
    early: VecDeque<(NumberOrString, CallProgress)>,
    declined: Vec<String>,
}

/// Progress of one call; nobody listens any more when this is dropped.
pub(crate) struct ProgressListener {
    reports: CallReports,
    token: NumberOrString,
    pub(crate) latest: watch::Receiver<Option<CallProgress>>,
}

impl CallReports {
    /// Takes in a report. `scrub` removes keys from its words.
    pub(crate) fn progress(&self, told: ProgressNotificationParam, scrub: impl Fn(&str) -> String) {
        let message = told.message.map(|message| bounded(&scrub(&message)));
        let progress = CallProgress { done: told.progress, total: told.total, message };
        let ProgressToken(token) = told.progress_token;
        let mut state = self.state();
        if let Some(listener) = state.listeners.get(&token) {
            // the SDK hears notifications side by side: an earlier one may come later
            listener.send_if_modified(|latest| {
                let is_news = latest.as_ref().is_none_or(|latest| progress.done >= latest.done);
                if is_news {
                    *latest = Some(progress);
                }
                is_news
            });
            return;
        }
        state.early.push_back((token, progress));
        if state.early.len() > MAX_EARLY {
            state.early.pop_front();
        }
    }

    /// Listens to the progress of a call.
    pub(crate) fn listen(&self, token: &ProgressToken) -> ProgressListener {
        let token = token.0.clone();
        let mut state = self.state();
        let early = state.early.iter().filter(|(of, _)| *of == token);
        let early = early.max_by(|(_, one), (_, other)| one.done.total_cmp(&other.done));
        let (sender, mut latest) = watch::channel(early.map(|(_, progress)| progress.clone()));
        latest.mark_changed();
        state.listeners.insert(token.clone(), sender);
        ProgressListener { reports: self.clone(), token, latest }
    }

    /// Notes that the server wanted to ask the person something, and was declined.
    pub(crate) fn declined(&self, question: &str) {
        let mut state = self.state();
        if state.declined.len() < MAX_DECLINED {
            state.declined.push(bounded(question));
        }
    }

    /// Takes the questions that were declined since this was last asked.
    pub(crate) fn take_declined(&self) -> Vec<String> {
        std::mem::take(&mut self.state().declined)
    }

    fn state(&self) -> MutexGuard<'_, ReportState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ProgressListener {
    fn drop(&mut self) {
        let mut state = self.reports.state();
        state.listeners.remove(&self.token);
        state.early.retain(|(token, _)| *token != self.token);
    }
}

fn bounded(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_MESSAGE)].to_owned()
}
