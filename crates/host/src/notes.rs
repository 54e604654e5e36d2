//! When the system tells the person something: only what they asked to be told, and only while they look elsewhere.

use crate::api::Settings;
use crate::desktop::{NoteKind, Notification};
use protocol::{AbortReason, ApprovalSubject, Event, EventMsg, SessionId};
use view::approval::summary;
use view::text::one_line;

/// Longest body of a notification, in characters.
const MAX_BODY_CHARS: usize = 160;

/// The notification an event calls for, were the person looking elsewhere. `name` is the project's, `error` the last thing that
/// failed.
pub(crate) fn of(
    event: &Event,
    session: &SessionId,
    name: &str,
    error: Option<&str>,
    settings: &Settings,
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
        _ => return None,
    };
    let wanted = match kind {
        NoteKind::TurnComplete => settings.notify_turn_complete,
        NoteKind::ApprovalNeeded => settings.notify_approval,
    };
    wanted.then(|| Notification {
        title: format!("{name}: {what}"),
        body: one_line(&body, MAX_BODY_CHARS),
        session: session.clone(),
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Theme;
    use protocol::{OpId, Policies, TaskId};

    #[track_caller]
    fn check(msg: EventMsg, replay: bool, wanted: bool, expected: Option<(&str, &str)>) {
        let settings = Settings {
            provider: "practice".to_owned(),
            model: "practice".to_owned(),
            reasoning_effort: None,
            policies: Policies::default(),
            theme: Theme::System,
            notify_turn_complete: wanted,
            notify_approval: !wanted,
        };
        let event = Event { seq: 1, id: OpId::default(), at_ms: 0, replay, msg };
        let note = of(&event, &SessionId::from("s"), "todo", Some("no network"), &settings);
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
