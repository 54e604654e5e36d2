//! The person's hands: real keys, a real mouse and the real clipboard, which the desktop gives to the window.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::{Window, eventually, executable, person};
use serde_json::{Value, json};

use crate::harness::{APPROVAL, Harness};

/// Title of the app's window, with the count of what waits.
pub(crate) const TITLE: &str = r"(\([0-9]+\) )?Countersign";

/// Gives the keyboard to the app's window, and returns its id.
pub(crate) fn take_keyboard() -> Result<String> {
    let shown = person::windows(TITLE)?.pop().context("the window is shown")?;
    person::xdotool(&["windowactivate", "--sync", &shown])?;
    Ok(shown)
}

/// Presses keys, one after the other, by their names in X.
pub(crate) fn press(keys: &[&str]) -> Result<()> {
    person::xdotool(&[&["key", "--delay", "30"], keys].concat())
}

/// Types a text.
pub(crate) fn write(text: &str) -> Result<()> {
    person::xdotool(&["type", "--delay", "15", text])
}

/// Clicks the first element that fits the selector in its middle, once nothing lies over it and it stays where it is.
pub(crate) async fn click(window: &Window, css: &str) -> Result<()> {
    let shown = take_keyboard()?;
    let script = "const [css, done] = arguments;
        const element = document.querySelector(css);
        if (!element || element.disabled) return done(null);
        element.scrollIntoView({ block: 'center' });
        const place = () => {
            const { left, top, width, height } = element.getBoundingClientRect();
            const [x, y] = [left + width / 2, top + height / 2].map(Math.round);
            const hit = document.elementFromPoint(x, y);
            return hit !== null && element.contains(hit) ? [x, y] : null;
        };
        const before = place();
        // what comes into view is painted in the frames that follow, and may move the rest
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
            const after = place();
            done(String(after) === String(before) ? after : null);
        })));";
    let place = eventually(format!("`{css}` where the mouse reaches it"), || async {
        let place = window.page().execute_async(script, vec![json!(css)]).await?;
        Ok(place.as_array().map(|place| place.iter().map(Value::to_string).collect::<Vec<_>>()))
    });
    let place = window.or_picture(place.await).await?;
    let [x, y] = place.as_slice() else { anyhow::bail!("{place:?} is no place") };
    person::xdotool(&["mousemove", "--window", &shown, x, y, "click", "1"])
}

/// Waits until the card that is on top answers to keys.
pub(crate) async fn until_card_takes_keys(window: &Window) -> Result<()> {
    window.find(&format!("{APPROVAL}[data-takes-keys=true]")).await.map(drop)
}

/// Waits until what a script returns is this.
pub(crate) async fn until_page_says(window: &Window, script: &str, expected: Value) -> Result<()> {
    let last = std::cell::RefCell::new(Value::Null);
    let waited = eventually(format!("{expected} of `{script}`"), || async {
        let said = window.page().execute(script, vec![]).await?;
        let is_there = said == expected;
        *last.borrow_mut() = said;
        Ok(is_there.then_some(()))
    });
    let waited = waited.await.with_context(|| format!("it says {}", last.borrow()));
    window.or_picture(waited).await
}

/// Starts the app once more with a folder, as from a terminal: the window that is there opens it.
pub(crate) async fn open_folder(window: &Window, harness: &Harness, folder: &Path) -> Result<()> {
    let started = Command::new(executable("countersign-desktop")?)
        .arg(folder)
        .env("COUNTERSIGN_HOME", harness.home())
        .stdin(Stdio::null())
        .status()
        .context("cannot start the app once more")?;
    ensure!(started.success(), "the second start ended with {started}");
    let name = folder.file_name().and_then(|name| name.to_str()).context("the folder has a name")?;
    window.wait_for_text("[data-testid=project-menu]", name).await.map(drop)
}

/// The clipboard with something in it, until this is dropped.
pub(crate) struct Clipboard {
    owner: Child,
}

impl Clipboard {
    /// Puts bytes of a type into it: `UTF8_STRING` for text, `image/png`.
    pub(crate) fn with(kind: &str, content: &[u8]) -> Result<Self> {
        let mut owner = Command::new("xclip")
            .args(["-selection", "clipboard", "-target", kind, "-quiet", "-in"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start xclip")?;
        owner.stdin.take().context("xclip takes no input")?.write_all(content)?;
        Ok(Self { owner })
    }

    /// Waits until it is what a paste would get.
    pub(crate) async fn ready(&self, kind: &str) -> Result<()> {
        eventually(format!("{kind} in the clipboard"), || async {
            let asked = Command::new("xclip")
                .args(["-selection", "clipboard", "-out", "-target", "TARGETS"])
                .output()
                .context("cannot start xclip")?;
            let offered = String::from_utf8_lossy(&asked.stdout).into_owned();
            Ok(offered.lines().any(|line| line == kind).then_some(()))
        })
        .await
    }
}

impl Drop for Clipboard {
    fn drop(&mut self) {
        let _ = self.owner.kill();
        let _ = self.owner.wait();
    }
}
