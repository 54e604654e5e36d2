//! A window on the real host, as far as the host sees it: its commands and its batches.

use anyhow::{Context, Result, ensure};
use countersign_tests::web_host::{WebHost, WebHostOptions};
use host::api::{AppView, SessionSnapshot, SessionSummary, SessionsPage, Update, UpdateBatch};
use protocol::SessionId;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;
use view::SessionStatus;

/// A window on the real host, with the practice model.
pub(crate) struct Window {
    pub(crate) dir: TempDir,
    pub(crate) web_host: WebHost,
    subscriber: u64,
    pub(crate) project: String,
    batches: mpsc::UnboundedReceiver<UpdateBatch>,
}

impl Window {
    pub(crate) async fn open(projects: &[&str]) -> Result<Self> {
        let dir = TempDir::new()?;
        let picks: Vec<_> = projects.iter().map(|name| dir.path().join(name)).collect();
        for project in &picks {
            std::fs::create_dir_all(project)?;
            std::fs::write(project.join("notes.txt"), "TODO: tidy up\n")?;
        }
        let dist = dir.path().join("dist");
        std::fs::create_dir_all(&dist)?;
        std::fs::write(dist.join("index.html"), "<!doctype html><title>Countersign</title>")?;
        let home = dir.path().join("home");
        let options = WebHostOptions { home, practice: true, picks, dist, ..WebHostOptions::default() };
        let web_host = WebHost::start(options).await?;
        let (told, batches) = mpsc::unbounded_channel();
        let subscriber = web_host.host().attach(move |batch| drop(told.send(batch)));
        Ok(Self { dir, web_host, subscriber, project: String::new(), batches })
    }

    pub(crate) async fn call<T: DeserializeOwned>(&self, name: &str, args: Value) -> Result<T> {
        let reply = self.web_host.host().call(name, args).await;
        Ok(serde_json::from_value(reply.map_err(|error| anyhow::anyhow!("{name}: {}", error.message))?)?)
    }

    /// Returns the state that belongs to no session, as soon as the window was told that it is as wanted.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&AppView) -> bool) -> Result<AppView> {
        loop {
            let app: AppView = self.call("app", json!({})).await?;
            if wanted(&app) {
                return Ok(app);
            }
            let batch = tokio::time::timeout(Duration::from_mins(1), self.batches.recv()).await;
            let batch = batch.context("the window is told nothing more")?.context("the host is there")?;
            self.web_host.host().ack(self.subscriber, batch.seq);
        }
    }

    /// Returns a session as soon as the window was told that it is as wanted.
    pub(crate) async fn until_session(
        &mut self,
        id: &SessionId,
        wanted: impl Fn(&SessionSnapshot) -> bool,
    ) -> Result<SessionSnapshot> {
        loop {
            let shown = self.snapshot(id).await?;
            if wanted(&shown) {
                return Ok(shown);
            }
            let batch = tokio::time::timeout(Duration::from_mins(1), self.batches.recv()).await;
            let batch = batch.context("the window is told nothing more")?.context("the host is there")?;
            self.web_host.host().ack(self.subscriber, batch.seq);
        }
    }

    /// Returns the number of the request, as soon as the window is told to ask what closing it should do.
    pub(crate) async fn until_close_is_asked(&mut self) -> Result<u32> {
        loop {
            let batch = tokio::time::timeout(Duration::from_mins(1), self.batches.recv()).await;
            let batch = batch.context("the window is told nothing more")?.context("the host is there")?;
            self.web_host.host().ack(self.subscriber, batch.seq);
            let request = batch.updates.iter().find_map(|update| match update {
                Update::CloseRequested { request, .. } => Some(*request),
                _ => None,
            });
            if let Some(request) = request {
                return Ok(request);
            }
        }
    }

    /// Picks the next folder.
    pub(crate) async fn pick_folder(&mut self) -> Result<()> {
        let project: Value = self.call("pick_folder", json!({})).await?;
        project["id"].as_str().context("a folder is picked")?.clone_into(&mut self.project);
        Ok(())
    }

    /// The session as it is now.
    pub(crate) async fn snapshot(&self, id: &SessionId) -> Result<SessionSnapshot> {
        self.call("subscribe", json!({ "subscriber": self.subscriber, "session": id })).await
    }

    /// A session in which something was asked.
    pub(crate) async fn start(&self, prompt: &str) -> Result<SessionId> {
        let id: SessionId = self.call("new_session", json!({ "project": self.project })).await?;
        let op = json!({ "type": "user_input", "items": [{ "type": "text", "text": prompt }] });
        let _: String = self.call("submit", json!({ "session": id, "op": op })).await?;
        Ok(id)
    }

    /// A session in which something was asked and answered.
    pub(crate) async fn ask(&mut self, prompt: &str) -> Result<SessionId> {
        let id = self.start(prompt).await?;
        self.until(|app| {
            app.sessions
                .iter()
                .any(|one| one.id == id && one.title == prompt && one.status == SessionStatus::Idle)
        })
        .await?;
        Ok(id)
    }

    pub(crate) async fn search(
        &self,
        words: &str,
        everywhere: bool,
        shelf: &str,
    ) -> Result<Vec<SessionSummary>> {
        let args =
            json!({ "words": words, "everywhere": everywhere, "shelf": shelf, "from": 0, "count": 50 });
        let page: SessionsPage = self.call("search_sessions", args).await?;
        ensure!(page.total as usize == page.sessions.len());
        Ok(page.sessions)
    }
}

pub(crate) fn ids(sessions: &[SessionSummary]) -> Vec<&SessionId> {
    sessions.iter().map(|session| &session.id).collect()
}
