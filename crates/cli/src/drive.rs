//! `countersign exec` and `countersign resume`: one task, from prompt to end.

use crate::ask;
use crate::out::outln;
use crate::render::Render;
use crate::settings::{ModelArgs, failure, folder, home};
use agent::{AgentGone, Events, Submitter};
use anyhow::{Context, Result, bail};
use clap::Args;
use config::{Config, Home, project_doc};
use model::credential::SessionKeys;
use protocol::{AbortReason, Approval, CallId, Event, EventMsg, InputItem, Op, OpId, SessionConfig};
use secrets::Keychain;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::process::ExitCode;
use transcript;

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
    /// What to do; read from standard input when it is `-` or absent.
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
    /// What to do; not needed when something waits for a decision.
    prompt: Option<String>,
}

/// One new task in a folder.
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

/// One more task in a session, or the decision it waits for.
pub(crate) async fn resume(args: ResumeArgs) -> Result<ExitCode> {
    let home = home()?;
    let (path, prompt) = if args.last {
        (transcript::newest(&home).context("there is no session yet")?, args.id.or(args.prompt))
    } else {
        let id = args.id.context("which session? give an id (see `countersign sessions`) or --last")?;
        (transcript::find(&home, &id)?, args.prompt)
    };
    let outset = transcript::outset(&path)?;
    let cwd = outset.meta.cwd;
    if !cwd.is_dir() {
        bail!("the session's folder {} is not there any more", cwd.display());
    }
    let resumed = Resumed { path, before: outset.last_config };
    drive(args.model, args.json, cwd, Some(resumed), prompt).await
}

/// A session that is gone on with.
struct Resumed {
    path: PathBuf,
    /// What it was configured with.
    before: Option<SessionConfig>,
}

async fn drive(
    args: ModelArgs,
    json: bool,
    cwd: PathBuf,
    resumed: Option<Resumed>,
    prompt: Option<String>,
) -> Result<ExitCode> {
    let home = home()?;
    let someone_is_there = ask::someone_is_there();
    let mut config = args.load(&home, someone_is_there)?;
    let (resume_path, before) = resumed.map_or((None, None), |resumed| (Some(resumed.path), resumed.before));
    if let Some(before) = before {
        args.keep(&mut config, before, someone_is_there);
    }
    let keychain = Keychain::open();
    let (provider, model) = choose(&config, &keychain).await?;
    let session = session_config(&home, &config, &provider, &model, cwd, resume_path);
    let setup = agent::driver::assemble(home, config, &provider, &keychain, &SessionKeys::new())
        .await
        .map_err(failure)?;
    let (submitter, mut events) = agent::spawn(setup).split();
    interrupt_on_signals(submitter.clone());
    let mut run = Run {
        submitter,
        json,
        someone_is_there,
        render: Render::default(),
        waiting: BTreeMap::new(),
        task: Task::None,
        prompt: None,
    };
    run.submitter.submit(Op::ConfigureSession { config: Box::new(session) }).await?;
    match run.until_ready(&mut events).await {
        Ok(true) => {}
        Ok(false) => return Ok(ExitCode::FAILURE),
        Err(AgentGone) => bail!("the session ended before it began"),
    }
    if let Some(text) = prompt {
        run.submitter.submit(Op::AddToHistory { text: text.clone() }).await?;
        run.prompt = Some(run.submitter.submit(Op::UserInput { items: vec![InputItem::text(text)] }).await?);
        run.task = Task::Going;
    }
    let code = match run.task {
        Task::Going => {
            run.answer_waiting(&mut events).await?;
            run.until_done(&mut events).await?
        }
        // what waited for nobody ended on the way here
        Task::Over(ExitCode::SUCCESS) => ExitCode::SUCCESS,
        Task::None | Task::Over(_) => {
            eprintln!("countersign: nothing waits for a decision in this session; give a prompt to go on");
            ExitCode::FAILURE
        }
    };
    run.submitter.submit(Op::Shutdown).await?;
    while let Ok(event) = events.next().await {
        run.show(&event);
    }
    Ok(code)
}

