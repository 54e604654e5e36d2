//! A place where a reply waits until the test lets it go on.

use std::sync::Arc;
use tokio::sync::watch;

/// A gate in a reply. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate {
    state: Arc<watch::Sender<State>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    reached: bool,
    open: bool,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self { state: Arc::new(watch::Sender::new(State::default())) }
    }

    /// Lets the reply go on, now or when it comes here.
    pub fn open(&self) {
        self.state.send_modify(|state| state.open = true);
    }

    /// Waits until the reply has come here. What stands before it in the reply is on its way to the client by then.
    pub async fn reached(&self) {
        // the sender lives as long as this borrow, so waiting cannot fail
        let _ = self.state.subscribe().wait_for(|state| state.reached).await;
    }

    pub(super) async fn pass(&self) {
        self.state.send_modify(|state| state.reached = true);
        let _ = self.state.subscribe().wait_for(|state| state.open).await;
    }
}
