//! Telling what the sandbox refused from what simply failed, by evidence (B16).
//!
//! A command that ended well was refused nothing. Of one that failed, a line on stderr must carry an errno the sandbox
//! returns *and* name a path or a host the policy forbids; for an errno that file permissions return too, the person must be
//! allowed without the sandbox what was refused in it.

use crate::workspace::Roots;
use countersign_core::ExecRequest;
use protocol::{NetworkAccess, SandboxPolicy};
use rustix::fs::{Access, StatVfsMountFlags};
use std::path::{Component, Path, PathBuf};

/// How many lines of stderr are looked at.
const MAX_LINES: usize = 400;

/// 128 + SIGSYS: a call of a foreign architecture.
const KILLED_BY_SECCOMP: i32 = 128 + 31;

/// What programs say when there is no network but their own.
const NO_NETWORK: &[&str] = &[
    "network is unreachable",
    "network unreachable",
    "could not resolve host",
    "could not resolve proxy",
    "failed to lookup address information",
    "name or service not known",
    "nodename nor servname provided",
    "temporary failure in name resolution",
    "temporary failure resolving",
    "unable to resolve host address",
    "getaddrinfo eai_again",
    "getaddrinfo enotfound",
    "no address associated with hostname",
    "dns error",
];

/// What is known of a command that ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence<'a> {
    /// What was to be run, and what it might touch.
    pub(super) request: &'a ExecRequest,
    /// How it ended.
    pub(super) exit_code: Option<i32>,
    /// The end of what it said on stderr.
    pub(super) stderr: &'a str,
    /// What the sandbox hid from it.
    pub(super) hidden: &'a [PathBuf],
}

/// What the sandbox refused, for people: "write to /etc/x (read-only)".
pub(super) fn denied(evidence: Evidence<'_>) -> Option<String> {
    let Evidence { request, exit_code, stderr, hidden } = evidence;
    if exit_code == Some(0) || request.sandbox == SandboxPolicy::DangerFullAccess {
        return None;
    }
    if exit_code == Some(KILLED_BY_SECCOMP) {
        return Some("a system call (seccomp)".to_owned());
    }
    let roots = Roots::of(&request.sandbox, &request.session_cwd);
    let files = Files { cwd: &request.cwd, roots: &roots, hidden };
    let offline = request.sandbox.network() == NetworkAccess::None;
    stderr.lines().take(MAX_LINES).find_map(|line| {
        let lower = line.to_lowercase();
        if offline && NO_NETWORK.iter().any(|said| lower.contains(said)) {
            return Some(host(line).map_or_else(
                || "network access (no network)".to_owned(),
                |host| format!("network access to {host} (no network)"),
            ));
        }
        files.refusal(line, &lower)
    })
}

struct Files<'a> {
    cwd: &'a Path,
    roots: &'a Roots,
    hidden: &'a [PathBuf],
}

impl Files<'_> {
    fn refusal(&self, line: &str, lower: &str) -> Option<String> {
        let said = |phrase: &str, code: &str| lower.contains(phrase) || words(line).any(|word| word == code);
        let read_only = said("read-only file system", "EROFS");
        let no_right = said("permission denied", "EACCES") || said("operation not permitted", "EPERM");
        let absent = said("no such file or directory", "ENOENT");
        if !read_only && !no_right && !absent {
            return None;
        }
        let named = self.paths(line);
        for path in &named {
            let shown = path.display();
            let forbidden = !self.roots.contain(path);
            if self.hidden.iter().any(|hidden| path.starts_with(hidden))
                && forbidden
                && path.symlink_metadata().is_ok()
            {
                return Some(format!("access to {shown} (hidden)"));
            }
            if read_only && self.roots.protected(path).is_some() {
                return Some(format!("write to {shown} (protected)"));
            }
            if read_only && forbidden && !mounted_read_only(path) {
                return Some(format!("write to {shown} (read-only)"));
            }
            if no_right && forbidden && is_writable(path) {
                return Some(format!("access to {shown} (read-only)"));
            }
        }
        (no_right && lower.contains("socket"))
            .then(|| "a socket (only loopback and connected pairs)".to_owned())
    }

    /// The paths a line may name, links followed as far as they exist.
    fn paths(&self, line: &str) -> Vec<PathBuf> {
        let before_errno = line.rsplit_once(": ").and_then(|(before, _)| before.rsplit(' ').next());
        quoted(line)
            .into_iter()
            .chain(words(line).filter(|word| word.contains('/')))
            .chain(before_errno)
            .filter(|text| !text.is_empty() && text.len() < 4_096 && !text.contains("://"))
            .map(|text| match (text.strip_prefix("~/"), std::env::home_dir()) {
                (Some(rest), Some(home)) => resolve(&home.join(rest)),
                _ => resolve(&self.cwd.join(text)),
            })
            .collect()
    }
}

