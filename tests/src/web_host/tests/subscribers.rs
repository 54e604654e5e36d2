//! Several pages on one host: each follows its own sessions, and none holds up another.

use super::*;
use crate::model_server::{Gate, ModelServer, Reply};
use serde_json::json;

/// Bytes that the command of the noisy session prints.
const NOISE_BYTES: usize = 20_000_000;
/// Prompts that the quiet session answers meanwhile.
const PROMPTS: usize = 5;

fn is_idle(now: &SessionSnapshot) -> bool {
    now.session.status == SessionStatus::Idle && now.session.task_started_ms.is_none()
}

fn answers(now: &SessionSnapshot) -> usize {
    now.rows.iter().filter(|row| matches!(row.body, RowBody::Agent { streaming: false, .. })).count()
}

/// The sessions whose changes a page got.
fn sessions_of(page: &Page) -> Vec<&SessionId> {
    let mut ids: Vec<_> = page
        .updates
        .iter()
        .filter_map(|update| match update {
            Update::Session { id, .. } => Some(id),
            _ => None,
        })
        .collect();
    ids.dedup();
    ids
}

/// Receives updates until the session that is made of them is as wanted.
async fn until(
    window: &Window,
    page: &mut Page,
    first: &SessionSnapshot,
    wanted: impl Fn(&SessionSnapshot) -> bool,
) -> SessionSnapshot {
    loop {
        let now = page.painted(first.clone());
        if wanted(&now) {
            return now;
        }
        let received =
            tokio::time::timeout(Duration::from_mins(1), page.receive(window.web_host.host())).await;
        assert!(received == Ok(true), "no more updates come, and it is {now:#?}");
    }
}

