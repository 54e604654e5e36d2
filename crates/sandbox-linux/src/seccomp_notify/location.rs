//! Resolution of paths as another process sees them.

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags};
use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// `PATH_MAX`, in bytes, the end included.
const MAX_PATH: usize = 4096;

/// Memory is mapped in pieces of at least this size.
const PAGE: usize = 4096;

/// A folder that has been opened, and a name in it: what lies there cannot be exchanged for another folder any more.
#[derive(Debug)]
pub(super) struct Location {
    /// The folder.
    pub(super) folder: OwnedFd,
    /// The name, with the slashes the path ended in; never the name of a link to be followed by the folder's part of the path.
    pub(super) name: CString,
    /// Resolved path, links followed but for the name's own.
    pub(super) path: PathBuf,
    /// True when the name is one of `/proc`'s, where links are more than their text.
    pub(super) is_proc: bool,
}

/// The process that made a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    /// Its thread, as the guard sees it.
    pub(super) pid: u32,
}

impl Caller {
    /// The text at an address of its memory.
    pub(super) fn text(self, address: u64) -> Result<Vec<u8>, Errno> {
        let memory = File::open(format!("/proc/{}/mem", self.pid)).map_err(errno)?;
        let mut text = Vec::new();
        let mut buffer = [0; PAGE];
        let mut address = address;
        while text.len() < MAX_PATH {
            // not beyond the page: the next one may not be there
            let step = PAGE - usize::try_from(address % PAGE as u64).unwrap_or(0);
            let count = memory.read_at(&mut buffer[..step], address).map_err(|_| Errno::FAULT)?;
            if count == 0 {
                return Err(Errno::FAULT);
            }
            if let Some(end) = buffer[..count].iter().position(|byte| *byte == 0) {
                text.extend_from_slice(&buffer[..end]);
                return if text.len() < MAX_PATH { Ok(text) } else { Err(Errno::NAMETOOLONG) };
            }
            text.extend_from_slice(&buffer[..count]);
            address += count as u64;
        }
        Err(Errno::NAMETOOLONG)
    }

    /// Reads `length` bytes at an address of its memory.
    pub(super) fn bytes(self, address: u64, length: usize) -> Result<Vec<u8>, Errno> {
        let memory = File::open(format!("/proc/{}/mem", self.pid)).map_err(errno)?;
        let mut bytes = vec![0; length];
        memory.read_exact_at(&mut bytes, address).map_err(|_| Errno::FAULT)?;
        Ok(bytes)
    }

    /// Opens what its descriptor `fd`, an `int` argument, stands for.
    #[allow(clippy::cast_possible_truncation, reason = "the kernel reads the lower half")]
    pub(super) fn descriptor(self, fd: u64) -> Result<OwnedFd, Errno> {
        let process = self.status("Tgid:")?;
        let process = Pid::from_raw(process.parse().map_err(|_| Errno::SRCH)?).ok_or(Errno::SRCH)?;
        let process = rustix::process::pidfd_open(process, PidfdFlags::empty())?;
        rustix::process::pidfd_getfd(process, fd as i32, PidfdGetfdFlags::empty())
    }

    /// Returns the path of its program.
    pub(super) fn program(self) -> Result<PathBuf, Errno> {
        std::fs::read_link(format!("/proc/{}/exe", self.pid)).map_err(errno)
    }

