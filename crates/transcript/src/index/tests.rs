use super::*;
use crate::files::SessionLocation;
use crate::{Writer, move_to, rename};
use protocol::{
    Fact, InputItem, Item, ModelReview, ModelUsage, OpId, Record, ReviewEndedBy, Reviewer, SessionConfig,
    SessionMeta, TaskId, TokenUsage,
};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Instant;

const AT_MS: u64 = 1_746_638_661_000;

fn home() -> (tempfile::TempDir, Home) {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path());
    (dir, home)
}

fn record(after_ms: u64, fact: Fact) -> Record {
    Record { at_ms: AT_MS + after_ms, op: OpId::default(), fact }
}

fn asked(after_ms: u64, text: &str) -> Record {
    record(after_ms, Fact::Input { items: vec![InputItem::text(text)] })
}

fn said(after_ms: u64, text: &str) -> Record {
    let item = Item::AgentMessage { id: None, text: text.to_owned(), interrupted: false, phase: None };
    record(after_ms, Fact::ModelItem { item })
}

fn session(home: &Home, id: &str, cwd: &str, records: &[Record]) -> PathBuf {
    let meta = SessionMeta {
        session_id: id.into(),
        at_ms: AT_MS,
        cwd: cwd.into(),
        version: "1".to_owned(),
        git_commit: None,
        git_branch: None,
        forked_from: None,
        imported_from: None,
    };
    let mut writer = Writer::create(home, &meta).unwrap();
    writer.append(records).unwrap();
    writer.path().to_owned()
}

fn append(path: &Path, records: &[Record]) {
    Writer::reopen(path).unwrap().append(records).unwrap();
}

fn ids(page: &SessionPage) -> Vec<&str> {
    page.sessions.iter().map(|listed| listed.session_id.as_str()).collect()
}

fn all() -> SessionQuery<'static> {
    SessionQuery { count: 100, ..SessionQuery::default() }
}

fn found(index: &mut Index, words: &str) -> Vec<String> {
    let page = index.list(&SessionQuery { words, ..all() }).unwrap();
    ids(&page).into_iter().map(str::to_owned).collect()
}

fn fresh(home: &Home) -> Index {
    let mut index = Index::open(home).unwrap();
    index.refresh(|| {}).unwrap();
    assert!(index.problem().is_none(), "{:?}", index.problem());
    index
}

#[test]
fn b30_sessions_are_listed_by_use_with_first_words_or_name() {
    let (_dir, home) = home();
    let quiet = session(&home, "quiet", "/p", &[]);
    let old = session(&home, "old", "/p", &[asked(10, "  rename\n foo\tto bar "), asked(20, "more")]);
    session(
        &home,
        "new",
        "/q",
        &[record(5, Fact::TaskStarted { task_id: TaskId(1) }), asked(30, &"é".repeat(200))],
    );
    let mut index = fresh(&home);
    let page = index.list(&all()).unwrap();
    assert_eq!((ids(&page), page.total), (vec!["new", "old", "quiet"], 3));
    let titles: Vec<_> = page.sessions.iter().map(|listed| listed.title.as_str()).collect();
    assert_eq!(titles, [&*"é".repeat(80), "rename foo to bar", ""]);
    let new = &page.sessions[0];
    assert_eq!((new.created_ms, new.updated_ms, new.tasks), (AT_MS, AT_MS + 30, 1));
    assert_eq!((&page.sessions[1].path, &*page.sessions[1].cwd), (&old, Path::new("/p")));
    assert!(new.snippet.is_empty() && new.forked_from.is_none());

    // to name it is not to use it
    rename(&quiet, "the quiet one").unwrap();
    index.refresh_one(&quiet).unwrap();
    let page = index.list(&SessionQuery { folder: Some(Path::new("/p")), ..all() }).unwrap();
    assert_eq!((ids(&page), &*page.sessions[1].title), (vec!["old", "quiet"], "the quiet one"));
    let page = index.list(&SessionQuery { from: 1, count: 1, ..SessionQuery::default() }).unwrap();
    assert_eq!((ids(&page), page.total), (vec!["old"], 3));
}

