//! Hosts that a text names.

use crate::text::visible_inline;

/// Returns the hosts of the addresses in a text.
pub(crate) fn hosts_in(text: &str) -> Vec<String> {
    let mut hosts = Vec::new();
    for (at, _) in text.match_indices("://") {
        let rest = &text[at + 3..];
        let end = rest.find(|c: char| {
            matches!(c, '/' | '?' | '#' | '\\' | '"' | '\'' | '<' | '>') || c.is_whitespace()
        });
        let authority = &rest[..end.unwrap_or(rest.len())];
        // what stands before the sign only looks like a host
        let host = authority.rsplit('@').next().unwrap_or_default();
        if !host.is_empty() {
            hosts.push(visible_inline(host).into_owned());
        }
    }
    hosts
}
