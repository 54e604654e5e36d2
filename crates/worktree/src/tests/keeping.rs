//! Contents of snapshots, and their cost.

use super::world::World;
use crate::{Node, NodeChange, Unkept};
use std::fs;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Makes everything look as if it had lain there for a minute, so that dates tell changes.
fn settle(world: &World) {
    let then = SystemTime::now() - Duration::from_mins(1);
    for path in world.things().into_keys() {
        if let Ok(file) = fs::File::open(world.path(&path)).and_then(|file| Ok((file.metadata()?, file)))
            && file.0.is_file()
        {
            file.1.set_modified(then).unwrap();
        }
    }
}

/// Waits until the inodes of these files changed so long ago that they are to be relied on.
fn wait_until_steady(world: &World, files: &[&str]) {
    use std::os::unix::fs::MetadataExt;
    let steady = |file: &&str| {
        let meta = world.path(file).symlink_metadata().unwrap();
        let changed = SystemTime::UNIX_EPOCH
            + Duration::new(meta.ctime().unsigned_abs(), u32::try_from(meta.ctime_nsec()).unwrap());
        SystemTime::now().duration_since(changed).is_ok_and(|age| age > Duration::from_millis(60))
    };
    while !files.iter().all(steady) {
        std::thread::yield_now();
    }
}

#[test]
fn what_did_not_change_is_the_same_checkpoint_and_costs_nothing() {
    let mut world = World::new(&[("a", "a"), ("b/c", "c")]);
    let (one, first) = world.take_reported();
    assert_eq!((first.files, first.bytes, first.read), (2, 2, 2));
    let (two, second) = world.take_reported();
    assert_eq!((one, second.stored_bytes), (two, 0));
    world.write("a", "b");
    assert_ne!(world.take(), one);
    world.write("a", "a");
    assert_eq!(world.take(), one, "a state has one name, however it came about");
}

#[test]
fn files_are_read_again_only_when_they_may_have_changed() {
    let mut world = World::new(&[("a", "a"), ("b/c", "c")]);
    settle(&world);
    world.take();
    wait_until_steady(&world, &["a", "b/c"]);
    assert_eq!(world.take_reported().1.read, 2);
    assert_eq!(world.take_reported().1.read, 0);
    world.reopen();
    assert_eq!(world.take_reported().1.read, 0, "another process knows it too");
    world.write("a", "x");
    assert_eq!(world.take_reported().1.read, 1);
    fs::remove_file(world.dir().join("store/index")).unwrap();
    world.reopen();
    let (_, report) = world.take_reported();
    assert_eq!((report.read, report.stored_bytes), (2, 0), "nothing is lost with what is known");
}

/// Change to a project.
type WorldChange = fn(&World);

#[test]
fn what_is_known_of_a_folder_counts_only_where_all_of_it_is_as_it_was() {
    let files = [("d/a", "a"), ("d/b", "b"), ("d/sub/c", "c"), ("d/other/e", "e")];
    let mut world = World::new(&files);
    std::os::unix::fs::symlink("a", world.path("d/link")).unwrap();
    settle(&world);
    wait_until_steady(&world, &files.map(|(file, _)| file));
    let changes: [(&str, WorldChange); 7] = [
        ("nothing", |_| ()),
        ("a folder goes", |world| fs::remove_dir_all(world.path("d/sub")).unwrap()),
        ("another goes", |world| fs::remove_dir_all(world.path("d/other")).unwrap()),
        ("a link goes", |world| world.remove("d/link")),
        ("a file gets another name", |world| fs::rename(world.path("d/b"), world.path("d/c")).unwrap()),
        ("a second name is made", |world| fs::hard_link(world.path("d/a"), world.path("d/same")).unwrap()),
        ("it goes again", |world| world.remove("d/same")),
    ];
    let mut before = None;
    for (what, change) in changes {
        change(&world);
        let known = world.take();
        assert_eq!(world.take(), known, "{what}");
        assert_ne!(before.replace(known), Some(known), "{what}");
        fs::remove_file(world.dir().join("store/index")).unwrap();
        world.reopen();
        assert_eq!(world.take(), known, "{what}: as whoever knows nothing sees it");
        world.take();
    }
}

#[test]
fn a_change_of_the_same_size_a_moment_later_is_seen() {
    let mut world = World::new(&[("a", "0")]);
    let mut last = world.take();
    for round in 1..50 {
        world.write("a", (round % 10).to_string());
        let now = world.take();
        assert_ne!(now, last);
        last = now;
    }
}

#[test]
fn changes_are_told_with_what_was_and_what_is() {
    let mut world = World::new(&[("a", "a"), ("b", "b"), ("c/d", "d")]);
    let one = world.take();
    world.write("a", "aa");
    world.remove("b");
    world.chmod("c", 0o700);
    world.write("e/f", "f");
    let two = world.take();
    let changes = world.store.changes(one, two).unwrap();
    let kinds: Vec<_> = changes
        .iter()
        .map(|NodeChange { path, before, after, .. }| {
            (path.to_str().unwrap(), before.is_some(), after.is_some())
        })
        .collect();
    assert_eq!(
        kinds,
        [("a", true, true), ("b", true, false), ("c", true, true), ("e", false, true), ("e/f", false, true)]
    );
    let content = |node: &Option<Node>| {
        String::from_utf8(world.store.content(node.as_ref().unwrap()).unwrap().unwrap()).unwrap()
    };
    let mut content = content;
    assert_eq!((content(&changes[0].before), content(&changes[0].after)), ("a".to_owned(), "aa".to_owned()));
    assert!(world.store.changes(two, two).unwrap().is_empty());
}

#[test]
fn what_is_neither_file_folder_nor_link_is_named_and_left() {
    let mut world = World::new(&[("a", "a")]);
    let _socket = UnixListener::bind(world.path("socket")).unwrap();
    let (target, report) = world.take_reported();
    assert_eq!(report.skipped.len(), 1);
    assert_eq!(
        (report.skipped[0].path.as_path(), report.skipped[0].why),
        (Path::new("socket"), Unkept::Special)
    );
    world.remove("socket");
    world.write("socket", "now a file");
    world.write("a", "b");
    let base = world.take();
    let plan = world.plan(target, base);
    assert_eq!(
        plan.left_alone.iter().map(|left| left.path.clone()).collect::<Vec<_>>(),
        [PathBuf::from("socket")]
    );
    world.store.apply(&plan, true).unwrap();
    assert_eq!((world.read("a"), world.read("socket")), ("a".to_owned(), "now a file".to_owned()));
}

#[test]
fn git_and_the_store_itself_are_never_in_it() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    fs::write(dir.path().join(".git/HEAD"), "ref").unwrap();
    fs::write(dir.path().join("a"), "a").unwrap();
    let mut store = crate::Store::open(&dir.path().join("home/store"), dir.path()).unwrap();
    let (one, report) = store.snapshot(&[]).unwrap();
    assert_eq!((report.files, report.ignored), (1, 1));
    assert_eq!(store.snapshot(&[]).unwrap().0, one);
}
