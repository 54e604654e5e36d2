//! `countersign isolated`: copies of folders that sessions work on in their place.

use crate::ask;
use crate::drive;
use crate::out::{errln, outln};
use crate::sessions::when;
use crate::settings::{failure, home};
use crate::short_id::short;
use agent::copies;
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use config::Home;
use protocol::IsolatedCopy;
use std::process::ExitCode;
use view::text::visible_inline;

/// Bytes in a megabyte, as sizes are printed.
const MEGABYTE: u64 = 1_000_000;

/// Options of `countersign isolated`.
#[derive(Args)]
pub(crate) struct IsolatedArgs {
    #[command(subcommand)]
    command: IsolatedCommand,
}

#[derive(Subcommand)]
enum IsolatedCommand {
    /// Lists the copies with their size, their age and their sessions.
    List {
        /// One JSON object a line instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Asks about the changes of a copy, hunk by hunk, and brings the approved ones into its folder.
    BringIn {
        /// Id of the copy or of a session that works on it, or its beginning.
        id: String,
        /// One event a line on standard output, as JSON, instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Moves a copy to the trash, with all that was not brought in.
    Discard {
        /// Id of the copy or of a session that works on it, or its beginning.
        id: String,
        /// Discards without asking.
        #[arg(long, short)]
        yes: bool,
    },
    /// Moves a copy back from the trash.
    Restore {
        /// Id of the copy, or its beginning.
        id: String,
    },
    /// Removes the copies in the trash for good.
    EmptyTrash,
}

/// Runs `countersign isolated`.
pub(crate) async fn run(args: IsolatedArgs) -> Result<ExitCode> {
    let home = home()?;
    match args.command {
        IsolatedCommand::List { json } => list(&home, json),
        IsolatedCommand::BringIn { id, json } => {
            let copy = copies::find(&home, &id).map_err(failure)?;
            if copy.discarded {
                let id = short(copy.id.as_str());
                bail!(
                    "this isolated copy was discarded; restore it first: countersign isolated restore {id}"
                );
            }
            return drive::bring_in(copy, json).await;
        }
        IsolatedCommand::Discard { id, yes } => return discard(&home, &id, yes),
        IsolatedCommand::Restore { id } => {
            copies::restore(&home, &copies::find(&home, &id).map_err(failure)?.id).map_err(failure)?;
        }
        IsolatedCommand::EmptyTrash => match copies::empty_trash(&home) {
            1 => outln!("1 copy was removed"),
            count => outln!("{count} copies were removed"),
        },
    }
    Ok(ExitCode::SUCCESS)
}

fn list(home: &Home, json: bool) {
    let copies = copies::list(home);
    if copies.is_empty() && !json {
        errln!("there is no isolated copy; begin one: countersign exec --isolated PROMPT");
    }
    for copy in copies {
        if json {
            // strings and numbers always serialise
            if let Ok(line) = serde_json::to_string(&copy) {
                outln!("{line}");
            }
            continue;
        }
        let IsolatedCopy { id, folder, created_ms, bytes, sessions, discarded } = copy;
        let sessions: Vec<_> = sessions.iter().map(|session| short(session.as_str())).collect();
        let place = if discarded { ", in the trash" } else { "" };
        outln!(
            "{}  {}  {} MB  {}{place}  sessions: {}",
            short(id.as_str()),
            visible_inline(&folder.to_string_lossy()),
            bytes.div_ceil(MEGABYTE),
            when(created_ms),
            if sessions.is_empty() { "none".to_owned() } else { sessions.join(", ") },
        );
    }
}

fn discard(home: &Home, id: &str, yes: bool) -> Result<ExitCode> {
    let copy = copies::find(home, id).map_err(failure)?;
    let folder = copy.folder.to_string_lossy();
    if !yes && !ask::someone_is_there() {
        bail!("nobody is there to be asked; say --yes to do it");
    }
    let question = format!("discard the isolated copy of {} [y/N]? ", visible_inline(&folder));
    if !yes && !matches!(ask::question(&question).to_lowercase().as_str(), "y" | "yes") {
        outln!("nothing was changed");
        return Ok(ExitCode::FAILURE);
    }
    copies::discard(home, &copy.id).map_err(failure)?;
    errln!("it is in the trash; take it back: countersign isolated restore {}", short(copy.id.as_str()));
    Ok(ExitCode::SUCCESS)
}
