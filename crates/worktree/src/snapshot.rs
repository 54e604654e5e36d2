//! Takes snapshots of a project's files.

use crate::changes::node_at;
use crate::error::Error;
use crate::frozen::FrozenRules;
use crate::node::{CheckpointId, MODE_BITS, Node, ObjectHash, Root, Tree, TreeEntry, Unkept};
use crate::objects::{SegmentWriter, encoded};
use crate::read::{Batch, ReadOutcome, read_all};
use crate::stat_cache::{KnownDir, KnownFile, StatCache, StatStamp};
use crate::store::{SnapshotLimits, Store};
use crate::walk::{FolderEntry, FolderListing, ProjectWalk};
use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

/// Files of one folder that one thread reads at a time.
const BATCH: usize = 64;

/// Contents of a snapshot, and what was left out of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files and links it holds.
    pub files: usize,
    /// Bytes of the files it holds.
    pub bytes: u64,
    /// Files that were read; of the others it was known that they had not changed.
    pub read: usize,
    /// Bytes the store grew by.
    pub stored_bytes: u64,
    /// Files and folders the ignore rules left out, those in folders left out not counted.
    pub ignored: usize,
    /// Entries that exist and are not kept, by path.
    pub skipped: Vec<Skipped>,
}

/// Something that is there, and not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Relative to the project.
    pub path: PathBuf,
    /// Reason.
    pub why: Unkept,
}

/// Choice of the files a snapshot holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct SnapshotRequest<'a> {
    /// Checkpoints whose paths are held even where the ignore rules leave them out by now: so a task that edits `.gitignore`
    /// hides nothing. Those that are not in the store do not count.
    pub earlier: &'a [CheckpointId],
    /// Paths that are held whatever the ignore rules say.
    pub named: Option<&'a BTreeSet<PathBuf>>,
    /// Checkpoint whose ignore rules are gone by; those on disk when absent.
    pub rules_of: Option<CheckpointId>,
}

/// A snapshot that was taken.
pub(crate) struct TakenSnapshot {
    pub(crate) id: CheckpointId,
    pub(crate) report: Report,
    /// Stat cache of the snapshot before; absent where nothing changed.
    pub(crate) previous: Option<StatCache>,
    /// Files and folders that the ignore rules leave out.
    pub(crate) ignored: Vec<PathBuf>,
}

impl Store {
    /// Takes a snapshot of the project's files as they are, with all that `earlier` ones hold and is still there.
    ///
    /// # Errors
    /// Fails without having stored anything, such as with [`Error::TooManyFiles`].
    pub fn snapshot(&mut self, earlier: &[CheckpointId]) -> Result<(CheckpointId, Report), Error> {
        self.snapshot_with(SnapshotRequest { earlier, ..SnapshotRequest::default() })
    }

    /// Like [`Store::snapshot`], of the files that a request asks for.
    pub fn snapshot_with(&mut self, request: SnapshotRequest<'_>) -> Result<(CheckpointId, Report), Error> {
        self.scan(request, &|_| ()).map(|taken| (taken.id, taken.report))
    }

