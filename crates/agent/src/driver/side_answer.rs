//! Answers to questions on the side.

use engine::ModelEvent;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use model::StreamEvent;
use protocol::{ErrorInfo, ErrorKind, EventMsg, Item};
use tokio_util::sync::CancellationToken;

/// Reads the answer to its end, or until it is stopped, and returns it as an event: the text, or why there is none. What comes of it
/// meanwhile goes to `on_delta`.
pub(super) async fn collect(
    mut stream: BoxStream<'static, StreamEvent>,
    stop: CancellationToken,
    on_delta: impl Fn(String),
) -> EventMsg {
    let (mut texts, mut partial) = (Vec::new(), String::new());
    loop {
        let Some(event) = stop.run_until_cancelled(stream.next()).await else {
            texts.push(partial);
            return EventMsg::SideAnswer { text: joined(&texts), stopped: true, usage: None };
        };
        match event {
            Some(StreamEvent::TextDelta(delta)) => {
                // as the whole answer has them
                if partial.is_empty() && !texts.is_empty() {
                    on_delta("\n\n".to_owned());
                }
                partial.push_str(&delta);
                on_delta(delta);
            }
            Some(StreamEvent::Event(ModelEvent::ItemDone(Item::AgentMessage { text, .. }))) => {
                partial.clear();
                texts.push(text);
            }
            Some(StreamEvent::Event(ModelEvent::Completed { usage, .. })) => {
                let text = joined(&texts);
                if text.trim().is_empty() {
                    return failed("the model gave no answer", "ask again, or ask it in the conversation");
                }
                return EventMsg::SideAnswer { text, stopped: false, usage };
            }
            Some(StreamEvent::Failed(failure)) => return EventMsg::Error { error: failure.error },
            Some(_) => {}
            None => return failed("the model's answer ended before it was whole", "ask again"),
        }
    }
}

fn joined(texts: &[String]) -> String {
    let texts: Vec<_> = texts.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}

fn failed(message: &str, hint: &str) -> EventMsg {
    EventMsg::Error { error: ErrorInfo::new(ErrorKind::Model, message).with_hint(hint) }
}
