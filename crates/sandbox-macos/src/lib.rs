//! Confining a command on macOS: the text of a Seatbelt profile and the argv that applies it.
//!
//! Pure: nothing here touches the system, so its tests run everywhere. Paths are never spliced into the text; they are
//! parameters of it.

use protocol::NetworkAccess;
use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The system's own program that applies a profile. Never another one found along `PATH`.
pub const SANDBOX_EXEC: &str = "/usr/bin/sandbox-exec";

/// Files and network a command can reach. Paths are absolute, links followed (`/tmp` is `/private/tmp`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Roots it can write beneath.
    pub writable: Vec<PathBuf>,
    /// Names that it cannot write to inside a writable root, letter case ignored.
    pub protected_names: Vec<String>,
    /// Paths it can neither read nor write. A writable root inside one of these stays usable.
    pub hidden: Vec<PathBuf>,
    /// Paths it can read though they lie in a hidden one.
    pub readable: Vec<PathBuf>,
    /// Access to more than loopback addresses.
    pub network: NetworkAccess,
}

/// Rules every command needs to start and run: none of them reaches another program or a service that acts
/// for it.
const BASE: &str = r#"(version 1)
(deny default)
(allow process-exec process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))
(allow sysctl-read)
(allow user-preference-read)
(allow pseudo-tty)
(allow ipc-posix-sem)
(allow ipc-posix-shm-read* ipc-posix-shm-write-create ipc-posix-shm-write-data)
(allow mach-lookup
  (global-name "com.apple.system.opendirectoryd.libinfo")
  (global-name "com.apple.system.notification_center")
  (global-name "com.apple.system.logger")
  (global-name "com.apple.logd"))
(allow file-read*)
(allow file-write* file-ioctl
  (literal "/dev/null")
  (literal "/dev/zero")
  (literal "/dev/tty")
  (literal "/dev/ptmx")
  (regex #"^/dev/ttys[0-9]+$")
  (subpath "/dev/fd"))
"#;

/// Loopback alone: there are no network namespaces, so what listens on it outside can be reached too.
const LOOPBACK: &str = r#"(allow network-bind network-inbound (local ip "localhost:*"))
(allow network-outbound (remote ip "localhost:*"))
"#;

/// The network, with what looks names up and checks certificates; no Unix sockets but the resolver's.
const NETWORK: &str = r#"(allow network-bind network-inbound (local ip))
(allow network-outbound (remote ip))
(allow network-outbound (literal "/private/var/run/mDNSResponder"))
(allow system-socket (require-all (socket-domain AF_SYSTEM) (socket-protocol 2)))
(allow mach-lookup
  (global-name "com.apple.SystemConfiguration.configd")
  (global-name "com.apple.SystemConfiguration.DNSConfiguration")
  (global-name "com.apple.networkd")
  (global-name "com.apple.trustd.agent"))
"#;

/// The profile's text, and its parameters by name. In Seatbelt the last rule that matches counts.
pub fn profile(policy: &Policy) -> (String, Vec<(String, String)>) {
    // writing to a string cannot fail
    let mut text = BASE.to_owned();
    let mut parameters = Vec::new();
    let mut parameter = |name: String, path: &Path| {
        parameters.push((name.clone(), path.to_string_lossy().into_owned()));
        name
    };

    let roots: Vec<String> = policy
        .writable
        .iter()
        .enumerate()
        .map(|(index, root)| parameter(format!("WRITABLE_ROOT_{index}"), root))
        .collect();
    let hidden: Vec<String> = policy
        .hidden
        .iter()
        .enumerate()
        .map(|(index, path)| parameter(format!("HIDDEN_{index}"), path))
        .collect();

    let readable: Vec<String> = policy
        .readable
        .iter()
        .enumerate()
        .map(|(index, path)| parameter(format!("READABLE_{index}"), path))
        .collect();

    // From the outside in, so that the nearest path is named last and counts.
    let all = |paths: &'_ [PathBuf], names: &'_ [String], rank: u8, rule: &'static str| -> Vec<_> {
        let named = paths.iter().zip(names);
        named.map(|(path, name)| (path.components().count(), rank, rule, name.clone())).collect()
    };
    let mut nested = all(&policy.hidden, &hidden, 0, "deny file-read* file-write*");
    nested.extend(all(&policy.readable, &readable, 1, "allow file-read*"));
    nested.extend(all(&policy.writable, &roots, 2, "allow file-read* file-write*"));
    nested.sort_by_key(|(depth, rank, ..)| (*depth, *rank));
    for (_, _, rule, name) in nested {
        let _ = writeln!(text, "({rule} (subpath (param \"{name}\")))");
    }
    for root in &roots {
        // a root itself is neither removed nor renamed, which would take its rules away from what is in it
        let _ = writeln!(text, "(deny file-write-unlink (literal (param \"{root}\")))");
        for name in &policy.protected_names {
            let pattern = any_case(name);
            let _ = writeln!(
                text,
                "(deny file-write* (require-all (subpath (param \"{root}\")) (regex #\"/{pattern}(/|$)\")))"
            );
        }
    }
    text += match policy.network {
        NetworkAccess::None => LOOPBACK,
        NetworkAccess::Full => NETWORK,
    };
    (text, parameters)
}

/// The program that confines, and its arguments up to the command.
pub fn wrap(policy: &Policy) -> (PathBuf, Vec<OsString>) {
    let (text, parameters) = profile(policy);
    let mut arguments: Vec<OsString> = vec!["-p".into(), text.into()];
    arguments.extend(parameters.into_iter().map(|(name, path)| format!("-D{name}={path}").into()));
    arguments.push("--".into());
    (PathBuf::from(SANDBOX_EXEC), arguments)
}

/// A regular expression for `name` in any letter case, with nothing in it that the profile's language could read otherwise.
fn any_case(name: &str) -> String {
    let mut pattern = String::new();
    for c in name.chars() {
        match c {
            'a'..='z' | 'A'..='Z' => {
                pattern.extend(['[', c.to_ascii_lowercase(), c.to_ascii_uppercase(), ']']);
            }
            '0'..='9' | '_' | '-' => pattern.push(c),
            '.' => pattern.push_str("[.]"),
            // any one character: wider than the name, never narrower
            _ => pattern.push('.'),
        }
    }
    pattern
}

#[cfg(test)]
mod tests;
