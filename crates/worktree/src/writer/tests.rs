use super::*;
use protocol::{HunkEdit, HunkId, HunkOutcome};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;
use tempfile::TempDir;

mod partial;

/// A project folder of its own, and a folder outside it.
struct World {
    temp: TempDir,
    cwd: PathBuf,
    outside: PathBuf,
}

impl World {
    fn new(files: &[(&str, &str)]) -> Self {
        // not beneath the usual temporary folder, which is itself a writable root
        let temp = tempfile::tempdir_in("/var/tmp").unwrap();
        let base = temp.path().canonicalize().unwrap();
        let world = Self { cwd: base.join("project"), outside: base.join("outside"), temp };
        fs::create_dir(&world.cwd).unwrap();
        fs::create_dir(&world.outside).unwrap();
        for (path, text) in files {
            world.put(path, text);
        }
        world
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.cwd.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.cwd.join(path)).ok()
    }

    fn log(&self) -> TransactionLog {
        TransactionLog::new(&self.temp.path().join("store"), &self.cwd)
    }

    fn write(&self, proposal: &PatchProposal, hunks: Option<&HunkSelection>) -> PatchWriteResult {
        write(proposal, hunks, &self.log(), None)
    }

    fn verify(&self, patch: &str) -> Result<PatchProposal, String> {
        verify(&wrapped(patch), &self.cwd, &Roots::of(&SandboxPolicy::workspace_write(), &self.cwd))
    }

    /// Every file and folder of the project, for "nothing else is there".
    fn tree(&self) -> Vec<String> {
        let mut tree = Vec::new();
        let mut ahead = vec![self.cwd.clone()];
        while let Some(folder) = ahead.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                tree.push(path.strip_prefix(&self.cwd).unwrap().display().to_string());
                if path.is_dir() && !path.is_symlink() {
                    ahead.push(path);
                }
            }
        }
        tree.sort();
        tree
    }
}

fn wrapped(patch: &str) -> String {
    format!("*** Begin Patch\n{patch}\n*** End Patch\n")
}

fn all_written(proposal: &PatchProposal) -> PatchWriteResult {
    PatchWriteResult::Written(
        proposal.hunks().map(|(_, hunk)| HunkOutcome::Written { id: hunk.id.clone() }).collect(),
    )
}

fn changed(paths: &[&str]) -> PatchWriteResult {
    PatchWriteResult::Changed(paths.iter().map(|path| (*path).to_owned()).collect())
}

const UPDATE_A: &str = "*** Update File: a.txt\n-one\n+two";

#[test]
fn writes_adds_updates_moves_and_deletes() {
    let world = World::new(&[("a.txt", "one\n"), ("b.txt", "b\n"), ("c.txt", "c\nd\n"), ("d.txt", "d\n")]);
    let proposal = world
        .verify(
            "*** Update File: a.txt\n-one\n+two\n*** Add File: new/deep/e.txt\n+hello\n*** Delete File: b.txt\n\
             *** Update File: c.txt\n*** Move to: moved/c.txt\n c\n-d\n+D\n*** Update File: d.txt\n*** Move to: moved/d.txt",
        )
        .unwrap();
    assert_eq!(world.write(&proposal, None), all_written(&proposal));
    assert_eq!(
        world.tree(),
        ["a.txt", "moved", "moved/c.txt", "moved/d.txt", "new", "new/deep", "new/deep/e.txt"]
    );
    assert_eq!(world.read("a.txt").unwrap(), "two\n");
    assert_eq!(world.read("moved/c.txt").unwrap(), "c\nD\n");
    assert_eq!(world.read("moved/d.txt").unwrap(), "d\n");
    assert_eq!(world.read("new/deep/e.txt").unwrap(), "hello\n");
}

#[test]
fn keeps_line_endings_mark_missing_newline_and_mode() {
    let world = World::new(&[("a.txt", "\u{feff}x\r\none\r\ny")]);
    let path = world.cwd.join("a.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o751)).unwrap();
    let proposal = world.verify("*** Update File: a.txt\n x\n-one\n+two\n+three\n y\n+z").unwrap();
    assert_eq!(world.write(&proposal, None), all_written(&proposal));
    assert_eq!(world.read("a.txt").unwrap(), "\u{feff}x\r\ntwo\r\nthree\r\ny\r\nz");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o751);
}