    /// Opens the folder it is in.
    pub(super) fn cwd(self) -> Result<OwnedFd, Errno> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        rustix::fs::open(format!("/proc/{}/cwd", self.pid), flags, Mode::empty())
    }

    /// Makes something with the mask of the caller. The kernel takes it off the mode, or the folder's default access control list takes
    /// its place.
    pub(super) fn masked<T>(self, make: impl FnOnce() -> Result<T, Errno>) -> Result<T, Errno> {
        rustix::process::umask(self.umask()?);
        let made = make();
        rustix::process::umask(Mode::empty());
        made
    }

    /// The mask of the modes of what it makes.
    pub(super) fn umask(self) -> Result<Mode, Errno> {
        let mask = u32::from_str_radix(&self.status("Umask:")?, 8).map_err(|_| Errno::IO)?;
        Ok(Mode::from_raw_mode(mask))
    }

    /// Reads one of the first fields of its status. The kernel makes all of them at each read: one read is all there is.
    fn status(self, field: &str) -> Result<String, Errno> {
        let status = File::open(format!("/proc/{}/status", self.pid)).map_err(errno)?;
        let mut buffer = [0; 512];
        let count = status.read_at(&mut buffer, 0).map_err(errno)?;
        let text = String::from_utf8_lossy(&buffer[..count]);
        let value = text.lines().find_map(|line| line.strip_prefix(field)).ok_or(Errno::SRCH)?;
        Ok(value.trim().to_owned())
    }

    /// Resolves `path` from the process's folder `dirfd` (or `AT_FDCWD`).
    pub(super) fn place(self, dirfd: i32, path: &[u8]) -> Result<Location, Errno> {
        if path.first() == Some(&b'/') {
            return self.place_from(CWD, path);
        }
        let folder = match dirfd {
            libc::AT_FDCWD => format!("/proc/{}/cwd", self.pid),
            fd if fd >= 0 => format!("/proc/{}/fd/{fd}", self.pid),
            _ => return Err(Errno::BADF),
        };
        let folder =
            rustix::fs::open(folder, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
                .map_err(|error| {
                    if error == Errno::NOENT && dirfd != libc::AT_FDCWD { Errno::BADF } else { error }
                })?;
        self.place_from(folder, path)
    }

    /// Resolves `path` from an open folder.
    pub(super) fn place_from(self, folder: impl AsFd, path: &[u8]) -> Result<Location, Errno> {
        if path.is_empty() {
            return Err(Errno::NOENT);
        }
        let path = self.own(path);
        let length = path.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
        let (way, name) = match path[..length].iter().rposition(|byte| *byte == b'/') {
            None if length == 0 => (&b"/"[..], &b"."[..]),
            None => (&b"."[..], &path[..]),
            Some(slash) => (&path[..=slash], &path[slash + 1..]),
        };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(folder, OsStr::from_bytes(way), flags, Mode::empty())?;
        let parent = real_path(&folder)?;
        let bare = &name[..name.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1)];
        let path = match bare {
            b"." => parent.clone(),
            b".." => parent.parent().unwrap_or(Path::new("/")).to_owned(),
            bare => parent.join(OsStr::from_bytes(bare)),
        };
        let is_proc = parent.starts_with("/proc");
        Ok(Location { folder, name: CString::new(name).map_err(|_| Errno::INVAL)?, path, is_proc })
    }

    /// `/proc/self` is the caller, not the guard, and `/dev/tty` its terminal.
    fn own(self, path: &[u8]) -> Vec<u8> {
        if path == b"/dev/tty"
            && let Some(number) = self.terminal()
        {
            return format!("/dev/pts/{number}").into_bytes();
        }
        for (from, to) in [
            (&b"/proc/self/"[..], format!("/proc/{}/", self.pid)),
            (b"/proc/thread-self/", format!("/proc/{}/", self.pid)),
            (b"/dev/fd/", format!("/proc/{}/fd/", self.pid)),
        ] {
            if let Some(rest) = path.strip_prefix(from) {
                return [to.as_bytes(), rest].concat();
            }
        }
        path.to_owned()
    }

    /// The number of the pseudo terminal that controls it, when one does (`tty_nr` in proc_pid_stat(5)).
    fn terminal(self) -> Option<u32> {
        const PSEUDO: u32 = 136;
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid)).ok()?;
        // behind the program's name, which may hold anything: state, parent, group, session, terminal
        let (_, rest) = stat.rsplit_once(')')?;
        let device = rest.split_whitespace().nth(4)?.parse::<i32>().ok()?.cast_unsigned();
        let (major, minor) = ((device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xf_ff00));
        (major == PSEUDO).then_some(minor)
    }
}

/// Returns the path of an open file.
pub(super) fn real_path(fd: &OwnedFd) -> Result<PathBuf, Errno> {
    let link = rustix::fs::readlink(format!("/proc/self/fd/{}", fd.as_raw_fd()), Vec::new())?;
    Ok(PathBuf::from(OsString::from_vec(link.into_bytes())))
}

fn errno(error: std::io::Error) -> Errno {
    Errno::from_io_error(&error).unwrap_or(Errno::IO)
}
