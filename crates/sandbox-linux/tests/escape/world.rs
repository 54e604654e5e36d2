//! A folder with a writable root, something outside of it and a secret, and ways to run commands there.

use protocol::{NetworkAccess, SandboxLevel, SandboxReport};
use sandbox_linux::filter::{CallAction, Filter};
use sandbox_linux::{OverlayMount, Policy};
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// Reports whether writable roots are overlays: in the program that holds the whole suite once more. Where this machine has none, they
/// are what they are elsewhere.
pub(crate) fn in_overlay() -> bool {
    static HAS: LazyLock<bool> = LazyLock::new(|| match World::new(None).probe().no_overlay {
        Some(why) => {
            eprintln!("SKIPPED: escapes from overlays: {why}");
            false
        }
        None => true,
    });
    env!("CARGO_CRATE_NAME") == "escape_in_overlay" && *HAS
}

/// Set for the program that runs on an isolated copy.
const ON_COPY: &str = "COUNTERSIGN_ESCAPE_ON_COPY";

/// Nobody in particular.
const ORDINARY: u32 = 65_534;

/// The helper that is tried: the one named, else cargo's own.
static HELPER: LazyLock<PathBuf> = LazyLock::new(|| {
    let named = std::env::var_os("COUNTERSIGN_SANDBOX_HELPER");
    named.map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_countersign-sandbox")), PathBuf::from)
});

/// Result of a command.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Way of stopping a running command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The helper is asked to end.
    Term,
    /// Whoever started the helper is killed.
    KillParent,
}

/// Surroundings the helper runs in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Surroundings {
    /// The test's own.
    Home,
    /// A system without bubblewrap.
    WithoutBubblewrap,
    /// A system where no more user namespaces can be made.
    WithoutUserNamespaces,
    /// On a kernel that answers this call with this error.
    Refusing(i64, i32),
}

/// Runs `script` bare, where it must work, and then confined at each level, where it must fail. `undo` makes it possible again.
pub(crate) fn check_refused(script: &str, only: Option<SandboxLevel>, undo: impl Fn(&World)) {
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

/// Makes an attempt bare, where it must be allowed, and then confined at the levels from `from` on, where it must be refused. `undo`
/// makes it possible again.
pub(crate) fn check_attempt(world: &World, attempt: &str, from: SandboxLevel, undo: impl Fn(&World)) {
    undo(world);
    let bare = world.attempt_bare(attempt);
    let who = world.who();
    assert!(bare.stdout.contains("allowed"), "works without the sandbox: {who} {attempt}: {bare:?}");
    for level in levels().into_iter().filter(|level| *level >= from) {
        undo(world);
        let confined = world.attempt(level, attempt);
        assert!(confined.stdout.contains("refused: "), "{level:?} {who}: {attempt}: {confined:?}");
    }
}

/// The levels this machine has; says loudly which it has not.
pub(crate) fn levels() -> Vec<SandboxLevel> {
    static REPORT: LazyLock<SandboxReport> = LazyLock::new(|| {
        let output = Command::new(&*HELPER).arg("--probe").output().unwrap();
        let report: SandboxReport = serde_json::from_slice(&output.stdout).unwrap();
        if report.level < SandboxLevel::Full {
            eprintln!("SKIPPED: escapes at level full: {}", report.gaps.join("; "));
        }
        report
    });
    [SandboxLevel::Partial, SandboxLevel::Full].into_iter().filter(|level| *level <= REPORT.level).collect()
}

/// Reports whether this is the program that runs the suite on an isolated copy, before it has started itself there.
fn is_before_copy() -> bool {
    env!("CARGO_CRATE_NAME") == "escape_in_copy" && std::env::var_os(ON_COPY).is_none()
}

/// Has this program run its tests once more where the folder that they work in is a view, as sessions on isolated copies have it.
pub(crate) fn run_suite_on_copy() {
    if !is_before_copy() {
        return;
    }
    // in the namespace of a copy nobody else has files
    let user = rustix::process::getuid().is_root().then_some(ORDINARY);
    if user.is_some() && Command::new("setpriv").arg("--version").output().is_err() {
        eprintln!("SKIPPED: escapes from isolated copies: there is no setpriv");
        return;
    }
    let world = World::new(user);
    if let Some(why) = world.probe().no_overlay {
        eprintln!("SKIPPED: escapes from isolated copies: {why}");
        return;
    }
    let views = serde_json::to_string(&[world.overlay()]).unwrap();
    let mut command = world.as_user(&world.helper);
    command.args(["--view", &views, "--"]).arg(&world.attempts).current_dir("/");
    command.env(ON_COPY, "1").env("TMPDIR", world.path("root")).env("COUNTERSIGN_SANDBOX_HELPER", &world.helper);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.lines().filter(|line| line.ends_with("... ok")).count() > 30, "{said}");
}

