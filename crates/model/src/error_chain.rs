//! Causes of an error.

use std::error::Error;

/// Returns the innermost cause of an error: the outer ones only repeat the address.
pub(super) fn innermost_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
