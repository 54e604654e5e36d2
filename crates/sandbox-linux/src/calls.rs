//! The third layer: system calls that a command does not get (seccomp).
//!
//! A deny list over a default of allowing: what is denied gives more reach than files and sockets do, or goes round the other two
//! layers. Denied calls fail with `EPERM` rather than kill, so that a program can say what it could not do.

use crate::failure::Failure;
use crate::filter::{CallAction, Filter, Test};
use libc::{c_int, c_long};

/// `socket(2)` types carry flags above this mask.
const SOCKET_TYPE_MASK: u32 = 0xf;

/// `open_tree_attr(2)`, newer than the C library's headers; the number is the same on every architecture.
const SYS_OPEN_TREE_ATTR: c_long = 467;

/// Calls that are denied whatever their arguments are.
const DENIED: &[c_long] = &[
    // does files and sockets without this filter seeing it
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // into other processes; a guard alone has a use for `pidfd_getfd`, and denies it to the command
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    // the kernel's large surfaces
    libc::SYS_userfaultfd,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    // keys of the person's session
    libc::SYS_add_key,
    libc::SYS_keyctl,
    libc::SYS_request_key,
    // namespaces and mounts
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    SYS_OPEN_TREE_ATTR,
    libc::SYS_mount_setattr,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_unshare,
    // files without a path
    libc::SYS_open_by_handle_at,
    // the machine
    libc::SYS_acct,
    libc::SYS_clock_settime,
    libc::SYS_settimeofday,
    libc::SYS_delete_module,
    libc::SYS_finit_module,
    libc::SYS_init_module,
    libc::SYS_kexec_load,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_kexec_file_load,
];

/// The flags of these are behind a pointer, where no filter can look. Programs fall back to clone and openat on ENOSYS.
const HIDING: &[c_long] = &[libc::SYS_clone3, libc::SYS_openat2];

/// Typing into a terminal, and the Linux console's way of doing so.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the kernel takes an `unsigned int`, the C library's constants are wider"
)]
const TYPING: &[u32] = &[libc::TIOCSTI as u32, libc::TIOCLINUX as u32];

/// Flags of `clone(2)` that make namespaces.
const NAMESPACE_FLAGS: c_int = libc::CLONE_NEWNS
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

/// Families of sockets that can be made besides Unix sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Families {
    /// IPv4 and IPv6.
    pub internet: bool,
    /// Netlink for the network's interfaces and routes (`getifaddrs`), which without capabilities can only be read.
    pub interfaces: bool,
}

/// Denies the calls from here on, for this process and all it starts. Of Unix sockets, those can be made that have to be connected
/// before anything is sent: the guard decides to whom. One for datagrams could be sent to any path with every call. With `tracing`,
/// processes can be looked into (debuggers, leak checkers): Landlock keeps that to those of the same sandbox, and the guard
/// shows itself to nobody.
pub fn deny(families: Families, tracing: bool) -> Result<(), Failure> {
    filter(families, tracing).install()
}

