//! The tray on macOS: an item of the menu bar.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use host::Activity;
use tauri::AppHandle;
use tauri::image::Image;
use tauri::menu::{MenuBuilder, MenuItemBuilder};
use tauri::tray::{TrayIcon, TrayIconBuilder};

use super::icon::{self, IconPixels};
use super::menu::{Menu, choose};
use crate::window::TITLE;

/// The tray icon.
pub(crate) struct MenuBarTray {
    item: Option<TrayIcon>,
    menu: Arc<Mutex<Menu>>,
}

impl MenuBarTray {
    /// Puts the icon into the menu bar.
    pub(crate) fn start(app: &AppHandle) -> Self {
        let menu = Arc::new(Mutex::new(Menu::default()));
        let chosen = menu.clone();
        let item = TrayIconBuilder::new().tooltip(TITLE).on_menu_event(move |app, event| {
            let id = event.id().as_ref().parse().ok();
            let choice = id.and_then(|id| lock(&chosen).choice(id));
            if let Some(choice) = choice {
                choose(app, choice);
            }
        });
        let item = item.build(app).inspect_err(|error| tracing::warn!(%error, "there is no tray icon")).ok();
        let tray = Self { item, menu };
        tray.show(&Activity::default());
        tray
    }

    /// Shows what the agents do.
    pub(crate) fn show(&self, activity: &Activity) {
        lock(&self.menu).set(activity);
        if let Some(item) = &self.item
            && let Err(error) = self.draw(item, activity)
        {
            tracing::warn!(%error, "cannot change the tray icon");
        }
    }

    /// Reports whether the icon is shown.
    pub(crate) fn is_shown(&self) -> bool {
        self.item.is_some()
    }

    /// Waits until the icon is shown.
    pub(crate) async fn until_shown(&self) {
        if !self.is_shown() {
            std::future::pending::<()>().await;
        }
    }

    fn draw(&self, item: &TrayIcon, activity: &Activity) -> tauri::Result<()> {
        let app = item.app_handle();
        let mut menu = MenuBuilder::new(app);
        for entry in lock(&self.menu).entries() {
            menu = if entry.is_line() {
                menu.separator()
            } else {
                let drawn = MenuItemBuilder::with_id(entry.id.to_string(), &entry.label);
                menu.item(&drawn.enabled(entry.enabled).build(app)?)
            };
        }
        item.set_menu(Some(menu.build()?))?;
        item.set_tooltip(Some(activity.summary()))?;
        if let Some(icon) = app.default_window_icon() {
            let picture =
                IconPixels { rgba: icon.rgba().to_vec(), width: icon.width(), height: icon.height() };
            let picture = icon::with_mark(picture, activity);
            item.set_icon(Some(Image::new_owned(picture.rgba, picture.width, picture.height)))?;
        }
        Ok(())
    }
}

fn lock(menu: &Mutex<Menu>) -> MutexGuard<'_, Menu> {
    menu.lock().unwrap_or_else(PoisonError::into_inner)
}
