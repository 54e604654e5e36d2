//! Takes credentials out of text that leaves the machine: those that are known, and what has the form of one.

use super::names::is_credential_variable;
use super::scrub::Scrubber;
use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

/// Length in bytes below which the value of a variable is no credential: "1", "true", "none".
const MIN_VALUE_BYTES: usize = 8;
/// Replacement for a credential.
const REPLACEMENT: &str = "[secret removed]";

/// Forms of credentials that are one word or one block.
const FORMS: &[&str] = &[
    // OpenAI, Anthropic, OpenRouter, Stripe
    r"\b(?:sk|rk|pk)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9_-]{16,}",
    // GitHub, GitLab, npm, Slack, Google, Hugging Face
    r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{20,})",
    r"\b(?:xox[abeoprs]-[A-Za-z0-9-]{10,}|AIza[A-Za-z0-9_-]{30,}|hf_[A-Za-z0-9]{20,})",
    // AWS
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    // JSON web tokens
    r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
];

static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&FORMS.join("|")).ok());

/// `NAME=value`, `"name": "value"`, `Authorization: Bearer value`: the name, what stands between, the value.
static ASSIGNED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\b([A-Z][A-Z0-9_.-]*)(["']?\s*[=:]\s*["']?(?:(?:bearer|basic|token)\s+)?)([A-Za-z0-9_+/=.~:@%!$-]{8,})"#,
    )
    .ok()
});

/// Password in the address of a server: `scheme://user:password@host`.
static IN_ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b([a-z][a-z0-9+.-]*://[^\s/:@]*:)([^\s/@]+)@").ok());

/// Remover of credentials, which counts what it removed.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    known: Scrubber,
    count: u32,
}

impl Redactor {
    /// Creates one that knows the credentials among `variables`, which are an environment.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut redactor = Self::default();
        for (name, value) in variables {
            if value.len() >= MIN_VALUE_BYTES && is_credential_variable(&name) {
                redactor.known.add(&value);
            }
        }
        redactor
    }

    /// Adds a credential that has to go, whatever its form.
    pub fn add(&mut self, secret: &str) {
        self.known.add(secret);
    }

    /// Returns how many credentials were removed so far.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Removes every credential from a text.
    pub fn redact(&mut self, text: &str) -> String {
        let scrubbed = self.known.scrub_with(text, REPLACEMENT);
        let mut removed = scrubbed.1;
        let mut text = Cow::Owned(scrubbed.0);
        if let Some(form) = &*FORM {
            text = replace(form, text, &mut removed, |_| Some(REPLACEMENT.to_owned()));
        }
        if let Some(in_address) = &*IN_ADDRESS {
            text =
                replace(in_address, text, &mut removed, |found| Some(format!("{}{REPLACEMENT}@", &found[1])));
        }
        if let Some(assigned) = &*ASSIGNED {
            text = replace(assigned, text, &mut removed, |found| {
                let is_word = |c: char| c.is_ascii_lowercase() || c == '.' || c == ':' || c == '_';
                // `token: usize` and `key=value.name` are code
                let is_secret = is_secret_name(&found[1]) && !found[3].chars().all(is_word);
                is_secret.then(|| format!("{}{}{REPLACEMENT}", &found[1], &found[2]))
            });
        }
        self.count += removed;
        text.into_owned()
    }
}

/// Reports whether a value of this name is a credential: one of a variable, or of a header that carries one.
fn is_secret_name(name: &str) -> bool {
    let ends = |part: &str| name.to_ascii_lowercase().ends_with(part);
    ["key", "token", "secret", "password", "passwd", "pwd", "authorization", "credential"]
        .into_iter()
        .any(ends)
}

/// Replaces each match by what `with` returns for it, and leaves it where that is nothing.
fn replace<'a>(
    form: &Regex,
    text: Cow<'a, str>,
    removed: &mut u32,
    with: impl Fn(&Captures<'_>) -> Option<String>,
) -> Cow<'a, str> {
    let replaced = form.replace_all(&text, |found: &Captures<'_>| {
        // what is gone already is not counted twice
        if found[0].contains(REPLACEMENT) {
            return found[0].to_owned();
        }
        match with(found) {
            Some(text) => {
                *removed += 1;
                text
            }
            None => found[0].to_owned(),
        }
    });
    match replaced {
        Cow::Borrowed(_) => text,
        Cow::Owned(text) => Cow::Owned(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut redactor = Redactor::new([
            ("DEPLOY_TOKEN".to_owned(), "plain-words-only".to_owned()),
            ("HOME".to_owned(), "/home/somebody".to_owned()),
            ("DEBUG_KEY".to_owned(), "1".to_owned()),
        ]);
        let redacted = redactor.redact(text);
        assert_eq!(redacted, expected.replace('*', REPLACEMENT));
        let gone = u32::try_from(expected.matches('*').count()).unwrap();
        assert_eq!(redactor.count(), gone);
        assert_eq!(redactor.redact(&redacted), redacted, "twice is as once");
        assert_eq!(redactor.count(), gone);
    }

    #[test]
    fn b41_known_credentials_and_what_looks_like_one_are_removed_and_counted() {
        assert!(FORM.is_some() && ASSIGNED.is_some() && IN_ADDRESS.is_some());
        check(
            "deploy with plain-words-only from /home/somebody, 1 time",
            "deploy with * from /home/somebody, 1 time",
        );
        check("sk-proj-abcdefghij0123456789 and ghp_abcdefghijklmnopqrst0123", "* and *");
        check("AKIAIOSFODNN7EXAMPLE", "*");
        check("export API_KEY='x7Gq0aa1bb2cc3'", "export API_KEY='*'");
        check("\"password\": \"hunter2hunter2\"", "\"password\": \"*\"");
        check("Authorization: Bearer abc.DEF-123456", "Authorization: Bearer *");
        check("postgres://app:s3cr3t@db/x", "postgres://app:*@db/x");
        check("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb", "a\n*\nb");
        check("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "*");
    }

    #[test]
    fn code_and_prose_stay_as_they_are() {
        for text in [
            "let token: String = read_token();",
            "fn key(item: InboxItem) -> String",
            "max_tokens: 20000, tokens = usage.total_tokens",
            "https://example.com:8080/path@2x.png",
            "the monkey=wrenches in the works",
            "task-force and risk-assessment-of-the-whole-project",
        ] {
            check(text, text);
        }
    }
}
