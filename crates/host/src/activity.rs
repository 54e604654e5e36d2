//! Activity of the agents over all open sessions, as it is shown outside of the window.

use crate::api::{InboxItem, InboxKind};
use crate::host::Host;
use crate::lock::lock;
use crate::open_sessions::OpenSession;
use crate::projects::ProjectRecord;
use protocol::{CallId, SessionId};
use view::SessionStatus;
use view::text::one_line;

/// Longest name of a decision, in characters.
const MAX_NAME_CHARS: usize = 80;

/// Activity of the agents over all open sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Count of the sessions that are at work and wait for nobody.
    pub working: u32,
    /// Decisions that wait, the oldest first.
    pub waiting: Vec<WaitingDecision>,
}

/// Decision that waits for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingDecision {
    /// The session that waits.
    pub session: SessionId,
    /// The call to decide about.
    pub call_id: CallId,
    /// Name for a list: the folder, and what is asked.
    pub name: String,
}

impl Activity {
    /// Reports whether no agent works and nothing waits.
    pub fn is_idle(&self) -> bool {
        self.working == 0 && self.waiting.is_empty()
    }

    /// Returns a sentence for people.
    pub fn summary(&self) -> String {
        match (self.waiting.len(), self.working) {
            (0, 0) => "Idle".to_owned(),
            (0, 1) => "1 agent is working".to_owned(),
            (0, working) => format!("{working} agents are working"),
            (1, _) => "1 decision is waiting for you".to_owned(),
            (waiting, _) => format!("{waiting} decisions are waiting for you"),
        }
    }
}

impl Host {
    /// Returns the activity of the agents over all open sessions.
    pub fn activity(&self) -> Activity {
        let working = self.sessions().iter().filter(|(_, open)| is_working(open)).count();
        let items = self.inbox().items();
        let projects = self.projects();
        let waiting = items.into_iter().map(|item| {
            let folder = projects.get(&item.project).map(ProjectRecord::name).unwrap_or_default();
            let name = decision_name(&folder, &item);
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

fn decision_name(folder: &str, item: &InboxItem) -> String {
    let what = match item.kind {
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

    #[test]
    fn what_waits_goes_before_what_works() {
        let decision = WaitingDecision {
            session: SessionId::from("s"),
            call_id: CallId::from("c"),
            name: String::new(),
        };
        let summary =
            |working, waiting| Activity { working, waiting: vec![decision.clone(); waiting] }.summary();
        assert_eq!(summary(0, 0), "Idle");
        assert_eq!(summary(1, 0), "1 agent is working");
        assert_eq!(summary(2, 0), "2 agents are working");
        assert_eq!(summary(2, 1), "1 decision is waiting for you");
        assert_eq!(summary(0, 12), "12 decisions are waiting for you");
    }

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
        let name = decision_name("todo", &item);
        assert!(name.starts_with("todo: Run cargo test") && !name.contains('\n'), "{name}");
        assert_eq!(
            decision_name("todo", &InboxItem { kind: InboxKind::Limit, ..item }),
            "todo: Limit reached"
        );
    }
}
