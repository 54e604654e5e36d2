//! Patches, and what they change.

use super::*;

#[test]
fn a_patch_is_approved_in_part() {
    let mut story = Story::with_task();
    story.tell_all([proposes("p"), asks_patch("p", 1)]);
    story.shows(&["Waiting patch [\"a.rs\"] +4 -2 0/2 None"]);
    assert!(
        matches!(&story.session.approvals[0].body, ApprovalBody::Patch(card) if card.files[0].hunks.len() == 2)
    );
    let lines =
        story.timeline.hunk_lines(HunkOf::Patch(&"p".into()), "a.rs", &HunkId::new(0, 1), 1, 2).unwrap();
    assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["old", "new"]);
    story.tell_all([
        resolved("p", Some(ReviewDecision::Approved)),
        EventMsg::PatchApplyBegin { call_id: "p".into(), auto_approved: false },
        patch_ends("p", PatchEndedBy::Written, 1),
    ]);
    story.shows(&["Ok patch [\"a.rs\"] +4 -2 1/2 Some(Written)"]);
    assert!(
        story.timeline.hunk_lines(HunkOf::Patch(&"p".into()), "a.rs", &HunkId::new(0, 1), 0, 1).is_none()
    );
}

#[test]
fn a_patch_that_is_not_written_says_who_said_no() {
    let begin = || EventMsg::PatchApplyBegin { call_id: "p".into(), auto_approved: true };
    for (events, expected) in [
        (
            vec![
                asks_patch("p", 1),
                resolved("p", Some(ReviewDecision::Denied)),
                patch_ends("p", PatchEndedBy::Declined, 0),
            ],
            CardStatus::Declined,
        ),
        // approved, but with no hunk at all
        (
            vec![
                asks_patch("p", 1),
                resolved("p", Some(ReviewDecision::Approved)),
                patch_ends("p", PatchEndedBy::Declined, 0),
            ],
            CardStatus::Declined,
        ),
        (vec![patch_ends("p", PatchEndedBy::Refused { why: "outside".to_owned() }, 0)], CardStatus::Declined),
        (
            vec![begin(), patch_ends("p", PatchEndedBy::Failed { why: "disk full".to_owned() }, 0)],
            CardStatus::Failed,
        ),
        (vec![begin(), patch_ends("p", PatchEndedBy::AppStopped, 0)], CardStatus::Failed),
        (vec![begin(), patch_ends("p", PatchEndedBy::Interrupted, 0)], CardStatus::Interrupted),
        (
            vec![asks_patch("p", 1), resolved("p", None), aborted(AbortReason::Interrupted)],
            CardStatus::Interrupted,
        ),
        (vec![begin(), aborted(AbortReason::Interrupted)], CardStatus::Interrupted),
        // a file changed after it was approved: proposed and asked again
        (
            vec![
                asks_patch("p", 1),
                resolved("p", Some(ReviewDecision::Approved)),
                begin(),
                proposes("p"),
                asks_patch("p", 2),
            ],
            CardStatus::Waiting,
        ),
    ] {
        let mut story = Story::with_task();
        story.tell(proposes("p"));
        story.tell_all(events.clone());
        let RowBody::Patch(patch) = &story.rows[0].body else { panic!("no card") };
        assert_eq!(patch.status, expected, "{events:?}");
    }
}

#[test]
fn asking_again_takes_the_place_of_asking() {
    let mut story = Story::with_task();
    story.tell_all([asks_patch("p", 1), asks_command("c", 1, SandboxPolicy::default()), asks_patch("p", 2)]);
    let asked: Vec<_> = story.session.approvals.iter().map(|approval| approval.call_id.as_str()).collect();
    assert_eq!(asked, ["c", "p"]);
    assert_eq!(story.rows.len(), 2);
    story.tell(aborted(AbortReason::Interrupted));
    assert!(story.session.approvals.is_empty());
}

#[test]
fn the_changes_panel_finds_its_files_and_lines() {
    let file = DiffFile {
        path: "a\u{202e}b.rs".to_owned(),
        old_path: None,
        status: DiffStatus::Modified,
        sources: vec![],
        added: 1,
        removed: 0,
        modes: None,
        binary: false,
        too_large: false,
        hunks: vec![DiffHunk {
            old_start: 1,
            old_lines: 0,
            new_start: 1,
            new_lines: 1,
            lines: vec!["+x".to_owned()],
            ends: vec![],
        }],
    };
    let mut story = Story::new();
    story.tell(EventMsg::WorkspaceDiff { diff: WorkspaceDiff { files: vec![file.clone()], notes: vec![] } });
    let shown = story.changes.files[0].path.clone();
    assert_eq!((shown.as_str(), story.changes.added), ("a\\u{202e}b.rs", 1));
    let lines = story.timeline.hunk_lines(HunkOf::Changes, &shown, &HunkId::new(0, 0), 0, 10).unwrap();
    assert_eq!(lines[0].text, "x");
    assert_eq!(story.timeline.changed_file(&shown), Some("/p/a\u{202e}b.rs".into()));
    assert_eq!(story.timeline.changed_file("/etc/passwd"), None);

    // another file is called what this one is shown as
    let twin = DiffFile { path: shown.clone(), ..file.clone() };
    story.tell(EventMsg::WorkspaceDiff { diff: WorkspaceDiff { files: vec![file, twin], notes: vec![] } });
    assert_eq!(story.timeline.changed_file(&shown), None);
}

