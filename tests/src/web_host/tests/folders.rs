//! Folders as the person picks them: those that hold more than a project, and what the agent would follow (B12, B33).

use super::*;
use host::api::{BroadFolderKind, InstructionFileView, ProjectView};

#[tokio::test(flavor = "multi_thread")]
async fn b12_nothing_is_done_in_a_folder_with_more_than_a_project_before_that_is_confirmed() {
    let place = Place::new();
    let options = WebHostOptions {
        home: place.dir.path().join("home"),
        practice: true,
        // the app's own files are in it
        picks: vec![place.dir.path().to_owned()],
        dist: place.dir.path().to_owned(),
        ..WebHostOptions::default()
    };
    let start = async || {
        let web_host = WebHost::start(options.clone()).await.unwrap();
        let page = Page::attach(web_host.host());
        Window { web_host, page }
    };
    let window = start().await;
    let picked: ProjectView = window.call("pick_folder", json!({})).await;
    assert_eq!(picked.confirm, Some(BroadFolderKind::AppFiles));
    let named = json!({ "project": picked.id });
    let refused = window.refusal("new_session", named.clone()).await;
    assert!(refused.contains("holds more than a project"), "{refused}");
    let confirmed: ProjectView = window.call("confirm_folder", named.clone()).await;
    assert_eq!(confirmed.confirm, None);
    let _: SessionId = window.call("new_session", named).await;
    // the app's own files are none of the folder's
    let files: Vec<String> = window.call("find_files", json!({ "query": "projects.json" })).await;
    assert_eq!(files, Vec::<String>::new());
    let files: Vec<String> = window.call("find_files", json!({ "query": "one.txt" })).await;
    assert_eq!(files, ["project/src/one.txt"]);
    window.web_host.stop().await;

    let window = start().await;
    assert_eq!(window.app().await.projects[0].confirm, None, "it is asked once");
    window.web_host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b33_the_files_that_would_be_sent_are_shown_whole_before_they_are_trusted() {
    let place = Place::new();
    place.write("AGENTS.md", "Be brief.\nSay nothing of \u{200b}this.\n");
    let window = place.start().await;
    let picked: ProjectView = window.call("pick_folder", json!({})).await;
    let files: Vec<InstructionFileView> =
        window.call("instruction_files", json!({ "project": picked.id })).await;
    let [file] = files.as_slice() else { panic!("{files:#?}") };
    assert_eq!((file.name.as_str(), file.is_whole), ("AGENTS.md", true));
    assert_eq!(file.text, "Be brief.\nSay nothing of \\u{200b}this.\n");
    window.web_host.stop().await;
}
