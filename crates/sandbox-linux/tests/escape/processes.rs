//! Processes: those outside, those a command leaves or makes without end, and what it inherits.

use crate::attempts::{call, raw, syscall};
use crate::world::{Stop, check_attempt, in_overlay, levels, worlds};
use protocol::SandboxLevel;
use sandbox_linux::Policy;
use std::fs;
use std::io::{BufRead, BufReader, Error};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

#[test]
fn no_capabilities_and_no_new_privileges() {
    for world in worlds() {
        let bare = world.bare("cat /proc/self/status").stdout;
        let holds = |set: &str| !is_empty_set(&bare, set);
        assert!(
            !world.is_root() || (holds("CapEff") && holds("CapBnd")),
            "works without the sandbox: {bare}"
        );
        for level in levels() {
            let outcome = world.run(level, "cat /proc/self/status");
            for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
                // an ordinary user cannot cut the bounding set, which grants nothing by itself
                assert!(
                    is_empty_set(&outcome.stdout, set) || (set == "CapBnd" && !world.is_root()),
                    "{level:?} {}: {set} in {outcome:?}",
                    world.who()
                );
            }
            assert!(outcome.stdout.contains("NoNewPrivs:\t1"), "{outcome:?}");
            assert!(outcome.stdout.contains("Seccomp:\t2"), "{outcome:?}");
        }
    }
}

fn is_empty_set(status: &str, set: &str) -> bool {
    let line = status.lines().find(|line| line.starts_with(set)).unwrap();
    line.split_whitespace().nth(1).unwrap().bytes().all(|digit| digit == b'0')
}

#[test]
fn a_program_that_makes_its_user_root_does_not() {
    let ordinary: Vec<_> = worlds().into_iter().filter(|world| !world.is_root()).collect();
    if !rustix::process::getuid().is_root() {
        eprintln!("SKIPPED: programs that make their user root: making one takes root");
        return;
    }
    for world in ordinary {
        let program = world.path("outside/id");
        let found = world.bare("command -v id").stdout;
        assert!(Command::new("cp").arg(found.trim()).arg(&program).status().unwrap().success());
        chown(&program, Some(0), Some(0)).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o4755)).unwrap();
        let bare = world.bare("../outside/id -u");
        if bare.stdout != "0\n" {
            eprintln!("SKIPPED: programs that make their user root: not on this file system ({bare:?})");
            return;
        }
        for level in levels() {
            let confined = world.run(level, "../outside/id -u");
            assert_eq!((confined.code, confined.stdout.as_str()), (0, "65534\n"), "{level:?}: {confined:?}");
        }
    }
}

#[test]
fn processes_outside_are_not_touched() {
    for world in worlds() {
        let mut outside = world.sleeper();
        for attempt in ["signal", "signal-thread", "signal-queued", "signal-by-descriptor", "attach"] {
            let attempt = format!("{attempt} {}", outside.id());
            check_attempt(&world, &attempt, SandboxLevel::Partial, |_| {});
        }
        assert!(outside.try_wait().unwrap().is_none(), "it still runs");
        outside.kill().unwrap();
        outside.wait().unwrap();
    }
}

#[test]
fn the_guard_shows_its_memory_to_nobody() {
    for world in worlds() {
        let [environment, descriptors] = ["cat /proc/$PPID/environ > /dev/null", "readlink /proc/$PPID/fd/0"]
            .map(|script| {
                let bare = world.bare(&format!("sh -c '{script}'; exit $?"));
                assert_eq!(
                    bare.code, 0,
                    "works on a parent of its own without the sandbox: {script}: {bare:?}"
                );
                script
            });
        let memory = "exec 3<>/proc/self/mem";
        assert_eq!(world.bare(memory).code, 0, "works without the sandbox");
        for level in levels() {
            // the guard is the command's parent
            for script in [environment, descriptors, "exec 3</proc/$PPID/mem"] {
                let outcome = world.run(level, script);
                assert_ne!(outcome.code, 0, "{level:?} {}: {script}: {outcome:?}", world.who());
            }
            // nor does it open its own for whoever asks it to, where everything may be written
            for script in [memory, "exec 3<>/proc/$PPID/mem", "exec 3<>/proc/$PPID/task/$PPID/mem"] {
                let policy = Policy { writable: vec!["/".into()], ..world.policy(level) };
                let outcome = world.run_policy(&policy, script);
                assert_ne!(outcome.code, 0, "{level:?} {}: {script}: {outcome:?}", world.who());
                assert_ne!(outcome.code, 121, "the sandbox itself failed: {outcome:?}");
            }
        }
    }
}

