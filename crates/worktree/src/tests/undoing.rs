//! Undo of the agent's work, and of nobody else's.

use super::world::{Thing, World, things};
use crate::{Error, PlanRequest, SnapshotRequest, Why, path_state};
use proptest::prelude::*;
use protocol::ChangedPath;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

fn git(world: &World, args: &[&str]) -> String {
    let out = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(world.path(""))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        // a look must not freshen the index: its bytes are compared
        .env("GIT_OPTIONAL_LOCKS", "0")
        .output()
        .unwrap();
    assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// Patched, edited by a command, created, deleted, renamed, chmod-ed, text and not.
fn everything(world: &World) {
    world.write("patched.txt", "one\nTWO\n");
    let sed = Command::new("sed").args(["-i", "s/left/right/"]).arg(world.path("edited.txt")).status();
    assert!(sed.unwrap().success());
    world.write("new/deep/file", "new");
    world.write("new/empty/", "");
    world.remove("deleted.txt");
    world.remove("folder");
    world.rename("named.txt", "renamed.txt");
    world.rename("Case", "case");
    world.chmod("script.sh", 0o755);
    world.chmod("setuid", 0o755);
    world.chmod("secret", 0o644);
    world.chmod("kept", 0o700);
    world.write("binary", [0u8, 159, 146, 150, 0, 7]);
    world.remove("link");
    world.link("link", "elsewhere");
    world.link("new-link", "/etc/passwd");
    world.remove("empty");
    // another kind of thing under the same name
    world.remove("was-file");
    world.write("was-file/inner", "x");
    world.remove("was-folder");
    world.write("was-folder", "now a file");
    world.remove("was-link");
    world.write("was-link", "now a file");
    let odd = world.path("").join(OsStr::from_bytes(b"odd-\xff\xfe"));
    fs::write(odd, "odd").unwrap();
    world.write("name\nwith \"all\"\tsorts", "y");
}

fn with_everything() -> World {
    let world = World::new(&[
        ("patched.txt", "one\ntwo\n"),
        ("edited.txt", "left\r\nno end"),
        ("deleted.txt", "gone"),
        ("folder/a/b", "b"),
        ("folder/c/", ""),
        ("named.txt", "same"),
        ("Case", "case"),
        ("script.sh", "#!/bin/sh"),
        ("setuid", "s"),
        ("secret", "s"),
        ("kept/x", "x"),
        ("binary", "\0\u{1}\u{2}"),
        ("empty/", ""),
        ("was-file", "file"),
        ("was-folder/deep/file", "z"),
        ("read-only/file", "r"),
        ("read-only/other", "o"),
    ]);
    world.link("link", "binary");
    world.link("was-link", "nowhere");
    world.link("into", "/etc");
    world.chmod("setuid", 0o4755);
    world.chmod("secret", 0o600);
    world.chmod("read-only/file", 0o444);
    world.chmod("read-only", 0o555);
    world.chmod("kept", 0o2750);
    let odd = world.path("").join(OsStr::from_bytes(b"odd-\xff"));
    fs::write(odd, "odd").unwrap();
    world
}

#[test]
fn b36_every_byte_and_mode_comes_back() {
    with_everything().undo_and_redo(|world| {
        everything(world);
        world.chmod("read-only", 0o755);
        world.chmod("read-only/file", 0o644);
        world.write("read-only/file", "changed");
        world.chmod("read-only/file", 0o400);
        world.remove("read-only/other");
        world.chmod("read-only", 0o500);
    });
}

#[test]
fn b36_under_git_everything_comes_back_and_git_is_not_touched() {
    let mut world = with_everything();
    git(&world, &["init", "-q"]);
    git(&world, &["add", "patched.txt", "named.txt"]);
    git(&world, &["commit", "-qm", "first"]);
    world.write("patched.txt", "one\nstaged\n");
    git(&world, &["add", "patched.txt"]);
    world.write("patched.txt", "one\nnot staged\n");
    let (staged, repository) = (git(&world, &["diff", "--cached"]), things(&world.path(".git")));
    assert!(staged.contains("+staged"));
    world.undo_and_redo(everything);
    assert_eq!(git(&world, &["diff", "--cached"]), staged);
    assert_eq!(things(&world.path(".git")), repository);
}

#[test]
fn b36_what_somebody_changed_since_is_left_alone_unless_told_otherwise() {
    let mut world = World::new(&[("a", "a"), ("b", "b"), ("c", "c"), ("d/e", "e")]);
    let target = world.take();
    for path in ["a", "b", "new/x", "d/e"] {
        world.write(path, "agent");
    }
    world.remove("c");
    let base = world.take();
    world.write("a", "person");
    world.write("c", "person");
    world.write("new/y", "person");
    world.chmod("d/e", 0o600);
    let plan = world.plan(target, base);
    let conflicts: Vec<_> = plan.conflicts.iter().map(|change| change.path.to_str().unwrap()).collect();
    assert_eq!(conflicts, ["a", "c", "d/e", "new", "new/y"]);
    let applied = world.store.apply(&plan, false).unwrap();
    assert_eq!(applied.restored, [PathBuf::from("b"), PathBuf::from("new/x")]);
    assert_eq!((world.read("a"), world.read("b")), ("person".to_owned(), "b".to_owned()));
    assert!(!world.path("new/x").exists() && world.read("new/y") == "person");
    world.undo(target, base, true).unwrap();
    assert_eq!((world.read("a"), world.read("c"), world.read("d/e")), ("a".into(), "c".into(), "e".into()));
    assert!(!world.path("new").exists());
}

#[test]
fn b36_what_somebody_changed_between_two_tasks_is_left_alone_too() {
    let mut world = World::new(&[("a", "0"), ("b", "0"), ("c", "0")]);
    let first = world.take();
    world.write("a", "1");
    let left = world.take();
    world.write("b", "person");
    let found = world.take();
    world.write("a", "2");
    world.write("c", "2");
    let now = world.take();
    let others_paths = BTreeSet::from([PathBuf::from("c")]);
    let request = PlanRequest {
        target: first,
        now,
        changed: None,
        others: vec![(left, found), (now, now)],
        others_paths,
    };
    let plan = world.store.plan(&request).unwrap();
    assert_eq!(plan.restore.len(), 1);
    world.store.apply(&plan, false).unwrap();
    assert_eq!(
        (world.read("a"), world.read("b"), world.read("c")),
        ("0".into(), "person".into(), "2".into())
    );
}

#[test]
fn b36_only_what_is_known_to_be_the_agents_is_taken_back() {
    let mut world = World::new(&[("a", "0"), ("b", "0"), ("c", "0"), ("d", "0"), (".gitignore", "*.log\n")]);
    let target = world.take();
    let known = |world: &mut World, paths: &[&str]| {
        let named: BTreeSet<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let request = SnapshotRequest { named: Some(&named), ..SnapshotRequest::default() };
        let (now, _) = world.store.snapshot_with(request).unwrap();
        let changes = world.store.changes(target, now).unwrap().into_iter();
        let own = changes.filter(|change| paths.iter().any(|path| change.path == Path::new(path)));
        let known: Vec<_> = own
            .map(|change| ChangedPath {
                was: path_state(change.before.as_ref()),
                now: path_state(change.after.as_ref()),
                path: change.path,
            })
            .collect();
        (known, named)
    };
    for path in ["a", "b", "new/deep/x", "run.log"] {
        world.write(path, "agent");
    }
    let (changed, named) = known(&mut world, &["a", "b", "new/deep/x", "run.log"]);
    assert_eq!(changed.len(), 4, "{changed:?}");
    // another file, one of the agent's once more, one deleted, one made, a folder made
    world.write("c", "person");
    world.write("b", "person");
    world.remove("d");
    world.write("mine", "person");
    world.write("folder/", "");
    let earlier = [target];
    let request = SnapshotRequest { earlier: &earlier, named: Some(&named), rules_of: None };
    let (now, _) = world.store.snapshot_with(request).unwrap();
    let request = PlanRequest {
        target,
        now,
        changed: Some(changed),
        others: vec![(target, now)],
        others_paths: BTreeSet::new(),
    };
    let plan = world.store.plan(&request).unwrap();
    let conflicts: Vec<_> = plan.conflicts.iter().map(|change| change.path.to_str().unwrap()).collect();
    assert_eq!(conflicts, ["b", "c", "d", "folder", "mine"]);
    assert_eq!(plan.left_alone, []);
    let applied = world.store.apply(&plan, false).unwrap();
    let restored: Vec<_> = applied.restored.iter().map(|path| path.to_str().unwrap()).collect();
    assert_eq!(restored, ["a", "new", "new/deep", "new/deep/x", "run.log"]);
    assert_eq!(
        (world.read("a"), world.read("b"), world.read("c")),
        ("0".into(), "person".into(), "person".into())
    );
    assert!(!world.path("d").exists() && world.path("mine").exists() && !world.path("run.log").exists());
}

#[test]
fn b36_what_changes_between_the_plan_and_its_being_carried_out_stops_it() {
    let mut world = World::new(&[("a", "a"), ("b", "b")]);
    let target = world.take();
    world.write("a", "agent");
    world.write("b", "agent");
    let base = world.take();
    let plan = world.plan(target, base);
    world.write("b", "person");
    let Err(Error::Changed(paths)) = world.store.apply(&plan, true) else { panic!("it was carried out") };
    assert_eq!(paths, [Path::new("b")]);
    assert_eq!((world.read("a"), world.read("b")), ("agent".to_owned(), "person".to_owned()));
}

#[test]
fn b36_ignored_files_are_left_alone_even_when_the_rules_change() {
    let mut world = World::new(&[
        (".gitignore", "dist/\n*.log\n"),
        ("dist/old", "built"),
        ("a.log", "log"),
        ("src/x", "x"),
        ("notes", "n"),
        ("node_modules/m/index.js", "m"),
    ]);
    let (target, report) = world.take_reported();
    assert_eq!((report.files, report.ignored), (3, 3));
    // what was left out is let in, what was let in is left out
    world.write(".gitignore", "notes\nsrc/\n");
    world.write("dist/new", "built");
    world.write("notes", "agent");
    world.write("src/x", "agent");
    world.write("src/y", "not seen");
    let (base, _) = world.store.snapshot(&[target]).unwrap();
    let plan = world.plan(target, base);
    let left: Vec<_> =
        plan.left_alone.iter().map(|left| (left.path.to_str().unwrap(), left.why.clone())).collect();
    let ignored = ["a.log", "dist", "dist/new", "dist/old"].map(|path| (path, Why::Ignored));
    assert_eq!(left, ignored);
    world.store.apply(&plan, true).unwrap();
    assert_eq!((world.read("notes"), world.read("src/x")), ("n".to_owned(), "x".to_owned()));
    assert_eq!(world.read(".gitignore"), "dist/\n*.log\n");
    assert!(world.path("dist/new").exists() && world.path("src/y").exists() && world.path("a.log").exists());
}

#[test]
fn b36_a_folder_stays_while_it_holds_what_is_not_kept() {
    let mut world = World::new(&[(".gitignore", "*.log\n"), ("was-file", "f")]);
    let target = world.take();
    world.write("new/x", "x");
    world.write("new/run.log", "log");
    world.remove("was-file");
    world.write("was-file/run.log", "log");
    let base = world.take();
    let plan = world.plan(target, base);
    let left: Vec<_> = plan.left_alone.iter().map(|left| left.path.to_str().unwrap()).collect();
    assert_eq!(left, ["new", "was-file"]);
    assert_eq!(plan.left_alone[0].why, Why::InTheWay("new/run.log".into()));
    world.store.apply(&plan, true).unwrap();
    assert!(!world.path("new/x").exists());
    assert_eq!(world.read("new/run.log"), "log");
    assert_eq!(world.read("was-file/run.log"), "log");
}

#[test]
fn b36_nothing_is_written_through_a_link_out_of_the_project() {
    let mut world = World::new(&[("sub/a", "a"), ("sub/b", "b")]);
    let target = world.take();
    world.write("sub/a", "agent");
    let base = world.take();
    let plan = world.plan(target, base);
    let outside = world.dir().join("outside");
    world.rename("sub", "moved");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("a"), "agent").unwrap();
    fs::write(outside.join("b"), "b").unwrap();
    world.link("sub", outside.to_str().unwrap());
    assert!(matches!(world.store.apply(&plan, true), Err(Error::Changed(_))));
    assert_eq!(fs::read_to_string(outside.join("a")).unwrap(), "agent");
    // and a new plan puts the folder in the link's place
    world.undo(target, base, true).unwrap();
    assert_eq!(world.read("sub/a"), "a");
    assert!(!world.path("sub").is_symlink() && outside.join("a").exists());
}

