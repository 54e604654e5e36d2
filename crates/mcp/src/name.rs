//! Names of tools as the model sees them: `server__tool`.

use sha2::{Digest, Sha256};

/// Vendors allow this many characters of `[a-zA-Z0-9_-]`.
const MAX_CHARS: usize = 64;

/// Characters of the hash that makes a changed name unique.
const HASH_CHARS: usize = 12;

/// The name of a server's tool. It depends on nothing but the two names, so it is the same in every session.
///
/// Names with other characters, names too long, and names that leave it open where the server's ends, are hashed: two
/// different tools never get the same name.
pub(crate) fn qualified(server: &str, tool: &str) -> String {
    let plain = format!("{server}__{tool}");
    let is_plain = !server.contains("__")
        && !server.ends_with('_')
        && plain.len() <= MAX_CHARS
        && plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if is_plain {
        return plain;
    }
    let keep = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let mut name: String = plain.chars().map(keep).take(MAX_CHARS - HASH_CHARS - 1).collect();
    let digest = Sha256::digest(format!("{server}\0{tool}"));
    name.push('_');
    name.push_str(&hex::encode(&digest[..HASH_CHARS / 2]));
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn b28_a_plain_name_stays_and_any_other_is_hashed_within_64_characters() {
        assert_eq!(qualified("docs", "read-page_2"), "docs__read-page_2");
        let exact = "t".repeat(64 - "docs__".len());
        assert_eq!(qualified("docs", &exact), format!("docs__{exact}"));
        for (server, tool) in [
            ("docs", "t".repeat(59).as_str()),
            ("my docs", "read"),
            ("docs", "lesen/ö"),
            ("", "x y"),
            ("日本語", "読む"),
        ] {
            let name = qualified(server, tool);
            assert!(name.len() <= 64, "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'), "{name}");
            assert_eq!(name, qualified(server, tool));
        }
    }

    #[test]
    fn b28_different_tools_have_different_names() {
        let pairs = [
            ("a", "b__c"),
            ("a__b", "c"),
            ("a_", "b"),
            ("a", "_b"),
            ("a", "__b"),
            ("a.b", "c"),
            ("a b", "c"),
            ("a_b", "c"),
            ("a", "b.c"),
            ("a", "b_c"),
        ];
        let names: BTreeSet<_> = pairs.iter().map(|(server, tool)| qualified(server, tool)).collect();
        assert_eq!(names.len(), pairs.len(), "{names:?}");
    }
}
