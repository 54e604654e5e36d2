//! Taking tasks back (B36).

use crate::stage::*;
use engine::*;
use protocol::*;
use std::collections::BTreeMap;

const APPLY: UndoMode = UndoMode::Apply { overwrite: false };

fn with_two_tasks() -> Script {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.checkpoints = true;
    for sampling in [1, 2] {
        script.ask("go");
        script.model(sampling, vec![text("done")]);
    }
    script.log.clear();
    script
}

/// The checkpoint that was taken for this.
fn checkpoint(script: &Script, wanted: &CheckpointWhen) -> String {
    let found = script.records.iter().rev().find_map(|record| match &record.fact {
        Fact::Checkpointed { when, checkpoint, .. } if when == wanted => checkpoint.clone(),
        _ => None,
    });
    found.unwrap()
}

fn undone(script: &mut Script, task: u32, redo: bool, saved: &str, left: &str) {
    let undone = Undone {
        task_id: TaskId(task),
        redo,
        reverted: None,
        paths: vec!["a.rs".to_owned()],
        left_alone: Vec::new(),
        saved: saved.to_owned(),
        left: left.to_owned(),
    };
    let id = OpId(script.op.to_string());
    script.input(Input::UndoDone { id, result: Ok(undone) });
}

fn asked(script: &mut Script) -> String {
    std::mem::take(&mut script.log).join("\n")
}

