//! Names of transactions.

use protocol::{CallId, OpId, SessionId};
use serde::{Deserialize, Serialize};

/// Names a transaction of a session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TransactionId {
    /// The session.
    pub session: String,
    /// Origin of the transaction.
    pub of: TransactionOf,
}

/// Origin of a transaction of a session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TransactionOf {
    /// A patch, by its call.
    Call(String),
    /// An undo or a redo, by the op that asked.
    Op(String),
}

impl TransactionId {
    /// The transaction that writes the patch of a call.
    pub fn of_call(session: &SessionId, call: &CallId) -> Self {
        Self { session: session.0.clone(), of: TransactionOf::Call(call.0.clone()) }
    }

    /// The transaction that an op undoes or redoes something with.
    pub fn of_op(session: &SessionId, op: &OpId) -> Self {
        Self { session: session.0.clone(), of: TransactionOf::Op(op.0.clone()) }
    }
}
