//! Files of a project: colours of their lines, and commits.

use super::{Place, Window};
use host::api::AppView;
use protocol::{CommitAnswer, CommitPlan};
use serde_json::{Value, json};
use view::{ChangesView, FileView};

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_a_hunk_have_the_colours_of_the_text_they_stand_in() {
    let place = Place::new();
    let lines: Vec<_> = (0..40).map(|number| format!("line {number} of what is said")).collect();
    place.write("src/said.rs", &format!("/*\n{}\nold_name\n*/\nfn a() {{}}\n", lines.join("\n")));
    let mut window = place.start().await;
    let id = window.begin().await;
    window.prompt(&id, "rename old_name to new_name").await;
    let (now, asked, binding) = window.until_asked(&id).await;
    let hunk_of = |files: &[FileView], path: &str| {
        files.iter().find(|file| file.path == path).unwrap().hunks[0].id.0.clone()
    };
    let tokens = async |window: &mut Window, of: Value, path: &str, hunk: &str| -> Value {
        let args = json!({ "session": id, "of": of, "path": path, "hunk": hunk, "from": 3, "count": 2 });
        window.call("hunk_tokens", args).await
    };
    // both sides are in the comment that began 41 lines above, before the patch is written and after
    let comment = json!([[[0, 8, "comment"]], [[0, 8, "comment"]]]);
    let patch = json!({ "type": "patch", "call_id": now.session.approvals[0].call_id });
    let hunk = hunk_of(&asked.files, "src/said.rs");
    assert_eq!(tokens(&mut window, patch.clone(), "src/said.rs", &hunk).await, comment);
    let hunk = hunk_of(&asked.files, "src/two.txt");
    assert_eq!(tokens(&mut window, patch, "src/two.txt", &hunk).await, json!([]), "it has no fourth line");
    window.decide(&id, &now, &binding, None).await;
    let done = window.until(&id, |now| now.session.undoable.is_some()).await;
    let hunk = hunk_of(&done.changes.files, "src/said.rs");
    assert_eq!(tokens(&mut window, json!({ "type": "changes" }), "src/said.rs", &hunk).await, comment);
    // a text that is no longer the one of the diff colours nothing wrongly: the lines of the hunk are read alone
    place.write("src/said.rs", "fn other() {}\n");
    let alone = tokens(&mut window, json!({ "type": "changes" }), "src/said.rs", &hunk).await;
    assert_eq!(alone, json!([[], []]));

    let code: Value =
        window.call("code_tokens", json!({ "language": "rust", "text": "let a = 1;\n// no" })).await;
    assert_eq!(code, json!([[[0, 3, "keyword"], [8, 9, "constant"]], [[0, 5, "comment"]]]));
    let unknown: Value = window.call("code_tokens", json!({ "language": "nothing", "text": "let" })).await;
    assert_eq!(unknown, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_of_a_folder_is_planned_and_made_through_the_host() {
    let place = Place::new();
    let git = |args: &[&str]| {
        let output = std::process::Command::new("git").args(args).current_dir(place.project()).output();
        output.map(|output| String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
    };
    if git(&["--version"]).is_err() {
        eprintln!("SKIPPED: there is no git");
        return;
    }
    git(&["init", "--quiet", "--initial-branch", "main"]).unwrap();
    git(&["config", "user.name", "Mira"]).unwrap();
    git(&["config", "user.email", "mira@example.org"]).unwrap();
    let window = place.start().await;
    let session = window.begin().await;
    let app: AppView = window.call("app", json!({})).await;
    let project = app.project.unwrap();
    let plan: CommitPlan = window.call("commit_plan", json!({ "project": project })).await;
    let paths: Vec<_> = plan.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!((plan.branch.as_deref(), paths), (Some("main"), vec!["src/one.txt", "src/two.txt"]));

    let request = |path: &str| json!({ "paths": [path], "message": "One", "run_hooks": true });
    let why =
        window.refusal("commit", json!({ "project": project, "request": request("src/three.txt") })).await;
    assert_eq!(why, "src/three.txt does not differ from the last commit");
    let answer: CommitAnswer =
        window.call("commit", json!({ "project": project, "request": request("src/one.txt") })).await;
    let CommitAnswer::Made { id, .. } = answer else { panic!("{answer:?}") };
    assert_eq!(git(&["log", "--format=%h %s", "--name-only"]).unwrap(), format!("{id} One\n\nsrc/one.txt"));

    // by a hunk of the comparison that the window shows
    let args = json!({ "session": session, "scope": "last_commit" });
    let changes: ChangesView = window.call("compare_changes", args).await;
    let file = changes.files.iter().find(|file| file.path == "src/two.txt").unwrap();
    let by_hunk = |digest: &str| {
        let partial = json!([{ "path": "src/two.txt", "hunks": [{ "at": 0, "digest": digest }] }]);
        json!({ "paths": [], "partial": partial, "message": "Two", "run_hooks": true })
    };
    let why = window.refusal("commit", json!({ "project": project, "request": by_hunk("other") })).await;
    assert_eq!(why, "src/two.txt has changed since its hunks were shown; nothing was committed");
    let request = by_hunk(&file.hunks[0].digest);
    let answer: CommitAnswer = window.call("commit", json!({ "project": project, "request": request })).await;
    assert!(matches!(answer, CommitAnswer::Made { index_error: None, .. }), "{answer:?}");
    assert_eq!(git(&["log", "-1", "--format=%s", "--name-only"]).unwrap(), "Two\n\nsrc/two.txt");
    assert_eq!(git(&["status", "--porcelain"]).unwrap(), "");
    let elsewhere = window.refusal("commit_plan", json!({ "project": "p9" })).await;
    assert_eq!(elsewhere, "this folder is not on the list any more");
}
