//! The HTTP side of a wire: where requests go and how they are authorised.

use serde::Deserialize;

/// The HTTP side of a protocol: where requests go and how they are authorised.
pub(super) struct Protocol {
    /// Name, for people.
    pub(super) name: &'static str,
    /// Path of a request, after the provider's `base_url`.
    pub(super) path: &'static str,
    /// Header that carries the key, in lower case. `authorization` set by hand replaces it.
    pub(super) key_header: &'static str,
    /// Text before the key in that header.
    pub(super) key_prefix: &'static str,
    /// Further headers of every request (versions, beta features), unless the provider's configuration sets them.
    pub(super) headers: &'static [(&'static str, &'static str)],
    /// The request that lists models.
    pub(super) models: ModelList,
}

/// The request that lists the models of a provider.
pub(super) struct ModelList {
    /// Path, after the provider's `base_url`.
    pub(super) path: &'static str,
    /// Query of the request.
    pub(super) query: &'static [(&'static str, &'static str)],
    /// Reads the models' names from the body.
    pub(super) parse: fn(&[u8]) -> Result<Vec<String>, serde_json::Error>,
}

/// Reads a list of models in the form most vendors share: `{"data": [{"id": ..}]}`.
pub(super) fn ids_in_data(body: &[u8]) -> Result<Vec<String>, serde_json::Error> {
    #[derive(Deserialize)]
    struct ModelNames {
        data: Vec<ModelEntry>,
    }
    #[derive(Deserialize)]
    struct ModelEntry {
        id: String,
    }
    let list: ModelNames = serde_json::from_slice(body)?;
    Ok(list.data.into_iter().map(|entry| entry.id).collect())
}
