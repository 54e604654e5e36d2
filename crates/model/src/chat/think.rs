//! Thoughts that a server leaves in the text: `<think>..</think>`, or only the end of it, where the server's template begins it.

const BEGIN: &str = "<think>";
const END: &str = "</think>";

/// A piece of what came as text.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    Thought(String),
    Text(String),
}

/// Splits thoughts off a text as it comes.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    place: Place,
    /// Text that may be a part of a mark.
    held: String,
}

#[derive(Debug, Default, PartialEq)]
enum Place {
    /// Before anything but space.
    #[default]
    Start,
    Thought,
    /// Right after the thought: space that parts it from the text is left out.
    After,
    Text,
}

impl Splitter {
    /// Takes more of the text, and returns what is certain of it.
    pub(super) fn push(&mut self, more: &str) -> Vec<Piece> {
        self.held.push_str(more);
        let mut pieces = Vec::new();
        loop {
            match self.place {
                Place::Start => {
                    let begun = self.held.trim_start();
                    if let Some(thought) = begun.strip_prefix(BEGIN) {
                        self.held = thought.trim_start().to_owned();
                        self.place = Place::Thought;
                    } else if BEGIN.starts_with(begun) {
                        return pieces;
                    } else {
                        self.place = Place::Text;
                    }
                }
                Place::Thought => match self.held.find(END) {
                    Some(at) => {
                        let rest = self.held.split_off(at);
                        let thought = std::mem::replace(&mut self.held, rest[END.len()..].to_owned());
                        self.place = Place::After;
                        push(&mut pieces, Piece::Thought(thought));
                    }
                    None => {
                        let certain = self.held.len() - held_back(&self.held);
                        let rest = self.held.split_off(certain);
                        push(&mut pieces, Piece::Thought(std::mem::replace(&mut self.held, rest)));
                        return pieces;
                    }
                },
                Place::After => {
                    self.held = self.held.trim_start().to_owned();
                    if self.held.is_empty() {
                        return pieces;
                    }
                    self.place = Place::Text;
                }
                Place::Text => {
                    push(&mut pieces, Piece::Text(std::mem::take(&mut self.held)));
                    return pieces;
                }
            }
        }
    }

    /// Returns what was held back: the text is over.
    pub(super) fn finish(&mut self) -> Vec<Piece> {
        let held = std::mem::take(&mut self.held);
        let mut pieces = Vec::new();
        match std::mem::replace(&mut self.place, Place::Text) {
            Place::Thought => push(&mut pieces, Piece::Thought(held)),
            Place::After => {}
            Place::Start | Place::Text => push(&mut pieces, Piece::Text(held)),
        }
        pieces
    }
}

fn push(to: &mut Vec<Piece>, piece: Piece) {
    let (Piece::Thought(text) | Piece::Text(text)) = &piece;
    if !text.is_empty() {
        to.push(piece);
    }
}

/// Number of bytes at the end of a text that may be the beginning of the closing mark.
fn held_back(text: &str) -> usize {
    (1..END.len()).rev().find(|len| text.ends_with(&END[..*len])).unwrap_or(0)
}

/// Splits a whole text whose thought was begun by the server's template, so that only its end is marked.
pub(super) fn split_at_end(text: &str) -> Option<(&str, &str)> {
    let (thought, rest) = text.split_once(END)?;
    (!thought.contains(BEGIN)).then(|| (thought.trim(), rest.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thoughts and text of what comes in these pieces.
    fn split(pieces: &[&str]) -> (String, String) {
        let mut splitter = Splitter::default();
        let mut all: Vec<Piece> = pieces.iter().flat_map(|piece| splitter.push(piece)).collect();
        all.extend(splitter.finish());
        let (mut thought, mut text) = (String::new(), String::new());
        for piece in all {
            match piece {
                Piece::Thought(more) => thought.push_str(&more),
                Piece::Text(more) => text.push_str(&more),
            }
        }
        (thought, text)
    }

    #[test]
    fn b9_a_thought_in_the_text_is_split_off_however_it_is_cut() {
        let whole = "<think>\nLet < me </b> see\n</think>\n\nIt is **so**, not <think>.";
        for at in 0..=whole.len() {
            let (thought, text) = split(&[&whole[..at], &whole[at..]]);
            assert_eq!(
                (thought.trim(), text.as_str()),
                ("Let < me </b> see", "It is **so**, not <think>."),
                "{at}"
            );
        }
        let bytes: Vec<String> = whole.chars().map(String::from).collect();
        let bytes: Vec<&str> = bytes.iter().map(String::as_str).collect();
        assert_eq!(split(&bytes).1, "It is **so**, not <think>.");
        assert_eq!(split(&["  <thin"]), (String::new(), "  <thin".to_owned()));
        assert_eq!(split(&["a <think>b</think>"]).1, "a <think>b</think>");
        assert_eq!(split(&["<think>never ends"]), ("never ends".to_owned(), String::new()));
        assert_eq!(split_at_end("hm\n</think>\n\nyes"), Some(("hm", "yes")));
        assert_eq!(split_at_end("it says <think>x</think>"), None);
    }
}
