//! Looks at every file of a project, from several threads. Folders are reached through handles, and no link is followed.

use crate::attributes::Attributes;
use crate::error::Error;
use crate::folder_walk::names;
use crate::frozen::FrozenRules;
use crate::ignore::{self, Scope};
use crate::node::ObjectHash;
use crate::pseudo_fs;
use crate::stat_cache::{StatCache, StatStamp};
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;
use std::collections::HashMap;
use std::ffi::OsString;
use std::num::NonZero;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};

/// More threads than that wait for each other.
const MAX_THREADS: usize = 8;

/// Folders that are looked into before other threads are started: that takes longer than looking into some.
const FEW_FOLDERS: usize = 16;

/// Flags a folder is opened with: itself, never the target of a link of its name.
pub(crate) const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// One pass over the files of a project.
pub(crate) struct ProjectWalk<'a> {
    pub(crate) root: &'a Path,
    /// Folders that are none of the project's: the app's own, where they lie inside.
    pub(crate) except: &'a [PathBuf],
    pub(crate) index: &'a StatCache,
    /// Reports whether a path is walked although the rules leave it out, because it was kept before.
    pub(crate) is_tracked: &'a (dyn Fn(&Path) -> bool + Sync),
    pub(crate) max_files: usize,
    /// Ignore rules from outside the project.
    pub(crate) outside: Arc<Scope>,
    /// Ignore rules that hold whatever the files of rules say by now.
    pub(crate) frozen: Option<&'a FrozenRules<'a>>,
    /// Told of each folder before it is looked into.
    pub(crate) on_dir: &'a (dyn Fn(&Path) + Sync),
}

/// A folder that was looked into.
#[derive(Debug)]
pub(crate) struct FolderListing {
    /// Relative to the project.
    pub(crate) path: PathBuf,
    pub(crate) mode: u32,
    pub(crate) attributes: Attributes,
    pub(crate) entries: Vec<(OsString, FolderEntry)>,
    /// Number of entries left out by the rules.
    pub(crate) left_out: usize,
    /// Those of them that are not what tools make.
    pub(crate) ignored: Vec<OsString>,
    /// Set when it may not be read; there are no entries then.
    pub(crate) closed: Option<StatStamp>,
}

/// Something in a folder.
#[derive(Debug)]
pub(crate) enum FolderEntry {
    /// A folder. It has a listing of its own, unless it was gone by then.
    Dir,
    /// A regular file, with its content where that is known.
    File(StatStamp, Option<ObjectHash>),
    Link(Vec<u8>),
    Special(StatStamp),
}

impl FolderListing {
    fn new(path: PathBuf, mode: u32) -> Self {
        let (entries, ignored) = (Vec::new(), Vec::new());
        Self { path, mode, attributes: Attributes::default(), entries, left_out: 0, ignored, closed: None }
    }
}

