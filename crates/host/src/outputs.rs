//! Output of commands and tools, kept for a person who wants to read all of it. Bounded per call and in total.

use protocol::{CallId, EventMsg, SessionId, Truncation};
use std::collections::{HashMap, VecDeque};
use view::output::OutputText;

/// Bytes kept of one call: the beginning, as far as the agent sends it.
const MAX_COMMAND_BYTES: usize = 1024 * 1024;
/// Bytes kept of all calls; the oldest are dropped.
const MAX_ALL_BYTES: usize = 32 * 1024 * 1024;

type Key = (SessionId, CallId);

/// Outputs of the calls of all sessions.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    calls: HashMap<Key, CallOutput>,
    /// Calls in the order in which they began.
    order: VecDeque<Key>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct CallOutput {
    /// The text that cannot change any more.
    text: String,
    /// The text that may still change, after it.
    live: String,
    /// The lines it stands in, where it is streamed.
    terminal: Option<Box<OutputText>>,
}

impl CallOutput {
    fn bytes(&self) -> usize {
        self.text.len() + self.live.len()
    }
}

impl Outputs {
    /// Records an event of a session.
    pub(crate) fn record(&mut self, session: &SessionId, msg: &EventMsg) {
        match msg {
            EventMsg::ExecCommandBegin { call_id, .. } => self.begin(session, call_id),
            EventMsg::ExecCommandOutputDelta { call_id, chunk, .. } => self.push(session, call_id, chunk),
            EventMsg::ExecCommandEnd { call_id, output, end, .. } => {
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

    /// Starts the output of a call, anew if there was one.
    fn begin(&mut self, session: &SessionId, call: &CallId) {
        let key = (session.clone(), call.clone());
        if let Some(old) = self.calls.insert(key.clone(), CallOutput::default()) {
            self.bytes -= old.bytes();
        } else {
            self.order.push_back(key);
        }
    }

    /// Appends output of a call.
    fn push(&mut self, session: &SessionId, call: &CallId, chunk: &str) {
        let Some(output) = self.calls.get_mut(&(session.clone(), call.clone())) else { return };
        let before = output.bytes();
        let terminal = output.terminal.get_or_insert_default();
        let text = terminal.push(chunk);
        let room = MAX_COMMAND_BYTES.saturating_sub(output.text.len());
        output.text.push_str(&text[..text.floor_char_boundary(room)]);
        output.live = terminal.live();
        let room = MAX_COMMAND_BYTES.saturating_sub(output.text.len());
        output.live.truncate(output.live.floor_char_boundary(room));
        self.bytes = self.bytes + output.bytes() - before;
        self.drop_oldest();
    }

    /// Ends a call. Its recorded output is kept if none was streamed, as after a resume.
    fn end(&mut self, session: &SessionId, call: &CallId, recorded: &str, truncation: Option<Truncation>) {
        let Some(output) = self.calls.get_mut(&(session.clone(), call.clone())) else { return };
        if output.bytes() > 0 {
            return;
        }
        let convert = OutputText::convert_styled;
        output.text = match truncation {
            None => convert(recorded),
            Some(gap) => {
                let (head, tail) = gap.split(recorded);
                format!("{}{}{}", convert(head), view::output::left_out(gap), convert(tail))
            }
        };
        output.text.truncate(output.text.floor_char_boundary(MAX_COMMAND_BYTES));
        self.bytes += output.text.len();
        self.drop_oldest();
    }

    /// Returns the output of a call, as far as it is kept.
    pub(crate) fn get(&self, session: &SessionId, call: &CallId) -> Option<String> {
        self.calls
            .get(&(session.clone(), call.clone()))
            .map(|output| format!("{}{}", output.text, output.live))
    }

    fn drop_oldest(&mut self) {
        while self.bytes > MAX_ALL_BYTES
            && self.order.len() > 1
            && let Some(oldest) = self.order.pop_front()
        {
            self.bytes -= self.calls.remove(&oldest).map_or(0, |output| output.bytes());
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
        outputs.push(&session, &call(0), "\u{1b}[2Kone\r");
        outputs.push(&session, &call(0), "\ntwo");
        outputs.end(&session, &call(0), "something else", None);
        assert_eq!(outputs.get(&session, &call(0)).as_deref(), Some("one\ntwo"));

        let half = "é".repeat(MAX_COMMAND_BYTES / 4);
        for number in 1..100 {
            outputs.begin(&session, &call(number));
            (0..3).for_each(|_| outputs.push(&session, &call(number), &half));
        }
        assert!(outputs.bytes <= MAX_ALL_BYTES);
        assert_eq!(outputs.bytes, outputs.calls.values().map(CallOutput::bytes).sum::<usize>());
        assert_eq!(outputs.get(&session, &call(0)), None);
        assert_eq!(outputs.get(&session, &call(99)).map(|text| text.len()), Some(MAX_COMMAND_BYTES));
    }

    #[test]
    fn what_is_recorded_stands_in_for_what_was_not_streamed() {
        let mut outputs = Outputs::default();
        let (session, call) = (SessionId::from("s"), CallId::from("c"));
        outputs.begin(&session, &call);
        outputs.end(&session, &call, "recorded", None);
        assert_eq!(outputs.get(&session, &call).as_deref(), Some("recorded"));
        outputs.begin(&session, &call);
        assert_eq!(outputs.get(&session, &call).as_deref(), Some(""));
        assert_eq!(outputs.bytes, 0);
    }
}
