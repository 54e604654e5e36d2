//! Loads the config file.

use super::config::Config;
use super::error::ConfigError;
use super::home::Home;
use super::{file, regular_file, resolve};
use std::path::Path;

impl Config {
    /// Returns the configuration without a file, for telling what a machine offers when the file cannot be used.
    pub fn built_in() -> Result<Self, ConfigError> {
        resolve::resolve(Path::new(""), "", &[], None, &|name| std::env::var(name).ok())
    }

    /// Reads `config.toml`, lays the profile over it, and `overrides` over that (`-c key=value`: dotted keys; the value is
    /// TOML, or a string when it is not). `profile` wins over the file's own `profile`. No file is the same as an empty one.
    pub fn load(
        home: &Home,
        overrides: &[(String, String)],
        profile: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let path = home.config_file();
        let text = match regular_file::read(&path) {
            Ok(bytes) => file::utf8(&path, bytes)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(ConfigError::Read { path, source }),
        };
        resolve::resolve(&path, &text, overrides, profile, &|name| std::env::var(name).ok())
    }
}