impl ProjectWalk<'_> {
    /// Walks the whole project.
    pub(crate) fn run(&self) -> Result<HashMap<PathBuf, FolderListing>, Error> {
        let root = rustix::fs::open(self.root, FOLDER, Mode::empty())
            .map_err(Error::io("cannot be opened", self.root))?;
        self.run_from(self.top(root))
    }

    /// Returns the paths of regular files, of some where there are more than `max_files` things.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, Error> {
        let root = rustix::fs::open(self.root, FOLDER, Mode::empty())
            .map_err(Error::io("cannot be opened", self.root))?;
        let (listings, _) = self.listings(self.top(root))?;
        let files = listings.into_values().flat_map(|listing| {
            let files =
                listing.entries.into_iter().filter(|(_, found)| matches!(found, FolderEntry::File(..)));
            files.map(move |(name, _)| listing.path.join(name))
        });
        Ok(files.collect())
    }

    fn top(&self, root: OwnedFd) -> ScanJob {
        ScanJob {
            above: Arc::new(root),
            name: ".".into(),
            path: PathBuf::new(),
            scope: Arc::clone(&self.outside),
            only_tracked: false,
            device: None,
        }
    }

    /// Walks a folder that the rules do not leave out; finds nothing where it is gone.
    pub(crate) fn run_beneath(&self, dir: &Path) -> Result<HashMap<PathBuf, FolderListing>, Error> {
        let (Some(parent), Some(name)) = (dir.parent(), dir.file_name()) else { return self.run() };
        let above = rustix::fs::open(self.root, FOLDER, Mode::empty());
        let Ok(above) = above.and_then(|root| open_folder(root, parent)) else { return Ok(HashMap::new()) };
        let scope = match self.frozen {
            Some(frozen) => frozen.scope(parent)?,
            None => Arc::clone(&self.outside),
        };
        self.run_from(ScanJob {
            above: Arc::new(above),
            name: name.to_owned(),
            path: dir.to_owned(),
            scope,
            only_tracked: false,
            device: None,
        })
    }

    fn run_from(&self, first: ScanJob) -> Result<HashMap<PathBuf, FolderListing>, Error> {
        let (listings, count) = self.listings(first)?;
        if count > self.max_files { Err(self.too_many(&listings)) } else { Ok(listings) }
    }

    /// Returns the listings with the number of their entries; not all of them where there are more than `max_files`.
    fn listings(&self, first: ScanJob) -> Result<(HashMap<PathBuf, FolderListing>, usize), Error> {
        let queue = ScanQueue::default();
        queue.add(first);
        let counted = AtomicUsize::new(0);
        let work = |most: usize| {
            let mut done = Vec::new();
            let mut failed = None;
            for _ in 0..most {
                let Some(job) = queue.next() else { break };
                match self.try_scan_dir(&job, &queue) {
                    Ok(Some(listing)) => {
                        let files = listing.entries.len();
                        done.push(listing);
                        if counted.fetch_add(files, Ordering::Relaxed) + files > self.max_files {
                            queue.close();
                        }
                    }
                    Ok(None) => {}
                    Err(error) => {
                        queue.close();
                        failed = Some(Error::io("cannot be read", self.root.join(&job.path))(error));
                    }
                }
                queue.done();
            }
            failed.map_or(Ok(done), Err)
        };
        let mut listings = work(FEW_FOLDERS)?;
        if queue.has_waiting() {
            for more in in_parallel(|| work(usize::MAX)) {
                listings.extend(more?);
            }
        }
        let listings = listings.into_iter().map(|listing| (listing.path.clone(), listing)).collect();
        Ok((listings, counted.into_inner()))
    }

    /// A folder's listing; nothing when it is gone or of the kernel's own file systems, and a closed one when it may not be read. Fails where that would be
    /// wrongly said of all the others too.
    fn try_scan_dir(&self, job: &ScanJob, queue: &ScanQueue) -> Result<Option<FolderListing>, Errno> {
        match self.scan_dir(job, queue) {
            Ok(listing) => Ok(Some(listing)),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
            Err(error @ (Errno::MFILE | Errno::NFILE | Errno::NOMEM)) => Err(error),
            Err(error) if job.path.as_os_str().is_empty() => Err(error),
            Err(_) => {
                let Ok(stat) = rustix::fs::statat(&job.above, &job.name, AtFlags::SYMLINK_NOFOLLOW) else {
                    return Ok(None);
                };
                let stamp = StatStamp::of(&stat);
                let path = job.path.clone();
                let closed = Some(stamp);
                Ok(Some(FolderListing { closed, ..FolderListing::new(path, stamp.mode) }))
            }
        }
    }

    fn scan_dir(&self, job: &ScanJob, queue: &ScanQueue) -> Result<FolderListing, Errno> {
        let folder = Arc::new(rustix::fs::openat(&job.above, &job.name, FOLDER, Mode::empty())?);
        let stat = rustix::fs::fstat(&folder)?;
        let (mode, device) = (StatStamp::of(&stat).mode, stat.st_dev);
        let mut absolute = self.root.join(&job.path);
        if pseudo_fs::is_at(&absolute, (job.device != Some(device)).then_some(folder.as_fd())) {
            let is_root = job.path.as_os_str().is_empty();
            return if is_root { Ok(FolderListing::new(PathBuf::new(), mode)) } else { Err(Errno::NOENT) };
        }
        (self.on_dir)(&job.path);
        let names = names(&folder)?;
        let has = |file: &str| names.iter().any(|(name, _)| name == file);
        let scope = match self.frozen {
            // a file of rules that cannot be read any more holds no rules
            Some(frozen) => frozen.scope(&job.path).unwrap_or_else(|_| job.scope.clone()),
            None if has(ignore::RULES_FILE) => job.scope.with_file(&absolute),
            None => job.scope.clone(),
        };
        let no_rules = scope.is_empty();
        let known = self.index.dirs.get(job.path.as_os_str());
        let mut listing = FolderListing::new(job.path.clone(), mode);
        listing.attributes = Attributes::read(&folder);
        // joined with a name, and cut back, for each
        absolute.push("");
        for (name, kind) in &names {
            let stat = match kind {
                FileType::Directory | FileType::Symlink => None,
                _ => match rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => Some(stat),
                    Err(Errno::NOENT) => continue,
                    Err(error) => return Err(error),
                },
            };
            let kind = stat.as_ref().map_or(*kind, |stat| FileType::from_raw_mode(stat.st_mode));
            let is_dir = kind == FileType::Directory;
            if ignore::is_never_looked_at(name, is_dir) {
                listing.left_out += 1;
                continue;
            }
            absolute.push(name);
            let is_build_target = is_dir && ignore::is_build_target(name, has);
            let left_out =
                job.only_tracked || is_build_target || (!no_rules && scope.leaves_out(&absolute, is_dir));
            let is_apart = is_dir && self.except.contains(&absolute);
            absolute.pop();
            if is_apart {
                continue;
            }
            if left_out && !(self.is_tracked)(&job.path.join(name)) {
                listing.left_out += 1;
                if !is_build_target {
                    listing.ignored.push(name.clone());
                }
                continue;
            }
            let found = match (kind, &stat) {
                (FileType::Directory, _) => {
                    queue.add(ScanJob {
                        above: Arc::clone(&folder),
                        name: name.clone(),
                        path: job.path.join(name),
                        scope: Arc::clone(&scope),
                        only_tracked: left_out,
                        device: Some(device),
                    });
                    FolderEntry::Dir
                }
                (FileType::RegularFile, Some(stat)) => {
                    let stamp = StatStamp::of(stat);
                    let content = known.and_then(|known| known.content(name, &stamp));
                    FolderEntry::File(stamp, content)
                }
                (FileType::Symlink, _) => match rustix::fs::readlinkat(&folder, name, Vec::new()) {
                    Ok(target) => FolderEntry::Link(target.into_bytes()),
                    // it is gone, or something else by now: the next look finds that
                    Err(Errno::NOENT | Errno::INVAL) => continue,
                    Err(error) => return Err(error),
                },
                (_, Some(stat)) => FolderEntry::Special(StatStamp::of(stat)),
                (_, None) => continue,
            };
            listing.entries.push((name.clone(), found));
        }
        Ok(listing)
    }

    fn too_many(&self, listings: &HashMap<PathBuf, FolderListing>) -> Error {
        let mut counts: HashMap<&Path, usize> = HashMap::new();
        for listing in listings.values() {
            let top = listing.path.iter().next().map_or(Path::new(""), Path::new);
            *counts.entry(top).or_default() += listing.entries.len();
        }
        let fullest = counts.into_iter().max_by_key(|(path, count)| (*count, *path));
        let fullest = self.root.join(fullest.map_or(Path::new(""), |(path, _)| path));
        Error::TooManyFiles { root: self.root.to_owned(), limit: self.max_files, fullest }
    }
}

