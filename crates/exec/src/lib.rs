//! Running commands: spawning them contained, their output, their environment (B17, B18, B19).
//!
//! Nothing in here decides whether a command may run; that was decided in `engine`. What it runs is never less contained than the
//! request says.

mod caches;
mod channel;
mod denial;
mod endings;
mod env;
mod error_text;
mod known_programs;
mod notes;
pub mod output;
mod output_buffer;
mod policy;
mod process_group;
mod profile;
mod pump;
mod session_network;
mod setup;
mod spawn;
mod temporary;
mod view;

pub use env::environment;
pub use output_buffer::{OutputBuffer, Progress};
pub use setup::ExecSetup;
pub use view::{in_view, view_failure};

use channel::Channel;
use endings::{ended_by, helper_failure, start_failure};
use engine::{ExecOutcome, ExecRequest};
use protocol::{Denial, EndedBy, ExecStream, SandboxLevel, SandboxPolicy, SandboxReport};
use pump::{Ended, Group};
use sandbox_linux::{EXIT_FAILED, Failure, Policy, RunReport};
use session_network::SessionNetwork;
use std::ffi::OsString;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};
use temporary::TemporaryFolder;
use tokio::process::Command;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use worktree::{CommandOverlay, Hidden};

/// Names the helper, for tests and packages that keep it elsewhere.
const HELPER_VARIABLE: &str = "COUNTERSIGN_SANDBOX_HELPER";

/// The helper's file name.
const HELPER: &str = "countersign-sandbox";

/// Timeout for the probe.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs the commands of one session. Clones share what they found out about this machine's sandbox, and the session's network and
/// temporary folder.
#[derive(Clone, Debug)]
pub struct Executor {
    shared: Arc<ExecutorState>,
}

#[derive(Debug)]
struct ExecutorState {
    setup: ExecSetup,
    report: Arc<OnceCell<SandboxReport>>,
    /// Environment that the person's shell makes of their profile, once it was asked for.
    profile: OnceCell<Vec<(OsString, OsString)>>,
    network: SessionNetwork,
    temporary: TemporaryFolder,
}

impl ExecutorState {
    fn new(setup: ExecSetup, report: Arc<OnceCell<SandboxReport>>) -> Self {
        let (network, temporary) = (SessionNetwork::default(), TemporaryFolder::default());
        Self { setup, report, profile: OnceCell::new(), network, temporary }
    }
}

/// A way to start a command.
enum Way {
    /// By the helper, which is told this.
    Helper(Box<Policy>),
    /// By itself, in a process group of its own.
    Bare,
}

impl Executor {
    /// Makes an executor with these settings.
    pub fn new(setup: ExecSetup) -> Self {
        Self { shared: Arc::new(ExecutorState::new(setup, Arc::default())) }
    }

    /// Returns an executor for another session, with other settings and the same measurement of this machine's sandbox.
    #[must_use]
    pub fn with_setup(&self, setup: ExecSetup) -> Self {
        Self { shared: Arc::new(ExecutorState::new(setup, self.shared.report.clone())) }
    }

    /// Finds the helper: where `COUNTERSIGN_SANDBOX_HELPER` says, or beside the running executable, or in the folder above (where
    /// the build puts it for tests).
    pub fn find_helper() -> Option<PathBuf> {
        if let Some(path) = std::env::var_os(HELPER_VARIABLE).filter(|path| !path.is_empty()) {
            return std::path::absolute(path).ok().filter(|path| path.is_file());
        }
        let own = std::env::current_exe().ok()?;
        own.ancestors().skip(1).take(2).map(|dir| dir.join(HELPER)).find(|path| path.is_file())
    }

    /// Measures how well this machine contains commands, by doing it; once.
    pub async fn probe(&self) -> SandboxReport {
        self.shared.report.get_or_init(|| self.measure()).await.clone()
    }

    /// Runs a command to its end, its time limit, or `cancel`; all processes it started end with it. Says what it prints as
    /// it comes, to `on_output`, up to 1 MiB.
    pub async fn run(
        &self,
        request: &ExecRequest,
        cancel: CancellationToken,
        on_output: impl FnMut(ExecStream, String) + Send,
    ) -> ExecOutcome {
        self.run_timed(request, cancel, (None, None), on_output).await
    }

    /// Like [`Self::run`], on the view `overlay` of the folders in it: they stay as they are. Where there can be no view, nothing is run.
    pub async fn run_in_overlay(
        &self,
        request: &ExecRequest,
        overlay: &CommandOverlay,
        cancel: CancellationToken,
        on_output: impl FnMut(ExecStream, String) + Send,
    ) -> ExecOutcome {
        self.run_timed(request, cancel, (None, Some(overlay)), on_output).await
    }