#[test]
fn b36_the_folders_own_mode_comes_back() {
    let mut world = World::new(&[("a", "a")]);
    world.chmod("", 0o750);
    world.undo_and_redo(|world| {
        world.chmod("", 0o700);
        world.write("a", "b");
    });
    assert_eq!(world.things()[Path::new("")], Thing::Dir(0o700));
}

/// Change to a project.
#[derive(Clone, Debug)]
enum Mutation {
    Write(usize, Vec<u8>),
    Folder(usize),
    Link(usize, usize),
    Remove(usize),
    Rename(usize, usize),
    Chmod(usize, u32),
}

/// Few names, so that they meet: files where folders are, folders where links were.
const PLACES: [&str; 12] =
    ["a", "A", "b", "b/c", "b/c/d", "b/e", "f", "f/g", "f/g/h", "f/g/h/i", "z", "z/\u{e9}"];

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = || 0..PLACES.len();
    let mode = prop_oneof![Just(0o600), Just(0o644), Just(0o755), Just(0o4711), Just(0o555), Just(0o400)];
    prop_oneof![
        4 => (place(), prop::collection::vec(any::<u8>(), 0..40)).prop_map(|(at, bytes)| Mutation::Write(at, bytes)),
        1 => place().prop_map(Mutation::Folder),
        1 => (place(), place()).prop_map(|(at, to)| Mutation::Link(at, to)),
        2 => place().prop_map(Mutation::Remove),
        2 => (place(), place()).prop_map(|(from, to)| Mutation::Rename(from, to)),
        1 => (place(), mode).prop_map(|(at, mode)| Mutation::Chmod(at, mode)),
    ]
}

