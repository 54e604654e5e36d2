//! The app without its window: closing it while agents are at work, the tray, and the start at login.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::processes::page_of;
use countersign_tests::desktop::tray::Tray;
use countersign_tests::desktop::{Window, eventually, executable, person};
use countersign_tests::model_server::{Gate, Reply};
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{APPROVAL, APPROVE, Harness, TASK_END, ask};

const TITLE: &str = r"(\([0-9]+\) )?Countersign";
const GREET: &str = "greet() { :; }\n";
const WELCOME: &str = "welcome() { :; }\n";
const QUESTION: &str = "[data-testid=close-dialog]";
const WAY_BACK: &str = "[data-testid=close-way-back]";
const SETTINGS: &str = "settings.json";

/// Closes the window as the window manager does.
async fn close() -> Result<()> {
    let shown = visible().await?;
    person::xdotool(&["windowactivate", "--sync", &shown, "key", "alt+F4"])
}

async fn visible() -> Result<String> {
    eventually("the window to be shown", || async { Ok(person::windows(TITLE)?.pop()) }).await
}

async fn hidden() -> Result<()> {
    eventually("the window to be hidden", || async { Ok(person::windows(TITLE)?.is_empty().then_some(())) })
        .await
}

/// Starts the app a second time, and waits until that has handed over.
async fn start_again(harness: &Harness) -> Result<()> {
    let second = tokio::process::Command::new(executable("countersign-desktop")?)
        .env("COUNTERSIGN_HOME", harness.home())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status();
    let ended = tokio::time::timeout(Duration::from_mins(1), second).await;
    let status = ended.context("the second start does not end")?.context("cannot start the app again")?;
    ensure!(status.success(), "the second start ended with {status}");
    Ok(())
}

#[tokio::test]
async fn closing_asks_and_agents_keep_running_until_the_app_is_started_again() -> Result<()> {
    let harness = Harness::with(&[("greet.sh", GREET)])?;
    let window = harness.open().await?;
    ask(&window, "rename greet to welcome").await?;
    window.find(APPROVAL).await?;

    close().await?;
    window.wait_for_text(QUESTION, "1 decision is waiting for you").await?;
    // there is no tray on this desktop
    window.wait_for_text(WAY_BACK, "shows no tray icon").await?;
    window.screenshot("close-dialog").await?;
    window.click("[data-testid=close-stay]").await?;
    window.wait_until_gone(QUESTION).await?;
    window.find(APPROVAL).await?;

    close().await?;
    window.click("[data-testid=close-remember]").await?;
    window.click("[data-testid=close-keep]").await?;
    hidden().await?;
    let pid = window.pid()?;

    // as the desktop's menu starts it
    start_again(&harness).await?;
    visible().await?;
    ensure!(window.pid()? == pid, "the app is one that went on");
    window.find("[data-testid=inbox]").await?;
    window.find(APPROVAL).await?;

    // the answer is remembered
    let saved = std::fs::read_to_string(harness.home().join(SETTINGS))?;
    ensure!(saved.contains("keep_running"), "{saved}");
    close().await?;
    hidden().await?;
    start_again(&harness).await?;
    visible().await?;
    window.click(APPROVE).await?;
    eventually("the patch to be written", || async {
        Ok((harness.read("greet.sh")? == WELCOME).then_some(()))
    })
    .await?;

    // with nothing at work the app quits
    window.click("[data-testid=inbox-close]").await?;
    window.find(TASK_END).await?;
    close().await?;
    window.ended().await
}

#[tokio::test]
async fn a_notification_leads_back_to_a_hidden_window() -> Result<()> {
    // the model answers when the window is gone
    let gate = Gate::new();
    let patch = "*** Add File: note.txt\n+note";
    let reply = Reply::new().gate(&gate).apply_patch("c1", patch).completed();
    let (harness, _model) = Harness::scripted(&[("greet.sh", GREET)], "", vec![reply]).await?;
    let notifications = person::Notifications::from_now()?;
    let window = harness.open_configured().await?;
    ask(&window, "write a note").await?;
    gate.reached().await;
    close().await?;
    window.wait_for_text(QUESTION, "1 agent is working").await?;
    window.click("[data-testid=close-keep]").await?;
    hidden().await?;
    gate.open();
    notifications.wait_for("project: may this be written?").await?;
    notifications.click()?;
    visible().await?;
    window.find(APPROVAL).await?;
    window.end().await
}

