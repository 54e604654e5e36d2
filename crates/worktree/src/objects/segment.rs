//! One file of objects: their bytes one after the other, then a table of what is where, sorted by hash.

use crate::error::Error;
use crate::node::ObjectHash;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zstd::bulk::Compressor;

const SUFFIX: &str = ".segment";
const UNFINISHED: &str = ".unfinished";
const MAGIC: &[u8; 8] = b"csgnseg1";

/// Hash, offset, bytes stored, bytes when read (0 for those stored as they are).
const RECORD: usize = 32 + 8 + 8 + 8;

/// At the very end: hash of the table, records in it, the magic again.
const TAIL: usize = 32 + 8 + 8;

/// Level of compression: the fastest that is worth it.
const LEVEL: i32 = 1;

/// Segments under so many bytes are made one, once there are [`MANY`].
pub(super) const SMALL: u64 = 1024 * 1024;
pub(super) const MANY: usize = 64;

pub(super) fn is_finished(name: &OsStr) -> bool {
    name.as_encoded_bytes().ends_with(SUFFIX.as_bytes())
}

pub(super) fn is_unfinished(name: &OsStr) -> bool {
    name.as_encoded_bytes().ends_with(UNFINISHED.as_bytes())
}

/// Finished segments by the names of their files.
pub(super) type Segments = BTreeMap<OsString, Segment>;

/// A finished segment.
#[derive(Debug)]
pub(super) struct Segment {
    path: PathBuf,
    table: Vec<u8>,
}

/// Position of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct ObjectSpan {
    offset: u64,
    stored: u64,
    /// Bytes it has when it is read, of one that is compressed.
    unpacked: u64,
}

impl Segment {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let named = |error: io::Error| format!("{}: {error}", path.display());
        let torn = || format!("{} is torn", path.display());
        let file = File::open(path).map_err(named)?;
        let len = file.metadata().map_err(named)?.len();
        let table_end = len.checked_sub(TAIL as u64).ok_or_else(torn)?;
        let mut tail = [0; TAIL];
        file.read_exact_at(&mut tail, table_end).map_err(named)?;
        let (hash, rest) = tail.split_at(32);
        let (count, magic) = rest.split_at(8);
        let table_len = number(count).checked_mul(RECORD as u64).filter(|_| magic == MAGIC);
        let table_len = table_len.filter(|table_len| *table_len <= table_end).ok_or_else(torn)?;
        let mut table = vec![0; usize::try_from(table_len).map_err(|_| torn())?];
        file.read_exact_at(&mut table, table_end - table_len).map_err(named)?;
        if Sha256::digest(&table).as_slice() != hash {
            return Err(torn());
        }
        Ok(Self { path: path.to_owned(), table })
    }

    pub(super) fn find(&self, hash: &ObjectHash) -> Option<ObjectSpan> {
        let (mut from, mut to) = (0, self.table.len() / RECORD);
        while from < to {
            let middle = usize::midpoint(from, to);
            let record = self.record(middle);
            match record[..32].cmp(hash.bytes()) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
                std::cmp::Ordering::Equal => return Some(place(record)),
            }
        }
        None
    }

    pub(super) fn read(&self, hash: &ObjectHash) -> Result<Option<Vec<u8>>, String> {
        let Some(ObjectSpan { offset, stored, unpacked }) = self.find(hash) else { return Ok(None) };
        let named = |error: io::Error| format!("{}: {error}", self.path.display());
        let size = |bytes: u64| usize::try_from(bytes).map_err(|error| error.to_string());
        let mut bytes = vec![0; size(stored)?];
        File::open(&self.path).map_err(named)?.read_exact_at(&mut bytes, offset).map_err(named)?;
        if unpacked > 0 {
            bytes = zstd::bulk::decompress(&bytes, size(unpacked)?).map_err(named)?;
        }
        Ok(Some(bytes))
    }

    pub(super) fn hashes(&self) -> impl Iterator<Item = ObjectHash> {
        (0..self.table.len() / RECORD).filter_map(|at| ObjectHash::from_slice(&self.record(at)[..32]))
    }

    /// Bytes of all objects.
    pub(super) fn bytes(&self) -> u64 {
        (0..self.table.len() / RECORD).map(|at| place(self.record(at)).stored).sum()
    }

    /// Bytes of the objects that live, and of all.
    pub(super) fn live_bytes(&self, is_live: impl Fn(&ObjectHash) -> bool) -> (u64, u64) {
        let live = self.hashes().filter(|hash| is_live(hash)).filter_map(|hash| self.find(&hash));
        (live.map(|place| place.stored).sum(), self.bytes())
    }

    fn record(&self, at: usize) -> &[u8] {
        &self.table[at * RECORD..(at + 1) * RECORD]
    }
}

/// Reports whether one of the segments has an object.
pub(super) fn have(segments: &Segments, hash: &ObjectHash) -> bool {
    segments.values().any(|segment| segment.find(hash).is_some())
}

