//! Providers of models: which have a key, which local servers run (B39).

use crate::api::{KeySource, ProviderView};
use config::{Config, ProviderConfig, WireApi};
use model::credential::{self, SessionKeys};
use secrets::Keychain;
use tokio::task::JoinSet;

/// Prompts to suggest in any folder.
const ANY_PROJECT_PROMPTS: [&str; 4] = [
    "What is in here?",
    "Find a bug and fix it",
    "Write a test for what has none",
    "Explain the largest file",
];

/// Providers as they were probed last, and the keys that were typed in.
#[derive(Debug, Default)]
pub(crate) struct Providers {
    pub(crate) views: Vec<ProviderView>,
    /// Keys kept until the app ends, because there is no keychain.
    pub(crate) session_keys: SessionKeys,
    pub(crate) keychain_problem: Option<String>,
}

/// Probes every provider of the config, all at once. A server on this machine is asked for its models, which also says
/// whether it runs; others are asked only when `ask_all`, since it tells them that somebody is here.
pub(crate) async fn probe(
    config: &Config,
    keychain: &Keychain,
    session_keys: &SessionKeys,
    ask_all: bool,
) -> Vec<ProviderView> {
    let mut probes = JoinSet::new();
    for provider in config.providers.values() {
        let (provider, keychain, session_keys) = (provider.clone(), keychain.clone(), session_keys.clone());
        let configured = config.model.clone().filter(|_| config.provider() == Some(&provider));
        probes
            .spawn(async move { probe_one(&provider, configured, &keychain, &session_keys, ask_all).await });
    }
    let mut views = probes.join_all().await;
    // those that need a key, then those found on this machine, then the rest, and the practice model at the end
    views.sort_by_key(|view| (view.practice, view.local, !view.reachable, view.name.to_lowercase()));
    views
}

async fn probe_one(
    provider: &ProviderConfig,
    configured_model: Option<String>,
    keychain: &Keychain,
    session_keys: &SessionKeys,
    ask_all: bool,
) -> ProviderView {
    let practice = provider.wire_api == WireApi::Practice;
    let local = provider.is_local();
    let credential = credential::resolve(provider, keychain, session_keys).await;
    let key_source = source(credential.source);
    let ask = !practice && (local || (ask_all && key_source != KeySource::Missing));
    let listed = if ask { agent::models::model_list(provider, credential.key).await } else { Ok(Vec::new()) };
    let failed = listed.as_ref().err().filter(|_| local);
    let reachable = failed.is_none_or(|failed| failed.is_running);
    let problem = failed.filter(|_| reachable).map(|failed| failed.error.message.clone());
    let listed = listed.unwrap_or_default();
    let prices = listed.iter().filter_map(|model| Some((model.name.clone(), model.price?))).collect();
    let names = listed.into_iter().map(|model| model.name).collect();
    let models: Vec<String> = if practice { vec![provider.default_model.clone()] } else { names };
    let default_model = configured_model
        .or_else(|| Some(provider.default_model.clone()).filter(|model| !model.is_empty()))
        .or_else(|| models.first().cloned())
        .unwrap_or_default();
    ProviderView {
        key: provider.key.clone(),
        name: provider.name.clone(),
        base_url: provider.base_url.clone(),
        wire: wire(provider.wire_api).to_owned(),
        local,
        practice,
        reachable,
        problem,
        key_source,
        env_key: provider.env_key.clone(),
        models,
        prices,
        default_model,
        suggestions: owned(if practice { practice::PROMPTS_ANYWHERE } else { &ANY_PROJECT_PROMPTS }),
        sample_suggestions: owned(if practice { practice::SUGGESTED_PROMPTS } else { &ANY_PROJECT_PROMPTS }),
    }
}

fn owned(prompts: &[&str]) -> Vec<String> {
    prompts.iter().map(|prompt| (*prompt).to_owned()).collect()
}

fn wire(wire: WireApi) -> &'static str {
    match wire {
        WireApi::Responses => "Responses",
        WireApi::Chat => "Chat Completions",
        WireApi::Messages => "Messages",
        WireApi::Practice => "",
    }
}

fn source(source: credential::CredentialSource) -> KeySource {
    match source {
        credential::CredentialSource::NotNeeded => KeySource::NotNeeded,
        credential::CredentialSource::Keychain => KeySource::Keychain,
        credential::CredentialSource::Environment => KeySource::Environment,
        credential::CredentialSource::Session => KeySource::Session,
        credential::CredentialSource::Missing => KeySource::Missing,
    }
}