#[test]
fn b30_words_are_found_wherever_they_were_said_and_the_name_counts_most() {
    let (_dir, home) = home();
    let call = Item::FunctionCall {
        call_id: "c".into(),
        name: "shell".to_owned(),
        arguments: r#"{"command":["bash","-lc","cargo nextest run"],"timeout_ms":1000}"#.to_owned(),
    };
    let patch = Item::CustomCall {
        call_id: "d".into(),
        name: "apply_patch".to_owned(),
        input: "*** Update File: src/tokenizer.rs\n".to_owned(),
    };
    let items = [call, patch].map(|item| record(2, Fact::ModelItem { item }));
    session(
        &home,
        "a",
        "/p",
        &[asked(1, "Fix the Überlauf in parse_config"), said(3, "It was an overflow.")],
    );
    session(&home, "b", "/p", &items);
    let long = format!("{} overflow {}", "word ".repeat(500), "word ".repeat(500));
    let named = session(&home, "c", "/p", &[said(9, &long)]);
    let mut index = fresh(&home);
    for (words, expected) in [
        ("overflow", vec!["a", "c"]),
        ("over uber", vec!["a"]),
        ("überlauf", vec!["a"]),
        ("PARSE_CONFIG", vec!["a"]),
        ("nextest", vec!["b"]),
        ("tokenizer.rs", vec!["b"]),
        ("\"an overflow\"", vec!["a"]),
        ("\"overflow an\"", vec![]),
        ("timeout_ms", vec![]),
        ("overflow AND", vec![]),
        ("NEAR(", vec![]),
        ("\"", vec!["a", "b", "c"]),
    ] {
        let mut found = found(&mut index, words);
        found.sort();
        assert_eq!(found, expected, "{words}");
    }
    let page =
        index.list(&SessionQuery { words: "overflow", folder: Some(Path::new("/none")), ..all() }).unwrap();
    assert_eq!(page, SessionPage::default());

    rename(&named, "overflow").unwrap();
    index.refresh(|| {}).unwrap();
    assert_eq!(found(&mut index, "overflow"), ["c", "a"]);
    let page = index.list(&SessionQuery { words: "overf", ..all() }).unwrap();
    let snippet = &page.sessions[1].snippet;
    let hits: Vec<_> = snippet.iter().filter(|part| part.hit).map(|part| &*part.text).collect();
    assert_eq!(hits, ["overflow"]);
    assert!(snippet.iter().map(|part| &*part.text).collect::<String>().contains("It was an overflow."));
}

#[test]
fn b30_scripts_without_spaces_and_signs_are_found_letter_by_letter() {
    let (_dir, home) = home();
    session(&home, "zh", "/p", &[asked(1, "请修复配置文件解析器中的错误，然后运行测试")]);
    session(&home, "sign", "/p", &[asked(2, "what does |> do?\n")]);
    let mut index = fresh(&home);
    assert_eq!(found(&mut index, "解析器"), ["zh"]);
    assert_eq!(found(&mut index, "|>"), ["sign"]);
    assert_eq!(found(&mut index, "what |>"), ["sign"]);
    assert!(found(&mut index, "器析").is_empty());
    let page = index.list(&SessionQuery { words: "解析器", ..all() }).unwrap();
    let parts: Vec<_> = page.sessions[0].snippet.iter().map(|part| (&*part.text, part.hit)).collect();
    assert_eq!(parts[1], ("解析器", true));
}

