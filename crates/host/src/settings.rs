//! What the person set, and what counts where they set nothing.

use crate::api::CommandError;
use crate::api::{KeySource, ProviderView, Settings, Theme};
use config::Config;

/// The settings in effect: those saved, or else what the config says, or else what can answer: OpenAI where it has a key, a
/// server found on this machine, the practice model.
pub(crate) fn in_effect(saved: Option<&Settings>, config: &Config, providers: &[ProviderView]) -> Settings {
    let base = saved.cloned().unwrap_or_else(|| Settings {
        provider: config.model_provider.clone().unwrap_or_default(),
        model: String::new(),
        reasoning_effort: config.reasoning_effort,
        policies: config.policies.clone(),
        theme: Theme::System,
        notify_turn_complete: true,
        notify_approval: true,
    });
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

fn who_answers(providers: &[ProviderView]) -> Option<&ProviderView> {
    let with_key = |provider: &&ProviderView| {
        provider.key == "openai" && !matches!(provider.key_source, KeySource::Missing)
    };
    let found = |provider: &&ProviderView| {
        provider.local && !provider.practice && provider.reachable && !provider.default_model.is_empty()
    };
    providers
        .iter()
        .find(with_key)
        .or_else(|| providers.iter().find(found))
        .or_else(|| providers.iter().find(|provider| provider.practice))
}

/// Whether settings can be saved as they are.
pub(crate) fn check(settings: &Settings, providers: &[ProviderView]) -> Result<(), CommandError> {
    if !providers.iter().any(|provider| provider.key == settings.provider) {
        let known: Vec<_> = providers.iter().map(|provider| provider.key.as_str()).collect();
        return Err(CommandError::with_hint(
            format!("there is no provider `{}`", settings.provider),
            format!("the providers are {}", known.join(", ")),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use config::Home;

    fn provider(key: &str, key_source: KeySource, reachable: bool, default_model: &str) -> ProviderView {
        ProviderView {
            key: key.to_owned(),
            name: key.to_owned(),
            base_url: String::new(),
            wire: String::new(),
            local: key != "openai",
            practice: key == "practice",
            reachable,
            key_source,
            env_key: None,
            models: Vec::new(),
            suggestions: Vec::new(),
            default_model: default_model.to_owned(),
        }
    }

    #[track_caller]
    fn check(config: &str, providers: &[ProviderView], expected: (&str, &str)) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.toml"), config).unwrap();
        let config = Config::load(&Home::at(dir.path()), &[], None).unwrap();
        let settings = in_effect(None, &config, providers);
        assert_eq!((settings.provider.as_str(), settings.model.as_str()), expected);
        assert!(settings.policies.review_patches);
    }

    #[test]
    fn what_can_answer_is_chosen() {
        let openai = |source| provider("openai", source, true, "gpt");
        let local = |reachable| {
            provider("ollama", KeySource::NotNeeded, reachable, if reachable { "qwen" } else { "" })
        };
        let practice = || provider("practice", KeySource::NotNeeded, true, "practice");
        check("", &[openai(KeySource::Keychain), local(true), practice()], ("openai", "gpt"));
        check("", &[openai(KeySource::Missing), local(true), practice()], ("ollama", "qwen"));
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
        let mut saved = in_effect(None, &config, &providers);
        (saved.provider, saved.model, saved.theme) = ("practice".to_owned(), "mine".to_owned(), Theme::Dark);
        assert_eq!(in_effect(Some(&saved), &config, &providers), saved);
        let without = in_effect(Some(&saved), &config, &providers[..1]);
        assert_eq!(
            (without.provider.as_str(), without.model.as_str(), without.theme),
            ("openai", "gpt", Theme::Dark)
        );
        assert!(super::check(&saved, &providers).is_ok());
        assert!(super::check(&saved, &providers[..1]).unwrap_err().hint.unwrap().contains("openai"));
    }
}
