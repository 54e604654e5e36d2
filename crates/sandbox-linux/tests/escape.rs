//! Everything that must not get out of the sandbox, tried: at every level this machine has, and as an ordinary user too when the
//! tests run as root. Each attempt works without the sandbox first, or it would prove nothing.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "attempts at escaping are system calls")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

#[path = "escape/attempts.rs"]
mod attempts;
#[path = "escape/world.rs"]
mod world;

use protocol::{NetworkAccess, SandboxLevel};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use world::{World, levels, worlds};

/// Runs `script` bare, where it must work, and then confined at each level, where it must fail. `undo` makes it possible again.
fn check_refused(script: &str, only: Option<SandboxLevel>, undo: impl Fn(&World)) {
    for world in worlds() {
        undo(&world);
        let bare = world.bare(script);
        assert_eq!(bare.code, 0, "works without the sandbox: {script}: {bare:?}");
        for level in levels().into_iter().filter(|level| only.is_none_or(|only| *level >= only)) {
            undo(&world);
            let confined = world.run(level, script);
            assert_ne!(confined.code, 0, "{level:?} {}: {script}: {confined:?}", world.who());
            assert_ne!(confined.code, 121, "the sandbox itself failed: {confined:?}");
        }
    }
}

/// The same for one of the attempts that are system calls.
fn check_call_refused(attempt: &str) {
    for world in worlds() {
        for level in levels() {
            let confined = world.attempt(level, attempt);
            assert!(
                confined.stdout.contains("refused: "),
                "{level:?} {}: {attempt}: {confined:?}",
                world.who()
            );
        }
    }
}

#[test]
fn attempt() {
    attempts::run_the_one_asked_for();
}

