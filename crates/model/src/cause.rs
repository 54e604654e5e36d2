//! Causes of errors.

use std::error::Error;

/// Returns the innermost cause as text: the outer ones only repeat the address.
pub(super) fn root_of(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
