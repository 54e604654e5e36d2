//! `countersign exec` and `countersign resume`: one task, from prompt to end.

use crate::out::outln;
use crate::render::Render;
use crate::settings::{ModelArgs, failure, folder, home};
use crate::{ask, trust};
use agent::session::{self, OpenRequest, Resume};
use agent::{Events, Submitter};
use anyhow::{Context, Result, bail};
use clap::Args;
use config::TrustStore;
use protocol::{AbortReason, Approval, CallId, Event, EventMsg, InputItem, Op, OpId};
use secrets::Keychain;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Time that the one request of a command line waits for MCP servers: there may be no second one to offer their tools in.
const MCP_WAIT: Duration = Duration::from_secs(20);

/// Options of `countersign exec`.
#[derive(Args)]
pub(crate) struct ExecArgs {
    #[command(flatten)]
    model: ModelArgs,
    /// One event a line on standard output, as JSON, instead of text.
    #[arg(long)]
    json: bool,
    /// Folder to work in; the current one when absent.
    #[arg(long, short = 'C', value_name = "DIR")]
    cd: Option<PathBuf>,
    /// The prompt; read from standard input when it is `-` or absent.
    prompt: Option<String>,
}

/// Options of `countersign resume`.
#[derive(Args)]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    model: ModelArgs,
    /// One event a line on standard output, as JSON, instead of text.
    #[arg(long)]
    json: bool,
    /// The session used last.
    #[arg(long)]
    last: bool,
    /// Id of the session, or its beginning, or its transcript's path. With `--last` this is the prompt.
    id: Option<String>,
    /// The prompt; not needed when something waits for a decision.
    prompt: Option<String>,
}

/// Runs one task in a new session.
pub(crate) async fn exec(args: ExecArgs) -> Result<ExitCode> {
    let cwd = folder(args.cd.as_deref())?;
    let prompt = match args.prompt.as_deref() {
        Some("-") | None => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .context("the prompt on standard input could not be read")?;
            text
        }
        Some(prompt) => prompt.to_owned(),
    };
    if prompt.trim().is_empty() {
        bail!("there is no prompt; give one as an argument or on standard input");
    }
    drive(args.model, args.json, cwd, None, Some(prompt)).await
}

/// Runs one more task in a session, or asks for the decision it waits for.
pub(crate) async fn resume(args: ResumeArgs) -> Result<ExitCode> {
    let home = home()?;
    let (path, prompt) = if args.last {
        (transcript::newest(&home).context("there is no session yet")?, args.id.or(args.prompt))
    } else {
        let id = args.id.context("which session? give an id (see `countersign sessions`) or --last")?;
        (transcript::find(&home, &id)?, args.prompt)
    };
    let resume = Resume::read(path)?;
    let cwd = resume.header.meta.cwd.clone();
    if !cwd.is_dir() {
        bail!("the session's folder {} is not there any more", cwd.display());
    }
    drive(args.model, args.json, cwd, Some(resume), prompt).await
}

async fn drive(
    args: ModelArgs,
    json: bool,
    cwd: PathBuf,
    resume: Option<Resume>,
    prompt: Option<String>,
) -> Result<ExitCode> {
    let home = home()?;
    crate::patch::recover(&home, &cwd);
    let is_attended = ask::someone_is_there();
    let request = OpenRequest {
        mcp_wait: MCP_WAIT,
        overrides: args.overrides(is_attended)?,
        resume,
        keychain: Keychain::open(),
        ..OpenRequest::new(home.clone(), cwd.clone(), TrustStore::load(&home).trust_of(&cwd))
    };
    let mut shown = ShownSession { json, ..ShownSession::default() };
    let session = match session::open(request, |event| shown.show(event)).await {
        Ok(session) => session,
        // what the session itself said has been shown
        Err(_) if shown.failed => return Ok(ExitCode::FAILURE),
        Err(error) => return Err(failure(error)),
    };
    if let Some(cut) = &session.instructions.cut {
        eprintln!("  {cut}");
    }
    trust::explain_withheld(&cwd, &session.instructions.withheld);
    interrupt_on_signals(session.submitter.clone());
    let (submitter, mut events) = (session.submitter, session.events);
    let mut run = Run { submitter, is_attended, shown };
    if let Some(text) = prompt {
        run.submitter.submit(Op::AddToHistory { text: text.clone() }).await?;
        run.shown.prompt =
            Some(run.submitter.submit(Op::UserInput { items: vec![InputItem::text(text)] }).await?);
        run.shown.task = TaskProgress::Going;
    }
    let code = match run.shown.task {
        TaskProgress::Going => {
            run.answer_waiting(&mut events).await?;
            run.until_done(&mut events).await?
        }
        // what waited for nobody ended on the way here
        TaskProgress::Over(ExitCode::SUCCESS) => ExitCode::SUCCESS,
        TaskProgress::None | TaskProgress::Over(_) => {
            eprintln!("countersign: nothing waits for a decision in this session; give a prompt to go on");
            ExitCode::FAILURE
        }
    };
    run.submitter.submit(Op::Shutdown).await?;
    while let Ok(event) = events.next().await {
        run.shown.show(&event);
    }
    Ok(code)
}

