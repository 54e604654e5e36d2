//! Closing the window: whether the app quits, or agents keep running without it.

use crate::activity::Activity;
use crate::api::{
    BackgroundView, CloseAction, CloseAnswer, CloseQuestionArgs, CloseWindowArgs, CommandError,
    CommandResult, NoArgs, Settings, SettingsChange, StartAtLoginArgs, Update,
};
use crate::blocking::blocking;
use crate::host::Host;
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
    fn begin(&self) -> Option<u32> {
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
    fn shown_by_page(&self, request: u32) -> bool {
        self.state.send_if_modified(|state| {
            let is_open = state.last == request && state.asked == Some(Asker::Nobody);
            if is_open {
                state.asked = Some(Asker::Page);
            }
            is_open
        })
    }

    /// Waits until the page asks or a later request began; `false` when neither happens in time. The system asks then.
    async fn is_taken_up(&self, request: u32) -> bool {
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
    fn end(&self) {
        self.state.send_modify(|state| state.asked = None);
    }
}

impl Host {
    /// Closes the window as the person set it: quits, or hides the window while agents are at work, or asks which. A page that does
    /// not ask within two seconds is taken to be hung, and the system's own dialog asks.
    pub async fn request_close(&self) {
        let activity = self.activity();
        match close_action(&self.settings(), &activity) {
            CloseAction::Quit => self.desktop.quit(),
            CloseAction::KeepRunning => self.desktop.hide_window(),
            CloseAction::Ask => self.ask_to_close(&activity).await,
        }
    }

    /// Reports whether the window stays hidden when the system starts the app at login.
    pub fn begins_hidden(&self) -> bool {
        self.settings().close_action == CloseAction::KeepRunning
    }

    async fn ask_to_close(&self, activity: &Activity) {
        let Some(request) = self.close_question.begin() else { return };
        // it may have been closed from a list of windows, and be minimized
        self.desktop.show_window();
        self.subscribers().publish_event(&Update::CloseRequested {
            request,
            working: activity.working,
            waiting: u32::try_from(activity.waiting.len()).unwrap_or(u32::MAX),
            tray: self.desktop.has_tray(),
        });
        if self.close_question.is_taken_up(request).await {
            return;
        }
        tracing::warn!("the page does not ask what closing the window should do; the system's dialog does");
        let answer = self.desktop.ask_to_close(activity).await;
        self.close_question.end();
        if let Some(answer) = answer {
            self.close(answer);
        }
    }

    fn close(&self, answer: CloseAnswer) {
        match answer {
            CloseAnswer::KeepRunning => self.desktop.hide_window(),
            CloseAnswer::Quit => self.desktop.quit(),
        }
    }

    #[allow(clippy::unused_async, reason = "the table calls all of them alike")]
    pub(crate) async fn close_question_shown(&self, args: CloseQuestionArgs) -> CommandResult<bool> {
        Ok(self.close_question.shown_by_page(args.request))
    }

    pub(crate) async fn close_window(&self, args: CloseWindowArgs) -> CommandResult<()> {
        self.close_question.end();
        if args.remember {
            let change =
                SettingsChange { close_action: Some(args.answer.into()), ..SettingsChange::default() };
            self.save_settings(change).await?;
        }
        self.close(args.answer);
        Ok(())
    }

    #[allow(clippy::unused_async, reason = "the table calls all of them alike")]
    pub(crate) async fn quit(&self, _: NoArgs) -> CommandResult<()> {
        self.desktop.quit();
        Ok(())
    }

    pub(crate) async fn background(&self, _: NoArgs) -> CommandResult<BackgroundView> {
        let desktop = self.desktop.clone();
        blocking(move || BackgroundView {
            tray: desktop.has_tray(),
            start_at_login: desktop.starts_at_login(),
        })
        .await
    }

    pub(crate) async fn set_start_at_login(&self, args: StartAtLoginArgs) -> CommandResult<BackgroundView> {
        let desktop = self.desktop.clone();
        blocking(move || desktop.set_start_at_login(args.on)).await?.map_err(CommandError::new)?;
        self.background(NoArgs {}).await
    }
}

/// Returns what closing the window does: with nothing at work it quits, whatever is set.
fn close_action(settings: &Settings, activity: &Activity) -> CloseAction {
    if activity.is_idle() { CloseAction::Quit } else { settings.close_action }
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
