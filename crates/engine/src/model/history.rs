//! The conversation as the model sees it.

use crate::model::vendor::Vendor;
use protocol::{CallId, InputItem, Item, SessionConfig};
use std::fmt::Write as _;
use std::sync::Arc;

/// About how many bytes of text or code a token stands for.
const BYTES_PER_TOKEN: usize = 4;

/// Size an image counts for, in bytes: vendors charge by its size in pixels, about so much.
const IMAGE_BYTES: usize = 6 * 1024;

/// Pictures in one request, which is fewer than a hundred on every wire.
const MAX_PICTURES: usize = 90;

/// Bytes of the pictures in one request: with the rest of it, within the 32 MB that vendors take.
const MAX_PICTURE_BYTES: usize = 20 * 1024 * 1024;

/// The items sent with every request, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    items: Vec<Arc<Item>>,
    /// The vendor that each item came from, as far as that matters: that of reasoning.
    vendors: Vec<Option<Arc<Vendor>>>,
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
        self.push_from(None, Arc::new(item));
    }

    /// Appends an item that came from the vendor of a session with this configuration.
    pub(crate) fn push_from(&mut self, config: Option<&SessionConfig>, item: Arc<Item>) {
        self.bytes += size_of(&item);
        let config = config.filter(|_| matches!(*item, Item::Reasoning { .. }));
        self.vendors.push(config.map(|config| Arc::new(Vendor::of(config))));
        self.items.push(item);
    }

    /// Returns the history as this vendor may see it: without the reasoning that another one sealed.
    pub(crate) fn for_vendor(&self, vendor: &Vendor) -> Self {
        let is_readable = |item: &Item, from: &Option<Arc<Vendor>>| {
            !matches!(item, Item::Reasoning { .. }) || from.as_deref() == Some(vendor)
        };
        if self.items.iter().zip(&self.vendors).all(|(item, from)| is_readable(item, from)) {
            return self.clone();
        }
        let mut shown = Self { measured: self.measured, ..Self::default() };
        for (item, from) in self.items.iter().zip(&self.vendors) {
            if is_readable(item, from) {
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

    /// Bytes of text in all of it.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Reports whether there is a picture in it.
    pub(crate) fn has_pictures(&self) -> bool {
        self.items.iter().any(|item| match &**item {
            Item::UserMessage { content } => {
                content.iter().any(|piece| matches!(piece, InputItem::Image { .. }))
            }
            Item::CallOutput { output, .. } => !output.images.is_empty(),
            _ => false,
        })
    }

    /// Reports whether there is reasoning in it.
    pub(crate) fn has_reasoning(&self) -> bool {
        self.items.iter().any(|item| matches!(**item, Item::Reasoning { .. }))
    }

    /// Puts a note in the place of every picture.
    pub(crate) fn leave_out_pictures(&mut self) {
        self.change(|item| match item {
            Item::UserMessage { content } => {
                let mut number = 0;
                for piece in content {
                    if matches!(piece, InputItem::Image { .. }) {
                        number += 1;
                        *piece = InputItem::text(format!(
                            "[picture {number} of this message was refused by the model or its vendor, and is left out]"
                        ));
                    }
                }
            }
            Item::CallOutput { output, .. } if !output.images.is_empty() => {
                let count = output.images.len();
                output.images.clear();
                // writing to a String cannot fail
                let _ = write!(
                    output.text,
                    "\n[{count} pictures of this answer were refused by the model or its vendor, and are left out]"
                );
            }
            _ => {}
        });
    }

    /// Removes all reasoning.
    pub(crate) fn leave_out_reasoning(&mut self) {
        let is_kept: Vec<bool> =
            self.items.iter().map(|item| !matches!(**item, Item::Reasoning { .. })).collect();
        let mut kept = is_kept.iter();
        self.items.retain(|_| *kept.next().unwrap_or(&true));
        let mut kept = is_kept.iter();
        self.vendors.retain(|_| *kept.next().unwrap_or(&true));
        self.recount();
    }

    fn change(&mut self, change: impl Fn(&mut Item)) {
        for item in &mut self.items {
            change(Arc::make_mut(item));
        }
        self.recount();
    }

    fn recount(&mut self) {
        self.bytes = self.items.iter().map(|item| size_of(item)).sum();
        self.measured = None;
    }

    // calls are answered soon after they are made: looking from the end makes this cheap however long the session
    fn position(&self, id: &CallId) -> Option<usize> {
        self.items.iter().rposition(|item| call_id(item) == Some(id))
    }
}

/// Leaves the newest pictures in a request, as many as vendors take, and puts a note in the place of each that is older.
pub(crate) fn within_picture_limits(mut items: Vec<Arc<Item>>) -> Vec<Arc<Item>> {
    let (mut count, mut bytes) = (0, 0);
    let mut fits = |url: &str| {
        count += 1;
        bytes += url.len();
        count <= MAX_PICTURES && bytes <= MAX_PICTURE_BYTES
    };
    for item in items.iter_mut().rev() {
        let urls: Vec<&str> = match &**item {
            Item::UserMessage { content } => content
                .iter()
                .filter_map(|piece| match piece {
                    InputItem::Image { image_url } => Some(image_url.as_str()),
                    InputItem::Text { .. } => None,
                })
                .collect(),
            Item::CallOutput { output, .. } => output.images.iter().map(String::as_str).collect(),
            _ => continue,
        };
        let mut kept: Vec<bool> = urls.into_iter().rev().map(&mut fits).collect();
        kept.reverse();
        if kept.iter().all(|fits| *fits) {
            continue;
        }
        let mut kept = kept.into_iter();
        match Arc::make_mut(item) {
            Item::UserMessage { content } => {
                for piece in content {
                    if matches!(piece, InputItem::Image { .. }) && !kept.next().unwrap_or(true) {
                        *piece = InputItem::text(OLD_PICTURE);
                    }
                }
            }
            Item::CallOutput { output, .. } => {
                output.images.retain(|_| kept.next().unwrap_or(true));
                output.text.push('\n');
                output.text.push_str(OLD_PICTURE);
            }
            _ => {}
        }
    }
    items
}

/// Note in the place of a picture that is left out.
const OLD_PICTURE: &str = "[an older picture is left out here: no request can hold all of them]";

/// The id of a call; `None` for what is no call.
pub(crate) fn call_id(item: &Item) -> Option<&CallId> {
    match item {
        Item::FunctionCall { call_id, .. } | Item::CustomCall { call_id, .. } => Some(call_id),
        _ => None,
    }
}

pub(crate) fn size_of(item: &Item) -> usize {
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

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::ToolOutput;

    fn pictures(items: &[Arc<Item>]) -> usize {
        let is_picture = |piece: &&InputItem| matches!(piece, InputItem::Image { .. });
        items
            .iter()
            .map(|item| match &**item {
                Item::UserMessage { content } => content.iter().filter(is_picture).count(),
                Item::CallOutput { output, .. } => output.images.len(),
                _ => 0,
            })
            .sum()
    }

    fn message(pictures: usize, url: &str) -> Arc<Item> {
        let image = InputItem::Image { image_url: url.to_owned() };
        Arc::new(Item::UserMessage { content: vec![image; pictures] })
    }

    #[test]
    fn a_request_has_the_newest_pictures_that_vendors_take_and_notes_for_the_others() {
        let output = ToolOutput { images: vec!["data:,".to_owned(); 30], ..ToolOutput::default() };
        let shown = Arc::new(Item::CallOutput { call_id: "c".into(), output, custom: false });
        let items = within_picture_limits(vec![message(40, "data:,"), shown, message(40, "data:,")]);
        assert_eq!(
            items.iter().map(|item| pictures(std::slice::from_ref(item))).collect::<Vec<_>>(),
            [20, 30, 40]
        );
        let Item::UserMessage { content } = &*items[0] else { panic!("{items:?}") };
        // the oldest of them go first
        assert!(content[..20].iter().all(|piece| *piece == InputItem::text(OLD_PICTURE)));

        let large = format!("data:,{}", "x".repeat(MAX_PICTURE_BYTES / 4));
        assert_eq!(pictures(&within_picture_limits(vec![message(5, &large)])), 3);
        let few = vec![message(3, "data:,")];
        assert_eq!(within_picture_limits(few.clone()), few);
    }
}