    /// Runs a command whose standard streams are those of this process, to its end or `cancel`; all processes it started end
    /// with it. There is no time limit, and nothing of what it prints is seen. Returns what the sandbox refused beside its end, where
    /// it failed.
    pub async fn run_attached(
        &self,
        request: &ExecRequest,
        cancel: CancellationToken,
    ) -> (EndedBy, Option<Denial>) {
        self.try_run_attached(request, cancel).await.unwrap_or_else(|ended_by| (ended_by, None))
    }

    async fn try_run_attached(
        &self,
        request: &ExecRequest,
        cancel: CancellationToken,
    ) -> Result<(EndedBy, Option<Denial>), EndedBy> {
        let (mut command, mut way) = self.command(request, true, None).await?;
        let streams = attach(&mut command, &mut way)?;
        let helper = match &way {
            Way::Helper(policy) => Some(Channel::open(&mut command, policy)?),
            Way::Bare => None,
        };
        command.kill_on_drop(true);
        let child = spawn::spawn(command)
            .await
            .map_err(|error| start_failure(request, matches!(way, Way::Helper(_)), &error))?;
        drop(streams);
        let report = match helper {
            Some(channel) => Some(channel.send_policy().await),
            None => None,
        };
        let group = if report.is_some() { Group::Warden } else { Group::Bare };
        let (ended, captured) = pump::run(child, group, Duration::MAX, cancel, None, |_, _| ()).await;
        match (ended, &way) {
            (Ended::Itself(status), Way::Helper(policy)) => match ended_by(status) {
                EndedBy::Exited { code: EXIT_FAILED }
                    if let Some(failure) = Failure::find(captured.stderr(), &policy.nonce) =>
                {
                    Err(helper_failure(&failure, captured.stderr(), &policy.nonce))
                }
                ended_by => {
                    let report = match report {
                        Some(reader) => reader.read().await,
                        None => RunReport::default(),
                    };
                    // what it said of it went to somebody else: the gate alone tells
                    let denied = self.denied(request, policy, &ended_by, ("", ""), &report);
                    Ok((ended_by, denied))
                }
            },
            (Ended::Itself(status), Way::Bare) => Ok((ended_by(status), None)),
            (Ended::Lost(why), _) => Ok((EndedBy::Lost { why }, None)),
            (Ended::Cancelled | Ended::TimedOut, _) => Ok((EndedBy::Interrupted, None)),
        }
    }

    /// Finds what the sandbox refused a command that ended with this on stderr, and this in all.
    fn denied(
        &self,
        request: &ExecRequest,
        policy: &Policy,
        ended_by: &EndedBy,
        (stderr, output): (&str, &str),
        report: &RunReport,
    ) -> Option<Denial> {
        denial::denied(denial::Evidence {
            request,
            exit_code: ended_by.exit_code(),
            stderr,
            output,
            refused: &report.refused,
            home: policy::home(&self.shared.setup).as_deref(),
            hidden: &policy.hidden,
            app_dirs: &self.shared.setup.app_dirs,
            temporary: &policy.temporary,
            level: policy.level,
        })
    }

    /// Like [`Self::run`], for a command in the background: what it prints goes to `buffer` as well. What is said of a flood is
    /// thinned out, but never ends. [`OutputBuffer::end`] is left to the caller.
    pub async fn run_buffered(
        &self,
        request: &ExecRequest,
        cancel: CancellationToken,
        buffer: &OutputBuffer,
        on_output: impl FnMut(ExecStream, String) + Send,
    ) -> ExecOutcome {
        self.run_timed(request, cancel, (Some(buffer), None), on_output).await
    }

    /// Returns the paths neither commands nor tools see under this policy: keys, logins and the app's own files, but for what the person
    /// allowed.
    pub fn hidden(&self, sandbox: &SandboxPolicy) -> Hidden {
        let setup = &self.shared.setup;
        match sandbox.granted() {
            Some(granted) => Hidden::new(policy::hidden(setup), policy::readable(granted, &setup.app_dirs)),
            None => Hidden::default().passing_by(canonical(&setup.app_dirs)),
        }
    }

    /// Reports whether a command under this policy is in the session's own network, which nothing outside of the sandbox reaches.
    pub async fn has_own_network(&self, sandbox: &SandboxPolicy) -> bool {
        cfg!(target_os = "linux")
            && sandbox.network() == protocol::NetworkAccess::None
            && self.probe().await.level == SandboxLevel::Full
    }

    async fn run_timed(
        &self,
        request: &ExecRequest,
        cancel: CancellationToken,
        (buffer, overlay): (Option<&OutputBuffer>, Option<&CommandOverlay>),
        on_output: impl FnMut(ExecStream, String) + Send,
    ) -> ExecOutcome {
        let started = Instant::now();
        let mut outcome = self
            .try_run(request, cancel, (buffer, overlay), on_output)
            .await
            .unwrap_or_else(ExecOutcome::from);
        outcome.end.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        outcome
    }