#[tokio::test]
async fn the_tray_shows_what_waits_and_leads_to_it() -> Result<()> {
    let tray = Tray::start().await?;
    let harness = Harness::with(&[("greet.sh", GREET)])?;
    let window = harness.open().await?;
    tray.wait_for("Idle").await?;
    ensure!(tray.status().await? == "Active");
    let idle = tray.icon().await?;
    ask(&window, "rename greet to welcome").await?;
    window.find(APPROVAL).await?;
    tray.wait_for("1 decision is waiting for you").await?;
    ensure!(tray.status().await? == "NeedsAttention");
    ensure!(tray.icon().await? != idle, "the icon says that something waits");
    let labels: Vec<_> = tray.entries().await?.into_iter().map(|(_, label)| label).collect();
    let expected =
        ["1 decision is waiting for you", "", "project: Change greet.sh", "", "Open Countersign", "Quit"];
    ensure!(labels == expected, "{labels:?}");

    close().await?;
    window.wait_for_text(WAY_BACK, "click the tray icon").await?;
    window.click("[data-testid=close-keep]").await?;
    hidden().await?;
    tray.choose("project: Change greet.sh").await?;
    visible().await?;
    window.find("[data-testid=inbox]").await?;
    window.click(APPROVE).await?;
    tray.wait_for("Idle").await?;
    ensure!(harness.read("greet.sh")? == WELCOME && tray.icon().await? == idle);
    tray.activate().await?;
    visible().await?;
    tray.choose("Quit").await?;
    window.ended().await
}

#[tokio::test]
async fn a_page_that_hangs_does_not_keep_the_window_from_closing() -> Result<()> {
    let harness = Harness::with(&[("greet.sh", GREET)])?;
    let window = harness.open().await?;
    ask(&window, "rename greet to welcome").await?;
    window.find(APPROVAL).await?;
    let page = page_of(window.pid()?)?.context("the page has a process")?;
    let page = Pid::from_raw(page.try_into()?).context("a process")?;
    kill_process(page, Signal::STOP)?;
    close().await?;
    let dialog =
        eventually("the system's dialog", || async { Ok(person::windows("Close Countersign")?.pop()) })
            .await?;
    // nothing is chosen by leaving it
    person::xdotool(&["windowactivate", "--sync", &dialog, "key", "Escape"])?;
    eventually("the dialog to close", || async {
        Ok(person::windows("Close Countersign")?.is_empty().then_some(()))
    })
    .await?;
    visible().await?;
    close().await?;
    let dialog =
        eventually("the system's dialog", || async { Ok(person::windows("Close Countersign")?.pop()) })
            .await?;
    person::xdotool(&["windowactivate", "--sync", &dialog, "key", "Return"])?;
    hidden().await?;
    kill_process(page, Signal::CONT)?;
    start_again(&harness).await?;
    visible().await?;
    // the page has heard of the questions by now, which were answered elsewhere
    window.find(APPROVAL).await?;
    window.wait_until_gone(QUESTION).await?;
    window.end().await
}

#[tokio::test]
async fn an_app_that_starts_at_login_stays_hidden_if_agents_keep_running() -> Result<()> {
    let harness = Harness::with(&[("greet.sh", GREET)])?;
    let window = harness.open().await?;
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).context("the desktop sets it")?;
    let entry = config.join("autostart/countersign-desktop.desktop");
    ensure!(!entry.exists(), "it is off at first");
    open_settings(&window).await?;
    window.wait_for_text("[data-testid=way-back]", "no tray icon").await?;
    window.screenshot("settings-background").await?;
    window.click("input[role=switch]").await?;
    eventually("the desktop entry", || async { Ok(entry.exists().then_some(())) }).await?;
    let text = std::fs::read_to_string(&entry)?;
    let program = executable("countersign-desktop")?;
    ensure!(text.contains(&format!("Exec=\"{}\" --at-login\n", program.display())), "{text}");
    // it waits for the file to be saved
    window.click("input[value=keep_running]").await?;
    eventually("the setting to be saved", || async {
        let saved = std::fs::read_to_string(harness.home().join(SETTINGS)).unwrap_or_default();
        Ok(saved.contains("keep_running").then_some(()))
    })
    .await?;
    window.end().await?;

    let project = harness.project();
    let args = ["--practice".as_ref(), "--at-login".as_ref(), project.as_os_str()];
    // without a tray icon nobody would know of it
    let window = Window::open(&harness.home(), &args, &[]).await?;
    visible().await?;
    window.end().await?;
    let tray = Tray::start().await?;
    let window = Window::open(&harness.home(), &args, &[]).await?;
    // the page is there, and so the app has started
    window.find("[data-testid=composer]").await?;
    tray.wait_for("Idle").await?;
    ensure!(person::windows(TITLE)?.is_empty(), "the window is hidden");
    start_again(&harness).await?;
    visible().await?;
    open_settings(&window).await?;
    window.click("input[role=switch]").await?;
    eventually("the desktop entry to go", || async { Ok((!entry.exists()).then_some(())) }).await?;
    window.click("input[value=ask]").await?;
    eventually("the setting to be saved", || async {
        let saved = std::fs::read_to_string(harness.home().join(SETTINGS))?;
        Ok((!saved.contains("keep_running")).then_some(()))
    })
    .await?;
    window.end().await?;
    drop(tray);

    let window = Window::open(&harness.home(), &args, &[]).await?;
    visible().await?;
    window.end().await
}

async fn open_settings(window: &Window) -> Result<()> {
    window.click("[data-testid=settings-open]").await?;
    window.click("[data-testid=settings-tab-background]").await
}
