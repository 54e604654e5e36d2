//! Cutting off at every moment.

mod metadata;

use super::error::CommitError;
use crate::tests::world::{Things, World};
use crate::writer::{verify, write};
use crate::{
    CheckpointId, Error, Roots, Settled, TransactionId, TransactionLog, TransactionOutcome,
    TransactionPurpose,
};
use engine::PatchWriteResult;
use protocol::{HunkOutcome, PatchProposal, SandboxPolicy, Undone};
use std::cell::{Cell, RefCell};
use std::path::Path;

/// Accident after a number of operations.
#[derive(Clone, Copy, PartialEq)]
enum Accident {
    Failure,
    Killed,
    /// Somebody else does something.
    Meddling,
}

type Meddler = Box<dyn FnOnce()>;

thread_local! {
    static ACCIDENT: Cell<Option<(usize, Accident)>> = const { Cell::new(None) };
    static MEDDLER: RefCell<Option<Meddler>> = const { RefCell::new(None) };
}

pub(super) fn tick(may_fail: bool) -> Result<(), CommitError> {
    match ACCIDENT.get() {
        Some((_, Accident::Failure)) if !may_fail => Ok(()),
        Some((0, accident)) => {
            ACCIDENT.set(None);
            if accident == Accident::Meddling {
                if let Some(meddle) = MEDDLER.take() {
                    meddle();
                }
                return Ok(());
            }
            let mut stop = CommitError::failed(Path::new("somewhere"), "an accident");
            stop.cut_off = accident == Accident::Killed;
            Err(stop)
        }
        Some((left, accident)) => {
            ACCIDENT.set(Some((left - 1, accident)));
            Ok(())
        }
        None => Ok(()),
    }
}