#[test]
fn writes_outside_the_roots() {
    let nothing_there = |world: &World| {
        for made in ["out", "outside/made", "outside/folder", "root/link"] {
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
    for script in ["chmod 600 ../outside/kept", "touch ../outside/kept", "chmod 700 ../outside"] {
        check_refused(script, Some(SandboxLevel::Full), |_| {});
    }
}

#[test]
fn nothing_is_writable_without_roots() {
    for world in worlds() {
        for level in levels() {
            let mut policy = world.policy(level);
            policy.writable.clear();
            let outcome = world.run_policy(&policy, "echo x > mine");
            assert_ne!(outcome.code, 0, "{outcome:?}");
            assert_eq!(world.run_policy(&policy, "cat ../outside/kept > /dev/null").code, 0);
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
    let clean = |world: &World| {
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
        ] {
            let path = world.path("root").join(made);
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        }
    };
    for script in [
        "mkdir .git",
        "mkdir .GIT",
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
        check_refused(script, None, clean);
    }
    for attempt in ["swap-names", "open-how", "link-unnamed"] {
        check_call_refused(attempt);
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

#[test]
fn the_network_is_a_loopback_of_its_own() {
    for world in worlds() {
        for level in levels() {
            let outside = world.attempt(level, "connect-elsewhere");
            assert!(outside.stdout.contains("refused: "), "{level:?}: {outside:?}");
            let loopback = world.attempt(level, "serve-and-call");
            let expected = if level == SandboxLevel::Full { "allowed" } else { "refused: " };
            assert!(loopback.stdout.contains(expected), "{level:?}: {loopback:?}");

            let mut open = world.policy(level);
            open.network = NetworkAccess::Full;
            let loopback = world.attempt_policy(&open, "serve-and-call");
            assert!(loopback.stdout.contains("allowed"), "{level:?}: {loopback:?}");
        }
    }
}

#[test]
fn the_hosts_loopback_is_not_reached() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    for world in worlds() {
        let bare = world.attempt_bare(&format!("connect-port {port}"));
        assert!(bare.stdout.contains("allowed"), "{bare:?}");
        for level in levels() {
            let confined = world.attempt(level, &format!("connect-port {port}"));
            assert!(confined.stdout.contains("refused: "), "{level:?}: {confined:?}");
        }
    }
}

#[test]
fn unix_sockets_reach_nobody() {
    for world in worlds() {
        let path = world.path("root/daemon");
        let _ = fs::remove_file(&path);
        let _listener = UnixListener::bind(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        let bare = world.attempt_bare("connect-path daemon");
        assert!(bare.stdout.contains("allowed"), "{bare:?}");
        for level in levels() {
            for attempt in ["connect-path daemon", "connect-pair-to-path daemon", "connect-abstract"] {
                let confined = world.attempt(level, attempt);
                assert!(confined.stdout.contains("refused: "), "{level:?}: {attempt}: {confined:?}");
            }
            let pair = world.attempt(level, "stream-pair");
            assert!(pair.stdout.contains("allowed"), "{level:?}: {pair:?}");
        }
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn calls_that_go_round_everything_else() {
    for attempt in [
        "netlink",
        "vsock",
        "packet",
        "io-uring",
        "ptrace",
        "process-vm",
        "userfaultfd",
        "keyctl",
        "add-key",
        "bpf",
        "perf",
        "unshare-user",
        "clone-user",
        "clone3",
        "mount",
        "open-tree",
        "setns",
        "tiocsti",
        "x32",
        "handle",
        "chroot",
    ] {
        for world in worlds() {
            for level in levels() {
                let confined = world.attempt(level, attempt);
                // by the filter: the kernel itself would say that an argument is bad, or let it pass
                let by_filter = ["refused: Operation not permitted", "refused: Function not implemented"]
                    .iter()
                    .any(|refused| confined.stdout.contains(refused));
                assert!(by_filter, "{level:?} {}: {attempt}: {confined:?}", world.who());
            }
        }
    }
}

#[test]
fn no_capabilities_and_no_new_privileges() {
    for world in worlds() {
        for level in levels() {
            let outcome = world.run(level, "cat /proc/self/status");
            for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
                // an ordinary user cannot cut the bounding set, which grants nothing by itself
                let line = outcome.stdout.lines().find(|line| line.starts_with(set)).unwrap();
                let is_empty = line.split_whitespace().nth(1).unwrap().bytes().all(|digit| digit == b'0');
                assert!(
                    is_empty || (set == "CapBnd" && !world.is_root()),
                    "{level:?} {}: {line}",
                    world.who()
                );
            }
            assert!(outcome.stdout.contains("NoNewPrivs:\t1"), "{outcome:?}");
            assert!(outcome.stdout.contains("Seccomp:\t2"), "{outcome:?}");
        }
    }
}

#[test]
fn inherited_descriptors_are_closed() {
    for world in worlds() {
        for level in levels().into_iter().chain([SandboxLevel::None]) {
            // the shell holds the file open for whatever it starts
            let outcome = world.run_behind(
                "exec 7>>../outside/kept 8<../secret/key;",
                &world.policy(level),
                "ls /proc/self/fd; cat <&8; echo x >&7",
            );
            assert_ne!(outcome.code, 0, "{level:?}: {outcome:?}");
            // 3 is what ls reads the folder with
            assert_eq!(outcome.stdout, "0\n1\n2\n3\n", "{level:?}: {outcome:?}");
        }
    }
}

#[test]
fn nothing_outlives_the_command() {
    for world in worlds() {
        for level in levels().into_iter().chain([SandboxLevel::None]) {
            let held = world.path("root/held");
            let leave = "(setsid sh -c 'exec 9>held; flock 9; echo holding; exec sleep 300' &)";
            // it ends by itself
            let _ = fs::remove_file(&held);
            let outcome = world.run(level, &format!("{leave}; until [ -e held ]; do :; done; exit 3"));
            assert_eq!(outcome.code, 3, "{outcome:?}");
            assert!(fs::File::open(&held).unwrap().try_lock().is_ok(), "{level:?}: outlives the command");
            // it is told to end, and whoever started it is killed
            for how in [world::Stop::Term, world::Stop::KillParent] {
                let _ = fs::remove_file(&held);
                let mut running = world.start(&world.policy(level), &format!("{leave}; sleep 300"), how);
                let mut line = String::new();
                let mut stdout = BufReader::new(running.stdout());
                stdout.read_line(&mut line).unwrap();
                assert_eq!(line, "holding\n");
                running.stop();
                // the pipe's end is the last holder's end
                line.clear();
                assert_eq!(stdout.read_line(&mut line).unwrap(), 0, "{line}");
                assert!(fs::File::open(&held).unwrap().try_lock().is_ok(), "{level:?} {how:?}: outlives");
            }
        }
    }
}

#[test]
fn exit_codes_and_signals_pass_through() {
    for world in worlds() {
        for level in levels().into_iter().chain([SandboxLevel::None]) {
            assert_eq!(world.run(level, "exit 42").code, 42);
            assert_eq!(world.run(level, "kill -KILL $$").code, 137, "{level:?}");
            assert_eq!(world.run(level, "cat").code, 0, "stdin is empty");
        }
    }
}

#[test]
fn a_failure_says_so_and_runs_nothing() {
    let world = World::new(None);
    for level in levels() {
        let mut policy = world.policy(level);
        policy.writable.push(world.path("absent"));
        let outcome = world.run_policy(&policy, "echo ran");
        assert_eq!((outcome.code, outcome.stdout.as_str()), (121, ""), "{outcome:?}");
        let failure = countersign_sandbox_linux::Failure::find(&outcome.stderr, &policy.nonce);
        assert!(failure.is_some_and(|failure| failure.to_string().contains("absent")), "{outcome:?}");
    }
}

/// Runs an attempt bare, where it must work, and then confined at the levels from `from` on, where it must be refused.
fn check_attempt(world: &World, attempt: &str, from: SandboxLevel) {
    let bare = world.attempt_bare(attempt);
    assert!(
        bare.stdout.contains("allowed"),
        "works without the sandbox: {} {attempt}: {bare:?}",
        world.who()
    );
    for level in levels().into_iter().filter(|level| *level >= from) {
        let confined = world.attempt(level, attempt);
        assert!(!confined.stdout.contains("allowed"), "{level:?} {}: {attempt}: {confined:?}", world.who());
        assert_ne!(confined.code, 121, "the sandbox itself failed: {confined:?}");
    }
}

#[test]
fn no_other_way_of_speaking_tcp_reaches_the_host() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for world in worlds() {
        for attempt in ["connect-port", "connect-mptcp", "fast-open"] {
            check_attempt(&world, &format!("{attempt} {port}"), SandboxLevel::Partial);
        }
    }
}

#[test]
fn no_datagram_reaches_the_host() {
    for world in worlds() {
        for level in levels() {
            let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            let attempt = format!("send-udp {}", socket.local_addr().unwrap().port());
            let mut heard = [0; 8];
            // it arrives at once on the loopback, or never: the one sent bare comes second, and is the only one there
            world.attempt(level, &attempt);
            assert!(world.attempt_bare(&attempt).stdout.contains("allowed"));
            assert_eq!(socket.recv(&mut heard).unwrap(), 3);
            socket.set_nonblocking(true).unwrap();
            assert!(socket.recv(&mut heard).is_err(), "{level:?} {}: a second one arrived", world.who());
        }
    }
}

#[test]
fn processes_outside_are_not_touched() {
    for world in worlds() {
        let mut outside = world.sleeper();
        for attempt in ["signal", "attach"] {
            check_attempt(&world, &format!("{attempt} {}", outside.id()), SandboxLevel::Partial);
        }
        outside.kill().unwrap();
        outside.wait().unwrap();
    }
}

#[test]
fn attributes_and_times_outside_the_roots_stay() {
    for world in worlds() {
        for attempt in ["set-times ../outside/kept", "set-attribute ../outside/kept"] {
            check_attempt(&world, attempt, SandboxLevel::Full);
        }
    }
}

#[test]
fn a_descriptor_with_a_high_number_is_closed_too() {
    for world in worlds() {
        for level in levels().into_iter().chain([SandboxLevel::None]) {
            let open = "exec 9>>../outside/kept;";
            assert_eq!(world.bare(&format!("{open} echo x >&9")).code, 0, "works without the sandbox");
            let before = fs::read(world.path("outside/kept")).unwrap();
            let outcome = world.run_behind(open, &world.policy(level), "echo x >&9");
            assert_ne!(outcome.code, 0, "{level:?}: {outcome:?}");
            assert_eq!(fs::read(world.path("outside/kept")).unwrap(), before);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn calls_of_another_architecture() {
    let world = World::new(None);
    if !world.attempt_bare("old-call").stdout.contains("allowed") {
        eprintln!("SKIPPED: 32-bit calls: this kernel has none");
        return;
    }
    for level in levels() {
        let confined = world.attempt(level, "old-call");
        assert!(!confined.stdout.contains("allowed"), "{level:?}: {confined:?}");
    }
}
