//! The settings of the window: the overlay it saves, over the config file.

use crate::api::{CommandError, KeySource, ProviderView, Settings, SettingsChange};
use config::{Config, ConfigError, Home, Overlay, Setting, ValueSource};
use protocol::Policies;
use serde::Serialize;
use std::collections::BTreeMap;

/// Loads the config file; with `practice`, the practice model is the only one there is.
pub(crate) fn load_config(home: &Home, practice: bool) -> Result<Config, ConfigError> {
    let mut config = Config::load(home, &[], None)?;
    if practice {
        config.keep_practice_only();
    }
    Ok(config)
}

/// Returns the settings in effect: those of the overlay, or else of the config, or else of what can answer: a vendor whose key is
/// there (OpenAI first), a server found on this machine, the practice model.
pub(crate) fn in_effect(overlay: &Overlay, config: &Config, providers: &[ProviderView]) -> Settings {
    let values = overlay.values();
    let policies = &config.policies;
    let base = Settings {
        provider: values.provider.clone().or_else(|| config.model_provider.clone()).unwrap_or_default(),
        model: values.model.clone().unwrap_or_default(),
        reasoning_effort: values.reasoning_effort.unwrap_or(config.reasoning_effort),
        policies: Policies {
            approval: values.approval.unwrap_or(policies.approval),
            sandbox: values.sandbox.clone().unwrap_or_else(|| policies.sandbox.clone()),
            review_patches: values.review_patches.unwrap_or(policies.review_patches),
        },
        theme: values.theme.unwrap_or_default(),
        approve_only_viewed: values.approve_only_viewed.unwrap_or(false),
        task_cost_limit: values.task_cost_limit.unwrap_or(config.task_limit.cost),
        task_token_limit: values.task_token_limit.unwrap_or(config.task_limit.tokens),
        reviewer: values
            .reviewer
            .clone()
            .filter(|reviewer| config.has_provider_of(reviewer.as_ref()))
            .unwrap_or_else(|| config.reviewer.clone()),
        editor_command: config.editor_command.clone(),
        notify_turn_complete: values.notify_turn_complete.unwrap_or(true),
        notify_approval: values.notify_approval.unwrap_or(true),
        close_action: values.close_action.unwrap_or_default(),
    };
    // a provider that is no more, or was never chosen
    match providers.iter().find(|provider| provider.key == base.provider) {
        Some(provider) if base.model.is_empty() => Settings { model: provider.default_model.clone(), ..base },
        Some(_) => base,
        None => match who_answers(providers) {
            Some(provider) => {
                Settings { provider: provider.key.clone(), model: provider.default_model.clone(), ..base }
            }
            None => base,
        },
    }
}

/// Returns the source of each setting's value.
pub(crate) fn sources(overlay: &Overlay, config: &Config) -> BTreeMap<Setting, ValueSource> {
    Setting::ALL.into_iter().map(|setting| (setting, config.source_of(overlay, setting))).collect()
}

