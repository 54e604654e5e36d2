//! Closing the window: whether the app quits, or agents keep running without it.

use crate::activity::Activity;
use crate::api::{
    BackgroundView, CloseAction, CloseAnswer, CloseQuestionArgs, CloseWindowArgs, CommandError,
    CommandResult, NoArgs, Settings, SettingsChange, StartAtLoginArgs, Update,
};
use crate::blocking::blocking;
use crate::host::Host;

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
