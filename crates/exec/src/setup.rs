//! Settings of an executor.

use config::ShellEnvironmentPolicy;
use std::path::PathBuf;

/// Settings of an [`crate::Executor`].
#[derive(Clone, Debug, Default)]
pub struct ExecSetup {
    /// The sandbox's helper; see [`crate::Executor::find_helper`]. Without it nothing is contained on Linux, and what asks to be is not run.
    pub helper: Option<PathBuf>,
    /// Policy for the environment of commands.
    pub environment: ShellEnvironmentPolicy,
    /// The person's own shell, asked for its environment where the policy wants that.
    pub shell: Option<PathBuf>,
    /// The app's own folders, which no contained command sees.
    pub app_dirs: Vec<PathBuf>,
    /// Folder that the changes of commands in overlays are kept in, where overlays are tried out; without it no command runs in one.
    pub overlays: Option<PathBuf>,
    /// Home folder whose credentials are hidden; the system's answer when absent.
    pub home: Option<PathBuf>,
    /// Names of variables that hold keys of the app: no command gets them.
    pub secret_env: Vec<String>,
}
