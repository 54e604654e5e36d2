//! The kernel's list of the Unix sockets of a network (`linux/unix_diag.h`).

use crate::seccomp_notify::file_id::FileId;
use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink};
use std::os::fd::OwnedFd;

/// `SOCK_DIAG_BY_FAMILY`.
const BY_FAMILY: u16 = 20;

/// `NLM_F_REQUEST | NLM_F_DUMP`.
const DUMP: u16 = 0x301;

/// `UDIAG_SHOW_VFS`: tells the file that each is bound to.
const SHOW_FILE: u32 = 2;

/// `UNIX_DIAG_VFS`.
const FILE: u16 = 1;

const DONE: u16 = 3;
const ERROR: u16 = 2;

/// Sizes of a message's header, of what follows for each socket, and of an attribute's header.
const HEADER: usize = 16;
const SOCKET: usize = 16;
const ATTRIBUTE: usize = 4;

/// Opens a way to ask for the list of the network that this process is in.
pub(super) fn open() -> Result<OwnedFd, Errno> {
    rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        Some(netlink::SOCK_DIAG),
    )
}

/// Reports whether a socket of the network is bound to the file.
pub(super) fn has(listing: &OwnedFd, file: FileId) -> Result<bool, Errno> {
    // the list has room for inodes of 32 bits, and names the file system as the kernel does
    let (Ok(inode), Some(device)) = (u32::try_from(file.inode), kernel_device(file.device)) else {
        return Ok(false);
    };
    rustix::net::send(listing, &request(), SendFlags::empty())?;
    let mut found = false;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let (_, length) = rustix::net::recv(listing, &mut buffer[..], RecvFlags::empty())?;
        let mut rest = buffer.get(..length).ok_or(Errno::MSGSIZE)?;
        while let Some((kind, message, next)) = split(rest, HEADER) {
            match kind {
                DONE => return Ok(found),
                ERROR => return Err(Errno::IO),
                _ => found |= is_bound_to(message, inode, device),
            }
            rest = next;
        }
    }
}

fn request() -> Vec<u8> {
    const AF_UNIX: u8 = 1;
    const _: () = assert!(libc::AF_UNIX == 1);
    let family = [AF_UNIX, 0, 0, 0];
    let every_state = u32::MAX.to_ne_bytes();
    let (any_inode, show, any_cookie) = ([0; 4], SHOW_FILE.to_ne_bytes(), [0xff; 8]);
    let body = [&family[..], &every_state, &any_inode, &show, &any_cookie].concat();
    let length = u32::try_from(HEADER + body.len()).unwrap_or_default();
    [&length.to_ne_bytes()[..], &BY_FAMILY.to_ne_bytes(), &DUMP.to_ne_bytes(), &[0; 8], &body].concat()
}

/// Splits the first message (with its 4-byte length) or attribute (with its 2-byte length) off: its kind, what it holds, and what follows.
fn split(bytes: &[u8], header: usize) -> Option<(u16, &[u8], &[u8])> {
    let number = |at: usize| Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let (length, kind) = if header == HEADER {
        let length = u32::from_ne_bytes(bytes.get(..4)?.try_into().ok()?);
        (usize::try_from(length).ok()?, number(4)?)
    } else {
        (usize::from(number(0)?), number(2)?)
    };
    let held = bytes.get(header..length)?;
    Some((kind, held, bytes.get(length.next_multiple_of(4)..).unwrap_or_default()))
}

fn is_bound_to(message: &[u8], inode: u32, device: u32) -> bool {
    let mut attributes = message.get(SOCKET..).unwrap_or_default();
    while let Some((kind, held, next)) = split(attributes, ATTRIBUTE) {
        if kind == FILE {
            return held == [inode.to_ne_bytes(), device.to_ne_bytes()].concat();
        }
        attributes = next;
    }
    false
}

/// A device's number as the kernel holds it: 12 bits and 20.
fn kernel_device(device: u64) -> Option<u32> {
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    (major < 1 << 12 && minor < 1 << 20).then_some(major << 20 | minor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_bound_socket_is_listed_by_its_file_and_nothing_else_is() {
        let Ok(listing) = open() else {
            eprintln!("SKIPPED: the list of Unix sockets: this kernel has none");
            return;
        };
        let dir = tempfile::tempdir().unwrap();
        let id = |name: &str| FileId::from(&rustix::fs::stat(dir.path().join(name)).unwrap());
        let listener = UnixListener::bind(dir.path().join("bound")).unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        assert_eq!((has(&listing, id("bound")), has(&listing, id("file"))), (Ok(true), Ok(false)));
        drop(listener);
        assert_eq!(has(&listing, id("bound")), Ok(false));
    }
}
