//! Needs of everyday tools, and what is told when they need more than the sandbox gives.

use super::*;
use protocol::{Denial, DenialKind, SandboxGrant};

/// Runs a script that fails, and returns what the sandbox is said to have refused.
fn refused(world: &World, script: &str) -> Option<Denial> {
    let outcome = world.run(script, SandboxPolicy::workspace_write());
    assert_ne!(outcome.end.ended_by.exit_code(), Some(0), "{script}: {outcome:?}");
    let told = outcome.model_output.contains("[the sandbox refused: ");
    assert_eq!(told, outcome.denied.is_some(), "the model is told as well: {outcome:?}");
    outcome.denied
}

#[test]
fn b12_where_the_home_folder_is_the_project_what_runs_later_is_protected() {
    if !World::new().is_contained(SandboxLevel::Partial, "the home folder as project") {
        return;
    }
    for level in [SandboxLevel::Partial, SandboxLevel::Full] {
        let world =
            World::with(|setup| setup.home = setup.app_dirs.first().map(|app| app.with_file_name("project")));
        if world.level() < level {
            continue;
        }
        let world = world.limited_to(level);
        fs::create_dir_all(world.path("project/.config/systemd/user")).unwrap();
        fs::write(world.path("project/.xprofile"), "mine").unwrap();
        let worked =
            "mkdir -p .config/some-app notes && echo x > notes/list && echo x > .config/some-app/file";
        assert_eq!(world.run(worked, SandboxPolicy::workspace_write()).end.ended_by.exit_code(), Some(0));
        for script in [
            "mkdir -p .config/autostart",
            "mkdir -p .local/bin && echo x > .local/bin/ls",
            "echo x > .config/systemd/user/x.service",
            "echo x >> .xprofile",
            "rm .xprofile",
            "echo x > .zlogin",
            "mkdir plain && mv plain bin",
            "ln -s notes .config/autostart",
        ] {
            let outcome = world.run(script, SandboxPolicy::workspace_write());
            assert_ne!(outcome.end.ended_by.exit_code(), Some(0), "{level:?}: {script}: {outcome:?}");
        }
        assert_eq!(fs::read_to_string(world.path("project/.xprofile")).unwrap(), "mine");
        assert!(!world.path("project/.config/autostart").exists());
    }
}

#[test]
fn b16_what_was_refused_without_words_is_told_by_the_gate_and_other_words_are_a_reason_of_their_own() {
    for world in worlds("refusals without words") {
        let outside = world.path("outside");
        let write = format!("(echo x > {}) 2> /dev/null", outside.display());
        let what = format!("write to {} (read-only)", outside.display());
        let denial = refused(&world, &format!("{write}; exit 3")).unwrap();
        assert_eq!((denial.what, denial.kind), (what.clone(), DenialKind::Write));
        // the errno in one line, something else in the others
        let lines = "echo 'tool error code EROFS' >&2; echo 'tool error syscall open' >&2; exit 1";
        assert_eq!(refused(&world, &format!("{write}; {lines}")).unwrap().what, what);
        // where everything is printed in one place
        let denial = refused(&world, &format!("echo x 2>&1 > {}; exit 1", outside.display())).unwrap();
        assert_eq!((denial.path.as_deref(), denial.kind), (Some(outside.as_path()), DenialKind::Write));
        assert_eq!(refused(&world, &format!("{write}; echo 'assertion failed' >&2; exit 1")), None);
        assert_eq!(refused(&world, "exit 1"), None);
    }
}

#[test]
fn b16_a_call_beyond_the_network_is_told_by_the_gate() {
    if !World::new().is_contained(SandboxLevel::Full, "calls beyond the network") {
        return;
    }
    let world = World::new();
    let denial = refused(&world, "bash -c 'exec 3<>/dev/tcp/192.0.2.1/443' 2> /dev/null; exit 1").unwrap();
    assert_eq!(
        (denial.kind, denial.offer, denial.what.as_str()),
        (DenialKind::Network, Some(SandboxGrant::Network), "network access to 192.0.2.1:443 (no network)")
    );
}