    /// Like [`Store::snapshot`]; tells `on_dir` of each folder before it is looked into.
    pub(crate) fn scan(
        &mut self,
        request: SnapshotRequest<'_>,
        on_dir: &(dyn Fn(&Path) + Sync),
    ) -> Result<TakenSnapshot, Error> {
        let SnapshotRequest { earlier, named, rules_of } = request;
        let _lock = self.lock()?;
        let segments = self.objects.names();
        if self.index.last.is_none() || !self.index.counts(&segments) {
            self.index = StatCache::load(&self.index_file(), &segments);
        }
        let earlier: Vec<Root> = earlier.iter().filter_map(|id| self.objects.root(id).ok()).collect();
        // a folder is looked into for what is named in it
        let is_named = |path: &Path| {
            let from = named.and_then(|named| named.range(path.to_owned()..).next());
            from.is_some_and(|named| named.starts_with(path))
        };
        let is_tracked = |path: &Path| {
            is_named(path)
                || earlier.iter().any(|root| matches!(node_at(&self.objects, root, path), Ok(Some(_))))
        };
        let frozen = rules_of.and_then(|id| self.objects.root(&id).ok());
        if frozen.is_none() {
            self.outside_rules = OnceLock::new();
        }
        let outside = self.outside_rules();
        let frozen =
            frozen.map(|root| FrozenRules::new(&self.objects, &self.root, Arc::clone(&outside), root));
        let walk = ProjectWalk {
            root: &self.root,
            except: &self.except,
            index: &self.index,
            is_tracked: &is_tracked,
            max_files: self.limits.files,
            outside,
            frozen: frozen.as_ref(),
            on_dir,
        };
        let mut listings = sorted(walk.run()?);
        let ignored = |listing: &FolderListing| {
            listing.ignored.iter().map(|name| listing.path.join(name)).collect::<Vec<_>>()
        };
        let ignored = listings.iter().flat_map(ignored).collect();
        let links = links_in(&listings);
        let writer = Mutex::new(self.objects.writer());
        let mut pass = Pass { limits: self.limits, report: Report::default(), outcomes: HashMap::new() };
        let batches = pass.unread(&mut listings);
        let read = read_all(&self.root, &batches, self.limits.file_bytes, &writer)?;
        for (batch, outcomes) in batches.into_iter().zip(read) {
            let files = batch.names.into_iter().zip(outcomes);
            pass.outcomes.entry(batch.folder).or_default().extend(files);
        }
        let mut writer = writer.into_inner().unwrap_or_else(PoisonError::into_inner);
        let built = pass.build(listings, &links, &self.index, &mut writer)?;
        let id = CheckpointId(built.root);
        let mut report = pass.report;
        report.stored_bytes = writer.written();
        report.skipped.sort_by(|a, b| a.path.cmp(&b.path));
        writer.finish()?;
        self.mark_taken(id)?;
        let mut previous = None;
        if self.index.last != Some(id) || report.read > 0 {
            self.objects.refresh()?;
            let index = StatCache { last: Some(id), dirs: built.dirs, segments: self.objects.names() };
            previous = Some(std::mem::replace(&mut self.index, index));
            self.index.save(&self.index_file());
        }
        Ok(TakenSnapshot { id, report, previous, ignored })
    }

    /// Stores the content of a file that no snapshot holds, unless it has changed since it was found to be `node`. The path is
    /// relative to the project, or absolute.
    pub(crate) fn keep_content(&mut self, path: &Path, node: &Node) -> Result<(), Error> {
        let Node::File { content, size, .. } = node else { return Ok(()) };
        if *size > self.limits.file_bytes {
            return Ok(());
        }
        let _lock = self.lock()?;
        let Ok(bytes) = fs::read(self.root.join(path)) else { return Ok(()) };
        if ObjectHash::of_content(&bytes) == *content {
            let mut writer = self.objects.writer();
            writer.put(content, || bytes)?;
            writer.finish()?;
            self.objects.refresh()?;
        }
        Ok(())
    }

    /// Notes that a checkpoint was taken now: it is kept for a while even if nobody names it.
    pub(crate) fn mark_taken(&self, id: CheckpointId) -> Result<(), Error> {
        let dir = self.taken_dir();
        let path = dir.join(id.to_string());
        let open = || OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = open().or_else(|_| fs::create_dir_all(&dir).and_then(|()| open()));
        let marked = file.and_then(|file| file.set_modified(SystemTime::now()));
        marked.map_err(Error::io("cannot be written", &path))
    }
}

/// Folders before what is in them.
fn sorted(listings: HashMap<PathBuf, FolderListing>) -> Vec<FolderListing> {
    let mut listings: Vec<_> = listings.into_values().collect();
    listings.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    for listing in &mut listings {
        listing.entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    }
    listings
}

/// Finds the files that have several names, and returns of each name the next one; the last leads to the first.
fn links_in(listings: &[FolderListing]) -> HashMap<PathBuf, PathBuf> {
    let mut groups: HashMap<StatStamp, Vec<PathBuf>> = HashMap::new();
    for listing in listings {
        for (name, entry) in &listing.entries {
            // names of one file look alike in every respect
            if let FolderEntry::File(stamp, _) = entry
                && stamp.names > 1
            {
                groups.entry(*stamp).or_default().push(listing.path.join(name));
            }
        }
    }
    let groups = groups.into_values().filter(|names| names.len() > 1);
    groups
        .flat_map(|mut names| {
            names.sort_unstable();
            let next: Vec<PathBuf> = names.iter().cycle().skip(1).take(names.len()).cloned().collect();
            names.into_iter().zip(next)
        })
        .collect()
}