#[test]
fn b30_only_what_was_appended_is_read_and_what_is_gone_is_left_out() {
    let (_dir, home) = home();
    let path = session(&home, "a", "/p", &[asked(1, "alpha")]);
    let gone = session(&home, "b", "/p", &[asked(2, "beta")]);
    let mut index = fresh(&home);
    let read_bytes = |index: &Index| -> i64 {
        let row = "SELECT read_bytes FROM session WHERE id = 'a'";
        index.connection.query_row(row, [], |row| row.get(0)).unwrap()
    };
    let before = read_bytes(&index);
    append(&path, &[said(5, "gamma")]);
    fs::remove_file(gone).unwrap();
    index.refresh(|| {}).unwrap();
    assert_eq!(found(&mut index, "gamma"), ["a"]);
    assert_eq!(found(&mut index, "alpha"), ["a"]);
    assert!(found(&mut index, "beta").is_empty());
    assert_eq!(read_bytes(&index), i64::try_from(fs::metadata(&path).unwrap().len()).unwrap());
    assert!(before < read_bytes(&index));

    // a file that is another one now is read anew
    let other = fs::read_to_string(&path).unwrap().replace("alpha", "delta").replace("gamma", "omegaomega");
    fs::write(&path, other).unwrap();
    index.refresh(|| {}).unwrap();
    assert_eq!(found(&mut index, "delta omegaomega"), ["a"]);
    assert!(found(&mut index, "gamma").is_empty());
}

#[test]
fn b30_torn_and_damaged_lines_and_other_files_are_left_out() {
    let (_dir, home) = home();
    let path = session(&home, "a", "/p", &[asked(1, "alpha")]);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend(b"\xff\xfe nothing\n\n{\"at_ms\":7,\"type\":\"input\"");
    fs::write(&path, &bytes).unwrap();
    let day = path.parent().unwrap();
    fs::write(day.join("rollout-2025-05-07T17-24-21-b.jsonl"), "not one").unwrap();
    fs::write(day.join("rollout-2025-05-07T17-24-21-c.jsonl"), "neither\n").unwrap();
    fs::write(day.join("notes.txt"), "").unwrap();
    fs::write(home.sessions_dir().join("stray"), "").unwrap();
    let mut index = fresh(&home);
    assert_eq!(found(&mut index, ""), ["a"]);
    bytes.extend(b",\"items\":[{\"type\":\"text\",\"text\":\"omega\"}]}\n");
    fs::write(&path, &bytes).unwrap();
    index.refresh(|| {}).unwrap();
    assert_eq!(found(&mut index, "omega"), ["a"]);
    let page = index.list(&all()).unwrap();
    assert_eq!((page.total, page.sessions[0].updated_ms), (1, 7));
}

#[test]
fn b30_what_is_archived_or_deleted_is_listed_apart_and_the_words_of_deleted_ones_are_forgotten() {
    let (_dir, home) = home();
    let path = session(&home, "a", "/p", &[asked(1, "topsecret plan")]);
    let mut index = fresh(&home);
    let listed = |index: &mut Index, location, words| {
        let page = index.list(&SessionQuery { words, location, ..all() }).unwrap();
        page.sessions
            .into_iter()
            .map(|listed| (listed.location, listed.path, listed.title))
            .collect::<Vec<_>>()
    };
    for (location, found_by_words) in
        [(SessionLocation::Archive, 1), (SessionLocation::Trash, 0), (SessionLocation::Sessions, 1)]
    {
        let before = crate::find_on(&home, &SessionLocation::ALL, "a").unwrap();
        let after = move_to(&home, &before, location).unwrap();
        index.refresh_one(&before).unwrap();
        index.refresh_one(&after).unwrap();
        assert_eq!(listed(&mut index, location, ""), [(location, after, "topsecret plan".to_owned())]);
        for other in SessionLocation::ALL.into_iter().filter(|other| *other != location) {
            assert_eq!(listed(&mut index, other, ""), []);
        }
        // the name is kept to choose by, so what is only in the body shows it
        append(&crate::find_on(&home, &[location], "a").unwrap(), &[said(9, "zanzibar")]);
        index.refresh(|| {}).unwrap();
        assert_eq!(listed(&mut index, location, "zanzibar").len(), found_by_words, "{location:?}");
    }
    assert!(path.exists());
}