/// Records a change of the settings that are in effect. A value that the config has beneath is removed from the overlay instead.
/// With `practice`, the provider and the model chosen for work stay.
pub(crate) fn record(
    overlay: &mut Overlay,
    change: SettingsChange,
    config: &Config,
    providers: &[ProviderView],
    practice: bool,
) {
    let now = in_effect(overlay, config, providers);
    let beneath = in_effect(&Overlay::default(), config, providers);
    let SettingsChange { provider, model, reasoning_effort, policies, .. } = change;
    let (provider, model) = (provider.unwrap_or(now.provider.clone()), model.unwrap_or(now.model.clone()));
    if !practice && (&provider, &model) != (&now.provider, &now.model) {
        // a model belongs to its provider: they are set together
        overlay.set(Setting::Provider, &provider);
        if model.is_empty() {
            overlay.reset(Setting::Model);
        } else {
            overlay.set(Setting::Model, &model);
        }
    }
    let policies = policies.unwrap_or_else(|| now.policies.clone());
    let effort = reasoning_effort.unwrap_or(now.reasoning_effort);
    put(overlay, Setting::ReasoningEffort, &effort, &now.reasoning_effort, &beneath.reasoning_effort);
    let (new, was, base) = (policies, now.policies, beneath.policies);
    put(overlay, Setting::Approval, &new.approval, &was.approval, &base.approval);
    put(overlay, Setting::Sandbox, &new.sandbox, &was.sandbox, &base.sandbox);
    put(overlay, Setting::ReviewPatches, &new.review_patches, &was.review_patches, &base.review_patches);
    put(overlay, Setting::Theme, &change.theme.unwrap_or(now.theme), &now.theme, &beneath.theme);
    let (new, was) = (change.approve_only_viewed, now.approve_only_viewed);
    let base = beneath.approve_only_viewed;
    put(overlay, Setting::ApproveOnlyViewed, &new.unwrap_or(was), &was, &base);
    let cost = change.task_cost_limit.unwrap_or(now.task_cost_limit);
    put(overlay, Setting::TaskCostLimit, &cost, &now.task_cost_limit, &beneath.task_cost_limit);
    let tokens = change.task_token_limit.unwrap_or(now.task_token_limit);
    put(overlay, Setting::TaskTokenLimit, &tokens, &now.task_token_limit, &beneath.task_token_limit);
    let reviewer = change.reviewer.unwrap_or_else(|| now.reviewer.clone());
    put(overlay, Setting::Reviewer, &reviewer, &now.reviewer, &beneath.reviewer);
    let (new, was) = (change.notify_turn_complete, now.notify_turn_complete);
    let base = beneath.notify_turn_complete;
    put(overlay, Setting::NotifyTurnComplete, &new.unwrap_or(was), &was, &base);
    let (new, was) = (change.notify_approval, now.notify_approval);
    put(overlay, Setting::NotifyApproval, &new.unwrap_or(was), &was, &beneath.notify_approval);
    let (new, was) = (change.close_action, now.close_action);
    put(overlay, Setting::CloseAction, &new.unwrap_or(was), &was, &beneath.close_action);
}

/// Sets a value that differs from the one in effect, or removes it where it is that of the layers beneath.
fn put<T: PartialEq + Serialize>(overlay: &mut Overlay, setting: Setting, new: &T, now: &T, beneath: &T) {
    if new == now {
        return;
    }
    if new == beneath {
        overlay.reset(setting);
    } else {
        overlay.set(setting, new);
    }
}

/// Removes a setting from the overlay. The provider and its model are one choice.
pub(crate) fn reset(overlay: &mut Overlay, setting: Setting) {
    match setting {
        Setting::Provider | Setting::Model => {
            overlay.reset(Setting::Provider);
            overlay.reset(Setting::Model);
        }
        setting => overlay.reset(setting),
    }
}

fn who_answers(providers: &[ProviderView]) -> Option<&ProviderView> {
    let with_key = |provider: &&ProviderView| {
        let has_key = !matches!(provider.key_source, KeySource::Missing);
        !provider.local && !provider.practice && has_key && !provider.default_model.is_empty()
    };
    let found = |provider: &&ProviderView| {
        provider.local && !provider.practice && provider.reachable && !provider.default_model.is_empty()
    };
    providers
        .iter()
        .filter(with_key)
        .min_by_key(|provider| provider.key != "openai")
        .or_else(|| providers.iter().find(found))
        .or_else(|| providers.iter().find(|provider| provider.practice))
}