fn filter(families: Families, tracing: bool) -> Filter {
    const EPERM: CallAction = CallAction::Refuse(libc::EPERM);
    const UNIX: &[u32] = &[libc::AF_UNIX.cast_unsigned()];
    const NETLINK: &[u32] = &[libc::AF_NETLINK.cast_unsigned()];
    const ALLOWED: [&[u32]; 4] = [
        UNIX,
        &[libc::AF_UNIX.cast_unsigned(), libc::AF_INET.cast_unsigned(), libc::AF_INET6.cast_unsigned()],
        &[libc::AF_UNIX.cast_unsigned(), libc::AF_NETLINK.cast_unsigned()],
        &[
            libc::AF_UNIX.cast_unsigned(),
            libc::AF_INET.cast_unsigned(),
            libc::AF_INET6.cast_unsigned(),
            libc::AF_NETLINK.cast_unsigned(),
        ],
    ];
    const CONNECTED: &[u32] = &[libc::SOCK_STREAM.cast_unsigned(), libc::SOCK_SEQPACKET.cast_unsigned()];
    const ROUTE: &[u32] = &[libc::NETLINK_ROUTE.cast_unsigned()];
    const UNCONNECTED_UNIX: &[Test] =
        &[Test::OneOf(0, u32::MAX, UNIX), Test::NoneOf(1, SOCKET_TYPE_MASK, CONNECTED)];
    const OTHER_NETLINK: &[Test] = &[Test::OneOf(0, u32::MAX, NETLINK), Test::NoneOf(2, u32::MAX, ROUTE)];
    let filter = DENIED.iter().fold(Filter::default(), |filter, &call| filter.with(call, EPERM, &[]));
    let filter =
        HIDING.iter().fold(filter, |filter, &call| filter.with(call, CallAction::Refuse(libc::ENOSYS), &[]));
    let allowed = ALLOWED[usize::from(families.internet) + 2 * usize::from(families.interfaces)];
    let sockets = [Test::NoneOf(0, u32::MAX, allowed), Test::All(UNCONNECTED_UNIX), Test::All(OTHER_NETLINK)];
    let pairs = [Test::NoneOf(0, u32::MAX, UNIX), Test::NoneOf(1, SOCKET_TYPE_MASK, CONNECTED)];
    let filter = if tracing { filter } else { filter.with(libc::SYS_ptrace, EPERM, &[]) };
    filter
        .with(libc::SYS_clone, EPERM, &[Test::any_bit(0, NAMESPACE_FLAGS)])
        .with(libc::SYS_socket, EPERM, &sockets)
        .with(libc::SYS_socketpair, EPERM, &pairs)
        .with(libc::SYS_ioctl, EPERM, &[Test::OneOf(1, u32::MAX, TYPING)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::tests::answer;

    #[test]
    fn calls_are_denied_by_what_they_ask_for() {
        let eperm = libc::SECCOMP_RET_ERRNO | libc::EPERM.cast_unsigned();
        let enosys = libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned();
        let pass = libc::SECCOMP_RET_ALLOW;
        let int = |value: c_int| u64::from(value.cast_unsigned());
        let [unix, inet, inet6, netlink, vsock] =
            [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK, libc::AF_VSOCK].map(int);
        let [stream, datagram, raw, packets, cloexec] =
            [libc::SOCK_STREAM, libc::SOCK_DGRAM, libc::SOCK_RAW, libc::SOCK_SEQPACKET, libc::SOCK_CLOEXEC]
                .map(int);
        let fork = int(libc::CLONE_CHILD_SETTID | libc::CLONE_CHILD_CLEARTID | libc::SIGCHLD);
        let thread = int(libc::CLONE_VM | libc::CLONE_FILES | libc::CLONE_SIGHAND | libc::CLONE_THREAD);
        let mut cases = vec![
            (libc::SYS_read, [0, 0], pass, pass),
            (libc::SYS_execve, [0, 0], pass, pass),
            (libc::SYS_clone3, [0, 0], enosys, enosys),
            (libc::SYS_openat2, [0, 0], enosys, enosys),
            (libc::SYS_clone, [fork, 0], pass, pass),
            (libc::SYS_clone, [thread, 0], pass, pass),
            (libc::SYS_socket, [unix, stream], pass, pass),
            (libc::SYS_socket, [unix, stream | cloexec], pass, pass),
            (libc::SYS_socket, [unix, packets], pass, pass),
            (libc::SYS_socket, [unix, datagram], eperm, eperm),
            (libc::SYS_socket, [unix, datagram | cloexec], eperm, eperm),
            (libc::SYS_socket, [unix, raw], eperm, eperm),
            (libc::SYS_socket, [vsock, stream], eperm, eperm),
            (libc::SYS_socket, [inet, stream], pass, eperm),
            (libc::SYS_socket, [inet6, datagram], pass, eperm),
            (libc::SYS_socket, [netlink, raw], pass, eperm),
            (libc::SYS_socket, [netlink, datagram | cloexec], pass, eperm),
            (libc::SYS_ptrace, [0, 0], pass, eperm),
            (libc::SYS_socketpair, [unix, stream], pass, pass),
            (libc::SYS_socketpair, [unix, packets | cloexec], pass, pass),
            (libc::SYS_socketpair, [unix, datagram], eperm, eperm),
            (libc::SYS_socketpair, [unix, datagram | cloexec], eperm, eperm),
            (libc::SYS_socketpair, [unix, raw], eperm, eperm),
            (libc::SYS_socketpair, [inet, stream], eperm, eperm),
            (libc::SYS_ioctl, [0, libc::TIOCSTI], eperm, eperm),
            (libc::SYS_ioctl, [0, libc::TIOCSTI | 1 << 32], eperm, eperm),
            (libc::SYS_ioctl, [0, libc::TIOCLINUX], eperm, eperm),
            (libc::SYS_ioctl, [0, libc::TCGETS], pass, pass),
        ];
        let spaces = [
            libc::CLONE_NEWNS,
            libc::CLONE_NEWUSER,
            libc::CLONE_NEWPID,
            libc::CLONE_NEWNET,
            libc::CLONE_NEWIPC,
            libc::CLONE_NEWUTS,
            libc::CLONE_NEWCGROUP,
        ];
        cases.extend(spaces.map(|space| (libc::SYS_clone, [fork | int(space), 0], eperm, eperm)));
        cases.extend(DENIED.iter().map(|&call| (call, [0, 0], eperm, eperm)));
        let all = Families { internet: true, interfaces: true };
        let none = Families { internet: false, interfaces: false };
        for (call, [first, second], at_most, at_least) in cases {
            for (families, expected) in [(all, at_most), (none, at_least)] {
                let filter = filter(families, families == all);
                let found = answer(&filter, call, [first, second, 0, 0, 0, 0]);
                assert_eq!(found, expected, "call {call} with {first:#x}, {second:#x}; {families:?}");
            }
        }
        let few = Families { internet: true, interfaces: false };
        for (families, protocol, expected) in [
            (all, libc::NETLINK_ROUTE, pass),
            (few, libc::NETLINK_ROUTE, eperm),
            (all, libc::NETLINK_KOBJECT_UEVENT, eperm),
            (all, 4, eperm),
        ] {
            let found =
                answer(&filter(families, true), libc::SYS_socket, [netlink, raw, int(protocol), 0, 0, 0]);
            assert_eq!(found, expected, "netlink protocol {protocol}; {families:?}");
        }
    }
}
