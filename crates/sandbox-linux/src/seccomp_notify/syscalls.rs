//! Making a call for the command, when the rules let it.

use crate::report::{RefusedCall, RunLogEntry};
use crate::seccomp_notify::gate::Gate;
use crate::seccomp_notify::location::{Caller, Location, real_path};
use crate::seccomp_notify::protected_paths::ProtectedPaths;
use crate::seccomp_notify::response::{Response, SeccompNotification};
use crate::seccomp_notify::shared_memory::SharedMemory;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use std::cell::RefCell;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

/// As many links as the kernel follows.
const MAX_LINKS: usize = 40;

/// Error of a write to a protected path: the one of a read-only mount.
const REFUSED: Errno = Errno::ROFS;

/// Makes the call. `is_valid` tells whether the caller still waits for it: only then what was read belongs to it.
pub(super) fn perform(
    call: &SeccompNotification,
    gate: &mut Gate,
    is_valid: impl Fn() -> Result<(), Errno>,
) -> Result<Response, Errno> {
    let caller = Caller { pid: call.pid };
    let tried = RefCell::new(Vec::new());
    let result = match call.number {
        libc::SYS_connect => gate.sockets.connect(caller, call, &gate.journal, is_valid),
        libc::SYS_bind => gate.sockets.bind(caller, call, &gate.rules, &mut tried.borrow_mut(), is_valid),
        _ => attempt(call, gate, &tried, is_valid),
    };
    if let Err(Errno::ROFS | Errno::ACCESS | Errno::PERM) = result
        && let Ok(mut journal) = gate.journal.lock()
    {
        for path in tried.into_inner() {
            journal.add(RunLogEntry::Refused(RefusedCall::Write(path)));
        }
    }
    result
}

