//! Commands that wait for approval and ran on a copy of the project first.

use crate::model::call::Call;
use crate::step::question;
use protocol::{ApprovalSubject, Fact, PreviewResult};

/// Asks about a previewed command again, as before its preview; `None` when it was not previewed.
pub(super) fn ask_again(call: &Call, last: Option<PreviewResult>) -> Option<Fact> {
    let asked = call.previewed.as_ref()?;
    let mut subject = asked.subject.clone();
    if let ApprovalSubject::Exec { preview: Some(preview), .. } = &mut subject {
        **preview = preview.with_last(last);
    }
    let approval = Box::new(question::ask(call, asked.reason.clone(), subject));
    Some(Fact::Asked { approval })
}
