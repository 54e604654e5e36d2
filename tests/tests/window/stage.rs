//! What every story begins with: an empty home, a folder with files, and the window on it.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::{Window, executable};
use tempfile::TempDir;

/// The composer's text field.
pub(crate) const COMPOSER: &str = "[data-testid=composer]";
/// The card that waits for a decision.
pub(crate) const APPROVAL: &str = "[data-testid=approval]";
/// The button that approves it once.
pub(crate) const APPROVE: &str = "[data-testid=approve]";
/// What the agent said.
pub(crate) const AGENT: &str = "[data-testid=row][data-kind=agent]";
/// The end of a task.
pub(crate) const TASK_END: &str = "[data-testid=row][data-kind=task_end]";

/// A home of the app's own and a project, gone when the story ends.
pub(crate) struct Stage {
    place: TempDir,
}

impl Stage {
    /// With a project that holds these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Result<Self> {
        let stage = Self { place: tempfile::Builder::new().prefix("countersign-window-").tempdir()? };
        for (path, text) in files {
            let file = stage.project().join(path);
            std::fs::create_dir_all(file.parent().context("a file has a folder")?)?;
            std::fs::write(file, text)?;
        }
        Ok(stage)
    }

    /// With the sample project the app carries.
    pub(crate) fn with_sample() -> Result<Self> {
        let stage = Self::with(&[])?;
        let written = std::process::Command::new(executable("countersign")?)
            .arg("practice-sample")
            .arg(stage.project())
            .status()
            .context("cannot start countersign")?;
        ensure!(written.success(), "countersign practice-sample ended with {written}");
        Ok(stage)
    }

    /// The app's own folder.
    pub(crate) fn home(&self) -> PathBuf {
        self.place.path().join("home")
    }

    /// The folder the agent works on.
    pub(crate) fn project(&self) -> PathBuf {
        self.place.path().join("project")
    }

    /// The window on the project, with the practice model only.
    pub(crate) async fn open(&self) -> Result<Window> {
        self.open_with(&[]).await
    }

    /// The same with more variables.
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

/// Types a prompt and sends it.
pub(crate) async fn ask(window: &Window, prompt: &str) -> Result<()> {
    window.find(COMPOSER).await?.send_keys(prompt).await?;
    window.click("[data-testid=send]").await
}
