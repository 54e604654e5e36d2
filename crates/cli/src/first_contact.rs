//! The model that answers where nobody chose one: whichever is there.

use agent::session::ModelChoice;
use anyhow::{Result, bail};
use config::{Config, ProviderConfig, ValueSource};
use model::credential::{self, CredentialSource, SessionKeys};
use secrets::Keychain;
use std::fmt::Write as _;
use view::text::visible_inline;

/// Provider that is used unless another is there and it is not.
const FIRST: &str = "openai";

/// Providers with a key that are looked for after it, in this order.
const WITH_KEY: [&str; 2] = ["anthropic", "openrouter"];

/// Servers on this machine that are looked for last, in this order.
const LOCAL: [&str; 4] = ["ollama", "lmstudio", "llamacpp", "vllm"];

/// A model that was found, and the reason it can answer.
#[derive(Debug)]
pub(crate) struct FoundModel {
    pub(crate) choice: ModelChoice,
    /// Words for people: "Anthropic, since ANTHROPIC_API_KEY is set".
    pub(crate) reason: String,
}

/// Finds a model where the configuration chooses none; nothing where it does, or the default one can be reached. When there is
/// none at all, the error says what to do.
pub(crate) async fn find(config: &Config, keychain: &Keychain) -> Result<Option<FoundModel>> {
    let Some(first) = config.providers.get(FIRST).filter(|_| config.model_provider.is_none()) else {
        return Ok(None);
    };
    let address = format!("model_providers.{FIRST}.base_url");
    if config.model.is_some()
        || config.sources.get(&address) != ValueSource::Default
        || key_source(first, keychain).await != CredentialSource::Missing
    {
        return Ok(None);
    }
    for provider in WITH_KEY.iter().filter_map(|key| config.providers.get(*key)) {
        let reason = match key_source(provider, keychain).await {
            CredentialSource::Environment => {
                format!("{} is set", provider.env_key.as_deref().unwrap_or_default())
            }
            CredentialSource::Keychain => "the keychain has its key".to_owned(),
            _ => continue,
        };
        return Ok(Some(FoundModel::new(provider, provider.default_model.clone(), &reason)));
    }
    let local = LOCAL.iter().filter_map(|key| config.providers.get(*key));
    let asked =
        local.map(|provider| async move { (provider, agent::models::list_models(provider, None).await) });
    let mut unhelpful = String::new();
    for (provider, models) in futures_util::future::join_all(asked).await {
        match models.map(|models| models.into_iter().next()) {
            Ok(Some(model)) => {
                let reason = format!("it answers at {}", provider.base_url);
                return Ok(Some(FoundModel::new(provider, model, &reason)));
            }
            Ok(None) => {
                let _ =
                    write!(unhelpful, "\n  {} at {} has no model loaded.", provider.name, provider.base_url);
            }
            Err(failed) if failed.is_running => {
                let _ = write!(unhelpful, "\n  {}.", visible_inline(&failed.error.message));
            }
            Err(_) => {}
        }
    }
    bail!(
        "there is no model to ask: neither OPENAI_API_KEY nor ANTHROPIC_API_KEY nor OPENROUTER_API_KEY is set, and no local \
         server offers one{unhelpful}\n  Set one of these, or start Ollama, LM Studio, llama.cpp or vLLM.\n  `--provider \
         practice` tries Countersign without any; `countersign doctor` shows what is there."
    )
}

impl FoundModel {
    fn new(provider: &ProviderConfig, model: String, reason: &str) -> Self {
        let reason = match model.as_str() {
            "" => format!("{}, since {reason}", provider.name),
            model => format!("{} with {model}, since {reason}", provider.name),
        };
        Self { choice: ModelChoice { provider: provider.key.clone(), model }, reason }
    }
}

async fn key_source(provider: &ProviderConfig, keychain: &Keychain) -> CredentialSource {
    credential::resolve(provider, keychain, &SessionKeys::default()).await.source
}
