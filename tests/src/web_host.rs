//! The host on HTTP and a WebSocket, for tests alone: the same commands and the same batches, so that a browser under test shows
//! the window the app shows. On 127.0.0.1, and with a token: whoever has neither gets nothing.

use anyhow::{Context, anyhow};
use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use axum::extract::{Path as UrlPath, Request, State, WebSocketUpgrade};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{any, get, post};
use host::api::CommandError;
use host::{Activity, Desktop, Home, Host, HostOptions, Notification, Picked, SessionId};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Options of a web host.
#[derive(Clone, Debug, Default)]
pub struct WebHostOptions {
    /// The app's home.
    pub home: PathBuf,
    /// Offers only the practice model.
    pub practice: bool,
    /// Folder to open.
    pub open: Option<PathBuf>,
    /// The built window.
    pub dist: PathBuf,
    /// Answers of the folder dialog, one after the other; nothing once they are used up.
    pub picks: Vec<PathBuf>,
}

/// A host that serves.
pub struct WebHost {
    host: Arc<Host>,
    desktop: Arc<TestDesktop>,
    address: SocketAddr,
    token: String,
    server: JoinHandle<()>,
}

impl WebHost {
    /// Starts one on a free port.
    pub async fn start(options: WebHostOptions) -> anyhow::Result<Self> {
        let home = std::path::absolute(&options.home).context("cannot resolve the home folder")?;
        let desktop =
            Arc::new(TestDesktop { picks: Mutex::new(options.picks.into()), ..TestDesktop::default() });
        let host_options =
            HostOptions { home: Home::at(&home), practice: options.practice, open: options.open };
        let host = Host::start(host_options, desktop.clone()).await?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let token = random_token()?;
        let site = Site {
            host: host.clone(),
            desktop: desktop.clone(),
            token: token.clone(),
            dist: options.dist.canonicalize().unwrap_or(options.dist).into(),
            csp: HeaderValue::from_str(&csp()?)?,
        };
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router(site)).await {
                tracing::error!(%error, "the web host stopped serving");
            }
        });
        Ok(Self { host, desktop, address, token, server })
    }

    /// The address of the window, token included.
    pub fn url(&self) -> String {
        format!("http://{}/?token={}", self.address, self.token)
    }

    /// The host behind it.
    pub fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// The desktop the host believes to be on.
    pub fn desktop(&self) -> &TestDesktop {
        &self.desktop
    }

    /// Ends the sessions and stops serving.
    pub async fn stop(self) {
        self.host.shutdown().await;
        self.server.abort();
    }
}

/// A desktop that answers as it was told to, and remembers what was asked of it.
#[derive(Debug, Default)]
pub struct TestDesktop {
    picks: Mutex<VecDeque<PathBuf>>,
    notifications: Mutex<Vec<Notification>>,
    opened: Mutex<Vec<String>>,
    closed: Mutex<Vec<&'static str>>,
    activity: Mutex<Activity>,
    starts_at_login: Mutex<bool>,
}

impl TestDesktop {
    /// Returns the notifications it was asked to show.
    pub fn notifications(&self) -> Vec<Notification> {
        lock(&self.notifications).clone()
    }

    /// The files and addresses it was asked to open.
    pub fn opened(&self) -> Vec<String> {
        lock(&self.opened).clone()
    }

    /// Returns what was done with the window and the app: "hide", "quit".
    pub fn closed(&self) -> Vec<&'static str> {
        lock(&self.closed).clone()
    }

    /// Returns the activity it was last told.
    pub fn activity(&self) -> Activity {
        lock(&self.activity).clone()
    }
}

impl Desktop for TestDesktop {
    fn pick_folder(&self) -> Picked {
        let picked = lock(&self.picks).pop_front();
        Box::pin(async move { picked })
    }

    fn pick_new_file(&self, name: &str) -> Picked {
        let picked = lock(&self.picks).pop_front().map(|folder| folder.join(name));
        Box::pin(async move { picked })
    }

    fn notify(&self, note: Notification) {
        lock(&self.notifications).push(note);
    }

    fn focused(&self) -> bool {
        false
    }

    fn open_path(&self, path: &Path) -> Result<(), String> {
        lock(&self.opened).push(path.display().to_string());
        Ok(())
    }

    fn open_url(&self, url: &str) -> Result<(), String> {
        lock(&self.opened).push(url.to_owned());
        Ok(())
    }

    fn open_window(&self, session: &SessionId) -> Result<(), String> {
        lock(&self.opened).push(format!("window {session}"));
        Ok(())
    }

    fn show_activity(&self, activity: &Activity) {
        *lock(&self.activity) = activity.clone();
    }

    fn hide_window(&self) {
        lock(&self.closed).push("hide");
    }

    fn quit(&self) {
        lock(&self.closed).push("quit");
    }

    fn starts_at_login(&self) -> Option<bool> {
        Some(*lock(&self.starts_at_login))
    }

    fn set_start_at_login(&self, on: bool) -> Result<(), String> {
        *lock(&self.starts_at_login) = on;
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone)]
struct Site {
    host: Arc<Host>,
    desktop: Arc<TestDesktop>,
    token: String,
    dist: Arc<Path>,
    csp: HeaderValue,
}

