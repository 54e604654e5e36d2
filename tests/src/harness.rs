//! Harness of a session: the real driver on a real folder, with a scripted model server, driven as a person would.

use crate::model_server::{ModelServer, Reply};
use agent::session::{self, OpenRequest, Overrides, Resume};
use agent::{Events, Submitter};
use anyhow::{Context, Result, bail};
use config::{Config, Home, Trust};
use model::credential::SessionKeys;
use protocol::{
    Approval, ApprovalPolicy, ApprovalSubject, Event, EventMsg, HunkComment, HunkSelection, InputItem, Op,
    OpId, PatchProposal, Policies, ReviewDecision, SandboxPolicy, SessionConfig,
};
use secrets::Keychain;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Timeout of anything a story waits for.
const PATIENCE: Duration = Duration::from_mins(1);

/// Key of the scripted server in the config.
pub const PROVIDER: &str = "scripted";

/// A home and a project in temporary folders, and a server that follows a script.
pub struct Harness {
    /// The server.
    pub server: ModelServer,
    home: TempDir,
    project: TempDir,
    policies: Policies,
    /// Lines added to the config file.
    pub more_config: String,
    /// Lines added to the scripted provider's table in it.
    pub more_of_provider: String,
}

/// The policies of the window: commands run in the sandbox, every patch is shown.
pub fn reviewing() -> Policies {
    Policies {
        approval: ApprovalPolicy::OnRequest,
        sandbox: SandboxPolicy::workspace_write(),
        review_patches: true,
    }
}

/// The patch that an approval is about. Panics when it is about something else.
pub fn proposal_of(approval: &Approval) -> &PatchProposal {
    match &approval.subject {
        ApprovalSubject::Patch { proposal } => proposal,
        other => unreachable!("not about a patch: {other:?}"),
    }
}

/// The policies of a machine nobody looks at.
pub fn unasked() -> Policies {
    Policies {
        approval: ApprovalPolicy::Never,
        sandbox: SandboxPolicy::workspace_write(),
        review_patches: false,
    }
}

impl Harness {
    /// A harness with these files in the project.
    pub async fn new(policies: Policies, files: &[(&str, &str)], replies: Vec<Reply>) -> Result<Self> {
        // beside `/tmp`, which is writable under every policy
        let project = tempfile::Builder::new().prefix("countersign-project").tempdir_in("/var/tmp")?;
        for (path, text) in files {
            let path = project.path().join(path);
            std::fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
            std::fs::write(path, text)?;
        }
        let server = ModelServer::start(replies).await?;
        Ok(Self {
            server,
            home: TempDir::new()?,
            project,
            policies,
            more_config: String::new(),
            more_of_provider: String::new(),
        })
    }

    /// The project's folder.
    pub fn project(&self) -> &Path {
        self.project.path()
    }

    /// The app's folder.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A file of the project.
    pub fn read(&self, path: &str) -> Result<String> {
        std::fs::read_to_string(self.project().join(path)).with_context(|| path.to_owned())
    }

    /// Writes the config file that leads to the scripted server.
    pub fn write_config(&self) -> Result<()> {
        let text = format!(
            "model = \"m\"\nmodel_provider = \"{PROVIDER}\"\n{}\n[model_providers.{PROVIDER}]\nname = \"Scripted\"\nbase_url = \"{}\"\n\
             request_max_retries = 2\nstream_max_retries = 2\n{}\n",
            self.more_config,
            self.server.base_url(),
            self.more_of_provider,
        );
        std::fs::write(self.home().join("config.toml"), text)?;
        Ok(())
    }

    /// Opens a session, or resumes the one at `resume`.
    pub async fn open(&self, resume: Option<PathBuf>) -> Result<Session> {
        let mut session = Session::open(self.open_request(resume)?).await?;
        session.until("the sandbox to be probed", |msg| matches!(msg, EventMsg::SandboxReady { .. })).await?;
        Ok(session)
    }

    /// Returns the request that opens a session of this harness. The project's instructions are not trusted.
    pub fn open_request(&self, resume: Option<PathBuf>) -> Result<OpenRequest> {
        self.write_config()?;
        let overrides = Overrides { policies: Some(self.policies.clone()), ..Overrides::default() };
        Ok(OpenRequest {
            overrides,
            resume: resume.map(Resume::read).transpose()?,
            ..OpenRequest::new(Home::at(self.home()), self.project().to_owned(), Trust::Untrusted)
        })
    }

    /// Opens a session that is configured like this, over the queue pair.
    pub async fn open_with(&self, config: SessionConfig) -> Result<Session> {
        self.open_made_of(self.assemble().await?, config).await
    }

    /// Opens a session of an agent that is made of this.
    pub async fn open_made_of(
        &self,
        setup: agent::driver::AgentSetup,
        config: SessionConfig,
    ) -> Result<Session> {
        let mut session = Session::start(setup);
        session.submit(Op::ConfigureSession { config: Box::new(config) }).await?;
        session.until("the sandbox to be probed", |msg| matches!(msg, EventMsg::SandboxReady { .. })).await?;
        Ok(session)
    }

    /// Starts an agent that has been told nothing yet.
    pub async fn start(&self) -> Result<Session> {
        Ok(Session::start(self.assemble().await?))
    }

    /// Returns the options of an agent of this harness.
    pub async fn assemble(&self) -> Result<agent::driver::AgentSetup> {
        self.write_config()?;
        let home = Home::at(self.home());
        let config = Config::load(&home, &[], None)?;
        let keychain = Keychain::absent("not in these tests");
        agent::driver::assemble(home, config, PROVIDER, &keychain, &SessionKeys::default())
            .await
            .map_err(|error| anyhow::anyhow!(error.message))
    }

