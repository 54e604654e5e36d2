//! Cutting off at every moment.

use super::Stop;
use std::cell::Cell;
use std::path::Path;

/// What is to happen after so many things were done.
#[derive(Clone, Copy)]
pub(super) enum Accident {
    Failure,
    Killed,
}

thread_local! {
    static ACCIDENT: Cell<Option<(usize, Accident)>> = const { Cell::new(None) };
}

pub(super) fn tick() -> Result<(), Stop> {
    match ACCIDENT.get() {
        Some((0, accident)) => {
            ACCIDENT.set(None);
            let mut stop = Stop::failed(Path::new("somewhere"), "an accident");
            stop.cut_off = matches!(accident, Accident::Killed);
            Err(stop)
        }
        Some((left, accident)) => {
            ACCIDENT.set(Some((left - 1, accident)));
            Ok(())
        }
        None => Ok(()),
    }
}

use crate::tests::world::World;
use crate::{CheckpointId, Error};

fn a_story() -> (World, CheckpointId, CheckpointId) {
    let mut world = World::new(&[
        ("a", "a"),
        ("mode", "m"),
        ("gone/deep/x", "x"),
        ("was-file", "f"),
        ("was-folder/y", "y"),
        ("read-only/z", "z"),
    ]);
    world.link("link", "a");
    world.chmod("read-only", 0o555);
    let target = world.take();
    world.write("a", "agent");
    world.chmod("mode", 0o600);
    world.remove("gone");
    world.write("new/deep/n", "n");
    world.remove("was-file");
    world.write("was-file/inner", "i");
    world.remove("was-folder");
    world.write("was-folder", "f");
    world.remove("link");
    world.link("link", "b");
    world.chmod("read-only", 0o755);
    world.write("read-only/z", "agent");
    world.chmod("read-only", 0o555);
    let base = world.take();
    (world, target, base)
}

/// Lets an accident happen after so many things, for as long as there are that many; gives how it went each time.
fn at_every_moment(accident: Accident, mut check: impl FnMut(&mut World, &Error)) {
    let (mut world, target, base) = a_story();
    let after = world.things();
    for moment in 0.. {
        let plan = world.plan(target, base);
        ACCIDENT.set(Some((moment, accident)));
        let result = world.store.apply(&plan, false);
        if ACCIDENT.take().is_some() {
            result.unwrap();
            assert!(moment > 20, "{moment} moments only");
            break;
        }
        check(&mut world, &result.unwrap_err());
        assert_eq!(world.things(), after, "after {moment} things");
    }
    world.undo(base, target, false).unwrap();
    assert_eq!(world.things(), after);
}

#[test]
fn b36_a_failure_at_any_moment_leaves_everything_as_it_was() {
    at_every_moment(Accident::Failure, |world, error| {
        assert!(matches!(error, Error::NotApplied { stuck, .. } if stuck.is_empty()), "{error}");
        assert!(world.store.settle().unwrap().is_empty());
    });
}

#[test]
fn b36_being_killed_at_any_moment_loses_nothing() {
    at_every_moment(Accident::Killed, |world, _| {
        world.reopen();
        let told = world.store.settle().unwrap();
        assert!(told.len() == 1 && told[0].ends_with("as they were before it"), "{told:?}");
    });
}

#[test]
fn b36_what_somebody_does_between_the_accident_and_the_next_start_stays() {
    let (mut world, target, base) = a_story();
    let plan = world.plan(target, base);
    // in the middle of putting things in place
    ACCIDENT.set(Some((plan.restore.len() * 2, Accident::Killed)));
    world.store.apply(&plan, false).unwrap_err();
    world.write("a", "person");
    world.write("gone/deep/person", "p");
    world.reopen();
    world.take();
    assert_eq!((world.read("a"), world.read("gone/deep/person")), ("person".to_owned(), "p".to_owned()));
    let staged =
        world.things().into_keys().filter(|path| path.to_string_lossy().contains("countersign-staged"));
    assert_eq!(staged.count(), 0);
    world.undo(target, base, true).unwrap();
    assert_eq!(world.read("a"), "a");
}
