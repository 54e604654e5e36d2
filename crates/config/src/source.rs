//! Where the value of each setting comes from.

use super::error::KeyLocation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use ts_rs::TS;

/// The layer that a setting's value comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum ValueSource {
    /// The built-in default: no layer sets it.
    #[default]
    Default,
    /// The config file.
    ConfigFile {
        /// The file.
        #[ts(type = "string")]
        path: PathBuf,
        /// Line of the key, counted from 1.
        line: usize,
    },
    /// A profile in the config file.
    Profile {
        /// Name of the profile.
        name: String,
        /// The file.
        #[ts(type = "string")]
        path: PathBuf,
        /// Line of the key, counted from 1.
        line: usize,
    },
    /// The settings saved in the window.
    Overlay,
    /// An option of the command line.
    CommandLine,
    /// An environment variable.
    Environment {
        /// Name of the variable.
        name: String,
    },
}

/// The source of every key that a layer sets, by dotted key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValueSources(BTreeMap<String, ValueSource>);

impl ValueSources {
    /// Returns the source of a dotted key's value. A key that no layer sets has the default.
    pub fn get(&self, key: &str) -> ValueSource {
        self.0.get(key).cloned().unwrap_or_default()
    }

    /// Reports whether the command line sets a key.
    pub fn is_command_line(&self, key: &str) -> bool {
        self.0.get(key) == Some(&ValueSource::CommandLine)
    }

    /// Records the source of a key's value, in place of the one of a lower layer.
    pub(super) fn set(&mut self, key: &str, source: ValueSource) {
        self.0.insert(key.to_owned(), source);
    }

    /// Records that a file or an override sets a key.
    pub(super) fn set_at(&mut self, key: &str, location: &KeyLocation) {
        self.set(key, ValueSource::from(location.clone()));
    }

    /// Records that the keys beneath `profiles.NAME` are in effect.
    pub(super) fn lay_profile(&mut self, name: &str) {
        let prefix = format!("profiles.{name}.");
        let keys: Vec<_> = self
            .0
            .iter()
            .filter_map(|(key, source)| Some((key.strip_prefix(&prefix)?.to_owned(), source.clone())))
            .collect();
        for (key, source) in keys {
            let source = match source {
                ValueSource::ConfigFile { path, line } => {
                    ValueSource::Profile { name: name.to_owned(), path, line }
                }
                source => source,
            };
            self.0.insert(key, source);
        }
    }

    /// Lays the sources of a higher layer over these.
    pub(super) fn lay(&mut self, over: Self) {
        self.0.extend(over.0);
    }
}

impl From<KeyLocation> for ValueSource {
    fn from(location: KeyLocation) -> Self {
        match location {
            KeyLocation::File { path, line, .. } => Self::ConfigFile { path, line },
            KeyLocation::Override { .. } => Self::CommandLine,
        }
    }
}
