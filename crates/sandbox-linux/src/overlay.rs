//! Copy-on-write views of writable roots.
//!
//! bubblewrap mounts overlays by itself from version 0.11 on, and not everywhere that this runs. So they are mounted before it starts,
//! in a mount namespace around its own, at the paths the roots have: what it binds, hides and makes read-only is then the view. The
//! namespace belongs to the user namespace of the session's network, where there is one (bubblewrap made it, as some systems let no
//! other program do), else to one of its own.

use crate::failure::{EXIT_FAILED, Failure, NAMESPACE_SETTINGS};
use crate::policy::{OverlayMount, Policy, read_json};
use rustix::fs::{CWD, Mode, OFlags};
use std::ffi::{CStr, CString, OsString};
use std::fs::{File, OpenOptions};
use std::io::{Error, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitCode};

/// First argument of a program that is to see views of folders for as long as it runs.
pub(crate) const VIEW: &str = "--view";

/// Runs a program that sees views of folders at the paths they have, in a namespace of its own, and returns its exit code. `arguments` are
/// the views as JSON, perhaps `--lock` and a file that is locked for as long as that, `--`, the program and its arguments. Nothing else is
/// confined: whatever the program starts to confine sees the views as well. The program ends with this process.
pub(crate) fn run_in_view(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let (overlays, lock, command) = match arguments {
        [overlays, flag, lock, separator, command @ ..] if flag == "--lock" && separator == "--" => {
            (overlays, Some(lock), command)
        }
        [overlays, separator, command @ ..] if separator == "--" => (overlays, None, command),
        _ => return Err(Failure::Setup("views, -- and a program are expected".to_owned())),
    };
    let Some((program, rest)) = command.split_first() else {
        return Err(Failure::Setup("a program is expected after --".to_owned()));
    };
    let overlays: Vec<OverlayMount> = read_json(overlays.as_bytes())?;
    // whoever else would mount these is kept out first
    let _lock = lock.map(|lock| lock_file(Path::new(lock))).transpose()?;
    enter(false)?;
    overlays.iter().try_for_each(|overlay| mount_overlay(overlay, Durability::Lasting))?;
    // in a further namespace, whose mounts none but this one's owner takes off
    enter(false)?;
    let mut command = Command::new(program);
    command.args(rest).current_dir("/");
    let die_with_parent =
        || Ok(rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?);
    // SAFETY: between fork and exec, it makes one system call.
    unsafe { command.pre_exec(die_with_parent) };
    let status = command.status();
    let status =
        status.map_err(|error| Failure::Start(format!("{}: {error}", Path::new(program).display())))?;
    let code = status.code().or_else(|| Some(128 + status.signal()?)).unwrap_or(EXIT_FAILED);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)))
}

/// Locks a file; the lock lasts as long as what is returned.
fn lock_file(path: &Path) -> Result<File, Failure> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    let file = file.map_err(|error| Failure::Setup(format!("{}: {error}", path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(Failure::Setup("another session is open that works on it".to_owned())),
    }
}

/// Has `command` start where the overlays of `policy` are mounted. One that cannot be mounted ends it before it starts, and the failure
/// is on its stderr.
pub(crate) fn mount_in(policy: &Policy, command: &mut Command) {
    let (overlays, nonce) = (policy.overlays.clone(), policy.nonce.clone());
    let has_namespace = policy.shared_network().is_some();
    let mount = move || -> std::io::Result<()> {
        let mounted = enter(has_namespace)
            .and_then(|()| overlays.iter().try_for_each(|overlay| mount_overlay(overlay, Durability::Once)));
        let Err(failure) = mounted else { return Ok(()) };
        // what is returned from here would lose its words
        let _ = writeln!(std::io::stderr(), "{}", failure.line(&nonce));
        std::process::exit(EXIT_FAILED)
    };
    // SAFETY: the supervisor has one thread, so that its child is as free in what it does as it is itself.
    unsafe { command.pre_exec(mount) };
}

/// Enters a mount namespace that may be changed; `in_namespace` says that the process is in a user namespace where it may make one.
fn enter(in_namespace: bool) -> Result<(), Failure> {
    let (user, group) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    let flags = if in_namespace { libc::CLONE_NEWNS } else { libc::CLONE_NEWNS | libc::CLONE_NEWUSER };
    // SAFETY: takes no pointers, and there is only this thread.
    if unsafe { libc::unshare(flags) } != 0 {
        let what = format!(
            "a namespace for it cannot be made, which the system may forbid: see {NAMESPACE_SETTINGS}"
        );
        return Err(failed(&what, &Error::last_os_error()));
    }
    if !in_namespace {
        let maps = [
            ("setgroups", "deny".to_owned()),
            ("uid_map", format!("{user} {user} 1")),
            ("gid_map", format!("{group} {group} 1")),
        ];
        for (file, text) in maps {
            std::fs::write(Path::new("/proc/self").join(file), text)
                .map_err(|error| failed("its user cannot be mapped", &error))?;
        }
    }
    // nothing of this is to be seen outside
    mount(None, c"/", None, libc::MS_REC | libc::MS_SLAVE, None)
        .map_err(|error| failed("the mounts cannot be set apart", &error))
}

/// Lifetime of the changes of a view.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Durability {
    /// It is mounted once, for one command. Nothing of it is written to the disk before the system does so by itself: else the kernel
    /// would write out the whole file system each time that a command ends.
    Once,
    /// It is mounted again and again.
    Lasting,
}

