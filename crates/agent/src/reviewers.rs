//! Models that review patches: of any provider that is configured, with its own key.

use crate::models;
use config::Config;
use model::Model;
use model::credential::{self, SessionKeys};
use protocol::{ErrorInfo, ErrorKind};
use secrets::Keychain;
use std::sync::Arc;

/// Keys that models of other providers than the session's are asked with.
#[derive(Clone)]
pub struct ReviewerModels {
    keychain: Keychain,
    session_keys: SessionKeys,
}

impl ReviewerModels {
    /// Makes one with these keys.
    pub fn new(keychain: Keychain, session_keys: SessionKeys) -> Self {
        Self { keychain, session_keys }
    }

    /// Makes the client of a provider, with its key as it is now.
    pub(crate) async fn connect(&self, config: &Config, provider: &str) -> Result<Arc<dyn Model>, ErrorInfo> {
        let chosen = config.providers.get(provider).ok_or_else(|| {
            ErrorInfo::new(
                ErrorKind::BadRequest,
                format!("there was no provider `{provider}`, which is the reviewer's, when this session was opened"),
            )
            .with_hint("open the session again, or choose another reviewer in the settings")
        })?;
        let key = credential::resolve(chosen, &self.keychain, &self.session_keys).await.key;
        models::connect(chosen, key)
    }
}
