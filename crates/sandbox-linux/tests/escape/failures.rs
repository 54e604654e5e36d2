//! Failures of the set-up: nothing is run, and the failure names the thing and the way out.

use crate::world::{Surroundings, World, in_overlay, levels, worlds};
use protocol::SandboxLevel;
use sandbox_linux::{EXIT_FAILED, Failure, Policy};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Script that leaves a file and prints a word, if it is run.
const SCRIPT: &str = "touch ran; echo ran";

/// Runs the command where it is at home, where it works, and then in `place`, where it must not be run and the failure must say all
/// of `told`.
fn check_fails(world: &World, policy: &Policy, place: &Surroundings, told: &[&str]) {
    let ran = world.path("root/ran");
    let home = world.run_policy(&world.policy(policy.level), SCRIPT);
    assert!(home.code == 0 && home.stdout.trim() == "ran", "works elsewhere: {home:?}");
    if !(in_overlay() && policy.level == SandboxLevel::Full) {
        fs::remove_file(&ran).unwrap();
    }

    let outcome = world.run_at(place, policy, SCRIPT);
    let who = world.who();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (EXIT_FAILED, ""), "{who} {place:?}: {outcome:?}");
    assert!(!ran.exists(), "{who} {place:?}: nothing is run");
    let failure =
        Failure::find(&outcome.stderr, &policy.nonce).unwrap_or_else(|| panic!("{place:?}: {outcome:?}"));
    assert!(matches!(failure, Failure::Setup(_)), "{failure:?}");
    for part in told {
        assert!(failure.to_string().contains(part), "{who} {place:?}: {part} in: {failure}");
    }
}

#[test]
fn a_failure_says_so_and_runs_nothing() {
    for world in worlds() {
        for level in levels() {
            let mut policy = world.policy(level);
            policy.writable.push(world.path("absent"));
            check_fails(&world, &policy, &Surroundings::Home, &["absent", "No such file"]);
        }
    }
}

#[test]
fn a_root_that_cannot_be_opened_is_a_failure() {
    for world in worlds().iter().filter(|world| !world.is_root()) {
        let closed = world.path("closed");
        fs::create_dir_all(closed.join("root")).unwrap();
        world.give_all(&closed);
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
        for level in levels() {
            let mut policy = world.policy(level);
            policy.writable.push(closed.join("root"));
            check_fails(world, &policy, &Surroundings::Home, &["closed/root", "Permission denied"]);
        }
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    }
}

#[test]
fn without_bubblewrap_nothing_is_run_at_level_full() {
    check_without_namespaces(
        &Surroundings::WithoutBubblewrap,
        &["bubblewrap is not at", "install the package bubblewrap"],
    );
}

#[test]
fn where_namespaces_are_forbidden_nothing_is_run_at_level_full() {
    let told = ["bubblewrap could not make the namespaces", "user.max_user_namespaces"];
    check_without_namespaces(&Surroundings::WithoutUserNamespaces, &told);
}

/// Level full fails there; the lower one works, is what the probe finds, and its report says why.
fn check_without_namespaces(place: &Surroundings, told: &[&str]) {
    if !levels().contains(&SandboxLevel::Full) {
        return;
    }
    for world in worlds() {
        // of an overlay it is said before bubblewrap is started
        let of_overlay = ["a namespace for it cannot be made", "user.max_user_namespaces"];
        let is_early = in_overlay() && *place == Surroundings::WithoutUserNamespaces;
        let told_by_run = if is_early { &of_overlay } else { told };
        check_fails(&world, &world.policy(SandboxLevel::Full), place, told_by_run);
        let report = world.probe_at(place);
        assert_eq!(report.level, SandboxLevel::Partial, "{place:?} {}: {report:?}", world.who());
        assert!(told.iter().all(|part| report.gaps[0].contains(part)), "{report:?}");
        let partial =
            world.run_at(place, &world.policy(SandboxLevel::Partial), "echo x > mine && ! echo x > ../out");
        assert_eq!(partial.code, 0, "{place:?} {}: {partial:?}", world.who());
    }
}

#[test]
fn a_probe_of_overlays_leaves_nothing_behind() {
    for world in worlds() {
        let folder = world.path("probes");
        std::fs::create_dir(&folder).unwrap();
        world.give(&folder);
        let report = world.probe_in(&folder);
        if let Some(why) = &report.no_overlay {
            eprintln!("SKIPPED: what a probe of overlays leaves behind, {}: {why}", world.who());
        }
        let left: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
        assert!(left.is_empty(), "{}: {left:?}", world.who());
    }
}

#[test]
fn where_the_kernel_lacks_a_layer_nothing_is_run_at_all() {
    for (call, errno, told) in [
        (libc::SYS_landlock_create_ruleset, libc::ENOSYS, "landlock"),
        (libc::SYS_landlock_restrict_self, libc::EPERM, "landlock"),
        (libc::SYS_seccomp, libc::ENOSYS, "seccomp"),
    ] {
        let place = Surroundings::Refusing(call, errno);
        for world in worlds() {
            for level in levels() {
                check_fails(&world, &world.policy(level), &place, &[told]);
            }
            let report = world.probe_at(&place);
            assert_eq!(report.level, SandboxLevel::None, "{place:?} {}: {report:?}", world.who());
            assert!(report.gaps.iter().any(|gap| gap.contains("cannot be contained")), "{report:?}");
        }
    }
}
