//! State of a guard.

use crate::report::RunLog;
use crate::seccomp_notify::protected_paths::ProtectedPaths;
use crate::seccomp_notify::repositories::Repositories;
use crate::seccomp_notify::shared_memory::SharedMemory;
use crate::seccomp_notify::sockets::Sockets;
use std::sync::{Arc, Mutex};

/// State of a guard: what it must refuse, and where it tells what it refused.
#[derive(Debug)]
pub struct Gate {
    pub(crate) rules: ProtectedPaths,
    pub(crate) repositories: Repositories,
    /// Set where `/dev/shm` is the whole system's.
    pub(crate) shared_memory: Option<SharedMemory>,
    pub(crate) sockets: Sockets,
    pub(crate) journal: Arc<Mutex<RunLog>>,
}

impl Gate {
    /// Makes the state of a guard. `shared_memory` is the state of the system's own, where the command sees that.
    pub(crate) fn new(
        rules: ProtectedPaths,
        shared_memory: Option<SharedMemory>,
        sockets: Sockets,
        journal: RunLog,
    ) -> Self {
        let repositories = Repositories::default();
        Self { rules, repositories, shared_memory, sockets, journal: Arc::new(Mutex::new(journal)) }
    }
}
