mod conversation;
mod project;

use super::*;
use futures_util::StreamExt as _;
use host::NoteKind;
use host::api::{AppView, SessionSnapshot, Update, UpdateBatch};
use protocol::{HunkSelection, ReviewDecision, SessionId};
use serde::de::DeserializeOwned;
use std::fs;
use std::time::Duration;
use view::{ApprovalBody, Change, PatchApproval, RowBody, SessionStatus, UndoView};

/// A project with a name to be changed in two files.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("project/src")).unwrap();
        let place = Self { dir };
        place.write("src/one.txt", "first\nold_name here\nlast\n");
        place.write("src/two.txt", "old_name there\n");
        place
    }

    fn project(&self) -> PathBuf {
        self.dir.path().join("project")
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.project().join(path), text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.project().join(path)).unwrap()
    }

    async fn start(&self) -> Window {
        self.start_with(true).await
    }

    /// A window with the practice model only, or with what the config names.
    async fn start_with(&self, practice: bool) -> Window {
        let dist = self.dir.path().join("dist");
        fs::create_dir_all(&dist).unwrap();
        fs::write(dist.join("index.html"), "<!doctype html><title>Countersign</title>").unwrap();
        let options = WebHostOptions {
            home: self.dir.path().join("home"),
            practice,
            picks: vec![self.project()],
            dist,
            ..WebHostOptions::default()
        };
        let web_host = WebHost::start(options).await.unwrap();
        let page = Page::attach(web_host.host());
        Window { web_host, page }
    }
}

/// Subscriber of a host.
struct Page {
    subscriber: u64,
    batches: mpsc::UnboundedReceiver<UpdateBatch>,
    updates: Vec<Update>,
}

impl Page {
    fn attach(host: &Arc<Host>) -> Self {
        let (sender, batches) = mpsc::unbounded_channel();
        let subscriber = host.attach(move |batch| drop(sender.send(batch)));
        Self { subscriber, batches, updates: Vec::new() }
    }

    /// Takes in a batch, and acknowledges it. False when there will be no more.
    async fn receive(&mut self, host: &Host) -> bool {
        let Some(batch) = self.batches.recv().await else { return false };
        host.ack(self.subscriber, batch.seq);
        self.updates.extend(batch.updates);
        true
    }

    /// The session that the page shows: `first`, and every change after it.
    fn painted(&self, first: SessionSnapshot) -> SessionSnapshot {
        let mut now = first;
        for update in &self.updates {
            let Update::Session { id, seq, change } = update else { continue };
            if *id != now.id || *seq <= now.seq {
                continue;
            }
            assert_eq!(*seq, now.seq + 1, "a gap in the channel");
            now.seq = *seq;
            match change.as_ref().clone() {
                Change::Row { index, row } if index == now.total_rows => {
                    now.total_rows += 1;
                    now.rows.push(row);
                }
                Change::Row { index, row } => now.rows[index as usize] = row,
                Change::Blocks { index, from, blocks: new } => match &mut now.rows[index as usize].body {
                    RowBody::Agent { blocks, .. } => {
                        blocks.truncate(from as usize);
                        blocks.extend(new);
                    }
                    other => panic!("blocks for {other:?}"),
                },
                Change::Append { index, text: new } => match &mut now.rows[index as usize].body {
                    RowBody::Reasoning { text, .. } => text.push_str(&new),
                    RowBody::Command(command) => command.output.push_str(&new),
                    other => panic!("text for {other:?}"),
                },
                Change::Session { session } => now.session = *session,
                Change::Changes { changes } => now.changes = changes,
            }
        }
        now
    }
}

/// Window on a host: calls commands, and looks again whenever it gets an update.
struct Window {
    web_host: WebHost,
    page: Page,
}

impl Window {
    async fn call<T: DeserializeOwned>(&self, name: &str, args: Value) -> T {
        let reply =
            self.web_host.host().call(name, args).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        serde_json::from_value(reply).unwrap()
    }

