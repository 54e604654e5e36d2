//! Models that can answer: those behind a wire, and the practice model.

use config::{ProviderConfig, WireApi};
use model::{ListError, ListedModel, Model};
use practice::Practice;
use protocol::ErrorInfo;
use secrets::Secret;
use std::sync::Arc;

/// Makes the client of a provider. Nothing is sent yet; an error is one of the configuration.
pub fn connect(provider: &ProviderConfig, key: Option<Secret>) -> Result<Arc<dyn Model>, ErrorInfo> {
    match provider.wire_api {
        WireApi::Practice => Ok(Arc::new(Practice::from_env())),
        _ => model::connect(provider, key),
    }
}

/// Lists the models a provider has, with what its server says of each; see [`model::model_list`].
pub async fn model_list(
    provider: &ProviderConfig,
    key: Option<Secret>,
) -> Result<Vec<ListedModel>, ListError> {
    match provider.wire_api {
        WireApi::Practice => {
            Ok(vec![ListedModel { name: practice::MODEL.to_owned(), context_window: None, price: None }])
        }
        _ => model::model_list(provider, key).await,
    }
}

/// Names the models a provider has; see [`model::list_models`].
pub async fn list_models(provider: &ProviderConfig, key: Option<Secret>) -> Result<Vec<String>, ListError> {
    match provider.wire_api {
        WireApi::Practice => Ok(vec![practice::MODEL.to_owned()]),
        _ => model::list_models(provider, key).await,
    }
}
