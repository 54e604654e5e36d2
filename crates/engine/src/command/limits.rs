//! Limits of the commands that are parsed.

/// Most words of a command, its program included.
pub(super) const MAX_WORDS: usize = 256;
/// Most bytes of a command.
pub(super) const MAX_BYTES: usize = 4096;
