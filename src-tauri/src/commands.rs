//! Tauri commands of the window: call the host, attach to its updates, acknowledge them. The host's table says which calls there are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use host::Host;
use host::api::{CommandError, UpdateBatch};
use serde_json::Value;
use tauri::ipc::Channel;
use tauri::{State, WebviewWindow};
use tokio::sync::SetOnce;

/// Handle to the host, which may not have started yet: the window is painted meanwhile, and its first call waits.
#[derive(Clone, Default)]
pub(crate) struct HostHandle {
    started: Arc<SetOnce<Result<Arc<Host>, String>>>,
    /// Numbers of the pages among the host's subscribers, by the labels of their windows.
    subscribers: Arc<Mutex<HashMap<String, u64>>>,
}

impl HostHandle {
    /// Provides the host, or the reason why it could not start, to everybody who waits.
    pub(crate) fn set(&self, started: Result<Arc<Host>, String>) {
        if let Err(error) = &started {
            tracing::error!(error, "the app cannot start");
        }
        // only the start-up task calls this, once
        let _ = self.started.set(started);
    }

    /// Returns the host as soon as it has started.
    pub(crate) async fn host(&self) -> Result<Arc<Host>, CommandError> {
        self.started.wait().await.clone().map_err(CommandError::new)
    }

    fn subscribers(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends what the page of a window that is gone was subscribed to.
    pub(crate) fn forget_window(&self, label: &str) {
        let gone = self.subscribers().remove(label);
        if let (Some(Ok(host)), Some(gone)) = (self.host_now(), gone) {
            host.detach(gone);
        }
    }

    /// Returns the host if it has started.
    pub(crate) fn host_now(&self) -> Option<Result<Arc<Host>, String>> {
        self.started.get().cloned()
    }
}

/// Calls one command of the host's table.
#[tauri::command]
pub(crate) async fn host_call(
    handle: State<'_, HostHandle>,
    name: String,
    args: Value,
) -> Result<Value, CommandError> {
    handle.host().await?.call(&name, args).await
}

/// Attaches the page to the host: it gets every batch from now on, in order. Returns its number among the subscribers.
#[tauri::command]
pub(crate) async fn host_attach(
    window: WebviewWindow,
    handle: State<'_, HostHandle>,
    channel: Channel<UpdateBatch>,
) -> Result<u64, CommandError> {
    let send = move |batch| {
        // a window that is gone, or reloaded, has no use for it
        if let Err(error) = channel.send(batch) {
            tracing::debug!(%error, "the window did not take a batch");
        }
    };
    let host = handle.host().await?;
    let subscriber = host.attach(send);
    // the subscriber before is the window's page from before a reload
    let before = handle.subscribers().insert(window.label().to_owned(), subscriber);
    if let Some(before) = before {
        host.detach(before);
    }
    Ok(subscriber)
}

/// Acknowledges that the page has painted every batch up to `seq`.
#[tauri::command]
pub(crate) fn host_ack(window: WebviewWindow, handle: State<'_, HostHandle>, seq: u64) {
    let subscriber = handle.subscribers().get(window.label()).copied();
    if let (Some(Ok(host)), Some(subscriber)) = (handle.host_now(), subscriber) {
        host.ack(subscriber, seq);
    }
}
