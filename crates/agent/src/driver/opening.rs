//! How a session begins or is gone on with.

use super::Driver;
use super::checkpoints::Checkpoints;
use super::project::Project;
use super::rules::RuleWatch;
use super::store::{self, Opened, Store};
use engine::{Input, Session};
use protocol::{EventMsg, Op, OpId, Record, SessionConfig, Severity};

impl Driver {
    /// The first `ConfigureSession`: opens or resumes the transcript, announces the session, tells again what was.
    pub(super) async fn open(&mut self, id: OpId, config: SessionConfig) {
        let Opened { store, past } = match Store::open(&self.setup, &config).await {
            Ok(opened) => opened,
            Err(error) => return self.say(id, EventMsg::Error { error }),
        };
        let workspace = crate::checkpoint::workspace(&self.setup.home, &config.cwd);
        let mut checkpoints =
            Checkpoints::open(&self.setup.home, workspace.clone(), store.session_id(), self.waker.clone());
        self.session = Session::new(store::session_setup(&self.setup, Some((&store, &config))));
        if past.is_some() {
            // who listens takes in what was while the rest of it is read
            let announcement = store.announcement(&self.setup, &config);
            self.say(id.clone(), announcement);
            self.announced = true;
        }
        self.store = Some(store);
        let (mut warnings, mut resumed) = (Vec::new(), false);
        if let Some(mut past) = past {
            while let Some(records) = past.next().await {
                resumed |= !records.is_empty();
                for record in &records {
                    checkpoints.observe(&record.fact);
                    self.tell_again(record);
                }
            }
            warnings = match past.warnings().await {
                Ok(warnings) => warnings,
                Err(error) => return self.give_up(error),
            };
        }
        let mut project = Project::new(workspace);
        if let Some((task_id, resumed)) = checkpoints.resume() {
            project.begin_task(task_id, resumed);
            self.running.wait_for(project.baseline());
        }
        self.project = Some(project);
        self.checkpoints = Some(checkpoints);
        let op = Op::ConfigureSession { config: Box::new(config.clone()) };
        self.step(Input::Op { id, op, partial: None }).await;
        let notes = self.setup.config.notes.clone();
        for message in warnings.into_iter().chain(notes) {
            let severity = Severity::Warning;
            self.say(OpId::default(), EventMsg::BackgroundEvent { severity, message });
        }
        // before anything of an earlier run is judged again
        self.rules = Some(RuleWatch::new(self.setup.home.clone(), config.cwd.clone()));
        self.heed_rules().await;
        self.running.start_mcp(&config.cwd);
        if resumed {
            self.step(Input::Resumed).await;
        }
        if let Some(report) = self.report.clone() {
            self.probed(report).await;
        }
    }

    /// Takes in a record of an earlier run, and says what is said of it.
    fn tell_again(&mut self, record: &Record) {
        for msg in self.session.replay(record) {
            // which policies hold was said when the session was announced
            if !matches!(msg, EventMsg::PolicyChanged { .. }) {
                self.emit(record.op.clone(), record.at_ms, true, msg);
            }
        }
    }
}
