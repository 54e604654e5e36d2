//! `countersign exec` and `countersign resume`: one task, from prompt to end.

use crate::answer_file::AnswerFile;
use crate::out::{errln, outln};
use crate::render::Render;
use crate::settings::{ModelArgs, failure, folder, home};
use crate::short_id::short;
use crate::{ask, broad_folder, first_contact, images, trust};
use agent::copies;
use agent::project_check::check_project;
use agent::session::{self, OpenRequest, Resume, SessionUse};
use agent::{Events, Submitter};
use anyhow::{Context, Result, bail};
use clap::Args;
use config::{Home, PromptCommands, TrustStore, typed_check};
use protocol::{
    AbortReason, Approval, CallId, CheckResult, CheckVerdict, CopyId, EndedBy, Event, EventMsg, InputItem,
    IsolatedCopy, Op, OpId, ReachedLimit,
};
use secrets::Keychain;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use view::text::visible_inline;

/// Time that the one request of a command line waits for MCP servers: there may be no second one to offer their tools in.
const MCP_WAIT: Duration = Duration::from_secs(20);

/// Exit code of a task that is complete, where the check of `--check` does not pass.
const CHECK_FAILED: u8 = 2;

/// Options of `countersign exec`.
#[derive(Args)]
pub(crate) struct ExecArgs {
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    io: IoArgs,
    /// Folder to work in; the current one when absent.
    #[arg(long, short = 'C', value_name = "DIR")]
    cd: Option<PathBuf>,
    /// Works on an isolated copy of the folder: nothing reaches the folder before you bring it in (`countersign isolated bring-in`).
    #[arg(long, conflicts_with = "check")]
    isolated: bool,
    /// The prompt; read from standard input when it is `-` or absent.
    prompt: Option<String>,
}

/// Options of `countersign resume`.
#[derive(Args)]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    io: IoArgs,
    /// The session used last.
    #[arg(long)]
    last: bool,
    /// Id of the session, or its beginning, or its transcript's path. With `--last` this is the prompt.
    id: Option<String>,
    /// The prompt; read from standard input when it is `-`. Not needed when something waits for a decision.
    prompt: Option<String>,
}

/// Input of a task beside its prompt, and the destination of its answer.
#[derive(Args, Default)]
struct IoArgs {
    /// Works in your home folder, in `/`, or in a folder with the app's own files, without asking whether that is meant.
    #[arg(long)]
    allow_broad_folder: bool,
    /// One event a line on standard output, as JSON, instead of text.
    #[arg(long)]
    json: bool,
    /// Also writes the answer into this file.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Command that checks each patch that you are asked about, and the files once the task is complete, on a copy of the project.
    /// For this task it stands in for the project's own (`countersign patch-check`).
    #[arg(long, value_name = "COMMAND")]
    check: Option<String>,
    /// An image to send with the prompt: PNG, JPEG, GIF or WebP. May be given several times.
    #[arg(long, short, value_name = "FILE")]
    image: Vec<PathBuf>,
}

/// Runs one task in a new session.
pub(crate) async fn exec(args: ExecArgs) -> Result<ExitCode> {
    let cwd = folder(args.cd.as_deref())?;
    let prompt = prompt(args.prompt.as_deref().unwrap_or("-"))?;
    drive((args.model, args.io), cwd, (None, args.isolated), SessionWork::Prompt(prompt)).await
}

/// Brings the changes of an isolated copy into its folder, in a session of its own.
pub(crate) async fn bring_in(copy: IsolatedCopy, json: bool) -> Result<ExitCode> {
    let io = IoArgs { json, allow_broad_folder: true, ..IoArgs::default() };
    let title = format!("Bring in isolated copy {}", short(copy.id.as_str()));
    let work = SessionWork::BringIn { copy: copy.id, title };
    drive((ModelArgs::default(), io), copy.folder, (None, false), work).await
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
    let prompt = prompt.as_deref().map(self::prompt).transpose()?;
    let work = prompt.map_or(SessionWork::Waiting, SessionWork::Prompt);
    drive((args.model, args.io), cwd, (Some(resume), false), work).await
}

/// Work that a session is opened for.
enum SessionWork {
    /// A decision that waits in it.
    Waiting,
    /// A task.
    Prompt(String),
    /// The changes of an isolated copy.
    BringIn { copy: CopyId, title: String },
}

/// Reads the prompt from standard input when it is `-`.
fn prompt(given: &str) -> Result<String> {
    let mut prompt = given.to_owned();
    if given == "-" {
        prompt.clear();
        std::io::stdin()
            .read_to_string(&mut prompt)
            .context("the prompt on standard input could not be read")?;
    }
    if prompt.trim().is_empty() {
        bail!("there is no prompt; give one as an argument or on standard input");
    }
    Ok(prompt)
}

