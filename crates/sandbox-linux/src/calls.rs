//! The third layer: system calls that a command does not get (seccomp).
//!
//! A deny list over a default of allowing: what is denied gives more reach than files and sockets do, or goes round the other two
//! layers. Denied calls fail with `EPERM` rather than kill, so that a program can say what it could not do.

use crate::failure::Failure;
use libc::{c_int, c_long};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, sock_filter,
};
use std::collections::BTreeMap;

/// `socket(2)` types carry flags above this mask.
const SOCKET_TYPE_MASK: u64 = 0xf;

/// `open_tree_attr(2)`, newer than the C library's headers; the number is the same on every architecture.
const SYS_OPEN_TREE_ATTR: c_long = 467;

/// Calls that are denied whatever their arguments are.
const DENIED: &[c_long] = &[
    // does files and sockets without this filter seeing it
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // into other processes
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
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
];

/// Which flags of `clone(2)` make namespaces.
const NAMESPACE_FLAGS: &[c_int] = &[
    libc::CLONE_NEWNS,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

/// Denies the calls from here on, for this process and all it starts. With `internet`, IPv4 and IPv6 sockets can be made; no
/// other kind can be, but for connected pairs of Unix sockets: a Unix socket reaches daemons that no mount and no namespace keeps it
/// from, and Landlock confines its paths from ABI 9 on only.
pub fn deny(internet: bool) -> Result<(), Failure> {
    let programs = programs(internet)
        .map_err(|error| Failure::Setup(format!("cannot build the seccomp filter: {error}")))?;
    for program in programs {
        seccompiler::apply_filter(&program)
            .map_err(|error| Failure::Setup(format!("cannot install the seccomp filter: {error}")))?;
    }
    Ok(())
}

fn programs(internet: bool) -> Result<Vec<BpfProgram>, seccompiler::BackendError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let mut denied: BTreeMap<i64, Vec<SeccompRule>> = DENIED.iter().map(|&call| (call, Vec::new())).collect();
    denied.insert(libc::SYS_clone, rules(NAMESPACE_FLAGS.iter().map(|&flag| has_flag(0, flag)))?);
    denied.insert(libc::SYS_socket, vec![SeccompRule::new(not_internet(internet)?)?]);
    denied.insert(libc::SYS_socketpair, pairs()?);
    denied.insert(
        libc::SYS_ioctl,
        // typing into a terminal, and the Linux console's way of doing so
        rules([libc::TIOCSTI, libc::TIOCLINUX].into_iter().map(|request| is(1, SeccompCmpOp::Eq, request)))?,
    );
    #[cfg(target_arch = "x86_64")]
    for call in [libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_kexec_file_load] {
        denied.insert(call, Vec::new());
    }
    let eperm = SeccompAction::Errno(libc::EPERM as u32);
    let mut programs = vec![SeccompFilter::new(denied, SeccompAction::Allow, eperm, arch)?.try_into()?];

    // The flags of these are behind a pointer, where no filter can look. Programs fall back to clone and openat on ENOSYS.
    let enosys = SeccompAction::Errno(libc::ENOSYS as u32);
    let hidden = BTreeMap::from([(libc::SYS_clone3, Vec::new()), (libc::SYS_openat2, Vec::new())]);
    programs.push(SeccompFilter::new(hidden, SeccompAction::Allow, enosys, arch)?.try_into()?);

    #[cfg(target_arch = "x86_64")]
    programs.push(no_x32());
    Ok(programs)
}

/// Whether argument `index` compares so, by its lower 32 bits: all these arguments are an `int` or used as one.
fn is(index: u8, op: SeccompCmpOp, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(index, SeccompCmpArgLen::Dword, op, value)
}

fn has_flag(index: u8, flag: c_int) -> Result<SeccompCondition, seccompiler::BackendError> {
    let flag = u64::from(flag.cast_unsigned());
    is(index, SeccompCmpOp::MaskedEq(flag), flag)
}

fn not_internet(internet: bool) -> Result<Vec<SeccompCondition>, seccompiler::BackendError> {
    if internet {
        Ok(vec![
            is(0, SeccompCmpOp::Ne, libc::AF_INET as u64)?,
            is(0, SeccompCmpOp::Ne, libc::AF_INET6 as u64)?,
        ])
    } else {
        // a condition that always holds: a rule needs one
        Ok(vec![is(0, SeccompCmpOp::Ge, 0)?])
    }
}

/// Pairs must be Unix ones, and of a kind that stays connected: a datagram socket can be sent to any path.
fn pairs() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    rules([
        is(0, SeccompCmpOp::Ne, libc::AF_UNIX as u64),
        is(1, SeccompCmpOp::MaskedEq(SOCKET_TYPE_MASK), libc::SOCK_DGRAM as u64),
        is(1, SeccompCmpOp::MaskedEq(SOCKET_TYPE_MASK), libc::SOCK_RAW as u64),
    ])
}

/// One rule for each condition: any of them denies.
fn rules(
    conditions: impl IntoIterator<Item = Result<SeccompCondition, seccompiler::BackendError>>,
) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    conditions.into_iter().map(|condition| SeccompRule::new(vec![condition?])).collect()
}

/// The x32 calls have the architecture of x86_64 and numbers of their own, which the list above does not name.
#[cfg(target_arch = "x86_64")]
fn no_x32() -> BpfProgram {
    const X32_BIT: u32 = 0x4000_0000;
    // the header's constants are wider than the field they are for
    #[allow(clippy::cast_possible_truncation)]
    let step = |code: u32, jt: u8, jf: u8, k: u32| sock_filter { code: code as u16, jt, jf, k };
    vec![
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, 0, 1, X32_BIT),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ]
}
