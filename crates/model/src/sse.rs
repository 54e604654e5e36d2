//! Server-sent events: lines in, events out.
//!
//! Lines come from tokio's codec, bounded and checked to be UTF-8; putting them together is the few rules of the HTML
//! standard, 9.2.6, that matter here. Comments are not events, but they are a sign of life.

/// The longest line, and the most data of one event, that is taken. A completed response repeats everything that was said.
pub(super) const MAX_EVENT_BYTES: usize = 32 * 1024 * 1024;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SseEvent {
    /// Its name, empty when the server gave none.
    pub(super) name: String,
    /// Its data, lines joined by line feeds.
    pub(super) data: String,
    /// The line of the stream its data begins on, counted from 1.
    pub(super) line: u64,
}

/// Puts lines together to events.
#[derive(Debug, Default)]
pub(super) struct SseAssembler {
    event: SseEvent,
    has_data: bool,
    lines: u64,
}

impl SseAssembler {
    /// Takes the next line, without its ending. An empty one ends the event. The error is for people.
    pub(super) fn push(&mut self, line: &str) -> Result<Option<SseEvent>, String> {
        self.lines += 1;
        let line = if self.lines == 1 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return Ok(std::mem::take(&mut self.has_data).then_some(event));
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if self.event.data.len() + value.len() > MAX_EVENT_BYTES {
                    return Err(format!("the event on line {} of the stream is too long", self.event.line));
                }
                if self.has_data {
                    self.event.data.push('\n');
                } else {
                    self.event.line = self.lines;
                    self.has_data = true;
                }
                self.event.data.push_str(value);
            }
            // ids and retry times are for reconnecting, which no model's stream can
            _ => {}
        }
        Ok(None)
    }

    /// Number of lines taken so far.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &str) -> Vec<(String, String, u64)> {
        let mut assembler = SseAssembler::default();
        let events = text.lines().filter_map(|line| assembler.push(line).unwrap());
        events.map(|event| (event.name, event.data, event.line)).collect()
    }

    #[test]
    fn puts_events_together() {
        let text = "\u{feff}event: a\ndata: {\"x\":\ndata:1}\n\n: ping\n\ndata\n\nevent: lost\n\nid: 7\ndata:  two\n\ndata: cut";
        let want = [("a", "{\"x\":\n1}", 2), ("", "", 7), ("", " two", 12)];
        assert_eq!(events(text), want.map(|(name, data, line)| (name.to_owned(), data.to_owned(), line)));
    }
}
