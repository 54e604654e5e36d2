//! One project's store: its folder, its lock, and what is known of it.

use crate::changes::{self, NodeChange};
use crate::error::Error;
use crate::ignore::Scope;
use crate::ignored::IgnoredFiles;
use crate::node::{CheckpointId, Node, ObjectHash};
use crate::objects::Objects;
use crate::stat_cache::StatCache;
use crate::store_dir;
use crate::transaction::{Settled, TransactionLog};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Limits of a snapshot. Whatever is over them is named in the [`crate::Report`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotLimits {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files of one checkpoint.
    pub total_bytes: u64,
    /// Files, folders and links of one checkpoint. There is none at all for a folder with more.
    pub files: usize,
    /// Files and links from which on a process walks a project once, and then goes by what the system tells of changes.
    pub walked: usize,
}

impl Default for SnapshotLimits {
    fn default() -> Self {
        Self { file_bytes: 50 << 20, total_bytes: 2 << 30, files: 2_000_000, walked: 20_000 }
    }
}

/// Extension of the name of a file that says which ignored files there were. The files of checkpoints name it.
pub(crate) const IGNORED_SET: &str = "set";

/// The checkpoints of one project.
///
/// Everything blocks, and takes turns with other processes that have the same store open.
#[derive(Debug)]
pub struct Store {
    pub(crate) dir: PathBuf,
    pub(crate) root: PathBuf,
    /// Folders in the project that are none of it: this store's own, and others of the app.
    pub(crate) except: Vec<PathBuf>,
    pub(crate) limits: SnapshotLimits,
    pub(crate) objects: Objects,
    pub(crate) index: StatCache,
    /// Ignore rules from outside the project, read for the first snapshot that goes by those on disk.
    pub(crate) outside_rules: OnceLock<Arc<Scope>>,
}

/// Held while anything in the store is read or written.
#[derive(Debug)]
pub(crate) struct StoreLock(#[allow(dead_code, reason = "the lock is let go of with the file")] File);

impl Store {
    /// Opens the store in `dir`, for the project at `root`; makes it where there is none. The project may be gone: then there is
    /// nothing to take, and much to remove.
    pub fn open(dir: &Path, root: &Path) -> Result<Self, Error> {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        // the files of a person are nobody else's business
        let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
        made.map_err(Error::io("cannot be created", dir))?;
        let dir = dir.canonicalize().map_err(Error::io("cannot be found", dir))?;
        let objects = Objects::open(&dir)?;
        store_dir::note_project(&dir, &root)?;
        let except = vec![dir.clone()];
        Ok(Self {
            dir,
            root,
            except,
            limits: SnapshotLimits::default(),
            objects,
            index: StatCache::default(),
            outside_rules: OnceLock::new(),
        })
    }

    /// Returns the ignore rules from outside the project, as of the last snapshot that went by those on disk.
    pub(crate) fn outside_rules(&self) -> Arc<Scope> {
        Arc::clone(self.outside_rules.get_or_init(|| Scope::outside(&self.root)))
    }

    /// Leaves further folders out of what is kept, wherever they lie.
    pub fn leave_out(&mut self, folders: &[PathBuf]) {
        self.except.extend(folders.iter().filter_map(|folder| folder.canonicalize().ok()));
    }

    /// The project whose store `dir` is; `None` when it is none. The project may be gone.
    pub fn project_of(dir: &Path) -> Option<PathBuf> {
        store_dir::project_of(dir)
    }

    /// Brings in order what processes that were killed had begun, and returns what became of it; usually nothing.
    pub fn recover(&mut self) -> Result<Vec<Settled>, Error> {
        let _lock = self.lock()?;
        self.transactions().recover()
    }

    /// The log of the project's transactions.
    pub fn transactions(&self) -> TransactionLog {
        TransactionLog::new(&self.dir, &self.root)
    }

    /// Replaces the limits.
    #[must_use]
    pub fn with_limits(mut self, limits: SnapshotLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The project, links followed.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the differences between two checkpoints, by path. A folder differs when it comes, goes or has another mode.
    pub fn changes(&mut self, from: CheckpointId, to: CheckpointId) -> Result<Vec<NodeChange>, Error> {
        let _lock = self.lock()?;
        changes::between(&self.objects, from, to)
    }

    /// Returns what a checkpoint has at a path, relative to the project.
    pub fn node_at(&mut self, id: CheckpointId, path: &Path) -> Result<Option<Node>, Error> {
        let _lock = self.lock()?;
        let root = self.objects.root(&id)?;
        changes::node_at(&self.objects, &root, path)
    }

    /// The bytes of a file, as a [`Node::File`] of this store names it.
    pub fn content(&mut self, node: &Node) -> Result<Option<Vec<u8>>, Error> {
        let Node::File { content, .. } = node else { return Ok(None) };
        let _lock = self.lock()?;
        self.objects.content(content).map(Some)
    }

    /// Writes down which ignored files there were when a checkpoint was taken, beside those noted of the same files before.
    pub(crate) fn note_ignored(&self, id: CheckpointId, ignored: &IgnoredFiles) -> Result<(), Error> {
        let mut noted = self.ignored_at(id);
        noted.extend(ignored.clone());
        if noted.is_empty() {
            return Ok(());
        }
        let dir = self.ignored_dir();
        let write = |path: &Path, bytes: &[u8]| {
            let unfinished = path.with_extension("unfinished");
            fs::write(&unfinished, bytes)?;
            fs::rename(&unfinished, path)
        };
        let bytes = postcard::to_stdvec(&noted).map_err(std::io::Error::other);
        let written = bytes.and_then(|bytes| {
            DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
            // most tasks find the ignored files of the task before
            let set = ObjectHash::of_content(&bytes).to_string();
            let path = dir.join(&set).with_extension(IGNORED_SET);
            if !path.exists() {
                write(&path, &bytes)?;
            }
            write(&dir.join(id.to_string()), set.as_bytes())
        });
        written.map_err(Error::io("cannot be written", dir))
    }

    /// Returns the ignored files there were when a checkpoint was taken, as far as they were written down.
    pub(crate) fn ignored_at(&self, id: CheckpointId) -> IgnoredFiles {
        let dir = self.ignored_dir();
        let set = fs::read_to_string(dir.join(id.to_string())).unwrap_or_default();
        let bytes = fs::read(dir.join(set).with_extension(IGNORED_SET)).unwrap_or_default();
        postcard::from_bytes(&bytes).unwrap_or_default()
    }

    /// Returns how many ignored files there were when a checkpoint was taken and are not there now, by the file or folder that the
    /// ignore rules name. `None` where it was not noted which there were.
    pub fn lost_since(&self, id: CheckpointId) -> Result<Option<Vec<(PathBuf, usize)>>, Error> {
        let mut noted = self.ignored_at(id);
        if noted.is_empty() {
            return Ok(None);
        }
        let lost = noted.take_missing(&noted.find_again(&self.root, &IgnoredFiles::default())?);
        Ok(Some(lost.counts().map(|(path, count)| (path.to_owned(), count)).collect()))
    }

    /// Reports whether the store has a checkpoint.
    pub fn has(&mut self, id: CheckpointId) -> Result<bool, Error> {
        let _lock = self.lock()?;
        Ok(self.objects.has(&id.0))
    }

    /// Removes the store and everything in it.
    pub fn delete(self) -> Result<(), Error> {
        let lock = self.lock_file()?;
        fs::remove_dir_all(&self.dir).map_err(Error::io("cannot be removed", &self.dir))?;
        drop(lock);
        Ok(())
    }

    /// Waits until nobody else is at it, and takes in what they did.
    pub(crate) fn lock(&mut self) -> Result<StoreLock, Error> {
        let lock = self.lock_file()?;
        self.objects.refresh()?;
        let log = self.transactions();
        log.recover_undo()?;
        log.finish_others()?;
        Ok(lock)
    }

    pub(crate) fn index_file(&self) -> PathBuf {
        self.dir.join("index")
    }

    /// One empty file for each checkpoint that was taken, its date saying when.
    pub(crate) fn taken_dir(&self) -> PathBuf {
        self.dir.join("taken")
    }

    /// One file for each checkpoint whose ignored files are known, and one for each set of them.
    pub(crate) fn ignored_dir(&self) -> PathBuf {
        self.dir.join("ignored")
    }

    fn lock_file(&self) -> Result<StoreLock, Error> {
        let path = self.dir.join("lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(Error::io("cannot be opened", &path))?;
        file.lock().map_err(Error::io("cannot be locked", path))?;
        Ok(StoreLock(file))
    }
}
