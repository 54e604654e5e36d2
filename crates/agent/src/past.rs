//! The past of a session, read from its transcript without opening the session.

use engine::{RetryBudget, Session, Setup};
use protocol::{Event, EventMsg, OpId};
use std::path::Path;
use transcript::{SessionHeader, Transcript, TranscriptError};

/// Reads a transcript and gives the events of what happened to `on_event`, as a session that is resumed replays them. Returns how
/// the session was set up.
pub fn read_past(path: &Path, mut on_event: impl FnMut(&Event)) -> Result<SessionHeader, TranscriptError> {
    let header = transcript::header(path)?;
    let mut seq = 0;
    let mut emit = |id: OpId, at_ms: u64, msg: EventMsg| {
        seq += 1;
        on_event(&Event { seq, id, at_ms, replay: true, msg });
    };
    if let Some(config) = &header.last_config {
        let configured = EventMsg::SessionConfigured {
            session_id: header.meta.session_id.clone(),
            provider: config.provider.clone(),
            model: config.model.clone(),
            cwd: config.cwd.clone(),
            policies: config.policies.clone(),
            check: config.check.clone(),
            reviewer: config.reviewer.clone(),
            isolated: config.isolated.clone(),
            history_log_id: 0,
            history_entry_count: 0,
            rollout_path: path.to_owned(),
        };
        emit(OpId::default(), header.meta.at_ms, configured);
    }
    // nothing is asked of a model
    let mut session = Session::new(Setup {
        tools: [].into(),
        retry: RetryBudget { request: 0, stream: 0 },
        context_window: None,
        compact_at_tokens: None,
        cache_key: String::new(),
        time_zone: jiff::tz::TimeZone::UTC,
    });
    let warnings = Transcript::open(path)?.records(|records| {
        for record in &records {
            for msg in session.replay(record) {
                if !matches!(msg, EventMsg::PolicyChanged { .. }) {
                    emit(record.op.clone(), record.at_ms, msg);
                }
            }
        }
    })?;
    for warning in warnings {
        tracing::warn!(%warning, "a line of a transcript is left out");
    }
    Ok(header)
}
