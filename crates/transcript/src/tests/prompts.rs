use super::*;

fn add(history: &PromptHistory, text: &str) {
    history.append(&"s".into(), AT_MS, text).unwrap();
}

#[test]
fn prompts_are_remembered_in_order() {
    let (_dir, home) = home();
    let history = PromptHistory::new(&home);
    assert_eq!(history.recent(10).unwrap(), Vec::<String>::new());
    let (log, count) = history.log_id_and_count().unwrap();
    assert!(log > 1 && log < 1 << 53 && count == 0);
    add(&history, "one");
    add(&history, "two\nlines");
    assert_eq!(history.log_id_and_count().unwrap(), (log, 2));
    assert_eq!(history.get(log, 0).unwrap().as_deref(), Some("one"));
    assert_eq!(history.get(log, 1).unwrap().as_deref(), Some("two\nlines"));
    assert_eq!(history.get(log, 2).unwrap(), None);
    assert_eq!(history.get(log + 1, 0).unwrap(), None);
    assert_eq!(history.recent(1).unwrap(), ["two\nlines"]);
    assert_eq!(history.recent(9).unwrap(), ["two\nlines", "one"]);
    let mode = fs::metadata(home.prompt_history_file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_torn_line_spoils_only_itself() {
    let (_dir, home) = home();
    let history = PromptHistory::new(&home);
    add(&history, "one");
    add_bytes(&home.prompt_history_file(), b"{\"session_id\":\"s\",\"at");
    add(&history, "two");
    assert_eq!(history.recent(9).unwrap(), ["two", "one"]);
}

#[test]
fn the_oldest_half_is_dropped_and_the_log_is_another_one_then() {
    let (_dir, home) = home();
    let history = PromptHistory::new(&home);
    let text = "x".repeat(60_000);
    add(&history, "first");
    let (log, _) = history.log_id_and_count().unwrap();
    for number in 0..18 {
        add(&history, &format!("{number} {text}"));
    }
    let (new_log, count) = history.log_id_and_count().unwrap();
    assert_ne!(new_log, log);
    assert!((8..=10).contains(&count), "{count}");
    assert_eq!(history.get(log, 0).unwrap(), None);
    assert!(history.recent(1).unwrap()[0].starts_with("17 x"));
    assert!(fs::metadata(home.prompt_history_file()).unwrap().len() < 1024 * 1024);
    add(&history, &"x".repeat(65 * 1024));
    assert_eq!(history.log_id_and_count().unwrap(), (new_log, count));
}

#[test]
fn instances_that_write_at_once_lose_nothing() {
    let (_dir, home) = home();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let home = &home;
            scope.spawn(move || {
                for number in 0..25 {
                    add(&PromptHistory::new(home), &format!("{thread}.{number}"));
                }
            });
        }
    });
    let mut recent = PromptHistory::new(&home).recent(1000).unwrap();
    recent.sort();
    recent.dedup();
    assert_eq!(recent.len(), 100);
}
