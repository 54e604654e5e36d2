//! Start at login: a file that the desktop, or launchd, reads.
//!
//! The file is the setting: the desktop's own list of what starts at login shows the app, and removing it there turns it off here.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Option of a start by the system.
const AT_LOGIN: &str = "--at-login";

const SAFE_GRAPHICS: &str = "--safe-graphics";

/// Reports whether the system starts the app at login; `None` where no place for that is known.
pub(crate) fn is_set() -> Option<bool> {
    let file = file()?;
    // desktops turn an entry off by a line in it
    Some(std::fs::read_to_string(file).is_ok_and(|text| !text.lines().any(turns_off)))
}

fn turns_off(line: &str) -> bool {
    let line: String = line.split_whitespace().collect();
    line.eq_ignore_ascii_case("Hidden=true") || line.eq_ignore_ascii_case("X-GNOME-Autostart-enabled=false")
}

/// Sets whether the system starts the app at login, with the processor painting its windows if `safe_graphics`.
pub(crate) fn set(on: bool, safe_graphics: bool) -> Result<()> {
    let file = file().context("this system has no folder for what starts at login")?;
    if !on {
        return match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("couldn't remove {}", file.display()))
            }
            _ => Ok(()),
        };
    }
    let program = program(std::env::current_exe().context("couldn't find the program itself")?)?;
    let options: &[&str] = if safe_graphics { &[AT_LOGIN, SAFE_GRAPHICS] } else { &[AT_LOGIN] };
    let text = content(&program, options)?;
    let folder = file.parent().context("the file has no folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("couldn't create {}", folder.display()))?;
    std::fs::write(&file, text).with_context(|| format!("couldn't write {}", file.display()))
}

/// Returns the program's own path. An update may have replaced the running one, which Linux marks in its name.
fn program(own: PathBuf) -> Result<PathBuf> {
    let replaced = own.to_str().and_then(|own| own.strip_suffix(" (deleted)"));
    let path = replaced.map(PathBuf::from).filter(|_| !own.is_file()).unwrap_or(own);
    ensure!(path.is_file(), "the program is not at {} any more", path.display());
    Ok(path)
}

#[cfg(target_os = "macos")]
fn file() -> Option<PathBuf> {
    Some(std::env::home_dir()?.join("Library/LaunchAgents/org.countersign.desktop.plist"))
}

/// Returns the place in the folder of the XDG autostart specification.
#[cfg(not(target_os = "macos"))]
fn file() -> Option<PathBuf> {
    let set = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
    let config = set.or_else(|| Some(std::env::home_dir()?.join(".config")))?;
    Some(config.join("autostart/countersign-desktop.desktop"))
}

#[cfg(target_os = "macos")]
fn content(program: &Path, options: &[&str]) -> Result<String> {
    launch_agent(program, options)
}

#[cfg(not(target_os = "macos"))]
fn content(program: &Path, options: &[&str]) -> Result<String> {
    desktop_entry(program, options)
}

/// Returns a desktop entry, as the Desktop Entry Specification has it.
#[cfg_attr(target_os = "macos", allow(dead_code, reason = "its test runs everywhere"))]
fn desktop_entry(program: &Path, options: &[&str]) -> Result<String> {
    let options = options.join(" ");
    let mut exec = String::new();
    for c in path_text(program)?.chars() {
        match c {
            // quoted in the argument, and once more as a string of the file
            '"' | '`' | '$' => exec.extend(['\\', '\\', c]),
            '\\' => exec.push_str(r"\\\\"),
            '%' => exec.push_str("%%"),
            c => exec.push(c),
        }
    }
    Ok(format!(
        "[Desktop Entry]\nType=Application\nName=Countersign\nComment=A coding agent whose every change you countersign\n\
         Exec=\"{exec}\" {options}\nIcon=countersign-desktop\nTerminal=false\nStartupNotify=false\n"
    ))
}

/// Returns a launch agent, as `launchd.plist(5)` has it.
#[cfg_attr(not(target_os = "macos"), allow(dead_code, reason = "its test runs everywhere"))]
fn launch_agent(program: &Path, options: &[&str]) -> Result<String> {
    let options =
        options.iter().fold(String::new(), |all, option| all + "\t\t<string>" + option + "</string>\n");
    let program = path_text(program)?.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n\
         \t<key>Label</key>\n\t<string>org.countersign.desktop</string>\n\
         \t<key>ProgramArguments</key>\n\t<array>\n\t\t<string>{program}</string>\n{options}\t</array>\n\
         \t<key>RunAtLoad</key>\n\t<true/>\n\
         </dict>\n</plist>\n"
    ))
}

fn path_text(program: &Path) -> Result<&str> {
    let text = program.to_str().context("the program's path is not text")?;
    ensure!(!text.contains(['\n', '\r']), "the program's path has a line break");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_special_characters_is_one_word() -> Result<()> {
        let entry = desktop_entry(Path::new("/opt/My $Apps/100% \"c\"/countersign-desktop"), &[AT_LOGIN])?;
        let exec = entry.lines().find(|line| line.starts_with("Exec="));
        let expected = r#"Exec="/opt/My \\$Apps/100%% \\"c\\"/countersign-desktop" --at-login"#;
        assert_eq!(exec, Some(expected));
        assert!(desktop_entry(Path::new("/opt/a\nExec=b"), &[]).is_err());
        Ok(())
    }

    #[test]
    fn a_program_that_was_replaced_is_named_as_it_is_started_anew() -> Result<()> {
        let place = tempfile::tempdir()?;
        let there = place.path().join("countersign-desktop");
        let marked = place.path().join("countersign-desktop (deleted)");
        assert!(program(marked.clone()).is_err());
        std::fs::write(&there, "")?;
        assert_eq!(program(marked.clone())?, there);
        std::fs::write(&marked, "")?;
        assert_eq!(program(marked.clone())?, marked);
        Ok(())
    }

    #[test]
    fn an_entry_that_a_desktop_turned_off_is_off() {
        for line in ["Hidden=true", "Hidden = True", "X-GNOME-Autostart-enabled=false"] {
            assert!(turns_off(line), "{line}");
        }
        for line in ["Hidden=false", "X-GNOME-Autostart-enabled=true", "# Hidden=true"] {
            assert!(!turns_off(line), "{line}");
        }
    }

    #[test]
    fn a_launch_agent_names_the_program() -> Result<()> {
        let agent = launch_agent(
            Path::new("/Applications/A & B.app/Contents/MacOS/countersign-desktop"),
            &[AT_LOGIN, SAFE_GRAPHICS],
        )?;
        assert!(
            agent.contains("<string>/Applications/A &amp; B.app/Contents/MacOS/countersign-desktop</string>")
        );
        Ok(())
    }
}
