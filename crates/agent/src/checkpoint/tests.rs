use super::*;
use protocol::{CallId, TaskId};
use std::os::unix::fs::FileExt;

struct Place {
    dir: tempfile::TempDir,
    home: Home,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(&dir.path().join("home"));
        fs::create_dir(dir.path().join("project")).unwrap();
        Self { dir, home }
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("project")
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.root().join(path), text).unwrap();
    }

    fn session(&self, id: &str) -> CheckpointStore {
        CheckpointStore::new(workspace(&self.home, &self.root(), None), SessionId::from(id))
    }

    /// Writes the transcript that makes a session live, and returns its path.
    fn transcript(&self, id: &str) -> PathBuf {
        let dir = self.home.sessions_dir().join("2026/01/01");
        fs::create_dir_all(&dir).unwrap();
        let path = dir.join(format!("rollout-2026-01-01T00-00-00-{id}.jsonl"));
        fs::write(&path, "{}\n").unwrap();
        path
    }

    fn owners(&self) -> Vec<String> {
        let dir = store_dir(&checkpoints_dir(&self.home, None), &self.root());
        let mut owners = Store::open(&dir, &self.root()).unwrap().owners();
        owners.sort();
        owners
    }

    /// As if it were the first time in an hour.
    fn sweep(&self) {
        let _ = fs::remove_file(checkpoints_dir(&self.home, None).join("swept"));
        sweep(&self.home);
    }
}

fn before_task() -> CheckpointWhen {
    CheckpointWhen::BeforeTask { task_id: TaskId(1) }
}

#[test]
fn b36_checkpoints_go_with_their_sessions_and_the_store_with_the_project() {
    let place = Place::new();
    place.write("a", "a");
    let (kept, gone) = (place.transcript("kept"), place.transcript("gone"));
    for id in ["kept", "gone"] {
        assert!(place.session(id).take(&before_task()).id.is_some());
    }
    place.sweep();
    assert_eq!(place.owners(), ["gone", "kept"]);
    fs::remove_file(gone).unwrap();
    sweep(&place.home);
    assert_eq!(place.owners(), ["gone", "kept"], "it was looked at a moment ago");
    place.sweep();
    assert_eq!(place.owners(), ["kept"]);
    fs::remove_dir_all(place.root()).unwrap();
    place.sweep();
    assert_eq!(place.owners(), ["kept"], "the folder may come back, and the session speaks of it");
    fs::remove_file(kept).unwrap();
    place.sweep();
    let stores = fs::read_dir(checkpoints_dir(&place.home, None)).unwrap().flatten();
    assert_eq!(stores.filter(|entry| entry.path().is_dir()).count(), 0);
}

#[test]
fn b36_what_is_left_out_is_said_once_and_again_when_it_changes() {
    let place = Place::new();
    let large = |name: &str| {
        fs::File::create(place.root().join(name)).unwrap().write_all_at(b"x", 50 << 20).unwrap();
    };
    large("one");
    let mut session = place.session("s");
    let command = CheckpointWhen::BeforeCommand { call_id: CallId::from("c") };
    assert_eq!(
        session.take(&before_task()).note.as_deref(),
        Some("an undo would leave these alone: one (too large)")
    );
    assert_eq!(session.take(&command).note, None);
    large("two");
    let note = session.take(&command).note.unwrap_or_default();
    assert!(note.contains("one (too large), two (too large)"), "{note}");
}

#[test]
fn b36_a_task_without_a_checkpoint_says_why_and_takes_no_more() {
    let place = Place::new();
    // where the store would be
    fs::create_dir_all(place.dir.path().join("home")).unwrap();
    fs::write(place.dir.path().join("home/checkpoints"), "in the way").unwrap();
    let mut session = place.session("s");
    let taken = session.take(&before_task());
    assert!(taken.id.is_none());
    let note = taken.note.unwrap_or_default();
    assert!(note.starts_with("this task cannot be undone: ") && note.contains("checkpoints"), "{note}");
    assert_eq!(session.take(&CheckpointWhen::AfterTask { task_id: TaskId(1) }), TakenCheckpoint::default());
}
