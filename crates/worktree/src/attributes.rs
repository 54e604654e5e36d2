//! Extended attributes of files and folders that snapshots keep: access control lists, capabilities, and the person's own. Left
//! out are those that the system keeps for itself, such as security labels.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

/// Access control list of a file or folder.
pub(crate) const ACL: &str = "system.posix_acl_access";

/// Access control list that what is made in a folder begins with.
const DEFAULT_ACL: &str = "system.posix_acl_default";

/// Attributes by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attributes(BTreeMap<String, Vec<u8>>);

impl Attributes {
    /// Reads the attributes of an open file or folder. One that may not be read is left out.
    pub(crate) fn read(file: impl AsFd) -> Self {
        let names = names(&file).unwrap_or_default().into_iter().filter(|name| is_kept(name));
        Self(names.filter_map(|name| Some((name.clone(), value(&file, &name).ok()?))).collect())
    }

    /// Reads the attributes at a path, links not followed: none of what is neither a file nor a folder, or may not be read.
    pub(crate) fn read_at(path: &Path) -> Self {
        use rustix::fs::{CWD, Mode, OFlags, openat};
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        openat(CWD, path, flags, Mode::empty()).map(Self::read).unwrap_or_default()
    }

    /// Reports whether there are some that `other` has not, or has otherwise; `with_lists` counts access control lists as well.
    pub(crate) fn add_to(&self, other: &Self, with_lists: bool) -> bool {
        let counts = |name: &str| with_lists || ![ACL, DEFAULT_ACL].contains(&name);
        self.0.iter().any(|(name, value)| counts(name) && other.0.get(name) != Some(value))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // cannot fail: a map of strings and bytes
        postcard::to_stdvec(self).unwrap_or_default()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> io::Result<Self> {
        postcard::from_bytes(bytes).map_err(io::Error::other)
    }

    /// Gives an open file or folder exactly these, other kinds of attributes left alone. What needs privileges we do not have is
    /// left out; an access control list or an attribute of the person's that cannot be set is an error.
    pub(crate) fn apply(&self, file: impl AsFd) -> io::Result<()> {
        for name in names(&file)?.iter().filter(|name| is_kept(name) && !self.0.contains_key(*name)) {
            checked(name, remove(&file, name))?;
        }
        for (name, value) in &self.0 {
            checked(name, set(&file, name, value))?;
        }
        Ok(())
    }
}

fn is_kept(name: &str) -> bool {
    if cfg!(target_os = "macos") {
        return !name.starts_with("com.apple.");
    }
    // the kernel's own marks in the folder of a view's changes are nobody's
    (name.starts_with("user.") && !name.starts_with("user.overlay."))
        || [ACL, DEFAULT_ACL, "security.capability"].contains(&name)
}

/// Passes on the failure to set an attribute, where it is not the system's to refuse.
pub(crate) fn checked(name: &str, set: Result<(), rustix::io::Errno>) -> io::Result<()> {
    use rustix::io::Errno;
    match set {
        Ok(()) | Err(Errno::NOTSUP | Errno::NODATA) => Ok(()),
        Err(error) if [ACL, DEFAULT_ACL].contains(&name) || name.starts_with("user.") => Err(io::Error::new(
            io::Error::from(error).kind(),
            format!("its attribute {name} cannot be kept: {error}"),
        )),
        Err(error) => {
            tracing::debug!(%name, %error, "an attribute is not kept");
            Ok(())
        }
    }
}

pub(crate) use system::{names, remove, set, value};

#[cfg(any(target_os = "linux", target_os = "macos"))]
mod system {
    use rustix::fs::XattrFlags;
    use rustix::io::Errno;
    use std::os::fd::AsFd;

    /// As much as the kernel lets the names, or one value, be.
    const MAX_BYTES: usize = 64 * 1024;

    /// Returns the names of a file's attributes; none where the file system has no such thing.
    pub(crate) fn names(file: impl AsFd) -> Result<Vec<String>, Errno> {
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

    pub(crate) fn value(file: impl AsFd, name: &str) -> Result<Vec<u8>, Errno> {
        let mut value = vec![0; MAX_BYTES];
        let length = rustix::fs::fgetxattr(file, name, &mut value[..])?;
        value.truncate(length);
        Ok(value)
    }

    pub(crate) fn set(file: impl AsFd, name: &str, value: &[u8]) -> Result<(), Errno> {
        rustix::fs::fsetxattr(file, name, value, XattrFlags::empty())
    }

    pub(crate) fn remove(file: impl AsFd, name: &str) -> Result<(), Errno> {
        rustix::fs::fremovexattr(file, name)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod system {
    use rustix::io::Errno;
    use std::os::fd::AsFd;

    pub(crate) fn names(_: impl AsFd) -> Result<Vec<String>, Errno> {
        Ok(Vec::new())
    }

    pub(crate) fn value(_: impl AsFd, _: &str) -> Result<Vec<u8>, Errno> {
        Err(Errno::NOTSUP)
    }

    pub(crate) fn set(_: impl AsFd, _: &str, _: &[u8]) -> Result<(), Errno> {
        Err(Errno::NOTSUP)
    }

    pub(crate) fn remove(_: impl AsFd, _: &str) -> Result<(), Errno> {
        Err(Errno::NOTSUP)
    }
}