    async fn refusal(&self, name: &str, args: Value) -> String {
        self.web_host.host().call(name, args).await.unwrap_err().message
    }

    async fn app(&self) -> AppView {
        self.call("app", json!({})).await
    }

    /// The session as soon as it is as wanted.
    async fn until(&mut self, id: &SessionId, wanted: impl Fn(&SessionSnapshot) -> bool) -> SessionSnapshot {
        loop {
            let now = self.subscribe(id).await;
            if wanted(&now) {
                return now;
            }
            let received = tokio::time::timeout(Duration::from_mins(1), self.receive()).await;
            assert!(received == Ok(true), "no more updates come, and it is {now:#?}");
        }
    }

    /// The session as it is now; changes come on top.
    async fn subscribe(&self, id: &SessionId) -> SessionSnapshot {
        self.subscribe_as(&self.page, id).await
    }

    async fn subscribe_as(&self, page: &Page, id: &SessionId) -> SessionSnapshot {
        self.call("subscribe", json!({ "subscriber": page.subscriber, "session": id })).await
    }

    async fn receive(&mut self) -> bool {
        self.page.receive(self.web_host.host()).await
    }

    /// Waits for a patch to be asked about; returns the session, the patch, and the binding of the question.
    async fn until_asked(&mut self, id: &SessionId) -> (SessionSnapshot, PatchApproval, String) {
        let now = self.until(id, |now| !now.session.approvals.is_empty()).await;
        let card = now.session.approvals[0].clone();
        match card.body {
            ApprovalBody::Patch(patch) => (now, patch, card.binding),
            other => panic!("something else asks: {other:?}"),
        }
    }

    async fn until_idle(&mut self, id: &SessionId) -> SessionSnapshot {
        self.until(id, |now| {
            now.session.status == SessionStatus::Idle && now.session.task_started_ms.is_none()
        })
        .await
    }

    /// Waits until a task has ended. A session that was only just prompted is idle still.
    async fn until_task_ended(&mut self, id: &SessionId) -> SessionSnapshot {
        self.until(id, |now| now.rows.iter().any(|row| matches!(row.body, RowBody::TaskEnd { .. }))).await
    }

    async fn submit(&self, id: &SessionId, op: Value) {
        let _: String = self.call("submit", json!({ "session": id, "op": op })).await;
    }

    async fn prompt(&self, id: &SessionId, text: &str) {
        self.submit(id, json!({ "type": "user_input", "items": [{ "type": "text", "text": text }] })).await;
    }

    async fn decide(
        &self,
        id: &SessionId,
        now: &SessionSnapshot,
        binding: &str,
        hunks: Option<HunkSelection>,
    ) {
        let call_id = &now.session.approvals[0].call_id;
        let decision = ReviewDecision::Approved;
        let op = json!({
            "type": "decide", "call_id": call_id, "binding": binding, "decision": decision, "hunks": hunks,
        });
        self.submit(id, op).await;
    }

