//! Search in the conversation of a session.

use crate::api::{CommandError, CommandResult, FindArgs, FoundRow, FoundRows};
use crate::blocking::blocking;
use crate::host::Host;
use protocol::{CallId, SessionId};
use std::sync::Arc;
use view::{Row, RowBody};

/// Rows that are searched at once: events of the session wait for that long, and no longer.
pub(crate) const ROWS_AT_ONCE: usize = 500;

/// Most matches that are counted.
const MAX_MATCHES: u32 = 20_000;

impl Host {
    pub(crate) async fn find_in_session(self: &Arc<Self>, args: FindArgs) -> CommandResult<FoundRows> {
        let host = self.clone();
        blocking(move || host.find_rows(&args.session, &args.query)).await?
    }

    fn find_rows(&self, session: &SessionId, query: &str) -> CommandResult<FoundRows> {
        let mut found = FoundRows::default();
        let mut from = 0;
        loop {
            let sessions = self.sessions();
            let open = sessions.get(session).ok_or_else(CommandError::session_not_open)?;
            let rows = open.timeline.rows(from, ROWS_AT_ONCE);
            if rows.is_empty() {
                return Ok(found);
            }
            for (at, row) in rows.iter().enumerate() {
                if found.total >= MAX_MATCHES {
                    found.more = true;
                    return Ok(found);
                }
                let whole = partly_shown(row).and_then(|call| self.outputs().get(session, call));
                let count = view::find::count_matches(&row.body, query, whole.as_deref());
                if count > 0 {
                    found.total = found.total.saturating_add(count);
                    found.rows.push(FoundRow { row: u32::try_from(from + at).unwrap_or(u32::MAX), count });
                }
            }
            from += rows.len();
        }
    }
}

/// Returns the call of a row that holds only a part of an output.
pub(crate) fn partly_shown(row: &Row) -> Option<&CallId> {
    match &row.body {
        RowBody::Command(command) if command.hidden_lines > 0 => Some(&command.call_id),
        RowBody::Mcp(call) if call.more => Some(&call.call_id),
        _ => None,
    }
}
