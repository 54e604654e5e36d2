//! Peers a command speaks to: the internet's protocols, and Unix sockets.

use crate::attempts::call;
use crate::world::{check_attempt, levels, worlds};
use protocol::{NetworkAccess, SandboxLevel};
use std::fs;
use std::io::{Error, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr as UnixAddr, UnixDatagram, UnixListener, UnixStream};
use std::time::Duration;

/// Nobody's address (RFC 5737), to find out by which of its own this machine would call it.
const ELSEWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);

/// An address of this machine on a real interface; says loudly when there is none.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    let own = socket.connect(ELSEWHERE).and_then(|()| socket.local_addr()).ok();
    let own = own.map(|address| address.ip()).filter(|ip| !ip.is_loopback());
    if own.is_none() {
        eprintln!("SKIPPED: the network beyond the loopback: this machine has none");
    }
    own
}

#[test]
fn the_network_is_a_loopback_of_its_own() {
    let listener = own_address().map(|ip| TcpListener::bind((ip, 0)).unwrap());
    for world in worlds() {
        if let Some(listener) = &listener {
            let attempt = format!("connect {}", listener.local_addr().unwrap());
            check_attempt(&world, &attempt, SandboxLevel::Partial, |_| {});
        }
        for level in levels() {
            let loopback = world.attempt(level, "serve-and-call");
            let expected = if level == SandboxLevel::Full { "allowed" } else { "refused: " };
            assert!(loopback.stdout.contains(expected), "{level:?}: {loopback:?}");

            let mut open = world.policy(level);
            open.network = NetworkAccess::Full;
            let loopback = world.attempt_policy(&open, "serve-and-call");
            assert!(loopback.stdout.contains("allowed"), "{level:?}: {loopback:?}");
        }
    }
}

#[test]
fn the_hosts_loopback_is_not_reached() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let Ok(listener) = TcpListener::bind(address) else {
            eprintln!("SKIPPED: the loopback {address}: this machine has none");
            continue;
        };
        let attempt = format!("connect {}", listener.local_addr().unwrap());
        for world in worlds() {
            check_attempt(&world, &attempt, SandboxLevel::Partial, |_| {});
        }
    }
}

#[test]
fn no_other_way_of_speaking_tcp_reaches_the_host() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    for world in worlds() {
        for attempt in ["connect", "connect-mptcp", "fast-open"] {
            check_attempt(&world, &format!("{attempt} {address}"), SandboxLevel::Partial, |_| {});
        }
    }
}

#[test]
fn no_datagram_reaches_the_host() {
    for world in worlds() {
        for level in levels() {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            let attempt = format!("send-udp {}", socket.local_addr().unwrap());
            let mut heard = [0; 8];
            // it arrives at once on the loopback, or never: the one sent bare comes second, and is the only one there
            world.attempt(level, &attempt);
            assert!(world.attempt_bare(&attempt).stdout.contains("allowed"));
            assert_eq!(socket.recv(&mut heard).unwrap(), 3);
            socket.set_nonblocking(true).unwrap();
            assert!(socket.recv(&mut heard).is_err(), "{level:?} {}: a second one arrived", world.who());
        }
    }
}

#[test]
fn unix_sockets_reach_nobody() {
    for world in worlds() {
        // in a folder it may write, and in one it may not
        let sockets = ["root/daemon", "outside/daemon", "root/letters", "outside/letters"];
        let [daemon, outside, letters, more] = sockets.map(|name| world.path(name));
        let _daemons = [&daemon, &outside].map(|path| UnixListener::bind(path).unwrap());
        let _letters = [&letters, &more].map(|path| UnixDatagram::bind(path).unwrap());
        for path in [&daemon, &outside, &letters, &more] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
        }
        let name = format!("escape-{}-{}", std::process::id(), world.who());
        let _abstract = UnixListener::bind_addr(&UnixAddr::from_abstract_name(&name).unwrap()).unwrap();
        for attempt in [
            "connect-path daemon",
            "connect-path ../outside/daemon",
            "connect-pair-to-path letters",
            "connect-pair-to-path ../outside/letters",
            &format!("connect-abstract {name}"),
        ] {
            check_attempt(&world, attempt, SandboxLevel::Partial, |_| {});
        }
        for level in levels() {
            let pair = world.attempt(level, "stream-pair");
            assert!(pair.stdout.contains("allowed"), "{level:?}: {pair:?}");
        }
    }
}

pub(crate) fn attempt(name: &str, argument: &str) -> Option<Result<(), Error>> {
    let address = || argument.parse::<SocketAddr>().unwrap();
    Some(match name {
        "connect" => TcpStream::connect_timeout(&address(), Duration::from_secs(5)).map(drop),
        "connect-mptcp" => connect_with(libc::IPPROTO_MPTCP, address()),
        "fast-open" => fast_open(address()),
        "send-udp" => {
            UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.send_to(b"out", address())).map(drop)
        }
        "serve-and-call" => serve_and_call(),
        "connect-path" => UnixStream::connect(argument).map(drop),
        "connect-pair-to-path" => {
            UnixDatagram::pair().and_then(|(near, _far)| near.send_to(b"x", argument)).map(drop)
        }
        "connect-abstract" => {
            UnixStream::connect_addr(&UnixAddr::from_abstract_name(argument).unwrap()).map(drop)
        }
        "stream-pair" => UnixStream::pair().and_then(|(mut near, mut far)| {
            near.write_all(b"x")?;
            far.read_exact(&mut [0])
        }),
        _ => return None,
    })
}

fn serve_and_call() -> Result<(), Error> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut near = TcpStream::connect(listener.local_addr()?)?;
    let (mut far, _) = listener.accept()?;
    far.write_all(b"hello")?;
    let mut heard = [0; 5];
    near.read_exact(&mut heard)?;
    assert_eq!(&heard, b"hello");
    Ok(())
}

fn inet(address: SocketAddr) -> libc::sockaddr_in {
    let SocketAddr::V4(address) = address else { panic!("not an IPv4 address: {address}") };
    libc::sockaddr_in {
        sin_family: libc::sa_family_t::try_from(libc::AF_INET).unwrap(),
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from(*address.ip()).to_be() },
        sin_zero: [0; 8],
    }
}

fn stream(protocol: i32) -> Result<OwnedFd, Error> {
    // SAFETY: takes no pointers.
    let fd = unsafe { libc::socket(libc::AF_INET, libc::SOCK_STREAM, protocol) };
    call(fd.into())?;
    // SAFETY: just made, and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn connect_with(protocol: i32, address: SocketAddr) -> Result<(), Error> {
    let (socket, address) = (stream(protocol)?, inet(address));
    let size = libc::socklen_t::try_from(size_of_val(&address)).unwrap();
    // SAFETY: the address lives for the call, and its size is given.
    call(unsafe { libc::connect(socket.as_raw_fd(), (&raw const address).cast(), size) }.into())
}

/// Connects by sending: no `connect` is made.
fn fast_open(address: SocketAddr) -> Result<(), Error> {
    let (socket, address) = (stream(0)?, inet(address));
    let size = libc::socklen_t::try_from(size_of_val(&address)).unwrap();
    let (text, to) = (c"x".as_ptr().cast(), (&raw const address).cast());
    // SAFETY: text and address live for the call, and their sizes are given.
    call(unsafe { libc::sendto(socket.as_raw_fd(), text, 1, libc::MSG_FASTOPEN, to, size) } as i64)
}
