//! Questions on the side: they read the conversation, and nothing of them becomes part of it.

use crate::effect::Effect;
use crate::model::session::Session;
use crate::model::vendor::Vendor;
use crate::prompt::Purpose;
use crate::step::decision::Decision;
use crate::step::{environment, request};
use protocol::{AsideSubject, InputItem, Item, OpId};

/// Request to the model that comes before the question.
const LEAD: &str = "This is a question on the side, while the task waits or runs. Answer it from what you know of this \
                    conversation, briefly. Do not go on with the task, and call no tool.";

/// Request for the message of a commit.
const COMMIT_LEAD: &str = "This is a request on the side, and no part of the task. Do not go on with the task, and call no tool. \
                           Write the message of a git commit of the changes below: a subject of at most 72 characters in the \
                           imperative; then, unless the subject says it all, an empty line and a body that says what changes and \
                           why, in lines of at most 72 characters. Follow the style of earlier commit messages and the rules of \
                           the project where this conversation shows them. Answer with the message alone: no quotes, no code \
                           fence, no word before or after it.";

/// Asks the model a question with the conversation as it is. No fact comes of it: the task, the transcript and later requests are as
/// if it had not been asked.
pub(crate) fn ask(
    session: &Session,
    id: OpId,
    question: &str,
    about: Option<&AsideSubject>,
    now_ms: u64,
) -> Decision {
    let Some(config) = &session.state.config else { return Decision::default() };
    let question = question.trim();
    if question.is_empty() && !matches!(about, Some(AsideSubject::Commit { .. })) {
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
    history.push_user(vec![InputItem::Text { text: wording(question, about) }]);
    let prompt = request::prompt(session, config, history.into_items(), Purpose::SideQuestion);
    Decision::effect(id.clone(), Effect::AskAside { id, prompt: Box::new(prompt) })
}

/// Words the request.
fn wording(question: &str, about: Option<&AsideSubject>) -> String {
    match about {
        None => format!("{LEAD} Question:\n\n{question}"),
        Some(AsideSubject::Change { path, patch }) => {
            let fence = fence(patch);
            format!(
                "{LEAD} It is about this change of {path}:\n\n{fence}diff\n{}\n{fence}\n\nQuestion:\n\n{question}",
                patch.trim_end()
            )
        }
        Some(AsideSubject::Commit { patch }) => {
            let fence = fence(patch);
            let begun = if question.is_empty() {
                String::new()
            } else {
                format!("\n\nThe person has typed this of it, to be kept in meaning:\n\n{question}")
            };
            format!("{COMMIT_LEAD}{begun}\n\nThe changes:\n\n{fence}diff\n{}\n{fence}", patch.trim_end())
        }
    }
}

/// Returns a fence that no line of the text ends.
fn fence(text: &str) -> String {
    let ticks =
        |line: &str| line.trim_start_matches([' ', '+', '-']).chars().take_while(|c| *c == '`').count();
    "`".repeat(text.lines().map(ticks).max().unwrap_or_default().max(2) + 1)
}
