//! `countersign sandbox`: one command, contained.

use crate::out::errln;
use crate::settings::{NetworkMode, SandboxMode, failure, home};
use anyhow::{Context, Result, bail};
use clap::Args;
use config::Config;
use engine::ExecRequest;
use protocol::{EndedBy, ErrorInfo, ErrorKind, ExecStream, Granted, SandboxLevel, SandboxPolicy};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

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

/// Runs the command in the current folder; its exit code is this program's.
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
    let executor = agent::driver::executor(&home, &config);
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
        // a person is watching, and ends it with Ctrl-C
        timeout_ms: u64::from(u32::MAX),
        sandbox,
        background: false,
    };
    let cancel = CancellationToken::new();
    let on_interrupt = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            on_interrupt.cancel();
        }
    });
    let outcome = executor
        .run(&request, cancel, |stream, chunk| {
            // a closed pipe ends the output, not the command
            let _ = match stream {
                ExecStream::Stdout => std::io::stdout().write_all(chunk.as_bytes()),
                ExecStream::Stderr => std::io::stderr().write_all(chunk.as_bytes()),
            };
        })
        .await;
    let _ = std::io::stdout().flush();
    if let Some(denial) = outcome.denied {
        errln!("countersign: the sandbox refused: {}", denial.what);
    }
    match outcome.end.ended_by {
        EndedBy::Interrupted => Ok(ExitCode::from(130)),
        EndedBy::NotStarted { why } => {
            errln!("countersign: {}: {why}", request.argv[0]);
            Ok(ExitCode::from(127))
        }
        EndedBy::SandboxFailed { why } => {
            bail!("the sandbox could not be set up, and nothing was run: {why}")
        }
        EndedBy::TimedOut { after_ms } => bail!("the command ran for {after_ms} ms and was ended"),
        ended_by => Ok(ExitCode::from(u8::try_from(ended_by.exit_code().unwrap_or(1)).unwrap_or(1))),
    }
}
