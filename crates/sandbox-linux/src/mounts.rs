//! The first layer: what bubblewrap is asked for.

use crate::failure::Failure;
use crate::policy::Policy;
use protocol::NetworkAccess;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Paths at which bubblewrap is looked for. Never along `PATH`, which may name a folder a command can write
/// to.
const BUBBLEWRAP: &[&str] =
    &["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap", "/run/current-system/sw/bin/bwrap"];

/// The system's bubblewrap.
pub fn bubblewrap() -> Result<PathBuf, Failure> {
    BUBBLEWRAP.iter().map(PathBuf::from).find(|path| path.is_file()).ok_or_else(|| {
        let place = BUBBLEWRAP[0];
        Failure::Setup(format!("bubblewrap is not at {place}; install the package bubblewrap"))
    })
}

/// Mount that replaces one path inside the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mount {
    HiddenFolder,
    HiddenFile,
    Readable,
    Writable,
    ReadOnly,
}

/// bubblewrap's arguments for `policy`, up to the command. `protected` are existing paths inside the writable roots.
///
/// Mounts are made from the outside in, so that the nearest one counts: a root inside a hidden folder is writable, a hidden
/// folder inside a root is hidden. For one and the same path, readable wins over hidden, writable over that, protected over all.
pub fn arguments(policy: &Policy, protected: &[PathBuf]) -> Result<Vec<OsString>, Failure> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut add = |parts: &[&str]| arguments.extend(parts.iter().map(OsString::from));
    add(&["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]);
    if policy.network == NetworkAccess::None && policy.shared_network().is_none() {
        // with a loopback of its own, which bubblewrap brings up
        add(&["--unshare-net"]);
    }
    let everything = policy.writable.iter().any(|root| root == Path::new("/"));
    let bind = if everything { "--bind" } else { "--ro-bind" };
    add(&["--die-with-parent", "--cap-drop", "ALL", bind, "/", "/", "--dev", "/dev", "--proc", "/proc"]);

    let mut mounts = Vec::new();
    for hidden in policy.hidden.iter().filter_map(|path| path.canonicalize().ok()) {
        let mount = if hidden.is_dir() { Mount::HiddenFolder } else { Mount::HiddenFile };
        mounts.push((hidden, mount));
    }
    for readable in policy.readable.iter().filter_map(|path| path.canonicalize().ok()) {
        // where nothing hides it, it can be read already
        if policy.hidden.iter().any(|hidden| readable.starts_with(hidden)) {
            mounts.push((readable, Mount::Readable));
        }
    }
    for root in policy.writable.iter().filter(|root| *root != Path::new("/")) {
        let root = root.canonicalize().map_err(|error| {
            Failure::Setup(format!("cannot open the writable root {}: {error}", root.display()))
        })?;
        mounts.push((root, Mount::Writable));
    }
    mounts.extend(protected.iter().map(|path| (path.clone(), Mount::ReadOnly)));
    mounts.sort_by_cached_key(|(path, mount)| (path.components().count(), path.clone(), *mount));

    let mut last: Vec<OsString> = Vec::new();
    for (index, (path, mount)) in mounts.iter().enumerate() {
        let next_is_same = mounts.get(index + 1).is_some_and(|(next, _)| next == path);
        if path == Path::new("/") {
            return Err(Failure::Setup("the file system's root cannot be hidden or protected".to_owned()));
        }
        let words: [OsString; 3] = match mount {
            Mount::HiddenFolder | Mount::HiddenFile if next_is_same => continue,
            Mount::HiddenFolder => {
                // made read-only at the very end: mount points of what lies inside are still to be made in it
                last.extend(["--remount-ro".into(), path.into()]);
                arguments.extend(["--tmpfs".into(), path.into()]);
                continue;
            }
            Mount::HiddenFile => ["--ro-bind".into(), "/dev/null".into(), path.into()],
            Mount::Writable => ["--bind".into(), path.into(), path.into()],
            // one that vanished since it was found is the guard's to protect, or nothing to be read
            Mount::Readable | Mount::ReadOnly => ["--ro-bind-try".into(), path.into(), path.into()],
        };
        arguments.extend(words);
    }
    arguments.extend(last);
    arguments.extend(["--chdir".into(), policy.cwd.clone().into()]);
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::SandboxLevel;
    use std::fs;

    #[test]
    fn the_nearest_mount_counts() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        let (home, project, git) =
            (base.join("home"), base.join("home/project"), base.join("home/project/.git"));
        fs::create_dir_all(&git).unwrap();
        for file in ["key", "open", "home/notes"] {
            fs::write(base.join(file), "").unwrap();
        }
        let policy = Policy {
            level: SandboxLevel::Full,
            cwd: project.clone(),
            writable: vec![project.clone(), base.clone()],
            temporary: Vec::new(),
            protected_names: Vec::new(),
            protected_paths: Vec::new(),
            hidden: vec![home.clone(), project.clone(), base.join("key"), base.join("absent")],
            readable: vec![home.join("notes"), base.join("open"), base.join("absent")],
            network: NetworkAccess::None,
            network_holder: None,
            stdio: None,
            overlays: Vec::new(),
            nonce: String::new(),
        };
        let words = arguments(&policy, std::slice::from_ref(&git)).unwrap();
        let words: Vec<_> = words.iter().map(|word| word.to_str().unwrap()).collect();
        let from = words.iter().position(|word| *word == "--proc").unwrap() + 2;
        let [base, home, project, git] = [&base, &home, &project, &git].map(|path| path.to_str().unwrap());
        let (key, notes) = (format!("{base}/key"), format!("{home}/notes"));
        assert_eq!(
            words[from..],
            [
                "--bind",
                base,
                base,
                "--tmpfs",
                home,
                "--ro-bind",
                "/dev/null",
                &key,
                "--ro-bind-try",
                &notes,
                &notes,
                "--bind",
                project,
                project,
                "--ro-bind-try",
                git,
                git,
                "--remount-ro",
                home,
                "--chdir",
                project
            ]
        );
        assert!(words.contains(&"--unshare-net"));
    }

    #[test]
    fn a_root_that_is_not_there_is_an_error() {
        let policy = Policy {
            level: SandboxLevel::Full,
            cwd: PathBuf::from("/"),
            writable: vec![PathBuf::from("/no/such/root")],
            temporary: Vec::new(),
            protected_names: Vec::new(),
            protected_paths: Vec::new(),
            hidden: Vec::new(),
            readable: Vec::new(),
            network: NetworkAccess::Full,
            network_holder: None,
            stdio: None,
            overlays: Vec::new(),
            nonce: String::new(),
        };
        assert!(arguments(&policy, &[]).unwrap_err().to_string().contains("/no/such/root"));
    }
}