#[test]
fn what_was_commented_stands_on_the_patch_with_nothing_hidden() {
    let mut story = Story::with_task();
    story.tell_all([proposes("p"), asks_patch("p", 1)]);
    let comment = protocol::ReviewComment {
        path: "a.rs".to_owned(),
        side: protocol::PatchSide::After,
        line: 3,
        to_line: 3,
        quoted: vec!["+a\u{202e}b".to_owned()],
        more: 0,
        text: "why\u{200b}?".to_owned(),
    };
    let decision = Some(ReviewDecision::Denied);
    story.tell(EventMsg::ApprovalResolved {
        call_id: "p".into(),
        decision,
        comments: vec![comment],
        check: None,
    });
    let RowBody::Patch(patch) = &story.timeline.rows(0, 9).last().unwrap().body else { panic!("a patch") };
    assert_eq!(patch.comments[0].quoted, ["+a\\u{202e}b"]);
    assert_eq!(patch.comments[0].text, "why\\u{200b}?");
}

#[test]
fn a_command_that_runs_for_real_after_its_preview_stands_beneath_what_it_changed_on_the_copy() {
    let mut story = Story::with_task();
    let reason = AskReason::Effects { argv: argv(), left_out: Vec::new(), previewed: true };
    story.tell_all([begin("c"), ends("c", "on a copy", EndedBy::Exited { code: 0 }), proposes("c")]);
    story.tell(asks("c", 2, reason, ApprovalSubject::Patch { proposal: proposal() }));
    story.tell(resolved("c", Some(ReviewDecision::PreviewDiscarded)));
    let asks = asks_command("c", 3, SandboxPolicy::workspace_write());
    story.tell_all([asks, resolved("c", Some(ReviewDecision::Approved)), begin("c")]);
    story.tell(ends("c", "for real", EndedBy::Exited { code: 0 }));
    let rows = story.timeline.rows(0, 10);
    let shown: Vec<_> = rows
        .iter()
        .filter_map(|row| match &row.body {
            RowBody::Command(command) => Some((command.output.as_str(), command.status)),
            RowBody::Patch(patch) => Some(("patch", patch.status)),
            _ => None,
        })
        .collect();
    let expected =
        [("on a copy", CardStatus::Ok), ("patch", CardStatus::Declined), ("for real", CardStatus::Ok)];
    assert_eq!(shown, expected);
}

#[test]
fn what_a_command_did_in_an_overlay_stands_beneath_it_and_its_card_says_what_it_is() {
    let mut story = Story::with_task();
    let left_out = vec!["pipe: a named pipe".to_owned()];
    let reason = AskReason::Effects { argv: argv(), left_out, previewed: false };
    story.tell_all([begin("c"), ends("c", "built", EndedBy::Exited { code: 0 }), proposes("c")]);
    story.tell(asks("c", 1, reason, ApprovalSubject::Patch { proposal: proposal() }));
    let rows = story.timeline.rows(0, 10);
    let ended = rows.iter().position(|row| {
        matches!(&row.body, RowBody::Command(command) if command.status == CardStatus::Ok && command.output == "built")
    });
    let waits = rows
        .iter()
        .position(|row| matches!(&row.body, RowBody::Patch(patch) if patch.status == CardStatus::Waiting));
    assert!(ended.is_some() && ended < waits, "{rows:?}");
    let why = &story.session.approvals[0].why;
    assert!(
        why.contains("ran on a copy of the project") && why.contains("Can’t be applied: pipe: a named pipe."),
        "{why}"
    );
    story.tell_all([
        resolved("c", Some(ReviewDecision::Approved)),
        EventMsg::PatchApplyBegin { call_id: "c".into(), auto_approved: false },
        patch_ends("c", PatchEndedBy::Written, 2),
    ]);
    let rows = story.timeline.rows(0, 10);
    assert!(
        rows.iter().any(|row| matches!(&row.body, RowBody::Patch(patch) if patch.status == CardStatus::Ok))
    );
    assert!(
        rows.iter()
            .any(|row| matches!(&row.body, RowBody::Command(command) if command.status == CardStatus::Ok))
    );
}

#[test]
fn a_hunk_leads_to_the_patch_it_came_from_and_to_what_was_said_before() {
    let mut story = Story::with_task();
    story.tell_all([proposes("p"), asks_patch("p", 1)]);
    let of = HunkOf::Patch(&"p".into());
    let origin = story.timeline.hunk_origin(of, "a.rs", &HunkId::new(0, 1)).unwrap();
    let row = story.timeline.rows(origin.row as usize, 1);
    assert!(matches!(&row[0].body, RowBody::Patch(patch) if patch.call_id == "p".into()));
    assert!(origin.said.is_none());

    let hunk = DiffHunk {
        old_start: 1,
        old_lines: 1,
        new_start: 1,
        new_lines: 1,
        lines: vec!["-old".to_owned(), "+new".to_owned()],
        ends: vec![],
    };
    let file = DiffFile {
        path: "a.rs".to_owned(),
        old_path: None,
        status: DiffStatus::Modified,
        sources: Vec::new(),
        added: 1,
        removed: 1,
        modes: None,
        binary: false,
        too_large: false,
        hunks: vec![hunk],
    };
    let changed = |file: &DiffFile| EventMsg::WorkspaceDiff {
        diff: WorkspaceDiff { files: vec![file.clone()], notes: Vec::new() },
    };
    story.tell(changed(&file));
    let origin = |story: &Story| story.timeline.hunk_origin(HunkOf::Changes, "a.rs", &HunkId::new(0, 0));
    assert!(origin(&story).is_none(), "it is not written yet");
    story.tell_all([
        resolved("p", Some(ReviewDecision::Approved)),
        EventMsg::PatchApplyBegin { call_id: "p".into(), auto_approved: false },
        patch_ends("p", PatchEndedBy::Written, 1),
    ]);
    assert!(origin(&story).is_some());
    let mut other = file;
    other.hunks[0].lines = vec!["+typed by hand".to_owned()];
    story.tell(changed(&other));
    assert!(origin(&story).is_none(), "no patch made this");
}
