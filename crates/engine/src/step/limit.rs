//! Limits of a task: the person is asked before the model is, once the task has used what it may.

use crate::effect::Effect;
use crate::model::session::Session;
use crate::model::task::TaskState;
use crate::step::decision::Decision;
use protocol::{Fact, OpId, ReachedLimit, SessionConfig, TaskId, TaskLimit, TokenUsage};

/// Decides that the task waits for the person, if it has used what it may; `None` when it may go on.
pub(super) fn reached(session: &Session, config: &SessionConfig, task: &TaskState) -> Option<Decision> {
    let (limit, budget) = (config.task_limit, &task.budget);
    if budget.is_lifted || limit.is_none() {
        return None;
    }
    let price = session.price();
    let since = budget.used.since(&budget.allowed);
    let is_over =
        |limit: Option<u64>, used: Option<u64>| limit.zip(used).is_some_and(|(limit, used)| used >= limit);
    let TaskLimit { cost, tokens } = limit;
    if !is_over(tokens, Some(since.tokens().total())) && !is_over(cost, since.cost(price)) {
        return None;
    }
    let used = budget.used;
    let reached = ReachedLimit { task_id: task.id, used: used.tokens(), cost: used.cost(price), limit };
    let effects = vec![Effect::Sync];
    Some(Decision { effects, ..Decision::facts(vec![Fact::LimitReached { reached }]) })
}

/// Decides on letting a task go on. It counts for the task that waits and for what was shown that it has used, and once.
pub(super) fn raise(
    session: &Session,
    id: OpId,
    (task_id, used): (TaskId, TokenUsage),
    no_limit: bool,
) -> Decision {
    let task = session.state.task.as_ref();
    let waits = task.is_some_and(|task| task.id == task_id && task.budget.reached == Some(used));
    if !waits {
        return Decision::complain(id, "this task does not wait at a limit: it was let go on, or has ended");
    }
    let facts = vec![Fact::LimitRaised { task_id, no_limit }];
    Decision { op: id, facts, effects: vec![Effect::Sync], ..Decision::default() }
}
