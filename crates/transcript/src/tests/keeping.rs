//! Sessions found, forked, named, put away and deleted (B30).

use super::*;
use protocol::{AbortReason, InputItem, Item, TaskId};
use std::collections::BTreeSet;

fn session(home: &Home, id: &str, records: &[Record]) -> PathBuf {
    let mut writer = Writer::create(home, &meta(id)).unwrap();
    writer.append(records).unwrap();
    writer.path().to_owned()
}

fn fact(fact: Fact) -> Record {
    Record { at_ms: AT_MS, op: OpId::from("7"), fact }
}

fn started(task: u32) -> Record {
    fact(Fact::TaskStarted { task_id: TaskId(task) })
}

fn completed(task: u32) -> Record {
    fact(Fact::TaskCompleted { task_id: TaskId(task), last_agent_message: None, duration_ms: 1 })
}

fn asked(text: &str) -> Record {
    fact(Fact::Input { items: vec![InputItem::text(text)] })
}

#[test]
fn b30_a_session_is_found_by_id_beginning_or_path() {
    let (_dir, home) = home();
    let one = session(&home, "abc1", &[]);
    let two = session(&home, "abc12", &[]);
    session(&home, "xyz", &[]);
    assert_eq!(find(&home, "abc12").unwrap(), two);
    assert_eq!(find(&home, "abc1").unwrap(), one);
    assert_eq!(find(&home, "x").unwrap().file_name().unwrap(), "rollout-2025-05-07T17-24-21-xyz.jsonl");
    assert_eq!(find(&home, one.to_str().unwrap()).unwrap(), one.canonicalize().unwrap());
    let error = find(&home, "ab").unwrap_err().to_string();
    assert_eq!(error, "\"ab\" is the beginning of 2 sessions: abc1, abc12; give more of the id");
    let error = find(&home, "nope").unwrap_err().to_string();
    assert!(error.starts_with("no session \"nope\" in "), "{error}");
    assert!(find(&home, "").is_err() && find(&home, "/no/such.jsonl").is_err());
    assert_eq!(path_of(&home, &[SessionLocation::Sessions], &"abc1".into()).unwrap(), one);
    for not_an_id in [one.to_str().unwrap(), "abc", ""] {
        assert!(path_of(&home, &SessionLocation::ALL, &not_an_id.into()).is_err(), "{not_an_id}");
    }
}

#[test]
fn b30_the_newest_is_the_one_written_to_last_in_which_something_was_asked() {
    let (_dir, home) = home();
    assert_eq!(newest(&home), None);
    let written = |id: &str, records: &[Record], at_ms: u64| {
        let path = session(&home, id, records);
        let at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(at_ms);
        fs::File::options().write(true).open(&path).unwrap().set_modified(at).unwrap();
        path
    };
    written("a", &[asked("old")], 1000);
    let wanted = written("b", &[named("x"), asked("new")], 2000);
    written("c", &[named("nothing asked")], 3000);
    assert_eq!(newest(&home), Some(wanted));
}

#[test]
fn b30_a_fork_holds_what_was_up_to_a_task_and_the_other_stays_as_it_is() {
    let (_dir, home) = home();
    let records = [
        named("before"),
        started(1),
        asked("one"),
        completed(1),
        named("between"),
        started(2),
        asked("two"),
        completed(2),
    ];
    let source = session(&home, "abc", &records);
    let before = fs::read(&source).unwrap();
    let forked = |at: Option<u32>| {
        let forked = fork(&home, &source, at.map(TaskId)).unwrap();
        let loaded = read(&forked.path).unwrap();
        assert_eq!(loaded.meta.forked_from, Some("abc".into()));
        assert_eq!((&loaded.meta.session_id, &loaded.meta.cwd), (&forked.session_id, &meta("abc").cwd));
        assert_eq!(find(&home, forked.session_id.as_str()).unwrap(), forked.path);
        loaded.records
    };
    assert_eq!(forked(None), records);
    assert_eq!(forked(Some(2)), records);
    assert_eq!(forked(Some(1)), records[..5]);
    assert_eq!(forked(Some(0)), records[..1]);
    let error = fork(&home, &source, Some(TaskId(3))).unwrap_err().to_string();
    assert!(
        error.starts_with("there is no task 3 in ") && error.ends_with("which has tasks 1 to 2"),
        "{error}"
    );
    assert_eq!(fs::read(&source).unwrap(), before);
}

#[test]
fn b30_a_task_that_is_not_over_is_aborted_in_the_fork() {
    let (_dir, home) = home();
    let item =
        Item::FunctionCall { call_id: "c".into(), name: "shell".to_owned(), arguments: "{}".to_owned() };
    let records = [started(1), asked("one"), fact(Fact::ModelItem { item })];
    let source = session(&home, "abc", &records);
    // it may be at work meanwhile
    let _open = Writer::reopen(&source).unwrap();
    let forked = fork(&home, &source, None).unwrap();
    let mut loaded = read(&forked.path).unwrap().records;
    let last = loaded.pop().unwrap();
    assert_eq!(loaded, records);
    assert_eq!(last.fact, Fact::TaskAborted { task_id: TaskId(1), reason: AbortReason::Interrupted });
}

