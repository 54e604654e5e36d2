//! Keys: where they come from and where they are kept (B41). Never in a file, a log, a transcript or an error.

pub mod keychain;
pub mod secret;

pub use keychain::{Keychain, KeychainError};
pub use secret::Secret;
