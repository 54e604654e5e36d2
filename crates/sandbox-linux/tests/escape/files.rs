//! Files a command writes and reads: outside the roots, protected names inside them, secrets.

use crate::attempts::{call, raw, syscall};
use crate::world::{World, check_attempt, check_refused, in_overlay, levels, worlds};
use protocol::SandboxLevel;
use sandbox_linux::{EXIT_FAILED, Policy};
use std::ffi::CString;
use std::fs;
use std::io::Error;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[test]
fn writes_outside_the_roots() {
    let nothing_there = |world: &World| {
        for made in ["out", "outside/made", "outside/folder", "root/link", "root/stolen"] {
            let _ = fs::remove_file(world.path(made));
            let _ = fs::remove_dir(world.path(made));
        }
        fs::write(world.path("outside/kept"), "kept").unwrap();
        fs::write(world.path("root/mine"), "mine").unwrap();
        world.give(&world.path("outside/kept"));
        world.give(&world.path("root/mine"));
    };
    for script in [
        "echo x > ../outside/made",
        "echo x >> ../outside/kept",
        "truncate -s 0 ../outside/kept",
        "mkdir ../outside/folder",
        "rm ../outside/kept",
        "mv mine ../outside/made",
        "mv ../outside/kept stolen",
        "mv ../outside/kept ../outside/made",
        "ln ../outside/kept link",
        "ln -s ../outside/made link && echo x > link",
        "ln -s x ../outside/made",
        "mkfifo ../outside/made",
        "cd ../outside && echo x > made",
        "echo x > /proc/self/cwd/../outside/made",
        "echo x > /proc/self/root$PWD/../outside/made",
        "exec 3>>../outside/kept",
    ] {
        check_refused(script, None, nothing_there);
    }
}

#[test]
fn metadata_outside_the_roots() {
    for script in [
        "chmod 600 ../outside/kept",
        "touch ../outside/kept",
        "touch -d 2001-01-01 ../outside/kept",
        "chmod 700 ../outside",
        "chown $(id -u) ../outside/kept",
    ] {
        check_refused(script, Some(SandboxLevel::Full), |_| {});
    }
}

#[test]
fn attributes_and_times_outside_the_roots_stay() {
    for world in worlds() {
        for attempt in ["set-times", "set-attribute", "set-mode-of-open"] {
            check_attempt(&world, &format!("{attempt} ../outside/kept"), SandboxLevel::Full, |_| {});
        }
    }
}

#[test]
fn nothing_is_writable_without_roots() {
    for world in worlds() {
        assert_eq!(world.bare("echo x > mine").code, 0, "works without the sandbox");
        for level in levels() {
            assert_eq!(world.run(level, "echo x > mine").code, 0, "works with the root");
            let without = || Policy { writable: Vec::new(), ..world.policy(level) };
            let outcome = world.run_policy(&without(), "echo x > mine");
            assert!(outcome.code != 0 && outcome.code != EXIT_FAILED, "{outcome:?}");
            assert_eq!(world.run_policy(&without(), "cat ../outside/kept > /dev/null").code, 0);
        }
    }
}

#[test]
fn protected_names_that_are_there() {
    let restored = |world: &World| {
        let _ = fs::remove_dir_all(world.path("root/other"));
        fs::create_dir_all(world.path("root/.git/hooks")).unwrap();
        fs::write(world.path("root/.git/config"), "[core]").unwrap();
        fs::write(world.path("root/AGENTS.md"), "be good").unwrap();
        fs::create_dir_all(world.path("root/a/b/c/d/e/.git")).unwrap();
        fs::write(world.path("root/a/b/c/d/e/.git/config"), "[core]").unwrap();
        for path in ["root/.git", "root/.git/hooks", "root/.git/config", "root/AGENTS.md"] {
            world.give(&world.path(path));
        }
        world.give_all(&world.path("root/a"));
    };
    for script in [
        "echo x > .git/hooks/post-checkout",
        "echo x >> .git/config",
        "rm .git/config",
        "mv .git other",
        "rm -r .git",
        "echo be bad > AGENTS.md",
        "rm AGENTS.md",
        "ln .git/config other && echo x >> other",
        // deeper than mounts are made
        "echo x >> a/b/c/d/e/.git/config",
        "truncate -s 0 a/b/c/d/e/.git/config",
        "mv a/b/c/d/e/.git other",
        "rm a/b/c/d/e/.git/config",
        "ln a/b/c/d/e/.git/config other && echo x >> other",
        "cd a/b/c/d/e/.git && echo x >> config",
        "exec 3<>a/b/c/d/e/.git/config",
    ] {
        check_refused(script, None, restored);
    }
}

