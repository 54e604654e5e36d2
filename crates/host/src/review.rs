//! Reading a patch that waits for a decision: the file around it, and a hunk as the person edits it.

use crate::api::{CommandError, CommandResult, ContextLines, ContextLinesArgs, EditedHunkArgs};
use crate::blocking::blocking;
use crate::host::Host;
use view::HunkView;
use view::text::visible_line;

/// Most lines of one reply.
const MAX_CONTEXT_LINES: u32 = 2000;

fn no_such_patch() -> CommandError {
    CommandError::new("this patch does not wait for a decision any more")
}

#[allow(clippy::unused_async, reason = "the table calls all of them alike")]
impl Host {
    pub(crate) async fn context_lines(&self, args: ContextLinesArgs) -> CommandResult<ContextLines> {
        let ContextLinesArgs { session, call_id, path, from, count } = args;
        let base = {
            let sessions = self.sessions();
            let open = sessions.get(&session).ok_or_else(CommandError::session_not_open)?;
            let base = open.timeline.proposal_base(&call_id, &path).ok_or_else(no_such_patch)?;
            (open.files.place_of(&base.target), base.sha256.clone())
        };
        let count = count.min(MAX_CONTEXT_LINES) as usize;
        let read = blocking(move || worktree::base_lines(&base.0, &base.1));
        let lines = read.await?.map_err(|why| CommandError::new(format!("{path} {why}")))?;
        let shown = lines.iter().skip(from as usize).take(count).map(|line| visible_line(line)).collect();
        Ok(ContextLines { lines: shown, total: u32::try_from(lines.len()).unwrap_or(u32::MAX) })
    }

    pub(crate) async fn edited_hunk(&self, args: EditedHunkArgs) -> CommandResult<HunkView> {
        let sessions = self.sessions();
        let open = sessions.get(&args.session).ok_or_else(CommandError::session_not_open)?;
        open.timeline.edited_hunk(&args.call_id, &args.hunk, &args.new_text).ok_or_else(no_such_patch)
    }
}
