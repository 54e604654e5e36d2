//! A model server that follows a script: real HTTP, the events of three wires, and every way such a server can fail.
//!
//! ```no_run
//! # use countersign_tests::model_server::{ModelServer, Reply};
//! # async fn example() -> std::io::Result<()> {
//! let server = ModelServer::start(vec![
//!     Reply::new().message("Looking.").function_call("c1", "shell", &serde_json::json!({"command": ["ls"]})).completed(),
//!     Reply::new().message("Done.").cut(),
//! ])
//! .await?;
//! # Ok(()) }
//! ```

mod gate;
mod received;
mod reply;
mod speak;

pub use gate::Gate;
pub use received::Received;
pub use reply::Reply;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use config::{ProviderConfig, WireApi};
use futures_util::stream;
use reply::Part;
use serde_json::{Value, json};
use speak::Speaker;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The largest request that is taken, in bytes.
const MAX_REQUEST_BYTES: usize = 256 * 1024 * 1024;

/// Time between two sendings of a slow server.
const PAUSE: Duration = Duration::from_millis(5);

/// The server. Ends when it is dropped.
pub struct ModelServer {
    address: SocketAddr,
    script: Arc<Script>,
    task: JoinHandle<()>,
}

type ReplyPolicy = Box<dyn Fn(&Received) -> Reply + Send + Sync>;

struct Script {
    replies: Mutex<VecDeque<Reply>>,
    /// Answer to each request for the list of models.
    list: Mutex<Option<Reply>>,
    policy: Option<ReplyPolicy>,
    received: Mutex<Vec<Received>>,
    arrived: watch::Sender<usize>,
    hung_up: watch::Sender<usize>,
}

impl ModelServer {
    /// Starts a server that gives these replies, one for each request, in order. A request past the last is answered with
    /// status 400, which no client tries again.
    pub async fn start(replies: Vec<Reply>) -> io::Result<Self> {
        Self::serve(replies, None).await
    }

    /// Starts a server that gives to each request what `policy` makes of it: what is asked a second time is answered alike.
    pub async fn with_policy(
        policy: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::serve(Vec::new(), Some(Box::new(policy))).await
    }

