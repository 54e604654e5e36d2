use super::*;
use crate::api::{AppView, CloseAction, Settings, Theme};
use protocol::Policies;

/// Row of any session that is sent whole.
fn no_row(_: &SessionId, _: u32) -> Option<Row> {
    None
}

fn append(index: u32, bytes: usize) -> Change {
    Change::Append { index, text: "x".repeat(bytes) }
}

fn attach(subscribers: &mut Subscribers) -> u64 {
    let number = subscribers.attach(Arc::new(|_| ()), Arc::default());
    subscribers.get_mut(number).unwrap().take_dirty();
    number
}

/// Sends the next batch of a subscriber.
fn send(subscribers: &mut Subscribers, number: u64) -> Vec<Update> {
    let batch = subscribers.get_mut(number).unwrap().next_batch(no_row);
    batch.map(|(_, batch)| batch.updates).unwrap_or_default()
}

/// Bytes that a batch may have after ten batches, each painted in so many milliseconds.
async fn room_after(paints_in: u64) -> u64 {
    let mut subscribers = Subscribers::default();
    let number = attach(&mut subscribers);
    for seq in 1..=10 {
        subscribers.publish_event(&Update::Mcp);
        assert_eq!(send(&mut subscribers, number), [Update::Mcp]);
        tokio::time::advance(Duration::from_millis(paints_in)).await;
        subscribers.ack(number, seq);
    }
    subscribers.get_mut(number).unwrap().max_bytes
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_as_large_as_the_page_paints_in_a_moment() {
    assert_eq!(room_after(5).await, 256 * 1024);
    assert_eq!(room_after(30).await, FIRST_BATCH_BYTES);
    assert_eq!(room_after(300).await, 4 * 1024);
}

#[tokio::test(start_paused = true)]
async fn a_slow_page_makes_the_batches_of_no_other_smaller() {
    let mut subscribers = Subscribers::default();
    let (quick, slow) = (attach(&mut subscribers), attach(&mut subscribers));
    subscribers.publish_event(&Update::Mcp);
    assert_eq!((send(&mut subscribers, quick).len(), send(&mut subscribers, slow).len()), (1, 1));
    subscribers.ack(quick, 1);
    tokio::time::advance(Duration::from_millis(200)).await;
    subscribers.ack(slow, 1);
    assert_eq!(subscribers.get_mut(quick).unwrap().max_bytes, FIRST_BATCH_BYTES * 2);
    assert_eq!(subscribers.get_mut(slow).unwrap().max_bytes, FIRST_BATCH_BYTES / 2);
}

#[tokio::test(start_paused = true)]
async fn only_batches_that_were_sent_are_acknowledged() {
    let mut subscribers = Subscribers::default();
    let number = attach(&mut subscribers);
    for _ in 0..2 {
        subscribers.publish_event(&Update::Mcp);
        send(&mut subscribers, number);
    }
    assert!(!subscribers.all_acked(number));
    subscribers.ack(number, 3);
    assert!(!subscribers.all_acked(number));
    subscribers.ack(number, 1);
    assert!(subscribers.all_acked(number));
}

#[test]
fn each_gets_the_sessions_it_follows_and_no_others() {
    let mut subscribers = Subscribers::default();
    let (one, two) = (attach(&mut subscribers), attach(&mut subscribers));
    let (a, b) = (SessionId::from("a"), SessionId::from("b"));
    subscribers.get_mut(one).unwrap().subscribe(&a, 0);
    subscribers.get_mut(two).unwrap().subscribe(&b, 0);
    for session in [&a, &b] {
        subscribers.publish(session, &append(0, 1), None);
    }
    let update =
        |id: &SessionId, seq| Update::Session { id: id.clone(), seq, change: Box::new(append(0, 1)) };
    assert_eq!(send(&mut subscribers, one), [update(&a, 1)]);
    assert_eq!(send(&mut subscribers, two), [update(&b, 1)]);

    assert!(subscribers.has(&a));
    assert!(subscribers.get_mut(one).unwrap().unsubscribe(&a) && !subscribers.has(&a));
    subscribers.publish(&a, &append(0, 1), None);
    subscribers.close(&b);
    assert!(send(&mut subscribers, one).is_empty());
    assert_eq!(send(&mut subscribers, two), [Update::Closed { id: b }]);
}

#[test]
fn a_batch_is_bounded_and_the_rest_waits() {
    let mut subscribers = Subscribers::default();
    let number = attach(&mut subscribers);
    let session = SessionId::from("s");
    subscribers.get_mut(number).unwrap().subscribe(&session, 0);
    for index in 0..40 {
        subscribers.publish(&session, &append(index, 1000), None);
    }
    let mut sent = 0;
    for _ in 0..3 {
        let updates = send(&mut subscribers, number);
        let bytes: u64 = updates.iter().map(json_size).sum();
        assert!(bytes <= FIRST_BATCH_BYTES + 1200, "one update more than the budget at the most: {bytes}");
        sent += updates.len();
    }
    assert_eq!(sent, 40);
    assert!(send(&mut subscribers, number).is_empty());
}

#[test]
fn a_noisy_session_leaves_every_other_kind_its_share_of_each_batch() {
    let mut subscribers = Subscribers::default();
    let number = attach(&mut subscribers);
    let (noisy, quiet) = (SessionId::from("noisy"), SessionId::from("quiet"));
    for session in [&noisy, &quiet] {
        subscribers.get_mut(number).unwrap().subscribe(session, 0);
    }
    for index in 0..1000 {
        subscribers.publish(&noisy, &append(index, 10_000), None);
    }
    for round in 0..50_u32 {
        subscribers.publish(&quiet, &append(round, 10), None);
        subscribers.mark_app_dirty(AppPart::Inbox);
        let subscriber = subscribers.get_mut(number).unwrap();
        assert_eq!(subscriber.take_dirty(), BTreeSet::from([AppPart::Inbox]));
        let inbox = Update::Inbox { waiting: round, inbox: Vec::new() };
        subscriber.put_part(AppPart::Inbox, inbox.clone());
        let updates = send(&mut subscribers, number);
        // whatever the noisy one still has, the batch after a change has that change
        assert!(updates.contains(&inbox), "batch {round} has no inbox");
        let of_quiet = |update: &&Update| matches!(update, Update::Session { id, .. } if *id == quiet);
        let expected = Update::Session {
            id: quiet.clone(),
            seq: u64::from(round) + 1,
            change: Box::new(append(round, 10)),
        };
        assert_eq!(updates.iter().filter(of_quiet).collect::<Vec<_>>(), [&expected]);
        let bytes: u64 = updates.iter().map(json_size).sum();
        assert!(bytes <= FIRST_BATCH_BYTES + 11_000, "{bytes}");
    }
}

#[test]
fn a_large_part_that_changes_all_the_time_uses_up_its_own_share_only() {
    let mut subscribers = Subscribers::default();
    let number = attach(&mut subscribers);
    let session = SessionId::from("s");
    subscribers.get_mut(number).unwrap().subscribe(&session, 0);
    let large = Update::Projects { projects: Vec::new(), project: Some("p".repeat(200_000)) };
    let (mut sent_large, mut sent_rows) = (0, 0);
    for index in 0..100 {
        for row in 0..4 {
            subscribers.publish(&session, &append(index * 4 + row, 3000), None);
        }
        subscribers.get_mut(number).unwrap().put_part(AppPart::Projects, large.clone());
        let updates = send(&mut subscribers, number);
        sent_large += updates.iter().filter(|update| matches!(update, Update::Projects { .. })).count();
        sent_rows += updates.iter().filter(|update| matches!(update, Update::Session { .. })).count();
    }
    // a fifth of the room, once the first is paid for
    assert!((1..=3).contains(&sent_large), "{sent_large}");
    assert!(sent_rows >= 390, "{sent_rows}");
}

#[test]
fn the_first_update_is_the_whole_app() {
    let mut subscribers = Subscribers::default();
    let number = subscribers.attach(Arc::new(|_| ()), Arc::default());
    subscribers.mark_app_dirty(AppPart::Inbox);
    let subscriber = subscribers.get_mut(number).unwrap();
    assert_eq!(subscriber.take_dirty(), BTreeSet::from([AppPart::All]));
    let app = Update::App { app: Box::new(app()) };
    subscriber.put_part(AppPart::All, app.clone());
    subscriber.put_part(AppPart::Sandbox, Update::Sandbox { sandbox: None });
    assert_eq!(send(&mut subscribers, number), [app, Update::Sandbox { sandbox: None }]);
}

fn app() -> AppView {
    AppView {
        version: String::new(),
        projects: Vec::new(),
        project: None,
        sessions: Vec::new(),
        sessions_total: 0,
        elsewhere: Vec::new(),
        session: None,
        providers: Vec::new(),
        settings: Settings {
            provider: String::new(),
            model: String::new(),
            reasoning_effort: None,
            policies: Policies::default(),
            theme: Theme::System,
            approve_only_viewed: false,
            task_cost_limit: None,
            task_token_limit: None,
            reviewer: None,
            editor_command: String::new(),
            notify_turn_complete: true,
            notify_approval: true,
            close_action: CloseAction::Ask,
        },
        setting_sources: BTreeMap::new(),
        sandbox: None,
        keychain_problem: None,
        waiting: 0,
        inbox: Vec::new(),
    }
}