/// Returns the prompt that a command of the person's or of a trusted project stands for (`/review src/lib.rs`), or the text as it is.
fn expanded(home: &Home, cwd: &Path, text: String) -> Result<String> {
    let trust = TrustStore::load(home).trust_of(cwd);
    let expanded = PromptCommands::load(home, Some(cwd), &trust).expand(&text)?;
    Ok(expanded.unwrap_or(text))
}

async fn drive(
    (args, io): (ModelArgs, IoArgs),
    cwd: PathBuf,
    (resume, is_isolated): (Option<Resume>, bool),
    work: SessionWork,
) -> Result<ExitCode> {
    let home = home()?;
    let work = match work {
        SessionWork::Prompt(text) => SessionWork::Prompt(expanded(&home, &cwd, text)?),
        work => work,
    };
    if !matches!(work, SessionWork::Prompt(_)) && !io.image.is_empty() {
        bail!("an image goes with a prompt; give one");
    }
    if !io.allow_broad_folder {
        broad_folder::confirm(&home, &cwd)?;
    }
    let check = io.check.as_deref().map(typed_check).transpose().map_err(anyhow::Error::msg)?;
    let images = io.image.iter().map(|file| images::read(file)).collect::<Result<Vec<_>>>()?;
    let answer_file = io.output.as_deref().map(AnswerFile::create).transpose()?;
    crate::patch::recover(&home, &cwd);
    let is_attended = ask::someone_is_there();
    let (overrides, keychain) = (args.overrides(is_attended)?, Keychain::open());
    let mut fallback = None;
    if matches!(work, SessionWork::Prompt(_))
        && resume.is_none()
        && let Some(found) = first_contact::find(&overrides.load(&home).map_err(failure)?, &keychain).await?
    {
        errln!("  using {}; --provider NAME chooses another", visible_inline(&found.reason));
        fallback = Some(found.choice);
    }
    // last: what fails before leaves none behind
    let isolated = if is_isolated { Some(copies::create(&home, &cwd).map_err(failure)?) } else { None };
    let copy = isolated.clone();
    let request = OpenRequest {
        overrides: overrides.clone(),
        mcp_wait: MCP_WAIT,
        resume,
        keychain,
        fallback,
        check: check.clone(),
        isolated,
        session_use: if matches!(work, SessionWork::BringIn { .. }) {
            SessionUse::Files
        } else {
            SessionUse::Work
        },
        ..OpenRequest::new(home.clone(), cwd.clone(), TrustStore::load(&home).trust_of(&cwd))
    };
    let mut shown = ShownSession { json: io.json, answer_file, ..ShownSession::default() };
    let session = match session::open(request, |event| shown.show(event)).await {
        Ok(session) => session,
        // what the session itself said has been shown
        Err(_) if shown.failed => return Ok(ExitCode::FAILURE),
        Err(error) => return Err(failure(error)),
    };
    for note in &session.instructions.notes {
        errln!("  {}", visible_inline(note));
    }
    trust::explain_withheld(&cwd, &session.instructions.withheld);
    let sandbox = session.config.policies.sandbox.clone();
    let stop = CancellationToken::new();
    interrupt_on_signals(session.submitter.clone(), check.as_ref().map(|_| stop.clone()));
    let (submitter, mut events) = (session.submitter, session.events);
    let mut run = Run { submitter, is_attended, shown };
    match work {
        SessionWork::Waiting => {}
        SessionWork::Prompt(text) => {
            run.submitter.submit(Op::AddToHistory { text: text.clone() }).await?;
            let items = std::iter::once(InputItem::text(text)).chain(images).collect();
            run.shown.prompt = Some(run.submitter.submit(Op::UserInput { items }).await?);
            run.shown.task = TaskProgress::Going;
        }
        SessionWork::BringIn { copy, title } => {
            run.submitter.submit(Op::SetTitle { title }).await?;
            run.submitter.submit(Op::BringIn { copy }).await?;
            run.shown.task = TaskProgress::Going;
        }
    }
    let code = match run.shown.task {
        TaskProgress::Going => {
            run.answer_waiting(&mut events).await?;
            run.until_done(&mut events).await?
        }
        // what waited for nobody ended on the way here
        TaskProgress::Over(ExitCode::SUCCESS) => ExitCode::SUCCESS,
        TaskProgress::None | TaskProgress::Over(_) => {
            errln!("countersign: nothing waits for a decision in this session; give a prompt to go on");
            ExitCode::FAILURE
        }
    };
    run.submitter.submit(Op::Shutdown).await?;
    while let Ok(event) = events.next().await {
        run.shown.show(&event);
    }
    if let Some(copy) = copy {
        let id = short(copy.as_str());
        errln!("  the changes are in an isolated copy; bring them in: countersign isolated bring-in {id}");
    }
    match check.filter(|_| code == ExitCode::SUCCESS) {
        Some(check) => {
            let config = overrides.load(&home).map_err(failure)?;
            let result = check_project((&home, &config), &cwd, &sandbox, check, stop).await;
            run.shown.show_check(&result);
            Ok(match (&result.ended_by, result.verdict()) {
                (EndedBy::Interrupted, _) => ExitCode::from(130),
                (_, CheckVerdict::Passed) => code,
                _ => ExitCode::from(CHECK_FAILED),
            })
        }
        None => Ok(code),
    }
}

