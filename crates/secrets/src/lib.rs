//! Credentials: how they are recognised by name and by place, how they are kept out of text, and where the app keeps its own
//! (B41). Never in a file, a log, a transcript or an error.

pub mod keychain;
pub mod names;
pub mod paths;
pub mod redact;
pub mod scrub;
pub mod secret;
pub mod signing;

pub use keychain::{Keychain, KeychainError};
pub use names::{is_credential_field, is_credential_variable};
pub use redact::Redactor;
pub use scrub::Scrubber;
pub use secret::Secret;
pub use signing::{SigningKey, SigningKeyError};
