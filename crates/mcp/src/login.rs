//! Logging in to a server over HTTP: OAuth 2.1 with PKCE by the SDK, in the person's own browser.

use crate::connect::in_words;
use crate::tokens::{StoredTokens, TokenStore};
use reqwest::Url;
use rmcp::transport::auth::{AuthError, AuthorizationManager, AuthorizationRequest, AuthorizationSession};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Maximum time a person may take in the browser.
const PATIENCE: Duration = Duration::from_mins(10);

/// Maximum time a browser may take to send its request.
const REQUEST_PATIENCE: Duration = Duration::from_secs(10);

/// The longest first line of a request that is read.
const MAX_LINE_BYTES: u64 = 16 * 1024;

/// Path the browser is sent back to.
const CALLBACK: &str = "/callback";

/// Reasons a login fails.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// There is no way to log in, or the authorization server said no.
    #[error("cannot log in to the MCP server {server}: {why}")]
    Refused {
        /// The server.
        server: String,
        /// Reason.
        why: String,
    },
    /// The port for the browser to come back to could not be opened.
    #[error("cannot listen on 127.0.0.1 for the browser to come back: {0}")]
    Listen(#[from] std::io::Error),
    /// Nobody came back.
    #[error("nobody came back from the browser within {} minutes; start the login again", PATIENCE.as_secs() / 60)]
    TimedOut,
}

/// A login under way: a person goes to [`Login::url`], and [`Login::finish`] waits until they come back.
pub struct Login {
    server: String,
    session: AuthorizationSession,
    listener: TcpListener,
    /// Tells the answer to this login from anything else that knocks.
    state: String,
}

impl Login {
    /// Finds out where `server` at `url` wants people to log in, and makes itself known there. `scopes` are what is asked for
    /// (the server's own choice when empty), `client_id` who asks, where that was agreed beforehand.
    pub async fn begin(
        server: &str,
        url: &str,
        scopes: &[String],
        client_id: Option<&str>,
        tokens: Arc<dyn TokenStore>,
    ) -> Result<Self, LoginError> {
        let refused =
            |error: AuthError| LoginError::Refused { server: server.to_owned(), why: in_words(&error) };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let redirect = format!("http://{}{CALLBACK}", listener.local_addr()?);
        let mut manager = AuthorizationManager::new(url).await.map_err(refused)?;
        manager.set_credential_store(StoredTokens { tokens, server: server.to_owned(), url: url.to_owned() });
        let found = manager.resolve_metadata().await.map_err(refused)?;
        manager.set_metadata(found.metadata);
        let mut request =
            AuthorizationRequest::new(redirect).with_client_name("Countersign").with_scopes(scopes);
        if scopes.is_empty() {
            request = request.with_initial_scope_selection();
        }
        if let Some(client_id) = client_id {
            request = request.with_preregistered_client(client_id);
        }
        let session =
            AuthorizationSession::new(manager, request).await.map_err(|(_, error)| refused(error))?;
        let state =
            Url::parse(&session.auth_url).ok().and_then(|url| parameter(&url, "state")).unwrap_or_default();
        Ok(Self { server: server.to_owned(), session, listener, state })
    }

    /// The page to open in a browser.
    pub fn url(&self) -> &str {
        &self.session.auth_url
    }

    /// Waits for the person to come back from the browser, and keeps the tokens.
    pub async fn finish(self) -> Result<(), LoginError> {
        tokio::time::timeout(PATIENCE, self.wait()).await.map_err(|_| LoginError::TimedOut)?
    }

    async fn wait(&self) -> Result<(), LoginError> {
        loop {
            let (mut stream, _) = self.listener.accept().await?;
            let asked = tokio::time::timeout(REQUEST_PATIENCE, target(&mut stream)).await.ok().flatten();
            let Some(url) = asked.filter(|url| self.is_answer(url)) else {
                answer(&mut stream, "404 Not Found", "There is nothing here.").await;
                continue;
            };
            let done = self.take(&url).await;
            let page = match &done {
                Ok(()) => "You are logged in. You can close this page and go back to Countersign.",
                Err(_) => "The login did not work. Go back to Countersign to see why.",
            };
            answer(&mut stream, "200 OK", page).await;
            return done;
        }
    }

    /// Reports whether a request is the answer to this login.
    fn is_answer(&self, url: &Url) -> bool {
        url.path() == CALLBACK && parameter(url, "state").is_some_and(|state| state == self.state)
    }

    async fn take(&self, url: &Url) -> Result<(), LoginError> {
        let refused = |why: String| LoginError::Refused { server: self.server.clone(), why };
        if let Some(error) = parameter(url, "error") {
            let why =
                parameter(url, "error_description").map_or(error.clone(), |more| format!("{error}: {more}"));
            return Err(refused(why));
        }
        let taken = self.session.handle_callback_url(url.as_str()).await;
        taken.map(|_| ()).map_err(|error| refused(in_words(&error)))
    }
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Reads the URL a browser asks for, from the first line of its request.
async fn target(stream: &mut TcpStream) -> Option<Url> {
    let mut reader = BufReader::new(stream.take(MAX_LINE_BYTES));
    let mut line = String::new();
    reader.read_line(&mut line).await.ok()?;
    let path = line.strip_prefix("GET ")?.split(' ').next()?;
    // the rest is read to its end: a connection closed with something unread is reset, and its answer lost
    let mut header = String::new();
    while reader.read_line(&mut header).await.ok()? > 2 {
        header.clear();
    }
    Url::parse("http://127.0.0.1").ok()?.join(path).ok()
}

async fn answer(stream: &mut TcpStream, status: &str, text: &str) {
    let page = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    // the browser may be gone; what it came for is done
    let _ = stream.write_all(page.as_bytes()).await;
    let _ = stream.shutdown().await;
}
