//! Config files of any content: nothing panics, and an error says where it is (B35).

use super::{Config, Home};
use proptest::prelude::*;
use std::fs;

/// Loads a file of these bytes; returns the error.
fn load(bytes: &[u8]) -> Result<Config, String> {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path());
    fs::write(home.config_file(), bytes).unwrap();
    let path = home.config_file().display().to_string();
    Config::load(&home, &[], None).map_err(|error| error.to_string().replace(&path, "FILE"))
}

/// Line and column of a message that begins with a place in the file.
fn place(message: &str) -> Option<(usize, usize)> {
    let mut numbers = message.strip_prefix("FILE:")?.split(':');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Something a config file could be made of, or could have been.
fn piece() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        Just("model"),
        Just("model_provider"),
        Just("approval_policy"),
        Just("sandbox_mode"),
        Just("notify"),
        Just("[model_providers.x]"),
        Just("base_url"),
        Just("wire_api"),
        Just("http_headers"),
        Just("[profiles.p]"),
        Just("[shell_environment_policy]"),
        Just("set"),
        Just("[mcp_servers.s]"),
        Just("command"),
        Just("args"),
        Just("profile"),
        Just("[sandbox_workspace_write]"),
        Just("writable_roots"),
        Just("[history]"),
        Just("persistence"),
        Just("project_doc_max_bytes"),
        Just("[[model_providers]]"),
        Just("[prices.m]"),
        Just("input"),
        Just("output"),
        Just("task_cost_limit"),
        Just("task_token_limit"),
        Just("modle"),
    ];
    let value = prop_oneof![
        Just("\"x\""),
        Just("1"),
        Just("-9223372036854775808"),
        Just("true"),
        Just("[]"),
        Just("{}"),
        Just("[\"a\", 1]"),
        Just("{ a = 1 }"),
        Just("1979-05-27"),
        Just("nan"),
        Just("\"never\""),
        Just("\"\u{1f600}\""),
        Just("\"\"\"\nx"),
        Just("'"),
        Just(""),
        Just("\"responses\""),
        Just("\"p\""),
    ];
    (key, value, any::<bool>()).prop_map(|(key, value, is_table)| {
        if is_table || key.starts_with('[') { format!("{key}\n") } else { format!("{key} = {value}\n") }
    })
}

proptest! {
    #[test]
    fn b35_bytes_of_any_kind_never_panic_and_an_error_says_where(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Err(message) = load(&bytes) {
            let lines = bytes.split(|byte| *byte == b'\n').count();
            let (line, column) = place(&message).unwrap_or_else(|| panic!("no place in {message:?}"));
            prop_assert!((1..=lines).contains(&line) && column >= 1, "{message}");
        }
    }

    #[test]
    fn b35_settings_of_any_kind_never_panic_and_an_error_says_where(
        pieces in proptest::collection::vec(piece(), 0..12),
        junk in "[ -~\n]{0,20}",
        at in any::<proptest::sample::Index>(),
    ) {
        let mut text = pieces.concat();
        let mut at = at.index(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        text.insert_str(at, &junk);
        if let Err(message) = load(text.as_bytes()) {
            let (line, _) = place(&message).unwrap_or_else(|| panic!("no place in {message:?} for\n{text}"));
            prop_assert!(line <= text.split('\n').count(), "{message}");
        }
    }

    #[test]
    fn b35_an_unknown_key_is_named_with_its_line_and_the_nearest_one(
        lines in 0..20_usize,
        drop in any::<proptest::sample::Index>(),
    ) {
        let known = "project_doc_max_bytes";
        let mut key = known.to_owned();
        key.remove(drop.index(known.len()));
        let text = format!("{}{key} = 1\n", "# a comment\n".repeat(lines));
        let message = load(text.as_bytes()).err().unwrap_or_default();
        prop_assert_eq!(
            message,
            format!("FILE:{}:1: unknown key `{key}`, did you mean `{known}`?", lines + 1)
        );
    }
}
