//! Begins a session, or resumes one.

use super::checkpoints::CheckpointQueue;
use super::event_loop::Driver;
use super::overlay_run::OverlayFolders;
use super::project::ProjectWatch;
use super::rules::RuleWatch;
use super::store::{self, Opened, SessionTranscript};
use crate::recovery::{Recovered, transaction_log};
use config::ProviderConfig;
use engine::{Input, Session};
use protocol::{EventMsg, Op, OpId, Record, SessionConfig, Severity};

impl Driver {
    /// Carries out the first `ConfigureSession`: opens or resumes the transcript, announces the session, replays its past, and
    /// says `ReplayComplete`.
    pub(super) async fn open(&mut self, id: OpId, config: SessionConfig) {
        let Opened { store, replay } = match SessionTranscript::open(&self.setup, &config).await {
            Ok(opened) => opened,
            Err(error) => return self.emit(id, EventMsg::Error { error }),
        };
        let session_id = store.session_id();
        let is_fork = store.is_fork();
        let (home, cwd, of) = (self.setup.home.clone(), config.cwd.clone(), session_id.clone());
        let copy = config.isolated.clone();
        // before anything is read or written here
        let recovered =
            tokio::task::spawn_blocking(move || Recovered::find(&home, &cwd, copy.as_ref(), &of)).await;
        let recovered = recovered.unwrap_or_default();
        self.transactions = Some((
            transaction_log(&self.setup.home, &config.cwd, config.isolated.as_ref()),
            session_id.clone(),
        ));
        let overlays = OverlayFolders::of(&self.setup.home, &session_id);
        overlays.forget_old();
        self.overlays = Some(overlays);
        let workspace = crate::checkpoint::workspace(&self.setup.home, &config.cwd, config.isolated.as_ref());
        let mut checkpoints = CheckpointQueue::open(
            &self.setup.home,
            workspace.clone(),
            (session_id.clone(), config.isolated.is_some()),
            self.event_tx.clone(),
        );
        self.session = Session::new(store::session_setup(&self.setup, Some((&store, &config))));
        if replay.is_some() {
            // who listens takes in what was while the rest of it is read
            let announcement = store.announcement(&self.setup, &config);
            self.emit(id.clone(), announcement);
            self.announced = true;
        }
        self.store = Some(store);
        let (mut warnings, mut resumed) = (Vec::new(), false);
        if let Some(mut replay) = replay {
            while let Some(records) = replay.next().await {
                resumed |= !records.is_empty();
                for record in &records {
                    checkpoints.observe(&record.fact);
                    self.replay(record);
                }
            }
            warnings = match replay.warnings().await {
                Ok(warnings) => warnings,
                Err(error) => return self.give_up(error),
            };
        }
        let mut project = ProjectWatch::new(workspace);
        if let Some((task_id, resumed)) = checkpoints.resume() {
            project.begin_task(task_id, resumed);
            self.running.wait_for(project.baseline());
        } else if let Some(overlays) = &self.overlays {
            // of a task whose end was recorded just before the program was killed
            overlays.remove_all();
        }
        self.project = Some(project);
        self.checkpoints = Some(checkpoints);
        let op = Op::ConfigureSession { config: Box::new(config.clone()) };
        let configured_by = id.clone();
        self.step(Input::Op { id, op, partial: None }).await;
        let notes = self.setup.config.notes.clone();
        for message in warnings.into_iter().chain(recovered.messages.iter().cloned()).chain(notes) {
            let severity = Severity::Warning;
            self.emit(OpId::default(), EventMsg::BackgroundEvent { severity, message });
        }
        // before anything of an earlier run is judged again
        self.rules = Some(RuleWatch::new(self.setup.home.clone(), config.cwd.clone()));
        self.reload_rules().await;
        self.running.start_mcp(&config.cwd);
        if !self.running.mcp_has_settled() {
            let limit_ms = u64::try_from(self.setup.mcp_wait.as_millis()).unwrap_or(u64::MAX);
            self.step(Input::McpStarting { limit_ms }).await;
        }
        if !self.session.knows_context_window() || config.task_limit.cost.is_some() {
            self.running.look_up_model(&config.model);
        }
        if resumed {
            self.settled.extend(recovered.ids());
            let patches = recovered.patches(&self.session, &session_id, is_fork);
            self.step(Input::Resumed { patches, undone: recovered.undone() }).await;
        }
        // a session that could not be recorded has ended
        if !self.done {
            self.emit(configured_by, EventMsg::ReplayComplete);
        }
        if let Some(report) = self.report.clone() {
            self.probed(report).await;
        }
    }

    /// Takes in what the model's server lists of it.
    pub(super) async fn model_listed(&mut self, input: Input) {
        self.step(input).await;
        let config = self.session.config();
        let provider = config.and_then(|config| self.setup.config.providers.get(&config.provider));
        // what answers on this machine costs nothing
        if !self.session.lacks_price() || provider.is_some_and(ProviderConfig::is_local) {
            return;
        }
        let model = config.map(|config| config.model.clone()).unwrap_or_default();
        let message = format!(
            "task_cost_limit can't stop a task of this session: the price of {model} is not known; set it in config.toml under \
             [prices.\"{model}\"], or set task_token_limit"
        );
        self.emit(OpId::default(), EventMsg::BackgroundEvent { severity: Severity::Warning, message });
    }

    /// Folds a record of an earlier run, and emits its events.
    fn replay(&mut self, record: &Record) {
        for msg in self.session.replay(record) {
            // which policies hold was said when the session was announced
            if !matches!(msg, EventMsg::PolicyChanged { .. }) {
                self.emit_at(record.op.clone(), record.at_ms, true, msg);
            }
        }
    }
}
