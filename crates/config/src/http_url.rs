//! Addresses in the config file.

/// Reports whether an address begins with `http://` or `https://`.
pub(super) fn is_http(url: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}

/// Returns an address without slashes at its end.
pub(super) fn trimmed(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}
