//! A secret that cannot print itself.

use std::fmt;

/// A key. It has no `Display`, its `Debug` shows nothing, it cannot be serialised, and it is wiped when dropped.
#[derive(Clone)]
pub struct Secret(zeroize::Zeroizing<String>);

impl Secret {
    /// Wraps a key; white space around it, as pasting brings along, is taken off.
    pub fn new(text: &str) -> Self {
        Self(zeroize::Zeroizing::new(text.trim().to_owned()))
    }

    /// The key itself. Only for the header it goes into and the keychain it is stored in.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Reports whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
