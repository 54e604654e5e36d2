//! Files that are too large, or may not be read, are named, and left alone.

use super::world::World;
use crate::{Error, SnapshotLimits, Store, Unkept, Why};
use rustix::fs::{Gid, Uid};
use std::process::Command;

const SMALL: SnapshotLimits = SnapshotLimits { file_bytes: 10, total_bytes: 25, files: 8, walked: 20_000 };

fn small(files: &[(&str, &str)]) -> World {
    let mut world = World::new(files);
    world.store = Store::open(&world.dir().join("store"), &world.path("")).unwrap().with_limits(SMALL);
    world
}

#[test]
fn b36_large_files_are_named_and_left_alone() {
    let mut world =
        small(&[("a", "0123456789"), ("large", "0123456789+"), ("c", "0123456789"), ("z", "123456")]);
    let (target, report) = world.take_reported();
    let skipped: Vec<_> = report.skipped.iter().map(|one| (one.path.to_str().unwrap(), one.why)).collect();
    assert_eq!(skipped, [("large", Unkept::TooLarge), ("z", Unkept::NoRoom)]);
    world.write("large", "other 0123456789");
    world.write("a", "agent");
    world.write("also-large", "0123456789+");
    let base = world.take();
    let plan = world.plan(target, base);
    let left: Vec<_> = plan.left_alone.iter().map(|left| left.path.to_str().unwrap()).collect();
    assert_eq!(left[..2], ["also-large", "large"]);
    assert_eq!(plan.left_alone[0].why, Why::Unkept(Unkept::TooLarge));
    world.store.apply(&plan, true).unwrap();
    assert_eq!(
        (world.read("a"), world.read("large")),
        ("0123456789".to_owned(), "other 0123456789".to_owned())
    );
    assert!(world.path("also-large").exists());
}

#[test]
fn b36_too_many_files_are_an_error_that_names_where_they_are() {
    let mut world = small(&[("a", "a")]);
    for number in 0..9 {
        world.write(&format!("data/{number}"), "x");
    }
    let Err(error @ Error::TooManyFiles { .. }) = world.store.snapshot(&[]) else {
        panic!("a checkpoint was taken")
    };
    let text = error.to_string();
    assert!(text.contains("more than 8 files and folders") && text.contains("project/data"), "{text}");
    world.write(".gitignore", "data");
    world.take();
}

/// Tells a story as a person who is not root, where tests run as root: to root every file is readable.
fn as_a_person(mut world: World, story: impl FnOnce(&mut World) + Send) {
    let root = rustix::process::geteuid().is_root();
    if root {
        let given = Command::new("chown").args(["-R", "-h", "65534:65534"]).arg(world.dir()).status();
        assert!(given.unwrap().success());
    }
    std::thread::scope(|scope| {
        let told = scope.spawn(|| {
            if root {
                // of this thread alone, and of those it starts
                let (uid, gid) = (Uid::from_raw(65534), Gid::from_raw(65534));
                rustix::thread::set_thread_res_gid(gid, gid, gid).unwrap();
                rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
            }
            story(&mut world);
        });
        told.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

#[test]
fn b36_what_may_not_be_read_is_named_and_stops_nothing() {
    let world = World::new(&[("a", "a"), ("closed", "c"), ("folder/inner", "i")]);
    as_a_person(world, |world| {
        world.chmod("closed", 0o000);
        world.chmod("folder", 0o000);
        let (target, report) = world.take_reported();
        let skipped: Vec<_> =
            report.skipped.iter().map(|one| (one.path.to_str().unwrap(), one.why)).collect();
        assert_eq!(skipped, [("closed", Unkept::Unreadable), ("folder", Unkept::Unreadable)]);
        world.write("a", "agent");
        let base = world.take();
        world.undo(target, base, true).unwrap();
        assert_eq!(world.read("a"), "a");
        world.chmod("folder", 0o755);
        assert!(world.path("closed").exists() && world.path("folder/inner").exists());
    });
}

#[test]
fn b36_read_only_files_and_folders_come_back_for_a_person_too() {
    let world = World::new(&[("folder/file", "f"), ("folder/sub/deep", "d"), ("folder/gone", "g")]);
    as_a_person(world, |world| {
        world.chmod("folder/file", 0o444);
        world.chmod("folder/sub", 0o555);
        world.chmod("folder", 0o555);
        world.undo_and_redo(|world| {
            world.chmod("folder", 0o755);
            world.chmod("folder/sub", 0o755);
            world.chmod("folder/file", 0o644);
            world.write("folder/file", "changed");
            world.remove("folder/sub");
            world.remove("folder/gone");
            world.write("folder/new/x", "x");
            world.chmod("folder/new", 0o500);
            world.chmod("folder", 0o555);
        });
        // what is left in the temporary folder must let itself be removed
        for path in ["folder", "folder/new"] {
            assert!(world.path(path).is_dir());
            world.chmod(path, 0o755);
        }
    });
}