/// Trees built from a walk.
struct Built {
    root: ObjectHash,
    dirs: HashMap<OsString, Arc<KnownDir>>,
}

/// Folders whose trees were built and that the folder above has not taken up yet, by path.
#[derive(Default)]
struct BuiltFolders {
    nodes: HashMap<PathBuf, Node>,
    attributes: HashMap<PathBuf, ObjectHash>,
}

/// Reports whether a folder is known, and has nothing but files that are what they were and have no other name.
fn is_unchanged(known: &KnownDir, listing: &FolderListing) -> bool {
    let is_same = |(_, entry): &(OsString, FolderEntry)| matches!(entry, FolderEntry::File(stamp, Some(_)) if stamp.names == 1);
    known.is_all_of(listing.entries.len()) && listing.entries.iter().all(is_same)
}

struct Pass {
    limits: SnapshotLimits,
    report: Report,
    /// Outcomes of the files that had to be read, by folder and name.
    outcomes: HashMap<PathBuf, HashMap<OsString, ReadOutcome>>,
}

impl Pass {
    /// The files that have to be read. What is over the limits is decided here, by path, so that it is always the same.
    fn unread(&mut self, listings: &mut [FolderListing]) -> Vec<Batch> {
        let mut batches = Vec::new();
        let mut total: u64 = 0;
        for listing in listings {
            let mut names = Vec::new();
            for (name, found) in &mut listing.entries {
                let FolderEntry::File(stamp, content) = found else { continue };
                let larger = total.saturating_add(stamp.size);
                let why = if stamp.size > self.limits.file_bytes {
                    Some(Unkept::TooLarge)
                } else if larger > self.limits.total_bytes {
                    Some(Unkept::NoRoom)
                } else {
                    None
                };
                if let Some(why) = why {
                    let folder = self.outcomes.entry(listing.path.clone()).or_default();
                    folder.insert(name.clone(), ReadOutcome::Unkept(why, *stamp));
                    *content = None;
                    continue;
                }
                total = larger;
                if content.is_none() {
                    names.push(name.clone());
                }
            }
            self.report.read += names.len();
            let mut names = names.into_iter().peekable();
            while names.peek().is_some() {
                let names = names.by_ref().take(BATCH).collect();
                batches.push(Batch { folder: listing.path.clone(), names });
            }
        }
        batches
    }

    /// Builds the trees from the innermost out, and stores those that are new.
    fn build(
        &mut self,
        listings: Vec<FolderListing>,
        links: &HashMap<PathBuf, PathBuf>,
        index: &StatCache,
        writer: &mut SegmentWriter<'_>,
    ) -> Result<Built, Error> {
        let mut folders = BuiltFolders::default();
        let mut dirs = HashMap::with_capacity(listings.len());
        let mut top = Root { version: Root::VERSION, mode: 0, tree: ObjectHash::of_content(&[]) };
        for mut listing in listings.into_iter().rev() {
            self.report.ignored += listing.left_out;
            let mode = listing.mode & MODE_BITS;
            if let Some(stamp) = listing.closed {
                let node = self.unkept(listing.path.clone(), Unkept::Unreadable, 0, stamp.modified_ns);
                folders.nodes.insert(listing.path, node);
                continue;
            }
            let known = index.dirs.get(listing.path.as_os_str());
            let dir = match known.filter(|known| is_unchanged(known, &listing)) {
                Some(known) => {
                    for (_, entry) in &listing.entries {
                        if let FolderEntry::File(stamp, _) = entry {
                            self.count_file(stamp);
                        }
                    }
                    Arc::clone(known)
                }
                None => {
                    let entries = std::mem::take(&mut listing.entries);
                    let known = known.map(Arc::as_ref);
                    Arc::new(self.tree((&listing.path, entries), known, links, &mut folders, writer)?)
                }
            };
            let tree = dir.tree;
            dirs.insert(listing.path.as_os_str().to_owned(), dir);
            if listing.path.as_os_str().is_empty() {
                top = Root { mode, tree, ..top };
            } else {
                if !listing.attributes.is_empty() {
                    let bytes = listing.attributes.to_bytes();
                    let hash = ObjectHash::of_content(&bytes);
                    writer.put(&hash, || bytes)?;
                    folders.attributes.insert(listing.path.clone(), hash);
                }
                folders.nodes.insert(listing.path, Node::Dir { mode, tree });
            }
        }
        let (root, bytes) = encoded(Root::KIND, &top);
        if index.last != Some(CheckpointId(root)) {
            writer.put(&root, || bytes)?;
        }
        Ok(Built { root, dirs })
    }

