//! The icon as an object on the bus.

use tauri::AppHandle;
use zbus::object_server::SignalEmitter;
use zbus::{ObjectPath, interface};

use super::shared::{MENU_PATH, SharedState};
use crate::tray::icon::{self, IconPixels};
use crate::tray::menu::{Choice, choose};
use crate::window::TITLE;

/// Pictures as the bus has them: width, height, and ARGB with the first byte first.
type Pictures = Vec<(i32, i32, Vec<u8>)>;

/// A tool tip: icon's name, icon, title, text.
type ToolTip = (String, Pictures, String, String);

/// The icon.
pub(super) struct StatusItem {
    app: AppHandle,
    icon: Option<IconPixels>,
    state: SharedState,
}

impl StatusItem {
    pub(super) fn new(app: AppHandle, icon: Option<IconPixels>, state: SharedState) -> Self {
        Self { app, icon, state }
    }

    /// Has the desktop read everything that changes.
    pub(super) async fn announce(&self, emitter: &SignalEmitter<'_>) -> zbus::Result<()> {
        Self::new_icon(emitter).await?;
        Self::new_attention_icon(emitter).await?;
        Self::new_tool_tip(emitter).await?;
        Self::new_status(emitter, self.status()).await
    }

    fn pictures(&self) -> Pictures {
        let Some(icon) = self.icon.clone() else { return Vec::new() };
        let picture = icon::with_mark(icon, self.state.lock().menu.activity());
        let sides = (i32::try_from(picture.width), i32::try_from(picture.height));
        let (Ok(width), Ok(height)) = sides else { return Vec::new() };
        let mut argb = picture.rgba;
        argb.chunks_exact_mut(4).for_each(|pixel| pixel.rotate_right(1));
        vec![(width, height, argb)]
    }
}

#[interface(name = "org.kde.StatusNotifierItem")]
#[allow(clippy::unused_self, reason = "members of an interface of the bus")]
impl StatusItem {
    #[zbus(property)]
    fn category(&self) -> &'static str {
        "ApplicationStatus"
    }

    #[zbus(property)]
    fn id(&self) -> &'static str {
        "countersign-desktop"
    }

    #[zbus(property)]
    fn title(&self) -> &'static str {
        TITLE
    }

    #[zbus(property)]
    fn status(&self) -> &'static str {
        // "Passive" would be hidden
        if self.state.lock().menu.activity().waiting.is_empty() { "Active" } else { "NeedsAttention" }
    }

    #[zbus(property)]
    fn window_id(&self) -> i32 {
        0
    }

    #[zbus(property)]
    fn icon_name(&self) -> &'static str {
        ""
    }

    #[zbus(property)]
    fn icon_theme_path(&self) -> &'static str {
        ""
    }

    #[zbus(property)]
    fn icon_pixmap(&self) -> Pictures {
        self.pictures()
    }

    #[zbus(property)]
    fn overlay_icon_name(&self) -> &'static str {
        ""
    }

    #[zbus(property)]
    fn overlay_icon_pixmap(&self) -> Pictures {
        Vec::new()
    }

    #[zbus(property)]
    fn attention_icon_name(&self) -> &'static str {
        ""
    }

    #[zbus(property)]
    fn attention_icon_pixmap(&self) -> Pictures {
        self.pictures()
    }

    #[zbus(property)]
    fn attention_movie_name(&self) -> &'static str {
        ""
    }

    #[zbus(property)]
    fn tool_tip(&self) -> ToolTip {
        let summary = self.state.lock().menu.activity().summary();
        (String::new(), Vec::new(), TITLE.to_owned(), summary)
    }

    #[zbus(property)]
    fn item_is_menu(&self) -> bool {
        false
    }

    #[zbus(property)]
    fn menu(&self) -> ObjectPath<'static> {
        ObjectPath::from_static_str_unchecked(MENU_PATH)
    }

    fn activate(&self, _x: i32, _y: i32) {
        choose(&self.app, Choice::Open);
    }

    fn secondary_activate(&self, _x: i32, _y: i32) {
        choose(&self.app, Choice::Open);
    }

    fn context_menu(&self, _x: i32, _y: i32) {}

    fn scroll(&self, _delta: i32, _orientation: &str) {}

    #[zbus(signal)]
    async fn new_icon(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn new_attention_icon(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn new_tool_tip(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn new_status(emitter: &SignalEmitter<'_>, status: &str) -> zbus::Result<()>;
}
