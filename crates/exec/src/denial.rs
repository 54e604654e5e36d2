//! Telling what the sandbox refused from what simply failed, by evidence (B16).
//!
//! A command that ended well was refused nothing. Of one that failed, a line on stderr must carry an errno the sandbox
//! returns *and* name a path or a host the policy forbids; for an errno that file permissions return too, the person must be
//! allowed without the sandbox what was refused in it.
//!
//! What was refused can be offered (B16): the narrowest thing that lets the command through in the sandbox after all. Nothing is
//! offered that would reach further than it says: what is protected, what runs programs later, the app's own folders, a folder that
//! holds the person's own or everything.

use super::{caches, policy};
use crate::error_text::{ERRORS, NETWORK_ERRORS, NO_NETWORK, host, quoted, resolve, words};
use engine::ExecRequest;
use protocol::{Denial, DenialKind, NetworkAccess, SandboxGrant, SandboxLevel, SandboxPolicy};
use rustix::fs::{Access, StatVfsMountFlags};
use sandbox_linux::RefusedCall;
use std::path::{Path, PathBuf};
use worktree::Roots;
use worktree::roots::{PROTECTED_NAMES, RUNS_LATER};

/// Maximum number of lines of stderr that are searched.
const MAX_LINES: usize = 400;

/// 128 + SIGSYS: a call of a foreign architecture.
const KILLED_BY_SECCOMP: i32 = 128 + 31;

/// Evidence of a command that ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence<'a> {
    /// The command, and what it might touch.
    pub(super) request: &'a ExecRequest,
    /// Exit code.
    pub(super) exit_code: Option<i32>,
    /// The end of what it said on stderr.
    pub(super) stderr: &'a str,
    /// Everything it printed, stderr among it.
    pub(super) output: &'a str,
    /// Calls that the gate refused.
    pub(super) refused: &'a [RefusedCall],
    /// The person's home folder.
    pub(super) home: Option<&'a Path>,
    /// Paths the sandbox hid from it.
    pub(super) hidden: &'a [PathBuf],
    /// The app's own folders.
    pub(super) app_dirs: &'a [PathBuf],
    /// Temporary folders of the session.
    pub(super) temporary: &'a [PathBuf],
    /// Level of containment.
    pub(super) level: SandboxLevel,
}

/// Finds what the sandbox refused, and what can be offered instead.
pub(super) fn denied(evidence: Evidence<'_>) -> Option<Denial> {
    let Evidence { request, exit_code, stderr, output, hidden, .. } = evidence;
    if exit_code == Some(0) || request.sandbox == SandboxPolicy::DangerFullAccess {
        return None;
    }
    if exit_code == Some(KILLED_BY_SECCOMP) {
        return Some(call_denial("a system call (seccomp)"));
    }
    let roots = Roots::of(&request.sandbox, &request.session_cwd).with_temporary(evidence.temporary);
    let files = FileEvidence { evidence, roots: &roots, hidden };
    let offline = request.sandbox.network() == NetworkAccess::None;
    let by_words = |text: &str| {
        text.lines().take(MAX_LINES).find_map(|line| {
            let lower = line.to_lowercase();
            if offline && NO_NETWORK.iter().any(|said| lower.contains(said)) {
                let host = host(line).map(str::to_owned);
                let to = host.as_ref().map(|host| format!(" to {host}")).unwrap_or_default();
                return Some(Denial {
                    what: format!("network access{to} (no network)"),
                    kind: DenialKind::Network,
                    path: None,
                    host,
                    offer: Some(SandboxGrant::Network),
                });
            }
            files.refusal(line, &lower)
        })
    };
    // a script may have sent its errors where it prints everything else
    by_words(stderr).or_else(|| by_words(output)).or_else(|| files.by_gate(offline))
}

fn call_denial(what: &str) -> Denial {
    Denial { what: what.to_owned(), kind: DenialKind::Call, path: None, host: None, offer: None }
}

struct FileEvidence<'a> {
    evidence: Evidence<'a>,
    roots: &'a Roots,
    hidden: &'a [PathBuf],
}

