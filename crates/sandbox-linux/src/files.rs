//! The second layer: what files a command can reach (Landlock).

use crate::failure::Failure;
use crate::policy::Policy;
use crate::seccomp_notify::SHARED_MEMORY;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    RestrictionStatus, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};
use protocol::{NetworkAccess, SandboxLevel};
use rustix::fs::FileType;
use std::fs;
use std::path::{Path, PathBuf};

/// The newest rights this was tested with; a kernel with fewer gives what it has.
const NEWEST: ABI = ABI::V7;

/// Without these (truncation among them) a command is not confined at all.
const REQUIRED: ABI = ABI::V3;

/// Devices that any program writes to. Inside the namespaces `/dev` holds nothing else.
const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/pts",
];

/// Maximum number of folders opened one by one to leave the hidden ones out, when there are no namespaces.
const MAX_PIECES: usize = 20_000;

/// Confines this process and all it starts to the files of `policy`.
pub fn confine(policy: &Policy) -> Result<RestrictionStatus, Failure> {
    let setup = |what: &str| {
        let what = what.to_owned();
        move |error: landlock::RulesetError| Failure::Setup(format!("landlock: {what}: {error}"))
    };
    let full = policy.level == SandboxLevel::Full;
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(REQUIRED))
        .map_err(setup("abi 3 is needed"))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(NEWEST)))
        .map_err(setup("newer rights"))?;
    if !full && policy.network == NetworkAccess::None {
        ruleset = ruleset.handle_access(AccessNet::from_all(NEWEST)).map_err(setup("network"))?;
    }
    let mut ruleset = ruleset.create().map_err(setup("the ruleset"))?;

    let read = AccessFs::from_read(NEWEST);
    if full {
        ruleset = allow(ruleset, Path::new("/"), read)?;
    } else {
        ruleset = allow(ruleset, Path::new("/"), AccessFs::ReadDir.into())?;
        for piece in around(&policy.hidden, &policy.writable)? {
            ruleset = allow_if_there(ruleset, &piece, read)?;
        }
    }
    for path in &policy.readable {
        ruleset = allow_if_there(ruleset, path, read)?;
    }
    for root in &policy.writable {
        ruleset = allow(ruleset, root, AccessFs::from_all(NEWEST))?;
    }
    let device = AccessFs::WriteFile | AccessFs::ReadFile | AccessFs::Truncate | AccessFs::IoctlDev;
    for path in DEVICES.iter().map(Path::new).filter(|path| path.exists()) {
        ruleset = allow(ruleset, path, device)?;
    }
    if full {
        // a fresh one, seen by this command alone
        ruleset = allow(ruleset, Path::new(SHARED_MEMORY), AccessFs::from_all(NEWEST))?;
    } else if fs::canonicalize(SHARED_MEMORY).is_ok_and(|path| path == Path::new(SHARED_MEMORY))
        && !policy.writable.is_empty()
    {
        // the system's own, of which the guard opens only what the command has made
        let files = AccessFs::ReadFile | AccessFs::ReadDir | AccessFs::WriteFile | AccessFs::Truncate;
        let files = files | AccessFs::MakeReg | AccessFs::RemoveFile;
        ruleset = allow(ruleset, Path::new(SHARED_MEMORY), files)?;
    }
    let status = ruleset.restrict_self().map_err(setup("restrict"))?;
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err(Failure::Setup("landlock: the kernel does not enforce it".to_owned()));
    }
    Ok(status)
}

fn allow(
    ruleset: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, Failure> {
    let file = PathFd::new(path).map_err(|error| cannot_allow(path, &error))?;
    allow_open(ruleset, path, file, access)
}

/// Allows access to what is there: what vanished since it was listed, or this person cannot open, needs no rule.
fn allow_if_there(
    ruleset: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, Failure> {
    match PathFd::new(path) {
        Ok(file) => allow_open(ruleset, path, file, access),
        Err(_) => Ok(ruleset),
    }
}

/// Allows access to an open file or folder, which may have lost its name by now.
fn allow_open(
    ruleset: RulesetCreated,
    path: &Path,
    file: PathFd,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, Failure> {
    let stat = rustix::fs::fstat(&file).map_err(|error| cannot_allow(path, &error))?;
    let is_folder = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
    let access = if is_folder { access } else { access & AccessFs::from_file(NEWEST) };
    ruleset.add_rule(PathBeneath::new(file, access)).map_err(|error| cannot_allow(path, &error))
}

fn cannot_allow(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::Setup(format!("landlock: {}: {error}", path.display()))
}

/// The largest pieces of the file system that leave `hidden` out. Landlock can only allow, so every folder on the way
/// to a hidden one is allowed entry by entry. What is hidden inside one of `writable` cannot be left out.
fn around(hidden: &[PathBuf], writable: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let hidden: Vec<_> = hidden
        .iter()
        .filter_map(|path| path.canonicalize().ok())
        .filter(|path| !writable.iter().any(|root| path.starts_with(root)))
        .collect();
    let mut pieces = Vec::new();
    let mut folders = vec![PathBuf::from("/")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if hidden.contains(&path) {
                continue;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
                // a rule on a link would allow where it leads to; the link itself is looked up without a right
                continue;
            }
            if hidden.iter().any(|hidden| hidden.starts_with(&path)) {
                folders.push(path);
            } else {
                pieces.push(path);
            }
            if pieces.len() > MAX_PIECES {
                return Err(Failure::Setup(format!(
                    "too many entries in {} to leave the hidden ones out",
                    folder.display()
                )));
            }
        }
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_paths_are_left_out_and_their_neighbours_kept() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        for folder in ["secret", "docs", "nested/secret", "nested/open", "root/app"] {
            fs::create_dir_all(home.join(folder)).unwrap();
        }
        std::os::unix::fs::symlink(home.join("secret"), home.join("link")).unwrap();
        let hidden = [home.join("secret"), home.join("nested/secret"), home.join("root/app")];
        let pieces = around(&hidden, &[home.join("root")]).unwrap();
        let mine: Vec<_> = pieces.iter().filter_map(|piece| piece.strip_prefix(&home).ok()).collect();
        for kept in ["docs", "nested/open", "root"] {
            assert!(mine.contains(&Path::new(kept)), "{kept} in {mine:?}");
        }
        assert_eq!(mine.len(), 3, "{mine:?}");
        assert!(pieces.contains(&PathBuf::from("/usr")), "{pieces:?}");
    }

    #[test]
    fn what_vanished_since_it_was_listed_needs_no_rule() {
        let ruleset =
            || Ruleset::default().handle_access(AccessFs::from_all(REQUIRED)).unwrap().create().unwrap();
        let gone = Path::new("/no/such/folder");
        assert!(allow_if_there(ruleset(), gone, AccessFs::from_read(REQUIRED)).is_ok());
        assert!(
            allow(ruleset(), gone, AccessFs::from_read(REQUIRED)).is_err(),
            "a folder to write in must be there"
        );
        // opened, and then without its name
        let dir = tempfile::tempdir().unwrap();
        let file = PathFd::new(dir.path()).unwrap();
        let path = dir.path().to_owned();
        dir.close().unwrap();
        assert!(allow_open(ruleset(), &path, file, AccessFs::from_read(REQUIRED)).is_ok());
    }
}