#[test]
fn protected_names_that_are_not_there_yet() {
    for script in [
        "mkdir .git",
        "mkdir .GIT",
        "mkdir -p .GIT && echo x > .GIT/config",
        "mkdir -p sub && cd sub && mkdir .GiT",
        "mkdir -p sub/.git/hooks",
        "echo x > .envrc",
        "echo x > agents.md",
        "touch .vscode",
        "ln -s plain .git",
        "echo x > plain && ln plain .envrc",
        "echo x > plain && mv plain .envrc",
        "mkdir plain && mv plain .git",
        "ln -s .envrc link && echo x > link",
        "ln -s . link && echo x > link/.envrc",
        "mkfifo .envrc",
        "echo x > $PWD/.envrc",
        "echo x > /proc/self/cwd/.envrc",
        "mkdir sub && cd sub && echo x > ../.envrc",
    ] {
        check_refused(script, None, without_names);
    }
    for world in worlds() {
        for attempt in ["swap-names", "open-how", "link-unnamed"] {
            check_attempt(&world, attempt, SandboxLevel::Partial, without_names);
        }
    }
}

/// Takes away what attempts make.
fn without_names(world: &World) {
    for made in [
        ".git",
        ".GIT",
        ".envrc",
        ".vscode",
        "sub/.git",
        "sub",
        "link",
        "agents.md",
        "AGENTS.md",
        "plain",
        "plain1",
    ] {
        let path = world.path("root").join(made);
        let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
    }
}

#[test]
fn a_repository_made_while_the_command_runs_is_protected() {
    // of an overlay, the real folder shows nothing
    if in_overlay() {
        return;
    }
    for world in worlds() {
        for level in [None].into_iter().chain(levels().into_iter().map(Some)) {
            without_names(&world);
            let script = "echo up; until [ -e .git/config ]; do :; done; echo x >> .git/config";
            // the person, elsewhere, once the command is up
            let outcome = world.run_while(level, script, |world| {
                fs::create_dir(world.path("root/.git")).unwrap();
                fs::write(world.path("root/.git/new"), "[core]\n").unwrap();
                world.give_all(&world.path("root/.git"));
                fs::rename(world.path("root/.git/new"), world.path("root/.git/config")).unwrap();
            });
            let config = fs::read_to_string(world.path("root/.git/config")).unwrap();
            assert_eq!(outcome.code == 0, level.is_none(), "{level:?} {}: {outcome:?}", world.who());
            assert_eq!(config.contains('x'), level.is_none(), "{level:?} {}", world.who());
        }
    }
}

/// Makes the world as it was, with a repository of the person's in a folder.
fn with_a_repository(world: &World) {
    for made in ["fresh", "other", "empty", "existing", "git", "moved"] {
        let _ = fs::remove_dir_all(world.path("root").join(made));
        let _ = fs::remove_file(world.path("root").join(made));
    }
    fs::create_dir_all(world.path("root/existing/.git/hooks")).unwrap();
    fs::write(world.path("root/existing/.git/config"), "[core]\n").unwrap();
    fs::create_dir(world.path("root/empty")).unwrap();
    for folder in ["root/existing", "root/empty"] {
        world.give_all(&world.path(folder));
    }
}

/// Reports whether there is a git to make repositories with; says loudly when not.
fn has_git() -> bool {
    let found = std::process::Command::new("git").arg("--version").output().is_ok();
    if !found {
        eprintln!("SKIPPED: repositories that a command makes: there is no git");
    }
    found
}