    async fn serve(replies: Vec<Reply>, policy: Option<ReplyPolicy>) -> io::Result<Self> {
        let script = Arc::new(Script {
            replies: Mutex::new(replies.into()),
            list: Mutex::default(),
            policy,
            received: Mutex::default(),
            arrived: watch::Sender::new(0),
            hung_up: watch::Sender::new(0),
        });
        let router = Router::new()
            .route("/v1/responses", post(respond))
            .route("/v1/chat/completions", post(respond))
            .route("/v1/messages", post(respond))
            .route("/v1/models", get(list))
            .with_state(Arc::clone(&script));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the scripted model server ended");
            }
        });
        Ok(Self { address, script, task })
    }

    /// Returns the `base_url` of a provider.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// A provider that is this server, on the Responses wire: no key, no retries, a minute of patience.
    pub fn provider(&self) -> ProviderConfig {
        self.provider_on(WireApi::Responses)
    }

    /// Returns a provider on another wire.
    pub fn provider_on(&self, wire_api: WireApi) -> ProviderConfig {
        ProviderConfig {
            key: "openai".to_owned(),
            name: "Scripted".to_owned(),
            base_url: self.base_url(),
            env_key: None,
            wire_api,
            http_headers: BTreeMap::new(),
            env_http_headers: BTreeMap::new(),
            query_params: BTreeMap::new(),
            request_max_retries: 0,
            stream_max_retries: 0,
            stream_idle_timeout_ms: 60_000,
            default_model: "gpt-5-codex".to_owned(),
        }
    }

    /// Adds a reply at the end of the script.
    pub fn then(&self, reply: Reply) {
        lock(&self.script.replies).push_back(reply);
    }

    /// Answers each request for the list of models with this from now on. Such requests are not counted.
    pub fn list_models(&self, reply: Reply) {
        *lock(&self.script.list) = Some(reply);
    }

    /// Takes the replies that were not asked for out of the script.
    pub fn forget(&self) {
        lock(&self.script.replies).clear();
    }

    /// Returns the requests so far, in order.
    pub fn requests(&self) -> Vec<Received> {
        lock(&self.script.received).clone()
    }

    /// Replies that were not asked for yet.
    pub fn left(&self) -> usize {
        lock(&self.script.replies).len()
    }

    /// Waits until so many requests have arrived in all.
    pub async fn arrived(&self, requests: usize) {
        reached(&self.script.arrived, requests).await;
    }

    /// Waits until so many clients in all have gone away before the end of their reply.
    pub async fn hung_up(&self, clients: usize) {
        reached(&self.script.hung_up, clients).await;
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn reached(counter: &watch::Sender<usize>, wanted: usize) {
    // the sender lives as long as this borrow, so waiting cannot fail
    let _ = counter.subscribe().wait_for(|count| *count >= wanted).await;
}

/// Lists the models where there is a list, or when the script has that next. Every session asks for it, beside its prompts: to
/// others it is no request, and there is none.
async fn list(state: State<Arc<Script>>, request: Request) -> Response {
    let list = lock(&state.list).clone();
    if let Some(list) = list {
        return answer(list, Speaker::at(request.uri().path()), &state).await;
    }
    if lock(&state.replies).front().is_some_and(|next| next.for_list) {
        return respond(state, request).await;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

async fn respond(State(script): State<Arc<Script>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let speaker = Speaker::at(head.uri.path());
    let bytes = axum::body::to_bytes(body, MAX_REQUEST_BYTES).await.unwrap_or_default();
    let received = Received {
        uri: head.uri.to_string(),
        headers: named(&head.headers),
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        bytes: bytes.to_vec(),
    };
    let chosen = script.policy.as_ref().map(|policy| policy(&received));
    lock(&script.received).push(received);
    script.arrived.send_modify(|count| *count += 1);
    let reply = chosen.or_else(|| lock(&script.replies).pop_front());
    let reply = reply.unwrap_or_else(|| {
        Reply::status(400)
            .json(&json!({"error": {"message": "the script of the model server has no reply left"}}))
    });
    answer(reply, speaker, &script).await
}

async fn answer(reply: Reply, speaker: Speaker, script: &Script) -> Response {
    let Reply { status, headers, before, parts, .. } = reply;
    for gate in &before {
        gate.pass().await;
    }
    let body = Sending { parts: parts.into(), speaker, hung_up: script.hung_up.clone() };
    let body = stream::unfold(body, |mut body| async move {
        let bytes = body.next().await?;
        Some((bytes, body))
    });
    let mut response = Response::new(Body::from_stream(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = headers;
    response
}

/// A body that is being sent.
struct Sending {
    parts: VecDeque<Part>,
    speaker: Speaker,
    hung_up: watch::Sender<usize>,
}

impl Sending {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            // a part is taken off once it is through, so that a client that goes away in the midst of it shows
            let sent = match self.parts.front()? {
                Part::Bytes(bytes) => Some(Ok(Bytes::from(bytes.clone()))),
                Part::Said(said) => Some(Ok(Bytes::from(self.speaker.speak(said)))),
                Part::Gate(gate) => {
                    gate.pass().await;
                    None
                }
                Part::Again(bytes) => {
                    tokio::time::sleep(PAUSE).await;
                    return Some(Ok(Bytes::from(bytes.clone())));
                }
                Part::Pause => {
                    tokio::time::sleep(PAUSE).await;
                    None
                }
                Part::Stall => std::future::pending().await,
                Part::Cut => {
                    // what was said before is sent when the body has nothing ready, and lost when it fails at once
                    tokio::task::yield_now().await;
                    Some(Err(io::Error::from(io::ErrorKind::ConnectionReset)))
                }
            };
            self.parts.pop_front();
            if sent.is_some() {
                return sent;
            }
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if !self.parts.is_empty() {
            self.hung_up.send_modify(|count| *count += 1);
        }
    }
}

fn named(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
