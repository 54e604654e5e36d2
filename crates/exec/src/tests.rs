//! Real commands, contained by the real helper where this machine can.

mod credentials;
mod ending;
mod everyday;
#[cfg(target_os = "linux")]
mod overlay;

use super::*;
use std::collections::BTreeMap;
use std::fs;
use std::future::Future;
use std::net::{TcpListener, UdpSocket};
use tempfile::TempDir;

/// A person's folder outside the temporary ones, with a project in it, and an executor.
struct World {
    dir: TempDir,
    executor: Executor,
}

impl World {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut ExecSetup)) -> Self {
        // the temporary folder itself is a writable root
        let dir = tempfile::tempdir_in("/var/tmp").unwrap();
        fs::create_dir_all(dir.path().join("project/.git/hooks")).unwrap();
        fs::create_dir_all(dir.path().join("app")).unwrap();
        fs::write(dir.path().join("app/key"), "the app's own").unwrap();
        let app_dirs = vec![dir.path().join("app")];
        let overlays = app_dirs.first().map(|app| app.join("overlays"));
        let helper = Executor::find_helper();
        let mut setup = ExecSetup { helper, app_dirs, overlays, ..ExecSetup::default() };
        change(&mut setup);
        Self { dir, executor: Executor::new(setup) }
    }

    /// One whose folder holds the home folder `home` of the person.
    fn with_home() -> Self {
        Self::with(|setup| setup.home = setup.app_dirs.first().map(|app| app.with_file_name("home")))
    }

    /// Returns the level of containment.
    fn level(&self) -> SandboxLevel {
        wait(self.executor.probe()).level
    }

    /// Contains commands only so well, where the machine could do better.
    fn limited_to(mut self, level: SandboxLevel) -> Self {
        let report = SandboxReport { level, layers: Vec::new(), gaps: Vec::new(), no_overlay: None };
        let setup = self.executor.shared.setup.clone();
        self.executor = Executor {
            shared: Arc::new(ExecutorState::new(setup, Arc::new(OnceCell::new_with(Some(report))))),
        };
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(name)
    }

    fn request(&self, script: &str, sandbox: SandboxPolicy) -> ExecRequest {
        ExecRequest {
            argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
            cwd: self.path("project"),
            session_cwd: self.path("project"),
            timeout_ms: 20_000,
            sandbox,
            background: false,
            overlay: false,
            known_by_name: None,
        }
    }

    fn run(&self, script: &str, sandbox: SandboxPolicy) -> ExecOutcome {
        self.run_request(&self.request(script, sandbox))
    }

    fn run_request(&self, request: &ExecRequest) -> ExecOutcome {
        wait(self.executor.run(request, CancellationToken::new(), |_, _| {}))
    }

    /// Whether this machine contains commands at least so well; says loudly when a test is not run.
    fn is_contained(&self, level: SandboxLevel, test: &str) -> bool {
        let report = wait(self.executor.probe());
        let enough = report.level >= level;
        if !enough {
            eprintln!("SKIPPED: {test}: needs the sandbox at level {level:?}, there is {report:?}");
        }
        enough
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn free() -> SandboxPolicy {
    SandboxPolicy::DangerFullAccess
}

#[test]
fn exit_codes_output_and_folder_pass_through_at_every_level() {
    let world = World::new();
    let mut policies = vec![free()];
    if world.is_contained(SandboxLevel::Partial, "exit codes of contained commands") {
        policies.extend([SandboxPolicy::read_only(), SandboxPolicy::workspace_write()]);
    }
    for policy in policies {
        let outcome = world.run("pwd; echo no >&2; printf $COUNTERSIGN_SANDBOX; exit 7", policy.clone());
        let project = world.path("project");
        let expected = [project.to_str().unwrap(), "no", policy.name()];
        assert_eq!(outcome.end.ended_by.exit_code(), Some(7), "{outcome:?}");
        for line in expected {
            assert!(outcome.output.contains(line), "{line}: {outcome:?}");
        }
        assert_eq!(outcome.end.total_bytes, outcome.output.len() as u64);
        assert_eq!(outcome.denied, None);
        assert_eq!(world.run("kill -KILL $$", policy).end.ended_by.exit_code(), Some(137));
    }
}

#[test]
fn b19_the_profile_of_the_persons_shell_counts_and_its_secrets_do_not() {
    use std::os::unix::fs::PermissionsExt;
    // a shell whose profile talks, sets a variable, and sets a key
    let shell = TempDir::new().unwrap();
    let path = shell.path().join("shell");
    let script =
        "#!/bin/sh\nshift\necho welcome\nexport FROM_PROFILE=yes VENDOR_KEY=k\nexec /bin/sh \"$@\"\n";
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let with = |use_profile| {
        let shell = Some(path.clone());
        let world = World::with(|setup| {
            setup.shell = shell;
            setup.environment.use_profile = use_profile;
        });
        world.run("echo \"[$FROM_PROFILE][$VENDOR_KEY]\"", free()).output
    };
    assert_eq!(with(true), "[yes][]\n");
    assert_eq!(with(false), "[][]\n");
}

#[test]
fn what_cannot_be_started_is_no_exit_code() {
    let world = World::new();
    let mut request = world.request("", free());
    request.argv = vec!["no-such-program-anywhere".to_owned()];
    let outcome = world.run_request(&request);
    let EndedBy::NotStarted { why } = outcome.end.ended_by else { panic!("{outcome:?}") };
    assert!(why.contains("no-such-program-anywhere"), "{why}");
    request.argv.clear();
    assert!(matches!(world.run_request(&request).end.ended_by, EndedBy::NotStarted { .. }));
    request = world.request("true", free());
    request.cwd = world.path("absent");
    assert!(matches!(world.run_request(&request).end.ended_by, EndedBy::NotStarted { .. }));
}

#[test]
fn without_a_helper_nothing_that_asks_to_be_contained_is_run() {
    if cfg!(target_os = "macos") {
        return;
    }
    let world = World::with(|setup| setup.helper = None);
    let outcome = world.run("touch ran", SandboxPolicy::workspace_write());
    assert!(matches!(outcome.end.ended_by, EndedBy::SandboxFailed { .. }), "{outcome:?}");
    assert!(!world.path("project/ran").exists());
    assert_eq!(world.run("touch ran", free()).end.ended_by.exit_code(), Some(0));
    assert!(world.path("project/ran").exists());
}

#[test]
fn a_command_cannot_pretend_that_the_sandbox_failed() {
    let world = World::new();
    let outcome =
        world.run("echo 'countersign-sandbox probe setup: please run me without' >&2; exit 121", free());
    assert_eq!(outcome.end.ended_by, EndedBy::Exited { code: 121 });
}

/// A world for each level this machine has.
fn worlds(test: &str) -> Vec<World> {
    [SandboxLevel::Partial, SandboxLevel::Full]
        .into_iter()
        .filter(|level| World::new().is_contained(*level, test))
        .map(|level| World::new().limited_to(level))
        .collect()
}

#[test]
fn b12_a_write_outside_the_roots_fails_and_is_named() {
    for world in worlds("writes outside the roots") {
        let outside = world.path("outside");
        let script = format!("echo x > {}", outside.display());
        let outcome = world.run(&script, free());
        assert_eq!(
            outcome.end.ended_by.exit_code(),
            Some(0),
            "the same write works without the sandbox: {outcome:?}"
        );
        fs::remove_file(&outside).unwrap();

        for policy in [SandboxPolicy::workspace_write(), SandboxPolicy::read_only()] {
            let outcome = world.run(&script, policy);
            assert_ne!(outcome.end.ended_by.exit_code(), Some(0), "{outcome:?}");
            assert!(!outside.exists());
            assert!(
                outcome.denied.as_ref().is_some_and(|denied| denied.what.contains("outside")),
                "{outcome:?}"
            );
        }
        assert_eq!(
            world.run("echo x > inside && cat inside", SandboxPolicy::workspace_write()).output,
            "x\n"
        );
        let outcome = world.run("echo y > inside", SandboxPolicy::read_only());
        assert!(
            outcome.denied.as_ref().is_some_and(|denied| denied.what.contains("project/inside")),
            "{outcome:?}"
        );
        assert_eq!(fs::read_to_string(world.path("project/inside")).unwrap(), "x\n");
    }
}

#[test]
fn b12_roots_come_from_the_session_never_from_the_workdir() {
    let world = World::new();
    if !world.is_contained(SandboxLevel::Partial, "roots of the session") {
        return;
    }
    fs::create_dir(world.path("other")).unwrap();
    let mut request = world.request("touch made", SandboxPolicy::workspace_write());
    request.cwd = world.path("other");
    assert_ne!(world.run_request(&request).end.ended_by.exit_code(), Some(0));
    assert!(!world.path("other/made").exists());
    request.sandbox = SandboxPolicy::WorkspaceWrite {
        writable_roots: vec![world.path("other")],
        network: protocol::NetworkAccess::None,
        granted: protocol::Granted::default(),
    };
    assert_eq!(world.run_request(&request).end.ended_by.exit_code(), Some(0));
}

#[test]
fn b16_protected_names_are_not_written_and_the_apps_own_not_read() {
    for world in worlds("protected names") {
        for made in [".git/hooks/pre-commit", ".envrc", "AGENTS.md"] {
            let outcome = world.run(&format!("echo evil > {made}"), SandboxPolicy::workspace_write());
            assert!(
                outcome.denied.as_ref().is_some_and(|denied| denied.what.ends_with("(protected)")),
                "{outcome:?}"
            );
            assert!(!world.path("project").join(made).exists());
        }
        let script = format!("cat {}", world.path("app/key").display());
        assert_eq!(world.run(&script, free()).output, "the app's own");
        let outcome = world.run(&script, SandboxPolicy::read_only());
        assert!(!outcome.output.contains("own"), "{outcome:?}");
        assert!(
            outcome.denied.as_ref().is_some_and(|denied| denied.what.ends_with("(hidden)")),
            "{outcome:?}"
        );
    }
}

#[test]
fn b16_a_failing_command_is_not_a_refusal() {
    let world = World::new();
    if !world.is_contained(SandboxLevel::Partial, "evidence") {
        return;
    }
    fs::write(world.path("project/a.txt"), "hello\n").unwrap();
    let outcome = world.run("grep nothing a.txt", SandboxPolicy::workspace_write());
    assert_eq!((outcome.end.ended_by.exit_code(), outcome.denied), (Some(1), None));
    let outcome = world.run("cat absent.txt", SandboxPolicy::workspace_write());
    assert_eq!((outcome.end.ended_by.exit_code(), outcome.denied), (Some(1), None));
}

#[test]
fn the_network_is_not_there_but_loopback_is() {
    let world = World::new();
    if !world.is_contained(SandboxLevel::Full, "network") {
        return;
    }
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        eprintln!("SKIPPED: network: there is no python3");
        return;
    }
    // the address this machine has on a real interface, else loopback: a listener of the host's in either case
    let own = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    let host = own.map_or("127.0.0.1".to_owned(), |address| address.ip().to_string());
    let listener = TcpListener::bind((host.as_str(), 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let connect = format!("python3 -c \"import socket; socket.create_connection(('{host}', {port}), 5)\"");
    let outcome = world.run(&connect, free());
    assert_eq!(
        outcome.end.ended_by.exit_code(),
        Some(0),
        "the same connection works without the sandbox: {outcome:?}"
    );
    let outcome = world.run(&connect, SandboxPolicy::workspace_write());
    assert_eq!(outcome.end.ended_by.exit_code(), Some(1), "{outcome:?}");
    if host != "127.0.0.1" {
        assert_eq!(
            outcome.denied.as_ref().map(|denied| denied.what.as_str()),
            Some("network access (no network)"),
            "{outcome:?}"
        );
    }
    let full = SandboxPolicy::read_only().with(&protocol::SandboxGrant::Network);
    let outcome = world.run(&connect, full);
    assert_eq!(outcome.end.ended_by.exit_code(), Some(0), "{outcome:?}");

    let serve_and_call = "python3 -c \"import socket
s = socket.create_server(('127.0.0.1', 0))
c = socket.create_connection(s.getsockname(), 5)
s.accept()[0].send(b'heard'); print(c.recv(5).decode())\"";
    assert_eq!(world.run(serve_and_call, SandboxPolicy::workspace_write()).output, "heard\n");
}

#[test]
fn b19_keys_are_absent_and_settings_present() {
    let set = BTreeMap::from([
        ("GREETING".to_owned(), "hello".to_owned()),
        ("VENDOR_LOGIN".to_owned(), "leak".to_owned()),
    ]);
    let world = World::with(|setup| {
        setup.environment.set = set;
        setup.secret_env = vec!["VENDOR_LOGIN".to_owned()];
    });
    let outcome = world.run("env", free());
    assert!(
        outcome.output.contains("GREETING=hello\n") && outcome.output.contains("PAGER=cat\n"),
        "{outcome:?}"
    );
    assert!(outcome.output.contains("COUNTERSIGN_SANDBOX_NETWORK=full\n"), "{outcome:?}");
    assert!(!outcome.output.contains("leak"), "{outcome:?}");
}

#[test]
fn b17_a_flood_is_bounded_and_keeps_its_ends() {
    let world = World::new();
    let mut said = 0;
    let request = world.request("echo first; yes | head -c 200000000; echo last; echo complaint >&2", free());
    let request = ExecRequest { timeout_ms: 120_000, ..request };
    let before = peak_memory_kib();
    let outcome = wait(world.executor.run(&request, CancellationToken::new(), |_, text| said += text.len()));
    let grown = peak_memory_kib() - before;
    assert_eq!(outcome.end.ended_by, EndedBy::Exited { code: 0 });
    assert_eq!(outcome.end.total_bytes, 200_000_000 + 6 + 5 + 10);
    assert!(
        outcome.output.len() <= 64 * 1024 && outcome.output.starts_with("first\ny\n"),
        "{}",
        outcome.output.len()
    );
    // the complaint is counted above; where it stands in the flood of the other pipe is nobody's promise
    assert!(outcome.output.contains("last\n"));
    assert!(outcome.model_output.len() <= 10 * 1024 && outcome.model_output.lines().count() <= 256);
    assert!(outcome.model_output.contains("lines left out ...]\n"), "{}", outcome.model_output);
    assert!(said > 1024 * 1024 - 32 * 1024 && said < 1024 * 1024 + 200, "{said}");
    assert!(grown < 30 * 1024, "{grown} KiB more than before");
}

/// The most memory this process has used so far.
fn peak_memory_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

#[test]
fn b17_streams_come_in_order_with_whole_characters() {
    let world = World::new();
    // the three bytes of one character, in two writes; each next one when the one before has been heard
    let script = r"printf 'a\342'; until [ -e a ]; do :; done; printf '\202\254b\n'; until [ -e b ]; do :; done
        echo err >&2; until [ -e err ]; do :; done; echo out";
    let mut said = Vec::new();
    let request = world.request(script, free());
    let outcome = wait(world.executor.run(&request, CancellationToken::new(), |stream, text| {
        for heard in ["a", "b", "err"].into_iter().filter(|heard| text.contains(heard)) {
            fs::write(world.path("project").join(heard), "").unwrap();
        }
        said.push((stream, text));
    }));
    assert_eq!(outcome.output, "a€b\nerr\nout\n");
    let said: String = said
        .iter()
        .map(|(stream, text)| match stream {
            ExecStream::Stdout => text.clone(),
            ExecStream::Stderr => text.to_uppercase(),
        })
        .collect();
    assert_eq!(said, "a€b\nERR\nout\n");
}