/// Ctrl-C or SIGTERM stops the task; a second one the program.
fn interrupt_on_signals(submitter: Submitter) {
    use tokio::signal::unix::{SignalKind, signal};
    tokio::spawn(async move {
        let (Ok(mut interrupt), Ok(mut terminate)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        for count in 0.. {
            tokio::select! {
                // the person's editor has the terminal: it is meant
                () = async { while interrupt.recv().await.is_some() && ask::is_editing() {} } => {}
                _ = terminate.recv() => {}
            }
            if count > 0 || submitter.submit(Op::Interrupt).await.is_err() {
                std::process::exit(130);
            }
        }
    });
}

struct Run {
    submitter: Submitter,
    is_attended: bool,
    shown: ShownSession,
}

/// The session as far as it was shown.
#[derive(Default)]
struct ShownSession {
    json: bool,
    render: Render,
    /// Pending approvals by call, in the order asked.
    waiting: BTreeMap<CallId, Box<Approval>>,
    task: TaskProgress,
    /// The prompt that was not taken in yet: until it is, no task that ends is the one it belongs to.
    prompt: Option<OpId>,
    /// Whether an error of now was shown.
    failed: bool,
}

/// The task that is waited for.
#[derive(Default)]
enum TaskProgress {
    /// There is none.
    #[default]
    None,
    /// It is being done, or was when the session was left.
    Going,
    /// It has ended, with this.
    Over(ExitCode),
}

impl Run {
    /// Up to the end of the task.
    async fn until_done(&mut self, events: &mut Events) -> Result<ExitCode> {
        loop {
            if let TaskProgress::Over(code) = self.shown.task {
                return Ok(code);
            }
            let Ok(event) = events.next().await else {
                // the session ended by itself: it has said why
                return Ok(ExitCode::FAILURE);
            };
            self.shown.show(&event);
            self.answer_waiting(events).await?;
        }
    }

    /// Asks the person about everything that waits, or denies it when nobody is there.
    async fn answer_waiting(&mut self, events: &mut Events) -> Result<()> {
        while let Some((_, approval)) = self.shown.waiting.pop_first() {
            let op = if self.is_attended {
                self.ask(approval, events).await?
            } else {
                Some(ask::nobody(&approval))
            };
            if let Some(op) = op {
                self.submitter.submit(op).await?;
            }
        }
        Ok(())
    }

    /// Asks the person about a call; returns no op when the question is over before there is an answer. Events that come
    /// meanwhile are shown afterwards.
    async fn ask(&mut self, approval: Box<Approval>, events: &mut Events) -> Result<Option<Op>> {
        // whoever decides must have the patch before them, wherever standard output goes
        let unseen = self.shown.json || !std::io::stdout().is_terminal();
        let call_id = approval.call_id.clone();
        let mut asking = tokio::task::spawn_blocking(move || Some(ask::ask(&approval, unseen)));
        let mut meanwhile = Vec::new();
        let op = loop {
            tokio::select! {
                op = &mut asking => break op?,
                event = events.next() => {
                    // the session ended by itself: the next wait for an event finds out
                    let Ok(event) = event else { break None };
                    let over = matches!(
                        &event.msg,
                        EventMsg::ApprovalResolved { call_id: resolved, .. } if *resolved == call_id
                    );
                    meanwhile.push(event);
                    if over {
                        // interrupted: whoever still reads the terminal is no longer listened to
                        eprintln!();
                        break None;
                    }
                }
            }
        };
        for event in &meanwhile {
            self.shown.show(event);
        }
        Ok(op)
    }
}

impl ShownSession {
    fn show(&mut self, event: &Event) {
        match &event.msg {
            EventMsg::ApprovalRequested { approval } => {
                self.waiting.insert(approval.call_id.clone(), approval.clone());
            }
            EventMsg::ApprovalResolved { call_id, .. } => {
                self.waiting.remove(call_id);
            }
            EventMsg::UserMessage { .. } => {
                self.prompt.take_if(|prompt| *prompt == event.id);
            }
            EventMsg::TaskStarted { .. } => self.task = TaskProgress::Going,
            EventMsg::TaskComplete { .. } => self.end(event, ExitCode::SUCCESS),
            EventMsg::TurnAborted { reason: AbortReason::Interrupted, .. } => {
                self.end(event, ExitCode::from(130));
            }
            EventMsg::TurnAborted { .. } => self.end(event, ExitCode::FAILURE),
            EventMsg::Error { .. } if !event.replay => self.failed = true,
            _ => {}
        }
        if self.json {
            // an event is made of strings, numbers and lists: it always serialises
            if let Ok(line) = serde_json::to_string(event) {
                outln!("{line}");
            }
        } else {
            self.render.event(event);
        }
    }

    fn end(&mut self, event: &Event, code: ExitCode) {
        // a task that ended before the session was left is none
        self.task = match (event.replay, &self.prompt) {
            (true, _) => TaskProgress::None,
            (false, None) => TaskProgress::Over(code),
            (false, Some(_)) => TaskProgress::Going,
        };
    }
}