#[test]
fn b30_a_session_is_put_away_taken_out_deleted_and_restored_as_it_is() {
    let (_dir, home) = home();
    let path = session(&home, "abc", &[asked("one")]);
    session(&home, "other", &[]);
    let bytes = fs::read(&path).unwrap();
    let beneath = path.strip_prefix(home.sessions_dir()).unwrap().to_owned();

    let archived = move_to(&home, &path, SessionLocation::Archive).unwrap();
    assert_eq!(archived, home.archived_sessions_dir().join(&beneath));
    assert!(!path.exists());
    assert_eq!(find(&home, "abc").unwrap(), archived, "it can still be gone on with");
    assert_eq!(move_to(&home, &archived, SessionLocation::Archive).unwrap(), archived);
    let all: BTreeSet<_> = ["abc", "other"].map(Into::into).into();
    assert_eq!(living(&home).unwrap(), all);

    let deleted = move_to(&home, &archived.canonicalize().unwrap(), SessionLocation::Trash).unwrap();
    assert!(find(&home, "abc").is_err());
    assert_eq!(living(&home).unwrap(), BTreeSet::from(["other".into()]));
    let restored = move_to(&home, &deleted, SessionLocation::Sessions).unwrap();
    assert_eq!(restored, path);
    assert_eq!(fs::read(&path).unwrap(), bytes);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&home.trash_dir())), (0o600, 0o700));
}

#[test]
fn b30_what_is_in_use_or_elsewhere_or_in_the_way_is_left_alone() {
    let (dir, home) = home();
    let path = session(&home, "abc", &[]);
    let open = Writer::reopen(&path).unwrap();
    for error in [move_to(&home, &path, SessionLocation::Trash).unwrap_err(), rename(&path, "x").unwrap_err()]
    {
        assert!(matches!(error, TranscriptError::InUse(_)), "{error}");
    }
    drop(open);
    let elsewhere = dir.path().join("elsewhere.jsonl");
    fs::copy(&path, &elsewhere).unwrap();
    let error = move_to(&home, &elsewhere, SessionLocation::Trash).unwrap_err();
    assert!(matches!(error, TranscriptError::NotKept(_)), "{error}");
    let target = move_to(&home, &path, SessionLocation::Trash).unwrap();
    session(&home, "abc", &[]);
    let error = move_to(&home, &path, SessionLocation::Trash).unwrap_err();
    assert!(matches!(&error, TranscriptError::InTheWay(at) if *at == target), "{error}");
    assert!(path.exists() && elsewhere.exists());
}

#[test]
fn b30_a_name_is_one_line_and_the_last_one_counts() {
    let (_dir, home) = home();
    let path = session(&home, "abc", &[asked("one")]);
    rename(&path, "first").unwrap();
    rename(&path, &format!("  \x1b[2J second\n{}", "é".repeat(300))).unwrap();
    assert!(matches!(rename(&path, " \n").unwrap_err(), TranscriptError::NoName));
    let records = read(&path).unwrap().records;
    let Fact::Titled { title } = &records[2].fact else { panic!("{records:?}") };
    assert_eq!((records.len(), title.chars().count()), (3, 200));
    assert!(title.starts_with("[2J second ééé"), "{title}");
}

#[test]
fn b30_the_policies_chosen_last_are_the_ones_to_go_on_with() {
    let config = |model: &str| -> SessionConfig {
        serde_json::from_value(serde_json::json!({
            "provider": "practice",
            "model": model,
            "cwd": "/p",
            "policies": Policies::default(),
        }))
        .unwrap()
    };
    let changed = Policies { review_patches: true, ..Policies::default() };
    let chosen = || fact(Fact::PolicyChanged { policies: changed.clone() });
    let configure = |model: &str| fact(Fact::Configured { config: Box::new(config(model)) });
    let (_dir, home) = home();
    let last = |id: &str, records: &[Record]| {
        let path = session(&home, id, records);
        add_bytes(&path, b"{\"type\":\"configured\"}\n\xff\n{\"type\":\"config");
        let header = header(&path).unwrap();
        assert_eq!(header.meta, meta(id));
        header.last_config
    };
    assert_eq!(last("a", &[chosen()]), None);
    let expected = SessionConfig { policies: changed.clone(), ..config("a") };
    assert_eq!(last("b", &[configure("a"), asked("configured"), chosen()]), Some(expected));
    assert_eq!(last("c", &[configure("a"), chosen(), configure("b")]), Some(config("b")));
}
