//! Environment of a command that runs unasked since it is known by its name: the name means the system's program, and git starts none
//! that a repository names.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Folders of the system's own programs, kept where every folder could have been written.
const SYSTEM: &[&str] = &["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Settings over those of a repository: none of these starts a program, or a better-known one.
const GIT_SETTINGS: &[(&str, &str)] = &[
    ("core.fsmonitor", "false"),
    ("core.hooksPath", "/dev/null"),
    ("core.pager", "cat"),
    ("core.sshCommand", "false"),
    ("core.gitProxy", ""),
    ("core.askPass", ""),
    ("core.alternateRefsCommand", "true"),
    ("credential.helper", ""),
    ("log.showSignature", "false"),
    ("gpg.program", "false"),
    ("gpg.openpgp.program", "false"),
    ("gpg.ssh.program", "false"),
    ("gpg.x509.program", "false"),
];

/// Variables to the same end: nothing is written beside what was asked for, and nothing is fetched.
const GIT_VARIABLES: &[(&str, &str)] = &[
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_SSH_COMMAND", "false"),
    ("GIT_PAGER", "cat"),
];

/// Changes the environment of a command so that no program in `untrusted` folders, in temporary ones or in those named from the
/// current one is found by its name.
pub(super) fn restrict(variables: &mut BTreeMap<OsString, OsString>, untrusted: &[PathBuf]) {
    let untrusted: Vec<PathBuf> = untrusted
        .iter()
        .map(PathBuf::as_path)
        .chain([Path::new("/tmp"), Path::new("/var/tmp"), Path::new("/dev/shm")])
        .map(|folder| folder.canonicalize().unwrap_or_else(|_| folder.to_owned()))
        .collect();
    let path = variables.get(OsStr::new("PATH")).cloned().unwrap_or_default();
    let is_trusted = |folder: &PathBuf| {
        let Ok(real) = folder.canonicalize() else { return false };
        let is_system = || SYSTEM.iter().any(|system| real == Path::new(system));
        let may_be_written =
            |root: &PathBuf| if root.parent().is_none() { !is_system() } else { real.starts_with(root) };
        folder.is_absolute() && !untrusted.iter().any(may_be_written)
    };
    let path = std::env::join_paths(std::env::split_paths(&path).filter(is_trusted)).unwrap_or_default();
    variables.insert("PATH".into(), path);
    // a shell reads it before the command
    variables.remove(OsStr::new("BASH_ENV"));
    variables.remove(OsStr::new("ENV"));
    variables.retain(|name, _| !name.to_string_lossy().starts_with("BASH_FUNC_"));
    variables.remove(OsStr::new("GIT_EXTERNAL_DIFF"));
    variables.remove(OsStr::new("RIPGREP_CONFIG_PATH"));
    variables.extend(GIT_VARIABLES.iter().map(|(name, value)| (name.into(), value.into())));
    let before = variables.get(OsStr::new("GIT_CONFIG_COUNT")).and_then(|count| count.to_str()?.parse().ok());
    let before: usize = before.unwrap_or_default();
    for (index, (key, value)) in (before..).zip(GIT_SETTINGS) {
        variables.insert(format!("GIT_CONFIG_KEY_{index}").into(), key.into());
        variables.insert(format!("GIT_CONFIG_VALUE_{index}").into(), value.into());
    }
    let count = before.saturating_add(GIT_SETTINGS.len());
    variables.insert("GIT_CONFIG_COUNT".into(), count.to_string().into());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_after(path: &str, untrusted: &[&Path]) -> String {
        let mut variables = BTreeMap::from([("PATH".into(), path.into())]);
        let untrusted: Vec<_> = untrusted.iter().map(|folder| (*folder).to_owned()).collect();
        restrict(&mut variables, &untrusted);
        variables.remove(OsStr::new("PATH")).unwrap().into_string().unwrap()
    }

    #[test]
    fn b14_only_programs_that_no_command_could_have_written_are_found_by_name() {
        let dir = tempfile::tempdir_in("/var")
            .or_else(|_| tempfile::tempdir_in(std::env::home_dir().unwrap()))
            .unwrap();
        let root = dir.path().canonicalize().unwrap();
        let (project, other) = (root.join("project"), root.join("other"));
        let bin = project.join(".venv/bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::create_dir_all(&other).unwrap();
        std::os::unix::fs::symlink(&bin, other.join("link")).unwrap();
        let (bin, link) = (bin.display(), other.join("link"));
        let path = format!("{bin}:.:/tmp::relative:{}:{}:/usr/bin:/nowhere", link.display(), other.display());
        assert_eq!(path_after(&path, &[&project]), format!("{}:/usr/bin", other.display()));
        assert_eq!(path_after(&path, &[Path::new("/")]), "/usr/bin");
    }

    #[test]
    fn b14_the_settings_for_git_come_after_those_that_are_there() {
        let mut variables = BTreeMap::from([
            ("GIT_CONFIG_COUNT".into(), "1".into()),
            ("GIT_CONFIG_KEY_0".into(), "safe.directory".into()),
        ]);
        restrict(&mut variables, &[]);
        let text = |name: &str| variables[OsStr::new(name)].to_str().unwrap();
        assert_eq!(text("GIT_CONFIG_KEY_0"), "safe.directory");
        assert_eq!((text("GIT_CONFIG_KEY_1"), text("GIT_CONFIG_VALUE_1")), ("core.fsmonitor", "false"));
        assert_eq!(text("GIT_CONFIG_COUNT"), (GIT_SETTINGS.len() + 1).to_string());
    }
}