/// Refuses a change that cannot be saved.
pub(crate) fn check(change: &SettingsChange, providers: &[ProviderView]) -> Result<(), CommandError> {
    if change.task_cost_limit == Some(Some(0)) || change.task_token_limit == Some(Some(0)) {
        return Err(CommandError::with_hint(
            "a limit of nothing would stop every task",
            "leave the field empty for no limit",
        ));
    }
    if let Some(Some(reviewer)) = &change.reviewer {
        if !providers.iter().any(|provider| provider.key == reviewer.provider) {
            return Err(CommandError::new(format!("there is no provider `{}`", reviewer.provider)));
        }
        if reviewer.model.trim().is_empty() {
            return Err(CommandError::with_hint(
                "the reviewer has no model",
                "name one of the provider's models",
            ));
        }
    }
    let Some(chosen) = &change.provider else { return Ok(()) };
    if !providers.iter().any(|provider| provider.key == *chosen) {
        let known: Vec<_> = providers.iter().map(|provider| provider.key.as_str()).collect();
        return Err(CommandError::with_hint(
            format!("there is no provider `{chosen}`"),
            format!("the providers are {}", known.join(", ")),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Theme;
    use protocol::{ApprovalPolicy, Reviewer, SandboxPolicy};

    fn provider(key: &str, key_source: KeySource, reachable: bool, default_model: &str) -> ProviderView {
        ProviderView {
            key: key.to_owned(),
            name: key.to_owned(),
            base_url: String::new(),
            wire: String::new(),
            local: !["openai", "anthropic"].contains(&key),
            practice: key == "practice",
            reachable,
            problem: None,
            key_source,
            env_key: None,
            models: Vec::new(),
            prices: BTreeMap::new(),
            suggestions: Vec::new(),
            sample_suggestions: Vec::new(),
            default_model: default_model.to_owned(),
        }
    }

    #[track_caller]
    fn check(config: &str, providers: &[ProviderView], expected: (&str, &str)) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.toml"), config).unwrap();
        let config = Config::load(&Home::at(dir.path()), &[], None).unwrap();
        let settings = in_effect(&Overlay::default(), &config, providers);
        assert_eq!((settings.provider.as_str(), settings.model.as_str()), expected);
        assert!(settings.policies.review_patches);
    }

    #[test]
    fn a_provider_that_can_answer_by_itself_is_chosen() {
        let openai = |source| provider("openai", source, true, "gpt");
        let local = |reachable| {
            provider("ollama", KeySource::NotNeeded, reachable, if reachable { "qwen" } else { "" })
        };
        let practice = || provider("practice", KeySource::NotNeeded, true, "practice");
        check("", &[openai(KeySource::Keychain), local(true), practice()], ("openai", "gpt"));
        let anthropic = |source| provider("anthropic", source, true, "claude");
        check(
            "",
            &[anthropic(KeySource::Environment), openai(KeySource::Missing), local(true), practice()],
            ("anthropic", "claude"),
        );
        check(
            "",
            &[anthropic(KeySource::Keychain), openai(KeySource::Environment), practice()],
            ("openai", "gpt"),
        );
        check(
            "",
            &[anthropic(KeySource::Missing), openai(KeySource::Missing), local(true), practice()],
            ("ollama", "qwen"),
        );
        check("", &[openai(KeySource::Missing), local(false), practice()], ("practice", "practice"));
        // what the config says goes before what was found
        check(
            "model_provider = \"practice\"",
            &[openai(KeySource::Keychain), practice()],
            ("practice", "practice"),
        );
    }

    #[test]
    fn what_was_saved_goes_before_everything_while_it_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::load(&Home::at(dir.path()), &[], None).unwrap();
        let providers = [
            provider("openai", KeySource::Keychain, true, "gpt"),
            provider("practice", KeySource::NotNeeded, true, "p"),
        ];
        let mut saved = Overlay::default();
        let change = SettingsChange {
            provider: Some("practice".to_owned()),
            model: Some("mine".to_owned()),
            theme: Some(Theme::Dark),
            ..SettingsChange::default()
        };
        assert!(super::check(&change, &providers).is_ok());
        assert!(super::check(&change, &providers[..1]).unwrap_err().hint.unwrap().contains("openai"));
        record(&mut saved, change, &config, &providers, false);
        let chosen =
            |settings: &Settings| (settings.provider.clone(), settings.model.clone(), settings.theme);
        let expect = |provider: &str, model: &str, theme| (provider.to_owned(), model.to_owned(), theme);
        assert_eq!(chosen(&in_effect(&saved, &config, &providers)), expect("practice", "mine", Theme::Dark));
        assert_eq!(
            chosen(&in_effect(&saved, &config, &providers[..1])),
            expect("openai", "gpt", Theme::Dark)
        );
        reset(&mut saved, Setting::Model);
        assert_eq!(chosen(&in_effect(&saved, &config, &providers)), expect("openai", "gpt", Theme::Dark));
    }

    #[test]
    fn a_reviewer_whose_provider_is_gone_gives_way_to_the_configs_and_practice_has_its_own_alone() {
        let dir = tempfile::tempdir().unwrap();
        let text = "[reviewer]\nprovider = \"openai\"\nmodel = \"critic\"\nevery_patch = true\n";
        std::fs::write(dir.path().join("config.toml"), text).unwrap();
        let load = |practice| load_config(&Home::at(dir.path()), practice).unwrap();
        let mut overlay = Overlay::default();
        let model = |overlay: &Overlay, config: &Config| {
            in_effect(overlay, config, &[]).reviewer.map(|reviewer| reviewer.model)
        };
        for (provider, expected) in [("gone", "critic"), ("ollama", "mine")] {
            let reviewer =
                Reviewer { provider: provider.to_owned(), model: "mine".to_owned(), every_patch: false };
            overlay.set(Setting::Reviewer, &Some(reviewer));
            assert_eq!(model(&overlay, &load(false)).as_deref(), Some(expected));
            // neither vendor is there: nothing is sent to one
            assert_eq!(model(&overlay, &load(true)), None);
        }
        overlay.set(Setting::Reviewer, &None::<Reviewer>);
        assert_eq!(model(&overlay, &load(false)), None, "none at all is a choice too");
    }

    #[test]
    fn only_what_differs_from_the_config_is_saved_and_it_can_be_reset() {
        let dir = tempfile::tempdir().unwrap();
        let load = |text: &str| {
            std::fs::write(dir.path().join("config.toml"), text).unwrap();
            load_config(&Home::at(dir.path()), false).unwrap()
        };
        let providers = [provider("practice", KeySource::NotNeeded, true, "p")];
        let config = load("approval_policy = \"on-request\"\n");
        let mut overlay = Overlay::default();
        // a whole copy, with one thing changed
        let now = in_effect(&overlay, &config, &providers);
        let whole = serde_json::to_value(Settings { theme: Theme::Dark, ..now }).unwrap();
        record(&mut overlay, serde_json::from_value(whole).unwrap(), &config, &providers, false);
        let set: Vec<_> = Setting::ALL.into_iter().filter(|setting| overlay.sets(*setting)).collect();
        assert_eq!(set, [Setting::Theme]);

        let config = load("\napproval_policy = \"untrusted\"\nsandbox_mode = \"read-only\"\n");
        let settings = in_effect(&overlay, &config, &providers);
        assert_eq!(settings.policies.approval, ApprovalPolicy::Untrusted);
        assert_eq!(settings.policies.sandbox, SandboxPolicy::read_only());
        let source = sources(&overlay, &config);
        assert_eq!(source[&Setting::Theme], ValueSource::Overlay);
        assert!(matches!(source[&Setting::Sandbox], ValueSource::ConfigFile { line: 3, .. }), "{source:?}");

        let policies = Policies { approval: ApprovalPolicy::Never, ..settings.policies };
        let change = SettingsChange { policies: Some(policies.clone()), ..SettingsChange::default() };
        record(&mut overlay, change, &config, &providers, false);
        assert_eq!(in_effect(&overlay, &config, &providers).policies.approval, ApprovalPolicy::Never);
        assert!(overlay.sets(Setting::Approval) && !overlay.sets(Setting::Sandbox));
        // back to what the config says is no choice of its own
        let policies = Policies { approval: ApprovalPolicy::Untrusted, ..policies };
        let change = SettingsChange { policies: Some(policies), ..SettingsChange::default() };
        record(&mut overlay, change, &config, &providers, false);
        assert!(!overlay.sets(Setting::Approval));
    }
}
