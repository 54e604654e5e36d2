//! Attempts at escaping that are system calls. They run in this test's own executable, started once more inside the sandbox.

use crate::world::ATTEMPT_VARIABLE;
use std::ffi::CString;
use std::io::{Error, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Says whether the attempt was allowed. Does nothing in an ordinary run of the tests.
pub(crate) fn run_the_one_asked_for() {
    let Ok(attempt) = std::env::var(ATTEMPT_VARIABLE) else { return };
    match dispatch(&attempt) {
        Ok(()) => println!("allowed"),
        Err(error) => println!("refused: {error}"),
    }
}

/// Whether a call went through.
fn call(result: i64) -> Result<(), Error> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok(()) }
}

fn socket(family: i32, kind: i32) -> Result<(), Error> {
    // SAFETY: takes no pointers.
    call(unsafe { libc::socket(family, kind, 0) }.into())
}

macro_rules! syscall {
    ($number:expr $(, $argument:expr)*) => {
        // SAFETY: either the call is refused before its arguments are looked at, or they are null or live for the call.
        call(unsafe { libc::syscall($number $(, $argument)*) })
    };
}

fn dispatch(attempt: &str) -> Result<(), Error> {
    let (name, argument) = attempt.split_once(' ').unwrap_or((attempt, ""));
    let none = null_mut::<libc::c_void>();
    match name {
        "connect-elsewhere" => {
            TcpStream::connect_timeout(&"192.0.2.1:9".parse().unwrap(), Duration::from_secs(2)).map(drop)
        }
        "connect-port" => TcpStream::connect(("127.0.0.1", argument.parse().unwrap())).map(drop),
        "serve-and-call" => {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            let mut near = TcpStream::connect(listener.local_addr()?)?;
            let (mut far, _) = listener.accept()?;
            far.write_all(b"hello")?;
            let mut heard = [0; 5];
            near.read_exact(&mut heard)?;
            assert_eq!(&heard, b"hello");
            Ok(())
        }
        "connect-path" => UnixStream::connect(argument).map(drop),
        "connect-pair-to-path" => UnixDatagram::pair()?.0.send_to(b"x", argument).map(drop),
        "connect-abstract" => {
            use std::os::linux::net::SocketAddrExt;
            let address = std::os::unix::net::SocketAddr::from_abstract_name(b"nobody")?;
            UnixStream::connect_addr(&address).map(drop)
        }
        "stream-pair" => {
            let (mut near, mut far) = UnixStream::pair()?;
            near.write_all(b"x")?;
            far.read_exact(&mut [0])
        }
        "netlink" => socket(libc::AF_NETLINK, libc::SOCK_RAW),
        "vsock" => socket(libc::AF_VSOCK, libc::SOCK_STREAM),
        "packet" => socket(libc::AF_PACKET, libc::SOCK_RAW),
        "io-uring" => {
            let mut parameters = [0_u8; 120];
            syscall!(libc::SYS_io_uring_setup, 4, parameters.as_mut_ptr())
        }
        "ptrace" => syscall!(libc::SYS_ptrace, libc::PTRACE_TRACEME, 0, 0, 0),
        "process-vm" => syscall!(libc::SYS_process_vm_readv, std::process::id(), none, 0, none, 0, 0),
        "userfaultfd" => syscall!(libc::SYS_userfaultfd, 1),
        "connect-mptcp" => connect_with(libc::IPPROTO_MPTCP, argument),
        "fast-open" => fast_open(argument),
        "send-udp" => std::net::UdpSocket::bind("127.0.0.1:0")?.send_to(b"out", port(argument)).map(drop),
        "signal" => call(signal_nobody_minds(argument)),
        "attach" => {
            let pid: i32 = argument.parse().unwrap();
            syscall!(libc::SYS_ptrace, libc::PTRACE_SEIZE, pid, 0, 0)
        }
        "set-attribute" => {
            let path = CString::new(argument).unwrap();
            let name = c"user.escape".as_ptr();
            syscall!(libc::SYS_setxattr, path.as_ptr(), name, c"x".as_ptr(), 1, 0)
        }
        "set-times" => {
            let file = CString::new(argument).unwrap();
            syscall!(libc::SYS_utimensat, libc::AT_FDCWD, file.as_ptr(), none, 0)
        }
        "write-to-9" => {
            // SAFETY: the text lives for the call.
            call(unsafe { libc::write(9, c"x".as_ptr().cast(), 1) } as i64)
        }
        #[cfg(target_arch = "x86_64")]
        "old-call" => old_call(),
        "keyctl" => syscall!(libc::SYS_keyctl, 0, -3, 0),
        "add-key" => syscall!(libc::SYS_add_key, c"user".as_ptr(), c"x".as_ptr(), c"y".as_ptr(), 1, -3),
        "bpf" => syscall!(libc::SYS_bpf, 0, none, 0),
        "perf" => syscall!(libc::SYS_perf_event_open, none, 0, -1, -1, 0),
        "unshare-user" => syscall!(libc::SYS_unshare, libc::CLONE_NEWUSER),
        "clone-user" => {
            syscall!(libc::SYS_clone, libc::CLONE_NEWUSER | libc::SIGCHLD, none, none, none, none)
        }
        "clone3" => {
            let result = syscall!(libc::SYS_clone3, none, 0);
            let error = result.unwrap_err();
            // what a C library falls back on; another error would mean that the kernel looked at it
            if error.raw_os_error() == Some(libc::ENOSYS) { Err(error) } else { Ok(()) }
        }
        "mount" => syscall!(libc::SYS_mount, c"none".as_ptr(), c"/tmp".as_ptr(), c"tmpfs".as_ptr(), 0, none),
        "open-tree" => syscall!(libc::SYS_open_tree, libc::AT_FDCWD, c"/".as_ptr(), 1),
        "setns" => {
            let own = std::fs::File::open("/proc/self/ns/uts")?;
            syscall!(libc::SYS_setns, own.as_raw_fd(), 0)
        }
        "tiocsti" => {
            // SAFETY: the request reads one byte.
            let result = unsafe { libc::ioctl(0, libc::TIOCSTI, c"x".as_ptr()) };
            let error = call(result.into()).unwrap_err();
            // without the filter it would be ENOTTY
            if error.raw_os_error() == Some(libc::EPERM) { Err(error) } else { Ok(()) }
        }
        "x32" => {
            const X32_GETPID: i64 = 0x4000_0000 + 39;
            syscall!(X32_GETPID)
        }
        "handle" => syscall!(libc::SYS_open_by_handle_at, -1, none, 0),
        "chroot" => syscall!(libc::SYS_chroot, c"/".as_ptr()),
        "swap-names" => swap_names(),
        "open-how" => {
            let how = [(libc::O_CREAT | libc::O_WRONLY) as u64, 0o600, 0];
            syscall!(libc::SYS_openat2, libc::AT_FDCWD, c".envrc".as_ptr(), how.as_ptr(), size_of_val(&how))
        }
        "link-unnamed" => {
            let file = rustix::fs::open(
                ".",
                rustix::fs::OFlags::TMPFILE | rustix::fs::OFlags::WRONLY,
                rustix::fs::Mode::from_raw_mode(0o644),
            )?;
            let link = CString::new(format!("/proc/self/fd/{}", file.as_raw_fd())).unwrap();
            let named = |name: &std::ffi::CStr| {
                syscall!(
                    libc::SYS_linkat,
                    libc::AT_FDCWD,
                    link.as_ptr(),
                    libc::AT_FDCWD,
                    name.as_ptr(),
                    libc::AT_SYMLINK_FOLLOW
                )
            };
            named(c"unnamed").expect("an allowed name is given");
            std::fs::remove_file("unnamed").unwrap();
            let again = rustix::fs::open(
                ".",
                rustix::fs::OFlags::TMPFILE | rustix::fs::OFlags::WRONLY,
                rustix::fs::Mode::from_raw_mode(0o644),
            )?;
            let link = CString::new(format!("/proc/self/fd/{}", again.as_raw_fd())).unwrap();
            syscall!(
                libc::SYS_linkat,
                libc::AT_FDCWD,
                link.as_ptr(),
                libc::AT_FDCWD,
                c".envrc".as_ptr(),
                libc::AT_SYMLINK_FOLLOW
            )
        }
        other => panic!("no such attempt: {other}"),
    }
}

