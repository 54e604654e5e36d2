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

/// Set for every command, whatever the person's own environment says: its output is read by a model and shown as text, and nobody
/// is there to type. So there are no colours, no pager, no editor (what it would have been given is taken as it stands) and no
/// question. A configuration may set them otherwise.
const UNATTENDED: &[(&str, &str)] = &[
    ("TERM", "dumb"),
    ("NO_COLOR", "1"),
    ("PAGER", "cat"),
    ("GIT_PAGER", "cat"),
    ("MANPAGER", "cat"),
    ("SYSTEMD_PAGER", "cat"),
    ("BAT_PAGER", "cat"),
    ("DELTA_PAGER", "cat"),
    ("GH_PAGER", "cat"),
    ("AWS_PAGER", ""),
    ("EDITOR", "true"),
    ("VISUAL", "true"),
    ("GIT_EDITOR", "true"),
    ("GIT_SEQUENCE_EDITOR", "true"),
    ("GIT_MERGE_AUTOEDIT", "no"),
    ("HGEDITOR", "true"),
    ("HGPLAIN", "1"),
    ("SVN_EDITOR", "true"),
    ("JJ_EDITOR", "true"),
    ("KUBE_EDITOR", "true"),
    ("SUDO_EDITOR", "true"),
    ("SYSTEMD_EDITOR", "true"),
    ("FCEDIT", "true"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", "true"),
    ("GCM_INTERACTIVE", "never"),
    ("GH_PROMPT_DISABLED", "1"),
    ("GLAB_NO_PROMPT", "1"),
    ("SSH_ASKPASS", "false"),
    ("SSH_ASKPASS_REQUIRE", "never"),
    ("SUDO_ASKPASS", "false"),
    ("DEBIAN_FRONTEND", "noninteractive"),
    ("DEBCONF_NONINTERACTIVE_SEEN", "true"),
    ("npm_config_yes", "true"),
    ("npm_config_fund", "false"),
    ("npm_config_update_notifier", "false"),
    ("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0"),
    ("PIP_NO_INPUT", "1"),
    ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
    ("POETRY_NO_INTERACTION", "1"),
    ("COMPOSER_NO_INTERACTION", "1"),
    ("HOMEBREW_NO_AUTO_UPDATE", "1"),
    ("NONINTERACTIVE", "1"),
    ("TF_INPUT", "0"),
    ("CLOUDSDK_CORE_DISABLE_PROMPTS", "1"),
    ("NG_CLI_ANALYTICS", "false"),
    ("NEXT_TELEMETRY_DISABLED", "1"),
    ("ASTRO_TELEMETRY_DISABLED", "1"),
    ("DOTNET_NOLOGO", "1"),
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
    if !policy.ignore_default_excludes {
        variables.retain(|name, _| !is_credential_variable(&name.to_string_lossy()));
    }
    // some of their names look like a credential's
    variables.extend(UNATTENDED.iter().map(|(name, value)| (name.into(), value.into())));
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
            .filter(|name| !UNATTENDED.iter().any(|(unattended, _)| unattended == name))
            .collect();
        assert_eq!(names, expected, "{policy:?}");
    }

    #[test]
    fn b19_what_opens_an_editor_or_asks_is_answered_at_once_unless_the_configuration_says_otherwise() {
        let inherited = [
            ("GIT_EDITOR", "vim"),
            ("EDITOR", "code --wait"),
            ("PAGER", "less"),
            ("SSH_ASKPASS", "/usr/bin/ask"),
        ];
        let made = |policy: &ShellEnvironmentPolicy| {
            environment(policy, inherited.map(|(name, value)| (name.into(), value.into())), &[])
        };
        let variables = made(&ShellEnvironmentPolicy::default());
        for (name, value) in [
            ("GIT_EDITOR", "true"),
            ("EDITOR", "true"),
            ("PAGER", "cat"),
            ("SSH_ASKPASS", "false"),
            ("GIT_ASKPASS", "true"),
        ] {
            assert_eq!(variables.get(&OsString::from(name)), Some(&value.into()), "{name}");
        }
        let set = [("EDITOR".to_owned(), "ed".to_owned())].into_iter().collect();
        let variables = made(&ShellEnvironmentPolicy { set, ..ShellEnvironmentPolicy::default() });
        assert_eq!(variables.get(&OsString::from("EDITOR")), Some(&"ed".into()));
    }

    #[test]
    fn b19_inherit_exclude_set_include_only() {
        let policy = ShellEnvironmentPolicy::default();
        check(&policy, &["HOME", "LC_ALL", "PATH"]);
        check(
            &ShellEnvironmentPolicy { inherit: EnvironmentInherit::Core, ..policy.clone() },
            &["HOME", "LC_ALL", "PATH"],
        );
        check(&ShellEnvironmentPolicy { inherit: EnvironmentInherit::None, ..policy.clone() }, &[]);
        check(
            &ShellEnvironmentPolicy { exclude: vec!["?c_*".to_owned()], ..policy.clone() },
            &["HOME", "PATH"],
        );
        check(&ShellEnvironmentPolicy { include_only: vec!["p*h".to_owned()], ..policy.clone() }, &["PATH"]);
        let everything = ShellEnvironmentPolicy { ignore_default_excludes: true, ..policy.clone() };
        check(
            &everything,
            &[
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
