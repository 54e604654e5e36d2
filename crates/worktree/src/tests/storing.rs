//! The store itself: what is removed, what is damaged, two at once.

use super::world::World;
use crate::{Error, Store, store_dir};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

#[test]
fn what_nobody_names_is_removed_and_the_rest_stays_whole() {
    let mut world = World::new(&[("a", "first"), ("keep", "kept")]);
    // nothing that compresses well
    let noise = |seed: u64| -> Vec<u8> {
        let mut state = seed;
        let next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        std::iter::repeat_with(next).take(100_000).collect()
    };
    world.write("big", noise(1));
    let one = world.take();
    let before = world.things();
    world.write("big", noise(2));
    let two = world.take();
    world.write("big", noise(3));
    let three = world.take();
    world.store.pin("lives", &[one]).unwrap();
    world.store.pin("gone", &[one, two]).unwrap();
    let lives = |owner: &str| owner == "lives";
    let kept = world.store.collect(lives, Duration::from_hours(1)).unwrap();
    assert_eq!((kept.checkpoints, kept.bytes), (0, 0), "all were taken a moment ago");
    let collected = world.store.collect(lives, Duration::ZERO).unwrap();
    assert_eq!(world.store.owners(), ["lives"]);
    assert_eq!(collected.checkpoints, 1);
    assert!(collected.bytes >= 100_000, "{collected:?}");
    assert!(!world.store.has(two).unwrap());
    assert!(world.store.has(three).unwrap(), "the last one always stays");
    world.reopen();
    assert_eq!(world.take(), three);
    world.undo(one, three, false).unwrap();
    assert_eq!(world.things(), before);
    assert!(matches!(world.store.changes(two, three), Err(Error::Unknown { .. })));
}

#[test]
fn many_small_segments_become_one() {
    let mut world = World::new(&[]);
    let mut all = Vec::new();
    for round in 0..70 {
        world.write("a", round.to_string());
        all.push(world.take());
    }
    world.store.pin("session", &all).unwrap();
    world.store.collect(|_| true, Duration::ZERO).unwrap();
    assert_eq!(fs::read_dir(world.dir().join("store/segments")).unwrap().count(), 1);
    for (round, id) in all.iter().enumerate() {
        world.undo(*id, *all.last().unwrap(), true).unwrap();
        assert_eq!(world.read("a"), round.to_string());
    }
}

#[test]
fn nobody_else_may_look_into_it() {
    let mut world = World::new(&[("a", "a")]);
    world.take();
    let mode = fs::metadata(world.dir().join("store")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn damage_is_named_and_never_put_back() {
    let mut world = World::new(&[("a", "first")]);
    let target = world.take();
    world.write("a", "second");
    let base = world.take();
    let plan = world.plan(target, base);
    for entry in fs::read_dir(world.dir().join("store/segments")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        if let Some(at) = bytes.windows(5).position(|window| window == b"first") {
            bytes[at] = b'F';
            fs::write(path, bytes).unwrap();
        }
    }
    let error = world.store.apply(&plan, false).unwrap_err();
    assert!(error.to_string().contains("damaged"), "{error}");
    assert_eq!(world.read("a"), "second");
}

#[test]
fn half_a_segment_is_no_segment() {
    let mut world = World::new(&[("a", "a")]);
    let id = world.take();
    let segments = world.dir().join("store/segments");
    fs::write(segments.join("0.unfinished"), "half").unwrap();
    fs::remove_file(world.dir().join("store/index")).unwrap();
    fs::write(world.dir().join("store/index"), "torn").unwrap();
    world.reopen();
    assert_eq!(world.take(), id);
    assert!(!segments.join("0.unfinished").exists());
}

#[test]
fn two_at_once_do_not_hurt_each_other() {
    let world = World::new(&[("a", "0"), ("b", "0")]);
    let (store, root) = (world.dir().join("store"), world.path(""));
    let taken: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = ["a", "b"]
            .into_iter()
            .map(|name| {
                let (store, root) = (&store, &root);
                scope.spawn(move || {
                    let mut store = Store::open(store, root).unwrap();
                    let mut taken = Vec::new();
                    for round in 0..20 {
                        fs::write(root.join(name), round.to_string()).unwrap();
                        taken.push(store.snapshot(&[]).unwrap().0);
                        if round % 7 == 0 {
                            store.collect(|_| true, Duration::from_mins(5)).unwrap();
                        }
                    }
                    taken
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut store = Store::open(&store, &root).unwrap();
    let (now, _) = store.snapshot(&[]).unwrap();
    for id in taken {
        for change in store.changes(now, id).unwrap() {
            assert!(change.after.is_none_or(|node| node.is_dir() || store.content(&node).unwrap().is_some()));
        }
    }
}

#[test]
fn a_project_has_one_store_however_it_is_reached() {
    let world = World::new(&[("sub/a", "a")]);
    world.link("also", "sub");
    let dir = |path: &str| store_dir(&world.dir().join("checkpoints"), &world.path(path));
    assert_eq!(dir("sub"), dir("also"));
    assert_ne!(dir("sub"), dir(""));
    let mut store = Store::open(&dir("sub"), &world.path("also")).unwrap();
    store.snapshot(&[]).unwrap();
    assert_eq!(Store::project_of(&dir("sub")), Some(world.path("sub").canonicalize().unwrap()));
    store.delete().unwrap();
    assert!(!dir("sub").exists());
}