#[test]
fn a_debugger_sees_its_own_processes_and_no_part_of_the_sandbox() {
    for world in worlds() {
        for level in levels() {
            let own = world.attempt(level, "attach-child");
            let expected = if level == SandboxLevel::Full { "allowed" } else { "refused: " };
            assert!(own.stdout.contains(expected), "{level:?} {}: {own:?}", world.who());
            // the guard is its parent, and at level full bubblewrap is the first process
            for attempt in ["attach-parent", "attach 1"] {
                let other = world.attempt(level, attempt);
                assert!(other.stdout.contains("refused: "), "{level:?} {} {attempt}: {other:?}", world.who());
            }
        }
    }
}

#[test]
fn inherited_descriptors_are_closed() {
    for world in worlds() {
        // the shell holds the file open for whatever it starts
        let open = "exec 7>>../outside/kept 8<../secret/key;";
        let bare = world.bare(&format!("{open} cat <&8; echo x >&7"));
        assert_eq!((bare.code, bare.stdout.as_str()), (0, "key"), "works without the sandbox");
        for level in levels().into_iter().chain([SandboxLevel::None]) {
            let script = "ls /proc/self/fd; cat <&8; echo x >&7";
            let outcome = world.run_behind(open, &world.policy(level), script);
            assert_ne!(outcome.code, 0, "{level:?}: {outcome:?}");
            // 3 is what ls reads the folder with
            assert_eq!(outcome.stdout, "0\n1\n2\n3\n", "{level:?}: {outcome:?}");
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

#[test]
fn nothing_outlives_the_command() {
    // of an overlay, the real folder shows nothing
    if in_overlay() {
        return;
    }
    for world in worlds() {
        let held = world.path("root/held");
        let is_free = || fs::File::open(&held).unwrap().try_lock().is_ok();
        let leave = "(setsid sh -c 'exec 9>held; flock 9; echo holding; exec sleep 300' &)";

        let bare = world.bare(
            "(setsid sh -c 'exec 9>held; flock 9; echo $$ > pid; exec sleep 300' > /dev/null 2>&1 &)
            until [ -s pid ]; do :; done; exit 3",
        );
        assert_eq!(bare.code, 3, "{bare:?}");
        assert!(!is_free(), "works without the sandbox");
        assert_eq!(world.bare("kill -KILL $(cat pid) && rm pid").code, 0);

        for level in levels().into_iter().chain([SandboxLevel::None]) {
            // it ends by itself
            let _ = fs::remove_file(&held);
            let outcome = world.run(level, &format!("{leave}; until [ -e held ]; do :; done; exit 3"));
            assert_eq!(outcome.code, 3, "{outcome:?}");
            assert!(is_free(), "{level:?}: outlives the command");
            // it is told to end, and whoever started it is killed
            for how in [Stop::Term, Stop::KillParent] {
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
                assert!(is_free(), "{level:?} {how:?}: outlives");
            }
        }
    }
}

#[test]
fn what_a_command_leaves_behind_meets_no_error_before_it_is_ended() {
    for world in worlds() {
        for level in levels() {
            for _ in 0..5 {
                let busy = "while echo x > /dev/null; do :; done";
                let outcome =
                    world.run(level, &format!("({busy}) & ({busy}) & until echo y > /dev/null; do :; done"));
                assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{level:?} {}", world.who());
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
            let waiting = world.run(level, "grep SigBlk: /proc/self/status").stdout;
            assert_eq!(waiting, "SigBlk:\t0000000000000000\n", "{level:?}");
            assert_eq!(world.run(level, "sleep 300 & kill -TERM $!; wait $!").code, 143, "{level:?}");
        }
    }
}

/// Number of processes beyond the limit that a bomb makes before it ends by itself.
const BEYOND: u64 = 100;

#[test]
fn a_command_that_makes_processes_without_end_is_stopped() {
    use sandbox_linux::tasks::MAX;
    if !levels().contains(&SandboxLevel::Full) {
        return;
    }
    let attempt = format!("make-processes {}", MAX + BEYOND);
    for world in worlds() {
        if world.is_root() {
            let probed = world.probe();
            if probed.gaps.iter().any(|gap| gap.contains("any number of processes")) {
                eprintln!(
                    "SKIPPED: the limit of root's processes: the kernel has none, and the report says so"
                );
                continue;
            }
        }
        let bare = world.attempt_bare(&attempt);
        if !bare.stdout.contains("allowed") {
            eprintln!("SKIPPED: the limit of processes: this machine has a lower one already ({bare:?})");
            continue;
        }
        let confined = world.attempt(SandboxLevel::Full, &attempt);
        let made = confined.stdout.lines().find_map(|line| line.strip_prefix("made ")).unwrap();
        assert!(confined.stdout.contains("refused: Resource temporarily unavailable"), "{confined:?}");
        assert!((MAX - BEYOND..MAX).contains(&made.parse().unwrap()), "up to its limit: {confined:?}");
        // the machine is as it was
        assert_eq!(world.count_attempts(), 0, "they are gone");
        assert_eq!(world.run(SandboxLevel::Full, "(:) && (:)").code, 0, "and another command has room");
    }
}

/// A limit of a command's own processes is no business of a build's.
#[test]
fn there_is_room_for_what_builds_start() {
    let threads = std::thread::available_parallelism().unwrap().get() as u64;
    assert!(sandbox_linux::tasks::MAX > 16 * threads);
    for world in worlds() {
        for level in levels() {
            let outcome = world.attempt(level, "make-processes 500");
            assert!(outcome.stdout.contains("allowed"), "{level:?} {}: {outcome:?}", world.who());
        }
    }
}

pub(crate) fn attempt(name: &str, argument: &str) -> Option<Result<(), Error>> {
    let pid = || argument.parse::<i32>().unwrap();
    Some(match name {
        // signal 0 is sent to nobody, and refused as any other
        "signal" => syscall!(libc::SYS_kill, pid(), 0),
        "signal-thread" => syscall!(libc::SYS_tgkill, pid(), pid(), 0),
        "signal-queued" => {
            // room for what a signal tells besides; a code below 0 is a person's own
            let mut told = [0_i32; 32];
            told[2] = -1;
            syscall!(libc::SYS_rt_sigqueueinfo, pid(), 0, told.as_ptr())
        }
        "signal-by-descriptor" => {
            let process = raw!(libc::SYS_pidfd_open, pid(), 0);
            call(process).and_then(|()| {
                syscall!(libc::SYS_pidfd_send_signal, process, 0, std::ptr::null::<libc::c_void>(), 0)
            })
        }
        "attach-parent" => {
            syscall!(libc::SYS_ptrace, libc::PTRACE_SEIZE, std::os::unix::process::parent_id(), 0, 0)
        }
        "attach-child" => {
            let mut child = Command::new("sleep").arg("300").spawn().unwrap();
            let seized = syscall!(libc::SYS_ptrace, libc::PTRACE_SEIZE, child.id(), 0, 0);
            child.kill().unwrap();
            child.wait().unwrap();
            seized
        }
        "attach" => syscall!(libc::SYS_ptrace, libc::PTRACE_SEIZE, pid(), 0, 0),
        "make-processes" => make_processes(argument.parse().unwrap()),
        _ => return None,
    })
}

/// Makes so many that all live at once, or as many as it may. They end when this process does, or are ended.
fn make_processes(wanted: u64) -> Result<(), Error> {
    // its writing end is this process's alone: when that is gone, each child reads the end
    let (reader, writer) = std::io::pipe().unwrap();
    let mut made = 0;
    let result = loop {
        if made == wanted {
            break Ok(());
        }
        // SAFETY: the child makes system calls alone.
        match unsafe { libc::fork() } {
            0 => {
                raw!(libc::SYS_close, writer.as_raw_fd());
                raw!(libc::SYS_read, reader.as_raw_fd(), [0_u8; 1].as_mut_ptr(), 1);
                // SAFETY: ends the child without running anything of this process's.
                unsafe { libc::_exit(0) };
            }
            -1 => break Err(Error::last_os_error()),
            _ => made += 1,
        }
    };
    println!("\nmade {made}");
    result
}