impl FileEvidence<'_> {
    /// Takes the gate's word for it, where the command's own do not say which thing was refused: they stand on several lines, or there
    /// are none. Programs try a lot that they can do without, so that words of something else count as its reason.
    fn by_gate(&self, offline: bool) -> Option<Denial> {
        let Evidence { output, refused, .. } = self.evidence;
        let lower = output.to_lowercase();
        let speaks_of =
            |signs: &[&str]| output.trim().is_empty() || signs.iter().any(|sign| lower.contains(sign));
        refused.iter().rev().find_map(|call| match call {
            RefusedCall::Write(path) if speaks_of(ERRORS) => self.refused_write(path),
            RefusedCall::Socket(path) if speaks_of(ERRORS) => Some(Denial {
                path: Some(PathBuf::from(path)),
                ..call_denial(&format!("a connection to the socket {path} (outside of the sandbox)"))
            }),
            RefusedCall::Network(address) if offline && speaks_of(NETWORK_ERRORS) => Some(Denial {
                what: format!("network access to {address} (no network)"),
                kind: DenialKind::Network,
                path: None,
                host: None,
                offer: Some(SandboxGrant::Network),
            }),
            _ => None,
        })
    }

    /// Words a refused write; nothing for a path that the person may not write either, and for one that programs do without.
    fn refused_write(&self, path: &Path) -> Option<Denial> {
        let is_optional =
            path.components().any(|part| part.as_os_str() == "__pycache__" || part.as_os_str() == "_logs")
                || ["/dev", "/proc", "/sys"].iter().any(|system| path.starts_with(system))
                || path.file_name().is_some_and(|name| name == "index.lock");
        if is_optional || mounted_read_only(path) {
            return None;
        }
        if self.roots.protected(path).is_some() {
            return Some(self.protected(path));
        }
        if self.roots.contain(path) {
            return foreign(path);
        }
        is_writable(path).then(|| self.write(path))
    }

    /// A write of something protected. What is there is named: git's lock, say, is in nobody's way but the repository is.
    fn protected(&self, path: &Path) -> Denial {
        let there = nearest(path);
        let named = if self.roots.protected(there).is_some() { there } else { path };
        denial(format!("write to {} (protected)", named.display()), DenialKind::Write, named, None)
    }

    /// A write that the sandbox refused, with what is offered for it.
    fn write(&self, path: &Path) -> Denial {
        let of = caches::holding(path, self.evidence.home).map(|(name, _)| format!("; the {name} cache"));
        let what = format!("write to {} (read-only{})", path.display(), of.unwrap_or_default());
        denial(what, DenialKind::Write, path, self.offer_write(path))
    }

    fn refusal(&self, line: &str, lower: &str) -> Option<Denial> {
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
                let what = format!("access to {shown} (hidden)");
                return Some(denial(what, DenialKind::Read, path, self.offer_read(path)));
            }
            if read_only && self.roots.protected(path).is_some() {
                return Some(self.protected(path));
            }
            if read_only && forbidden && !mounted_read_only(path) {
                return Some(self.write(path));
            }
            if no_right
                && !forbidden
                && self.roots.protected(path).is_none()
                && let Some(foreign) = foreign(path)
            {
                return Some(foreign);
            }
            if no_right && forbidden && is_writable(path) {
                let what = format!("access to {shown} (read-only)");
                return Some(denial(what, DenialKind::Write, path, self.offer_write(path)));
            }
        }
        (no_right && lower.contains("socket"))
            .then(|| call_denial("a socket (loopback, and Unix sockets among its own processes)"))
    }

    fn offer_read(&self, path: &Path) -> Option<SandboxGrant> {
        policy::is_offered(path, self.evidence.app_dirs).then(|| SandboxGrant::Read { path: path.to_owned() })
    }

    /// The file, when it is there, or else the nearest folder that is.
    fn offer_write(&self, path: &Path) -> Option<SandboxGrant> {
        let home = self.evidence.home.and_then(|home| home.canonicalize().ok());
        let cache = caches::holding(path, home.as_deref()).map(|(_, folder)| folder);
        let workspace = workspace_root(&self.evidence.request.session_cwd, path);
        let is_cache = cache.is_some();
        let whole = is_cache || workspace.is_some();
        let target = cache.or(workspace).unwrap_or_else(|| nearest(path).to_owned());
        let target = target.as_path();
        // its own folder is not named, or is the machine's, or is where people keep everything
        let is_wide = target.components().count() < 3
            || (!whole && self.evidence.request.session_cwd.starts_with(target))
            || home.as_ref().is_some_and(|home| home.starts_with(target));
        let is_protected = target.components().any(|component| {
            PROTECTED_NAMES.iter().any(|name| component.as_os_str().eq_ignore_ascii_case(name))
        });
        let runs_later = home.is_some_and(|home| {
            RUNS_LATER.iter().map(|place| home.join(place)).any(|place| target.starts_with(place))
        });
        // without namespaces a writable folder is open with all that is in it
        let opens_secrets = self.hidden.iter().any(|hidden| {
            target.starts_with(hidden)
                || (hidden.starts_with(target) && self.evidence.level < SandboxLevel::Full)
        });
        let closed = is_wide || is_protected || runs_later || opens_secrets;
        // a cache that is not there yet is made when it is allowed, and holds nothing
        let is_new = is_cache && !target.exists();
        let is_offered = is_new || policy::is_offered(target, self.evidence.app_dirs);
        let offered = !closed && is_offered && is_writable(target);
        offered.then(|| SandboxGrant::Write { path: target.to_owned() })
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
                _ => resolve(&self.evidence.request.cwd.join(text)),
            })
            .collect()
    }
}

