//! Sockets: whom a command may speak to by a path or a name.
//!
//! No mount and, before Landlock's ABI 9, no right of the kernel's keeps a command from a Unix socket that it can name, and behind
//! one may be a daemon that does for it all that the sandbox forbids. So every `connect` and `bind` is the guard's to make. A path is
//! connected to when the socket there is known to be a contained command's: the guard has bound it itself, or it is bound in the
//! session's own network, which nobody else is in. The file is held while that is found out and connected to by its descriptor, so
//! that it cannot be exchanged. All other families reach what their network reaches; the guard makes their calls too, since a
//! descriptor may stand for another socket by the time a call goes on.

use crate::report::{RefusedCall, RunLog, RunLogEntry};
use crate::seccomp_notify::file_id::FileId;
use crate::seccomp_notify::location::{Caller, Location, real_path};
use crate::seccomp_notify::protected_paths::ProtectedPaths;
use crate::seccomp_notify::response::{Response, SeccompNotification};
use crate::seccomp_notify::unix_diag;
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// `sizeof(struct sockaddr_storage)`: no address is longer.
const MAX_ADDRESS: u64 = 128;

/// `offsetof(struct sockaddr_un, sun_path)`.
const PATH_OFFSET: usize = size_of::<libc::sa_family_t>();

/// `AF_UNIX` as it stands in an address.
const AF_UNIX: libc::sa_family_t = 1;

const _: () = assert!(libc::AF_UNIX == 1);

/// Sockets that a command may connect to.
#[derive(Debug)]
pub(crate) struct Sockets {
    /// Bound by this guard.
    bound: HashSet<FileId>,
    /// Lists those that are bound in a network of the session's own.
    listing: Option<OwnedFd>,
    /// True where names without a file (abstract ones) reach no socket outside.
    names: bool,
    /// Folders that only contained commands write.
    private: Vec<PathBuf>,
}

/// Address of a Unix socket.
enum UnixAddress<'a> {
    Path(&'a [u8]),
    /// Without a file: none at all, or a name in the network's own list.
    Name,
}

impl Sockets {
    /// Makes the state for a command whose network is the session's `own`, with `names` as told there. To be called before the
    /// filter is in place: it makes a socket that the command must not have.
    pub(crate) fn open(own: bool, names: bool, private: Vec<PathBuf>) -> Self {
        let listing = if own { unix_diag::open().ok() } else { None };
        Self { bound: HashSet::new(), listing, names, private }
    }

    /// Connects a socket of the caller's.
    pub(super) fn connect(
        &self,
        caller: Caller,
        call: &SeccompNotification,
        journal: &Arc<Mutex<RunLog>>,
        is_valid: impl Fn() -> Result<(), Errno>,
    ) -> Result<Response, Errno> {
        let (socket, address) = socket_and_address(caller, call)?;
        is_valid()?;
        let (target, held) = if rustix::net::sockopt::socket_domain(&socket)? == AddressFamily::UNIX {
            match unix_address(&address)? {
                UnixAddress::Name if self.names => (address, None),
                UnixAddress::Name => return Err(Errno::PERM),
                UnixAddress::Path(path) => {
                    let peer = self.peer(caller, path, journal)?;
                    (address_of(&peer), Some(peer))
                }
            }
        } else {
            (address, None)
        };
        let journal = Arc::clone(journal);
        let waits = !rustix::fs::fcntl_getfl(&socket)?.contains(OFlags::NONBLOCK);
        let connect = move || {
            let result = connect_to(&socket, &target);
            drop(held);
            if let Err(Errno::NETUNREACH | Errno::HOSTUNREACH | Errno::ACCESS) = result
                && let Some(address) = internet_address(&target)
            {
                note(&journal, RefusedCall::Network(address.to_string()));
            }
            result.map(|()| Response::Done)
        };
        if waits { Ok(Response::Later(Box::new(connect))) } else { connect() }
    }

