//! Failures of an attempt: the message for people, whether a retry can help, and the wait the vendor asks for (B8).

mod html;
mod overflow;
mod refused_tool;
mod vendor;
mod wait;

use super::endpoint::Endpoint;
use super::error_chain::innermost_cause;
use engine::{FailureCause, ModelFailure};
use jiff::Timestamp;
use protocol::{ErrorInfo, ErrorKind};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, LOCATION};
use serde_json::Value;
use vendor::{OVERFLOW_HINT, VendorError};
use wait::wait_in_headers;

/// Signs, in lower case, that what answers does not speak TLS: it ends the handshake, or says something else.
const NO_TLS: [&str; 4] =
    ["tls handshake eof", "invalidcontenttype", "corrupt message", "wrong version number"];

/// A failure that trying again can help with: the connection or the stream broke.
pub(super) fn broken(endpoint: &Endpoint, what: &str) -> ModelFailure {
    let mut broken = failure(ErrorKind::Model, format!("{}: {}", endpoint.name, endpoint.scrub(what)), true);
    broken.cause = FailureCause::Server;
    broken
}

/// A failure that trying again cannot help with.
pub(super) fn permanent(endpoint: &Endpoint, what: &str) -> ModelFailure {
    failure(ErrorKind::Model, format!("{}: {}", endpoint.name, endpoint.scrub(what)), false)
}

/// No key, where one is needed; nothing was sent.
pub(super) fn no_key(endpoint: &Endpoint) -> ModelFailure {
    let mut missing =
        failure(ErrorKind::Unauthorized, format!("there is no key for {}", endpoint.name), false);
    missing.cause = FailureCause::Account;
    missing.error.hint = Some(key_hint(endpoint));
    missing
}

/// The request could not be sent, or no answer came.
pub(super) fn transport(endpoint: &Endpoint, error: &reqwest::Error) -> ModelFailure {
    let reason = innermost_cause(error);
    let what = if error.is_connect() {
        format!("cannot reach {} at {}: {reason}", endpoint.name, endpoint.address())
    } else {
        format!("the request to {} at {} failed: {reason}", endpoint.name, endpoint.address())
    };
    let mut failed = failure(ErrorKind::Model, endpoint.scrub(&what), true);
    failed.cause = FailureCause::Unreachable;
    let lower = reason.to_lowercase();
    if endpoint.address().starts_with("https") && NO_TLS.iter().any(|sign| lower.contains(sign)) {
        // the next attempt would end alike
        failed.retryable = false;
        let what = format!(
            "{} at {} does not speak https: the handshake failed ({reason})",
            endpoint.name,
            endpoint.address()
        );
        failed.error.message = endpoint.scrub(&what);
        failed.error.hint = Some(
            "if it is a server without TLS, begin base_url of the provider with http://; else look for a proxy in between"
                .to_owned(),
        );
        return failed;
    }
    failed.error.hint = error.is_connect().then(|| {
        if endpoint.is_local {
            format!("start {}, or choose another provider in settings", endpoint.name)
        } else {
            "check the network connection".to_owned()
        }
    });
    failed
}

