//! Metadata of a file that takes another one's place: owner, mode, extended attributes, access control lists, capabilities.
//!
//! Not copied: dates, which say that the file changed, macOS access control lists, and the hashes and signatures that `ima`
//! and `evm` keep of the old content.

use crate::attributes::{self, ACL, Attributes, checked};
use crate::node::MODE_BITS;
use crate::stat_cache::StatStamp;
use rustix::fs::{Gid, Mode, Stat, Uid};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// Copies the metadata of `from` to `to`, whose content is written already, but for its mode, which becomes `mode`, and what
/// `attributes` say where they are given.
///
/// Only root may give a file away; for anybody else the file becomes theirs, as with every editor that saves by renaming, and
/// loses the setuid or setgid bit, which would otherwise lend the wrong rights. An access control list or user attribute that
/// cannot be copied is an error; what needs privileges we do not have is left out.
pub(super) fn copy(from: &OwnedFd, to: &File, mode: u32, attributes: Option<&Attributes>) -> io::Result<()> {
    let like = rustix::fs::fstat(from)?;
    give(to, &like)?;
    copy_attributes(from, to)?;
    if let Some(attributes) = attributes {
        attributes.apply(to)?;
    }
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

fn copy_attributes(from: &OwnedFd, to: &File) -> io::Result<()> {
    let wanted = attributes::names(from)?;
    // the folder's default list, which the file that is replaced does not have
    if !wanted.iter().any(|name| name == ACL) && attributes::names(to)?.iter().any(|name| name == ACL) {
        attributes::remove(to, ACL)?;
    }
    for name in wanted.iter().filter(|name| !matches!(name.as_str(), "security.ima" | "security.evm")) {
        checked(name, attributes::value(from, name).and_then(|value| attributes::set(to, name, &value)))?;
    }
    Ok(())
}
