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

#[test]
fn unix_sockets_of_its_own_processes_work_by_every_path() {
    for world in worlds() {
        fs::create_dir(world.path("root/folder")).unwrap();
        world.give(&world.path("root/folder"));
        let absolute = world.path("root/absolute").display().to_string();
        let paths = ["relative", "folder/../below", "./folder/deep", absolute.as_str()];
        for level in levels() {
            for path in paths {
                for attempt in ["serve-path", "serve-packets"] {
                    let own = world.attempt(level, &format!("{attempt} {path}"));
                    assert!(
                        own.stdout.contains("allowed"),
                        "{level:?} {} {attempt} {path}: {own:?}",
                        world.who()
                    );
                }
            }
            let own = world.attempt(level, "serve-abstract escape-own");
            assert!(own.stdout.contains("allowed"), "{level:?} {}: {own:?}", world.who());
            for outside in ["../outside/made", ".envrc", "/proc/self/cwd/made"] {
                let bound = world.attempt(level, &format!("serve-path {outside}"));
                assert!(bound.stdout.contains("refused: "), "{level:?} {} {outside}: {bound:?}", world.who());
            }
        }
    }
}

#[test]
fn a_daemons_socket_stays_out_of_reach_under_another_name() {
    for world in worlds() {
        for attempt in
            ["renamed-daemon", "linked-daemon", "symlinked-daemon", "opened-daemon", "swapped-daemon"]
        {
            let mut daemon = None;
            let undo = |world: &crate::world::World| {
                for name in ["daemon", "alias", "own", "spare"] {
                    let _ = fs::remove_file(world.path("root").join(name));
                }
            };
            for level in [None].into_iter().chain(levels().into_iter().map(Some)) {
                undo(&world);
                drop(daemon.take());
                let path = world.path("root/daemon");
                daemon = Some(UnixListener::bind(&path).unwrap());
                fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
                world.give(&path);
                let outcome = match level {
                    None => world.attempt_bare(attempt),
                    Some(level) => world.attempt(level, attempt),
                };
                let expected = if level.is_none() { "allowed" } else { "refused: " };
                assert!(
                    outcome.stdout.contains(expected),
                    "{level:?} {} {attempt}: {outcome:?}",
                    world.who()
                );
            }
        }
    }
}