fn denial(what: String, kind: DenialKind, path: &Path, offer: Option<SandboxGrant>) -> Denial {
    Denial { what, kind, path: Some(path.to_owned()), host: None, offer }
}

/// The root of the workspace that the session's folder is a member of, when `path` lies in it: cargo and npm build all members in one
/// place.
fn workspace_root(session_cwd: &Path, path: &Path) -> Option<PathBuf> {
    let has = |file: PathBuf, mark: &str| std::fs::read_to_string(file).is_ok_and(|text| text.contains(mark));
    let member = ["Cargo.toml", "package.json"].iter().any(|file| session_cwd.join(file).is_file());
    let root = session_cwd.ancestors().skip(1).take(8).find(|root| {
        has(root.join("Cargo.toml"), "[workspace]")
            || has(root.join("package.json"), "\"workspaces\"")
            || root.join("pnpm-workspace.yaml").is_file()
    })?;
    (member && path.starts_with(root)).then(|| root.to_owned())
}

/// Root in the sandbox is root over nothing but its own files.
fn foreign(path: &Path) -> Option<Denial> {
    let owner = rustix::fs::lstat(nearest(path)).ok()?.st_uid;
    if !rustix::process::geteuid().is_root() || owner == 0 {
        return None;
    }
    let what = format!(
        "write to {} (it belongs to user {owner}, and root in the sandbox has no rights over the files of others)",
        path.display()
    );
    Some(denial(what, DenialKind::Write, path, None))
}

/// The path, or what is there of it.
fn nearest(path: &Path) -> &Path {
    path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"))
}

/// Reports whether the person could write there without the sandbox.
fn is_writable(path: &Path) -> bool {
    rustix::fs::access(nearest(path), Access::WRITE_OK).is_ok()
}

