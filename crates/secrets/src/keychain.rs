//! The operating system's keychain: the Secret Service on Linux, Keychain Services on macOS.

use super::secret::Secret;
use keyring::v1::{Entry, Error};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Service that keys are stored under, next to the provider's key in the config.
const SERVICE: &str = "countersign";

/// Timeout for reading: the app's start waits for it, and a locked keychain may ask a person who is not there.
const READ_TIMEOUT: Duration = Duration::from_secs(4);

/// Timeout for storing and deleting: a person asked for it, and may have to unlock the keychain first.
const WRITE_TIMEOUT: Duration = Duration::from_mins(1);

/// Failure of the keychain. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    /// There is no keychain.
    #[error("{0}")]
    Absent(String),
    /// There is one, and it said no.
    #[error("the keychain would not {action} the key of {provider}: {why}; unlock it and try again")]
    Failed {
        /// "read", "store" or "delete".
        action: &'static str,
        /// Key of the provider.
        provider: String,
        /// The reason in the keychain's words.
        why: String,
    },
    /// There is one, and it did not answer.
    #[error(
        "the keychain did not {action} the key of {provider} within {seconds} s; unlock it and try again"
    )]
    TimedOut {
        /// "read", "store" or "delete".
        action: &'static str,
        /// Key of the provider.
        provider: String,
        /// Timeout in seconds.
        seconds: u64,
    },
}

/// The keychain, or the reason why there is none. Cheap to clone; talks to the system only when asked something.
#[derive(Clone, Debug)]
pub struct Keychain {
    absent: Option<Arc<str>>,
}

impl Keychain {
    /// The system's keychain. Looks at the environment only: `COUNTERSIGN_NO_KEYCHAIN=1` turns it off, and on Linux
    /// there can be none without a session bus.
    pub fn open() -> Self {
        Self { absent: absent_by(&|name| std::env::var_os(name).map(PathBuf::from)).map(Arc::from) }
    }

    /// No keychain, for the reason given.
    pub fn absent(why: &str) -> Self {
        Self { absent: Some(Arc::from(why)) }
    }

    /// Returns the reason that there is none, where it is known without asking.
    pub fn absence(&self) -> Option<&str> {
        self.absent.as_deref()
    }

    /// Explains that there is no keychain, and what to do about it; `None` when there is one.
    pub async fn problem(&self) -> Option<String> {
        if let Some(why) = &self.absent {
            return Some(why.to_string());
        }
        let status = off_the_async_threads(READ_TIMEOUT, || match Entry::store_status() {
            Ok(()) => None,
            Err(error) => Some(in_words(error)),
        });
        match status.await {
            Some(None) => None,
            Some(Some(why)) => Some(format!("there is no keychain ({why}): {WAY_OUT}")),
            None => Some(format!("the keychain does not answer: {WAY_OUT}")),
        }
    }

    /// The key stored for a provider, if there is one.
    pub async fn get(&self, provider: &str) -> Result<Option<Secret>, KeychainError> {
        let got = self.run("read", provider, READ_TIMEOUT, |entry| match entry.get_password() {
            // wiped when dropped, as the plain string would not be
            Ok(text) => Ok(Some(Secret::new(&zeroize::Zeroizing::new(text)))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        });
        Ok(got.await?.filter(|secret| !secret.is_empty()))
    }

    /// Stores a provider's key in place of the one that was there.
    pub async fn set(&self, provider: &str, secret: &Secret) -> Result<(), KeychainError> {
        let secret = secret.clone();
        self.run("store", provider, WRITE_TIMEOUT, move |entry| entry.set_password(secret.expose())).await
    }

    /// Deletes a provider's key. It is no error when there is none.
    pub async fn delete(&self, provider: &str) -> Result<(), KeychainError> {
        let deleted = self.run("delete", provider, WRITE_TIMEOUT, |entry| match entry.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(error),
        });
        deleted.await
    }

    async fn run<T: Send + 'static>(
        &self,
        action: &'static str,
        provider: &str,
        timeout: Duration,
        work: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, KeychainError> {
        if let Some(why) = &self.absent {
            return Err(KeychainError::Absent(why.to_string()));
        }
        let user = provider.to_owned();
        let done = off_the_async_threads(timeout, move || {
            let done = Entry::new(SERVICE, &user).and_then(|entry| work(&entry));
            // put into words on this side: an error of the crate may carry the secret's bytes
            done.map_err(|error| (matches!(error, Error::NoDefaultStore), in_words(&error)))
        });
        match done.await {
            Some(Ok(done)) => Ok(done),
            Some(Err((true, why))) => {
                Err(KeychainError::Absent(format!("there is no keychain ({why}): {WAY_OUT}")))
            }
            Some(Err((false, why))) => {
                Err(KeychainError::Failed { action, provider: provider.to_owned(), why })
            }
            None => Err(KeychainError::TimedOut {
                action,
                provider: provider.to_owned(),
                seconds: timeout.as_secs(),
            }),
        }
    }
}

