//! Nodes of a snapshot's tree, each known by the hash of its contents.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::str::FromStr;

/// Bits of a mode that are kept: permissions, setuid, setgid, sticky.
pub(crate) const MODE_BITS: u32 = 0o7777;

/// SHA-256 of an object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectHash(#[serde(with = "serde_bytes")] [u8; 32]);

impl ObjectHash {
    /// The hash of a file's content: plain SHA-256.
    pub(crate) fn of_content(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The hash of something else than a file's content; `kind` keeps the two apart.
    pub(crate) fn of_kind(kind: &str, bytes: &[u8]) -> Self {
        Self(Sha256::new().chain_update(kind).chain_update([0]).chain_update(bytes).finalize().into())
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }
}

impl fmt::Display for ObjectHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ObjectHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Names one state of a project's files: two states that are the same have the same id. Written as 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CheckpointId(pub(crate) ObjectHash);

impl fmt::Display for CheckpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CheckpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is no checkpoint's id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no checkpoint's id: 64 hex digits are")]
pub struct NoCheckpointId(String);

impl FromStr for CheckpointId {
    type Err = NoCheckpointId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NoCheckpointId(text.to_owned());
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(ObjectHash(bytes)))
    }
}

/// Reason an entry that exists is not in a checkpoint. Undo leaves such entries alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Unkept {
    /// The file is larger than [`crate::SnapshotLimits::file_bytes`].
    TooLarge,
    /// The files before it, by path, fill [`crate::SnapshotLimits::total_bytes`].
    NoRoom,
    /// It may not be read.
    Unreadable,
    /// It changed each time it was read.
    Unsteady,
    /// It is a pipe, a socket or a device.
    Special,
}

impl fmt::Display for Unkept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "too large",
            Self::NoRoom => "no room left",
            Self::Unreadable => "may not be read",
            Self::Unsteady => "changed while it was read",
            Self::Special => "neither a file, a folder nor a link",
        })
    }
}

/// One thing in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Node {
    /// A folder.
    Dir {
        /// Its mode, without the bits that say what it is.
        mode: u32,
        /// Hash of its tree.
        tree: ObjectHash,
    },
    /// A regular file.
    File {
        /// Its mode, without the bits that say what it is.
        mode: u32,
        /// Its length in bytes.
        size: u64,
        /// Hash of its content.
        content: ObjectHash,
    },
    /// A symbolic link. Nothing ever follows it.
    Link {
        /// Target as it is written.
        #[serde(with = "serde_bytes")]
        target: Vec<u8>,
    },
    /// Something that is there, and not kept.
    Unkept {
        /// Reason.
        why: Unkept,
        /// Its length in bytes.
        size: u64,
        /// Time of the last change, in nanoseconds since the Unix epoch: it tells two states apart.
        modified_ns: i64,
    },
}

impl Node {
    /// Reports whether both are the same, without regard to a folder's contents.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dir { mode, .. }, Self::Dir { mode: other, .. }) => mode == other,
            (one, other) => one == other,
        }
    }

    /// Reports whether it is a folder.
    pub fn is_dir(&self) -> bool {
        matches!(self, Self::Dir { .. })
    }

    /// Returns the reason it is not kept, if it is not.
    pub fn unkept(&self) -> Option<Unkept> {
        match self {
            Self::Unkept { why, .. } => Some(*why),
            _ => None,
        }
    }

    /// The mode, of what has one.
    pub fn mode(&self) -> Option<u32> {
        match self {
            Self::Dir { mode, .. } | Self::File { mode, .. } => Some(*mode),
            Self::Link { .. } | Self::Unkept { .. } => None,
        }
    }

    /// Returns the target of a link.
    pub fn link_target(&self) -> Option<PathBuf> {
        match self {
            Self::Link { target } => Some(PathBuf::from(OsString::from_vec(target.clone()))),
            _ => None,
        }
    }
}

/// Extended attributes of a node, as far as a snapshot kept them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeptAttributes {
    /// The snapshot is of a version that kept none.
    #[default]
    Unknown,
    /// It had none.
    None,
    /// Hash of the stored attributes.
    Stored(ObjectHash),
}

