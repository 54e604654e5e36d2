//! Undo and redo.

use super::*;

fn task(story: &mut Story, number: u32, writes: bool) {
    story.tell(EventMsg::TaskStarted { task_id: TaskId(number) });
    if writes {
        story.tell_all([proposes("p"), patch_ends("p", PatchEndedBy::Written, 2)]);
    }
    story.tell(EventMsg::TaskComplete {
        task_id: TaskId(number),
        last_agent_message: None,
        duration_ms: number.into(),
    });
}

/// The rows that are no patches.
fn ends(story: &Story) -> Vec<String> {
    story.rows.iter().map(show).filter(|row| !row.contains("patch")).collect()
}

fn can(story: &Story) -> (Option<u32>, bool) {
    (story.session.undoable.map(|task| task.0), story.session.redoable)
}

#[test]
fn tasks_that_changed_files_can_be_taken_back_and_brought_back() {
    let mut story = Story::new();
    task(&mut story, 1, true);
    task(&mut story, 2, false);
    task(&mut story, 3, true);
    assert_eq!(ends(&story), ["end Complete 1 (undo)", "end Complete 2", "end Complete 3 (undo)"]);
    assert_eq!(can(&story), (Some(3), false));

    story.tell_all([undone(3, false, &["b.rs"]), undone(1, false, &[])]);
    assert_eq!(
        ends(&story),
        [
            "end Complete 1 (undone)",
            "end Complete 2",
            "end Complete 3 (undone)",
            "undone 1 [\"a.rs\"] left [\"b.rs\"]",
            "undone 1 [\"a.rs\"] left [], can be redone",
        ]
    );
    assert_eq!(can(&story), (None, true));

    story.tell(undone(1, true, &[]));
    assert_eq!(
        ends(&story),
        [
            "end Complete 1 (undo)",
            "end Complete 2",
            "end Complete 3 (undone)",
            "undone 1 [\"a.rs\"] left [\"b.rs\"], can be redone",
            "undone 1 [\"a.rs\"] left []",
            "redone 1 [\"a.rs\"] left []",
        ]
    );
    assert_eq!(can(&story), (Some(1), true));

    // the agent works on what is left: what was undone is gone for good
    task(&mut story, 4, true);
    assert_eq!(ends(&story)[2..4], ["end Complete 3 (undone)", "undone 1 [\"a.rs\"] left [\"b.rs\"]"]);
    assert_eq!(can(&story), (Some(4), false));
    story.tell(undone(4, false, &[]));
    assert_eq!(can(&story), (Some(1), true));
}

#[test]
fn changes_that_come_to_light_after_the_end_count() {
    let diff = |sources| EventMsg::WorkspaceDiff {
        diff: WorkspaceDiff {
            files: vec![DiffFile {
                path: "a.rs".to_owned(),
                old_path: None,
                status: DiffStatus::Modified,
                sources,
                added: 1,
                removed: 0,
                modes: None,
                binary: false,
                too_large: false,
                hunks: vec![],
            }],
            notes: vec![],
        },
    };
    let mut story = Story::new();
    task(&mut story, 1, false);
    story.tell(diff(vec![ChangeSource::Other]));
    assert_eq!((ends(&story), can(&story)), (vec!["end Complete 1".to_owned()], (None, false)));
    story.tell(diff(vec![ChangeSource::Other, ChangeSource::Command]));
    assert_eq!((ends(&story), can(&story)), (vec!["end Complete 1 (undo)".to_owned()], (Some(1), false)));
}

#[test]
fn after_a_resume_a_command_may_have_changed_files() {
    for (replay, sandbox, expected) in [
        (true, SandboxPolicy::workspace_write(), Some(TaskId(1))),
        (true, SandboxPolicy::read_only(), None),
        (false, SandboxPolicy::workspace_write(), None),
    ] {
        let mut timeline = Timeline::default();
        let begin = EventMsg::ExecCommandBegin {
            call_id: "c".into(),
            argv: argv(),
            cwd: "/p".into(),
            sandbox,
            background: false,
            overlay: false,
        };
        for msg in [EventMsg::TaskStarted { task_id: TaskId(1) }, begin, done()] {
            timeline.apply(&Event { seq: 1, id: OpId::default(), at_ms: 0, replay, msg });
        }
        assert_eq!(timeline.session().undoable, expected);
    }
}

#[test]
fn what_an_undo_would_do_is_no_row_and_its_lines_can_be_read() {
    let mut story = Story::new();
    let lines = vec!["-gone".to_owned()];
    let hunk = DiffHunk { old_start: 1, old_lines: 1, new_start: 1, lines, ..DiffHunk::default() };
    let file = DiffFile {
        path: "a.rs".to_owned(),
        old_path: None,
        status: DiffStatus::Modified,
        sources: vec![],
        added: 0,
        removed: 1,
        modes: None,
        binary: false,
        too_large: false,
        hunks: vec![hunk],
    };
    let plan = UndoPlan {
        task_id: TaskId(1),
        diff: WorkspaceDiff { files: vec![file], notes: vec![] },
        conflicts: vec!["b\u{202e}.rs".to_owned()],
        ..UndoPlan::default()
    };
    story.tell(EventMsg::UndoPreview { plan: Box::new(plan.clone()) });
    assert!(story.rows.is_empty());
    let shown = crate::undo::preview(&plan);
    assert_eq!((shown.changes.removed, shown.conflicts.as_slice()), (1, &["b\\u{202e}.rs".to_owned()][..]));
    let hunk = &shown.changes.files[0].hunks[0].id;
    let lines = story.timeline.hunk_lines(HunkOf::Preview, "a.rs", hunk, 0, 10).unwrap();
    assert_eq!(lines[0].text, "gone");
}
