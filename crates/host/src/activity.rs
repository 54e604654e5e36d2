//! Activity of the agents over all open sessions, as it is shown outside of the window.

use protocol::{CallId, SessionId};

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
}
