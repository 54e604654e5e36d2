//! Servers that speak the HTTP+SSE transport of the protocol's first version, which was replaced by streamable HTTP.

use std::collections::BTreeMap;
use std::time::Duration;

/// Reason that such a server cannot be used, to follow its name.
pub(crate) const UNSUPPORTED: &str = "it speaks the older HTTP+SSE transport, which is not supported; set `url` to its streamable \
    HTTP address, which often ends in /mcp instead of /sse, or run the server as a program with `command`";

/// Time the server gets to show what it speaks.
const LIMIT: Duration = Duration::from_secs(3);

/// Bytes of the stream that are looked at.
const MAX_BYTES: usize = 4 * 1024;

/// Reports whether a stream of events at the address begins as that transport's does: with an event that names an endpoint.
pub(crate) async fn answers(url: &str, headers: &BTreeMap<String, String>) -> bool {
    tokio::time::timeout(LIMIT, begins_with_endpoint(url, headers)).await.ok().flatten().unwrap_or(false)
}

async fn begins_with_endpoint(url: &str, headers: &BTreeMap<String, String>) -> Option<bool> {
    // a key goes to the address it is for, wherever that would send us
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().ok()?;
    let mut request = client.get(url).header("Accept", "text/event-stream");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let mut answer = request.send().await.ok()?;
    let kind = answer.headers().get("content-type")?.to_str().ok()?;
    if !answer.status().is_success() || !kind.starts_with("text/event-stream") {
        return Some(false);
    }
    let mut begun = Vec::new();
    while begun.len() < MAX_BYTES {
        begun.extend(answer.chunk().await.ok()??);
        let text = String::from_utf8_lossy(&begun);
        if let Some(event) = text.lines().find_map(|line| line.strip_prefix("event:")) {
            return Some(event.trim() == "endpoint");
        }
    }
    Some(false)
}
