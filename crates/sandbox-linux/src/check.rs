//! Before the command starts: what must be refused is tried, and must be refused.

use crate::failure::Failure;
use crate::policy::Policy;
use protocol::{NetworkAccess, SandboxLevel};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, netlink};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An address nobody has (RFC 5737).
const ELSEWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);

/// Tries a bit of everything that `policy` forbids, and the loopback that it promises.
pub fn everything(policy: &Policy, protected: &[PathBuf]) -> Result<(), Failure> {
    let full = policy.level == SandboxLevel::Full;
    if let Some(outside) = outside(policy) {
        refused(&format!("a write in {}", outside.display()), write_in(&outside))?;
        if full {
            refused(&format!("chmod of {}", outside.display()), chmod(&outside))?;
        }
    }
    if full {
        for path in protected {
            let result = if path.is_dir() { write_in(path) } else { write_to(path) };
            refused(&format!("a write to the protected {}", path.display()), result)?;
        }
    }
    let socket = |family, kind, protocol| {
        rustix::net::socket_with(family, kind, SocketFlags::CLOEXEC, protocol).map(drop)
    };
    refused("a unix socket for datagrams", socket(AddressFamily::UNIX, SocketType::DGRAM, None))?;
    let uevents = Some(netlink::KOBJECT_UEVENT);
    refused("a netlink socket", socket(AddressFamily::NETLINK, SocketType::RAW, uevents))?;
    if policy.network == NetworkAccess::None {
        if full {
            let sent =
                UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| socket.connect(ELSEWHERE));
            if sent.is_ok() {
                return Err(Failure::Setup("self-test: a way out of the network was left open".to_owned()));
            }
            loopback()
                .map_err(|error| Failure::Setup(format!("self-test: loopback does not work: {error}")))?;
        } else {
            refused("an internet socket", socket(AddressFamily::INET, SocketType::STREAM, None))?;
        }
    }
    Ok(())
}

/// A folder that is not to be written, if possible one that only the sandbox keeps this person from writing.
fn outside(policy: &Policy) -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).and_then(|home| home.canonicalize().ok());
    home.into_iter()
        .chain([policy.cwd.clone(), PathBuf::from("/usr"), PathBuf::from("/")])
        .find(|path| path.is_dir() && !policy.writable.iter().any(|root| path.starts_with(root)))
}

/// Makes a file without a name, which leaves nothing behind should it work.
fn write_in(folder: &Path) -> Result<(), Errno> {
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    rustix::fs::openat(CWD, folder, flags, Mode::RUSR | Mode::WUSR).map(drop)
}

fn write_to(file: &Path) -> Result<(), Errno> {
    rustix::fs::openat(CWD, file, OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())
        .map(drop)
}

/// Sets the mode a folder has.
fn chmod(folder: &Path) -> Result<(), Errno> {
    let mode = rustix::fs::stat(folder)?.st_mode;
    rustix::fs::chmod(folder, Mode::from_raw_mode(mode & 0o7777))
}

fn loopback() -> std::io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    TcpStream::connect_timeout(&listener.local_addr()?, Duration::from_secs(1)).map(drop)
}

fn refused(what: &str, result: Result<(), Errno>) -> Result<(), Failure> {
    match result {
        Ok(()) => Err(Failure::Setup(format!("self-test: {what} was not refused"))),
        Err(_) => Ok(()),
    }
}
