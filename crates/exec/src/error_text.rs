//! Reading of what programs say when they fail: signs of a refusal, and the paths and hosts that a line names.

use std::path::{Component, Path, PathBuf};

/// Signs that there is no network but the command's own.
pub(super) const NO_NETWORK: &[&str] = &[
    "network is unreachable",
    "network unreachable",
    "could not resolve host",
    "could not resolve proxy",
    "failed to lookup address information",
    "name or service not known",
    "nodename nor servname provided",
    "temporary failure in name resolution",
    "temporary failure resolving",
    "unable to resolve host address",
    "getaddrinfo eai_again",
    "getaddrinfo enotfound",
    "no address associated with hostname",
    "dns error",
];

/// Signs that a command failed for something that it may not touch.
pub(super) const ERRORS: &[&str] = &[
    "read-only file system",
    "erofs",
    "permission denied",
    "eacces",
    "eperm",
    "not permitted",
    "os error 30",
    "os error 13",
    "errno 30",
    "errno 13",
    "errno -30",
    "errno -13",
    "access denied",
    "not writable",
    "unwritable",
    "accessdenied",
    "readonlyfilesystem",
];

/// Signs that a command failed for want of a network.
pub(super) const NETWORK_ERRORS: &[&str] = &[
    "network",
    "connect",
    "resolve",
    "dns",
    "unreachable",
    "offline",
    "fetch",
    "timed out",
    "timeout",
    "download",
    "enotfound",
    "eai_again",
];

/// The words of a line, without the marks round them.
pub(super) fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split([' ', '\t', '=', ',']).map(|word| {
        word.trim_matches(|c: char| {
            matches!(c, ':' | ';' | '(' | ')' | '[' | ']' | '\'' | '"' | '`' | '‘' | '’')
        })
    })
}

/// Returns the texts between quotes.
pub(super) fn quoted(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (open, close) in [('\'', '\''), ('"', '"'), ('`', '`'), ('`', '\''), ('‘', '’'), ('“', '”')] {
        let mut rest = line;
        while let Some((_, after)) = rest.split_once(open) {
            let Some((inner, end)) = after.split_once(close) else { break };
            found.push(inner);
            rest = end;
        }
    }
    found
}

/// The host that a message about names names.
pub(super) fn host(line: &str) -> Option<&str> {
    const BEFORE: &[&str] = &[
        "resolve host: ",
        "resolve hostname ",
        "resolve proxy: ",
        "host address ",
        "EAI_AGAIN ",
        "ENOTFOUND ",
        "resolving '",
    ];
    let after = BEFORE.iter().find_map(|before| Some(line.split_once(before)?.1))?;
    let host = after
        .split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '‘' | '’' | '(' | ','))
        .find(|part| !part.is_empty())?;
    Some(host.trim_end_matches([':', '.']))
}

/// `path` with links followed as far as it exists and `.` and `..` taken out of the rest.
pub(super) fn resolve(path: &Path) -> PathBuf {
    let mut existing = path;
    let mut rest = Vec::new();
    loop {
        if let Ok(mut resolved) = existing.canonicalize() {
            for component in rest.into_iter().rev() {
                match component {
                    Component::ParentDir => {
                        resolved.pop();
                    }
                    component => resolved.push(component),
                }
            }
            return resolved;
        }
        let (Some(parent), Some(last)) = (existing.parent(), existing.components().next_back()) else {
            return path.to_owned();
        };
        rest.push(last);
        existing = parent;
    }
}
