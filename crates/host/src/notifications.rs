//! System notifications: only those that the person asked for, and only while the window has no focus.

use crate::api::Settings;
use crate::desktop::{Desktop, NoteKind, Notification};
use protocol::{AbortReason, ApprovalSubject, Event, EventMsg, ReachedLimit, SessionId};
use std::sync::Arc;
use view::approval::summary;
use view::money::dollars;
use view::text::one_line;

/// Longest body of a notification, in characters.
const MAX_BODY_CHARS: usize = 160;

/// Sender of notifications to the desktop.
pub(crate) struct Notifications {
    desktop: Arc<dyn Desktop>,
}

impl Notifications {
    /// Creates a sender.
    pub(crate) fn new(desktop: Arc<dyn Desktop>) -> Self {
        Self { desktop }
    }

    /// Shows a notification, if the settings ask for its kind and the window has no focus.
    pub(crate) fn notify(&self, notification: Notification, settings: &Settings) {
        if is_wanted(notification.kind, settings) && !self.desktop.focused() {
            self.desktop.notify(notification);
        }
    }
}

/// Returns the notification an event calls for. `project` is the folder's name, `error` the last failure of the session.
pub(crate) fn notification_for(
    event: &Event,
    session: &SessionId,
    project: &str,
    error: Option<&str>,
) -> Option<Notification> {
    if event.replay {
        return None;
    }
    let (kind, what, body) = match &event.msg {
        EventMsg::TaskComplete { last_agent_message, .. } => {
            (NoteKind::TurnComplete, "done", last_agent_message.clone().unwrap_or_default())
        }
        EventMsg::TurnAborted { reason: AbortReason::Failed, .. } => {
            (NoteKind::TurnComplete, "failed", error.unwrap_or_default().to_owned())
        }
        EventMsg::ApprovalRequested { approval } => {
            let what = match &approval.subject {
                ApprovalSubject::Exec { .. } => "may this run?",
                ApprovalSubject::Patch { .. } => "may this be written?",
                ApprovalSubject::Tool { .. } => "may this tool be called?",
            };
            (NoteKind::ApprovalNeeded, what, summary(&approval.subject))
        }
        EventMsg::LimitReached { reached } => {
            (NoteKind::ApprovalNeeded, "may it go on?", limit_text(reached))
        }
        _ => return None,
    };
    Some(Notification {
        title: format!("{project}: {what}"),
        body: one_line(&body, MAX_BODY_CHARS),
        session: session.clone(),
        kind,
    })
}

fn limit_text(reached: &ReachedLimit) -> String {
    let cost = reached.cost.map(|cost| format!(", {}", dollars(cost))).unwrap_or_default();
    format!("The task has used {} tokens{cost}, and reached its limit.", reached.used.total())
}

fn is_wanted(kind: NoteKind, settings: &Settings) -> bool {
    match kind {
        NoteKind::TurnComplete => settings.notify_turn_complete,
        NoteKind::ApprovalNeeded => settings.notify_approval,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{CloseAction, Theme};
    use protocol::{OpId, Policies, TaskId};

    #[track_caller]
    fn check(msg: EventMsg, replay: bool, wanted: bool, expected: Option<(&str, &str)>) {
        let settings = Settings {
            provider: "practice".to_owned(),
            model: "practice".to_owned(),
            reasoning_effort: None,
            policies: Policies::default(),
            theme: Theme::System,
            approve_only_viewed: false,
            task_cost_limit: None,
            task_token_limit: None,
            reviewer: None,
            editor_command: String::new(),
            notify_turn_complete: wanted,
            notify_approval: !wanted,
            close_action: CloseAction::default(),
        };
        let event = Event { seq: 1, id: OpId::default(), at_ms: 0, replay, msg };
        let note = notification_for(&event, &SessionId::from("s"), "todo", Some("no network"))
            .filter(|note| is_wanted(note.kind, &settings));
        assert_eq!(note.as_ref().map(|note| (note.title.as_str(), note.body.as_str())), expected);
    }

    #[test]
    fn a_person_is_told_what_they_asked_to_be_told() {
        let complete = || EventMsg::TaskComplete {
            task_id: TaskId(1),
            last_agent_message: Some("\nFixed it.\nAll tests pass.".to_owned()),
            duration_ms: 1,
        };
        let aborted = |reason| EventMsg::TurnAborted { task_id: TaskId(1), reason };
        check(complete(), false, true, Some(("todo: done", "Fixed it.")));
        check(complete(), true, true, None);
        check(complete(), false, false, None);
        check(aborted(AbortReason::Failed), false, true, Some(("todo: failed", "no network")));
        check(aborted(AbortReason::Interrupted), false, true, None);
        check(EventMsg::ShutdownComplete, false, true, None);
    }
}