#[test]
fn b16_a_cache_is_offered_as_a_whole_though_it_is_not_there_yet_and_works_when_allowed() {
    if !World::with_home().is_contained(SandboxLevel::Full, "caches") {
        return;
    }
    let world = World::with_home();
    fs::create_dir_all(world.path("home/.cache")).unwrap();
    fs::create_dir(world.path("home/go")).unwrap();
    for (use_cache, cache) in [
        ("mkdir -p H/.npm/_cacache/tmp && echo x > H/.npm/_cacache/tmp/a", "home/.npm"),
        ("mkdir -p H/.cargo/registry/index && echo x > H/.cargo/.package-cache", "home/.cargo"),
        ("mkdir -p H/.cache/pip/http", "home/.cache/pip"),
        ("mkdir -p H/go/pkg/mod/cache", "home/go/pkg"),
    ] {
        let script = use_cache.replace('H', world.path("home").to_str().unwrap());
        let denial = refused(&world, &script).unwrap_or_else(|| panic!("{script}"));
        assert!(denial.what.contains(" cache)"), "{denial:?}");
        let grant = denial.offer.unwrap();
        assert_eq!(grant, SandboxGrant::Write { path: world.path(cache) });
        let allowed = world.run(&script, SandboxPolicy::workspace_write().with(&grant));
        assert_eq!(allowed.end.ended_by.exit_code(), Some(0), "{script}: {allowed:?}");
    }
    // what steers the tool or is run by name is no part of its cache
    let cargo = SandboxGrant::Write { path: world.path("home/.cargo") };
    for file in ["config.toml", "bin/ls", "env"] {
        let script = format!("cd {} && mkdir -p bin && echo x > {file}", world.path("home/.cargo").display());
        let outcome = world.run(&script, SandboxPolicy::workspace_write().with(&cargo));
        assert_ne!(outcome.end.ended_by.exit_code(), Some(0), "{file}: {outcome:?}");
    }
}

#[test]
fn b16_a_member_of_a_workspace_is_offered_the_workspace() {
    for world in worlds("members of workspaces") {
        for (root, mark, member) in [
            ("Cargo.toml", "[workspace]\nmembers = [\"*\"]\n", "Cargo.toml"),
            ("package.json", "{\"workspaces\": [\"*\"]}", "package.json"),
        ] {
            let workspace = world.path("workspace");
            fs::create_dir_all(workspace.join("member")).unwrap();
            fs::write(workspace.join(root), mark).unwrap();
            fs::write(workspace.join("member").join(member), "").unwrap();
            let mut request = world.request("mkdir ../target", SandboxPolicy::workspace_write());
            request.session_cwd = workspace.join("member");
            request.cwd.clone_from(&request.session_cwd);
            let denial = world.run_request(&request).denied.unwrap();
            assert_eq!(denial.offer, Some(SandboxGrant::Write { path: workspace.clone() }), "{root}");
            fs::remove_dir_all(workspace).unwrap();
        }
    }
}

#[test]
fn b16_root_is_told_why_it_may_not_write_the_files_of_others() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: root in the sandbox: the tests run as somebody else");
        return;
    }
    for world in worlds("root in the sandbox") {
        let folder = world.path("project/theirs");
        fs::create_dir(&folder).unwrap();
        std::os::unix::fs::chown(&folder, Some(1000), Some(1000)).unwrap();
        let denial = refused(&world, "touch theirs/file").unwrap();
        assert!(denial.what.contains("belongs to user 1000"), "{denial:?}");
        // an archive made by somebody else is unpacked all the same
        let script =
            "tar --owner=1234 --group=1234 -cf a.tar -C / etc/hostname && mkdir out && tar -xf a.tar -C out";
        let unpacked = world.run(script, SandboxPolicy::workspace_write());
        assert_eq!(unpacked.end.ended_by.exit_code(), Some(0), "{unpacked:?}");
    }
}
