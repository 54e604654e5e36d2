//! The first minute, and what is done with texts of a conversation: search, links to files, prompt commands.

use super::{Place, Window};
use host::api::{AppView, FileText, FoundRows, PromptCommandsView};
use protocol::SessionId;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use view::RowBody;

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_a_key_sees_the_practice_model_on_its_sample_whatever_the_default_is() {
    let place = Place::new();
    fs::create_dir_all(place.dir.path().join("home")).unwrap();
    fs::write(place.dir.path().join("home/config.toml"), "model_provider = \"openai\"\n").unwrap();
    let mut window = place.start_with(false).await;
    let sample: Value = window.call("open_sample", json!({})).await;
    assert_eq!((&sample["name"], &sample["is_sample"]), (&json!("daybook"), &json!(true)));
    assert!(place.dir.path().join("home-sample/daybook/daybook").is_file());
    let args = json!({ "project": sample["id"], "provider": "practice" });
    let id: SessionId = window.call("new_session", args).await;
    let begun = window.subscribe(&id).await;
    assert_eq!(begun.session.provider, "practice");
    let app: AppView = window.call("app", json!({})).await;
    assert_eq!(app.settings.provider, "openai", "the default stays");
    window.prompt(&id, "Fix the failing test").await;
    let (_, patch, _) = window.until_asked(&id).await;
    assert!(patch.files.iter().any(|file| file.path == "lib/clock.sh"));
    // once more: the same folder, as it was left
    let again: Value = window.call("open_sample", json!({})).await;
    assert_eq!(again["id"], sample["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_no_row_on_the_screen_holds() {
    let place = Place::new();
    let mut window = place.start().await;
    let sample: Value = window.call("open_sample", json!({})).await;
    // the sample's tests say more than a card holds
    let run = place.dir.path().join("home-sample/daybook/tests/run.sh");
    let script = fs::read_to_string(&run).unwrap();
    let said = "#!/bin/sh\necho FirstMark\nseq -f 'line %g' 400\n";
    fs::write(&run, script.replacen("#!/bin/sh\n", said, 1)).unwrap();
    let args = json!({ "project": sample["id"], "provider": "practice" });
    let id: SessionId = window.call("new_session", args).await;
    window.subscribe(&id).await;
    window.prompt(&id, "Fix the failing test").await;
    let (now, ..) = window.until_asked(&id).await;
    let find = async |query: &str| -> FoundRows {
        window.call("find_in_session", json!({ "session": id, "query": query })).await
    };
    let cut = now.rows.iter().position(|row| match &row.body {
        RowBody::Command(command) => command.hidden_lines > 0 && !command.output.contains("FirstMark"),
        _ => false,
    });
    let cut =
        u32::try_from(cut.expect("a command printed more than its card holds")).unwrap() + now.first_row;
    let found = find("firstmark").await;
    assert!(found.rows.iter().any(|each| each.row == cut), "{found:?}");
    assert_eq!(found.total, found.rows.iter().map(|each| each.count).sum::<u32>());
    assert_eq!(find("FIX the failing test").await.rows[0].row, 0);
    assert_eq!(find("that nobody said").await, FoundRows::default());
    assert_eq!(find("").await, FoundRows::default());
    let gone = window.refusal("find_in_session", json!({ "session": "gone", "query": "x" })).await;
    assert!(!gone.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_a_text_names_are_linked_shown_and_opened() {
    let place = Place::new();
    fs::write(place.dir.path().join("secret.txt"), "secret").unwrap();
    place.write("bytes.bin", "a\0b");
    place.write("src/unnamed.txt", "x");
    let mut window = place.start().await;
    let id = window.begin().await;
    window.prompt(&id, "Look at src/one.txt:2, src/two.txt, bytes.bin and ../secret.txt").await;
    window.until_task_ended(&id).await;
    let texts =
        ["at src/one.txt:2:1", "File \"src/two.txt\", line 1", "src/none.txt:1 ../home/settings.json"];
    let args = json!({ "session": id, "folder": "", "texts": texts });
    let links: Value = window.call("file_links", args).await;
    assert_eq!(
        links,
        json!([
            [{ "start": 3, "end": 18, "path": "src/one.txt", "line": 2, "column": 1 }],
            [{ "start": 6, "end": 26, "path": "src/two.txt", "line": 1, "column": null }],
            [],
        ])
    );
    let file: FileText = window.call("file_text", json!({ "session": id, "path": "src/one.txt" })).await;
    assert_eq!(file.lines, ["first", "old_name here", "last"]);
    assert!(file.is_whole);
    let () = window.call("open_project_file", json!({ "session": id, "path": "src/two.txt" })).await;
    assert!(window.web_host.desktop().opened()[0].ends_with("project/src/two.txt"));
    for (path, why) in [
        ("../secret.txt", "leads out of the folder"),
        ("src/none.txt", "cannot be found"),
        ("bytes.bin", "no text"),
        // whatever the page says
        ("src/unnamed.txt", "is not named in this session"),
    ] {
        let refused = window.refusal("file_text", json!({ "session": id, "path": path })).await;
        assert!(refused.contains(path) && refused.contains(why), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_a_text_names_is_opened_at_its_line_by_the_persons_own_command() {
    let place = Place::new();
    let editor = place.dir.path().join("edit");
    fs::write(&editor, "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"$0.said\"\n").unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    // what it is told is waited for here
    let said = place.dir.path().join("edit.said");
    assert!(Command::new("mkfifo").arg(&said).status().unwrap().success());
    fs::create_dir_all(place.dir.path().join("home")).unwrap();
    let config = format!("editor_command = \"{} {{file}} {{line}}\"\n", editor.display());
    fs::write(place.dir.path().join("home/config.toml"), config).unwrap();
    let mut window = place.start().await;
    let id = window.begin().await;
    window.prompt(&id, "Look at src/two.txt:3").await;
    window.until_task_ended(&id).await;
    let args = json!({ "session": id, "path": "src/two.txt", "line": 3 });
    let () = window.call("open_project_file", args).await;
    let told = tokio::task::spawn_blocking(move || fs::read_to_string(said)).await.unwrap().unwrap();
    let file = place.project().canonicalize().unwrap().join("src/two.txt");
    assert_eq!(told, format!("{}\n3\n", file.display()));
    assert!(window.web_host.desktop().opened().is_empty(), "the desktop is not asked");
    for path in ["../home/config.toml", "src/unnamed.txt"] {
        let args = json!({ "session": id, "path": path, "line": 1 });
        let refused = window.refusal("open_project_file", args).await;
        assert!(refused.contains("is not named in this session"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_a_project_are_trusted_with_its_instructions() {
    let place = Place::new();
    let commands = place.dir.path().join("home/commands");
    fs::create_dir_all(&commands).unwrap();
    fs::write(commands.join("review.md"), "---\ndescription: Reviews a file\n---\nRead $1.").unwrap();
    fs::write(commands.join("bad.md"), "---\nno end").unwrap();
    fs::create_dir_all(place.project().join(".countersign/commands")).unwrap();
    place.write(".countersign/commands/ship.md", "Ship $ARGUMENTS.");
    let window = place.start().await;
    window.begin().await;
    let names = async |window: &Window| {
        let listed: PromptCommandsView = window.call("prompt_commands", json!({})).await;
        let commands: Vec<_> = listed.commands.into_iter().map(|each| (each.name, each.of_project)).collect();
        let rejected: Vec<_> =
            listed.rejected.iter().map(|file| file.path.rsplit('/').next().unwrap().to_owned()).collect();
        (commands, rejected)
    };
    let own = ("review".to_owned(), false);
    assert_eq!(names(&window).await, (vec![own.clone()], vec!["bad.md".to_owned(), "ship.md".to_owned()]));
    let refused = window.refusal("expand_prompt", json!({ "text": "/ship it" })).await;
    assert!(refused.contains("ship.md can't be used"), "{refused}");

    let app = window.app().await;
    let project = app.projects.iter().find(|project| Some(&project.id) == app.project.as_ref()).unwrap();
    assert_eq!(project.steers, [".countersign/commands/ship.md"]);
    let _: Value = window.call("trust_project", json!({ "project": project.id, "trusted": true })).await;
    let (commands, rejected) = names(&window).await;
    assert_eq!(commands, [own, ("ship".to_owned(), true)]);
    assert_eq!(rejected, ["bad.md"]);
    let expand =
        async |text: &str| -> Option<String> { window.call("expand_prompt", json!({ "text": text })).await };
    assert_eq!(expand("/ship it now").await.as_deref(), Some("Ship it now."));
    assert_eq!(expand("/review a.rs").await.as_deref(), Some("Read a.rs."));
    assert_eq!(expand("/etc/hosts").await, None);
}
