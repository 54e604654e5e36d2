//! `countersign`: the same agent without a window.

mod answer_file;
mod ask;
mod broad_folder;
mod check;
mod completions;
mod configuration;
mod doctor;
mod drawn_patch;
mod drive;
mod export;
mod first_contact;
mod foreign;
mod images;
mod isolated;
mod mcp;
mod model_review;
mod out;
mod patch;
mod patch_check;
mod receipt;
mod render;
mod rules;
mod sandbox;
mod sessions;
mod settings;
mod short_id;
mod text;
mod trust;
mod undo;
mod verify;

use crate::out::{errln, outln};
use anyhow::{Context, Result};
use clap::{CommandFactory, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use view::text::visible;

/// A coding agent that writes nothing you did not countersign.
#[derive(Parser)]
#[command(name = "countersign", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs one task in a folder. Exit code: 0 complete, 1 failed, 2 the check of --check failed, 130 interrupted.
    Exec(drive::ExecArgs),
    /// Resumes a session.
    Resume(drive::ResumeArgs),
    /// Forks a session and prints the new id.
    Fork(sessions::ForkArgs),
    /// Imports sessions of Codex, to be read, searched and resumed here. Their rollouts stay as they are.
    Import(sessions::ImportArgs),
    /// Lists sessions, the last used first; searches, renames, archives, deletes and restores them.
    Sessions(sessions::SessionsArgs),
    /// Lists isolated copies of folders, brings their changes in, discards and restores them.
    Isolated(isolated::IsolatedArgs),
    /// Undoes the changes of a task, after showing them.
    Undo(undo::UndoArgs),
    /// Undoes the last undo, after showing what it changes.
    Redo(undo::RedoArgs),
    /// Prints the receipt of a session: each hunk and command, who decided on it and when, chained and signed.
    Receipt(receipt::ReceiptArgs),
    /// Verifies a receipt, and which lines of a commit it accounts for. Exit code: 0 fine, 10 unknown signer, 11 not so.
    Verify(verify::VerifyArgs),
    /// Applies a patch in the patch language to the files beneath the current folder: all of it, or nothing.
    ApplyPatch {
        /// The patch; read from standard input when absent.
        patch: Option<String>,
        /// Also writes files outside the current folder, and files that steer git, an editor, a shell or an agent.
        #[arg(long)]
        allow_outside: bool,
    },
    /// Runs one command in the sandbox and exits with its exit code.
    Sandbox(sandbox::SandboxArgs),
    /// Shows whether a command would run, ask or be refused, and why. Exit code: 0 run, 10 ask, 11 refused.
    Check(check::CheckArgs),
    /// Shows or sets the command that checks each patch of a project before you decide, on a copy of it.
    PatchCheck(patch_check::PatchCheckArgs),
    /// Lists, adds and removes your rules for commands.
    Rules(rules::RulesArgs),
    /// Lists the MCP servers of the config and their tools; logs in and out.
    Mcp(mcp::McpArgs),
    /// Trusts the instruction files (AGENTS.md) of a folder, after showing them.
    Trust(trust::TrustCommand),
    /// Prints the effective configuration and the source of each value.
    Config(configuration::ConfigArgs),
    /// Shows what this machine offers: sandbox, keychain, notifications, providers.
    Doctor {
        /// One JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Prints the completions of a shell, or the manual page.
    Completions {
        /// The shell, or `man` for the manual page.
        #[arg(value_enum)]
        of: completions::Target,
    },
    /// Opens a session on an isolated copy for the process that starts this one.
    #[command(hide = true)]
    SessionWorker,
    /// Writes the sample project of the practice model into a new folder.
    PracticeSample {
        /// The folder.
        dir: PathBuf,
    },
}

fn main() -> ExitCode {
    // one runtime thread stays for as long as the program: what dies with the thread that started it (PDEATHSIG) must not
    // be started from one that comes and goes
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            errln!("countersign: the runtime could not be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    init_tracing();
    let code = match runtime.block_on(run(Cli::parse())) {
        Ok(code) => code,
        Err(error) => {
            errln!("countersign: {}", visible(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    };
    runtime.shutdown_background();
    code
}

/// Errors on standard error; more with `RUST_LOG`, but never what the MCP SDK says: the address of a server, and all that a
/// server prints, may hold a key. It is said in our words, without.
fn init_tracing() {
    use agent::mcp::may_be_logged;
    use tracing_subscriber::filter::{EnvFilter, filter_fn};
    use tracing_subscriber::{Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};
    let asked = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error"));
    let printed = fmt::layer().with_writer(std::io::stderr);
    let printed = printed.with_filter(filter_fn(|said| may_be_logged(said.target())));
    tracing_subscriber::registry().with(asked).with(printed).init();
}

async fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Exec(args) => drive::exec(args).await,
        Command::Resume(args) => drive::resume(args).await,
        Command::Fork(args) => sessions::fork(&args),
        Command::Import(args) => sessions::import(args),
        Command::Sessions(args) => sessions::sessions(args).await,
        Command::Isolated(args) => isolated::run(args).await,
        Command::Undo(args) => undo::undo(args).await,
        Command::Redo(args) => undo::redo(args).await,
        Command::Receipt(args) => receipt::receipt(args).await,
        Command::Verify(args) => verify::run(args).await,
        Command::ApplyPatch { patch, allow_outside } => patch::apply(patch, allow_outside),
        Command::Sandbox(args) => sandbox::run(args).await,
        Command::Check(args) => check::check(args).await,
        Command::PatchCheck(args) => patch_check::run(args),
        Command::Rules(args) => rules::rules(args),
        Command::Mcp(args) => mcp::run(args).await,
        Command::Trust(args) => trust::run(args),
        Command::Config(args) => configuration::run(&args),
        Command::Doctor { json } => doctor::doctor(json).await,
        Command::Completions { of } => completions::print(of, Cli::command()),
        Command::SessionWorker => {
            agent::session_worker::run().await.context("the session could not be opened for the app")?;
            Ok(ExitCode::SUCCESS)
        }
        Command::PracticeSample { dir } => {
            practice::write_sample(&dir).map_err(|error| {
                anyhow::anyhow!("the sample could not be written to {}: {error}", dir.display())
            })?;
            outln!("wrote the sample project to {}", dir.display());
            Ok(ExitCode::SUCCESS)
        }
    }
}
