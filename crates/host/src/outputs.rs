//! What commands printed, kept for the person who wants to read all of it: bounded for each command and in all.

use protocol::{CallId, EventMsg, SessionId, Truncation};
use std::collections::{HashMap, VecDeque};
use view::output::Plain;

/// Bytes kept of one command: the beginning, as far as the agent sends it.
const MAX_COMMAND_BYTES: usize = 1024 * 1024;
/// Bytes kept of all commands; the oldest are let go.
const MAX_ALL_BYTES: usize = 32 * 1024 * 1024;

type Key = (SessionId, CallId);

/// The outputs of all sessions.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    kept: HashMap<Key, Kept>,
    /// The order they began in.
    order: VecDeque<Key>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Kept {
    text: String,
    plain: Plain,
}

impl Outputs {
    /// Takes in what a session says.
    pub(crate) fn take_in(&mut self, session: &SessionId, msg: &EventMsg) {
        match msg {
            EventMsg::ExecCommandBegin { call_id, .. } => self.begin(session, call_id),
            EventMsg::ExecCommandOutputDelta { call_id, chunk, .. } => self.push(session, call_id, chunk),
            EventMsg::ExecCommandEnd { call_id, output, end } => {
                self.end(session, call_id, output, end.truncation);
            }
            EventMsg::ToolCallBegin { invocation } | EventMsg::McpToolCallBegin { invocation } => {
                self.begin(session, &invocation.call_id);
            }
            EventMsg::ToolCallEnd { call_id, result } | EventMsg::McpToolCallEnd { call_id, result } => {
                self.end(session, call_id, &result.output, result.truncation);
            }
            _ => {}
        }
    }

    /// A command begins, for the first time or again.
    fn begin(&mut self, session: &SessionId, call: &CallId) {
        let key = (session.clone(), call.clone());
        if let Some(old) = self.kept.insert(key.clone(), Kept::default()) {
            self.bytes -= old.text.len();
        } else {
            self.order.push_back(key);
        }
    }

    /// A command printed something.
    fn push(&mut self, session: &SessionId, call: &CallId, chunk: &str) {
        let Some(kept) = self.kept.get_mut(&(session.clone(), call.clone())) else { return };
        let before = kept.text.len();
        let text = kept.plain.push(chunk);
        let room = MAX_COMMAND_BYTES.saturating_sub(before);
        let cut = (0..=room.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        kept.text.push_str(&text[..cut]);
        self.bytes += kept.text.len() - before;
        self.let_go();
    }

    /// A command ended. What is recorded of it is kept when nothing came while it ran: it is told again after a resume.
    fn end(&mut self, session: &SessionId, call: &CallId, recorded: &str, truncation: Option<Truncation>) {
        if !self.get(session, call).is_some_and(str::is_empty) {
            return;
        }
        let Some(gap) = truncation else { return self.push(session, call, recorded) };
        let (head, tail) = gap.split(recorded);
        self.push(session, call, head);
        self.push(session, call, &view::output::left_out(gap));
        self.push(session, call, tail);
    }

    /// What is kept of a command.
    pub(crate) fn get(&self, session: &SessionId, call: &CallId) -> Option<&str> {
        self.kept.get(&(session.clone(), call.clone())).map(|kept| kept.text.as_str())
    }

    fn let_go(&mut self) {
        while self.bytes > MAX_ALL_BYTES
            && self.order.len() > 1
            && let Some(oldest) = self.order.pop_front()
        {
            self.bytes -= self.kept.remove(&oldest).map_or(0, |kept| kept.text.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_kept_within_bounds() {
        let mut outputs = Outputs::default();
        let session = SessionId::from("s");
        let call = |number: usize| CallId(number.to_string());
        outputs.begin(&session, &call(0));
        outputs.push(&session, &call(0), "\u{1b}[1mone\r");
        outputs.push(&session, &call(0), "\ntwo");
        outputs.end(&session, &call(0), "something else", None);
        assert_eq!(outputs.get(&session, &call(0)), Some("one\ntwo"));

        let half = "é".repeat(MAX_COMMAND_BYTES / 4);
        for number in 1..100 {
            outputs.begin(&session, &call(number));
            (0..3).for_each(|_| outputs.push(&session, &call(number), &half));
        }
        assert!(outputs.bytes <= MAX_ALL_BYTES);
        assert_eq!(outputs.bytes, outputs.kept.values().map(|kept| kept.text.len()).sum::<usize>());
        assert_eq!(outputs.get(&session, &call(0)), None);
        assert_eq!(outputs.get(&session, &call(99)).map(str::len), Some(MAX_COMMAND_BYTES));
    }

    #[test]
    fn what_is_recorded_stands_in_for_what_was_not_streamed() {
        let mut outputs = Outputs::default();
        let (session, call) = (SessionId::from("s"), CallId::from("c"));
        outputs.begin(&session, &call);
        outputs.end(&session, &call, "recorded", None);
        assert_eq!(outputs.get(&session, &call), Some("recorded"));
        outputs.begin(&session, &call);
        assert_eq!(outputs.get(&session, &call), Some(""));
        assert_eq!(outputs.bytes, 0);
    }
}