/// The vendor answered with another status than success.
pub(super) fn status(
    endpoint: &Endpoint,
    status: StatusCode,
    headers: &HeaderMap,
    body: &str,
) -> ModelFailure {
    let vendor = VendorError::in_body(body);
    let code = status.as_u16();
    let name = &endpoint.name;
    if status == StatusCode::UNAUTHORIZED {
        let what = match (endpoint.has_key, vendor.text(endpoint)) {
            (false, _) => format!("{name} wants a key, and there is none (http 401)"),
            (true, Some(text)) => format!("{name} refused the key (http 401): {text}"),
            (true, None) => format!("{name} refused the key (http 401)"),
        };
        let mut refused = failure(ErrorKind::Unauthorized, what, false);
        refused.cause = FailureCause::Account;
        refused.error.hint = Some(key_hint(endpoint));
        return refused;
    }
    if status.is_redirection() {
        let host = headers
            .get(LOCATION)
            .and_then(|location| location.to_str().ok())
            .and_then(|location| reqwest::Url::parse(location).ok())
            .and_then(|url| url.host_str().map(str::to_owned));
        let to = host.map_or(String::new(), |host| format!(" to {host}"));
        let what =
            format!("{name} at {} redirects{to} (http {code}), which is not followed", endpoint.address());
        let mut moved = failure(ErrorKind::Model, what, false);
        moved.cause = FailureCause::Account;
        moved.error.hint = Some("set base_url of the provider to the address it has now".to_owned());
        return moved;
    }
    let said = vendor.text(endpoint).map_or(String::new(), |text| format!(": {text}"));
    let mut failed = failure(ErrorKind::Model, format!("{name} answered with http {code}{said}"), false);
    let can_pass = status.is_server_error() || matches!(code, 408 | 429);
    failed.cause = match code {
        402..=404 => FailureCause::Account,
        408 | 429 | 503 | 529 => FailureCause::Busy,
        _ if can_pass => FailureCause::Server,
        _ => FailureCause::Other,
    };
    vendor.judge(endpoint, &mut failed, can_pass, code == 413);
    if failed.retryable {
        failed.retry_after_ms = wait_in_headers(headers, Timestamp::now()).or(vendor.wait_ms);
    }
    if code == 404 && failed.error.hint.is_none() {
        failed.error.hint =
            Some(format!("check base_url and wire_api of the provider, and that {name} has this model"));
    }
    failed
}

/// The vendor said in the stream that it failed.
pub(super) fn in_stream(endpoint: &Endpoint, error: &Value) -> ModelFailure {
    let vendor = VendorError::of(error);
    let said = vendor.text(endpoint).unwrap_or_else(|| "it did not say why".to_owned());
    let code = vendor.code.as_deref().unwrap_or_default();
    if matches!(code, "invalid_api_key" | "authentication_error") || vendor.status == Some(401) {
        let mut refused =
            failure(ErrorKind::Unauthorized, format!("{} refused the key", endpoint.name), false);
        refused.cause = FailureCause::Account;
        refused.error.hint = Some(key_hint(endpoint));
        return refused;
    }
    let can_pass = match vendor.status {
        Some(status) => matches!(status, 408 | 409 | 429 | 500..),
        None => !matches!(
            code,
            "context_length_exceeded"
                | "invalid_prompt"
                | "invalid_request_error"
                | "model_not_found"
                | "not_found_error"
                | "permission_error"
                | "request_too_large"
                | "invalid_image"
        ),
    };
    let mut failed = failure(ErrorKind::Model, format!("{} failed: {said}", endpoint.name), false);
    failed.cause = FailureCause::Server;
    vendor.judge(endpoint, &mut failed, can_pass, code == "request_too_large");
    if failed.retryable {
        failed.retry_after_ms = vendor.wait_ms;
    }
    failed
}

/// The answer ended because the model's context was full.
pub(super) fn context_full(endpoint: &Endpoint) -> ModelFailure {
    let mut full = permanent(endpoint, "the conversation is longer than the model can take");
    full.cause = FailureCause::Overflow { window: None };
    full.error.hint = Some(OVERFLOW_HINT.to_owned());
    full
}

fn failure(kind: ErrorKind, message: String, retryable: bool) -> ModelFailure {
    ModelFailure {
        error: ErrorInfo::new(kind, message),
        opened: false,
        retryable,
        retry_after_ms: None,
        cause: FailureCause::Other,
    }
}

fn key_hint(endpoint: &Endpoint) -> String {
    match &endpoint.env_key {
        Some(variable) => {
            format!("set the key of {} in settings, or in the environment variable {variable}", endpoint.name)
        }
        None => format!("set the key of {} in settings", endpoint.name),
    }
}
