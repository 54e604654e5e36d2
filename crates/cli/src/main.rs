//! `countersign`: the same agent without a window.

mod ask;
mod check;
mod doctor;
mod drive;
mod mcp;
mod out;
mod patch;
mod render;
mod rules;
mod sandbox;
mod sessions;
mod settings;
mod text;
mod undo;

use crate::out::outln;
use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// A coding agent that writes nothing you did not countersign.
#[derive(Parser)]
#[command(name = "countersign", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Does one task in a folder, and ends. Exit code: 0 complete, 1 failed, 130 interrupted.
    Exec(drive::ExecArgs),
    /// Goes on with a session.
    Resume(drive::ResumeArgs),
    /// Begins a session as another one was, and prints its id.
    Fork(sessions::ForkArgs),
    /// Lists sessions, those used last first; finds, names, archives, deletes and restores them.
    Sessions(sessions::SessionsArgs),
    /// Takes back what a task did to the files, and shows the difference first.
    Undo(undo::UndoArgs),
    /// Takes back the last undo, and shows the difference first.
    Redo(undo::RedoArgs),
    /// Applies a patch in the patch language to the files beneath the current folder: all of it, or nothing.
    ApplyPatch {
        /// The patch; read from standard input when absent.
        patch: Option<String>,
    },
    /// Runs one command in the sandbox, and ends with its exit code.
    Sandbox(sandbox::SandboxArgs),
    /// Says what would become of a command, and why. Exit code: 0 it runs unasked, 10 it asks, 11 it is refused.
    Check(check::CheckArgs),
    /// Lists, adds and removes your rules for commands.
    Rules(rules::RulesArgs),
    /// The MCP servers of the config: lists what they offer, logs in and out.
    Mcp(mcp::McpArgs),
    /// Says what this machine offers: sandbox, keychain, notifications, providers.
    Doctor {
        /// One JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Writes the sample project of the practice model into a folder that is not there yet.
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
            eprintln!("countersign: the runtime could not be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    init_tracing();
    let code = match runtime.block_on(run(Cli::parse())) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("countersign: {error:#}");
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
        Command::Sessions(args) => sessions::sessions(args),
        Command::Undo(args) => undo::undo(args).await,
        Command::Redo(args) => undo::redo(args).await,
        Command::ApplyPatch { patch } => patch::apply(patch),
        Command::Sandbox(args) => sandbox::run(args).await,
        Command::Check(args) => check::check(args).await,
        Command::Rules(args) => rules::rules(args),
        Command::Mcp(args) => mcp::run(args).await,
        Command::Doctor { json } => doctor::doctor(json).await,
        Command::PracticeSample { dir } => {
            practice::write_sample(&dir).map_err(|error| {
                anyhow::anyhow!("the sample could not be written to {}: {error}", dir.display())
            })?;
            outln!("wrote the sample project to {}", dir.display());
            Ok(ExitCode::SUCCESS)
        }
    }
}
