//! Environment variables of commands (B19).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a command's environment begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvironmentInherit {
    /// With everything the app has.
    #[default]
    All,
    /// With `HOME LOGNAME PATH SHELL USER USERNAME TMPDIR TEMP TMP LANG LC_*` and the like.
    Core,
    /// With nothing.
    None,
}

/// `shell_environment_policy` of the config file: inherit, then exclude, then set, then include_only. Patterns are names with
/// `*` and `?`, letter case ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShellEnvironmentPolicy {
    /// Where it begins.
    pub inherit: EnvironmentInherit,
    /// Whether variables whose names say that they hold a credential (`*KEY*`, `*SECRET*`, `*TOKEN*`, `*PASS*`,
    /// `*CREDENTIAL*`, ...: `secrets::names`) are kept.
    pub ignore_default_excludes: bool,
    /// Patterns of names taken out.
    pub exclude: Vec<String>,
    /// Variables put in.
    pub set: BTreeMap<String, String>,
    /// When not empty, patterns of the only names kept.
    pub include_only: Vec<String>,
    /// Whether it begins with what the person's own shell makes of their profile, not with the app's.
    #[serde(alias = "experimental_use_profile")]
    pub use_profile: bool,
}
