//! Starting processes from a thread that never ends.
//!
//! A child that asks to die with its parent dies when the *thread* that started it ends. The runtime's threads come and go; this
//! one stays for as long as the app does.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

struct Order {
    command: Command,
    runtime: Handle,
    answer: oneshot::Sender<io::Result<Child>>,
}

/// Starts `command`; its pipes and its end are watched by the calling runtime.
pub(super) async fn spawn(command: Command) -> io::Result<Child> {
    static STARTER: OnceLock<Option<Sender<Order>>> = OnceLock::new();
    let starter = STARTER.get_or_init(|| {
        let (sender, orders) = channel::<Order>();
        let thread = std::thread::Builder::new().name("start commands".to_owned()).spawn(move || {
            for mut order in orders {
                if order.answer.is_closed() {
                    continue;
                }
                let _inside = order.runtime.enter();
                // a runtime that is being shut down may panic, which must not end this thread for all others
                let child = catch_unwind(AssertUnwindSafe(|| order.command.spawn()));
                // Nobody to take the child: dropping it kills it, since the command says so.
                let _ = order
                    .answer
                    .send(child.unwrap_or_else(|_| Err(io::Error::other("the runtime is shutting down"))));
            }
        });
        thread.ok().map(|_| sender)
    });
    let gone = || io::Error::other("the thread that starts commands is gone");
    let (answer, child) = oneshot::channel();
    let order = Order { command, runtime: Handle::current(), answer };
    starter.as_ref().ok_or_else(gone)?.send(order).map_err(|_| gone())?;
    child.await.map_err(|_| gone())?
}
