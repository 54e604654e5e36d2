//! The person's own command for their editor, which opens a file at a line.
//!
//! The command is split into words and started as it is: no shell reads it, and its program is never one of the project.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Place of a file's path in the command.
const FILE: &str = "{file}";
/// Place of a line's number in the command.
const LINE: &str = "{line}";

/// Splits the person's command into words.
///
/// # Errors
/// Fails, with a text for people, when it is no command or a quote is not closed.
pub(crate) fn words(command: &str) -> Result<Vec<String>, String> {
    let words = shlex::split(command).ok_or("a quote in the editor command is not closed")?;
    match words.first() {
        None => Err("the editor command is empty".to_owned()),
        Some(program) if program.contains(FILE) || program.contains(LINE) => {
            Err("the editor command must begin with a program, such as `code --goto {file}:{line}`"
                .to_owned())
        }
        Some(_) => Ok(words),
    }
}

/// Returns the arguments that open a file at a line; the path comes last where the command does not say where it goes.
fn arguments(words: &[String], file: &Path, line: u32) -> Vec<String> {
    let file = file.to_string_lossy();
    let (line, names_file) = (line.to_string(), words.iter().any(|word| word.contains(FILE)));
    // the path is filled in last: what it holds is taken as it is
    let fill = |word: &String| word.replace(LINE, &line).replace(FILE, &file);
    let mut arguments: Vec<_> = words.iter().skip(1).map(fill).collect();
    if !names_file {
        arguments.push(file.into_owned());
    }
    arguments
}

/// Finds a program: an absolute path, or a name in one of the folders of `search`. Relative folders, and those of the project, are
/// left out.
fn find_program(name: &str, search: &std::ffi::OsStr, project: &Path) -> Result<PathBuf, String> {
    let is_outside = |path: &PathBuf| path.canonicalize().is_ok_and(|real| !real.starts_with(project));
    let path = Path::new(name);
    if path.is_absolute() {
        let found = Some(path.to_owned()).filter(|path| path.is_file() && is_outside(path));
        return found.ok_or_else(|| format!("the editor {name} is not there, or lies in the project"));
    }
    if name.contains('/') {
        return Err(format!("the editor {name} must be the name of a program, or an absolute path"));
    }
    let folders = std::env::split_paths(search).filter(|folder| folder.is_absolute());
    let mut programs =
        folders.map(|folder| folder.join(name)).filter(|path| path.is_file() && is_outside(path));
    programs.next().ok_or_else(|| format!("the editor `{name}` is not found"))
}

/// Starts the person's editor on a file, without the variables that hold keys. `project` is the real path of the project's folder.
pub(crate) fn start(
    command: &str,
    (file, line): (&Path, u32),
    project: &Path,
    secret_variables: &[String],
) -> Result<Child, String> {
    let words = words(command)?;
    let search = std::env::var_os("PATH").unwrap_or_default();
    let program = find_program(&words[0], &search, project)?;
    let mut editor = Command::new(&program);
    editor
        .args(arguments(&words, file, line))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    for name in secret_variables {
        editor.env_remove(name);
    }
    // a program may look for its settings where it is started
    editor
        .current_dir(std::env::home_dir().filter(|home| home.is_dir()).unwrap_or_else(|| PathBuf::from("/")));
    editor.spawn().map_err(|error| format!("the editor {} does not start: {error}", program.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn filled(command: &str, file: &str) -> Vec<String> {
        arguments(&words(command).unwrap(), Path::new(file), 7)
    }

    #[test]
    fn the_file_and_the_line_go_where_the_command_says_and_nothing_else_is_read_in_it() {
        assert_eq!(filled("code --goto {file}:{line}", "/p/a b.rs"), ["--goto", "/p/a b.rs:7"]);
        assert_eq!(
            filled("emacsclient -n +{line} {file}", "/p/{line} $(x).rs"),
            ["-n", "+7", "/p/{line} $(x).rs"]
        );
        assert_eq!(filled("'/opt/My Editor/bin/e' --wait", "/p/a.rs"), ["--wait", "/p/a.rs"]);
        for wrong in ["", "code '", "{file}"] {
            assert!(words(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_program_of_the_project_is_ever_the_editor() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let (project, bin) = (root.join("project"), root.join("bin"));
        for folder in [&project, &bin] {
            std::fs::create_dir(folder).unwrap();
        }
        let program = |path: &Path| {
            std::fs::write(path, "#!/bin/sh\nprintf '%s\\n' \"$PWD\" \"$@\" > \"$1.opened\"\n").unwrap();
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        };
        program(&project.join("edit"));
        std::os::unix::fs::symlink(project.join("edit"), bin.join("link")).unwrap();
        let search = std::env::join_paths([Path::new("."), &project, &bin]).unwrap();
        for name in ["edit", "link", "./edit", "bin/edit", project.join("edit").to_str().unwrap()] {
            assert!(find_program(name, &search, &project).is_err(), "{name}");
        }
        program(&bin.join("edit"));
        assert_eq!(find_program("edit", &search, &project), Ok(bin.join("edit")));

        let file = project.join("a.rs");
        let command = format!("{} {{file}} {{line}}", bin.join("edit").display());
        assert!(start(&command, (&file, 3), &project, &[]).unwrap().wait().unwrap().success());
        let opened = std::fs::read_to_string(project.join("a.rs.opened")).unwrap();
        let lines: Vec<_> = opened.lines().collect();
        assert_eq!(lines[1..], [file.to_str().unwrap(), "3"]);
        assert!(!Path::new(lines[0]).starts_with(&project), "it is not started in the project");
    }
}
