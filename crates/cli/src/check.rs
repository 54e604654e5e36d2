//! `countersign check`: what would become of a command, and why. Nothing is run.

use crate::out::{errln, outln};
use crate::settings::{ApprovalMode, SandboxMode, folder, home};
use agent::check::{DryRunVerdict, Question};
use anyhow::Result;
use clap::Args;
use config::Config;
use protocol::{ApprovalPolicy, Policies};
use std::path::PathBuf;
use std::process::ExitCode;
use view::text::visible;

/// The command would wait for the person.
const ASKS: u8 = 10;

/// The command would not be run.
const REFUSED: u8 = 11;

/// Options of `countersign check`.
#[derive(Args)]
pub(crate) struct CheckArgs {
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
    /// Folder it would run in; its rules count. The current one unless said.
    #[arg(long, short = 'C', value_name = "DIR")]
    cd: Option<PathBuf>,
    /// Approval policy. Unless given, the command is judged alone: one that is not known to be safe asks.
    #[arg(long, value_enum, default_value = "untrusted")]
    approval: ApprovalMode,
    /// Sandbox policy; the config's unless given.
    #[arg(long, value_enum)]
    sandbox: Option<SandboxMode>,
    /// As if the model asked to run it without the sandbox.
    #[arg(long)]
    escalated: bool,
    /// The command and its arguments.
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// Says what would become of the command. The exit code is 0 when it would run unasked, 10 when it would ask, 11 when it would be
/// refused.
pub(crate) async fn check(args: CheckArgs) -> Result<ExitCode> {
    let home = home()?;
    let config = Config::load(&home, &[], None)?;
    let cwd = folder(args.cd.as_deref())?;
    let policies = Policies {
        approval: ApprovalPolicy::from(args.approval),
        sandbox: args
            .sandbox
            .map_or(config.policies.sandbox.clone(), |mode| mode.policy(&config.policies.sandbox)),
        review_patches: false,
    };
    let report = agent::driver::executor(&home, &config).probe().await;
    let question = Question {
        argv: args.command,
        cwd,
        escalated: args.escalated,
        policies: &policies,
        level: report.level,
        no_overlay: report.no_overlay.as_deref(),
    };
    let (answer, problem) = agent::check::check(&home, question);
    if let Some(problem) = problem {
        errln!("countersign: {problem}");
    }
    if args.json {
        outln!("{}", serde_json::to_string(&answer)?);
    } else {
        let under = answer.sandbox.map(|name| format!(" [{name}]")).unwrap_or_default();
        outln!("{}{under}: {}", answer.verdict.name(), visible(&answer.why));
    }
    Ok(ExitCode::from(match answer.verdict {
        DryRunVerdict::Runs => 0,
        DryRunVerdict::Asks => ASKS,
        DryRunVerdict::Refuses => REFUSED,
    }))
}
