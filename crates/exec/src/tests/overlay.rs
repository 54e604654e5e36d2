//! Commands on a view of the project: what they do there, and the project after all or nothing of it is applied.

use super::*;
use protocol::{HunkSelection, PatchProposal};
use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use worktree::{CommandOverlay, Roots, TransactionLog, store_dir, writer};

/// Entries of a folder, `.git` left out, with their kind, mode and content.
type FoundEntries = BTreeMap<PathBuf, (String, u32, Vec<u8>)>;

fn tree(root: &Path) -> FoundEntries {
    let mut found = FoundEntries::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let name = path.strip_prefix(root).unwrap().to_owned();
            if name == Path::new(".git") {
                continue;
            }
            let mode = metadata.mode() & 0o7777;
            let entry = if metadata.is_dir() {
                folders.push(path);
                ("folder".to_owned(), mode, Vec::new())
            } else if metadata.is_symlink() {
                use std::os::unix::ffi::OsStringExt;
                ("link".to_owned(), 0, fs::read_link(&path).unwrap().into_os_string().into_vec())
            } else {
                ("file".to_owned(), mode, fs::read(&path).unwrap())
            };
            found.insert(name, entry);
        }
    }
    found
}

impl World {
    /// Whether commands can run in overlays here; says loudly when a test is not run.
    fn has_overlays(&self, test: &str) -> bool {
        let report = wait(self.executor.probe());
        if let Some(why) = &report.no_overlay {
            eprintln!("SKIPPED: {test}: no overlays: {why}");
        }
        report.no_overlay.is_none()
    }

    fn log(&self) -> TransactionLog {
        let project = self.path("project");
        TransactionLog::new(&store_dir(&self.path("app"), &project), &project)
    }

    /// Runs a script in an overlay, and returns how it ended with what it changed.
    fn run_in_overlay(
        &self,
        script: &str,
    ) -> (ExecOutcome, Result<engine::OverlayEffects, String>, CommandOverlay) {
        let request = self.request(script, SandboxPolicy::workspace_write());
        let project = self.path("project");
        let roots = Roots::of(&request.sandbox, &project);
        let overlay =
            CommandOverlay::create(&self.path("app").join("overlay"), std::slice::from_ref(&project), &roots)
                .unwrap();
        let running = self.executor.run_in_overlay(&request, &overlay, CancellationToken::new(), |_, _| {});
        let outcome = wait(running);
        let effects = overlay.take_effects(&roots, &project, &self.log());
        (outcome, effects, overlay)
    }

    /// Fills the project.
    fn with_files(self) -> Self {
        let project = self.path("project");
        for folder in ["d/e", "empty", "keep/deep/er"] {
            fs::create_dir_all(project.join(folder)).unwrap();
        }
        for (file, text) in [
            ("a.txt", "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n"),
            ("b.txt", "no end"),
            ("c.txt", "crlf\r\nlines\r\n"),
            ("d/f.txt", "in d\n"),
            ("d/e/g.txt", "in e\n"),
            ("keep/deep/er/h.txt", "deep\n"),
            ("run.sh", "#!/bin/sh\necho hi\n"),
        ] {
            fs::write(project.join(file), text).unwrap();
        }
        fs::write(project.join("bin.dat"), b"\0\x01\x02").unwrap();
        fs::set_permissions(project.join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        symlink("a.txt", project.join("link")).unwrap();
        self
    }
}

fn apply(world: &World, proposal: &PatchProposal, hunks: Option<&HunkSelection>) -> engine::PatchWriteResult {
    writer::write(proposal, hunks, &world.log(), None)
}

/// A little generator, so that every run of a seed is the same.
struct ScriptDice(u64);

impl ScriptDice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }
}

const FILES: &[&str] = &[
    "a.txt",
    "b.txt",
    "c.txt",
    "d/f.txt",
    "d/e/g.txt",
    "new",
    "d/new",
    "run.sh",
    "bin.dat",
    "link",
    "x/y/z",
];
const FOLDERS: &[&str] = &["d", "d/e", "empty", "keep", "keep/deep", "fresh", "x", "x/y"];
const MODES: &[&str] = &["644", "600", "755", "700", "4755", "444"];

