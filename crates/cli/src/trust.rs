//! `countersign trust`: the folders whose instruction files are used.

use crate::ask;
use crate::foreign::drawn;
use crate::out::{errln, out, outln};
use crate::settings::{folder, home};
use anyhow::{Result, bail};
use clap::Args;
use config::project_doc::{
    self, InstructionFile, InstructionNames, InstructionProblem, Withheld, WithheldReason,
};
use config::trust::TrustedFolder;
use config::{Home, TrustState, TrustStore};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use view::text::visible_inline;

/// Lines of a file that are printed unless all are asked for.
const SHOWN_LINES: usize = 40;

/// Options of `countersign trust`.
#[derive(Args)]
pub(crate) struct TrustCommand {
    /// The folder; the current one when absent.
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Trusts without asking.
    #[arg(long, short)]
    yes: bool,
    /// Prints the files whole.
    #[arg(long)]
    all: bool,
    /// Lists the folders you decided about.
    #[arg(long, conflicts_with_all = ["dir", "yes", "remove"])]
    list: bool,
    /// Forgets what you decided about the folder.
    #[arg(long, conflicts_with = "yes")]
    remove: bool,
    /// With `--list`, one JSON object a line instead of text.
    #[arg(long, requires = "list")]
    json: bool,
}

/// A folder as it is listed.
#[derive(Serialize)]
struct ListedFolder<'a> {
    folder: &'a Path,
    state: &'static str,
    files: Vec<&'a PathBuf>,
}

/// Trusts a folder, lists the decisions or removes one.
pub(crate) fn run(args: TrustCommand) -> Result<ExitCode> {
    let home = home()?;
    if args.list {
        return list(&home, args.json);
    }
    if args.remove {
        return remove(&home, args.dir.as_deref());
    }
    let dir = folder(args.dir.as_deref())?;
    let mut files = project_doc::find_steering(&dir, &InstructionNames::load(&home));
    for (path, problem) in files.iter().filter_map(|file| Some((&file.path, file.problem?))) {
        errln!("  {} is never used: {}", visible_inline(&path.to_string_lossy()), problem_text(problem));
    }
    files.retain(|file| file.problem.is_none());
    if files.is_empty() {
        outln!(
            "{} has no instruction files (AGENTS.md) and no prompt commands (.countersign/commands)",
            visible_inline(&dir.to_string_lossy())
        );
        return Ok(ExitCode::SUCCESS);
    }
    let state = TrustStore::load(&home).state_of(&dir, &files);
    for file in &files {
        show(file, if args.all { usize::MAX } else { SHOWN_LINES });
    }
    if state == TrustState::Trusted {
        outln!("you trust these instructions already");
        return Ok(ExitCode::SUCCESS);
    }
    if !args.yes {
        if !ask::someone_is_there() {
            bail!("nobody is there to be asked; pass --yes to trust these files");
        }
        let answer = ask::question("trust the instructions in this folder [y/N]? ").to_lowercase();
        if !matches!(answer.as_str(), "y" | "yes") {
            outln!("nothing was changed");
            return Ok(ExitCode::FAILURE);
        }
    }
    // the files as they were shown: what changed meanwhile is asked about again
    TrustStore::update(&home, |store| store.trust(&dir, &files, now_ms()))?;
    outln!("trusted {}; a file that changes is asked about again", visible_inline(&dir.to_string_lossy()));
    Ok(ExitCode::SUCCESS)
}

/// Prints which files of the project are not used, and the way to use them.
pub(crate) fn explain_withheld(folder: &Path, withheld: &[Withheld]) {
    if withheld.is_empty() {
        return;
    }
    let mut can_be_trusted = false;
    for file in withheld {
        let why = match file.reason {
            WithheldReason::Untrusted => "you haven't trusted it",
            WithheldReason::Changed => "it changed since you trusted it",
            WithheldReason::Problem(problem) => problem_text(problem),
        };
        can_be_trusted |= !matches!(file.reason, WithheldReason::Problem(_));
        errln!("  {} isn't used: {why}", visible_inline(&file.path.to_string_lossy()));
    }
    if !can_be_trusted {
        return;
    }
    errln!("  To read and trust it, run: countersign trust {}", shell_word(&folder.to_string_lossy()));
}

fn problem_text(problem: InstructionProblem) -> &'static str {
    match problem {
        InstructionProblem::LinkToOther => {
            "it is a link to a file that may hold a secret; put its text into the file itself"
        }
        InstructionProblem::HardLink => {
            "it has another name too (a hard link), which may be that of a secret; copy it instead"
        }
        InstructionProblem::NotText => "it isn't text",
    }
}

fn list(home: &Home, json: bool) -> Result<ExitCode> {
    let (store, names) = (TrustStore::load(home), InstructionNames::load(home));
    let mut is_empty = true;
    for decision in store.folders() {
        is_empty = false;
        let listed = ListedFolder {
            folder: &decision.folder,
            state: state(&store, &names, decision),
            files: decision.files.keys().collect(),
        };
        if json {
            outln!("{}", serde_json::to_string(&listed)?);
        } else {
            outln!("{:<12} {}", listed.state, visible_inline(&listed.folder.to_string_lossy()));
            for file in listed.files {
                outln!("{:<12}   {}", "", visible_inline(&file.to_string_lossy()));
            }
        }
    }
    if is_empty && !json {
        outln!("you haven't decided about any folder; `countersign trust DIR` trusts one");
    }
    Ok(ExitCode::SUCCESS)
}

fn state(store: &TrustStore, names: &InstructionNames, decision: &TrustedFolder) -> &'static str {
    match store.state_of(&decision.folder, &project_doc::find_steering(&decision.folder, names)) {
        TrustState::Declined => "not trusted",
        TrustState::Changed => "changed",
        TrustState::Trusted | TrustState::Undecided => "trusted",
    }
}

fn remove(home: &Home, dir: Option<&Path>) -> Result<ExitCode> {
    // a folder that does not exist any more is named as it was
    let dir = match (folder(dir), dir) {
        (Ok(folder), _) => folder,
        (Err(_), Some(dir)) => std::path::absolute(dir)?,
        (Err(error), None) => return Err(error),
    };
    if TrustStore::update(home, |store| store.remove(&dir))? {
        outln!("removed {}", visible_inline(&dir.to_string_lossy()));
        Ok(ExitCode::SUCCESS)
    } else {
        bail!("there is no decision about {}; `countersign trust --list` lists them", dir.display())
    }
}

fn show(file: &InstructionFile, max_lines: usize) {
    let (text, encoding) = file.text();
    let count = text.lines().count();
    let lines = if count == 1 { "line" } else { "lines" };
    outln!(
        "{}  {} bytes, {count} {lines}{}",
        visible_inline(&file.path.to_string_lossy()),
        file.size,
        encoding.map(|name| format!(", {name}")).unwrap_or_default()
    );
    let shown: Vec<_> = text.lines().take(max_lines).collect();
    out!("{}", drawn(" ", &shown.join("\n")));
    if let Some(more) = count.checked_sub(max_lines).filter(|more| *more > 0) {
        outln!("  | [... {more} more lines; --all prints them ...]");
    }
    outln!();
}

/// Quotes a path for a shell where it has to be.
fn shell_word(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | ',' | '@');
    let path = visible_inline(path);
    if path.chars().all(is_plain) { path.into_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