#[test]
fn a_move_keeps_the_mode() {
    let world = World::new(&[("run.sh", "one\n")]);
    fs::set_permissions(world.cwd.join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    let proposal = world.verify("*** Update File: run.sh\n*** Move to: bin/run\n-one\n+two").unwrap();
    assert_eq!(world.write(&proposal, None), all_written(&proposal));
    assert_eq!(fs::metadata(world.cwd.join("bin/run")).unwrap().mode() & 0o7777, 0o755);
}

#[test]
fn only_accepted_hunks_are_written_and_all_are_told_of() {
    let world = World::new(&[("a.txt", "1\n2\n3\n4\n5\n"), ("b.txt", "b\n"), ("c.txt", "c\n")]);
    let proposal = world
        .verify(
            "*** Update File: a.txt\n-1\n+one\n 2\n-3\n+three\n 4\n-5\n+five\n*** Delete File: b.txt\n\
             *** Update File: c.txt\n*** Move to: d.txt\n-c\n+d\n*** Add File: e.txt\n+e",
        )
        .unwrap();
    let id = |file, hunk| HunkId::new(file, hunk);
    let selection = HunkSelection {
        accepted: vec![id(0, 0), id(0, 2)],
        edited: vec![
            HunkEdit { id: id(0, 2), new_text: "FIVE\nSIX".to_owned() },
            HunkEdit { id: id(0, 0), new_text: "one".to_owned() },
        ],
        ..HunkSelection::default()
    };
    // a file of which nothing is accepted is not looked at either
    world.put("b.txt", "changed by somebody\n");
    assert_eq!(
        world.write(&proposal, Some(&selection)),
        PatchWriteResult::Written(vec![
            HunkOutcome::Written { id: id(0, 0) },
            HunkOutcome::Declined { id: id(0, 1) },
            HunkOutcome::Edited { id: id(0, 2), new_text: "FIVE\nSIX".to_owned() },
            HunkOutcome::Declined { id: id(1, 0) },
            HunkOutcome::Declined { id: id(2, 0) },
            HunkOutcome::Declined { id: id(3, 0) },
        ])
    );
    assert_eq!(world.read("a.txt").unwrap(), "one\n2\n3\n4\nFIVE\nSIX\n");
    assert_eq!(world.tree(), ["a.txt", "b.txt", "c.txt"]);
}

#[test]
fn a_selection_that_does_not_fit_writes_nothing() {
    let world = World::new(&[("a.txt", "one\n")]);
    let proposal = world.verify("*** Delete File: a.txt").unwrap();
    let unknown = HunkSelection { accepted: vec![HunkId::new(0, 7)], ..HunkSelection::default() };
    let PatchWriteResult::Failed(message) = world.write(&proposal, Some(&unknown)) else { panic!("written") };
    assert_eq!(message, "there is no hunk 0.7 in this patch");
    let id = HunkId::new(0, 0);
    let edited = HunkEdit { id: id.clone(), new_text: "text".to_owned() };
    let edits_deletion =
        HunkSelection { accepted: vec![id], edited: vec![edited], ..HunkSelection::default() };
    assert!(matches!(world.write(&proposal, Some(&edits_deletion)), PatchWriteResult::Failed(_)));
    assert_eq!(world.read("a.txt").unwrap(), "one\n");
}

#[test]
fn a_file_that_changed_stops_the_whole_patch() {
    let world = World::new(&[("a.txt", "one\n"), ("b.txt", "one\n")]);
    let patch = format!("{UPDATE_A}\n*** Update File: b.txt\n-one\n+two\n*** Add File: c.txt\n+c");
    let proposal = world.verify(&patch).unwrap();
    world.put("b.txt", "one\nmore\n");
    world.put("c.txt", "appeared\n");
    assert_eq!(world.write(&proposal, None), changed(&["b.txt", "c.txt"]));
    assert_eq!(world.read("a.txt").unwrap(), "one\n");
    assert_eq!(world.tree(), ["a.txt", "b.txt", "c.txt"]);
    fs::remove_file(world.cwd.join("b.txt")).unwrap();
    assert_eq!(world.write(&proposal, None), changed(&["b.txt", "c.txt"]));
}

#[test]
fn a_folder_that_vanished_fails_and_leaves_the_first_two_untouched() {
    let world = World::new(&[("a.txt", "one\n"), ("b.txt", "one\n"), ("dir/c.txt", "one\n")]);
    let patch = format!(
        "{UPDATE_A}\n*** Delete File: b.txt\n*** Update File: dir/c.txt\n*** Move to: a.txt/c.txt\n-one\n+two"
    );
    let error = world.verify(&patch).unwrap_err();
    assert!(error.starts_with("'a.txt/c.txt' cannot be reached"), "{error}");
    let patch = format!("{UPDATE_A}\n*** Delete File: b.txt\n*** Update File: dir/c.txt\n-one\n+two");
    let proposal = world.verify(&patch).unwrap();
    fs::remove_dir_all(world.cwd.join("dir")).unwrap();
    assert_eq!(world.write(&proposal, None), changed(&["dir/c.txt"]));
    assert_eq!(world.read("a.txt").unwrap(), "one\n");
    assert_eq!(world.read("b.txt").unwrap(), "one\n");
}

#[test]
fn nothing_is_a_file_and_a_folder_in_one_patch() {
    let world = World::new(&[("a.txt", "one\n")]);
    for patch in [
        "*** Add File: b\n+b\n*** Add File: b/c/d\n+d",
        "*** Add File: b/c/d\n+d\n*** Add File: b\n+b",
        "*** Update File: a.txt\n*** Move to: b\n*** Add File: b/c\n+c",
        "*** Update File: a.txt\n*** Move to: a.txt/b",
    ] {
        assert!(world.verify(patch).is_err(), "{patch}");
    }
    let error = world.verify("*** Add File: b\n+b\n*** Add File: b/c\n+c").unwrap_err();
    assert!(error.starts_with("'b' puts a file at ") && error.ends_with("; rename one of them"), "{error}");
    assert!(world.verify("*** Add File: b\n+b\n*** Add File: b.txt\n+c").is_ok());
    assert_eq!(world.tree(), ["a.txt"]);
}

#[test]
fn places_outside_the_roots_are_flagged() {
    let world = World::new(&[("a.txt", "one\n")]);
    symlink(&world.outside, world.cwd.join("out")).unwrap();
    symlink(world.outside.join("not-there.txt"), world.cwd.join("dangling.txt")).unwrap();
    let absolute = format!("{}/abs.txt", world.outside.display());
    let check = |path: &str, target: PathBuf, outside: bool| {
        let proposal = world.verify(&format!("*** Add File: {path}\n+x")).unwrap();
        assert_eq!((&proposal.files[0].target, proposal.files[0].outside), (&target, outside), "{path}");
    };
    check("new.txt", world.cwd.join("new.txt"), false);
    check("a/../b.txt", world.cwd.join("b.txt"), false);
    check("../outside/b.txt", world.outside.join("b.txt"), true);
    check("out/b.txt", world.outside.join("b.txt"), true);
    check("out/../b.txt", world.outside.parent().unwrap().join("b.txt"), true);
    check("dangling.txt", world.outside.join("not-there.txt"), true);
    check(&absolute, world.outside.join("abs.txt"), true);
    let moved = world.verify("*** Update File: a.txt\n*** Move to: out/a.txt").unwrap();
    assert!(moved.files[0].outside);
    let destination = world.outside.join("a.txt");
    let note = format!("moves outside the writable folders: {}", destination.display());
    assert_eq!(moved.files[0].move_target, Some(destination));
    assert!(moved.files[0].notes.contains(&note), "{:?}", moved.files[0].notes);
}

#[test]
fn a_link_inside_is_followed_once_and_said() {
    let world = World::new(&[("real/a.txt", "one\n")]);
    symlink("real/a.txt", world.cwd.join("a.txt")).unwrap();
    let proposal = world.verify(UPDATE_A).unwrap();
    let target = world.cwd.join("real/a.txt");
    assert_eq!(proposal.files[0].notes, [format!("reached through a link: a.txt -> {}", target.display())]);
    assert_eq!(world.write(&proposal, None), all_written(&proposal));
    assert!(world.cwd.join("a.txt").is_symlink());
    assert_eq!(fs::read_to_string(target).unwrap(), "two\n");
    let error = world.verify("*** Delete File: a.txt").unwrap_err();
    assert!(error.contains("is a link to"), "{error}");
    let error = world.verify("*** Update File: a.txt\n-two\n+x\n*** Delete File: real/a.txt").unwrap_err();
    assert!(error.contains("'real/a.txt' and 'a.txt' are one file by a link, "), "{error}");
    symlink("real/a.txt", world.cwd.join("b.txt")).unwrap();
    let error = world.verify("*** Update File: real/a.txt\n*** Move to: b.txt").unwrap_err();
    assert!(error.contains("'b.txt' and 'real/a.txt' are one file by a link, "), "{error}");
}

#[test]
fn a_link_put_in_after_verifying_is_not_followed() {
    let world = World::new(&[("dir/a.txt", "one\n"), ("b.txt", "one\n")]);
    fs::write(world.outside.join("a.txt"), "one\n").unwrap();
    let in_folder = world.verify("*** Update File: dir/a.txt\n-one\n+two").unwrap();
    let added = world.verify("*** Add File: dir/new.txt\n+x").unwrap();
    let itself = world.verify("*** Update File: b.txt\n-one\n+two").unwrap();
    let deleted = world.verify("*** Delete File: b.txt").unwrap();
    fs::remove_dir_all(world.cwd.join("dir")).unwrap();
    symlink(&world.outside, world.cwd.join("dir")).unwrap();
    fs::remove_file(world.cwd.join("b.txt")).unwrap();
    symlink(world.outside.join("a.txt"), world.cwd.join("b.txt")).unwrap();
    assert_eq!(world.write(&in_folder, None), changed(&["dir/a.txt"]));
    assert_eq!(world.write(&added, None), changed(&["dir/new.txt"]));
    assert_eq!(world.write(&itself, None), changed(&["b.txt"]));
    assert_eq!(world.write(&deleted, None), changed(&["b.txt"]));
    assert_eq!(fs::read_to_string(world.outside.join("a.txt")).unwrap(), "one\n");
    assert_eq!(fs::read_dir(&world.outside).unwrap().count(), 1);
}

#[test]
fn the_other_name_of_a_hard_link_keeps_its_content() {
    let world = World::new(&[("a.txt", "one\n")]);
    let other = world.outside.join("other.txt");
    fs::hard_link(world.cwd.join("a.txt"), &other).unwrap();
    let proposal = world.verify(UPDATE_A).unwrap();
    assert_eq!(
        proposal.files[0].notes,
        ["a.txt has 1 name outside the folder (hard links), which keeps what is in it now"]
    );
    assert_eq!(world.write(&proposal, None), all_written(&proposal));
    assert_eq!(world.read("a.txt").unwrap(), "two\n");
    assert_eq!(fs::read_to_string(other).unwrap(), "one\n");
}

#[test]
fn protected_names_say_why_through_links_too() {
    let world = World::new(&[(".git/config", "one\n"), ("docs/x.md", "one\n")]);
    symlink("docs/x.md", world.cwd.join("AGENTS.md")).unwrap();
    for path in [".git/config", "AGENTS.md"] {
        let proposal = world.verify(&format!("*** Update File: {path}\n-one\n+two")).unwrap();
        let why = proposal.files[0].protected.as_deref().unwrap();
        assert!(why.starts_with(&format!("'{path}' is protected: '")), "{why}");
    }
    assert_eq!(world.verify("*** Update File: docs/x.md\n-one\n+two").unwrap().files[0].protected, None);
}

#[test]
fn replacing_by_adding_or_moving_is_noted() {
    let world = World::new(&[("a.txt", "one\n"), ("b.txt", "b\n")]);
    let proposal = world.verify("*** Add File: a.txt\n+new").unwrap();
    assert_eq!(proposal.files[0].notes, ["replaces a file that exists: a.txt"]);
    assert_eq!(proposal.files[0].base_sha256, Some(sha256_hex(b"one\n")));
    let moved = world.verify("*** Update File: b.txt\n*** Move to: a.txt").unwrap();
    assert_eq!(moved.files[0].notes, ["replaces a file that exists: a.txt"]);
    assert_eq!(moved.files[0].move_base_sha256, Some(sha256_hex(b"one\n")));
    assert_eq!(world.write(&proposal, None), all_written(&proposal));
    assert_eq!(world.read("a.txt").unwrap(), "new\n");
    assert_eq!(world.write(&moved, None), changed(&["a.txt"]));
    let moved = world.verify("*** Update File: b.txt\n*** Move to: a.txt").unwrap();
    assert_eq!(world.write(&moved, None), all_written(&moved));
    assert_eq!(world.read("a.txt").unwrap(), "b\n");
    assert_eq!(world.tree(), ["a.txt"]);
}

#[test]
fn what_is_no_text_file_is_refused_with_a_reason() {
    let world = World::new(&[("dir/a.txt", "one\n")]);
    rustix::fs::mkfifoat(rustix::fs::CWD, world.cwd.join("pipe"), rustix::fs::Mode::RWXU).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(world.cwd.join("socket")).unwrap();
    fs::write(world.cwd.join("latin.txt"), b"caf\xe9\n").unwrap();
    fs::File::create(world.cwd.join("large.txt")).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
    symlink("loop", world.cwd.join("loop")).unwrap();
    let check = |path: &str, reason: &str| {
        let error = world.verify(&format!("*** Update File: {path}\n-one\n+two")).unwrap_err();
        assert!(error.starts_with(&format!("'{path}' {reason}")), "{error}");
    };
    check("dir", "is a folder, not a regular file");
    check(".", "is a folder, not a regular file");
    check("pipe", "is a named pipe, not a regular file");
    check("socket", "is a socket, not a regular file");
    check("/dev/null", "is a device, not a regular file");
    check("latin.txt", "is not UTF-8 text (byte 3 is 0xe9)");
    check("large.txt", "is 16777217 bytes long");
    check("loop", "goes through too many links");
    check("none.txt", "does not exist, so it cannot be changed");
    check("dir/a.txt/b", "cannot be reached");
}

#[test]
fn a_persons_patch_is_written_at_once_or_not_at_all() {
    let world = World::new(&[("a.txt", "one\n")]);
    let patch = wrapped(&format!("{UPDATE_A}\n*** Add File: ../outside/b.txt\n+b"));
    let proposal = apply_patch_text(&patch, &world.cwd, &world.log(), true).unwrap();
    assert_eq!(proposal.files.len(), 2);
    assert_eq!(world.read("a.txt").unwrap(), "two\n");
    assert_eq!(fs::read_to_string(world.outside.join("b.txt")).unwrap(), "b\n");
    let patch = wrapped("*** Add File: new.txt\n+x\n*** Delete File: a.txt\n*** Delete File: none.txt");
    let error = apply_patch_text(&patch, &world.cwd, &world.log(), false).unwrap_err();
    assert_eq!(error.to_string(), "'none.txt' does not exist, so it cannot be deleted");
    assert_eq!(world.tree(), ["a.txt"]);
}

#[test]
fn a_persons_patch_stays_in_its_folder_unless_told_otherwise() {
    let world = World::new(&[("a.txt", "one\n"), (".git/config", "")]);
    symlink(&world.outside, world.cwd.join("out")).unwrap();
    let absolute = format!("*** Add File: {}/b.txt\n+b", world.outside.display());
    for (patch, protected) in [
        ("*** Add File: ../b.txt\n+b", false),
        ("*** Add File: out/b.txt\n+b", false),
        ("*** Update File: a.txt\n*** Move to: ../outside/b.txt", false),
        (absolute.as_str(), false),
        ("*** Add File: .git/hooks/pre-commit\n+b", true),
        ("*** Add File: sub/.envrc\n+b", true),
        ("*** Add File: AGENTS.md\n+b", true),
    ] {
        let patch = wrapped(&format!("*** Add File: new.txt\n+new\n{patch}"));
        let error = apply_patch_text(&patch, &world.cwd, &world.log(), false).unwrap_err();
        let refused = match &error {
            NotApplied::Outside(paths) => !protected && paths.len() == 1,
            NotApplied::Protected(paths) => protected && paths.len() == 1,
            _ => false,
        };
        assert!(refused, "{patch}: {error:?}");
        assert_eq!(world.tree(), [".git", ".git/config", "a.txt", "out"]);
        assert_eq!(fs::read_dir(&world.outside).unwrap().count(), 0);
    }
    let patch = wrapped("*** Add File: ../b.txt\n+b\n*** Add File: .git/hooks/x\n+b");
    apply_patch_text(&patch, &world.cwd, &world.log(), true).unwrap();
    assert_eq!(world.read(".git/hooks/x").unwrap(), "b\n");
    assert_eq!(world.read("../b.txt").unwrap(), "b\n");
}

#[test]
fn b22_what_is_no_text_is_deleted_and_moved_as_it_is() {
    let world = World::new(&[("kept", "k")]);
    let bytes = [0x89, b'P', b'N', b'G', 0, 0xff];
    for name in ["gone.png", "moved.png"] {
        fs::write(world.cwd.join(name), bytes).unwrap();
    }
    let patch = "*** Delete File: gone.png\n*** Update File: moved.png\n*** Move to: pictures/there.png";
    let proposal = world.verify(patch).unwrap();
    assert_eq!(proposal.files[0].notes, ["gone.png is not text; it has 6 bytes"]);
    assert_eq!(proposal.hunks().count(), 1, "the deletion can be declined");
    assert!(matches!(world.write(&proposal, None), PatchWriteResult::Written(_)));
    assert_eq!(world.tree(), ["kept", "pictures", "pictures/there.png"]);
    assert_eq!(fs::read(world.cwd.join("pictures/there.png")).unwrap(), bytes);
}

#[test]
fn b21_a_link_that_leads_nowhere_is_named_with_what_it_leads_to() {
    let world = World::new(&[("a", "a\n")]);
    symlink("nowhere.txt", world.cwd.join("link")).unwrap();
    symlink(world.outside.join("folder"), world.cwd.join("folder")).unwrap();
    for (patch, link, target) in [
        ("*** Update File: link\n-a\n+b", "link", "nowhere.txt".into()),
        ("*** Delete File: link", "link", "nowhere.txt".into()),
        ("*** Update File: folder/x\n-a\n+b", "folder", world.outside.join("folder")),
    ] {
        let error = world.verify(patch).unwrap_err();
        let expected = format!(
            "{} is a link to {}, which does not exist",
            world.cwd.join(link).display(),
            target.display()
        );
        assert!(error.contains(&expected), "{error}");
    }
    let edit = Edit {
        path: "link".to_owned(),
        old_string: "a".to_owned(),
        new_string: "b".to_owned(),
        replace_all: false,
    };
    let roots = Roots::of(&SandboxPolicy::workspace_write(), &world.cwd);
    let error = verify_edit(&edit, &world.cwd, &roots).unwrap_err();
    assert!(error.contains("is a link to nowhere.txt, which does not exist"), "{error}");
    assert!(world.verify("*** Update File: none\n-a\n+b").unwrap_err().contains("'none' does not exist"));
}

#[test]
fn b22_names_of_one_file_in_the_folder_change_and_move_together() {
    let world = World::new(&[("a.txt", "one\n"), ("deep/x", "x")]);
    let other = world.cwd.join("deep/b.txt");
    fs::hard_link(world.cwd.join("a.txt"), &other).unwrap();
    fs::hard_link(&other, world.outside.join("c.txt")).unwrap();
    let inode = |path: &str| fs::metadata(world.cwd.join(path)).unwrap().ino();
    let proposal = world.verify(UPDATE_A).unwrap();
    assert_eq!(proposal.files[0].linked, [other]);
    assert_eq!(
        proposal.files[0].notes,
        [
            "a.txt is one file with deep/b.txt (hard links), and all of them change",
            "a.txt has 1 name outside the folder (hard links), which keeps what is in it now"
        ]
    );
    assert_eq!(world.write(&proposal, None), all_written(&proposal));
    assert_eq!((world.read("a.txt"), world.read("deep/b.txt")), (Some("two\n".into()), Some("two\n".into())));
    assert_eq!(inode("a.txt"), inode("deep/b.txt"));
    assert_eq!(fs::read_to_string(world.outside.join("c.txt")).unwrap(), "one\n");

    let proposal = world.verify("*** Update File: a.txt\n*** Move to: d.txt").unwrap();
    assert_eq!(world.write(&proposal, None), all_written(&proposal));
    assert_eq!((world.read("a.txt"), inode("d.txt")), (None, inode("deep/b.txt")));
    let proposal = world.verify("*** Update File: d.txt\n*** Move to: e.txt\n-two\n+three").unwrap();
    assert_eq!(world.write(&proposal, None), all_written(&proposal));
    assert_eq!((world.read("deep/b.txt"), inode("e.txt")), (Some("three\n".into()), inode("deep/b.txt")));
    assert_eq!(world.tree(), ["deep", "deep/b.txt", "deep/x", "e.txt"]);

    let both = "*** Update File: e.txt\n-three\n+4\n*** Update File: deep/b.txt\n-three\n+5";
    assert!(world.verify(both).unwrap_err().contains("are one file"));
}

#[test]
fn b23_a_protected_name_protects_every_name_of_its_file() {
    let world = World::new(&[("a.txt", "one\n")]);
    fs::hard_link(world.cwd.join("a.txt"), world.cwd.join("AGENTS.md")).unwrap();
    let proposal = world.verify(UPDATE_A).unwrap();
    let why = proposal.files[0].protected.as_deref().unwrap();
    assert!(why.starts_with("'a.txt' is protected: 'AGENTS.md'"), "{why}");
}
