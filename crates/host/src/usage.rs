//! Tokens that all sessions used, by day.

use crate::api::{CommandError, CommandResult, DayUsage, DayUsageArgs, DayUsages};
use crate::blocking::blocking;
use crate::host::Host;
use std::path::PathBuf;
use std::sync::Arc;
use transcript::TranscriptError;

/// Most days of one reply.
const MAX_DAYS: usize = 366;

impl Host {
    pub(crate) async fn day_usage(self: &Arc<Self>, args: DayUsageArgs) -> CommandResult<DayUsages> {
        let bounds = args.bounds;
        if bounds.len() > MAX_DAYS + 1 || !bounds.is_sorted() {
            return Err(CommandError::new(format!("not at most {MAX_DAYS} days in order")));
        }
        // what was used a moment ago counts, too
        let open: Vec<PathBuf> = self.sessions().iter().map(|(_, open)| open.path.clone()).collect();
        let host = self.clone();
        let days = blocking(move || {
            host.index.refresh(&host.home, || {})?;
            host.index.with(&host.home, |index| {
                for path in &open {
                    index.refresh_one(path)?;
                }
                let days = bounds.iter().zip(bounds.iter().skip(1));
                days.map(|(from, to)| Ok(DayUsage { from_ms: *from, usage: index.used(*from, *to)? }))
                    .collect::<Result<DayUsages, TranscriptError>>()
            })
        });
        days.await?.map_err(CommandError::new)
    }
}
