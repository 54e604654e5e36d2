//! The model that reviews patches.

use super::{config, error};
use crate::{Overlay, Setting, ValueSource};
use protocol::Reviewer;

const SET: &str = "[reviewer]\nprovider = \"openai\"\nmodel = \"critic\"";

fn reviewer(provider: &str) -> Reviewer {
    Reviewer { provider: provider.to_owned(), model: "critic".to_owned(), every_patch: false }
}

#[test]
fn a_reviewer_is_a_model_of_a_provider_that_is_there() {
    assert_eq!(config("").reviewer, None);
    let set = config(SET);
    assert_eq!(set.reviewer, Some(reviewer("openai")));
    let listed = set.effective();
    assert!(
        listed.iter().any(|value| value.key == "reviewer.model" && value.value == "critic"),
        "{listed:?}"
    );
    let every = config(&format!("{SET}\nevery_patch = true"));
    assert!(every.reviewer.unwrap().every_patch);
    for (text, message) in [
        ("[reviewer]\nmodel = \"m\"", "`provider` is missing"),
        ("[reviewer]\nprovider = \"openai\"\nmodel = \" \"", "`model` is missing"),
        (
            "[reviewer]\nprovider = \"nobody\"\nmodel = \"m\"",
            "there is no provider `nobody`; the providers are ",
        ),
        ("[reviewer]\nmodle = \"m\"", "did you mean `reviewer.model`?"),
        ("[reviewer]\nevery_patch = 1", "invalid type"),
    ] {
        let said = error(text);
        assert!(said.contains(message) && said.starts_with("/h/config.toml:"), "{text}: {said}");
    }
}

#[test]
fn the_window_chooses_another_or_none_and_one_of_a_provider_that_is_gone_has_no_effect() {
    let laid = |value: &Option<Reviewer>| {
        let mut overlay = Overlay::default();
        overlay.set(Setting::Reviewer, value);
        let mut config = config(SET);
        config.lay_overlay(&overlay);
        (config.source_of(&overlay, Setting::Reviewer), config.reviewer)
    };
    let other = Some(Reviewer { every_patch: true, ..reviewer("anthropic") });
    assert_eq!(laid(&other), (ValueSource::Overlay, other.clone()));
    assert_eq!(laid(&None).1, None);
    assert_eq!(laid(&Some(reviewer("gone"))).1, Some(reviewer("openai")));
    let source = config(SET).source_of(&Overlay::default(), Setting::Reviewer);
    assert!(matches!(source, ValueSource::ConfigFile { line: 3, .. }), "{source:?}");
}
