//! Calls that go round everything else.

use crate::attempts::{call, in_child, raw, ready, syscall};
use crate::world::{World, levels, worlds};
use std::ffi::CString;
use std::io::Error;
use std::os::fd::AsRawFd;
use std::ptr::null_mut;

/// Each with what a machine may lack, so that it does not work without the sandbox either. Where it is empty, it must.
const CALLS: &[(&str, &str)] = &[
    ("netlink-uevents", ""),
    ("netlink-diag", "a list of sockets in the kernel"),
    ("unix-datagrams", ""),
    ("vsock", "vsock in the kernel"),
    ("packet", "network namespaces that a person can make"),
    ("io-uring", "io_uring in the kernel, and switched on"),
    ("process-vm", ""),
    ("pidfd-getfd", ""),
    ("kcmp", "kcmp in the kernel"),
    ("userfaultfd", "userfaultfd in the kernel"),
    ("keyctl", "keyrings in the kernel"),
    ("add-key", "keyrings in the kernel"),
    ("request-key", "keyrings in the kernel"),
    ("bpf", "the right to load programs"),
    ("perf", "the right to count"),
    ("unshare-user", "user namespaces that a person can make"),
    ("clone-user", "user namespaces that a person can make"),
    ("clone3", "clone3 in the kernel"),
    ("mount", "mount namespaces that a person can make"),
    ("open-tree", "mount namespaces that a person can make"),
    ("fsopen", "mount namespaces that a person can make"),
    ("setns", "namespaces that a person can make"),
    ("chroot", "user namespaces that a person can make"),
    ("tiocsti", "typing into a terminal (dev.tty.legacy_tiocsti)"),
    ("x32", "calls of the x32 kind"),
    ("handle", "the right to open a file without a path"),
];

