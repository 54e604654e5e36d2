//! What environment a command gets (B19).

use config::{EnvironmentInherit, ShellEnvironmentPolicy};
use std::collections::BTreeMap;
use std::ffi::OsString;

/// Names that look like they hold a secret, unless the person says otherwise.
const DEFAULT_EXCLUDES: &[&str] = &["*KEY*", "*SECRET*", "*TOKEN*"];

/// What `inherit = "core"` keeps.
const CORE: &[&str] = &[
    "HOME", "LOGNAME", "PATH", "SHELL", "USER", "USERNAME", "TMPDIR", "TEMP", "TMP", "LANG", "LANGUAGE",
    "LC_*", "TZ",
];

/// Said to every command, since its output is read by a model and shown as text: no colours, no pager.
const QUIET: &[(&str, &str)] = &[
    ("TERM", "dumb"),
    ("NO_COLOR", "1"),
    ("PAGER", "cat"),
    ("GIT_PAGER", "cat"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

/// The environment `policy` makes of `inherited`: inherit, exclude, set, include only. `forbidden` are names that hold keys of
/// the app; they are never in it, whatever the policy says.
pub fn environment(
    policy: &ShellEnvironmentPolicy,
    inherited: impl IntoIterator<Item = (OsString, OsString)>,
    forbidden: &[String],
) -> BTreeMap<OsString, OsString> {
    let any = |patterns: &[&str], name: &OsString| {
        let name = name.to_string_lossy();
        patterns.iter().any(|pattern| matches(pattern, &name))
    };
    let mut variables: BTreeMap<OsString, OsString> = match policy.inherit {
        EnvironmentInherit::All => inherited.into_iter().collect(),
        EnvironmentInherit::Core => inherited.into_iter().filter(|(name, _)| any(CORE, name)).collect(),
        EnvironmentInherit::None => BTreeMap::new(),
    };
    variables.extend(QUIET.iter().map(|(name, value)| (name.into(), value.into())));
    if !policy.ignore_default_excludes {
        variables.retain(|name, _| !any(DEFAULT_EXCLUDES, name));
    }
    let exclude: Vec<_> = policy.exclude.iter().map(String::as_str).collect();
    variables.retain(|name, _| !any(&exclude, name));
    variables.extend(policy.set.iter().map(|(name, value)| (name.into(), value.into())));
    if !policy.include_only.is_empty() {
        let only: Vec<_> = policy.include_only.iter().map(String::as_str).collect();
        variables.retain(|name, _| any(&only, name));
    }
    variables.retain(|name, _| !forbidden.iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden)));
    variables
}

/// Whether `name` is what `pattern` says: `*` stands for any text, `?` for one character, letter case is ignored.
fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().map(|c| c.to_ascii_uppercase()).collect();
    let name: Vec<char> = name.chars().map(|c| c.to_ascii_uppercase()).collect();
    let (mut p, mut n) = (0, 0);
    // where the last star was, and how much of the name it stands for
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&c) if c == '?' || c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((at, eaten)) = star else { return false };
                star = Some((at, eaten + 1));
                p = at + 1;
                n = eaten + 1;
            }
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
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
        check(&everything, &["EDITOR", "HOME", "LC_ALL", "OPENAI_API_KEY", "PATH", "github_token"]);
        let set = [("A_TOKEN", "set on purpose"), ("MY_VENDOR", "no")];
        let set = set.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        check(&ShellEnvironmentPolicy { inherit: EnvironmentInherit::None, set, ..policy }, &["A_TOKEN"]);
    }

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("*KEY*", "OPENAI_API_KEY", true),
            ("*key*", "MONKEYS", true),
            ("A?C", "abc", true),
            ("A?C", "ac", false),
            ("*", "", true),
            ("", "X", false),
            ("A*B*C", "AxxBxBxC", true),
            ("A*B*C", "AxxBxBx", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