fn an_undo() -> (World, CheckpointId, CheckpointId) {
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

const PATCH: &str = "*** Begin Patch
*** Update File: a
-a
+A
*** Delete File: b
*** Update File: c
*** Move to: moved/c
-c
+C
*** Add File: new/deep/n
+n
*** Add File: m
+n
*** Update File: d
*** Move to: e
*** End Patch
";

fn a_patch() -> (World, PatchProposal) {
    let world =
        World::new(&[("a", "a\n"), ("b", "b\n"), ("c", "c\n"), ("d", "d\n"), ("e", "e\n"), ("other", "o")]);
    world.chmod("a", 0o4751);
    let proposal = verify(PATCH, &world.path(""), &roots(&world)).unwrap();
    (world, proposal)
}

fn roots(world: &World) -> Roots {
    Roots::of(&SandboxPolicy::workspace_write(), &world.path(""))
}

fn id() -> TransactionId {
    TransactionId::of_call(&"session".into(), &"call".into())
}

/// The log as another process finds it.
fn log(world: &World) -> TransactionLog {
    TransactionLog::new(&world.dir().join("store"), &world.path(""))
}

fn written(proposal: &PatchProposal) -> Vec<HunkOutcome> {
    proposal.hunks().map(|(_, hunk)| HunkOutcome::Written { id: hunk.id.clone() }).collect()
}

/// Things that carry out the transaction of `story` until it is killed or fails after so many things; gives what came of it as
/// long as there are that many.
fn at_every_moment<S>(
    accident: Accident,
    at_least: usize,
    story: impl Fn() -> S,
    mut run: impl FnMut(&mut S) -> bool,
    mut check: impl FnMut(S, usize),
) {
    for moment in 0.. {
        let mut told = story();
        ACCIDENT.set(Some((moment, accident)));
        let done = run(&mut told);
        if ACCIDENT.take().is_some() {
            assert!(done && moment > at_least, "{moment} moments only");
            return;
        }
        check(told, moment);
    }
}

/// Recovers, being killed twice on the way.
fn recovered(world: &World, moment: usize) -> Vec<Settled> {
    for again in [moment % 7, moment % 3] {
        ACCIDENT.set(Some((again, Accident::Killed)));
        let settled = log(world).recover();
        if ACCIDENT.take().is_some() {
            return settled.unwrap();
        }
        settled.unwrap_err();
    }
    log(world).recover().unwrap()
}

/// Fails unless it was all or nothing, as it is told. Returns whether it was all.
fn check_told(world: &World, settled: &[Settled], moment: usize, before: &Things, after: &Things) -> bool {
    let kept = log(world).settled_of("session").unwrap();
    let [kept] = kept.as_slice() else {
        // killed before anything was written down
        assert!(settled.is_empty() && kept.is_empty() && world.things() == *before, "{moment}");
        return false;
    };
    let [settled] = settled else {
        // killed when nothing was left to do
        assert!(settled.is_empty() && kept.outcome == TransactionOutcome::Committed, "{moment}: {settled:?}");
        assert_eq!(world.things(), *after, "{moment}");
        return true;
    };
    assert_eq!((settled, settled.id.as_ref()), (kept, Some(&id())), "{moment}");
    assert!(settled.stuck.is_empty(), "{moment}: {settled:?}");
    let committed = settled.outcome == TransactionOutcome::Committed;
    assert_eq!(world.things(), *if committed { after } else { before }, "{moment}: {settled:?}");
    assert!(log(world).recover().unwrap().is_empty(), "told once");
    log(world).forget(&id()).unwrap();
    assert!(log(world).settled_of("session").unwrap().is_empty());
    committed
}

#[test]
fn b36_a_failure_at_any_moment_leaves_everything_as_it_was() {
    let after = an_undo().0.things();
    at_every_moment(
        Accident::Failure,
        20,
        an_undo,
        |(world, target, base)| {
            let plan = world.plan(*target, *base);
            match world.store.apply(&plan, false) {
                Ok(_) => true,
                Err(Error::NotApplied { stuck, .. }) => {
                    assert!(stuck.is_empty(), "{stuck:?}");
                    false
                }
                Err(error) => panic!("{error}"),
            }
        },
        |(mut world, target, base), moment| {
            assert_eq!(world.things(), after, "after {moment} things");
            assert!(world.store.recover().unwrap().is_empty());
            world.undo(target, base, false).unwrap();
            world.undo(base, target, false).unwrap();
            assert_eq!(world.things(), after);
        },
    );
}

#[test]
fn b36_being_killed_at_any_moment_loses_nothing() {
    let (mut done, target, base) = an_undo();
    let before = done.things();
    done.undo(target, base, false).unwrap();
    let after = done.things();
    let (mut all, mut nothing) = (0, 0);
    at_every_moment(
        Accident::Killed,
        30,
        an_undo,
        |(world, target, base)| {
            let plan = world.plan(*target, *base);
            let undone = Undone { saved: base.to_string(), ..Undone::default() };
            world.store.apply_as(&plan, false, Some(id()), undone).is_ok()
        },
        |(mut world, target, base), moment| {
            world.reopen();
            let settled = recovered(&world, moment);
            if let Some(Settled { purpose: TransactionPurpose::Undo { undone }, .. }) = settled.first() {
                assert_eq!(undone.saved, base.to_string());
            }
            if check_told(&world, &settled, moment, &before, &after) {
                all += 1;
                world.undo(base, target, false).unwrap();
            } else {
                nothing += 1;
            }
            assert_eq!(world.things(), before);
        },
    );
    assert!(all > 5 && nothing > 20, "{all} times all, {nothing} times nothing");
}

#[test]
fn b22_a_patch_that_fails_at_any_moment_leaves_everything_as_it_was() {
    let before = a_patch().0.things();
    at_every_moment(
        Accident::Failure,
        15,
        a_patch,
        |(world, proposal)| match write(proposal, None, &log(world), Some(id())) {
            PatchWriteResult::Written(_) => true,
            PatchWriteResult::Failed(message) => {
                assert!(message.contains("an accident; nothing was written"), "{message}");
                false
            }
            other => panic!("{other:?}"),
        },
        |(world, _), moment| {
            assert_eq!(world.things(), before, "after {moment} things");
            assert!(log(&world).settled_of("session").unwrap().is_empty(), "its session was told");
        },
    );
}

#[test]
fn b22_a_patch_that_is_killed_at_any_moment_is_all_or_nothing_and_told_as_it_is() {
    let (done, proposal) = a_patch();
    let before = done.things();
    assert_eq!(write(&proposal, None, &log(&done), None), PatchWriteResult::Written(written(&proposal)));
    let after = done.things();
    assert!(log(&done).recover().unwrap().is_empty(), "nothing is left of what was told");
    let (mut all, mut nothing) = (0, 0);
    at_every_moment(
        Accident::Killed,
        20,
        a_patch,
        |(world, proposal)| {
            matches!(write(proposal, None, &log(world), Some(id())), PatchWriteResult::Written(_))
        },
        |(world, proposal), moment| {
            let settled = recovered(&world, moment);
            if let Some(settled) = settled.first() {
                assert_eq!(settled.purpose, TransactionPurpose::Patch { outcomes: written(&proposal) });
            }
            if check_told(&world, &settled, moment, &before, &after) { all += 1 } else { nothing += 1 }
        },
    );
    assert!(all > 3 && nothing > 12, "{all} times all, {nothing} times nothing");
}

#[test]
fn b22_a_patch_that_nobody_waits_for_is_told_of_once() {
    let (world, proposal) = a_patch();
    let before = world.things();
    ACCIDENT.set(Some((12, Accident::Killed)));
    write(&proposal, None, &log(&world), None);
    let told = log(&world).recover().unwrap();
    assert!(
        told.len() == 1 && told[0].id.is_none() && told[0].outcome == TransactionOutcome::RolledBack,
        "{told:?}"
    );
    assert_eq!(world.things(), before);
    assert!(log(&world).recover().unwrap().is_empty());
}

#[test]
fn b22_a_patch_outside_the_project_is_recovered_like_one_inside() {
    let (world, _) = a_patch();
    let patch = "*** Begin Patch\n*** Update File: a\n-a\n+A\n*** Add File: ../beside/x\n+x\n*** End Patch\n";
    let proposal = verify(patch, &world.path(""), &roots(&world)).unwrap();
    let before = world.things();
    ACCIDENT.set(Some((7, Accident::Killed)));
    write(&proposal, None, &log(&world), Some(id()));
    assert!(ACCIDENT.take().is_none());
    assert_eq!(log(&world).recover().unwrap()[0].outcome, TransactionOutcome::RolledBack);
    assert_eq!(world.things(), before);
    assert!(!world.dir().join("beside").exists());
    assert!(matches!(write(&proposal, None, &log(&world), None), PatchWriteResult::Written(_)));
    assert!(world.dir().join("beside/x").exists());
}

#[test]
fn b22_what_another_program_writes_while_a_patch_is_written_is_never_lost() {
    let (mut changed, mut done) = (0, 0);
    for moment in 0..40 {
        let (world, proposal) = a_patch();
        let before = world.things();
        let path = world.path("a");
        MEDDLER.set(Some(Box::new(move || std::fs::write(path, "somebody's").unwrap())));
        ACCIDENT.set(Some((moment, Accident::Meddling)));
        let result = write(&proposal, None, &log(&world), None);
        ACCIDENT.set(None);
        match result {
            PatchWriteResult::Changed(paths) => {
                assert_eq!((paths, world.read("a").as_str()), (vec!["a".to_owned()], "somebody's"));
                let others = |things: &Things| {
                    things
                        .iter()
                        .filter(|(path, _)| *path != Path::new("a"))
                        .map(|(path, thing)| (path.clone(), thing.clone()))
                        .collect::<Things>()
                };
                assert_eq!(others(&world.things()), others(&before), "{moment}");
                changed += 1;
            }
            // after the patch was in place, or never
            PatchWriteResult::Written(_) => {
                assert!(["A\n", "somebody's"].contains(&world.read("a").as_str()));
                done += 1;
            }
            other => panic!("{moment}: {other:?}"),
        }
    }
    assert!(changed > 10 && done > 3, "{changed} changed, {done} done");
}

#[test]
fn b22_a_file_that_appears_while_a_patch_is_written_is_never_overwritten() {
    for moment in [0, 3, 8, 10] {
        let (world, proposal) = a_patch();
        let path = world.path("m");
        MEDDLER.set(Some(Box::new(move || std::fs::write(path, "appeared").unwrap())));
        ACCIDENT.set(Some((moment, Accident::Meddling)));
        let result = write(&proposal, None, &log(&world), None);
        assert_eq!(result, PatchWriteResult::Changed(vec!["m".to_owned()]), "{moment}");
        assert_eq!((world.read("m").as_str(), world.read("a").as_str()), ("appeared", "a\n"));
        assert!(!world.path("new").exists() && !world.path("moved").exists());
    }
}

#[test]
fn b22_the_only_copy_of_what_was_there_is_kept_when_somebody_writes_after_the_kill() {
    for moment in 0..60 {
        let (world, proposal) = a_patch();
        ACCIDENT.set(Some((moment, Accident::Killed)));
        let result = write(&proposal, None, &log(&world), Some(id()));
        if ACCIDENT.take().is_some() {
            assert!(matches!(result, PatchWriteResult::Written(_)));
            return;
        }
        let was_written = world.read("a") == "A\n";
        world.write("a", "somebody's");
        let told = log(&world).recover().unwrap();
        assert_eq!(world.read("a"), "somebody's");
        let copy = world
            .things()
            .into_values()
            .any(|thing| matches!(thing, crate::tests::world::Thing::File(_, bytes) if bytes == b"a\n"));
        if let Some(told) =
            told.first().filter(|told| told.outcome == TransactionOutcome::RolledBack && was_written)
        {
            assert!(copy && told.stuck.len() == 1 && told.stuck[0].contains("'a'"), "{told:?}");
        }
    }
}

#[test]
fn b36_what_somebody_does_between_the_accident_and_the_next_start_stays() {
    let (mut world, target, base) = an_undo();
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

#[test]
fn b36_what_is_foretold_of_an_undo_is_what_it_leaves() {
    let (mut world, target, base) = an_undo();
    let plan = world.plan(target, base);
    let foretold = world.store.foretell(base, &plan, false).unwrap();
    world.store.apply(&plan, false).unwrap();
    assert_eq!(world.take(), foretold);
    assert_eq!(foretold, target);
}

#[test]
fn b36_a_process_that_lives_is_waited_for() {
    let (world, proposal) = a_patch();
    let (begun, has_begun) = std::sync::mpsc::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel();
    let for_writer = log(&world);
    let writer = std::thread::spawn(move || {
        MEDDLER.set(Some(Box::new(move || {
            begun.send(()).unwrap();
            may_go_on.recv().unwrap();
        })));
        ACCIDENT.set(Some((9, Accident::Meddling)));
        write(&proposal, None, &for_writer, Some(id()))
    });
    has_begun.recv().unwrap();
    let for_other = log(&world);
    let other = std::thread::spawn(move || for_other.recover().unwrap());
    go_on.send(()).unwrap();
    assert!(matches!(writer.join().unwrap(), PatchWriteResult::Written(_)));
    assert!(other.join().unwrap().is_empty(), "it was not recovered from under it");
    assert_eq!(world.read("moved/c"), "C\n");
}