#[test]
fn calls_that_go_round_everything_else() {
    for (attempt, lacking) in CALLS {
        for world in worlds() {
            let bare = world.attempt_bare(attempt);
            if !bare.stdout.contains("allowed") {
                // one that could not be made ready says neither
                assert!(
                    !lacking.is_empty() && bare.stdout.contains("refused: "),
                    "works without the sandbox: {} {attempt}: {bare:?}",
                    world.who()
                );
                let why = bare.stdout.lines().find(|line| line.starts_with("refused: ")).unwrap_or_default();
                eprintln!("SKIPPED: {attempt} of {} bare: this machine lacks {lacking} ({why})", world.who());
            }
            for level in levels() {
                let confined = world.attempt(level, attempt);
                // by the filter: the kernel itself would say that an argument is bad, or let it pass
                let by_filter = ["refused: Operation not permitted", "refused: Function not implemented"]
                    .iter()
                    .any(|refused| confined.stdout.contains(refused));
                assert!(by_filter, "{level:?} {}: {attempt}: {confined:?}", world.who());
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn calls_of_another_architecture() {
    let world = World::new(None);
    if !world.attempt_bare("old-call").stdout.contains("allowed") {
        eprintln!("SKIPPED: 32-bit calls: this kernel has none");
        return;
    }
    for level in levels() {
        let confined = world.attempt(level, "old-call");
        assert_ne!(confined.code, 121, "the sandbox itself failed: {confined:?}");
        assert!(!confined.stdout.contains("allowed"), "{level:?}: {confined:?}");
    }
}

pub(crate) fn attempt(name: &str) -> Option<Result<(), Error>> {
    const SOCK_DIAG: i32 = 4;
    let none = null_mut::<libc::c_void>();
    Some(match name {
        "netlink-uevents" => {
            syscall!(libc::SYS_socket, libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_KOBJECT_UEVENT)
        }
        "netlink-diag" => syscall!(libc::SYS_socket, libc::AF_NETLINK, libc::SOCK_RAW, SOCK_DIAG),
        "unix-datagrams" => socket(libc::AF_UNIX, libc::SOCK_DGRAM),
        "vsock" => socket(libc::AF_VSOCK, libc::SOCK_STREAM),
        "packet" => in_own(libc::CLONE_NEWNET, || raw!(libc::SYS_socket, libc::AF_PACKET, libc::SOCK_RAW, 0)),
        "io-uring" => {
            let mut parameters = [0_u8; 120];
            syscall!(libc::SYS_io_uring_setup, 4, parameters.as_mut_ptr())
        }
        "ptrace" => in_child(|| raw!(libc::SYS_ptrace, libc::PTRACE_TRACEME, 0, 0, 0)),
        "process-vm" => read_memory(),
        "pidfd-getfd" => {
            let own = raw!(libc::SYS_pidfd_open, std::process::id(), 0);
            call(own).unwrap();
            syscall!(libc::SYS_pidfd_getfd, own, 1, 0)
        }
        "kcmp" => syscall!(libc::SYS_kcmp, std::process::id(), std::process::id(), 0, 1, 1),
        "userfaultfd" => {
            const USER_MODE_ONLY: i32 = 1;
            syscall!(libc::SYS_userfaultfd, USER_MODE_ONLY)
        }
        "keyctl" => {
            const GET_KEYRING_ID: i32 = 0;
            syscall!(libc::SYS_keyctl, GET_KEYRING_ID, libc::KEY_SPEC_SESSION_KEYRING, 1)
        }
        "add-key" => call(add_key()),
        "request-key" => {
            add_key();
            syscall!(libc::SYS_request_key, c"user".as_ptr(), c"x".as_ptr(), none, 0)
        }
        "bpf" => make_map(),
        "perf" => count_clock(),
        "unshare-user" => in_child(|| raw!(libc::SYS_unshare, libc::CLONE_NEWUSER)),
        "clone-user" => {
            in_child(|| raw!(libc::SYS_clone, libc::CLONE_NEWUSER | libc::SIGCHLD, none, none, none, none))
        }
        "clone3" => {
            // no flags, and the signal for its end
            let arguments = [0, 0, 0, 0, libc::SIGCHLD as u64, 0, 0, 0_u64];
            in_child(|| raw!(libc::SYS_clone3, arguments.as_ptr(), size_of_val(&arguments)))
        }
        "mount" => {
            std::fs::create_dir_all("hollow").unwrap();
            in_own(libc::CLONE_NEWNS, || {
                let (kind, place) = (c"tmpfs".as_ptr(), c"hollow".as_ptr());
                let mounted = raw!(libc::SYS_mount, kind, place, kind, 0, none);
                if mounted == 0 {
                    raw!(libc::SYS_umount2, place, libc::MNT_DETACH);
                }
                mounted
            })
        }
        "open-tree" => in_own(libc::CLONE_NEWNS, || {
            const CLONE: i32 = 1;
            raw!(libc::SYS_open_tree, libc::AT_FDCWD, c".".as_ptr(), CLONE)
        }),
        "fsopen" => in_own(libc::CLONE_NEWNS, || raw!(libc::SYS_fsopen, c"tmpfs".as_ptr(), 0)),
        "setns" => in_own(libc::CLONE_NEWUTS, || {
            let path = c"/proc/self/ns/uts".as_ptr();
            let own = ready(raw!(libc::SYS_openat, libc::AT_FDCWD, path, libc::O_RDONLY));
            raw!(libc::SYS_setns, own, 0)
        }),
        "chroot" => in_own(0, || raw!(libc::SYS_chroot, c".".as_ptr())),
        "tiocsti" => type_into_terminal(),
        "x32" => {
            const X32_GETPID: i64 = 0x4000_0000 + 39;
            syscall!(X32_GETPID)
        }
        "handle" => open_by_handle(),
        #[cfg(target_arch = "x86_64")]
        "old-call" => old_call(),
        _ => return None,
    })
}

fn socket(family: i32, kind: i32) -> Result<(), Error> {
    syscall!(libc::SYS_socket, family, kind, 0)
}

/// Makes the attempt in a user namespace of its own where one can be made, and in the others that `flags` name: an ordinary user may
/// do there what takes root elsewhere.
fn in_own(flags: i32, attempt: impl FnOnce() -> i64) -> Result<(), Error> {
    in_child(|| {
        raw!(libc::SYS_unshare, libc::CLONE_NEWUSER | flags);
        attempt()
    })
}

fn read_memory() -> Result<(), Error> {
    let (secret, mut read) = ([7_u8; 4], [0_u8; 4]);
    let from = libc::iovec { iov_base: secret.as_ptr().cast_mut().cast(), iov_len: secret.len() };
    let to = libc::iovec { iov_base: read.as_mut_ptr().cast(), iov_len: read.len() };
    syscall!(libc::SYS_process_vm_readv, std::process::id(), &raw const to, 1, &raw const from, 1, 0)
}

fn add_key() -> i64 {
    let (kind, name, text) = (c"user".as_ptr(), c"x".as_ptr(), c"y".as_ptr());
    raw!(libc::SYS_add_key, kind, name, text, 1, libc::KEY_SPEC_PROCESS_KEYRING)
}

/// Makes an array of one number in the kernel.
fn make_map() -> Result<(), Error> {
    const MAP_CREATE: i32 = 0;
    const ARRAY: u32 = 2;
    let attributes = [ARRAY, 4, 4, 1];
    syscall!(libc::SYS_bpf, MAP_CREATE, attributes.as_ptr(), size_of_val(&attributes))
}

/// Counts the time of this process, without the kernel's.
fn count_clock() -> Result<(), Error> {
    const SOFTWARE: u64 = 1;
    const SIZE: u64 = 64;
    const DISABLED_WITHOUT_KERNEL: u64 = 1 | 1 << 5 | 1 << 6;
    let attributes = [SOFTWARE | SIZE << 32, 0, 0, 0, 0, DISABLED_WITHOUT_KERNEL, 0, 0];
    syscall!(libc::SYS_perf_event_open, attributes.as_ptr(), 0, -1, -1, 0)
}

/// Types into a terminal that controls the process, as if a person had.
fn type_into_terminal() -> Result<(), Error> {
    let mut path = [0; 64];
    // SAFETY: the path's room lives for the call, and its size is given.
    unsafe {
        let terminal = libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY);
        for result in [terminal, libc::grantpt(terminal), libc::unlockpt(terminal)] {
            call(result.into()).unwrap();
        }
        assert_eq!(libc::ptsname_r(terminal, path.as_mut_ptr(), path.len()), 0);
    }
    in_child(|| {
        ready(raw!(libc::SYS_setsid));
        let flags = libc::O_RDWR | libc::O_NOCTTY;
        let own = ready(raw!(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags));
        ready(raw!(libc::SYS_ioctl, own, libc::TIOCSCTTY, 0));
        raw!(libc::SYS_ioctl, own, libc::TIOCSTI, c"x".as_ptr())
    })
}

/// Opens a file by what the kernel calls it, which needs no path to it.
fn open_by_handle() -> Result<(), Error> {
    const ROOM: u32 = 128;
    // its room and kind, and the handle
    let mut handle = [0_u32; 2 + ROOM as usize / 4];
    handle[0] = ROOM;
    let (mut mount, name) = (0, CString::new("mine").unwrap());
    // a file system without handles is told by the call that is meant
    raw!(libc::SYS_name_to_handle_at, libc::AT_FDCWD, name.as_ptr(), handle.as_mut_ptr(), &raw mut mount, 0);
    let folder = std::fs::File::open(".").unwrap();
    syscall!(libc::SYS_open_by_handle_at, folder.as_raw_fd(), handle.as_mut_ptr(), libc::O_RDONLY)
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
