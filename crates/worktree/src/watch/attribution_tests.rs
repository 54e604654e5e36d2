use super::Workspace;
use super::tests::{Project, names, shows};
use protocol::ChangeSource::{Command, Other, Patch};
use protocol::DiffStatus::{Added, Deleted};
use protocol::{PathState, TaskId};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// The task's own changes that were not taken before, as `path: was -> now`.
async fn attributed(project: &Project) -> Vec<String> {
    let shown = |state: &PathState| match state {
        PathState::Absent => "absent".to_owned(),
        PathState::File { mode, hash } => format!("{mode:o} {}", &hash[..4]),
        other => format!("{other:?}"),
    };
    let taken = project.workspace.take_attributed().await;
    let paths = taken.iter().flat_map(|changes| changes.paths.iter().map(|path| (changes.source, path)));
    paths
        .map(|(source, changed)| {
            let path = changed.path.display();
            format!("{source:?} {path}: {} -> {}", shown(&changed.was), shown(&changed.now))
        })
        .collect()
}

#[tokio::test]
async fn what_the_task_changed_is_handed_out_once_and_what_others_did_never() {
    let project = Project::with(&[("a", "1"), ("b", "1"), ("mine", "1"), ("folder/c", "1")]);
    fs::set_permissions(project.path("b"), fs::Permissions::from_mode(0o600)).unwrap();
    project.workspace.begin_task(TaskId(2)).unwrap();
    project.patch("a", "2").await;
    assert_eq!(attributed(&project).await, ["Patch a: 644 6b86 -> 644 d473"]);
    assert_eq!(attributed(&project).await, Vec::<String>::new());
    project.write("mine", "person");
    project.until(|files| files.iter().any(|file| file.path == "mine" && file.added == 1)).await;
    project.command(|| {
        project.write("a", "3");
        fs::set_permissions(project.path("b"), fs::Permissions::from_mode(0o644)).unwrap();
        project.write("mine", "agent");
        fs::remove_dir_all(project.path("folder")).unwrap();
        fs::create_dir(project.path("empty")).unwrap();
    });
    let taken = attributed(&project).await;
    assert_eq!(
        taken,
        [
            "Command a: 644 d473 -> 644 4e07",
            "Command b: 600 6b86 -> 644 6b86",
            "Command empty: absent -> Dir { mode: 493 }",
            "Command folder: Dir { mode: 493 } -> absent",
            "Command folder/c: 644 6b86 -> absent",
        ]
    );
}

#[tokio::test]
async fn a_running_command_is_known_by_what_was_noticed_so_far() {
    let project = Project::with(&[("a", "1")]);
    project.workspace.began(Command);
    project.write("a", "2");
    project.until(|files| shows(files, "a", "-1") || files.iter().any(|file| file.added == 1)).await;
    assert_eq!(attributed(&project).await, ["Command a: 644 6b86 -> 644 d473"]);
    project.write("a", "1");
    project.workspace.ended(Command);
    assert_eq!(attributed(&project).await, ["Command a: 644 d473 -> 644 6b86"]);
}

#[tokio::test]
async fn what_changed_before_a_snapshot_is_no_later_commands() {
    let project = Project::with(&[("a", "1"), ("b", "1")]);
    project.write("a", "person");
    project.workspace.snapshot().unwrap();
    project.command(|| project.write("b", "agent"));
    let taken = attributed(&project).await;
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert!(taken[0].starts_with("Command b: "), "{taken:?}");
}

/// Waits until the file system's clock tells what happens next from what happened before.
fn clock_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let tick = || {
        let path = dir.path().join("tick");
        fs::write(&path, "").unwrap();
        fs::metadata(path).unwrap().modified().unwrap()
    };
    let first = tick();
    while tick().duration_since(first).unwrap_or_default() < Duration::from_millis(50) {
        std::thread::yield_now();
    }
}

/// Two sessions at work on one project.
fn two_at_work() -> (Project, Workspace) {
    let project = Project::with(&[("a", "1\n")]);
    let other = Workspace::open(project.store.path(), project.dir.path());
    other.begin_task(TaskId(1)).unwrap();
    (project, other)
}

#[tokio::test]
async fn what_changed_while_two_sessions_were_at_work_is_neithers_alone() {
    let (project, other) = two_at_work();
    project.workspace.began(Command);
    project.write("mine", "1\n");
    project.until(|files| files.len() == 1).await;
    clock_goes_on();
    other.began(Command);
    project.write("theirs", "1\n");
    other.ended(Command);
    clock_goes_on();
    project.write("mine too", "1\n");
    project.workspace.ended(Command);
    let taken = attributed(&project).await;
    let paths: Vec<_> = taken.iter().map(|taken| taken.split(':').next().unwrap_or_default()).collect();
    assert_eq!(paths, ["Command mine", "Command mine too"]);
    let files = project.files().await;
    let theirs = files.iter().find(|file| file.path == "theirs").unwrap();
    assert_eq!(theirs.sources, [Command, Other]);
}

