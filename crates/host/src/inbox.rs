//! Approvals that wait for the person, over all open sessions.

use crate::api::{InboxItem, InboxKind};
use protocol::{CallId, SessionId};
use std::collections::BTreeMap;

/// Call that waits for a decision.
#[derive(Clone, Debug)]
pub(crate) struct WaitingCall {
    pub(crate) call_id: CallId,
    pub(crate) kind: InboxKind,
    /// Subject of the approval, in one line.
    pub(crate) subject: String,
}

/// Approvals that wait, by session.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    by_session: BTreeMap<SessionId, Vec<InboxItem>>,
}

impl Inbox {
    /// Replaces what waits in a session; an approval that was there before keeps its time, a new one gets `at_ms`. Reports whether
    /// anything changed.
    pub(crate) fn set(
        &mut self,
        session: &SessionId,
        project: &str,
        approvals: &[WaitingCall],
        at_ms: u64,
    ) -> bool {
        let before = self.by_session.get(session).map(Vec::as_slice).unwrap_or_default();
        let is_same = before.len() == approvals.len()
            && before.iter().zip(approvals).all(|(item, call)| {
                item.call_id == call.call_id && item.kind == call.kind && item.subject == call.subject
            });
        if is_same {
            return false;
        }
        let items: Vec<_> = approvals
            .iter()
            .map(|call| {
                let known = before.iter().find(|item| item.call_id == call.call_id);
                InboxItem {
                    session: session.clone(),
                    project: project.to_owned(),
                    call_id: call.call_id.clone(),
                    kind: call.kind,
                    subject: call.subject.clone(),
                    since_ms: known.map_or(at_ms, |item| item.since_ms),
                }
            })
            .collect();
        if items.is_empty() {
            self.by_session.remove(session);
        } else {
            self.by_session.insert(session.clone(), items);
        }
        true
    }

    /// Removes what waits in a session that is open no more. Reports whether anything did.
    pub(crate) fn remove(&mut self, session: &SessionId) -> bool {
        self.by_session.remove(session).is_some()
    }

    /// Returns everything that waits, the oldest first.
    pub(crate) fn items(&self) -> Vec<InboxItem> {
        let mut items: Vec<_> = self.by_session.values().flatten().cloned().collect();
        items.sort_by_key(|item| item.since_ms);
        items
    }

    /// Returns how many approvals wait.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.by_session.values().map(Vec::len).sum::<usize>()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn patch(call: &str) -> WaitingCall {
        WaitingCall { call_id: CallId::from(call), kind: InboxKind::Patch, subject: "src/lib.rs".to_owned() }
    }

    #[test]
    fn approvals_of_all_sessions_wait_in_the_order_they_were_asked_for() {
        let mut inbox = Inbox::default();
        let (one, two) = (SessionId::from("1"), SessionId::from("2"));
        assert!(inbox.set(&two, "p", &[patch("a")], 10));
        assert!(inbox.set(&one, "q", &[patch("b")], 20));
        assert!(!inbox.set(&one, "q", &[patch("b")], 25), "nothing changed");
        assert!(inbox.set(&two, "p", &[patch("a"), patch("c")], 30));
        let waiting: Vec<_> = inbox
            .items()
            .into_iter()
            .map(|item| (item.session.to_string(), item.project, item.call_id.to_string(), item.since_ms))
            .collect();
        let item = |session: &str, project: &str, call: &str, since: u64| {
            (session.to_owned(), project.to_owned(), call.to_owned(), since)
        };
        assert_eq!(waiting, [item("2", "p", "a", 10), item("1", "q", "b", 20), item("2", "p", "c", 30)]);
        assert_eq!(inbox.count(), 3);

        assert!(inbox.set(&two, "p", &[], 40));
        assert!(inbox.remove(&one) && !inbox.remove(&one));
        assert_eq!(inbox.count(), 0);
    }
}
