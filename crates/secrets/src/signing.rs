//! Key that signs receipts: made on first use, and kept in the keychain alone.

use super::keychain::{Keychain, KeychainError};
use super::secret::Secret;
use aws_lc_rs::encoding::AsBigEndian as _;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Entry of the keychain, beside the providers' keys, under a name no provider has.
const ENTRY: &str = "signing-key:receipts";

/// Bytes of a public key.
const PUBLIC_KEY_BYTES: usize = 32;

/// Failure to get the signing key. Never holds it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// The keychain is not there, or said no.
    #[error("the key that signs receipts is kept in the keychain, and it can't be had: {0}")]
    Keychain(#[from] KeychainError),
    /// The keychain's entry is no key.
    #[error(
        "the keychain's entry `{ENTRY}` of the service `countersign` is no signing key; delete it there, and a new key is made"
    )]
    Damaged,
    /// The lock is not to be had.
    #[error("no key that signs receipts was made: {} can't be locked: {why}", path.display())]
    NotLocked {
        /// The file.
        path: PathBuf,
        /// Reason.
        why: String,
    },
    /// No key could be made.
    #[error("no key that signs receipts could be made; try again")]
    NotMade,
}

/// Ed25519 key that signs receipts. It has no `Debug` that shows it, and it cannot be serialised.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// Makes a new one.
    ///
    /// # Errors
    /// Fails where the system has no random numbers.
    pub fn generate() -> Result<Self, SigningKeyError> {
        Ed25519KeyPair::generate().map(Self).map_err(|_| SigningKeyError::NotMade)
    }

    /// Returns the public half.
    pub fn public_key(&self) -> [u8; PUBLIC_KEY_BYTES] {
        let mut bytes = [0; PUBLIC_KEY_BYTES];
        let public_key = self.0.public_key().as_ref();
        if public_key.len() == bytes.len() {
            bytes.copy_from_slice(public_key);
        }
        bytes
    }

    /// Signs a message; `None` when that fails.
    pub fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        Some(self.0.try_sign(message).ok()?.as_ref().to_vec())
    }

    fn from_secret(secret: &Secret) -> Result<Self, SigningKeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(secret.expose(), seed.as_mut()).map_err(|_| SigningKeyError::Damaged)?;
        Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).map(Self).map_err(|_| SigningKeyError::Damaged)
    }

    fn to_secret(&self) -> Result<Secret, SigningKeyError> {
        let seed = self.0.seed().map_err(|_| SigningKeyError::NotMade)?;
        let bytes = seed.as_be_bytes().map_err(|_| SigningKeyError::NotMade)?;
        Ok(Secret::new(&Zeroizing::new(hex::encode(bytes.as_ref()))))
    }
}

impl Keychain {
    /// Returns the key that signs receipts; `None` while there is none.
    ///
    /// # Errors
    /// Fails without a keychain, or where its entry is no key.
    pub async fn find_signing_key(&self) -> Result<Option<SigningKey>, SigningKeyError> {
        self.get(ENTRY).await?.map(|secret| SigningKey::from_secret(&secret)).transpose()
    }

    /// Returns the key that signs receipts, and makes it the first time. Whoever makes one holds a lock on the file `lock`, so that
    /// processes that begin at the same moment have one key.
    ///
    /// # Errors
    /// Fails without a keychain, where its entry is no key (another one is not made in its place), or where the file cannot be locked.
    pub async fn signing_key(&self, lock: &Path) -> Result<SigningKey, SigningKeyError> {
        if let Some(key) = self.find_signing_key().await? {
            return Ok(key);
        }
        let path = lock.to_owned();
        let locked = tokio::task::spawn_blocking(move || lock_file(&path)).await;
        let _lock = locked
            .map_err(|_| SigningKeyError::NotMade)?
            .map_err(|error| SigningKeyError::NotLocked { path: lock.to_owned(), why: error.to_string() })?;
        if let Some(key) = self.find_signing_key().await? {
            return Ok(key);
        }
        self.set(ENTRY, &SigningKey::generate()?.to_secret()?).await?;
        self.find_signing_key().await?.ok_or(SigningKeyError::NotMade)
    }
}

fn lock_file(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = File::create(path)?;
    file.lock()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_the_keychain_as_it_was() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_secret(&key.to_secret().unwrap()).unwrap();
        assert_eq!(key.public_key(), again.public_key());
        assert_eq!(key.sign(b"a"), again.sign(b"a"));
        assert_ne!(key.sign(b"a"), key.sign(b"b"));
        assert_ne!(key.public_key(), [0; 32]);
    }

    #[test]
    fn what_is_no_key_is_said_and_not_shown() {
        for damaged in ["", "00", "sk-secret", &"g".repeat(64)] {
            let error = SigningKey::from_secret(&Secret::new(damaged)).err().unwrap();
            assert_eq!(error, SigningKeyError::Damaged);
            assert!(!error.to_string().contains("sk-secret"), "{error}");
        }
    }

    #[tokio::test]
    async fn without_a_keychain_there_is_no_key() {
        let keychain = Keychain::absent("there is none here");
        let error = keychain.signing_key(Path::new("/nowhere/lock")).await.err().unwrap();
        assert!(error.to_string().contains("there is none here"), "{error}");
    }
}