fn step(dice: &mut ScriptDice) -> String {
    let (file, other, folder, to) =
        (dice.pick(FILES), dice.pick(FILES), dice.pick(FOLDERS), dice.pick(FOLDERS));
    let mode = dice.pick(MODES);
    let number = dice.roll(1000);
    match dice.roll(28) {
        0 => format!("echo {number} > {file}"),
        1 => format!("echo {number} >> {file}"),
        2 => format!("rm -f {file}"),
        3 => format!("rm -rf {folder}"),
        4 => format!("mkdir -p {folder}"),
        5 => format!("mv {file} {other}"),
        6 => format!("mv {folder} moved-{number}"),
        7 => format!("ln -sf {other} {file}"),
        8 => format!("chmod {mode} {file}"),
        9 => format!("chmod 7{}5 {folder}", dice.roll(8)),
        10 => format!("printf '\\000{number}\\377' > {file}"),
        11 => format!("sed -i 's/e/E/' {file}"),
        12 => format!("cp -r {folder} copied-{number}; cp -r {to} {folder}-too"),
        13 => format!("rm -rf {folder} && mkdir -p {folder} && echo {number} > {folder}/only"),
        14 => format!("rm -rf {folder} && echo {number} > {folder}"),
        15 => format!("rm -f {file} && mkdir -p {file}/in && echo {number} > {file}/in/it"),
        16 => format!("truncate -s 3 {file}"),
        17 => format!("printf 'a\\r\\nb{number}' > {file}"),
        18 => format!("touch {file}"),
        19 => format!("sed -i '2d;7s/.*/{number}/' a.txt"),
        20 => format!("rmdir {folder}"),
        21 => format!("tr a-z A-Z < {file} > t && mv t {other}"),
        22 => format!(
            "python3 -c \"import os; os.makedirs('{folder}/p', exist_ok=True); open('{folder}/p/q', 'w').write('{number}')\""
        ),
        23 => format!(
            "printf -- '--- a/a.txt\\n+++ b/a.txt\\n@@ -1 +1 @@\\n-one\\n+{number}\\n' | git apply --unidiff-zero"
        ),
        24 => format!(
            "python3 -c \"import sqlite3; c = sqlite3.connect('db.sqlite'); c.execute('create table if not exists t(a)'); \
             c.execute('insert into t values ({number})'); c.commit()\""
        ),
        25 => format!("mkdir -p {folder} && (cd {folder} && npm init -y)"),
        26 => format!("printf 'fn  f{number}(){{}}' > made.rs && rustfmt made.rs"),
        _ => format!("find {folder} -type f -exec sed -i '1i top' {{}} +"),
    }
}

