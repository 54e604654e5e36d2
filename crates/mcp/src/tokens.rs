//! Tokens of servers that want a login: kept by whoever uses this crate, and used by the SDK.

use futures_util::future::BoxFuture;
use rmcp::transport::auth::{
    AuthError, AuthorizationManager, CredentialRefreshGuard, CredentialStore, StoredCredentials,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Store of the servers' tokens, by the servers' names. They are secrets: a keychain is the place for them.
/// An error is a sentence for people that says the way out, and never holds a token.
pub trait TokenStore: Send + Sync {
    /// Loads the text that was saved for a server.
    fn load<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Option<String>, String>>;
    /// Keeps this for a server, in place of what was there.
    fn save<'a>(&'a self, server: &'a str, tokens: String) -> BoxFuture<'a, Result<(), String>>;
    /// Forgets what was saved for a server, if anything was.
    fn clear<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<(), String>>;
}

/// Held while a token is refreshed, so that of two sessions with one server the second finds what the first was given: a refresh
/// token may be good for one use only.
static REFRESHING: Mutex<()> = Mutex::const_new(());

/// One server's tokens, as the SDK wants to keep them.
pub(crate) struct StoredTokens {
    pub(crate) tokens: Arc<dyn TokenStore>,
    pub(crate) server: String,
    pub(crate) url: String,
}

/// SavedTokens form of a token. A token belongs to the address it was given for: another server of the same name
/// never gets it.
#[derive(Serialize, Deserialize)]
struct SavedTokens {
    url: String,
    credentials: StoredCredentials,
}

impl StoredTokens {
    /// Creates the SDK's authorization manager, when there are tokens for this server.
    pub(crate) async fn manager(self) -> Result<Option<AuthorizationManager>, AuthError> {
        let mut manager = AuthorizationManager::new(self.url.as_str()).await?;
        // asked first: reading the server's metadata is not for servers without a login
        if self.load().await?.is_none() {
            return Ok(None);
        }
        manager.set_credential_store(self);
        Ok(manager.initialize_from_store().await?.then_some(manager))
    }
}

#[async_trait::async_trait]
impl CredentialStore for StoredTokens {
    async fn load(&self) -> Result<Option<StoredCredentials>, AuthError> {
        let text = self.tokens.load(&self.server).await.map_err(AuthError::CredentialStoreError)?;
        // what cannot be read is as good as not there: the next login replaces it
        let saved = text.and_then(|text| serde_json::from_str::<SavedTokens>(&text).ok());
        Ok(saved.filter(|saved| saved.url == self.url).map(|saved| saved.credentials))
    }

    async fn save(&self, credentials: StoredCredentials) -> Result<(), AuthError> {
        let text = serde_json::to_string(&SavedTokens { url: self.url.clone(), credentials })
            .map_err(|error| AuthError::CredentialStoreError(error.to_string()))?;
        self.tokens.save(&self.server, text).await.map_err(AuthError::CredentialStoreError)
    }

    async fn clear(&self) -> Result<(), AuthError> {
        self.tokens.clear(&self.server).await.map_err(AuthError::CredentialStoreError)
    }

    async fn acquire_refresh_guard(&self) -> Result<Option<CredentialRefreshGuard>, AuthError> {
        Ok(Some(CredentialRefreshGuard::new(REFRESHING.lock().await)))
    }
}