#[test]
fn a_repository_that_a_command_makes_is_its_own_until_it_ends() {
    // of an overlay, the real folder shows nothing
    if in_overlay() {
        return;
    }
    if !has_git() {
        return;
    }
    let commit = "git -c user.name=n -c user.email=e commit -qm made";
    for world in worlds() {
        for level in levels() {
            for (script, folder) in [
                (format!("git init -q fresh && cd fresh && echo x > x && git add x && {commit}"), "fresh"),
                (
                    format!("mkdir fresh && cd fresh && git init -q && echo x > x && git add x && {commit}"),
                    "fresh",
                ),
                (format!("git init -q empty && cd empty && echo x > x && git add x && {commit}"), "empty"),
                (
                    format!(
                        "git init -q other && (cd other && echo x > x && git add x && {commit}) && git clone -q other fresh"
                    ),
                    "fresh",
                ),
            ] {
                with_a_repository(&world);
                let made = world.run(level, &script);
                assert_eq!(made.code, 0, "{level:?} {}: {script}: {made:?}", world.who());
                let log = world.run(level, &format!("cd {folder} && git log --format=%s"));
                assert_eq!(log.stdout, "made\n", "{level:?} {}: {script}: {log:?}", world.who());
                for write in ["echo x >> .git/config", "echo x > .git/hooks/pre-commit", "mv .git moved"] {
                    let later = world.run(level, &format!("cd {folder} && {write}"));
                    assert_ne!(later.code, 0, "{level:?} {}: {script}: {write}: {later:?}", world.who());
                }
            }
        }
    }
}

#[test]
fn a_repository_that_was_allowed_takes_commits_from_a_linked_work_tree_too() {
    // of an overlay, the real folder shows nothing
    if in_overlay() || !has_git() {
        return;
    }
    let commit = "git -c user.name=n -c user.email=e commit -q --allow-empty -m";
    for world in worlds() {
        let repository = world.path("repository");
        fs::create_dir(&repository).unwrap();
        world.give(&repository);
        let made = world.bare(&format!(
            "git init -q ../repository && cd ../repository && {commit} first && git worktree add -q ../root/linked"
        ));
        assert_eq!(made.code, 0, "{}: {made:?}", world.who());
        for level in levels() {
            let script = format!("cd linked && {commit} second && git log --format=%s -1");
            let mut policy = world.policy(level);
            let refused = world.run_policy(&policy, &script);
            assert_ne!(refused.code, 0, "{level:?} {}: {refused:?}", world.who());
            policy.writable.push(repository.join(".git"));
            let ran = world.run_policy(&policy, &script);
            assert_eq!((ran.code, ran.stdout.as_str()), (0, "second\n"), "{level:?} {}: {ran:?}", world.who());
            // the file that leads there stays what it is
            let moved = world.run_policy(&policy, "echo gitdir: /tmp > linked/.git");
            assert_ne!(moved.code, 0, "{level:?} {}: {moved:?}", world.who());
        }
    }
}

#[test]
fn a_repository_that_would_run_a_program_is_not_found_by_git_once_the_command_has_ended() {
    // of an overlay, the real folder shows nothing
    if in_overlay() {
        return;
    }
    if !has_git() {
        return;
    }
    for world in worlds() {
        for level in levels() {
            for script in [
                "printf '#!/bin/sh\n' > .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit",
                "ln -s ../../../outside/kept .git/hooks/post-checkout",
                "git config core.fsmonitor ./evil",
                "git config core.hooksPath ../hooks",
                "printf '[include] path = ../x\n' >> .git/config",
                "rm .git/config && ln -s ../../x .git/config",
                "echo .. > .git/commondir",
                "mkdir -p .git/modules/x && printf '[core]\nfsmonitor = x\n' > .git/modules/x/config",
                // whoever is gone cannot tell
                "git config core.fsmonitor ./evil; kill -KILL $PPID",
            ] {
                with_a_repository(&world);
                let made = world.run(level, &format!("git init -q fresh && cd fresh && {script}"));
                assert!(!made.stderr.contains("refused"), "{made:?}");
                assert!(
                    !world.path("root/fresh/.git").exists(),
                    "{level:?} {}: {script}: {made:?}",
                    world.who()
                );
                assert!(world.path("root/fresh/git-set-aside").is_dir(), "{level:?}: {script}: {made:?}");
            }
        }
    }
}