#[test]
fn applying_all_of_an_overlay_run_equals_a_real_run_and_applying_none_equals_before() {
    let probe = World::new();
    if !probe.has_overlays("the fuzz of overlay runs") {
        return;
    }
    let count = std::env::var("OVERLAY_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(36);
    for seed in 0..count {
        let mut dice = ScriptDice(seed);
        let steps: Vec<String> = (0..=dice.roll(8)).map(|_| step(&mut dice)).collect();
        let lines: Vec<_> = steps.iter().map(|step| format!("{{ {step}; }} 2>/dev/null || true\n")).collect();
        let script = lines.concat();
        let (real, world) = (World::new().with_files(), World::new().with_files());
        let before = tree(&world.path("project"));
        assert_eq!(before, tree(&real.path("project")));
        let ran = real.run(&script, SandboxPolicy::workspace_write());
        assert_eq!(ran.end.ended_by.exit_code(), Some(0), "{ran:?}");
        let (outcome, effects, overlay) = world.run_in_overlay(&script);
        assert_eq!(outcome.end.ended_by.exit_code(), Some(0), "seed {seed}: {outcome:?}");
        let effects = effects.unwrap();
        assert!(effects.left_out.is_empty(), "seed {seed}: {effects:?}");
        assert_eq!(
            tree(&world.path("project")),
            before,
            "seed {seed}: nothing is in the project before it is applied"
        );
        let none = HunkSelection::default();
        if effects.proposal.is_effects() {
            let applied = apply(&world, &effects.proposal, Some(&none));
            assert!(matches!(applied, engine::PatchWriteResult::Written(_)), "seed {seed}: {applied:?}");
            assert_eq!(tree(&world.path("project")), before, "seed {seed}: none is none");
            let applied = apply(&world, &effects.proposal, None);
            assert!(
                matches!(applied, engine::PatchWriteResult::Written(_)),
                "seed {seed}: {script}\n{applied:?}"
            );
        }
        overlay.remove();
        let (got, expected) = (tree(&world.path("project")), tree(&real.path("project")));
        assert_eq!(got, expected, "seed {seed}:\n{script}\n{:#?}", effects.proposal);
        assert!(!world.path("app").join("overlay").exists());
    }
}

#[test]
fn an_overlay_is_where_the_project_is_and_protected_hidden_and_outside_stay_so() {
    let world = World::new().with_files();
    if !world.has_overlays("what holds in overlays") {
        return;
    }
    fs::write(world.path("outside"), "kept").unwrap();
    let project = world.path("project");
    let before = tree(&project);
    for script in [
        "echo x > .git/config",
        "mkdir -p sub/.vscode",
        "echo x > AGENTS.md",
        "echo x > ../outside",
        "cat ../app/key",
        "ls ../app/overlay/0/upper",
        "echo x > /proc/self/root/etc/passwd",
        "mount -t tmpfs none d",
    ] {
        let (outcome, effects, overlay) = world.run_in_overlay(script);
        assert_ne!(outcome.end.ended_by.exit_code(), Some(0), "{script}: {outcome:?}");
        assert!(!matches!(outcome.end.ended_by, EndedBy::SandboxFailed { .. }), "{script}: {outcome:?}");
        let effects = effects.unwrap();
        let named: Vec<_> = effects.proposal.files.iter().map(|file| file.path.as_str()).collect();
        assert!(named.is_empty() || named == ["sub"], "{script}: {effects:?}");
        overlay.remove();
    }
    assert_eq!(
        (tree(&project), fs::read_to_string(world.path("outside")).unwrap()),
        (before, "kept".to_owned())
    );
    // its end writes out no whole file system
    let (outcome, _, overlay) = world.run_in_overlay("grep -w volatile /proc/self/mountinfo");
    assert_eq!(outcome.end.ended_by.exit_code(), Some(0), "{outcome:?}");
    overlay.remove();
    let (outcome, effects, overlay) = world.run_in_overlay("pwd && cat a.txt > seen && sleep 60 & ");
    assert_eq!(outcome.end.ended_by.exit_code(), Some(0), "{outcome:?}");
    assert!(effects.is_ok() && !project.join("seen").exists());
    overlay.remove();
}

#[test]
fn ignored_files_are_moved_in_unasked_and_never_those_that_are_protected_or_secret() {
    let world = World::new().with_files();
    if !world.has_overlays("ignored files in overlays") {
        return;
    }
    let project = world.path("project");
    fs::write(project.join(".gitignore"), "cache/\nold/\n*.log\n.env*\nlocal.db\n").unwrap();
    fs::create_dir(project.join("old")).unwrap();
    fs::write(project.join("local.db"), "one").unwrap();
    fs::write(project.join("gone.log"), "log").unwrap();
    let script = "mkdir -p cache/a && echo c > cache/a/b && echo o > old/warm && echo l > x.log && echo two > local.db \
                  && echo KEY=1 > .env && rm gone.log && echo '*' >> .gitignore && echo n > new.txt";
    let (outcome, effects, overlay) = world.run_in_overlay(script);
    assert_eq!(outcome.end.ended_by.exit_code(), Some(0), "{outcome:?}");
    let effects = effects.unwrap();
    let asked: Vec<_> = effects.proposal.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(asked, [".env", ".gitignore", "gone.log", "new.txt"], "{effects:?}");
    for (file, text) in [("cache/a/b", "c\n"), ("old/warm", "o\n"), ("x.log", "l\n"), ("local.db", "two\n")] {
        assert_eq!(fs::read_to_string(project.join(file)).unwrap(), text, "{file}");
    }
    assert!(
        !project.join(".env").exists()
            && !project.join("new.txt").exists()
            && project.join("gone.log").exists()
    );
    overlay.remove();
}

#[test]
fn what_cannot_be_applied_is_said_and_the_rest_is_asked_about() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let world = World::new().with_files();
    if !world.has_overlays("odd files in overlays") {
        return;
    }
    fs::hard_link(world.path("project/a.txt"), world.path("project/same.txt")).unwrap();
    let script = "mkfifo pipe; python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('sock')\"; ! mknod null c 1 3; \
        ln b.txt second; printf 'changed\\n' >> a.txt; touch \"$(printf 'caf\\351')\"; truncate -s 5G huge; echo fine > fine; git init -q inner 2>/dev/null || mkdir inner";
    let (outcome, effects, overlay) = world.run_in_overlay(script);
    assert_eq!(outcome.end.ended_by.exit_code(), Some(0), "{outcome:?}");
    let effects = effects.unwrap();
    let asked: Vec<_> = effects.proposal.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(asked, ["a.txt", "fine", "inner", "second"], "{effects:?}");
    let said = effects.left_out.join("\n");
    for part in ["pipe: a named pipe", "sock: a socket", "not UTF-8", "huge: a file of more than 64 MiB"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let noted = &effects.proposal.files[0].notes;
    assert!(noted.iter().any(|note| note.contains("it has other names (hard links)")), "{noted:?}");
    let project = world.path("project");
    assert!(!project.join(OsStr::from_bytes(b"caf\xe9")).exists());
    apply(&world, &effects.proposal, None);
    assert_eq!(fs::read_to_string(project.join("fine")).unwrap(), "fine\n");
    assert!(fs::read_to_string(project.join("a.txt")).unwrap().ends_with("changed\n"));
    assert!(!fs::read_to_string(project.join("same.txt")).unwrap().contains("changed"));
    overlay.remove();
}

#[test]
fn attributes_that_a_command_gives_are_named_and_those_that_were_there_stay() {
    let world = World::new().with_files();
    if !world.has_overlays("attributes in overlays") {
        return;
    }
    let project = world.path("project");
    let attribute = |path: &str, name: &str| {
        let mut value = vec![0; 256];
        let length = rustix::fs::getxattr(project.join(path), name, &mut value[..]).ok()?;
        value.truncate(length);
        Some(value)
    };
    // the owner may write, user 12345 and the group may read
    let list: Vec<u8> =
        [(1_u16, 6_u16, u32::MAX), (2, 4, 12345), (4, 4, u32::MAX), (16, 4, u32::MAX), (32, 0, u32::MAX)]
            .iter()
            .flat_map(|(tag, rights, id)| {
                [&tag.to_le_bytes()[..], &rights.to_le_bytes(), &id.to_le_bytes()].concat()
            })
            .collect();
    let list = [&2_u32.to_le_bytes()[..], &list].concat();
    for (file, name, value) in [
        ("a.txt", "user.note", b"mine".to_vec()),
        ("d/f.txt", "user.note", b"mine".to_vec()),
        ("c.txt", "system.posix_acl_access", list.clone()),
    ] {
        let set = rustix::fs::setxattr(project.join(file), name, &value, rustix::fs::XattrFlags::empty());
        if let Err(error) = set {
            eprintln!("SKIPPED: attributes in overlays: {name} cannot be set here: {error}");
            return;
        }
    }
    let script = "printf 'written\n' >> a.txt; printf 'x\n' >> c.txt; sed -i s/in/IN/ d/f.txt; \
        python3 -c \"import os; os.setxattr('b.txt', 'user.note', b'x'); os.setxattr('d', 'user.note', b'x'); \
        open('made', 'w').write('made'); os.setxattr('made', 'user.note', b'x')\"";
    let (outcome, effects, overlay) = world.run_in_overlay(script);
    assert_eq!(outcome.end.ended_by.exit_code(), Some(0), "{outcome:?}");
    let effects = effects.unwrap();
    let asked: Vec<_> = effects.proposal.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(asked, ["a.txt", "c.txt", "d/f.txt", "made"], "{effects:?}");
    let named =
        |file: &str| format!("{}: its extended attributes, which changed", project.join(file).display());
    assert_eq!(effects.left_out, ["b.txt", "d", "made"].map(named));
    apply(&world, &effects.proposal, None);
    assert_eq!(fs::read_to_string(project.join("d/f.txt")).unwrap(), "IN d\n");
    for file in ["a.txt", "d/f.txt"] {
        assert_eq!(attribute(file, "user.note").as_deref(), Some(&b"mine"[..]), "{file}");
    }
    assert_eq!(attribute("c.txt", "system.posix_acl_access"), Some(list));
    assert_eq!(attribute("b.txt", "user.note"), None);
    overlay.remove();
}

#[test]
fn a_place_that_has_no_overlay_is_named_and_nothing_is_run() {
    let world = World::new().with_files();
    if !world.has_overlays("places without overlays") {
        return;
    }
    let request = world.request("echo ran > ran", SandboxPolicy::workspace_write());
    let project = world.path("project");
    let roots = Roots::of(&request.sandbox, &project);
    let folder = world.path("app").join("overlay");
    let mut within = CommandOverlay::create(&folder, std::slice::from_ref(&project), &roots).unwrap();
    // a file system that takes no changes
    within.roots[0].upper = PathBuf::from("/proc/sys");
    let outcome = wait(world.executor.run_in_overlay(&request, &within, CancellationToken::new(), |_, _| {}));
    let EndedBy::SandboxFailed { why } = &outcome.end.ended_by else { panic!("{outcome:?}") };
    assert!(why.contains("no overlay: ") && why.contains(project.to_str().unwrap()), "{why}");
    assert!(!project.join("ran").exists());
    // without the sandbox, there is none either
    let free = ExecRequest { sandbox: free(), ..request.clone() };
    let outcome = wait(world.executor.run_in_overlay(&free, &within, CancellationToken::new(), |_, _| {}));
    assert!(matches!(&outcome.end.ended_by, EndedBy::SandboxFailed { .. }), "{outcome:?}");
    assert!(!project.join("ran").exists());
    let partial = World::new().limited_to(SandboxLevel::Partial);
    let outcome = partial.run_in_overlay("echo ran > ran").0;
    let EndedBy::SandboxFailed { why } = &outcome.end.ended_by else { panic!("{outcome:?}") };
    assert!(why.contains("level full") && !partial.path("project/ran").exists(), "{why}");
}
