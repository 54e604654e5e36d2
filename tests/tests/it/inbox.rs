//! Several sessions at once: what waits in all of them, what is done in the background, and prompts for later.

use crate::host_window::Window;
use anyhow::{Context, Result, ensure};
use host::api::{AppView, InboxItem, InboxKind, SessionSnapshot, SessionSummary};
use protocol::{CallId, SessionId};
use serde_json::{Value, json};
use std::path::Path;
use view::{ApprovalCard, RowBody, SessionStatus};

const RENAME: &str = "rename tidy to clean";

fn all(app: &AppView) -> impl Iterator<Item = &SessionSummary> {
    app.sessions.iter().chain(&app.elsewhere)
}

fn summary<'a>(app: &'a AppView, id: &SessionId) -> Option<&'a SessionSummary> {
    all(app).find(|one| one.id == *id)
}

fn waits_with_patch(app: &AppView, id: &SessionId) -> bool {
    app.inbox.iter().any(|item| item.session == *id && item.kind == InboxKind::Patch)
}

/// Answers an item of the inbox, as the window does: by its session, which is not opened for it.
pub(crate) async fn decide(window: &mut Window, item: &InboxItem, decision: &str) -> Result<()> {
    let shown = window.snapshot(&item.session).await?;
    let is_it = |card: &&ApprovalCard| card.call_id == item.call_id;
    let card = shown.session.approvals.iter().find(is_it).context("its card is in the session")?;
    let op =
        json!({ "type": "decide", "call_id": item.call_id, "binding": card.binding, "decision": decision });
    let _: String = window.call("submit", json!({ "session": item.session, "op": op })).await?;
    let answered: CallId = item.call_id.clone();
    let session = item.session.clone();
    window
        .until(|app| !app.inbox.iter().any(|item| item.session == session && item.call_id == answered))
        .await?;
    Ok(())
}

/// Waits until a patch of each of these sessions waits; commands before it are approved.
pub(crate) async fn until_patches_wait(window: &mut Window, sessions: &[&SessionId]) -> Result<AppView> {
    loop {
        let app = window
            .until(|app| {
                let has_command = app.inbox.iter().any(|item| item.kind == InboxKind::Command);
                has_command || sessions.iter().all(|id| waits_with_patch(app, id))
            })
            .await?;
        match app.inbox.iter().find(|item| item.kind == InboxKind::Command) {
            Some(command) => decide(window, command, "approved").await?,
            None => return Ok(app),
        }
    }
}

fn notes(window: &Window, project: &str) -> Result<String> {
    Ok(std::fs::read_to_string(Path::new(window.dir.path()).join(project).join("notes.txt"))?)
}

