//! The key a provider is asked with, and its source.

use config::ProviderConfig;
use secrets::{Keychain, Secret};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;

/// Keys typed in where there is no keychain, by the provider's key. They last as long as the app. Clones are the same table, so that
/// sessions that are open know of a key that is typed in later.
#[derive(Clone, Debug, Default)]
pub struct SessionKeys(Arc<watch::Sender<BTreeMap<String, Secret>>>);

impl SessionKeys {
    /// Returns the key of a provider.
    pub fn get(&self, provider: &str) -> Option<Secret> {
        self.0.borrow().get(provider).cloned()
    }

    /// Returns all of them.
    pub fn all(&self) -> BTreeMap<String, Secret> {
        self.0.borrow().clone()
    }

    /// Sets the key of a provider.
    pub fn set(&self, provider: String, key: Secret) {
        self.0.send_modify(|keys| drop(keys.insert(provider, key)));
    }

    /// Removes the key of a provider, and reports whether there was one.
    pub fn remove(&self, provider: &str) -> bool {
        self.0.send_if_modified(|keys| keys.remove(provider).is_some())
    }

    /// Replaces all of them.
    pub fn replace(&self, keys: BTreeMap<String, Secret>) {
        self.0.send_replace(keys);
    }

    /// Yields them at each change.
    pub fn subscribe(&self) -> watch::Receiver<BTreeMap<String, Secret>> {
        self.0.subscribe()
    }
}

impl FromIterator<(String, Secret)> for SessionKeys {
    fn from_iter<I: IntoIterator<Item = (String, Secret)>>(keys: I) -> Self {
        Self(Arc::new(watch::Sender::new(keys.into_iter().collect())))
    }
}

/// Source of a provider's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialSource {
    /// The provider needs none.
    NotNeeded,
    /// The OS keychain.
    Keychain,
    /// The environment.
    Environment,
    /// Typed in, kept until the app ends.
    Session,
    /// There is none.
    Missing,
}

/// A provider's key and where it came from.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The key; `None` when none is needed, or there is none.
    pub key: Option<Secret>,
    /// Its source.
    pub source: CredentialSource,
    /// Reason that the keychain could not be asked, where that matters: nothing else had a key either.
    pub problem: Option<String>,
}

/// Finds the key for `provider`: the one typed in, or else the keychain's, or else the one its `env_key` names.
pub async fn resolve(
    provider: &ProviderConfig,
    keychain: &Keychain,
    session_keys: &SessionKeys,
) -> Credential {
    resolve_with(provider, keychain, session_keys, &|name| std::env::var(name).ok()).await
}

async fn resolve_with(
    provider: &ProviderConfig,
    keychain: &Keychain,
    session_keys: &SessionKeys,
    env: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Credential {
    let found = |key, source| Credential { key, source, problem: None };
    let Some(env_key) = &provider.env_key else {
        return found(None, CredentialSource::NotNeeded);
    };
    if let Some(key) = session_keys.get(&provider.key).filter(|key| !key.is_empty()) {
        return found(Some(key), CredentialSource::Session);
    }
    let problem = match keychain.get(&provider.key).await {
        Ok(Some(key)) => return found(Some(key), CredentialSource::Keychain),
        Ok(None) => None,
        Err(error) => Some(error.to_string()),
    };
    match env(env_key).map(|text| Secret::new(&zeroize::Zeroizing::new(text))).filter(|key| !key.is_empty()) {
        Some(key) => found(Some(key), CredentialSource::Environment),
        None => Credential { key: None, source: CredentialSource::Missing, problem },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use config::{Config, Home};

    async fn check(
        provider: &str,
        session: Option<&str>,
        environment: Option<&str>,
    ) -> (Option<String>, CredentialSource) {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::load(&Home::at(dir.path()), &[], None).unwrap();
        let session_keys = session.map(|key| (provider.to_owned(), Secret::new(key))).into_iter().collect();
        let environment = environment.map(str::to_owned);
        let env = move |name: &str| environment.clone().filter(|_| name == "OPENAI_API_KEY");
        let keychain = Keychain::absent("none in this test");
        let got = resolve_with(&config.providers[provider], &keychain, &session_keys, &env).await;
        assert_eq!(got.problem.is_some(), got.source == CredentialSource::Missing);
        assert!(!format!("{got:?}").contains("sk-"));
        (got.key.map(|key| key.expose().to_owned()), got.source)
    }

    #[tokio::test]
    async fn a_local_server_and_the_practice_model_need_none() {
        assert_eq!(check("ollama", Some("sk-s"), Some("sk-e")).await, (None, CredentialSource::NotNeeded));
        assert_eq!(check("practice", None, None).await, (None, CredentialSource::NotNeeded));
    }

    #[tokio::test]
    async fn the_key_typed_in_goes_before_the_environments() {
        assert_eq!(
            check("openai", Some("sk-s"), Some("sk-e")).await,
            (Some("sk-s".to_owned()), CredentialSource::Session)
        );
        assert_eq!(
            check("openai", None, Some(" sk-e\n")).await,
            (Some("sk-e".to_owned()), CredentialSource::Environment)
        );
    }

    #[tokio::test]
    async fn none_at_all_is_said() {
        assert_eq!(check("openai", None, None).await, (None, CredentialSource::Missing));
        assert_eq!(check("openai", Some(" "), Some("")).await, (None, CredentialSource::Missing));
    }
}