#[test]
fn no_repository_is_begun_or_taken_over_in_another_way() {
    if !has_git() {
        return;
    }
    for script in [
        // what is no program of the system's, or another one
        "cp $(command -v mkdir) git && mkdir fresh && ./git fresh/.git",
        "mkdir fresh && mkdir fresh/.git",
        "git init -q fresh && mkdir fresh/.git/.git && echo x > fresh/.git/.git/config",
        "git init -q fresh && echo x > fresh/.envrc",
        // a repository of the person's in the place of its own
        "git init -q fresh && mv fresh other && mv existing fresh && echo x >> fresh/.git/config",
        "git init -q fresh && mv fresh/.git moved && mv existing/.git fresh/.git",
        "git init -q fresh && mv existing fresh/.git/existing && echo x >> fresh/.git/existing/.git/config",
        "git init -q fresh && ln existing/.git/config fresh/.git/other && echo x >> fresh/.git/other",
        "git init -q fresh && ln -s ../../existing/.git/config fresh/.git/link && echo x >> fresh/.git/link",
    ] {
        check_refused(script, None, with_a_repository);
    }
    for world in worlds() {
        for level in levels() {
            with_a_repository(&world);
            fs::write(world.path("root/existing/file"), "x").unwrap();
            fs::remove_dir_all(world.path("root/existing/.git")).unwrap();
            for folder in [".", "existing"] {
                let begun = world.run(level, &format!("git init -q {folder}"));
                assert_ne!(begun.code, 0, "{level:?} {}: in {folder}: {begun:?}", world.who());
            }
        }
    }
}

#[test]
fn what_is_protected_is_not_opened_again_for_writing() {
    for script in
        ["exec 3<.git/config && echo x > /proc/self/fd/3", "exec 3<.git/config && echo x >> /dev/fd/3"]
    {
        check_refused(script, None, |world| {
            fs::create_dir_all(world.path("root/.git")).unwrap();
            fs::write(world.path("root/.git/config"), "[core]\n").unwrap();
            world.give_all(&world.path("root/.git"));
        });
    }
}

#[test]
fn what_is_allowed_works() {
    for world in worlds() {
        for level in levels() {
            let script = "set -e
                mkdir -p deep/er; echo one > deep/file; echo two >> deep/file; mv deep/file deep/er/moved; cat deep/er/moved
                ln -s er/moved deep/link; echo three >> deep/link; ln deep/er/moved hard; wc -l < hard
                (umask 077; echo > private; mkdir closed); stat -c %a private closed
                mkfifo pipe; (echo through > pipe &) ; cat pipe
                (echo out > /dev/stdout) | cat; (echo err > /dev/stderr) 2>&1 | cat; (echo fd > /dev/fd/1) | cat; echo > /dev/null
                (setsid sh -c 'echo orphan > left; mv left found' &); until [ -e found ]; do :; done; cat found
                echo .gitignore > .gitignore; cat .gitignore
                rm -r deep hard private closed pipe found .gitignore; ls -A | grep -v mine | wc -l";
            let outcome = world.run(level, script);
            let expected = "one\ntwo\n3\n600\n700\nthrough\nout\nerr\nfd\norphan\n.gitignore\n0\n";
            assert_eq!(
                (outcome.code, outcome.stdout.as_str()),
                (0, expected),
                "{level:?} {}: {outcome:?}",
                world.who()
            );
        }
    }
}

