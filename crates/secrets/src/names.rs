//! Names that say that a value is a credential.

use globset::{GlobBuilder, GlobMatcher};

/// Patterns of environment variables that hold a credential: `*` stands for any text, letter case is ignored.
///
/// `AUTH` alone is no sign of one here: `SSH_AUTH_SOCK` and `XAUTHORITY` name a socket and a file.
pub const VARIABLE_PATTERNS: &[&str] = &[
    "*KEY*",
    "*SECRET*",
    "*TOKEN*",
    // PGPASSWORD, MYSQL_PASS, SSHPASS, RESTIC_PASSWORD, GPG_PASSPHRASE
    "*PASS*",
    "*PASSWORD*",
    "*CREDENTIAL*",
    // MYSQL_PWD, but neither PWD nor OLDPWD
    "*_PWD",
    // REDISCLI_AUTH, NPM_CONFIG__AUTH
    "*_AUTH",
];

/// Parts of names of HTTP headers and query parameters that carry a credential, in lower case.
const FIELD_PARTS: &[&str] = &["auth", "key", "token", "secret", "cookie", "pass", "cred"];

/// Compiles a pattern of variable names: `*` stands for any text, `?` for one character, letter case is ignored and nothing
/// else is special. `None` for one that is too large to compile.
pub fn name_pattern(pattern: &str) -> Option<GlobMatcher> {
    // brackets and braces are plain characters of a name
    let literal: String = pattern
        .chars()
        .map(|c| match c {
            '[' | ']' | '{' | '}' => format!("[{c}]"),
            c => c.to_string(),
        })
        .collect();
    let glob = GlobBuilder::new(&literal).case_insensitive(true).backslash_escape(false).build().ok()?;
    Some(glob.compile_matcher())
}

/// Reports whether an environment variable of this name holds a credential.
pub fn is_credential_variable(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    // every variable of every command is asked about: these patterns are simpler than what a glob can be
    VARIABLE_PATTERNS.iter().any(|pattern| match pattern.trim_start_matches('*').strip_suffix('*') {
        Some(part) => name.contains(part),
        None => name.ends_with(pattern.trim_start_matches('*')),
    })
}

/// Reports whether an HTTP header or a query parameter of this name carries a credential.
pub fn is_credential_field(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    FIELD_PARTS.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b19_variables_that_hold_a_credential_are_known_by_their_names() {
        for name in [
            "OPENAI_API_KEY",
            "github_token",
            "AWS_SECRET_ACCESS_KEY",
            "PGPASSWORD",
            "PGPASSFILE",
            "SSHPASS",
            "MYSQL_PWD",
            "REDISCLI_AUTH",
            "GPG_PASSPHRASE",
            "GOOGLE_APPLICATION_CREDENTIALS",
        ] {
            assert!(is_credential_variable(name), "{name}");
        }
        for name in ["PATH", "HOME", "PWD", "OLDPWD", "SSH_AUTH_SOCK", "XAUTHORITY", "LANG", "EDITOR"] {
            assert!(!is_credential_variable(name), "{name}");
        }
    }

    #[test]
    fn the_list_means_what_it_means_as_patterns() {
        let patterns: Vec<_> = VARIABLE_PATTERNS.iter().filter_map(|pattern| name_pattern(pattern)).collect();
        assert_eq!(patterns.len(), VARIABLE_PATTERNS.len());
        for part in
            ["KEY", "secret", "Token", "PASS", "_PWD", "PWD", "_AUTH", "AUTH", "CREDENTIALS", "PATH", ""]
        {
            for name in [part.to_owned(), format!("MY{part}"), format!("{part}_X"), format!("a_{part}_b")] {
                let expected = patterns.iter().any(|pattern| pattern.is_match(&name));
                assert_eq!(is_credential_variable(&name), expected, "{name}");
            }
        }
    }

    #[test]
    fn fields_that_carry_a_credential_are_known_by_their_names() {
        for name in ["Authorization", "x-api-key", "Cookie", "api-key", "X-Team-Pass"] {
            assert!(is_credential_field(name), "{name}");
        }
        for name in ["Content-Type", "anthropic-version", "api-version"] {
            assert!(!is_credential_field(name), "{name}");
        }
    }

    #[test]
    fn b19_patterns() {
        for (pattern, name, expected) in [
            ("*KEY*", "OPENAI_API_KEY", true),
            ("*key*", "MONKEYS", true),
            ("A?C", "abc", true),
            ("A?C", "ac", false),
            ("*", "", true),
            ("", "X", false),
            ("A*B*C", "AxxBxBxC", true),
            ("A*B*C", "AxxBxBx", false),
            ("A**C", "A/b/C", true),
            ("{A,B}", "A", false),
            ("{A,B}", "{a,b}", true),
            ("[A", "[a", true),
            ("A\\*", "A\\b", true),
        ] {
            let matcher = name_pattern(pattern).unwrap();
            assert_eq!(matcher.is_match(name), expected, "{pattern} {name}");
        }
    }
}
