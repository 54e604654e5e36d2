//! The conversation as the model sees it.

use protocol::{CallId, InputItem, Item, ToolOutput};
use std::sync::Arc;

/// The items sent with every request, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    items: Vec<Arc<Item>>,
}

impl History {
    pub(crate) fn items(&self) -> &[Arc<Item>] {
        &self.items
    }

    pub(crate) fn into_items(self) -> Vec<Arc<Item>> {
        self.items
    }

    pub(crate) fn push(&mut self, item: Item) {
        self.items.push(Arc::new(item));
    }

    pub(crate) fn push_user(&mut self, content: Vec<InputItem>) {
        self.push(Item::UserMessage { content });
    }

    /// Whether a call of this id is there.
    pub(crate) fn has_call(&self, id: &CallId) -> bool {
        self.position(id).is_some()
    }

    /// Places an output right after the call it answers, so that the next request is valid whatever came in between (B7).
    pub(crate) fn answer(&mut self, output: Item) {
        let at = match &output {
            Item::CallOutput { call_id, .. } => self.position(call_id),
            _ => None,
        };
        match at {
            Some(at) => self.items.insert(at + 1, Arc::new(output)),
            None => self.items.push(Arc::new(output)),
        }
    }

    /// Takes off reasoning that led to nothing: vendors refuse a request that ends in it.
    pub(crate) fn drop_trailing_reasoning(&mut self) {
        while matches!(self.items.last().map(AsRef::as_ref), Some(Item::Reasoning { .. })) {
            self.items.pop();
        }
    }

    // calls are answered soon after they are made: looking from the end makes this cheap however long the session
    fn position(&self, id: &CallId) -> Option<usize> {
        self.items.iter().rposition(|item| call_id(item) == Some(id))
    }
}

/// The id of a call; `None` for what is no call.
pub(crate) fn call_id(item: &Item) -> Option<&CallId> {
    match item {
        Item::FunctionCall { call_id, .. } | Item::CustomCall { call_id, .. } => Some(call_id),
        _ => None,
    }
}

/// The answer to a call.
pub(crate) fn output(call_id: CallId, custom: bool, text: String, success: Option<bool>) -> Item {
    Item::CallOutput { call_id, output: ToolOutput { text, success }, custom }
}
