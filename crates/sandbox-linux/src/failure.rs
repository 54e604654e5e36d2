//! Failures of the helper, told apart from failures of the command.

use std::fmt;

/// Settings by which a system forbids user namespaces.
pub(crate) const NAMESPACE_SETTINGS: &str = "`sysctl user.max_user_namespaces kernel.unprivileged_userns_clone kernel.apparmor_restrict_unprivileged_userns`";

/// Exit code of the helper when it did not run the command.
pub const EXIT_FAILED: i32 = 121;

const NAME: &str = "countersign-sandbox";

/// Reason the command was not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The sandbox could not be set up.
    Setup(String),
    /// The sandbox stood, but the command could not be started in it.
    Start(String),
}

impl Failure {
    /// The line the helper writes to stderr, without its end. `nonce` is the policy's, so that a command cannot forge it.
    pub fn line(&self, nonce: &str) -> String {
        let (kind, message) = match self {
            Self::Setup(message) => ("setup", message),
            Self::Start(message) => ("start", message),
        };
        format!("{NAME} {nonce} {kind}: {}", message.replace('\n', "; "))
    }

    /// The failure a helper that exited with [`EXIT_FAILED`] reported on stderr, when it did. `stderr` may be longer than that.
    pub fn find(stderr: &str, nonce: &str) -> Option<Self> {
        let prefix = format!("{NAME} {nonce} ");
        stderr.lines().find_map(|line| {
            let (kind, message) = line.strip_prefix(&prefix)?.split_once(": ")?;
            match kind {
                "setup" => Some(Self::Setup(message.to_owned())),
                "start" => Some(Self::Start(message.to_owned())),
                _ => None,
            }
        })
    }

    /// Words the stderr of a helper that exited with [`EXIT_FAILED`] in one line: the failure, and
    /// bubblewrap's message about it.
    pub fn explain(stderr: &str, nonce: &str) -> String {
        let mut lines: Vec<_> =
            stderr.lines().filter(|line| line.starts_with("bwrap: ")).map(str::to_owned).collect();
        lines.extend(Self::find(stderr, nonce).map(|failure| failure.to_string()));
        lines.join("; ")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Setup(message) | Self::Start(message)) = self;
        f.write_str(message)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_found_again_and_cannot_be_forged() {
        let failure = Failure::Setup("no landlock\nat all".to_owned());
        let stderr = format!("bwrap: noise\n{}\n", failure.line("n0nce"));
        assert_eq!(Failure::find(&stderr, "n0nce"), Some(Failure::Setup("no landlock; at all".to_owned())));
        assert_eq!(Failure::find(&stderr, "other"), None);
        let start = Failure::Start("cannot start x: not found".to_owned());
        assert_eq!(Failure::find(&start.line("1"), "1"), Some(start));
    }
}