#[test]
fn b30_a_missing_broken_or_other_index_is_made_again() {
    let (_dir, home) = home();
    session(&home, "a", "/p", &[asked(1, "alpha")]);
    drop(fresh(&home));
    let file = home.index_file();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    for bytes in
        [&b"no index at all, but long enough to be read as the header of one if it began like one"[..], b""]
    {
        fs::write(&file, bytes).unwrap();
        assert_eq!(found(&mut fresh(&home), "alpha"), ["a"]);
    }
    // damaged in the middle, found out only when asked
    let mut bytes = fs::read(&file).unwrap();
    let len = bytes.len();
    bytes[4096..len].fill(0x5a);
    fs::write(&file, bytes).unwrap();
    assert_eq!(found(&mut fresh(&home), "alpha"), ["a"]);

    let other = Connection::open(&file).unwrap();
    other.execute_batch("DROP TABLE said; CREATE TABLE said (x); PRAGMA user_version = 9999;").unwrap();
    drop(other);
    let mut index = fresh(&home);
    assert_eq!(found(&mut index, "alpha"), ["a"]);
    let other = Connection::open(&file).unwrap();
    other.execute_batch("DROP TABLE said").unwrap();
    assert_eq!(found(&mut index, "alpha"), ["a"], "the same version without what belongs to it");
    drop((index, other));

    fs::remove_file(&file).unwrap();
    assert_eq!(found(&mut fresh(&home), "alpha"), ["a"]);
}

#[test]
fn b30_where_no_index_can_be_written_one_is_kept_in_memory() {
    let (_dir, home) = home();
    let path = session(&home, "a", "/p", &[asked(1, "alpha")]);
    fs::create_dir(home.index_file()).unwrap();
    let mut index = Index::open(&home).unwrap();
    let problem = index.problem().unwrap().to_string();
    assert!(problem.contains("index.sqlite failed: "), "{problem}");
    assert_eq!(found(&mut index, "alpha"), ["a"]);
    append(&path, &[said(5, "gamma")]);
    assert_eq!(found(&mut index, "gamma"), ["a"]);
}

#[test]
fn b30_instances_that_refresh_at_once_agree() {
    let (_dir, home) = home();
    for number in 0..60 {
        session(&home, &format!("s{number:02}"), "/p", &[asked(number, &format!("common word{number}"))]);
    }
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut index = fresh(&home);
                assert_eq!(index.list(&SessionQuery { words: "common", ..all() }).unwrap().total, 60);
            });
        }
    });
    let mut index = fresh(&home);
    let page = index.list(&all()).unwrap();
    assert_eq!((page.total, page.sessions.len()), (60, 60));
}

#[test]
fn b30_thousands_are_listed_at_once_and_no_transcript_is_read_for_it() {
    let (_dir, home) = home();
    for number in 0..3000_u64 {
        let words = format!("task number {number} about the parser");
        let path =
            session(&home, &format!("s{number:04}"), &format!("/p{}", number % 3), &[asked(number, &words)]);
        if number == 7 {
            append(&path, &[said(1, "a needle in there")]);
        }
    }
    drop(fresh(&home));
    // nothing can be read where nothing is
    fs::rename(home.sessions_dir(), home.sessions_dir().with_extension("away")).unwrap();
    let mut times = Vec::new();
    let mut timed = |wanted: &SessionQuery<'_>| {
        let begun = Instant::now();
        let page = Index::open(&home).unwrap().list(wanted).unwrap();
        times.push((wanted.words.to_owned(), begun.elapsed()));
        page
    };
    let page =
        timed(&SessionQuery { folder: Some(Path::new("/p1")), count: 1000, ..SessionQuery::default() });
    assert_eq!(
        (page.total, page.sessions.len(), &*page.sessions[0].title),
        (1000, 1000, "task number 2998 about the parser")
    );
    assert_eq!(timed(&SessionQuery { count: 3000, ..SessionQuery::default() }).sessions.len(), 3000);
    assert_eq!(timed(&SessionQuery { words: "parser", ..all() }).total, 3000);
    assert_eq!(ids(&timed(&SessionQuery { words: "needle", ..all() })), ["s0007"]);
    // 50 ms are promised of a build that is optimised, on a machine with nothing else to do
    assert!(times.iter().all(|(_, time)| time.as_millis() < 500), "{times:?}");
    eprintln!("{times:?}");
}