/// Makes the call, and keeps the paths that it is about in `tried`.
fn attempt(
    call: &SeccompNotification,
    gate: &mut Gate,
    tried: &RefCell<Vec<PathBuf>>,
    is_valid: impl Fn() -> Result<(), Errno>,
) -> Result<Response, Errno> {
    let caller = Caller { pid: call.pid };
    let a = call.arguments;
    let Gate { rules, repositories, shared_memory, journal, .. } = gate;
    let memory = RefCell::new(shared_memory.as_mut());
    let (rules, made) = (&*rules, RefCell::new(repositories));
    let is_shared = |place: &Location| memory.borrow().is_some() && SharedMemory::holds(place);
    let is_closed = |place: &Location| {
        rules.protect(&place.path) && !made.borrow().contain(place, rules, false)
            || SharedMemory::holds(place)
                && memory.borrow().as_ref().is_some_and(|memory| memory.is_foreign(place))
    };
    let checks = OpenChecks { is_closed: &is_closed, rules, memory: &memory };
    let at = |dirfd: u64, address: u64| {
        let place = caller.place(int(dirfd), &caller.text(address)?)?;
        is_valid()?;
        tried.borrow_mut().push(place.path.clone());
        if is_closed(&place) { Err(REFUSED) } else { Ok(place) }
    };
    let open = |dirfd: u64, address: u64, flags: u64, mode: u64| {
        let place = caller.place(int(dirfd), &caller.text(address)?)?;
        is_valid()?;
        tried.borrow_mut().push(place.path.clone());
        let flags = OFlags::from_bits_retain(int(flags).cast_unsigned());
        open(caller, checks, place, flags, Mode::from_raw_mode(int(mode).cast_unsigned() & 0o7777))
    };
    let rename = |from: Result<Location, Errno>, to: Result<Location, Errno>, flags: u64| {
        let (from, to) = (from?, to?);
        // it would take the place of a file that somebody makes meanwhile
        if is_shared(&to) {
            return Err(REFUSED);
        }
        let flags = RenameFlags::from_bits_retain(int(flags).cast_unsigned());
        done(rustix::fs::renameat_with(from.folder, &from.name, to.folder, &to.name, flags))
    };
    let symlink = |target: u64, link: Result<Location, Errno>| {
        let link = link?;
        done(rustix::fs::symlinkat(caller.text(target)?, link.folder, &link.name))
    };
    let make = |place: Result<Location, Errno>, mode: u64, device: u64| {
        make(caller, &place?, int(mode).cast_unsigned(), device)
    };
    let folder = |dirfd: u64, address: u64, mode: u64| {
        let place = caller.place(int(dirfd), &caller.text(address)?)?;
        is_valid()?;
        tried.borrow_mut().push(place.path.clone());
        let begins = is_closed(&place);
        if begins && !made.borrow().may_begin(caller, &place, rules) {
            // what is there is not protected from being found there
            let there = rustix::fs::statat(&place.folder, &place.name, AtFlags::SYMLINK_NOFOLLOW);
            return Err(if there.is_ok() { Errno::EXIST } else { REFUSED });
        }
        let mode = Mode::from_raw_mode(int(mode).cast_unsigned() & 0o7777);
        caller.masked(|| rustix::fs::mkdirat(&place.folder, &place.name, mode))?;
        if begins {
            made.borrow_mut().begun(&place, journal);
        } else {
            made.borrow_mut().made_folder(&place);
        }
        Ok(Response::Done)
    };
    let remove_folder = |dirfd: u64, address: u64| {
        let place = caller.place(int(dirfd), &caller.text(address)?)?;
        is_valid()?;
        tried.borrow_mut().push(place.path.clone());
        if rules.protect(&place.path) && !made.borrow().contain(&place, rules, true) {
            return Err(REFUSED);
        }
        done(rustix::fs::unlinkat(place.folder, &place.name, AtFlags::REMOVEDIR))
    };
    let unlink = |place: Result<Location, Errno>, flags: AtFlags| {
        let place = place?;
        done(rustix::fs::unlinkat(place.folder, &place.name, flags))
    };
    let here = i64::from(libc::AT_FDCWD).cast_unsigned();
    match call.number {
        libc::SYS_openat => open(a[0], a[1], a[2], a[3]),
        libc::SYS_mkdirat => folder(a[0], a[1], a[2]),
        libc::SYS_mknodat => make(at(a[0], a[1]), a[2], a[3]),
        libc::SYS_renameat => rename(at(a[0], a[1]), at(a[2], a[3]), 0),
        libc::SYS_renameat2 => rename(at(a[0], a[1]), at(a[2], a[3]), a[4]),
        libc::SYS_symlinkat => symlink(a[0], at(a[1], a[2])),
        libc::SYS_linkat => link(rules, at(a[0], a[1])?, &at(a[2], a[3])?, int(a[4])),
        libc::SYS_unlinkat if int(a[2]) & libc::AT_REMOVEDIR != 0 => remove_folder(a[0], a[1]),
        libc::SYS_unlinkat => unlink(at(a[0], a[1]), AtFlags::from_bits_retain(int(a[2]).cast_unsigned())),
        libc::SYS_truncate => truncate(open(here, a[0], flags(libc::O_WRONLY), 0)?, a[1]),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_open => open(here, a[0], a[1], a[2]),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_creat => open(here, a[0], flags(libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC), a[1]),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_mkdir => folder(here, a[0], a[1]),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_mknod => make(at(here, a[0]), a[1], a[2]),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_rename => rename(at(here, a[0]), at(here, a[1]), 0),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_symlink => symlink(a[0], at(here, a[1])),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_link => link(rules, at(here, a[0])?, &at(here, a[1])?, 0),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_unlink => unlink(at(here, a[0]), AtFlags::empty()),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_rmdir => remove_folder(here, a[0]),
        _ => Err(Errno::NOSYS),
    }
}

/// An `int` argument: its lower half, as the kernel reads it.
#[allow(clippy::cast_possible_truncation)]
fn int(argument: u64) -> i32 {
    argument as i32
}

fn flags(flags: i32) -> u64 {
    u64::from(flags.cast_unsigned())
}

fn done(result: Result<(), Errno>) -> Result<Response, Errno> {
    result.map(|()| Response::Done)
}

/// Places and files that are not to be opened for writing.
#[derive(Clone, Copy)]
struct OpenChecks<'a, 'm> {
    is_closed: &'a dyn Fn(&Location) -> bool,
    rules: &'a ProtectedPaths,
    memory: &'a RefCell<Option<&'m mut SharedMemory>>,
}

