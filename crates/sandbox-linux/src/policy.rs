//! Policy of one command, as the helper receives it.

use crate::failure::Failure;
use protocol::{NetworkAccess, SandboxLevel};
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::os::fd::RawFd;
use std::path::PathBuf;

/// The longest policy the helper reads, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Files and network one command can reach. Paths are absolute; missing ones are passed over, but for
/// writable roots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Level of containment: exactly this one, or the command is not run. `none` means no containment
    /// (`danger-full-access`): then only the session of its own, the null stdin, the closed descriptors and
    /// the end of all its processes are left.
    pub level: SandboxLevel,
    /// Folder it runs in.
    pub cwd: PathBuf,
    /// Roots it can write beneath, links followed. One that cannot be opened is a failure.
    pub writable: Vec<PathBuf>,
    /// Those of the writable roots that are the session's own, made for temporary files: nothing in them is protected.
    #[serde(default)]
    pub temporary: Vec<PathBuf>,
    /// Names that it cannot write to inside a writable root, letter case ignored.
    pub protected_names: Vec<String>,
    /// Paths that it cannot write to, whether they exist or not, absolute.
    #[serde(default)]
    pub protected_paths: Vec<PathBuf>,
    /// Paths it can neither read nor write. A writable root inside one of these stays writable.
    pub hidden: Vec<PathBuf>,
    /// Paths it can read though they lie in a hidden one.
    #[serde(default)]
    pub readable: Vec<PathBuf>,
    /// Access to the host's network.
    pub network: NetworkAccess,
    /// Process that holds the session's network (`countersign-sandbox --network`). Without one, a command that is not to reach the
    /// host's has one of its own.
    #[serde(default)]
    pub network_holder: Option<u32>,
    /// Inherited descriptors that become the command's standard input, output and error. Without them it reads nothing, and
    /// prints where the helper does.
    #[serde(default)]
    pub stdio: Option<[RawFd; 3]>,
    /// Writable roots of which the command gets a copy-on-write view, none within another. Only at level full.
    #[serde(default)]
    pub overlays: Vec<OverlayMount>,
    /// Something the command cannot guess, repeated where the helper says that it failed.
    pub nonce: String,
}

/// A writable root of which a command gets a copy-on-write view, at the path it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverlayMount {
    /// The root: it is read, and never written.
    pub root: PathBuf,
    /// Folder that gets the changes. It is outside of every root, on a file system of its own or another one's.
    pub upper: PathBuf,
    /// Empty folder beside `upper`, for the kernel.
    pub work: PathBuf,
    /// Folders in the root that are the real ones, with what is written in them. Those that are gone are passed over.
    pub through: Vec<PathBuf>,
}

impl Policy {
    /// Returns the process that holds the network the command is to be in, when it is not the host's.
    pub fn shared_network(&self) -> Option<u32> {
        self.network_holder
            .filter(|_| self.level == SandboxLevel::Full && self.network == NetworkAccess::None)
    }

    /// Reads a policy to the end of `input`.
    pub fn read(input: impl Read) -> Result<Self, Failure> {
        read_json(input)
    }
}

/// Reads bounded JSON to the end of `input`.
pub(crate) fn read_json<T: serde::de::DeserializeOwned>(input: impl Read) -> Result<T, Failure> {
    let mut bytes = Vec::new();
    input
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::Setup(format!("cannot read the policy on stdin: {error}")))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Failure::Setup(format!("the policy on stdin is longer than {MAX_BYTES} bytes")));
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::Setup(format!("the policy on stdin cannot be understood: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_is_too_long_or_has_unknown_parts_is_refused() {
        let long = Policy::read(std::io::repeat(b' ')).unwrap_err();
        assert!(long.to_string().contains("longer than"), "{long}");
        let unknown = Policy::read(&br#"{"level":"full","allow_everything":true}"#[..]).unwrap_err();
        assert!(unknown.to_string().contains("allow_everything"), "{unknown}");
        let cut = Policy::read(&br#"{"level":"full","#[..]).unwrap_err();
        assert!(matches!(cut, Failure::Setup(_)));
    }
}
