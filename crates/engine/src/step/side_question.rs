//! Questions on the side: they read the conversation, and nothing of them becomes part of it.

use crate::effect::Effect;
use crate::model::session::Session;
use crate::model::vendor::Vendor;
use crate::prompt::Purpose;
use crate::step::decision::Decision;
use crate::step::{environment, request};
use protocol::{InputItem, Item, OpId};

/// Request to the model that comes before the question.
const LEAD: &str = "This is a question on the side, while the task waits or runs. Answer it from what you know of this \
                    conversation, briefly. Do not go on with the task, and call no tool. Question:";

/// Asks the model a question with the conversation as it is. No fact comes of it: the task, the transcript and later requests are as
/// if it had not been asked.
pub(crate) fn ask(session: &Session, id: OpId, question: &str, now_ms: u64) -> Decision {
    let Some(config) = &session.state.config else { return Decision::default() };
    if question.trim().is_empty() {
        return Decision::complain(id, "the question is empty");
    }
    let mut history = session.state.history.for_vendor(&Vendor::of(config));
    let context = environment::context(session, config, now_ms);
    let is_new = session.state.context.as_ref() != Some(&context);
    for text in session.state.notices.iter().cloned().chain(is_new.then_some(context)) {
        history.push(Item::Context { text });
    }
    for items in session.state.task.iter().flat_map(|task| &task.pending) {
        history.push_user(items.clone());
    }
    history.push_user(vec![InputItem::Text { text: format!("{LEAD}\n\n{}", question.trim()) }]);
    let prompt = request::prompt(session, config, history.into_items(), Purpose::SideQuestion);
    Decision::effect(id.clone(), Effect::AskAside { id, prompt: Box::new(prompt) })
}