    async fn try_run(
        &self,
        request: &ExecRequest,
        cancel: CancellationToken,
        (buffer, overlay): (Option<&OutputBuffer>, Option<&CommandOverlay>),
        on_output: impl FnMut(ExecStream, String) + Send,
    ) -> Result<ExecOutcome, EndedBy> {
        let (mut command, way) = self.command(request, false, overlay).await?;
        let helper = match &way {
            Way::Helper(policy) => Some(Channel::open(&mut command, policy)?),
            Way::Bare => None,
        };
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let child = spawn::spawn(command)
            .await
            .map_err(|error| start_failure(request, matches!(way, Way::Helper(_)), &error))?;
        let report = match helper {
            Some(channel) => Some(channel.send_policy().await),
            None => None,
        };
        let group = if matches!(way, Way::Helper(_)) { Group::Warden } else { Group::Bare };
        let limit = Duration::from_millis(request.timeout_ms);
        let (ended, captured) = pump::run(child, group, limit, cancel, buffer, on_output).await;

        let status = match ended {
            Ended::Itself(status) => status,
            Ended::TimedOut => {
                return Ok(captured.outcome(EndedBy::TimedOut { after_ms: request.timeout_ms }));
            }
            Ended::Cancelled => return Ok(captured.outcome(EndedBy::Interrupted)),
            Ended::Lost(why) => return Ok(captured.outcome(EndedBy::Lost { why })),
        };
        let mut outcome = captured.outcome(ended_by(status));
        let report = match report {
            Some(reader) => reader.read().await,
            None => RunReport::default(),
        };
        notes::left_running(&mut outcome, &report.ended);
        notes::set_aside(&mut outcome, &report.set_aside);
        if let Way::Helper(policy) = &way {
            let exit_code = outcome.end.ended_by.exit_code();
            if exit_code == Some(EXIT_FAILED)
                && let Some(failure) = Failure::find(captured.stderr(), &policy.nonce)
            {
                return Err(helper_failure(&failure, captured.stderr(), &policy.nonce));
            }
            let said = (captured.stderr(), outcome.output.as_str());
            let denied = self.denied(request, policy, &outcome.end.ended_by, said, &report);
            notes::denied(&mut outcome, denied);
        }
        Ok(outcome)
    }

    /// Makes the process to start for `request`, with its environment. One that is attached stays in this process's group.
    async fn command(
        &self,
        request: &ExecRequest,
        is_attached: bool,
        overlay: Option<&CommandOverlay>,
    ) -> Result<(Command, Way), EndedBy> {
        let setup = &self.shared.setup;
        let Some((program, arguments)) =
            request.argv.split_first().filter(|(program, _)| !program.is_empty())
        else {
            return Err(EndedBy::NotStarted { why: "there is no command to run".to_owned() });
        };
        let free = request.sandbox == SandboxPolicy::DangerFullAccess;
        let level = if free { SandboxLevel::None } else { self.probe().await.level };
        if !free && level == SandboxLevel::None {
            let why = self.probe().await.gaps.join("; ");
            return Err(EndedBy::SandboxFailed {
                why: format!("this machine cannot contain commands: {why}"),
            });
        }
        if let Some(granted) = request.sandbox.granted() {
            caches::make(&granted.write, policy::home(setup).as_deref());
        }
        let mut policy = policy::policy(request, level, setup);
        policy.overlays = overlay.map(policy::overlays).unwrap_or_default();
        let temporary = match &request.sandbox {
            SandboxPolicy::WorkspaceWrite { .. } => self.shared.temporary.path(),
            SandboxPolicy::ReadOnly { .. } | SandboxPolicy::DangerFullAccess => None,
        };
        policy.writable.extend(temporary.map(Path::to_owned));
        policy.temporary.extend(temporary.map(Path::to_owned));
        // nobody else is in the network of a command that runs alone
        let is_shared =
            level == SandboxLevel::Full && policy.network == protocol::NetworkAccess::None && !is_attached;
        if let Some(helper) = setup.helper.as_ref().filter(|_| is_shared) {
            policy.network_holder = self.shared.network.holder(helper).await;
        }
        let (mut command, way) = match &setup.helper {
            Some(helper) if cfg!(target_os = "linux") => {
                let mut command = Command::new(helper);
                command.arg("--").arg(program).args(arguments);
                (command, Way::Helper(Box::new(policy)))
            }
            _ if overlay.is_some() => {
                return Err(EndedBy::SandboxFailed { why: "no overlay: it needs Linux".to_owned() });
            }
            _ => {
                let mut command = if free { Command::new(program) } else { seatbelt(&policy, program) };
                command.args(arguments).current_dir(&request.cwd);
                if !is_attached {
                    command.stdin(Stdio::null()).process_group(0);
                }
                (command, Way::Bare)
            }
        };
        let network = match request.sandbox.network() {
            protocol::NetworkAccess::None => "none",
            protocol::NetworkAccess::Full => "full",
        };
        let mut variables = env::environment(&setup.environment, self.inherited().await, &setup.secret_env);
        temporary::name_in(&mut variables, &setup.environment, temporary);
        if !free && rustix::process::geteuid().is_root() {
            // root in the sandbox may give files to nobody else
            variables.entry("TAR_OPTIONS".into()).or_insert_with(|| "--no-same-owner".into());
        }
        if let Some(untrusted) = &request.known_by_name {
            known_programs::restrict(&mut variables, untrusted);
        }
        command
            .env_clear()
            .envs(variables)
            .env("PWD", &request.cwd)
            .env("COUNTERSIGN_SANDBOX", request.sandbox.name())
            .env("COUNTERSIGN_SANDBOX_NETWORK", network);
        Ok((command, way))
    }

