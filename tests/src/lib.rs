//! Harness of the end-to-end tests.

pub mod crate_source;
pub mod desktop;
pub mod harness;
pub mod long_session;
pub mod model_server;
pub mod soak;
pub mod terminal;
pub mod types;
pub mod web_host;
