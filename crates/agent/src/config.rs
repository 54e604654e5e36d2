//! What is set, and where the app's files are (B35).

pub mod environment;
pub mod home;
pub mod provider;

pub use environment::{EnvironmentInherit, ShellEnvironmentPolicy};
pub use home::Home;
pub use provider::{ProviderConfig, WireApi};
