//! `countersign undo` and `countersign redo`: what a task did to the files, taken back and brought back (B36).

use crate::ask;
use crate::drawn_patch::changed_files;
use crate::out::{errln, out, outln};
use crate::settings::{failure, folder, home};
use crate::text;
use agent::session::{self, OpenRequest, Resume, SessionUse};
use agent::{Events, Submitter};
use anyhow::{Context, Result, bail};
use clap::Args;
use config::{Home, Trust};
use protocol::{Event, EventMsg, Op, OpId, TaskId, UndoMode, UndoPlan, Undone};
use std::path::PathBuf;
use std::process::ExitCode;
use view::text::{visible, visible_inline};

/// Options of `countersign undo`.
#[derive(Args)]
pub(crate) struct UndoArgs {
    /// Number of the task, as `TaskStarted` says it; those after it are undone with it. The last one when absent.
    task: Option<u32>,
    #[command(flatten)]
    how: HowArgs,
}

/// Options of `countersign redo`.
#[derive(Args)]
pub(crate) struct RedoArgs {
    #[command(flatten)]
    how: HowArgs,
}

#[derive(Args)]
struct HowArgs {
    /// Id of the session, or its beginning, or its transcript's path. The one used last, if it is of this folder, when absent.
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// The session used last, whatever its folder is.
    #[arg(long, conflicts_with = "session")]
    last: bool,
    /// Does it without asking.
    #[arg(long, short)]
    yes: bool,
    /// Also puts back files that somebody else has changed since. What they hold now is kept, and `redo` brings it back.
    #[arg(long)]
    overwrite: bool,
}

/// Takes back what a task and those after it did.
pub(crate) async fn undo(args: UndoArgs) -> Result<ExitCode> {
    let task_id = args.task.map(TaskId);
    put_back(args.how, |mode| Op::Undo { task_id, mode }).await
}

/// Takes back the last undo.
pub(crate) async fn redo(args: RedoArgs) -> Result<ExitCode> {
    put_back(args.how, |mode| Op::Redo { mode }).await
}

async fn put_back(args: HowArgs, op: impl Fn(UndoMode) -> Op) -> Result<ExitCode> {
    let home = home()?;
    let path = transcript_of(&args, &home)?;
    let mut session = UndoSession::open(home, path).await?;
    let code = session.put_back(&args, op).await;
    session.close().await;
    code
}

fn transcript_of(args: &HowArgs, home: &Home) -> Result<PathBuf> {
    if let Some(id) = &args.session {
        return Ok(transcript::find(home, id)?);
    }
    let path = transcript::newest(home).context("there is no session yet")?;
    let (here, worked_in) = (folder(None)?, transcript::header(&path)?.meta.cwd);
    if !args.last && !here.starts_with(&worked_in) {
        bail!(
            "the session used last worked in {}: say --last to mean it, or --session ID for another one",
            worked_in.display()
        );
    }
    Ok(path)
}

/// A session that is asked about its files, and nothing else.
struct UndoSession {
    submitter: Submitter,
    events: Events,
}

impl UndoSession {
    async fn open(home: Home, path: PathBuf) -> Result<Self> {
        let resume = Resume::read(path)?;
        let folder = resume.header.meta.cwd.clone();
        if !folder.is_dir() {
            bail!("the session's folder {} is not there any more", folder.display());
        }
        crate::patch::recover(&home, &folder);
        let request = OpenRequest {
            resume: Some(resume),
            session_use: SessionUse::Files,
            ..OpenRequest::new(home, folder, Trust::Untrusted)
        };
        // an error that ends the session is returned, and printed once
        let session = session::open(request, |event| {
            if !matches!(event.msg, EventMsg::Error { .. }) {
                show_aside(event);
            }
        });
        let session = session.await.map_err(failure)?;
        Ok(Self { submitter: session.submitter, events: session.events })
    }

    async fn put_back(&mut self, args: &HowArgs, op: impl Fn(UndoMode) -> Op) -> Result<ExitCode> {
        let id = self.submitter.submit(op(UndoMode::Preview)).await?;
        let plan = self.answer(&id, |msg| match msg {
            EventMsg::UndoPreview { plan } => Some(*plan),
            _ => None,
        });
        let plan = plan.await?;
        show(&plan, args.overwrite);
        if plan.diff.files.is_empty() && plan.diff.notes.is_empty() {
            let what = if plan.lost.is_empty() { "the files" } else { "all other files" };
            outln!("{what} are as they were already");
            return Ok(ExitCode::SUCCESS);
        }
        if !args.yes && !agreed(&plan)? {
            outln!("nothing was changed");
            return Ok(ExitCode::FAILURE);
        }
        let id = self.submitter.submit(op(UndoMode::Apply { overwrite: args.overwrite })).await?;
        let undone = self.answer(&id, |msg| match msg {
            EventMsg::UndoApplied { undone } => Some(undone),
            _ => None,
        });
        done(&undone.await?);
        Ok(ExitCode::SUCCESS)
    }

    /// Waits for the answer to an op; prints other messages meanwhile.
    async fn answer<T>(&mut self, id: &OpId, fits: impl Fn(EventMsg) -> Option<T>) -> Result<T> {
        loop {
            let event = self.events.next().await.context("the session ended")?;
            if event.replay {
                continue;
            }
            if event.id != *id {
                show_aside(&event);
            }
            match event.msg {
                EventMsg::Error { error } if event.id == *id => return Err(failure(error)),
                msg if event.id == *id => {
                    if let Some(answer) = fits(msg) {
                        return Ok(answer);
                    }
                }
                _ => {}
            }
        }
    }

    async fn close(mut self) {
        if self.submitter.submit(Op::Shutdown).await.is_ok() {
            while self.events.next().await.is_ok() {}
        }
    }
}

/// Prints an error or a message of the session that answers no op of ours.
fn show_aside(event: &Event) {
    match &event.msg {
        _ if event.replay => {}
        EventMsg::Error { error } => errln!("countersign: {}", visible(&error.message)),
        EventMsg::FilesLost { lost, .. } => errln!("  {}", view::lost_files::sentence(lost)),
        EventMsg::BackgroundEvent { message, .. } => errln!("  {}", visible(message)),
        _ => {}
    }
}

fn show(plan: &UndoPlan, overwrite: bool) {
    let (what, way) = if plan.redo { ("redo", "brings back") } else { ("undo", "takes back") };
    outln!("{what} {way} task {} and those after it", plan.task_id);
    out!("{}", changed_files(&plan.diff.files));
    if !plan.lost.is_empty() {
        outln!("  {}", view::lost_files::sentence(&plan.lost));
    }
    for note in &plan.diff.notes {
        outln!("  {}", visible(note));
    }
    let what = if overwrite { "and is overwritten" } else { "and is left alone" };
    for path in plan.conflicts.iter().take(text::MAX_NAMED) {
        outln!("  {} was changed by somebody else since, {what}", visible_inline(path));
    }
    if let Some(more) = plan.conflicts.len().checked_sub(text::MAX_NAMED).filter(|more| *more > 0) {
        outln!("  so it is with {more} more");
    }
}

fn agreed(plan: &UndoPlan) -> Result<bool> {
    if !ask::someone_is_there() {
        bail!("nobody is there to be asked; say --yes to do it");
    }
    let question = if plan.redo { "redo this [y/N]? " } else { "undo this [y/N]? " };
    Ok(matches!(ask::question(question).to_lowercase().as_str(), "y" | "yes"))
}

fn done(undone: &Undone) {
    let what = text::undo_name(undone);
    outln!("{what}: {}", text::put_back(undone));
}