/// Entries of one folder, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tree {
    pub(crate) entries: Vec<TreeEntry>,
    /// Hashes of the attributes of those that have any, by name; written behind the entries. `None` in trees of versions that kept
    /// no attributes.
    #[serde(skip)]
    attributes: Option<BTreeMap<Vec<u8>, ObjectHash>>,
    /// Of each file with several names in the snapshot, the path of the next name: one after the other they lead round. Written
    /// behind the attributes.
    #[serde(skip)]
    links: BTreeMap<Vec<u8>, Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TreeEntry {
    #[serde(with = "serde_bytes")]
    name: Vec<u8>,
    pub(crate) node: Node,
}

impl TreeEntry {
    pub(crate) fn new(name: &OsStr, node: Node) -> Self {
        Self { name: name.as_bytes().to_vec(), node }
    }

    pub(crate) fn name(&self) -> &OsStr {
        OsStr::from_bytes(&self.name)
    }
}

impl Tree {
    pub(crate) const KIND: &str = "tree";

    pub(crate) fn new(mut entries: Vec<TreeEntry>, attributes: Vec<(OsString, ObjectHash)>) -> Self {
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let attributes = attributes.into_iter().map(|(name, hash)| (name.into_vec(), hash)).collect();
        Self { entries, attributes: Some(attributes), links: BTreeMap::new() }
    }

    /// Adds the next name of each file with several.
    pub(crate) fn with_links(mut self, links: Vec<(OsString, PathBuf)>) -> Self {
        let links = links.into_iter().map(|(name, next)| (name.into_vec(), next.into_os_string().into_vec()));
        self.links = links.collect();
        self
    }

    /// Returns the next name of an entry that has several.
    pub(crate) fn link(&self, name: &OsStr) -> Option<PathBuf> {
        let next = self.links.get(name.as_bytes())?;
        Some(PathBuf::from(OsString::from_vec(next.clone())))
    }

    /// Returns the tree as bytes, with its hash.
    pub(crate) fn encoded(&self) -> (ObjectHash, Vec<u8>) {
        // cannot fail: a tree holds nothing postcard does not know, and memory is all it needs
        let mut bytes = postcard::to_stdvec(self).unwrap_or_default();
        if let Some(attributes) = &self.attributes {
            bytes.extend(postcard::to_stdvec(&(attributes, &self.links)).unwrap_or_default());
        }
        (ObjectHash::of_kind(Self::KIND, &bytes), bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, postcard::Error> {
        let (tree, rest): (Self, _) = postcard::take_from_bytes(bytes)?;
        if rest.is_empty() {
            return Ok(tree);
        }
        let (attributes, links) = postcard::from_bytes(rest)?;
        Ok(Self { attributes: Some(attributes), links, ..tree })
    }

    /// Returns the attributes of an entry.
    pub(crate) fn attributes(&self, name: &OsStr) -> KeptAttributes {
        match &self.attributes {
            None => KeptAttributes::Unknown,
            Some(attributes) => attributes
                .get(name.as_bytes())
                .map_or(KeptAttributes::None, |hash| KeptAttributes::Stored(*hash)),
        }
    }

    /// Returns the hashes of all attributes.
    pub(crate) fn attribute_hashes(&self) -> impl Iterator<Item = ObjectHash> {
        self.attributes.iter().flat_map(BTreeMap::values).copied()
    }

    pub(crate) fn get(&self, name: &OsStr) -> Option<&Node> {
        let at = self.entries.binary_search_by(|entry| entry.name.as_slice().cmp(name.as_bytes())).ok()?;
        Some(&self.entries[at].node)
    }
}

/// The outermost object of a checkpoint: the project's folder itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Root {
    /// Counts up when what objects say changes.
    pub(crate) version: u32,
    pub(crate) mode: u32,
    pub(crate) tree: ObjectHash,
}

impl Root {
    pub(crate) const KIND: &str = "checkpoint";
    pub(crate) const VERSION: u32 = 1;
}
