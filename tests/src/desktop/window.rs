//! The app's window under a WebDriver.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::setup::{executable, require_desktop};
use super::waiting::{PATIENCE, eventually};

/// A running app and the WebDriver that started it.
pub struct Window {
    page: Client,
    driver: Driver,
}

/// WebKit's WebDriver; the app is its child.
struct Driver {
    child: Child,
    app: PathBuf,
}

impl Drop for Driver {
    fn drop(&mut self) {
        // the app first: a driver that is killed leaves it running
        if let Ok(Some(pid)) = pid_of(&self.app) {
            let _ = signal("KILL", pid);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Window {
    /// Starts the app with its files in `home`, these arguments and these variables more.
    pub async fn open(home: &Path, args: &[&OsStr], variables: &[(&str, &str)]) -> Result<Self> {
        Self::open_program(&executable("countersign-desktop")?, home, args, variables).await
    }

    /// Opens another program with a window of Tauri's.
    pub async fn open_program(
        app: &Path,
        home: &Path,
        args: &[&OsStr],
        variables: &[(&str, &str)],
    ) -> Result<Self> {
        require_desktop()?;
        let app = app.to_owned();
        ensure!(pid_of(&app)?.is_none(), "another window of the app is open; these tests run one at a time");
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new("WebKitWebDriver")
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("COUNTERSIGN_HOME", home)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .spawn()
            .context("cannot start WebKitWebDriver")?;
        let driver = Driver { child, app: app.clone() };
        eventually("WebKitWebDriver", || async {
            Ok(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok().map(drop))
        })
        .await?;
        let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
        let Value::Object(capabilities) =
            json!({ "webkitgtk:browserOptions": { "binary": app, "args": args } })
        else {
            bail!("capabilities are an object");
        };
        let address = format!("http://127.0.0.1:{port}");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let connecting = builder.capabilities(capabilities).connect(&address);
        // an app that ends at once keeps the driver waiting for ever
        let page =
            tokio::time::timeout(PATIENCE, connecting).await.context("the app did not start in time")?;
        let page = page.context("the app did not start under the WebDriver")?;
        Ok(Self { page, driver })
    }

    /// The page, for what is not offered here.
    pub fn page(&self) -> &Client {
        &self.page
    }

    /// Process id of the app.
    pub fn pid(&self) -> Result<u32> {
        pid_of(&self.driver.app)?.context("the app does not run")
    }

    /// Waits until something that fits the selector is shown.
    pub async fn find(&self, css: &str) -> Result<Element> {
        let found = eventually(format!("`{css}`"), || async {
            for element in self.page.find_all(Locator::Css(css)).await? {
                if element.is_displayed().await? {
                    return Ok(Some(element));
                }
            }
            Ok(None)
        });
        self.or_picture(found.await).await
    }

    /// Returns everything that fits the selector now.
    pub async fn all(&self, css: &str) -> Result<Vec<Element>> {
        Ok(self.page.find_all(Locator::Css(css)).await?)
    }

    /// Waits for it and clicks it.
    pub async fn click(&self, css: &str) -> Result<()> {
        let clicked = eventually(format!("`{css}` to be clickable"), || async {
            for element in self.page.find_all(Locator::Css(css)).await? {
                if element.is_displayed().await? && element.is_enabled().await? {
                    element.click().await?;
                    return Ok(Some(()));
                }
            }
            Ok(None)
        });
        self.or_picture(clicked.await).await
    }

    /// Waits until what fits the selector says that, and returns all it says.
    pub async fn wait_for_text(&self, css: &str, text: &str) -> Result<String> {
        let waited = eventually(format!("{text:?} in `{css}`"), || async {
            for element in self.page.find_all(Locator::Css(css)).await? {
                // not `text()`: its idea of what is shown leaves out text that is cut short with an ellipsis
                let said = element.prop("textContent").await?.unwrap_or_default();
                if said.contains(text) {
                    return Ok(Some(said));
                }
            }
            Ok(None)
        });
        self.or_picture(waited.await).await
    }

    /// Waits until nothing fits the selector.
    pub async fn wait_until_gone(&self, css: &str) -> Result<()> {
        let waited = eventually(format!("`{css}` to go"), || async {
            Ok(self.page.find_all(Locator::Css(css)).await?.is_empty().then_some(()))
        });
        self.or_picture(waited.await).await
    }

    /// Saves a screenshot of the page into `target/screenshots`.
    pub async fn screenshot(&self, name: &str) -> Result<()> {
        let folder = self.driver.app.ancestors().nth(2).context("the app is not in a target folder")?;
        let folder = folder.join("screenshots");
        std::fs::create_dir_all(&folder)?;
        // what is pictured is the last frame painted, and on a busy machine that may be long ago
        let painted = "const done = arguments[0];
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));";
        self.page.execute_async(painted, Vec::new()).await.context("the page paints nothing")?;
        // one of a window that the processor paints may never come
        let picture = tokio::time::timeout(PATIENCE, self.page.screenshot()).await;
        let picture =
            picture.context("the WebDriver took no picture")?.context("the WebDriver gave no picture")?;
        Ok(std::fs::write(folder.join(format!("{name}.png")), picture)?)
    }

    /// Ends the app at once, as a power cut would.
    pub async fn kill(self) -> Result<()> {
        let pid = self.pid()?;
        signal("KILL", pid)?;
        self.gone(pid).await
    }

    /// Asks the app to end, and waits until it has.
    pub async fn end(self) -> Result<()> {
        let pid = self.pid()?;
        signal("TERM", pid)?;
        self.gone(pid).await
    }

    /// Waits until the app has ended by itself.
    pub async fn ended(self) -> Result<()> {
        // it may have ended already
        match pid_of(&self.driver.app)? {
            Some(pid) => self.gone(pid).await,
            None => Ok(()),
        }
    }

    async fn gone(self, pid: u32) -> Result<()> {
        eventually("the app to end", || async { Ok(has_ended(pid).then_some(())) }).await
    }

    /// Saves a screenshot of the page after a failure, which is easier to understand with it.
    pub async fn or_picture<T>(&self, outcome: Result<T>) -> Result<T> {
        match outcome {
            Ok(value) => Ok(value),
            Err(error) => {
                let name = std::thread::current().name().unwrap_or("window").replace("::", "-");
                let picture = format!("failed-{name}");
                self.screenshot(&picture).await?;
                Err(error.context(format!("the page is in target/screenshots/{picture}.png")))
            }
        }
    }
}

/// The app's process, by the file it runs.
fn pid_of(app: &Path) -> Result<Option<u32>> {
    for entry in std::fs::read_dir("/proc").context("cannot list processes")? {
        let process = entry?.path();
        let Some(pid) = process.file_name().and_then(OsStr::to_str).and_then(|name| name.parse().ok()) else {
            continue;
        };
        // others' processes cannot be read, and some end meanwhile
        if std::fs::read_link(process.join("exe")).is_ok_and(|exe| exe == app) {
            return Ok(Some(pid));
        }
    }
    Ok(None)
}

/// Reports whether nothing of the process is left but, at most, its entry in its parent's books: its files
/// and connections are closed.
fn has_ended(pid: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return true };
    // "PID (NAME) STATE ...", and the name may hold anything
    stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with(['Z', 'X']))
}

fn signal(name: &str, pid: u32) -> Result<()> {
    let sent = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status()?;
    ensure!(sent.success(), "cannot send SIG{name} to process {pid}");
    Ok(())
}
