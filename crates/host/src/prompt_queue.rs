//! Queue of prompts of one session.

use crate::api::QueuedPrompt;
use protocol::InputItem;
use view::text::one_line;

/// Longest text of a prompt in a list, in characters.
const MAX_TEXT_CHARS: usize = 300;

/// Prompts in the order in which they are sent.
#[derive(Debug, Default)]
pub(crate) struct PromptQueue {
    prompts: Vec<(u32, Vec<InputItem>)>,
    last: u32,
    /// Whether none is sent before the person says so.
    is_held: bool,
}

impl PromptQueue {
    /// Restores a queue from what [`Self::content`] returned, held. One that cannot be read is empty.
    pub(crate) fn restore(content: &str) -> Self {
        let mut queue = Self::default();
        for items in serde_json::from_str::<Vec<Vec<InputItem>>>(content).unwrap_or_default() {
            queue.push(items);
        }
        queue.is_held = true;
        queue
    }

    /// Returns the queue as text; `None` when it is empty.
    pub(crate) fn content(&self) -> Option<String> {
        let prompts: Vec<_> = self.prompts.iter().map(|(_, items)| items).collect();
        if prompts.is_empty() { None } else { serde_json::to_string(&prompts).ok() }
    }

    /// Adds a prompt at the end.
    pub(crate) fn push(&mut self, items: Vec<InputItem>) {
        self.last += 1;
        self.prompts.push((self.last, items));
    }

    /// Removes a prompt and returns it.
    pub(crate) fn take(&mut self, id: u32) -> Option<Vec<InputItem>> {
        let at = self.prompts.iter().position(|(each, _)| *each == id)?;
        Some(self.prompts.remove(at).1)
    }

    /// Puts the prompts in the order of `ids`. One that is not named is removed.
    pub(crate) fn order(&mut self, ids: &[u32]) {
        let mut before = std::mem::take(&mut self.prompts);
        for id in ids {
            if let Some(at) = before.iter().position(|(each, _)| each == id) {
                self.prompts.push(before.remove(at));
            }
        }
    }

    /// Removes the prompt to be sent next and returns it; `None` while the queue is held.
    pub(crate) fn next(&mut self) -> Option<Vec<InputItem>> {
        if self.is_held || self.prompts.is_empty() { None } else { Some(self.prompts.remove(0).1) }
    }

    /// Holds the queue, or lets it go on.
    pub(crate) fn set_held(&mut self, is_held: bool) {
        self.is_held = is_held && !self.prompts.is_empty();
    }

    /// Reports whether the queue waits for the person.
    pub(crate) fn is_held(&self) -> bool {
        self.is_held && !self.prompts.is_empty()
    }

    /// Reports whether there is nothing to send.
    pub(crate) fn is_empty(&self) -> bool {
        self.prompts.is_empty()
    }

    /// Returns the prompts as a window lists them.
    pub(crate) fn views(&self) -> Vec<QueuedPrompt> {
        let view = |(id, items): &(u32, Vec<InputItem>)| {
            let texts = items.iter().filter_map(|item| match item {
                InputItem::Text { text } => Some(text.as_str()),
                InputItem::Image { .. } => None,
            });
            let text = texts.collect::<Vec<_>>().join("\n");
            let pictures = items.iter().filter(|item| matches!(item, InputItem::Image { .. })).count();
            QueuedPrompt {
                id: *id,
                text: one_line(&text, MAX_TEXT_CHARS),
                pictures: u32::try_from(pictures).unwrap_or(u32::MAX),
            }
        };
        self.prompts.iter().map(view).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(text: &str) -> Vec<InputItem> {
        vec![InputItem::Text { text: text.to_owned() }]
    }

    fn texts(queue: &PromptQueue) -> Vec<String> {
        queue.views().into_iter().map(|prompt| prompt.text).collect()
    }

    #[test]
    fn prompts_are_sent_in_the_order_that_the_person_gives_them() {
        let mut queue = PromptQueue::default();
        for text in ["one", "two", "three"] {
            queue.push(prompt(text));
        }
        let ids: Vec<_> = queue.views().iter().map(|prompt| prompt.id).collect();
        queue.order(&[ids[2], ids[0]]);
        assert_eq!(texts(&queue), ["three", "one"]);
        assert_eq!(queue.take(ids[1]), None);
        assert_eq!(queue.next(), Some(prompt("three")));
        queue.set_held(true);
        assert_eq!(queue.next(), None);
        assert!(queue.is_held());
        queue.set_held(false);
        assert_eq!(queue.next(), Some(prompt("one")));
        assert!(queue.is_empty() && queue.next().is_none());
    }

    #[test]
    fn a_queue_that_was_saved_waits_for_the_person() {
        let mut queue = PromptQueue::default();
        assert_eq!(queue.content(), None);
        queue.push(prompt("one\nmore"));
        queue.push(vec![InputItem::Image { image_url: "data:image/png;base64,".to_owned() }]);
        let mut restored = PromptQueue::restore(&queue.content().unwrap());
        assert!(restored.is_held());
        assert_eq!(restored.next(), None);
        let pictures: Vec<_> = restored.views().iter().map(|prompt| prompt.pictures).collect();
        assert_eq!((texts(&restored), pictures), (vec!["one".to_owned(), String::new()], vec![0, 1]));
        assert!(!PromptQueue::restore("no queue").is_held());
    }
}
