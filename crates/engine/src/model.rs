//! The data of a session. Records change it, and nothing else does.

pub(crate) mod answer_counts;
pub(crate) mod call;
mod changes;
pub(crate) mod checkpoints;
pub(crate) mod compact;
pub(crate) mod conversation;
pub(crate) mod failed_calls;
pub(crate) mod grants;
pub(crate) mod history;
pub(crate) mod patch_check;
pub(crate) mod patch_review;
pub(crate) mod previewed;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod setup;
pub(crate) mod state;
pub(crate) mod task;
pub(crate) mod vendor;
pub(crate) mod world;
