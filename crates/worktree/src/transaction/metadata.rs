//! Metadata of a file that takes another one's place: owner, mode, extended attributes, access control lists, capabilities.
//!
//! Not copied: dates, which say that the file changed, macOS access control lists, and the hashes and signatures that `ima`
//! and `evm` keep of the old content.

use crate::node::MODE_BITS;
use crate::stat_cache::StatStamp;
use rustix::fs::{Gid, Mode, Stat, Uid};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// Copies the metadata of `from` to `to`, whose content is written already, but for its mode, which becomes `mode`.
///
/// Only root may give a file away; for anybody else the file becomes theirs, as with every editor that saves by renaming, and
/// loses the setuid or setgid bit, which would otherwise lend the wrong rights. An access control list or user attribute that
/// cannot be copied is an error; what needs privileges we do not have is left out.
pub(super) fn copy(from: &OwnedFd, to: &File, mode: u32) -> io::Result<()> {
    let like = rustix::fs::fstat(from)?;
    give(to, &like)?;
    copy_attributes(from, to)?;
    let own = rustix::fs::fstat(to)?;
    let mut mode = mode & MODE_BITS;
    if own.st_uid != like.st_uid {
        mode &= !0o4000;
    }
    if own.st_gid != like.st_gid {
        mode &= !0o2000;
    }
    if StatStamp::of(&own).mode & MODE_BITS != mode {
        rustix::fs::fchmod(to, raw_mode(mode))?;
    }
    Ok(())
}

/// Returns mode bits in the form of the system.
// its width differs between systems
#[allow(clippy::useless_conversion, clippy::cast_possible_truncation)]
pub(super) fn raw_mode(mode: u32) -> Mode {
    Mode::from_bits_truncate((mode & MODE_BITS) as rustix::fs::RawMode)
}

/// Gives a file the owner and group in `like`, where the system lets us.
pub(super) fn give(file: impl AsFd, like: &Stat) -> io::Result<()> {
    let own = rustix::fs::fstat(&file)?;
    let owner = (own.st_uid != like.st_uid).then(|| Uid::from_raw(like.st_uid));
    let group = (own.st_gid != like.st_gid).then(|| Gid::from_raw(like.st_gid));
    if owner.is_some() || group.is_some() {
        let both = rustix::fs::fchown(&file, owner, group);
        // a group one is a member of may be given by anybody
        if both.is_err() && group.is_some() {
            let _ = rustix::fs::fchown(&file, None, group);
        }
    }
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn copy_attributes(_: &OwnedFd, _: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn copy_attributes(from: &OwnedFd, to: &File) -> io::Result<()> {
    use rustix::fs::{XattrFlags, fremovexattr, fsetxattr};
    use rustix::io::Errno;
    const ACL: &str = "system.posix_acl_access";
    let wanted = names(from)?;
    // the folder's default list, which the file that is replaced does not have
    if !wanted.iter().any(|name| name == ACL) && names(to)?.iter().any(|name| name == ACL) {
        fremovexattr(to, ACL)?;
    }
    for name in wanted {
        if matches!(name.as_str(), "security.ima" | "security.evm") {
            continue;
        }
        let set =
            value(from, &name).and_then(|value| fsetxattr(to, name.as_str(), &value, XattrFlags::empty()));
        match set {
            Ok(()) | Err(Errno::NOTSUP | Errno::NODATA) => {}
            Err(error) if name == ACL || name.starts_with("user.") => {
                return Err(io::Error::new(
                    io::Error::from(error).kind(),
                    format!("its attribute {name} cannot be kept: {error}"),
                ));
            }
            Err(error) => tracing::debug!(%name, %error, "an attribute is not kept"),
        }
    }
    Ok(())
}

/// As much as the kernel lets the names, or one value, be.
#[cfg(any(target_os = "linux", target_os = "macos"))]
const MAX_BYTES: usize = 64 * 1024;

/// Names of a file's extended attributes; none where the file system has no such thing.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn names(file: impl AsFd) -> Result<Vec<String>, rustix::io::Errno> {
    use rustix::io::Errno;
    let mut listed = [0_u8; 1024];
    let listed = match rustix::fs::flistxattr(&file, &mut listed[..]) {
        Ok(length) => listed[..length].to_vec(),
        Err(Errno::NOTSUP | Errno::NOSYS) => return Ok(Vec::new()),
        Err(Errno::RANGE) => {
            let mut listed = vec![0; MAX_BYTES];
            let length = rustix::fs::flistxattr(&file, &mut listed[..])?;
            listed.truncate(length);
            listed
        }
        Err(error) => return Err(error),
    };
    let names = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.filter_map(|name| String::from_utf8(name.to_vec()).ok()).collect())
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn value(file: impl AsFd, name: &str) -> Result<Vec<u8>, rustix::io::Errno> {
    let mut value = vec![0; MAX_BYTES];
    let length = rustix::fs::fgetxattr(file, name, &mut value[..])?;
    value.truncate(length);
    Ok(value)
}
