//! Ends of commands: those they leave behind, time limits, signals.

use super::*;

/// Runs a script that leaves a grandchild holding the pipes, and checks that it is gone when the run has ended.
fn check_grandchild(
    world: &World,
    sandbox: SandboxPolicy,
    tail: &str,
    timeout_ms: u64,
    cancel: &CancellationToken,
) -> ExecOutcome {
    let alive = world.path("project/alive");
    for file in ["alive", "held"] {
        let _ = fs::remove_file(world.path("project").join(file));
    }
    let path = alive.display();
    // a grandchild in a session of its own, that holds a lock for as long as it lives
    let script = format!(
        "setsid sh -c 'exec 9>{path}; flock 9; echo holding; echo x > held; exec sleep 300' & {tail}"
    );
    let mut request = world.request(&script, sandbox);
    request.timeout_ms = timeout_ms;
    let started = Instant::now();
    let outcome = wait(world.executor.run(&request, cancel.clone(), |_, text| {
        if text.contains("holding") && tail.contains("cancelled") {
            cancel.cancel();
        }
    }));
    assert!(started.elapsed() < Duration::from_secs(10), "{outcome:?}");
    assert!(outcome.output.contains("holding"), "{outcome:?}");
    let lock = fs::File::open(&alive).unwrap();
    assert!(lock.try_lock().is_ok(), "the grandchild still lives: {outcome:?}");
    outcome
}

#[test]
fn b18_grandchildren_end_with_the_command_its_time_and_its_cancelling() {
    let world = World::new();
    if world.executor.shared.setup.helper.is_none() {
        eprintln!("SKIPPED: grandchildren: there is no helper");
        return;
    }
    let mut policies = vec![free()];
    if world.is_contained(SandboxLevel::Partial, "grandchildren of contained commands") {
        policies.push(SandboxPolicy::workspace_write());
    }
    for policy in policies {
        let never = CancellationToken::new();
        let until_held = "until [ -s held ]; do sleep 0.01; done; exit 3";
        let outcome = check_grandchild(&world, policy.clone(), until_held, 20_000, &never);
        assert_eq!(outcome.end.ended_by, EndedBy::Exited { code: 3 });
        let outcome = check_grandchild(&world, policy.clone(), "sleep 300", 1_000, &never);
        assert_eq!(outcome.end.ended_by, EndedBy::TimedOut { after_ms: 1_000 });
        assert!(outcome.end.duration_ms >= 1_000);
        let outcome =
            check_grandchild(&world, policy, "sleep 300 # cancelled", 60_000, &CancellationToken::new());
        assert_eq!(outcome.end.ended_by, EndedBy::Interrupted);
    }
}

#[test]
fn b18_without_the_helper_the_process_group_is_ended() {
    let world = World::with(|setup| setup.helper = None);
    let started = Instant::now();
    let outcome = world
        .run("(exec 9>held; flock 9; echo holding; exec sleep 300) & until [ -e held ]; do :; done", free());
    assert!(started.elapsed() < Duration::from_secs(10), "{outcome:?}");
    assert_eq!(outcome.end.ended_by, EndedBy::Exited { code: 0 });
    assert!(
        fs::File::open(world.path("project/held")).unwrap().try_lock().is_ok(),
        "the grandchild still lives"
    );
}

#[test]
fn b18_a_command_is_asked_to_end_and_cleans_up_before_it_is_killed() {
    let mut worlds = vec![(World::with(|setup| setup.helper = None), free()), (World::new(), free())];
    for level in [SandboxLevel::Partial, SandboxLevel::Full] {
        let world = World::new();
        if world.is_contained(level, "asking contained commands to end") {
            worlds.push((world.limited_to(level), SandboxPolicy::workspace_write()));
        }
    }
    for (world, policy) in worlds {
        // as git does with its lock, in a process that the command has started
        let script = "sh -c 'trap \"rm index.lock; exit 1\" TERM; touch index.lock; sleep 300 & wait'; true";
        let mut request = world.request(script, policy.clone());
        request.timeout_ms = 1_000;
        let outcome = world.run_request(&request);
        assert_eq!(outcome.end.ended_by, EndedBy::TimedOut { after_ms: 1_000 }, "{policy:?}");
        assert!(!world.path("project/index.lock").exists(), "{policy:?}: {outcome:?}");
    }
}

#[test]
fn b18_what_a_command_leaves_running_is_ended_and_named_with_the_way_out() {
    let world = World::new();
    if world.executor.shared.setup.helper.is_none() {
        eprintln!("SKIPPED: programs that are left running: there is no helper");
        return;
    }
    let mut policies = vec![free()];
    if world.is_contained(SandboxLevel::Partial, "programs that contained commands leave running") {
        policies.extend([SandboxPolicy::workspace_write(), SandboxPolicy::read_only()]);
    }
    for policy in policies {
        let outcome = world.run(
            "nohup sleep 300 > /dev/null 2>&1 & until grep -q sleep /proc/$!/comm; do :; done; echo started",
            policy.clone(),
        );
        assert_eq!(outcome.end.ended_by, EndedBy::Exited { code: 0 }, "{outcome:?}");
        for text in [&outcome.output, &outcome.model_output] {
            assert!(text.contains("started\n[still running when the command ended"), "{policy:?}: {text}");
            assert!(text.contains(" sleep") && text.contains("background: true"), "{policy:?}: {text}");
        }
        let outcome = world.run("sleep 0.01 & wait; echo done", policy.clone());
        assert_eq!(outcome.output, "done\n", "{policy:?}: who waits for all has left nothing");
    }
}

#[test]
fn a_command_that_ignores_sigterm_ends_all_the_same() {
    let world = World::with(|setup| setup.helper = None);
    let mut request = world.request("trap '' TERM; echo up; while :; do sleep 1; done", free());
    request.timeout_ms = 300;
    let outcome = world.run_request(&request);
    assert_eq!(outcome.end.ended_by, EndedBy::TimedOut { after_ms: 300 });
    assert!(outcome.end.duration_ms < 3_000, "{outcome:?}");
}
