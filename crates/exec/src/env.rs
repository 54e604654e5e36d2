//! Environment of a command (B19).

use config::{EnvironmentInherit, ShellEnvironmentPolicy};
use globset::GlobMatcher;
use secrets::is_credential_variable;
use secrets::names::name_pattern;
use std::collections::BTreeMap;
use std::ffi::OsString;

/// Patterns of the variables that `inherit = "core"` keeps.
const CORE: &[&str] = &[
    "HOME", "LOGNAME", "PATH", "SHELL", "USER", "USERNAME", "TMPDIR", "TEMP", "TMP", "LANG", "LANGUAGE",
    "LC_*", "TZ",
];

/// Set for every command, since its output is read by a model and shown as text: no colours, no pager.
const QUIET: &[(&str, &str)] = &[
    ("TERM", "dumb"),
    ("NO_COLOR", "1"),
    ("PAGER", "cat"),
    ("GIT_PAGER", "cat"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

/// Returns the environment `policy` makes of `inherited`: inherit, exclude, set, include only. `forbidden` are names that hold
/// keys of the app; they are never in it, whatever the policy says.
pub fn environment(
    policy: &ShellEnvironmentPolicy,
    inherited: impl IntoIterator<Item = (OsString, OsString)>,
    forbidden: &[String],
) -> BTreeMap<OsString, OsString> {
    let any =
        |patterns: &[GlobMatcher], name: &OsString| patterns.iter().any(|pattern| pattern.is_match(name));
    let mut variables: BTreeMap<OsString, OsString> = match policy.inherit {
        EnvironmentInherit::All => inherited.into_iter().collect(),
        EnvironmentInherit::Core => {
            let core = compile(CORE.iter().copied());
            inherited.into_iter().filter(|(name, _)| any(&core, name)).collect()
        }
        EnvironmentInherit::None => BTreeMap::new(),
    };
    variables.extend(QUIET.iter().map(|(name, value)| (name.into(), value.into())));
    if !policy.ignore_default_excludes {
        variables.retain(|name, _| !is_credential_variable(&name.to_string_lossy()));
    }
    let exclude = compile(policy.exclude.iter().map(String::as_str));
    variables.retain(|name, _| !any(&exclude, name));
    variables.extend(policy.set.iter().map(|(name, value)| (name.into(), value.into())));
    if !policy.include_only.is_empty() {
        let only = compile(policy.include_only.iter().map(String::as_str));
        variables.retain(|name, _| any(&only, name));
    }
    variables.retain(|name, _| !forbidden.iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden)));
    variables
}

/// Compiles patterns of names; see [`name_pattern`].
fn compile<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Vec<GlobMatcher> {
    patterns.into_iter().filter_map(name_pattern).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INHERITED: &[(&str, &str)] = &[
        ("PATH", "/bin"),
        ("HOME", "/home/p"),
        ("LC_ALL", "C"),
        ("EDITOR", "vi"),
        ("OPENAI_API_KEY", "sk-1"),
        ("github_token", "t"),
        ("PGPASSWORD", "p"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/key.json"),
        ("MY_VENDOR", "really a key"),
    ];

    fn check(policy: &ShellEnvironmentPolicy, expected: &[&str]) {
        let inherited = INHERITED.iter().map(|(name, value)| (name.into(), value.into()));
        let names: Vec<_> = environment(policy, inherited, &["MY_VENDOR".to_owned()])
            .into_keys()
            .map(|name| name.into_string().unwrap())
            .filter(|name| !QUIET.iter().any(|(quiet, _)| quiet == name))
            .collect();
        assert_eq!(names, expected, "{policy:?}");
    }

    #[test]
    fn b19_inherit_exclude_set_include_only() {
        let policy = ShellEnvironmentPolicy::default();
        check(&policy, &["EDITOR", "HOME", "LC_ALL", "PATH"]);
        check(
            &ShellEnvironmentPolicy { inherit: EnvironmentInherit::Core, ..policy.clone() },
            &["HOME", "LC_ALL", "PATH"],
        );
        check(&ShellEnvironmentPolicy { inherit: EnvironmentInherit::None, ..policy.clone() }, &[]);
        check(
            &ShellEnvironmentPolicy { exclude: vec!["?c_*".to_owned()], ..policy.clone() },
            &["EDITOR", "HOME", "PATH"],
        );
        check(&ShellEnvironmentPolicy { include_only: vec!["p*h".to_owned()], ..policy.clone() }, &["PATH"]);
        let everything = ShellEnvironmentPolicy { ignore_default_excludes: true, ..policy.clone() };
        check(
            &everything,
            &[
                "EDITOR",
                "GOOGLE_APPLICATION_CREDENTIALS",
                "HOME",
                "LC_ALL",
                "OPENAI_API_KEY",
                "PATH",
                "PGPASSWORD",
                "github_token",
            ],
        );
        let set = [("A_TOKEN", "set on purpose"), ("MY_VENDOR", "no")];
        let set = set.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        check(&ShellEnvironmentPolicy { inherit: EnvironmentInherit::None, set, ..policy }, &["A_TOKEN"]);
    }
}