#[tokio::test]
async fn what_came_with_its_folder_is_the_work_of_who_moved_the_folder() {
    let project = Project::with(&[("a", "1\n"), ("over/x", "0\n")]);
    let other = Workspace::open(project.store.path(), project.dir.path());
    other.begin_task(TaskId(1)).unwrap();
    // files that another session made, whose own dates stay what they are
    other.began(Command);
    project.write("from/x", "1\n");
    project.write("from/in/y", "1\n");
    other.ended(Command);
    project.workspace.begin_task(TaskId(2)).unwrap();
    clock_goes_on();
    project.command(|| {
        fs::rename(project.path("from"), project.path("to")).unwrap();
        fs::remove_dir_all(project.path("over")).unwrap();
        fs::rename(project.path("to"), project.path("over")).unwrap();
    });
    let taken = attributed(&project).await;
    let paths: Vec<_> = taken.iter().map(|taken| taken.split(':').next().unwrap_or_default()).collect();
    let wanted = ["from", "from/in", "from/in/y", "from/x", "over/in", "over/in/y", "over/x"];
    assert_eq!(paths, wanted.map(|path| format!("Command {path}")));
}

#[tokio::test]
async fn a_patch_of_one_session_is_no_work_of_anothers_command() {
    let (project, other) = two_at_work();
    project.workspace.began(Command);
    let theirs = [project.path("theirs")];
    other.will_write(&theirs).await;
    other.began(Patch);
    project.write("theirs", "1\n");
    other.wrote(&theirs);
    other.ended(Patch);
    project.workspace.ended(Command);
    assert_eq!(attributed(&project).await, Vec::<String>::new());
    let taken = other.take_attributed().await;
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!((taken[0].source, taken[0].paths[0].path.as_path()), (Patch, Path::new("theirs")));
}

#[tokio::test]
async fn a_file_in_place_of_a_folder_and_the_other_way_round() {
    let project = Project::with(&[("x/y", "1\n")]);
    project.command(|| {
        fs::remove_dir_all(project.path("x")).unwrap();
        project.write("x", "2\n");
    });
    assert_eq!(names(&project.files().await), [("x", Added), ("x/y", Deleted)]);
    project.command(|| {
        fs::remove_file(project.path("x")).unwrap();
        project.write("x/y", "1\n");
    });
    assert_eq!(project.files().await, []);
}

#[tokio::test]
async fn a_change_within_the_grain_of_the_clock_is_seen() {
    let project = Project::with(&[("a", "1\n")]);
    project.command(|| project.write("a", "2\n"));
    assert!(shows(&project.files().await, "a", "-1") || project.files().await.len() == 1);
    // the same size, a moment later
    project.command(|| project.write("a", "3\n"));
    assert_eq!(project.files().await[0].hunks[0].lines, ["-1", "+3"]);
    project.command(|| project.write("a", "1\n"));
    assert_eq!(project.files().await, []);
}

#[tokio::test]
async fn pipes_are_not_waited_for_and_links_not_followed() {
    let project = Project::with(&[]);
    project.command(|| {
        rustix::fs::mknodat(
            rustix::fs::CWD,
            project.path("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        std::os::unix::fs::symlink("/", project.path("all")).unwrap();
    });
    assert_eq!(names(&project.files().await), [("all", Added)]);
}

#[tokio::test]
async fn an_undo_is_no_work_of_the_task_it_takes_back() {
    let project = Project::with(&[("a", "1\n"), ("gone", "1\n"), ("mode", "1\n")]);
    project.command(|| {
        project.write("a", "2\n");
        project.write("new/x", "2\n");
        fs::remove_file(project.path("gone")).unwrap();
        fs::set_permissions(project.path("mode"), fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink("a", project.path("link")).unwrap();
    });
    let taken = attributed(&project).await;
    assert_eq!(taken.len(), 6, "{taken:?}");
    assert!(project.workspace.snapshot().unwrap().is_some());
    // what an undo does: writes, and takes snapshots of its own before and after
    project.workspace.with_store(|store| store.snapshot(&[])).unwrap();
    project.write("a", "1\n");
    project.write("gone", "1\n");
    fs::remove_dir_all(project.path("new")).unwrap();
    fs::remove_file(project.path("link")).unwrap();
    fs::set_permissions(project.path("mode"), fs::Permissions::from_mode(0o644)).unwrap();
    project.workspace.with_store(|store| store.snapshot(&[])).unwrap();
    let files = project.until(<[_]>::is_empty).await;
    assert_eq!(files, []);
    assert_eq!(attributed(&project).await, Vec::<String>::new());
}