const WAY_OUT: &str = "a key typed in is kept until the app ends, and one in the environment is used; start gnome-keyring, \
                       KWallet or KeePassXC to keep it";

/// Runs `work` on a thread of its own. Not on the runtime's blocking threads: those are waited for when the app ends,
/// and a keychain may ask a person for a password as long as it likes. `None` when it took longer than `timeout`.
async fn off_the_async_threads<T: Send + 'static>(
    timeout: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (done, wait) = oneshot::channel();
    let started = std::thread::Builder::new().name("keychain".to_owned()).spawn(move || {
        // nobody listens any more after the timeout
        let _ = done.send(work());
    });
    started.ok()?;
    tokio::time::timeout(timeout, wait).await.ok()?.ok()
}

/// Explains that there cannot be a keychain here, judging by the environment alone.
fn absent_by(env: &dyn Fn(&str) -> Option<PathBuf>) -> Option<String> {
    if env("COUNTERSIGN_NO_KEYCHAIN")
        .is_some_and(|value| !value.as_os_str().is_empty() && value.as_os_str() != "0")
    {
        return Some(format!("the keychain is turned off by COUNTERSIGN_NO_KEYCHAIN: {WAY_OUT}"));
    }
    let has_bus = cfg!(target_os = "macos")
        || env("DBUS_SESSION_BUS_ADDRESS").is_some_and(|address| !address.as_os_str().is_empty())
        || env("XDG_RUNTIME_DIR").is_some_and(|dir| dir.join("bus").exists());
    (!has_bus).then(|| format!("there is no keychain, because there is no D-Bus session: {WAY_OUT}"))
}

/// The error in words that cannot hold a secret: those of its variants that carry data say what they are, not what they
/// carry.
fn in_words(error: &Error) -> String {
    match error {
        Error::PlatformFailure(why) => format!("it failed: {why}"),
        Error::NoStorageAccess(why) => format!("it is locked or cannot be reached: {why}"),
        Error::NoEntry => "it holds no such key".to_owned(),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "what it holds is not text".to_owned(),
        Error::BadStoreFormat(_) => "its store is damaged".to_owned(),
        Error::TooLong(..) => "the key is too long for it".to_owned(),
        Error::Ambiguous(_) => "it holds more than one such key".to_owned(),
        Error::NoDefaultStore => "no secret service answers".to_owned(),
        Error::Invalid(..) | Error::NotSupportedByStore(_) => "it does not know how".to_owned(),
        _ => "it failed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env<'a>(vars: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<PathBuf> + 'a {
        |name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| PathBuf::from(value))
    }

    #[test]
    fn it_is_off_when_told_so() {
        let bus = ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/bus");
        let why = absent_by(&env(&[bus, ("COUNTERSIGN_NO_KEYCHAIN", "1")])).unwrap();
        assert!(why.contains("COUNTERSIGN_NO_KEYCHAIN") && why.contains("environment"), "{why}");
        assert_eq!(absent_by(&env(&[bus, ("COUNTERSIGN_NO_KEYCHAIN", "0")])), None);
        assert_eq!(absent_by(&env(&[bus])), None);
    }

    #[cfg(not(target_os = "macos"))]
    #[test]
    fn without_a_session_bus_there_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let runtime = ("XDG_RUNTIME_DIR", dir.path().to_str().unwrap());
        assert!(absent_by(&env(&[])).unwrap().contains("D-Bus"));
        assert!(absent_by(&env(&[runtime])).is_some());
        std::fs::write(dir.path().join("bus"), "").unwrap();
        assert_eq!(absent_by(&env(&[runtime])), None);
    }

    #[tokio::test]
    async fn an_absent_keychain_says_so_and_keeps_nothing() {
        let keychain = Keychain::absent("there is none here");
        assert_eq!(keychain.problem().await.as_deref(), Some("there is none here"));
        let error = keychain.set("openai", &Secret::new("sk-1")).await.unwrap_err();
        assert_eq!(error, KeychainError::Absent("there is none here".to_owned()));
        assert!(keychain.get("openai").await.is_err());
        assert!(keychain.delete("openai").await.is_err());
    }

    #[tokio::test]
    async fn work_that_hangs_is_given_up() {
        let (keep, held) = std::sync::mpsc::channel::<()>();
        let got = off_the_async_threads(Duration::from_millis(5), move || held.recv()).await;
        assert!(got.is_none());
        drop(keep);
    }

    #[test]
    fn words_for_an_error_never_hold_what_it_carries() {
        let words = in_words(&Error::BadEncoding(b"sk-secret".to_vec()));
        assert!(!words.contains("sk-") && !words.contains("115"), "{words}");
    }
}
