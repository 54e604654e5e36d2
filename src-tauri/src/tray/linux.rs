//! The tray on Linux: a StatusNotifierItem on the session bus, which the desktop's panel draws. No library of the system is needed.
//!
//! <https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/>

#[allow(clippy::used_underscore_binding, reason = "arguments of methods of the bus that mean nothing here")]
mod dbus_menu;
mod shared;
#[allow(clippy::used_underscore_binding, reason = "arguments of methods of the bus that mean nothing here")]
mod status_item;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt;
use host::Activity;
use tauri::AppHandle;
use tokio::sync::watch;
use zbus::proxy::CacheProperties;
use zbus::{Connection, Proxy, connection};

use self::dbus_menu::DbusMenu;
use self::shared::{MENU_PATH, SharedState};
use self::status_item::StatusItem;
use super::icon::IconPixels;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const WATCHER_PATH: &str = "/StatusNotifierWatcher";
const ITEM_PATH: &str = "/StatusNotifierItem";

/// The tray icon.
pub(crate) struct StatusNotifierTray {
    activity: watch::Sender<Activity>,
    is_shown: Arc<AtomicBool>,
}

impl StatusNotifierTray {
    /// Offers the icon to the desktop for as long as the app runs. Where nobody shows such icons, nothing is shown.
    pub(crate) fn start(app: &AppHandle) -> Self {
        let (activity, changes) = watch::channel(Activity::default());
        let is_shown = Arc::new(AtomicBool::new(false));
        let icon = app.default_window_icon().map(|icon| IconPixels {
            rgba: icon.rgba().to_vec(),
            width: icon.width(),
            height: icon.height(),
        });
        let (app, shown) = (app.clone(), is_shown.clone());
        tauri::async_runtime::spawn(async move {
            if let Err(error) = serve(app, icon, changes, &shown).await {
                tracing::info!(%error, "there is no tray icon");
            }
            shown.store(false, Ordering::Relaxed);
        });
        Self { activity, is_shown }
    }

    /// Shows what the agents do.
    pub(crate) fn show(&self, activity: &Activity) {
        self.activity.send_replace(activity.clone());
    }

    /// Reports whether the desktop shows the icon.
    pub(crate) fn is_shown(&self) -> bool {
        self.is_shown.load(Ordering::Relaxed)
    }
}

/// Serves the icon and its menu until the bus is gone.
async fn serve(
    app: AppHandle,
    icon: Option<IconPixels>,
    mut changes: watch::Receiver<Activity>,
    is_shown: &AtomicBool,
) -> zbus::Result<()> {
    let state = SharedState::default();
    let name = format!("org.kde.StatusNotifierItem-{}-1", std::process::id());
    let bus = connection::Builder::session()
        .serve_at(ITEM_PATH, StatusItem::new(app.clone(), icon, state.clone()))
        .serve_at(MENU_PATH, DbusMenu::new(app, state.clone()))
        .name(name.as_str())
        .build()
        .await?;
    let watcher: Proxy<'_> = zbus::proxy::Builder::new(&bus)
        .destination(WATCHER)
        .path(WATCHER_PATH)
        .interface(WATCHER)
        .cache_properties(CacheProperties::No)
        .build()
        .await?;
    // both before the first look, so that nothing is missed
    let mut owners = watcher.receive_owner_changed().await?;
    let mut hosts = watcher.receive_all_signals().await?;
    is_shown.store(register(&watcher, &name).await, Ordering::Relaxed);
    loop {
        tokio::select! {
            owner = owners.next() => match owner {
                // a panel that was started again knows nothing of before
                Some(owner) => {
                    let registered = owner.is_some() && register(&watcher, &name).await;
                    is_shown.store(registered, Ordering::Relaxed);
                }
                None => return Ok(()),
            },
            signal = hosts.next() => match signal {
                Some(_) => is_shown.store(has_host(&watcher).await, Ordering::Relaxed),
                None => return Ok(()),
            },
            changed = changes.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                let activity = changes.borrow_and_update().clone();
                {
                    let mut shown = state.lock();
                    shown.menu.set(&activity);
                    shown.revision = shown.revision.wrapping_add(1);
                }
                announce(&bus).await?;
            }
        }
    }
}

/// Registers the icon with the desktop's watcher. Reports whether somebody shows it.
async fn register(watcher: &Proxy<'_>, name: &str) -> bool {
    match watcher.call::<_, _, ()>("RegisterStatusNotifierItem", &(name,)).await {
        Ok(()) => has_host(watcher).await,
        Err(error) => {
            tracing::debug!(%error, "nobody on the bus shows tray icons");
            false
        }
    }
}

async fn has_host(watcher: &Proxy<'_>) -> bool {
    watcher.get_property("IsStatusNotifierHostRegistered").await.unwrap_or(false)
}

/// Has the desktop read the icon and its menu again.
async fn announce(bus: &Connection) -> zbus::Result<()> {
    let objects = bus.object_server();
    let item = objects.interface::<_, StatusItem>(ITEM_PATH).await?;
    item.get().await.announce(item.signal_emitter()).await?;
    let menu = objects.interface::<_, DbusMenu>(MENU_PATH).await?;
    menu.get().await.announce(menu.signal_emitter()).await
}
