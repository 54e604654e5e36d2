//! From a config to a connection.

use crate::child::Program;
use crate::client::ToolClient;
use crate::config::{ServerConfig, Transport};
use crate::old_sse;
use crate::reports::CallReports;
use crate::tokens::{StoredTokens, TokenStore};
use http::{HeaderName, HeaderValue};
use rmcp::model::ProtocolVersion;
use rmcp::service::{
    ClientInitializeError, ClientLifecycleMode, ClientServiceExt as _, RoleClient, RunningService,
};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::auth::AuthClient;
use rmcp::transport::streamable_http_client::{StreamableHttpClientTransportConfig, StreamableHttpError};
use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::time::timeout;

/// A server after the handshake.
pub(crate) struct Connection {
    pub(crate) service: RunningService<RoleClient, ToolClient>,
    /// The server's program, if it is one.
    pub(crate) program: Option<Program>,
    /// True when the server speaks only of changes it was asked for (protocol 2026-07-28).
    pub(crate) wants_to_be_asked: bool,
    /// Reports of the server on calls that are running.
    pub(crate) reports: CallReports,
}

/// Reason there is no connection.
enum Refusal {
    /// It does not know the handshake of the protocol's versions up to 2025-11-25.
    Handshake(String),
    /// Anything else.
    Other(String),
}

/// Connects, within the start timeout. `tools_changed` is woken whenever the server says that its tools changed.
///
/// Every server there is knows the old handshake, but for those that know only 2026-07-28: these refuse it, and are asked
/// again in their own way.
pub(crate) async fn connect(
    config: &ServerConfig,
    tokens: Option<&Arc<dyn TokenStore>>,
    tools_changed: &Arc<Notify>,
) -> Result<Connection, String> {
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    let result = match attempt(config, tokens, tools_changed, ClientLifecycleMode::Initialize).await {
        Err(Refusal::Handshake(first)) => {
            let newer = ClientLifecycleMode::Discover { preferred_versions };
            attempt(config, tokens, tools_changed, newer).await.map_err(|_| Refusal::Handshake(first))
        }
        result => result,
    };
    result.map_err(|refusal| {
        let (Refusal::Handshake(message) | Refusal::Other(message)) = refusal;
        config.transport.scrub(&message)
    })
}

async fn attempt(
    config: &ServerConfig,
    tokens: Option<&Arc<dyn TokenStore>>,
    tools_changed: &Arc<Notify>,
    lifecycle: ClientLifecycleMode,
) -> Result<Connection, Refusal> {
    let (server, transport) = (config.name.clone(), config.transport.clone());
    let reports = CallReports::default();
    let client =
        ToolClient { server, transport, tools_changed: tools_changed.clone(), reports: reports.clone() };
    let wants_to_be_asked = lifecycle != ClientLifecycleMode::Initialize;
    let limit = config.timeouts.start;
    let late = || format!("it did not answer within {} s", limit.as_secs_f64());
    match &config.transport {
        Transport::Stdio { .. } => {
            let (mut program, stdout, stdin) =
                Program::start(&config.name, &config.transport).map_err(Refusal::Other)?;
            match timeout(limit, client.serve_with_lifecycle((stdout, stdin), lifecycle)).await {
                Ok(Ok(service)) => {
                    Ok(Connection { service, program: Some(program), wants_to_be_asked, reports })
                }
                Ok(Err(
                    ClientInitializeError::ConnectionClosed(_) | ClientInitializeError::TransportError { .. },
                )) => Err(Refusal::Other(format!("{} before it was ready", program.exit_reason().await))),
                Ok(Err(error)) => Err(refusal(&config.name, &error)),
                Err(_) => Err(Refusal::Other(late() + &program.stderr_tail())),
            }
        }
        Transport::Http { url, headers } => {
            let mut http = StreamableHttpClientTransportConfig::with_uri(url.as_str());
            http.custom_headers = header_map(headers).map_err(Refusal::Other)?;
            let has_key = headers.keys().any(|name| name.eq_ignore_ascii_case("authorization"));
            let tokens = tokens.filter(|_| !has_key).cloned();
            let kept =
                tokens.map(|tokens| StoredTokens { tokens, server: config.name.clone(), url: url.clone() });
            // boxed: what a login may need makes it large
            let service = Box::pin(over_http(&config.name, kept, http, client, lifecycle));
            let service = timeout(limit, service).await.unwrap_or_else(|_| Err(Refusal::Other(late())));
            match service {
                Ok(service) => Ok(Connection { service, program: None, wants_to_be_asked, reports }),
                Err(_) if old_sse::answers(url, headers).await => {
                    Err(Refusal::Other(old_sse::UNSUPPORTED.to_owned()))
                }
                Err(refusal) => Err(refusal),
            }
        }
    }
}

async fn over_http(
    server: &str,
    kept: Option<StoredTokens>,
    http: StreamableHttpClientTransportConfig,
    client: ToolClient,
    lifecycle: ClientLifecycleMode,
) -> Result<RunningService<RoleClient, ToolClient>, Refusal> {
    let manager = match kept {
        Some(kept) => kept
            .manager()
            .await
            .map_err(|error| Refusal::Other(format!("its login could not be used: {}", in_words(&error))))?,
        None => None,
    };
    let service = match manager {
        Some(manager) => {
            // a token goes to the address it was given for, wherever that would send us
            let no_redirects = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
            let plain = no_redirects.map_err(|error| Refusal::Other(in_words(&error)))?;
            let transport = StreamableHttpClientTransport::with_client(AuthClient::new(plain, manager), http);
            client.serve_with_lifecycle(transport, lifecycle).await
        }
        None => {
            client.serve_with_lifecycle(StreamableHttpClientTransport::from_config(http), lifecycle).await
        }
    };
    service.map_err(|error| refusal(server, &error))
}

fn refusal(server: &str, error: &ClientInitializeError) -> Refusal {
    if error.is_authorization_required() {
        return Refusal::Other(wants_login(server));
    }
    match error {
        ClientInitializeError::JsonRpcError(error) => Refusal::Handshake(error.message.to_string()),
        ClientInitializeError::TransportError { error, .. } => Refusal::Other(in_words(error.error.as_ref())),
        error => Refusal::Other(error.to_string()),
    }
}

/// Returns the message for a server that answers 401.
pub(crate) fn wants_login(server: &str) -> String {
    format!("it wants a login; run `countersign mcp login {server}`, or set its bearer_token_env_var")
}

/// An error with its causes, each said once.
pub(crate) fn in_words(error: &(dyn Error + 'static)) -> String {
    let mut words = String::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        // the SDK's own error around this one does not name it as its source
        if let Some(StreamableHttpError::Client(inner)) =
            error.downcast_ref::<StreamableHttpError<reqwest::Error>>()
        {
            cause = Some(inner);
            continue;
        }
        let more = error.to_string();
        if words.is_empty() {
            words = more;
        } else if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        cause = error.source();
    }
    words
}

fn header_map(
    headers: &std::collections::BTreeMap<String, String>,
) -> Result<HashMap<HeaderName, HeaderValue>, String> {
    let mut map = HashMap::new();
    for (name, value) in headers {
        let header =
            HeaderName::try_from(name).map_err(|_| format!("`{name}` is not the name of a header"))?;
        let mut value = HeaderValue::try_from(value)
            .map_err(|_| format!("the value of header `{name}` cannot be sent"))?;
        value.set_sensitive(true);
        map.insert(header, value);
    }
    Ok(map)
}