    /// Opens the project through the folder dialog and begins a session.
    async fn begin(&self) -> SessionId {
        let project: Value = self.call("pick_folder", json!({})).await;
        assert_eq!(project["name"], "project");
        self.call("new_session", json!({ "project": project["id"] })).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hunks_that_are_accepted_are_written_and_no_others() {
    let place = Place::new();
    let mut window = place.start().await;
    let id = window.begin().await;
    window.prompt(&id, "rename old_name to new_name").await;
    let (now, patch, binding) = window.until_asked(&id).await;
    assert_eq!(window.app().await.waiting, 1);
    assert_eq!(window.web_host.desktop().activity().waiting.len(), 1);
    assert_eq!(
        patch.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
        ["src/one.txt", "src/two.txt"]
    );
    assert_eq!(place.read("src/one.txt"), "first\nold_name here\nlast\n");

    let accepted = patch.files[0].hunks.iter().map(|hunk| hunk.id.clone()).collect();
    window.decide(&id, &now, &binding, Some(HunkSelection { accepted, ..HunkSelection::default() })).await;
    let done = window.until_idle(&id).await;
    assert_eq!(place.read("src/one.txt"), "first\nnew_name here\nlast\n");
    assert_eq!(place.read("src/two.txt"), "old_name there\n");
    assert_eq!(done.changes.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["src/one.txt"]);
    let written = done.rows.iter().find_map(|row| match &row.body {
        RowBody::Patch(patch) => Some((patch.hunks_written, patch.hunks_total)),
        _ => None,
    });
    assert_eq!(written, Some((1, 2)));

    let app = window.app().await;
    assert_eq!((app.waiting, app.session.as_ref()), (0, Some(&id)));
    assert_eq!(app.sessions[0].title, "rename old_name to new_name");
    let kinds: Vec<_> = window.web_host.desktop().notifications().iter().map(|note| note.kind).collect();
    assert_eq!(kinds, [NoteKind::ApprovalNeeded, NoteKind::TurnComplete]);
    let prompts: Vec<String> = window.call("prompt_history", json!({})).await;
    assert_eq!(prompts, ["rename old_name to new_name"]);

    let () = window.call("open_file", json!({ "session": id, "path": "src/one.txt" })).await;
    assert!(window.web_host.desktop().opened()[0].ends_with("project/src/one.txt"));
    window.refusal("open_file", json!({ "session": id, "path": "/etc/passwd" })).await;
    window.refusal("open_link", json!({ "url": "file:///etc/passwd" })).await;
    window.web_host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_gets_changes_shows_what_a_new_one_would() {
    let place = Place::new();
    place.write("NOTES.md", "# Notes\n\nTODO: tidy up\n");
    let mut window = place.start().await;
    let id = window.begin().await;
    let mut page = Page::attach(window.web_host.host());
    let first = window.subscribe_as(&page, &id).await;
    for prompt in ["what is in here?", "list the todos", "hello"] {
        window.prompt(&id, prompt).await;
        window.until(&id, |now| now.session.status != SessionStatus::Idle).await;
        window.until_idle(&id).await;
    }
    let now = window.until_idle(&id).await;
    // the page was never given another snapshot: what it shows is made of changes alone
    let mut shown = page.painted(first.clone());
    while (&shown.rows, &shown.session, &shown.changes) != (&now.rows, &now.session, &now.changes) {
        let received =
            tokio::time::timeout(Duration::from_mins(1), page.receive(window.web_host.host())).await;
        assert!(received == Ok(true), "no more updates come, and it is {shown:#?} instead of {now:#?}");
        shown = page.painted(first.clone());
    }
    assert!(now.rows.iter().any(|row| matches!(row.body, RowBody::Command(_))));
    assert_eq!(shown.total_rows, now.total_rows);
    window.web_host.stop().await;
}

#[test]
fn what_waits_when_the_app_is_killed_waits_again_after() {
    let place = Place::new();
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let before = runtime();
    let id = before.block_on(async {
        let mut window = place.start().await;
        let id = window.begin().await;
        window.prompt(&id, "rename old_name to new_name").await;
        window.until_asked(&id).await;
        id
    });
    // nobody says goodbye
    before.shutdown_timeout(Duration::from_secs(10));

    runtime().block_on(async {
        let mut window = place.start().await;
        let _: Value = window.call("pick_folder", json!({})).await;
        let _: SessionId = window.call("open_session", json!({ "session": id })).await;
        let (now, _, binding) = window.until_asked(&id).await;
        assert_eq!(now.session.title, "rename old_name to new_name");
        window.decide(&id, &now, &binding, None).await;
        window.until_idle(&id).await;
        assert_eq!(place.read("src/one.txt"), "first\nnew_name here\nlast\n");
        assert_eq!(place.read("src/two.txt"), "new_name there\n");
        window.web_host.stop().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_is_remembered() {
    let place = Place::new();
    let window = place.start().await;
    let _: SessionId = {
        let project: Value = window.call("pick_folder", json!({})).await;
        assert_eq!((&project["trusted"], &project["trust_asked"]), (&json!(false), &json!(false)));
        let _: Value =
            window.call("trust_project", json!({ "project": project["id"], "trusted": true })).await;
        window.call("new_session", json!({ "project": project["id"] })).await
    };
    let mut settings = window.app().await.settings;
    assert!(settings.policies.review_patches);
    settings.theme = host::api::Theme::Dark;
    settings.approve_only_viewed = true;
    let _: AppView = window.call("save_settings", serde_json::to_value(&settings).unwrap()).await;
    let files: Vec<String> = window.call("find_files", json!({ "query": "two" })).await;
    assert_eq!(files, ["src/two.txt"]);
    window.web_host.stop().await;

    let window = place.start().await;
    let app = window.app().await;
    assert_eq!(app.settings.theme, host::api::Theme::Dark);
    assert!(app.settings.approve_only_viewed);
    assert_eq!((app.projects.len(), app.projects[0].trusted), (1, true));
    window.web_host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_obeys_a_config_file_that_was_tightened_after_the_theme_was_changed() {
    use protocol::{ApprovalPolicy, SandboxPolicy};
    let place = Place::new();
    let window = place.start().await;
    let app: AppView = window.call("save_settings", json!({ "theme": "dark" })).await;
    assert_eq!(app.setting_sources[&host::api::Setting::Sandbox], host::api::ValueSource::Default);
    window.web_host.stop().await;

    let config = place.dir.path().join("home/config.toml");
    fs::write(&config, "sandbox_mode = \"read-only\"\n").unwrap();
    let window = place.start().await;
    let id = window.begin().await;
    let now = window.subscribe(&id).await;
    assert_eq!(now.session.policies.sandbox, SandboxPolicy::read_only());
    let app = window.app().await;
    assert_eq!(app.settings.theme, host::api::Theme::Dark);
    assert_eq!(app.settings.policies.sandbox, SandboxPolicy::read_only());
    let source = &app.setting_sources[&host::api::Setting::Sandbox];
    assert!(matches!(source, host::api::ValueSource::ConfigFile { line: 1, .. }), "{source:?}");

    // what is set in the window goes before the file, until it is reset; the next session sees the file as it is now
    let mut policies = app.settings.policies;
    policies.approval = ApprovalPolicy::Untrusted;
    let app: AppView = window.call("save_settings", json!({ "policies": policies })).await;
    assert_eq!(app.settings.policies.approval, ApprovalPolicy::Untrusted);
    fs::write(&config, "\nsandbox_mode = \"danger-full-access\"\napproval_policy = \"never\"\n").unwrap();
    let id: SessionId = window.call("new_session", json!({ "project": now.project })).await;
    let now = window.subscribe(&id).await;
    assert_eq!(now.session.policies.approval, ApprovalPolicy::Untrusted);
    assert_eq!(now.session.policies.sandbox, SandboxPolicy::DangerFullAccess);
    let app: AppView = window.call("reset_setting", json!({ "setting": "approval" })).await;
    assert_eq!(app.settings.policies.approval, ApprovalPolicy::Never);
    window.web_host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_has_the_token_is_answered() {
    let place = Place::new();
    let window = place.start().await;
    let url = window.web_host.url();
    let (base, token) = url.split_once("/?token=").unwrap();
    let http = reqwest::Client::new();

    let page = http.get(&url).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("script-src 'self'") && policy.contains("connect-src 'self'"), "{policy}");
    assert!(page.text().await.unwrap().contains("Countersign"));
    let outside = http.get(format!("{base}/%2e%2e/home/projects.json")).send().await.unwrap();
    assert_eq!(outside.status(), 404);

    let call = |name: &str, token: &str| {
        http.post(format!("{base}/call/{name}")).header("x-token", token).body("{}").send()
    };
    assert_eq!(call("app", "wrong").await.unwrap().status(), 403);
    let app: AppView =
        serde_json::from_slice(&call("app", token).await.unwrap().bytes().await.unwrap()).unwrap();
    assert_eq!(app.providers.iter().filter(|provider| !provider.practice).count(), 0);
    let unknown = call("run", token).await.unwrap();
    assert_eq!(unknown.status(), 422);
    assert!(unknown.text().await.unwrap().contains("there is no command `run`"));

    let events = format!("{}/events?token=", base.replace("http", "ws"));
    assert!(tokio_tungstenite::connect_async(format!("{events}wrong")).await.is_err());
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("{events}{token}")).await.unwrap();
    let hello = socket.next().await.unwrap().unwrap();
    let hello: Value = serde_json::from_str(hello.to_text().unwrap()).unwrap();
    assert!(hello["subscriber"].is_u64(), "{hello}");
    let first = socket.next().await.unwrap().unwrap();
    let batch: host::api::UpdateBatch = serde_json::from_str(first.to_text().unwrap()).unwrap();
    assert!(matches!((batch.seq, &batch.updates[0]), (1, host::api::Update::App { .. })));
    window.web_host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b36_an_undo_is_looked_at_done_and_taken_back_where_it_is_asked_for() {
    let place = Place::new();
    let mut window = place.start().await;
    let id = window.begin().await;
    let nothing =
        window.refusal("preview_undo", json!({ "session": id, "task_id": null, "redo": false })).await;
    assert_eq!(nothing, "there is nothing to undo");

    let (old, new) = ("first\nold_name here\nlast\n", "first\nnew_name here\nlast\n");
    window.prompt(&id, "rename old_name to new_name").await;
    let (now, _, binding) = window.until_asked(&id).await;
    window.decide(&id, &now, &binding, None).await;
    let done = window.until(&id, |now| now.session.undoable.is_some()).await;
    assert_eq!(place.read("src/one.txt"), new);
    let task = done.session.undoable;

    let plan: UndoView =
        window.call("preview_undo", json!({ "session": id, "task_id": task, "redo": false })).await;
    let paths: Vec<_> = plan.changes.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!((paths, plan.redo), (vec!["src/one.txt", "src/two.txt"], false));
    assert!(plan.conflicts.is_empty());
    let hunk = &plan.changes.files[0].hunks[0].id;
    let lines: Value = window
        .call(
            "hunk_lines",
            json!({ "session": id, "of": { "type": "undo" }, "path": "src/one.txt", "hunk": hunk, "from": 1, "count": 2 }),
        )
        .await;
    assert_eq!((&lines[0]["text"], &lines[1]["text"]), (&json!("new_name here"), &json!("old_name here")));
    assert_eq!(place.read("src/one.txt"), new, "looking changes nothing");

    // the person goes on with a file: it is left alone unless they say otherwise
    place.write("src/two.txt", "mine\n");
    let apply = |redo: bool, overwrite: bool| json!({ "session": id, "task_id": null, "redo": redo, "overwrite": overwrite });
    let () = window.call("apply_undo", apply(false, false)).await;
    assert_eq!((place.read("src/one.txt"), place.read("src/two.txt")), (old.to_owned(), "mine\n".to_owned()));
    let undone = window.until(&id, |now| now.session.redoable).await;
    let RowBody::Undone(row) = &undone.rows.last().unwrap().body else { panic!("{:?}", undone.rows) };
    assert_eq!(
        (row.paths.as_slice(), row.left_alone.as_slice()),
        (&["src/one.txt".to_owned()][..], &["src/two.txt".to_owned()][..])
    );

    let () = window.call("apply_undo", apply(true, false)).await;
    assert_eq!(place.read("src/one.txt"), new);
    // what went wrong was said where it was asked for, and nowhere else
    let last = window.until(&id, |now| !now.session.redoable).await;
    assert!(
        last.session.error.is_none()
            && !last.rows.iter().any(|row| matches!(row.body, RowBody::Notice { .. }))
    );
}

mod folders;
mod mcp;
mod review;
mod rules;
mod subscribers;
