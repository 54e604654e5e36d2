//! Name and version of the format.

/// Name of the format.
pub const FORMAT: &str = "countersign-receipt";

/// Version of the format.
pub const VERSION: u64 = 1;
