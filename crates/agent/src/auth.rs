//! Keys: where they come from and where they are kept (B41).

pub mod secret;

pub use secret::Secret;