#[test]
fn b36_a_task_is_checkpointed_before_and_after_and_before_what_may_write() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.checkpoints = true;
    script.ask("go");
    script.model(1, vec![shell("c1", r#"{"command":["ls"]}"#), shell("c2", r#"{"command":["make"]}"#)]);
    script.ended("c1", ran(""));
    script.ended("c2", ran(""));
    script.model(2, vec![text("done")]);
    let taken: Vec<CheckpointWhen> = script
        .records
        .iter()
        .filter_map(|record| match &record.fact {
            Fact::Checkpointed { when, .. } => Some(when.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(
        taken,
        [
            CheckpointWhen::BeforeTask { task_id: TaskId(1) },
            CheckpointWhen::BeforeCommand { call_id: "c2".into() },
            CheckpointWhen::AfterTask { task_id: TaskId(1) },
        ]
    );
}

#[test]
fn b36_undo_goes_back_task_by_task_and_redo_forward_again() {
    let mut script = with_two_tasks();
    let before = |task| CheckpointWhen::BeforeTask { task_id: TaskId(task) };
    let (first, second) = (checkpoint(&script, &before(1)), checkpoint(&script, &before(2)));
    let left = checkpoint(&script, &CheckpointWhen::AfterTask { task_id: TaskId(2) });

    script.op(Op::Undo { task_id: None, mode: UndoMode::Preview });
    let preview = asked(&mut script);
    assert!(
        preview.contains(&format!("to: \"{second}\", base: Some(\"{left}\"), mode: Preview")),
        "{preview}"
    );

    script.op(Op::Undo { task_id: None, mode: APPLY });
    script.log.clear();
    // a prompt waits until the files are what the model will be told they are
    script.ask("go on");
    script.check("");
    undone(&mut script, 2, false, "s1", "l1");
    assert_eq!(script.log[0], "= undone");
    let told = script.last_prompt.as_ref().unwrap().items.iter().any(
        |item| matches!(item.as_ref(), Item::Context { text } if text.starts_with("<undo>") && text.contains("a.rs")),
    );
    assert!(told);
    script.model(3, vec![text("ok")]);
    script.log.clear();
    // work went on: what was undone is gone, and the next to undo is the new task, then the first one
    script.op(Op::Redo { mode: APPLY });
    script.check("> complain there is nothing to redo");
    script.op(Op::Undo { task_id: Some(TaskId(2)), mode: APPLY });
    script.check("> complain there is no checkpoint from before task 2");
    script.op(Op::Undo { task_id: None, mode: APPLY });
    let third = checkpoint(&script, &before(3));
    assert!(
        asked(&mut script)
            .contains(&format!("task_id: TaskId(3), redo: false, reverted: None, to: \"{third}\""))
    );
    undone(&mut script, 3, false, "s2", "l2");
    script.log.clear();
    script.op(Op::Undo { task_id: None, mode: APPLY });
    assert!(asked(&mut script).contains(&format!(
        "task_id: TaskId(1), redo: false, reverted: None, to: \"{first}\", base: Some(\"l2\")"
    )));
    undone(&mut script, 1, false, "s3", "l3");
    script.log.clear();
    script.op(Op::Undo { task_id: None, mode: APPLY });
    script.check("> complain there is nothing to undo");
    script.op(Op::Undo { task_id: Some(TaskId(3)), mode: APPLY });
    script.check("> complain task 3 is undone already");
    // and it is remembered
    script.restart();
    script.log.clear();
    script.op(Op::Redo { mode: APPLY });
    assert!(
        asked(&mut script)
            .contains("task_id: TaskId(1), redo: true, reverted: None, to: \"s3\", base: Some(\"l3\")")
    );
    undone(&mut script, 1, true, "s4", "l4");
    script.log.clear();
    script.op(Op::Redo { mode: APPLY });
    assert!(asked(&mut script).contains("task_id: TaskId(3), redo: true, reverted: None, to: \"s2\""));
}

#[test]
fn b36_what_cannot_be_undone_is_said_and_more_than_was_meant_is_never_taken_back() {
    let mut script = with_two_tasks();
    script.checkpoints = false;
    script.ask("go");
    script.op(Op::Undo { task_id: None, mode: APPLY });
    assert!(asked(&mut script).contains("> complain a task is running"));
    script.model(3, vec![text("done")]);
    script.log.clear();
    // the last task has no checkpoint: an older one is not taken in its place
    script.op(Op::Undo { task_id: None, mode: APPLY });
    assert!(asked(&mut script).contains("> complain there is no checkpoint from before task 3"));
    script.op(Op::Undo { task_id: Some(TaskId(2)), mode: APPLY });
    assert!(asked(&mut script).contains("> undo UndoRequest { task_id: TaskId(2)"));
    let error = ErrorInfo::new(ErrorKind::Storage, "the disk is full");
    let id = OpId(script.op.to_string());
    script.input(Input::UndoDone { id, result: Err(error) });
    script.check("> complain the disk is full");
}

#[test]
fn b36_undo_of_a_task_that_was_stopped_before_its_checkpoint_leads_back_past_it() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    // killed while the files were still being kept: nothing could have been changed
    script.restart_before_checkpoint();
    script.log.clear();
    script.op(Op::Undo { task_id: Some(TaskId(1)), mode: APPLY });
    script.check("> complain there is nothing to undo: no file was changed from task 1 on");
    script.op(Op::Undo { task_id: None, mode: APPLY });
    script.check("> complain there is nothing to undo");
    script.checkpoints = true;
    script.ask("go on");
    script.model(1, vec![text("done")]);
    script.log.clear();
    let second = checkpoint(&script, &CheckpointWhen::BeforeTask { task_id: TaskId(2) });
    script.op(Op::Undo { task_id: Some(TaskId(1)), mode: APPLY });
    assert!(
        asked(&mut script)
            .contains(&format!("task_id: TaskId(2), redo: false, reverted: None, to: \"{second}\""))
    );
    undone(&mut script, 2, false, "s", "l");
    script.log.clear();
    script.op(Op::Undo { task_id: Some(TaskId(1)), mode: APPLY });
    script.check("> complain there is nothing to undo: no file was changed from task 1 on");
    script.op(Op::Undo { task_id: Some(TaskId(7)), mode: APPLY });
    script.check("> complain there is no task 7");
}

#[test]
fn b36_a_checkpoint_that_failed_between_is_not_passed_over() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.restart_before_checkpoint();
    script.ask("go on");
    script.model(1, vec![text("done")]);
    script.checkpoints = true;
    script.ask("once more");
    script.model(2, vec![text("done")]);
    script.log.clear();
    script.op(Op::Undo { task_id: Some(TaskId(1)), mode: APPLY });
    let log = asked(&mut script);
    assert!(log.contains("> complain there is no checkpoint from before task 2: "), "{log}");
    script.op(Op::Undo { task_id: Some(TaskId(3)), mode: APPLY });
    assert!(asked(&mut script).contains("> undo UndoRequest { task_id: TaskId(3)"));
}

#[test]
fn b36_an_undo_that_was_done_when_the_app_was_killed_is_recorded_once_and_can_be_redone() {
    let mut script = with_two_tasks();
    script.op(Op::Undo { task_id: None, mode: APPLY });
    let undone = Undone {
        task_id: TaskId(2),
        paths: vec!["a.rs".to_owned()],
        saved: "saved".to_owned(),
        left: "left".to_owned(),
        ..Undone::default()
    };
    for _ in 0..2 {
        script.restart_with(BTreeMap::new(), vec![undone.clone()]);
    }
    let recorded = script.records.iter().filter(|record| matches!(record.fact, Fact::Undone { .. }));
    assert_eq!(recorded.count(), 1);
    script.log.clear();
    script.op(Op::Redo { mode: APPLY });
    let log = asked(&mut script);
    assert!(log.contains("saved"), "{log}");
}

fn state(hash: &str) -> PathState {
    PathState::File { mode: 0o644, hash: hash.to_owned() }
}

/// Records that a task changed a path from one state to another.
fn changed(script: &mut Script, task: u32, path: &str, was: &str, now: &str) {
    script.input(Input::FilesChanged {
        task_id: TaskId(task),
        call_id: None,
        source: ChangeSource::Command,
        paths: vec![ChangedPath { path: path.into(), was: state(was), now: state(now) }],
    });
}

/// Paths the last undo that was asked for may put back, with the states they were found and left in.
fn may_put_back(script: &mut Script, task: Option<u32>) -> Option<Vec<(String, PathState, PathState)>> {
    let id = OpId("9000".to_owned());
    let op = Op::Undo { task_id: task.map(TaskId), mode: UndoMode::Preview };
    let step = script.session.step(script.now_ms, Input::Op { id, op, partial: None });
    step.effects.into_iter().find_map(|effect| match effect {
        Effect::Undo { request, .. } => request.changed.map(|paths| {
            let shown = |path: ChangedPath| (path.path.display().to_string(), path.was, path.now);
            paths.into_iter().map(shown).collect()
        }),
        _ => None,
    })
}

#[test]
fn b36_only_what_the_tasks_are_known_to_have_changed_is_put_back_after_a_restart_too() {
    let mut script = with_two_tasks();
    changed(&mut script, 1, "a", "0", "1");
    changed(&mut script, 1, "b", "0", "1");
    changed(&mut script, 1, "b", "1", "2");
    changed(&mut script, 2, "a", "1", "2");
    // between the two tasks somebody else made 7 of it
    changed(&mut script, 2, "b", "7", "8");
    changed(&mut script, 2, "c", "0", "1");
    script.restart();
    let of = |path: &str, was, now| (path.to_owned(), state(was), now);
    let second = [of("a", "1", state("2")), of("b", "7", state("8")), of("c", "0", state("1"))];
    assert_eq!(may_put_back(&mut script, None).unwrap(), second);
    let both = [of("a", "0", state("2")), of("b", "0", PathState::Unknown), of("c", "0", state("1"))];
    assert_eq!(may_put_back(&mut script, Some(1)).unwrap(), both);
    // once the second is undone, the first is all that is left to take back
    script.op(Op::Undo { task_id: None, mode: APPLY });
    undone(&mut script, 2, false, "s", "l");
    let first = [of("a", "0", state("1")), of("b", "0", state("2"))];
    assert_eq!(may_put_back(&mut script, None).unwrap(), first);
}

#[test]
fn b36_a_transcript_that_does_not_say_what_changed_is_undone_by_checkpoints_alone() {
    let mut script = with_two_tasks();
    for record in &mut script.records {
        if let Fact::Checkpointed { attributed, .. } = &mut record.fact {
            *attributed = false;
        }
    }
    script.restart();
    assert_eq!(may_put_back(&mut script, None), None);
}

#[test]
fn b36_a_large_batch_of_changes_is_recorded_in_bounded_lines() {
    let mut script = with_two_tasks();
    let before = script.records.len();
    let path = |number: usize| ChangedPath {
        path: format!("{number:05}").into(),
        was: PathState::Absent,
        now: state("1"),
    };
    let paths: Vec<_> = (0..=2 * MAX_CHANGED_PATHS).map(path).collect();
    let source = ChangeSource::Command;
    script.input(Input::FilesChanged { task_id: TaskId(2), call_id: None, source, paths });
    let counts: Vec<_> = script.records[before..]
        .iter()
        .map(|record| match &record.fact {
            Fact::FilesChanged { paths, .. } => paths.len(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(counts, [MAX_CHANGED_PATHS, MAX_CHANGED_PATHS, 1]);
    assert_eq!(may_put_back(&mut script, None).unwrap().len(), 2 * MAX_CHANGED_PATHS + 1);
}