fn answers_with(after_ms: u64, model: &str) -> Record {
    let config: SessionConfig = serde_json::from_value(serde_json::json!({
        "provider": "p", "model": model, "cwd": "/p", "policies": protocol::Policies::default(),
    }))
    .unwrap();
    record(after_ms, Fact::Configured { config: Box::new(config) })
}

fn used(after_ms: u64, tokens: u64) -> Record {
    let usage = Some(TokenUsage { input_tokens: tokens, output_tokens: 1, ..TokenUsage::default() });
    record(after_ms, Fact::SamplingEnded { usage, cut: None })
}

#[test]
fn tokens_are_summed_by_time_and_model_and_a_fork_counts_only_its_own() {
    let (_dir, home) = home();
    let begun = [answers_with(0, "a"), used(10, 100), used(20, 200)];
    let path = session(&home, "1", "/p", &begun);
    // as a fork begins
    session(&home, "2", "/p", &[&begun[..], &[answers_with(25, "b"), used(30, 1000)]].concat());
    let mut index = fresh(&home);
    let sum = |index: &mut Index, from: u64, to: u64| {
        let used = index.used(AT_MS + from, AT_MS + to).unwrap();
        used.into_iter()
            .map(|ModelUsage { model, tokens, .. }| (model, tokens.input_tokens, tokens.output_tokens))
            .collect::<Vec<_>>()
    };
    let of = |model: &str, input: u64, output: u64| (model.to_owned(), input, output);
    assert_eq!(sum(&mut index, 0, 100), [of("b", 1000, 1), of("a", 300, 2)]);
    assert_eq!(sum(&mut index, 10, 20), [of("a", 100, 1)]);
    assert_eq!(sum(&mut index, 31, 100), []);

    // read on from where it was, with the model it had; a summary costs, too
    let summary = Fact::Compacted {
        summary: "All.".to_owned(),
        auto: true,
        usage: Some(TokenUsage { input_tokens: 7, ..TokenUsage::default() }),
        budget: None,
        without_model: false,
    };
    append(&path, &[used(40, 50), record(50, summary)]);
    index.refresh(|| {}).unwrap();
    assert_eq!(sum(&mut index, 35, 100), [of("a", 57, 1)]);
    // as do a try at one that came to nothing, and a review by another model
    let attempt = Fact::CompactionStarted {
        auto: true,
        trimmed: false,
        window: None,
        budget: None,
        usage: Some(TokenUsage { input_tokens: 5, ..TokenUsage::default() }),
    };
    let review = ModelReview {
        reviewer: Reviewer { provider: "other".to_owned(), model: "critic".to_owned(), every_patch: false },
        ended_by: ReviewEndedBy::Stopped,
        comments: Vec::new(),
        summary: String::new(),
        unseen: Vec::new(),
        duration_ms: 0,
        usage: TokenUsage { input_tokens: 9, ..TokenUsage::default() },
        cost: None,
    };
    let review = Fact::ReviewEnded { call_id: "c".into(), review: Box::new(review) };
    append(&path, &[record(110, attempt), record(120, review)]);
    index.refresh(|| {}).unwrap();
    assert_eq!(sum(&mut index, 100, 200), [of("critic", 9, 0), of("a", 5, 0)]);

    // what was spent stays spent when a session is deleted, and goes with its file
    let trashed = move_to(&home, &path, SessionLocation::Trash).unwrap();
    index.refresh(|| {}).unwrap();
    assert_eq!(sum(&mut index, 35, 100), [of("a", 57, 1)]);
    fs::remove_file(trashed).unwrap();
    index.refresh(|| {}).unwrap();
    assert_eq!(sum(&mut index, 35, 100), []);
    assert_eq!(sum(&mut index, 0, 35), [of("b", 1000, 1), of("a", 300, 2)]);
}
