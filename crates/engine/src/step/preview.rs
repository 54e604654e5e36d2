//! Commands that wait for approval and ran on a copy of the project first.

use crate::model::call::Call;
use crate::model::session::Session;
use crate::step::question;
use protocol::{ApprovalSubject, CommandPreview, Fact, PreviewResult};

/// Asks about a previewed command again, as before its preview; `None` when it was not previewed.
pub(super) fn ask_again(session: &Session, call: &Call, last: Option<PreviewResult>) -> Option<Fact> {
    let asked = call.previewed.as_ref()?;
    let mut subject = asked.subject.clone();
    if let ApprovalSubject::Exec { sandbox, preview, .. } = &mut subject {
        // with what the preview was allowed on the way
        *sandbox = session.state.grants.widened(sandbox);
        if let Some(preview) = preview {
            **preview = preview.with_last(last);
            if let CommandPreview::Possible { sandbox, .. } = &mut **preview {
                *sandbox = session.state.grants.widened(sandbox);
            }
        }
    }
    let approval = Box::new(question::ask(call, asked.reason.clone(), subject));
    Some(Fact::Asked { approval })
}