/// The words of a line, without the marks round them.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split([' ', '\t', '=', ',']).map(|word| {
        word.trim_matches(|c: char| {
            matches!(c, ':' | ';' | '(' | ')' | '[' | ']' | '\'' | '"' | '`' | '‘' | '’')
        })
    })
}

/// What stands between quotes.
fn quoted(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (open, close) in [('\'', '\''), ('"', '"'), ('`', '`'), ('`', '\''), ('‘', '’'), ('“', '”')] {
        let mut rest = line;
        while let Some((_, after)) = rest.split_once(open) {
            let Some((inner, end)) = after.split_once(close) else { break };
            found.push(inner);
            rest = end;
        }
    }
    found
}

/// The host that a message about names names.
fn host(line: &str) -> Option<&str> {
    const BEFORE: &[&str] = &[
        "resolve host: ",
        "resolve hostname ",
        "resolve proxy: ",
        "host address ",
        "EAI_AGAIN ",
        "ENOTFOUND ",
        "resolving '",
    ];
    let after = BEFORE.iter().find_map(|before| Some(line.split_once(before)?.1))?;
    let host = after
        .split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '‘' | '’' | '(' | ','))
        .find(|part| !part.is_empty())?;
    Some(host.trim_end_matches([':', '.']))
}

/// `path` with links followed as far as it exists and `.` and `..` taken out of the rest.
fn resolve(path: &Path) -> PathBuf {
    let mut existing = path;
    let mut rest = Vec::new();
    loop {
        if let Ok(mut resolved) = existing.canonicalize() {
            for component in rest.into_iter().rev() {
                match component {
                    Component::ParentDir => {
                        resolved.pop();
                    }
                    component => resolved.push(component),
                }
            }
            return resolved;
        }
        let (Some(parent), Some(last)) = (existing.parent(), existing.components().next_back()) else {
            return path.to_owned();
        };
        rest.push(last);
        existing = parent;
    }
}

/// The path, or what is there of it.
fn nearest(path: &Path) -> &Path {
    path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"))
}

/// Whether the person could write there without the sandbox.
fn is_writable(path: &Path) -> bool {
    rustix::fs::access(nearest(path), Access::WRITE_OK).is_ok()
}

