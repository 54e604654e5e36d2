//! `countersign check`: what would become of a command, and why. Nothing is run.

use crate::out::outln;
use crate::settings::{ApprovalMode, SandboxMode, folder, home};
use agent::config::Config;
use agent::rules::RulesFile;
use anyhow::Result;
use clap::Args;
use countersign_core::check::{Because, Checked, Outlook, foresee};
use protocol::{ApprovalPolicy, AskReason, Policies};
use serde::Serialize;
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
    /// When the session asks. Unless said, it is judged by what it is alone: what is not known to be safe asks.
    #[arg(long, value_enum, default_value = "untrusted")]
    approval: ApprovalMode,
    /// What the session's commands may touch; the config's unless said.
    #[arg(long, value_enum)]
    sandbox: Option<SandboxMode>,
    /// As if the model asked to run it without the sandbox.
    #[arg(long)]
    escalated: bool,
    /// The command and its arguments.
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// What is said of a command.
#[derive(Serialize)]
struct Answer {
    /// "runs", "asks" or "refuses".
    verdict: &'static str,
    /// In one word: "safe", "rule", "contained", "free", "untrusted", ...
    reason: String,
    /// The same as a sentence.
    why: String,
    /// Name of the sandbox policy it would run under.
    #[serde(skip_serializing_if = "Option::is_none")]
    sandbox: Option<&'static str>,
    /// Whether it is known to only read.
    safe: bool,
    argv: Vec<String>,
    cwd: PathBuf,
}

/// Says what would become of the command. The exit code is 0 when it would run unasked, 10 when it would ask, 11 when it would be
/// refused.
pub(crate) async fn check(args: CheckArgs) -> Result<ExitCode> {
    let home = home()?;
    let config = Config::load(&home, &[], None)?;
    let cwd = folder(args.cd.as_deref())?;
    let (rules, problem) = RulesFile::new(&home).for_session(&cwd);
    if let Some(problem) = problem {
        eprintln!("countersign: {problem}");
    }
    let policies = Policies {
        approval: ApprovalPolicy::from(args.approval),
        sandbox: args
            .sandbox
            .map_or(config.policies.sandbox.clone(), |mode| mode.policy(&config.policies.sandbox)),
        review_patches: false,
    };
    let outlook = foresee(Checked {
        argv: args.command.clone(),
        cwd: cwd.clone(),
        escalated: args.escalated,
        policies: &policies,
        level: agent::driver::executor(&home, &config).probe().await.level,
        rules: &rules,
    });
    let code = match &outlook {
        Outlook::Runs { .. } => 0,
        Outlook::Asks { .. } => ASKS,
        Outlook::Refused { .. } => REFUSED,
    };
    let safe = countersign_core::command::is_safe(&args.command);
    let (verdict, reason, why, sandbox) = words(&outlook);
    if args.json {
        let answer = Answer { verdict, reason, why, sandbox, safe, argv: args.command, cwd };
        outln!("{}", serde_json::to_string(&answer)?);
    } else {
        let under = sandbox.map(|name| format!(" [{name}]")).unwrap_or_default();
        outln!("{verdict}{under}: {}", visible(&why));
    }
    Ok(ExitCode::from(code))
}

fn words(outlook: &Outlook) -> (&'static str, String, String, Option<&'static str>) {
    match outlook {
        Outlook::Runs { because, sandbox } => {
            let (reason, why) = match because {
                Because::Safe => ("safe", "it is known to only read"),
                Because::Rule => ("rule", "your rule allows it"),
                Because::Contained => ("contained", "the approval policy lets the sandbox hold it"),
                Because::Free => ("free", "the session has no sandbox, and asks about nothing"),
            };
            ("runs", reason.to_owned(), why.to_owned(), Some(sandbox.name()))
        }
        Outlook::Asks { why, sandbox } => {
            let (reason, sentence) = match why {
                AskReason::Untrusted => ("untrusted", "it is not known to be safe".to_owned()),
                AskReason::Escalation { .. } => ("escalation", "it would run without the sandbox".to_owned()),
                AskReason::NoSandbox => ("no_sandbox", "this machine has no sandbox".to_owned()),
                AskReason::Rule { what } => ("rule", what.clone()),
                other => ("other", format!("{other:?}")),
            };
            ("asks", reason.to_owned(), sentence, Some(sandbox.name()))
        }
        Outlook::Refused { why } => ("refuses", "refused".to_owned(), why.clone(), None),
    }
}
