//! Question what closing the window should do: who asks it, and whether it is decided.

use std::time::Duration;
use tokio::sync::watch;

/// Time in which a page has to ask. One that is hung, or whose process has ended, does not.
const ASK_TIMEOUT: Duration = Duration::from_secs(2);

/// Question what closing the window should do.
pub(crate) struct CloseQuestion {
    state: watch::Sender<QuestionState>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct QuestionState {
    /// Number of the last request to close the window.
    last: u32,
    /// Place where the last request is asked about; `None` when it is decided.
    asked: Option<Asker>,
}

/// Place where the person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asker {
    /// A page, which has not said so yet.
    Nobody,
    /// The page.
    Page,
    /// The system's own dialog.
    System,
}

impl Default for CloseQuestion {
    fn default() -> Self {
        Self { state: watch::Sender::new(QuestionState::default()) }
    }
}

impl CloseQuestion {
    /// Begins a request; `None` while the system's own dialog is open.
    pub(crate) fn begin(&self) -> Option<u32> {
        let mut begun = None;
        self.state.send_modify(|state| {
            if state.asked != Some(Asker::System) {
                state.last = state.last.wrapping_add(1);
                state.asked = Some(Asker::Nobody);
                begun = Some(state.last);
            }
        });
        begun
    }

    /// Records that the page asks. `false` when the request is decided, or asked about elsewhere.
    pub(crate) fn shown_by_page(&self, request: u32) -> bool {
        self.state.send_if_modified(|state| {
            let is_open = state.last == request && state.asked == Some(Asker::Nobody);
            if is_open {
                state.asked = Some(Asker::Page);
            }
            is_open
        })
    }

    /// Waits until the page asks or a later request began; `false` when neither happens in time. The system asks then.
    pub(crate) async fn is_taken_up(&self, request: u32) -> bool {
        let mut state = self.state.subscribe();
        let is_open = |state: &QuestionState| state.last == request && state.asked == Some(Asker::Nobody);
        let taken_up = tokio::time::timeout(ASK_TIMEOUT, state.wait_for(|state| !is_open(state))).await;
        let left_alone = taken_up.is_err()
            && self.state.send_if_modified(|state| {
                let is_open = is_open(state);
                if is_open {
                    state.asked = Some(Asker::System);
                }
                is_open
            });
        !left_alone
    }

    /// Records that the question was answered, or not asked at all.
    pub(crate) fn end(&self) {
        self.state.send_modify(|state| state.asked = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_page_that_does_not_ask_in_time_leaves_it_to_the_system() {
        let question = CloseQuestion::default();
        let request = question.begin().unwrap();
        assert!(!question.is_taken_up(request).await);
        assert!(!question.shown_by_page(request), "it comes too late");
        assert_eq!(question.begin(), None, "it is asked once");
        question.end();
        assert!(question.begin().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn each_request_is_asked_about_by_the_page_that_lives() {
        let question = CloseQuestion::default();
        let first = question.begin().unwrap();
        assert!(question.shown_by_page(first) && question.is_taken_up(first).await);
        // the page hangs with the question on it, and the window is closed again
        let second = question.begin().unwrap();
        assert!(!question.shown_by_page(first));
        assert!(question.is_taken_up(first).await, "the later request is waited for");
        assert!(!question.is_taken_up(second).await);
    }
}