#[tokio::test(flavor = "multi_thread")]
async fn five_sessions_of_two_projects_go_on_at_once_and_all_that_wait_are_answered() -> Result<()> {
    let mut window = Window::open(&["one", "two"]).await?;
    window.pick_folder().await?;
    let first = window.start(RENAME).await?;
    let hello = window.ask("hello").await?;
    window.pick_folder().await?;
    let second = window.start(RENAME).await?;
    let third = window.start(RENAME).await?;
    let other = window.ask("hello").await?;

    let app = until_patches_wait(&mut window, &[&first, &second, &third]).await?;
    ensure!(app.waiting == 3 && window.web_host.desktop().activity().waiting.len() == 3, "{:#?}", app.inbox);
    ensure!(app.inbox.is_sorted_by_key(|item| item.since_ms), "the oldest first: {:#?}", app.inbox);
    ensure!(app.inbox.iter().all(|item| item.subject == "notes.txt"), "{:#?}", app.inbox);
    let here = app.project.clone().context("a folder is open")?;
    let elsewhere: Vec<_> = app.elsewhere.iter().map(|one| &one.id).collect();
    ensure!(elsewhere.len() == 2 && elsewhere.contains(&&first) && elsewhere.contains(&&hello), "{app:#?}");
    ensure!(
        summary(&app, &first).is_some_and(|one| {
            one.status == SessionStatus::Waiting && one.task_started_ms.is_some() && one.model == "practice"
        }),
        "{app:#?}"
    );
    ensure!(
        summary(&app, &other).is_some_and(|one| one.unseen && !one.failed),
        "a task ended that nobody saw"
    );

    for item in &app.inbox {
        decide(&mut window, item, if item.session == third { "denied" } else { "approved" }).await?;
    }
    let app = window.until(|app| all(app).all(|one| one.status == SessionStatus::Idle)).await?;
    ensure!(app.inbox.is_empty() && app.waiting == 0 && app.project.as_deref() == Some(here.as_str()));
    ensure!(notes(&window, "one")? == "TODO: clean up\n" && notes(&window, "two")? == "TODO: clean up\n");

    let () = window.call("mark_seen", json!({ "session": first })).await?;
    let app = window.until(|app| summary(app, &first).is_some_and(|one| !one.unseen)).await?;
    ensure!(summary(&app, &second).is_some_and(|one| one.unseen), "that one was not looked at");
    window.web_host.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn prompts_for_later_are_sent_one_by_one_when_the_task_has_ended() -> Result<()> {
    let mut window = Window::open(&["one"]).await?;
    window.pick_folder().await?;
    let id = window.start(RENAME).await?;
    let app = until_patches_wait(&mut window, &[&id]).await?;
    let item = app.inbox.first().context("it waits")?.clone();
    for text in ["hello", "list the todos", "what is in here?"] {
        let items = json!([{ "type": "text", "text": text }]);
        let () = window.call("queue_prompt", json!({ "session": id, "items": items })).await?;
    }
    let queued = |app: &AppView| -> Vec<(u32, String)> {
        let queue = summary(app, &id).map(|one| one.queue.clone()).unwrap_or_default();
        queue.into_iter().map(|prompt| (prompt.id, prompt.text)).collect()
    };
    let before = queued(&window.until(|app| queued(app).len() == 3).await?);
    let order: Vec<_> = [1, 0].into_iter().map(|at: usize| before[at].0).collect();
    let () = window.call("order_queue", json!({ "session": id, "prompts": order })).await?;
    let kept = queued(&window.until(|app| queued(app).len() == 2).await?);
    ensure!(kept.iter().map(|(_, text)| text.as_str()).eq(["list the todos", "hello"]), "{kept:?}");

    decide(&mut window, &item, "approved").await?;
    // between two tasks nothing runs for a moment
    let ends = |shown: &SessionSnapshot| {
        shown.rows.iter().filter(|row| matches!(row.body, RowBody::TaskEnd { .. })).count()
    };
    let shown = window.until_session(&id, |shown| ends(shown) == 3).await?;
    ensure!(queued(&window.until(|app| queued(app).is_empty()).await?).is_empty());
    let prompts: Vec<_> = shown
        .rows
        .iter()
        .filter_map(|row| match &row.body {
            RowBody::User { task_id, content } => {
                Some((task_id.map(|task| task.0), serde_json::to_value(content).ok()?))
            }
            _ => None,
        })
        .collect();
    let said = |text: &str| json!([{ "type": "text", "text": text }]);
    ensure!(
        prompts == [(Some(1), said(RENAME)), (Some(2), said("list the todos")), (Some(3), said("hello"))],
        "each began a task: {prompts:#?}"
    );
    window.web_host.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn prompts_for_later_wait_for_the_person_once_the_task_was_stopped() -> Result<()> {
    let mut window = Window::open(&["one"]).await?;
    window.pick_folder().await?;
    let id = window.start(RENAME).await?;
    until_patches_wait(&mut window, &[&id]).await?;
    let items = json!([{ "type": "text", "text": "hello" }]);
    let () = window.call("queue_prompt", json!({ "session": id, "items": items })).await?;
    let _: String = window.call("submit", json!({ "session": id, "op": { "type": "interrupt" } })).await?;
    let held = |app: &AppView| summary(app, &id).is_some_and(|one| one.queue_held && one.queue.len() == 1);
    let app = window.until(|app| held(app)).await?;
    let prompt = summary(&app, &id).and_then(|one| one.queue.first()).context("it is kept")?.id;
    let taken: Value = window.call("take_queued", json!({ "session": id, "prompt": prompt })).await?;
    ensure!(taken == items, "{taken}");
    let gone = window.call::<Value>("take_queued", json!({ "session": id, "prompt": prompt })).await;
    ensure!(gone.is_err_and(|error| error.to_string().contains("sent already")));
    window.web_host.stop().await;
    Ok(())
}