#[test]
fn secrets_are_hidden_and_a_root_inside_them_is_not() {
    check_refused("grep key ../secret/key", None, |_| {});
    check_refused("grep key /proc/self/root$PWD/../secret/key", None, |_| {});
    check_refused("grep key /proc/self/cwd/../secret/key", None, |_| {});
    check_refused("echo x > ../secret/new", None, |world| {
        let _ = fs::remove_file(world.path("secret/new"));
    });
    for world in worlds() {
        for level in levels() {
            let mut policy = world.policy(level);
            policy.hidden.push(world.path(""));
            let outcome = world.run_policy(&policy, "echo x > mine && cat mine && ! cat ../outside/kept");
            assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "x\n"), "{level:?}: {outcome:?}");
        }
    }
}

pub(crate) fn attempt(name: &str, argument: &str) -> Option<Result<(), Error>> {
    let path = CString::new(argument).unwrap();
    Some(match name {
        "set-attribute" => {
            syscall!(libc::SYS_setxattr, path.as_ptr(), c"user.escape".as_ptr(), c"x".as_ptr(), 1, 0)
        }
        "set-times" => {
            let now = std::ptr::null::<libc::timespec>();
            syscall!(libc::SYS_utimensat, libc::AT_FDCWD, path.as_ptr(), now, 0)
        }
        "set-mode-of-open" => {
            let file = fs::File::open(argument).unwrap();
            syscall!(libc::SYS_fchmod, file.as_raw_fd(), 0o640)
        }
        "swap-names" => swap_names(),
        "open-how" => {
            let how = [(libc::O_CREAT | libc::O_WRONLY) as u64, 0o600, 0];
            syscall!(libc::SYS_openat2, libc::AT_FDCWD, c".envrc".as_ptr(), how.as_ptr(), size_of_val(&how))
        }
        "link-unnamed" => {
            name_unnamed(c"plain").expect("an allowed name is given");
            name_unnamed(c".envrc")
        }
        _ => return None,
    })
}

/// Makes a file without a name, and gives it one.
fn name_unnamed(name: &std::ffi::CStr) -> Result<(), Error> {
    let flags = libc::O_TMPFILE | libc::O_WRONLY;
    let file = raw!(libc::SYS_openat, libc::AT_FDCWD, c".".as_ptr(), flags, 0o644);
    call(file).unwrap();
    let link = CString::new(format!("/proc/self/fd/{file}")).unwrap();
    let (here, follow) = (libc::AT_FDCWD, libc::AT_SYMLINK_FOLLOW);
    syscall!(libc::SYS_linkat, here, link.as_ptr(), here, name.as_ptr(), follow)
}

/// Changes the path in memory while the call is being judged, as fast as it can, until the protected name is there or a second
/// is over: thousands of calls.
fn swap_names() -> Result<(), Error> {
    static STOP: AtomicBool = AtomicBool::new(false);
    let mut path = *b"plain1\0";
    let address = path.as_mut_ptr() as usize;
    let swapper = std::thread::spawn(move || {
        while !STOP.load(Ordering::Relaxed) {
            for name in [b".envrc\0", b"plain1\0"] {
                for (index, byte) in name.iter().enumerate() {
                    // SAFETY: the array outlives this thread, which is joined; the race is the point, and nobody in this process reads it.
                    unsafe { std::ptr::write_volatile((address as *mut u8).add(index), *byte) };
                }
            }
        }
    });
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(1) && !fs::exists(".envrc")? {
        // SAFETY: the last byte is always 0.
        let fd = unsafe {
            libc::open(
                address as *const libc::c_char,
                libc::O_CREAT | libc::O_WRONLY | libc::O_CLOEXEC,
                0o600,
            )
        };
        if fd >= 0 {
            // SAFETY: just opened.
            unsafe { libc::close(fd) };
        }
    }
    STOP.store(true, Ordering::Relaxed);
    swapper.join().unwrap();
    let made: Vec<_> = std::fs::read_dir(".")?.map(|entry| entry.unwrap().file_name()).collect();
    if made.iter().any(|name| name == ".envrc") {
        return Ok(());
    }
    assert!(made.iter().any(|name| name == "plain1"), "an allowed name is made: {made:?}");
    Err(Error::other("never the protected name"))
}
