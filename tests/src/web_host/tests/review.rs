//! Reading a patch that waits: the file around it, and a hunk as it is edited.

use super::*;
use view::{CardStatus, HunkView};

#[tokio::test(flavor = "multi_thread")]
async fn the_file_around_a_waiting_patch_is_read_as_long_as_it_is_the_file_that_was_shown() {
    let place = Place::new();
    let mut window = place.start().await;
    let id = window.begin().await;
    window.prompt(&id, "rename old_name to new_name").await;
    let (now, patch, _) = window.until_asked(&id).await;
    let call_id = &now.session.approvals[0].call_id;
    let around = |path: &str, from: u32| json!({ "session": id, "call_id": call_id, "path": path, "from": from, "count": 2 });
    let lines: Value = window.call("context_lines", around("src/one.txt", 1)).await;
    assert_eq!(lines, json!({ "lines": ["old_name here", "last"], "total": 3 }));
    // a path is compared with those of the patch, and names nothing else
    window.refusal("context_lines", around("/etc/passwd", 0)).await;
    window.refusal("context_lines", around("src/../src/one.txt", 0)).await;

    let hunk = &patch.files[0].hunks[0].id;
    let args =
        json!({ "session": id, "call_id": call_id, "hunk": hunk, "new_text": "old_name here\nand more" });
    let edited: HunkView = window.call("edited_hunk", args).await;
    let shown: Vec<_> = edited.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(shown, ["first", "old_name here", "and more", "last"]);
    assert_eq!((edited.added, edited.removed), (1, 0));

    place.write("src/one.txt", "first\nold_name here\nlast\nmore\n");
    let why = window.refusal("context_lines", around("src/one.txt", 0)).await;
    assert!(why.starts_with("src/one.txt changed after the patch was shown"), "{why}");
    window.web_host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_on_a_patch_stand_on_its_card_after_a_restart_too() {
    let place = Place::new();
    let mut window = place.start().await;
    let id = window.begin().await;
    window.prompt(&id, "rename old_name to new_name").await;
    let (now, patch, binding) = window.until_asked(&id).await;
    let hunk = &patch.files[0].hunks[0];
    let comment =
        json!({ "hunk": hunk.id, "from": hunk.first_change, "to": hunk.first_change, "text": "Why?" });
    let op = json!({
        "type": "decide", "call_id": now.session.approvals[0].call_id, "binding": binding, "decision": "denied",
        "comments": [comment],
    });
    window.submit(&id, op).await;
    let told = |now: &SessionSnapshot| {
        now.rows.iter().find_map(|row| match &row.body {
            RowBody::Patch(patch) if patch.status == CardStatus::Declined => Some(patch.comments.clone()),
            _ => None,
        })
    };
    let comments = told(&window.until_idle(&id).await).unwrap();
    assert_eq!(comments.len(), 1);
    assert_eq!((comments[0].path.as_str(), comments[0].line), ("src/one.txt", 2));
    assert_eq!(comments[0].quoted, ["-old_name here"]);
    window.web_host.stop().await;

    let window = place.start().await;
    let _: SessionId = window.call("open_session", json!({ "session": id })).await;
    assert_eq!(told(&window.subscribe(&id).await).unwrap(), comments);
    window.web_host.stop().await;
}
