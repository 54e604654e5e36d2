//! Closing the window while agents are at work, as far as the host decides it.

use crate::host_window::Window;
use anyhow::{Result, ensure};
use host::api::{AppView, BackgroundView, CloseAction, SettingsChange};
use serde_json::json;

const RENAME: &str = "rename tidy to clean";

async fn set(window: &Window, close_action: CloseAction) -> Result<AppView> {
    let change = SettingsChange { close_action: Some(close_action), ..SettingsChange::default() };
    window.call("save_settings", serde_json::to_value(change)?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_at_work_the_app_quits_whatever_is_set() -> Result<()> {
    let mut window = Window::open(&["one"]).await?;
    window.pick_folder().await?;
    window.ask("hello").await?;
    let app = set(&window, CloseAction::KeepRunning).await?;
    ensure!(app.settings.close_action == CloseAction::KeepRunning);
    let host = window.web_host.host().clone();
    host.request_close().await;
    ensure!(window.web_host.desktop().closed() == ["quit"]);
    ensure!(host.begins_hidden());
    window.web_host.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_keeps_the_app_running_as_the_person_answers() -> Result<()> {
    let mut window = Window::open(&["one"]).await?;
    window.pick_folder().await?;
    window.start(RENAME).await?;
    window.until(|app| app.waiting == 1).await?;
    let host = window.web_host.host().clone();
    let activity = window.web_host.desktop().activity();
    ensure!(activity.working == 0 && activity.waiting.len() == 1, "{activity:?}");
    ensure!(activity.waiting[0].name.starts_with("one: "), "{activity:?}");

    // the page asks, and the person answers once and for all
    let asking = tokio::spawn({
        let host = host.clone();
        async move { host.request_close().await }
    });
    let request = window.until_close_is_asked().await?;
    let shown: bool = window.call("close_question_shown", json!({ "request": request })).await?;
    ensure!(shown, "nothing is decided yet");
    asking.await?;
    ensure!(window.web_host.desktop().closed().is_empty(), "it is for the person to say");
    let answer = json!({ "answer": "keep_running", "remember": true });
    let () = window.call("close_window", answer).await?;
    ensure!(window.web_host.desktop().closed() == ["hide"]);
    let shown: bool = window.call("close_question_shown", json!({ "request": request })).await?;
    ensure!(!shown, "it is decided");

    // it is not asked again
    host.request_close().await;
    ensure!(window.web_host.desktop().closed() == ["hide", "hide"]);
    set(&window, CloseAction::Quit).await?;
    host.request_close().await;
    ensure!(window.web_host.desktop().closed() == ["hide", "hide", "quit"]);
    window.web_host.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_start_at_login_is_the_systems_to_know() -> Result<()> {
    let window = Window::open(&["one"]).await?;
    let background: BackgroundView = window.call("background", json!({})).await?;
    ensure!(background == BackgroundView { tray: false, start_at_login: Some(false) });
    let background: BackgroundView = window.call("set_start_at_login", json!({ "on": true })).await?;
    ensure!(background.start_at_login == Some(true));
    window.web_host.stop().await;
    Ok(())
}
