//! Views as a command leaves them, read and applied.