fn place(record: &[u8]) -> ObjectSpan {
    ObjectSpan {
        offset: number(&record[32..40]),
        stored: number(&record[40..48]),
        unpacked: number(&record[48..56]),
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A segment that is being written; nothing is made before there is an object to write.
#[derive(Debug)]
pub(crate) struct SegmentWriter<'a> {
    known: Option<&'a Segments>,
    dir: &'a Path,
    open: Option<(BufWriter<File>, PathBuf)>,
    offset: u64,
    places: BTreeMap<ObjectHash, ObjectSpan>,
}

impl<'a> SegmentWriter<'a> {
    pub(super) fn new(known: &'a Segments, dir: &'a Path) -> Self {
        Self { known: Some(known), dir, open: None, offset: 0, places: BTreeMap::new() }
    }

    /// One that also takes what is stored already.
    pub(super) fn new_apart(dir: &'a Path) -> Self {
        Self { known: None, dir, open: None, offset: 0, places: BTreeMap::new() }
    }

    /// Reports whether an object is stored already, here or elsewhere.
    pub(crate) fn has(&self, hash: &ObjectHash) -> bool {
        self.places.contains_key(hash) || self.known.is_some_and(|known| have(known, hash))
    }

    /// Adds an object, unless it is there.
    pub(crate) fn put(&mut self, hash: &ObjectHash, bytes: impl FnOnce() -> Vec<u8>) -> Result<(), Error> {
        if self.has(hash) {
            return Ok(());
        }
        self.append(hash, &Packed::new(bytes()))
    }

    /// Adds an object that was packed elsewhere, unless it is there.
    pub(crate) fn put_packed(&mut self, hash: &ObjectHash, packed: &Packed) -> Result<(), Error> {
        if self.has(hash) { Ok(()) } else { self.append(hash, packed) }
    }

    /// Bytes written so far.
    pub(crate) fn written(&self) -> u64 {
        self.offset
    }

    /// Syncs the segment and publishes it.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        let Some((mut file, path)) = self.open.take() else { return Ok(()) };
        let result = self.seal(&mut file, &path);
        if result.is_err() {
            let _ = fs::remove_file(&path);
        }
        result
    }

    fn seal(&self, file: &mut BufWriter<File>, path: &Path) -> Result<(), Error> {
        let mut table = Vec::with_capacity(self.places.len() * RECORD);
        for (hash, place) in &self.places {
            table.extend_from_slice(hash.bytes());
            for number in [place.offset, place.stored, place.unpacked] {
                table.extend_from_slice(&number.to_le_bytes());
            }
        }
        let mut tail = Sha256::digest(&table).to_vec();
        tail.extend_from_slice(&(self.places.len() as u64).to_le_bytes());
        tail.extend_from_slice(MAGIC);
        let written = file.write_all(&table).and_then(|()| file.write_all(&tail)).and_then(|()| file.flush());
        written.and_then(|()| file.get_ref().sync_data()).map_err(Error::io("cannot be written", path))?;
        let name = path.with_extension(&SUFFIX[1..]);
        fs::rename(path, &name).map_err(Error::io("cannot be renamed", path))?;
        File::open(self.dir).and_then(|dir| dir.sync_all()).map_err(Error::io("cannot be synced", self.dir))
    }

    fn append(&mut self, hash: &ObjectHash, packed: &Packed) -> Result<(), Error> {
        let (file, path) = match &mut self.open {
            Some(open) => open,
            None => {
                // named by time, so that what belongs together lies together
                let path = self.dir.join(format!("{}{UNFINISHED}", uuid::Uuid::now_v7().simple()));
                let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
                let file = file.map_err(Error::io("cannot be created", &path))?;
                self.open.insert((BufWriter::with_capacity(1 << 18, file), path))
            }
        };
        file.write_all(&packed.bytes).map_err(Error::io("cannot be written", path.as_path()))?;
        let stored = packed.bytes.len() as u64;
        self.places.insert(*hash, ObjectSpan { offset: self.offset, stored, unpacked: packed.unpacked });
        self.offset += stored;
        Ok(())
    }
}

impl Drop for SegmentWriter<'_> {
    fn drop(&mut self) {
        if let Some((_, path)) = &self.open {
            let _ = fs::remove_file(path);
        }
    }
}

/// An object's bytes as they are stored.
#[derive(Debug)]
pub(crate) struct Packed {
    bytes: Vec<u8>,
    unpacked: u64,
}

thread_local! {
    /// Making one costs more than compressing a small file with it.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = RefCell::new(Compressor::new(LEVEL).ok());
}

impl Packed {
    /// Compresses where that makes it smaller.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        let packed = COMPRESSOR.with_borrow_mut(|compressor| compressor.as_mut()?.compress(&bytes).ok());
        match packed {
            Some(packed) if packed.len() < bytes.len() => {
                Self { unpacked: bytes.len() as u64, bytes: packed }
            }
            _ => Self { bytes, unpacked: 0 },
        }
    }
}