fn port(argument: &str) -> (std::net::Ipv4Addr, u16) {
    (std::net::Ipv4Addr::LOCALHOST, argument.parse().unwrap())
}

fn address(argument: &str) -> libc::sockaddr_in {
    let (ip, port) = port(argument);
    libc::sockaddr_in {
        sin_family: libc::sa_family_t::try_from(libc::AF_INET).unwrap(),
        sin_port: port.to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from(ip).to_be() },
        sin_zero: [0; 8],
    }
}

fn stream(protocol: i32) -> Result<std::os::fd::OwnedFd, Error> {
    use std::os::fd::FromRawFd;
    // SAFETY: takes no pointers.
    let fd = unsafe { libc::socket(libc::AF_INET, libc::SOCK_STREAM, protocol) };
    call(fd.into())?;
    // SAFETY: just made, and nobody else's.
    Ok(unsafe { std::os::fd::OwnedFd::from_raw_fd(fd) })
}

fn connect_with(protocol: i32, argument: &str) -> Result<(), Error> {
    let (socket, address) = (stream(protocol)?, address(argument));
    let size = libc::socklen_t::try_from(size_of_val(&address)).unwrap();
    // SAFETY: the address lives for the call, and its size is given.
    call(unsafe { libc::connect(socket.as_raw_fd(), (&raw const address).cast(), size) }.into())
}

