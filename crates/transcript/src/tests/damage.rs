//! Lines that ran into each other, are there twice, or are gone (B29, B30).

use super::*;
use protocol::SessionMeta;

fn write(home: &Home, id: &str, lines: &[&str]) -> PathBuf {
    let dir = home.sessions_dir().join("2025/05/07");
    fs::create_dir_all(&dir).unwrap();
    let path = dir.join(format!("rollout-2025-05-07T17-24-21-{id}.jsonl"));
    fs::write(&path, lines.concat()).unwrap();
    path
}

fn line<T: serde::Serialize>(thing: &T) -> String {
    serde_json::to_string(thing).unwrap() + "\n"
}

fn configured(more: &str) -> Record {
    let config: SessionConfig = serde_json::from_value(serde_json::json!({
        "provider": "practice", "model": "m", "cwd": "/home/p", "policies": Policies::default(),
        "user_instructions": more, "notify": [more],
    }))
    .unwrap();
    Record { at_ms: AT_MS, op: OpId::from("1"), fact: Fact::Configured { config: Box::new(config) } }
}

#[test]
fn b29_records_that_ran_into_each_other_are_all_read() {
    let (_dir, home) = home();
    let (one, two, three) = (prompt("{\"at_ms\":1} one"), prompt("two"), named("three"));
    let glued = line(&one).trim_end().to_owned() + line(&two).trim_end() + &line(&three);
    let path = write(&home, "abc", &[&line(&meta("abc")), &glued]);
    let loaded = read(&path).unwrap();
    assert_eq!((loaded.records, loaded.warnings), (vec![one.clone(), two.clone(), three.clone()], vec![]));

    let torn = line(&one)[..20].to_owned() + &line(&two);
    let loaded = read(&write(&home, "abc", &[&line(&meta("abc")), &torn, &line(&three)])).unwrap();
    assert_eq!(loaded.records, [two.clone(), three.clone()]);
    assert_eq!(
        loaded.warnings,
        [format!("{}:2: left out a part of a line that is not a record", path.display())]
    );

    let on_the_first = line(&meta("abc")).trim_end().to_owned() + &line(&configured(""));
    let path = write(&home, "abc", &[&on_the_first, &line(&two)]);
    let loaded = read(&path).unwrap();
    assert_eq!((loaded.records, loaded.warnings), (vec![configured(""), two], vec![]));
    assert!(header(&path).unwrap().last_config.is_some());
}

#[test]
fn b29_a_line_that_is_there_twice_is_read_once_and_told() {
    let (_dir, home) = home();
    let again = line(&prompt("go on"));
    let many: Vec<String> = (0..3).map(|number| line(&named(&"x".repeat(200_000 + number)))).collect();
    let mut lines = vec![line(&meta("abc")), again.clone(), again];
    // in other batches too
    lines.extend(many.iter().flat_map(|line| [line.clone(), line.clone()]));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let loaded = read(&write(&home, "abc", &lines)).unwrap();
    assert_eq!(loaded.records.len(), 4);
    assert_eq!(loaded.warnings.len(), 4, "{:?}", loaded.warnings);
    assert!(loaded.warnings[0].ends_with(":3: left out a line that is there twice"), "{:?}", loaded.warnings);
}

#[test]
fn b29_b30_a_session_whose_first_line_is_damaged_is_read_and_listed() {
    let (_dir, home) = home();
    let first = line(&meta("abc"));
    let cut = first[..30].to_owned() + "\n";
    let damages: [(&str, &[&str]); 4] =
        [("cut", &[&cut]), ("lost", &[]), ("blank", &["\n"]), ("doubled", &[&first, &first])];
    for (id, begun) in damages {
        let (config, prompt) = (line(&configured("")), line(&prompt("the question")));
        let path = write(&home, id, &[begun, &[config.as_str(), prompt.as_str()]].concat());
        let loaded = read(&path).unwrap();
        let SessionMeta { session_id, at_ms, cwd, .. } = loaded.meta;
        let id = if id == "doubled" { "abc" } else { id };
        assert_eq!((session_id.as_str(), at_ms, cwd), (id, AT_MS, PathBuf::from("/home/p")));
        assert_eq!(loaded.records.len(), 2, "{id}");
        assert_eq!(loaded.warnings.is_empty(), id == "lost", "{id}: {:?}", loaded.warnings);
        let mut index = Index::open(&home).unwrap();
        index.refresh(|| {}).unwrap();
        let listed = index.list(&SessionQuery { count: 10, ..SessionQuery::default() }).unwrap().sessions;
        let it = listed
            .iter()
            .find(|session| session.path == path)
            .unwrap_or_else(|| panic!("{id} is not listed"));
        assert_eq!((it.session_id.as_str(), it.title.as_str()), (id, "the question"));
        fs::remove_file(path).unwrap();
    }
    let path = write(&home, "none", &["nothing that tells what it is\n"]);
    let error = read(&path).unwrap_err();
    assert!(matches!(error, TranscriptError::NotATranscript { .. }), "{error}");
}

#[test]
fn b30_b36_a_long_configuration_does_not_hide_that_something_was_asked() {
    let (_dir, home) = home();
    // control characters are six bytes each, as in a binary file that was taken for instructions
    let config = line(&configured(&"\u{1}".repeat(300_000)));
    let path = write(&home, "abc", &[&line(&meta("abc")), &config, &line(&prompt("asked"))]);
    assert_eq!(newest(&home), Some(path));
    fs::remove_file(newest(&home).unwrap()).unwrap();
    write(&home, "xyz", &[&line(&meta("xyz")), &config]);
    assert_eq!(newest(&home), None);
}
