//! Pieces that texts and events are streamed in.

use serde_json::Value;

/// An event that names its type.
pub(super) fn named_event(event: &Value) -> String {
    let name = event["type"].as_str().unwrap_or_default();
    format!("event: {name}\ndata: {event}\n\n")
}

/// A text in the pieces it is streamed in.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(' ')
}

/// Arguments in two pieces, cut where no string need be whole.
pub(super) fn halves(arguments: &str) -> [&str; 2] {
    let (first, second) = arguments.split_at(arguments.ceil_char_boundary(arguments.len() / 2));
    [first, second]
}
