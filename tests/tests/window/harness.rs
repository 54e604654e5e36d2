//! Beginning of every story: an empty home, a folder with files, and the window on it.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::{Window, executable};
use countersign_tests::model_server::{ModelServer, Received, Reply};
use tempfile::TempDir;

/// The composer's text field.
pub(crate) const COMPOSER: &str = "[data-testid=composer]";
/// The card that waits for a decision.
pub(crate) const APPROVAL: &str = "[data-testid=approval]";
/// The button that approves it once.
pub(crate) const APPROVE: &str = "[data-testid=approve]";
/// Selector of the agent's messages.
pub(crate) const AGENT: &str = "[data-testid=row][data-kind=agent]";
/// The end of a task.
pub(crate) const TASK_END: &str = "[data-testid=row][data-kind=task_end]";

/// A home of the app's own and a project, gone when the story ends.
pub(crate) struct Harness {
    place: TempDir,
}

/// Replies of the model, one after the other.
pub(crate) struct Script {
    server: ModelServer,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Script {
    /// Adds a reply at the end.
    pub(crate) fn then(&self, reply: Reply) {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner).push_back(reply);
    }

    /// The requests for an answer so far, in order.
    pub(crate) fn requests(&self) -> Vec<Received> {
        prompts(&self.server)
    }

    /// Names of the tools the model was offered last.
    pub(crate) fn tools(&self) -> Vec<String> {
        let requests = self.server.requests();
        let tools = requests.iter().rev().find_map(|asked| asked.body["tools"].as_array());
        tools.into_iter().flatten().filter_map(|tool| Some(tool["name"].as_str()?.to_owned())).collect()
    }
}

impl Harness {
    /// With a project that holds these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Result<Self> {
        let harness = Self { place: tempfile::Builder::new().prefix("countersign-window-").tempdir()? };
        for (path, text) in files {
            let file = harness.project().join(path);
            std::fs::create_dir_all(file.parent().context("a file has a folder")?)?;
            std::fs::write(file, text)?;
        }
        Ok(harness)
    }

    /// With the sample project the app carries.
    pub(crate) fn with_sample() -> Result<Self> {
        let harness = Self::with(&[])?;
        let written = std::process::Command::new(executable("countersign")?)
            .arg("practice-sample")
            .arg(harness.project())
            .status()
            .context("cannot start countersign")?;
        ensure!(written.success(), "countersign practice-sample ended with {written}");
        Ok(harness)
    }

    /// With a model that follows a script, and this in the config besides.
    pub(crate) async fn scripted(
        files: &[(&str, &str)],
        more_config: &str,
        replies: Vec<Reply>,
    ) -> Result<(Self, Script)> {
        let replies = Arc::new(Mutex::new(VecDeque::from(replies)));
        let rest = Arc::clone(&replies);
        let (harness, server) = Self::answered(files, more_config, move |_| {
            let next = rest.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            next.unwrap_or_else(|| Reply::status(400))
        })
        .await?;
        Ok((harness, Script { server, replies }))
    }

    /// With a model that answers each request by itself, and this in the config besides.
    pub(crate) async fn answered(
        files: &[(&str, &str)],
        more_config: &str,
        answer: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Result<(Self, ModelServer)> {
        let harness = Self::with(files)?;
        let server = ModelServer::with_policy(move |asked| {
            // the app asks on its own, and when it likes, which models there are
            if asked.uri.ends_with("/models") { Reply::models(&["m"]) } else { answer(asked) }
        });
        let server = server.await?;
        let config = format!(
            "model = \"m\"\nmodel_provider = \"scripted\"\n[model_providers.scripted]\nname = \"Scripted\"\n\
             base_url = \"{}\"\n{more_config}",
            server.base_url()
        );
        std::fs::create_dir_all(harness.home())?;
        std::fs::write(harness.home().join("config.toml"), config)?;
        Ok((harness, server))
    }

    /// The window on the project, with what the config names.
    pub(crate) async fn open_configured(&self) -> Result<Window> {
        let project = self.project();
        Window::open(&self.home(), &[project.as_os_str()], &[]).await
    }

    /// The app's own folder.
    pub(crate) fn home(&self) -> PathBuf {
        self.place.path().join("home")
    }

    /// The folder the agent works on.
    pub(crate) fn project(&self) -> PathBuf {
        self.folder("project")
    }

    /// Another file or folder beside it.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// The window on the project, with the practice model only.
    pub(crate) async fn open(&self) -> Result<Window> {
        self.open_with(&[]).await
    }

    /// Opens the window with more variables.
    pub(crate) async fn open_with(&self, variables: &[(&str, &str)]) -> Result<Window> {
        let project = self.project();
        Window::open(&self.home(), &["--practice".as_ref(), project.as_os_str()], variables).await
    }

    /// A file of the project as it is now.
    pub(crate) fn read(&self, path: &str) -> Result<String> {
        let file = self.project().join(path);
        std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
    }
}

/// Returns the requests for an answer that a model got, in order.
pub(crate) fn prompts(server: &ModelServer) -> Vec<Received> {
    server.requests().into_iter().filter(|asked| !asked.uri.ends_with("/models")).collect()
}

/// Types a prompt and sends it.
pub(crate) async fn ask(window: &Window, prompt: &str) -> Result<()> {
    window.find(COMPOSER).await?.send_keys(prompt).await?;
    window.click("[data-testid=send]").await
}
