//! `countersign sandbox`: one command, contained.

use crate::out::errln;
use crate::settings::{NetworkMode, SandboxMode, failure, home};
use anyhow::{Context, Result, bail};
use clap::Args;
use config::Config;
use engine::ExecRequest;
use protocol::{DenialKind, EndedBy, ErrorInfo, ErrorKind, Granted, SandboxLevel, SandboxPolicy};
use std::path::PathBuf;
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;
use view::text::{visible, visible_inline};

/// Exit code after Ctrl-C: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

/// Exit code of a command that could not be started, as of `env`.
const NOT_STARTED: u8 = 127;

/// Options of `countersign sandbox`.
#[derive(Args)]
pub(crate) struct SandboxArgs {
    /// Sandbox policy of the command.
    #[arg(long, value_enum, default_value = "workspace-write")]
    sandbox: SandboxMode,
    /// Network access of the command.
    #[arg(long, value_enum, default_value = "none")]
    network: NetworkMode,
    /// A further folder it may write.
    #[arg(long, value_name = "DIR")]
    writable: Vec<PathBuf>,
    /// The command and its arguments.
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// Runs the command in the current folder with this program's own standard streams, as `env` does. Its exit code is this
/// program's: 128 + N when signal N ended it.
pub(crate) async fn run(args: SandboxArgs) -> Result<ExitCode> {
    let home = home()?;
    let config = Config::load(&home, &[], None)?;
    let cwd = std::env::current_dir().context("the current folder is gone")?;
    let network = args.network.into();
    let mut writable_roots = Vec::new();
    for dir in args.writable {
        let root = dir.canonicalize().with_context(|| format!("--writable {}", dir.display()))?;
        writable_roots.push(root);
    }
    let granted = Granted::default();
    let sandbox = match args.sandbox {
        SandboxMode::ReadOnly if !writable_roots.is_empty() => {
            bail!("--writable has no place under read-only")
        }
        SandboxMode::ReadOnly => SandboxPolicy::ReadOnly { network, granted },
        SandboxMode::WorkspaceWrite => SandboxPolicy::WorkspaceWrite { writable_roots, network, granted },
        SandboxMode::DangerFullAccess => SandboxPolicy::DangerFullAccess,
    };
    let executor = agent::driver::plain_executor(&home, &config);
    let report = executor.probe().await;
    if report.level == SandboxLevel::None && sandbox != SandboxPolicy::DangerFullAccess {
        let error = ErrorInfo::new(
            ErrorKind::Sandbox,
            format!("nothing was run: this machine cannot contain a command ({})", report.gaps.join("; ")),
        );
        return Err(failure(error.with_hint("see `countersign doctor`")));
    }
    let request = ExecRequest {
        argv: args.command,
        cwd: cwd.clone(),
        session_cwd: cwd,
        // it has none
        timeout_ms: u64::MAX,
        sandbox,
        background: false,
        overlay: false,
        known_by_name: None,
    };
    let cancel = CancellationToken::new();
    let on_interrupt = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            on_interrupt.cancel();
        }
    });
    let (ended_by, denied) = executor.run_attached(&request, cancel).await;
    if let Some(denial) = denied {
        let way = match denial.kind {
            DenialKind::Write => "; --writable DIR lets it write there",
            DenialKind::Network => "; --network full lets it through",
            DenialKind::Read | DenialKind::Call => "",
        };
        let way = if denial.offer.is_some() { way } else { "" };
        errln!("countersign: the sandbox refused {}{way}", visible_inline(&denial.what));
    }
    match ended_by {
        EndedBy::Interrupted => Ok(ExitCode::from(INTERRUPTED)),
        EndedBy::NotStarted { why } => {
            errln!("countersign: {}: {}", visible_inline(&request.argv[0]), visible(&why));
            Ok(ExitCode::from(NOT_STARTED))
        }
        EndedBy::SandboxFailed { why } => {
            bail!("the sandbox could not be set up, and nothing was run: {why}")
        }
        EndedBy::Lost { why } => bail!("the command ended, but {why}"),
        EndedBy::Signaled { signal } => Ok(ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX))),
        ended_by => Ok(ExitCode::from(u8::try_from(ended_by.exit_code().unwrap_or(1)).unwrap_or(1))),
    }
}
