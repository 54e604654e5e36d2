//! `countersign sessions`.

use crate::out::outln;
use crate::settings::home;
use agent::transcript;
use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::process::ExitCode;

/// Options of `countersign sessions`.
#[derive(Args)]
pub(crate) struct SessionsArgs {
    /// One JSON object a line instead of text.
    #[arg(long)]
    json: bool,
}

/// Lists the sessions, the newest first.
pub(crate) fn list(args: &SessionsArgs) -> Result<ExitCode> {
    let sessions = transcript::list(&home()?);
    if sessions.is_empty() && !args.json {
        outln!("no sessions yet");
    }
    for session in sessions {
        if args.json {
            let line = serde_json::json!({
                "id": session.session_id,
                "title": session.title,
                "cwd": session.cwd,
                "path": session.path,
                "created_ms": session.created_ms,
                "updated_ms": session.updated_ms,
            });
            outln!("{line}");
        } else {
            let title = if session.title.is_empty() { "(nothing asked yet)" } else { &session.title };
            outln!(
                "{}  {}  {}  {title}",
                session.session_id,
                when(session.updated_ms),
                session.cwd.display()
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn when(at_ms: u64) -> String {
    let at =
        i64::try_from(at_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}
