//! Requests to a vendor, and what of an answer is no stream.

use super::endpoint::Endpoint;
use super::failure;
use engine::ModelFailure;
use reqwest::Response;
use std::time::Duration;

/// Timeout and maximum size of the text of an error.
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(5);
const ERROR_BODY_BYTES: usize = 64 * 1024;
/// Maximum size of a list of models: routers list hundreds, with descriptions.
const MODELS_BYTES: usize = 4 * 1024 * 1024;

impl Endpoint {
    /// `POST {base_url}/{path}`; anything but a success is a failure that says what the vendor said.
    pub(super) async fn post(&self, path: &str, body: Vec<u8>) -> Result<Response, ModelFailure> {
        let request = self
            .client
            .post(self.url(path))
            .headers(self.headers.clone())
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .header(reqwest::header::ACCEPT, "text/event-stream")
            .body(body);
        self.send(request).await
    }

    /// `GET` of the list of models: its body, or the beginning of one that is too long.
    pub(super) async fn models(&self) -> Result<Vec<u8>, ModelFailure> {
        let mut url = self.url(self.models.path);
        if !self.models.query.is_empty() {
            url.query_pairs_mut().extend_pairs(self.models.query);
        }
        let request = self.client.get(url).headers(self.headers.clone());
        let mut response = self.send(request).await?;
        Ok(read_bounded(&mut response, MODELS_BYTES).await)
    }

    /// The beginning of a body that is no stream, or what of it comes in time.
    pub(super) async fn short_body(&self, response: &mut Response) -> Vec<u8> {
        let body = tokio::time::timeout(ERROR_BODY_TIMEOUT, read_bounded(response, ERROR_BODY_BYTES));
        body.await.unwrap_or_default()
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Response, ModelFailure> {
        let mut response = request.send().await.map_err(|error| failure::transport(self, &error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let headers = response.headers().clone();
        let body = self.short_body(&mut response).await;
        Err(failure::status(self, status, &headers, &String::from_utf8_lossy(&body)))
    }
}

/// As much of the body as arrives whole, up to a limit. What is missing is not an error: it is only read for its text.
async fn read_bounded(response: &mut Response, limit: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < limit {
        let Ok(Some(chunk)) = response.chunk().await else { break };
        let room = limit - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    body
}
