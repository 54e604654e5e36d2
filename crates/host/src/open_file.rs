//! Check of files before the desktop opens them: a file an agent wrote must not run because a person wanted to read it.

use std::path::{Path, PathBuf};

/// Extensions of files that a desktop runs, or shows with scripts running, instead of opening them in an editor.
const RUNNING_KINDS: &[&str] = &[
    // pages and pictures with scripts
    "html",
    "htm",
    "xhtml",
    "xht",
    "mht",
    "mhtml",
    "svg",
    "svgz",
    // starters and shortcuts
    "desktop",
    "url",
    "webloc",
    "lnk",
    "command",
    "tool",
    "terminal",
    "workflow",
    "app",
    // programs, installers and scripts that run when opened
    "appimage",
    "jar",
    "deb",
    "rpm",
    "flatpakref",
    "pkg",
    "dmg",
    "scpt",
    "applescript",
    "exe",
    "com",
    "scr",
    "pif",
    "bat",
    "cmd",
    "msi",
    "hta",
    "vbs",
    "vbe",
    "wsf",
    "reg",
];

/// Returns the file that `path` resolves to, or the reason why it is none of the project: it must lie beneath `project`, links followed.
pub(crate) fn in_project(path: &Path, project: &Path) -> Result<PathBuf, String> {
    let real = path.canonicalize().map_err(|error| format!("it cannot be found: {error}"))?;
    let project = project
        .canonicalize()
        .map_err(|error| format!("the folder {} cannot be found: {error}", project.display()))?;
    if !real.starts_with(&project) {
        return Err(format!("it is a link that leads out of the folder, to {}", real.display()));
    }
    let metadata = real.metadata().map_err(|error| format!("it cannot be read: {error}"))?;
    if !metadata.is_file() {
        return Err("it is not a file".to_owned());
    }
    Ok(real)
}

/// Returns the file that `path` resolves to if it is of the project and may be opened, or the reason why not.
pub(crate) fn openable(path: &Path, project: &Path) -> Result<PathBuf, String> {
    let real = in_project(path, project)?;
    let metadata = real.metadata().map_err(|error| format!("it cannot be read: {error}"))?;
    // a link's own name counts too: a desktop may go by either
    for name in [path, &real] {
        if let Some(kind) = running_kind(name) {
            return Err(format!(
                "a .{kind} file can run something when it is opened; look at it in the changes, or open it yourself"
            ));
        }
    }
    if is_executable(&metadata) {
        return Err(
            "it is marked executable, so opening could run it; look at it in the changes, or open it yourself"
                .to_owned(),
        );
    }
    Ok(real)
}

fn running_kind(path: &Path) -> Option<&'static str> {
    let extension = path.extension()?.to_str()?;
    RUNNING_KINDS.iter().copied().find(|kind| extension.eq_ignore_ascii_case(kind))
}

#[cfg(unix)]
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

/// Returns false: files have no such mark here, and the kind decides.
#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn only_what_does_not_run_is_opened() {
        let dir = tempfile::tempdir().unwrap();
        let project = dir.path().join("project");
        std::fs::create_dir_all(project.join("sub")).unwrap();
        for name in ["a.rs", "run.sh", "x.desktop", "PAGE.HTML", "p.svg", "go.command", "../secret.txt"] {
            std::fs::write(project.join(name), "").unwrap();
        }
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(project.join("run.sh"), executable).unwrap();
        symlink("a.rs", project.join("inside")).unwrap();
        symlink("a.rs", project.join("inside.desktop")).unwrap();
        symlink("PAGE.HTML", project.join("page.txt")).unwrap();
        symlink("../secret.txt", project.join("out.txt")).unwrap();
        symlink("..", project.join("up")).unwrap();

        let a = project.join("a.rs").canonicalize().unwrap();
        assert_eq!(openable(&project.join("a.rs"), &project), Ok(a.clone()));
        assert_eq!(openable(&project.join("inside"), &project), Ok(a));
        for (name, reason) in [
            ("run.sh", "marked executable"),
            ("x.desktop", "a .desktop file"),
            ("PAGE.HTML", "a .html file"),
            ("p.svg", "a .svg file"),
            ("go.command", "a .command file"),
            ("inside.desktop", "a .desktop file"),
            ("page.txt", "a .html file"),
            ("out.txt", "leads out of the folder"),
            ("up/secret.txt", "leads out of the folder"),
            ("sub", "not a file"),
            ("gone.rs", "cannot be found"),
        ] {
            let refused = openable(&project.join(name), &project).unwrap_err();
            assert!(refused.contains(reason), "{name}: {refused}");
        }
    }
}
