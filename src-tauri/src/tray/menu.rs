//! Entries of the tray's menu, whatever draws them.

use host::{Activity, SessionId, WaitingDecision};
use tauri::{AppHandle, Manager};

use crate::commands::HostHandle;
use crate::{closing, window};

/// Most decisions that are listed.
const MAX_LISTED: usize = 12;

/// Id of the first decision; those of the other entries are below.
const FIRST_DECISION: i32 = 100;
const SUMMARY: i32 = 1;
const MORE: i32 = 2;
const OPEN: i32 = 3;
const QUIT: i32 = 4;
/// Id of the first line between entries.
const FIRST_LINE: i32 = 10;

/// Entry of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Number that an entry keeps for as long as it is there.
    pub(super) id: i32,
    /// Text; empty for a line between entries.
    pub(super) label: String,
    /// Whether it can be chosen.
    pub(super) enabled: bool,
}

impl Entry {
    fn new(id: i32, label: impl Into<String>) -> Self {
        Self { id, label: label.into(), enabled: true }
    }

    /// Reports whether it is a line between entries.
    pub(super) fn is_line(&self) -> bool {
        self.label.is_empty()
    }
}

/// Action of an entry of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// Shows the window.
    Open,
    /// Shows the window on what waits, with that decision first.
    Decide(Option<(SessionId, host::CallId)>),
    /// Quits the app.
    Quit,
}

/// The menu.
#[derive(Debug, Default)]
pub(super) struct Menu {
    activity: Activity,
    /// Ids of the decisions, which they keep: a menu that is open while another decision comes up still means what it shows.
    listed: Vec<(i32, WaitingDecision)>,
    last_id: i32,
}

impl Menu {
    /// Takes in what the agents do now.
    pub(super) fn set(&mut self, activity: &Activity) {
        self.activity = activity.clone();
        let before = std::mem::take(&mut self.listed);
        for decision in activity.waiting.iter().take(MAX_LISTED) {
            let is_it = |known: &&(i32, WaitingDecision)| {
                known.1.session == decision.session && known.1.call_id == decision.call_id
            };
            let id = before.iter().find(is_it).map_or_else(
                || {
                    self.last_id = (self.last_id + 1).max(FIRST_DECISION);
                    self.last_id
                },
                |known| known.0,
            );
            self.listed.push((id, decision.clone()));
        }
    }

    /// Returns what the agents do.
    pub(super) fn activity(&self) -> &Activity {
        &self.activity
    }

    /// Returns the entries from top to bottom.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let line = |number| Entry { enabled: false, ..Entry::new(FIRST_LINE + number, "") };
        let mut entries =
            vec![Entry { enabled: false, ..Entry::new(SUMMARY, self.activity.summary()) }, line(0)];
        if !self.listed.is_empty() {
            entries.extend(self.listed.iter().map(|(id, decision)| Entry::new(*id, &decision.name)));
            let more = self.activity.waiting.len() - self.listed.len();
            if more > 0 {
                entries.push(Entry::new(MORE, format!("{more} more…")));
            }
            entries.push(line(1));
        }
        entries.push(Entry::new(OPEN, "Open Countersign"));
        entries.push(Entry::new(QUIT, "Quit"));
        entries
    }

    /// Returns what an entry does; `None` for one that is gone or does nothing.
    pub(super) fn choice(&self, id: i32) -> Option<Choice> {
        match id {
            OPEN => Some(Choice::Open),
            QUIT => Some(Choice::Quit),
            MORE => Some(Choice::Decide(None)),
            id => {
                let (_, decision) = self.listed.iter().find(|(known, _)| *known == id)?;
                Some(Choice::Decide(Some((decision.session.clone(), decision.call_id.clone()))))
            }
        }
    }
}

/// Does what an entry stands for.
pub(super) fn choose(app: &AppHandle, choice: Choice) {
    match choice {
        Choice::Open => closing::come_back(app),
        Choice::Decide(first) => {
            window::show(app);
            if let Some(Ok(host)) = app.state::<HostHandle>().host_now() {
                host.reveal_inbox(first);
            }
        }
        Choice::Quit => app.exit(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(call: &str) -> WaitingDecision {
        WaitingDecision {
            session: SessionId::from("s"),
            call_id: host::CallId::from(call),
            name: format!("todo: Run {call}"),
        }
    }

    fn activity(calls: &[&str]) -> Activity {
        Activity { working: 0, waiting: calls.iter().map(|call| decision(call)).collect() }
    }

    #[test]
    fn an_entry_means_what_it_said_when_others_come_and_go() {
        let mut menu = Menu::default();
        menu.set(&activity(&["a", "b"]));
        let id = |menu: &Menu, call: &str| {
            let label = decision(call).name;
            menu.entries().into_iter().find(|entry| entry.label == label).map(|entry| entry.id)
        };
        let b = id(&menu, "b");
        menu.set(&activity(&["b", "c"]));
        assert_eq!(id(&menu, "b"), b);
        assert_ne!(id(&menu, "c"), Some(FIRST_DECISION), "it was another's");
        assert_eq!(menu.choice(FIRST_DECISION), None, "it is gone");
        let chosen = b.and_then(|id| menu.choice(id));
        assert_eq!(chosen, Some(Choice::Decide(Some(("s".into(), "b".into())))));
    }

    #[test]
    fn a_long_list_ends_in_the_number_of_the_others() {
        let mut menu = Menu::default();
        let calls: Vec<_> = (0..30).map(|number| number.to_string()).collect();
        menu.set(&activity(&calls.iter().map(String::as_str).collect::<Vec<_>>()));
        let entries = menu.entries();
        assert_eq!(entries.len(), 2 + MAX_LISTED + 1 + 1 + 2);
        assert_eq!(entries[0].label, "30 decisions are waiting for you");
        let more = entries.iter().find(|entry| entry.label == "18 more…").map(|entry| entry.id);
        assert_eq!(more.and_then(|id| menu.choice(id)), Some(Choice::Decide(None)));
    }
}