    /// Opens the socket at a path, when a contained command listens there.
    fn peer(&self, caller: Caller, path: &[u8], journal: &Mutex<RunLog>) -> Result<OwnedFd, Errno> {
        let Location { folder, name, .. } = caller.place(libc::AT_FDCWD, path)?;
        let peer = rustix::fs::openat(&folder, &name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
        let stat = rustix::fs::fstat(&peer)?;
        let id = FileId::from(&stat);
        let is_socket = FileType::from_raw_mode(stat.st_mode) == FileType::Socket;
        let is_ours = is_socket
            && (self.bound.contains(&id)
                || self.listing.as_ref().is_some_and(|listing| unix_diag::has(listing, id).unwrap_or(false)));
        if is_ours {
            return Ok(peer);
        }
        // one that a command left, and that nobody outside has ever heard of: as if nobody listened, which is so
        let real = real_path(&peer)?;
        let is_left = self.private.iter().any(|folder| real.starts_with(folder));
        if is_left {
            return Err(Errno::CONNREFUSED);
        }
        // nobody could have connected to anything else
        if is_socket {
            note(journal, RefusedCall::Socket(String::from_utf8_lossy(path).into_owned()));
        }
        Err(Errno::ACCESS)
    }

    /// Binds a socket of the caller's.
    pub(super) fn bind(
        &mut self,
        caller: Caller,
        call: &SeccompNotification,
        rules: &ProtectedPaths,
        tried: &mut Vec<PathBuf>,
        is_valid: impl Fn() -> Result<(), Errno>,
    ) -> Result<Response, Errno> {
        let (socket, address) = socket_and_address(caller, call)?;
        is_valid()?;
        let is_unix = rustix::net::sockopt::socket_domain(&socket)? == AddressFamily::UNIX;
        let path = match unix_address(&address) {
            Ok(UnixAddress::Path(path)) if is_unix => path,
            _ => return bind_to(&socket, &address).map(|()| Response::Done),
        };
        // the same words must lead the guard to the same folder
        if path.starts_with(b"/proc/") || path.starts_with(b"/dev/fd/") {
            return Err(Errno::ACCESS);
        }
        let place = caller.place(libc::AT_FDCWD, path)?;
        tried.push(place.path.clone());
        if rules.protect(&place.path) {
            return Err(Errno::ROFS);
        }
        // What the address says is what the socket answers when it is asked for its name, so it is bound by these very words. The
        // kernel looks the path up once more; nothing of the command's can be renamed meanwhile, since that is for this thread to do.
        let cwd = caller.cwd()?;
        rustix::process::fchdir(cwd)?;
        let bound = caller.masked(|| bind_to(&socket, &address));
        let _ = rustix::process::chdir("/");
        bound?;
        let kind = rustix::net::sockopt::socket_type(&socket)?;
        self.bound.extend(just_bound(&place, kind));
        Ok(Response::Done)
    }
}

/// The socket file at `place`, when it is one that nobody listens on: what was just bound is not listened on before the call
/// returns, while a daemon's, should another command have put it there, is.
fn just_bound(place: &Location, kind: SocketType) -> Option<FileId> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(&place.folder, &place.name, flags, Mode::empty()).ok()?;
    let stat = rustix::fs::statat(&file, "", AtFlags::EMPTY_PATH).ok()?;
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let caller = rustix::net::socket_with(AddressFamily::UNIX, kind, flags, None).ok()?;
    let answers = connect_to(&caller, &address_of(&file)) != Err(Errno::CONNREFUSED);
    let is_socket = FileType::from_raw_mode(stat.st_mode) == FileType::Socket;
    (is_socket && !answers).then(|| FileId::from(&stat))
}

/// Takes the caller's socket and reads the address, the arguments of `connect` and `bind` alike.
fn socket_and_address(caller: Caller, call: &SeccompNotification) -> Result<(OwnedFd, Vec<u8>), Errno> {
    let [fd, address, length, ..] = call.arguments;
    // an `int`, as the kernel reads it
    let length = length & u64::from(u32::MAX);
    if length > MAX_ADDRESS {
        return Err(Errno::INVAL);
    }
    let address = caller.bytes(address, usize::try_from(length).map_err(|_| Errno::INVAL)?)?;
    Ok((caller.descriptor(fd)?, address))
}