impl OpenChecks<'_, '_> {
    /// Opens by a name of `/proc`'s, which leads to a file that is open already, whatever its text is. It may have been opened to be read.
    fn open_again(self, place: &Location, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        let plain = flags.difference(OFlags::TRUNC);
        let file = rustix::fs::openat(&place.folder, &place.name, plain, mode)?;
        let path = real_path(&file)?;
        let memory = self.memory.borrow();
        let is_foreign = memory.as_ref().is_some_and(|memory| memory.is_foreign_file(&path, &file));
        if self.rules.protect(&path) || is_foreign {
            return Err(REFUSED);
        }
        if flags.contains(OFlags::TRUNC) {
            match rustix::fs::ftruncate(&file, 0) {
                // a pipe or a device has no length
                Ok(()) | Err(Errno::INVAL) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(file)
    }
}

/// Opens, following the name's own links by hand, so that every place on the way is looked at.
fn open(
    caller: Caller,
    checks: OpenChecks<'_, '_>,
    mut place: Location,
    flags: OFlags,
    mode: Mode,
) -> Result<Response, Errno> {
    let makes = flags.contains(OFlags::CREATE) || flags.contains(OFlags::TMPFILE);
    let mode = if makes { mode } else { Mode::empty() };
    let closes = flags.contains(OFlags::CLOEXEC);
    let follows = !flags.contains(OFlags::NOFOLLOW) && !flags.contains(OFlags::CREATE | OFlags::EXCL);
    for _ in 0..=MAX_LINKS {
        if (checks.is_closed)(&place) {
            return Err(REFUSED);
        }
        // the guard may open its own, and it is the guard that opens
        if place.is_proc && place.path.file_name().is_some_and(|name| name == "mem") {
            return Err(Errno::ACCESS);
        }
        // in /proc a link leads to an open file, whatever its text is, and nothing can be made there
        let hold = if place.is_proc { OFlags::empty() } else { OFlags::NOFOLLOW };
        let flags = flags | hold | OFlags::CLOEXEC | OFlags::NOCTTY;
        if waits(&place) {
            // another thread opens it, at any time
            let mode = if makes { mode & !caller.umask()? } else { mode };
            let wait = move || {
                let file = rustix::fs::openat(&place.folder, &place.name, flags, mode)?;
                Ok(Response::File { file, closes })
            };
            return Ok(Response::Later(Box::new(wait)));
        }
        let open = || {
            if place.is_proc {
                return checks.open_again(&place, flags, mode);
            }
            match checks.memory.borrow_mut().as_mut().filter(|_| SharedMemory::holds(&place)) {
                Some(memory) => memory.open(&place, flags, mode, REFUSED),
                None => rustix::fs::openat(&place.folder, &place.name, flags, mode),
            }
        };
        let opened = if makes { caller.masked(open) } else { open() };
        let error = match opened {
            Ok(file) => return Ok(Response::File { file, closes }),
            Err(error) => error,
        };
        // a link, by either name the kernel has for "not followed"
        if !follows || !matches!(error, Errno::LOOP | Errno::NOTDIR) {
            return Err(error);
        }
        let link = rustix::fs::readlinkat(&place.folder, &place.name, Vec::new()).map_err(|_| error)?;
        place = caller.place_from(&place.folder, link.as_bytes())?;
    }
    Err(Errno::LOOP)
}

/// Reports whether opening it may wait for somebody.
fn waits(place: &Location) -> bool {
    let flags = if place.is_proc { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
    rustix::fs::statat(&place.folder, &place.name, flags).is_ok_and(|stat| {
        matches!(FileType::from_raw_mode(stat.st_mode), FileType::Fifo | FileType::CharacterDevice)
    })
}

fn truncate(file: Response, length: u64) -> Result<Response, Errno> {
    match file {
        Response::File { file, .. } => done(rustix::fs::ftruncate(file, length)),
        // a pipe or a device has no length
        Response::Done | Response::Later(_) => Err(Errno::INVAL),
    }
}

fn make(caller: Caller, place: &Location, mode: u32, device: u64) -> Result<Response, Errno> {
    let kind = match mode & libc::S_IFMT {
        0 => FileType::RegularFile,
        kind => FileType::from_raw_mode(kind),
    };
    let mode = Mode::from_raw_mode(mode & 0o7777);
    done(caller.masked(|| rustix::fs::mknodat(&place.folder, &place.name, kind, mode, device)))
}

fn link(rules: &ProtectedPaths, from: Location, to: &Location, flags: i32) -> Result<Response, Errno> {
    let flags = AtFlags::from_bits_retain(flags.cast_unsigned());
    if flags.contains(AtFlags::SYMLINK_FOLLOW) {
        // what the link leads to gets a second name, so that is what the rules are about
        let open = OFlags::PATH | OFlags::CLOEXEC;
        let target = rustix::fs::openat(&from.folder, &from.name, open, Mode::empty())?;
        if rules.protect(&real_path(&target)?) {
            return Err(REFUSED);
        }
    }
    done(rustix::fs::linkat(from.folder, &from.name, &to.folder, &to.name, flags))
}