/// Ctrl-C or SIGTERM stops the task, or the check after it; a second one the program.
fn interrupt_on_signals(submitter: Submitter, check: Option<CancellationToken>) {
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
            let has_ended = submitter.submit(Op::Interrupt).await.is_err();
            match &check {
                _ if count > 0 => std::process::exit(130),
                Some(check) if has_ended => check.cancel(),
                None if has_ended => std::process::exit(130),
                _ => {}
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
    answer_file: Option<AnswerFile>,
    /// Pending approvals by call, in the order asked.
    waiting: BTreeMap<CallId, Box<Approval>>,
    /// The limit that the task has reached and that nobody was asked about yet.
    reached: Option<ReachedLimit>,
    /// Whether the task is ended for its limit.
    ends_at_limit: bool,
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
        if let Some(reached) = self.shown.reached.take() {
            let op = if self.is_attended {
                let asking = tokio::task::spawn_blocking(move || ask::limit::ask(&reached));
                self.answer(asking, events, |msg| matches!(msg, EventMsg::TurnAborted { .. })).await?
            } else {
                self.shown.ends_at_limit = true;
                Some(ask::limit::nobody(&reached))
            };
            if let Some(op) = op {
                self.submitter.submit(op).await?;
            }
        }
        Ok(())
    }

    /// Asks the person about a call; returns no op when the question is over before there is an answer.
    async fn ask(&mut self, approval: Box<Approval>, events: &mut Events) -> Result<Option<Op>> {
        // whoever decides must have the patch before them, wherever standard output goes
        let unseen = self.shown.json || !self.shown.render.has_shown_patch(&approval.call_id);
        let call_id = approval.call_id.clone();
        let asking = tokio::task::spawn_blocking(move || ask::ask(&approval, unseen));
        self.answer(
            asking,
            events,
            |msg| matches!(msg, EventMsg::ApprovalResolved { call_id: resolved, .. } if *resolved == call_id),
        )
        .await
    }

    /// Waits for an answer; returns none when `is_over` says so of an event first. Events that come meanwhile are shown afterwards.
    async fn answer(
        &mut self,
        mut asking: JoinHandle<Op>,
        events: &mut Events,
        is_over: impl Fn(&EventMsg) -> bool,
    ) -> Result<Option<Op>> {
        let mut meanwhile = Vec::new();
        let op = loop {
            tokio::select! {
                op = &mut asking => break Some(op?),
                event = events.next() => {
                    // the session ended by itself: the next wait for an event finds out
                    let Ok(event) = event else { break None };
                    let over = is_over(&event.msg);
                    // it helps to answer
                    if matches!(event.msg, EventMsg::CheckEnded { .. } | EventMsg::ReviewEnded { .. }) {
                        errln!();
                        self.shown.show(&event);
                        ask::question::repeat();
                        continue;
                    }
                    meanwhile.push(event);
                    if over {
                        // interrupted: whoever still reads the terminal is no longer listened to
                        errln!();
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
            EventMsg::TaskComplete { last_agent_message, .. } => {
                let mut code = ExitCode::SUCCESS;
                if let (Some(file), false) = (&self.answer_file, event.replay)
                    && let Err(error) = file.write(last_agent_message.as_deref().unwrap_or_default())
                {
                    errln!("countersign: {error:#}");
                    code = ExitCode::FAILURE;
                }
                self.end(event, code);
            }
            EventMsg::TurnAborted { reason, .. } => {
                self.reached = None;
                let is_stopped = *reason == AbortReason::Interrupted && !self.ends_at_limit;
                self.end(event, if is_stopped { ExitCode::from(130) } else { ExitCode::FAILURE });
            }
            EventMsg::LimitReached { reached } => self.reached = Some(*reached),
            EventMsg::LimitRaised { .. } => self.reached = None,
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

    /// Shows the result of the check of `--check`.
    fn show_check(&mut self, result: &CheckResult) {
        if self.json {
            // strings, numbers and lists always serialise
            if let Ok(line) = serde_json::to_string(&serde_json::json!({ "check": result })) {
                outln!("{line}");
            }
        } else {
            self.render.final_check(result);
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