fn unix_address(address: &[u8]) -> Result<UnixAddress<'_>, Errno> {
    let (family, path) = address.split_at_checked(PATH_OFFSET).ok_or(Errno::INVAL)?;
    if family != AF_UNIX.to_ne_bytes() {
        return Err(Errno::INVAL);
    }
    Ok(match path.iter().position(|byte| *byte == 0) {
        _ if path.is_empty() => UnixAddress::Name,
        Some(0) => UnixAddress::Name,
        Some(end) => UnixAddress::Path(&path[..end]),
        None => UnixAddress::Path(path),
    })
}

/// Address of the socket file that is open.
fn address_of(file: &OwnedFd) -> Vec<u8> {
    let path = format!("/proc/self/fd/{}\0", file.as_raw_fd());
    [&AF_UNIX.to_ne_bytes()[..], path.as_bytes()].concat()
}

fn internet_address(address: &[u8]) -> Option<SocketAddr> {
    let (family, rest) = address.split_at_checked(PATH_OFFSET)?;
    let family = i32::from(libc::sa_family_t::from_ne_bytes(family.try_into().ok()?));
    let port = u16::from_be_bytes(rest.get(..2)?.try_into().ok()?);
    let ip = match family {
        libc::AF_INET => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(rest.get(2..6)?).ok()?)),
        libc::AF_INET6 => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(rest.get(6..22)?).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

fn note(journal: &Mutex<RunLog>, refused: RefusedCall) {
    if let Ok(mut journal) = journal.lock() {
        journal.add(RunLogEntry::Refused(refused));
    }
}

fn connect_to(socket: &OwnedFd, address: &[u8]) -> Result<(), Errno> {
    let length = libc::socklen_t::try_from(address.len()).map_err(|_| Errno::INVAL)?;
    // SAFETY: the address lives for the call, and its size is given.
    call_result(unsafe { libc::connect(socket.as_raw_fd(), address.as_ptr().cast(), length) })
}

fn bind_to(socket: &OwnedFd, address: &[u8]) -> Result<(), Errno> {
    let length = libc::socklen_t::try_from(address.len()).map_err(|_| Errno::INVAL)?;
    // SAFETY: the address lives for the call, and its size is given.
    call_result(unsafe { libc::bind(socket.as_raw_fd(), address.as_ptr().cast(), length) })
}

fn call_result(result: i32) -> Result<(), Errno> {
    if result == 0 {
        return Ok(());
    }
    Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    #[test]
    fn addresses_are_read_as_the_kernel_reads_them() {
        let unix = |path: &[u8]| [&1_u16.to_ne_bytes()[..], path].concat();
        let path = |address: &[u8]| match unix_address(address) {
            Ok(UnixAddress::Path(path)) => Some(Path::new(OsStr::from_bytes(path)).to_owned()),
            _ => None,
        };
        assert_eq!(path(&unix(b"/a/b\0c")), Some("/a/b".into()));
        assert_eq!(path(&unix(b"rel")), Some("rel".into()));
        assert!(matches!(unix_address(&unix(b"\0name")), Ok(UnixAddress::Name)));
        assert!(matches!(unix_address(&unix(b"")), Ok(UnixAddress::Name)));
        assert!(unix_address(&[1]).is_err() && unix_address(&2_u16.to_ne_bytes()).is_err());
        let inet = [&2_u16.to_ne_bytes()[..], &[1, 187, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]].concat();
        assert_eq!(internet_address(&inet).unwrap().to_string(), "192.0.2.1:443");
        assert_eq!(internet_address(&unix(b"/a/b/c/d/e/f/g/h/i/j/k/l/m")), None);
    }
}
