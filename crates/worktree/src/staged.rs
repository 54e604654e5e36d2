//! Names of files that are staged beside where they belong.

/// Prefix of the names of files that are about to be put in place. They are nobody's work, and never looked at.
pub const STAGED_PREFIX: &str = ".countersign-staged-";
