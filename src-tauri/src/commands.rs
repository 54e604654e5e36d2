//! The commands of the window: call the host, hear from it, and say that what was heard is painted. Which calls there are is the host's table.

use std::sync::{Arc, Mutex, PoisonError};

use host::Host;
use host::api::{Batch, CommandError};
use serde_json::Value;
use tauri::State;
use tauri::ipc::Channel;
use tokio::sync::SetOnce;

/// Where the host is found once it has started. The window is painted meanwhile, and its first call waits here.
#[derive(Clone, Default)]
pub(crate) struct Door {
    started: Arc<SetOnce<Result<Arc<Host>, String>>>,
    /// Which sink of the host is the page's.
    attached: Arc<Mutex<Option<u64>>>,
}

impl Door {
    /// Lets callers in, or tells them why not.
    pub(crate) fn open(&self, started: Result<Arc<Host>, String>) {
        if let Err(error) = &started {
            tracing::error!(error, "the app cannot start");
        }
        // only the start-up task calls this, once
        let _ = self.started.set(started);
    }

    /// The host, when it has started.
    pub(crate) async fn host(&self) -> Result<Arc<Host>, CommandError> {
        self.started.wait().await.clone().map_err(|message| CommandError { message, hint: None })
    }

    /// The host, if it has started.
    pub(crate) fn host_now(&self) -> Option<Result<Arc<Host>, String>> {
        self.started.get().cloned()
    }
}

/// Calls one command of the host's table.
#[tauri::command]
pub(crate) async fn host_call(
    door: State<'_, Door>,
    name: String,
    args: Value,
) -> Result<Value, CommandError> {
    door.host().await?.call(&name, args).await
}

/// Sends every update from here on to the window, in order.
#[tauri::command]
pub(crate) async fn host_attach(door: State<'_, Door>, channel: Channel<Batch>) -> Result<u64, CommandError> {
    let send = move |batch| {
        // a window that is gone, or reloaded, has no use for it
        if let Err(error) = channel.send(batch) {
            tracing::debug!(%error, "the window did not take a batch");
        }
    };
    let host = door.host().await?;
    let attached = host.attach(Box::new(send));
    // there is one window: what was attached before is its page from before a reload
    let before = door.attached.lock().unwrap_or_else(PoisonError::into_inner).replace(attached);
    if let Some(before) = before {
        host.detach(before);
    }
    Ok(attached)
}

/// The window has painted everything up to a batch.
#[tauri::command]
pub(crate) fn host_heard(door: State<'_, Door>, seq: u64) {
    let attached = *door.attached.lock().unwrap_or_else(PoisonError::into_inner);
    if let (Some(Ok(host)), Some(attached)) = (door.host_now(), attached) {
        host.heard(attached, seq);
    }
}