fn mount_overlay(overlay: &OverlayMount, durability: Durability) -> Result<(), Failure> {
    let named = |path: &Path| path.display().to_string();
    let mut through = Vec::new();
    for path in &overlay.through {
        match open_tree(path) {
            Ok(tree) => through.push((path, tree)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&format!("{} cannot be passed through", named(path)), &error)),
        }
    }
    let folders = [&overlay.root, &overlay.upper, &overlay.work].map(|path| {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::openat(CWD, path, flags, Mode::empty())
            .map_err(|error| failed(&format!("{} cannot be opened", named(path)), &error))
    });
    let [root, upper, work] = folders;
    let [root, upper, work] = [root?, upper?, work?];
    // by their descriptors: a path may hold what separates options
    let at = |folder: &OwnedFd| format!("/proc/self/fd/{}", folder.as_raw_fd());
    let volatile = if durability == Durability::Once { ",volatile" } else { "" };
    let options =
        format!("lowerdir={},upperdir={},workdir={},userxattr{volatile}", at(&root), at(&upper), at(&work));
    let options = CString::new(options).map_err(|error| failed("options", &error))?;
    let target = text(&overlay.root)?;
    mount(Some(c"overlay"), &target, Some(c"overlay"), 0, Some(&options)).map_err(|error| {
        failed(
            &format!(
                "overlayfs cannot be mounted on {} with its changes in {} (it needs Linux 5.11, and no network file system or other \
                 overlay beneath)",
                named(&overlay.root),
                named(&overlay.upper)
            ),
            &error,
        )
    })?;
    for (path, tree) in through {
        move_mount(&tree, path)
            .map_err(|error| failed(&format!("{} cannot be passed through", named(path)), &error))?;
    }
    Ok(())
}

fn failed(what: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Setup(format!("no overlay: {what}: {error}"))
}

fn text(path: &Path) -> Result<CString, Failure> {
    CString::new(path.as_os_str().as_bytes()).map_err(|error| failed(&path.display().to_string(), &error))
}

fn mount(
    source: Option<&CStr>,
    target: &CStr,
    kind: Option<&CStr>,
    flags: libc::c_ulong,
    data: Option<&CStr>,
) -> std::io::Result<()> {
    let pointer = |text: Option<&CStr>| text.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: every pointer is null or a text that outlives the call.
    let done =
        unsafe { libc::mount(pointer(source), target.as_ptr(), pointer(kind), flags, pointer(data).cast()) };
    if done == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}

/// Opens what is at `path`, with all that is mounted beneath it, to be put elsewhere.
fn open_tree(path: &Path) -> std::io::Result<OwnedFd> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let flags = libc::OPEN_TREE_CLONE | libc::OPEN_TREE_CLOEXEC | libc::AT_RECURSIVE.cast_unsigned();
    // SAFETY: the path outlives the call, and its result is a descriptor that nobody else has.
    unsafe {
        let tree = libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, path.as_ptr(), flags);
        RawFd::try_from(tree)
            .ok()
            .filter(|tree| *tree >= 0)
            .map(|tree| OwnedFd::from_raw_fd(tree))
            .ok_or_else(Error::last_os_error)
    }
}

fn move_mount(tree: &OwnedFd, path: &Path) -> std::io::Result<()> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let flags = libc::MOVE_MOUNT_F_EMPTY_PATH;
    // SAFETY: both paths outlive the call, and the descriptor is open.
    let moved = unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            tree.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
        )
    };
    if moved == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}