async fn new_session(window: &Window, project: &Value) -> SessionId {
    window.call("new_session", json!({ "project": project["id"] })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pages_follow_two_sessions_and_each_gets_its_own() {
    let place = Place::new();
    let window = place.start().await;
    let project: Value = window.call("pick_folder", json!({})).await;
    let (one, two) = (new_session(&window, &project).await, new_session(&window, &project).await);
    let host = window.web_host.host();
    let (mut left, mut right) = (Page::attach(host), Page::attach(host));
    let (first_one, first_two) =
        (window.subscribe_as(&left, &one).await, window.subscribe_as(&right, &two).await);
    assert_eq!((&first_one.id, &first_two.id), (&one, &two));

    // both work at the same time
    window.prompt(&one, "list the todos").await;
    window.prompt(&two, "what is in here?").await;
    let done = |now: &SessionSnapshot| is_idle(now) && answers(now) > 0;
    let shown_one = until(&window, &mut left, &first_one, done).await;
    let shown_two = until(&window, &mut right, &first_two, done).await;
    assert_eq!(
        (shown_one.session.title.as_str(), shown_two.session.title.as_str()),
        ("list the todos", "what is in here?")
    );
    assert_eq!((sessions_of(&left), sessions_of(&right)), (vec![&one], vec![&two]));

    // one page may follow both, and stop to follow one
    let both = Page::attach(host);
    window.subscribe_as(&both, &one).await;
    let first = window.subscribe_as(&both, &two).await;
    let () = window.call("unsubscribe", json!({ "subscriber": both.subscriber, "session": one })).await;
    let mut both = both;
    window.prompt(&one, "hello").await;
    until(&window, &mut left, &first_one, |now| is_idle(now) && answers(now) > answers(&shown_one)).await;
    window.prompt(&two, "hello").await;
    until(&window, &mut both, &first, |now| is_idle(now) && answers(now) > answers(&first)).await;
    assert_eq!(sessions_of(&both), [&two]);

    // a session that is put away closes its subscriptions, and no others
    let () = window.call("archive_session", json!({ "session": two, "archived": true })).await;
    let closed = Update::Closed { id: two.clone() };
    while !right.updates.contains(&closed) {
        assert!(right.receive(host).await);
    }
    assert!(!left.updates.contains(&closed));
    let gone = json!({ "subscriber": right.subscriber, "session": two });
    assert_eq!(window.refusal("subscribe", gone).await, "this session is not open");
    let nobody = json!({ "subscriber": 999, "session": one });
    assert_eq!(window.refusal("subscribe", nobody).await, "this subscriber is not attached");
    window.web_host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_in_any_session_is_in_the_inbox_of_every_page() {
    let place = Place::new();
    let mut window = place.start().await;
    let project: Value = window.call("pick_folder", json!({})).await;
    let (one, two) = (new_session(&window, &project).await, new_session(&window, &project).await);
    let mut other = Page::attach(window.web_host.host());
    for id in [&one, &two] {
        window.prompt(id, "rename old_name to new_name").await;
        window.until_asked(id).await;
    }
    // this page follows neither of them
    let inbox = loop {
        let last = other.updates.iter().rev().find_map(|update| match update {
            Update::Inbox { waiting: 2, inbox } => Some(inbox.clone()),
            _ => None,
        });
        match last {
            Some(inbox) => break inbox,
            None => assert!(other.receive(window.web_host.host()).await),
        }
    };
    assert_eq!(inbox, window.app().await.inbox);
    let waits: Vec<_> = inbox.iter().map(|item| (&item.session, json!(item.project), item.kind)).collect();
    let patch = host::api::InboxKind::Patch;
    assert_eq!(waits, [(&one, project["id"].clone(), patch), (&two, project["id"].clone(), patch)]);
    assert!(inbox[0].since_ms <= inbox[1].since_ms);
    assert_eq!(sessions_of(&other), Vec::<&SessionId>::new());

    let (now, _, binding) = window.until_asked(&one).await;
    window.decide(&one, &now, &binding, None).await;
    window.until_idle(&one).await;
    let left = window.app().await;
    assert_eq!((left.waiting, &left.inbox[..]), (1, &inbox[1..]));
    window.web_host.stop().await;
}

/// Last prompt of the person in a request to the model.
fn prompt_of(input: &[Value]) -> String {
    let mut prompts = input.iter().filter(|item| item["role"] == "user");
    prompts
        .next_back()
        .map(|item| item["content"][0]["text"].as_str().unwrap_or_default().to_owned())
        .unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_noisy_session_and_a_page_that_never_acknowledges_delay_no_other_page() {
    let after_noise = Gate::new();
    let gate = after_noise.clone();
    let server = ModelServer::with_policy(move |asked| {
        if asked.uri.ends_with("/models") {
            return Reply::models(&["m"]);
        }
        match prompt_of(asked.input()) {
            prompt if prompt.contains("noise") && asked.output_of("noise").is_none() => {
                let script =
                    format!("yes 'a line of noise that nobody needs to read' | head -c {NOISE_BYTES}");
                Reply::new()
                    .function_call("noise", "shell", &json!({ "command": ["bash", "-c", script] }))
                    .completed()
            }
            prompt if prompt.contains("noise") => Reply::text("The noise is over.").gate_before(&gate),
            prompt => Reply::text(&format!("You said: {prompt}")),
        }
    })
    .await
    .unwrap();
    let place = Place::new();
    let home = place.dir.path().join("home");
    fs::create_dir_all(&home).unwrap();
    let config = format!(
        "model = \"m\"\nmodel_provider = \"scripted\"\napproval_policy = \"never\"\nsandbox_mode = \"danger-full-access\"\n\
         [model_providers.scripted]\nname = \"Scripted\"\nbase_url = \"{}\"\n",
        server.base_url()
    );
    fs::write(home.join("config.toml"), config).unwrap();
    let window = place.start_with(false).await;
    let project: Value = window.call("pick_folder", json!({})).await;
    let (noisy, quiet) = (new_session(&window, &project).await, new_session(&window, &project).await);
    let host = window.web_host.host();
    let (mut slow, mut page) = (Page::attach(host), Page::attach(host));
    let first_noisy = window.subscribe_as(&slow, &noisy).await;
    let first = window.subscribe_as(&page, &quiet).await;

    // the slow page acknowledges nothing while the noise lasts, and the noisy session does not end before the gate is open
    window.prompt(&noisy, "make some noise").await;
    for number in 1..=PROMPTS {
        window.prompt(&quiet, &format!("prompt {number}")).await;
        let now = until(&window, &mut page, &first, |now| is_idle(now) && answers(now) == number).await;
        assert_eq!(now.session.title, "prompt 1");
    }
    assert_eq!(sessions_of(&page), [&quiet]);
    let bytes: usize = page.updates.iter().map(|update| serde_json::to_string(update).unwrap().len()).sum();
    assert!(bytes < 200_000, "{bytes} bytes for {PROMPTS} short answers");

    // all of the noise has been printed; what waited for the slow page meanwhile is bounded, and it catches up with it
    after_noise.reached().await;
    let printed = until(&window, &mut slow, &first_noisy, |now| {
        now.rows
            .iter()
            .any(|row| matches!(&row.body, RowBody::Command(command) if command.end.as_ref().is_some_and(|end| end.ended_by.exit_code() == Some(0))))
    })
    .await;
    let bytes: usize = slow.updates.iter().map(|update| serde_json::to_string(update).unwrap().len()).sum();
    assert!(bytes < 2_000_000, "{bytes} bytes of {NOISE_BYTES}");
    let shown = printed.rows.iter().find_map(|row| match &row.body {
        RowBody::Command(command) => Some(command.output.len()),
        _ => None,
    });
    assert!(shown.is_some_and(|bytes| bytes > 0), "{shown:?}");
    assert!(!is_idle(&printed));
    after_noise.open();
    until(&window, &mut slow, &first_noisy, |now| is_idle(now) && answers(now) == 1).await;
    assert_eq!(sessions_of(&slow), [&noisy]);
    window.web_host.stop().await;
}
