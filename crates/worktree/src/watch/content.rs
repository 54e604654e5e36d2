//! Content of files, read only when a diff is asked for.

use crate::node::{Node, ObjectHash, Unkept};
use crate::objects::Objects;
use crate::regular_file::open_regular;
use std::cell::{Cell, OnceCell};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Bytes a file may have to be shown line by line.
pub(super) const MAX_TEXT_BYTES: u64 = 1024 * 1024;

/// Bytes read in all for one diff.
const MAX_READ_BYTES: u64 = 64 * 1024 * 1024;

/// Content of a file or link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Text. One that is no UTF-8 is read as Latin-1, of which every byte is a character.
    Text(String),
    /// Anything else.
    Binary,
    /// A link, by where it leads.
    Link(PathBuf),
    /// More than is shown.
    TooLarge,
}

impl Content {
    /// Returns text where the bytes are some.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Self {
        if bytes.contains(&0) {
            return Self::Binary;
        }
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(error) if is_latin_1(error.as_bytes()) => {
                Self::Text(error.as_bytes().iter().copied().map(char::from).collect())
            }
            Err(_) => Self::Binary,
        }
    }
}

/// Reports whether bytes look like text of one byte for each character: hardly any of them stands for nothing that is printed.
fn is_latin_1(bytes: &[u8]) -> bool {
    let is_control = |byte: &u8| matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f);
    // Windows puts quotes and dashes where Latin-1 has further control characters
    let is_high_control = |byte: &u8| matches!(byte, 0x80..=0x9f);
    !bytes.iter().any(is_control)
        && bytes.iter().filter(|byte| is_high_control(byte)).count() * 20 <= bytes.len()
}

/// Reads contents: from the store, or from the disk what is not stored yet.
#[derive(Debug)]
pub(super) struct Loader<'a> {
    objects: &'a Objects,
    root: &'a Path,
    room: Cell<u64>,
}

impl<'a> Loader<'a> {
    pub(super) fn new(objects: &'a Objects, root: &'a Path) -> Self {
        Self { objects, root, room: Cell::new(MAX_READ_BYTES) }
    }

    fn load(&self, path: &Path, size: u64, hash: &ObjectHash) -> Content {
        if size > MAX_TEXT_BYTES || size > self.room.get() {
            return Content::TooLarge;
        }
        self.room.set(self.room.get() - size);
        let stored = if self.objects.has(hash) { self.objects.content(hash).ok() } else { None };
        stored.or_else(|| read(&self.root.join(path))).map_or(Content::TooLarge, Content::from_bytes)
    }
}

/// Reads a file that may be another thing by now.
fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(path).ok()?.take(MAX_TEXT_BYTES + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= MAX_TEXT_BYTES).then_some(bytes)
}

/// One side of a diff: a file or link, whose content is loaded when it is first asked for.
#[derive(Debug)]
pub(super) struct DiffEntry<'a> {
    pub(super) node: Node,
    path: PathBuf,
    loader: Option<&'a Loader<'a>>,
    content: OnceCell<Content>,
}

impl<'a> DiffEntry<'a> {
    /// Returns the entry of what is at a path; `None` for what no diff shows.
    pub(super) fn new(path: &Path, node: &Node, loader: &'a Loader<'a>) -> Option<Self> {
        let is_shown = match node {
            Node::File { .. } | Node::Link { .. } => true,
            Node::Unkept { why, .. } => matches!(why, Unkept::TooLarge | Unkept::NoRoom),
            Node::Dir { .. } => false,
        };
        is_shown.then(|| Self {
            node: node.clone(),
            path: path.to_owned(),
            loader: Some(loader),
            content: OnceCell::new(),
        })
    }

    /// Returns an entry whose content is known.
    pub(super) fn with_content(node: Node, content: Content) -> Self {
        Self { node, path: PathBuf::new(), loader: None, content: OnceCell::from(content) }
    }

    pub(super) fn content(&self) -> &Content {
        self.content.get_or_init(|| match (&self.node, self.loader) {
            (Node::File { size, content, .. }, Some(loader)) => loader.load(&self.path, *size, content),
            (Node::Link { .. }, _) => self.node.link_target().map_or(Content::TooLarge, Content::Link),
            _ => Content::TooLarge,
        })
    }

    /// Reports whether both hold the same, as far as it is known without reading.
    pub(super) fn has_content_of(&self, other: &Self) -> bool {
        match (&self.node, &other.node) {
            (Node::File { content, .. }, Node::File { content: other, .. }) => content == other,
            (Node::Link { target }, Node::Link { target: other }) => target == other,
            (one, other) => one == other,
        }
    }

    /// Reports whether no diff shows a difference between the two.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.has_content_of(other) && self.git_mode() == other.git_mode()
    }

    /// Returns the mode as git writes it.
    pub(super) fn git_mode(&self) -> &'static str {
        match &self.node {
            Node::Link { .. } => "120000",
            Node::File { mode, .. } if mode & 0o111 != 0 => "100755",
            _ => "100644",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b26_text_of_one_byte_a_character_is_shown_line_by_line() {
        let of = |bytes: &[u8]| Content::from_bytes(bytes.to_vec());
        assert_eq!(of(b"caf\xe9\nna\xefve\n"), Content::Text("café\nnaïve\n".to_owned()));
        assert_eq!(of("✓".as_bytes()), Content::Text("✓".to_owned()));
        for binary in [&b"\x89PNG\r\n\x1a\n"[..], b"a\0b", b"\xff\xfe\x01", &[0x80; 40]] {
            assert_eq!(of(binary), Content::Binary, "{binary:?}");
        }
    }
}
