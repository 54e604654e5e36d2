//! The environment that the person's own shell makes, with what their profile sets (B19).

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// Timeout for the person's profile.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Stands between what a profile prints and the variables.
const MARK: &str = "countersign: the environment begins here";

/// The environment of `shell` (bash, zsh, fish or another that knows `-l` and `-c`), started as for a login. It is the person's own
/// program with the person's own files, so it runs uncontained; what of it a command gets is for the policy to say.
pub(super) async fn environment(shell: &Path) -> io::Result<Vec<(OsString, OsString)>> {
    let mut command = Command::new(shell);
    command
        .args(["-l", "-c", &format!("echo; echo '{MARK}'; env -0")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(TIMEOUT, command.output())
        .await
        .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "its profile takes too long"))??;
    let mark = format!("\n{MARK}\n");
    let at = output.stdout.windows(mark.len()).rposition(|bytes| bytes == mark.as_bytes());
    let at = at.ok_or_else(|| io::Error::other(format!("it ended early: {}", output.status)))?;
    Ok(variables(&output.stdout[at + mark.len()..]))
}

/// The variables of what `env -0` prints.
fn variables(printed: &[u8]) -> Vec<(OsString, OsString)> {
    let own = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    printed
        .split(|byte| *byte == 0)
        .filter_map(|entry| {
            let at = entry.iter().position(|byte| *byte == b'=')?;
            Some((own(&entry[..at]), own(&entry[at + 1..])))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b19_variables_are_read_whatever_is_in_them() {
        let read = variables(b"A=1\0B=two\nlines = so\0C=\0noise\0");
        let expected = [("A", "1"), ("B", "two\nlines = so"), ("C", "")];
        assert_eq!(read, expected.map(|(name, value)| (name.into(), value.into())));
    }
}