fn router(site: Site) -> Router {
    let guarded = Router::new()
        .route("/call/{name}", post(call))
        .route("/events", any(events))
        .route("/test/notifications", get(notifications))
        .route_layer(middleware::from_fn_with_state(site.clone(), guard));
    // the files hold nothing of anybody's: a page loads its scripts without the token
    guarded.fallback(file).with_state(site)
}

/// Lets a request through that carries the token.
async fn guard(State(site): State<Site>, request: Request, next: Next) -> Response {
    let in_header =
        request.headers().get("x-token").is_some_and(|token| token.as_bytes() == site.token.as_bytes());
    let wanted = format!("token={}", site.token);
    let in_query = request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair == wanted));
    if in_header || in_query {
        next.run(request).await
    } else {
        failed(StatusCode::FORBIDDEN, "the token is missing or wrong")
    }
}

async fn call(State(site): State<Site>, UrlPath(name): UrlPath<String>, body: Bytes) -> Response {
    let Ok(args) = serde_json::from_slice::<Value>(&body) else {
        return failed(StatusCode::BAD_REQUEST, "the arguments are not JSON");
    };
    match site.host.call(&name, args).await {
        Ok(reply) => Json(reply).into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, Json(error)).into_response(),
    }
}

async fn events(State(site): State<Site>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| forward(site.host, socket))
}

/// Forwards batches until the browser is gone. The first message is the page's number among the subscribers.
async fn forward(host: Arc<Host>, mut socket: WebSocket) {
    let (sender, mut batches) = mpsc::unbounded_channel();
    // a socket that is closed ends the loop below
    let subscriber = host.attach(move |batch| drop(sender.send(batch)));
    let hello = json!({ "subscriber": subscriber }).to_string();
    let mut open = socket.send(Message::text(hello)).await.is_ok();
    while open {
        tokio::select! {
            Some(batch) = batches.recv() => {
                let Ok(text) = serde_json::to_string(&batch) else { break };
                open = socket.send(Message::text(text)).await.is_ok();
            }
            received = socket.recv() => match received {
                None | Some(Err(_) | Ok(Message::Close(_))) => open = false,
                Some(Ok(Message::Text(text))) => {
                    let message: Option<Value> = serde_json::from_str(&text).ok();
                    if let Some(seq) = message.and_then(|message| message["ack"].as_u64()) {
                        host.ack(subscriber, seq);
                    }
                }
                Some(Ok(_)) => {}
            },
        }
    }
    host.detach(subscriber);
}

async fn notifications(State(site): State<Site>) -> Response {
    let all: Vec<_> = site
        .desktop
        .notifications()
        .iter()
        .map(|note| json!({ "title": note.title, "body": note.body, "session": note.session, "kind": format!("{:?}", note.kind) }))
        .collect();
    Json(all).into_response()
}

/// A file of the built window.
async fn file(State(site): State<Site>, request: Request) -> Response {
    let wanted = request.uri().path().trim_start_matches('/');
    let wanted = Path::new(if wanted.is_empty() { "index.html" } else { wanted });
    if wanted.components().any(|component| !matches!(component, Component::Normal(_))) {
        return failed(StatusCode::NOT_FOUND, "there is no such file");
    }
    match tokio::fs::read(site.dist.join(wanted)).await {
        Ok(bytes) => {
            let kind = match wanted.extension().and_then(|extension| extension.to_str()) {
                Some("html") => "text/html; charset=utf-8",
                Some("js") => "text/javascript; charset=utf-8",
                Some("css") => "text/css; charset=utf-8",
                Some("svg") => "image/svg+xml",
                Some("png") => "image/png",
                Some("woff2") => "font/woff2",
                Some("json") => "application/json",
                _ => "application/octet-stream",
            };
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
                (header::CONTENT_SECURITY_POLICY, site.csp),
                (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ];
            (headers, bytes).into_response()
        }
        // asked for by every browser, and no fault of the window's
        Err(_) if wanted == Path::new("favicon.ico") => StatusCode::NO_CONTENT.into_response(),
        Err(_) => failed(StatusCode::NOT_FOUND, "there is no such file"),
    }
}

fn failed(status: StatusCode, message: &str) -> Response {
    (status, Json(CommandError { message: message.to_owned(), hint: None })).into_response()
}

/// The policy of the app itself. Only the line to the host differs: there it is Tauri's, here it is this server.
fn csp() -> anyhow::Result<String> {
    let config: Value = serde_json::from_str(include_str!("../../src-tauri/tauri.conf.json"))?;
    let policy = config
        .pointer("/app/security/csp")
        .and_then(Value::as_object)
        .ok_or_else(|| anyhow!("src-tauri/tauri.conf.json has no content security policy"))?;
    let directives = policy.iter().map(|(directive, sources)| match directive.as_str() {
        "connect-src" => Ok("connect-src 'self'".to_owned()),
        _ => sources
            .as_str()
            .map(|sources| format!("{directive} {sources}"))
            .ok_or_else(|| anyhow!("{directive} of the content security policy is not text")),
    });
    Ok(directives.collect::<anyhow::Result<Vec<_>>>()?.join("; "))
}

/// 128 random bits.
fn random_token() -> anyhow::Result<String> {
    let bytes = std::fs::File::open("/dev/urandom").and_then(|mut file| {
        let mut bytes = [0_u8; 16];
        std::io::Read::read_exact(&mut file, &mut bytes).map(|()| bytes)
    })?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

#[cfg(test)]
mod tests;
