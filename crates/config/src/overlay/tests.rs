use super::*;
use crate::tests::config;
use crate::{Home, saved};
use serde_json::json;

/// `settings.json` as version 0.1 saved it, every value set by the person.
const FIXTURE: &str = include_str!("../../../host/fixtures/0.1/settings.json");

fn overlay(text: &str) -> Overlay {
    serde_json::from_str(text).unwrap()
}

#[test]
fn settings_of_the_previous_version_keep_their_effect() {
    let mut overlay = overlay(FIXTURE);
    overlay.make_sparse(&config("approval_policy = \"untrusted\""));
    let values = overlay.values();
    assert_eq!((values.provider.as_deref(), values.model.as_deref()), (Some("practice"), Some("practice")));
    assert_eq!(values.reasoning_effort, Some(Some(ReasoningEffort::Low)));
    assert_eq!(values.approval, Some(ApprovalPolicy::OnRequest));
    assert_eq!((values.theme, values.notify_turn_complete), (Some(Theme::Dark), Some(false)));
    // what says the same as the config is no choice of the person's
    assert_eq!((&values.sandbox, values.review_patches, values.notify_approval), (&None, None, None));
}

#[test]
fn a_missing_member_and_an_unknown_one_lose_nothing() {
    let mut saved: Value = serde_json::from_str(FIXTURE).unwrap();
    let members = saved.as_object_mut().unwrap();
    members.remove("notify_approval");
    members.insert("font_size".to_owned(), json!(15));
    members.insert("theme".to_owned(), json!("sepia"));
    members["policies"].as_object_mut().unwrap().insert("commits".to_owned(), json!("ask"));
    let mut overlay = overlay(&saved.to_string());
    overlay.make_sparse(&config(""));
    assert_eq!((overlay.values().theme, overlay.values().notify_turn_complete), (None, Some(false)));

    overlay.set(Setting::ReviewPatches, &false);
    let again = serde_json::to_value(&overlay).unwrap();
    assert_eq!((&again["font_size"], &again["policies"]["commits"]), (&json!(15), &json!("ask")));
    assert_eq!(again["theme"], json!("sepia"), "a value of a newer version is kept");
    assert_eq!(again["provider"], json!("practice"));
    overlay.reset(Setting::ReviewPatches);
    assert!(!overlay.sets(Setting::ReviewPatches));
    assert_eq!(serde_json::to_value(&overlay).unwrap()["policies"], json!({ "commits": "ask" }));
}

#[test]
fn only_what_was_set_is_saved() {
    let dir = tempfile::tempdir().unwrap();
    let path = Home::at(dir.path()).app_file(SETTINGS_FILE);
    let mut overlay: Overlay = saved::load(&path);
    overlay.set(Setting::Theme, &Theme::Dark);
    overlay.set(Setting::ReasoningEffort, &None::<ReasoningEffort>);
    saved::save(&path, &overlay).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap(),
        json!({ "theme": "dark", "reasoning_effort": null, "version": 2 })
    );
    let again: Overlay = saved::load(&path);
    assert_eq!(again.values(), overlay.values());
    assert_eq!(again.values().reasoning_effort, Some(None));
}

#[test]
fn the_overlay_lies_between_the_file_and_the_command_line() {
    let text = "approval_policy = \"untrusted\"\n\n[sandbox_workspace_write]\nnetwork_access = true\n";
    let overrides = [("review_patches".to_owned(), "true".to_owned())];
    let path = std::path::Path::new("/h/config.toml");
    let mut config = crate::resolve::resolve(path, text, &overrides, None, &|_| None).unwrap();
    let mut overlay = Overlay::default();
    overlay.set(Setting::Approval, &ApprovalPolicy::Never);
    overlay.set(Setting::ReviewPatches, &false);
    overlay.set(Setting::Provider, &"no-more");
    overlay.set(Setting::Model, &"its-model");
    let file = |line| ValueSource::ConfigFile { path: path.to_owned(), line };
    assert_eq!(config.source_of(&Overlay::default(), Setting::Approval), file(1));
    assert_eq!(config.source_of(&overlay, Setting::Approval), ValueSource::Overlay);
    assert_eq!(config.source_of(&overlay, Setting::Sandbox), file(4));
    assert_eq!(config.source_of(&overlay, Setting::Theme), ValueSource::Default);

    config.lay_overlay(&overlay);
    assert_eq!(config.policies.approval, ApprovalPolicy::Never);
    assert!(config.policies.review_patches, "the command line is above the overlay");
    assert_eq!((&config.model_provider, &config.model), (&None, &None));
    assert_eq!(config.sources.get("approval_policy"), ValueSource::Overlay);
    assert_eq!(config.sources.get("review_patches"), ValueSource::CommandLine);
}