    /// Builds the tree of one folder, and stores it unless it is the one that is known.
    fn tree(
        &mut self,
        (folder, entries): (&Path, Vec<(OsString, FolderEntry)>),
        known: Option<&KnownDir>,
        links: &HashMap<PathBuf, PathBuf>,
        folders: &mut BuiltFolders,
        writer: &mut SegmentWriter<'_>,
    ) -> Result<KnownDir, Error> {
        let (mut kept, mut files) = (Vec::with_capacity(entries.len()), Vec::new());
        let mut attributes = Vec::new();
        let mut outcomes = self.outcomes.remove(folder).unwrap_or_default();
        for (name, found) in entries {
            let path = folder.join(&name);
            let node = match found {
                // gone by the time it was looked into
                FolderEntry::Dir => {
                    attributes.extend(folders.attributes.remove(&path).map(|hash| (name.clone(), hash)));
                    folders.nodes.remove(&path)
                }
                FolderEntry::Link(target) => {
                    self.report.files += 1;
                    Some(Node::Link { target })
                }
                FolderEntry::Special(stamp) => Some(self.unkept(path, Unkept::Special, 0, stamp.modified_ns)),
                FolderEntry::File(stamp, Some(content)) => {
                    let of_file = known.and_then(|known| known.attributes(&name));
                    attributes.extend(of_file.map(|hash| (name.clone(), hash)));
                    files.push(KnownFile::new(&name, stamp, (content, of_file), true));
                    Some(self.file(&stamp, content))
                }
                FolderEntry::File(_, None) => match outcomes.remove(&name) {
                    Some(ReadOutcome::Stored { stamp, content, attributes: of_file, settled }) => {
                        attributes.extend(of_file.map(|hash| (name.clone(), hash)));
                        files.push(KnownFile::new(&name, stamp, (content, of_file), settled));
                        Some(self.file(&stamp, content))
                    }
                    Some(ReadOutcome::Unkept(why, stamp)) => {
                        Some(self.unkept(path, why, stamp.size, stamp.modified_ns))
                    }
                    Some(ReadOutcome::Gone) | None => None,
                },
            };
            kept.extend(node.map(|node| TreeEntry::new(&name, node)));
        }
        let next = |entry: &TreeEntry| {
            let next = links.get(&folder.join(entry.name()))?;
            Some((entry.name().to_owned(), next.clone()))
        };
        let links = if links.is_empty() { Vec::new() } else { kept.iter().filter_map(next).collect() };
        let count = kept.len();
        let (tree, bytes) = Tree::new(kept, attributes).with_links(links).encoded();
        if known.is_none_or(|known| known.tree != tree) {
            writer.put(&tree, || bytes)?;
        }
        Ok(KnownDir::new(tree, count, files))
    }

    fn file(&mut self, stamp: &StatStamp, content: ObjectHash) -> Node {
        self.count_file(stamp);
        Node::File { mode: stamp.mode & MODE_BITS, size: stamp.size, content }
    }

    fn count_file(&mut self, stamp: &StatStamp) {
        self.report.files += 1;
        self.report.bytes += stamp.size;
    }

    fn unkept(&mut self, path: PathBuf, why: Unkept, size: u64, modified_ns: i64) -> Node {
        self.report.skipped.push(Skipped { path, why });
        Node::Unkept { why, size, modified_ns }
    }
}
