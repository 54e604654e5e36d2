//! Tokens of MCP servers, in the keychain (B41).

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use mcp::TokenStore;
use secrets::{Keychain, Secret};

/// The keychain, as MCP servers' tokens are kept in it: beside the providers' keys, under names no provider has.
pub(super) struct InKeychain(pub(super) Keychain);

impl TokenStore for InKeychain {
    fn load<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Option<String>, String>> {
        async move {
            match self.0.get(&entry(server)).await {
                Ok(secret) => Ok(secret.map(|secret| secret.expose().to_owned())),
                // a keychain that is locked or not there is no reason to do without servers that want no login
                Err(error) => {
                    tracing::info!(server, %error, "no token was read");
                    Ok(None)
                }
            }
        }
        .boxed()
    }

    fn save<'a>(&'a self, server: &'a str, tokens: String) -> BoxFuture<'a, Result<(), String>> {
        async move { self.0.set(&entry(server), &Secret::new(&tokens)).await.map_err(|error| error.to_string()) }
            .boxed()
    }

    fn clear<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<(), String>> {
        async move { self.0.delete(&entry(server)).await.map_err(|error| error.to_string()) }.boxed()
    }
}

/// Returns the name that a server's tokens are stored under. A provider's key in the config may be anything, but hardly this.
fn entry(server: &str) -> String {
    format!("mcp server: {server}")
}