    /// The environment that a command's begins with: the app's, or the person's shell's.
    async fn inherited(&self) -> Vec<(OsString, OsString)> {
        let setup = &self.shared.setup;
        let Some(shell) = setup.shell.as_ref().filter(|_| setup.environment.use_profile) else {
            return std::env::vars_os().collect();
        };
        let asked = self.shared.profile.get_or_init(|| async {
            profile::environment(shell).await.unwrap_or_else(|error| {
                tracing::warn!(shell = %shell.display(), %error, "the person's shell gave no environment");
                std::env::vars_os().collect()
            })
        });
        asked.await.clone()
    }

    async fn measure(&self) -> SandboxReport {
        let none = |why: String| SandboxReport {
            level: SandboxLevel::None,
            layers: Vec::new(),
            no_overlay: Some(why.clone()),
            gaps: vec![why],
        };
        if cfg!(target_os = "macos") {
            return if Path::new(sandbox_macos::SANDBOX_EXEC).is_file() {
                SandboxReport {
                    level: SandboxLevel::Full,
                    layers: vec!["seatbelt".to_owned()],
                    gaps: Vec::new(),
                    no_overlay: Some("macOS has no file system that lays changes over a folder".to_owned()),
                }
            } else {
                none(format!("{} is not there", sandbox_macos::SANDBOX_EXEC))
            };
        }
        let Some(helper) = &self.shared.setup.helper else {
            return none(format!(
                "the helper {HELPER} is not beside the app; install it there or set {HELPER_VARIABLE}"
            ));
        };
        let mut command = Command::new(helper);
        match &self.shared.setup.overlays {
            Some(folder) => command.arg("--probe").arg(folder),
            None => command.arg("--probe-level"),
        };
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let output = async { spawn::spawn(command).await?.wait_with_output().await };
        match tokio::time::timeout(PROBE_TIMEOUT, output).await {
            Ok(Ok(output)) => serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
                let said = String::from_utf8_lossy(&output.stderr);
                none(format!("{} gave no report: {}", helper.display(), said.trim()))
            }),
            Ok(Err(error)) => none(format!("cannot start {}: {error}", helper.display())),
            Err(_) => {
                none(format!("{} did not answer within {} s", helper.display(), PROBE_TIMEOUT.as_secs()))
            }
        }
    }
}

fn canonical(folders: &[PathBuf]) -> Vec<PathBuf> {
    folders.iter().filter_map(|folder| folder.canonicalize().ok()).collect()
}

/// Gives a command the standard streams of this process. What is returned is to be held until it is started.
fn attach(command: &mut Command, way: &mut Way) -> Result<Vec<OwnedFd>, EndedBy> {
    let Way::Helper(policy) = way else {
        command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
        return Ok(Vec::new());
    };
    // the helper's own streams are its way to say what failed; those of the command go with it under other numbers
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let streams = [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()]
        .into_iter()
        // without the flag that closes it in a started program
        .map(rustix::io::dup)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| EndedBy::SandboxFailed {
            why: format!("cannot pass the standard streams on: {error}"),
        })?;
    if let [stdin, stdout, stderr] = streams.as_slice() {
        policy.stdio = Some([stdin.as_raw_fd(), stdout.as_raw_fd(), stderr.as_raw_fd()]);
    }
    Ok(streams)
}

/// `program` under macOS's own sandbox.
fn seatbelt(policy: &Policy, program: &str) -> Command {
    let (first, arguments) = sandbox_macos::wrap(&sandbox_macos::Policy {
        writable: policy.writable.clone(),
        protected_names: policy.protected_names.clone(),
        hidden: policy.hidden.clone(),
        readable: policy.readable.clone(),
        network: policy.network,
    });
    let mut command = Command::new(first);
    command.args(arguments).arg(program);
    command
}

#[cfg(test)]
mod tests;
