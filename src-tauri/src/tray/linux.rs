//! The tray on Linux: a StatusNotifierItem on the session bus, which the desktop's panel draws. No library of the system is needed.
//!
//! <https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/>

#[allow(clippy::used_underscore_binding, reason = "arguments of methods of the bus that mean nothing here")]
mod dbus_menu;
mod shared;
#[allow(clippy::used_underscore_binding, reason = "arguments of methods of the bus that mean nothing here")]
mod status_item;

use std::time::Duration;

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

/// Longest time that the watcher has to answer: a panel that hangs must not keep the icon from changing.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const WATCHER_PATH: &str = "/StatusNotifierWatcher";
const ITEM_PATH: &str = "/StatusNotifierItem";

/// The tray icon.
pub(crate) struct StatusNotifierTray {
    activity: watch::Sender<Activity>,
    is_shown: watch::Sender<bool>,
}

impl StatusNotifierTray {
    /// Offers the icon to the desktop for as long as the app runs. Where nobody shows such icons, nothing is shown.
    pub(crate) fn start(app: &AppHandle) -> Self {
        let (activity, changes) = watch::channel(Activity::default());
        let is_shown = watch::Sender::new(false);
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
            shown.send_replace(false);
        });
        Self { activity, is_shown }
    }

    /// Shows what the agents do.
    pub(crate) fn show(&self, activity: &Activity) {
        self.activity.send_replace(activity.clone());
    }

    /// Reports whether the desktop shows the icon.
    pub(crate) fn is_shown(&self) -> bool {
        *self.is_shown.borrow()
    }

    /// Waits until the desktop shows the icon.
    pub(crate) async fn until_shown(&self) {
        // it is never gone while the tray is there
        let _ = self.is_shown.subscribe().wait_for(|is_shown| *is_shown).await;
    }
}

/// Serves the icon and its menu until the bus is gone.
async fn serve(
    app: AppHandle,
    icon: Option<IconPixels>,
    mut changes: watch::Receiver<Activity>,
    is_shown: &watch::Sender<bool>,
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
    is_shown.send_replace(register(&watcher, &name).await);
    loop {
        tokio::select! {
            owner = owners.next() => match owner {
                // a panel that was started again knows nothing of before
                Some(owner) => {
                    let registered = owner.is_some() && register(&watcher, &name).await;
                    is_shown.send_replace(registered);
                }
                None => return Ok(()),
            },
            signal = hosts.next() => match signal {
                Some(_) => drop(is_shown.send_replace(has_host(&watcher).await)),
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
    let item = (name,);
    let registered = watcher.call::<_, _, ()>("RegisterStatusNotifierItem", &item);
    match tokio::time::timeout(ANSWER_TIMEOUT, registered).await {
        Ok(Ok(())) => has_host(watcher).await,
        Ok(Err(error)) => {
            tracing::debug!(%error, "nobody on the bus shows tray icons");
            false
        }
        Err(_) => {
            tracing::debug!("the watcher of tray icons does not answer");
            false
        }
    }
}

async fn has_host(watcher: &Proxy<'_>) -> bool {
    let asked = watcher.get_property("IsStatusNotifierHostRegistered");
    tokio::time::timeout(ANSWER_TIMEOUT, asked).await.is_ok_and(|answer| answer.unwrap_or(false))
}

/// Has the desktop read the icon and its menu again.
async fn announce(bus: &Connection) -> zbus::Result<()> {
    let objects = bus.object_server();
    let item = objects.interface::<_, StatusItem>(ITEM_PATH).await?;
    item.get().await.announce(item.signal_emitter()).await?;
    let menu = objects.interface::<_, DbusMenu>(MENU_PATH).await?;
    menu.get().await.announce(menu.signal_emitter()).await
}
