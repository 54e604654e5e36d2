//! Taking credentials out of text that is to be shown or logged.

use super::secret::Secret;

/// Length in bytes below which a text is no credential; replacing it would tear words apart.
const MIN_BYTES: usize = 4;

/// Replacement for a credential.
const REPLACEMENT: &str = "[key]";

/// A list of credentials that no shown text may contain.
#[derive(Clone, Debug, Default)]
pub struct Scrubber {
    /// The longest first: one may be a part of another.
    secrets: Vec<Secret>,
}

impl Scrubber {
    /// Adds a credential. One of less than four bytes is ignored.
    pub fn add(&mut self, secret: &str) {
        let secret = Secret::new(secret);
        if secret.expose().len() < MIN_BYTES {
            return;
        }
        let place = self.secrets.partition_point(|other| other.expose().len() > secret.expose().len());
        self.secrets.insert(place, secret);
    }

    /// Adds the value of a header, and its last word alone: of "Bearer KEY" a server may echo the key.
    pub fn add_header(&mut self, value: &str) {
        self.add(value);
        if let Some((_, last)) = value.trim().rsplit_once(char::is_whitespace) {
            self.add(last);
        }
    }

    /// Replaces every credential in `text` by `[key]`.
    pub fn scrub(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose(), REPLACEMENT))
    }

    /// Replaces every credential in `text`, and returns how many there were.
    pub fn scrub_with(&self, text: &str, replacement: &str) -> (String, u32) {
        self.secrets.iter().fold((text.to_owned(), 0), |(text, count), secret| {
            let found = text.matches(secret.expose()).count();
            let count = count + u32::try_from(found).unwrap_or(u32::MAX);
            (if found == 0 { text } else { text.replace(secret.expose(), replacement) }, count)
        })
    }

    /// Like [`Self::scrub`], and replaces words with `***` in them as well: vendors echo a refused key with its middle masked.
    pub fn scrub_masked(&self, text: &str) -> String {
        let scrubbed = self.scrub(text);
        let words = scrubbed.split_inclusive(char::is_whitespace);
        let words: String = words.map(|word| if word.contains("***") { "[key] " } else { word }).collect();
        words.trim_end().to_owned()
    }
}

impl<'a> FromIterator<&'a str> for Scrubber {
    fn from_iter<T: IntoIterator<Item = &'a str>>(secrets: T) -> Self {
        let mut scrubber = Self::default();
        secrets.into_iter().for_each(|secret| scrubber.add(secret));
        scrubber
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b41_every_credential_is_replaced_and_the_longest_first() {
        let mut scrubber: Scrubber = ["sk-one", "1", "sk-one-more"].into_iter().collect();
        scrubber.add_header("Bearer sk-two");
        assert_eq!(
            scrubber.scrub("1 sk-one-more, sk-one; Bearer sk-two and sk-two"),
            "1 [key], [key]; [key] and [key]"
        );
        assert!(!format!("{scrubber:?}").contains("sk-"));
    }

    #[test]
    fn b41_a_masked_credential_is_replaced_too() {
        let scrubber = Scrubber::default();
        assert_eq!(scrubber.scrub_masked("bad key sk-ab***yz given"), "bad key [key] given");
        assert_eq!(scrubber.scrub("bad key sk-ab***yz given"), "bad key sk-ab***yz given");
    }
}
