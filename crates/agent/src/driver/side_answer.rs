//! Answers to questions on the side.

use engine::ModelEvent;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use model::StreamEvent;
use protocol::{ErrorInfo, ErrorKind, EventMsg, Item};

/// Reads the answer to its end, and returns it as an event: the text, or why there is none.
pub(super) async fn collect(mut stream: BoxStream<'static, StreamEvent>) -> EventMsg {
    let mut texts = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            StreamEvent::Event(ModelEvent::ItemDone(Item::AgentMessage { text, .. })) => texts.push(text),
            StreamEvent::Event(ModelEvent::Completed { usage, .. }) => {
                let text = texts.join("\n\n");
                if text.trim().is_empty() {
                    return failed("the model gave no answer", "ask again, or ask it in the conversation");
                }
                return EventMsg::SideAnswer { text, usage };
            }
            StreamEvent::Failed(failure) => return EventMsg::Error { error: failure.error },
            _ => {}
        }
    }
    failed("the model's answer ended before it was whole", "ask again")
}

fn failed(message: &str, hint: &str) -> EventMsg {
    EventMsg::Error { error: ErrorInfo::new(ErrorKind::Model, message).with_hint(hint) }
}