/// Whether it is read-only without the sandbox too.
fn mounted_read_only(path: &Path) -> bool {
    rustix::fs::statvfs(nearest(path)).is_ok_and(|stat| stat.f_flag.contains(StatVfsMountFlags::RDONLY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    struct Case {
        dir: tempfile::TempDir,
        sandbox: SandboxPolicy,
    }

    impl Case {
        /// A person's folder `home` with `project`, `notes` and the hidden `secret`.
        fn new(sandbox: SandboxPolicy) -> Self {
            // not in the temporary folder, which is a writable root
            let dir = tempfile::tempdir_in("/var/tmp").unwrap();
            for folder in ["project/.git", "notes", "secret"] {
                fs::create_dir_all(dir.path().join(folder)).unwrap();
            }
            fs::write(dir.path().join("secret/key"), "k").unwrap();
            Self { dir, sandbox }
        }

        /// `~` stands for the home folder in what goes in and comes out.
        fn check(&self, exit_code: i32, stderr: &str, expected: Option<&str>) {
            let home = self.dir.path().canonicalize().unwrap();
            let project = home.join("project");
            let request = ExecRequest {
                argv: Vec::new(),
                cwd: project.clone(),
                session_cwd: project,
                timeout_ms: 1,
                sandbox: self.sandbox.clone(),
                background: false,
            };
            let home_text = home.to_str().unwrap();
            let stderr = stderr.replace('~', home_text);
            let hidden = [home.join("secret")];
            let evidence =
                Evidence { request: &request, exit_code: Some(exit_code), stderr: &stderr, hidden: &hidden };
            let denied = denied(evidence).map(|denied| denied.replace(home_text, "~"));
            assert_eq!(denied.as_deref(), expected, "{stderr}");
        }
    }

    #[test]
    fn b16_an_errno_with_a_forbidden_path_is_a_refusal() {
        let case = Case::new(SandboxPolicy::workspace_write());
        let read_only = Some("write to ~/notes/x (read-only)");
        case.check(1, "touch: cannot touch '~/notes/x': Read-only file system", read_only);
        case.check(2, "building\nsh: 1: cannot create ~/notes/x: Read-only file system", read_only);
        case.check(2, "sh: 1: cannot create ../notes/x: Read-only file system", read_only);
        case.check(1, "OSError: [Errno 30] Read-only file system: '~/notes/x'", read_only);
        case.check(1, "Error: EROFS: read-only file system, open '~/notes/x'", read_only);
        case.check(1, "open ~/notes/x: permission denied", Some("access to ~/notes/x (read-only)"));
        case.check(
            128,
            "fatal: Unable to create '~/project/.git/index.lock': Read-only file system",
            Some("write to ~/project/.git/index.lock (protected)"),
        );
        case.check(
            1,
            "cat: ~/secret/key: No such file or directory",
            Some("access to ~/secret/key (hidden)"),
        );
        case.check(
            1,
            "error: dial unix: socket: operation not permitted",
            Some("a socket (only loopback and connected pairs)"),
        );
        case.check(159, "", Some("a system call (seccomp)"));
    }

    #[test]
    fn b16_no_network_is_a_refusal_and_names_the_host() {
        let case = Case::new(SandboxPolicy::workspace_write());
        case.check(
            6,
            "curl: (6) Could not resolve host: example.com",
            Some("network access to example.com (no network)"),
        );
        case.check(1, "ping: connect: Network is unreachable", Some("network access (no network)"));
        case.check(
            1,
            "npm error request failed, reason: getaddrinfo EAI_AGAIN registry.example",
            Some("network access to registry.example (no network)"),
        );
        let online = Case::new(SandboxPolicy::ReadOnly { network: NetworkAccess::Full });
        online.check(6, "curl: (6) Could not resolve host: example.com", None);
    }

    #[test]
    fn b16_what_simply_failed_is_no_refusal() {
        let case = Case::new(SandboxPolicy::workspace_write());
        case.check(1, "", None);
        case.check(0, "touch: cannot touch '~/notes/x': Read-only file system", None);
        case.check(1, "cat: missing.txt: No such file or directory", None);
        case.check(1, "error: test failed: permission denied is what it printed", None);
        case.check(1, "cat: ~/secret/absent: No such file or directory", None);
        case.check(126, "sh: 1: ./run.sh: Permission denied", None);
        Case::new(SandboxPolicy::DangerFullAccess).check(1, "open ~/notes/x: permission denied", None);
    }

    #[test]
    fn b16_under_read_only_the_project_is_forbidden_too() {
        let case = Case::new(SandboxPolicy::read_only());
        case.check(
            1,
            "touch: cannot touch 'x': Read-only file system",
            Some("write to ~/project/x (read-only)"),
        );
        case.check(
            2,
            "sh: 1: cannot create x: Read-only file system",
            Some("write to ~/project/x (read-only)"),
        );
        case.check(1, "https://example.com/x: Permission denied", None);
    }
}