/// Threads of a walk. To ask how many processors there are reads files, and the answer is the same each time.
static THREADS: LazyLock<usize> =
    LazyLock::new(|| std::thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS));

/// Runs `work` on as many threads as there are processors, and gives what each came to.
pub(crate) fn in_parallel<T: Send>(work: impl Fn() -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..*THREADS)
            .filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, &work).ok())
            .collect();
        let mut all = vec![work()];
        for other in others {
            match other.join() {
                Ok(done) => all.push(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    })
}

/// Opens a folder beneath a project, by its path relative to it, name by name.
pub(crate) fn open_folder(root: impl AsFd, path: &Path) -> Result<OwnedFd, Errno> {
    let mut folder = rustix::fs::openat(root, ".", FOLDER, Mode::empty())?;
    for name in path {
        folder = rustix::fs::openat(&folder, name, FOLDER, Mode::empty())?;
    }
    Ok(folder)
}

/// A folder to look into: a name in one that is held open.
struct ScanJob {
    above: Arc<OwnedFd>,
    name: OsString,
    path: PathBuf,
    scope: Arc<Scope>,
    only_tracked: bool,
    /// Device of the folder above; absent for the first one.
    device: Option<rustix::fs::Dev>,
}

/// Folders to look into, the last found first: so few are held open at a time.
#[derive(Default)]
struct ScanQueue {
    state: Mutex<ScanJobs>,
    changed: Condvar,
    closed: AtomicBool,
}

#[derive(Default)]
struct ScanJobs {
    waiting: Vec<ScanJob>,
    at_work: usize,
}

impl ScanQueue {
    fn add(&self, job: ScanJob) {
        self.jobs().waiting.push(job);
        self.changed.notify_one();
    }

    /// The next one; `None` when there will be none. To be followed by [`ScanQueue::done`].
    fn next(&self) -> Option<ScanJob> {
        let mut jobs = self.jobs();
        loop {
            if self.closed.load(Ordering::Relaxed) {
                return None;
            }
            if let Some(job) = jobs.waiting.pop() {
                jobs.at_work += 1;
                return Some(job);
            }
            if jobs.at_work == 0 {
                return None;
            }
            jobs = self.changed.wait(jobs).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn has_waiting(&self) -> bool {
        !self.jobs().waiting.is_empty()
    }

    fn done(&self) {
        let mut jobs = self.jobs();
        jobs.at_work -= 1;
        if jobs.at_work == 0 && jobs.waiting.is_empty() {
            self.changed.notify_all();
        }
    }

    /// Makes everybody stop.
    fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        // a waiting thread holds the lock until it waits: it cannot miss this
        drop(self.jobs());
        self.changed.notify_all();
    }

    fn jobs(&self) -> MutexGuard<'_, ScanJobs> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
