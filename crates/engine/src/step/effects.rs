//! Decisions on what commands changed in overlays.

use crate::answers;
use crate::model::call::Call;
use crate::model::session::Session;
use crate::safety::{Verdict, patch_verdict};
use crate::step::decision::Decision;
use crate::step::{preview, question};
use protocol::{AnswerStatus, AskReason, Fact, HeldEffects, PreviewResult};

/// Returns the question about what a command changed, or where it changed nothing the question about the command that was previewed.
/// `None` where nobody is asked and the call can be answered.
pub(super) fn ask(session: &Session, call: &Call, effects: HeldEffects) -> Option<Vec<Fact>> {
    let HeldEffects { proposal, left_out } = effects;
    if proposal.files.is_empty() {
        let asked = preview::ask_again(session, call, Some(PreviewResult::Unchanged { left_out }))?;
        return Some(vec![asked]);
    }
    let config = session.state.config.as_ref()?;
    let previewed = call.previewed.is_some();
    let verdict = patch_verdict(&config.policies, &proposal, &session.state.grants);
    let approval = (previewed || matches!(verdict, Verdict::Ask { .. })).then(|| {
        let reason = AskReason::Effects { argv: call.command(), left_out, previewed };
        Box::new(question::ask(call, reason, question::patch(&proposal)))
    });
    let verified = Fact::PatchVerified { call_id: call.id.clone(), proposal };
    let asked = approval.map(|approval| Fact::Asked { approval });
    Some(std::iter::once(verified).chain(asked).collect())
}

/// Goes on with a command in an overlay that the person gave no more access.
pub(super) fn go_on(session: &Session, call: &Call) -> Decision {
    let effects = call.held_effects.as_deref().cloned().unwrap_or_default();
    let facts = ask(session, call, effects).unwrap_or_else(|| vec![answered(call)]);
    Decision::facts(facts)
}

/// Answers a call with what its command printed on a copy of the project.
pub(super) fn answered(call: &Call) -> Fact {
    let printed = call.held_answer.as_ref().or(call.preview_answer.as_ref()).cloned();
    let answer = answers::with_words(printed.unwrap_or_default(), call);
    let item = call.answer_with(AnswerStatus::Completed, call.has_succeeded, answer, Vec::new());
    Fact::CallAnswered { item }
}