/// Reports whether it is read-only without the sandbox too.
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
            for folder in ["project/.git", "notes/new", "secret", "app"] {
                fs::create_dir_all(dir.path().join(folder)).unwrap();
            }
            for file in ["secret/key", "app/key", "notes/list"] {
                fs::write(dir.path().join(file), "k").unwrap();
            }
            Self { dir, sandbox }
        }

        fn request(&self, project: PathBuf) -> ExecRequest {
            ExecRequest {
                argv: Vec::new(),
                cwd: project.clone(),
                session_cwd: project,
                timeout_ms: 1,
                sandbox: self.sandbox.clone(),
                background: false,
                overlay: false,
                known_by_name: None,
            }
        }

        /// `~` stands for the home folder in what goes in and comes out.
        fn check(&self, exit_code: i32, stderr: &str, expected: Option<&str>) {
            let home = self.dir.path().canonicalize().unwrap();
            let project = home.join("project");
            let request = self.request(project);
            let home_text = home.to_str().unwrap();
            let stderr = stderr.replace('~', home_text);
            let hidden = [home.join("secret")];
            let denied = self.denied(exit_code, &request, &stderr, &hidden);
            let denied = denied.map(|denied| denied.what.replace(home_text, "~"));
            assert_eq!(denied.as_deref(), expected, "{stderr}");
        }

        fn denied(
            &self,
            exit_code: i32,
            request: &ExecRequest,
            stderr: &str,
            hidden: &[PathBuf],
        ) -> Option<Denial> {
            let app_dirs = [self.dir.path().canonicalize().unwrap().join("app")];
            denied(Evidence {
                request,
                exit_code: Some(exit_code),
                stderr,
                output: stderr,
                refused: &[],
                home: None,
                hidden,
                app_dirs: &app_dirs,
                temporary: &[],
                level: SandboxLevel::Full,
            })
        }

        /// Checks what is offered for a refusal, as `write ~/notes`.
        fn check_offer(&self, stderr: &str, expected: &str) {
            let home = self.dir.path().canonicalize().unwrap();
            let request = self.request(home.join("project"));
            let stderr = stderr.replace('~', home.to_str().unwrap());
            let hidden = [home.join("secret"), home.join("app")];
            let denial = self.denied(1, &request, &stderr, &hidden).unwrap();
            let offer = match denial.offer {
                None => "nothing".to_owned(),
                Some(SandboxGrant::Network) => "network".to_owned(),
                Some(SandboxGrant::Write { path }) => format!("write {}", path.display()),
                Some(SandboxGrant::Read { path }) => format!("read {}", path.display()),
            };
            assert_eq!(offer.replace(home.to_str().unwrap(), "~"), expected, "{stderr}");
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
            Some("write to ~/project/.git (protected)"),
        );
        fs::create_dir_all(case.dir.path().join("project/.git/worktrees/other")).unwrap();
        case.check(
            128,
            "fatal: Unable to create '~/project/.git/worktrees/other/index.lock': Read-only file system",
            Some("write to ~/project/.git/worktrees/other (protected)"),
        );
        // nothing is there that could be named in its place
        case.check(
            1,
            "sh: 1: cannot create ~/project/.envrc: Read-only file system",
            Some("write to ~/project/.envrc (protected)"),
        );
        case.check(
            1,
            "cat: ~/secret/key: No such file or directory",
            Some("access to ~/secret/key (hidden)"),
        );
        case.check(
            1,
            "error: dial unix: socket: operation not permitted",
            Some("a socket (loopback, and Unix sockets among its own processes)"),
        );
        case.check(159, "", Some("a system call (seccomp)"));
    }

    #[test]
    fn b16_the_narrowest_thing_is_offered_and_nothing_that_reaches_further() {
        let case = Case::new(SandboxPolicy::workspace_write());
        let refused = |path: &str| format!("touch: cannot touch '{path}': Read-only file system");
        for (path, offer) in [
            ("~/notes/list", "write ~/notes/list"),
            ("~/notes/absent", "write ~/notes"),
            ("~/notes/new/a/b/c", "write ~/notes/new"),
            // steers programs
            ("~/project/.git/config", "nothing"),
            ("~/notes/.bashrc/x", "write ~/notes"),
            // the app's own, the folder of the project and all else, the machine's
            ("~/app/rules.toml", "nothing"),
            ("~/absent", "nothing"),
            ("/absent", "nothing"),
            ("/var/absent", "nothing"),
        ] {
            case.check_offer(&refused(path), offer);
        }
        let absent = |path: &str| format!("cat: {path}: No such file or directory");
        case.check_offer(&absent("~/secret/key"), "read ~/secret/key");
        case.check_offer(&absent("~/app/key"), "nothing");
        case.check_offer("curl: (6) Could not resolve host: example.com", "network");
        case.check_offer("error: dial unix: socket: operation not permitted", "nothing");
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
        let online = Case::new(SandboxPolicy::read_only().with(&SandboxGrant::Network));
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