    /// Returns the configuration of a session of this harness.
    pub fn session_config(&self, resume_path: Option<PathBuf>) -> SessionConfig {
        SessionConfig {
            provider: PROVIDER.to_owned(),
            model: "m".to_owned(),
            reasoning_effort: None,
            reasoning_summary: None,
            cwd: self.project().to_owned(),
            policies: self.policies.clone(),
            base_instructions: None,
            user_instructions: None,
            disable_response_storage: false,
            show_raw_agent_reasoning: false,
            notify: Vec::new(),
            resume_path,
            session_id: None,
            task_limit: protocol::TaskLimit::default(),
            price: None,
            check: None,
            reviewer: None,
            isolated: None,
        }
    }
}

/// A running session with everything it said so far.
pub struct Session {
    submitter: Submitter,
    events: Events,
    seen: Vec<Event>,
}

impl Session {
    /// Opens a session, with all that is said up to the end of its replay.
    pub async fn open(request: OpenRequest) -> Result<Self> {
        let mut seen = Vec::new();
        let session = session::open(request, |event| seen.push(event.clone())).await;
        let session = session.map_err(|error| anyhow::anyhow!(error.message))?;
        Ok(Self { submitter: session.submitter, events: session.events, seen })
    }

    fn start(setup: agent::driver::AgentSetup) -> Self {
        let (submitter, events) = agent::driver::spawn(setup).split();
        Self { submitter, events, seen: Vec::new() }
    }

    /// Submits an op.
    pub async fn submit(&self, op: Op) -> Result<OpId> {
        Ok(self.submitter.submit(op).await?)
    }

    /// Sends a prompt.
    pub async fn ask(&self, prompt: &str) -> Result<OpId> {
        self.submit(Op::UserInput { items: vec![InputItem::text(prompt)] }).await
    }

    /// Sends a prompt, and waits for the end of the task.
    pub async fn ask_and_wait(&mut self, prompt: &str) -> Result<EventMsg> {
        self.ask(prompt).await?;
        self.until_done().await
    }

    /// Waits for the end of the task, however it ends.
    pub async fn until_done(&mut self) -> Result<EventMsg> {
        self.until("the end of the task", |msg| {
            matches!(msg, EventMsg::TaskComplete { .. } | EventMsg::TurnAborted { .. })
        })
        .await
    }

    /// Waits for a question about a call.
    pub async fn until_asked(&mut self) -> Result<Box<Approval>> {
        let asked = self.until("a question", |msg| matches!(msg, EventMsg::ApprovalRequested { .. }));
        match asked.await? {
            EventMsg::ApprovalRequested { approval } => Ok(approval),
            other => bail!("{other:?}"),
        }
    }

    /// Decides about a call as it was asked.
    pub async fn decide(
        &self,
        approval: &Approval,
        decision: ReviewDecision,
        hunks: Option<HunkSelection>,
        note: Option<&str>,
    ) -> Result<OpId> {
        let (call_id, binding) = (approval.call_id.clone(), approval.binding.clone());
        let note = note.map(str::to_owned);
        self.submit(Op::Decide {
            call_id,
            binding,
            decision,
            hunks,
            note,
            comments: Vec::new(),
            viewed: None,
            unattended: false,
        })
        .await
    }

    /// Decides about a patch as it was asked, with comments on its lines.
    pub async fn decide_with_comments(
        &self,
        approval: &Approval,
        decision: ReviewDecision,
        hunks: Option<HunkSelection>,
        comments: Vec<HunkComment>,
    ) -> Result<OpId> {
        let (call_id, binding) = (approval.call_id.clone(), approval.binding.clone());
        self.submit(Op::Decide {
            call_id,
            binding,
            decision,
            hunks,
            note: None,
            comments,
            viewed: None,
            unattended: false,
        })
        .await
    }

    /// The next event that fits; those before it are kept in [`Session::said`].
    pub async fn until(&mut self, what: &str, fits: impl Fn(&EventMsg) -> bool) -> Result<EventMsg> {
        let waiting = async {
            loop {
                let event = self.events.next().await?;
                self.seen.push(event.clone());
                if fits(&event.msg) {
                    return Ok(event.msg);
                }
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => bail!("waited in vain for {what}; the session said {:#?}", self.seen),
        }
    }

    /// Everything it said so far.
    pub fn said(&self) -> impl Iterator<Item = &EventMsg> {
        self.seen.iter().map(|event| &event.msg)
    }

    /// The events, with their numbers.
    pub fn events(&self) -> &[Event] {
        &self.seen
    }

    /// Where the transcript is.
    pub fn transcript(&self) -> Result<PathBuf> {
        self.said()
            .find_map(|msg| match msg {
                EventMsg::SessionConfigured { rollout_path, .. } => Some(rollout_path.clone()),
                _ => None,
            })
            .context("the session was never configured")
    }

    /// Lets go of the session without a word, and waits until it is gone.
    pub async fn kill(self) -> Result<()> {
        let Self { submitter, mut events, .. } = self;
        drop(submitter);
        tokio::time::timeout(PATIENCE, async { while events.next().await.is_ok() {} })
            .await
            .context("the session did not end when it was let go of")
    }

    /// Ends the session in good order.
    pub async fn shut_down(mut self) -> Result<()> {
        self.submit(Op::Shutdown).await?;
        self.until("the end of the session", |msg| matches!(msg, EventMsg::ShutdownComplete)).await?;
        Ok(())
    }
}
