//! The conversation as the model sees it.

use crate::model::vendor::Vendor;
use protocol::{CallId, InputItem, Item};
use std::sync::Arc;

/// About how many bytes of text or code a token stands for.
const BYTES_PER_TOKEN: usize = 4;

/// Size an image counts for, in bytes: vendors charge by its size in pixels, about so much.
const IMAGE_BYTES: usize = 6 * 1024;

/// The items sent with every request, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    items: Vec<Arc<Item>>,
    /// The vendor that each item came from, as far as that matters: that of reasoning.
    vendors: Vec<Option<Vendor>>,
    /// Bytes of text in them.
    bytes: usize,
    /// Last token count of the vendor, and the number of bytes at that time.
    measured: Option<(u64, usize)>,
}

impl History {
    pub(crate) fn items(&self) -> &[Arc<Item>] {
        &self.items
    }

    pub(crate) fn into_items(self) -> Vec<Arc<Item>> {
        self.items
    }

    pub(crate) fn push(&mut self, item: Item) {
        self.push_from(None, item);
    }

    /// Appends an item that came from a vendor.
    pub(crate) fn push_from(&mut self, vendor: Option<Vendor>, item: Item) {
        self.bytes += size_of(&item);
        self.vendors.push(vendor.filter(|_| matches!(item, Item::Reasoning { .. })));
        self.items.push(Arc::new(item));
    }

    /// Returns the history as this vendor may see it: without the reasoning that another one sealed.
    pub(crate) fn for_vendor(&self, vendor: &Vendor) -> Self {
        let mut shown = Self { measured: self.measured, ..Self::default() };
        for (item, from) in self.items.iter().zip(&self.vendors) {
            if !matches!(**item, Item::Reasoning { .. }) || from.as_ref() == Some(vendor) {
                shown.bytes += size_of(item);
                shown.items.push(item.clone());
                shown.vendors.push(from.clone());
            }
        }
        shown
    }

    /// Takes note of how many tokens the vendor says all this is.
    pub(crate) fn measured(&mut self, tokens: u64) {
        self.measured = Some((tokens, self.bytes));
    }

    /// About how many tokens a request with all this has: what the vendor counted, and a quarter of the bytes since.
    pub(crate) fn estimated_tokens(&self) -> u64 {
        let (tokens, bytes) = self.measured.unwrap_or_default();
        tokens + (self.bytes.saturating_sub(bytes) / BYTES_PER_TOKEN) as u64
    }

    pub(crate) fn push_user(&mut self, content: Vec<InputItem>) {
        self.push(Item::UserMessage { content });
    }

    /// Reports whether there is a call of this id.
    pub(crate) fn has_call(&self, id: &CallId) -> bool {
        self.position(id).is_some()
    }

    /// Places an output right after the call it answers, so that the next request is valid whatever came in between (B7).
    pub(crate) fn answer(&mut self, output: Item) {
        let at = match &output {
            Item::CallOutput { call_id, .. } => self.position(call_id),
            _ => None,
        };
        self.bytes += size_of(&output);
        match at {
            Some(at) => {
                self.items.insert(at + 1, Arc::new(output));
                self.vendors.insert(at + 1, None);
            }
            None => {
                self.items.push(Arc::new(output));
                self.vendors.push(None);
            }
        }
    }

    /// Takes off reasoning that led to nothing: vendors refuse a request that ends in it.
    pub(crate) fn drop_trailing_reasoning(&mut self) {
        while matches!(self.items.last().map(AsRef::as_ref), Some(Item::Reasoning { .. })) {
            self.vendors.pop();
            if let Some(item) = self.items.pop() {
                self.bytes -= size_of(&item);
            }
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

fn size_of(item: &Item) -> usize {
    match item {
        Item::UserMessage { content } => content
            .iter()
            .map(|piece| match piece {
                InputItem::Text { text } => text.len(),
                InputItem::Image { .. } => IMAGE_BYTES,
            })
            .sum(),
        Item::Context { text } | Item::AgentMessage { text, .. } => text.len(),
        Item::Reasoning { summary, raw, encrypted, .. } => {
            summary.iter().map(String::len).sum::<usize>()
                + raw.as_ref().map_or(0, String::len)
                + encrypted.as_ref().map_or(0, String::len)
        }
        Item::FunctionCall { name, arguments, .. } => name.len() + arguments.len(),
        Item::CustomCall { name, input, .. } => name.len() + input.len(),
        Item::CallOutput { output, .. } => output.text.len() + output.images.len() * IMAGE_BYTES,
    }
}
