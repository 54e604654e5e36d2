//! The HTTP side of a wire: where requests go and how they are authorised.

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
}