/// A world for whoever runs the tests, and one for an ordinary user where that is root.
pub(crate) fn worlds() -> Vec<World> {
    if is_before_copy() {
        return Vec::new();
    }
    let mut worlds = vec![World::new(None)];
    if rustix::process::getuid().is_root() {
        if Command::new("setpriv").arg("--version").output().is_ok() {
            worlds.push(World::new(Some(ORDINARY)));
        } else {
            eprintln!("SKIPPED: escapes of an ordinary user: there is no setpriv");
        }
    }
    worlds
}

pub(crate) struct World {
    dir: TempDir,
    user: Option<u32>,
    /// The helper and this test, where an ordinary user can run them.
    helper: PathBuf,
    attempts: PathBuf,
}

impl World {
    pub(crate) fn new(user: Option<u32>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for folder in ["root", "outside", "secret"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        for (file, text) in [("root/mine", "mine"), ("outside/kept", "kept"), ("secret/key", "key")] {
            fs::write(dir.path().join(file), text).unwrap();
        }
        let (mut helper, mut attempts) = (HELPER.clone(), std::env::current_exe().unwrap());
        if user.is_some() {
            // the build's folder may be closed to everybody else
            for program in [&mut helper, &mut attempts] {
                let copy = dir.path().join(program.file_name().unwrap());
                // by another process: this one has threads that start programs, which would hold the copy open for writing
                assert!(Command::new("cp").arg(&*program).arg(&copy).status().unwrap().success());
                *program = copy;
            }
        }
        let world = Self { dir, user, helper, attempts };
        world.give_all(&world.path(""));
        world
    }

    pub(crate) fn who(&self) -> String {
        self.user.map_or("self".to_owned(), |user| format!("user {user}"))
    }

    pub(crate) fn is_root(&self) -> bool {
        self.user.is_none() && rustix::process::getuid().is_root()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(name)
    }

    /// Makes a path the world's user's own.
    pub(crate) fn give(&self, path: &Path) {
        if let Some(user) = self.user {
            chown(path, Some(user), Some(user)).unwrap();
        }
    }

    pub(crate) fn give_all(&self, path: &Path) {
        self.give(path);
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                self.give_all(&entry.unwrap().path());
            }
        }
    }

    pub(crate) fn policy(&self, level: SandboxLevel) -> Policy {
        Policy {
            level,
            cwd: self.path("root"),
            writable: vec![self.path("root")],
            temporary: Vec::new(),
            protected_names: [".git", ".envrc", ".vscode", "AGENTS.md"].map(str::to_owned).to_vec(),
            protected_paths: Vec::new(),
            hidden: vec![self.path("secret")],
            readable: Vec::new(),
            network: NetworkAccess::None,
            network_holder: None,
            stdio: None,
            overlays: if level == SandboxLevel::Full && in_overlay() {
                vec![self.overlay()]
            } else {
                Vec::new()
            },
            nonce: "n0nce".to_owned(),
        }
    }

    /// An overlay of the root, its changes in a folder of its own.
    fn overlay(&self) -> OverlayMount {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let place = self.path(&format!("overlay-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        let [upper, work] = ["upper", "work"].map(|name| place.join(name));
        for folder in [&place, &upper, &work] {
            fs::create_dir(folder).unwrap();
        }
        self.give_all(&place);
        OverlayMount { root: self.path("root"), upper, work, through: Vec::new() }
    }

    /// Without the sandbox.
    pub(crate) fn bare(&self, script: &str) -> Outcome {
        let mut command = self.as_user("sh");
        command.args(["-c", script]).current_dir(self.path("root")).stdin(Stdio::null());
        command.output().unwrap().into()
    }

    pub(crate) fn run(&self, level: SandboxLevel, script: &str) -> Outcome {
        self.run_policy(&self.policy(level), script)
    }

    pub(crate) fn run_policy(&self, policy: &Policy, script: &str) -> Outcome {
        let mut command = self.as_user(&self.helper);
        command.args(["--", "sh", "-c", script]);
        feed(command, policy).wait_with_output().unwrap().into()
    }

    /// A shell does `before`, then starts the helper.
    pub(crate) fn run_behind(&self, before: &str, policy: &Policy, script: &str) -> Outcome {
        let mut command = self.as_user("sh");
        command.current_dir(self.path("root"));
        command.args(["-c", &format!("{before} exec \"$0\" -- sh -c \"$1\"")]).arg(&self.helper).arg(script);
        feed(command, policy).wait_with_output().unwrap().into()
    }

    /// Runs `script` confined, or bare without a level; does `during` once it has said a line.
    pub(crate) fn run_while(
        &self,
        level: Option<SandboxLevel>,
        script: &str,
        during: impl FnOnce(&Self),
    ) -> Outcome {
        let mut child = if let Some(level) = level {
            let mut command = self.as_user(&self.helper);
            command.args(["--", "sh", "-c", script]);
            feed(command, &self.policy(level))
        } else {
            let mut command = self.as_user("sh");
            command.args(["-c", script]).current_dir(self.path("root")).stdin(Stdio::null());
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
        during(self);
        child.wait_with_output().unwrap().into()
    }

    pub(crate) fn run_at(&self, place: &Surroundings, policy: &Policy, script: &str) -> Outcome {
        let mut command = self.at(place);
        command.args(["--", "sh", "-c", script]);
        feed(command, policy).wait_with_output().unwrap().into()
    }

    pub(crate) fn probe(&self) -> SandboxReport {
        self.probe_at(&Surroundings::Home)
    }

    pub(crate) fn probe_at(&self, place: &Surroundings) -> SandboxReport {
        let output = self.at(place).arg("--probe").output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }

    /// Probes overlays as well, in a folder.
    pub(crate) fn probe_in(&self, folder: &Path) -> SandboxReport {
        let output = self.at(&Surroundings::Home).arg("--probe").arg(folder).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }

    /// The helper's arguments are still to be added.
    fn at(&self, place: &Surroundings) -> Command {
        let within = |script: &str| {
            let mut command = self.as_user("unshare");
            command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
            command.arg(format!("set -e; {script}; exec \"$@\"")).arg("sh").arg(&self.helper);
            command
        };
        match place {
            Surroundings::Home => self.as_user(&self.helper),
            // what is no file is not there
            Surroundings::WithoutBubblewrap => within(
                "for bwrap in /usr/bin/bwrap /usr/local/bin/bwrap /bin/bwrap /run/current-system/sw/bin/bwrap
                do ! [ -f $bwrap ] || mount --bind /dev/null $bwrap; done",
            ),
            Surroundings::WithoutUserNamespaces => within("echo 0 > /proc/sys/user/max_user_namespaces"),
            Surroundings::Refusing(call, errno) => {
                let filter = Filter::default().with(*call, CallAction::Refuse(*errno), &[]);
                let mut command = self.as_user(&self.helper);
                let install = move || {
                    rustix::thread::set_no_new_privs(true)?;
                    filter.install().map_err(std::io::Error::other)
                };
                // SAFETY: it makes system calls alone, unless one fails, when the child's end is all that is left.
                unsafe { command.pre_exec(install) };
                command
            }
        }
    }

    /// Returns the number of attempts of this world's run.
    pub(crate) fn count_attempts(&self) -> usize {
        let marks = [ATTEMPT_VARIABLE, self.dir.path().to_str().unwrap()];
        let environments = fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| fs::read(entry.unwrap().path().join("environ")).ok());
        let has =
            |environment: &[u8], mark: &str| environment.windows(mark.len()).any(|at| at == mark.as_bytes());
        environments.filter(|environment| marks.iter().all(|mark| has(environment, mark))).count()
    }

    pub(crate) fn attempt(&self, level: SandboxLevel, attempt: &str) -> Outcome {
        self.attempt_policy(&self.policy(level), attempt)
    }

    pub(crate) fn attempt_policy(&self, policy: &Policy, attempt: &str) -> Outcome {
        let mut command = self.as_user(&self.helper);
        command.arg("--").arg(&self.attempts).args(ATTEMPT_ARGUMENTS).env(ATTEMPT_VARIABLE, attempt);
        feed(command, policy).wait_with_output().unwrap().into()
    }

    pub(crate) fn attempt_bare(&self, attempt: &str) -> Outcome {
        let mut command = self.as_user(&self.attempts);
        command.args(ATTEMPT_ARGUMENTS).env(ATTEMPT_VARIABLE, attempt).current_dir(self.path("root"));
        command.output().unwrap().into()
    }

    pub(crate) fn start(&self, policy: &Policy, script: &str, how: Stop) -> Running {
        let child = match how {
            Stop::Term => {
                let mut command = self.as_user(&self.helper);
                command.args(["--", "sh", "-c", script]);
                feed(command, policy)
            }
            Stop::KillParent => {
                // it waits for the helper: were it the last command, the shell would become it
                let mut command = self.as_user("sh");
                command.args(["-c", "\"$0\" -- sh -c \"$1\"; exit $?"]).arg(&self.helper).arg(script);
                feed(command, policy)
            }
        };
        Running { child, how }
    }

    /// A process outside of every sandbox, the world's user's own by the time that this returns.
    pub(crate) fn sleeper(&self) -> Child {
        let mut command = self.as_user("sh");
        command.args(["-c", "echo; exec sleep 300"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // until it speaks, what changes the user may still be at work as root
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
        child
    }

    fn as_user(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = match self.user {
            None => Command::new(program),
            Some(user) => {
                let mut command = Command::new("setpriv");
                command
                    .args([&format!("--reuid={user}"), &format!("--regid={user}"), "--clear-groups", "--"])
                    .arg(program);
                command
            }
        };
        // a folder of the user's own that the sandbox keeps it from writing
        command.env("HOME", self.path("outside"));
        command
    }
}

/// Names the attempt.
pub(crate) const ATTEMPT_VARIABLE: &str = "ESCAPE_ATTEMPT";

const ATTEMPT_ARGUMENTS: [&str; 5] = ["--exact", "attempt", "--nocapture", "--test-threads", "1"];

pub(crate) struct Running {
    child: Child,
    how: Stop,
}

impl Running {
    pub(crate) fn stdout(&mut self) -> ChildStdout {
        self.child.stdout.take().unwrap()
    }

    pub(crate) fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let signal = match self.how {
            Stop::Term => rustix::process::Signal::TERM,
            Stop::KillParent => rustix::process::Signal::KILL,
        };
        rustix::process::kill_process(pid, signal).unwrap();
        self.child.wait().unwrap();
    }
}

fn feed(mut command: Command, policy: &Policy) -> Child {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&serde_json::to_vec(policy).unwrap()).unwrap();
    child
}