/// Connects by sending: no `connect` is made.
fn fast_open(argument: &str) -> Result<(), Error> {
    let (socket, address) = (stream(0)?, address(argument));
    let size = libc::socklen_t::try_from(size_of_val(&address)).unwrap();
    // SAFETY: text and address live for the call, and their sizes are given.
    call(unsafe {
        libc::sendto(
            socket.as_raw_fd(),
            c"x".as_ptr().cast(),
            1,
            libc::MSG_FASTOPEN,
            (&raw const address).cast(),
            size,
        )
    } as i64)
}

/// Asks whether a signal could be sent, sending none.
fn signal_nobody_minds(argument: &str) -> i64 {
    // SAFETY: takes no pointers.
    unsafe { libc::kill(argument.parse().unwrap(), 0) }.into()
}

/// A call of the 32-bit architecture, which has numbers of its own: 20 is `getpid` there.
#[cfg(target_arch = "x86_64")]
fn old_call() -> Result<(), Error> {
    let result: i64;
    // SAFETY: the call takes nothing and changes nothing but the register of its result.
    unsafe {
        std::arch::asm!(
            "int 0x80",
            inlateout("rax") 20_i64 => result,
            out("r8") _,
            out("r9") _,
            out("r10") _,
            out("r11") _,
        );
    }
    if result > 0 { Ok(()) } else { Err(Error::from_raw_os_error(i32::try_from(-result).unwrap())) }
}

/// Changes the path in memory while the call is being judged, as fast as it can, for many calls.
fn swap_names() -> Result<(), Error> {
    static STOP: AtomicBool = AtomicBool::new(false);
    let mut path = *b"plain1\0";
    let address = path.as_mut_ptr() as usize;
    let swapper = std::thread::spawn(move || {
        while !STOP.load(Ordering::Relaxed) {
            for name in [b".envrc\0", b"plain1\0"] {
                for (index, byte) in name.iter().enumerate() {
                    // SAFETY: the array outlives this thread, which is joined; the race is the point, and nobody in this process reads it.
                    unsafe { std::ptr::write_volatile((address as *mut u8).add(index), *byte) };
                }
            }
        }
    });
    for _ in 0..3_000 {
        // SAFETY: the last byte is always 0.
        let fd = unsafe {
            libc::open(
                address as *const libc::c_char,
                libc::O_CREAT | libc::O_WRONLY | libc::O_CLOEXEC,
                0o600,
            )
        };
        if fd >= 0 {
            // SAFETY: just opened.
            unsafe { libc::close(fd) };
        }
    }
    STOP.store(true, Ordering::Relaxed);
    swapper.join().unwrap();
    let made: Vec<_> = std::fs::read_dir(".")?.map(|entry| entry.unwrap().file_name()).collect();
    assert!(made.iter().any(|name| name == "plain1"), "an allowed name is made: {made:?}");
    if made.iter().any(|name| name == ".envrc") {
        Ok(())
    } else {
        Err(Error::other("never the protected name"))
    }
}
