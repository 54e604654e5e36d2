use super::*;
use proptest::prelude::*;
use protocol::ChangeSource::{Command, Other, Patch};
use protocol::DiffStatus::{self, Added, Deleted, Modified, Renamed};
use protocol::{DiffFile, DiffHunk, FileMode, ModeChange};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Timeout for a change to be noticed on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Project {
    pub(super) dir: tempfile::TempDir,
    pub(super) store: tempfile::TempDir,
    pub(super) workspace: Workspace,
}

impl Project {
    /// A project with these files, in which a task has begun.
    pub(super) fn with(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = tempfile::tempdir().unwrap();
        let project = Self { workspace: Workspace::open(store.path(), dir.path()), dir, store };
        for (path, text) in files {
            project.write(path, text);
        }
        project.workspace.begin_task(TaskId(1)).unwrap();
        project
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    pub(super) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Lets a command do something.
    pub(super) fn command(&self, work: impl FnOnce()) {
        self.workspace.began(Command);
        work();
        self.workspace.ended(Command);
    }

    /// Lets a patch write a file.
    pub(super) async fn patch(&self, path: &str, text: &str) {
        self.workspace.will_write(&[self.path(path)]).await;
        self.workspace.began(Patch);
        self.write(path, text);
        self.workspace.wrote(&[self.path(path)]);
        self.workspace.ended(Patch);
    }

    /// The changed files once they are as wanted.
    pub(super) async fn until(&self, wanted: impl Fn(&[DiffFile]) -> bool) -> Vec<DiffFile> {
        let mut changes = self.workspace.changes();
        let wait = async {
            loop {
                let files = self.workspace.diff().await.files;
                if wanted(&files) {
                    return files;
                }
                changes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("the change is noticed")
    }

    pub(super) async fn files(&self) -> Vec<DiffFile> {
        self.workspace.diff().await.files
    }
}

pub(super) fn names(files: &[DiffFile]) -> Vec<(&str, DiffStatus)> {
    files.iter().map(|file| (file.path.as_str(), file.status)).collect()
}

/// Whether a file's first change is this line. A file may be seen halfway through a write, with no change at all.
pub(super) fn shows(files: &[DiffFile], path: &str, line: &str) -> bool {
    files.iter().any(|file| file.path == path && file.hunks.first().is_some_and(|hunk| hunk.lines == [line]))
}

#[tokio::test]
async fn nothing_has_changed_when_a_task_begins() {
    let dir = tempfile::tempdir().unwrap();
    let store = tempfile::tempdir().unwrap();
    let workspace = Workspace::open(store.path(), dir.path());
    fs::write(dir.path().join("a"), "1").unwrap();
    assert_eq!(workspace.diff().await, WorkspaceDiff::default());
    workspace.begin_task(TaskId(1)).unwrap();
    assert_eq!(workspace.diff().await, WorkspaceDiff::default());
    assert_eq!(workspace.unified_diff().await, "");
}

#[tokio::test]
async fn what_others_change_is_noticed_and_ticks() {
    let project = Project::with(&[("a", "1\n2\n3\n"), ("gone", "x\n")]);
    let mut changes = project.workspace.changes();
    project.write("a", "1\ntwo\n3\n");
    tokio::time::timeout(PATIENCE, changes.changed()).await.unwrap().unwrap();
    project.write("new", "one\n");
    fs::remove_file(project.path("gone")).unwrap();
    let files =
        project.until(|files| files.len() == 3 && files.iter().all(|file| !file.hunks.is_empty())).await;
    assert_eq!(names(&files), [("a", Modified), ("gone", Deleted), ("new", Added)]);
    assert!(files.iter().all(|file| file.sources == [Other]), "{files:?}");
    assert_eq!((files[0].added, files[0].removed), (1, 1));
    let hunk = &files[0].hunks[0];
    assert_eq!((hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines), (1, 3, 1, 3));
    assert_eq!(hunk.lines, [" 1", "-2", "+two", " 3"]);
    project.write("a", "1\n2\n3\n");
    let files = project.until(|files| files.len() == 2).await;
    assert_eq!(names(&files), [("gone", Deleted), ("new", Added)]);
}

#[tokio::test]
async fn what_a_command_changed_is_there_as_soon_as_it_ended() {
    let project = Project::with(&[("a", "1\n"), ("sub/b", "1\n")]);
    project.command(|| {
        project.write("a", "2\n");
        project.write("deep/er/c", "1\n");
        fs::remove_dir_all(project.path("sub")).unwrap();
    });
    let files = project.files().await;
    assert_eq!(names(&files), [("a", Modified), ("deep/er/c", Renamed)]);
    assert_eq!(files[1].old_path.as_deref(), Some("sub/b"));
    assert!(files.iter().all(|file| file.sources == [Command]), "{files:?}");
}

#[tokio::test]
async fn patches_commands_and_others_are_told_apart() {
    let project = Project::with(&[("a", "1\n"), ("b", "1\n"), ("c", "1\n")]);
    project.patch("a", "2\n").await;
    project.patch("b", "2\n").await;
    // of another length: two writes in one tick of the file system's clock could not be told apart by their dates
    project.command(|| project.write("b", "3, and more\n"));
    project.files().await;
    project.write("c", "2\n");
    let files = project.until(|files| files.len() == 3).await;
    let sources: Vec<_> = files.iter().map(|file| file.sources.as_slice()).collect();
    assert_eq!(sources, [&[Patch][..], &[Patch, Command], &[Other]]);
    project.write("a", "3\n");
    let files = project.until(|files| files[0].sources.len() == 2).await;
    assert_eq!(files[0].sources, [Patch, Other]);
}

#[tokio::test]
async fn a_new_task_begins_with_nothing_changed() {
    let project = Project::with(&[("a", "1\n")]);
    project.patch("a", "2\n").await;
    assert_eq!(project.files().await.len(), 1);
    let mut changes = project.workspace.changes();
    project.workspace.begin_task(TaskId(1)).unwrap();
    tokio::time::timeout(PATIENCE, changes.changed()).await.unwrap().unwrap();
    assert_eq!(project.files().await, []);
    project.command(|| project.write("a", "3\n"));
    let files = project.files().await;
    assert_eq!(
        (files[0].hunks[0].lines.as_slice(), files[0].sources.as_slice()),
        (&["-2".into(), "+3".into()][..], &[Command][..])
    );
}

#[tokio::test]
async fn what_is_ignored_does_not_show_and_no_rule_is_changed_within_a_task() {
    let project = Project::with(&[(".gitignore", "*.log\n"), ("a", "1\n"), ("sub/x", "")]);
    project.command(|| {
        project.write("x.log", "1");
        project.write("node_modules/m/index.js", "1");
        project.write(".git/HEAD", "1");
        project.write(".gitignore", "*\n");
        project.write("sub/.gitignore", "*\n");
        project.write("sub/hidden", "1\n");
        project.write("a", "2\n");
    });
    let files = project.files().await;
    let names: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(names, [".gitignore", "a", "sub/.gitignore", "sub/hidden"]);
}

#[tokio::test]
async fn what_a_patch_writes_shows_wherever_it_is() {
    let outside = tempfile::tempdir().unwrap();
    let project = Project::with(&[(".gitignore", "*.log\n"), ("a.log", "1\n")]);
    project.patch("a.log", "2\n").await;
    let file = outside.path().canonicalize().unwrap().join("x");
    project.workspace.will_write(std::slice::from_ref(&file)).await;
    project.workspace.began(Patch);
    fs::write(&file, "1\n").unwrap();
    project.workspace.wrote(std::slice::from_ref(&file));
    project.workspace.ended(Patch);
    let files = project.files().await;
    assert_eq!(names(&files), [(file.to_str().unwrap(), Added), ("a.log", Modified)]);
    assert!(files.iter().all(|file| file.sources == [Patch]), "{files:?}");
    assert_eq!(files[1].hunks[0].lines, ["-1", "+2"]);
}

#[tokio::test]
async fn new_and_moved_folders_are_watched_too() {
    let project = Project::with(&[("old/deep/a", "some text\n")]);
    project.write("new/deep/b", "1\n");
    project.until(|files| files.len() == 1).await;
    project.write("new/deep/b", "2\n");
    project.until(|files| shows(files, "new/deep/b", "+2")).await;
    fs::rename(project.path("old"), project.path("moved")).unwrap();
    let moved = project.until(|files| files[0].status == Renamed).await;
    assert_eq!((moved[0].path.as_str(), moved[0].old_path.as_deref()), ("moved/deep/a", Some("old/deep/a")));
    project.write("moved/deep/a", "some text\nand more\n");
    project.until(|files| files[0].status == Renamed && files[0].added == 1).await;
    // and a folder that is made again under its old name
    fs::remove_dir_all(project.path("new")).unwrap();
    project.until(|files| files.len() == 1).await;
    project.write("new/deep/b", "3\n");
    project.until(|files| files.len() == 2).await;
    project.write("new/deep/b", "4\n");
    project.until(|files| shows(files, "new/deep/b", "+4")).await;
}

#[tokio::test]
async fn a_project_reached_through_a_link_is_the_same_project() {
    let dir = tempfile::tempdir().unwrap();
    let real = dir.path().join("real");
    fs::create_dir(&real).unwrap();
    fs::write(real.join("a"), "1\n").unwrap();
    std::os::unix::fs::symlink(&real, dir.path().join("link")).unwrap();
    let linked = dir.path().join("link");
    let store = tempfile::tempdir().unwrap();
    let workspace = Workspace::open(store.path(), &linked);
    workspace.begin_task(TaskId(1)).unwrap();
    workspace.began(Patch);
    fs::write(linked.join("a"), "2\n").unwrap();
    workspace.wrote(&[linked.join("a")]);
    workspace.ended(Patch);
    let files = workspace.diff().await.files;
    assert_eq!((files[0].path.as_str(), files[0].sources.as_slice()), ("a", &[Patch][..]));
}

#[tokio::test]
async fn what_is_no_text_or_too_large_is_said_to_be() {
    let large = "x\n".repeat(600_000);
    let project =
        Project::with(&[("large", &large), ("image", "\0one"), ("latin", "1"), ("crlf", "a\r\nb\r\n")]);
    project.command(|| {
        project.write("large", large.replace('x', "y"));
        project.write("image", "\0two");
        project.write("latin", b"\xe4");
        project.write("crlf", "a\r\nc\r\n");
    });
    let diff = project.workspace.diff().await;
    let flags: Vec<_> =
        diff.files.iter().map(|f| (f.path.as_str(), f.binary, f.too_large, f.hunks.len())).collect();
    assert_eq!(
        flags,
        [
            ("crlf", false, false, 1),
            ("image", true, false, 0),
            ("large", false, true, 0),
            ("latin", false, false, 1)
        ]
    );
    assert_eq!(diff.files[0].hunks[0].lines, [" a", "-b", "+c"]);
    assert_eq!(diff.files[3].hunks[0].lines, ["-1", "+ä"]);
    assert_eq!(diff.notes, ["1 file over 1 MiB: shown as changed or not, but not how"]);
}

#[tokio::test]
async fn line_endings_and_modes_that_differ_are_told() {
    let project = Project::with(&[
        ("converted", "one\r\ntwo\r\n"),
        ("foreign", "a\nb\n"),
        ("gone.sh", "#!/bin/sh\n"),
        ("grown", "a\nlast"),
        ("kept", ""),
        ("run.sh", "#!/bin/sh\n"),
        ("shrunk", "a\nlast\n"),
        ("swapped", "a\r\nb\n"),
        ("unix", "a\nb\nc\n"),
        ("windows", "a\r\nb\r\nc\r\n"),
    ]);
    fs::set_permissions(project.path("gone.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(project.path("kept")).unwrap();
    std::os::unix::fs::symlink("elsewhere", project.path("kept")).unwrap();
    project.workspace.begin_task(TaskId(2)).unwrap();
    project.command(|| {
        fs::remove_file(project.path("gone.sh")).unwrap();
        fs::remove_file(project.path("kept")).unwrap();
        project.write("kept", "text\n");
        std::os::unix::fs::symlink("elsewhere", project.path("link")).unwrap();
        project.write("converted", "one\ntwo\n");
        project.write("foreign", "a\nb\nc\r\n");
        project.write("grown", "a\nlast\nmore\n");
        fs::set_permissions(project.path("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        project.write("mixed", "a\nb\r\n");
        project.write("shrunk", "a\nlast");
        project.write("swapped", "a\nb\r\n");
        project.write("unix", "a\nB\n");
        project.write("windows", "a\r\nB\r\nmore\r\nc\r\n");
    });
    let diff = project.workspace.diff().await;
    let found: Vec<_> = diff
        .files
        .iter()
        .map(|file| {
            let ends = file.hunks.iter().flat_map(DiffHunk::changed_lines);
            let ends: Vec<_> =
                ends.filter_map(|(line, end)| Some(format!("{line} {}", end?.name()))).collect();
            (file.path.as_str(), ends.join(", "))
        })
        .collect();
    assert_eq!(
        found,
        [
            ("converted", "-one CRLF, -two CRLF, +one LF, +two LF"),
            ("foreign", "+c CRLF"),
            ("gone.sh", ""),
            ("grown", "-last no newline, +last LF, +more LF"),
            ("kept", "-elsewhere no newline, +text LF"),
            ("link", ""),
            ("mixed", "+a LF, +b CRLF"),
            ("run.sh", ""),
            ("shrunk", "-last LF, +last no newline"),
            ("swapped", "-a CRLF, -b LF, +a LF, +b CRLF"),
            ("unix", ""),
            ("windows", ""),
        ]
        .map(|(path, ends)| (path, ends.to_owned()))
    );
    let modes: Vec<_> =
        diff.files.iter().filter_map(|file| Some((file.path.as_str(), file.modes?))).collect();
    let change = |old, new| ModeChange { old, new };
    let (plain, program) = (Some(FileMode::File(0o644)), Some(FileMode::File(0o755)));
    assert_eq!(
        modes,
        [
            ("gone.sh", change(program, None)),
            ("kept", change(Some(FileMode::Link), plain)),
            ("link", change(None, Some(FileMode::Link))),
            ("run.sh", change(plain, program)),
        ]
    );
}

#[tokio::test]
async fn the_unified_diff_is_as_git_prints_it() {
    let long = (1..=20).map(|number| format!("line {number}\n")).collect::<Vec<_>>().concat();
    let project = Project::with(&[
        ("bin", "\0one"),
        ("change", &long),
        ("empty", ""),
        ("gone", "last words\n"),
        ("no newline", "a\nb"),
        ("old name", &long),
        ("run.sh", "#!/bin/sh\n"),
        ("to link", "text\n"),
        ("was here", "one thing\nand another\n"),
    ]);
    project.command(|| {
        project.write("bin", "\0two");
        project.write("change", long.replace("line 2\n", "line two\n").replace("line 19\n", ""));
        project.write("empty", "full\n");
        fs::remove_file(project.path("gone")).unwrap();
        project.write("no newline", "a\nc");
        fs::remove_file(project.path("old name")).unwrap();
        project.write("new name", long.replace("line 10\n", "line ten\n"));
        fs::set_permissions(project.path("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::remove_file(project.path("to link")).unwrap();
        std::os::unix::fs::symlink("change", project.path("to link")).unwrap();
        fs::rename(project.path("was here"), project.path("is\tthere")).unwrap();
        project.write("added/empty", "");
    });
    let text = project.workspace.unified_diff().await;
    let expected = include_str!("expected.patch");
    assert_eq!(text, expected, "\n{text}");
}

#[tokio::test]
async fn the_unified_diff_is_bounded_and_says_so() {
    let project = Project::with(&[]);
    project.command(|| {
        project.write("a", "small\n");
        project.write("b", "x".repeat(1_000_000) + "\n");
        project.write("c", "y".repeat(100_000) + "\n");
    });
    let text = project.workspace.unified_diff().await;
    assert!(text.len() <= 1024 * 1024 + 200, "{}", text.len());
    assert!(text.ends_with("# left out, the diff is over 1 MiB: 1 of 3 changed files: c\n"));
}

#[test]
fn where_nothing_can_be_watched_everything_is_looked_at_and_it_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let limit = notify::Error::new(notify::ErrorKind::MaxFilesWatch);
    let (wake, _woken) = sync_channel(1);
    let store = tempfile::tempdir().unwrap();
    let shared =
        WorkspaceInner::new(store.path().to_owned(), dir.path().canonicalize().unwrap(), Vec::new(), wake);
    *shared.state() = WatchState::new(store.path().to_owned(), &shared.root, Vec::new(), Err(limit));
    shared.begin_task(TaskId(1)).unwrap();
    fs::write(dir.path().join("a"), "1\n").unwrap();
    let diff = shared.refreshed(WatchState::diff);
    assert_eq!(names(&diff.files), [("a", Added)]);
    assert!(diff.notes[0].contains("max_user_watches"), "{:?}", diff.notes);
}

#[tokio::test]
async fn the_worker_ends_with_the_last_clone() {
    let dir = tempfile::tempdir().unwrap();
    let store = tempfile::tempdir().unwrap();
    let workspace = Workspace::open(store.path(), dir.path());
    workspace.begin_task(TaskId(1)).unwrap();
    let mut changes = workspace.changes();
    let clone = workspace.clone();
    drop(workspace);
    fs::write(dir.path().join("a"), "1").unwrap();
    tokio::time::timeout(PATIENCE, changes.changed()).await.unwrap().unwrap();
    drop(clone);
    // the sender is gone when the worker and the watcher have let go
    let closed = async { while changes.changed().await.is_ok() {} };
    tokio::time::timeout(PATIENCE, closed).await.unwrap();
}

/// Applies `hunks` to the old text.
fn applied(old: &str, new: &str) -> String {
    let old_lines: Vec<_> = old.split_inclusive('\n').collect();
    let mut text = String::new();
    let mut at = 0;
    for hunk in compare::hunks(old, new) {
        text.push_str(&old_lines[at..hunk.old.0].concat());
        at = hunk.old.0 + hunk.old.1;
        let counted = |marks: [char; 2]| hunk.lines.iter().filter(|(mark, _)| marks.contains(mark)).count();
        assert_eq!((hunk.old.1, hunk.new.1), (counted([' ', '-']), counted([' ', '+'])));
        text.extend(hunk.lines.iter().filter(|(mark, _)| *mark != '-').map(|(_, line)| *line));
    }
    text.push_str(&old_lines[at..].concat());
    text
}

proptest! {
    #[test]
    fn the_hunks_make_the_new_text_of_the_old(old in "([ab\r]{0,2}\n){0,30}[ab]?", new in "([ab\r]{0,2}\n){0,30}[ab]?") {
        prop_assert_eq!(applied(&old, &new), new);
    }
}

#[test]
fn b36_a_large_project_is_walked_once_and_then_kept_by_what_the_system_tells() {
    let files: Vec<(String, String)> =
        (0..40).map(|number| (format!("d{}/f{number}", number % 4), format!("{number}\n"))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let project = Project::with(&files);
    let limit = |store: &mut Store| {
        store.limits.walked = 1;
        Ok(())
    };
    project.workspace.with_store(limit).unwrap();
    let walked = || {
        let other = tempfile::tempdir().unwrap();
        Store::open(other.path(), project.dir.path()).unwrap().snapshot(&[]).unwrap().0
    };
    let path = |path: &str| project.path(path);
    let steps: [&dyn Fn(); 9] = [
        &|| project.write("d0/f0", "changed\n"),
        &|| fs::remove_file(path("d1/f1")).unwrap(),
        &|| project.write("new/deep/folder/file", "n"),
        &|| fs::rename(path("d2"), path("moved")).unwrap(),
        &|| fs::set_permissions(path("moved/f2"), fs::Permissions::from_mode(0o755)).unwrap(),
        &|| std::os::unix::fs::symlink("f3", path("d3/link")).unwrap(),
        &|| fs::remove_dir_all(path("new")).unwrap(),
        &|| {
            fs::remove_file(path("d3/f3")).unwrap();
            fs::create_dir(path("d3/f3")).unwrap();
        },
        &|| (0..300).for_each(|number| project.write(&format!("many/{}/{number}", number % 7), "m")),
    ];
    for (number, step) in steps.into_iter().enumerate() {
        project.command(step);
        let (id, report) = project.workspace.snapshot().unwrap().unwrap();
        assert_eq!(id, walked(), "step {number}");
        assert!(report.files == 40, "step {number} was walked: {report:?}");
    }
    project.write("between", "tasks");
    let (id, report) = project.workspace.begin_task(TaskId(2)).unwrap();
    assert_eq!((id, report.files), (walked(), 40), "the second task begins without a walk");
    // rules that change say what is looked at
    project.command(|| project.write(".gitignore", "many\n"));
    let (_, report) = project.workspace.begin_task(TaskId(3)).unwrap();
    assert_ne!(report.files, 40);
}
