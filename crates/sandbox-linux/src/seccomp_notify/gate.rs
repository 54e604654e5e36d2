//! State of a guard.

use crate::report::RunLog;
use crate::seccomp_notify::protected_paths::ProtectedPaths;
use crate::seccomp_notify::repositories::Repositories;
use crate::seccomp_notify::sockets::Sockets;
use std::sync::{Arc, Mutex};

/// State of a guard: what it must refuse, and where it tells what it refused.
#[derive(Debug)]
pub struct Gate {
    pub(crate) rules: ProtectedPaths,
    pub(crate) repositories: Repositories,
    pub(crate) sockets: Sockets,
    pub(crate) journal: Arc<Mutex<RunLog>>,
}

impl Gate {
    /// Makes the state of a guard.
    pub(crate) fn new(rules: ProtectedPaths, sockets: Sockets, journal: RunLog) -> Self {
        Self { rules, repositories: Repositories::default(), sockets, journal: Arc::new(Mutex::new(journal)) }
    }
}