/// The provider and model that answer.
async fn choose(config: &Config, keychain: &Keychain) -> Result<(String, String)> {
    let provider = match config.provider() {
        Some(provider) => provider.key.clone(),
        // named on the command line, and unknown: the error lists the known ones
        None => config.model_provider.clone().unwrap_or_default(),
    };
    let model = agent::driver::default_model(config, &provider, keychain, &SessionKeys::new())
        .await
        .map_err(failure)?;
    Ok((provider, model))
}

fn session_config(
    home: &Home,
    config: &Config,
    provider: &str,
    model: &str,
    cwd: PathBuf,
    resume_path: Option<PathBuf>,
) -> SessionConfig {
    let doc = project_doc::load(home, &cwd, config.project_doc_max_bytes);
    if let Some(cut) = &doc.cut {
        eprintln!("  {cut}");
    }
    SessionConfig {
        provider: provider.to_owned(),
        model: model.to_owned(),
        reasoning_effort: config.reasoning_effort,
        reasoning_summary: config.reasoning_summary,
        cwd,
        policies: config.policies.clone(),
        base_instructions: None,
        user_instructions: doc.text,
        disable_response_storage: config.disable_response_storage,
        show_raw_agent_reasoning: config.show_raw_agent_reasoning,
        notify: config.notify.clone(),
        resume_path,
        session_id: None,
    }
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
    json: bool,
    someone_is_there: bool,
    render: Render,
    /// What waits for a decision, by call, in the order asked.
    waiting: BTreeMap<CallId, Box<Approval>>,
    task: Task,
    /// The prompt that was not taken in yet: until it is, no task that ends is the one it belongs to.
    prompt: Option<OpId>,
}

/// The task that is waited for.
enum Task {
    /// There is none.
    None,
    /// It is being done, or was when the session was left.
    Going,
    /// It has ended, with this.
    Over(ExitCode),
}

impl Run {
    /// Up to where the session takes prompts; false when it never will. What was before is told again on the way.
    async fn until_ready(&mut self, events: &mut Events) -> Result<bool, AgentGone> {
        loop {
            let event = events.next().await?;
            self.show(&event);
            match event.msg {
                // comes after everything that is told again
                EventMsg::SandboxReady { .. } => return Ok(true),
                EventMsg::Error { .. } if !event.replay => return Ok(false),
                _ => {}
            }
        }
    }

    /// Up to the end of the task.
    async fn until_done(&mut self, events: &mut Events) -> Result<ExitCode> {
        loop {
            if let Task::Over(code) = self.task {
                return Ok(code);
            }
            let Ok(event) = events.next().await else {
                // the session ended by itself: it has said why
                return Ok(ExitCode::FAILURE);
            };
            self.show(&event);
            self.answer_waiting(events).await?;
        }
    }

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
            EventMsg::TaskStarted { .. } => self.task = Task::Going,
            EventMsg::TaskComplete { .. } => self.end(event, ExitCode::SUCCESS),
            EventMsg::TurnAborted { reason: AbortReason::Interrupted, .. } => {
                self.end(event, ExitCode::from(130));
            }
            EventMsg::TurnAborted { .. } => self.end(event, ExitCode::FAILURE),
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
            (true, _) => Task::None,
            (false, None) => Task::Over(code),
            (false, Some(_)) => Task::Going,
        };
    }

    /// Asks the person about everything that waits, or denies it when nobody is there.
    async fn answer_waiting(&mut self, events: &mut Events) -> Result<()> {
        while let Some((_, approval)) = self.waiting.pop_first() {
            let op = if self.someone_is_there {
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
        let unseen = self.json || !std::io::stdout().is_terminal();
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
            self.show(event);
        }
        Ok(op)
    }
}
