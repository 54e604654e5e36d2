//! Checks of projects: the command by which the person tells whether a folder is in order, shared by the window and the command line.
//!
//! It is theirs alone: no file of a project sets it, as it runs without being asked about.

use super::home::Home;
use super::saved;
use protocol::{CHECK_TIMEOUT_MS, ProjectCheck};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Name of the file in the app's data folder.
const FILE: &str = "checks.json";

/// Characters that only a shell makes sense of.
const SHELL_CHARACTERS: &[char] =
    &['|', '&', ';', '<', '>', '(', ')', '{', '}', '$', '`', '*', '?', '[', '~', '!', '#', '\n'];

/// First words of commands that are the shell's own, and no programs.
const SHELL_WORDS: &[&str] = &[
    ".", "case", "cd", "eval", "exec", "export", "for", "if", "set", "source", "time", "ulimit", "umask",
    "unset", "until", "while",
];

/// The check of one folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FolderCheck {
    /// The folder, absolute, links followed.
    folder: PathBuf,
    argv: Vec<String>,
    #[serde(default = "usual_timeout")]
    timeout_ms: u64,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// The saved checks. What a newer version saved is kept when the file is written again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectChecks {
    checks: Vec<FolderCheck>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

fn usual_timeout() -> u64 {
    CHECK_TIMEOUT_MS
}

impl ProjectChecks {
    /// Reads the checks.
    pub fn load(home: &Home) -> Self {
        saved::load(&home.app_file(FILE))
    }

    /// Returns the check of a folder: its own, or that of the nearest folder above it.
    pub fn of(&self, folder: &Path) -> Option<ProjectCheck> {
        let nearest = folder.ancestors().find_map(|folder| {
            let found = self.checks.iter().find(|check| check.folder == folder)?;
            Some(ProjectCheck { argv: found.argv.clone(), timeout_ms: found.timeout_ms })
        });
        // one that is empty stands for none, where a folder above has one
        nearest.filter(|check| !check.argv.is_empty())
    }

    /// Sets the check of a folder, or removes it. One process at a time.
    ///
    /// # Errors
    /// Fails when the file cannot be written.
    pub fn set(home: &Home, folder: &Path, check: Option<&ProjectCheck>) -> io::Result<()> {
        let path = home.app_file(FILE);
        saved::create_private_dir(path.parent().unwrap_or(Path::new("/")))?;
        let lock = File::create(path.with_extension("lock"))?;
        lock.lock()?;
        let mut all: Self = saved::load(&path);
        if check.is_none() {
            all.checks.retain(|other| other.folder != folder);
        }
        let none = ProjectCheck::new(Vec::new());
        // that of a folder above is not meant either
        let check = check.or_else(|| all.of(folder).map(|_| &none));
        let at = all.checks.iter().position(|other| other.folder == folder);
        match (check, at) {
            (Some(check), Some(at)) => {
                let saved = &mut all.checks[at];
                (saved.argv, saved.timeout_ms) = (check.argv.clone(), check.timeout_ms);
            }
            (Some(check), None) => all.checks.push(FolderCheck {
                folder: folder.to_owned(),
                argv: check.argv.clone(),
                timeout_ms: check.timeout_ms,
                unknown: Map::new(),
            }),
            (None, _) => {}
        }
        saved::save(&path, &all)
    }
}

/// Reads a check as a person types it: words as a shell parts them, or a script for `bash` where it needs one.
///
/// # Errors
/// Fails with the reason when there is no command, or a quote is not closed.
pub fn typed_check(text: &str) -> Result<ProjectCheck, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("the check is empty: type a command, such as `cargo test`".to_owned());
    }
    let words = shlex::split(text).ok_or_else(|| format!("`{text}` has a quote that is not closed"))?;
    let is_plain = !text.contains(SHELL_CHARACTERS)
        && words.first().is_some_and(|word| !word.contains('=') && !SHELL_WORDS.contains(&word.as_str()));
    Ok(ProjectCheck::new(if is_plain {
        words
    } else {
        vec!["bash".to_owned(), "-c".to_owned(), text.to_owned()]
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_check_is_that_of_the_nearest_folder_and_what_is_not_known_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path());
        let check = ProjectCheck::new(words(&["cargo", "test"]));
        ProjectChecks::set(&home, Path::new("/p"), Some(&check)).unwrap();
        let mut inner = ProjectCheck::new(words(&["make", "check"]));
        inner.timeout_ms = 5;
        ProjectChecks::set(&home, Path::new("/p/sub"), Some(&inner)).unwrap();
        let checks = ProjectChecks::load(&home);
        assert_eq!(checks.of(Path::new("/p/src")), Some(check.clone()));
        assert_eq!(checks.of(Path::new("/p/sub/x")), Some(inner));
        assert_eq!(checks.of(Path::new("/q")), None);

        let file = home.app_file(FILE);
        let text = fs::read_to_string(&file).unwrap().replacen('{', r#"{"tomorrow": [1],"#, 1);
        fs::write(&file, text).unwrap();
        // none is meant there, and not that of the folder above
        ProjectChecks::set(&home, Path::new("/p/sub"), None).unwrap();
        assert_eq!(ProjectChecks::load(&home).of(Path::new("/p/sub/x")), None);
        assert_eq!(ProjectChecks::load(&home).of(Path::new("/p/src")), Some(check));
        ProjectChecks::set(&home, Path::new("/p"), None).unwrap();
        assert_eq!(ProjectChecks::load(&home).of(Path::new("/p/src")), None);
        assert!(fs::read_to_string(&file).unwrap().contains("tomorrow"));
    }

    #[test]
    fn a_typed_check_is_words_unless_it_needs_a_shell() {
        for (typed, expected) in [
            ("cargo test", vec!["cargo", "test"]),
            ("  npm run 'my test' ", vec!["npm", "run", "my test"]),
            ("make && make test", vec!["bash", "-c", "make && make test"]),
            ("! grep -rn x tests", vec!["bash", "-c", "! grep -rn x tests"]),
            ("cd sub", vec!["bash", "-c", "cd sub"]),
            ("CI=1 npm test", vec!["bash", "-c", "CI=1 npm test"]),
            ("pytest tests/*.py", vec!["bash", "-c", "pytest tests/*.py"]),
        ] {
            assert_eq!(typed_check(typed).unwrap().argv, words(&expected), "{typed}");
        }
        assert!(typed_check("  ").unwrap_err().contains("empty"));
        assert!(typed_check("say 'x").unwrap_err().contains("not closed"));
    }
}