/// Does it where it can be done, never through a link.
fn mutate(world: &World, mutation: &Mutation) {
    let real = |at: usize| {
        let path = world.path(PLACES[at]);
        let through_link = path.ancestors().skip(1).any(Path::is_symlink);
        (!through_link).then_some(path)
    };
    match mutation {
        Mutation::Write(at, bytes) => {
            if let Some(path) = real(*at).filter(|path| !path.is_symlink()) {
                let _ = fs::create_dir_all(path.parent().unwrap());
                let _ = fs::write(path, bytes);
            }
        }
        Mutation::Folder(at) => drop(real(*at).map(fs::create_dir_all)),
        Mutation::Link(at, to) => {
            drop(real(*at).map(|path| std::os::unix::fs::symlink(PLACES[*to], path)));
        }
        Mutation::Remove(at) => {
            if let Some(path) = real(*at) {
                let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
            }
        }
        Mutation::Rename(from, to) => drop(real(*from).zip(real(*to)).map(|(from, to)| fs::rename(from, to))),
        Mutation::Chmod(at, mode) => {
            if let Some(path) = real(*at).filter(|path| path.exists() && !path.is_symlink()) {
                world.chmod(path.strip_prefix(world.path("")).unwrap().to_str().unwrap(), *mode);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn b36_whatever_is_done_comes_back_byte_for_byte(
        first in prop::collection::vec(mutation(), 0..25),
        then in prop::collection::vec(mutation(), 1..25),
    ) {
        let mut world = World::new(&[]);
        for one in &first {
            mutate(&world, one);
        }
        world.undo_and_redo(|world| then.iter().for_each(|one| mutate(world, one)));
    }
}
