//! Vendors, as far as one cannot read what another sealed.

use protocol::SessionConfig;

/// Vendor of a model. Reasoning that one sealed, or signed, means nothing to another, which may refuse it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vendor {
    provider: String,
    /// Vendor behind a provider that routes to several, by the first part of the model's name.
    routed_to: Option<String>,
}

impl Vendor {
    /// Returns the vendor that a session with this configuration asks.
    pub(crate) fn of(config: &SessionConfig) -> Self {
        let routed_to = config.model.split_once('/').map(|(vendor, _)| vendor.to_owned());
        Self { provider: config.provider.clone(), routed_to }
    }
}