#[test]
fn the_interfaces_are_read_and_not_changed() {
    for world in worlds() {
        for level in levels() {
            let read = world.attempt(level, "read-interfaces");
            let expected = if level == SandboxLevel::Full { "allowed" } else { "refused: " };
            assert!(read.stdout.contains(expected), "{level:?} {}: {read:?}", world.who());
            let changed = world.attempt(level, "lower-loopback");
            assert!(changed.stdout.contains("refused: "), "{level:?} {}: {changed:?}", world.who());
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
        "serve-path" => {
            let path = std::path::Path::new(argument);
            let listener = UnixListener::bind(path);
            let served = listener.and_then(|listener| {
                assert_eq!(listener.local_addr()?.as_pathname(), Some(path), "it is called as it was bound");
                let renamed = path.with_extension("renamed");
                fs::rename(path, &renamed)?;
                let answered = answer_one(&listener, UnixStream::connect(&renamed)?);
                fs::remove_file(renamed)?;
                answered
            });
            let _ = fs::remove_file(path);
            served
        }
        "serve-packets" => serve_packets(argument),
        "serve-abstract" => {
            let address = UnixAddr::from_abstract_name(argument).unwrap();
            UnixListener::bind_addr(&address)
                .and_then(|listener| answer_one(&listener, UnixStream::connect_addr(&address)?))
        }
        "renamed-daemon" => UnixListener::bind("own").and_then(|_own| {
            fs::rename("daemon", "own")?;
            UnixStream::connect("own").map(drop)
        }),
        "linked-daemon" => {
            fs::hard_link("daemon", "alias").and_then(|()| UnixStream::connect("alias").map(drop))
        }
        "symlinked-daemon" => std::os::unix::fs::symlink("daemon", "alias")
            .and_then(|()| UnixStream::connect("alias").map(drop)),
        "opened-daemon" => {
            let flags = libc::O_PATH | libc::O_CLOEXEC;
            // SAFETY: the path is a text that ends, and lives for the call.
            let fd = unsafe { libc::open(c"daemon".as_ptr(), flags) };
            UnixStream::connect(format!("/proc/self/fd/{fd}")).map(drop)
        }
        "swapped-daemon" => swap_daemon(),
        "read-interfaces" => {
            let mut list = std::ptr::null_mut();
            // SAFETY: the list is made by the one call and freed by the other.
            call(unsafe { libc::getifaddrs(&raw mut list) }.into())
                .inspect(|()| unsafe { libc::freeifaddrs(list) })
        }
        "lower-loopback" => lower_loopback(),
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

fn answer_one(listener: &UnixListener, mut near: UnixStream) -> Result<(), Error> {
    near.write_all(b"x")?;
    listener.accept()?.0.read_exact(&mut [0])
}

/// Serves and calls with packets that keep their order, by system calls: the standard library has none.
fn serve_packets(path: &str) -> Result<(), Error> {
    let mut address = libc::sockaddr_un { sun_family: 1, sun_path: [0; 108] };
    for (to, from) in address.sun_path.iter_mut().zip(path.bytes()) {
        *to = from.cast_signed();
    }
    let size = libc::socklen_t::try_from(size_of_val(&address)).unwrap();
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: the address lives for the calls, and its size is given.
    let result = unsafe {
        let (server, client) = (libc::socket(libc::AF_UNIX, kind, 0), libc::socket(libc::AF_UNIX, kind, 0));
        call(server.into())?;
        call(libc::bind(server, (&raw const address).cast(), size).into())
            .and_then(|()| call(libc::listen(server, 1).into()))
            .and_then(|()| call(libc::connect(client, (&raw const address).cast(), size).into()))
    };
    let _ = fs::remove_file(path);
    result
}

/// Exchanges the daemon's socket and one of its own, as fast as it can, while it connects to its own, for half a second.
fn swap_daemon() -> Result<(), Error> {
    use std::sync::atomic::{AtomicBool, Ordering};
    static STOP: AtomicBool = AtomicBool::new(false);
    let own = UnixListener::bind("own")?;
    own.set_nonblocking(true)?;
    let swapper = std::thread::spawn(|| {
        let (exchange, here) = (rustix::fs::RenameFlags::EXCHANGE, rustix::fs::CWD);
        while !STOP.load(Ordering::Relaxed) {
            let _ = rustix::fs::renameat_with(here, "daemon", here, "own", exchange);
        }
    });
    let started = std::time::Instant::now();
    let (mut heard, mut reached) = (0, false);
    while started.elapsed() < Duration::from_millis(500) && !reached {
        if UnixStream::connect("own").is_ok() {
            // what its own socket does not hear was heard by the daemon
            let is_own = own.accept().is_ok();
            heard += usize::from(is_own);
            reached = !is_own;
        }
    }
    STOP.store(true, Ordering::Relaxed);
    swapper.join().unwrap();
    assert!(reached || heard > 0, "its own is connected to");
    if reached { Ok(()) } else { Err(Error::other("never the daemon")) }
}

/// Takes the loopback down, which takes the right to; in a network of its own where it can make one.
fn lower_loopback() -> Result<(), Error> {
    const NEW_LINK: u16 = 16;
    const REQUEST_WITH_ANSWER: u16 = 5;
    const LOOPBACK: u32 = 1;
    const UP: u32 = 1;
    // SAFETY: takes no pointers, and the descriptor is nobody else's.
    let socket = unsafe {
        let fd = libc::socket(libc::AF_NETLINK, libc::SOCK_RAW | libc::SOCK_CLOEXEC, libc::NETLINK_ROUTE);
        call(fd.into())?;
        OwnedFd::from_raw_fd(fd)
    };
    let mut request = Vec::new();
    request.extend(32_u32.to_ne_bytes());
    request.extend(NEW_LINK.to_ne_bytes());
    request.extend(REQUEST_WITH_ANSWER.to_ne_bytes());
    request.extend([0; 8]);
    request.extend([0; 4]);
    request.extend(LOOPBACK.to_ne_bytes());
    request.extend(0_u32.to_ne_bytes());
    request.extend(UP.to_ne_bytes());
    rustix::net::send(&socket, &request, rustix::net::SendFlags::empty())?;
    let mut answer = [0; 64];
    rustix::net::recv(&socket, &mut answer, rustix::net::RecvFlags::empty())?;
    // behind the header: 0, or the error
    match i32::from_ne_bytes(answer[16..20].try_into().unwrap()) {
        0 => Ok(()),
        error => Err(Error::from_raw_os_error(-error)),
    }
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
