//! `countersign sessions` and `countersign fork`: what there is of sessions, and what is done with one as a whole.

use crate::export::{SessionExportArgs, export};
use crate::out::{errln, out, out_has_colors, outln};
use crate::settings::{folder, home};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use config::Home;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use protocol::TaskId;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use transcript::{self, Index, ListedSession, SessionLocation, SessionQuery};
use view::text::visible_inline;

/// Sessions that are listed unless all are asked for.
const LISTED: u32 = 50;

/// Options of `countersign sessions`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct SessionsArgs {
    #[command(subcommand)]
    action: Option<Action>,
    /// One JSON object a line instead of text.
    #[arg(long)]
    json: bool,
    /// All of them, not the 50 that were used last.
    #[arg(long)]
    all: bool,
    /// Those with all of these words in them, the best first; what stands in double quotes is looked for as it is.
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// Those of this folder.
    #[arg(long, short = 'C', value_name = "DIR")]
    cd: Option<PathBuf>,
    /// Those that were archived.
    #[arg(long)]
    archived: bool,
    /// Those that were deleted, and can be restored.
    #[arg(long, conflicts_with = "archived")]
    deleted: bool,
}

/// Action on a session. Ids may be shortened as long as they stay unique; a transcript's path does as well.
#[derive(Subcommand)]
enum Action {
    /// Puts sessions away: they are listed with `--archived`, and can be gone on with as before.
    Archive {
        /// Ids of the sessions.
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
    /// Takes sessions out of the archive.
    Unarchive {
        /// Ids of the sessions.
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
    /// Moves sessions to the trash.
    Delete {
        /// Ids of the sessions.
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
    /// Takes sessions out of the trash.
    Restore {
        /// Ids of the sessions.
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
    /// Writes a session as Markdown, JSON or an HTML page, without the secrets in it.
    Export(SessionExportArgs),
    /// Names a session.
    Rename {
        /// Id of the session.
        #[arg(value_name = "ID")]
        id: String,
        /// The name.
        title: String,
    },
}

/// Options of `countersign import`.
#[derive(Args)]
pub(crate) struct ImportArgs {
    /// The files: `~/.codex/sessions/YYYY/MM/DD/rollout-TIME-ID.jsonl`.
    #[arg(required = true, value_name = "ROLLOUT")]
    rollouts: Vec<PathBuf>,
    /// Folder of the sessions, in place of the one that each rollout names.
    #[arg(long, short = 'C', value_name = "DIR")]
    cd: Option<PathBuf>,
    /// One JSON object a line instead of text.
    #[arg(long)]
    json: bool,
}

/// Options of `countersign fork`.
#[derive(Args)]
pub(crate) struct ForkArgs {
    /// Id of the session, or its beginning, or its transcript's path.
    #[arg(value_name = "ID")]
    id: String,
    /// The last task to take over, counted from 1; 0 takes over nothing but how the session was set up. All that happened so
    /// far when absent.
    #[arg(long, value_name = "TASK")]
    at: Option<u32>,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// Lists sessions, or does something with them.
pub(crate) async fn sessions(args: SessionsArgs) -> Result<ExitCode> {
    let home = home()?;
    Ok(match args.action {
        None => list(&home, &args)?,
        Some(Action::Archive { ids }) => move_all(
            &home,
            &ids,
            &[SessionLocation::Sessions, SessionLocation::Archive],
            SessionLocation::Archive,
            "archived",
        ),
        Some(Action::Unarchive { ids }) => move_all(
            &home,
            &ids,
            &[SessionLocation::Archive, SessionLocation::Sessions],
            SessionLocation::Sessions,
            "taken out of the archive",
        ),
        Some(Action::Delete { ids }) => move_all(
            &home,
            &ids,
            &[SessionLocation::Sessions, SessionLocation::Archive],
            SessionLocation::Trash,
            "moved to the trash",
        ),
        Some(Action::Restore { ids }) => move_all(
            &home,
            &ids,
            &[SessionLocation::Trash],
            SessionLocation::Sessions,
            "taken out of the trash",
        ),
        Some(Action::Export(args)) => export(&home, args).await?,
        Some(Action::Rename { id, title }) => {
            transcript::rename(&transcript::find(&home, &id)?, &title)?;
            ExitCode::SUCCESS
        }
    })
}

/// Forks a session.
pub(crate) fn fork(args: &ForkArgs) -> Result<ExitCode> {
    let home = home()?;
    let source = transcript::find(&home, &args.id)?;
    let forked = transcript::fork(&home, &source, args.at.map(TaskId))?;
    for warning in &forked.warnings {
        errln!("countersign: {warning}");
    }
    if args.json {
        outln!("{}", serde_json::json!({ "id": forked.session_id, "path": forked.path }));
    } else {
        outln!("{}", forked.session_id);
        if std::io::stdout().is_terminal() {
            errln!("  `countersign resume {} PROMPT` goes on with it", forked.session_id);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes a session of each rollout of another agent, and prints its id.
pub(crate) fn import(args: ImportArgs) -> Result<ExitCode> {
    let home = home()?;
    let cwd = args.cd.as_deref().map(|dir| folder(Some(dir))).transpose()?;
    let mut failed = false;
    for rollout in &args.rollouts {
        let named = visible_inline(&rollout.to_string_lossy()).into_owned();
        let imported = match transcript::import_codex(&home, rollout, cwd.clone()) {
            Ok(imported) => imported,
            Err(error) => {
                errln!("countersign: {}", visible_inline(&error.to_string()));
                failed = true;
                continue;
            }
        };
        for warning in &imported.warnings {
            errln!("countersign: {named}: {warning}");
        }
        if !imported.cwd.is_dir() {
            errln!(
                "countersign: {named}: its folder {} is not there; import it with --cd DIR to go on with it",
                visible_inline(&imported.cwd.to_string_lossy())
            );
        }
        if args.json {
            let (id, path, tasks) = (&imported.session_id, &imported.path, imported.tasks);
            outln!("{}", serde_json::json!({ "id": id, "path": path, "tasks": tasks, "cwd": imported.cwd }));
        } else {
            outln!("{}", imported.session_id);
            if std::io::stdout().is_terminal() {
                let tasks = if imported.tasks == 1 { "task" } else { "tasks" };
                errln!(
                    "  {} {tasks}; `countersign resume {} PROMPT` goes on with it",
                    imported.tasks,
                    imported.session_id
                );
            }
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn move_all(
    home: &Home,
    ids: &[String],
    from: &[SessionLocation],
    to: SessionLocation,
    done: &str,
) -> ExitCode {
    let mut failed = false;
    for id in ids {
        // one that cannot be moved is no reason to leave the others
        let moved = transcript::find_on(home, from, id).and_then(|path| transcript::move_to(home, &path, to));
        match moved {
            Ok(path) => errln!("{done}: {}", path.display()),
            Err(error) => {
                errln!("countersign: {error}");
                failed = true;
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn list(home: &Home, args: &SessionsArgs) -> Result<ExitCode> {
    let mut index = Index::open(home)?;
    index.refresh(|| {})?;
    if let Some(problem) = index.problem() {
        errln!("countersign: the sessions had to be read one by one: {problem}");
    }
    let folder = match &args.cd {
        Some(dir) => Some(
            dir.canonicalize().with_context(|| format!("the folder {} cannot be opened", dir.display()))?,
        ),
        None => None,
    };
    let wanted = SessionQuery {
        words: args.search.as_deref().unwrap_or_default(),
        folder: folder.as_deref(),
        location: match (args.archived, args.deleted) {
            (_, true) => SessionLocation::Trash,
            (true, _) => SessionLocation::Archive,
            _ => SessionLocation::Sessions,
        },
        from: 0,
        count: if args.all { u32::MAX } else { LISTED },
    };
    if args.search.as_ref().is_some_and(|words| words.trim().is_empty()) {
        bail!("there are no words to search for");
    }
    let page = index.list(&wanted)?;
    if page.sessions.is_empty() && !args.json {
        let nothing =
            if *wanted.words == *"" && wanted.location == SessionLocation::Sessions && folder.is_none() {
                "no sessions yet"
            } else {
                "no such sessions"
            };
        outln!("{nothing}");
    }
    for session in &page.sessions {
        if args.json { outln!("{}", json(session)) } else { show(session) }
    }
    let left_out = page.total.saturating_sub(u32::try_from(page.sessions.len()).unwrap_or(u32::MAX));
    if left_out > 0 && !args.json {
        errln!("and {left_out} more; `--all` lists all, `--search WORDS` finds some");
    }
    Ok(ExitCode::SUCCESS)
}

fn json(session: &ListedSession) -> serde_json::Value {
    let snippet: String = session.snippet.iter().map(|part| part.text.as_str()).collect();
    serde_json::json!({
        "id": session.session_id,
        "title": session.title,
        "cwd": session.cwd,
        "path": session.path,
        "created_ms": session.created_ms,
        "updated_ms": session.updated_ms,
        "tasks": session.tasks,
        "archived": session.location == SessionLocation::Archive,
        "deleted": session.location == SessionLocation::Trash,
        "forked_from": session.forked_from,
        "snippet": (!snippet.is_empty()).then_some(snippet),
    })
}

fn show(session: &ListedSession) {
    let title = match session.title.as_str() {
        "" => "(nothing asked yet)".into(),
        title => visible_inline(title),
    };
    outln!(
        "{}  {}  {}  {title}",
        session.session_id,
        when(session.updated_ms),
        visible_inline(&session.cwd.to_string_lossy())
    );
    if !session.snippet.is_empty() {
        let bright = out_has_colors();
        out!("    ");
        for part in &session.snippet {
            match (part.hit, bright) {
                (true, true) => out!("\x1b[1m{}\x1b[0m", visible_inline(&part.text)),
                _ => out!("{}", visible_inline(&part.text)),
            }
        }
        outln!();
    }
}

pub(crate) fn when(at_ms: u64) -> String {
    let at =
        i64::try_from(at_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}
