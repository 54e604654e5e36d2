//! Activity of the agents, worked out from the open sessions and told to the desktop.

use crate::activity::{Activity, WaitingDecision};
use crate::api::{InboxItem, InboxKind};
use crate::host::Host;
use crate::lock::lock;
use crate::open_sessions::OpenSession;
use crate::projects::ProjectRecord;
use view::SessionStatus;
use view::text::one_line;

/// Longest name of a decision, in characters.
const MAX_NAME_CHARS: usize = 80;

impl Host {
    /// Returns the activity of the agents over all open sessions.
    pub fn activity(&self) -> Activity {
        let working = self.sessions().iter().filter(|(_, open)| is_working(open)).count();
        let items = self.inbox().items();
        // a tray can be read by every program of the person's, as notifications can
        let tells = self.settings().notify_approval;
        let projects = self.projects();
        let waiting = items.into_iter().map(|item| {
            let folder = projects.get(&item.project).map(ProjectRecord::name).unwrap_or_default();
            let name = decision_name(&folder, &item, tells);
            WaitingDecision { session: item.session, call_id: item.call_id, name }
        });
        Activity { working: u32::try_from(working).unwrap_or(u32::MAX), waiting: waiting.collect() }
    }

    /// Tells the desktop what the agents do, if that changed.
    pub(crate) fn activity_changed(&self) {
        // held meanwhile, so that the desktop is told in the order in which it changed
        let mut shown = lock(&self.shown_activity);
        let activity = self.activity();
        if *shown != activity {
            self.desktop.show_activity(&activity);
            *shown = activity;
        }
    }
}

/// Reports whether an agent goes on by itself: a task runs, or the next one is going to.
fn is_working(open: &OpenSession) -> bool {
    let session = open.timeline.session();
    let has_next = !open.queue.is_empty() && !open.queue.is_held();
    match session.status {
        SessionStatus::Running => true,
        SessionStatus::Idle => session.compacting || has_next,
        SessionStatus::Starting | SessionStatus::Waiting | SessionStatus::Ended => false,
    }
}

/// Names a decision; what it is about is told only if `tells`.
fn decision_name(folder: &str, item: &InboxItem, tells: bool) -> String {
    let what = match item.kind {
        InboxKind::Command if !tells => "A command waits".to_owned(),
        InboxKind::Patch if !tells => "A patch waits".to_owned(),
        InboxKind::Tool if !tells => "A tool waits".to_owned(),
        InboxKind::Command => format!("Run {}", item.subject),
        InboxKind::Patch => format!("Change {}", item.subject),
        InboxKind::Tool => format!("Call {}", item.subject),
        InboxKind::Limit => "Limit reached".to_owned(),
    };
    one_line(&format!("{folder}: {what}"), MAX_NAME_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{CallId, SessionId};

    #[test]
    fn a_decision_is_named_in_one_line() {
        let item = InboxItem {
            session: SessionId::from("s"),
            project: "p".to_owned(),
            call_id: CallId::from("c"),
            kind: InboxKind::Command,
            subject: "cargo test\n  --workspace".to_owned(),
            since_ms: 0,
        };
        assert_eq!(decision_name("todo", &item, false), "todo: A command waits");
        let name = decision_name("todo", &item, true);
        assert!(name.starts_with("todo: Run cargo test") && !name.contains('\n'), "{name}");
        assert_eq!(
            decision_name("todo", &InboxItem { kind: InboxKind::Limit, ..item }, false),
            "todo: Limit reached"
        );
    }
}
